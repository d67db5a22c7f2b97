"""``python -m release``: everything that is uploaded for a version, and what is said about it. docs/releasing.md."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click

from . import artefacts, audits, contents, notes, sbom
from .artefacts import ROOT, ReleaseFailed

CHANGELOG = ROOT / "CHANGELOG.md"


def version() -> str:
    """Return the version in pyproject.toml."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


@click.group()
def main() -> None:
    """Make a version of this checkout."""


@main.command()
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "dist", show_default=True)
@click.option("--sbom/--no-sbom", "with_sbom", default=True, help="Write the bill of materials (a minute).")
def build(output: Path, with_sbom: bool) -> None:
    """Build wheel and sdist, look into both, let twine judge them, write the bill of materials beside dist/."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    made = artefacts.build(output)
    wrong = list(contents.complaints(made.wheel, made.sdist, ROOT / "src"))
    if wrong:
        raise ReleaseFailed("\n".join(wrong))
    command = [sys.executable, "-m", "twine", "check", "--strict", str(made.wheel), str(made.sdist)]
    if subprocess.run(command, check=False).returncode != 0:
        raise ReleaseFailed("twine would not upload these")
    for name, digest in made.digests().items():
        click.echo(f"{digest}  {name}")
    if with_sbom:
        # Not in dist/: a package index takes wheels and sdists only.
        target = output.with_name(f"{output.name}-sbom") / f"django-github-app-celery-{version()}.cdx.json"
        target.parent.mkdir(exist_ok=True)
        document = sbom.write(made.wheel, target)
        click.echo(f"{len(document['components'])} components in {target}")


@main.command("notes")
@click.option("--unreleased", is_flag=True, help="Of the next version, as far as it is written.")
def show_notes(unreleased: bool) -> None:
    """Print the release notes of the version in pyproject.toml."""
    click.echo(notes.section(CHANGELOG.read_text(), notes.UNRELEASED if unreleased else version()), nl=False)


@main.command()
def cut() -> None:
    """Put what is unreleased under the version in pyproject.toml and today's date."""
    today = dt.datetime.now(dt.UTC).date()
    CHANGELOG.write_text(notes.cut(CHANGELOG.read_text(), version(), today))


@main.command("check-tag")
@click.argument("tag")
def check_tag(tag: str) -> None:
    """Fail unless TAG, the version in pyproject.toml and the changelog agree."""
    notes.check_tag(tag, version(), CHANGELOG.read_text())


@main.command()
def audit() -> None:
    """Ask for published advisories about the pinned versions."""
    audits.dependencies()


@main.command("lint-workflows")
def lint_workflows() -> None:
    """Run actionlint over .github/workflows."""
    audits.workflows()


if __name__ == "__main__":
    try:
        main()
    except ReleaseFailed as error:
        sys.exit(f"release: {error}")
