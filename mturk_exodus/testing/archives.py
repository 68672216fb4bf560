"""Archives for tests, written as the program writes them: `exodus verify` finds nothing in them."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from mturk_exodus.archive import runs, tables, uploads
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.tables import Raw, Table
from mturk_exodus.archive.writer import Origin, Writer
from mturk_exodus.demo import markup as m
from mturk_exodus.demo.answers import FreeText, answers_xml
from mturk_exodus.records import Value
from mturk_exodus.testing.sample import Sample, Wire

_ORIGIN = Origin("Sample", "")
_AT_ONCE = 500
_TYPES = 4
_WORKERS = 50


def empty(path: Path, seed: int = 0) -> Path:
    """An archive that holds no record."""
    with Archive.create(path) as archive:
        be_of(seed, archive)
    return path


def be_of(seed: int, archive: Archive) -> None:
    """Let an archive have the id that those of the seed have, and their pseudonyms."""
    with archive.transaction():
        archive.set_info("archive_id", str(UUID(int=0xA11CE << 64 | seed)))
        archive.set_info("pseudonym_key", hashlib.sha256(str(seed).encode()).hexdigest())


def of(sample: Sample, path: Path) -> Path:
    """An archive of what a sample tells."""
    if not path.exists():
        empty(path, sample.seed)
    with Archive.open(path) as archive:
        tell(sample, archive)
    return path


def tell(sample: Sample, archive: Archive) -> None:
    """Write into an archive what a sample tells, in one run. What it has is seen again."""
    with archive.transaction():
        run = runs.begin(archive, "sample", {}, account="sample", endpoint="nowhere", pass_id=None)
        writer = Writer(archive, run)
        copies: defaultdict[Value, Counter[str]] = defaultdict(Counter)
        for told in sample.told:
            context = dict(told.context)
            if told.table is tables.ACCOUNT_BALANCES:
                context["run_id"] = run.run_id
            paid = told.table is tables.BONUS_PAYMENTS
            copied = copies[context["hit_id"]] if paid else None
            writer.put(told.table, [_raw(told.wire)], _ORIGIN, context, copied)
        for (assignment_id, question), content in sample.uploads.items():
            uploads.store(archive, run, assignment_id, question, io.BytesIO(content))
        runs.end(archive, run, "complete", "a sample")


def many(path: Path, hits: int = 10_000) -> Path:
    """An archive of so many HITs of four types, with an assignment each; fifty workers did them."""
    empty(path, seed=10_000)
    with Archive.open(path) as archive, archive.transaction():
        run = runs.begin(archive, "sample", {}, account="sample", endpoint="nowhere", pass_id=None)
        writer = Writer(archive, run)
        for table, wires in _in_portions(hits):
            writer.put(table, [_raw(wire) for wire in wires], _ORIGIN)
        runs.end(archive, run, "complete", "many HITs")
    return path


def _in_portions(hits: int) -> Iterator[tuple[Table, Sequence[Wire]]]:
    for start in range(0, hits, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, hits))
        yield tables.HITS, [_hit(number) for number in numbers]
        yield tables.ASSIGNMENTS, [_assignment(number) for number in numbers]


def _hit(number: int) -> Wire:
    return {
        "HITId": f"3HIT{number:026}",
        "HITTypeId": f"3TYPE{_type_of(number):025}",
        "Title": f"Of type {_type_of(number)}",
        "Description": "One of many",
        "Reward": "0.05",
        "CreationTime": 1_500_000_000 + number,
        "HITStatus": "Reviewable",
        "MaxAssignments": 1,
        "NumberOfAssignmentsAvailable": 0,
        "NumberOfAssignmentsPending": 0,
        "NumberOfAssignmentsCompleted": 1,
        "Question": m.html_form(_PAGE.replace("{number}", f"№ {number}")),
    }


def _type_of(number: int) -> int:
    """The first three types have a tenth of the HITs each, the last has all others."""
    return min(number % 10, _TYPES - 1)


_PAGE = (
    "<p>{number}</p>"
    + "<p>As long as a page is, so that whoever keeps all of them can be told by it.</p>" * 10
    + '<label><input type="radio" name="colour" value="red"/>red</label>'
    '<label><input type="radio" name="colour" value="blue"/>blue</label>'
    '<textarea name="why"></textarea>'
)


def _assignment(number: int) -> Wire:
    given = [FreeText("colour", ("red", "blue")[number % 2]), FreeText("why", f"№ {number}")]
    return {
        "AssignmentId": f"3WORK{number:025}",
        "WorkerId": f"AWORKER{number % _WORKERS:07}",
        "HITId": f"3HIT{number:026}",
        "AssignmentStatus": "Approved",
        "AcceptTime": 1_500_100_000 + number,
        "SubmitTime": 1_500_100_037.25 + number,
        "ApprovalTime": 1_500_200_000 + number,
        "Answer": answers_xml(given),
    }


def _raw(wire: Wire) -> Raw:
    return Raw(json.dumps(wire, ensure_ascii=False, separators=(",", ":")), wire)
