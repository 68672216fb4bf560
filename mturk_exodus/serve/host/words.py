"""What a participant is told."""

from __future__ import annotations

from dataclasses import dataclass

from mturk_exodus.serve.host.desk import Reason


@dataclass(frozen=True)
class Words:
    """A page's heading, and what it says below."""

    heading: str
    text: str


_TAKEN = Words(
    "All places are taken at the moment",
    "Others are working on this task. A place may become free: you can try this link again later.",
)
OF_REFUSALS = {
    Reason.NOT_AN_ID: Words(
        "This link is not complete",
        "It does not say who you are in a way that we can read. Please open it again from where"
        " you found it.",
    ),
    Reason.BLOCKED: Words(
        "There is no task for you here", "The researchers have ended your part in this study."
    ),
    Reason.NO_SUCH_HIT: Words(
        "There is no such task", "It may have been taken down. Nothing was counted against you."
    ),
    Reason.NOT_OFFERED: Words(
        "This task is closed", "It is not offered any more. Nothing was counted against you."
    ),
    Reason.NO_PLACE: _TAKEN,
    Reason.DONE: Words("You have done this task", "Your answer is here. Thank you!"),
    Reason.TRIED: Words(
        "You have given this task back",
        "It can not be taken again, so that others have their turn.",
    ),
    Reason.NO_SUCH_ASSIGNMENT: Words(
        "We do not know this work", "Please open the link again from where you found it."
    ),
    Reason.PLACE_TAKEN: Words(
        "Your time was up, and the place is taken",
        "The answer came after the time for it, and somebody else has done the task since. It was"
        " not stored.",
    ),
    Reason.TOO_LONG: Words(
        "The answer is too long", "It was not stored. Please go back and shorten it."
    ),
}
FRONT = Words("Nothing to see here", "Tasks are opened by the links that lead to them.")
NO_SUCH_LINK = Words(
    "This link is not one of ours",
    "It may have been cut off or changed. Please open it again from where you found it.",
)
NOTHING_SENT = Words(
    "The HIT was not submitted correctly",
    "The page sent no answer, or not in the way in which answers are sent. Nothing was stored.",
)
TOO_LARGE = Words("The answer is too large", "Nothing was stored. Please go back and shorten it.")
TOO_MANY = Words(
    "So long an answer cannot be taken at the moment",
    "Nothing was stored. Please go back, and send it again in a minute.",
)
TOO_SLOW = Words("The answer did not arrive in time", "Nothing was stored. Please send it again.")
NOT_NOW = Words("We cannot do that at the moment", "Nothing is lost. Please try again in a minute.")
NOT_STORED = Words(
    "We cannot store anything at the moment",
    "Please stay on this page and try again in a minute. Your work is not lost.",
)
CANNOT_BE_SHOWN = Words(
    "This task cannot be shown here",
    "That is our fault, not yours. Nothing was counted against you.",
)
RETURNED = Words("You have given the task back", "Somebody else can do it now. Thank you.")
THANKS = Words("Thank you", "Your answer is stored. You can close this page.")
STORED = Words(
    "Your answer is stored",
    "If nothing happens by itself, open the link again from where you found it.",
)


def begin(count: int) -> str:
    """What the first page of a visit says.

    Args:
        count: the HITs of the visit.
    """
    several = f" There are up to {count} tasks, one after the other." if count > 1 else ""
    return f"Your time for the task begins when you press the button.{several}"
