"""The project's settings with what `github dev` provides: its servers, and a GitHub that is not the real one.

DJANGO_SETTINGS_MODULE of the processes that `github dev` starts; what it changes is in GITHUB_APP_DEV, as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
from typing import Any

VARIABLE = "GITHUB_APP_DEV"
_given: dict[str, Any] = json.loads(os.environ[VARIABLE])
_project = importlib.import_module(_given["settings"])
globals().update({name: value for name, value in vars(_project).items() if name.isupper()})
globals().update(_given["changes"])
GITHUB_APP: dict[str, Any] = {**getattr(_project, "GITHUB_APP", {}), **_given["github_app"]}
if "database" in _given:
    DATABASES: dict[str, Any] = {**getattr(_project, "DATABASES", {}), "default": _given["database"]}
