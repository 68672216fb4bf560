"""An account of real questions, answers and recorded replies, exported whole and read back."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree

from mturk_exodus.archive import Archive
from mturk_exodus.archive.compare import differences
from mturk_exodus.archive.tables import ACCOUNT_BALANCES, BONUS_PAYMENTS, TABLES
from mturk_exodus.archive.verify import verify
from mturk_exodus.demo.fill import fill
from mturk_exodus.serve import background
from mturk_exodus.sources.requester_api.credentials import invented_session
from mturk_exodus.sources.requester_api.exporter import Exporter, Settings
from tests.fakes.mturk import FakeMTurk
from tests.real.account import assemble
from tests.real.assembly import Assembly, folder
from tests.real.documents import html_question
from tests.real.tables import given_answers, read

Records = dict[str, dict[Any, Any]]

ROOT = folder()
pytestmark = pytest.mark.skipif(
    not ROOT.is_dir(), reason="the public files are not here: EXODUS_FIXTURES names their folder"
)
FOLDERS = ("answers", "questions", "batch_csv", "clt_results", "templates")
ANSWERS = "{http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd}"
EVIDENCE = "3J9L0X0VDFN98CO1LF88YDIQZ7PW9R"
"""The HIT of clt_results/thegricean__modals__evidence.results."""

CLEAN: list[object] = []


@dataclass(frozen=True)
class Exported:
    """What came of exporting the account twice.

    Attributes:
        served: the JSON text of each record, as the fake sent it.
        once: a digest of each table after the first export.
        twice: the same after the second.
    """

    path: Path
    served: Records
    once: dict[str, str]
    twice: dict[str, str]


OF_FILES = ("worker_details", "notification_events", "templates")
"""Tables that no call of the API fills."""


@pytest.fixture(scope="module")
def assembly() -> Assembly:
    return assemble(ROOT)


@pytest.fixture(scope="module")
def exported(assembly: Assembly, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    path = tmp_path_factory.mktemp("real") / "real.db"
    # ListHITs leaves these out; whoever has their ids can still ask for them.
    hits = assembly.account.hits
    disposed = [hit_id for hit_id, hit in hits.items() if hit["HITStatus"] == "Disposed"]
    with FakeMTurk(assembly.account) as mturk, Archive.create(path) as archive:
        _export(archive, mturk.endpoint_url, disposed)
        once = _digests(path)
        _export(archive, mturk.endpoint_url, disposed)
        return Exported(path, mturk.raw_records(), once, _digests(path))


@pytest.fixture
def archive(exported: Exported) -> Iterator[sqlite3.Connection]:
    """The archive as a stranger opens it."""
    with closing(sqlite3.connect(f"{exported.path.as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def test_every_file_is_used_or_left_out_for_a_reason(assembly: Assembly) -> None:
    files = assembly.files(*FOLDERS)

    assert {*assembly.made, *assembly.left_out} == {*files}
    assert not {*assembly.made} & {*assembly.left_out}
    assert len(assembly.left_out) <= 8


def test_the_account_is_large_and_of_many_kinds(assembly: Assembly) -> None:
    total = assembly.total()

    assert total["HITs"] == len(assembly.account.hits) >= 3_500
    assert total["assignments"] == sum(map(len, assembly.account.assignments.values())) >= 9_700
    assert total["answers"] >= 65_000
    assert total["qualification types"] == len(assembly.account.qualification_types) >= 7
    assert total["bonus payments"] == 3


def test_an_export_is_the_account_byte_for_byte(exported: Exported) -> None:
    with Archive.open(exported.path, read_only=True) as archive:
        assert [*verify(archive)] == CLEAN

    assert _raws(exported.path) == exported.served


def test_another_export_changes_nothing(exported: Exported, archive: sqlite3.Connection) -> None:
    assert exported.once == exported.twice
    assert archive.execute("select count(*) from revisions").fetchone() == (0,)


def test_a_served_archive_is_exported_as_the_same_archive(
    assembly: Assembly, tmp_path: Path
) -> None:
    with Archive.create(tmp_path / "filled.db") as source:
        fill(source, assembly.account)
        with (
            background(source.path) as endpoint,
            Archive.create(tmp_path / "again.db") as again,
        ):
            _export(again, endpoint)

            assert [*verify(again)] == CLEAN
            assert [*differences(source, again)] == CLEAN


def test_questions_are_the_files_texts(assembly: Assembly, archive: sqlite3.Connection) -> None:
    held = dict(archive.execute("select hit_id, question from hits"))
    checked = 0
    for file in assembly.files("questions"):
        for hit_id in assembly.hits_of.get(file, []):
            assert held[hit_id] == (assembly.root / file).read_bytes().decode()
            checked += 1
    for file in assembly.files("templates"):
        (hit_id,) = assembly.hits_of[file]
        page = (assembly.root / file).read_bytes().decode()
        assert held[hit_id] == html_question(page)
        assert page in held[hit_id]
        checked += 1
    assert checked >= 150
    assert max(len(question or "") for question in held.values()) == 594_938


def test_tests_and_keys_are_the_files_texts(
    assembly: Assembly, archive: sqlite3.Connection
) -> None:
    query = "select test, answer_key from qualification_types"
    held = {text for row in archive.execute(query) for text in row if text}
    files = [
        file for file in assembly.made if any("qualif" in kind for kind in assembly.made[file])
    ]
    texts = {assembly.text(file) for file in files if file.startswith("questions/")}

    assert len(texts) == 10
    assert held == texts


def test_answers_are_the_cells_of_the_tables(
    assembly: Assembly, archive: sqlite3.Connection
) -> None:
    for file in assembly.files("batch_csv", "clt_results"):
        rows = [row for row in read(assembly.text(file)) if row.get("AssignmentId", "-")]
        expected = Counter(frozenset(given_answers(row).items()) for row in rows)

        assert Counter(_answers(archive, assembly.hits_of[file])) == expected, file


def test_recorded_times_agree_with_each_other(archive: sqlite3.Connection) -> None:
    """AutoApprovalTime is SubmitTime + AutoApprovalDelayInSeconds, whatever zones a row mixes."""
    rows = archive.execute(
        "select count(*), sum(strftime('%s', auto_approval_time) - strftime('%s', submit_time)"
        " = auto_approval_delay_in_seconds), sum(submit_time > accept_time)"
        " from assignments join hits using (hit_id)"
        " where auto_approval_time and auto_approval_delay_in_seconds"
    )

    count, approved_in_time, submitted_after = rows.fetchone()

    assert count == approved_in_time == submitted_after
    assert count >= 3_900


def test_a_stranger_counts_hits_by_type(assembly: Assembly, archive: sqlite3.Connection) -> None:
    batch = "batch_csv/facebookresearch__craftassist__Batch_3449808_batch_results.csv"
    rows = archive.execute(
        "select hit_types.title, hit_types.reward, count(*) as hits,"
        " sum(assignments_held) as assignments"
        " from hits join hit_types using (hit_type_id) join hit_counts using (hit_id)"
        " where requester_annotation like 'BatchId:3449808;%' group by hits.hit_type_id"
    )

    assert rows.fetchall() == [("Sentence Meanings Questionnaire", "0.25", 181, 543)]
    assert assembly.made[batch]["HITs"] == 181


def test_a_stranger_reads_the_answers_of_a_hit(archive: sqlite3.Connection) -> None:
    rows = archive.execute(
        "select worker_id, assignment_status, answer from assignments where hit_id = ?"
        " order by submit_time",
        [EVIDENCE],
    ).fetchall()

    assert Counter(status for _, status, _ in rows) == {"Approved": 37, "Submitted": 3}
    assert len({worker for worker, _, _ in rows}) == 40
    assert all("<QuestionIdentifier>" in answer for _, _, answer in rows)


def test_a_stranger_finds_the_busiest_workers(archive: sqlite3.Connection) -> None:
    rows = archive.execute(
        "select worker_id, count(*) as assignments, count(distinct hit_id) as hits"
        " from assignments where worker_id is not null group by 1 order by 2 desc limit 10"
    ).fetchall()

    assert len(rows) == 10
    assert all(assignments == hits >= 50 for _, assignments, hits in rows)


def test_a_stranger_sees_that_nothing_is_missing(
    assembly: Assembly, archive: sqlite3.Connection
) -> None:
    rows = archive.execute(
        "select count(*), sum(assignments_held), sum(assignments_expected = assignments_held),"
        " sum(reviewed_expected = reviewed_held)"
        " from hit_counts"
    )
    hits = assembly.total()["HITs"]

    assert rows.fetchone() == (hits, assembly.total()["assignments"], hits, hits)


def _export(archive: Archive, endpoint: str, known_hits: list[str] | None = None) -> None:
    settings = Settings(first_rate=100_000, known_hits=known_hits)
    with _without_proxies(), archive.writing():
        missing = Exporter(archive, invented_session(), endpoint, settings).run()
    assert missing.total == 0


@contextmanager
def _without_proxies() -> Iterator[None]:
    """For the fixtures that are made before a test's own environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield


def _digests(path: Path) -> dict[str, str]:
    """Of each table: every column of every row, but which run was the last to see it."""
    found: dict[str, str] = {}
    with closing(sqlite3.connect(path)) as archive:
        for table in TABLES:
            if table is ACCOUNT_BALANCES:
                continue
            columns = ", ".join((*table.columns, "raw", "raw_sha256", "first_run_id"))
            digest = hashlib.sha256()
            for row in archive.execute(f"select {columns} from {table.name} order by rowid"):  # noqa: S608
                digest.update(repr(row).encode())
            found[table.name] = digest.hexdigest()
    return found


def _raws(path: Path) -> Records:
    """The records of an archive as FakeMTurk.raw_records gives them."""
    found: Records = {"review_policy_results": {}, "bonus_payments": {}}
    with closing(sqlite3.connect(path)) as archive:
        for table in TABLES:
            if table.name in ("account_balances", "review_reports", BONUS_PAYMENTS.name, *OF_FILES):
                continue
            rows = archive.execute(f"select {', '.join(table.key)}, raw from {table.name}")  # noqa: S608
            found[table.name] = {key[0] if len(key) == 1 else tuple(key): raw for *key, raw in rows}
        for hit_id, raw in archive.execute("select hit_id, raw from bonus_payments order by rowid"):
            found["bonus_payments"].setdefault(hit_id, []).append(raw)
    return found


def _answers(archive: sqlite3.Connection, hit_ids: list[str]) -> Iterator[frozenset[object]]:
    """Of each assignment, its answers' names and texts."""
    for hit_id in hit_ids:
        query = "select answer from assignments where hit_id = ?"
        for (answer,) in archive.execute(query, [hit_id]):
            given = ElementTree.fromstring(answer).iter(f"{ANSWERS}Answer")
            yield frozenset(
                (
                    one.findtext(f"{ANSWERS}QuestionIdentifier"),
                    one.findtext(f"{ANSWERS}FreeText"),
                )
                for one in given
            )
