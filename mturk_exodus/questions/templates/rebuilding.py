"""A question that no source kept, put together again: from the requester's own page, or from the
names of what the page was filled in with and of what was answered.

What comes out shows the same and asks for the same; it is not what MTurk showed, letter for letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal
from urllib.parse import urlsplit

from mturk_exodus.questions.templates.naming import Piece, Source, joined, template_of
from mturk_exodus.questions.templates.template import PLACEHOLDER, Template

Kind = Literal["text", "image", "audio", "video", "link"]

_SCHEMA = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"
)
_BEFORE = f'<HTMLQuestion xmlns="{_SCHEMA}"><HTMLContent><![CDATA['
_AFTER = "]]></HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"
_IS_QUESTION = re.compile(r"<(?:\w{1,40}:)?HTMLContent[\s>]").search
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENDINGS: Mapping[str, Kind] = {
    **dict.fromkeys((".bmp", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp"), "image"),
    **dict.fromkeys((".flac", ".m4a", ".mp3", ".oga", ".ogg", ".wav"), "audio"),
    **dict.fromkeys((".m4v", ".mov", ".mp4", ".ogv", ".webm"), "video"),
}
_SHOWN: Mapping[Kind, str] = {
    "text": '<dd style="white-space: pre-wrap">${}</dd>',
    "image": '<dd><img src="${}" alt=""></dd>',
    "audio": '<dd><audio controls src="${}"></audio></dd>',
    "video": '<dd><video controls src="${}"></video></dd>',
    "link": '<dd><a href="${}">${}</a></dd>',
}
_VALUE = "${}"


@dataclass(frozen=True)
class Page:
    """A page that gives a question for each HIT's values.

    Attributes:
        template: of the whole questions.
    """

    template: Template
    _sources: tuple[Source | None, ...]
    _is_framed: bool

    def question(self, values: Mapping[str, str]) -> str | None:
        """The question of a HIT with these values; None if there is no value for a variable."""
        filled = [one and one.value(values, one.escaping or "none") for one in self._sources]
        if not all(isinstance(one, str) for one in filled):
            return None
        text = _NO_XML.sub("\ufffd", self.template.render([str(one) for one in filled]))
        if not self._is_framed:
            return text
        inside = text[len(_BEFORE) : -len(_AFTER)]
        return f"{_BEFORE}{inside.replace(']]>', ']]]]><![CDATA[>')}{_AFTER}"


def of_page(content: str, names: Iterable[str]) -> Page:
    """What a layout of the requester site, or a file with an HTMLQuestion, makes of these
    variables: `${name}` gives way to the value as it is (AWS documentation, "HITLayout").
    """
    known = frozenset(names)
    content = content.removeprefix("\ufeff")
    pieces: list[Piece] = []
    at = 0
    for found in PLACEHOLDER.finditer(content):
        if found[1] in known:
            pieces += [content[at : found.start()], Source((found[1],), "none")]
            at = found.end()
    return _page([*pieces, content[at:]], is_framed=_IS_QUESTION(content) is None)


def of_names(title: str, variables: Mapping[str, Kind], answered: Sequence[str]) -> Page:
    """A page that shows variables and asks for a text under each of these names."""
    said = escape(title)
    pieces: list[Piece] = [
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{said}</title></head><body>\n'
        '<form name="mturk_form" method="post"'
        f' action="https://www.mturk.com/mturk/externalSubmit">\n<h1>{said}</h1>\n<dl>\n'
    ]
    for name, kind in variables.items():
        first, *more = _SHOWN[kind].split(_VALUE)
        pieces.append(f"<dt>{escape(name)}</dt>{first}")
        for literal in more:
            pieces += [Source((name,), "html"), literal]
    pieces.append("</dl>\n")
    pieces += [
        f'<p><label>{escape(name)}<br><textarea name="{escape(name)}"></textarea></label></p>\n'
        for name in answered
    ]
    pieces.append('<p><input type="submit"></p>\n</form>\n</body></html>\n')
    return _page(pieces, is_framed=True)


def kind_of(value: str) -> Kind:
    """How a value is best shown: by the address of a picture, the picture."""
    try:
        address = urlsplit(value)
    except ValueError:
        return "text"
    if address.scheme not in {"http", "https"} or not address.netloc or re.search(r"\s", value):
        return "text"
    name = address.path.rpartition("/")[2].lower()
    return _ENDINGS.get(name[name.rfind(".") :], "link")


def _page(pieces: Sequence[Piece], *, is_framed: bool) -> Page:
    whole = [_BEFORE, *pieces, _AFTER] if is_framed else pieces
    template, sources = template_of(joined(whole))
    return Page(template, sources, is_framed)
