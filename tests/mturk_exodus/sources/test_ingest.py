"""Files into an archive: what is kept, what is refused and why, and that it is whole after all."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.sources import ingest as engine
from mturk_exodus.sources import zips
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.ingest import Ingest, Report
from mturk_exodus.sources.packed import Limits
from mturk_exodus.sources.registry import installed
from tests.mturk_exodus.archive.files_support import differences, dump, in_memory, one, values
from tests.mturk_exodus.sources import lab
from tests.mturk_exodus.sources.lab import Lab

INSTALLED = installed()
ROWS = lab.batch(7)
TABLE = lab.table(ROWS)
PLANTED = "AW_PLANTED_WORKER"
BLOCKS = '{"WorkerBlocks": [{"WorkerId": "AW", "Reason": "spam"}]}'


def take(archive: Archive, *paths: Path, again: bool = False, only: str | None = None) -> Report:
    """Ingest, and see that the archive agrees with itself after it."""
    ingest = Ingest(archive, INSTALLED, again=again, only=only)
    report = ingest.run([str(path) for path in paths], lambda _: None)
    assert list(verify(archive, INSTALLED.meanings())) == []
    assert not any("fault of the source" in str(file.reason) for file in report.refused)
    return report


@pytest.fixture
def archive() -> Iterator[Archive]:
    with in_memory() as made:
        yield made


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only_refusal(report: Report) -> str:
    (file,) = report.refused
    assert report.kept == 0
    return str(file.reason)


# A lab's tree


@pytest.mark.parametrize("batches", [120])
def test_a_labs_tree_is_what_its_generator_knows(
    batches: int, archive: Archive, tmp_path: Path
) -> None:
    known = Lab(tmp_path).grow(batches)
    report = take(archive, tmp_path)
    assert dict(report.by_source) == {"batch_csv": known.read}
    assert (report.copies, report.refused, report.unknown) == (known.copies, [], known.unknown)
    assert (report.entries, report.entries_refused) == (known.rows, known.refused_rows)
    (cut,) = report.incomplete
    assert cut.name.endswith("Bob/Batch_cut_batch_results.csv")
    held = one(archive, "select count(*) from assignments where assignment_status = 'Approved'")
    assert held == len(known.approved)
    assert {hit for (hit,) in values(archive, "select hit_id from hits")} == known.hits
    assert one(archive, "select min(submit_time) from assignments") == min(known.submitted)
    again = take(archive, tmp_path)
    assert (again.kept, again.copies) == (0, known.read + known.copies)


@pytest.mark.parametrize("name", ["results.xlsx", "draft.docx", "slides.pptx", "data.ods"])
def test_an_office_file_is_one_file_of_no_kind(name: str, archive: Archive, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/sheet.csv", TABLE)
    report = take(archive, tmp_path)
    assert (report.unknown, report.kept, report.refused) == (1, 0, [])


# Tables that are damaged


def raws(archive: Archive) -> set[str]:
    return {raw for (raw,) in values(archive, "select raw from assignments")}


def test_a_table_cut_off_anywhere_keeps_its_whole_rows(archive: Archive, tmp_path: Path) -> None:
    take(archive, write(tmp_path / "whole.csv", TABLE))
    whole = raws(archive)
    assert len(whole) == len(ROWS)
    path = tmp_path / "Batch_1_batch_results.csv"
    for place in range(TABLE.index(b"\r\n") + 2, len(TABLE), 97):
        write(path, TABLE[:place])
        with in_memory() as made:
            report = take(made, path)
            assert report.entries - report.entries_kept <= 1
            assert len(raws(made)) == report.entries_kept
            assert raws(made) <= whole, place


@pytest.mark.parametrize("place", range(0, 700, 53))
def test_a_table_cut_off_in_its_heading_gives_nothing(
    place: int, archive: Archive, tmp_path: Path
) -> None:
    before = dump(archive)
    report = take(archive, write(tmp_path / "Batch_1_batch_results.csv", TABLE[:place]))
    assert report.kept == 0
    after = dump(archive)
    after["files"] = []
    assert differences(before, after) == {}


def test_a_cell_of_50_megabytes_is_a_reason_with_its_row(archive: Archive, tmp_path: Path) -> None:
    rows = [ROWS[0], {**ROWS[1], "Answer.why": "x" * 50_000_000}]
    reason = only_refusal(take(archive, write(tmp_path / "a.csv", lab.table(rows))))
    assert reason == "row 2 has a cell of more than 33,554,432 characters"


def test_a_cell_of_20_megabytes_is_kept(archive: Archive, tmp_path: Path) -> None:
    rows = [{**ROWS[0], "Answer.why": "x" * 20_000_000}, ROWS[1]]
    assert take(archive, write(tmp_path / "a.csv", lab.table(rows))).entries_kept == 2


def test_nuls_are_a_reason(archive: Archive, tmp_path: Path) -> None:
    damaged = TABLE[:-100] + b"\0" * 100
    assert "NUL" in only_refusal(take(archive, write(tmp_path / "a.csv", damaged)))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_say_the_same(encoding: str, archive: Archive, tmp_path: Path) -> None:
    take(archive, write(tmp_path / "a.csv", TABLE.decode().encode(encoding)))
    with in_memory() as other:
        take(other, write(tmp_path / "a.csv", TABLE))
        one_, another = dump(archive), dump(other)
        one_.pop("files"), another.pop("files")
        assert differences(one_, another) == {}


def test_formulas_are_text(archive: Archive, tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://example.org?" & A1)'
    rows = [{**ROWS[1], "Answer.why": formula, "RequesterFeedback": "+cmd|' /C calc'!A0"}]
    take(archive, write(tmp_path / "a.csv", lab.table(rows)))
    (raw, feedback), *_ = values(archive, "select raw, requester_feedback from assignments")
    assert json.loads(raw)["Answer.why"] == formula
    assert feedback == "+cmd|' /C calc'!A0"


# XML that expands


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + ']><QuestionFormAnswers xmlns="http://mechanicalturk.amazonaws.com/'
    'AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd"><Answer>'
    "<QuestionIdentifier>q</QuestionIdentifier><FreeText>&j;</FreeText></Answer>"
    "</QuestionFormAnswers>"
)


def test_entities_are_not_expanded_in_a_cell(archive: Archive, tmp_path: Path) -> None:
    rows = [{**ROWS[1], "Answer.why": BOMB}]
    take(archive, write(tmp_path / "a.csv", lab.table(rows)))
    assert one(archive, "select max(length(answer)) from assignments") < 10_000


def test_entities_are_not_expanded_in_a_dump(archive: Archive, tmp_path: Path) -> None:
    work = {"AssignmentId": "3WORK", "HITId": "3HIT", "WorkerId": "AW", "Answer": BOMB}
    take(archive, write(tmp_path / "a.json", json.dumps({"Assignments": [work]})))
    assert one(archive, "select max(length(answer)) from assignments") < 10_000
    take(archive, write(tmp_path / "b.json", json.dumps({"Assignments": [{**work, "x": 1}]})))


@pytest.mark.parametrize("name", ["a.xml", "a.html", "a.question", "a.xml.j2"])
def test_entities_are_not_expanded_in_what_hits_were_made_from(
    name: str, archive: Archive, tmp_path: Path
) -> None:
    question = BOMB.replace("QuestionFormAnswers", "HTMLQuestion")
    for content in (BOMB, question, question.replace("<?xml", " <?xml")):
        take(archive, write(tmp_path / name, content))
    assert (one(archive, "select max(length(content)) from templates") or 0) < 10_000


# JSON that is odd


@pytest.mark.parametrize(
    "odd",
    [
        {"HITId": 'a"b'},
        {"HITId": "a\\b"},
        {"HITId": "a\nb"},
        {"HITId": "\ud800"},
        {"HITId": "é😀"},
        {"HITId": "\x7f\x00"},
        {"HITId": ""},
        {"HITId": None},
        {"HITId": 7},
        {"AssignmentId": "\ud800"},
        {"WorkerId": 'a"b\udfff'},
        {"Answer": "\ud800\0"},
        {"AcceptTime": 10**30},
        {"AcceptTime": 1e400},
        {"AcceptTime": "9999-99-99T00:00:00Z"},
        {"AssignmentStatus": ["Approved"]},
        {"more": float("nan")},
        {"more": 2**80},
    ],
)
def test_odd_values_of_an_assignment_cost_no_more_than_it(
    odd: dict[str, object], archive: Archive, tmp_path: Path
) -> None:
    """Also where no HIT of that id is told of, so that a row is made for it."""
    work = {
        "AssignmentId": "3WORK",
        "HITId": "3HIT",
        "WorkerId": "AW",
        "AssignmentStatus": "Approved",
    }
    said = {"Assignments": [{**work, "AssignmentId": "3FIRST"}, {**work, **odd}]}
    report = take(archive, write(tmp_path / "a.json", json.dumps(said)))
    assert report.entries == 2
    assert report.entries_kept + report.entries_refused == 2
    values(archive, "select json_extract(raw, '$.HITId') from hits")
    take(archive, tmp_path / "a.json", again=True)


def test_json_that_is_deep_as_a_well_is_a_reason(archive: Archive, tmp_path: Path) -> None:
    for depth in (90, 900, 9_000, 900_000):
        deep = '{"Assignments": [{"AssignmentId": "3W", "HITId": "3H", "deep": ' + "[" * depth
        deep += "]" * depth + "}]}"
        report = take(archive, write(tmp_path / f"{depth}.json", deep))
        assert report.kept + len(report.refused) + report.unknown == 1


def test_a_json_cut_off_anywhere_is_kept_in_part_or_refused(tmp_path: Path) -> None:
    works = [
        {
            "AssignmentId": f"3W{n}",
            "HITId": "3HIT",
            "WorkerId": PLANTED,
            "AssignmentStatus": "Approved",
        }
        for n in range(5)
    ]
    whole = json.dumps({"NumResults": 5, "Assignments": works})
    for place in range(20, len(whole), 23):
        with in_memory() as made:
            report = take(made, write(tmp_path / "a.json", whole[:place]))
            assert report.kept + len(report.refused) + report.unknown == 1
            assert not any(PLANTED in str(file.reason) for file in report.refused)


# What is packed


def zip_of(path: Path, **members: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path


def test_a_zip_bomb_is_a_reason(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heading, row, *_ = TABLE.split(b'"\r\n"')
    bomb = heading + b'"\r\n"' + (row + b'"\r\n"') * 40_000
    path = zip_of(tmp_path / "a.zip", **{"bomb.csv": bomb, "good.csv": TABLE})
    limits = Limits(1 << 20, 2)
    monkeypatch.setattr(zips.Zip.__init__, "__defaults__", (limits,))
    report = take(archive, path)
    assert report.kept == 1
    (file,) = report.refused
    assert "unpacks to more than 1,048,576 bytes" in str(file.reason)


def test_names_that_lead_out_of_a_zip_lead_nowhere(archive: Archive, tmp_path: Path) -> None:
    inner = tmp_path / "in"
    inner.mkdir()
    names = ("../a.csv", "/etc/a.csv", "b/../../a.csv", "C:\\a.csv", "..\\a.csv")
    report = take(archive, zip_of(inner / "a.zip", **dict.fromkeys(names, TABLE)))
    assert len(report.refused) == len(names)
    assert {str(file.reason) for file in report.refused} == {"has a name that leads out of the zip"}
    assert sorted(tmp_path.rglob("*.csv")) == []


@pytest.mark.parametrize("cut", [10, 200, 1_000])
def test_what_is_packed_and_cut_off_is_a_reason(cut: int, archive: Archive, tmp_path: Path) -> None:
    write(tmp_path / "a.csv.gz", gzip.compress(TABLE)[:-cut])
    whole = zip_of(tmp_path / "b.zip", **{"b.csv": TABLE}).read_bytes()
    write(tmp_path / "b.zip", whole[:-cut])
    write(tmp_path / "c.zip", b"no zip at all")
    report = take(archive, tmp_path)
    assert report.kept == 0
    assert len(report.refused) >= 2, "a gzip whose beginning says nothing is of no kind"


def test_a_zip_changed_in_any_place_is_kept_or_refused(tmp_path: Path) -> None:
    whole = zip_of(tmp_path / "a.zip", **{"a.csv": TABLE, "b.json": BLOCKS.encode()}).read_bytes()
    for place in range(0, len(whole), 29):
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        with in_memory() as made:
            report = take(made, write(tmp_path / "a.zip", bytes(changed)))
            assert report.kept + len(report.refused) + report.unknown >= 1


# What lies in folders


def test_what_is_no_file_is_a_reason_or_passed_by(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "x.csv").mkdir()
    write(tmp_path / "x.csv" / "Batch_1_batch_results.csv", TABLE)
    (tmp_path / "x.zip").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nothing.csv")
    report = take(archive, tmp_path)
    assert (report.kept, report.unknown) == (1, 0)
    assert sorted(Path(file.name).name for file in report.refused) == [
        "gone.csv",
        "pipe.csv",
        "self",
    ]


def test_archives_are_no_files_of_any_source(tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    write(tmp_path / "a.csv", TABLE)
    with Archive.create(tmp_path / "other.db") as other, Archive.create(path) as archive:
        take(other, tmp_path / "a.csv")
        with archive.writing():
            report = take(archive, tmp_path)
            again = take(archive, tmp_path)
        assert (report.kept, report.refused) == (1, [])
        assert (again.copies, again.refused) == (1, [])


def test_what_may_not_be_read_is_a_reason(archive: Archive, tmp_path: Path) -> None:
    """Whoever is root may read everything."""
    write(tmp_path / "a.csv", TABLE).chmod(0)
    folder = tmp_path / "closed"
    folder.mkdir(mode=0)
    report = take(archive, tmp_path)
    folder.chmod(stat.S_IRWXU)
    denied = ["cannot be read: Permission denied"] * 2
    reasons = [file.reason for file in report.refused]
    assert reasons == ([] if os.geteuid() == 0 else denied)
    assert report.kept == (1 if os.geteuid() == 0 else 0)


@pytest.mark.parametrize(
    "name",
    [
        b"new\nline.csv",
        b"\x1b[31mred\x1b[0m.csv",
        b"caf\xe9.csv",
        b"\xff\xfe.csv",
        "\u202egnp.csv".encode(),
        b" .csv",
        b"-rf.csv",
        b"[a]*?.csv",
        b"a" * 250 + b".csv",
    ],
)
def test_odd_names_are_shown_without_harm(name: bytes, archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (Path(os.fsdecode(os.path.join(os.fsencode(folder), name)))).write_bytes(TABLE)  # noqa: PTH118 - bytes
    assert take(archive, folder).kept == 1
    ((shown,),) = values(archive, "select name from files")
    assert not any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in shown)
    assert take(archive, folder).copies == 1


# Files that change while they are read


def moving(*contents: bytes | OSError) -> Callable[[], BinaryIO]:
    """What opens a file that is another each time, and in the end always the last."""
    left = list(contents)

    def opener() -> BinaryIO:
        content = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(content, OSError):
            raise content
        return io.BytesIO(content)

    return opener


def take_file(archive: Archive, file: SourceFile, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.setattr(engine, "find", lambda _: iter([file]))
    return take(archive, Path("any"))


@pytest.mark.parametrize("looks", [1, 2])
def test_a_file_that_vanishes_is_a_reason(
    looks: int, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = FileNotFoundError(2, "No such file or directory")
    file = SourceFile("a.csv", moving(*[TABLE] * looks, gone))
    assert only_refusal(take_file(archive, file, monkeypatch)).startswith("cannot be read: No such")
    assert one(archive, "select count(*) from hits") == 0


def test_a_file_that_grows_while_it_is_read_is_not_kept_under_the_digest_that_it_had(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digest says which rows are held: a copy as it was would be passed over."""
    longer = lab.table([*ROWS, *lab.batch(8)])
    file = SourceFile("a.csv", moving(TABLE, TABLE, longer))
    report = take_file(archive, file, monkeypatch)
    held = one(archive, "select count(*) from assignments")
    assert (report.kept, held) in ((0, 0), (1, len(ROWS)))


def test_a_file_that_shrinks_while_it_is_read_is_not_kept(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would count as read whole, and never be read again."""
    file = SourceFile("a.csv", moving(TABLE, TABLE, lab.table(ROWS[:2])))
    report = take_file(archive, file, monkeypatch)
    assert report.kept == 0


# What was refused once


def test_a_refused_file_that_is_mended_is_no_gap_any_more(archive: Archive, tmp_path: Path) -> None:
    path = write(tmp_path / "Batch_1_batch_results.csv", TABLE[:-100] + b"\0" * 100)
    take(archive, path)
    assert values(archive, "select kind, subject from gaps") == [("refused file", str(path))]
    write(path, TABLE)
    assert take(archive, path).kept == 1
    assert values(archive, "select kind, subject from gaps") == []


def test_a_refused_file_is_asked_again_and_noted_once(archive: Archive, tmp_path: Path) -> None:
    path = write(tmp_path / "Batch_1_batch_results.csv", TABLE[:-100] + b"\0" * 100)
    for _ in range(3):
        assert "NUL" in only_refusal(take(archive, path))
    assert one(archive, "select count(*) from files") == 1


def test_two_sources_that_claim_a_file_leave_the_choice_to_a_person(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.csv", TABLE)
    claims: Callable[[object, SourceFile], str] = lambda _self, _file: "mine"  # noqa: E731 - a method
    monkeypatch.setattr(type(INSTALLED.sources["templates"]), "claims", claims)
    reason = only_refusal(take(archive, path))
    assert reason == "is claimed by batch_csv and templates; choose with --source"
    assert take(archive, path, only="batch_csv").kept == 1
    assert values(archive, "select kind from gaps") == []


@pytest.mark.parametrize("name", sorted(INSTALLED.sources))
def test_a_file_that_a_source_is_made_to_read_is_kept_or_refused(name: str, tmp_path: Path) -> None:
    office = io.BytesIO()
    with zipfile.ZipFile(office, "w") as packed:
        packed.writestr("a", TABLE)
    for content in (
        b"",
        TABLE,
        BLOCKS.encode(),
        BOMB.encode(),
        office.getvalue(),
        b"\xff\xd8\xff",
        b"SQLite format 3\0" + b"\0" * 200,
        b"a,b\n1,2\n",
        b"[" * 100_000,
        b"\0" * 9,
        b'{"a": [1, 2, {"HITId": 5}]}',
        b"[[1],[2]]",
        b"3",
        b'"x"',
        b"null\n" * 3,
    ):
        with in_memory() as made:
            report = take(made, write(tmp_path / "a.bin", content), only=name)
            assert report.kept + len(report.refused) == 1


def test_entities_are_not_expanded_in_a_reply(archive: Archive, tmp_path: Path) -> None:
    reply = BOMB.replace("QuestionFormAnswers", "GetAssignmentsForHITResponse").replace(
        "<Answer><QuestionIdentifier>q</QuestionIdentifier><FreeText>&j;</FreeText></Answer>",
        "<GetAssignmentsForHITResult><Assignment><AssignmentId>3W</AssignmentId>"
        "<HITId>3H</HITId><Answer>&j;</Answer></Assignment></GetAssignmentsForHITResult>",
    )
    assert "&j;" in reply
    report = take(archive, write(tmp_path / "reply.xml", reply))
    assert report.kept + len(report.refused) + report.unknown == 1
    assert (one(archive, "select max(length(answer)) from assignments") or 0) < 10_000
