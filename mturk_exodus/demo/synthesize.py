"""Puts the whole account together from one seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from mturk_exodus.demo.account import Account
from mturk_exodus.demo.answers import Uploaded
from mturk_exodus.demo.bonuses import bonuses
from mturk_exodus.demo.catalogue import CATALOGUE, shares
from mturk_exodus.demo.hits import (
    Place,
    acceptance,
    fate_of,
    hit_record,
    lifetime,
    shared_members,
)
from mturk_exodus.demo.qualifications import blocks, qualify
from mturk_exodus.demo.requirements import requirements
from mturk_exodus.demo.reviews import review
from mturk_exodus.demo.wire import new_id, worker_ids
from mturk_exodus.demo.work import Workforce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mturk_exodus.demo.account import WireRecord
    from mturk_exodus.demo.hit_types import HitType
    from mturk_exodus.demo.work import Work

WORKERS = 640
BALANCE = "1284.37"
GENEROUS_FROM = 180
"""HITs with that much reviewed work get more than a page of bonuses."""


def synthesize(seed: int = 2005, hits: int = 300) -> Account:
    """A requester account as the API would have shown it on 2026-09-21, 12:00 UTC.

    From 120 HITs on it holds at least one of everything that the data structures of the MTurk API
    reference allow and that an export has to survive. What MTurk stopped accepting in 2017
    (uploads, Flash and Java in a QuestionForm) is in it too, because archives hold it.

    Args:
        seed: the same seed gives the same account, to the byte.
        hits: how many HITs ListHITs gives.
    """
    rng = Random(seed)  # noqa: S311 - an invented account holds no secrets
    making = _Making(rng)
    own = qualify(rng, making.account, making.workforce.pool)
    guards = requirements(own, foreign=new_id(rng))
    for type_index, (kind, count) in enumerate(zip(CATALOGUE, shares(hits), strict=True)):
        shared = shared_members(rng, kind, guards.get(kind.key, []))
        for index in range(count):
            making.add_hit(kind, shared, Place(index, count, type_index))
    return making.finish()


class _Making:
    """An account while it is being put together."""

    def __init__(self, rng: Random) -> None:
        self.account = Account(available_balance=BALANCE)
        self.workforce = Workforce(rng, worker_ids(rng, WORKERS))
        self._rng = rng

    def add_hit(self, kind: HitType, shared: WireRecord, place: Place) -> None:
        """A HIT with all that hangs on it."""
        asked = kind.ask(self._rng, place.index)
        hit = hit_record(self._rng, kind, shared, place, asked.question)
        window = acceptance(kind, *lifetime(kind, place))
        works = self.workforce.work_on(hit, fate_of(kind, place), asked.answer, window)
        hit_id = hit["HITId"]
        self.account.hits[hit_id] = hit
        self.account.assignments[hit_id] = [work.record for work in works]
        self.account.bonus_payments[hit_id] = self._bonuses(works)
        if kind.policies:
            results = review(self._rng, hit, works, kind.policies)
            self.account.review_policy_results[hit_id] = results
        self._keep_uploads(works)

    def finish(self) -> Account:
        """The account, with blocks, and its HITs by CreationTime."""
        account = self.account
        account.worker_blocks = blocks(self._rng, self.workforce.pool)
        account.hits = dict(sorted(account.hits.items(), key=lambda it: it[1]["CreationTime"]))
        return account

    def _bonuses(self, works: Sequence[Work]) -> list[WireRecord]:
        reviewed = [one.record for one in works if one.record["AssignmentStatus"] != "Submitted"]
        return bonuses(self._rng, reviewed, generous=len(reviewed) >= GENEROUS_FROM)

    def _keep_uploads(self, works: Sequence[Work]) -> None:
        for work in works:
            for one in work.given:
                if isinstance(one, Uploaded):
                    self.account.uploads[work.record["AssignmentId"], one.name] = one.content
