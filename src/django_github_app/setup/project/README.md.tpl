# {{ slug }}

A GitHub App, made with [django-github-app-celery](https://github.com/django-github-app-celery/django-github-app-celery).

    python -m venv .venv && . .venv/bin/activate
    pip install -e '.[dev]'
    cp .env.example .env
    python -m pytest

Without GitHub, server or worker: type a comment and see what the bot answers.

    python manage.py migrate
    python manage.py github send --comment "@{{ slug }} hello --shout"

What it does is in `{{ package }}/events/{{ module }}.py`:

    github-app add handler greet-stars --event star.created
    github-app add command ping

On GitHub: `python manage.py github create-app --name {{ slug }} --webhook-url https://YOUR-HOST/github/{{ kind }}/`
registers the app and writes its credentials to `.env`; `python manage.py github doctor` says what is still missing.

The `Procfile` has the processes: web, worker, beat, and `release` before them. They need PostgreSQL (`DATABASE_URL`) and a
Redis or Valkey (`REDIS_URL`). `docker compose --env-file .env up --build` starts all of it on one machine: then `.env` has
`SECRET_KEY`, `POSTGRES_PASSWORD`, `ALLOWED_HOSTS` and no `DEBUG`.
