"""The setups that are tried: what differs in each, and how it is to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import psycopg.conninfo

from tests.support.site import ROOT
from tests.support.tables import Line, Table

SETTINGS = "tests.support.setups.settings"
ROUTERS = "tests.support.setups.routers"
SECONDS = 240


@dataclass(frozen=True)
class Setup:
    """A project's settings. ``refused``: what the check and the answers to deliveries say instead of working."""

    name: str
    how: str
    backend: str = "postgres"
    settings: Mapping[str, Any] = field(default_factory=dict)
    database: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    second: bool = False
    pooler: bool = False
    prepared: int = 0
    """``max_prepared_statements`` of the pooler."""
    schema: str = ""
    refused: str = ""
    needs: str = ""

    @property
    def outcome(self) -> str:
        return f"refused: {self.refused}" if self.refused else "works"


def _router(name: str) -> dict[str, Any]:
    return {"DATABASE_ROUTERS": [f"{ROUTERS}.{name}"]}


_NEW_YORK = {"USE_TZ": False, "TIME_ZONE": "America/New_York"}
SETUPS = [
    Setup("PostgreSQL", "nothing more"),
    Setup("SQLite", "`transaction_mode` IMMEDIATE", "sqlite"),
    Setup(
        "PgBouncer",
        "`pool_mode` transaction, nothing more; 200 sweeps in a row",
        pooler=True,
        environment={"SETUP_SWEEPS": "200"},
    ),
    Setup(
        "PgBouncer, statements prepared",
        "`DATABASE_PREPARE`, `DISABLE_SERVER_SIDE_CURSORS`, PgBouncer 1.21 or newer with `max_prepared_statements`",
        pooler=True,
        database={"DISABLE_SERVER_SIDE_CURSORS": True, "OPTIONS": {"prepare_threshold": 2}},
        environment={"SETUP_SWEEPS": "200"},
        prepared=100,
    ),
    Setup("statements prepared", "`DATABASE_PREPARE`", database={"OPTIONS": {"prepare_threshold": 2}}),
    Setup("connection pool of Django", '`OPTIONS = {"pool": True}`', database={"OPTIONS": {"pool": True}}),
    Setup("read replica without our tables", "`DATABASE_ROUTERS`", second=True, settings=_router("Replica")),
    Setup(
        "read replica that never catches up",
        "`DATABASE_ROUTERS`",
        second=True,
        settings=_router("LateReplica"),
        environment={"SETUP_MIGRATE": "reversed"},  # it has the tables as soon as they are there
    ),
    Setup(
        "our tables in another database",
        "`DATABASE_ROUTERS`",
        second=True,
        settings=_router("OursElsewhere"),
    ),
    Setup(
        "beat's tables in another database",
        "`DATABASE_ROUTERS`",
        second=True,
        settings=_router("BeatElsewhere"),
    ),
    Setup("both in another database", "`DATABASE_ROUTERS`", second=True, settings=_router("BothElsewhere")),
    Setup(
        "another database, migrated last first",
        "`DATABASE_ROUTERS`",
        second=True,
        settings=_router("BothElsewhere"),
        environment={"SETUP_MIGRATE": "reversed"},
    ),
    Setup(
        "`search_path` of its own",
        "`-c search_path=bots`",
        schema="bots",
        database={"OPTIONS": {"options": "-c search_path=bots"}},
    ),
    Setup("REPEATABLE READ", "`isolation_level`", database={"OPTIONS": {"isolation_level": 3}}),
    Setup("SERIALIZABLE", "`isolation_level`", database={"OPTIONS": {"isolation_level": 4}}),
    Setup(
        "short timeouts",
        "statement 5 s, lock 1 s, idle in transaction 5 s",
        database={
            "OPTIONS": {
                "options": "-c statement_timeout=5s -c lock_timeout=1s "
                "-c idle_in_transaction_session_timeout=5s"
            }
        },
    ),
    Setup("`USE_TZ = False`", "PostgreSQL, `TIME_ZONE` America/New_York", settings=_NEW_YORK),
    Setup("`USE_TZ = False` on SQLite", "`TIME_ZONE` America/New_York", "sqlite", settings=_NEW_YORK),
    Setup(
        "`USE_TZ = False`, east of Greenwich",
        "SQLite, `TIME_ZONE` Asia/Kolkata",
        "sqlite",
        settings={"USE_TZ": False, "TIME_ZONE": "Asia/Kolkata"},
    ),
    Setup(
        "a database's own `TIME_ZONE`",
        "SQLite, Asia/Tokyo",
        "sqlite",
        database={"TIME_ZONE": "Asia/Tokyo"},
    ),
    Setup("`ATOMIC_REQUESTS`", "PostgreSQL", database={"ATOMIC_REQUESTS": True}),
    Setup("`ATOMIC_REQUESTS` on SQLite", "SQLite", "sqlite", database={"ATOMIC_REQUESTS": True}),
    Setup(
        "`ATOMIC_REQUESTS`, our tables elsewhere",
        "on each alias",
        second=True,
        settings=_router("OursElsewhere"),
        database={"ATOMIC_REQUESTS": True},
    ),
    Setup(
        "`AUTOCOMMIT` as usual, `CONN_MAX_AGE` 0", "a connection per request", database={"CONN_MAX_AGE": 0}
    ),
    Setup(
        "`DEFAULT_AUTO_FIELD`",
        "AutoField",
        settings={"DEFAULT_AUTO_FIELD": "django.db.models.AutoField"},
    ),
    Setup(
        "user model of its own",
        "`AUTH_USER_MODEL`, a UUID key, no name",
        settings={"AUTH_USER_MODEL": "accounts.Account"},
        environment={"SETUP_APP": "tests.support.setups.accounts"},
    ),
    Setup(
        "admin site of its own",
        "`default_site` of its `AdminConfig`",
        "sqlite",
        environment={"SETUP_ADMIN": "own"},
    ),
    Setup(
        "several admin sites",
        "our models on the second only",
        "sqlite",
        environment={"SETUP_ADMIN": "several"},
    ),
    Setup(
        "numbers with separators",
        "`USE_THOUSAND_SEPARATOR`, `LANGUAGE_CODE` de",
        settings={"USE_THOUSAND_SEPARATOR": True, "LANGUAGE_CODE": "de"},
    ),
    Setup("right to left", "`LANGUAGE_CODE` ar", "sqlite", settings={"LANGUAGE_CODE": "ar"}),
    Setup("below a path", "`FORCE_SCRIPT_NAME` /bots", "sqlite", settings={"FORCE_SCRIPT_NAME": "/bots"}),
    Setup(
        "psycopg2 only",
        "psycopg 3 is not installed",
        environment={"SETUP_WITHOUT_PSYCOPG": "1", "SETUP_REFUSED": "1"},
        refused="Events cannot be stored through psycopg2",
        needs="psycopg2",
    ),
    Setup(
        "MySQL, MariaDB",
        "`DATABASES`",
        "sqlite",
        database={"ENGINE": "tests.support.setups.mysql_like"},
        environment={"SETUP_REFUSED": "1"},
        refused="Events cannot be stored in mysql",
    ),
]


def run(
    setup: Setup, folder: Path, urls: list[str], pooler: tuple[str, int] | None = None
) -> tuple[int, dict[str, Any], str]:
    """Run the flow in a process of its own; return its exit code, what it found, and what it wrote."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATABASE", "CELERY", "CACHE", "DJANGO"))
    }
    environment |= {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "SETUP": json.dumps(_settings(setup, folder, urls, pooler)),
        **setup.environment,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.setups.flow"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    found = json.loads(lines[-1]) if done.returncode == 0 and lines else {}
    return done.returncode, found, done.stdout + done.stderr


def _settings(setup: Setup, folder: Path, urls: list[str], pooler: tuple[str, int] | None) -> dict[str, Any]:
    aliases = ["default", "other"][: 1 + setup.second]
    databases = {}
    for alias, url in zip(aliases, urls or [""] * len(aliases), strict=True):
        if setup.backend == "sqlite":
            made: dict[str, Any] = {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / f"{alias}.sqlite3"),
                "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
            }
        else:
            made = _postgres(setup, url, pooler)
        databases[alias] = {**made, **setup.database}
        if "OPTIONS" in setup.database:
            databases[alias]["OPTIONS"] = {**made.get("OPTIONS", {}), **setup.database["OPTIONS"]}
    storage = "django.core.files.storage.FileSystemStorage"
    return {
        "DATABASES": databases,
        "STORAGES": {
            "default": {"BACKEND": storage, "OPTIONS": {"location": str(folder / "media")}},
            "archives": {"BACKEND": storage, "OPTIONS": {"location": str(folder / "archives")}},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        **setup.settings,
    }


def _postgres(setup: Setup, url: str, pooler: tuple[str, int] | None) -> dict[str, Any]:
    if setup.schema:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {setup.schema}")
    parts = psycopg.conninfo.conninfo_to_dict(url)
    host, port = pooler or (parts.get("host", ""), parts.get("port", ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts["dbname"],
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": host,
        "PORT": str(port or ""),
    }


TABLE = Table(
    "setups",
    ("setup", "how it was set up", "outcome"),
    [Line(setup.name, setup.how, setup.outcome, setup.name) for setup in SETUPS],
    "tests/acceptance/test_setups.py",
)
