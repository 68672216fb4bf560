"""An archive in which workers are named wherever a name can stand, and a search for them."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mturk_exodus.archive import Archive, answer_table, ledger, runs, tables, uploads
from mturk_exodus.archive.compact import Compaction
from mturk_exodus.archive.verify import Finding, verify
from mturk_exodus.archive.writer import Writer
from tests.mturk_exodus.archive.files_support import MEANINGS, Kept, Said, ingest
from tests.mturk_exodus.archive.support import ORIGIN, hit, raw

ANN = "A1B2C3D4E5F6G7"
BEN = "A2ZYXWV9876TSR"
EVE = "AEVE0123456789"
UNKNOWN = "A3UNKNOWNPERS0N"[:14] + "7"
"""Nobody's record names this one; a text does."""
TOM = "turker-42"
SHORT = "12"
"""Ids of other platforms."""

PLAIN = (ANN, BEN, EVE, UNKNOWN, TOM)
PACKED = b"PK\x03\x04\xff\xfe"
EMAIL = "ann.smith@example.org"


def spellings(worker_id: str) -> dict[str, bytes]:
    """How bytes may spell an id, by the name of the spelling."""
    octets = worker_id.encode()
    found = {
        "UTF-8": octets,
        "small letters": worker_id.lower().encode(),
        "UTF-16": worker_id.encode("utf-16-le"),
        "UTF-16, high first": worker_id.encode("utf-16-be"),
        "percent": "".join(f"%{octet:02X}" for octet in octets).encode(),
        "JSON": "".join(f"\\u{octet:04x}" for octet in octets).encode(),
        "HTML": "".join(f"&#{octet};" for octet in octets).encode(),
        "HTML, hexadecimal": "".join(f"&#x{octet:x};" for octet in octets).encode(),
    }
    for skipped in range(3):
        whole = b64encode(b"\0" * skipped + octets)
        begins, ends = (8 * skipped + 5) // 6, (8 * (skipped + len(octets))) // 6
        found[f"Base64 after {skipped}"] = whole[begins:ends]
    return found


def named_in(path: Path, *worker_ids: str) -> list[tuple[str, str]]:
    """Ids, and how they are spelled, in an archive's bytes, those of its WAL among them."""
    files = [path, *path.parent.glob(f"{path.name}-*")]
    data = b"".join(file.read_bytes() for file in files)
    return [
        (worker_id, how)
        for worker_id in worker_ids
        for how, spelled in spellings(worker_id).items()
        if spelled in data
    ]


def findings(archive: Archive) -> list[Finding]:
    """What is wrong with an archive."""
    return list(verify(archive, MEANINGS))


def answer(text: str, field: str = "said") -> str:
    """An answer to one question."""
    return (
        '<QuestionFormAnswers xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkData'
        'Schemas/2005-10-01/QuestionFormAnswers.xsd"><Answer><QuestionIdentifier>'
        f"{field}</QuestionIdentifier><FreeText>{text}</FreeText></Answer></QuestionFormAnswers>"
    )


def _of(worker_id: str, number: int, text: str = "yes", **members: object) -> dict[str, object]:
    return {
        "AssignmentId": f"3ASSIGNMENT{number:019}",
        "WorkerId": worker_id,
        "HITId": "3HIT1",
        "AssignmentStatus": "Approved",
        "AcceptTime": 1_500_000_000 + number,
        "SubmitTime": 1_500_000_060 + number,
        "ApprovalTime": 1_500_000_120 + number,
        "Answer": answer(text),
        **members,
    }


def every_spelling() -> str:
    """A text that names two workers in every way but in UTF-16."""
    said = [
        spelled.decode()
        for worker_id in (ANN, BEN)
        for how, spelled in spellings(worker_id).items()
        if not how.startswith(("UTF-16", "Base64", "HTML"))
    ]
    packed = [b64encode(f"{'x' * skipped}{ANN} did it".encode()).decode() for skipped in range(4)]
    address = f"https://example.org/?workerId={ANN}&amp;next=%2F{BEN.lower()}%2F"
    return " ".join([*said, *packed, address, f"x{ANN}_{BEN}.mp4", f"{UNKNOWN}, {TOM}", EMAIL])


def _hits() -> Iterator[dict[str, object]]:
    counters = {"MaxAssignments": 6, "NumberOfAssignmentsAvailable": 0}
    question = (
        "<ExternalQuestion><ExternalURL>https://example.org/?w=A1B2C3D4E5F6G7</ExternalURL>"
        "<FrameHeight>400</FrameHeight></ExternalQuestion>"
    )
    yield hit(
        "3HIT1",
        **counters,
        NumberOfAssignmentsCompleted=6,
        Question=question,
        RequesterAnnotation=f"for {BEN}",
        HITStatus="Reviewable",
    )
    page = "<p>What is it?</p>" * 40
    for number in range(2, 12):
        # The variable parts of some end in a half of an id, and the page goes on with the other.
        value = "A1B2C3D" if number == 5 else f"picture{number}"
        yield hit(
            f"3HIT{number}",
            HITTypeId="T2",
            Question="<HTMLQuestion><HTMLContent><![CDATA[<form>"
            f"{page}<img src='{value}4E5F6G7'></form>]]></HTMLContent></HTMLQuestion>",
        )


def _records(writer: Writer) -> None:
    def put(table: tables.Table, *records: Mapping[str, Any], **context: Any) -> None:  # noqa: ANN401 - columns
        copies: Counter[str] | None = Counter() if table is tables.BONUS_PAYMENTS else None
        writer.put(table, [raw(one) for one in records], ORIGIN, context, copies)

    put(tables.HITS, *_hits())
    put(tables.QUALIFICATION_TYPES, {"QualificationTypeId": "Q1", "Name": f"only {EVE}"})
    put(
        tables.ASSIGNMENTS,
        _of(ANN, 1, every_spelling(), RequesterFeedback=f"as good as {BEN}, {EMAIL}"),
        _of(BEN, 2, "done by a\\u0031b2c3d4e5f6g7"),
        _of(EVE, 3),
        _of(TOM, 4, f"I am {TOM}"),
        _of(SHORT, 5, "12 of 12"),
        _of(EVE[:-1], 6),
    )
    for worker_id in (ANN, SHORT):
        grant = {"WorkerId": worker_id, "GrantTime": 1_500_000_000, "Status": "Granted"}
        put(tables.QUALIFICATIONS, {"QualificationTypeId": "Q1", **grant})
    request = {"QualificationRequestId": "R1", "QualificationTypeId": "Q1", "WorkerId": ANN}
    put(tables.QUALIFICATION_REQUESTS, {**request, "Answer": answer(f"call {BEN}")})
    put(tables.WORKER_BLOCKS, {"WorkerId": BEN, "Reason": f"shares a computer with {ANN}"})
    bonus = {"WorkerId": ANN, "BonusAmount": "0.50", "AssignmentId": _of(ANN, 1)["AssignmentId"]}
    twice = [{**bonus, "Reason": f"thanks, {ANN}", "GrantTime": 1_500_000_500}] * 2
    put(tables.BONUS_PAYMENTS, *twice, hit_id="3HIT1", copy=0)
    put(tables.ASSIGNMENTS, {"AssignmentId": 7, "WorkerId": ANN})


FILES = (
    Kept(
        f"results/{ANN}.json",
        "site",
        (
            Said(tables.ASSIGNMENTS, {**_of(ANN, 1, f"otherwise: {BEN}"), "x-note": EVE}),
            Said(tables.ASSIGNMENTS, {**_of(SHORT, 5, "13 of 12"), "x-note": SHORT}),
            Said(
                tables.BONUS_PAYMENTS,
                {
                    "WorkerId": ANN,
                    "BonusAmount": "0.5",
                    "AssignmentId": _of(ANN, 1)["AssignmentId"],
                    "Reason": f"thanks,  {ANN}",
                    "GrantTime": 1_500_000_500,
                },
                {"copy": 0, "hit_id": None},
            ),
            Said(tables.WORKER_DETAILS, {"WorkerId": EVE, "LifetimeSubmitted": 3}),
            Said(tables.WORKER_DETAILS, {"WorkerId": SHORT, "LifetimeSubmitted": 3}),
        ),
    ),
    Kept("a.json", "dump", (Said(tables.WORKER_DETAILS, {"WorkerId": EVE}),)),
    Kept("b.json", "dump", (Said(tables.WORKER_DETAILS, {"WorkerId": EVE, "x-seen": "by B"}),)),
)


def _uploads(archive: Archive, run: runs.Run) -> None:
    text = f"{ANN} and {BEN}".encode()
    packed = PACKED + ANN.encode() + b"\0\xff" + BEN.encode("utf-16-le") + b"\xff" * 2_000_000
    for number, content in enumerate((text, packed, b"")):
        assignment_id = str(_of(ANN, number + 1)["AssignmentId"])
        uploads.store(archive, run, assignment_id, f"{ANN}.txt", io.BytesIO(content))


def make(path: Path) -> Path:
    """Such an archive, in which records have changed, and were sent somewhere."""
    with Archive.create(path) as archive:
        with archive.transaction():
            arguments = {"paths": [f"/home/{ANN}"]}
            run = runs.begin(archive, "requester_api", arguments, pass_id=None)
            _records(Writer(archive, run))
            _uploads(archive, run)
            runs.end(archive, run, "complete", f"stopped at {BEN}")
        for file in FILES:
            ingest(archive, file)
        with archive.transaction():
            run = runs.begin(archive, "requester_api", {}, pass_id=None)
            changed = raw(_of(BEN, 2, f"now it names {ANN}"))
            Writer(archive, run).put(tables.ASSIGNMENTS, [changed], ORIGIN)
            runs.end(archive, run, "complete", "")
            archive.connection.execute(
                "insert into refused_entries values (1, 9, 'no', ?)",
                [json.dumps({"WorkerId": SHORT, "note": ANN})],
            )
        Compaction(archive).run()
        answer_table.update(archive)
        _replay(archive)
        assert findings(archive) == []
    return path


def _replay(archive: Archive) -> None:
    replay = ledger.begin(archive, "shelf", "https://example.org", "import", {})
    told = ledger.Ledger(archive, replay)
    keys = [f"user:{ANN}", f"annotation:{_of(ANN, 1)['AssignmentId']}"]
    told.intend([ledger.Intention(key, "user", "0" * 64, "0" * 64, ()) for key in keys])
    told.settle([ledger.Result(key, "done", "7") for key in keys])
    ledger.end(archive, replay, "complete", "")
