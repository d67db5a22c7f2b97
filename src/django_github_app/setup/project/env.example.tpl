# Copy to .env. `python manage.py github create-app` adds the GITHUB_… lines by itself.
DEBUG=1
#SECRET_KEY=
#ALLOWED_HOSTS=bot.example.com
#TRUST_PROXY=1
#DATABASE_URL=postgres://user:password@localhost/{{ package }}
#REDIS_URL=redis://localhost:6379
#POSTGRES_PASSWORD=
#GITHUB_APP_ID=
#GITHUB_CLIENT_ID=
#GITHUB_APP_NAME={{ slug }}
#GITHUB_PRIVATE_KEY=
#GITHUB_WEBHOOK_SECRET=
{% if s3 %}#ARCHIVE_BUCKET=
#ARCHIVE_ENDPOINT_URL=
#AWS_REGION=
#AWS_ACCESS_KEY_ID=
#AWS_SECRET_ACCESS_KEY=
{% endif %}
