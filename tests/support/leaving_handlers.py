"""Handlers that end a program, or block the loop they run on: see tests.acceptance.test_worker_faults."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import time
from typing import Any, NoReturn

from django_github_app.routing import GitHubRouter

gh = GitHubRouter()


def note(what: str, event: Any) -> None:
    with open(os.environ["CALLS_FILE"], "a") as file:
        file.write(f"{what} {event.delivery_id} {os.getpid()}\n")


@gh.event("push", ref="refs/heads/exit")
def leave(event: Any) -> NoReturn:
    note("leave", event)
    sys.exit(2)


@gh.event("push", ref="refs/heads/aexit")
async def aleave(event: Any) -> None:
    async def child() -> NoReturn:
        sys.exit(3)

    note("aleave", event)
    await asyncio.gather(child())


@gh.event("push", ref="refs/heads/block")
async def block(event: Any) -> None:
    note("block", event)
    time.sleep(600)


@gh.event("push", ref="refs/heads/brief")
async def brief(event: Any) -> None:
    note("brief", event)
    time.sleep(4)


@gh.event("push", ref="refs/heads/wait")
async def wait(event: Any) -> None:
    note("wait", event)
    await asyncio.sleep(0.5)


@gh.event("push", ref="refs/heads/main")
async def plain(event: Any) -> None:
    note("plain", event)


def hold_the_interpreter(seconds: float) -> None:
    """Keep every thread of this process from running, as a C library may that never gives Python's lock back."""
    ctypes.PyDLL(None).usleep(ctypes.c_uint(int(seconds * 1_000_000)))


@gh.event("push", ref="refs/heads/hold")
def hold(event: Any) -> None:
    note("hold", event)
    hold_the_interpreter(float(os.environ["HOLD_SECONDS"]))
    note("held", event)


@gh.event("push", ref="refs/heads/ahold")
async def ahold(event: Any) -> None:
    note("ahold", event)
    hold_the_interpreter(float(os.environ["HOLD_SECONDS"]))
    note("aheld", event)


@gh.event("push", ref="refs/heads/slow")
def slow(event: Any) -> None:
    note("slow", event)
    time.sleep(float(os.environ["HOLD_SECONDS"]))
    note("slept", event)


@gh.event("push", ref="refs/heads/slow")
def after_slow(event: Any) -> None:
    note("after_slow", event)
