"""What Python prints of a reply: `print(response)`, `pprint`, `str(response)` in a file.

A reader of literals of our own: nothing is evaluated, and what is no literal stays the text that
it is. Times become ISO 8601 text where their zone is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple, NoReturn

from mturk_exodus.sources.api_dump.documents import Dialect
from mturk_exodus.sources.api_dump.json_values import decimal, integer, structure

_DEEPEST = 100
_SPACE = re.compile(r"\s*")
_STRING = re.compile(
    r"[uUbB]?(?:'([^'\\\n]*(?:\\.[^'\\\n]*)*)'|\"([^\"\\\n]*(?:\\.[^\"\\\n]*)*)\")", re.DOTALL
)
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?[lL]?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9.]{0,200}")
_KEYWORD = re.compile(r"([A-Za-z_][A-Za-z_0-9]{0,100})\s*=")
_OPAQUE = re.compile(r"<[^<>\n]{0,300}>")
_ESCAPE = re.compile(
    r"\\(\n|[\\'\"abfnrtv]|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5}"
    r"|U0010[0-9a-fA-F]{4})"
)
_ESCAPED = {
    "\n": "",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_CONSTANTS = {
    "True": True,
    "true": True,
    "False": False,
    "false": False,
    "None": None,
    "null": None,
    "nan": None,
    "NaN": None,
    "NaT": None,
}


class _Opaque(NamedTuple):
    """Something that is no literal; where it stands as a value, its text is kept."""

    meaning: object


def scan(text: str, at: int) -> tuple[Any, int]:
    """The literal at a position, and where it ends.

    Raises:
        ValueError: there is none.
    """
    return _value(text, at, 0)


def _fail() -> NoReturn:
    raise ValueError("not a literal")


def _space(text: str, at: int) -> int:
    if text[at : at + 1] > " ":
        return at
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    """A literal as JSON has it; of anything else, the text."""
    value, end = _any(text, at, depth)
    return (text[at:end], end) if isinstance(value, _Opaque) else (value, end)


def _any(text: str, at: int, depth: int) -> tuple[Any, int]:
    if depth > _DEEPEST:
        _fail()
    reader = _READERS.get(text[at : at + 1])
    if reader is not None:
        return reader(text, at, depth)
    match = _STRING.match(text, at)
    if match is not None:
        return _string(text, match)
    match = _NUMBER.match(text, at)
    return _number(match) if match is not None else _named(text, at, depth)


def _string(text: str, match: re.Match[str] | None) -> tuple[str, int]:
    """A text; pprint writes a long one as several, one below the other."""
    pieces, end = [], 0
    while match is not None:
        pieces.append(_unescaped(match[1] if match[1] is not None else match[2]))
        end = match.end()
        match = _STRING.match(text, _space(text, end))
    return "".join(pieces), end


def _unescaped(body: str) -> str:
    if "\\" not in body:
        return body
    # A dump of Python 2, or JSON in single quotes, writes an emoji as two.
    return _PAIR.sub(_joined, _ESCAPE.sub(_character, body))


def _character(match: re.Match[str]) -> str:
    code = match[1]
    if code in _ESCAPED:
        return _ESCAPED[code]
    return chr(int(code[1:], 16) if code[0] in "xuU" else int(code, 8))


def _joined(match: re.Match[str]) -> str:
    return match[0].encode("utf-16", "surrogatepass").decode("utf-16")


def _number(match: re.Match[str]) -> tuple[int | float | str, int]:
    digits = match[0].rstrip("lL")
    fraction = match[1] is not None or match[2] is not None or "." in digits
    return (decimal if fraction else integer)(digits), match.end()


def _list(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    items, end, _ = _items(text, at + 1, "]", depth)
    return items, end


def _tuple(text: str, at: int, depth: int) -> tuple[Any, int]:
    items, end, comma = _items(text, at + 1, ")", depth)
    return (items[0], end) if len(items) == 1 and not comma else (items, end)


def _items(text: str, at: int, closing: str, depth: int) -> tuple[list[Any], int, bool]:
    items: list[Any] = []
    comma = False
    at = _space(text, at)
    while text[at : at + 1] != closing:
        if items and not comma:
            _fail()
        item, at = _value(text, at, depth + 1)
        items.append(item)
        at, comma = _comma(text, at)
    return items, at + 1, comma


def _comma(text: str, at: int) -> tuple[int, bool]:
    at = _space(text, at)
    if text[at : at + 1] != ",":
        return at, False
    return _space(text, at + 1), True


def _dict(text: str, at: int, depth: int) -> tuple[Any, int]:
    pairs: list[tuple[str, Any]] = []
    comma = True
    at = _space(text, at + 1)
    while text[at : at + 1] != "}":
        if not comma:
            _fail()
        name, at = _value(text, at, depth + 1)
        at = _space(text, at)
        if isinstance(name, (dict, list)) or text[at : at + 1] != ":":
            _fail()
        value, at = _value(text, _space(text, at + 1), depth + 1)
        pairs.append((str(name), value))
        at, comma = _comma(text, at)
    return structure(pairs), at + 1


def _opaque(text: str, at: int, _depth: int) -> tuple[_Opaque, int]:
    match = _OPAQUE.match(text, at)
    if match is None:
        _fail()
    return _Opaque(timezone.utc if match[0] == "<UTC>" else None), match.end()


def _named(text: str, at: int, depth: int) -> tuple[Any, int]:
    match = _NAME.match(text, at)
    if match is None:
        _fail()
    name, end = match[0], match.end()
    if text[end : end + 1] == "(":
        return _call(name.rpartition(".")[2], text, end + 1, depth)
    if name in _CONSTANTS:
        return _CONSTANTS[name], end
    if name.endswith("timezone.utc"):
        return _Opaque(timezone.utc), end
    return _fail()


def _call(name: str, text: str, at: int, depth: int) -> tuple[Any, int]:
    given: list[Any] = []
    named: dict[str, Any] = {}
    comma = True
    at = _space(text, at)
    while text[at : at + 1] != ")":
        if not comma:
            _fail()
        keyword = _KEYWORD.match(text, at)
        start = _space(text, keyword.end()) if keyword else at
        value, at = _any(text, start, depth + 1)
        meaning = value.meaning if isinstance(value, _Opaque) else value
        if keyword:
            named[keyword[1]] = meaning
        else:
            given.append(meaning)
        at, comma = _comma(text, at)
    return _meaning(name, given, named), at + 1


def _meaning(name: str, given: list[Any], named: dict[str, Any]) -> Any:  # noqa: ANN401 - any literal
    call = _CALLS.get(name)
    if call is None:
        return _Opaque(None)
    try:
        return call(*given, **named)
    except (TypeError, ValueError, OverflowError):
        return _Opaque(None)


def _datetime(*parts: Any, tzinfo: object = None, fold: int = 0) -> str | _Opaque:  # noqa: ANN401 - any literal
    *numbers, zone = parts if len(parts) == 8 else (*parts, tzinfo)  # noqa: PLR2004 - the eighth is tzinfo
    if not isinstance(zone, timezone):
        return _Opaque(None)
    moment = datetime(*numbers)  # noqa: DTZ001 - the zone is put in the line below
    return moment.replace(tzinfo=zone, fold=fold).isoformat()


def _offset(_name: object, seconds: Any) -> _Opaque:  # noqa: ANN401 - any literal
    if isinstance(seconds, timedelta):
        return _Opaque(timezone(seconds))
    return _Opaque(timezone(timedelta(seconds=seconds)))


def _timezone(offset: timedelta, _name: object = None) -> _Opaque:
    return _Opaque(timezone(offset))


def _timedelta(*parts: Any, **named: Any) -> _Opaque:  # noqa: ANN401 - any literal
    return _Opaque(timedelta(*parts, **named))


def _utc() -> _Opaque:
    return _Opaque(timezone.utc)


def _zone(key: object) -> _Opaque:
    return _Opaque(timezone.utc if key == "UTC" else None)


def _text(value: object, **_named: object) -> str | _Opaque:
    return value if isinstance(value, str) else _Opaque(None)


def _ordered(members: Any = ()) -> dict[str, Any]:  # noqa: ANN401 - any literal
    pairs = members.items() if isinstance(members, dict) else members
    return structure([(str(name), value) for name, value in pairs])


def _defaultdict(_default: object, members: Any = ()) -> dict[str, Any]:  # noqa: ANN401 - any literal
    return _ordered(members)


_READERS: dict[str, Callable[[str, int, int], tuple[Any, int]]] = {
    "{": _dict,
    "[": _list,
    "(": _tuple,
    "<": _opaque,
}

_CALLS: dict[str, Callable[..., Any]] = {
    "datetime": _datetime,
    "timedelta": _timedelta,
    "timezone": _timezone,
    "tzoffset": _offset,
    "tzutc": _utc,
    "ZoneInfo": _zone,
    "Timestamp": _text,
    "Decimal": _text,
    "OrderedDict": _ordered,
    "defaultdict": _defaultdict,
}
"""By the last part of their names. Any other call stays the text that it is."""

# Before a document: `response = `, a comment, and what JSON's dialect leaves out as well.
PYTHON = Dialect(scan, re.compile(r"(?:[\s,;\]})]|#[^\n]*|[A-Za-z_][A-Za-z_0-9]*\s*=(?!=))*"))
