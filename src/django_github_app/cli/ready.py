"""``manage.py github ready``: a readiness probe for processes that answer no HTTP."""

from __future__ import annotations

import datetime as dt

import click

from django_github_app.broker.queues import WORKER_TYPES

FRESH = 60.0


@click.command()
@click.argument("worker_type", type=click.Choice([*WORKER_TYPES, "maintenance", "beat"]), required=False)
@click.option("--host", help="Another host than this one, as its workers call it.")
@click.option(
    "--within",
    type=click.FloatRange(1),
    default=FRESH,
    show_default=True,
    help="Seconds since the last sign of life.",
)
def ready(worker_type: str | None, host: str | None, within: float) -> None:
    """Exit with 0 if the worker of WORKER_TYPE on this host (or beat) is alive and can work, else with 1.

    Looks at the database, its tables and the broker, and for a sign of life that workers and beat give every few
    seconds. Without WORKER_TYPE only at the former.
    """
    from django_github_app.observe import health, pulses

    problems = [f"{one.subject}: {one.problem}" for one in health.examine() if one.problem]
    if worker_type is not None and not problems:
        name = pulses.BEAT if worker_type == "beat" else pulses.worker_name(worker_type, host)
        problems += _silence(name, within)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.exceptions.Exit(1)
    click.echo("ready")


def _silence(name: str, within: float) -> list[str]:
    from django_github_app.models import Pulse
    from django_github_app.process.clock import as_aware
    from django_github_app.sql.clock import database_now

    pulse = Pulse.objects.filter(name=name).first()
    if pulse is None:
        return [f"{name}: has never given a sign of life"]
    age = database_now() - as_aware(pulse.at)
    if age > dt.timedelta(seconds=within):
        return [f"{name}: the last sign of life is {age.total_seconds():.0f} s old"]
    return []
