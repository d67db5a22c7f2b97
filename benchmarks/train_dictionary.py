"""Train the zstd dictionary that ships with the package, and say how well it does on bodies it has not seen.

``python -m benchmarks.train_dictionary [--output FILE] [--examples DIRECTORY]``. It is trained on `corpus` alone:
the shapes are GitHub's, every name, number, hash and text is made up. ``--examples`` measures it on real payloads
too, such as those of ``npm pack @octokit/webhooks-examples``; they are not trained on.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import zstandard

from django_github_app.bodies.folding import fold
from django_github_app.bodies.frames import FOLDED, LEVEL
from django_github_app.testing import payloads

from . import corpus

# Fixed, so that training again gives a dictionary that says it is the same; a new generation takes the next one.
DICTIONARY_ID = 1_000_002


def bodies(count: int, seed: int, events: Sequence[str]) -> list[bytes]:
    chance = random.Random(seed)
    return [corpus.body_of(chance.choice(events), chance) for _ in range(count)]


def train(size: int, seed: int, events: Sequence[str]) -> zstandard.ZstdCompressionDict:
    """Return a dictionary of ``size`` bytes for bodies of ``events``."""
    made: list[Any] = [fold(body) for body in bodies(3000, seed, events)]
    return zstandard.train_dictionary(size, made, dict_id=DICTIONARY_ID, level=LEVEL)


def ratio(compress: Callable[[bytes], bytes], unseen: Sequence[bytes]) -> tuple[float, float]:
    """Return how many times smaller ``unseen`` becomes, and the µs it takes per body."""
    started = time.process_time()
    stored = sum(len(compress(body)) for body in unseen)
    return sum(map(len, unseen)) / stored, (time.process_time() - started) / len(unseen) * 1e6


def compressor(dictionary: zstandard.ZstdCompressionDict) -> Callable[[bytes], bytes]:
    """Return what `django_github_app.bodies.frames` does with a dictionary."""
    dictionary.precompute_compress(level=LEVEL)
    compress = zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary, write_checksum=True).compress
    return lambda body: FOLDED + compress(fold(body))


def examples(directory: Path) -> list[bytes]:
    """Return the payloads of JSON files, each as GitHub would send it: without blanks."""
    found: list[bytes] = []
    for path in sorted(directory.rglob("*.json")):
        content = json.loads(path.read_text())
        if isinstance(content, list):  # an index of examples by event
            content = [example for entry in content for example in entry.get("examples", [])]
        else:
            content = [content]
        found += [json.dumps(one, separators=(",", ":")).encode() for one in content if "sender" in one]
    return found


@click.command()
@click.option("--output", type=click.Path(path_type=Path), help="Where to write the dictionary.")
@click.option("--size", default=64 * 1024, show_default=True)
@click.option("--examples", "directory", type=click.Path(path_type=Path, exists=True), help="Real payloads.")
def main(output: Path | None, size: int, directory: Path | None) -> None:
    """Train, measure and (with --output) write the dictionary."""
    known = [event for event in payloads.event_names() if event != "ping"]
    often = [*known, *corpus.WEIGHTS, *corpus.WEIGHTS, *corpus.WEIGHTS]
    half = [event for i, event in enumerate(known) if i % 2]
    other_half = [event for i, event in enumerate(known) if not i % 2]
    dictionary = train(size, 1, often)
    of_half = train(size, 1, half)
    sets: list[tuple[str, list[bytes], zstandard.ZstdCompressionDict]] = [
        ("other values, the usual mixture", [s.body for s in corpus.samples(500, 2)], dictionary),
        ("other values, every event equally often", bodies(500, 3, known), dictionary),
        ("other values, events not trained on", bodies(500, 4, other_half), of_half),
    ]
    if directory is not None:
        sets.append((f"real payloads from {directory.name}", examples(directory), dictionary))
    for name, unseen, used in sets:
        plain, plain_us = ratio(zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress, unseen)
        small, small_us = ratio(compressor(used), unseen)
        print(
            f"{name}: {len(unseen)} bodies, {sum(map(len, unseen)) / len(unseen):,.0f} bytes each;"
            f" zstd-{LEVEL} {plain:.1f} times smaller ({plain_us:.0f} µs),"
            f" folded, with the dictionary {small:.1f} ({small_us:.0f} µs)"
        )
    if output is not None:
        output.write_bytes(dictionary.as_bytes())
        print(f"{output}: {len(dictionary)} bytes, id {dictionary.dict_id()}")


if __name__ == "__main__":
    main()
