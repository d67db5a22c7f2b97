"""What docs/runbooks.md gives to nginx and Caddy, read by nginx and Caddy."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
RUNBOOKS = Path(__file__).parents[3] / "docs/runbooks.md"


def block(language: str) -> str:
    """Return the one example of a language on the page."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", RUNBOOKS.read_text(), re.MULTILINE | re.DOTALL)
    return str(found)


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is missing: make edge")
    return found


def test_nginx_takes_the_example(tmp_path: Path) -> None:
    nginx = program("nginx")
    zones, _, locations = block("nginx").partition("\nlocation")
    whole = (
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n"
        + "".join(f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in TEMPORARY)
        + f"{zones}\nserver {{\nlisten 127.0.0.1:8099;\nlocation{locations}\n}}\n}}\n"
    )  # fmt: skip
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(
        [nginx, "-t", "-q", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_caddy_takes_the_example(tmp_path: Path) -> None:
    caddy = program("caddy")
    (tmp_path / "Caddyfile").write_text(block("caddyfile"))
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", str(tmp_path / "Caddyfile")],
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
