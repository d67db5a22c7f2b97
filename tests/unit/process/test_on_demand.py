"""Names whose modules are loaded by whoever asks for one first."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PACKAGE = """
from django_github_app.process.on_demand import names_on_demand

__all__ = ["one", "two"]

__getattr__ = names_on_demand(__name__, numbers="one two")
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "__init__.py").write_text(PACKAGE)
    (tmp_path / "late" / "numbers.py").write_text("one, two = 1, 2\n")
    return tmp_path


def run(folder: Path, code: str) -> None:
    script = f"import sys\nsys.path.insert(0, {str(folder)!r})\n" + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_module_is_loaded_with_the_first_of_its_names(package: Path) -> None:
    run(
        package,
        """
        import late
        assert "late.numbers" not in sys.modules
        from late import two
        assert two == 2 and "late.numbers" in sys.modules
        assert late.one == 1 and vars(late)["one"] == 1
        from late import *
        assert (one, two) == (1, 2)
        """,
    )


def test_other_names_are_refused_as_python_refuses_them(package: Path) -> None:
    run(
        package,
        """
        import late
        try:
            late.three
        except AttributeError as error:
            assert str(error) == "module 'late' has no attribute 'three'"
        else:
            raise SystemExit("it has")
        try:
            from late import three
        except ImportError:
            pass
        from late import numbers
        """,
    )
