"""The page that a visitor gets, whatever came of the visit."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from mturk_exodus.serve.host import html, words
from mturk_exodus.serve.host.catalogue import Place, Work
from mturk_exodus.serve.host.desk import Assignment, Reason, Refused, Visit
from mturk_exodus.serve.host.html import WayOn
from mturk_exodus.serve.host.links import seal, signature, unseal
from mturk_exodus.serve.host.origins import origin_of
from mturk_exodus.serve.host.panels import Panel
from mturk_exodus.serve.host.visits import Given, NotGiven

PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
"""MTurk's assignmentId of a HIT that is looked at and not accepted."""
FRAME = "frame"
"""What the signature in a frame's address is for."""
_VISIT = "visit"
_UNTITLED = "A task"
_STATUS = {Reason.NO_SUCH_ASSIGNMENT: 404, Reason.NO_SUCH_HIT: 404, Reason.TOO_LONG: 413}
_CONFLICT = 409
_ENDED = (Reason.BLOCKED, Reason.NOT_AN_ID)
"""Who is told so has not come to the end of a visit, whatever was done."""


class Replies:
    """Pages for the visitors of a host.

    Args:
        panel: where they come from.
        place: where they are.
        key: the desk's.
    """

    def __init__(self, panel: Panel, place: Place, key: bytes) -> None:
        self._panel = panel
        self._place = place
        self._key = key

    def begin(self, title: str | None, count: int, address: str) -> Response:
        """Before anything is taken: programs that read people's mail open its links, too."""
        return html.begin_page(title or _UNTITLED, words.begin(count), address)

    def preview(self, work: Work) -> Response:
        """A HIT that nobody has accepted."""
        if work.frame.refused is not None:
            return html.words_page(words.CANNOT_BE_SHOWN, status=404)
        address, sources = self._frame(work, {"assignmentId": PREVIEW, "hitId": work.hit_id})
        return html.task_page(
            work.title or _UNTITLED,
            address,
            is_external=work.frame.url is not None,
            frame_sources=sources,
            task=None,
        )

    def task(self, given: Given, count: int, link: str) -> Response:
        """A HIT that is the visitor's.

        Args:
            given: the HIT, and whose it is.
            count: the HITs of the visit.
            link: opens the visit again.
        """
        assignment, work = given.assignment, given.work
        parameters = {
            "assignmentId": assignment.assignment_id,
            "hitId": work.hit_id,
            "workerId": assignment.worker_id,
            "turkSubmitTo": self._place.origin,
        }
        address, sources = self._frame(work, parameters)
        token = seal(self._key, _VISIT, [assignment.assignment_id, link])
        place = f"{given.number} of {count}" if count > 1 else None
        return html.task_page(
            work.title or _UNTITLED,
            address,
            is_external=work.frame.url is not None,
            frame_sources=sources,
            task=html.Task(token, given.seconds_left, place),
        )

    def named(self, token: str) -> tuple[str, str] | None:
        """The assignment and the link that a page of task() names; None if it is not ours."""
        named = unseal(self._key, _VISIT, token)
        return None if named is None else (named[0], named[1])

    def not_given(self, visit: Visit, came: NotGiven, *, is_several: bool) -> Response:
        """Why there is no HIT for a visitor; or the way on, if all of them are done."""
        if came.refused is None:
            way_out = self._way_out(visit)
            return html.words_page(words.CANNOT_BE_SHOWN, status=404, ways_on=way_out)
        if is_several and came.progress.is_complete and came.refused.reason not in _ENDED:
            return self.completed(visit)
        completed = self._panel.completed(visit)
        if came.refused.reason is Reason.DONE and came.progress.here > 0 and completed:
            # Who has done it in this very visit may have missed the way on.
            said = words.OF_REFUSALS[Reason.DONE]
            return html.words_page(said, ways_on=[WayOn(completed, "Finish")])
        return self.refusal(came.refused, visit)

    def refusal(self, refused: Refused, visit: Visit | None = None) -> Response:
        """Why nothing was done."""
        status = _STATUS.get(refused.reason, _CONFLICT)
        said = words.OF_REFUSALS[refused.reason]
        return html.words_page(said, status=status, ways_on=self._way_out(visit))

    def refused_answer(self, refused: Refused) -> Response:
        """Why an answer was not stored: for the frame, whose page around it knows the way on."""
        status = _STATUS.get(refused.reason, _CONFLICT)
        said = words.OF_REFUSALS[refused.reason]
        return html.framed_page(said, self._place.origin, status=status, is_done=False)

    def stored(self) -> Response:
        """For the frame; the page around it goes on."""
        return html.framed_page(words.STORED, self._place.origin, is_done=True)

    def again(self, assignment_id: str, posted: list[tuple[str, str]]) -> Response:
        """An answer that could not be stored, for its author to send once more."""
        others = [one for one in posted if one[0] != "assignmentId"]
        fields = [("assignmentId", assignment_id), *others]
        return html.again_page(words.NOT_STORED, self._place.origin, fields)

    def returned(self, assignment: Assignment, link: str, *, has_others: bool) -> Response:
        """A HIT was given back. A visit of several goes on with the next, if there is one."""
        ways_on = [WayOn(link, "Go on with the next task")] if has_others else []
        return html.words_page(words.RETURNED, ways_on=[*ways_on, *self._way_out(assignment.visit)])

    def completed(self, visit: Visit) -> Response:
        """Back to the panel, with its completion code."""
        address = self._panel.completed(visit)
        return html.words_page(words.THANKS) if address is None else redirect(address)

    def _way_out(self, visit: Visit | None) -> list[WayOn]:
        address = self._panel.way_out(visit)
        return [] if address is None else [WayOn(address, "Back to where you came from")]

    def _frame(self, work: Work, parameters: Mapping[str, str]) -> tuple[str, list[str]]:
        """The address of what is in the frame, and who may be in it."""
        origin, address = self._place.origin, work.frame.address(parameters)
        if address is not None:
            return address, [origin_of(address) or "'none'", *self._place.allowed_hosts, origin]
        signed = signature(self._key, FRAME, work.hit_id)
        return f"/frame/{work.hit_id}/{signed}?{urlencode(parameters)}", ["'self'", origin]


def is_of_several(link: str) -> bool:
    """Whether a link opens a visit of several HITs."""
    return link.startswith("/hits/")


def redirect(address: str) -> Response:
    """To be opened instead; nobody is told where from."""
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(address, 303, headers)


def no_such_link() -> Response:
    """It is not one of ours."""
    return html.words_page(words.NO_SUCH_LINK, status=404)
