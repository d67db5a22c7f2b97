"""``python -m tests.support.setups`` tries every setup and, if all end as they should, rewrites the table of
``docs/compatibility.md``.
"""

from __future__ import annotations

import subprocess
import sys

from tests.support.setups import catalogue
from tests.support.site import ROOT


def main() -> int:
    tests = "tests/acceptance/test_setups.py::test_everything_works_or_is_refused_in_a_sentence"
    code = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", tests], cwd=ROOT, check=False
    ).returncode
    if code:
        return code
    page = ROOT / "docs" / "compatibility.md"
    before, rest = page.read_text().split(catalogue.BEGIN)
    after = rest.split(catalogue.END)[1]
    page.write_text(f"{before}{catalogue.BEGIN}\n{catalogue.table()}\n{catalogue.END}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
