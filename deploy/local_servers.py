"""The private servers of ``make run`` and ``make test``: those that ``manage.py github dev`` has."""

from __future__ import annotations

from django_github_app.cli.local_servers import LocalServers, LocalServersError, free_port

__all__ = ["LocalServers", "LocalServersError", "free_port"]
