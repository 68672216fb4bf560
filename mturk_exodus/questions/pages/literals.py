"""Lists and objects as people write them into attributes of Crowd elements."""

from __future__ import annotations

import json
import re
from typing import Any

from mturk_exodus.questions.form import Choice

_QUOTED = r""""[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*'"""
_TOKEN = re.compile(rf"\s*(?:({_QUOTED})|([\[\]{{}}:,])|([^\s\[\]{{}}:,\"']+))\s*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def literal(text: str) -> Any:  # noqa: ANN401 - whatever a template's author wrote
    """What an attribute says in JSON or, as the guide's own examples do, with single quotes.

    Keys may stand without quotes. None if it cannot be read.
    """
    tokens: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() != end:
            return None
        end = match.end()
        quoted, mark, bare = match.groups()
        if mark in ("]", "}") and tokens[-1:] == [","]:
            tokens.pop()
        elif mark == ":" and tokens and not tokens[-1].startswith('"'):
            tokens[-1] = json.dumps(tokens[-1])
        tokens.append(mark or bare or _double_quoted(quoted))
    try:
        return json.loads("".join(tokens)) if end == len(text) else None
    except (ValueError, RecursionError):
        return None


def _double_quoted(quoted: str) -> str:
    if quoted[0] == '"':
        return quoted
    inside = _ESCAPED.sub(lambda match: "'" if match[1] == "'" else match[0], quoted[1:-1])
    return '"' + inside.replace('\\"', '"').replace('"', '\\"') + '"'


def as_choice(said: object) -> Choice | None:
    """A choice out of a list: a text, or an object with a `label` and what is to be read."""
    if not isinstance(said, dict):
        return None if isinstance(said, list) or said is None else Choice(str(said), str(said))
    texts = {name: str(text) for name, text in said.items() if isinstance(text, str | int | float)}
    names = ("label", "value", "name", "text", "fullDisplayName", "shortDisplayName")
    value = next((texts[name] for name in names if texts.get(name)), None)
    read = next(
        (texts[name] for name in (names[4], "displayName", names[5]) if name in texts), None
    )
    return Choice(value, read or value) if value is not None else None
