"""The least site that django-github-app needs, with Django's default middleware."""

from __future__ import annotations

import os

import dj_database_url

TUNED = bool(os.environ.get("BENCH_TUNED"))
SECRET_KEY = "benchmark"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "dga.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_github_app",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# Django's default is a connection per request.
DATABASES = {"default": dj_database_url.config(conn_max_age=600 if TUNED else 0)}
GITHUB_APP = {
    "APP_ID": "1",
    "CLIENT_ID": "Iv1.benchmark",
    "NAME": "benchmark",
    "PRIVATE_KEY": os.environ["BENCH_PRIVATE_KEY"],
    "WEBHOOK_SECRET": os.environ["BENCH_SECRET"],
    **({"AUTO_CLEANUP_EVENTS": False} if TUNED else {}),
}
