"""Assignments: who accepted a HIT, what came back, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mturk_exodus.demo.answers import Given, answers_xml, has_astral
from mturk_exodus.demo.fates import REJECTED, REVERSED, SUBMITTED, Fate
from mturk_exodus.demo.texts import FEEDBACK, REJECTIONS
from mturk_exodus.demo.wire import (
    DAY,
    HOUR,
    SECOND,
    between,
    epoch,
    happens,
    moment,
    new_id,
    pick_workers,
)

if TYPE_CHECKING:
    from random import Random

    from mturk_exodus.demo.account import WireRecord
    from mturk_exodus.demo.asking import Answering

SEEN = moment(9, 21, 12)
"""When the account is looked at: nothing in it is later, but for deadlines."""


@dataclass(frozen=True)
class Work:
    """An assignment and the answers in it."""

    record: WireRecord
    given: tuple[Given, ...]
    submitted: int


class Workforce:
    """The workers, and what they do with a HIT."""

    def __init__(self, rng: Random, pool: list[str]) -> None:
        self.pool = pool
        self._rng = rng
        self._astral = 0

    def work_on(
        self, hit: WireRecord, fate: Fate, answer: Answering, window: tuple[int, int]
    ) -> list[Work]:
        """The assignments of a HIT by SubmitTime, each by another worker.

        Args:
            hit: the HIT.
            fate: which statuses they end in.
            answer: makes their answers.
            window: the first and last millisecond at which one can be accepted.
        """
        statuses = fate.statuses
        self._rng.shuffle(statuses)
        workers = pick_workers(self._rng, self.pool, len(statuses))
        works = [
            self._work(hit, worker, status, answer(self._rng), window)
            for worker, status in zip(workers, statuses, strict=True)
        ]
        return sorted(works, key=lambda work: work.submitted)

    def _work(
        self,
        hit: WireRecord,
        worker: str,
        status: str,
        given: tuple[Given, ...],
        window: tuple[int, int],
    ) -> Work:
        rng = self._rng
        duration = hit["AssignmentDurationInSeconds"] * SECOND
        accepted = between(rng, *window)
        submitted = between(rng, accepted + 4 * SECOND, accepted + duration * 9 // 10)
        approval_due = submitted + hit["AutoApprovalDelayInSeconds"] * SECOND
        record: WireRecord = {
            "AssignmentId": new_id(rng),
            "WorkerId": worker,
            "HITId": hit["HITId"],
            "AssignmentStatus": "Approved" if status == REVERSED else status,
            "AutoApprovalTime": epoch(approval_due),
            "AcceptTime": epoch(accepted),
            "SubmitTime": epoch(submitted),
            **_decided(rng, status, submitted, approval_due),
            "Deadline": epoch(accepted + duration),
            "Answer": self._written(given),
        }
        feedback = _feedback(rng, status)
        return Work(record | feedback, given, submitted)

    def _written(self, given: tuple[Given, ...]) -> str:
        """The answers as XML; every third with emoji comes from a client that thinks in UTF-16."""
        astral = has_astral(given)
        self._astral += astral
        return answers_xml(given, surrogates=astral and self._astral % 3 == 1)


def _decided(rng: Random, status: str, submitted: int, approval_due: int) -> WireRecord:
    last = min(approval_due, SEEN - HOUR)
    if status == SUBMITTED:
        return {}
    if status == REJECTED:
        return {"RejectionTime": epoch(between(rng, submitted + 1, last))}
    if status == REVERSED:
        rejected = between(rng, submitted + 1, (submitted + last) // 2)
        approved = between(rng, rejected + 1, min(rejected + 29 * DAY, SEEN - HOUR))
        return {"ApprovalTime": epoch(approved), "RejectionTime": epoch(rejected)}
    if approval_due <= SEEN and happens(rng, 0.4):
        return {"ApprovalTime": epoch(approval_due)}
    return {"ApprovalTime": epoch(between(rng, submitted + 1, last))}


def _feedback(rng: Random, status: str) -> WireRecord:
    if status == REJECTED:
        return {"RequesterFeedback": rng.choice(REJECTIONS)}
    if status != SUBMITTED and happens(rng, 0.15):
        return {"RequesterFeedback": rng.choice(FEEDBACK)}
    return {}
