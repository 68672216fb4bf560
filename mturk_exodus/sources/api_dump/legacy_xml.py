"""Replies of the API before 2017, which were XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from mturk_exodus.sources.api_dump.claims import ANSWER_ROOT
from mturk_exodus.sources.api_dump.documents import LONGEST
from mturk_exodus.sources.api_dump.shapes import REPLY_MEMBERS
from mturk_exodus.sources.api_dump.walk import Balance, Unit, Walk
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import FileRefused

_DEEPEST = 50
_REQUEST = "Request"


class _Rationed:
    """A stream that ends with a refusal where too much comes without a record between."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.since_record = 0

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self.since_record += len(block)
        if self.since_record > LONGEST:
            raise FileRefused("holds a record of more than 64 MiB")
        return block


def units(file: SourceFile) -> Iterator[Unit]:
    """Everything in a reply.

    Raises:
        FileRefused: it is no reply, or it is not XML, or XML that declares entities.
    """
    with file.open() as stream:
        try:
            yield from _records(_Rationed(stream))
        except DefusedXmlException:
            raise FileRefused("is XML with declarations of its own, which no reply has") from None
        except (ParseError, LookupError, ValueError):
            raise FileRefused("is not whole XML") from None


def _records(stream: _Rationed) -> Iterator[Unit]:
    walk, alike = Walk(), Counter[str]()
    path: list[Element] = []
    record: Element | None = None
    for event, element in ElementTree.iterparse(stream, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            _check(element, path)
            if record is None and _tag(element) in REPLY_MEMBERS:
                record = element
            path.append(element)
            continue
        path.pop()
        if record is not None and element is record:
            record = None
            stream.since_record = 0
            yield walk.record(REPLY_MEMBERS[_tag(element)], _members(element), alike)
            _forget(path)
        elif record is None and _tag(element) == "AvailableBalance":
            yield Balance()


def _check(element: Element, path: list[Element]) -> None:
    if not path and _tag(element) == ANSWER_ROOT:
        raise FileRefused("an answer without its assignment's id")
    if len(path) > _DEEPEST:
        raise FileRefused("is XML nested deeper than any reply")


def _forget(path: list[Element]) -> None:
    for above in path:
        above.clear()


def _members(element: Element) -> dict[str, object]:
    """A record: its elements by name, lists where a name comes again.

    White space around a text is the layout of whoever kept it.
    """
    members: dict[str, object] = {}
    for child in element:
        name, value = _tag(child), _value(child)
        if name == _REQUEST or value == "":
            continue
        if name not in members:
            members[name] = value
        elif isinstance(members[name], list):
            members[name] = [*_listed(members[name]), value]
        else:
            members[name] = [members[name], value]
    return members


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _value(element: Element) -> object:
    return _members(element) if len(element) else (element.text or "").strip()


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
