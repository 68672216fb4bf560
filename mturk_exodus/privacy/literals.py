"""JSON rewritten as what its texts mean, while every other character stays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from itertools import takewhile
from operator import eq

from mturk_exodus.privacy.worker_ids import is_of_worker, text_of

_LITERAL = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:\s*)?', re.DOTALL)
_PIECE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.",
    re.DOTALL,
)
_MOST_ALIGNED = 1_000

Replace = Callable[[str], str]


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
    own = dict(zip(before, pieces, strict=True))
    start = _same(before, after)
    same = _same(before[start:][::-1], after[start:][::-1])
    kept, new = pieces[start : len(pieces) - same], after[start : len(after) - same]
    parts = pieces[:start]
    for stays, old_at, old_end, at, end in _steps(before[start : len(before) - same], new):
        parts += kept[old_at:old_end] if stays else [_sign(one, own) for one in new[at:end]]
    return "".join([*parts, *pieces[len(pieces) - same :]])


def _steps(before: str, after: str) -> Iterator[tuple[bool, int, int, int, int]]:
    """What stays between two ids, and where; of long texts nothing, as finding it takes long."""
    if len(before) > _MOST_ALIGNED:
        yield False, 0, len(before), 0, len(after)
        return
    for tag, *(a, b, c, d) in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        yield tag == "equal", a, b, c, d


def _sign(sign: str, own: Mapping[str, str]) -> str:
    if sign.isascii() and sign.isalnum():
        return sign
    return own.get(sign, json.dumps(sign)[1:-1])


def _same(first: str, second: str) -> int:
    """How many signs are the same at the beginning."""
    return sum(takewhile(bool, map(eq, first, second)))
