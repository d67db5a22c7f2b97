"""What observing costs: CPU per delivery and per event, in turns within one process, on private servers.

    python -m benchmarks.bench_observing [--rounds 6] [--count 2000]

Each round receives and processes the same deliveries in every mode, in another order each time; the CPU is that of
this process with all its threads, so of everything but PostgreSQL and Valkey. ``--only-off`` measures nothing else,
for a comparison with another checkout: run both in turns.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import statistics
import time
import timeit
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import click

from . import corpus
from .stand import Stand

MODES = ("off", "metrics", "metrics + 5 % traced", "metrics + 10 % traced", "all traced", "replays refused")
GOAL_MODE = "metrics + 5 % traced"
AT_ONCE = 64


@click.command()
@click.option("--rounds", default=6, show_default=True)
@click.option("--count", default=2000, show_default=True)
@click.option("--only-off", is_flag=True)
def main(rounds: int, count: int, only_off: bool) -> None:
    """Measure, and print the median and the share of each mode."""
    stand = Stand()
    try:
        stand.use_here()
        modes = MODES[:1] if only_off else MODES
        found: dict[str, dict[str, list[float]]] = {
            what: {mode: [] for mode in modes} for what in ("receive", "sync", "async")
        }
        for number in range(rounds + 1):  # the first warms up
            print(f"round {number}", flush=True)
            for mode in random.sample(modes, len(modes)):
                with _Mode(mode):
                    for what in ("receive", "sync", "async"):
                        seconds = _measure(stand, what, count)
                        if number:
                            found[what][mode].append(seconds / count * 1e6)
        _report(found)
        _report_off(found, {what: _samples(stand, what, min(count, 300)) for what in found})
    finally:
        stand.close()


def _report(found: dict[str, dict[str, list[float]]]) -> None:
    for what, by_mode in found.items():
        off = by_mode["off"]
        for mode, values in by_mode.items():
            # Round by round: what slows the machine slows both.
            ratios = [one / base - 1 for one, base in zip(values, off, strict=True)]
            share, of_least = statistics.median(ratios), min(values) / min(off) - 1
            print(
                f"{what:8} {mode:24} {statistics.median(values):7.1f} us (least {min(values):7.1f})"
                f"  {100 * share:+5.1f} % (of the least {100 * of_least:+5.1f} %)",
                flush=True,
            )


def _report_off(found: dict[str, dict[str, list[float]]], samples: dict[str, float]) -> None:
    """Say what the seams cost while nobody listens: a comparison for each sample, and as many for spans."""
    from django_github_app import probes

    each = min(timeit.repeat("p.sink is not None", globals={"p": probes}, number=200_000)) / 200_000 * 1e6
    for what, by_mode in found.items():
        cost = 2 * samples[what] * each
        share = 100 * cost / statistics.median(by_mode["off"])
        print(f"{what:8} off, reckoned: {samples[what]:.1f} samples, {cost:.2f} us, {share:.2f} % (goal: 1)")
    for what, by_mode in found.items():
        on = by_mode.get(GOAL_MODE)
        if on:
            ratio = statistics.median(one / off - 1 for one, off in zip(on, by_mode["off"], strict=True))
            rates = (1e6 / statistics.median(by_mode["off"]), 1e6 / statistics.median(on))
            unit = "acks" if what == "receive" else "events"
            print(
                f"{what:8} {GOAL_MODE}: {rates[0]:,.0f} -> {rates[1]:,.0f} {unit} for a second of CPU,"
                f" {100 * ratio:+.1f} % of CPU (goal: 5)"
            )


def _samples(stand: Stand, what: str, count: int) -> float:
    """Return how many samples an event, or a delivery, makes where somebody listens."""
    from django_github_app import probes

    seen = 0

    def sink(sample: tuple[object, ...]) -> None:
        nonlocal seen
        seen += 1

    before, probes.sink = probes.sink, sink
    try:
        _measure(stand, what, count)
    finally:
        probes.sink = before
    return seen / count


def _measure(stand: Stand, what: str, count: int) -> float:
    from django_github_app.execution import batches
    from django_github_app.ingest import inbox

    from .workers import store_ours

    stand.clear()
    gc.collect()
    if what == "receive":
        requests = list(itertools.islice(_requests(), count))
        began = time.process_time()
        asyncio.run(_receive(requests))
        inbox.close()
        return time.process_time() - began
    ids = store_ours(what, count, random.randrange(10**9))
    if _TRACE.share:
        _trace_rows(stand, ids)
    began = time.process_time()
    for start in range(0, count, 100):
        batches.process(ids[start : start + 100], what)
    batches.close()
    return time.process_time() - began


class _Trace:
    share = 0.0


_TRACE = _Trace()


def _trace_rows(stand: Stand, ids: Sequence[int]) -> None:
    chosen = random.sample(list(ids), round(len(ids) * _TRACE.share))
    with stand.sql as connection:
        connection.execute(
            "UPDATE django_github_app_eventlog SET traceparent = '00-' || md5(id::text) || '-' ||"
            " left(md5(id::text), 16) || '-01' WHERE id = ANY(%s)",
            [chosen],
        )


class _Mode:
    def __init__(self, name: str) -> None:
        self.name = name
        self.end: list[Callable[[], Any]] = []

    def __enter__(self) -> None:
        if self.name == "off":
            return
        from django_github_app.observe import collecting, tracing
        from django_github_app.observe.keeper import Duty, Keeper

        if "metrics" in self.name or self.name == "all traced":
            collecting.start()

            def count() -> None:
                collecting.counts()

            keeper = Keeper([Duty(count, 1.0)])
            keeper.start()
            self.end += [keeper.stop, collecting.stop]
        share = {"metrics + 5 % traced": 0.05, "metrics + 10 % traced": 0.1, "all traced": 1.0}.get(
            self.name, 0.0
        )
        if share:
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

            class Nowhere(SpanExporter):
                def export(self, spans: Any) -> SpanExportResult:
                    return SpanExportResult.SUCCESS

            provider = TracerProvider()
            provider.add_span_processor(BatchSpanProcessor(Nowhere(), max_queue_size=100_000))
            tracing.start(provider, share=share)
            _TRACE.share = share
            self.end += [provider.shutdown, tracing.stop]
        if self.name == "replays refused":
            from django.conf import settings
            from django.test import override_settings

            protecting = override_settings(GITHUB_APP={**settings.GITHUB_APP, "REPLAY_PROTECTION": "refuse"})
            protecting.enable()
            self.end.append(protecting.disable)

    def __exit__(self, *exc_info: object) -> None:
        _TRACE.share = 0.0
        for end in self.end:
            end()


def _requests() -> Any:
    samples = corpus.samples(600)
    from django_github_app.testing.payloads import sign

    for number in itertools.count():
        sample = samples[number % len(samples)]
        # Another body each time, as GitHub sends them.
        body = sample.body[:-1] + b',"n":%d}' % random.randrange(10**12)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"x-github-event", sample.event.encode()),
            (b"x-github-delivery", str(uuid.uuid4()).encode()),
            (b"x-github-hook-id", b"7"),
            (b"x-hub-signature-256", sign(corpus.SECRET, body).encode()),
        ]
        yield {"type": "http", "method": "POST", "headers": headers, "path": "/"}, body


async def _receive(requests: Sequence[tuple[dict[str, Any], bytes]]) -> None:
    from django_github_app.asgi import WebhookApplication

    application = WebhookApplication("async")
    waiting = iter(requests)

    async def client() -> None:
        for scope, body in waiting:

            async def receive(body: bytes = body) -> dict[str, Any]:
                return {"type": "http.request", "body": body, "more_body": False}

            async def send(message: Any) -> None:
                assert message.get("status", 202) in (200, 202), message

            await application(scope, receive, send)

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    main()
