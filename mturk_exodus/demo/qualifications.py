"""The account's own qualification types, who has them, who asks for them, and who is blocked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mturk_exodus.demo import qualification_tests as tests
from mturk_exodus.demo.requirements import locale
from mturk_exodus.demo.texts import BLOCK_REASONS
from mturk_exodus.demo.wire import DAY, SECOND, between, epoch, moment, new_id, pick_workers
from mturk_exodus.demo.work import SEEN

if TYPE_CHECKING:
    from random import Random

    from mturk_exodus.demo.account import Account, WireRecord

COUNTRIES = ("US-CA", "US-NY", "DE", "JP", "BR", "IN")
BLOCKS = 14
WITHOUT_REASON = 5


@dataclass(frozen=True)
class Kind:
    """A qualification type: members beyond the usual ones, and how many have or want it."""

    key: str
    name: str
    description: str
    granted: int = 0
    revoked: int = 0
    requests: int = 0
    scores: tuple[int, ...] = (1,)
    members: dict[str, Any] = field(default_factory=dict)


_SCORED: dict[str, Any] = {
    "Keywords": "names, linguistics",
    "Test": tests.names_test(),
    "TestDurationInSeconds": 1200,
    "AnswerKey": tests.names_key(),
    "RetryDelayInSeconds": DAY // SECOND,
}
_UNSCORED: dict[str, Any] = {
    "Keywords": "translation, Übersetzung, 翻訳",
    "Test": tests.translation_test(),
    "TestDurationInSeconds": 3600,
}
_CLOSED = {"IsRequestable": False}
_AUTOMATIC = {"AutoGranted": True, "AutoGrantedValue": 50}
_INACTIVE = {"QualificationTypeStatus": "Inactive", "IsRequestable": False}

# More than a page of grants, exactly a page, a few, only revoked ones, and none.
KINDS = (
    Kind("participants", "Took part in 2026-114", "Do not recruit.", 137, 9, members=_CLOSED),
    Kind("translators", "Translators", "By hand & slow", 22, 3, 11, (5, 7, 9, 10), _UNSCORED),
    Kind("names-test", "Names: test", "Three questions.", 45, 1, 2, (0, 33, 67, 100), _SCORED),
    Kind("errors", "Errors so far", "Set by our scripts", 31, 2, 0, (0, 1, 2, 4, -1), _CLOSED),
    Kind("script-group", "Script group 文字", "1 to 4", 18, 0, 3, (1, 2, 3, 4)),
    Kind("attention", "Read the form", "For all who ask.", 100, 0, 0, (50,), _AUTOMATIC),
    Kind("residence", "Residence", "=country", 12, 1, members=_CLOSED),
    Kind("old", "Pilot 2025 (closed)", "Not in use.", 0, 5, members=_INACTIVE),
    Kind("unused", "Not used yet", "For a study that did not happen."),
)


def qualify(rng: Random, account: Account, pool: list[str]) -> dict[str, str]:
    """Puts qualification types, qualifications and requests into `account`.

    Returns:
        The ids of the qualification types by our names for them.
    """
    own: dict[str, str] = {}
    for kind in KINDS:
        record = _type_record(rng, kind)
        type_id = own[kind.key] = record["QualificationTypeId"]
        wanted = pick_workers(rng, pool, kind.granted + kind.revoked + kind.requests)
        account.qualification_types[type_id] = record
        holders, asking = wanted[kind.requests :], wanted[: kind.requests]
        account.qualifications[type_id] = [
            _qualification(rng, kind, type_id, worker, place)
            for place, worker in enumerate(holders)
        ]
        account.qualification_requests += [_request(rng, kind, type_id, one) for one in asking]
    return own


def blocks(rng: Random, pool: list[str]) -> list[WireRecord]:
    """Blocked workers; some without a Reason, some with an empty one."""
    records: list[WireRecord] = []
    for place, worker in enumerate(pick_workers(rng, pool, BLOCKS)):
        record: WireRecord = {"WorkerId": worker}
        if place % WITHOUT_REASON:
            record["Reason"] = BLOCK_REASONS[place % len(BLOCK_REASONS)]
        records.append(record)
    return records


def _type_record(rng: Random, kind: Kind) -> WireRecord:
    return {
        "QualificationTypeId": new_id(rng),
        "CreationTime": epoch(between(rng, moment(5, 2), moment(5, 19))),
        "Name": kind.name,
        "Description": kind.description,
        "QualificationTypeStatus": "Active",
        "IsRequestable": True,
        "AutoGranted": False,
        **kind.members,
    }


def _qualification(rng: Random, kind: Kind, type_id: str, worker: str, place: int) -> WireRecord:
    value: WireRecord = {"IntegerValue": rng.choice(kind.scores)}
    if kind.key == "residence":
        value = {"LocaleValue": locale(COUNTRIES[place % len(COUNTRIES)])}
    return {
        "QualificationTypeId": type_id,
        "WorkerId": worker,
        "GrantTime": epoch(between(rng, moment(5, 20), moment(9, 20))),
        **value,
        "Status": "Revoked" if place < kind.revoked else "Granted",
    }


def _request(rng: Random, kind: Kind, type_id: str, worker: str) -> WireRecord:
    record: WireRecord = {
        "QualificationRequestId": new_id(rng),
        "QualificationTypeId": type_id,
        "WorkerId": worker,
    }
    if "Test" in kind.members:
        scored = "AnswerKey" in kind.members
        answer = tests.names_answer if scored else tests.translation_answer
        record |= {"Test": kind.members["Test"], "Answer": answer(rng)}
    return record | {"SubmitTime": epoch(between(rng, moment(9, 1), SEEN))}
