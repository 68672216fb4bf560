"""amti's folders, with the names and the records that allenai/amti writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS, TABLES, TEMPLATES
from mturk_exodus.records import from_wire
from mturk_exodus.sources.amti import Amti
from mturk_exodus.sources.api_dump import APIDump
from mturk_exodus.sources.files import local_file
from mturk_exodus.sources.interface import Entry, FileRefused, Refused
from mturk_exodus.sources.templates import Templates

BATCH = "0f8fad5b-d9cb-469f-a165-70867728950e"
HIT = {
    "HITId": "3HIT",
    "HITTypeId": "3TYPE",
    "CreationTime": "2018-05-01T12:30:00-07:00",
    "Question": "<HTMLQuestion/>",
    "MaxAssignments": 2,
    "Reward": "0.05",
    "RequesterAnnotation": f"batch={BATCH}",
    "QualificationRequirements": [],
}
ASSIGNMENT = {
    "AssignmentId": "3ASSIGNMENT",
    "WorkerId": "A1EXAMPLE",
    "HITId": "3HIT",
    "AssignmentStatus": "Rejected",
    "SubmitTime": "2018-05-01T12:40:00.123000-07:00",
    "Answer": "<QuestionFormAnswers/>",
}
QUESTION = (
    '<HTMLQuestion xmlns="x"><HTMLContent><![CDATA[{{ title }} {% for item in items %}'
    "{{ item.name }}{{ loop.index }}{% endfor %}{% if hint %}{{ hint|upper }}{% endif %}"
    "]]></HTMLContent></HTMLQuestion>"
)


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """A batch whose results are saved."""
    folder = tmp_path / f"batch-{BATCH}"
    write(folder / "README", "\nThis directory is a batch made by A Mechanical Turk Interface.\n")
    write(folder / "COMMIT", "<none>")
    write(folder / "BATCHID", BATCH)
    write(folder / "data.jsonl", '{"title": "a", "items": []}\n\n{"title": "b", "items": []}\n')
    write(folder / "definition" / "NOTES", "Ask the second annotators.\n")
    write(folder / "definition" / "question.xml.j2", QUESTION)
    write(folder / "definition" / "hittypeproperties.json", '{"Reward": "0.05", "Title": "t"}')
    write(folder / "definition" / "hitproperties.json", '{"MaxAssignments": 2}')
    hit = folder / "results" / "hit-3HIT"
    write(hit / "hit.jsonl", json.dumps({"HIT": HIT, "ResponseMetadata": {"RetryAttempts": 0}}))
    write(hit / "assignments.jsonl", json.dumps(ASSIGNMENT) + "\n")
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def read(path: Path) -> list[Any]:
    return list(Amti().read(local_file(path)))


def claims(path: Path) -> str | None:
    return Amti().claims(local_file(path))


def one_claims(path: Path) -> list[str]:
    """The sources that claim a file, of those that know such files."""
    sources = (Amti(), Templates(), APIDump())
    return [type(one).__name__ for one in sources if one.claims(local_file(path)) is not None]


def test_every_file_that_says_something_has_one_claimant(batch: Path) -> None:
    unclaimed = {"README", "COMMIT", "BATCHID"}  # the batch's id stands in its HITs as well
    for path in batch.rglob("*"):
        if path.is_file():
            assert len(one_claims(path)) == (path.name not in unclaimed), path


def test_a_hit_is_what_the_api_said_of_it(batch: Path) -> None:
    (entry,) = read(batch / "results" / "hit-3HIT" / "hit.jsonl")
    assert entry == Entry(1, (entry.found[0],))
    assert entry.found == ((HITS, HIT, {}),)
    record = from_wire(HITS.record, Amti().derive("hits", HIT).wire)
    assert (record.creation_time, record.reward) == ("2018-05-01T19:30:00.000Z", "0.05")


def test_assignments_are_what_the_api_said_of_them(batch: Path) -> None:
    (entry,) = read(batch / "results" / "hit-3HIT" / "assignments.jsonl")
    assert entry.found == ((ASSIGNMENTS, ASSIGNMENT, {}),)
    record = from_wire(ASSIGNMENTS.record, Amti().derive("assignments", ASSIGNMENT).wire)
    assert record.submit_time == "2018-05-01T19:40:00.123Z"


def test_a_line_that_was_cut_off_costs_no_other(batch: Path) -> None:
    path = batch / "results" / "hit-3HIT" / "assignments.jsonl"
    write(path, json.dumps(ASSIGNMENT) + '\n{"AssignmentId": "3A\n{"HITId": "3HIT"}\n')
    _, cut_off, nameless = read(path)
    assert cut_off == Refused(2, "it is not JSON", '{"AssignmentId": "3A')
    assert nameless == Refused(3, "no AssignmentId", {"HITId": "3HIT"})


def test_an_assignment_in_another_hits_folder_is_doubted(batch: Path) -> None:
    path = write(batch / "results" / "hit-OTHER" / "assignments.jsonl", json.dumps(ASSIGNMENT))
    assert read(path)[0].doubts == ("HITId is its folder's",)


def test_a_hit_that_nobody_worked_on_has_nothing_to_read(batch: Path) -> None:
    assert claims(write(batch / "results" / "hit-3HIT" / "assignments.jsonl", "")) is None


def test_files_of_such_names_elsewhere_are_not_claimed(tmp_path: Path) -> None:
    for name in ("hit.jsonl", "assignments.jsonl", "data.jsonl", "hitproperties.json", "NOTES"):
        assert claims(write(tmp_path / "elsewhere" / name, '{"HIT": {}}')) is None
    assert claims(write(tmp_path / "_INCOMPLETE", "a sequencer's run")) is None


def test_what_is_wrong_in_a_record_is_unreadable_and_the_rest_is_read() -> None:
    raw = {**HIT, "MaxAssignments": "many", "Reward": 2**70, "CreationTime": "yesterday"}
    derived = Amti().derive("hits", raw)
    assert sorted(derived.unreadable) == ["CreationTime", "MaxAssignments", "Reward"]
    assert derived.wire["HITTypeId"] == "3TYPE"


def test_data_of_a_saved_batch_are_kept_as_a_text_with_the_batchs_id(batch: Path) -> None:
    (entry,) = read(batch / "data.jsonl")
    (found,) = entry.found
    assert found.table is TEMPLATES
    assert found.raw == {
        "Name": "data.jsonl",
        "Kind": "amti data",
        "Content": (batch / "data.jsonl").read_text(),
        "BatchId": BATCH,
    }


def test_data_of_an_open_batch_are_its_hits_variables(batch: Path) -> None:
    write(batch / "_INCOMPLETE", json.dumps({"hittype_id": "3TYPE", "hit_ids": ["3A", "3B"]}))
    assert claims(batch / "data.jsonl") == "the data of an amti batch"
    first, second = read(batch / "data.jsonl")
    assert first.found[0].raw == {
        "HITId": "3A",
        "HITTypeId": "3TYPE",
        "TemplateVariables": {"title": "a", "items": []},
    }
    assert (second.number, second.found[0].raw["HITId"]) == (2, "3B")
    record = from_wire(HITS.record, Amti().derive("hits", first.found[0].raw).wire)
    assert record.template_variables == '{"title":"a","items":[]}'


@pytest.mark.parametrize("hit_ids", [["3A"], ["3A", "3B", "3C"], "3A3B", ["3A", None], []])
def test_data_are_not_tied_to_hits_that_they_do_not_fit(batch: Path, hit_ids: object) -> None:
    write(batch / "_INCOMPLETE", json.dumps({"hittype_id": "3TYPE", "hit_ids": hit_ids}))
    (entry,) = read(batch / "data.jsonl")
    assert entry.found[0].table is TEMPLATES


def test_an_open_batch_names_its_hits(batch: Path) -> None:
    path = write(batch / "_INCOMPLETE", json.dumps({"hittype_id": "3T", "hit_ids": ["3A", "3B"]}))
    assert claims(path) == "the HITs of an amti batch that is not saved yet"
    assert [entry.found[0].raw for entry in read(path)] == [
        {"HITId": "3A", "HITTypeId": "3T"},
        {"HITId": "3B", "HITTypeId": "3T"},
    ]


def test_a_list_of_hits_that_is_damaged_is_refused(batch: Path) -> None:
    path = write(batch / "_INCOMPLETE", '{"hit_ids": ["3A", ')
    with pytest.raises(FileRefused, match="does not list"):
        read(path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NOTES", "amti notes"),
        ("hittypeproperties.json", "amti properties"),
        ("hitproperties.json", "amti properties"),
        ("question.xml.j2", "amti question"),
    ],
)
def test_a_definition_is_kept_word_for_word(batch: Path, name: str, kind: str) -> None:
    path = batch / "definition" / name
    (entry,) = read(path)
    wire = Amti().derive("templates", entry.found[0].raw).wire
    assert (wire["Name"], wire["Kind"]) == (name, kind)
    assert wire["Content"] == path.read_text()
    from_wire(TEMPLATES.record, wire)


def test_a_questions_variables_are_those_that_the_data_fill(batch: Path) -> None:
    (entry,) = read(batch / "definition" / "question.xml.j2")
    wire = Amti().derive("templates", entry.found[0].raw).wire
    assert wire["Variables"] == ["title", "items", "hint"]


def test_a_question_that_does_not_look_like_one_is_kept_all_the_same(batch: Path) -> None:
    path = write(batch / "definition" / "question.xml.j2", "{% extends 'base.xml.j2' %}")
    assert claims(path) == "the definition of an amti batch"


def test_texts_that_are_equal_are_one_template_and_kinds_are_not() -> None:
    one, other, third = (
        Amti().derive("templates", {"Name": name, "Kind": kind, "Content": "x"}).wire
        for name, kind in (("a", "k"), ("b", "k"), ("a", "l"))
    )
    assert one["TemplateSHA256"] == other["TemplateSHA256"] != third["TemplateSHA256"]


def test_a_qualification_types_settings_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "qualification-type-3QUAL"
    properties = write(folder / "definition" / "qualificationtypeproperties.json", "{}")
    assert claims(properties) == "the definition of an amti batch"
    made = {"QualificationTypeId": "3QUAL", "QualificationTypeStatus": "Active"}
    reply = json.dumps({"QualificationType": made})
    assert one_claims(write(folder / "qualificationtype-3QUAL.jsonl", reply)) == ["APIDump"]


def test_replies_elsewhere_than_in_results_are_a_dumps(batch: Path) -> None:
    reply = (batch / "results" / "hit-3HIT" / "hit.jsonl").read_text()
    assert one_claims(write(batch / "hit-3HIT" / "hit.jsonl", reply)) == ["APIDump"]


def test_notes_that_nobody_took_are_not_kept(batch: Path) -> None:
    assert claims(write(batch / "definition" / "NOTES", "\n")) is None


NAMES = (
    "results/hit-3HIT/hit.jsonl",
    "results/hit-3HIT/assignments.jsonl",
    "data.jsonl",
    "_INCOMPLETE",
    "definition/question.xml.j2",
    "definition/hitproperties.json",
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(NAMES),
    st.binary() | st.text('[]{}%",:\\ 0e.\naé', max_size=80).map(str.encode),
)
def test_any_file_is_read_or_refused(batch: Path, name: str, content: bytes) -> None:
    path = batch / name
    path.write_bytes(content)
    claims(path)
    try:
        items = read(path)
    except FileRefused:
        return
    for entry in items:
        for found in entry.found if isinstance(entry, Entry) else ():
            wire = Amti().derive(found.table.name, found.raw).wire
            from_wire(found.table.record, wire)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
MEMBERS = ["Name", "Kind", "Content", *HIT, *ASSIGNMENT]


@given(
    st.sampled_from([*(table.name for table in TABLES), "none of ours"]),
    st.dictionaries(st.sampled_from(MEMBERS) | st.text(), json_values),
)
def test_derive_never_raises_and_the_archive_takes_what_it_gives(
    table: str, raw: dict[str, Any]
) -> None:
    wire = Amti().derive(table, raw).wire
    if table == "hits":
        from_wire(HITS.record, {"HITId": "h", **wire})
    if table == "templates":
        from_wire(TEMPLATES.record, {"TemplateSHA256": "x", **wire})
