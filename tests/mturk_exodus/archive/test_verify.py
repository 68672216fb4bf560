from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from mturk_exodus.archive import Archive, uploads
from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    QUALIFICATION_TYPES,
    QUALIFICATIONS,
    WORKER_BLOCKS,
)
from mturk_exodus.archive.verify import Finding, verify
from mturk_exodus.errors import ArchiveDamaged
from tests.mturk_exodus.archive.support import hit, put, writing

if TYPE_CHECKING:
    from pathlib import Path

WORKER = "A2WORKERIDTHATISSECRET"


@pytest.fixture(scope="module")
def _sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "mturk.db"
    counters = {"NumberOfAssignmentsAvailable": 0, "NumberOfAssignmentsCompleted": 1}
    with writing(path) as writer:
        put(writer, HITS, hit("H1", **counters), hit("H2", HITTypeId="T2"))
        work = {"AssignmentId": "A1", "HITId": "H1", "WorkerId": WORKER, "Answer": "<a/>"}
        put(writer, ASSIGNMENTS, work | {"AssignmentStatus": "Approved", "SubmitTime": 1.5})
        put(writer, WORKER_BLOCKS, {"WorkerId": WORKER, "Reason": "spam"}, 17)
        put(writer, QUALIFICATION_TYPES, {"QualificationTypeId": "Q1"})
        put(writer, QUALIFICATIONS, {"QualificationTypeId": "Q1", "WorkerId": WORKER})
        bonus = {"AssignmentId": "A1", "BonusAmount": "0.10", "WorkerId": WORKER}
        put(writer, BONUS_PAYMENTS, bonus, hit_id="H1", copy=0)
        with writer.archive.transaction():
            content = BytesIO(b"x" * (uploads.PART_BYTES + 7))
            uploads.store(writer.archive, writer.run, "A1", "photo", content)
    return path


@pytest.fixture
def path(_sound: Path, tmp_path: Path) -> Path:
    """A sound archive, to tamper with."""
    copy = tmp_path / "mturk.db"
    shutil.copy(_sound, copy)
    return copy


def findings(path: Path, *statements: str) -> list[Finding]:
    """What is found after these statements, which ask nobody's leave."""
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
    connection.close()
    with Archive.open(path, read_only=True) as archive:
        return list(verify(archive))


def test_a_sound_archive_has_nothing_wrong(path: Path) -> None:
    assert findings(path) == []


TAMPERING: dict[str, tuple[str, set[str]]] = {
    "raw": ("update hits set raw = replace(raw, 'Label', 'Lapel')", {"digest", "columns"}),
    "raw, in space alone": ("update hits set raw = raw || ' '", {"digest"}),
    "raw, to no JSON": ("update hits set raw = 'x'", {"digest", "columns"}),
    "digest": ("update worker_blocks set raw_sha256 = 'x'", {"digest"}),
    "text": ("update assignments set answer = '<b/>'", {"columns"}),
    "time": ("update assignments set submit_time = null", {"columns"}),
    "money": ("update bonus_payments set bonus_amount = '0.1'", {"columns"}),
    "worker": ("update assignments set worker_id = 'W2'", {"columns"}),
    "block": ("update worker_blocks set reason = ''", {"columns"}),
    "assignment": ("delete from assignments", {"sqlite", "counters", "references"}),
    "hit": ("delete from hits where hit_id = 'H1'", {"sqlite", "hit types"}),
    "counter": (
        "update hits set number_of_assignments_completed = 0 where hit_id = 'H1'",
        {"columns", "counters"},
    ),
    "status": ("update assignments set assignment_status = 'Submitted'", {"columns", "counters"}),
    "part": ("update upload_parts set content = x'00' where part = 1", {"digest"}),
    "part lost": ("delete from upload_parts where part = 0", {"digest"}),
    "upload": ("update uploads set size_in_bytes = 8", {"digest"}),
    "hit type": ("update hit_types set title = 'x' where hit_type_id = 'T1'", {"hit types"}),
    "hit type lost": ("delete from hit_types where hit_type_id = 'T2'", {"hit types"}),
    "hit type of nobody": ("insert into hit_types values ('T9',1,1,1,1,1,1,null,'H1',0)", set()),
    "bonus of nobody": ("update bonus_payments set assignment_id = 'A9'", {"columns"}),
    "grant of nobody": ("delete from qualification_types", {"references"}),
    "quarantine": ("update quarantine set raw = '18'", {"digest"}),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found(path: Path, what: str) -> None:
    statement, checks = TAMPERING[what]
    found = findings(path, statement)
    assert found
    assert checks <= {finding.check for finding in found}
    assert WORKER not in repr(found)


def test_a_bonus_of_another_hit_is_found(path: Path) -> None:
    found = findings(path, "update bonus_payments set hit_id = 'H2'")
    assert [finding.check for finding in found] == ["references"]


def test_a_record_replaced_whole_with_its_digest_is_found_by_what_it_breaks(path: Path) -> None:
    record: Any = {"AssignmentId": "A1", "HITId": "H1", "AssignmentStatus": "Submitted"}
    text = json.dumps(record)
    digest = hashlib.sha256(text.encode()).hexdigest()
    found = findings(
        path,
        f"update assignments set raw = '{text}', raw_sha256 = '{digest}', worker_id = null,"  # noqa: S608 - ours
        " assignment_status = 'Submitted', submit_time = null, answer = null",
    )
    assert [finding.check for finding in found] == ["counters"]


def test_a_file_with_damaged_pages_is_not_called_sound(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(4096 * 2, len(content), 4096):
        content[place : place + 64] = b"\xff" * 64
    path.write_bytes(content)
    try:
        found = findings(path)
    except (ArchiveDamaged, sqlite3.DatabaseError):
        return
    assert found


def test_verify_changes_nothing(path: Path) -> None:
    content = path.read_bytes()
    assert findings(path) == []
    assert path.read_bytes() == content
