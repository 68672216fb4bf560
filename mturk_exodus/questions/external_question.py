"""ExternalQuestion: an address."""

from __future__ import annotations

from urllib.parse import parse_qsl

from mturk_exodus.questions import xml_text
from mturk_exodus.questions.form import Form, NotUnderstood
from mturk_exodus.questions.html_question import frame_height
from mturk_exodus.questions.placeholders import variables_of_xml

_ELSEWHERE = NotUnderstood("ExternalURL", "what it asks is on its own site")


def read(text: str) -> Form:
    """The form of an ExternalQuestion (MTurk's schema of 2006-07-14): its address, no fields.

    MTurk adds assignmentId, hitId, workerId and turkSubmitTo to the address; they are not in it.
    White space around it is not part of it: browsers pass over it.

    Raises:
        UnreadableQuestion: it is no ExternalQuestion, or cannot be read.
    """
    root = xml_text.parse(text, "ExternalQuestion")
    addresses = [one for one in root if xml_text.local_name(one) == "ExternalURL"]
    urls = [xml_text.text_of(one).strip() for one in addresses]
    height, strange = frame_height(root)
    return Form(
        kind="external",
        not_understood=(
            *xml_text.unexpected(root, ("ExternalURL", "FrameHeight")),
            *strange,
            *_address(urls),
        ),
        variables=_variables(urls, xml_text.text_of(xml_text.child(root, "FrameHeight"))),
        frame_height=height,
        url=urls[0] if urls and urls[0] else None,
        url_parameters=_parameters(urls[0]) if urls else (),
    )


def _address(urls: list[str]) -> tuple[NotUnderstood, ...]:
    if not urls or not urls[0]:
        return (NotUnderstood("ExternalURL", "it is missing"),)
    if len(urls) > 1:
        return (_ELSEWHERE, NotUnderstood("ExternalURL", "there are several"))
    return (_ELSEWHERE,)


def _parameters(url: str) -> tuple[tuple[str, str], ...]:
    query = url.partition("#")[0].partition("?")[2]
    return tuple(parse_qsl(query, keep_blank_values=True))


def _variables(urls: list[str], height: str) -> tuple[str, ...]:
    """Velocity's bare `$name` is one where it is a parameter's whole value, too."""
    values = [value for url in urls for _, value in _parameters(url)]
    return variables_of_xml([*urls, *values, height])
