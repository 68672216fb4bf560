"""An export beside what files told: nothing is asked less, nothing is held less, nothing twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.gaps import Gaps
from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    QUALIFICATION_TYPES,
    QUALIFICATIONS,
    WORKER_BLOCKS,
    WORKER_DETAILS,
    Table,
)
from mturk_exodus.demo.account import Account
from mturk_exodus.errors import CredentialsRefused
from tests.fakes.mturk import FakeMTurk, approve, overturn, reject, submit
from tests.mturk_exodus.archive.files_support import (
    Kept,
    Said,
    assert_arrived,
    findings,
    ingest,
    one,
    values,
)
from tests.mturk_exodus.sources.requester_api import support
from tests.mturk_exodus.sources.requester_api.accounts import random_account, worked

NO_GAPS = Gaps(0, 0, 0, 0, 0)
Wire = Mapping[str, Any]


def export(path: Path, fake: FakeMTurk, **settings: Any) -> tuple[Gaps, Counter[str]]:  # noqa: ANN401 - Settings' fields
    """Export; the gaps, and the answered calls by operation."""
    mark = len(fake.log)
    # One call at a time: which lists prove that a short page is the last depends on their order.
    missing = support.export(path, fake, sound=False, concurrency=1, **settings)
    with Archive.open(path) as archive:
        assert findings(archive) == []
    return missing, calls_since(fake, mark)


def calls_since(fake: FakeMTurk, mark: int) -> Counter[str]:
    return Counter(call.operation for call in fake.log[mark:] if call.outcome in ("ok", "error"))


def take(path: Path, *files: Kept) -> None:
    """Ingest files into the archive, which is made if there is none."""
    with Archive.open(path) if path.exists() else Archive.create(path) as archive:
        for file in files:
            ingest(archive, file)
        assert findings(archive) == []


def of_account(account: Account, *tables: Table) -> list[Said]:
    """What a file could hold of an account: HITs first, times to the second."""
    records: dict[Table, list[Wire]] = {
        HITS: list(account.hits.values()),
        ASSIGNMENTS: [one for some in account.assignments.values() for one in some],
        QUALIFICATION_TYPES: list(account.qualification_types.values()),
        QUALIFICATIONS: [one for some in account.qualifications.values() for one in some],
        WORKER_BLOCKS: list(account.worker_blocks),
        BONUS_PAYMENTS: [one for some in account.bonus_payments.values() for one in some],
    }
    wanted = tables or tuple(records)
    return [Said(table, wire) for table in wanted for wire in records[table]]


def csv_of(account: Account) -> Kept:
    """Batch results as the site gave them a while ago: no counters, nothing reviewed yet."""
    told = []
    counters = ("Number", "HITStatus", "HITReviewStatus")
    for said in of_account(account, HITS, ASSIGNMENTS):
        wire = {key: value for key, value in said.wire.items() if not key.startswith(counters)}
        if said.table is ASSIGNMENTS:
            for gone in ("ApprovalTime", "RejectionTime", "RequesterFeedback"):
                wire.pop(gone, None)
            wire["AssignmentStatus"] = "Submitted"
        else:
            wire["TemplateVariables"] = {"x": "1"}
        told.append(Said(said.table, wire))
    return Kept("Batch_1_batch_results.csv", "site", tuple(told))


def whole_dump(account: Account) -> Kept:
    return Kept("dump.json", "dump", tuple(of_account(account)))


def half_a_dump(account: Account) -> Kept:
    told = of_account(account)
    rng = Random(5)  # noqa: S311 - which half does not matter
    return Kept("half.json", "dump", tuple(rng.sample(told, len(told) // 2)))


def work_alone(account: Account) -> Kept:
    return Kept("work.csv", "lines", tuple(of_account(account, ASSIGNMENTS)))


def hits_alone(account: Account) -> Kept:
    return Kept("hits.csv", "lines", tuple(of_account(account, HITS)))


def more_work(account: Account) -> Kept:
    """Assignments that the API no longer has, and another state of those that it has."""
    told = []
    for said in of_account(account, ASSIGNMENTS):
        told.append(
            Said(ASSIGNMENTS, {**said.wire, "AssignmentId": f"{said.wire['AssignmentId']}X"})
        )
        told.append(Said(ASSIGNMENTS, {**said.wire, "AssignmentStatus": "Approved"}))
    return Kept("more.csv", "tool", tuple(told))


FILES: dict[str, Callable[[Account], Kept]] = {
    "batch results": csv_of,
    "whole dump": whole_dump,
    "half a dump": half_a_dump,
    "work alone": work_alone,
    "HITs alone": hits_alone,
    "more work": more_work,
}


@pytest.mark.parametrize("review_results", ["none", "probe", "all"])
@pytest.mark.parametrize("what", FILES)
def test_an_export_after_files_asks_and_brings_what_one_without_them_does(
    path: Path, what: str, review_results: str
) -> None:
    account = random_account(11, hits=8)
    with FakeMTurk(account) as fake:
        alone = export(path.with_name("alone.db"), fake, review_results=review_results)
        take(path, FILES[what](account))
        assert export(path, fake, review_results=review_results) == alone
        assert_arrived(path, fake)


@pytest.mark.parametrize("seed", range(4))
def test_files_between_two_exports_cost_no_call(path: Path, seed: int) -> None:
    account = random_account(seed, hits=6)
    with FakeMTurk(account) as fake:
        alone = path.with_name("alone.db")
        for each in (alone, path):
            assert export(each, fake)[0] == NO_GAPS
        take(path, *(make(account) for make in FILES.values()))
        assert export(path, fake) == export(alone, fake)
        assert_arrived(path, fake)


@pytest.mark.parametrize("review_results", ["none", "probe", "all"])
def test_hits_that_only_files_know_are_not_asked_for_and_worsen_nothing(
    path: Path, review_results: str
) -> None:
    account = worked("H1", 3, approved=2, HITTypeId="T1")
    account.review_policy_results["H1"] = {
        "HITReviewPolicy": {"PolicyName": "SimplePlurality/2011-09-01"},
        "HITReviewReport": {"ReviewResults": [{"ActionId": "R1", "Key": "k"}]},
    }
    gone = Account()
    for number in range(3):
        worked(f"GONE{number}", 2, approved=1, account=gone, HITTypeId="T1")
    implied = Said(ASSIGNMENTS, {"AssignmentId": "A9", "HITId": "IMPLIED"})
    with FakeMTurk(account) as fake:
        alone = export(path.with_name("alone.db"), fake, review_results=review_results)
        take(path, whole_dump(gone), Kept("one.csv", "tool", (implied,)))
        missing, made = export(path, fake, review_results=review_results)
        assert made == alone[1]
        assert missing == NO_GAPS
        assert_arrived(path, fake)
        with Archive.open(path) as archive:
            assert one(archive, "select count(*) from hits where source = 'dump'") == 3
            assert values(archive, "select * from not_asked") == []


def test_hits_that_only_files_know_are_asked_for_by_their_ids_on_request(path: Path) -> None:
    account = worked("H1", 1)
    shown = worked("KNOWN", 2, approved=2, account=Account())
    account.hits["KNOWN"] = {**shown.hits["KNOWN"], "HITStatus": "Disposed"}
    account.assignments["KNOWN"] = shown.assignments["KNOWN"]
    with FakeMTurk(account) as fake:
        take(path, work_alone(shown))
        missing, made = export(path, fake, known_hits=[])
        assert missing == NO_GAPS
        assert made["GetHIT"] == 1
        assert_arrived(path, fake)


def test_more_assignments_than_an_old_dump_counted_are_all_asked_for(path: Path) -> None:
    """A HIT was extended after all of its first 100 assignments had come and a dump was made."""
    account = worked("H1", 100, approved=100)
    before = Said(HITS, dict(account.hits["H1"]))
    account.hits["H1"] |= {
        "MaxAssignments": 250,
        "NumberOfAssignmentsAvailable": 150,
        "HITStatus": "Assignable",
    }
    extend(account, 140)
    with FakeMTurk(account) as fake:
        take(path, Kept("dump.json", "dump", (before,)))
        assert export(path, fake)[0] == NO_GAPS
        with Archive.open(path) as archive:
            assert one(archive, "select count(*) from assignments") == 240
        assert_arrived(path, fake)


def extend(account: Account, number: int) -> None:
    """That many more workers submit."""
    for extra in range(number):
        submit(account, "H1", f"B{extra:03d}", f"V{extra}")


def test_a_dump_s_counters_do_not_make_a_whole_export_incomplete(path: Path) -> None:
    """Whatever made it promise more than MTurk now has."""
    account = worked("H1", 2)
    later = Said(
        HITS, {**account.hits["H1"], "MaxAssignments": 3, "NumberOfAssignmentsCompleted": 3}
    )
    with FakeMTurk(account) as fake:
        alone = export(path.with_name("alone.db"), fake)
        take(path, Kept("dump.json", "dump", (later,)))
        assert export(path, fake) == alone
        assert export(path, fake)[0] == NO_GAPS


def test_a_review_that_only_a_file_knows_is_no_gap(path: Path) -> None:
    account = worked("H1", 2)
    reviewed = [
        Said(ASSIGNMENTS, {**each, "AssignmentStatus": "Approved", "ApprovalTime": 1_800_000_000})
        for each in account.assignments["H1"]
    ]
    with FakeMTurk(account) as fake:
        take(path, Kept("results.csv", "site", tuple(reviewed)))
        assert export(path, fake)[0] == NO_GAPS
        assert_arrived(path, fake)
        with Archive.open(path) as archive:
            status = "select distinct assignment_status from assignments"
            assert values(archive, status) == [("Approved",)]


def test_an_account_that_moves_on_after_files_is_read_again(path: Path) -> None:
    account = worked("H1", 4, approved=1)
    with FakeMTurk(account) as fake:
        take(path, csv_of(account))
        export(path, fake)
        take(path, Kept("later.csv", "lines", tuple(of_account(account, ASSIGNMENTS))))
        approve(account, "A-H1-1")
        reject(account, "A-H1-2")
        export(path, fake)
        assert_arrived(path, fake)
        overturn(account, "A-H1-2", now=1_800_000_000)
        assert export(path, fake, full=True)[0] == NO_GAPS
        assert_arrived(path, fake)
        with Archive.open(path) as archive:
            assert values(
                archive, "select assignment_status, count(*) from assignments group by 1 order by 1"
            ) == [("Approved", 3), ("Submitted", 1)]


def test_a_rejection_that_was_overturned_is_asked_for_though_a_file_shows_it(path: Path) -> None:
    account = worked("H1", 1)
    account.assignments["H1"][0]["SubmitTime"] = recent = 1_900_000_000
    reject(account, "A-H1-0", now=recent)
    with FakeMTurk(account) as fake:
        export(path, fake)
        overturn(account, "A-H1-0", "sorry", now=recent + 9)
        seen = {**account.assignments["H1"][0]}
        del seen["RequesterFeedback"]
        take(path, Kept("later.csv", "site", (Said(ASSIGNMENTS, seen),)))
        export(path, fake)
        assert_arrived(path, fake)


@pytest.mark.parametrize("calls", [1, 3, 8, 20])
def test_files_that_come_while_an_export_rests_do_not_disturb_it(path: Path, calls: int) -> None:
    account = random_account(2, hits=6)
    elsewhere = random_account(3, hits=4)
    elsewhere.hits = {
        f"{key}OLD": hit | {"HITId": f"{key}OLD"} for key, hit in elsewhere.hits.items()
    }
    old = Kept("old.json", "dump", tuple(of_account(elsewhere, HITS)))
    whole = path.with_name("whole.db")
    with FakeMTurk(account) as fake:
        made = []
        for each, files in ((whole, ()), (path, [old, *(f(account) for f in FILES.values())])):
            mark = len(fake.log)
            interrupted(each, fake, mark, calls)
            take(each, *files)
            fake.credentials_error = None
            missing, _ = export(each, fake, review_results="probe")
            assert missing == NO_GAPS
            made.append(calls_since(fake, mark))
        assert made[0] == made[1]
        assert_arrived(path, fake)


def interrupted(path: Path, fake: FakeMTurk, mark: int, calls: int) -> None:
    """An export that ends after so many calls."""
    ok = sum(call.outcome == "ok" for call in fake.log[:mark])

    def refuse(_account: Account) -> None:
        fake.credentials_error = "UnrecognizedClientException"

    fake.after(ok + calls, refuse)
    with pytest.raises(CredentialsRefused):
        support.export(path, fake, sound=False, review_results="probe", concurrency=1)


def test_bonuses_of_files_are_not_paid_twice(path: Path) -> None:
    account = random_account(1, hits=8)
    assert any(account.bonus_payments.values())
    with FakeMTurk(account) as fake:
        take(path, Kept("bonuses.json", "dump", tuple(of_account(account, BONUS_PAYMENTS))))
        export(path, fake)
        paid = sum(len(some) for some in account.bonus_payments.values())
        with Archive.open(path) as archive:
            assert one(archive, "select count(*) from bonus_payments") == paid
            assert one(archive, "select count(*) from bonus_payments where hit_id is null") == 0


def test_workers_that_only_files_tell_of_stay_as_they_are(path: Path) -> None:
    told = (
        Said(WORKER_DETAILS, {"WorkerId": "W1", "LifetimeSubmitted": 5}),
        Said(WORKER_BLOCKS, {"WorkerId": "W9", "Reason": "spam"}),
    )
    account = worked("H1", 1)
    account.worker_blocks.append({"WorkerId": "W8"})
    with FakeMTurk(account) as fake:
        take(path, Kept("workers.csv", "site", told))
        assert export(path, fake)[0] == NO_GAPS
    with Archive.open(path) as archive:
        assert values(archive, "select worker_id, lifetime_submitted from worker_details") == [
            ("W1", 5)
        ]
        assert values(archive, "select worker_id from current_worker_blocks") == [("W8",)]
        assert values(archive, "select worker_id from worker_blocks order by 1") == [
            ("W8",),
            ("W9",),
        ]


def test_what_the_api_says_goes_before_what_a_file_says_in_every_column(path: Path) -> None:
    account = random_account(6, hits=4)
    wrong = []
    for said in of_account(account, HITS, ASSIGNMENTS):
        changed = {
            name: f"{value} " * 2 if name in ("Title", "Question", "WorkerId", "Answer") else value
            for name, value in said.wire.items()
        }
        wrong.append(Said(said.table, changed))
    alone = path.with_name("alone.db")
    with FakeMTurk(account) as fake:
        take(path, Kept("wrong.csv", "dump", tuple(wrong)))
        export(alone, fake)
        export(path, fake)
    with Archive.open(path) as archive, Archive.open(alone) as plain:
        for table in ("hits", "assignments"):
            names = [
                name
                for (name,) in values(archive, f"select name from pragma_table_info('{table}')")  # noqa: S608 - our own names
                if not name.endswith("run_id")
            ]
            query = f"select {', '.join(names)} from {table} order by 1"  # noqa: S608 - our own names
            assert values(archive, query) == values(plain, query)
        members = values(archive, "select distinct member from disagreements order by 1")
        assert {"worker_id"} <= {member for (member,) in members}
        assert json.loads(one(archive, "select max(record_key) from disagreements"))
