"""The least that a project needs: nothing connects."""

SECRET_KEY = "bare"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_github_app"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
USE_TZ = True
