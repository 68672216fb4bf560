"""The report on an archive, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version

from mturk_exodus.archive import Archive
from mturk_exodus.audit import (
    at_risk,
    breakdown,
    coverage,
    holdings,
    integrity,
    money,
    privacy,
    quality,
    replay,
    studies,
)
from mturk_exodus.audit.bench import Bench, benched
from mturk_exodus.audit.calendar import Calendar
from mturk_exodus.audit.fees import Fees
from mturk_exodus.audit.integrity import Verified
from mturk_exodus.audit.masking import Masking
from mturk_exodus.audit.report import Report, Section
from mturk_exodus.audit.studies_file import Study


@dataclass(frozen=True)
class Settings:
    """What a report is made with.

    Attributes:
        calendar: as of which day, against which cut-offs.
        threshold: of hourly pay, in millionths of a dollar.
        studies: which batches and HIT types belong to which study.
        fees: MTurk's, by their dates.
        verified: what `exodus verify` found, if it was run.
        without_worker_ids: whether workers are told by numbers alone.
    """

    calendar: Calendar
    threshold: int
    studies: tuple[Study, ...] = ()
    fees: Fees = field(default_factory=Fees)
    verified: Verified = field(default_factory=Verified)
    without_worker_ids: bool = False


@contextmanager
def audit(
    archive: Archive, settings: Settings, observe: Callable[[str], None] = lambda _: None
) -> Iterator[Report]:
    """The report on an archive that was opened for reading alone; its tables can be read inside.

    Args:
        archive: whose.
        settings: what it is made with.
        observe: told what is being worked out.
    """
    observe("reading records")
    with benched(
        archive,
        settings.studies,
        settings.fees,
        without_worker_ids=settings.without_worker_ids,
    ) as bench:
        sections = tuple(_sections(bench, settings, observe))
        if settings.without_worker_ids:
            sections = tuple(map(Masking(bench).of_section, sections))
        yield Report(_facts(archive, settings), sections)


def _sections(
    bench: Bench, settings: Settings, observe: Callable[[str], None]
) -> Iterator[Section]:
    observe("holdings")
    breakdown.prepare(bench)
    yield holdings.section(bench, holdings.groupings(bench))
    observe("money")
    yield money.section(bench, settings.calendar, settings.threshold)
    observe("studies")
    yield studies.section(bench)
    observe("coverage")
    yield coverage.section(bench)
    observe("what is at risk")
    yield at_risk.section(bench, settings.calendar)
    observe("replays")
    yield replay.section(bench)
    observe("quality and agreement")
    yield quality.section(bench)
    observe("personal data in texts")
    yield privacy.section(bench)
    observe("digests")
    yield integrity.section(bench, settings.verified)


def _facts(archive: Archive, settings: Settings) -> dict[str, str]:
    return {
        "archive": archive.path.name,
        "archive_id": archive.archive_id,
        "account": archive.info("account") or "unknown",
        "endpoint": archive.info("endpoint") or "unknown",
        "as_of": settings.calendar.as_of,
        "program_version": version("mturk-exodus"),
    }
