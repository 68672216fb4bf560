"""JSON that people kept: a document, a line for each, or one document after another."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TextIO

from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Entry, FileRefused, Refused

LONGEST = 64 * 1024 * 1024
"""Characters of a document. What MTurk gives in one piece is far smaller."""

# SQLite's JSON functions refuse what is nested deeper than 1,000; tools' own data reach a dozen.
_DEEPEST = 100
_TOO_LONG = "is a JSON document of more than 64 MiB"


class NotJSON(ValueError):
    """A text that is no JSON, or none that an archive can hold."""


class Document(NamedTuple):
    """A document of a file.

    Attributes:
        text: as the file has it.
        value: what it says; None where `readable` is false.
        readable: whether it is JSON.
    """

    text: str
    value: Any
    readable: bool


def parse(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """What a text says.

    Raises:
        NotJSON: it is not JSON, or is nested deeper than 100.
    """
    try:
        value = json.loads(text, parse_float=_number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotJSON from None
    if too_deep(value):
        raise NotJSON
    return value


def _number(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _refuse(name: str) -> None:
    raise NotJSON(name)


def too_deep(value: object, deepest: int = _DEEPEST) -> bool:
    """Whether a value is nested deeper than that."""
    level = [value]
    for _ in range(deepest):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return False
    return True


def _inside(item: object) -> list[Any]:
    inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    return [value for value in inner if isinstance(value, (dict, list))]


def documents(file: SourceFile) -> Iterator[Document]:
    """Every document of a file, in its order.

    If its first line is a document, each of its lines is one; else the whole file is.

    Raises:
        FileRefused: it is not text, or a document is too long.
    """
    with file.text() as stream:
        yield from _documents(stream)


def entries(
    file: SourceFile, entry: Callable[[int, object], Entry | Refused]
) -> Iterator[Entry | Refused]:
    """What `entry` makes of each document's number and value; what cannot be read is refused.

    Raises:
        FileRefused: as `documents`.
    """
    for number, document in enumerate(documents(file), 1):
        if document.readable:
            yield entry(number, document.value)
        else:
            yield Refused(number, "it is not JSON", document.text)


def _documents(stream: TextIO) -> Iterator[Document]:
    first = next(lines(stream), None)
    if first is None:
        return
    document = _document(first)
    if document.readable:
        yield document
        yield from map(_document, lines(stream))
        return
    yield from _whole(f"{first}\n{stream.read(LONGEST + 1)}")


def _whole(text: str) -> Iterator[Document]:
    if len(text) > LONGEST:
        raise FileRefused(_TOO_LONG)
    document = _document(text)
    if document.readable:
        yield document
    else:
        # Damaged somewhere: what stands on a line of its own can be saved all the same.
        kept = (line.rstrip("\r") for line in text.split("\n"))
        yield from map(_document, filter(str.strip, kept))


def lines(stream: TextIO) -> Iterator[str]:
    """The lines of a text that are not blank, without their ends.

    Raises:
        FileRefused: one is too long.
    """
    while line := stream.readline(LONGEST + 1):
        if len(line) > LONGEST:
            raise FileRefused(_TOO_LONG)
        if line.strip():
            yield line.rstrip("\r\n")


def _document(text: str) -> Document:
    try:
        return Document(text, parse(text), readable=True)
    except NotJSON:
        return Document(text, None, readable=False)


def whole_text(file: SourceFile) -> str:
    """A small file's text.

    Raises:
        FileRefused: it is not text, or not small.
    """
    with file.text() as stream:
        text = stream.read(LONGEST + 1)
    if len(text) > LONGEST:
        raise FileRefused("is a text of more than 64 MiB")
    return text
