"""What an event's page says of it."""

from __future__ import annotations

import pytest
from django.test import Client

from django_github_app.models import (
    EventLog,
)
from tests.support.admin_pages import CHANGE, page
from tests.support.retention import an_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


@pytest.mark.parametrize("body", [b"not json", b"", b'{"lone":"\\ud800"}', b"[" * 5000 + b"]" * 5000, None])
def test_a_detail_page_opens_whatever_the_body_is(admin: Client, body: bytes | None) -> None:
    event = an_event(body=body)
    page(admin, CHANGE, event.pk)
    EventLog.objects.filter(pk=event.pk).update(body=b"damaged")
    assert "cannot be shown" in page(admin, CHANGE, event.pk)
