from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mturk_exodus.archive import Archive
from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    NOTIFICATION_EVENTS,
    QUALIFICATION_TYPES,
    QUALIFICATIONS,
    TEMPLATES,
    WORKER_BLOCKS,
    WORKER_DETAILS,
    Table,
)
from mturk_exodus.questions.answering import answers
from mturk_exodus.sources import batches
from tests.mturk_exodus.archive.files_support import (
    AUTHORITIES,
    Dump,
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

Step = Kept | tuple[Said, ...]
"""A file, or what the API says in one run."""

NOON = 1_500_000_000
HIT_OF = {"A1": "H1", "A2": "H1", "A3": "H4"}
_ANSWERS = [answers.build([("q", text)]) for text in ("x", " x\n", "y")]

MEMBERS: dict[Table, dict[str, list[Any]]] = {
    HITS: {
        "HITTypeId": ["T1", "T2"],
        "Title": ["a", "a ", "b"],
        "Reward": ["0.5", "0.50", "0.4"],
        "CreationTime": [NOON, NOON + 0.25, NOON + 1],
        "HITStatus": ["Assignable", "Reviewable", "Disposed"],
        "RequesterAnnotation": ["BatchId:12;OriginalHitTemplateId:3;", "mine"],
        "TemplateVariables": [{"x": "1"}, {"x": "2"}],
        "MaxAssignments": [1, 3],
    },
    ASSIGNMENTS: {
        "WorkerId": ["W1", "W2"],
        "SubmitTime": [NOON, NOON + 0.5, NOON + 5],
        "Answer": _ANSWERS,
        "AnswerDoubts": [["q"]],
        "AssignmentStatus": ["Submitted", "Approved", "Rejected"],
        "ApprovalTime": [NOON + 9, NOON + 9.5, NOON + 20],
        "RejectionTime": [NOON + 9, NOON + 15],
        "RequesterFeedback": ["good", "bad"],
    },
    WORKER_DETAILS: {
        "LifetimeSubmitted": [0, 1, 2],
        "LifetimeApproved": [0, 1],
        "BlockStatus": ["Blocked", "Never Blocked"],
        "QualificationScores": [{"a": "1"}, {"a": "2"}],
    },
    WORKER_BLOCKS: {"Reason": ["spam", "ham"]},
    NOTIFICATION_EVENTS: {"WorkerId": ["W1"], "EventTimestamp": [NOON, NOON + 1]},
    TEMPLATES: {"Name": ["a", "b"], "Variables": [["x"], ["x", "y"]], "Content": ["<a/>"]},
    QUALIFICATION_TYPES: {"Name": ["a", "b"], "IsRequestable": [True, False]},
    QUALIFICATIONS: {
        "GrantTime": [NOON, NOON + 0.5, NOON + 9],
        "IntegerValue": [0, 1],
        "Status": ["Granted", "Revoked"],
    },
    BONUS_PAYMENTS: {"Reason": ["thanks"], "WorkerId": ["W1"]},
}
KEYS: dict[Table, dict[str, list[Any]]] = {
    HITS: {"HITId": ["H1", "H2", "H3"]},
    ASSIGNMENTS: {"AssignmentId": list(HIT_OF)},
    WORKER_DETAILS: {"WorkerId": ["W1", "W2"]},
    WORKER_BLOCKS: {"WorkerId": ["W1", "W2"]},
    NOTIFICATION_EVENTS: {"EventType": ["Returned"], "AssignmentId": ["A1", "A9"]},
    TEMPLATES: {"TemplateSHA256": ["aa", "bb"]},
    QUALIFICATION_TYPES: {"QualificationTypeId": ["Q1"]},
    QUALIFICATIONS: {"QualificationTypeId": ["Q1"], "WorkerId": ["W1", "W2"]},
    BONUS_PAYMENTS: {
        "AssignmentId": list(HIT_OF),
        "BonusAmount": ["0.5", "0.50"],
        "GrantTime": [NOON, NOON + 1],
    },
}
OF_FILES = ("TemplateVariables", "AnswerDoubts", "x-spelling")
EVERYTHING = [HITS, *KEYS]
NO_BONUSES = [table for table in EVERYTHING if table is not BONUS_PAYMENTS]


def records(table: Table) -> st.SearchStrategy[Said]:
    """Records of a table in which everything but the key may be missing."""
    members = {name: st.sampled_from(values) for name, values in MEMBERS[table].items()}
    return st.builds(
        lambda key, members: Said(table, key | _hit_of(table, key) | members),
        st.fixed_dictionaries({name: st.sampled_from(some) for name, some in KEYS[table].items()}),
        st.fixed_dictionaries({}, optional=members | {"x-spelling": st.integers(0, 1)}),
    )


def _hit_of(table: Table, key: dict[str, str]) -> dict[str, str]:
    return {"HITId": HIT_OF[key["AssignmentId"]]} if table is ASSIGNMENTS else {}


def some_records(tables: list[Table], most: int) -> st.SearchStrategy[tuple[Said, ...]]:
    one_record = st.sampled_from(tables).flatmap(records)
    return st.lists(one_record, min_size=1, max_size=most).map(tuple)


def files(tables: list[Table], *, least: int = 1, most: int = 3) -> st.SearchStrategy[list[Kept]]:
    source_and_records = st.tuples(st.sampled_from(list(AUTHORITIES)), some_records(tables, 5))
    return st.lists(source_and_records, min_size=least, max_size=most).map(
        lambda found: [Kept(f"file {n}", *one) for n, one in enumerate(found)]
    )


def said_by_the_api(tables: list[Table]) -> st.SearchStrategy[list[tuple[Said, ...]]]:
    asked = [
        each for each in tables if each not in (WORKER_DETAILS, TEMPLATES, NOTIFICATION_EVENTS)
    ]
    return st.lists(some_records(asked, 4).map(as_the_api_says), max_size=2)


def as_the_api_says(told: tuple[Said, ...]) -> tuple[Said, ...]:
    """The same without what only files say; HITs and types come before what belongs to them."""
    plain = [Said(one.table, _without(one.wire), _context(one)) for one in told]
    hits = {HIT_OF[one.wire["AssignmentId"]] for one in plain if "AssignmentId" in one.wire}
    first = [Said(HITS, {"HITId": hit_id, "HITTypeId": "T1"}) for hit_id in sorted(hits)]
    if any(one.table is QUALIFICATIONS for one in plain):
        first.append(Said(QUALIFICATION_TYPES, {"QualificationTypeId": "Q1"}))
    paid = {said.wire["AssignmentId"] for said in plain if said.table is BONUS_PAYMENTS}
    first += [
        Said(ASSIGNMENTS, {"AssignmentId": each, "HITId": HIT_OF[each]}) for each in sorted(paid)
    ]
    return (*first, *sorted(plain, key=lambda one: one.table is not HITS))


def _without(wire: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever was said
    return {name: value for name, value in wire.items() if name not in OF_FILES}


def _context(said: Said) -> dict[str, Any]:
    if said.table is not BONUS_PAYMENTS:
        return {}
    return {"hit_id": HIT_OF[said.wire["AssignmentId"]], "copy": 0}


def after(*steps: Step) -> Dump:
    """What an archive holds after these steps; after each of them it agrees with itself."""
    with in_memory() as archive:
        for step in steps:
            take(archive, step)
            assert findings(archive) == [], step
        return dump(archive)


def take(archive: Archive, step: Step) -> None:
    if isinstance(step, Kept):
        ingest(archive, step)
    else:
        tell(archive, step)


def same(*orders: tuple[Step, ...]) -> None:
    """The steps bring the same in each of these orders."""
    first = after(*orders[0])
    for order in orders[1:]:
        assert differences(first, after(*order)) == {}, order


def orders_of(kept: list[Kept], told: list[tuple[Said, ...]]) -> list[tuple[Step, ...]]:
    """Files in every order; what the API says before, between and after them."""
    found: list[tuple[Step, ...]] = []
    for order in permutations(kept):
        places = {0, len(order) // 2, len(order)}
        found += [(*order[:place], *told, *order[place:]) for place in sorted(places)]
    if len(told) > 1 and kept:
        found.append((told[0], *kept, *told[1:]))
    return found


@settings(deadline=None, max_examples=60)
@given(files(NO_BONUSES), said_by_the_api(NO_BONUSES))
def test_an_archive_is_the_same_in_whatever_order_its_files_come(
    kept: list[Kept], told: list[tuple[Said, ...]]
) -> None:
    same(*orders_of(kept, told))


@settings(deadline=None, max_examples=40)
@given(files([ASSIGNMENTS, BONUS_PAYMENTS]), said_by_the_api([ASSIGNMENTS, BONUS_PAYMENTS]))
def test_bonuses_are_the_same_in_whatever_order_files_come(
    kept: list[Kept], told: list[tuple[Said, ...]]
) -> None:
    same(*orders_of(kept, told))


@settings(deadline=None, max_examples=40)
@given(files(NO_BONUSES, least=2))
def test_what_a_file_holds_can_as_well_come_in_several(kept: list[Kept]) -> None:
    """But for the files' own rows: one file of one source, or each record in its own."""
    whole = [Kept(one.name, "site", one.records) for one in kept]
    split = [
        Kept(f"{one.name}.{number}", "site", (said,))
        for one in whole
        for number, said in enumerate(one.records)
    ]
    apart, together = after(*split), after(*whole)
    assert differences({**apart, "files": []}, {**together, "files": []}) == {}


@settings(deadline=None, max_examples=40)
@given(files(NO_BONUSES), said_by_the_api(NO_BONUSES), st.data())
def test_a_file_that_comes_again_brings_nothing(
    kept: list[Kept], told: list[tuple[Said, ...]], data: st.DataObject
) -> None:
    again = data.draw(st.sampled_from(kept))
    with in_memory() as archive:
        steps: list[Step] = [*kept, *told]
        for step in steps:
            take(archive, step)
        before = dump(archive)
        gathered = ingest(archive, again)
        assert differences(before, dump(archive)) == {}
        assert gathered.new.total() == gathered.merged.total() == 0
        assert gathered.known.total() == len(again.records)
        assert findings(archive) == []


@settings(deadline=None, max_examples=40)
@given(files(NO_BONUSES))
def test_every_record_of_a_file_is_new_known_or_merged(kept: list[Kept]) -> None:
    with in_memory() as archive:
        for one_file in kept:
            gathered = ingest(archive, one_file)
            counts = (gathered.new, gathered.known, gathered.merged)
            assert sum(each.total() for each in counts) == len(one_file.records)


@settings(deadline=None, max_examples=40)
@given(files(NO_BONUSES))
def test_every_record_says_which_file_and_which_row_of_it_it_is_from(kept: list[Kept]) -> None:
    with in_memory() as archive:
        for one_file in kept:
            ingest(archive, one_file)
        by_name = {one_file.name: one_file for one_file in kept}
        names = "hits", "assignments", "worker_details", "source_records", "templates"
        for name in names:
            for file_name, number, source, raw in values(
                archive,
                f"select files.name, file_row, {name}.source, raw from {name}"  # noqa: S608 - our own names
                f" join files using (file_id) where {name}.source <> 'implied'",
            ):
                assert source == by_name[file_name].source
                assert json.loads(raw) == by_name[file_name].records[number - 1].wire


@settings(deadline=None, max_examples=40)
@given(files(NO_BONUSES, least=2))
def test_it_does_not_matter_how_many_entries_are_written_together(kept: list[Kept]) -> None:
    together = after(*kept)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(batches, "ENTRIES", 1)
        assert differences(together, after(*kept)) == {}


H1 = {"HITId": "H1"}
A1 = {"AssignmentId": "A1", "HITId": "H1", "WorkerId": "W1"}


def test_a_hit_that_only_an_assignment_names_is_known_by_its_id_until_a_file_tells_of_it() -> None:
    work = Kept("work", "site", (Said(ASSIGNMENTS, A1),))
    told = Kept("hits", "tool", (Said(HITS, H1 | {"Title": "a", "HITTypeId": "T1"}),))
    with in_memory() as archive:
        ingest(archive, work)
        assert values(archive, "select hit_id, source, title, raw from hits") == [
            ("H1", "implied", None, '{"HITId":"H1"}')
        ]
        assert values(archive, "select kind, subject from gaps") == [
            ("known by its id alone", "H1")
        ]
        assert findings(archive) == []
        ingest(archive, told)
        assert values(archive, "select hit_id, source, title from hits") == [("H1", "tool", "a")]
        for table in ("gaps", "source_records", "disagreements"):
            assert one(archive, f"select count(*) from {table}") == 0  # noqa: S608 - our own names
        assert values(archive, "select hit_type_id, title from hit_types") == [("T1", "a")]
    same((work, told), (told, work))


@pytest.mark.parametrize("hit_id", ['H"1', "H\\1", "H\n1", "Hé1", "{}", "H\t", "H\x7f"])
def test_a_hit_id_that_is_odd_is_implied_too(hit_id: str) -> None:
    wire = {"AssignmentId": "A1", "HITId": hit_id}
    with in_memory() as archive:
        ingest(archive, Kept("work", "site", (Said(ASSIGNMENTS, wire),)))
        assert json.loads(one(archive, "select raw from hits")) == {"HITId": hit_id}
        assert findings(archive) == []


def test_an_assignment_that_two_files_give_to_two_hits_is_a_disagreement() -> None:
    site = Kept("site", "site", (Said(ASSIGNMENTS, A1),))
    tool = Kept("tool", "tool", (Said(ASSIGNMENTS, A1 | {"HITId": "H2"}),))
    with in_memory() as archive:
        ingest(archive, tool)
        ingest(archive, site)
        assert values(archive, "select hit_id from assignments") == [("H1",)]
        assert values(archive, "select member, kept, other from disagreements") == [
            ("hit_id", "H1", "H2")
        ]
    same((site, tool), (tool, site))


def hit_types(archive: Archive) -> list[tuple[Any, ...]]:
    return values(
        archive,
        "select hit_type_id, title, as_of_hit_id, as_of_authority from hit_types order by 1",
    )


def test_a_hit_type_is_what_its_most_authoritative_hit_of_the_smallest_id_says() -> None:
    def hits(source: str, *ids: str) -> Kept:
        told = (
            Said(HITS, {"HITId": each, "HITTypeId": "T1", "Title": f"{source} {each}"})
            for each in ids
        )
        return Kept(source, source, tuple(told))

    tool, site, dumped = hits("tool", "H1"), hits("site", "H3", "H2"), hits("dump", "H4")
    with in_memory() as archive:
        ingest(archive, tool)
        assert hit_types(archive) == [("T1", "tool H1", "H1", 40)]
        ingest(archive, site)
        assert hit_types(archive) == [("T1", "site H2", "H2", 20)]
        ingest(archive, dumped)
        assert hit_types(archive) == [("T1", "dump H4", "H4", 10)]
        tell(archive, [Said(HITS, {"HITId": "H9", "HITTypeId": "T1", "Title": "api"})])
        assert hit_types(archive) == [("T1", "api", "H9", 0)]
        assert findings(archive) == []
    same(*permutations((tool, site, dumped)))


def test_a_hit_that_moves_to_another_type_leaves_the_old_one_to_its_other_hits() -> None:
    def hit(hit_id: str, type_id: str, title: str) -> Said:
        return Said(HITS, {"HITId": hit_id, "HITTypeId": type_id, "Title": title})

    site = Kept("site", "site", (hit("H1", "T1", "one"), hit("H2", "T1", "two")))
    alone = Kept("alone", "site", (hit("H3", "T3", "three"),))
    dumped = Kept("dump", "dump", (hit("H1", "T2", "moved"), hit("H3", "T2", "moved")))
    with in_memory() as archive:
        ingest(archive, site)
        ingest(archive, alone)
        ingest(archive, dumped)
        assert hit_types(archive) == [("T1", "two", "H2", 20), ("T2", "moved", "H1", 10)]
        tell(archive, [hit("H1", "T1", "back")])
        assert hit_types(archive) == [("T1", "back", "H1", 0), ("T2", "moved", "H3", 10)]
        assert findings(archive) == []
    same(*permutations((site, alone, dumped)))


BONUS = {"AssignmentId": "A1", "WorkerId": "W1", "BonusAmount": "0.50", "GrantTime": NOON}


def bonuses(archive: Archive) -> list[tuple[Any, ...]]:
    return values(
        archive, "select hit_id, bonus_amount, copy, source from bonus_payments order by copy"
    )


def test_a_bonus_gets_the_hit_of_its_assignment_whichever_comes_first() -> None:
    bonus = Kept("bonus", "tool", (Said(BONUS_PAYMENTS, BONUS),))
    work = Kept("work", "site", (Said(ASSIGNMENTS, A1),))
    with in_memory() as archive:
        ingest(archive, bonus)
        assert bonuses(archive) == [(None, "0.50", 0, "tool")]
        ingest(archive, work)
        assert bonuses(archive) == [("H1", "0.50", 0, "tool")]
        assert findings(archive) == []


def test_a_bonus_of_an_assignment_that_no_file_holds_is_no_damage() -> None:
    with in_memory() as archive:
        ingest(archive, Kept("bonus", "tool", (Said(BONUS_PAYMENTS, BONUS),)))
        assert findings(archive) == []


def test_a_grant_of_a_type_that_no_file_holds_is_no_damage() -> None:
    grant = {"QualificationTypeId": "Q1", "WorkerId": "W1", "IntegerValue": 5}
    with in_memory() as archive:
        ingest(archive, Kept("grants", "dump", (Said(QUALIFICATIONS, grant),)))
        assert findings(archive) == []


def test_two_bonuses_that_are_alike_in_one_file_are_two() -> None:
    """A dump of ListBonusPayments counts those that are alike, as the API's writer does."""
    twice = tuple(Said(BONUS_PAYMENTS, BONUS, {"copy": copy}) for copy in (0, 1))
    dumped = Kept("dump", "dump", (Said(ASSIGNMENTS, A1), *twice))
    site = Kept("site", "site", (Said(BONUS_PAYMENTS, BONUS | {"BonusAmount": "0.5"}),))
    with in_memory() as archive:
        ingest(archive, dumped)
        ingest(archive, site)
        assert bonuses(archive) == [("H1", "0.50", 0, "dump"), ("H1", "0.50", 1, "dump")]
        assert values(archive, "select source from source_records") == [("site",)]


def test_a_bonus_moves_with_its_assignment() -> None:
    """Two files give the assignment to two HITs; the bonus names the assignment alone."""
    tool = Kept("tool", "tool", (Said(ASSIGNMENTS, A1 | {"HITId": "H2"}),))
    bonus = Kept("bonus", "tool", (Said(BONUS_PAYMENTS, BONUS),))
    site = Kept("site", "site", (Said(ASSIGNMENTS, A1),))
    same(*permutations((tool, bonus, site)))


def test_a_file_that_is_read_once_more_as_another_source_s_belongs_to_both() -> None:
    """`--source` can say so; the records of the first reading stay."""
    with in_memory() as archive:
        for source in ("site", "tool"):
            ingest(archive, Kept("work.csv", source, (Said(ASSIGNMENTS, A1),)))
        assert values(
            archive,
            "select assignments.source, files.source from assignments join files using (file_id)",
        ) == [("site", "site")]
        assert values(
            archive,
            "select source_records.source, files.source from source_records"
            " join files using (file_id)",
        ) == [("tool", "tool")]


COUNTED = {
    "HITStatus": "Reviewable",
    "MaxAssignments": 2,
    "NumberOfAssignmentsAvailable": 0,
    "NumberOfAssignmentsPending": 0,
}


def test_assignments_that_a_file_s_hit_promises_and_no_file_holds_are_a_gap() -> None:
    hit = Said(HITS, H1 | COUNTED | {"NumberOfAssignmentsCompleted": 0})
    with in_memory() as archive:
        ingest(archive, Kept("list", "lines", (hit, Said(ASSIGNMENTS, A1))))
        assert values(archive, "select kind, subject, reason from gaps") == [
            ("promised", "H1", "1 assignments that no file holds")
        ]
        assert findings(archive) == []
        ingest(archive, Kept("rest", "site", (Said(ASSIGNMENTS, A1 | {"AssignmentId": "A2"}),)))
        assert values(archive, "select * from gaps") == []


def test_counters_of_a_file_that_promise_more_than_the_api_s_are_no_damage_and_stay_readable() -> (
    None
):
    """Counters say what the API still has to give, and so the API's own count."""
    seen = H1 | COUNTED | {"NumberOfAssignmentsAvailable": 2, "HITStatus": "Assignable"}
    later = Said(HITS, H1 | COUNTED | {"NumberOfAssignmentsCompleted": 2})
    with in_memory() as archive:
        tell(archive, [Said(HITS, seen | {"NumberOfAssignmentsCompleted": 0})])
        ingest(archive, Kept("later", "lines", (later,)))
        assert findings(archive) == []
        said = "select json_extract(said, '$.number_of_assignments_completed') from source_records"
        assert values(archive, said) == [(2,)]
        assert values(archive, "select * from disagreements") == []
