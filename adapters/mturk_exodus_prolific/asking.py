"""How Prolific is asked: the header that opens it, and its three ways of giving a list."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from mturk_exodus import errors
from mturk_exodus.replay.addresses import base
from mturk_exodus.replay.http import REPEATABLE
from mturk_exodus.replay.shapes import JSON, Members, encoded, gone
from mturk_exodus_prolific import refusals, shapes

_API = "/api/v1"
_PER_PAGE = 100
_PER_PORTION = 200
_MOST_REQUESTS = 100_000

Query = dict[str, str]


class Asking:
    """Sends requests to Prolific.

    Args:
        url: Prolific's address, without a path.
        token: that opens it.
        client: what sends.

    Raises:
        SettingMissing: the address cannot be one.
    """

    def __init__(self, url: str, token: str, client: httpx.Client) -> None:
        self.url = address(url)
        self._token = token
        self._client = client

    def json(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: JSON = None,
        *,
        repeatable: bool = False,
    ) -> JSON:
        """What is answered. `path` ends with a slash wherever Prolific's reference has one."""
        return shapes.parsed(self.send(method, path, query, body, repeatable=repeatable), path)

    def json_or_gone(self, path: str) -> JSON | None:
        """What is there; None if nothing is (404)."""
        try:
            return self.json("GET", path)
        except errors.TargetRejected as error:
            if not gone(error):
                raise
            return None

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: JSON = None,
        *,
        repeatable: bool = False,
    ) -> bytes:
        """A reply's body.

        Args:
            method: of HTTP.
            path: after `/api/v1`.
            query: parameters.
            body: JSON.
            repeatable: whether it does no more harm twice than once, for POST and PATCH. Nothing
                that makes a thing or pays is.

        Raises:
            TargetError: in words that name no participant.
        """
        headers = {"Accept": "application/json", "Authorization": f"Token {self._token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = self._client.request(
                method,
                f"{self.url}{_API}{path}",
                params=query,
                content=None if body is None else encoded(body),
                headers=headers,
                extensions=dict(REPEATABLE) if repeatable else None,
            )
        except errors.TargetError as error:
            raise refusals.explained(error) from None
        return response.content

    def pages(self, path: str, query: Query | None = None) -> Iterator[JSON]:
        """A list that goes by `page`. It is over when `_links` names no next page; a page beyond
        the last is answered with 404, should the list have become shorter meanwhile.
        """
        for page in range(1, _MOST_REQUESTS):
            asked = {**(query or {}), "page": str(page), "page_size": str(_PER_PAGE)}
            try:
                reply = shapes.members(self.json("GET", path, asked), path)
            except errors.TargetRejected as error:
                if page == 1 or not gone(error):
                    raise
                return
            yield from shapes.items(reply.get("results"), path)
            if not _has_next(reply, path):
                return
        shapes.not_understood(path)

    def portions(self, path: str, query: Query | None = None) -> Iterator[JSON]:
        """A list that goes by `limit` and `offset`. How many are asked for is not how many come.
        Where Prolific does not know `offset`, all of it comes each time.
        """
        seen, last = 0, None
        for _ in range(_MOST_REQUESTS):
            asked = {**(query or {}), "limit": str(_PER_PORTION), "offset": str(seen)}
            reply = shapes.members(self.json("GET", path, asked), path)
            ones = shapes.items(reply.get("results"), path)
            if ones and ones == last:
                return
            last = ones
            yield from ones
            seen += len(ones)
            count = shapes.members(reply.get("meta") or {}, path).get("count")
            if not ones or (isinstance(count, int) and seen >= count):
                return
        shapes.not_understood(path)

    def whole(self, path: str, query: Query | None = None) -> Iterator[JSON]:
        """A list that comes at once."""
        reply = shapes.members(self.json("GET", path, query), path)
        yield from shapes.items(reply.get("results"), path)


def address(url: str) -> str:
    """Prolific's address without a slash at its end, spelled as everybody's: what is made there is
    known by it.

    Raises:
        SettingMissing: it is none, or holds more than one.
    """
    spelled = httpx.URL(base(url))
    if spelled.path != "/":
        raise errors.SettingMissing("url: nothing but the address, https://api.prolific.com")
    return str(spelled).rstrip("/")


def _has_next(reply: Members, path: str) -> bool:
    links = shapes.members(reply.get("_links") or {}, path)
    return bool(shapes.members(links.get("next") or {}, path).get("href"))
