"""Texts as Prolific can show them."""

from __future__ import annotations

import re
from html import escape

LOST = "\N{REPLACEMENT CHARACTER}"

_LONGEST_TITLE = 120
_LONGEST_DESCRIPTION = 5_000
_WORKER_ID = re.compile(r"(?<![A-Za-z0-9])(?=[A-Z]*[0-9])A[A-Z0-9]{9,20}(?![A-Za-z0-9])", re.ASCII)
"""HITs that make something good to one worker name her, and Prolific is shown no worker's id."""
_NOT_SHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def title_of(said: str | None) -> str:
    """A title: one line, 120 characters at most. Prolific says of no length that is too long."""
    line = " ".join(_shown(said).split()) or "HITs without a title"
    return line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 1]}…"


def paragraphs_of(said: str | None, *more: str) -> str:
    """A description: a paragraph a line, as HTML in which nothing of MTurk's text is markup."""
    lines = [*_shown(said)[:_LONGEST_DESCRIPTION].splitlines(), *more]
    shown = (" ".join(line.split()) for line in lines)
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in shown if line)


def is_whole(said: str | None) -> bool:
    """Whether nothing of a description is left out or replaced."""
    return said is None or (len(said) <= _LONGEST_DESCRIPTION and _shown(said) == said)


def _shown(said: str | None) -> str:
    return _WORKER_ID.sub("…", _NOT_SHOWN.sub(LOST, said or ""))
