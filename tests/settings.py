"""Django settings of the test suite. The environment may name servers; what it does not name is started."""

from __future__ import annotations

import os

import dj_database_url

# As a project's package does it; pytest-celery has made an app of its own the current one.
from django_github_app.celery import app as celery_app  # noqa: F401
from tests.support import services

servers = services.provide()

# Workers of pytest-xdist share the servers; each has a test database, a broker and a cache of its own.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
WORKER_NUMBER = int(WORKER.removeprefix("gw"))

SECRET_KEY = "only for tests"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "tests.support.urls"
STATIC_URL = "/static/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_github_app",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
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

DATABASES = {"default": dj_database_url.parse(os.environ[services.DATABASE_URL])}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as a site has it: threads share it, and wait for each other's transactions.
    DATABASES["default"]["TEST"] = {"NAME": f"{DATABASES['default']['NAME']}.test"}
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20}
else:
    # Two runs on one server, which may be the machine's, must not drop each other's database.
    DATABASES["default"]["TEST"] = {"NAME": f"test_{DATABASES['default']['NAME']}_{os.getpid()}"}

_cache_url = services.numbered(os.environ[services.CACHE_URL], 2 * WORKER_NUMBER + 1)
# From Django 6.1 on a project says who carries its mail; the test runner puts its own in the place of each.
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}

CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": _cache_url,
            "KEY_PREFIX": f"test-{WORKER}",
        }
        if _cache_url.startswith("redis")
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

CELERY_BROKER_URL = services.numbered(os.environ[services.RUN_BROKER_URL], 2 * WORKER_NUMBER)

GITHUB_APP = {
    "APP_ID": "12345",
    "CLIENT_ID": "Iv23liTestTestTestTe",
    "NAME": "test-app",
    "WEBHOOK_SECRET": "test-secret",
    "HTTP_CLIENT": os.environ.get("HTTP_CLIENT", ""),
    "API_VERSION": os.environ.get("API_VERSION", ""),
}
# As deploy.settings has them: tests use deploy.urls.
ADMIN_HOST, ADMIN_PATH = "", "admin/"
