"""Small accounts by chance, and the fewest calls that take an account."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

from mturk_exodus.demo.account import Account
from tests.fakes.mturk import add_hit, approve, expire, pay_bonus, reject, submit

if TYPE_CHECKING:
    from tests.fakes.mturk import FakeMTurk

PAGE = 100
REVIEWS = "ListReviewPolicyResultsForHIT"


def pages(records: int) -> int:
    """Calls for a list of unknown length: its end is an empty page."""
    return -(-records // PAGE) + 1 if records else 1


def submitted(hit: dict[str, int]) -> int:
    """How many assignments a HIT's counters promise."""
    taken = hit["NumberOfAssignmentsAvailable"] + hit["NumberOfAssignmentsPending"]
    return hit["MaxAssignments"] - taken


def minimum(account: Account) -> Counter[str]:
    """The fewest calls that an export of a whole account can make, review results left out."""
    granted = [
        sum(one["Status"] == status for one in account.qualifications.get(type_id, []))
        for type_id in account.qualification_types
        for status in ("Granted", "Revoked")
    ]
    calls = Counter(
        {
            "GetAccountBalance": 1,
            "ListHITs": pages(sum(h["HITStatus"] != "Disposed" for h in account.hits.values())),
            "ListWorkerBlocks": pages(len(account.worker_blocks)),
            "ListQualificationTypes": pages(len(account.qualification_types)),
            "ListQualificationRequests": pages(len(account.qualification_requests)),
            "ListWorkersWithQualificationType": sum(map(pages, granted)),
            "ListAssignmentsForHIT": sum(-(-submitted(h) // PAGE) for h in account.hits.values()),
            "ListBonusPayments": bonus_calls(account),
            "GetFileUploadURL": len(account.uploads),
        }
    )
    return +calls


def bonus_calls(account: Account) -> int:
    """One call per HIT with reviewed work, more where a page is full."""
    return sum(number // PAGE + 1 for number in _paid(account))


def _paid(account: Account) -> list[int]:
    return [
        len(account.bonus_payments.get(hit_id, []))
        for hit_id, hit in account.hits.items()
        if hit["NumberOfAssignmentsCompleted"] > 0
    ]


def assert_fewest(made: Counter[str], account: Account) -> None:
    """The calls are the minimum, and the proofs that a short page of bonuses is the last.

    A list of bonuses is followed to its empty page only if none as long has been before. One of
    several pages that brings two bonuses alike is read once more: a shift of pages looks like that.
    """
    least = minimum(account)
    proofs = made["ListBonusPayments"] - least["ListBonusPayments"]
    lengths = {number % PAGE for number in _paid(account)} - {0}
    twice = sum(
        pages(len(payments))
        for payments in account.bonus_payments.values()
        if len(payments) > PAGE and len({str(payment) for payment in payments}) < len(payments)
    )
    assert bool(lengths) <= proofs <= len(lengths) + twice
    assert made - Counter({"ListBonusPayments": proofs}) == least


def ok_calls(fake: FakeMTurk, *outcomes: str) -> Counter[str]:
    """The calls that brought something, by operation."""
    wanted = {"ok", *outcomes}
    return Counter(call.operation for call in fake.log if call.outcome in wanted)


def random_account(seed: int, hits: int = 12) -> Account:
    """HITs of every state with work, bonuses, people and blocks, never the same twice."""
    rng = Random(seed)  # noqa: S311 - an invented account holds no secrets
    account = Account(available_balance=f"{rng.randrange(10_000) / 100:.2f}")
    for number in range(hits):
        _add_random_hit(rng, account, f"H{number:03d}")
    for number in range(rng.choice([0, 1, 99, 100, 101])):
        account.worker_blocks.append({"WorkerId": f"B{number}", "Reason": "spam" * (number % 2)})
    for number in range(rng.randrange(4)):
        add_type(account, f"QT{number}", rng.choice([0, 3, 100, 130]), rng.choice([0, 2, 100]))
    return account


def _add_random_hit(rng: Random, account: Account, hit_id: str) -> None:
    most = rng.choice([1, 3, 9, 100, 101, 205])
    add_hit(account, hit_id, most, HITTypeId=f"T{rng.randrange(4)}")
    for number in range(rng.choice([0, most // 2, most])):
        assignment_id = f"A-{hit_id}-{number}"
        submit(account, hit_id, assignment_id, f"W{number}")
        decided = rng.random()
        if decided < 0.6:
            approve(account, assignment_id)
        elif decided < 0.8:
            reject(account, assignment_id)
        if decided < 0.4:
            for _ in range(rng.choice([1, 1, 2])):
                pay_bonus(account, assignment_id)
    if rng.random() < 0.3:
        expire(account, hit_id)


def add_type(account: Account, type_id: str, granted: int, revoked: int) -> None:
    """A qualification type with that many grants."""
    account.qualification_types[type_id] = {
        "QualificationTypeId": type_id,
        "CreationTime": 1_531_774_562.5,
        "Name": "Labels well",
        "QualificationTypeStatus": "Active",
    }
    account.qualifications[type_id] = [
        {
            "QualificationTypeId": type_id,
            "WorkerId": f"W{number}",
            "GrantTime": 1_531_774_562,
            "IntegerValue": number,
            "Status": "Granted" if number < granted else "Revoked",
        }
        for number in range(granted + revoked)
    ]


def worked(
    hit_id: str = "H1",
    assignments: int = 3,
    *,
    approved: int = 0,
    account: Account | None = None,
    **members: Any,  # noqa: ANN401 - a HIT's own
) -> Account:
    """An account with one more HIT, all of its assignments submitted, the first ones approved."""
    account = account or Account(available_balance="1.00")
    add_hit(account, hit_id, assignments, **members)
    for number in range(assignments):
        submit(account, hit_id, f"A-{hit_id}-{number}", f"W{number}")
    for number in range(approved):
        approve(account, f"A-{hit_id}-{number}")
    return account
