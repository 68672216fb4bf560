"""JSON rewritten as what its texts mean, while every other character stays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import takewhile
from operator import eq

from mturk_exodus.privacy.worker_ids import is_of_worker, text_of

_LITERAL = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:\s*)?', re.DOTALL)
_PIECE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.",
    re.DOTALL,
)
_ENDS = {"{": "}", "[": "]", '"': '"'}

Replace = Callable[[str], str]


def is_json(text: str) -> bool:
    """Whether a text is JSON with escapes in it, so that its texts are others than they look."""
    if "\\" not in text or _ENDS.get(text[0]) != text[-1]:
        return False
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def rewritten(source: str, replace: Replace, of_worker: Replace | None = None) -> str:
    """JSON with its texts replaced.

    Args:
        source: the JSON.
        replace: what a text is to be. What has no escapes is given to it together with the
            quotes, names and numbers around it.
        of_worker: the same of a member that holds a worker's id.
    """
    parts, done, worker_at = [], 0, -1
    for found in _LITERAL.finditer(source):
        is_worker = found.start() == worker_at
        if of_worker is not None and found[2] is not None and is_of_worker(found[1]):
            worker_at = found.end()
        if is_worker and of_worker is not None:
            way = of_worker
        elif "\\" in found[1]:
            way = replace
        else:
            continue
        parts += [replace(source[done : found.start(1)]), _literal(found[1], way)]
        done = found.end(1)
    return "".join([*parts, replace(source[done:])])


def _literal(source: str, replace: Replace) -> str:
    before = text_of(source) if "\\" in source else source
    if before is None:
        return replace(source)
    after = replace(before)
    return source if after == before else _spelled(source, before, after)


def _spelled(source: str, before: str, after: str) -> str:
    """What stays is spelled as before, and the rest as this text spells such signs."""
    pieces = _PIECE.findall(source)
    if len(pieces) != len(before):
        return json.dumps(after)[1:-1]
    start = _same(before, after)
    same = _same(before[start:][::-1], after[start:][::-1])
    own = dict(zip(before, pieces, strict=True))
    middle = [
        sign if sign.isascii() and sign.isalnum() else own.get(sign, json.dumps(sign)[1:-1])
        for sign in after[start : len(after) - same]
    ]
    return "".join([*pieces[:start], *middle, *pieces[len(pieces) - same :]])


def _same(first: str, second: str) -> int:
    """How many signs are the same at the beginning."""
    return sum(takewhile(bool, map(eq, first, second)))
