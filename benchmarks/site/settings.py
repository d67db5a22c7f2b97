"""Settings of the benchmark site: Django's own defaults, but for what a measurement chooses."""

from __future__ import annotations

import json
import os
from typing import Any

import dj_database_url

from benchmarks.corpus import SECRET

SECRET_KEY = "benchmark"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "benchmarks.site.urls"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_github_app",
    "benchmarks.site.naive",
]
# As `startproject` writes it.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
if os.environ.get("BENCH_MIDDLEWARE") == "none":
    MIDDLEWARE = []
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
STATIC_URL = "static/"

DATABASES: dict[str, Any] = {"default": dict(dj_database_url.config(default="", conn_max_age=600))}
# As docs/deployment.md advises where no pooler of transactions is in between.
DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 2
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "")
# Without it Celery reconnects for every task; the naive worker is measured both ways.
if os.environ.get("BENCH_REUSE", "1") == "1":
    CELERY_DB_REUSE_MAX = 1_000_000
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ.get("BENCH_CACHE_URL", ""),
    }
}
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
GITHUB_APP: dict[str, Any] = {
    "APP_ID": "1",
    "CLIENT_ID": "Iv1.benchmark",
    "NAME": "benchmark",
    "WEBHOOK_SECRET": SECRET,
    "PRIVATE_KEY": os.environ.get("BENCH_PRIVATE_KEY", ""),
    "POINTS_PER_MINUTE": 0,
    "HANDLERS": {
        "sync": [os.environ.get("BENCH_HANDLERS", "benchmarks.site.handlers")],
        "async": [os.environ.get("BENCH_AHANDLERS", "benchmarks.site.ahandlers")],
    },
    **json.loads(os.environ.get("BENCH_GITHUB_APP", "{}")),
}
