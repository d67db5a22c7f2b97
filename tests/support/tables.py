"""The tables of docs/compatibility.md, each written from a run of the tests of its lines.

A line that could not be tried, because this machine lacks something, says so instead of an outcome.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.support.site import ROOT

PAGE = ROOT / "docs" / "compatibility.md"
NOT_TRIED = "not tried: "


@dataclass(frozen=True)
class Line:
    """What is set up, how, and what comes of it; ``test`` is what stands in brackets behind its tests' names."""

    what: str
    how: str
    outcome: str
    test: str

    def show(self, outcome: str = "") -> str:
        return f"| {self.what} | {self.how} | {outcome or self.outcome} |"


@dataclass(frozen=True)
class Table:
    """One table of the page, between two comments that name it."""

    name: str
    head: tuple[str, str, str]
    lines: Sequence[Line]
    tests: str
    """The file of its tests."""

    @property
    def marks(self) -> tuple[str, str]:
        return f"<!-- {self.name}: begin -->", f"<!-- {self.name}: end -->"

    def written(self) -> str:
        """Return what stands on the page."""
        begin, end = self.marks
        return PAGE.read_text().split(begin)[1].split(end)[0].strip()

    def show(self, missing: dict[str, str]) -> str:
        """Return the table; ``missing``: why lines were not tried, by their tests."""
        rows = [f"| {' | '.join(self.head)} |", "|---|---|---|"]
        rows += [
            line.show(f"{NOT_TRIED}{missing[line.test]}" if line.test in missing else "")
            for line in self.lines
        ]
        return "\n".join(rows)

    def differences(self) -> list[str]:
        """Return the lines of the page that are not of these setups, and are not about one that was not tried."""
        written = self.written().splitlines()
        known = self.show({}).splitlines()
        if len(written) != len(known):
            return [line for line in (*written, *known) if (line in written) != (line in known)]
        return [
            found
            for found, line in zip(written, known, strict=True)
            if found != line and not found.startswith(f"{line.rpartition(' | ')[0]} | {NOT_TRIED}")
        ]

    def make(self, **environment: str) -> int:
        """Run the tests and, unless one failed, write the table. Return pytest's exit code."""
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            command = [sys.executable, "-m", "pytest", "-q", "-rs", f"--junitxml={report}", self.tests]
            # The test that the page agrees is for afterwards.
            command += ["-k", "not the_table_in_the_documentation"]
            code = subprocess.run(
                command, cwd=ROOT, check=False, env={**os.environ, **environment}
            ).returncode
            if code:
                return code
            ran, skipped = outcomes(report)
        untried = [line.what for line in self.lines if line.test not in {*ran, *skipped}]
        if untried:
            print(f"no test is about {', '.join(untried)}", file=sys.stderr)
            return 1
        begin, end = self.marks
        before, rest = PAGE.read_text().split(begin)
        PAGE.write_text(f"{before}{begin}\n{self.show(skipped)}\n{end}{rest.split(end)[1]}")
        for test, reason in skipped.items():
            print(f"not tried: {test}: {reason}")
        return 0


def outcomes(report: Path) -> tuple[set[str], dict[str, str]]:
    """Return what ran, and why others were skipped, by what stands in brackets behind the tests' names."""
    ran: set[str] = set()
    skipped: dict[str, str] = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = case.get("name", "")
        if not name.endswith("]"):
            continue
        test = name.partition("[")[2][:-1]
        reason = case.find("skipped")
        if reason is None:
            ran.add(test)
        else:
            skipped[test] = (reason.get("message") or "skipped").removeprefix("Skipped: ").partition(": ")[0]
    return ran, skipped
