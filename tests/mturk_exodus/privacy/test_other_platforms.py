"""Workers of other platforms: ids with any signs in them, wherever a file names them."""

from __future__ import annotations

import csv
import json
import sqlite3
from base64 import encodebytes
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mturk_exodus.archive import Archive, ledger
from mturk_exodus.archive.verify import verify
from mturk_exodus.errors import NoSuchRecord
from mturk_exodus.privacy.forget import Account, Forgetting
from mturk_exodus.privacy.pseudonymize import Pseudonymizing, Report
from mturk_exodus.privacy.pseudonyms import Pseudonyms
from mturk_exodus.sources.ingest import Ingest
from mturk_exodus.sources.registry import installed

KEY = b"k" * 32
ANN = "A1ZZXQ9PLMK7QJ"
UNKNOWN = "A2UNKN0WNABCDE"
PARTICIPANT = "5f1a2b3c4d5e6f7a8b9c0d1e"
BOB = "bob77"

MEANINGS = installed().meanings()


class Work(NamedTuple):
    """What a line of a batch's results says."""

    worker_id: str
    answer: str = "yes"
    feedback: str = ""
    shown: str = ""


def batch(path: Path, *lines: Work) -> None:
    rows = [
        {
            "HITId": "3" + "A" * 29,
            "HITTypeId": "3" + "T" * 29,
            "Title": "t",
            "Reward": "$0.05",
            "MaxAssignments": str(len(lines)),
            "AssignmentId": "3" + chr(ord("B") + number) * 29,
            "WorkerId": one.worker_id,
            "AssignmentStatus": "Approved",
            "RequesterFeedback": one.feedback,
            "Input.x": lines[0].shown,
            "Answer.t": one.answer,
        }
        for number, one in enumerate(lines)
    ]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def ingested(folder: Path, file: Path) -> Path:
    path = folder / "mturk.db"
    with Archive.create(path) as archive, archive.writing():
        assert Ingest(archive, installed()).run([str(file)]).kept
        assert list(verify(archive, MEANINGS)) == []
    return path


def archive_of(folder: Path, *lines: Work) -> Path:
    batch(folder / "batch.csv", *lines)
    return ingested(folder, folder / "batch.csv")


def pseudonymized(path: Path, kinds: Sequence[str] = ()) -> tuple[Path, Report]:
    out = path.with_name("out.db")
    with Archive.open(path, read_only=True) as archive:
        report = Pseudonymizing(archive, KEY, kinds, meanings=MEANINGS).write(out)
    return out, report


def forget(path: Path, worker_id: str) -> Account:
    with Archive.open(path) as archive, archive.writing():
        account = Forgetting(archive, worker_id, MEANINGS).run()
        assert list(verify(archive, MEANINGS)) == []
    return account


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def texts(path: Path) -> str:
    """Every text of every table, and the texts that JSON in them means."""
    tables = rows(path, "select name from sqlite_master where type = 'table'")
    cells = [
        cell
        for (table,) in tables
        for row in rows(path, f"select * from {table}")  # noqa: S608 - a table's name
        for cell in row
        if isinstance(cell, str)
    ]
    return "\n".join([*cells, *(cell.encode().decode("unicode_escape") for cell in cells)])


@pytest.mark.parametrize("gap", ["\n", "\t", "\r\n", "\x0b", "\u2028", "é ", "\\n"])
@pytest.mark.parametrize("named", [PARTICIPANT, "ann@example.org"])
def test_an_id_stands_after_a_line_or_a_tab(tmp_path: Path, gap: str, named: str) -> None:
    said = f"it is{gap}{named}"
    path = archive_of(tmp_path, Work(named, said, said, said), Work(BOB, said, said))
    out, _ = pseudonymized(path)
    assert named not in texts(out)
    assert Pseudonyms(KEY).of(named) in texts(out)
    forget(path, named)
    assert named not in texts(path)


@pytest.mark.parametrize("gap", ["\n", "\t", " "])
def test_what_looks_like_an_id_stands_after_a_line_or_a_tab(tmp_path: Path, gap: str) -> None:
    said = f"my husband is{gap}{UNKNOWN}"
    out, report = pseudonymized(archive_of(tmp_path, Work(ANN, said, said, said)))
    assert UNKNOWN not in texts(out)
    assert report.found_in_texts == 1


@pytest.mark.parametrize(
    "worker_id",
    ["a&bcd77", "ab<cd77", 'ab"cd77', "ab\\cd77", "jürgen77", "o'neil&7", '"ab77"', "ann lee 77"],
)
def test_an_id_has_signs_that_are_escaped(tmp_path: Path, worker_id: str) -> None:
    said = f"I am {worker_id} & <{worker_id}>\n{worker_id}"
    typed = said.replace("&", "&amp;")
    path = archive_of(tmp_path, Work(worker_id, said, said, said), Work(BOB, typed, said))
    out, _ = pseudonymized(path)
    assert worker_id not in texts(out)
    assert worker_id.replace("&", "&amp;") not in texts(out)
    assert forget(path, worker_id).removed["assignments"] == 1
    assert worker_id not in texts(path)


@pytest.mark.parametrize(
    ("worker_id", "others"),
    [
        ("A1ZZXQ9PLM", "A1ZZXQ9PLMK7QJ"),
        ("A1ZZXQ9PLM", "A1ZZXQ9PLM-2"),
        ("A1ZZXQ9PLM", "x.a1zzxq9plm@example.org"),
        ("A1ZZXQ9PLM", "a1zzxq9plm"),
        ("bob77", "Bob77"),
        ("bob77", "bob77-2"),
        ("ann77", "ann77@example.org"),
        ("ann@example.org", "ann@example.org.uk"),
        ("ann@example.org", "jo-ann@example.org"),
        ("7", "77"),
    ],
)
def test_others_have_the_persons_id_inside_theirs(
    tmp_path: Path, worker_id: str, others: str
) -> None:
    said = f"hello from {others}"
    path = archive_of(tmp_path, Work(worker_id), Work(others, said, f"as good as {worker_id}"))
    before = rows(path, "select worker_id, answer from assignments where rowid = 2")
    forget(path, worker_id)
    after = "select worker_id, raw ->> '$.WorkerId', requester_feedback from assignments"
    ((kept, member, feedback),) = rows(path, after)
    assert (kept, member) == (others, others)
    assert ("AFORGOTTEN" in feedback) == (len(worker_id) > 1)
    assert rows(path, "select worker_id, answer from assignments") == before


@pytest.mark.parametrize("said", [ANN.lower(), f" {ANN}", "BOB77"])
def test_an_id_in_other_letters_is_nobodys(tmp_path: Path, said: str) -> None:
    path = archive_of(tmp_path, Work(ANN), Work(BOB, f"{ANN.lower()} told me"))
    with pytest.raises(NoSuchRecord, match=f"did you mean ({ANN}|{BOB})"):
        forget(path, said)
    assert rows(path, "select count(*) from forgotten_workers") == [(0,)]
    assert rows(path, "select count(*) from assignments") == [(2,)]


@pytest.mark.parametrize(
    ("worker_id", "kind"),
    [("ann@example.org", "emails"), ("10.2.3.4", "ips"), ("+4917112345678", "phones")],
)
def test_ids_look_like_what_is_scrubbed(tmp_path: Path, worker_id: str, kind: str) -> None:
    said = f"{worker_id}, jo@example.com, 10.9.9.9, +44 20 7946 0958"
    path = archive_of(tmp_path, Work(worker_id, said, said))
    out, report = pseudonymized(path, [kind])
    assert worker_id not in texts(out)
    assert Pseudonyms(KEY).of(worker_id) in texts(out)
    assert report.scrubbed[kind] > 0


def _prolific(path: Path) -> None:
    submission = {
        "id": "60bb5f1a2b3c4d5e6f7a8b9c",
        "participant_id": PARTICIPANT,
        "status": "APPROVED",
        "started_at": "2026-09-01T10:00:00Z",
        "completed_at": "2026-09-01T10:10:00Z",
    }
    said = {"ExodusProlific": 1, "StudyId": "60aa", "Submission": submission}
    ids = {"AssignmentId": "3" + "K" * 29, "HITId": "3" + "H" * 29, "HITTypeId": "3" + "T" * 29}
    path.write_text(json.dumps({**said, **ids, "Seen": "2026-09-01T11:00:00Z"}) + "\n")


def test_only_prolifics_own_record_says_who_the_participant_is(tmp_path: Path) -> None:
    _prolific(tmp_path / "prolific.jsonl")
    path = ingested(tmp_path, tmp_path / "prolific.jsonl")
    assert PARTICIPANT.encode() in path.read_bytes()
    out, report = pseudonymized(path)
    assert report.workers == 1
    assert PARTICIPANT.encode() not in out.read_bytes()
    assert forget(path, PARTICIPANT).removed["assignments"] == 1
    assert rows(path, "select count(*) from assignments") == [(0,)]
    assert PARTICIPANT.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("worker_id", "answer"),
    [
        ("bob77", r'{"t":"bob77\u00e9"}'),
        ("bob77", r'{"t":"\u6211\u662fbob77\u4f60"}'),
        ("bob77", r'{"t":"x\u0041bob77"}'),
        ("bob77", r'{"t":"a\nbob77 & Co"}'),
        ("jürgen77", r'{"t":"J\u00dcRGEN77"}'),
        ('ab"cd77', r'{"t":"x ab\"cd77\n"}'),
        (ANN, json.dumps({"t": encodebytes(b"x" * 50 + ANN.encode() + b"y" * 40).decode()})),
    ],
)
def test_an_answer_is_json_itself(tmp_path: Path, worker_id: str, answer: str) -> None:
    """A column has it in XML, and the record as it is: both become the same."""
    path = archive_of(tmp_path, Work(worker_id), Work("carl5", answer, answer, answer))
    out, _ = pseudonymized(path)
    forget(path, worker_id)
    for one in (out, path):
        assert answer not in json.loads(rows(one, "select raw from assignments")[-1][0]).values()


def test_a_mention_stands_where_names_of_workers_do(tmp_path: Path) -> None:
    path = tmp_path / "batch.csv"
    batch(path, Work(BOB), Work("carl5"))
    with path.open(newline="") as file:
        lines = [{**one, "Username": f"friend of {BOB}"} for one in csv.DictReader(file)]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    archive = ingested(tmp_path, path)
    forget(archive, BOB)
    assert BOB not in texts(archive)


def turkle(path: Path, *names: str, first_number: int = 70, said: str = "") -> None:
    """A file of Turkle's results, a line for each user. Who has no name goes by the number."""
    times = ["Mon Sep 01 10:00:00 UTC 2025", "Mon Sep 01 10:01:00 UTC 2025"]
    rows = [
        {
            "HITId": "1",
            "HITTypeId": "5",
            "Title": "t",
            "CreationTime": times[0],
            "MaxAssignments": "9",
            "AssignmentId": str(number),
            "WorkerId": str(number - 1 + first_number),
            "AcceptTime": times[0],
            "SubmitTime": times[1],
            "WorkTimeInSeconds": "60",
            "Answer.t": said,
            "Turkle.Username": name,
        }
        for number, name in enumerate(names, 1)
    ]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("other", ["ann-lee", " ann7 ", "A1ZZXQ9PLMK7QJ-2"])
def test_turkles_names_of_others_stay(tmp_path: Path, other: str) -> None:
    turkle(tmp_path / "turkle.csv", BOB, other, ANN, said=f"as good as {BOB}")
    path = ingested(tmp_path, tmp_path / "turkle.csv")
    out, _ = pseudonymized(path)
    assert f'"{other.strip()}"' not in texts(out)
    forget(path, f"turkle-{BOB}")
    named = "select raw ->> '$.\"Turkle.Username\"', raw ->> '$.\"Answer.t\"' from assignments"
    assert rows(path, named)[0] == (other, "as good as AFORGOTTENXXXX")


def test_a_name_at_turkle_may_begin_as_numbers_of_a_batch_do(tmp_path: Path) -> None:
    """A student's number, and a name: nothing of it is kept as if it were the batch's."""
    name = "20231234-jane"
    turkle(tmp_path / "turkle.csv", name, "bob-77", said=f"as good as {name}")
    path = ingested(tmp_path, tmp_path / "turkle.csv")
    out, _ = pseudonymized(path)
    assert "20231234" not in texts(out)
    forget(path, f"turkle-{name}")
    assert "20231234" not in texts(path)


@pytest.mark.parametrize("first_number", [1, 2, 3])
def test_turkles_numbers_of_workers_are_numbers_of_other_things(
    tmp_path: Path, first_number: int
) -> None:
    turkle(tmp_path / "turkle.csv", "", "", "", first_number=first_number)
    path = ingested(tmp_path, tmp_path / "turkle.csv")
    ids = "select assignment_id, hit_id from assignments"
    before = rows(path, ids)
    [(worker_id,)] = rows(path, "select worker_id from assignments where rowid = 2")
    out, _ = pseudonymized(path)
    assert rows(out, ids) == before
    forget(path, worker_id)
    assert rows(path, ids) == [before[0], before[2]]


def test_one_name_at_turkle_and_in_a_batch(tmp_path: Path) -> None:
    turkle(tmp_path / "turkle.csv", BOB, "zed5", said=f"as good as {BOB}")
    batch(tmp_path / "batch.csv", Work(BOB), Work("carl5", f"with {BOB}", BOB))
    path = tmp_path / "mturk.db"
    with Archive.create(path) as archive, archive.writing():
        for name in ("turkle.csv", "batch.csv"):
            assert Ingest(archive, installed()).run([str(tmp_path / name)]).kept
    forget(path, BOB)
    [(answer, feedback)] = rows(
        path, "select answer, requester_feedback from assignments where worker_id = 'carl5'"
    )
    assert BOB not in f"{answer}{feedback}"
    left = "select worker_id from assignments where worker_id in ('bob77', 'turkle-bob77')"
    assert rows(path, left) == [("turkle-bob77",)]


def test_the_ledger_of_others_stays(tmp_path: Path) -> None:
    """And nobody is told to delete them at the target."""
    path = archive_of(tmp_path, Work(BOB), Work(f"{BOB}-2"))
    made = [f"user:{one}" for one in (BOB, f"{BOB}-2", f"x{BOB}3")]
    with Archive.open(path) as archive, archive.writing():
        replay = ledger.begin(archive, "shelf", "https://example.org", "import", {})
        told = ledger.Ledger(archive, replay)
        told.intend([ledger.Intention(one, "user", "0" * 64, "0" * 64, ()) for one in made])
        told.settle([ledger.Result(one, "done", f"made {one}") for one in made])
        ledger.end(archive, replay, "complete", "")
    account = forget(path, BOB)
    assert [one.made_id for one in account.elsewhere] == [f"made user:{BOB}"]
    assert rows(path, "select distinct key from ledger order by key") == [(made[1],), (made[2],)]
