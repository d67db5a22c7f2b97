"""Everything works in the setups that people have, or is refused in a sentence that says what to change.

Each setup is a project of its own in a process of its own: ``tests/support/setups``. `make setups` tries all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.conftest import create_database, drop_database
from tests.support import pgbouncer
from tests.support.setups import catalogue
from tests.support.setups.catalogue import SETUPS, Setup

pytestmark = pytest.mark.slow

LIKE_ANOTHER = {
    "PostgreSQL": "all other tests of whole sites",
    "SQLite": "below a path",
    "our tables in another database": "`ATOMIC_REQUESTS`, our tables elsewhere",
    "both in another database": "`ATOMIC_REQUESTS`, our tables elsewhere",
    "REPEATABLE READ": "SERIALIZABLE",
    "`USE_TZ = False`": "`USE_TZ = False`, east of Greenwich",
    "`ATOMIC_REQUESTS`": "`ATOMIC_REQUESTS`, our tables elsewhere",
    "admin site of its own": "several admin sites",
}
"""What differs in the same way in a setup that the suite tries."""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _skip_without(setup: Setup) -> None:
    if setup.name in LIKE_ANOTHER and os.environ.get("SETUPS") != "all":
        pytest.skip(f"like {LIKE_ANOTHER[setup.name]}: `make setups` tries all")
    if setup.pooler and pgbouncer.program() is None:
        pytest.skip(pgbouncer.MISSING)
    if setup.prepared and pgbouncer.version() < (1, 21):
        found = ".".join(map(str, pgbouncer.version()))
        pytest.skip(f"PgBouncer {found} is installed, 1.21 is needed: use a newer distribution's package")
    if setup.needs == "psycopg2" and find_spec("psycopg2") is None:
        pytest.skip("psycopg2 is not installed: pip install psycopg2-binary")
    if (setup.database.get("OPTIONS") or {}).get("pool") and find_spec("psycopg_pool") is None:
        pytest.skip("psycopg-pool is not installed: pip install 'psycopg[pool]'")


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_everything_works_or_is_refused_in_a_sentence(setup: Setup, stack: ExitStack, tmp_path: Path) -> None:
    _skip_without(setup)
    urls = []
    for _ in range(1 + setup.second if setup.backend == "postgres" else 0):
        urls.append(create_database())
        stack.callback(drop_database, urls[-1])
    pooler = None
    if setup.pooler:
        folder = Path(mkdtemp(dir=tmp_path))
        pooler = stack.enter_context(pgbouncer.pooler(urls[0], folder, prepared=setup.prepared))
    code, found, output = catalogue.run(setup, tmp_path, urls, pooler)
    assert code == 0, output[-6000:]
    if not setup.refused:
        assert "doctor" in found, output[-6000:]
        return
    assert setup.refused in found["errors"]["django_github_app.E004"]
    for entrance, (status, body) in found["answers"].items():
        assert (entrance, status) == (entrance, 503)
        assert setup.refused in body


def test_the_table_in_the_documentation_is_that_of_these_setups() -> None:
    assert catalogue.TABLE.differences() == [], "rewrite it: make setups"
