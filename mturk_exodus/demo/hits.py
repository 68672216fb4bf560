"""HIT records: what a HIT type, a fate and a place in the type make of a HIT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mturk_exodus.demo.fates import OVER, RUNNING, Fate
from mturk_exodus.demo.wire import DAY, HOUR, SECOND, epoch, moment, new_id
from mturk_exodus.demo.work import SEEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from mturk_exodus.demo.account import WireRecord
    from mturk_exodus.demo.hit_types import HitType

MADE_WITHIN = 2 * DAY
BATCH_STEP = 137
"""The requester site makes the HITs of a batch one after the other, milliseconds apart."""

REVIEW_STATUSES = (
    "NotReviewed",
    "MarkedForReview",
    "NotReviewed",
    "ReviewedAppropriate",
    "ReviewedInappropriate",
)


@dataclass(frozen=True)
class Place:
    """Which of how many HITs of its type a HIT is, and which of the types that is."""

    index: int
    count: int
    type_index: int


def shared_members(rng: Random, kind: HitType, requirements: Sequence[WireRecord]) -> WireRecord:
    """The members that all HITs of a HIT type have in common; those of a batch share a layout."""
    members: WireRecord = {"HITTypeId": new_id(rng), "HITGroupId": new_id(rng)}
    if kind.batch:
        members["HITLayoutId"] = new_id(rng)
    members |= {"Title": kind.title, "Description": kind.description}
    if kind.keywords is not None:
        members["Keywords"] = kind.keywords
    return members | {
        "Reward": kind.reward,
        "AutoApprovalDelayInSeconds": kind.delay_days * DAY // SECOND,
        "AssignmentDurationInSeconds": kind.duration,
        "QualificationRequirements": list(requirements),
    }


def fate_of(kind: HitType, place: Place) -> Fate:
    """The fates of a HIT type come in turns; each type starts at another one."""
    if place.index < len(kind.first):
        return kind.first[place.index]
    fates = RUNNING if kind.running else OVER
    workers = kind.workers[place.index % len(kind.workers)]
    return fates[(place.index + place.type_index) % len(fates)](workers)


def lifetime(kind: HitType, place: Place) -> tuple[int, int]:
    """Creation and expiration of a HIT, in milliseconds."""
    step = BATCH_STEP if kind.batch else MADE_WITHIN // place.count
    created = moment(*kind.created, 14) + place.index * step
    if not kind.batch and place.index % 3:
        created -= created % SECOND
    return created, created + kind.lifetime_days * DAY


def acceptance(kind: HitType, created: int, expiration: int) -> tuple[int, int]:
    """When its assignments were accepted: such that all are in when the account is looked at."""
    last = min(expiration - SECOND, SEEN - 2 * HOUR - kind.duration * SECOND)
    return created + 30 * SECOND, last


def hit_record(
    rng: Random, kind: HitType, shared: WireRecord, place: Place, question: str
) -> WireRecord:
    """One HIT, with counters that agree with its fate."""
    fate = fate_of(kind, place)
    created, expiration = lifetime(kind, place)
    reviewed = fate.completed > 0 and not fate.submitted
    record = {"HITId": new_id(rng), **shared}
    record |= {
        "CreationTime": epoch(created),
        "Question": question,
        "HITStatus": fate.status,
        "MaxAssignments": fate.places,
        "Expiration": epoch(expiration),
        "HITReviewStatus": rng.choice(REVIEW_STATUSES) if reviewed else REVIEW_STATUSES[0],
        "NumberOfAssignmentsPending": fate.pending,
        "NumberOfAssignmentsAvailable": fate.available,
        "NumberOfAssignmentsCompleted": fate.completed,
    }
    if kind.annotation is not None:
        batch = kind.annotation if kind.batch else kind.annotation.format(place.index)
        record["RequesterAnnotation"] = batch
    return record
