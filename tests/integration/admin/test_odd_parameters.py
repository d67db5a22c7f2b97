"""No address, filter or search of the admin makes a server error of what somebody types into it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from django_github_app.models import Installation
from tests.support.retention import an_event

pytestmark = pytest.mark.django_db

ODD = [
    "\x00", "a\x00b", "9" * 30, "-" + "9" * 30, str(2**63), str(-(2**63) - 1), "1e999", "NaN", "1.5", "", " ", "²",
    "٣",
    "x" * 10_000, "'", '"', "\\", "%", "_", "[]", "a,b,,c", "2026-13-45", "0000-00-00", "\ufeff1", "\u202e1", "null",
]  # fmt: skip
# What no form sends, but an address made by hand can: bytes that are no text, half of a surrogate pair.
RAW = ["%00", "%FF", "%ED%A0%80", "%C0%80", "1%00"]


def pages() -> Iterator[tuple[str, ModelAdmin[Any]]]:
    for model, page in admin.site._registry.items():
        if model._meta.app_label == "django_github_app":
            yield f"admin:django_github_app_{model._meta.model_name}_", page


@pytest.fixture
def client() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root"))
    an_event(delivery="here")
    Installation.objects.create(installation_id=7, data={"account": {"login": "octo"}})
    return client


def parameters(page: ModelAdmin[Any]) -> list[str]:
    filters = [
        entry if isinstance(entry, str) else getattr(entry, "parameter_name", "")
        for entry in page.list_filter
    ]
    kinds = ("", "__exact", "__in", "__gte")
    asked = [f"{name}{kind}" for name in filters if name for kind in kinds]
    return [
        *asked,
        "q",
        "p",
        "o",
        "all",
        "e",
        "_facets",
        "id",
        "pk__in",
        "event",
        "delivery",
        "data__account__login",
    ]


@pytest.mark.parametrize(("name", "page"), list(pages()), ids=str)
def test_no_list_fails_whatever_it_is_asked(name: str, page: ModelAdmin[Any], client: Client) -> None:
    address = reverse(f"{name}changelist")
    failed = []
    values = cycle([quote(value) for value in ODD] + RAW)  # a few for each, and all for all of them together
    for parameter in parameters(page):
        asked = [f"{parameter}={next(values)}" for _ in range(5)]
        failed += [query[:80] for query in asked if client.get(f"{address}?{query}").status_code >= 500]
    assert failed == []


@pytest.mark.parametrize(("name", "page"), list(pages()), ids=str)
def test_no_page_of_one_row_fails_whatever_row_it_names(
    name: str, page: ModelAdmin[Any], client: Client
) -> None:
    address = reverse(f"{name}change", args=["ROW"])
    named = [quote(value, safe="") for value in ODD if value and len(value) < 1000] + RAW
    failed = []
    ends = cycle(("change/", "history/", "delete/"))
    for row in named:
        asked = address.replace("change/", next(ends)).replace("ROW", row)
        failed += [asked for method in (client.get, client.post) if method(asked).status_code >= 500]
    assert failed == []


@pytest.mark.parametrize(("name", "page"), list(pages()), ids=str)
def test_no_action_fails_whatever_is_chosen(name: str, page: ModelAdmin[Any], client: Client) -> None:
    failed = []
    for action in [*(page.actions or ()), "delete_selected", "nothing", "\x00"]:
        shown = action if isinstance(action, str) else action.__name__
        for value in ODD[::4]:
            chosen = {"action": shown, "_selected_action": [value], "index": "0", "select_across": "0"}
            if client.post(reverse(f"{name}changelist"), chosen).status_code >= 500:
                failed.append((shown, value[:40]))
    assert failed == []
