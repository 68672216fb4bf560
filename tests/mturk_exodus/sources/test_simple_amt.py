"""simple-amt's results, as its forks write them; worker ids are none of anybody's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.questions.answering import answers
from mturk_exodus.records import from_wire
from mturk_exodus.sources.files import local_file
from mturk_exodus.sources.interface import Entry, FileRefused, Refused
from mturk_exodus.sources.simple_amt import SimpleAMT

HIT = "3UY4PIS8QRQHCTGN87TLFNYH6TT1NR"
RESULT = {
    "assignment_id": "3R0T90IZ1THYBO7TR2BBVJ3TR3AGC2",
    "hit_id": HIT,
    "worker_id": "A1EXAMPLE",
    "output": [{"image_url": "http://example.org/a.jpg", "description": "Un chiot blanc & né"}],
}


def kept(folder: Path, text: str, name: str = "results.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def read(path: Path) -> list[Any]:
    return list(SimpleAMT().read(local_file(path)))


def derived(**changes: object) -> dict[str, Any]:
    return dict(SimpleAMT().derive("assignments", {**RESULT, **changes}).wire)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([RESULT, RESULT]),  # the first version: one list
        json.dumps([RESULT, RESULT], indent=2),
        json.dumps(RESULT) + "\n" + json.dumps(RESULT) + "\n",
        "\n" + json.dumps(RESULT) + "\r\n" + json.dumps(RESULT),
    ],
)
def test_results_are_read_as_a_list_and_as_lines(tmp_path: Path, text: str) -> None:
    path = kept(tmp_path, text)
    assert SimpleAMT().claims(local_file(path)) == "results with simple-amt's members"
    entries = read(path)
    assert [(entry.number, entry.found[0]) for entry in entries] == [
        (1, (ASSIGNMENTS, RESULT, {})),
        (2, (ASSIGNMENTS, RESULT, {})),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        json.dumps({"assignment_id": "a", "hit_id": "h", "worker_id": "w"}),
        json.dumps([{"about": "output"}, RESULT]),
        json.dumps({"all": [RESULT]}),
        json.dumps({"AssignmentId": "a", "HITId": "h", "WorkerId": "w", "output": 1}),
        "assignment_id,hit_id,worker_id,output\n",
        '[{"assignment_id": "a", "output": ',
    ],
)
def test_what_has_not_its_members_is_not_claimed(tmp_path: Path, text: str) -> None:
    assert SimpleAMT().claims(local_file(kept(tmp_path, text))) is None


def test_a_first_result_whose_output_hides_the_rest_is_claimed(tmp_path: Path) -> None:
    hiding = {"assignment_id": "a", "output": "x" * 70_000, "worker_id": "w", "hit_id": "h"}
    path = kept(tmp_path, json.dumps([hiding]))
    assert SimpleAMT().claims(local_file(path)) is not None


def test_a_long_record_of_another_kind_is_not_claimed(tmp_path: Path) -> None:
    other = {"about": "x", "assignment_id": "a", "output": "x" * 70_000}
    assert SimpleAMT().claims(local_file(kept(tmp_path, json.dumps([other])))) is None


def test_the_answer_is_the_pages_one_field_written_anew() -> None:
    wire = derived()
    (answer,) = answers.read(wire["Answer"])
    assert answer.question_identifier == "output"
    assert json.loads(str(answer.free_text)) == RESULT["output"]
    assert wire["AnswerDoubts"] == {"rewritten": ["output"]}


def test_the_answer_is_spelled_as_a_browser_spells_it() -> None:
    (answer,) = answers.read(derived(output={"a": [1, "é"]})["Answer"])
    assert answer.free_text == '{"a":[1,"é"]}'


def test_characters_that_xml_cannot_hold_are_not_lost() -> None:
    (answer,) = answers.read(derived(output="a\ud800\ufffe")["Answer"])
    assert json.loads(str(answer.free_text)) == "a\ud800\ufffe"


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("2014-06-30T21:04:52Z", "2014-06-30T21:04:52.000Z"),
        ("2018-09-30 12:00:00-07:00", "2018-09-30T19:00:00.000Z"),
    ],
)
def test_times_are_taken_as_each_fork_writes_them(written: str, canonical: str) -> None:
    record = from_wire(ASSIGNMENTS.record, derived(submit_time=written, accept_time=written))
    assert (record.submit_time, record.accept_time) == (canonical, canonical)


def test_a_time_without_a_zone_is_unreadable() -> None:
    result = SimpleAMT().derive("assignments", {**RESULT, "submit_time": "2018-09-30 12:00:00"})
    assert result.unreadable == ("submit_time",)
    assert "SubmitTime" not in result.wire


def test_the_status_is_not_known() -> None:
    assert "AssignmentStatus" not in derived()


def test_keys_that_a_fork_writes_among_the_results_are_refused_and_the_rest_is_kept(
    tmp_path: Path,
) -> None:
    path = kept(tmp_path, f'{json.dumps(RESULT)}\n"assignment_id"\n{{"hit_id"\n')
    entry, key, cut_off = read(path)
    assert isinstance(entry, Entry)
    assert key == Refused(2, "it is no record", "assignment_id")
    assert cut_off == Refused(3, "it is no record", '{"hit_id"')


@pytest.mark.parametrize("name", ["assignment_id", "hit_id"])
def test_a_result_without_its_ids_is_refused(tmp_path: Path, name: str) -> None:
    path = kept(tmp_path, json.dumps({**RESULT, name: None}))
    assert read(path)[0].reason == f"no {name}"


@pytest.mark.parametrize("name", ["hit_ids.txt", "hits", "my-HIT-ids.txt", "pilot_hits.log"])
def test_a_list_of_hits_asks_for_them(tmp_path: Path, name: str) -> None:
    path = kept(tmp_path, f"{HIT}\r\n\r\n3LB1BGHFL21CXCWAHSM629FJ2WNYTM\nnonsense\n", name)
    assert SimpleAMT().claims(local_file(path)) is None
    path = kept(tmp_path, f"{HIT}\r\n\r\n3LB1BGHFL21CXCWAHSM629FJ2WNYTM\n", name)
    assert SimpleAMT().claims(local_file(path)) == "a HIT id on each line"
    first, second = read(path)
    assert first.found == ((HITS, {"HITId": HIT}, {}),)
    assert second.number == 2
    assert SimpleAMT().derive("hits", first.found[0].raw).wire == {"HITId": HIT}


@pytest.mark.parametrize("name", ["ids.txt", "hit_type_ids.txt", "hittypes.txt", "white.txt"])
def test_other_ids_look_like_those_of_hits_and_are_left_alone(tmp_path: Path, name: str) -> None:
    assert SimpleAMT().claims(local_file(kept(tmp_path, HIT, name))) is None


def test_a_line_further_down_that_is_no_id_is_refused(tmp_path: Path) -> None:
    path = kept(tmp_path, f"{HIT}\n" * 2_200 + "A1EXAMPLE\n", "hit_ids.txt")
    assert SimpleAMT().claims(local_file(path)) is not None
    assert read(path)[-1] == Refused(2_201, "it is no HIT id", "A1EXAMPLE")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary() | st.text('[]{}",:\\ 0e.\n' + "aé\ud7ff\ufffe", max_size=80).map(str.encode),
    st.sampled_from(["results.txt", "hit_ids.txt"]),
)
def test_any_file_is_read_or_refused(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    SimpleAMT().claims(local_file(path))
    try:
        json.dumps([item.raw for item in read(path) if isinstance(item, Refused)])
    except FileRefused:
        return


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(["assignments", "hits", "templates", "none of ours"]),
    st.dictionaries(
        st.sampled_from([*RESULT, "accept_time", "submit_time", "HITId"]) | st.text(), json_values
    ),
)
def test_derive_never_raises_and_the_archive_takes_what_it_gives(
    table: str, raw: dict[str, Any]
) -> None:
    wire = SimpleAMT().derive(table, raw).wire
    if table == "assignments":
        from_wire(ASSIGNMENTS.record, {"AssignmentId": "a", "HITId": "h", **wire})
