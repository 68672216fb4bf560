"""Files into the archive, one after the other: each is taken whole, or left out with a reason."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from mturk_exodus.archive import ingested, runs
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.gather import Gathered, Gatherer
from mturk_exodus.archive.ingested import KeptFile
from mturk_exodus.archive.runs import Run
from mturk_exodus.errors import ExodusError, Interrupted
from mturk_exodus.sources.batches import Batch, batches, fault_of
from mturk_exodus.sources.entries import Absorbed, absorb
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.finding import Unreadable, find
from mturk_exodus.sources.interface import FileRefused, Source
from mturk_exodus.sources.registry import Installed

SOURCE = "files"
"""What `runs` calls an ingest."""


@dataclass(frozen=True)
class Progress:
    """How far an ingest is."""

    files: int
    entries: int
    name: str


@dataclass(frozen=True)
class FileOutcome:
    """What became of a file.

    Attributes:
        outcome: kept, copy (its content was kept before), refused, or unknown (no source's).
        source: whose it is.
        claim: why.
        reason: why it was refused.
    """

    name: str
    outcome: str
    source: str | None = None
    claim: str | None = None
    reason: str | None = None
    absorbed: Absorbed | None = None


@dataclass
class Report:
    """What became of all files.

    Attributes:
        refused_before: rows of files that were read before, and refused then.
        faults: what sources did that no source may.
    """

    kept: int = 0
    copies: int = 0
    unknown: int = 0
    entries: int = 0
    entries_kept: int = 0
    entries_refused: int = 0
    refused_before: int = 0
    by_source: Counter[str] = field(default_factory=Counter)
    gathered: Gathered = field(default_factory=Gathered)
    refused: list[FileOutcome] = field(default_factory=list)
    incomplete: list[FileOutcome] = field(default_factory=list)
    unknown_names: list[str] = field(default_factory=list)
    faults: set[str] = field(default_factory=set)

    def count(self, file: FileOutcome) -> None:
        """Take a file into account."""
        if file.outcome == "refused":
            self.refused.append(file)
        elif file.outcome == "copy":
            self.copies += 1
        elif file.outcome == "unknown":
            self.unknown += 1
            self.unknown_names.append(file.name)
        if file.absorbed is not None:
            self._count_kept(file, file.absorbed)

    def _count_kept(self, file: FileOutcome, absorbed: Absorbed) -> None:
        self.kept += 1
        self.by_source[str(file.source)] += 1
        self.entries += absorbed.entries
        self.entries_kept += absorbed.kept
        self.entries_refused += absorbed.refused.total()
        self.gathered.add(absorbed.gathered)
        if absorbed.refused or absorbed.failures:
            self.incomplete.append(file)


@dataclass
class Ingest:
    """Takes files into an archive.

    Attributes:
        only: the one source that is to read every file, claimed or not.
        again: read files that were read before, as well.
        rehearsal: undo everything in the end.
        reader: how a file is read.
    """

    archive: Archive
    installed: Installed
    only: str | None = None
    again: bool = False
    rehearsal: bool = False
    reader: Callable[[Source, SourceFile], Iterable[Batch]] = batches
    observe: Callable[[Progress], None] = lambda _: None
    stop: threading.Event = field(default_factory=threading.Event)
    report: Report = field(default_factory=Report)

    def run(
        self,
        paths: Sequence[str],
        conclude: Callable[[Report], None] = lambda _: None,
        found: Iterable[SourceFile | Unreadable] | None = None,
    ) -> Report:
        """Take every file under `paths`; `conclude` is called while all of it is to be seen.

        Args:
            paths: of files, folders, zips; patterns.
            conclude: told the report before a rehearsal is undone.
            found: what `find` finds there, if that was asked before.

        Raises:
            SourceFileNotFound: a path leads to nothing.
            Interrupted: it was stopped; the files before are kept.
        """
        if self.only is not None:
            self.installed.source(self.only)
        files = find(paths) if found is None else found
        with self._rehearsed() if self.rehearsal else nullcontext():
            run = self._begin(paths)
            try:
                for file in files:
                    self._take(run, file)
            except (Interrupted, KeyboardInterrupt):
                self._end(run, "interrupted")
                raise
            except ExodusError:
                self._end(run, "refused")
                raise
            self._end(run, "gaps" if self.report.refused else "complete")
            conclude(self.report)
        return self.report

    def _begin(self, paths: Sequence[str]) -> Run:
        arguments = {"paths": list(paths), "source": self.only, "again": self.again}
        with self._unit():
            return runs.begin(self.archive, SOURCE, arguments, pass_id=None)

    def _end(self, run: Run, outcome: str) -> None:
        message = (
            f"{self.report.kept} files kept, {self.report.copies} copies,"
            f" {len(self.report.refused)} refused, {self.report.unknown} of no source"
        )
        with self._unit():
            ingested.settle(self.archive)
            runs.end(self.archive, run, outcome, message)

    def _take(self, run: Run, found: SourceFile | Unreadable) -> None:
        if self.stop.is_set():
            raise Interrupted("stopped")
        if isinstance(found, Unreadable):
            outcome = FileOutcome(found.name, "refused", reason=found.reason)
        else:
            outcome = self._outcome(run, found)
        if outcome.outcome == "refused":
            with self._unit():
                ingested.refuse(
                    self.archive,
                    run,
                    KeptFile(outcome.name, "", None, outcome.source, outcome.claim, None),
                    str(outcome.reason),
                )
        self.report.count(outcome)

    def _outcome(self, run: Run, file: SourceFile) -> FileOutcome:
        try:
            source, claim = self._claimant(file)
            if source is None:
                return FileOutcome(file.name, "unknown")
        except FileRefused as refusal:
            return FileOutcome(file.name, "refused", reason=str(refusal))
        except OSError as error:
            return FileOutcome(file.name, "refused", reason=f"cannot be read: {error.strerror}")
        try:
            return self._read(run, file, source, claim)
        except FileRefused as refusal:
            return FileOutcome(file.name, "refused", source.name, claim, str(refusal))

    def _claimant(self, file: SourceFile) -> tuple[Source | None, str]:
        if self.only is not None:
            return self.installed.source(self.only), "--source"
        claims = {
            name: claim
            for name, source in self.installed.sources.items()
            if (claim := self._claim(source, file)) is not None
        }
        if len(claims) > 1:
            names = " and ".join(claims)
            raise FileRefused(f"is claimed by {names}; choose with --source")
        for name, claim in claims.items():
            return self.installed.sources[name], claim
        return None, ""

    def _claim(self, source: Source, file: SourceFile) -> str | None:
        try:
            claim = source.claims(file)
        except (FileRefused, OSError):
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it must cost no other source's files
            self.report.faults.add(fault_of(source.name, error))
            return None
        return None if claim is None else str(claim)

    def _read(self, run: Run, file: SourceFile, source: Source, claim: str) -> FileOutcome:
        as_it_was, contents = _state(file), file.contents
        kept = KeptFile(
            file.name, contents.sha256, contents.size, source.name, claim, contents.encoding
        )
        known, refused = ingested.kept_before(self.archive, kept) or ("", 0)
        if known and not (self.again and known == file.name):
            if known != file.name:
                with self._unit():
                    ingested.copy(self.archive, run, kept, known)
            self.report.refused_before += refused
            return FileOutcome(file.name, "copy", source.name, claim)
        with self._unit():
            file_id = ingested.begin(self.archive, run, kept, source.authority)
            gatherer = Gatherer(self.archive, run, source.name, file_id)
            absorbed = absorb(self.reader(source, file), gatherer, self._tick(file))
            if _state(file) != as_it_was:
                raise FileRefused("was changed while it was read; ingest it again")
            ingested.finish(self.archive, file_id, absorbed.accounts())
        return FileOutcome(file.name, "kept", source.name, claim, absorbed=absorbed)

    def _tick(self, file: SourceFile) -> Callable[[int], None]:
        report = self.report
        files = report.kept + report.copies + report.unknown + len(report.refused)

        def tick(entries: int) -> None:
            if self.stop.is_set():
                raise Interrupted("stopped")
            self.observe(Progress(files, report.entries + entries, file.name))

        return tick

    def _unit(self) -> AbstractContextManager[None]:
        """What is kept together, or not at all."""
        return _savepoint(self.archive) if self.rehearsal else self.archive.transaction()

    @contextmanager
    def _rehearsed(self) -> Iterator[None]:
        self.archive.connection.execute("begin immediate")
        try:
            yield
        finally:
            self.archive.connection.execute("rollback")


def _state(file: SourceFile) -> tuple[int, int, int] | None:
    """What would show that a file is not the one that it was."""
    if file.local_path is None:
        return None
    try:
        found = file.local_path.stat()
    except OSError as error:
        raise FileRefused(f"cannot be read: {error.strerror}") from error
    return found.st_ino, found.st_size, found.st_mtime_ns


@contextmanager
def _savepoint(archive: Archive) -> Iterator[None]:
    archive.connection.execute("savepoint file")
    try:
        yield
    except BaseException:
        archive.connection.execute("rollback to file")
        raise
    finally:
        archive.connection.execute("release file")
