"""The tests' settings under django-unfold, whose templates then are the admin's: `make unfold`."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = ["unfold", "unfold.contrib.filters", *_APPS]
