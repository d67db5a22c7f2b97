from __future__ import annotations

from tests.integration.test_upgrade import old_site

__all__ = ["old_site"]
