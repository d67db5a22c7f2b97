# Everything on one machine: docker compose --env-file .env up --build
x-app: &app
  build: .
  restart: unless-stopped
  env_file: .env
  environment:
    DATABASE_URL: postgres://app:${POSTGRES_PASSWORD:?}@postgres/app
    REDIS_URL: redis://broker:6379
  depends_on:
    release: { condition: service_completed_successfully }
    broker: { condition: service_healthy }

services:
  postgres:
    image: postgres:18
    restart: unless-stopped
    environment: { POSTGRES_USER: app, POSTGRES_DB: app, POSTGRES_PASSWORD: "${POSTGRES_PASSWORD:?}" }
    volumes: ["postgres:/var/lib/postgresql"]
    healthcheck: { test: pg_isready -U app, interval: 2s, timeout: 2s, retries: 30 }
  broker:
    image: valkey/valkey:9
    restart: unless-stopped
    # What it must not do: evict a message, or forget one in a restart.
    command: valkey-server --appendonly yes --maxmemory-policy noeviction
    volumes: ["broker:/data"]
    healthcheck: { test: valkey-cli ping, interval: 2s, timeout: 2s, retries: 30 }
  release:
    <<: *app
    command: ["release"]
    restart: "no"
    depends_on:
      postgres: { condition: service_healthy }
  web:
    <<: *app
    command: ["web"]
    ports: ["8000:8000"]
  worker:
    <<: *app
    command: ["worker"]
    stop_grace_period: 30s
  # Exactly one: the scheduler has no lock.
  beat:
    <<: *app
    command: ["beat"]

volumes:
  postgres:
  broker:
