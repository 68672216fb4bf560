"""Files in any order, in one run or in many, give the same archive; a second time gives nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.sources.ingest import Ingest, Report
from mturk_exodus.sources.registry import installed
from tests.endurance.support import environment, run
from tests.mturk_exodus.archive.files_support import Dump, differences, dump, in_memory
from tests.mturk_exodus.sources import lab
from tests.mturk_exodus.sources.lab import Row
from tests.real.assembly import folder as public_folder

INSTALLED = installed()
PUBLIC = public_folder()
ROWS = lab.batch(7)
LATER = lab.approved(ROWS, timedelta(hours=5))
ANSWER = (
    '<?xml version="1.0"?><QuestionFormAnswers xmlns="http://mechanicalturk.amazonaws.com/'
    'AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd"><Answer>'
    "<QuestionIdentifier>{}</QuestionIdentifier><FreeText>{}</FreeText></Answer>"
    "</QuestionFormAnswers>"
)
SCRAPED = """create table turkdemo (uniqueid text not null, assignmentid text not null,
    workerid text not null, hitid text not null, ipaddress text, browser text, platform text,
    language text, cond integer, counterbalance integer, codeversion text, beginhit text,
    beginexp text, endhit text, bonus real, status integer, mode text, datastring text)"""


def assignment(row: Row, **more: object) -> dict[str, object]:
    """A row as the API would list it."""
    return {
        "AssignmentId": row["AssignmentId"],
        "HITId": row["HITId"],
        "WorkerId": row["WorkerId"],
        "AssignmentStatus": "Submitted",
        "AcceptTime": "2015-03-04T05:06:07Z",
        "SubmitTime": "2015-03-04T05:16:07Z",
        "Answer": ANSWER.format("label", "a &lt; b"),
        **more,
    }


def site_files(root: Path) -> None:
    """A batch downloaded before and after its approval, and saved again by pandas."""
    (root / "Batch_300007_batch_results.csv").write_bytes(lab.table(ROWS))
    (root / "Batch_300007_batch_results (1).csv").write_bytes(lab.table(LATER))
    (root / "cleaned.csv").write_bytes(lab.resaved(ROWS))
    (root / "semicolons.csv").write_bytes(lab.table(LATER[:5], lab.STYLES[3]))
    workers = [
        "Worker ID",
        "Number of HITs approved or rejected - Lifetime",
        "Number of HITs approved - Lifetime",
        "CURRENT BlockStatus",
        "UPDATE-BlockStatus",
    ]
    for name, done, status in (("2012", "5", "Unblocked"), ("2014", "9", "Blocked")):
        row = dict(zip(workers, [ROWS[0]["WorkerId"], done, "4", status, ""], strict=True))
        (root / f"User_{name}_workers.csv").write_bytes(lab.table([row], marks=False))


def dumps(root: Path) -> None:
    """What people saved of the API's answers."""
    listed = [assignment(row) for row in ROWS[:4]]
    later = [
        assignment(row, AssignmentStatus="Approved", ApprovalTime=f"2015-03-0{day}T00:00:00Z")
        for day, row in enumerate(ROWS[:6], 1)
    ]
    (root / "assignments.json").write_text(json.dumps({"Assignments": listed, "NumResults": 4}))
    (root / "assignments_later.jsonl").write_text("\n".join(map(json.dumps, later)))
    hits = [
        {
            "HITId": row["HITId"],
            "HITTypeId": row["HITTypeId"],
            "Title": "Find the words",
            "HITStatus": status,
            "NumberOfAssignmentsCompleted": done,
            "NumberOfAssignmentsPending": 0,
            "NumberOfAssignmentsAvailable": 0,
        }
        for row, status, done in ((ROWS[0], "Reviewable", 2), (ROWS[3], "Disposed", 3))
    ]
    (root / "hits.json").write_text(json.dumps({"HITs": hits}))
    bonus = {
        "WorkerId": ROWS[0]["WorkerId"],
        "BonusAmount": "1.00",
        "AssignmentId": ROWS[0]["AssignmentId"],
        "Reason": "Thanks",
        "GrantTime": "2016-01-02T03:04:05Z",
    }
    other = {**bonus, "AssignmentId": "3UNHEARDOF", "BonusAmount": "0.5"}
    (root / "bonuses.json").write_text(json.dumps({"BonusPayments": [bonus, other]}))
    (root / "bonuses_again.json").write_text(json.dumps([{**bonus, "BonusAmount": "1.0"}]))
    blocks = [{"WorkerId": ROWS[0]["WorkerId"], "Reason": "two accounts"}]
    (root / "blocks.json").write_text(json.dumps({"WorkerBlocks": blocks}))
    (root / "blocks_later.json").write_text(
        json.dumps({"WorkerBlocks": [{**blocks[0], "Reason": "spam"}]})
    )


def lines(root: Path) -> None:
    """The command line tools' results, and what their HITs were made from."""
    results = [
        {
            "hitid": row["HITId"],
            "hittypeid": row["HITTypeId"],
            "title": "Find the words",
            "reward": "$0.12",
            "creationtime": "Fri Dec 23 15:25:19 CET 2016",
            "assignments": "3",
            "numavailable": "0",
            "numpending": "0",
            "numcomplete": "3",
            "hitstatus": "Reviewable",
            "reviewstatus": "NotReviewed",
            "annotation": "page 1",
            "assignmentid": row["AssignmentId"],
            "workerid": row["WorkerId"],
            "assignmentstatus": "Rejected" if place == 1 else "Approved",
            "assignmentaccepttime": "Fri Dec 23 15:34:22 CET 2016",
            "assignmentsubmittime": "Fri Dec 23 15:34:56 CET 2016",
            "assignmentapprovaltime": "" if place == 1 else "Sat Dec 24 09:00:00 CET 2016",
            "assignmentrejecttime": "Sat Dec 24 09:00:00 CET 2016" if place == 1 else "",
            "Answer.label": "a",
        }
        for place, row in enumerate(ROWS[:3])
    ]
    style = lab.Style(delimiter="\t", end="\n")
    (root / "words.results").write_bytes(lab.table(results, style, marks=False))
    made = "\n".join(
        ["hitid\thittypeid", *sorted({f"{r['HITId']}\t{r['HITTypeId']}" for r in ROWS})]
    )
    (root / "words.success").write_text(made + "\n")
    (root / "words.input").write_text("text\nom\nun\ndos\ntres\n")
    (root / "words.question").write_text(
        "<?xml version='1.0'?><ExternalQuestion><ExternalURL>https://example.org/"
        "${helper.urlencode($text)}</ExternalURL></ExternalQuestion>"
    )
    (root / "words.properties").write_text("title:Find the words\nreward:0.12\nassignments:3\n")


def other_tools(root: Path) -> None:
    """Files of those whose tools drew from the same HITs."""
    event = {
        "EventType": "AssignmentReturned",
        "EventTimestamp": "2019-08-09T21:17:16Z",
        "HITId": ROWS[0]["HITId"],
        "AssignmentId": ROWS[0]["AssignmentId"],
        "HITTypeId": ROWS[0]["HITTypeId"],
    }
    message = {"Events": [event], "EventDocId": "9928", "CustomerId": "A1", "EventDocVersion": "1"}
    (root / "events.json").write_text(json.dumps([message]))
    (root / "events_2.jsonl").write_text(
        json.dumps({**message, "EventDocId": "9929"}) + "\n" + json.dumps(message) + "\n"
    )
    results = [
        {
            "assignment_id": r["AssignmentId"],
            "hit_id": r["HITId"],
            "worker_id": r["WorkerId"],
            "output": [{"label": "a"}],
        }
        for r in ROWS[2:5]
    ]
    (root / "results.txt").write_text("\n".join(map(json.dumps, results)))
    (root / "layout.html").write_text(
        '<p>Read ${text}.</p><form action="https://www.mturk.com/mturk/externalSubmit">'
        '<input name="label"></form>'
    )
    amti = root / "batch-0f8fad5b-d9cb-469f-a165-70867728950e" / "results" / "hit-1"
    amti.mkdir(parents=True)
    hit = {
        "HITId": ROWS[0]["HITId"],
        "HITTypeId": ROWS[0]["HITTypeId"],
        "MaxAssignments": 2,
        "Question": "<HTMLQuestion/>",
        "Reward": "0.05",
    }
    (amti / "hit.jsonl").write_text(json.dumps({"HIT": hit, "ResponseMetadata": {}}))
    (amti / "assignments.jsonl").write_text(json.dumps(assignment(ROWS[0])))
    (amti.parent.parent / "README").write_text(
        "\nThis directory is a batch made by A Mechanical Turk Interface.\n"
    )
    (amti.parent.parent / "BATCHID").write_text("0f8fad5b-d9cb-469f-a165-70867728950e")
    with closing(sqlite3.connect(root / "participants.db")) as made:
        made.execute(SCRAPED)
        row = ROWS[0]
        made.execute(
            "insert into turkdemo values (?, ?, ?, ?, '192.0.2.7', 'chrome', null, null, 0, 0,"
            " '1.0', '2016-03-04 10:11:12.131415', null, '2016-03-04 10:31:12.131415', 0.5, 5,"
            " 'live', ?)",
            [
                f"{row['WorkerId']}:{row['AssignmentId']}",
                row["AssignmentId"],
                row["WorkerId"],
                row["HITId"],
                '{"data": [{"rt": 512}]}',
            ],
        )
        made.commit()
    turkle = {
        "HITId": "1",
        "HITTypeId": "1",
        "Title": "Sentiment",
        "CreationTime": "Sun Nov 22 04:33:09 UTC 2026",
        "MaxAssignments": "2",
        "AssignmentDurationInSeconds": "7200",
        "AssignmentId": "1",
        "WorkerId": "3",
        "AcceptTime": "Sun Nov 22 04:33:14 UTC 2026",
        "SubmitTime": "Sun Nov 22 04:33:16 UTC 2026",
        "WorkTimeInSeconds": "1",
        "Input.text": "one",
        "Answer.label": "neg",
        "Turkle.Username": "ann.lee",
    }
    (root / "turkle.csv").write_bytes(lab.table([turkle], marks=False))
    worked_on = assignment(ROWS[0], AssignmentId="3WORKDONEATTHEHOST000000000001")
    hosted = [{"ExodusHost": 1, "Panel": "prolific", "Assignment": worked_on}] * 2
    (root / "host.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in hosted))
    for number, state in enumerate(("APPROVED", "REJECTED")):
        seen = {
            "ExodusProlific": 1,
            "AssignmentId": worked_on["AssignmentId"],
            "HITId": worked_on["HITId"],
            "Seen": f"2026-10-0{number + 2}T10:00:00.000Z",
            "Submission": {"id": "5f0c1e2d3b4a59687765a4b3", "status": state},
        }
        (root / f"prolific-{number}.jsonl").write_text(f"{json.dumps(seen)}\n")


@pytest.fixture(scope="module")
def overlapping(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Files of all sources, most of which speak of the same HITs."""
    root = tmp_path_factory.mktemp("overlapping")
    for make in (site_files, dumps, lines, other_tools):
        make(root)
    for name in (
        "batch_csv/facebookresearch__craftassist__testresults.csv",
        "batch_csv/facebookresearch__craftassist__mturk_free_generations_02_14.head200.results.csv",
        "answers/NYUCCL__psiTurk__list_hits.json",
    ):
        if (PUBLIC / name).is_file():
            (root / Path(name).name).write_bytes((PUBLIC / name).read_bytes())
    return [str(path) for path in sorted(root.rglob("*")) if path.is_file()]


def take(archive: Archive, paths: Sequence[str], *, again: bool = False) -> Report:
    return Ingest(archive, INSTALLED, again=again).run(paths, lambda _: None)


@pytest.fixture(scope="module")
def reference(overlapping: list[str]) -> Dump:
    """What they give in the order of their names."""
    return taken(overlapping)


def in_one_run(archive: Archive, paths: list[str]) -> None:
    take(archive, paths)


def one_by_one(archive: Archive, paths: list[str]) -> None:
    for path in paths:
        take(archive, [path])


def in_some_runs(archive: Archive, paths: list[str]) -> None:
    for start in range(0, len(paths), 7):
        take(archive, paths[start : start + 7])


def taken(paths: list[str], how: Callable[[Archive, list[str]], None] = in_one_run) -> Dump:
    with in_memory() as archive:
        how(archive, paths)
        assert list(verify(archive, INSTALLED.meanings())) == []
        return dump(archive)


def test_every_source_has_a_file_in_the_set(overlapping: list[str]) -> None:
    with in_memory() as archive:
        report = take(archive, overlapping)
        assert set(report.by_source) == set(INSTALLED.sources)
        assert report.refused == []
        ((disagree,),) = archive.connection.execute("select count(*) from disagreements").fetchall()
        ((beside,),) = archive.connection.execute("select count(*) from source_records").fetchall()
        assert disagree
        assert beside > 20
        assert list(verify(archive, INSTALLED.meanings())) == []


@pytest.mark.parametrize("how", [in_one_run, one_by_one, in_some_runs])
@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_files_makes_no_difference(
    seed: int,
    how: Callable[[Archive, list[str]], None],
    overlapping: list[str],
    reference: Dump,
) -> None:
    shuffled = overlapping.copy()
    Random(seed).shuffle(shuffled)  # noqa: S311 - any order will do
    assert differences(reference, taken(shuffled, how)) == {}


def test_two_by_two_the_order_makes_no_difference(overlapping: list[str]) -> None:
    pairs = [(one, other) for one in overlapping for other in overlapping if one < other]
    told = {}
    for one, other in Random(1).sample(pairs, 60):  # noqa: S311 - a different choice finds as much
        wrong = differences(taken([one, other]), taken([other, one], one_by_one))
        if wrong:
            told[Path(one).name, Path(other).name] = wrong
    assert told == {}


def test_a_second_time_all_files_are_copies_and_nothing_is_new(overlapping: list[str]) -> None:
    with in_memory() as archive:
        kept = take(archive, overlapping).kept
        before = dump(archive)
        report = take(archive, overlapping)
        assert (report.kept, report.copies, report.entries) == (0, kept, 0)
        assert differences(before, dump(archive)) == {}
        assert list(verify(archive, INSTALLED.meanings())) == []


def test_again_reads_everything_and_finds_nothing_new(overlapping: list[str]) -> None:
    with in_memory() as archive:
        kept = take(archive, overlapping).kept
        before = dump(archive)
        report = take(archive, overlapping, again=True)
        assert (report.kept, report.copies) == (kept, 0)
        assert report.gathered.new.total() == 0
        assert report.gathered.merged.total() == 0
        assert differences(before, dump(archive)) == {}
        assert list(verify(archive, INSTALLED.meanings())) == []


def test_a_dry_run_says_the_same_and_keeps_nothing(overlapping: list[str]) -> None:
    with in_memory() as archive, in_memory() as other:
        before = dump(archive)
        rehearsed = Ingest(archive, INSTALLED, rehearsal=True).run(overlapping, lambda _: None)
        assert differences(before, dump(archive)) == {}
        assert archive.connection.execute("select count(*) from runs").fetchone() == (0,)
        real = take(other, overlapping)
        assert (rehearsed.kept, rehearsed.entries, rehearsed.gathered) == (
            real.kept,
            real.entries,
            real.gathered,
        )
        assert list(verify(archive, INSTALLED.meanings())) == []


@pytest.mark.parametrize("amounts", [("1.00", "1.0"), ("1.0", "1.00")])
def test_a_bonus_whose_hit_was_found_and_that_another_file_tells_of(
    amounts: tuple[str, str], tmp_path: Path
) -> None:
    """One of the two amounts takes the other's place, after the HIT was filled in."""
    bonus = {"WorkerId": "AW", "AssignmentId": "3WORK", "GrantTime": "2016-01-02T03:04:05Z"}
    work = {"AssignmentId": "3WORK", "HITId": "3HIT", "WorkerId": "AW"}
    with in_memory() as archive:
        for number, said in enumerate(
            (
                {"BonusPayments": [{**bonus, "BonusAmount": amounts[0], "Reason": "x"}]},
                {"Assignments": [{**work, "AssignmentStatus": "Approved"}]},
                {"BonusPayments": [{**bonus, "BonusAmount": amounts[1], "Reason": "x"}]},
            )
        ):
            path = tmp_path / f"{number}.json"
            path.write_text(json.dumps(said))
            take(archive, [str(path)])
        assert archive.connection.execute("select hit_id from bonus_payments").fetchall() == [
            ("3HIT",)
        ]
        assert list(verify(archive, INSTALLED.meanings())) == []


@pytest.mark.parametrize(
    "where",
    [
        {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONUTF8": "0"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"},
    ],
)
def test_it_is_the_same_wherever_it_runs(
    where: dict[str, str], overlapping: list[str], reference: Dump, tmp_path: Path
) -> None:
    path = tmp_path / "mturk.db"
    foreign = tmp_path / "Zoë.csv"
    foreign.write_bytes(lab.table(ROWS)[:400])
    done = run("ingest", "--archive", path, *overlapping, foreign, env=environment(**where))
    assert done.returncode in (0, 53), done.stderr
    assert "Traceback" not in done.stderr
    with Archive.open(path, read_only=True) as archive:
        assert list(verify(archive, INSTALLED.meanings())) == []
        found = dump(archive)
        found["files"] = [row for row in found["files"] if row[1]]
        assert differences(reference, found) == {}


def test_again_leaves_copies_copies(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(lab.table(ROWS))
    with in_memory() as archive:
        take(archive, [str(tmp_path)])
        before = dump(archive)
        take(archive, [str(tmp_path)], again=True)
        assert differences(before, dump(archive)) == {}
        assert list(verify(archive, INSTALLED.meanings())) == []


BONUS = {
    "WorkerId": "AW",
    "AssignmentId": "3WORK",
    "BonusAmount": "1.00",
    "Reason": "x",
    "GrantTime": "2016-01-02T03:04:05Z",
}


@pytest.mark.parametrize("how", [in_one_run, one_by_one])
def test_a_bonus_belongs_to_the_hit_that_its_assignment_belongs_to_in_the_end(
    how: Callable[[Archive, list[str]], None], tmp_path: Path
) -> None:
    """A tool has the assignment under another HIT than MTurk has."""
    work = {"AssignmentId": "3WORK", "HITId": "3OF_MTURK", "WorkerId": "AW"}
    said = {"assignment_id": "3WORK", "hit_id": "3OF_A_TOOL", "worker_id": "AW", "output": [1]}
    (tmp_path / "1.txt").write_text(json.dumps(said))
    (tmp_path / "2.json").write_text(json.dumps({"BonusPayments": [BONUS]}))
    (tmp_path / "3.json").write_text(json.dumps({"Assignments": [work]}))
    paths = [str(path) for path in sorted(tmp_path.iterdir())]
    dumps_ = [taken(order, how) for order in (paths, paths[::-1], paths[1:] + paths[:1])]
    assert differences(dumps_[0], dumps_[1]) == {}
    assert differences(dumps_[0], dumps_[2]) == {}
