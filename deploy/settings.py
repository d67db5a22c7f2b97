"""Settings of the deployed site: everything that differs between deployments comes from the environment.

``LOCAL=1`` relaxes what a machine without HTTPS cannot do. It does not weaken what protects the webhooks.
"""

from __future__ import annotations

import os
import re
import ssl
from pathlib import Path
from typing import Any

import dj_database_url
import django

from deploy.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent


def flag(name: str, default: bool = False) -> bool:
    """Return whether an environment variable says yes."""
    return os.environ.get(name, str(int(default))).strip().lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    """Return an environment variable's words, separated by commas or blanks."""
    return os.environ.get(name, default).replace(",", " ").split()


def secrets(name: str) -> list[str]:
    """Return an environment variable's secrets: one as it stands, blanks and all, or several while it is rotated.

    Between two stands a comma without a blank beside it, ``new,old``: in a sentence, which a secret may be, a
    comma is followed by one, and a part of a secret must not be good for the whole.
    """
    value = os.environ.get(name, "").strip()
    return [one for one in re.split(r"(?<!\s),(?!\s)", value) if one]


LOCAL = flag("LOCAL")
DEBUG = flag("DEBUG")

# Empty: Django refuses to sign anything.
SECRET_KEY = os.environ.get("SECRET_KEY", "")
# The keys before it, while sessions and archives that they signed are still to be believed.
SECRET_KEY_FALLBACKS = secrets("SECRET_KEY_FALLBACKS")
# localhost: what health checks from the same machine or pod call it.
ALLOWED_HOSTS = [*words("ALLOWED_HOSTS", "127.0.0.1 [::1]" if LOCAL else ""), "localhost"]
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
# Where the admin is. With a host of its own it is under no other name, and the edge can keep that one to the office.
ADMIN_PATH = os.environ.get("ADMIN_PATH", "admin/").strip("/") + "/"
ADMIN_HOST = os.environ.get("ADMIN_HOST", "").strip()
ALLOWED_HOSTS += [ADMIN_HOST] if ADMIN_HOST else []

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
    "worker",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    *(["django.middleware.csp.ContentSecurityPolicyMiddleware"] if django.VERSION >= (6, 0) else []),
    *(["deploy.admin_host.only_on_its_host"] if ADMIN_HOST else []),
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
            ],
        },
    },
]
ROOT_URLCONF = "deploy.urls"
ASGI_APPLICATION = "deploy.asgi.application"
WSGI_APPLICATION = "deploy.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# Connections stay open between requests and tasks; one that broke meanwhile is replaced on the next use.
# Without DATABASE_URL the site starts (to collect static files, say) and every query fails.
DATABASES = {"default": dj_database_url.config(default="", conn_max_age=600, conn_health_checks=True)}
# PostgreSQL then parses our statements once per connection, and plans the storing of deliveries once. Not behind a
# pooler that gives each transaction another connection, unless it knows of prepared statements (PgBouncer 1.21 and
# newer).
if DATABASES["default"] and flag("DATABASE_PREPARE"):
    DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 2
# Celery's Django support otherwise reconnects for every task: 4 ms each.
CELERY_DB_REUSE_MAX = int(os.environ.get("CELERY_DB_REUSE_MAX", "1000"))

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", REDIS_URL)
# A worker that is told to stop and has work sleeps this long before it leaves what is unfinished to others.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = float(os.environ.get("SOFT_SHUTDOWN_SECONDS", "20"))
# The cache may be another server: it can be flushed and evict keys, the broker must not.
CACHE_URL = os.environ.get("CACHE_URL", REDIS_URL)


def tls_options(url: str) -> dict[str, Any]:
    """Return how the certificate of a ``rediss://`` server is verified: REDIS_CA_FILE, REDIS_TLS_VERIFY.

    Heroku's servers have certificates that they signed themselves, and its own addresses: there, nothing is verified
    unless REDIS_TLS_VERIFY=1.
    """
    if not url.startswith("rediss://"):
        return {}
    if os.environ.get("REDIS_CA_FILE"):
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_ca_certs": os.environ["REDIS_CA_FILE"]}
    if flag("REDIS_TLS_VERIFY", "DYNO" not in os.environ):
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    return {"ssl_cert_reqs": ssl.CERT_NONE, "ssl_check_hostname": False}


if CELERY_BROKER_URL.startswith("rediss://"):
    CELERY_BROKER_USE_SSL = tls_options(CELERY_BROKER_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "github-app",
        "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 2, **tls_options(CACHE_URL)},
    },
}

STATIC_URL = "static/"
STATIC_ROOT = None if LOCAL else BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = LOCAL  # no collectstatic before a local run
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if LOCAL
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        ),
    },
}

SECURE_SSL_REDIRECT = flag("SECURE_SSL_REDIRECT", not LOCAL)
SECURE_REDIRECT_EXEMPT = [
    r"^healthz$",
    r"^github/(livez|readyz)$",
]  # asked by the platform itself, without TLS
SECURE_HSTS_SECONDS = 0 if LOCAL else int(os.environ.get("SECURE_HSTS_SECONDS", "3600"))
SECURE_HSTS_INCLUDE_SUBDOMAINS = flag("SECURE_HSTS_INCLUDE_SUBDOMAINS")
SECURE_HSTS_PRELOAD = flag("SECURE_HSTS_PRELOAD")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
# Trust this only behind a proxy that always sets the header, as Heroku's router and ingress-nginx do.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("TRUST_PROXY") else None

# The admin, ours included, brings its scripts and styles as files; no others may run. Sent by Django 6.
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}

LOGGING = logging_settings(
    level=os.environ.get("LOG_LEVEL", "INFO").upper(), as_json=os.environ.get("LOG_FORMAT", "json") == "json"
)

GITHUB_APP: dict[str, Any] = {
    "APP_ID": os.environ.get("GITHUB_APP_ID", ""),
    "CLIENT_ID": os.environ.get("GITHUB_CLIENT_ID", ""),
    "NAME": os.environ.get("GITHUB_APP_NAME", ""),
    "PRIVATE_KEY": os.environ.get("GITHUB_PRIVATE_KEY", ""),
    # While a secret is rotated: the new one and the old one, as `secrets` says.
    "WEBHOOK_SECRET": secrets("GITHUB_WEBHOOK_SECRET"),
    "API_URL": os.environ.get("GITHUB_API_URL", "https://api.github.com"),
}
# With a bucket, old events are archived there instead of deleted. The keys come from AWS_…, as boto3 reads them.
ARCHIVE_ENCRYPTION = os.environ.get("ARCHIVE_ENCRYPTION", "AES256").strip()
if os.environ.get("ARCHIVE_BUCKET"):
    STORAGES["archives"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": os.environ["ARCHIVE_BUCKET"],
            "endpoint_url": os.environ.get("ARCHIVE_ENDPOINT_URL") or None,
            "region_name": os.environ.get("AWS_REGION") or None,
            # ARCHIVE_ENCRYPTION= (empty) leaves the header out: Swift, and MinIO without a KMS, refuse it.
            "object_parameters": {"ServerSideEncryption": ARCHIVE_ENCRYPTION} if ARCHIVE_ENCRYPTION else {},
        },
    }
    GITHUB_APP |= {"ARCHIVE_STORAGE": "archives", "RETENTION_ACTION": "archive"}
# Everything else of the package's settings, by its own name: GITHUB_APP_SETTINGS='{"LANES": false}'.
if os.environ.get("GITHUB_APP_SETTINGS"):
    import json

    GITHUB_APP |= json.loads(os.environ["GITHUB_APP_SETTINGS"])
