from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mturk_exodus.archive.merge import CHANGING, Disagreement, Merged, Statement, agree, merge
from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    QUALIFICATIONS,
    REVIEW_REPORTS,
    TABLES,
    TEMPLATES,
    WORKER_DETAILS,
    Table,
)
from mturk_exodus.questions.answering import answers
from mturk_exodus.records import Value

API, DUMP, SITE, LINES = ("api", 0), ("dump", 10), ("site", 20), ("lines", 30)
MAY, JUNE = "2018-05-01T00:00:00.000Z", "2018-06-01T00:00:00.000Z"
APPROVED_IN_MAY: dict[str, Any] = {"assignment_status": "Approved", "approval_time": MAY}
REJECTED_IN_MAY: dict[str, Any] = {"assignment_status": "Rejected", "rejection_time": MAY}
APPROVED_IN_JUNE: dict[str, Any] = {"assignment_status": "Approved", "approval_time": JUNE}
SUBMITTED: dict[str, Any] = {"assignment_status": "Submitted"}


def says(source: tuple[str, int], digest: str = "0", **values: Any) -> Statement:  # noqa: ANN401 - columns
    name, authority = source
    return Statement(name, authority, values, digest)


def kept(merged: Merged, *names: str) -> tuple[Value, ...]:
    return tuple(merged.values[name] for name in names)


def lines(merged: Merged) -> list[tuple[Value, ...]]:
    return [
        (one.member, one.kept, one.kept_source, one.other, one.other_source)
        for one in merged.disagreements
    ]


def test_one_statement_is_what_it_says() -> None:
    merged = merge(HITS, [says(SITE, title="a", reward="0.5")])
    assert merged.values == dict.fromkeys(HITS.told) | {"title": "a", "reward": "0.5"}
    assert (merged.main, merged.own_values, merged.disagreements) == (0, {}, [])


def test_the_lower_authority_number_counts_and_the_other_is_listed() -> None:
    merged = merge(HITS, [says(SITE, title="b"), says(API, title="a"), says(DUMP, title="c")])
    assert merged.main == 1
    assert merged.values["title"] == "a"
    assert lines(merged) == [
        ("title", "a", "api", "c", "dump"),
        ("title", "a", "api", "b", "site"),
    ]


def test_what_the_first_does_not_say_comes_from_the_next_that_does() -> None:
    told = [says(LINES, title="l", keywords="l"), says(API), says(SITE, title="s")]
    merged = merge(HITS, told)
    assert merged.main == 1
    assert kept(merged, "title", "keywords") == ("s", "l")
    assert merged.own_values == {"title": None, "keywords": None}
    assert lines(merged) == [("title", "s", "site", "l", "lines")]


def test_of_one_source_the_later_state_counts_then_the_digest() -> None:
    later = says(SITE, "9", worker_id="b", **APPROVED_IN_JUNE)
    earlier = says(SITE, "1", worker_id="a", **APPROVED_IN_MAY)
    assert merge(ASSIGNMENTS, [earlier, later]).values["worker_id"] == "b"
    same_state = says(SITE, "1", worker_id="a", **APPROVED_IN_JUNE)
    for order in ([same_state, later], [later, same_state]):
        merged = merge(ASSIGNMENTS, order)
        assert order[merged.main] is same_state
        assert lines(merged) == [("worker_id", "a", "site", "b", "site")]


def test_two_sources_of_one_authority_count_in_the_order_of_their_names() -> None:
    first, second = says(("a", 20), "9", title="x"), says(("b", 20), "1", title="y")
    assert merge(HITS, [second, first]).values["title"] == "x"


@pytest.mark.parametrize("first", [SUBMITTED, {}])
@pytest.mark.parametrize("later", [APPROVED_IN_MAY, REJECTED_IN_MAY])
def test_a_review_that_a_less_authoritative_source_saw_counts(
    first: dict[str, Any], later: dict[str, Any]
) -> None:
    merged = merge(ASSIGNMENTS, [says(API, answer="x", **first), says(SITE, **later)])
    assert merged.main == 0
    assert {name: merged.values[name] for name in later} == later
    assert merged.own_values == {name: first.get(name) for name in later}
    assert merged.disagreements == []


def test_an_overturned_rejection_leaves_nothing_of_the_rejection() -> None:
    rejected = says(API, requester_feedback="no", **REJECTED_IN_MAY)
    merged = merge(ASSIGNMENTS, [rejected, says(SITE, **APPROVED_IN_JUNE)])
    review = ("assignment_status", "approval_time", "rejection_time", "requester_feedback")
    assert kept(merged, *review) == ("Approved", JUNE, None, None)
    assert merged.disagreements == []


def test_a_rejection_of_may_does_not_undo_the_approval_of_june() -> None:
    approved = says(API, **APPROVED_IN_JUNE)
    merged = merge(ASSIGNMENTS, [says(SITE, **REJECTED_IN_MAY), approved])
    assert kept(merged, "assignment_status", "rejection_time") == ("Approved", None)
    assert merged.disagreements == []


def test_reviews_of_one_second_are_one_state_and_contradict() -> None:
    one = {"assignment_status": "Approved", "approval_time": "2018-05-01T00:00:00.400Z"}
    merged = merge(ASSIGNMENTS, [says(API, **one), says(SITE, **REJECTED_IN_MAY)])
    assert kept(merged, "assignment_status", "approval_time", "rejection_time") == (
        "Approved",
        "2018-05-01T00:00:00.400Z",
        MAY,
    )
    assert lines(merged) == [("assignment_status", "Approved", "api", "Rejected", "site")]


def test_of_one_state_each_says_what_the_other_does_not() -> None:
    merged = merge(
        ASSIGNMENTS,
        [says(API, **APPROVED_IN_MAY), says(SITE, requester_feedback="ok", **APPROVED_IN_MAY)],
    )
    assert merged.values["requester_feedback"] == "ok"
    assert merged.own_values == {"requester_feedback": None}


def test_a_time_of_review_alone_does_not_cost_the_status() -> None:
    """A source may say when work was approved and have no word for its status."""
    merged = merge(ASSIGNMENTS, [says(API, **SUBMITTED), says(SITE, approval_time=MAY)])
    assert merged.values["approval_time"] == MAY
    assert merged.values["assignment_status"] is not None


def test_a_review_without_a_time_that_contradicts_another_is_listed() -> None:
    """Which of them is the later one nobody says."""
    approved = says(SITE, assignment_status="Approved")
    merged = merge(ASSIGNMENTS, [says(API, **REJECTED_IN_MAY), approved])
    assert merged.values["assignment_status"] == "Rejected"
    assert lines(merged) == [("assignment_status", "Rejected", "api", "Approved", "site")]


COUNTERS = (
    "max_assignments",
    "number_of_assignments_pending",
    "number_of_assignments_available",
    "number_of_assignments_completed",
)


def counted(source: tuple[str, int], counters: tuple[int, ...], status: str) -> Statement:
    values: dict[str, Any] = dict(zip(COUNTERS, counters, strict=True))
    return says(source, hit_status=status, title="a", **values)


def test_the_counters_of_a_hit_come_from_the_greatest_authority() -> None:
    """They say what the API still has to give: an old dump must not make it less."""
    may = counted(API, (9, 0, 5, 3), "Assignable")
    june = counted(SITE, (9, 1, 1, 7), "Unassignable")
    merged = merge(HITS, [may, june])
    assert kept(merged, *COUNTERS, "hit_status") == (9, 0, 5, 3, "Assignable")
    assert merged.disagreements == []


def test_of_two_files_of_one_kind_the_hit_s_later_state_counts() -> None:
    may, june = counted(SITE, (9, 0, 5, 3), "Assignable"), counted(SITE, (9, 1, 1, 7), "Reviewable")
    for told in ([may, june], [june, may]):
        assert kept(merge(HITS, told), *COUNTERS, "hit_status") == (9, 1, 1, 7, "Reviewable")
    may, june = says(SITE, "1", hit_status="Odd"), says(SITE, "2", hit_status="Assignable")
    assert merge(HITS, [may, june]).values["hit_status"] == "Assignable"


def test_the_site_s_later_list_of_workers_counts() -> None:
    first = says(SITE, "1", lifetime_submitted=5, lifetime_approved=5, block_status="Never Blocked")
    later = says(SITE, "2", lifetime_submitted=9, lifetime_approved=7)
    merged = merge(WORKER_DETAILS, [first, later])
    assert kept(merged, "lifetime_submitted", "lifetime_approved") == (9, 7)
    assert merged.values["block_status"] == "Never Blocked"
    assert merged.disagreements == []


def test_a_grant_is_revoked_after_it_was_given_and_given_again_after_that() -> None:
    granted = says(API, grant_time=MAY, status="Granted", integer_value=5)
    revoked = says(SITE, grant_time=MAY, status="Revoked", integer_value=5)
    again = says(LINES, grant_time=JUNE, status="Granted", integer_value=7)
    assert kept(merge(QUALIFICATIONS, [granted, revoked]), "status") == ("Revoked",)
    merged = merge(QUALIFICATIONS, [granted, revoked, again])
    assert kept(merged, "status", "integer_value") == ("Granted", 7)
    assert merged.disagreements == []


def test_a_grant_that_a_file_knows_to_the_second_was_revoked_all_the_same() -> None:
    granted = says(API, grant_time="2018-05-01T00:00:00.400Z", status="Granted", integer_value=5)
    revoked = says(SITE, grant_time=MAY, status="Revoked", integer_value=6)
    merged = merge(QUALIFICATIONS, [granted, revoked])
    assert kept(merged, "status", "integer_value") == ("Revoked", 6)


def test_the_doubts_about_an_answer_go_with_the_answer() -> None:
    doubtful = says(SITE, answer=answer_of("x"), answer_doubts='["q"]')
    sure = says(API, answer=answer_of("x"))
    merged = merge(ASSIGNMENTS, [doubtful, sure])
    assert merged.values["answer_doubts"] is None
    assert merged.disagreements == []
    merged = merge(ASSIGNMENTS, [doubtful, says(API, worker_id="w")])
    assert merged.values["answer_doubts"] == '["q"]'
    assert merged.own_values == {"answer": None, "answer_doubts": None}


def answer_of(text: str) -> str:
    return answers.build([("q", text)])


ALIKE: list[tuple[Table, str, str, str]] = [
    (ASSIGNMENTS, "submit_time", MAY, "2018-05-01T00:00:00.999Z"),
    (HITS, "reward", "0.5", "0.50"),
    (BONUS_PAYMENTS, "bonus_amount", "1", "1.00"),
    (HITS, "title", "a  b\r\n", "a b"),
    (HITS, "qualification_requirements", '[{"a":1,"b":2}]', '[{"b":2,"a":1}]'),
    (HITS, "template_variables", '{"a":"1","b":"2"}', '{"b":"2","a":"1"}'),
    (QUALIFICATIONS, "locale_value", '{"Country":"DE","S":"1"}', '{"S":"1","Country":"DE"}'),
    (WORKER_DETAILS, "qualification_scores", '{"a":"1","b":"2"}', '{"b":"2","a":"1"}'),
    (REVIEW_REPORTS, "hit_review_policy", '{"a":"1","b":"2"}', '{"b":"2","a":"1"}'),
    (REVIEW_REPORTS, "hit_review_report", '{"a":"1","b":"2"}', '{"b":"2","a":"1"}'),
    (ASSIGNMENTS, "answer", answer_of("x\r\n"), answer_of("x\n")),
]

DIFFERENT: list[tuple[Table, str, str, str]] = [
    (ASSIGNMENTS, "submit_time", MAY, "2018-05-01T00:00:01.000Z"),
    (HITS, "reward", "0.5", "0.51"),
    (HITS, "title", "ab", "a b"),
    (HITS, "qualification_requirements", '[{"a":1}]', '[{"a":2}]'),
    (HITS, "template_variables", '{"a":"1"}', '{"a":"1 "}'),
    (ASSIGNMENTS, "answer", answer_of("x"), answer_of("y")),
    (ASSIGNMENTS, "worker_id", "A1", "a1"),
    (TEMPLATES, "variables", '["a","b"]', '["b","a"]'),
]


@pytest.mark.parametrize(("table", "column", "one", "other"), ALIKE)
def test_one_fact_spelled_in_two_ways_is_no_disagreement(
    table: Table, column: str, one: str, other: str
) -> None:
    assert column in table.columns
    merged = merge(table, [says(API, **{column: one}), says(SITE, **{column: other})])
    assert merged.values[column] == one
    assert merged.disagreements == []


@pytest.mark.parametrize(("table", "column", "one", "other"), DIFFERENT)
def test_two_facts_disagree(table: Table, column: str, one: str, other: str) -> None:
    merged = merge(table, [says(API, **{column: one}), says(SITE, **{column: other})])
    assert merged.disagreements == [Disagreement(column, one, "api", other, "site")]


def test_one_source_that_says_something_twice_is_listed_once() -> None:
    told = [says(API, title="a"), says(SITE, "1", title="b"), says(SITE, "2", title="b")]
    assert lines(merge(HITS, told)) == [("title", "a", "api", "b", "site")]


POOLS: dict[str, list[Any]] = {
    "reward": ["0.5", "0.50", "0.4"],
    "bonus_amount": ["1", "1.00", "2"],
    "answer": [answer_of("x"), answer_of(" x"), answer_of("y"), "no XML"],
    "answer_doubts": ['["q"]', '["r"]'],
    "assignment_status": ["Submitted", "Approved", "Rejected", "Odd"],
    "hit_status": ["Assignable", "Reviewable", "Disposed", "Odd"],
    "status": ["Granted", "Revoked"],
    "qualification_requirements": ['[{"a":1,"b":2}]', '[{"b":2,"a":1}]', "[]"],
    "template_variables": ['{"a":"1"}', '{"a":"2"}'],
    "locale_value": ['{"Country":"DE"}', '{"Country":"US"}'],
    "qualification_scores": ['{"a":"1"}', '{"a":"2"}'],
}
TIMES = [MAY, "2018-05-01T00:00:00.500Z", "2018-05-01T00:00:01.000Z", JUNE]


def values_of(column: str) -> st.SearchStrategy[Value]:
    if column in POOLS:
        return st.sampled_from(POOLS[column])
    if column.startswith(("number_of", "max_", "lifetime", "integer", "auto_approval_delay")):
        return st.integers(0, 2)
    if column.endswith("_time") or column == "expiration":
        return st.sampled_from(TIMES)
    return st.sampled_from(["a", "a ", "b"])


def statements(table: Table) -> st.SearchStrategy[list[Statement]]:
    one = st.builds(
        lambda source, values, digest: Statement(source[0], source[1], values, digest),
        st.sampled_from([API, DUMP, SITE, ("site 2", 20), LINES]),
        st.fixed_dictionaries({}, optional={name: values_of(name) for name in table.told}),
        st.integers(0, 99).map(str),
    )
    return st.lists(one, min_size=1, max_size=4, unique_by=lambda one: (one.source, one.raw_sha256))


WEIGHED = st.sampled_from([HITS, ASSIGNMENTS, WORKER_DETAILS, QUALIFICATIONS, BONUS_PAYMENTS])
CASES = WEIGHED.flatmap(lambda table: st.tuples(st.just(table), statements(table)))


@settings(deadline=None)
@given(CASES, st.randoms(use_true_random=False))
def test_the_order_of_statements_does_not_matter(
    case: tuple[Table, list[Statement]],
    random: Any,  # noqa: ANN401 - hypothesis' own Random
) -> None:
    table, told = case
    shuffled = list(told)
    random.shuffle(shuffled)
    one, other = merge(table, told), merge(table, shuffled)
    assert told[one.main] is shuffled[other.main]
    assert one.values == other.values
    assert one.own_values == other.own_values
    assert one.disagreements == other.disagreements


@settings(deadline=None)
@given(CASES)
def test_a_kept_value_is_what_somebody_said_and_its_own_what_the_main_one_said(
    case: tuple[Table, list[Statement]],
) -> None:
    table, told = case
    merged = merge(table, told)
    assert merged.values.keys() == set(table.told)
    main = told[merged.main].values
    for name, value in merged.values.items():
        assert value is None or value in [one.values.get(name) for one in told]
        assert merged.own_values.get(name, value) == main.get(name)
        assert (name in merged.own_values) == (main.get(name) != value)
    assert told[merged.main].authority == min(one.authority for one in told)


@settings(deadline=None)
@given(CASES)
def test_what_came_out_brings_nothing_new(case: tuple[Table, list[Statement]]) -> None:
    table, told = case
    merged = merge(table, told)
    whole = Statement("whole", 0, merged.values, "whole")
    assert merge(table, [whole]).values == merged.values
    doubled = merge(table, [*told, *told])
    assert (doubled.values, doubled.disagreements) == (merged.values, merged.disagreements)


def in_latest_state(table: Table, told: list[Statement], column: str) -> list[Statement]:
    """The statements that count for a column; for what does not change, all of them."""
    changing = CHANGING.get(table.name)
    if changing is None or column not in {*changing.columns, *changing.passing}:
        return told
    if column in changing.passing:
        return []
    latest = max(changing.moment(one.values) for one in told)
    moments = [changing.moment(one.values) for one in told]
    return [
        one
        for one, moment in zip(told, moments, strict=True)
        if moment == latest or changing.is_undated(moment)
    ]


@settings(deadline=None)
@given(CASES)
def test_disagreements_are_those_values_of_the_same_state_that_are_not_the_kept_fact(
    case: tuple[Table, list[Statement]],
) -> None:
    table, told = case
    merged = merge(table, told)
    wanted = {
        (name, value, one.source)
        for name in merged.values
        if name != "answer_doubts"
        for one in in_latest_state(table, told, name)
        if (value := one.values.get(name)) is not None
        and not agree(name, merged.values[name], value)
    }
    listed = [(one.member, one.other, one.other_source) for one in merged.disagreements]
    assert len(listed) == len(set(listed))
    assert set(listed) == wanted
    for line in merged.disagreements:
        assert line.kept == merged.values[line.member] is not None
        assert line.kept_source in [
            one.source for one in told if one.values.get(line.member) == line.kept
        ]


@settings(deadline=None)
@given(WEIGHED.flatmap(lambda table: st.tuples(st.just(table), statements(table))))
def test_what_all_agree_on_is_kept_and_listed_by_nobody(
    case: tuple[Table, list[Statement]],
) -> None:
    table, told = case
    merged = merge(table, told)
    for name in merged.values:
        said = {one.values.get(name) for one in told}
        if len(said) == 1 and name != "answer_doubts":
            assert {merged.values[name]} == said
            assert name not in [line.member for line in merged.disagreements]


@settings(deadline=None)
@given(st.sampled_from(TABLES).flatmap(lambda table: st.tuples(st.just(table), statements(table))))
def test_every_table_can_be_weighed(case: tuple[Table, list[Statement]]) -> None:
    table, told = case
    assert merge(table, told).values.keys() == set(table.told)
