"""What a QuestionForm shows, as HTML: MTurk's own elements, and only its subset of XHTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from xml.etree.ElementTree import Element

from mturk_exodus.questions import xml_text
from mturk_exodus.questions.form import NotUnderstood, Shown, UnreadableQuestion
from mturk_exodus.questions.pages.surroundings import words
from mturk_exodus.questions.question_forms import formatted_content, question_content

_TAGS = words(
    """a abbr acronym address b big blockquote br caption center cite code col colgroup dd del dfn
    div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small span strike
    strong sub sup table tbody td tfoot th thead tr tt u ul var"""
)
_MEDIA = words("audio video source")
_DROPPED = words("script style title object applet embed iframe")
_VOID = words("br col hr img source")
_ATTRIBUTES = words(
    """align alt bgcolor border cellpadding cellspacing cite cols colspan color compact coords
    datetime dir face height hspace lang noshade nowrap rowspan rules scope size span start summary
    title type valign value vspace width controls"""
)
_ADDRESSES = {"href": ("http://", "https://", "mailto:"), "src": ("http://", "https://")}
_GONE = "it ran in the worker's browser as a plug-in"


class Content:
    """Makes HTML of content.

    Attributes:
        not_shown: what it met that cannot be shown, and why.
    """

    def __init__(self) -> None:
        self.not_shown: dict[str, None] = {}
        self._readers: dict[str, Callable[[Element], str]] = {
            "Title": lambda one: f"<h2>{_lines(one)}</h2>",
            "Text": lambda one: f"<p>{_lines(one)}</p>",
            "List": _list,
            "Binary": self._binary,
            "EmbeddedBinary": self._binary,
            "Application": self._application,
            "FormattedContent": self._formatted,
        }

    def html(self, content: Element | None) -> str:
        """All that an element shows, in its order."""
        known = [] if content is None else [(xml_text.local_name(one), one) for one in content]
        return "".join(self._readers[name](one) for name, one in known if name in self._readers)

    def inline(self, content: Element) -> str:
        """The same where a line of text is wanted: a paragraph would be no part of a label."""
        shown = self.html(content)
        return shown.replace("<p>", "<span>").replace("</p>", "</span> ")

    def text(self, content: Element | None) -> str:
        """What is shown as text alone; what stands for a picture if there is no text."""
        if content is None:
            return ""
        pieces = [*question_content.pieces(content)]
        media = question_content.media_of(pieces)
        stands_for = next((one.label or one.value for one in media), "")
        return question_content.text_of(pieces) or stands_for

    def _binary(self, element: Element) -> str:
        parts = []
        for piece in question_content.pieces(_holding(element)):
            if isinstance(piece, Shown):
                parts.append(_medium(piece, _size(element)))
            else:
                self._note(piece)
        return "".join(parts)

    def _application(self, element: Element) -> str:
        names = [xml_text.local_name(one) for one in element] or ["Application"]
        for name in names:
            self.not_shown[f"{name}: {_GONE}"] = None
        return f'<p class="hint">[{escape(", ".join(names))}: {_GONE}]</p>'

    def _formatted(self, element: Element) -> str:
        markup = xml_text.text_of(element)
        try:
            root = element if len(element) else _tree(markup)
        except UnreadableQuestion:
            return self._text_only(element)
        return f'<div class="formatted">{"".join(_markup(root))}</div>'

    def _text_only(self, element: Element) -> str:
        """What is not well formed, which MTurk did not take: its text, as far as it can be read."""
        parts = []
        for piece in formatted_content.read(element):
            if isinstance(piece, NotUnderstood):
                self._note(piece)
            elif piece.kind == "text":
                lines = piece.value.split("\n")
                parts.append("".join(f"<p>{escape(line)}</p>" for line in lines))
            else:
                parts.append(_medium(piece, ""))
        return "".join(parts)

    def _note(self, piece: NotUnderstood) -> None:
        self.not_shown[f"{piece.what}: {piece.why}"] = None


def _lines(element: Element) -> str:
    return escape(xml_text.tidy(xml_text.text_of(element))).replace("\n", "<br>")


def _list(element: Element) -> str:
    items = [one for one in element if xml_text.local_name(one) == "ListItem"]
    return f"<ul>{''.join(f'<li>{_lines(one)}</li>' for one in items)}</ul>"


def _holding(element: Element) -> Element:
    around = Element("Content")
    around.append(element)
    return around


def _size(element: Element) -> str:
    said = ""
    for name in ("Width", "Height"):
        number = xml_text.whole(xml_text.text_of(xml_text.child(element, name)))
        if number is not None and number > 0:
            said += f' {name.lower()}="{number}"'
    return said


def _medium(shown: Shown, size: str) -> str:
    if not _is_allowed("src", shown.value):
        return ""
    url, label = escape(shown.value), escape(shown.label or "")
    if shown.kind == "image":
        return f'<p><img src="{url}" alt="{label}"{size}></p>'
    if shown.kind in ("audio", "video"):
        return f'<p><{shown.kind} controls src="{url}"{size} title="{label}"></{shown.kind}></p>'
    if shown.kind == "frame":
        return f'<p><iframe src="{url}" title="{label or "content"}"{size}></iframe></p>'
    return f'<p><a href="{url}" target="_blank" rel="noopener">{label or url}</a></p>'


def _tree(markup: str) -> Element:
    return xml_text.elements(f"<div>{xml_text.mended(markup)}</div>")


def _markup(element: Element) -> Iterator[str]:
    """What is in an element, of tags and attributes that MTurk took; texts of others stay.

    The depth of MTurk's XML is bounded.
    """
    yield escape(element.text or "")
    for one in element:
        name = xml_text.local_name(one).lower()
        if name in _TAGS or name in _MEDIA:
            yield f"<{name}{''.join(_attributes(name, one))}>"
            if name not in _VOID:
                yield from _markup(one)
                yield f"</{name}>"
        elif name not in _DROPPED:
            yield from _markup(one)
        yield escape(one.tail or "")


def _attributes(name: str, element: Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        if key.lower() in _ATTRIBUTES or _is_allowed(key.lower(), value):
            yield f' {key.lower()}="{escape(value)}"'
    if name == "a":
        yield ' target="_blank" rel="noopener"'
    if name in ("audio", "video") and "controls" not in element.attrib:
        yield " controls"


def _is_allowed(name: str, value: str) -> bool:
    return value.strip().lower().startswith(_ADDRESSES.get(name, ("\n",)))
