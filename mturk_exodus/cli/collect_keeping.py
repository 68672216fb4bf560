"""What became of participants, and what they were paid, into the archive as a source's records."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import groupby, islice
from typing import Any

from mturk_exodus.archive import Archive
from mturk_exodus.archive.payments import Payments
from mturk_exodus.archive.sessions import Sessions, Worked
from mturk_exodus.replay.adapter import Making
from mturk_exodus.replay.offers import Collecting, Offers, Submission
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.ingest import Ingest, Report
from mturk_exodus.sources.registry import installed

_LINES = 5_000
"""Of one file, which is taken whole or not at all."""

_DOLLARS = "USD"
"""The currency of MTurk's bonuses. What was paid in another stays among the payments alone."""


@dataclass
class Collected:
    """What was read at a target.

    Attributes:
        states: submissions by their state there.
        under_way: of these, those of which nothing is kept yet.
        answered: of these, those in which something was submitted to the host.
        strange: assignments that were worked on under the id of a submission, and of a participant
            whose submission it is not.
        report: what became of the others in the archive.
    """

    states: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    answered: int = 0
    strange: int = 0
    report: Report = field(default_factory=Report)

    @property
    def unanswered(self) -> int:
        """Those that are over, though the archive has no answer of theirs."""
        return self.states.total() - self.under_way - self.answered


class Keeping:
    """Writes what a target says of submissions into an archive.

    Args:
        archive: whoever calls has the right to write to it.
        adapter: of the target. Its name is that of the panel, and of the source.
        now: ISO 8601: since when a state is seen that was not seen before.
    """

    def __init__(self, archive: Archive, adapter: Collecting, now: str) -> None:
        self._archive = archive
        self._adapter = adapter
        self._now = now
        self._sessions = Sessions(archive, adapter.name)

    def collect(
        self,
        makings: Sequence[Making],
        stop: threading.Event,
        tick: Callable[[int], None],
        over: Callable[[str], None] = lambda _: None,
    ) -> Collected:
        """Read all submissions of offers; what is kept of them is kept once.

        Args:
            makings: the offers.
            stop: when set, it stops.
            tick: is told how many were read.
            over: is told the id of each visit that is over.

        Raises:
            TargetError: what was read before is kept.
            Interrupted: it was stopped; what was read before is kept.
        """
        found = Collected()
        lines = self._lines(makings, found, tick, over)
        files = _files(f"exodus-collect/{self._adapter.name}", lines)
        found.report = _ingest(self._archive, self._adapter.name, files, stop)
        return found

    def _lines(
        self,
        makings: Sequence[Making],
        found: Collected,
        tick: Callable[[int], None],
        over: Callable[[str], None],
    ) -> Iterator[bytes]:
        for making in makings:
            for one in self._adapter.submissions(making):
                found.states[one.state] += 1
                tick(found.states.total())
                if not one.is_open:
                    over(one.session_id)
                if one.is_open:
                    found.under_way += 1
                    continue
                here = self._sessions.worked(one.session_id)
                worked = [each for each in here if each.worker_id == one.worker_id]
                found.strange += len(here) - len(worked)
                found.answered += bool(worked)
                if not worked:
                    yield _line(self._adapter, one.record)
                for assignment in worked:
                    yield _line(self._adapter, {**one.record, **self._beside(one, assignment)})

    def _beside(self, one: Submission, worked: Worked) -> dict[str, str]:
        """What the archive knows of it."""
        before = self._sessions.last_seen(worked.assignment_id, self._adapter.name)
        said = {
            "AssignmentId": worked.assignment_id,
            "HITId": worked.hit_id,
            "HITTypeId": worked.hit_type_id,
            "Seen": before[1] if before is not None and before[0] == one.state else self._now,
        }
        return {name: value for name, value in said.items() if value is not None}


def keep_bonuses(archive: Archive, adapter: Offers, name: str, book: Payments) -> None:
    """Make bonus payments of what was paid for assignments; those that are there change nothing."""
    granted = groupby(book.granted(_DOLLARS), key=lambda one: one[0])
    lines = (
        b"".join(
            _line(adapter, {"StudyId": offer_id, "Bonus": bonus}) for _, offer_id, bonus in some
        )
        for _, some in granted
    )
    files = [_file(f"exodus-bonus/{name}", text) for text in lines]
    if files:
        _ingest(archive, name, files, threading.Event())


def _line(adapter: Offers, record: Mapping[str, Any]) -> bytes:
    return json.dumps({adapter.kept_as: 1, **record}, separators=(", ", ": ")).encode() + b"\n"


def _files(folder: str, lines: Iterator[bytes]) -> Iterator[SourceFile]:
    while some := list(islice(lines, _LINES)):
        yield _file(folder, b"".join(some))


def _file(folder: str, text: bytes) -> SourceFile:
    """Named by its content: what says nothing new is not noted again."""
    return SourceFile(
        f"{folder}/{hashlib.sha256(text).hexdigest()[:16]}.jsonl", lambda: BytesIO(text)
    )


def _ingest(
    archive: Archive, source: str, files: Iterable[SourceFile], stop: threading.Event
) -> Report:
    ingest = Ingest(archive, installed(), only=source, stop=stop)
    return ingest.run([f"exodus at {source}"], found=files)
