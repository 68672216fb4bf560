"""Pages and NextTokens as MTurk gives them: a token on every page that holds a record."""

from __future__ import annotations

import base64
import hashlib
import time
import zlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

from tests.fakes.mturk_wire import RecordKey, request_error

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from mturk_exodus.demo.account import WireRecord

DEFAULT_RESULTS = 10

PagingMode = Literal["offset", "key"]


class Entry(NamedTuple):
    """A record in a listing; one that is not shown still marks a place in the order."""

    table: str
    key: RecordKey
    record: WireRecord
    shown: bool = True


@runtime_checkable
class Skippable(Protocol):
    """A long listing that need not make the entries that it skips."""

    def shown_from(self, offset: int) -> Iterator[Entry]:
        """The entries shown but for the first `offset`."""


class Page(NamedTuple):
    """What one call gives of a listing."""

    entries: list[Entry]
    next_token: str | None


@dataclass(frozen=True)
class TokenLifetime:
    """How many answered calls, or how many seconds, a NextToken lives."""

    calls: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class _Place:
    """Where a token goes on: after the last of `keys`, or at `offset`."""

    query: Hashable
    offset: int
    keys: tuple[RecordKey, ...]
    born_call: int
    born_time: float


@dataclass
class Pager:
    """Cuts listings into pages.

    Attributes:
        page_limit: no page holds more, whatever MaxResults says.
        calls: answered calls so far, for a token's lifetime.
    """

    mode: PagingMode = "offset"
    page_limit: int = 100
    lifetime: TokenLifetime | None = None
    short_pages: bool = False
    calls: int = 0

    def __post_init__(self) -> None:
        self._places: dict[str, _Place] = {}

    def page(
        self,
        query: Hashable,
        entries: Iterable[Entry],
        token: str | None,
        max_results: int | None,
        *,
        token_at_end: bool = True,
    ) -> Page:
        """Up to `max_results` entries from where the token left off.

        `query` is what was asked for: a token goes on with nothing else. Without `token_at_end`
        the page that holds the last record has no token.
        """
        size = self._size(query, token, max_results)
        place = self._place(query, token) if token else None
        offset, rest = self._resume(entries, place)
        found = list(islice(rest, size + 1))
        given, more = found[:size], len(found) > size
        if not given or not (more or token_at_end):
            return Page(given, None)
        return Page(given, self._issue(query, offset + len(given), given))

    def _size(self, query: Hashable, token: str | None, max_results: int | None) -> int:
        wanted = DEFAULT_RESULTS if max_results is None else max_results
        size = min(wanted, self.page_limit)
        if self.short_pages:
            return 1 + zlib.crc32(f"{query}/{token}".encode("utf-8", "replace")) % size
        return size

    def _resume(
        self, entries: Iterable[Entry], place: _Place | None
    ) -> tuple[int, Iterator[Entry]]:
        if place is None:
            return 0, (each for each in entries if each.shown)
        if self.mode == "offset":
            if isinstance(entries, Skippable):
                return place.offset, entries.shown_from(place.offset)
            shown = (each for each in entries if each.shown)
            return place.offset, islice(shown, place.offset, None)
        return self._resume_after_key(list(entries), place)

    @staticmethod
    def _resume_after_key(entries: list[Entry], place: _Place) -> tuple[int, Iterator[Entry]]:
        given = set(place.keys)
        last = max((i for i, each in enumerate(entries) if each.key in given), default=None)
        if last is None:
            # The whole page has vanished, so what followed it has moved up by as much.
            offset = max(0, place.offset - len(place.keys))
            shown = (each for each in entries if each.shown)
            return offset, islice(shown, offset, None)
        offset = sum(each.shown for each in entries[: last + 1])
        return offset, (each for each in entries[last + 1 :] if each.shown)

    def _issue(self, query: Hashable, offset: int, given: list[Entry]) -> str:
        number = len(self._places)
        digest = hashlib.blake2b(str(number).encode(), digest_size=52).digest()
        token = f"p1:{base64.b64encode(digest).decode()}"
        keys = tuple(each.key for each in given) if self.mode == "key" else ()
        self._places[token] = _Place(query, offset, keys, self.calls, time.monotonic())
        return token

    def _place(self, query: Hashable, token: str) -> _Place:
        place = self._places.get(token)
        if place is None or place.query != query or self._expired(place):
            raise request_error("InvalidParameterValue", "The NextToken is not valid.")
        return place

    def _expired(self, place: _Place) -> bool:
        if self.lifetime is None:
            return False
        calls, seconds = self.lifetime.calls, self.lifetime.seconds
        # The call that gave the token was counted after the token was made.
        too_many = calls is not None and self.calls - place.born_call - 1 >= calls
        too_old = seconds is not None and time.monotonic() - place.born_time > seconds
        return too_many or too_old
