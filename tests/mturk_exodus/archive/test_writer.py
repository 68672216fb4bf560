from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mturk_exodus.archive.tables import (
    BONUS_PAYMENTS,
    HITS,
    QUALIFICATION_TYPES,
    TABLES,
    WORKER_BLOCKS,
    Table,
)
from mturk_exodus.archive.verify import verify
from mturk_exodus.archive.writer import Writer
from mturk_exodus.records import members
from tests.mturk_exodus.archive.support import hit, put, writing

TYPE_COLUMNS = "hit_type_id, title, reward, as_of_hit_id"


def query(writer: Writer, statement: str) -> list[tuple[Any, ...]]:
    return writer.archive.connection.execute(statement).fetchall()


def hit_types(writer: Writer) -> list[tuple[Any, ...]]:
    return query(writer, f"select {TYPE_COLUMNS} from hit_types order by 1")  # noqa: S608 - our own names


def test_a_record_seen_again_is_only_marked(path: Path) -> None:
    for _ in range(3):
        with writing(path) as writer:
            put(writer, HITS, hit("H1"))
            seen = query(writer, "select first_run_id, last_run_id from hits")
            assert query(writer, "select count(*) from revisions") == [(0,)]
    assert seen == [(1, 3)]


def test_a_record_that_changes_keeps_what_it_said_member_by_member(path: Path) -> None:
    with writing(path) as writer:
        put(writer, HITS, hit("H1", Question="<a/>", Keywords="k"))
    with writing(path) as writer:
        changed = hit("H1", Question="<b/>", New={"x": 1})
        put(writer, HITS, changed)
        found = query(
            writer,
            "select record_key, member, earlier, seen_run_id, replaced_run_id"
            " from revisions order by member",
        )
        assert [(json.loads(row[0]), *row[1:]) for row in found] == [
            (["H1"], "Keywords", '"k"', 1, 2),
            (["H1"], "New", None, 1, 2),
            (["H1"], "Question", '"<a/>"', 1, 2),
        ]
        assert query(writer, "select question, keywords, raw from hits") == [
            ("<b/>", None, json.dumps(changed))
        ]
        assert list(verify(writer.archive)) == []


def test_the_type_of_hits_is_told_by_the_hit_of_the_smallest_id_in_whatever_order(
    path: Path,
) -> None:
    records = [hit(f"H{n}", Title=f"Title {n}") for n in (3, 1, 2)]
    with writing(path) as writer:
        for record in records:
            put(writer, HITS, record)
        assert hit_types(writer) == [("T1", "Title 1", "0.05", "H1")]
        put(writer, HITS, hit("H0", Title="Title 0"), hit("H9", Title="Title 9"))
        assert hit_types(writer) == [("T1", "Title 0", "0.05", "H0")]
        put(writer, HITS, hit("H0", Title="Changed"))
        assert hit_types(writer) == [("T1", "Changed", "0.05", "H0")]
        assert list(verify(writer.archive)) == []


def test_a_hit_that_changes_its_type_leaves_the_old_one_to_the_others(path: Path) -> None:
    with writing(path) as writer:
        put(writer, HITS, hit("H1", Title="One"), hit("H2", Title="Two"), hit("H3", HITTypeId="T2"))
        put(writer, HITS, hit("H1", HITTypeId="T2", Title="One"))
        assert hit_types(writer) == [("T1", "Two", "0.05", "H2"), ("T2", "One", "0.05", "H1")]
        put(writer, HITS, hit("H2", HITTypeId=None))
        assert hit_types(writer) == [("T2", "One", "0.05", "H1")]
        assert list(verify(writer.archive)) == []


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([None, "T1", "T2"]))))
@settings(max_examples=25, deadline=None)
def test_hit_types_follow_from_the_hits_whatever_happens_to_them(
    steps: list[tuple[str, str | None]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, writing(Path(folder) / "mturk.db") as writer:
        for number, (hit_id, type_id) in enumerate(steps):
            put(writer, HITS, hit(hit_id, HITTypeId=type_id, Title=str(number)))
        assert list(verify(writer.archive)) == []


def test_bonuses_that_are_alike_are_told_apart_by_their_copy(path: Path) -> None:
    bonus = {"AssignmentId": "A1", "BonusAmount": "0.10", "WorkerId": "W1"}
    for _ in range(2):
        with writing(path) as writer:
            put(writer, HITS, hit("H1"))
            copies: Counter[str] = Counter()
            for _ in range(2):
                put(writer, BONUS_PAYMENTS, bonus, bonus, copies=copies, hit_id="H1", copy=0)
            found = query(writer, "select copy from bonus_payments order by 1")
            assert found == [(0,), (1,), (2,), (3,)]


def test_a_bad_record_is_kept_as_it_came_and_the_others_are_stored(path: Path) -> None:
    bad = [{"WorkerId": 5}, None, "W", ["W"], {}, {"Reason": "x"}]
    with writing(path) as writer:
        stored = put(writer, WORKER_BLOCKS, {"WorkerId": "W1"}, *bad, {"WorkerId": "W2"})
        assert (len(stored.rows), stored.refused) == (2, len(bad))
        held = query(writer, "select raw from quarantine")
        assert sorted(json.dumps(json.loads(text)) for (text,) in held) == sorted(
            map(json.dumps, bad)
        )
        assert list(verify(writer.archive)) == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
LIKELY = st.sampled_from(["0.05", 1, 1531774562.123, True, [], {}, "2018-07-16T20:56:02Z", "x"])
ALONE = tuple(table for table in TABLES if not table.context)


@st.composite
def likely_records(draw: st.DrawFn, table: Table) -> Any:  # noqa: ANN401 - whatever JSON holds
    names = [member.name for _, member in members(table.record)]
    needed = {m.name: st.text(min_size=1) for _, m in members(table.record) if m.required}
    return draw(
        st.fixed_dictionaries(
            dict(needed), optional={name: LIKELY | JSON for name in names if name not in needed}
        )
        | JSON
    )


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_json_comes_is_a_row_that_follows_from_it_or_is_in_quarantine(
    data: st.DataObject,
) -> None:
    table = data.draw(st.sampled_from([one for one in ALONE if one.name != "assignments"]))
    records = data.draw(st.lists(likely_records(table), max_size=6))
    with tempfile.TemporaryDirectory() as folder, writing(Path(folder) / "mturk.db") as writer:
        stored = put(writer, table, *records)
        held = query(writer, f"select raw from {table.name}")  # noqa: S608 - a table's own name
        refused = query(writer, "select raw from quarantine")
        assert len(held) == len(stored.rows)
        came = {json.dumps(record) for record in records}
        assert {text for (text,) in held + refused} <= came
        wrong = [each for each in verify(writer.archive) if each.check not in _BETWEEN_ROWS]
        assert wrong == []


_BETWEEN_ROWS = {"counters", "references"}
"""What a record by chance may well say of others."""


def test_members_that_we_do_not_know_stay_in_raw(path: Path) -> None:
    record = {"QualificationTypeId": "Q1", "NewMember": {"deep": [1, 2.50]}}
    with writing(path) as writer:
        put(writer, QUALIFICATION_TYPES, record)
        ((text,),) = query(writer, "select raw from qualification_types")
        assert json.loads(text) == record
