"""Everything that GitHub sends, sent to the real site: each event once, each handler once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from django_github_app.models import EventStatus
from tests.support.mixed_load import EVENT_TYPES, mixed, post_all
from tests.support.site import Site

HANDLERS = {"sync": ["tests.support.mixed_handlers"], "async": ["tests.support.mixed_ahandlers"]}

pytestmark = pytest.mark.slow


async def test_500_mixed_deliveries_with_duplicates_are_each_processed_once(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(app={"HANDLERS": HANDLERS})
    site.start()
    originals = mixed(450, seed=2)
    load = [*originals, *random.Random(2).sample(originals, 50)]
    random.Random(3).shuffle(load)
    assert len(load) == 500
    assert len({sent.event for sent in load}) == len(EVENT_TYPES) >= 40

    assert Counter(await post_all(site, load)) == {202: 500}
    site.wait_until_final(450, timeout=90)

    events = site.rows("SELECT id, delivery, event, status, worker_type FROM django_github_app_eventlog")
    assert sorted(event["delivery"] for event in events) == sorted(sent.delivery for sent in originals)
    assert set(site.statuses()) <= {EventStatus.DONE, EventStatus.IGNORED}

    expected = sorted(f"{handler} {sent.delivery}" for sent in originals for handler in sent.handlers)
    assert sorted(site.calls()) == expected
    ledger = site.rows("SELECT attempts FROM django_github_app_handlerrun WHERE handler LIKE %s", "tests.%")
    assert len(ledger) == len(expected)
    assert {run["attempts"] for run in ledger} == {1}
