"""Installation tokens: one request however many ask, replaced early, recovered after a revoke."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gidgethub
import pytest
from django.core.cache import cache

from django_github_app.conf import app_settings
from django_github_app.github import app_jwt, clocks, requests, tokens
from django_github_app.github import cache as shared
from django_github_app.process import loop
from tests.support import services
from tests.support.octo import Octo

WIDGETS = "/repos/octo/widgets"

# Two of these run side by side; each starts its calls when the file appears.
WORKER = """
import asyncio, json, os, sys, time
import django
from django.conf import settings

given = json.loads(sys.argv[1])
settings.configure(CACHES=given["caches"], GITHUB_APP=given["app"], SECRET_KEY="x", INSTALLED_APPS=[], USE_TZ=True)
django.setup()
from django_github_app.process import loop
from django_github_app.github import AsyncGitHubAPI, requests

requests.SECONDS_FOR_PROBES = 60  # a busy machine is not what is tested

async def call(number):
    return (await AsyncGitHubAPI(installation_id=given["installation"]).getitem("/repos/octo/widgets"))["name"]

async def calls():
    return await asyncio.gather(*[call(number) for number in range(given["tasks"])])

async def steadily():
    done, until = 0, time.time() + given["seconds"]
    while time.time() < until:
        await asyncio.gather(*[call(number) for number in range(5)])
        done += 5
        await asyncio.sleep(0.02)
    return done

print("ready", flush=True)
while not os.path.exists(given["go"]):
    time.sleep(0.005)
if given.get("seconds"):
    print(loop.run_on_loop(steadily()))
else:
    print(len(loop.run_on_loop(calls())))
"""


def start_workers(octo: Octo, go: Path, **given: Any) -> list[subprocess.Popen[str]]:
    from django.conf import settings

    if "redis" not in str(settings.CACHES["default"]["BACKEND"]).lower():
        pytest.skip("CACHE_URL names no Redis: unset it to use a private one")
    given = {
        "caches": settings.CACHES,
        "app": {**settings.GITHUB_APP, "POINTS_PER_MINUTE": 0},
        "installation": octo.installation.id,
        "go": str(go),
        **given,
    }
    environment = {k: v for k, v in os.environ.items() if k != services.DATABASE_URL}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, json.dumps(given)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    return workers


def finish(workers: list[subprocess.Popen[str]]) -> list[int]:
    outputs = [worker.communicate(timeout=60)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    return [int(output) for output in outputs]


@pytest.mark.slow
def test_two_hundred_tasks_on_two_processes_request_one_token(octo: Octo, tmp_path: Path) -> None:
    octo.github.fail_next(1, path="access_tokens", delay=0.3)
    workers = start_workers(octo, tmp_path / "go", tasks=100)
    (tmp_path / "go").touch()
    assert finish(workers) == [100, 100]
    assert octo.token_requests == 1
    assert len([r for r in octo.github.requests_to(WIDGETS) if r.status in (200, 304)]) == 200


@pytest.mark.slow
def test_a_token_is_replaced_before_it_expires_under_load(octo: Octo, tmp_path: Path) -> None:
    octo.github.token_lifetime = 4
    workers = start_workers(octo, tmp_path / "go", seconds=10)
    (tmp_path / "go").touch()
    assert all(done > 20 for done in finish(workers))
    statuses = {r.status for r in octo.github.requests_to(WIDGETS)}
    assert statuses <= {200, 304}
    # A life of 4 seconds (in whole ones: at least 3), replaced after four fifths of it, once for all.
    assert 3 <= octo.token_requests <= 5


async def test_after_a_revoke_each_failing_call_recovers_once(octo: Octo) -> None:
    gh = octo.client()
    await gh.getitem(WIDGETS)
    octo.installation.revoke_tokens()
    await asyncio.gather(*[octo.client().getitem(WIDGETS) for _ in range(20)])
    assert octo.token_requests == 2
    refused = [r for r in octo.github.requests_to(WIDGETS) if r.status == 401]
    assert 1 <= len(refused) <= 20
    answered = [r for r in octo.github.requests_to(WIDGETS) if r.status in (200, 304)]
    assert len(answered) == 21


async def test_a_token_that_expired_by_githubs_clock_is_replaced(octo: Octo) -> None:
    gh = octo.client()
    await gh.getitem(WIDGETS)
    octo.installation.expire_tokens()
    await gh.post(f"{WIDGETS}/issues/1/comments", data={"body": "Hello"})
    assert octo.issue.bodies == ["Hello"]
    assert octo.token_requests == 2


async def test_a_github_that_refuses_every_token_is_an_error_after_one_more_try(octo: Octo) -> None:
    octo.github.fail_next(50, path="widgets", status=401)
    with pytest.raises(gidgethub.BadRequest) as caught:
        await octo.client().getitem(WIDGETS)
    assert caught.value.status_code == 401
    assert len(octo.github.requests_to(WIDGETS)) == 2


async def test_a_token_is_given_to_workers_that_start_later(octo: Octo) -> None:
    await octo.client().getitem(WIDGETS)
    requests.store.forget()  # what a new process knows
    await octo.client().getitem(WIDGETS)
    assert octo.token_requests == 1


@pytest.fixture
def patient_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow answer does not tell the time; on a busy machine every one may be slow."""
    monkeypatch.setattr(clocks, "FAITHFUL", 60.0)


@pytest.mark.usefixtures("patient_clocks")
async def test_githubs_clock_decides_how_long_a_token_lives(octo: Octo) -> None:
    octo.github.advance(1800)
    await octo.client().getitem(WIDGETS)
    (token,) = requests.store._known.values()
    assert token.expires == pytest.approx(time.time() + 3600, abs=3)


@pytest.mark.usefixtures("patient_clocks")
@pytest.mark.parametrize("off", [-1800, -420, 420, 1800])
async def test_the_first_call_of_a_host_whose_clock_is_off_is_made_once_more_and_no_other_is(
    octo: Octo, off: float
) -> None:
    """The refusal says what the time is. It cost the first callback of each such process an attempt."""
    octo.github.advance(off)
    assert await octo.client().getitem(WIDGETS)
    assert await octo.client().getitem("/app", jwt=app_jwt())
    refused = [request for request in octo.github.requests if request.status == 401]
    assert len(refused) <= 1
    # A key that GitHub does not know is refused at whatever time.
    with pytest.raises(gidgethub.BadRequest):
        await octo.client().getitem("/app", jwt="a.b.c")
    assert len([request for request in octo.github.requests if request.status == 401]) == len(refused) + 1


async def test_what_lies_in_the_cache_does_not_show_the_token(octo: Octo) -> None:
    await octo.client().getitem(WIDGETS)
    name = tokens.key(app_settings.API_URL, octo.installation.id, tokens.Scope())
    stored = shared.backend().get(name)
    secret = octo.installation.tokens[0].value
    assert secret not in stored
    assert tokens.unseal(name, stored)["token"] == secret  # type: ignore[index]  # None would fail here
    assert tokens.unseal(f"{name}0", stored) is None  # sealed for its own place only
    assert tokens.unseal(name, stored[:-8] + "AAAAAAA=") is None


async def test_a_worker_that_died_while_refreshing_does_not_block_the_others(
    octo: Octo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "LOCKED", 1.0)
    name = tokens.key(app_settings.API_URL, octo.installation.id, tokens.Scope())
    cache.set(f"{name}:lock", "a dead worker", 1)
    started = time.monotonic()
    await octo.client().getitem(WIDGETS)
    assert time.monotonic() - started < 3
    assert octo.token_requests == 1


def test_one_waiter_that_gives_up_does_not_take_the_others_with_it(octo: Octo) -> None:
    octo.github.fail_next(1, path="access_tokens", delay=0.3)

    async def scenario() -> str:
        first = asyncio.create_task(octo.client().getitem(WIDGETS))
        second = asyncio.create_task(octo.client().getitem(WIDGETS))
        await asyncio.sleep(0.1)
        first.cancel()
        name: str = (await second)["name"]
        return name

    assert loop.run_on_loop(scenario(), 10) == "widgets"
    assert octo.token_requests == 1


def test_an_unsuspended_installation_is_asked_about_again_at_once(octo: Octo) -> None:
    from django_github_app import errors

    octo.installation.suspend()
    gh = octo.sync_client()
    with pytest.raises(errors.InstallationSuspended):
        gh.getitem(WIDGETS)
    octo.installation.unsuspend()
    tokens.forget_refusal(app_settings.API_URL, octo.installation.id)
    assert gh.getitem(WIDGETS)["name"] == "widgets"
