"""The built-in watch: each outage is told once, with its recovery, and quiet hours tell of nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail

from django_github_app.models import Incident, Lock, Pulse
from django_github_app.observe import watch
from django_github_app.process.clock import as_field
from tests.support.watched_site import START, Site

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("part", "alarm"),
    [("workers", "workers sync"), ("beat", "beat"), ("broker", "broker"), ("database", "database")],
)
def test_what_dies_is_told_once_within_a_minute_and_its_recovery_too(
    site: Site, part: str, alarm: str
) -> None:
    site.pass_time(60)
    assert site.told == []
    site.dead = {part}
    site.pass_time(60)
    assert ("raised", alarm) in site.told
    site.pass_time(1800, step=300)
    assert site.told.count(("raised", alarm)) == 1
    site.dead = set()
    site.pass_time(120)
    assert ("cleared", alarm) in site.told
    site.pass_time(1200, step=300)
    assert site.told.count(("cleared", alarm)) == 1
    # Nothing is left open, and nothing was told that was not so.
    assert not Incident.objects.filter(cleared_at=None).exists()
    assert {key for _, key in site.told} <= {alarm, "sweep"}


def test_a_hook_that_falls_silent_is_told_once_it_is_known_how_it_usually_is(site: Site) -> None:
    days = {(START - dt.timedelta(days=day)).date().isoformat(): 300.0 for day in range(1, 10)}
    Pulse.objects.create(name="hook 1", at=as_field(START), detail={"days": days})
    site.pass_time(3600, step=300)
    assert site.told == []
    site.dead = {"hook"}
    site.pass_time(960, step=60)
    assert site.told == [("raised", "silence 1")]
    site.dead = set()
    site.pass_time(120)
    assert site.told == [("raised", "silence 1"), ("cleared", "silence 1")]


def test_twenty_four_quiet_hours_tell_of_nothing(site: Site) -> None:
    site.pass_time(24 * 3600, step=1200)
    assert site.told == []
    assert len(mail.outbox) == 0
    assert not Incident.objects.exists()


def test_a_blink_is_one_incident_and_not_two(site: Site) -> None:
    site.dead = {"broker"}
    site.pass_time(60)
    site.dead = set()
    site.pass_time(15)
    site.dead = {"broker"}
    site.pass_time(60)
    assert site.told.count(("raised", "broker")) == 1
    assert ("cleared", "broker") not in site.told


def test_of_many_processes_one_looks_at_a_time() -> None:
    assert watch._is_elected(START, watch.thresholds())
    assert not watch._is_elected(START + dt.timedelta(seconds=5), watch.thresholds())
    assert watch._is_elected(START + dt.timedelta(seconds=15), watch.thresholds())
    assert Lock.objects.filter(name=watch.LOCK).exists()


def test_who_dies_between_writing_and_telling_leaves_the_telling_to_the_next(site: Site) -> None:
    site.dead = {"broker"}
    watch._open(watch.BROKER, START)
    site.pass_time(30)
    assert site.told == [("raised", "broker")]
