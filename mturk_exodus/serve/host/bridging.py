"""The page on which a participant redeems a token: who that was at MTurk, nobody is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from mturk_exodus.bridge import Bridge, Redemption, read, spelled
from mturk_exodus.serve.host import html, words
from mturk_exodus.serve.host.bodies import BadBody, Bodies
from mturk_exodus.serve.host.desk import Reason, Visit
from mturk_exodus.serve.host.desk.ids import is_visit
from mturk_exodus.serve.host.html import WayOn
from mturk_exodus.serve.host.links import is_signed, signature
from mturk_exodus.serve.host.panels import SIGNATURE, Panel
from mturk_exodus.serve.host.replies import no_such_link
from mturk_exodus.serve.host.words import Words

TOKEN = "token"  # noqa: S105 - the name of a field
_PURPOSE = "bridge"
_FINISH = "Finish"
_WAY_OUT = "I have no invitation code"
_WAIT_SECONDS = 3_600
_UNSOUND, _CONFLICT, _TOO_MANY = 422, 409, 429
_STATUS = {
    Redemption.UNKNOWN: _UNSOUND,
    Redemption.TAKEN: _CONFLICT,
    Redemption.HAS_ANOTHER: _CONFLICT,
    Redemption.TOO_OFTEN: _TOO_MANY,
}


class InThread(Protocol):
    """Runs work that waits in a thread, as `lines.Line.run`."""

    def __call__(self, work: Callable[[], Any], /) -> Awaitable[Any]:
        """What the work returns."""
        ...


def study_link(origin: str, key: bytes, panel: Panel) -> str:
    """The link of a study in which tokens are redeemed, with the panel's placeholders.

    Args:
        origin: where participants come to.
        key: the bridge's.
        panel: where they come from.
    """
    asked = urlencode(panel.link_parameters(), safe="{}%")
    return f"{origin}{_path(key)}?{asked}"


def personal_link(origin: str, key: bytes, token: str) -> str:
    """A link that shows a token and says what to do with it; nothing can be redeemed there."""
    return f"{origin}{_path(key)}?{urlencode({TOKEN: token})}"


class Bridging:
    """The page.

    Args:
        path: of the bridge's file. While there is none, there is no page.
        panel: where participants come from.
        desk_key: of the panel's signatures.
        bodies: reads what is posted.
        in_thread: runs what waits for the file.
        clock: tells the time, with a zone.
    """

    def __init__(
        self,
        path: Path,
        panel: Panel,
        desk_key: bytes,
        bodies: Bodies,
        in_thread: InThread,
        clock: Callable[[], datetime],
    ) -> None:
        self._path = path
        self._panel = panel
        self._desk_key = desk_key
        self._bodies = bodies
        self._in_thread = in_thread
        self._clock = clock

    async def page(self, request: Request) -> Response:
        """Show the page, or take what it posts."""
        signed = request.path_params["signed"]
        bridge = await self._in_thread(partial(self._opened, signed))
        if bridge is None:
            return no_such_link()
        asked = request.query_params
        visit = self._panel.visit(asked, self._desk_key)
        token = read(asked.get(TOKEN, ""))
        if visit is None:
            is_forged = SIGNATURE in asked or request.method == "POST"
            return no_such_link() if is_forged else _told(token)
        if not is_visit(visit):
            return html.words_page(words.OF_REFUSALS[Reason.NOT_AN_ID], status=_UNSOUND)
        address = self._panel.address(request.url.path, asked, self._desk_key)
        if request.method != "POST":
            return self._asked(address, visit, token)
        return await self._redeemed(request, bridge, address, visit)

    def _opened(self, signed: str) -> Bridge | None:
        """The bridge, if the link is signed with its key."""
        if not self._path.exists():
            return None
        bridge = Bridge.open(self._path)
        return bridge if is_signed(bridge.key, _PURPOSE, "", signed) else None

    async def _redeemed(
        self, request: Request, bridge: Bridge, address: str, visit: Visit
    ) -> Response:
        async with self._bodies.posted(request) as posted:
            said = None if isinstance(posted, BadBody) else dict(posted).get(TOKEN, "")
        token = None if said is None else read(said)
        if token is None:
            return self._asked(address, visit, None, NO_CODE, _UNSOUND)
        redeem = partial(bridge.redeem, token, visit.worker_id, visit.panel or "", self._clock())
        outcome: Redemption = await self._in_thread(redeem)
        if not outcome.is_done:
            reply = self._asked(address, visit, token, OF_REDEMPTIONS[outcome], _STATUS[outcome])
            if outcome is Redemption.TOO_OFTEN:
                reply.headers["Retry-After"] = str(_WAIT_SECONDS)
            return reply
        completed = self._panel.completed(visit)
        return html.words_page(KNOWN, ways_on=[WayOn(completed, _FINISH)] if completed else [])

    def _asked(
        self,
        address: str,
        visit: Visit,
        token: str | None,
        wrong: str | None = None,
        status: int = 200,
    ) -> Response:
        """The page with its field, and what was wrong with what stood in it."""
        way_out = self._panel.way_out(visit)
        return html.field_page(
            ASKED,
            html.Field(TOKEN, _LABEL, spelled(token) if token else "", wrong, _BUTTON),
            address,
            status=status,
            ways_on=[WayOn(way_out, _WAY_OUT)] if way_out else [],
        )


def _path(key: bytes) -> str:
    return f"/bridge/{signature(key, _PURPOSE, '')}"


def _told(token: str | None) -> Response:
    """For who comes without a panel: the token, and where it is entered."""
    if token is None:
        return html.words_page(NOT_FROM_A_PANEL)
    return html.words_page(Words("Your invitation code", WHERE_TO.format(spelled(token))))


_LABEL = "Your invitation code"
_BUTTON = "That was me"
ASKED = Words(
    "Have you worked for us on Amazon Mechanical Turk?",
    "Then we have given you an invitation code: 20 letters and digits. With it we know that you"
    " are the same person, and what you were qualified for there counts for the tasks that we show"
    " you here; so does it if we had ended our work with you. Whether you enter it is up to you."
    " Please do not enter a worker id of Mechanical Turk, or your name: we do not need them here,"
    " and the code has neither in it.",
)
KNOWN = Words(
    "Thank you, we know you now",
    "Your invitation code is redeemed. It counts for you alone, and need not be entered again. If"
    " you want us to forget who you were, write to us.",
)
NO_CODE = (
    "That is not an invitation code, and we have not kept it. A code has 20 letters and digits, in"
    " four groups. Please copy it from your invitation."
)
OF_REDEMPTIONS = {
    Redemption.UNKNOWN: "We do not know this code. Please compare it with your invitation.",
    Redemption.TAKEN: "Somebody has redeemed this code before you. If you have not given it to"
    " anybody, please write to us.",
    Redemption.HAS_ANOTHER: "You have redeemed another code, and that one counts.",
    Redemption.TOO_OFTEN: "There were too many codes that we do not know. Please try again in an"
    " hour; yours is still good.",
}
NOT_FROM_A_PANEL = Words(
    "This page is opened from a study",
    "Please open the study where you found it, and follow its link.",
)
WHERE_TO = (
    "{}. Please keep it to yourself. If you take part in our study on the platform that your"
    " invitation names, a page asks for this code. Nothing was sent or redeemed by opening this"
    " page."
)
