"""The kit's archives are real ones, and as hostile as they say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mturk_exodus import records
from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.questions import question
from mturk_exodus.questions.form import UnreadableQuestion
from mturk_exodus.replay.fields import FIELDS, RECORDS, UPLOAD
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus.testing import archives
from mturk_exodus.testing.sample import Sample, everything

Values = Counter[tuple[str, object]]


def _values(sample: Sample) -> Values:
    return Counter(
        (f"{one.table.record.__name__}.{member.name}", value)
        for one in sample.told
        for column, member in records.members(one.table.record)
        if (value := one.value(column)) is not None
    )


@pytest.mark.parametrize("later", [False, True])
def test_verify_finds_nothing_in_an_archive_of_everything(tmp_path: Path, later: bool) -> None:
    path = archives.of(everything(), tmp_path / "everything.db")
    with Archive.open(path) as archive:
        if later:
            archives.tell(everything(later=True), archive)
        assert list(verify(archive)) == []
        assert archive.connection.execute("select * from quarantine").fetchall() == []


def test_verify_finds_nothing_in_an_archive_of_many_hits(tmp_path: Path) -> None:
    with Archive.open(archives.many(tmp_path / "many.db", hits=1_234)) as archive:
        assert list(verify(archive)) == []
        assert ArchiveReader(archive).number_of_tasks() == 1_234


def test_an_empty_archive_is_empty(tmp_path: Path) -> None:
    with Archive.open(archives.empty(tmp_path / "empty.db")) as archive:
        assert list(verify(archive)) == []
        assert all(not list(ArchiveReader(archive).every(record)) for record in RECORDS)


def test_every_field_of_every_record_has_a_value() -> None:
    told = {name for name, _ in _values(everything())}
    assert told == set(FIELDS) - {UPLOAD}


def test_a_text_stands_in_one_field_alone() -> None:
    """Ids link records and words are MTurk's; any other value cannot be mistaken for another's."""
    fields: dict[object, set[str]] = {}
    for name, value in _values(everything()):
        if isinstance(value, str) and len(value) > 30:
            fields.setdefault(value, set()).add(name)
    assert [names for names in fields.values() if len(names) > 1] == []


def test_texts_are_hostile() -> None:
    title = next(iter(everything().of(records.HIT))).wire["Title"]
    assert not title.isascii()
    assert title != title.strip()
    assert len(title) == 128
    reason = next(iter(everything().of(records.WorkerBlock))).wire["Reason"]
    for hostile in ("<b", "&amp;", '"', "'", "\\", "\x1b", "\u202e", "🚀", "e\u0301", "\r\n"):
        assert hostile in reason


@pytest.mark.parametrize("name", [name for name in FIELDS if name != UPLOAD])
def test_a_changed_field_changes_nothing_but_itself(name: str) -> None:
    """Apart from ids, which are the same in all records that name the thing."""
    before, after = everything(), everything(changed=frozenset({name}))
    changed = {
        f"{one.table.record.__name__}.{member.name}"
        for one, other in zip(before.told, after.told, strict=True)
        for column, member in records.members(one.table.record)
        if one.value(column) != other.value(column)
    }
    assert name in changed
    member = name.partition(".")[2]
    assert {field for field in changed - {name} if not field.endswith(f".{member}")} <= _FOLLOWING


_FOLLOWING = {
    *("HIT.NumberOfAssignmentsCompleted", "HIT.QualificationRequirements"),
    "Template.TemplateSHA256",
    *("Assignment.ApprovalTime", "Assignment.RejectionTime", "Assignment.RequesterFeedback"),
}
"""What a status or an id brings with it."""


def test_two_seeds_have_no_id_in_common() -> None:
    ids = [
        {value for name, value in _values(everything(seed)) if name.endswith("Id")}
        for seed in (0, 1)
    ]
    assert not ids[0] & ids[1]


def test_the_same_seed_is_the_same_archive(tmp_path: Path) -> None:
    """Its id and its pseudonyms, too, however often it is made."""
    seen = []
    for name in ("one", "other"):
        with Archive.open(archives.of(everything(5), tmp_path / name)) as archive:
            seen.append((archive.archive_id, ArchiveReader(archive).pseudonym("A1")))
    assert seen[0] == seen[1]


def test_the_questions_are_of_every_kind() -> None:
    """What can be understood is; one HIT's question is nothing that anybody could read."""
    kinds = Counter[str]()
    for one in everything().of(records.HIT):
        asked = one.wire.get("Question")
        try:
            kinds[question.read(asked).kind if asked else "none"] += 1
        except UnreadableQuestion:
            kinds["unreadable"] += 1
    assert kinds == {"html": 2, "question_form": 1, "external": 1, "unreadable": 1, "none": 1}
