"""Replies to records, each with the very text that came over the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from json import JSONDecoder
from json.decoder import JSONDecodeError
from typing import Any, NoReturn

from mturk_exodus.archive.tables import Raw


class BadReply(Exception):
    """The reply is not one that MTurk can give: cut off, not JSON, not of the operation's form."""


@dataclass(frozen=True)
class Reply:
    """A reply of JSON members.

    Attributes:
        members: what each member says.
        texts: each member's text as it came.
        lists: the elements of each member that is a list.
    """

    members: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[Raw]] = field(default_factory=dict)

    @property
    def next_token(self) -> str | None:
        """The token for the next page. MTurk gives one on every page that is not empty."""
        token = self.members.get("NextToken")
        return token if isinstance(token, str) and token else None

    def records(self, member: str) -> list[Raw]:
        """The list that a page is made of.

        Raises:
            BadReply: there is no such list, or NumResults is not its length.
        """
        records = self.lists.get(member)
        if records is None:
            raise BadReply(f"the reply has no list {member}")
        if self.members.get("NumResults", len(records)) != len(records):
            raise BadReply(f"NumResults is not the number of {member}")
        return records

    def structure(self, member: str) -> Raw:
        """One structure.

        Raises:
            BadReply: there is none.
        """
        if not isinstance(self.members.get(member), dict):
            raise BadReply(f"the reply has no {member}")
        return Raw(self.texts[member], self.members[member])

    def whole(self) -> Raw:
        """The reply itself as a record, without its token, which another day would differ."""
        kept = {name: text for name, text in self.texts.items() if name != "NextToken"}
        joined = ",".join(f"{json.dumps(name)}:{text}" for name, text in kept.items())
        return Raw(f"{{{joined}}}", {name: self.members[name] for name in kept})


def parse(body: bytes) -> Reply:
    """The reply in the bytes of a body.

    Raises:
        BadReply: the body is not a JSON object in UTF-8.
    """
    try:
        text = body.decode("utf-8")
        if not text.lstrip(_SPACE).startswith("{"):
            raise BadReply("the reply is not a JSON object")
        return _object(text)
    except (UnicodeDecodeError, JSONDecodeError, RecursionError, IndexError) as error:
        raise BadReply(f"the reply is not whole JSON ({type(error).__name__})") from None
    except ValueError:  # a number of thousands of digits, NaN
        raise BadReply("the reply holds a number that JSON does not have") from None


_SPACE = " \t\n\r"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = JSONDecoder(parse_constant=_no_constant)


def _object(text: str) -> Reply:
    reply = Reply()
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        if not isinstance(name, str):
            raise BadReply("a member's name is not text")
        at = _skip(text, _expect(text, _skip(text, at), ":"))
        if text[at] == "[":
            reply.lists[name], end = _list(text, at)
            reply.members[name] = [raw.wire for raw in reply.lists[name]]
        else:
            reply.members[name], end = _DECODER.raw_decode(text, at)
        reply.texts[name] = text[at:end]
        at = _after_comma(text, end, "}")
    if _skip(text, at + 1) != len(text):
        raise BadReply("something follows the reply's JSON")
    return reply


def _list(text: str, at: int) -> tuple[list[Raw], int]:
    """The elements of the list that begins at `at`, and where it ends."""
    elements = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        value, end = _DECODER.raw_decode(text, at)
        elements.append(Raw(text[at:end], value))
        at = _after_comma(text, end, "]")
    return elements, at + 1


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _expect(text: str, at: int, mark: str) -> int:
    if text[at] != mark:
        raise JSONDecodeError(f"no {mark}", text, at)
    return at + 1


def _after_comma(text: str, at: int, closing: str) -> int:
    at = _skip(text, at)
    if text[at] == closing:
        return at
    at = _skip(text, _expect(text, at, ","))
    if text[at] == closing:
        raise JSONDecodeError("nothing after the comma", text, at)
    return at
