"""The tables of docs/compatibility.md say what was run, and of the rest that it was not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import tables
from tests.support.tables import Line, Table, outcomes

REPORT = """<testsuites><testsuite>
<testcase classname="a" name="test_a[Valkey]"/>
<testcase classname="a" name="test_a[Redis, shared]"><skipped message="no Redis here: start one"/></testcase>
<testcase classname="a" name="test_of_no_line"/>
</testsuite></testsuites>"""
LINES = [Line("Valkey", "as it is", "works", "Valkey"), Line("Redis", "shared", "works", "Redis, shared")]
TABLE = Table("things", ("thing", "how", "outcome"), LINES, "tests/test_things.py")


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "page.md"
    monkeypatch.setattr(tables, "PAGE", path)
    return path


def test_what_was_skipped_is_not_among_what_ran_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    ran, skipped = outcomes(tmp_path / "report.xml")
    assert ran == {"Valkey"}
    assert skipped == {"Redis, shared": "no Redis here"}
    assert TABLE.show(skipped).splitlines()[2:] == [
        "| Valkey | as it is | works |",
        "| Redis | shared | not tried: no Redis here |",
    ]


@pytest.mark.parametrize(
    ("last", "differs"),
    [
        ("| Redis | shared | works |", False),
        ("| Redis | shared | not tried: no Redis here |", False),
        ("| Redis | shared | refused |", True),
        ("| Redis | alone | not tried: no Redis here |", True),
        ("", True),
    ],
)
def test_a_page_that_says_something_else_is_found(page: Path, last: str, differs: bool) -> None:
    rows = "\n".join(TABLE.show({}).splitlines()[:-1])
    page.write_text(f"before\n<!-- things: begin -->\n{rows}\n{last}\n<!-- things: end -->\nafter\n")
    assert bool(TABLE.differences()) is differs
