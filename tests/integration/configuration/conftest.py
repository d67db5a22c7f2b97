"""A desk for each test, as for contexts."""

from __future__ import annotations

from tests.integration.context.conftest import desk, gh, worker_type

__all__ = ["desk", "gh", "worker_type"]
