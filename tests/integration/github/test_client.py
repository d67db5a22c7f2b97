"""Clients: tokens, limits, redirects, caches and repetitions, against the fake GitHub."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import gidgethub
import pytest
from django.test import override_settings

from django_github_app import errors
from django_github_app.conf import app_settings
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI, app_jwt, current_delivery
from django_github_app.github.rate_limits import PROBES
from django_github_app.testing import FakeGitHub
from tests.support.octo import Octo

pytestmark = pytest.mark.usefixtures("http_client")

WIDGETS = "/repos/octo/widgets"
COMMENTS = f"{WIDGETS}/issues/1/comments"


async def test_a_client_is_made_without_any_request(octo: Octo) -> None:
    octo.client()
    assert octo.github.requests == []


async def test_calls_of_an_installation_use_one_token_and_say_who_they_are(octo: Octo) -> None:
    gh = octo.client()
    delivery = current_delivery.set("72d3162e-cc78-11e3-81ab-4c9367dc0958")
    try:
        assert (await gh.getitem(WIDGETS))["full_name"] == "octo/widgets"
        await gh.post(COMMENTS, data={"body": "Hello"})
    finally:
        current_delivery.reset(delivery)
    assert octo.token_requests == 1
    headers = octo.github.requests[-1].headers
    assert headers["user-agent"] == "bot"
    assert headers["x-github-api-version"] == app_settings.api_version
    assert headers["accept-encoding"] == "gzip, deflate"
    assert headers["x-github-delivery"] == "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    assert octo.issue.bodies == ["Hello"]


def test_the_synchronous_client_does_the_same(octo: Octo) -> None:
    for number in range(5):
        octo.issue.comment(f"comment {number}")
    with octo.sync_client() as gh:
        assert gh.getitem(WIDGETS)["full_name"] == "octo/widgets"
        listed = [comment["body"] for comment in gh.getiter(f"{COMMENTS}?per_page=2")]
        made = gh.post(COMMENTS, data={"body": "Hello"})
        gh.patch(made["url"], data={"body": "Hello, world"})
        assert gh.getstatus("/repos/octo/nothing") == 404
        gh.delete(made["url"])
        viewer = gh.graphql("query { viewer { login } }")
    assert listed == [f"comment {number}" for number in range(5)]
    assert viewer == {"viewer": {"login": "bot[bot]"}}
    assert len(octo.issue.comments) == 5


async def test_all_pages_are_read(octo: Octo) -> None:
    for number in range(5):
        octo.issue.comment(f"comment {number}")
    gh = octo.client()
    assert [c["body"] async for c in gh.getiter(f"{COMMENTS}?per_page=2")] == [
        f"comment {number}" for number in range(5)
    ]


async def test_a_call_may_be_made_as_the_app_or_as_a_person(octo: Octo) -> None:
    gh = octo.client()
    assert (await gh.getitem("/app", jwt=app_jwt()))["slug"] == "bot"
    alice = octo.github.user_token("alice")
    viewer = await AsyncGitHubAPI(oauth_token=alice).graphql("query { viewer { login } }")
    assert viewer == {"viewer": {"login": "alice"}}
    await gh.post(COMMENTS, data={"body": "from alice"}, oauth_token=alice)
    assert octo.issue.comments[0].user.login == "alice"


async def test_without_an_installation_calls_are_anonymous(octo: Octo) -> None:
    await AsyncGitHubAPI("somebody").getitem(WIDGETS)
    assert "authorization" not in octo.github.requests[-1].headers


async def test_a_token_may_be_asked_for_with_fewer_rights(octo: Octo) -> None:
    octo.github.repo("octo/gears")
    gh = octo.client(repositories=["octo/gears"], permissions={"issues": "read"})
    assert (await gh.getitem("/repos/octo/gears"))["name"] == "gears"
    assert await gh.getstatus(WIDGETS) == 404
    assert octo.installation.tokens[-1].permissions == {"issues": "read"}
    assert (await octo.client().getitem(WIDGETS))["name"] == "widgets"
    assert octo.token_requests == 2


@pytest.mark.parametrize("state", ["suspended", "deleted"])
async def test_an_installation_that_is_gone_is_an_error_and_not_an_anonymous_client(
    octo: Octo, state: str
) -> None:
    if state == "suspended":
        octo.installation.suspend()
        expected: type[errors.InstallationUnavailable] = errors.InstallationSuspended
    else:
        octo.github.delete_installation(octo.installation)
        expected = errors.InstallationNotFound
    for _ in range(3):
        with pytest.raises(expected, match=str(octo.installation.id)):
            await octo.client().getitem(WIDGETS)
    assert octo.token_requests == 1
    assert octo.github.requests_to(WIDGETS) == []


async def test_an_installation_suspended_after_it_got_its_token_is_the_same_error(octo: Octo) -> None:
    gh = octo.client()
    await gh.getitem(WIDGETS)
    octo.installation.suspend()
    with pytest.raises(errors.InstallationSuspended):
        await gh.post(COMMENTS, data={"body": "Hello"})


async def test_a_renamed_repository_is_followed(octo: Octo) -> None:
    octo.github.rename_repo("octo/widgets", "octo/gadgets")
    assert (await octo.client().getitem(WIDGETS))["full_name"] == "octo/gadgets"


async def test_a_redirect_to_another_host_is_not_followed(octo: Octo) -> None:
    with FakeGitHub() as elsewhere:
        octo.github.fail_next(status=302, headers={"Location": f"{elsewhere.url}/zipball"}, path="zipball")
        with pytest.raises(gidgethub.RedirectionException) as caught:
            await octo.client().getitem(f"{WIDGETS}/zipball")
        assert caught.value.headers["location"] == f"{elsewhere.url}/zipball"
        assert elsewhere.requests == []


async def test_a_link_to_another_host_never_carries_the_token(octo: Octo) -> None:
    with FakeGitHub() as elsewhere:
        octo.issue.comment("one")
        link = {"Link": f'<{elsewhere.url}/more>; rel="next"'}
        octo.github.fail_next(headers=link, path="comments")
        pages = octo.client().getiter(COMMENTS)
        assert (await anext(pages))["body"] == "one"
        with pytest.raises(errors.ForeignHost):
            await anext(pages)
        assert elsewhere.requests == []


async def test_an_absolute_address_elsewhere_is_refused_unless_it_is_named(octo: Octo) -> None:
    from django.conf import settings

    with FakeGitHub() as uploads:
        with pytest.raises(errors.ForeignHost):
            await octo.client().getitem(f"{uploads.url}/upload")
        with override_settings(GITHUB_APP={**settings.GITHUB_APP, "API_HOSTS": [uploads.url]}):
            assert await octo.client().getstatus(f"{uploads.url}/upload") == 401
        assert uploads.requests


async def test_a_client_without_credentials_may_go_anywhere(octo: Octo) -> None:
    with FakeGitHub() as elsewhere:
        await AsyncGitHubAPI().getitem(f"{elsewhere.url}/rate_limit")
        assert "authorization" not in elsewhere.requests[0].headers


async def test_an_unchanged_answer_is_read_from_the_cache(octo: Octo) -> None:
    gh = octo.client()
    first = await gh.getitem(WIDGETS)
    second = await gh.getitem(WIDGETS)
    assert first == second
    assert [request.status for request in octo.github.requests_to(WIDGETS)] == [200, 304]
    octo.repo.archived = True
    assert (await gh.getitem(WIDGETS))["archived"] is True


async def test_djangos_cache_in_memory_is_good_enough_for_one_process(octo: Octo, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    for _ in range(2):
        await octo.client().getitem(WIDGETS)
    await octo.client().post(COMMENTS, data={"body": "Hello"})
    assert [request.status for request in octo.github.requests_to(WIDGETS)] == [200, 304]
    assert octo.token_requests == 1


async def test_pages_out_of_the_cache_still_lead_to_the_next(octo: Octo) -> None:
    for number in range(3):
        octo.issue.comment(f"comment {number}")
    for _ in range(2):
        assert len([c async for c in octo.client().getiter(f"{COMMENTS}?per_page=2")]) == 3
    assert [r.status for r in octo.github.requests_to(COMMENTS)] == [200, 200, 304, 304]


async def test_two_installations_never_see_each_others_cached_data(octo: Octo) -> None:
    acme = octo.github.add_installation("acme", repositories=["acme/engine"])
    listed = "/installation/repositories"
    for _ in range(2):
        mine = await octo.client().getitem(listed)
        theirs = await AsyncGitHubAPI(installation_id=acme.id).getitem(listed)
        assert [r["full_name"] for r in mine["repositories"]] == ["octo/widgets"]
        assert [r["full_name"] for r in theirs["repositories"]] == ["acme/engine"]
    octo.repo.private = True
    await octo.client().getitem(WIDGETS)
    assert await AsyncGitHubAPI(installation_id=acme.id).getstatus(WIDGETS) == 404
    assert [r.status for r in octo.github.requests_to(WIDGETS)] == [200, 404]


@pytest.mark.parametrize("trouble", [{"status": 502}, {"drop": "before"}, {"drop": "after"}])
async def test_reads_are_repeated_when_github_stumbles(octo: Octo, trouble: dict[str, object]) -> None:
    octo.github.fail_next(2, path=WIDGETS, **trouble)  # type: ignore[arg-type]  # a choice of its options
    assert (await octo.client().getitem(WIDGETS))["name"] == "widgets"
    assert len(octo.github.requests_to(WIDGETS)) == 3


async def test_answers_that_tell_no_limit_do_not_keep_others_from_asking(octo: Octo) -> None:
    octo.github.fail_next(PROBES + 1, status=418)
    client = octo.client()
    for _ in range(PROBES + 1):
        with pytest.raises(gidgethub.BadRequest):
            await client.getitem(WIDGETS)
    assert (await client.getitem(WIDGETS))["name"] == "widgets"


async def test_repetitions_have_an_end(octo: Octo) -> None:
    octo.github.fail_next(9, path=WIDGETS, status=503)
    with pytest.raises(gidgethub.GitHubBroken):
        await octo.client().getitem(WIDGETS)
    assert len(octo.github.requests_to(WIDGETS)) == 3


async def test_a_write_whose_answer_was_lost_is_not_repeated(octo: Octo) -> None:
    octo.github.fail_next(drop="after", method="POST", path="comments")
    with pytest.raises(errors.GitHubUnreachable):
        await octo.client().post(COMMENTS, data={"body": "once"})
    assert octo.issue.bodies == ["once"]


async def test_a_github_that_is_down_is_a_transport_error(octo: Octo) -> None:
    await octo.client().getitem(WIDGETS)
    octo.github.stop()
    with pytest.raises(errors.GitHubUnreachable):
        await octo.client().post(COMMENTS, data={"body": "Hello"})


async def test_a_request_takes_no_longer_than_its_timeout(octo: Octo) -> None:
    from django.conf import settings

    gh = octo.client()
    await gh.getitem(WIDGETS)
    octo.github.fail_next(delay=2, method="POST", path="comments")
    with (
        override_settings(GITHUB_APP={**settings.GITHUB_APP, "API_TIMEOUT": 0.3}),
        pytest.raises(errors.GitHubTimeout),
    ):
        await gh.post(COMMENTS, data={"body": "Hello"})


async def test_clients_share_their_connections(octo: Octo, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = 0
    real = asyncio.BaseEventLoop.create_connection

    async def counting(self: asyncio.BaseEventLoop, *args: object, **kwargs: object) -> object:
        nonlocal opened
        opened += 1
        return await real(self, *args, **kwargs)  # type: ignore[call-overload]  # passed through

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", counting)
    for _ in range(5):
        async with octo.client() as gh:
            await gh.getitem(WIDGETS)
    assert opened == 1


def test_it_works_on_loops_that_come_and_go(octo: Octo) -> None:
    async def read() -> str:
        name: str = (await octo.client().getitem(WIDGETS))["name"]
        return name

    assert [asyncio.run(read()) for _ in range(3)] == ["widgets"] * 3
    assert octo.token_requests == 1, [(one.method, one.path, one.status) for one in octo.github.requests]


def test_a_synchronous_call_from_a_coroutine_on_the_loop_says_what_to_do() -> None:
    from django_github_app.process import loop

    async def wrong() -> None:
        SyncGitHubAPI().getitem("/rate_limit")

    with pytest.raises(RuntimeError, match="await the asynchronous one"):
        loop.run_on_loop(wrong())


async def test_github_enterprise_has_its_graphql_elsewhere(octo: Octo) -> None:
    gh = octo.client(base_url=f"{octo.github.url}/api/v3")
    assert (await gh.getitem(WIDGETS))["name"] == "widgets"
    assert await gh.graphql("query { viewer { login } }") == {"viewer": {"login": "bot[bot]"}}
    assert [r.path for r in octo.github.requests][1:] == ["/api/v3/repos/octo/widgets", "/api/graphql"]


async def test_tokens_are_in_no_log_and_no_error(octo: Octo, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gh = octo.client()
    await gh.getitem(WIDGETS)
    with pytest.raises(gidgethub.BadRequest) as caught:
        await gh.getitem("/repos/octo/nothing")
    secret = octo.installation.tokens[0].value
    assert secret not in caplog.text
    assert secret not in repr(caught.value) + repr(caught.value.__dict__) + repr(gh.__dict__)
