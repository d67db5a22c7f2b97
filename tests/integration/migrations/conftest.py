from __future__ import annotations

from tests.integration.migrations.test_upgrade import old_site

__all__ = ["old_site"]
