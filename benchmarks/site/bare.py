"""The limit: plain ASGI, group commit, zstd. No Django, no duplicates, no lanes, no settings, no second secret.

One INSERT and one LPUSH per flush, each on a connection of its own; a flush begins when the one before is done.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
from typing import Any

import msgspec
import psycopg
import redis.asyncio
import zstandard

from benchmarks.corpus import SECRET

TABLE = """CREATE TABLE IF NOT EXISTS bare_event (
    id bigserial PRIMARY KEY, delivery text UNIQUE, event text, action text, repository_id bigint,
    body bytea STORAGE EXTERNAL, status smallint DEFAULT 0, received_at timestamptz DEFAULT now()
)"""
INSERT = """INSERT INTO bare_event (delivery, event, action, repository_id, body)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %b::bytea[]) RETURNING id"""


class _Repository(msgspec.Struct):
    id: int | None = None


class _Fields(msgspec.Struct):
    action: str | None = None
    repository: _Repository | None = None


decode = msgspec.json.Decoder(_Fields).decode
compress = zstandard.ZstdCompressor(level=1).compress
waiting: list[tuple[asyncio.Future[None], tuple[Any, ...]]] = []
arrived: asyncio.Event
started = False


async def flush_for_ever() -> None:
    connection = await psycopg.AsyncConnection.connect(
        os.environ["DATABASE_URL"].replace("postgres://", "postgresql://"),
        autocommit=True,
        prepare_threshold=1,
    )
    broker = redis.asyncio.from_url(os.environ["CELERY_BROKER_URL"])
    while True:
        await arrived.wait()
        arrived.clear()
        batch, waiting[:] = waiting[:], []
        if not batch:
            continue
        columns = [list(column) for column in zip(*(row for _, row in batch), strict=True)]
        cursor = await connection.execute(INSERT, columns, binary=True)
        ids = [pk for (pk,) in await cursor.fetchall()]
        for future, _ in batch:
            if not future.done():
                future.set_result(None)
        await broker.lpush("bare", json.dumps(ids))
        if waiting:
            arrived.set()


async def start() -> None:
    global arrived
    arrived = asyncio.Event()
    async with await psycopg.AsyncConnection.connect(
        os.environ["DATABASE_URL"].replace("postgres://", "postgresql://"), autocommit=True
    ) as connection:
        await connection.execute(TABLE)
    asyncio.get_running_loop().create_task(flush_for_ever())


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers = dict(scope["headers"])
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    expected = b"sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest().encode()
    if not hmac.compare_digest(expected, headers.get(b"x-hub-signature-256", b"")):
        await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        return
    fields = decode(body)
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    row = (
        headers[b"x-github-delivery"].decode(),
        headers[b"x-github-event"].decode(),
        fields.action,
        fields.repository.id if fields.repository else None,
        compress(body),
    )
    waiting.append((future, row))
    arrived.set()
    await future
    answer = b'{"message":"accepted"}'
    headers_out = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 202, "headers": headers_out})
    await send({"type": "http.response.body", "body": answer})
