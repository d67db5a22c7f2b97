"""The asynchronous twins of `installation`, by the names that django-github-app has for them."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from . import installation

acreate_installation = sync_to_async(installation.create_installation)
adelete_installation = sync_to_async(installation.delete_installation)
atoggle_installation_status = sync_to_async(installation.toggle_installation_status)
async_installation_data = sync_to_async(installation.sync_installation_data)
async_installation_repositories = sync_to_async(installation.sync_installation_repositories)
