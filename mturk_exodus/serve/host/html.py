"""The pages that a participant sees around a task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib import resources

from starlette.responses import HTMLResponse, Response

from mturk_exodus.serve.host.desk import Assignment
from mturk_exodus.serve.host.frames import SANDBOX
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


def task_page(
    title: str,
    address: str,
    *,
    is_external: bool,
    frame_sources: Iterable[str],
    assignment: Assignment | None,
    token: str = "",
    place: str | None = None,
) -> Response:
    """A task in its frame.

    Args:
        title: the HIT's.
        address: of what is in the frame.
        is_external: whether that is another site's.
        frame_sources: who may be in the frame.
        assignment: the participant's; None for a preview.
        token: names the visit, for what comes after.
        place: `2 of 10`, in a visit of several HITs.
    """
    data, head = "", '<p class="note">This is a preview: nothing can be submitted.</p>'
    if assignment is not None:
        data = f' data-after="/after/{token}" data-deadline="{assignment.deadline.isoformat()}"'
        head = (
            (f"<p>{escape(place)}</p>" if place else "")
            + '<p id="left"></p>'
            + f'<form method="post" action="/return/{token}"><button>Give it back</button></form>'
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


def words_page(
    words: Words,
    *,
    status: int = 200,
    way_out: str | None = None,
    way_out_says: str = "Back to where you came from",
    in_a_frame: bool = False,
) -> Response:
    """A few words, and where to go from here.

    Args:
        words: what is said.
        status: of HTTP.
        way_out: an address.
        way_out_says: what its link says.
        in_a_frame: whether it may stand in the frame of a task.
    """
    link = f'<p><a class="button" href="{escape(way_out or "")}">{escape(way_out_says)}</a></p>'
    body = f"<main>{_said(words)}{link if way_out else ''}</main>"
    policy = "form-action 'self'" + ("" if in_a_frame else "; frame-ancestors 'none'")
    return _page(words.heading, body, policy, status=status)


def submitted_page(words: Words, origin: str) -> Response:
    """What the frame shows when an answer is stored. It leads nowhere by itself: how a visit goes
    on, the page around the frame knows.
    """
    body = f'<main>{_said(words)}<p><button id="next" hidden>Go on</button></p></main>'
    policy = f"script-src {origin}; form-action 'none'"
    return _page(words.heading, body, policy, origin=origin, script="submitted.js")


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
