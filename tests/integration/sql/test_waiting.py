"""Events that wait: which a worker should be told of."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from django_github_app.models import EventLog, EventStatus
from django_github_app.sql import claims as moves
from django_github_app.sql.waiting import mark_published
from tests.support.claims import claim_ids, end
from tests.support.rows import find_unpublished, new_lane, stored

pytestmark = pytest.mark.django_db


class TestSweep:
    def test_an_event_that_nobody_took_is_found_after_the_grace(self) -> None:
        pk = stored()
        assert find_unpublished(limit=10, grace=30) == []
        EventLog.objects.filter(pk=pk).update(received_at=timezone.now() - dt.timedelta(seconds=31))
        assert find_unpublished(limit=10, grace=30) == [(pk, "sync")]
        mark_published([pk])
        assert find_unpublished(limit=10, grace=30) == []

    def test_a_due_retry_is_found_once(self) -> None:
        pk = stored()
        (claimed,) = moves.claim([pk], lease=60)
        end(claimed, EventStatus.RETRYING, retry_in=0.0)
        assert find_unpublished(limit=10, grace=30) == [(pk, "sync")]
        mark_published([pk])
        assert find_unpublished(limit=10, grace=30) == []

    def test_events_behind_another_of_their_lane_are_left_to_it(self) -> None:
        lane = new_lane()
        first, second = stored(lane=lane), stored(lane=lane)
        EventLog.objects.update(received_at=timezone.now() - dt.timedelta(hours=1))
        assert find_unpublished(limit=10, grace=30) == [(first, "sync")]
        claim_ids(first)
        assert find_unpublished(limit=10, grace=30) == []
        EventLog.objects.filter(pk=first).update(status=EventStatus.DEAD)
        assert find_unpublished(limit=10, grace=30) == [(second, "sync")]

    def test_the_oldest_come_first_and_no_more_than_the_limit(self) -> None:
        ids = [stored() for _ in range(4)]
        EventLog.objects.update(received_at=timezone.now() - dt.timedelta(hours=1))
        assert [pk for pk, _ in find_unpublished(limit=3, grace=30)] == ids[:3]
