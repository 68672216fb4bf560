"""HTMLQuestion: a page in XML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from mturk_exodus.questions import xml_text
from mturk_exodus.questions.form import NotUnderstood, UnreadableQuestion

_TAGS = re.compile(
    rf"{xml_text.SKIPPED}|<(?P<close>/?)(?:[^\s<>/:!?\"'&=]{{1,100}}:)?HTMLContent(?=[\s/>])"
    r"(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.DOTALL,
).finditer
_CDATA_BEGINS, _CDATA_ENDS = "<![CDATA[", "]]>"
_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class HTMLQuestion:
    r"""What an HTMLQuestion holds (MTurk's schema of 2011-11-11).

    Attributes:
        html: the page as the worker's browser got it. Ends of lines are `\n`, as XML has it.
        frame_height: in pixels, 0 for the whole window; None if it is not there or no number.
        start: where in the question's text the page begins, if it is one plain CDATA section or
            plain escaped text; white space around a section is not the page's.
        end: where it ends.
        not_understood: what else is in the question.
    """

    html: str
    frame_height: int | None = None
    start: int | None = None
    end: int | None = None
    not_understood: tuple[NotUnderstood, ...] = ()


def unwrap(text: str) -> HTMLQuestion:
    """The page in an HTMLQuestion.

    MTurk wants the page as text. Where it stands in the question as elements, as in templates
    that were never sent, it is taken as it is written.

    Raises:
        UnreadableQuestion: it is no HTMLQuestion, cannot be read, or has not one HTMLContent.
    """
    root = xml_text.parse(text, "HTMLQuestion")
    contents = [one for one in root if xml_text.local_name(one) == "HTMLContent"]
    if len(contents) != 1:
        raise UnreadableQuestion("has no HTMLContent, or more than one")
    html, start, end = _page(text, contents[0])
    odd = [*xml_text.unexpected(root, ("HTMLContent", "FrameHeight"))]
    height, strange = frame_height(root)
    return HTMLQuestion(html, height, start, end, (*odd, *strange))


def frame_height(root: Element) -> tuple[int | None, tuple[NotUnderstood, ...]]:
    """What a question says of its frame's height, in pixels, and whether that is no number."""
    said = xml_text.child(root, "FrameHeight")
    if said is None:
        return None, ()
    height = xml_text.whole(xml_text.text_of(said))
    if height is None or height < 0:
        return None, (NotUnderstood("FrameHeight", "it is no number of pixels"),)
    return height, ()


def _page(text: str, content: Element) -> tuple[str, int | None, int | None]:
    start, end = _inside(text)
    if len(content):
        return _lines(text[start:end]), None, None
    if "<" not in text[start:end]:
        return xml_text.text_of(content), start, end
    start, end = _without_space(text, start, end)
    section = text.startswith(_CDATA_BEGINS, start)
    if section and text.find(_CDATA_ENDS, start) == end - len(_CDATA_ENDS):
        start, end = start + len(_CDATA_BEGINS), end - len(_CDATA_ENDS)
        return _lines(text[start:end]), start, end
    return xml_text.text_of(content), None, None


def _inside(text: str) -> tuple[int, int]:
    """Where the HTMLContent of a sound document begins and ends, behind and before its tags."""
    tags = [tag for tag in _TAGS(text, xml_text.root_at(text)) if tag["close"] is not None]
    if tags[0]["rest"].endswith("/"):
        return tags[0].end(), tags[0].end()
    return tags[0].end(), tags[-1].start()


def _without_space(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _SPACE:
        start += 1
    while start < end and text[end - 1] in _SPACE:
        end -= 1
    return start, end


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
