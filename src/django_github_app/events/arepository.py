"""The asynchronous twin of `repository`, by the name that django-github-app has for it."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from . import repository

arename_repository = sync_to_async(repository.rename_repository)
