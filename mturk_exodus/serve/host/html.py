"""The pages that a participant sees around a task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import NamedTuple

from starlette.responses import HTMLResponse, Response

from mturk_exodus.questions.showing import SANDBOX
from mturk_exodus.serve.host.words import Words

FILES = {
    "visitor.css": "text/css",
    "visitor.js": "text/javascript",
    "submitted.js": "text/javascript",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
_SHUT = "default-src 'none'; base-uri 'none'; "
_OF_EXTERNAL = f"{SANDBOX} allow-popups allow-same-origin"
"""Another site's page has an origin of its own, and may keep it: it is not ours."""


class Task(NamedTuple):
    """A participant's task.

    Attributes:
        token: names it, for what comes after.
        seconds_left: for it.
        place: `2 of 10`, in a visit of several HITs.
    """

    token: str
    seconds_left: int
    place: str | None = None


class WayOn(NamedTuple):
    """Where a participant may go from a page.

    Attributes:
        address: of what comes next.
        says: what its link says.
    """

    address: str
    says: str


class Field(NamedTuple):
    """A text that a participant is asked for.

    Attributes:
        name: under which it is posted.
        label: what it is.
        value: what stands in it already.
        wrong: what was wrong with what was sent; None if nothing was.
        button: what its button says.
    """

    name: str
    label: str
    value: str
    wrong: str | None
    button: str


def begin_page(title: str, text: str, address: str) -> Response:
    """The first page of a visit.

    Args:
        title: of the HITs.
        text: what comes.
        address: what the button posts to.
    """
    body = (
        f'<main>{_said(Words(title, text))}<form method="post" action="{escape(address)}">'
        "<button>Begin</button></form></main>"
    )
    return _page(title, body, "form-action 'self'; frame-ancestors 'none'")


def task_page(
    title: str, address: str, *, is_external: bool, frame_sources: Iterable[str], task: Task | None
) -> Response:
    """A task in its frame.

    Args:
        title: the HIT's.
        address: of what is in the frame.
        is_external: whether that is another site's.
        frame_sources: who may be in the frame.
        task: the participant's; None for a preview.
    """
    data, head = "", '<p class="note">This is a preview: nothing can be submitted.</p>'
    if task is not None:
        data = f' data-after="/after/{task.token}" data-seconds="{task.seconds_left}"'
        head = (
            (f"<p>{escape(task.place)}</p>" if task.place else "")
            + f'<p id="left"></p><form method="post" action="/return/{task.token}">'
            + "<button>Give it back</button></form>"
        )
    body = (
        f"<header><h1>{escape(title)}</h1>{head}</header>"
        '<p class="note" id="over" role="status" hidden>The time for this task is up. You can still'
        " submit it, as long as nobody else has taken it.</p>"
        f'<iframe title="The task" sandbox="{_OF_EXTERNAL if is_external else SANDBOX}"'
        f' src="{escape(address)}" allow="autoplay; fullscreen"></iframe>'
    )
    policy = (
        f"script-src 'self'; frame-src {' '.join(frame_sources)}; form-action 'self';"
        " frame-ancestors 'none'"
    )
    return _page(title, body, policy, data=data, script="visitor.js")


def field_page(
    words: Words, field: Field, address: str, *, status: int = 200, ways_on: Sequence[WayOn] = ()
) -> Response:
    """A page that asks for one text.

    Args:
        words: what is said before.
        field: what is asked for.
        address: what the button posts to.
        status: of HTTP.
        ways_on: what may be opened instead.
    """
    wrong, told = "", ""
    if field.wrong is not None:
        wrong = f'<p class="wrong" id="wrong" role="alert">{escape(field.wrong)}</p>'
        told = ' aria-invalid="true" aria-describedby="wrong" autofocus'
    form = (
        f'<form method="post" action="{escape(address)}" accept-charset="UTF-8">{wrong}'
        f'<p><label for="field">{escape(field.label)}</label>'
        f'<input id="field" name="{escape(field.name)}" value="{escape(field.value)}" required'
        f' maxlength="100" autocomplete="off" autocapitalize="characters" spellcheck="false"{told}>'
        f"</p><button>{escape(field.button)}</button></form>"
    )
    body = f"<main>{_said(words)}{form}{_links(ways_on)}</main>"
    title = words.heading if field.wrong is None else f"Error: {words.heading}"
    return _page(title, body, "form-action 'self'; frame-ancestors 'none'", status=status)


def words_page(
    words: Words,
    *,
    status: int = 200,
    ways_on: Sequence[WayOn] = (),
    in_a_frame: bool = False,
) -> Response:
    """A few words, and where to go from here.

    Args:
        words: what is said.
        status: of HTTP.
        ways_on: what may be opened next.
        in_a_frame: whether it may stand in the frame of a task.
    """
    body = f"<main>{_said(words)}{_links(ways_on)}</main>"
    policy = "form-action 'self'" + ("" if in_a_frame else "; frame-ancestors 'none'")
    return _page(words.heading, body, policy, status=status)


def framed_page(words: Words, origin: str, *, is_done: bool, status: int = 200) -> Response:
    """What the frame shows of an answer. It leads nowhere by itself: how a visit goes on, the page
    around the frame knows.

    Args:
        words: what is said.
        origin: the host's.
        is_done: whether to go on at once, rather than when the participant has read it.
        status: of HTTP.
    """
    body = f'<main>{_said(words)}<p><button id="next" hidden>Go on</button></p></main>'
    data = " data-done" if is_done else ""
    policy = f"script-src {origin}; form-action 'none'"
    return _page(
        words.heading,
        body,
        policy,
        data=data,
        status=status,
        origin=origin,
        script="submitted.js",
    )


def again_page(words: Words, origin: str, posted: Sequence[tuple[str, str]]) -> Response:
    """The answer once more, to be sent again: what could not be stored is not lost."""
    fields = "".join(
        f'<textarea name="{escape(name)}" hidden>\n{escape(value)}</textarea>'
        for name, value in posted
    )
    body = (
        f'<main>{_said(words)}<form method="post" action="{origin}/mturk/externalSubmit"'
        f' accept-charset="UTF-8">{fields}<button>Send my answer again</button></form></main>'
    )
    return _page(words.heading, body, f"form-action {origin}", origin=origin, status=503)


@cache
def file(name: str) -> bytes:
    """One of FILES."""
    return (resources.files("mturk_exodus.serve.host") / "pages" / name).read_bytes()


def _said(words: Words) -> str:
    return f"<h1>{escape(words.heading)}</h1><p>{escape(words.text)}</p>"


def _links(ways_on: Sequence[WayOn]) -> str:
    return "".join(
        f'<p><a class="button" href="{escape(way.address)}">{escape(way.says)}</a></p>'
        for way in ways_on
    )


def _page(
    title: str,
    body: str,
    policy: str,
    *,
    data: str = "",
    script: str | None = None,
    origin: str = "",
    status: int = 200,
) -> Response:
    """A page of ours. In a sandboxed frame 'self' is nobody, so the origin stands there."""
    told = f'<script defer src="{origin}/pages/{script}"></script>' if script else ""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{origin}/pages/visitor.css">{told}</head>'
        f"<body{data}>{body}</body></html>"
    )
    policy = f"{_SHUT}style-src {origin or chr(39) + 'self' + chr(39)}; {policy}"
    return HTMLResponse(text, status, {**_HEADERS, "Content-Security-Policy": policy})
