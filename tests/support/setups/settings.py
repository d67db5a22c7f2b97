"""Settings of a small project; ``SETUP`` (JSON) in the environment holds what a setup changes."""

from __future__ import annotations

import json
import os
from typing import Any

SECRET_KEY = "only for tests"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "tests.support.setups.urls"
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
    "django.middleware.locale.LocaleMiddleware",
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
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
GITHUB_APP: dict[str, Any] = {
    "APP_ID": "12345",
    "CLIENT_ID": "Iv23liTestTestTestTe",
    "NAME": "test-app",
    "WEBHOOK_SECRET": "test-secret",
    "HANDLERS": {"sync": ["tests.support.setups.handlers"], "async": ["tests.support.setups.ahandlers"]},
    "RETRY_BACKOFF": 0.01,
    "SWEEP_GRACE": 0.01,
    "ARCHIVE_STORAGE": "archives",
}

if os.environ.get("SETUP_ADMIN") == "own":
    INSTALLED_APPS[0] = "tests.support.setups.sites.OwnAdminConfig"
if os.environ.get("SETUP_APP"):
    INSTALLED_APPS.append(os.environ["SETUP_APP"])

globals().update(json.loads(os.environ["SETUP"]))
