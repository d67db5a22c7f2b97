"""How long malicious comments take to read: ``python benchmarks/bench_markdown.py [characters …]``.

Prints, for each kind of comment and size, the CPU seconds until its commands are known, and how they grow with the
size. A growth of about 1 is linear; the reader looks at the first 65,536 characters of longer comments. Without
arguments: 15,000, 60,000 and 1,048,576 characters. Runs in one process and needs no server.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable

from django_github_app.commands import find
from django_github_app.comments import markdown
from django_github_app.comments.mentions import extract_mentions

SIZES = [15_000, 60_000, 1_048_576]


def repeat(unit: str, before: str = "", after: str = "") -> Callable[[int], str]:
    """Return a maker of a comment of a size: one unit over and over, with a command in front of it."""

    def make(size: int) -> str:
        return f"@bot deploy\n\n{before}" + unit * (size // len(unit)) + f"{after}\n\n@bot deploy\n"

    return make


def growing(unit: Callable[[int], str]) -> Callable[[int], str]:
    """Return a maker of units that get longer, each with a line of its own."""

    def make(size: int) -> str:
        parts, length, number = ["@bot deploy\n\n"], 0, 1
        while length < size:
            parts.append(unit(number))
            length += len(parts[-1])
            number += 1
        return "".join(parts)

    return make


KINDS: dict[str, Callable[[int], str]] = {
    "commands": repeat("@bot deploy prod\n"),
    "mentions on one line": repeat("@bot "),
    "ordinary prose": repeat("Thank you for *this* change, it [looks](http://x.y) `good` to me.\n"),
    "nested quotes": repeat(">" * 19 + " @bot\n"),
    "one line of quote marks": repeat("> "),
    "lazy quotes": repeat("@bot b\n", before=">" * 19 + " a\n"),
    "quotes ended by lazy lines": repeat("> <div>\n@bot\n"),
    "quotes of fences with lazy lines": repeat(">```\n_```\n> _"),
    "nested lists": repeat("- "),
    "list items": repeat("- @bot\n"),
    "deeper and deeper lists": growing(lambda n: "  " * (n % 40) + "- @bot\n"),
    "open brackets": repeat("[@bot"),
    "open images": repeat("![@bot"),
    "brackets that match": lambda size: "@bot " + "[" * (size // 2) + "]" * (size // 2 - 5),
    "links": repeat("[@bot](b)"),
    "links without an end": repeat('[@bot](b "'),
    "nested images": lambda size: "![" * (size // 6 - 1) + "@bot" + "](b)" * (size // 6 - 1),
    "backtick runs that never match": growing(lambda n: "`" * n + "@bot"),
    "emphasis": repeat("*@bot_ "),
    "emphasis that never matches": repeat("*@bot **b c* "),
    "single tildes": repeat("~@bot ~~b "),
    "comments without an end": repeat("@bot<!--"),
    "comments with a bad end": repeat("!<!--@bot<!--", after="--></b>:"),
    "tags without an end": repeat('@bot <a b="'),
    "processing instructions": repeat("@bot <?"),
    "CDATA": repeat("@bot<![CDATA["),
    "autolinks without an end": repeat("<https://@bot"),
    "entities": repeat("&amp;@bot&#"),
    "escapes": repeat("\\@bot\\*"),
    "tables": repeat("|@bot|b|\n", before="|a|b|\n|-|-|\n"),
    "one wide table": lambda size: "@bot\n\n" + "|@bot" * (size // 10) + "\n" + "|-" * (size // 10) + "\n",
    "a table with missing cells": lambda size: (
        "|@bot" * (size // 14) + "\n" + "|-" * (size // 14) + "\n" + "x\n" * (size // 4)
    ),
    "tables over and over": repeat("|@bot|b|\n|-|-|\n|a|b|\n\n"),
    "link definitions": repeat("[@bot]: b\n"),
    "link definitions without an end": repeat('[a]: b "@bot\n'),
    "headings": repeat("# @bot #\n"),
    "fences without an end": repeat("```\n@bot\n"),
    "HTML blocks": repeat("<div>@bot\n\n"),
    "silent tags": repeat("<code>@bot\n\n"),
    "empty lines": repeat("\n", after="@bot"),
    "carriage returns": repeat("@bot\r"),
}


def seconds(read: Callable[[str], object], comment: str) -> float:
    markdown._reading.cache_clear()
    started = time.process_time()
    read(comment)
    return time.process_time() - started


def main(sizes: list[int]) -> None:
    worst: tuple[float, str] = (0.0, "")
    print(
        f"{'seconds to find commands':34}"
        + "".join(f"{size:>12,}" for size in sizes)
        + "   growth   mentions"
    )
    for name, make in KINDS.items():
        times = [seconds(lambda text: find(text, "bot", "/"), make(size)) for size in sizes]
        mentions = seconds(extract_mentions, make(sizes[-1]))
        # Between the first two sizes: the last may be beyond what is looked at.
        growth = (
            math.log(max(times[1], 1e-6) / max(times[0], 1e-6), sizes[1] / sizes[0]) if len(sizes) > 1 else 0
        )
        print(f"{name:34}" + "".join(f"{t:12.4f}" for t in times) + f"{growth:9.2f}{mentions:11.4f}")
        worst = max(worst, (max(*times, mentions), name))
    print(f"\nslowest: {worst[1]}, {worst[0]:.2f} s")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or SIZES)
