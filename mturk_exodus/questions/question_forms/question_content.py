"""What a QuestionForm shows: the content of an Overview, a QuestionContent, a Selection.

Kinds of content: MTurk's schema of 2005-10-01. How they looked: a public copy of the style sheet
that pages were made of them with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from xml.etree.ElementTree import Element

from mturk_exodus.questions import xml_text
from mturk_exodus.questions.form import NotUnderstood, Shown
from mturk_exodus.questions.question_forms import formatted_content

Piece = Shown | NotUnderstood

_MEDIA = ("image", "audio", "video")
_OF_MEDIA = {
    "MimeType",
    "EmbeddedMimeType",
    "DataURL",
    "AltText",
    "Width",
    "Height",
    "ApplicationParameter",
}
_GONE = "it ran in the worker's browser as a plug-in, and may have asked for something"


def pieces(content: Element, besides: Iterable[str] = ()) -> Iterator[Piece]:
    """What an element shows, in its order, and what of that is not understood.

    Args:
        content: the element round the content.
        besides: names of children that are no content, to be passed over.
    """
    passed = set(besides)
    yield from xml_text.unexpected(content, {*_READERS, *passed})
    for one in content:
        reader = _READERS.get(xml_text.local_name(one))
        if reader is not None and xml_text.local_name(one) not in passed:
            yield from reader(one)


def text_of(shown: Iterable[Piece]) -> str | None:
    """The texts among what is shown, one below the other."""
    texts = [one.value for one in shown if isinstance(one, Shown) and one.kind == "text"]
    return "\n".join(texts) or None


def media_of(shown: Iterable[Piece]) -> tuple[Shown, ...]:
    """All but the texts."""
    return tuple(one for one in shown if isinstance(one, Shown) and one.kind != "text")


def not_understood_of(shown: Iterable[Piece]) -> tuple[NotUnderstood, ...]:
    """What was not understood."""
    return tuple(one for one in shown if isinstance(one, NotUnderstood))


def _text(element: Element) -> Iterator[Piece]:
    text = xml_text.tidy(xml_text.text_of(element))
    if text:
        yield Shown("text", text)


def _list(element: Element) -> Iterator[Piece]:
    yield from xml_text.unexpected(element, ("ListItem",))
    for one in element:
        if xml_text.local_name(one) == "ListItem":
            yield from _text(one)


def _binary(element: Element) -> Iterator[Piece]:
    """Media. What is neither a picture nor a sound nor a film was shown as a link."""
    yield from _media(element, "MimeType", "link")


def _embedded(element: Element) -> Iterator[Piece]:
    """Media inside the page. What is neither a picture nor a sound nor a film is a frame."""
    yield from _media(element, "EmbeddedMimeType", "frame")
    if xml_text.child(element, "ApplicationParameter") is not None:
        yield NotUnderstood("ApplicationParameter", "it was for the plug-in that showed this")


def _media(element: Element, mime: str, otherwise: str) -> Iterator[Piece]:
    yield from xml_text.unexpected(element, _OF_MEDIA)
    said = xml_text.child(element, mime)
    major = xml_text.child(said, "Type") if said is not None else None
    kind = xml_text.text_of(major).strip().lower()
    address = xml_text.text_of(xml_text.child(element, "DataURL")).strip()
    label = xml_text.tidy(xml_text.text_of(xml_text.child(element, "AltText")))
    if address:
        yield Shown(kind if kind in _MEDIA else otherwise, address, label or None)
    else:
        yield NotUnderstood(xml_text.local_name(element), "it has no address")


def _application(element: Element) -> Iterator[Piece]:
    """Flash and Java, which MTurk took until 2017-12-12 and no browser runs any more."""
    yield from xml_text.unexpected(element, ("Flash", "JavaApplet"))
    for one in element:
        name = xml_text.local_name(one)
        movie, path, file = (
            xml_text.text_of(xml_text.child(one, member)).strip()
            for member in ("FlashMovieURL", "AppletPath", "AppletFilename")
        )
        if name in ("Flash", "JavaApplet"):
            address = movie or "/".join(part for part in (path.rstrip("/"), file) if part)
            if address:
                yield Shown("frame", address)
            yield NotUnderstood(name, _GONE)


def _formatted(element: Element) -> Iterator[Piece]:
    yield from formatted_content.read(element)


_READERS: dict[str, Callable[[Element], Iterator[Piece]]] = {
    "Title": _text,
    "Text": _text,
    "List": _list,
    "Binary": _binary,
    "EmbeddedBinary": _embedded,
    "Application": _application,
    "FormattedContent": _formatted,
}
