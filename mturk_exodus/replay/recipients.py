"""Whom the bonuses of a file are for: by assignment, by submission, or by participant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mturk_exodus.archive.payments import Line
from mturk_exodus.archive.sessions import Sessions
from mturk_exodus.errors import BonusesUnreadable
from mturk_exodus.replay.bonus_file import Wanted
from mturk_exodus.replay.offers import Recipient

_MOST_NAMED = 10
_UNKNOWN = "who stands in {} has no submission there"
_SEVERAL = "who stands in {} has several submissions there; name the one by its id"
_OTHERS = (
    "the assignment of {} was worked on under the id of a submission that is another"
    " participant's, so that it is not known whom to pay; look into it, and name a submission"
)
_TWICE = (
    "who stands in {} stands in another line under another id, with the same amount and reason; if"
    " both are meant, give one line with the sum, or another reason"
)
_WRONG = (_UNKNOWN, _SEVERAL, _OTHERS, _TWICE)


def addressed(
    wanted: Sequence[Wanted], recipients: Iterable[Recipient], sessions: Sessions
) -> list[Line]:
    """A line for each bonus.

    Args:
        wanted: from the file.
        recipients: everyone who can be paid for the offer.
        sessions: in which the archive's assignments were worked on.

    Raises:
        BonusesUnreadable: somebody is not among the recipients, or has several submissions, or
            stands in two lines under two ids; or an assignment was worked on in a visit that
            is another participant's.
    """
    there = _There(recipients, sessions)
    lines: list[Line] = []
    named: dict[Line, set[str | None]] = {}
    wrong: dict[str, list[int]] = {why: [] for why in _WRONG}
    for bonus in wanted:
        found = there.sessions_of(bonus.name)
        if isinstance(found, str):
            wrong[found].append(bonus.number)
            continue
        session_id, assignment_id = found
        line = Line(session_id, bonus.amount, bonus.reason, assignment_id)
        if _is_twice(assignment_id, named.setdefault(line._replace(assignment_id=None), set())):
            wrong[_TWICE].append(bonus.number)
        lines.append(line)
    for why, several in wrong.items():
        if several:
            raise BonusesUnreadable(f"nothing was paid: {why.format(_numbered(several))}")
    return lines


def _is_twice(assignment_id: str | None, named: set[str | None]) -> bool:
    """Whether a visit's bonus stood in an earlier line: for the same assignment, or in either line
    for the visit as a whole.
    """
    found = assignment_id in named or None in named or (assignment_id is None and bool(named))
    named.add(assignment_id)
    return found


class _There:
    """Who can be paid, by submission and by participant."""

    def __init__(self, recipients: Iterable[Recipient], sessions: Sessions) -> None:
        self._sessions = sessions
        self._workers: dict[str, str] = {}
        self._of_workers: dict[str, list[str]] = {}
        for one in recipients:
            if one.session_id not in self._workers:
                self._workers[one.session_id] = one.worker_id
                self._of_workers.setdefault(one.worker_id, []).append(one.session_id)

    def sessions_of(self, name: str) -> tuple[str, str | None] | str:
        """A submission with the assignment, if one is named or there is but one; or what is
        wrong.
        """
        worked = self._sessions.of_assignment(name)
        if worked is None:
            found = [name] if name in self._workers else self._of_workers.get(name, [])
            if len(found) != 1:
                return _SEVERAL if found else _UNKNOWN
            return found[0], self._only_assignment(found[0])
        if worked.session_id not in self._workers:
            return _UNKNOWN
        is_hers = worked.worker_id == self._workers[worked.session_id]
        return (worked.session_id, name) if is_hers else _OTHERS

    def _only_assignment(self, session_id: str) -> str | None:
        worked = [
            one
            for one in self._sessions.worked(session_id)
            if one.worker_id == self._workers[session_id]
        ]
        return worked[0].assignment_id if len(worked) == 1 else None


def _numbered(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(one) for one in numbers[:_MOST_NAMED])
    more = f" and {len(numbers) - _MOST_NAMED:,} more" if len(numbers) > _MOST_NAMED else ""
    return f"line{'' if len(numbers) == 1 else 's'} {shown}{more}"
