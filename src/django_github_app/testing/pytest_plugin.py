"""Fixtures for projects that use this package; pytest finds them by itself.

Loaded in every pytest run of an environment that has this package, so nothing heavy is imported until a
fixture is used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .fake_github import FakeGitHub


@pytest.fixture(autouse=True)
def _stop_github_app_threads() -> Iterator[None]:
    # Their connections would keep the test database from being dropped. Nothing is imported for it.
    yield
    for name in ("ingest.inbox", "execution.batches", "observe.start"):
        module = sys.modules.get(f"django_github_app.{name}")
        if module is not None:
            module.close()


@pytest.fixture
def fake_github(request: pytest.FixtureRequest) -> Iterator[FakeGitHub]:
    """A GitHub of its own for one test; ``settings.GITHUB_APP`` points to it and keeps its other values."""
    from django.conf import settings
    from django.test import override_settings

    from .fake_github import FakeGitHub

    configured = dict(getattr(settings, "GITHUB_APP", None) or {})
    with FakeGitHub() as github:
        pointing = {**configured, **github.settings()}
        if request.config.pluginmanager.hasplugin("django"):
            # The test may change settings too, by pytest-django's fixture: only what is undone in the reverse order
            # leaves nothing behind, whichever of the two fixtures it names first.
            request.getfixturevalue("settings").GITHUB_APP = pointing
            yield github
        else:
            with override_settings(GITHUB_APP=pointing):
                yield github
