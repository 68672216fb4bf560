from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest

from mturk_exodus.archive import Archive, runs
from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    REVIEW_REPORTS,
    WORKER_BLOCKS,
    WORKER_DETAILS,
)
from mturk_exodus.archive.writer import Writer
from mturk_exodus.questions.answering import answers
from tests.mturk_exodus.archive.files_support import (
    Kept,
    Said,
    differences,
    dump,
    findings,
    in_memory,
    ingest,
    one,
    tell,
    values,
)
from tests.mturk_exodus.archive.support import ORIGIN, raw

NOON = 1_500_000_000
NOON_ISO = "2017-07-14T02:40:00.000Z"
H1 = {"HITId": "H1", "HITTypeId": "T1"}
A1 = {"AssignmentId": "A1", "HITId": "H1"}
SUBMITTED = A1 | {"AssignmentStatus": "Submitted"}
APPROVED = A1 | {"AssignmentStatus": "Approved", "ApprovalTime": NOON + 60}
REJECTED = A1 | {"AssignmentStatus": "Rejected", "RejectionTime": NOON, "RequesterFeedback": "no"}


@pytest.fixture
def archive() -> Iterator[Archive]:
    """An archive that agrees with itself in the end."""
    with in_memory() as opened:
        yield opened
        assert findings(opened) == []


def file_of(source: str, *records: Said, name: str = "") -> Kept:
    return Kept(name or source, source, records)


def work(source: str, **members: Any) -> Kept:  # noqa: ANN401 - MTurk's members
    return file_of(source, Said(ASSIGNMENTS, A1 | members))


def hits(source: str, **members: Any) -> Kept:  # noqa: ANN401 - MTurk's members
    return file_of(source, Said(HITS, H1 | members))


def disagreements(archive: Archive) -> list[tuple[Any, ...]]:
    return values(
        archive,
        "select record_table, record_key, member, kept, kept_source, other, other_source"
        " from disagreements order by member, other_source, other",
    )


def beside(archive: Archive) -> list[tuple[Any, ...]]:
    found = values(archive, "select source, said from source_records order by source, raw_sha256")
    return [(source, json.loads(said)) for source, said in found]


def test_each_member_comes_from_the_first_that_says_it(archive: Archive) -> None:
    told = (
        hits("tool", Title="t", Keywords="t", Description="t", Question="t", Reward="4"),
        hits("lines", Title="l", Keywords="l", Description="l", Reward="3"),
        hits("site", Title="s", Keywords="s", Reward="2"),
        hits("dump", Title="d", Reward="1"),
    )
    for each in told:
        ingest(archive, each)
    tell(archive, [Said(HITS, H1 | {"Title": "a"})])
    assert values(
        archive, "select source, title, reward, keywords, description, question from hits"
    ) == [("requester_api", "a", "1", "s", "l", "t")]
    assert json.loads(one(archive, "select own_values from hits")) == dict.fromkeys(
        ("reward", "keywords", "description", "question")
    )
    assert json.loads(one(archive, "select raw from hits")) == H1 | {"Title": "a"}
    assert [line[2:] for line in disagreements(archive)] == [
        ("description", "l", "lines", "t", "tool"),
        ("keywords", "s", "site", "l", "lines"),
        ("keywords", "s", "site", "t", "tool"),
        ("reward", "1", "dump", "3", "lines"),
        ("reward", "1", "dump", "2", "site"),
        ("reward", "1", "dump", "4", "tool"),
        ("title", "a", "requester_api", "d", "dump"),
        ("title", "a", "requester_api", "l", "lines"),
        ("title", "a", "requester_api", "s", "site"),
        ("title", "a", "requester_api", "t", "tool"),
    ]
    assert {line[:2] for line in disagreements(archive)} == {("hits", '["H1"]')}
    assert [source for source, _ in beside(archive)] == ["dump", "lines", "site", "tool"]


def test_a_file_adds_what_the_api_does_not_say_and_changes_nothing_else(archive: Archive) -> None:
    tell(archive, [Said(HITS, H1 | {"Title": "a", "Reward": "0.5"})])
    ingest(archive, hits("site", Title="a ", Reward="0.50", TemplateVariables={"x": "1"}))
    assert values(archive, "select title, reward, template_variables from hits") == [
        ("a", "0.5", '{"x":"1"}')
    ]
    assert values(archive, "select name, value from template_variables") == [("x", "1")]
    assert disagreements(archive) == []


def test_times_within_a_second_and_answers_that_say_the_same_are_no_disagreement(
    archive: Archive,
) -> None:
    api = {"SubmitTime": NOON + 0.5, "AcceptTime": NOON, "Answer": answers.build([("q", "x")])}
    site = {"SubmitTime": NOON, "AcceptTime": NOON + 1, "Answer": answers.build([("q", " x\n")])}
    ingest(archive, work("site", **site))
    tell(archive, [Said(HITS, H1), Said(ASSIGNMENTS, A1 | api)])
    assert values(archive, "select submit_time, answer from assignments") == [
        ("2017-07-14T02:40:00.500Z", api["Answer"])
    ]
    assert [line[2:] for line in disagreements(archive)] == [
        ("accept_time", NOON_ISO, "requester_api", "2017-07-14T02:40:01.000Z", "site")
    ]


def review(archive: Archive) -> list[tuple[Any, ...]]:
    return values(
        archive,
        "select source, assignment_status, approval_time, rejection_time, requester_feedback"
        " from assignments",
    )


APPROVED_AT = "2017-07-14T02:41:00.000Z"


def test_an_export_that_still_says_submitted_does_not_undo_an_approval(archive: Archive) -> None:
    tell(archive, [Said(HITS, H1), Said(ASSIGNMENTS, SUBMITTED)])
    ingest(archive, file_of("site", Said(ASSIGNMENTS, APPROVED)))
    assert review(archive) == [("requester_api", "Approved", APPROVED_AT, None, None)]
    assert json.loads(one(archive, "select own_values from assignments")) == {
        "assignment_status": "Submitted",
        "approval_time": None,
    }
    assert disagreements(archive) == []
    tell(archive, [Said(ASSIGNMENTS, SUBMITTED)])
    assert review(archive) == [("requester_api", "Approved", APPROVED_AT, None, None)]


def test_an_overturned_rejection_is_an_approval(archive: Archive) -> None:
    tell(archive, [Said(HITS, H1), Said(ASSIGNMENTS, REJECTED)])
    ingest(archive, file_of("tool", Said(ASSIGNMENTS, APPROVED)))
    assert review(archive) == [("requester_api", "Approved", APPROVED_AT, None, None)]
    assert disagreements(archive) == []


def test_an_old_file_with_the_rejection_does_not_undo_the_approval(archive: Archive) -> None:
    tell(archive, [Said(HITS, H1), Said(ASSIGNMENTS, APPROVED)])
    ingest(archive, file_of("site", Said(ASSIGNMENTS, REJECTED)))
    assert review(archive) == [("requester_api", "Approved", APPROVED_AT, None, None)]
    assert disagreements(archive) == []


def test_the_order_of_reviews_does_not_matter(archive: Archive) -> None:
    steps: list[Callable[[Archive], object]] = [
        lambda into: tell(into, [Said(HITS, H1), Said(ASSIGNMENTS, SUBMITTED)]),
        lambda into: ingest(into, file_of("site", Said(ASSIGNMENTS, REJECTED))),
        lambda into: ingest(into, file_of("dump", Said(ASSIGNMENTS, APPROVED))),
        lambda into: ingest(into, file_of("tool", Said(ASSIGNMENTS, APPROVED | {"WorkerId": "W"}))),
    ]
    for step in steps:
        step(archive)
    for order in permutations(steps):
        with in_memory() as other:
            for step in order:
                step(other)
            assert differences(dump(archive), dump(other)) == {}


def test_what_the_api_said_before_it_changed_is_kept_though_files_speak_too(
    archive: Archive,
) -> None:
    ingest(archive, hits("site", Title="s", Keywords="s"))
    tell(archive, [Said(HITS, H1 | {"Title": "a"})])
    tell(archive, [Said(HITS, H1 | {"Title": "b", "Question": "<q/>"})])
    assert values(
        archive,
        "select record_key, member, earlier, seen_run_id, replaced_run_id from revisions"
        " order by member",
    ) == [('["H1"]', "Question", None, 2, 3), ('["H1"]', "Title", '"a"', 2, 3)]
    assert values(
        archive, "select title, keywords, question, first_run_id, last_run_id from hits"
    ) == [("b", "s", "<q/>", 2, 3)]
    assert beside(archive) == [("site", {"hit_type_id": "T1", "title": "s", "keywords": "s"})]
    assert [line[3:] for line in disagreements(archive)] == [("b", "requester_api", "s", "site")]


def test_an_api_record_that_is_seen_again_beside_a_file_s_is_only_marked(archive: Archive) -> None:
    ingest(archive, hits("site", Title="s"))
    tell(archive, [Said(HITS, H1 | {"Title": "a"})])
    before = dump(archive)
    (stored,) = tell(archive, [Said(HITS, H1 | {"Title": "a"})])
    assert dump(archive) == before
    assert values(archive, "select first_run_id, last_run_id from hits") == [(2, 3)]
    assert (stored.first_seen, stored.refused) == (1, 0)
    assert stored.earlier[("H1",)]["title"] == "a"


def test_earlier_is_what_the_api_said_and_not_what_files_made_of_it(archive: Archive) -> None:
    tell(archive, [Said(HITS, H1 | {"HITStatus": "Assignable"})])
    ingest(archive, hits("site", HITStatus="Disposed", Keywords="k"))
    (stored,) = tell(archive, [Said(HITS, H1 | {"HITStatus": "Unassignable"})])
    earlier = stored.earlier[("H1",)]
    assert (earlier["hit_status"], earlier["keywords"]) == ("Assignable", None)
    assert (stored.rows[0]["hit_status"], stored.rows[0]["keywords"]) == ("Unassignable", None)


def test_a_record_that_only_files_told_of_has_no_earlier(archive: Archive) -> None:
    ingest(archive, hits("site", Title="s"))
    (stored,) = tell(archive, [Said(HITS, H1)])
    assert (stored.earlier, stored.first_seen) == ({}, 1)


def test_a_hit_that_an_assignment_named_becomes_the_api_s(archive: Archive) -> None:
    ingest(archive, work("site"))
    tell(archive, [Said(HITS, H1 | {"Title": "a"})])
    assert values(archive, "select source, title, file_id, first_run_id from hits") == [
        ("requester_api", "a", None, 2)
    ]
    assert beside(archive) == []


def test_two_statements_of_one_source_stand_side_by_side(archive: Archive) -> None:
    told = [
        file_of(
            "site", Said(WORKER_DETAILS, {"WorkerId": "W", "LifetimeSubmitted": n}), name=f"{n}"
        )
        for n in (5, 9, 7)
    ]
    for each in told:
        ingest(archive, each)
    assert values(archive, "select lifetime_submitted from worker_details") == [(9,)]
    assert sorted(said["lifetime_submitted"] for _, said in beside(archive)) == [5, 7]
    assert disagreements(archive) == []


BONUS = {
    "AssignmentId": "A1",
    "WorkerId": "W1",
    "BonusAmount": "0.50",
    "GrantTime": NOON,
    "Reason": "thanks",
}
ALIKE = BONUS | {"BonusAmount": "0.5"}


def pay(archive: Archive, number: int, *, keep: int | None = None) -> None:
    """Have the API list a bonus so many times; then withdraw those from the `keep`th on."""
    with archive.transaction():
        run = runs.begin(archive, "requester_api", {}, account="a", endpoint="e", pass_id=None)
        writer = Writer(archive, run)
        copies: Counter[str] = Counter()
        context: dict[str, str | int | None] = {"hit_id": "H1", "copy": 0}
        writer.put(BONUS_PAYMENTS, [raw(BONUS)] * number, ORIGIN, context, copies)
        if keep is not None:
            (alike,) = copies
            where = "hit_id = ? and alike = ? and copy >= ?"
            writer.withdraw(BONUS_PAYMENTS, where, ("H1", alike, keep))


def bonuses(archive: Archive) -> list[tuple[Any, ...]]:
    return values(
        archive, "select hit_id, bonus_amount, copy, source from bonus_payments order by copy"
    )


@pytest.fixture
def paid(archive: Archive) -> Archive:
    """One that holds an assignment for which a bonus can be paid."""
    tell(archive, [Said(HITS, H1), Said(ASSIGNMENTS, SUBMITTED)])
    return archive


def test_a_bonus_that_a_file_and_the_api_tell_of_is_one(paid: Archive) -> None:
    ingest(paid, file_of("tool", Said(BONUS_PAYMENTS, ALIKE)))
    pay(paid, 1)
    assert bonuses(paid) == [("H1", "0.50", 0, "requester_api")]
    assert disagreements(paid) == []


def test_a_bonus_that_the_api_lists_twice_is_two_beside_a_file_s_one(paid: Archive) -> None:
    pay(paid, 2)
    ingest(paid, file_of("tool", Said(BONUS_PAYMENTS, ALIKE)))
    assert [row[2:] for row in bonuses(paid)] == [(0, "requester_api"), (1, "requester_api")]
    pay(paid, 2)
    assert len(bonuses(paid)) == 2


def test_a_bonus_that_the_api_withdraws_goes_and_a_file_s_stays(paid: Archive) -> None:
    ingest(paid, file_of("tool", Said(BONUS_PAYMENTS, ALIKE)))
    pay(paid, 3, keep=1)
    assert [row[2:] for row in bonuses(paid)] == [(0, "requester_api")]
    assert [source for source, _ in beside(paid)] == ["tool"]
    assert one(paid, "select count(*) from revisions where record_table = 'bonus_payments'") == 10


def test_a_withdrawn_bonus_that_a_file_tells_of_too_becomes_the_file_s(paid: Archive) -> None:
    copies = tuple(Said(BONUS_PAYMENTS, ALIKE, {"copy": copy}) for copy in (0, 1))
    ingest(paid, file_of("dump", *copies))
    pay(paid, 2, keep=1)
    assert [row[2:] for row in bonuses(paid)] == [(0, "requester_api"), (1, "dump")]


def test_a_withdrawn_page_of_reviews_that_a_file_tells_of_too_becomes_the_file_s(
    paid: Archive,
) -> None:
    report = {"HITId": "H1", "HITReviewReport": {"ReviewResults": []}}
    ingest(paid, file_of("dump", Said(REVIEW_REPORTS, report | {"x-spelling": 1}, {"page": 0})))
    with paid.transaction():
        run = runs.begin(paid, "requester_api", {}, account="a", endpoint="e", pass_id=None)
        writer = Writer(paid, run)
        writer.put(REVIEW_REPORTS, [raw(report)], ORIGIN, {"hit_id": "H1", "page": 0})
        writer.withdraw(REVIEW_REPORTS, "hit_id = ? and page >= ?", ("H1", 0))
    assert values(paid, "select source, page from review_reports") == [("dump", 0)]


def test_the_bonus_of_a_file_gets_its_hit_when_the_api_brings_the_assignment(
    archive: Archive,
) -> None:
    ingest(archive, file_of("tool", Said(BONUS_PAYMENTS, BONUS)))
    tell(archive, [Said(HITS, H1), Said(ASSIGNMENTS, SUBMITTED)])
    assert bonuses(archive) == [("H1", "0.50", 0, "tool")]


def test_a_bonus_whose_hit_one_file_knows_and_another_does_not(archive: Archive) -> None:
    """Each of them comes before the assignment does."""
    ingest(archive, file_of("site", Said(BONUS_PAYMENTS, BONUS)))
    ingest(archive, work("lines"))
    assert bonuses(archive) == [("H1", "0.50", 0, "site")]
    ingest(archive, file_of("dump", Said(BONUS_PAYMENTS, ALIKE)))
    assert bonuses(archive) == [("H1", "0.5", 0, "dump")]


def test_a_block_that_files_tell_of_holds_until_the_api_has_listed_blocks(
    archive: Archive,
) -> None:
    block = Said(WORKER_BLOCKS, {"WorkerId": "W1", "Reason": "spam"})
    unblocked = Said(WORKER_DETAILS, {"WorkerId": "W1", "BlockStatus": "Never Blocked"})
    ingest(archive, file_of("dump", block))
    assert values(archive, "select * from current_worker_blocks") == [("W1", "spam")]
    ingest(archive, file_of("site", unblocked))
    assert values(archive, "select * from current_worker_blocks") == []
    tell(archive, [Said(WORKER_BLOCKS, {"WorkerId": "W2"})])
    archive.set_info("listed.ListWorkerBlocks", "3")
    assert values(archive, "select * from current_worker_blocks") == [("W2", None)]
    tell(archive, [Said(WORKER_BLOCKS, {"WorkerId": "W1", "Reason": "ham"})])
    archive.set_info("listed.ListWorkerBlocks", "4")
    assert values(archive, "select * from current_worker_blocks") == [("W1", "ham")]


def test_a_source_s_authority_is_that_of_the_program_that_read_it_first(archive: Archive) -> None:
    ingest(archive, hits("tool"))
    ingest(archive, hits("dump"))
    assert values(archive, "select * from sources order by authority") == [
        ("requester_api", 0),
        ("dump", 10),
        ("tool", 40),
        ("implied", 100),
    ]
