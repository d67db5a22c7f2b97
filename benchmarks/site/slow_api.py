"""As much of GitHub as a waiting handler needs: installation tokens, and a resource that takes 100 ms.

Run as ``python -m benchmarks.site.slow_api PORT``. Written on asyncio's protocols, because it shares the cores with
the workers that it is there to measure.
"""

from __future__ import annotations

import asyncio
import json
import sys

SECONDS = 0.1
TOKEN = {"token": "ghs_benchmark", "expires_at": "2099-01-01T00:00:00Z", "permissions": {}}


def _answer(status: str, content: object) -> bytes:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


_TOKEN = _answer("201 Created", TOKEN)
_SLOW = _answer("200 OK", {"ok": True})


class Connection(asyncio.Protocol):
    """Answers requests without a body, which is all that the workers send here."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            if b"/access_tokens" in head.partition(b"\r\n")[0]:
                self.transport.write(_TOKEN)
            else:
                asyncio.get_running_loop().call_later(SECONDS, self.transport.write, _SLOW)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
