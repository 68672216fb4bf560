"""The records of an account under the names of the tables that an archive has for them."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from tests.fakes.mturk_paging import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mturk_exodus.demo.account import Account, WireRecord


class Hits:
    """Every HIT. An account may have very many, so those given already are skipped quickly."""

    def __init__(self, account: Account) -> None:
        self._hits = account.hits

    def __iter__(self) -> Iterator[Entry]:
        for hit_id, hit in self._hits.items():
            yield Entry("hits", hit_id, hit, hit.get("HITStatus") != "Disposed")

    def shown_from(self, offset: int) -> Iterator[Entry]:
        """The listed ones but for the first `offset`."""
        hits = self._hits.items()
        shown = (pair for pair in hits if pair[1].get("HITStatus") != "Disposed")
        return (Entry("hits", *pair) for pair in islice(shown, offset, None))


def assignments_of(account: Account, hit_id: str) -> Iterator[Entry]:
    for each in account.assignments.get(hit_id, []):
        yield Entry("assignments", each["AssignmentId"], each)


def assignments(account: Account) -> Iterator[Entry]:
    for hit_id in account.assignments:
        yield from assignments_of(account, hit_id)


def bonus_payments_of(account: Account, hit_id: str) -> Iterator[Entry]:
    """The bonuses of a HIT. They have no id: an assignment's n-th one is (AssignmentId, "n")."""
    seen: Counter[str] = Counter()
    for each in account.bonus_payments.get(hit_id, []):
        assignment_id = each["AssignmentId"]
        yield Entry("bonus_payments", (assignment_id, str(seen[assignment_id])), each)
        seen[assignment_id] += 1


def qualification_types(types: dict[str, WireRecord]) -> Iterator[Entry]:
    for type_id, each in types.items():
        yield Entry("qualification_types", type_id, each)


def qualifications_of(account: Account, type_id: str) -> Iterator[Entry]:
    for each in account.qualifications.get(type_id, []):
        yield Entry("qualifications", (type_id, each["WorkerId"]), each)


def qualifications(account: Account) -> Iterator[Entry]:
    for type_id in account.qualifications:
        yield from qualifications_of(account, type_id)


def qualification_requests(account: Account) -> Iterator[Entry]:
    for each in account.qualification_requests:
        yield Entry("qualification_requests", each["QualificationRequestId"], each)


def worker_blocks(account: Account) -> Iterator[Entry]:
    for each in account.worker_blocks:
        yield Entry("worker_blocks", each["WorkerId"], each)


def review_items_of(account: Account, hit_id: str) -> Iterator[Entry]:
    """Results before actions, the assignments' level before the HIT's."""
    policies = account.review_policy_results.get(hit_id, {})
    for report in ("AssignmentReviewReport", "HITReviewReport"):
        for member in ("ReviewResults", "ReviewActions"):
            for index, each in enumerate(policies.get(report, {}).get(member, [])):
                yield Entry(
                    "review_policy_results", (f"{hit_id}/{report}/{member}", str(index)), each
                )


TABLES: dict[str, Callable[[Account], Iterable[Entry]]] = {
    "hits": Hits,
    "assignments": assignments,
    "qualification_types": lambda account: qualification_types(account.qualification_types),
    "qualifications": qualifications,
    "qualification_requests": qualification_requests,
    "worker_blocks": worker_blocks,
}
"""Records that have a key of their own."""

LISTS_OF_HIT: dict[str, Callable[[Account, str], Iterable[Entry]]] = {
    "bonus_payments": bonus_payments_of,
    "review_policy_results": review_items_of,
}
"""Records that have none, by the HIT that they belong to."""
