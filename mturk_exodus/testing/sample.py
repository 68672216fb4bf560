"""An account that holds one of everything, each thing as hostile as MTurk lets it be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mturk_exodus import records
from mturk_exodus.archive import tables
from mturk_exodus.archive.tables import HIT_TYPE_COLUMNS, Table
from mturk_exodus.records import Value
from mturk_exodus.testing import documents
from mturk_exodus.testing.hostile import Values

Wire = dict[str, Any]

UPLOADED = "Upload.Content"


class Told(NamedTuple):
    """A record that an archive is told.

    Attributes:
        table: where it belongs.
        wire: in MTurk's own words.
        context: what only the one knows who stores it.
    """

    table: Table
    wire: Wire
    context: Mapping[str, Value] = {}

    def value(self, column: str) -> Value:
        """What the archive's column holds."""
        return records.values(self.table.record, self.wire)[column]


@dataclass(frozen=True)
class Sample:
    """What goes into an archive.

    Attributes:
        seed: two samples of different seeds have no id in common.
        changed: fields whose values are others than in the sample without them.
        is_later: whether time has passed.
        told: records.
        uploads: files by assignment and question.
    """

    seed: int
    changed: frozenset[str]
    is_later: bool
    told: tuple[Told, ...]
    uploads: Mapping[tuple[str, str], bytes]

    def of(self, record: type[Any]) -> Iterator[Told]:
        """Its records of a kind."""
        return (one for one in self.told if one.table.record is record)

    def worker_ids(self) -> set[str]:
        """Every worker that any of its records names."""
        return {one.wire["WorkerId"] for one in self.told if one.wire.get("WorkerId")}

    def hit_of(self, one: Told) -> str | None:
        """The HIT that a record belongs to."""
        named = one.wire.get("HITId")
        if named is None and "AssignmentId" in one.wire:
            wires = (other.wire for other in self.of(records.Assignment))
            named = next(
                wire["HITId"] for wire in wires if wire["AssignmentId"] == one.wire["AssignmentId"]
            )
        return None if named is None else str(named)


def everything(
    seed: int = 0, changed: frozenset[str] = frozenset(), *, later: bool = False
) -> Sample:
    """One of every kind of record, with a hostile value in every field.

    Args:
        seed: another one gives another account.
        changed: fields (`HIT.Title`) whose values are others than without them.
        later: the same account a while after: there is more work, and some of it was reviewed.
    """
    values = Values(seed, changed | _CHANGES if later else changed)
    account = _Account(values, (*_WORK, *_MORE_WORK) if later else _WORK)
    told = (
        *account.hits(),
        *account.qualifications(),
        *account.assignments(),
        *account.bonuses(),
        *account.review_reports(),
        *account.account(),
    )
    return Sample(seed, changed, later, told, account.uploads())


_CHANGES = frozenset(
    {
        "HIT.HITStatus",
        "HIT.HITReviewStatus",
        "HIT.RequesterAnnotation",
        "Assignment.AssignmentStatus",
        "Assignment.RequesterFeedback",
        "Qualification.IntegerValue",
        "WorkerBlock.Reason",
        "WorkerDetail.LifetimeSubmitted",
    }
)
"""What changes at MTurk after an export."""

_WORK = ((1, 1, 1), (2, 1, 2), (3, 1, 3), (4, 2, 1), (5, 3, 2), (6, 4, 3))
"""Assignment, HIT, worker."""

_MORE_WORK = ((7, 7, 1), (8, 2, 4))

_TYPES = {1: 1, 2: 1, 3: 2, 4: 3, 5: 3, 7: 1}
"""HIT, HIT type. HIT 6 has none: of it nothing but its id is known."""

_BARE = 6

_NEW = 7
"""HIT 7 comes later."""

_UNDATED = 6
"""Of assignment 6 few times are known."""


class _Account:
    def __init__(self, values: Values, work: tuple[tuple[int, int, int], ...]) -> None:
        self.values = values
        self.work = work

    def id(self, member: str, number: int) -> str:
        return self.values.id(member, number)

    def wire(self, record: type[Any], number: int, **members: Any) -> Wire:  # noqa: ANN401 - JSON's
        """A record with all its members, but those that are None."""
        wire = {
            member.name: self.values.of(record, member, number)
            for _, member in records.members(record)
        }
        return {name: value for name, value in (wire | members).items() if value is not None}

    def hits(self) -> Iterator[Told]:
        """With a form in HTML (two, of one type), a QuestionForm, an external page, a question
        that nobody can read, and nothing at all.
        """
        for number in self.numbers():
            yield Told(tables.HITS, self.hit(number))
        yield Told(tables.HITS, {"HITId": self.id("HITId", _BARE)})

    def numbers(self) -> list[int]:
        """HITs that are known by more than their id."""
        return [hit for hit in _TYPES if hit != _NEW or any(one[1] == _NEW for one in self.work)]

    def hit(self, number: int) -> Wire:
        hit_type = _TYPES[number]
        work = [self.assignment(*one) for one in self.work if one[1] == number]
        open_, pending = 5_000 + 11 * number, 700 + 13 * number
        counted = {
            "MaxAssignments": len(work) + open_ + pending,
            "NumberOfAssignmentsAvailable": open_,
            "NumberOfAssignmentsPending": pending,
            "NumberOfAssignmentsCompleted": sum(
                one["AssignmentStatus"] != "Submitted" for one in work
            ),
        }
        return self.wire(
            records.HIT,
            number,
            **{name: self.nudged(f"HIT.{name}", value) for name, value in counted.items()},
            **self.of_type(hit_type),
            HITId=self.id("HITId", number),
            Question=documents.question(self.values, number),
            TemplateVariables=documents.variables(self.values, number),
        )

    def of_type(self, hit_type: int) -> Wire:
        """What all HITs of a type have in common."""
        members = records.members(records.HIT)
        common = {
            member.name: self.values.of(records.HIT, member, hit_type)
            for name, member in members
            if name in HIT_TYPE_COLUMNS
        }
        return common | {
            "QualificationRequirements": [
                {
                    "QualificationTypeId": self.id("QualificationTypeId", 1),
                    "Comparator": "In",
                    "IntegerValues": [
                        self.values.number("HIT.QualificationRequirements", hit_type)
                    ],
                    "ActionsGuarded": "DiscoverPreviewAndAccept",
                }
            ]
        }

    def nudged(self, name: str, value: int) -> int:
        return value + (name in self.values.changed)

    def assignment(self, number: int, hit: int, worker: int) -> Wire:
        """The first is approved, the second rejected, all others wait."""
        status = ("Approved", "Rejected")[number - 1] if number <= 2 else None  # noqa: PLR2004
        if status and "Assignment.AssignmentStatus" in self.values.changed:
            status = "Rejected" if status == "Approved" else "Approved"
        status = status or self.values.word("Assignment.AssignmentStatus")
        without = {"Approved": ["RejectionTime"], "Rejected": ["ApprovalTime"]}
        missing = without.get(status, ["RejectionTime", "ApprovalTime", "RequesterFeedback"])
        if number == _UNDATED:
            # The answer alone is known.
            missing = [
                "RequesterFeedback",
                "AcceptTime",
                "RejectionTime",
                "ApprovalTime",
                "Deadline",
            ]
        members: dict[str, Any] = dict.fromkeys(missing)
        return self.wire(
            records.Assignment,
            number,
            **members,
            AssignmentId=self.id("AssignmentId", number),
            HITId=self.id("HITId", hit),
            WorkerId=self.id("WorkerId", worker),
            AssignmentStatus=status,
            Answer=documents.answer(self.values, hit, number),
            AnswerDoubts={"rewritten": [self.values.text("Assignment.AnswerDoubts", number)]},
        )

    def assignments(self) -> Iterator[Told]:
        """Of three workers, and one that nothing is known of but its HIT."""
        for one in self.work:
            yield Told(tables.ASSIGNMENTS, self.assignment(*one))
        bare = {"AssignmentId": self.id("AssignmentId", 9), "HITId": self.id("HITId", _BARE)}
        yield Told(tables.ASSIGNMENTS, bare)

    def bonuses(self) -> Iterator[Told]:
        """Two that are alike in every member, and others."""
        for number, (assignment, hit, worker) in zip(
            (1, 1, 2, 3), _WORK[:1] * 2 + _WORK[1:3], strict=True
        ):
            wire = self.wire(
                records.BonusPayment,
                number,
                AssignmentId=self.id("AssignmentId", assignment),
                WorkerId=self.id("WorkerId", worker),
            )
            context: dict[str, Value] = {"hit_id": self.id("HITId", hit), "copy": 0}
            yield Told(tables.BONUS_PAYMENTS, wire, context)

    def review_reports(self) -> Iterator[Told]:
        """Of one HIT in two pages, of another in one."""
        for number, (hit, page) in enumerate(((1, 0), (1, 1), (3, 0)), 1):
            wire = self.wire(records.ReviewReport, number, HITId=self.id("HITId", hit))
            yield Told(tables.REVIEW_REPORTS, wire, {"hit_id": wire["HITId"], "page": page})

    def qualifications(self) -> Iterator[Told]:
        """Types, and what workers have of them; a place is a value, too."""
        for number in (1, 2):
            yield Told(tables.QUALIFICATION_TYPES, self.wire(records.QualificationType, number))
        for number, kind, worker in ((1, 1, 1), (2, 1, 2), (3, 2, 1)):
            wire = self.wire(
                records.Qualification,
                number,
                QualificationTypeId=self.id("QualificationTypeId", kind),
                WorkerId=self.id("WorkerId", worker),
            )
            yield Told(tables.QUALIFICATIONS, wire)
        yield Told(tables.QUALIFICATION_REQUESTS, self.wire(records.QualificationRequest, 4))

    def account(self) -> Iterator[Told]:
        """What is the account's, and what only files tell of."""
        for number in (2, 5):
            yield Told(tables.WORKER_BLOCKS, self.wire(records.WorkerBlock, number))
        for number in (1, 7):
            yield Told(tables.WORKER_DETAILS, self.wire(records.WorkerDetail, number))
        for number in (1, 2):
            yield Told(tables.NOTIFICATION_EVENTS, self.wire(records.NotificationEvent, number))
        yield Told(tables.ACCOUNT_BALANCES, self.wire(records.AccountBalance, 1), {"run_id": 0})
        yield Told(tables.TEMPLATES, self.template())

    def template(self) -> Wire:
        content = self.values.text("Template.Content", 1)
        mark = self.values.mark("Template.TemplateSHA256")
        return self.wire(
            records.Template,
            1,
            TemplateSHA256=hashlib.sha256((content + mark).encode()).hexdigest(),
            Variables=["text", self.values.text("Template.Variables", 1)],
        )

    def uploads(self) -> Mapping[tuple[str, str], bytes]:
        """A file that a worker sent in."""
        content = bytes(range(256)) + self.values.mark(UPLOADED).encode()
        return {(self.id("AssignmentId", 5), documents.FILE): content}
