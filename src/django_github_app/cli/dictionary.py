"""``manage.py github train-dictionary``: a zstd dictionary made of a project's own events."""

from __future__ import annotations

import secrets
from pathlib import Path

import click
import zstandard

FEWEST = 50
KNOWN_BY_NUMBER = 2_000_000  # below are the numbers of dictionaries that ship with the package


@click.command("train-dictionary")
@click.argument("output", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--events", default=2000, show_default=True, help="The most recent events to look at.")
@click.option("--size", default=64, show_default=True, help="KiB of the dictionary.")
def train_dictionary(output: Path, events: int, size: int) -> None:
    """Train a dictionary on recent events and write it to OUTPUT, which must not exist.

    Every tenth event is left out of the training and says how much it gains. The file holds pieces of your events:
    keep it where you keep those. Put it first in GITHUB_APP["BODY_DICTIONARIES"].
    """
    from django_github_app.bodies import frames
    from django_github_app.bodies.folding import fold
    from django_github_app.models import EventLog

    if output.exists():
        raise click.ClickException(f"{output} exists; events may need it to be read")
    found = [
        frames.decompress(body)
        for body in EventLog.objects.filter(body__isnull=False)
        .order_by("-id")
        .values_list("body", flat=True)[:events]
        if body is not None
    ]
    if len(found) < FEWEST:
        raise click.ClickException(f"{len(found)} events with a body are too few; {FEWEST} are the least")
    unseen = found[::10]
    seen: list[bytes | bytearray | memoryview] = [fold(body) for i, body in enumerate(found) if i % 10]
    number = KNOWN_BY_NUMBER + secrets.randbelow(2**31 - KNOWN_BY_NUMBER)
    try:
        dictionary = zstandard.train_dictionary(size * 1024, seen, dict_id=number, level=frames.LEVEL)
    except zstandard.ZstdError as error:
        raise click.ClickException(f"these events do not make a dictionary: {error}") from error
    output.write_bytes(dictionary.as_bytes())
    now = sum(len(frames.compress(body)) for body in unseen)
    compressor = zstandard.ZstdCompressor(level=frames.LEVEL, dict_data=dictionary, write_checksum=True)
    then = sum(len(compressor.compress(fold(body))) for body in unseen)
    click.echo(
        f"{output}: dictionary {dictionary.dict_id()}, {len(dictionary):,} bytes, of {len(seen):,} events"
    )
    click.echo(
        f"{len(unseen):,} other events, {sum(map(len, unseen)):,} bytes: {now:,} bytes as they are stored now,"
        f" {then:,} with this dictionary"
    )
