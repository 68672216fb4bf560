"""What a HIT type of the account is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mturk_exodus.demo.asking import Ask
    from mturk_exodus.demo.fates import Fate


@dataclass(frozen=True)
class HitType:
    """What the HITs of one HIT type share.

    Attributes:
        key: our name for it; requirements are looked up by it.
        ask: makes the questions.
        title: and the four after it are HIT members; keywords may be absent.
        duration: AssignmentDurationInSeconds.
        created: month and day on which its first HIT was made.
        lifetime_days: from creation to expiration.
        delay_days: AutoApprovalDelayInSeconds, in days.
        running: whether it still runs when the account is looked at.
        share: how many HITs it has, relative to the others.
        workers: MaxAssignments of its HITs, which take turns.
        annotation: RequesterAnnotation; `{}` stands for the HIT's place in the type.
        batch: whether the requester site made it, from a layout.
        first: fates of its first HITs.
        policies: review policies, "assignment" and "hit".
    """

    key: str
    ask: Ask
    title: str
    description: str
    keywords: str | None
    reward: str
    duration: int
    created: tuple[int, int]
    lifetime_days: int = 7
    delay_days: int = 3
    running: bool = False
    share: int = 2
    workers: tuple[int, ...] = (3,)
    annotation: str | None = None
    batch: bool = False
    first: tuple[Fate, ...] = ()
    policies: tuple[str, ...] = ()
