"""Who may work on what, and how much of it is open."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mturk_exodus.archive.archive import Archive
from mturk_exodus.demo import markup as m
from mturk_exodus.demo.account import Account
from mturk_exodus.demo.fill import fill
from mturk_exodus.records import HIT, Assignment
from mturk_exodus.replay.adapter import Action, Loss, Task
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus_turkle.history import answers_of
from mturk_exodus_turkle.mapping import places
from mturk_exodus_turkle.mapping.opening import hours_of, open_of
from mturk_exodus_turkle.mapping.planning import plan

LOCALE = {"QualificationTypeId": "00000000000000000071", "Comparator": "EqualTo"}


def requirement(comparator: str, *values: int, kind: str = "3Q") -> dict[str, Any]:
    """A requirement as MTurk says it."""
    values_if_any = {"IntegerValues": [*values]} if values else {}
    return {"QualificationTypeId": kind, "Comparator": comparator, **values_if_any}


def planned(path: Path, *requirements: dict[str, Any], **hit: Any) -> list[Action | Loss]:  # noqa: ANN401 - JSON
    """The plan of a HIT that has requirements, where A5 has 5, A7 has 7, A9 lost its 9."""
    account = Account()
    account.hits["3H"] = {
        "HITId": "3H",
        "HITTypeId": "3T",
        "Question": m.html_form("<input name=a>"),
        "QualificationRequirements": [*requirements],
        **hit,
    }
    account.qualification_types["3Q"] = {"QualificationTypeId": "3Q"}
    account.qualifications["3Q"] = [
        {"QualificationTypeId": "3Q", "WorkerId": f"A{one}", "IntegerValue": one, "Status": status}
        for one, status in ((5, "Granted"), (7, "Granted"), (9, "Revoked"))
    ]
    account.worker_blocks = [{"WorkerId": "AB1"}]
    with Archive.create(path) as archive:
        fill(archive, account)
        return list(plan(ArchiveReader(archive), workers="plain", opened="unfinished"))


@pytest.mark.parametrize(
    ("requirements", "members"),
    [
        ([requirement("EqualTo", 7)], ["A7"]),
        ([requirement("GreaterThan", 4)], ["A5", "A7"]),
        ([requirement("GreaterThan", 4), requirement("LessThan", 6)], ["A5"]),
        ([requirement("In", 1, 5)], ["A5"]),
        ([requirement("NotIn", 5)], ["A7"]),
        ([requirement("Exists")], ["A5", "A7"]),
        ([requirement("DoesNotExist")], []),
        ([requirement("EqualTo", 7), LOCALE], ["A7"]),
        ([LOCALE], None),
        ([requirement("Exists", kind="3OTHERS")], None),
        ([{**requirement("EqualTo"), "IntegerValue": 7}], ["A7"]),
        ([requirement("Nonsense", 1)], None),
        ([{**requirement("EqualTo"), "IntegerValues": ["7"]}], None),
        ([{**requirement("Exists"), "QualificationTypeId": ["3Q"]}], None),
        ([], None),
    ],
)
def test_who_meets_all_requirements_is_in_the_group(
    tmp_path: Path, requirements: list[dict[str, Any]], members: list[str] | None
) -> None:
    items = planned(tmp_path / "mturk.db", *requirements)
    groups = [one for one in items if isinstance(one, Action) and one.operation == "group"]
    access = [one for one in items if isinstance(one, Action) and one.operation == "access"]
    assert [one.payload["users"] for one in groups] == ([] if members is None else [members])
    assert len(access) == len(groups), "a project is for the group before it has a batch"


def test_a_hit_that_does_not_tell_its_requirements_opens_its_type_to_nobody_else(
    tmp_path: Path,
) -> None:
    """Of an old HIT a batch's file is left, which has no such column; a newer one tells."""
    account = Account()
    for hit_id in ("3H1", "3H2"):
        account.hits[hit_id] = {
            "HITId": hit_id,
            "HITTypeId": "3T",
            "Question": m.html_form("<input name=a>"),
        }
    account.hits["3H2"]["QualificationRequirements"] = [requirement("Exists")]
    account.qualification_types["3Q"] = {"QualificationTypeId": "3Q"}
    with Archive.create(tmp_path / "mturk.db") as archive:
        fill(archive, account)
        # What MTurk says of a HIT always has them.
        archive.connection.execute(
            "update hits set qualification_requirements = null where hit_id = '3H1'"
        )
        items = list(plan(ArchiveReader(archive), workers="plain", opened="unfinished"))
    operations = [one.operation for one in items if isinstance(one, Action)]
    assert operations == ["group", "project", "access", "batch", "task", "task"]


@pytest.mark.parametrize("worker_id", ["admin", "AnonymousUser", "mturk_exodus_probe", "turkle-a"])
def test_an_id_from_a_file_is_nobody_who_may_be_there_already(
    tmp_path: Path, worker_id: str
) -> None:
    account = Account()
    account.worker_blocks = [{"WorkerId": worker_id}]
    with Archive.create(tmp_path / "mturk.db") as archive:
        fill(archive, account)
        reader = ArchiveReader(archive)
        items = list(plan(reader, workers="plain", opened="unfinished"))
        names = [one.payload["username"] for one in items if isinstance(one, Action)]
        assert names == [reader.pseudonym(worker_id)]
    assert any(isinstance(one, Loss) and "pseudonym" in one.note for one in items)


def test_an_id_of_mturks_is_a_name_though_it_has_no_digit(tmp_path: Path) -> None:
    account = Account()
    account.worker_blocks = [{"WorkerId": "ABPPMOHVCBHLU"}]
    with Archive.create(tmp_path / "mturk.db") as archive:
        fill(archive, account)
        items = list(plan(ArchiveReader(archive), workers="plain", opened="unfinished"))
    assert [one.payload["username"] for one in items if isinstance(one, Action)] == [
        "ABPPMOHVCBHLU"
    ]


def test_a_users_own_work_that_came_home_makes_no_second_user(tmp_path: Path) -> None:
    account = Account()
    account.worker_blocks = [{"WorkerId": "A1"}]
    with Archive.create(tmp_path / "mturk.db") as archive:
        fill(archive, account)
        reader = ArchiveReader(archive)
        pseudonym = reader.pseudonym("A1")
        account.worker_blocks.append({"WorkerId": f"turkle-{pseudonym}"})
        fill(archive, account)
        items = list(plan(reader, workers="pseudonymous", opened="unfinished"))
    assert [one.payload["username"] for one in items if isinstance(one, Action)] == [pseudonym]


@pytest.mark.parametrize(
    ("most_tasks", "most_bytes", "in_batches"), [(2, 10**9, [2, 2, 1]), (9, 8_000, [2, 1, 1, 1])]
)
def test_a_batch_is_no_larger_than_can_be_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    most_tasks: int,
    most_bytes: int,
    in_batches: list[int],
) -> None:
    """Whole pages are large, and what an import that was cut off left is read batch by batch."""
    monkeypatch.setattr(places, "MOST_TASKS", most_tasks)
    monkeypatch.setattr(places, "MOST_BYTES", most_bytes)
    account = Account()
    for number in range(5):
        account.hits[f"3H{number}"] = {
            "HITId": f"3H{number}",
            "HITTypeId": "3T",
            "Question": m.html_form(f"<input name=a{number}>" + "x" * 2_000 * (number or 1)),
        }
    with Archive.create(tmp_path / "mturk.db") as archive:
        fill(archive, account)
        items = list(plan(ArchiveReader(archive), workers="plain", opened="none"))
    tasks = [one for one in items if isinstance(one, Action) and one.operation == "task"]
    assert [*Counter(one.requires[0] for one in tasks).values()] == in_batches


def test_finished_work_of_which_turkle_would_want_to_know_more_is_said(tmp_path: Path) -> None:
    account = Account()
    account.hits["3H"] = {"HITId": "3H", "HITTypeId": "3T"}
    account.assignments["3H"] = [{"AssignmentId": "3A", "HITId": "3H", "AcceptTime": 1_500_000_000}]
    with Archive.create(tmp_path / "mturk.db") as archive:
        fill(archive, account)
        items = list(plan(ArchiveReader(archive), workers="plain", opened="unfinished"))
    said = [one.field for one in items if isinstance(one, Loss) and one.source.id == "3A"]
    assert said == ["Assignment.SubmitTime", "Assignment.WorkerId"]


def test_what_cannot_be_evaluated_is_said(tmp_path: Path) -> None:
    items = planned(tmp_path / "mturk.db", LOCALE, requirement("Exists", kind="3OTHERS"))
    notes = [one.note for one in items if isinstance(one, Loss)]
    assert any("the worker's place" in one for one in notes)
    assert any("another's qualification" in one for one in notes)


def losses(items: list[Action | Loss]) -> list[str]:
    """What is said of requirements."""
    about = "HIT.QualificationRequirements"
    return [one.note for one in items if isinstance(one, Loss) and one.field == about]


def test_a_condition_that_cannot_be_read_is_not_said_to_be_anothers(tmp_path: Path) -> None:
    (said,) = losses(planned(tmp_path / "mturk.db", requirement("Nonsense", 1)))
    assert said.endswith("a qualification by a condition that cannot be read")


def test_requirements_that_stand_alone_are_read(tmp_path: Path) -> None:
    items = planned(tmp_path / "mturk.db", QualificationRequirements=requirement("EqualTo", 7))
    groups = [one for one in items if isinstance(one, Action) and one.operation == "group"]
    assert [one.payload["users"] for one in groups] == [["A7"]]


def test_hits_without_a_type_whose_requirements_nobody_asks_for_are_told(tmp_path: Path) -> None:
    items = planned(tmp_path / "mturk.db", requirement("EqualTo", 7), HITTypeId=None)
    assert [one for one in items if isinstance(one, Action) and one.operation == "group"] == []
    assert ["no group" in one for one in losses(items)] == [True]


def test_a_hit_that_asks_for_something_else_than_its_type_is_told(tmp_path: Path) -> None:
    account = Account()
    for number, asked in enumerate(([], [requirement("EqualTo", 7)], None, [])):
        account.hits[f"3H{number}"] = {
            "HITId": f"3H{number}",
            "HITTypeId": "3T",
            "Question": m.html_form("<input name=a>"),
            **({} if asked is None else {"QualificationRequirements": asked}),
        }
    with Archive.create(tmp_path / "mturk.db") as archive:
        fill(archive, account)
        items = list(plan(ArchiveReader(archive), workers="plain", opened="unfinished"))
    told = [one.source.id for one in items if isinstance(one, Loss) and "else" in one.note]
    assert told == ["3H1"]


def test_who_is_blocked_is_a_user_that_is_not_active(tmp_path: Path) -> None:
    users = {
        one.payload["username"]: one.payload["is_active"]
        for one in planned(tmp_path / "mturk.db")
        if isinstance(one, Action) and one.operation == "user"
    }
    assert users == {"A5": True, "A7": True, "AB1": False}


def test_hits_of_another_number_of_assignments_are_in_another_batch(tmp_path: Path) -> None:
    account = Account()
    for number, (wanted, seconds) in enumerate(((1, 60), (1, 3600), (2, 60), (1, 3601), (0, 60))):
        account.hits[f"3H{number}"] = {
            "HITId": f"3H{number}",
            "HITTypeId": "3T",
            "Question": m.html_form("<input name=a>"),
            "NumberOfAssignmentsAvailable": wanted,
            "AssignmentDurationInSeconds": seconds,
        }
    with Archive.create(tmp_path / "mturk.db") as archive:
        fill(archive, account)
        items = list(plan(ArchiveReader(archive), workers="plain", opened="unfinished"))
    batches = {one.key: one for one in items if isinstance(one, Action) and one.lane == "batches"}
    tasks = [one for one in items if isinstance(one, Action) and one.operation == "task"]
    in_batch = Counter(one.requires[0] for one in tasks)
    said = sorted(
        (
            one.payload["active"],
            one.payload["assignments_per_task"],
            one.payload["allotted_assignment_time"],
            in_batch[key],
        )
        for key, one in batches.items()
    )
    assert said == [(False, 1, 1, 1), (True, 1, 1, 2), (True, 1, 2, 1), (True, 2, 1, 1)]


@pytest.mark.parametrize(
    ("hit", "done", "opened", "wanted"),
    [
        ({"number_of_assignments_available": 2, "number_of_assignments_pending": 1}, 0, "all", 3),
        ({"number_of_assignments_available": 0, "max_assignments": 9}, 0, "all", 0),
        ({"max_assignments": 3}, 1, "all", 2),
        ({"max_assignments": 3}, 4, "all", 0),
        ({}, 0, "all", 0),
        ({"max_assignments": 3, "hit_status": "Reviewable"}, 1, "assignable", 0),
        ({"max_assignments": 3, "hit_status": "Unassignable"}, 1, "assignable", 2),
        ({"max_assignments": 3, "hit_status": "Assignable"}, 1, "none", 0),
    ],
)
def test_what_is_open(hit: dict[str, Any], done: int, opened: str, wanted: int) -> None:
    work = tuple(Assignment(assignment_id=f"3A{one}", hit_id="3H") for one in range(done))
    task = Task(hit=HIT(hit_id="3H", **hit), assignments=work)
    assert open_of(task, "unfinished" if opened == "all" else opened) == wanted


@pytest.mark.parametrize(
    ("seconds", "hours"), [(None, 24), (1, 1), (3600, 1), (3601, 2), (10**12, 24 * 366)]
)
def test_hours(seconds: int | None, hours: int) -> None:
    assert hours_of(HIT(hit_id="3H", assignment_duration_in_seconds=seconds)) == hours


def test_an_answer_is_what_turkles_form_would_have_sent() -> None:
    answer = (
        '<QuestionFormAnswers xmlns="http://mechanicalturk.amazonaws.com/'
        'AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd">'
        "<Answer><QuestionIdentifier>a</QuestionIdentifier><FreeText>x &amp; y</FreeText></Answer>"
        "<Answer><QuestionIdentifier>b</QuestionIdentifier><SelectionIdentifier>1"
        "</SelectionIdentifier><SelectionIdentifier>2</SelectionIdentifier>"
        "<OtherSelectionText>o</OtherSelectionText></Answer></QuestionFormAnswers>"
    )
    work = Assignment(assignment_id="3A", hit_id="3H", answer=answer)
    assert answers_of(work) == {"a": "x & y", "b": "1|2|o"}
    broken = Assignment(assignment_id="3A", hit_id="3H", answer="<no")
    assert json.dumps(answers_of(broken)) == '{"mturk_answer": "<no"}'
