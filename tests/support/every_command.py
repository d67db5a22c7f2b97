"""Runs every ``manage.py github …`` command once in this process and prints how each ended, as JSON.

For tests of what people see where something is missing: ``python -m tests.support.every_command FOLDER``, with
DJANGO_SETTINGS_MODULE naming the settings that lack it.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path

import django
from click.testing import CliRunner

from django_github_app.cli import LAZY_COMMANDS, github

# Celery's programs wait for what is missing; `dev` brings it.
SERVERS = {"worker", "beat", "dev"}
ARGUMENTS: dict[str, list[list[str]]] = {
    "archive": [["--days", "1"], ["--days", "1", "--enqueue"]],
    "cleanup": [["--days", "1"], ["--days", "1", "--enqueue"]],
    "create-app": [["--name", "x", "--webhook-url", "https://x/", "--no-browser", "--timeout", "0.1"]],
    "event": [["1"]],
    "listen": [["nowhere"]],
    "replay": [["1"]],
    "restore": [["events_1"]],
    "send": [["issues"], ["--here", "issues"], ["--comment", "@x hello"]],
    "train-dictionary": [["own.zstdict"]],
}


def main(folder: Path) -> None:
    django.setup()
    ended = {}
    for name in sorted(set(LAZY_COMMANDS) - SERVERS):
        for arguments in ARGUMENTS.get(name, [[]]):
            given = [str(folder / "own.zstdict") if one == "own.zstdict" else one for one in arguments]
            result = CliRunner().invoke(github, [name, *given])
            failed = result.exception is not None and not isinstance(result.exception, SystemExit)
            trace = "".join(traceback.format_exception(result.exception)) if failed else ""
            ended[" ".join([name, *arguments])] = {
                "code": result.exit_code,
                "said": result.output,
                "trace": trace,
            }
    print(json.dumps(ended))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
