"""Prolific's three ways of giving a list: by page, by offset, and all at once."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from tests.fakes.prolific.account import Record
from tests.fakes.prolific.wire import Answer, Ask, Refusal, invalid

PAGE_SIZE = 20
_HOST = "https://api.prolific.com"
# Links are of Prolific's own host, whatever host was asked: nobody should follow them.
MOST = 200
"""The page size at which Prolific's own MCP server stops; more is cut to it without a word."""


def by_page(ask: Ask, path: str, items: Sequence[Record]) -> Answer:
    """`page` and `page_size`; a page past the last one is 404, and so is page 0."""
    size = min(_number(ask, "page_size", PAGE_SIZE, 1), MOST)
    page = _number(ask, "page", 1, 0)
    last = max(1, -(-len(items) // size))
    if not 1 <= page <= last:
        raise Refusal(404, "Invalid page.")

    def link(number: int) -> Record:
        query = urlencode(ask.query | {"page": str(number), "page_size": str(size)})
        href = f"{_HOST}{path}?{query}" if 1 <= number <= last else None
        return {"href": href, "title": "Page"}

    numbers = {"self": page, "next": page + 1, "previous": page - 1, "last": last}
    links = {name: link(number) for name, number in numbers.items()}
    shown = list(items[(page - 1) * size : page * size])
    return Answer({"results": shown, "_links": links, "meta": {"count": len(items)}})


def by_offset(ask: Ask, items: Sequence[Record], default: int = 20) -> Answer:
    """`limit` and `offset`; past the end is an empty list."""
    limit = _number(ask, "limit", default, 1)
    offset = _number(ask, "offset", 0, 0)
    shown = list(items[offset : offset + limit])
    return Answer({"results": shown, "meta": {"count": len(items)}})


def all_at_once(items: Sequence[Record]) -> Answer:
    """Everything, and nothing to ask for the rest with."""
    return Answer({"results": list(items), "meta": {"count": len(items)}})


def _number(ask: Ask, name: str, default: int, least: int) -> int:
    text = ask.query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise invalid(**{name: "A valid integer is required."})
    return int(text)
