"""``python -m tests.support.setups`` tries every setup and, if all end as they should, rewrites the table of
``docs/compatibility.md``.
"""

from __future__ import annotations

import sys

from tests.support.setups.catalogue import TABLE

if __name__ == "__main__":
    sys.exit(TABLE.make(SETUPS="all"))
