"""An MTurk requester endpoint over an account that is computed, not stored.

Besides MTurk's own ``POST /`` it answers ``GET /counts`` (calls so far), ``GET /account`` (what
there is to fetch) and ``POST /reset`` (counts back to zero).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import socket
import time
from collections import Counter
from dataclasses import asdict
from typing import Protocol, cast

from benchmarks.computed_account import Account, RequestError, Shape


class Bucket:
    """A token bucket; with no rate it never runs dry."""

    def __init__(self, rate: float | None, burst: float) -> None:
        self.rate = rate
        self.burst = burst
        self.tokens = burst
        self.last = time.monotonic()

    def take(self) -> bool:
        """Take one token, if there is one."""
        if self.rate is None:
            return True
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.last) * self.rate)
        self.last = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Endpoint:
    """What all connections share: the account, the limit and the counts."""

    def __init__(self, account: Account, bucket: Bucket, latency: float) -> None:
        self.account = account
        self.bucket = bucket
        self.latency = latency
        self.calls: Counter[str] = Counter()
        self.throttled = 0

    def call(self, operation: str, body: bytes) -> tuple[int, str]:
        """Answer one call of MTurk's API."""
        if not self.bucket.take():
            self.throttled += 1
            return 400, '{"__type":"ThrottlingException","message":"Rate exceeded"}'
        self.calls[operation] += 1
        handler = self.account.operations.get(operation)
        if handler is None:
            return 400, '{"__type":"UnknownOperationException"}'
        try:
            return 200, handler(json.loads(body or b"{}"))
        except RequestError as error:
            fields = {"Message": str(error), "TurkErrorCode": error.code}
            return 400, json.dumps({"__type": "RequestError", **fields})
        except (TypeError, ValueError) as error:
            return 400, json.dumps({"__type": "SerializationException", "Message": str(error)})

    def control(self, request_line: str) -> tuple[int, str]:
        """Answer what is asked about the endpoint itself."""
        if request_line.startswith("GET /counts "):
            counts = {"total": self.calls.total(), "throttled": self.throttled}
            return 200, json.dumps({"calls": dict(self.calls), **counts})
        if request_line.startswith("GET /account "):
            return 200, json.dumps(asdict(self.account.shape))
        if request_line.startswith("POST /reset "):
            self.calls.clear()
            self.throttled = 0
            return 200, "{}"
        return 404, "{}"


class Writer(Protocol):
    """The part of a transport that a connection uses."""

    def write(self, data: bytes, /) -> None:
        """Send."""

    def close(self) -> None:
        """Hang up once all is sent."""


TARGET = re.compile(rb"\r\nx-amz-target: *MTurkRequesterServiceV20170117\.(\w+)", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found"}


class Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection; asyncio itself sets TCP_NODELAY on it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.buffer = b""
        self.transport: Writer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer on."""
        self.transport = cast("Writer", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete by now."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head, start = self.buffer[:end], end + 4
            length = LENGTH.search(head)
            stop = start + (int(length[1]) if length else 0)
            if len(self.buffer) < stop:
                return
            body, self.buffer = self.buffer[start:stop], self.buffer[stop:]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        target = TARGET.search(head)
        if target is None:
            self._send(*self.endpoint.control(head.split(b"\r\n", 1)[0].decode("latin-1")))
        elif self.endpoint.latency:
            reply = self.endpoint.call(target[1].decode(), body)
            asyncio.get_running_loop().call_later(self.endpoint.latency, self._send, *reply)
        else:
            self._send(*self.endpoint.call(target[1].decode(), body))
        if CLOSE.search(head):
            asyncio.get_running_loop().call_later(self.endpoint.latency, self.transport.close)

    def _send(self, status: int, text: str) -> None:
        body = text.encode()
        head = (
            f"HTTP/1.1 {status} {REASONS[status]}\r\n"
            "x-amzn-RequestId: 5c6e7a53-1a2b-4c3d-8e9f-0123456789ab\r\n"
            f"Content-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)


async def serve(endpoint: Endpoint, port: int) -> None:
    """Serve on the loopback interface until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(
        lambda: Connection(endpoint), "127.0.0.1", port, family=socket.AF_INET, backlog=512
    )
    print(f"listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()
    server.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="An MTurk endpoint over a computed account.")
    parser.add_argument("--hits", type=int, required=True)
    parser.add_argument("--assignments", type=int, default=3)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--rate", type=float, help="calls per second before it throttles")
    parser.add_argument("--burst", type=float, help="calls it allows at once (default: the rate)")
    parser.add_argument("--bonus-share", type=float, default=0.2)
    parser.add_argument("--port", type=int, default=0)
    args = parser.parse_args()
    account = Account(Shape(args.hits, args.assignments, args.bonus_share))
    bucket = Bucket(args.rate, max(1.0, args.burst or args.rate or 1.0))
    asyncio.run(serve(Endpoint(account, bucket, args.latency_ms / 1000), args.port))


if __name__ == "__main__":
    main()
