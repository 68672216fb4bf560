"""Reports on archives, and what a report says, ready to be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from mturk_exodus.archive import Archive
from mturk_exodus.audit import Settings, audit
from mturk_exodus.audit.amounts import decimal
from mturk_exodus.audit.calendar import CUTOFFS, Calendar
from mturk_exodus.audit.report import Report, Row, Section, Table, Value
from mturk_exodus.sources.host_answers import HostAnswers
from mturk_exodus.sources.ingest import Ingest
from mturk_exodus.sources.prolific_submissions import ProlificSubmissions
from mturk_exodus.sources.registry import Installed

AS_OF = "2026-09-25"
THRESHOLD = 7_250_000


def settings(as_of: str = AS_OF, **more: Any) -> Settings:  # noqa: ANN401 - whatever Settings takes
    """As of a day on which the invented account still has something to lose."""
    return Settings(Calendar(as_of, CUTOFFS), THRESHOLD, **more)


@contextmanager
def audited(path: Path, told: Settings | None = None) -> Iterator[Report]:
    """The report on the archive at `path`."""
    with (
        Archive.open(path, read_only=True) as archive,
        audit(archive, told or settings()) as report,
    ):
        yield report


def figure(section: Section, name: str) -> Value:
    """The value of a figure."""
    return next(one.value for one in section.figures if one.name == name)


def dollars(section: Section, name: str) -> Decimal:
    """The same, of one that is money."""
    value = figure(section, name)
    assert isinstance(value, int)
    return decimal(value)


def table(section: Section, name: str) -> Table:
    """A table."""
    return next(one for one in section.tables if one.name == name)


def rows(section: Section, name: str) -> list[dict[str, Value]]:
    """Its rows, by column."""
    found = table(section, name)
    names = [one.name for one in found.columns]
    read: list[Row] = list(found.read())
    assert found.total == len(read)
    return [dict(zip(names, row, strict=True)) for row in read]


def amount(value: Value) -> Decimal:
    """A cell that is money."""
    assert isinstance(value, int)
    return decimal(value)


def host_work(path: Path, hit_id: str, *panels: str | None) -> None:
    """Bring an assignment for each panel into an archive, as `exodus host` does."""
    lines = []
    for number, panel in enumerate(panels):
        work = {
            "AssignmentId": f"3HOSTWORK{number:021}",
            "WorkerId": f"5f0c1e2d3b4a59687765a4{number:02}",
            "HITId": hit_id,
            "AssignmentStatus": "Submitted",
            "AcceptTime": "2026-11-02T10:00:00.000Z",
            "SubmitTime": "2026-11-02T10:05:00.000Z",
        }
        told = {} if panel is None else {"Panel": panel, "StudyId": "s1", "SessionId": f"n{number}"}
        lines.append(json.dumps({"ExodusHost": 1, "Assignment": work, **told}))
    _ingest(path, HostAnswers(), lines)


def at_prolific(path: Path, hit_id: str) -> None:
    """Bring the first of these's bonus into it, and an assignment that only Prolific knows of."""
    bonus = {
        "WorkerId": "5f0c1e2d3b4a59687765a400",
        "BonusAmount": "3.00",
        "AssignmentId": f"3HOSTWORK{0:021}",
        "GrantTime": "2026-11-03T10:00:00.000Z",
    }
    work = {
        "AssignmentId": "3ONLYTOLDATPROLIFIC",
        "HITId": hit_id,
        "Seen": "2026-11-03T10:00:00.000Z",
        "Submission": {"id": "s9", "participant_id": "5f0c1e2d", "status": "APPROVED"},
    }
    said = ({"Bonus": bonus}, work)
    lines = [json.dumps({"ExodusProlific": 1, "StudyId": "s1", **one}) for one in said]
    _ingest(path, ProlificSubmissions(), lines)


def _ingest(path: Path, source: HostAnswers | ProlificSubmissions, lines: list[str]) -> None:
    file = path.with_name(f"{source.name}.jsonl")
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    with Archive.open(path) as archive:
        report = Ingest(archive, Installed({source.name: source}, {}, ())).run(
            [str(file)], lambda _: None
        )
        assert (report.kept, report.entries_refused) == (1, 0), report
