"""Replies are bounded: in size, packed and unpacked, and in time."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from itertools import count
from typing import TYPE_CHECKING

import httpx
import pytest

from mturk_exodus import errors
from mturk_exodus.replay import http, replies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

TEXT = b'{"a": 1}' * 1000


class Stream(httpx.SyncByteStream):
    """A body in parts."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self.parts = parts

    def __iter__(self) -> Iterator[bytes]:
        yield from self.parts


def got(
    body: bytes | Iterable[bytes],
    coding: str | None = "gzip",
    *,
    method: str = "GET",
    code: int = 200,
    now: Callable[[], float] = lambda: 0.0,
) -> httpx.Response:
    """What a client makes of a body."""
    headers = {} if coding is None else {"content-encoding": coding}
    parts = [body] if isinstance(body, bytes) else body

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(code, headers=headers, stream=Stream(parts))

    transport = httpx.MockTransport(answer)
    with http.client(transport, sleep=lambda _seconds: None, now=now) as client:
        return client.request(method, "http://target.invalid/")


def zipped(text: bytes) -> bytes:
    """Without the time of day: the names of tests must be the same in every process."""
    return gzip.compress(text, mtime=0)


def deflated(text: bytes, wbits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return packer.compress(text) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        (None, TEXT),
        ("identity", TEXT),
        ("gzip", zipped(TEXT)),
        ("GZip", zipped(TEXT)),
        ("x-gzip", zipped(TEXT)),
        ("gzip", zipped(TEXT[:900]) + zipped(TEXT[900:])),
        ("deflate", deflated(TEXT, 15)),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_a_reply_is_unpacked_whatever_its_parts(
    coding: str | None, packed: bytes, size: int
) -> None:
    parts = [packed[start : start + size] for start in range(0, len(packed), size)]
    reply = got(parts, coding)
    assert reply.content == TEXT
    assert "content-encoding" not in reply.headers


def test_a_reply_without_a_body_may_say_that_it_is_packed() -> None:
    assert got(b"", method="HEAD").content == b""


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", b"no gzip at all"),
        ("gzip", zipped(TEXT) + b"and more"),
        ("gzip", zipped(TEXT)[:-8] + b"checksum"),
        ("deflate", zipped(TEXT)),
        ("gzip, gzip", zipped(zipped(TEXT))),
        ("gzip, identity", zipped(TEXT)),
        ("br", TEXT),
        ("zstd", TEXT),
    ],
)
def test_a_reply_that_cannot_be_unpacked_is_not_understood(coding: str, packed: bytes) -> None:
    with pytest.raises(errors.TargetNotUnderstood, match=r"unpacked|packed in a way"):
        got(packed, coding)


@pytest.mark.parametrize("end", [1, 5, 12, 30, -9, -1])
def test_a_packed_reply_that_is_cut_off_is_not_taken_for_whole(end: int) -> None:
    packed = zipped(TEXT)
    assert len(packed) > 40
    with pytest.raises(errors.TargetUnavailable, match="was lost"):
        got(packed[:end])
    with pytest.raises(errors.OutcomeUnknown):
        got(packed[:end], method="POST")


@pytest.mark.parametrize("coding", [None, "gzip"])
def test_a_reply_is_bounded(coding: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "LARGEST_REPLY", len(TEXT))
    for text, fits in ((TEXT, True), (TEXT + b" ", False)):
        body = text if coding is None else zipped(text)
        if fits:
            assert got(body, coding).content == text
        else:
            with pytest.raises(errors.TargetNotUnderstood, match="too large"):
                got(body, coding)


def test_what_is_packed_is_bounded_though_nothing_comes_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replies, "LARGEST_REPLY", 10_000)
    with pytest.raises(errors.TargetNotUnderstood, match="too large"):
        got(zipped(b"") for _ in count())


def test_a_bomb_is_unpacked_no_further_than_it_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "LARGEST_REPLY", 1_000_000)
    bomb = zipped(bytes(100_000_000))
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(errors.TargetNotUnderstood, match="too large"):
            got(bomb)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_of_a_refusal_the_beginning_is_enough() -> None:
    with pytest.raises(errors.TargetRejected) as caught:
        got((b"why not " for _ in count()), None, method="POST", code=400)
    assert caught.value.reply == "why not " * 250
    with pytest.raises(errors.TargetRefused):
        got(b"no gzip", code=401)


def test_a_reply_that_does_not_end_is_not_waited_for() -> None:
    seconds = count(step=60)
    with pytest.raises(errors.TargetUnavailable, match="TooSlow"):
        got((b"x" for _ in count()), None, now=lambda: float(next(seconds)))
    assert next(seconds) == 17 * 60, "it is asked for once, for a quarter of an hour"
    with pytest.raises(errors.OutcomeUnknown):
        got((b"x" for _ in count()), None, method="POST", now=lambda: float(next(seconds)))
