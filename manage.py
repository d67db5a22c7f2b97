#!/usr/bin/env python
"""Django's command line for the deployed site."""

from __future__ import annotations

import os
import sys
from pathlib import Path

LOCAL_RUN = Path(__file__).parent / ".local" / "environment"


def main() -> None:
    """Run a management command; beside ``make run``, with the servers and secrets of that run."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    if "DATABASE_URL" not in os.environ and LOCAL_RUN.exists():
        for line in LOCAL_RUN.read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ.setdefault(name, value)

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
