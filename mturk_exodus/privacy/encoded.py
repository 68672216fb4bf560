r"""Ids that a text spells in another way: `\u0041`, `\x41`, `%41`, `%u0041`, `&#65;`, Base64."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable

_CODE = "3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]"
_WAY = (
    rf"(?<!\\)\\+(?:u00|x)(?:{_CODE})|%(?:25)*(?:u00)?(?:{_CODE})"
    rf"|&(?:amp;)*#(?:x0*(?:{_CODE})|0*[0-9]{{2,3}});"
)
_ESCAPE = re.compile(_WAY, re.IGNORECASE | re.ASCII)
_ESCAPED = re.compile(rf"(?:{_WAY}|[a-z0-9])+", re.IGNORECASE | re.ASCII)
_SIGNS = ("%", "\\u00", "\\x", "&#", "amp;#")
_BREAK = r"(?:\r?\n|(?:\\{1,8}r)?\\{1,8}n)"
_BASE_64 = re.compile(rf"[A-Za-z0-9+/_-]{{13,}}(?:{_BREAK}[A-Za-z0-9+/_-]{{2,}})*", re.ASCII)
_LINE_BREAK = re.compile(_BREAK)
_OF_LETTERS = re.compile(
    "(?:[M-OQ-WYZa-e][D-HT-Xj-nz0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]){2}"
)
"""Two groups of Base64 that stand for six ASCII letters or digits."""
_STANDARD = str.maketrans("-_", "+/")
_URL_SAFE = str.maketrans("+/", "-_")
_DIGITS = 4

Replace = Callable[[str], str]


def unescaped(text: str, replace: Replace) -> str:
    """The text with ids replaced that are written as escapes; other escapes stay."""
    if not any(sign in text for sign in _SIGNS) or _ESCAPE.search(text) is None:
        return text

    def of_run(found: re.Match[str]) -> str:
        run = found.group()
        plain = _ESCAPE.sub(_character, run)
        return run if plain == run or replace(plain) == plain else replace(plain)

    return _ESCAPED.sub(of_run, text)


def _character(escape: re.Match[str]) -> str:
    said = escape.group().rstrip(";")
    if "#" in said:
        number = said.rpartition("#")[2]
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
    else:
        code = int(said[-2:], 16)
    char = chr(code)
    return char if char.isascii() and char.isalnum() else escape.group()


def may_be_base_64(run: str) -> bool:
    """Whether a run of letters and digits may be an id in Base64, which has no other signs."""
    return _OF_LETTERS.search(run) is not None


def from_base_64(text: str, replace: Replace) -> str:
    """The text with ids replaced that stand in Base64; what stands for an id has its length."""

    def of_run(found: re.Match[str]) -> str:
        said = found.group()
        run = _LINE_BREAK.sub("", said)
        for skipped in range(_DIGITS if _OF_LETTERS.search(run) else 0):
            run = run[:skipped] + _replaced(run[skipped:], replace)
        return run if len(run) == len(said) else _in_lines(run, said)

    return _BASE_64.sub(of_run, text)


def _in_lines(run: str, said: str) -> str:
    lines, done = [], 0
    for line in _LINE_BREAK.split(said):
        lines.append(run[done : done + len(line)])
        done += len(line)
    breaks = [*_LINE_BREAK.findall(said), ""]
    return "".join(sign for pair in zip(lines, breaks, strict=True) for sign in pair)


def _replaced(run: str, replace: Replace) -> str:
    plain = run.translate(_STANDARD)
    try:
        # An id may end within the last digits; what is added to them is taken off again.
        said = b64decode(plain + "A" * (-len(run) % _DIGITS)).decode("latin-1")
    except (binascii.Error, ValueError):
        return run
    meant = replace(said)
    if meant == said:
        return run
    written = b64encode(meant.encode("latin-1")).decode()[: len(run)]
    if plain != run:
        written = written.translate(_URL_SAFE)
    return _spelled(run, plain, written)


def _spelled(run: str, plain: str, written: str) -> str:
    """What stays the same is spelled as before: a run may have signs of both alphabets."""
    meant = written.translate(_STANDARD)
    return "".join(
        old if before == after else new
        for old, before, new, after in zip(run, plain, written, meant, strict=True)
    )
