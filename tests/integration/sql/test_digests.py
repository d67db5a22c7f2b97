"""Signed bodies that were received, by their digest."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from django_github_app.models import BodyDigest
from django_github_app.sql.digests import first_seen, forget_old

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

A, B = b"a" * 32, b"b" * 32


def test_a_body_keeps_the_names_under_which_it_came_first() -> None:
    assert first_seen([(A, ("d-1", "push", 7))]) == {A: ("d-1", "push", 7)}
    assert first_seen([(A, ("d-2", "issues", 8)), (B, ("d-3", "push", 7))]) == {
        A: ("d-1", "push", 7),
        B: ("d-3", "push", 7),
    }
    assert BodyDigest.objects.count() == 2


def test_in_a_group_the_first_comes_first() -> None:
    assert first_seen([(A, ("d-1", "push", 7)), (A, ("d-2", "push", 7))]) == {A: ("d-1", "push", 7)}


def test_only_so_many_old_ones_are_forgotten_at_a_time() -> None:
    first_seen([(A, ("d-1", "push", 7)), (B, ("d-2", "push", 7)), (b"c" * 32, ("d-3", "push", 7))])
    BodyDigest.objects.exclude(delivery="d-3").update(seen_at=timezone.now() - dt.timedelta(days=8))
    assert [forget_old(7, most=1), forget_old(7, most=5), forget_old(7)] == [1, 1, 0]
    assert BodyDigest.objects.get().delivery == "d-3"
