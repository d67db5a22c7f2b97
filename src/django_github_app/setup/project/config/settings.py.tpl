"""Settings: everything that differs between deployments comes from the environment, or from .env beside manage.py.

DEBUG=1 is for development: SQLite, no secrets needed. Without it what is missing is refused.
"""

import os
import sys
from pathlib import Path

import dj_database_url

BASE_DIR = Path(__file__).resolve().parent.parent


def read_env_file(path):
    """Put what an .env file says into the environment; what is there already wins."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


def flag(name, default="0"):
    """Return whether an environment variable says yes."""
    return os.environ.get(name, default).strip().lower() in {"1", "true", "yes", "on"}


# Tests have no secrets, neither this machine's nor anybody's.
TESTING = "pytest" in sys.modules
if not TESTING:
    read_env_file(BASE_DIR / ".env")
DEBUG = flag("DEBUG")

# Empty: Django refuses to start.
SECRET_KEY = os.environ.get("SECRET_KEY", "development-only" if DEBUG or TESTING else "")
ALLOWED_HOSTS = [*os.environ.get("ALLOWED_HOSTS", "").split(), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = os.environ.get("CSRF_TRUSTED_ORIGINS", "").split()

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_github_app",
    "{{ package }}",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "config.urls"
{% if async %}ASGI_APPLICATION = "config.asgi.application"{% else %}WSGI_APPLICATION = "config.wsgi.application"{% endif %}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True

# SQLite is for development; DATABASE_URL=postgres://… for everything else.
DATABASES = {
    "default": dj_database_url.config(
        default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}" if DEBUG or TESTING else "",
        conn_max_age=600,
        conn_health_checks=True,
    )
}
if DATABASES["default"].get("ENGINE") == "django.db.backends.sqlite3":
    # Web and workers write at the same time: one waits for the other instead of failing.
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20}

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", f"{REDIS_URL}/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ.get("CACHE_URL", f"{REDIS_URL}/1"),
    }
}
if TESTING:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

SECURE_SSL_REDIRECT = flag("SECURE_SSL_REDIRECT", "0" if DEBUG or TESTING else "1")
# Asked by the platform itself, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else int(os.environ.get("SECURE_HSTS_SECONDS", "3600"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
# Only behind a proxy that always sets the header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("TRUST_PROXY") else None

GITHUB_APP = {
    "APP_ID": os.environ.get("GITHUB_APP_ID", ""),
    "CLIENT_ID": os.environ.get("GITHUB_CLIENT_ID", ""),
    "NAME": os.environ.get("GITHUB_APP_NAME", "{{ slug }}"),
    "PRIVATE_KEY": os.environ.get("GITHUB_PRIVATE_KEY", ""),
    "WEBHOOK_SECRET": os.environ.get("GITHUB_WEBHOOK_SECRET", "development-only" if DEBUG else ""),
    "API_URL": os.environ.get("GITHUB_API_URL", "https://api.github.com"),
}
{% if s3 %}# Old events are archived in this bucket instead of deleted. The keys come from AWS_…, as boto3 reads them.
if os.environ.get("ARCHIVE_BUCKET"):
    STORAGES["archives"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": os.environ["ARCHIVE_BUCKET"],
            "endpoint_url": os.environ.get("ARCHIVE_ENDPOINT_URL") or None,
            "region_name": os.environ.get("AWS_REGION") or None,
        },
    }
    GITHUB_APP |= {"ARCHIVE_STORAGE": "archives", "RETENTION_ACTION": "archive"}
{% endif %}
