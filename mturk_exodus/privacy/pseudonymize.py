"""An archive once more, with pseudonyms in place of worker ids."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from mturk_exodus.archive import Archive, answer_table
from mturk_exodus.archive.failures import explained
from mturk_exodus.archive.forgotten import FORGETTING_KEY
from mturk_exodus.archive.pseudonymized import PSEUDONYMIZED
from mturk_exodus.archive.rederive import Meaning
from mturk_exodus.archive.verify import verify
from mturk_exodus.errors import ArchiveDamaged, Interrupted
from mturk_exodus.privacy.copying import Copying, Row, Stored
from mturk_exodus.privacy.pseudonyms import Pseudonyms
from mturk_exodus.privacy.replacing import Replacer, can_be_told
from mturk_exodus.privacy.rewriting import BY_DIGEST, REFERRING, Rewriting
from mturk_exodus.privacy.scrubbing import Scrubber
from mturk_exodus.privacy.uploaded import Uploaded
from mturk_exodus.privacy.weighing import named_keys, weigh_again
from mturk_exodus.privacy.worker_ids import worker_ids
from mturk_exodus.values import iso

LEFT_OUT = (
    *("payment_lines", "payment_outcomes", "payments"),
    *("ledger", "replay_losses", "replays", "targets"),
)
"""What says what became of the archive's records elsewhere, under names that lead to people."""

_OWN = ("archive_info", "uploads", "upload_parts", *LEFT_OUT)
_FIRST = (*(table.name for table in BY_DIGEST), "question_parts", "question_templates")
_LAST = (*REFERRING, "answers", "answers_made")
_OFTEN = 10_000
_OF_THE_ARCHIVE = ("counters", "references")
"""Checks whose findings are the archive's own, and are carried over like everything else."""


@dataclass
class Report:
    """What was replaced.

    Attributes:
        workers: ids that records name.
        found_in_texts: words that look like MTurk's ids and that no record names; replaced as well.
        words_or_numbers: of the workers, those whose id is a word or a number, so that it was
            replaced only where a record names a worker.
        replaced: how many cells are others than before, by table and column.
        scrubbed: how many were taken out, by kind.
        searched_as_bytes: uploads, by assignment and question, that are no text: ids were looked
            for in the bytes as they lie, and not in what may be packed in them.
        left_out: rows that were not carried over, by table.
    """

    workers: int = 0
    found_in_texts: int = 0
    words_or_numbers: int = 0
    replaced: dict[str, dict[str, int]] = field(default_factory=dict)
    scrubbed: dict[str, int] = field(default_factory=dict)
    searched_as_bytes: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass
class Pseudonymizing:
    """Makes the new archive.

    Attributes:
        source: it is only read, as it is when this begins.
        key: 32 bytes; with them a worker has the same pseudonym in every archive.
        kinds: of scrubbing.KINDS, what else is taken out of texts.
        with_uploads: whether the files of workers are carried over.
        meanings: of the sources of files, by name.
        observe: told how many rows were written.
        stopped: asked whether to stop; nothing is left then.
    """

    source: Archive
    key: bytes
    kinds: Collection[str] = ()
    with_uploads: bool = True
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    observe: Callable[[int], None] = lambda _: None
    stopped: Callable[[], bool] = lambda: False
    report: Report = field(default_factory=Report)
    _rows: int = 0

    def write(self, path: Path) -> Report:
        """Write it to `path`, where it appears whole or not at all.

        Raises:
            ArchiveNotWritable: there is such a file, or it cannot be written.
            ArchiveDamaged: the archive does not agree with itself.
            IdsRemain: two workers would have one pseudonym.
            Interrupted: it was stopped.
        """
        with explained(self.source.path), Archive.unfinished(path) as target:
            self.source.connection.execute("begin")
            try:
                self._write(target)
            finally:
                self.source.connection.execute("rollback")
        return self.report

    def _write(self, target: Archive) -> None:
        known = worker_ids(self.source)
        self._pseudonyms = Pseudonyms(self.key)
        self._replacer = Replacer(known, self._pseudonyms.of, guesses=True)
        self._scrubber = Scrubber(self.kinds, self._pseudonyms.tag)
        self._rewriting = Rewriting(
            self._replacer, self._scrubber, self.meanings, named=named_keys(self.source)
        )
        self._copying = Copying(self.source, target)
        target.connection.execute("pragma foreign_keys = off")
        # What was copied and left out again must not lie in free pages: not every SQLite clears
        # them by itself.
        target.connection.execute("pragma secure_delete = on")
        with target.transaction():
            self._copy_all(target)
            weigh_again(target)
        if answer_table.is_made(self.source):
            answer_table.update(target)
        self._pseudonyms.check()
        self._check(target)
        self._tell(known)

    def _copy_all(self, target: Archive) -> None:
        tables = {table.name: table for table in self._copying.tables}
        self._answers_changed: set[str] = set()
        self._templates_changed: set[int] = set()
        rest = [name for name in tables if name not in (*_OWN, *_FIRST, *_LAST)]
        self._info(target)
        for name in (*_FIRST, *rest, *_LAST):
            self._copying.copy(tables[name], self._rewriter(tables[name]))
        if self.with_uploads:
            uploaded = Uploaded(self.source, target, self._rewriting, self._replacer)
            uploaded.copy()
            self.report.searched_as_bytes = uploaded.searched_as_bytes
        else:
            self._leave_out("uploads", "upload_parts")
        self._leave_out(*LEFT_OUT)
        self._copying.numbers()
        self._drop_templates(target)

    def _rewriter(self, table: Stored) -> Callable[[Row], Row | None]:
        special: dict[str, Callable[[Row], Row | None]] = {
            "hits": self._hit,
            "assignments": self._assignment,
            "question_parts": self._question_part,
            "answers": self._answer,
            "answers_made": self._answer,
        }
        own = special.get(table.name)

        def rewrite(row: Row) -> Row | None:
            self._count()
            return own(row) if own else self._rewriting.row(table.name, row)

        return rewrite

    def _count(self) -> None:
        self._rows += 1
        if self._rows % _OFTEN == 1:
            self.observe(self._rows)
            if self.stopped():
                raise Interrupted("stopped; nothing was written")

    def _question_part(self, row: Row) -> Row:
        """A text that HITs have in common, and that names somebody, is stored with each of them."""
        if (
            row["literal"] is not None
            and self._rewriting.text("hits", row["literal"]) != row["literal"]
        ):
            self._templates_changed.add(row["question_template_id"])
        return row

    def _hit(self, row: Row) -> Row:
        if row["question_template_id"] is None:
            new = self._rewriting.row("hits", row)
            if new["question"] != row["question"]:
                self._forget_answers(row["hit_id"])
            return new
        whole = {**row, **self._copying.whole(row["hit_id"])}
        new = self._rewriting.row("hits", whole)
        question_changed = new["question"] != whole["question"]
        if not question_changed and new["raw"] == whole["raw"] and self._keeps_template(row):
            return {**new, "question": row["question"], "raw": row["raw"]}
        if question_changed:
            self._forget_answers(row["hit_id"])
        compacted = ("question_template_id", "question_values", "question_spelling")
        return {**new, **dict.fromkeys(compacted)}

    def _keeps_template(self, row: Row) -> bool:
        values = row["question_values"]
        return (
            row["question_template_id"] not in self._templates_changed
            and self._rewriting.in_json("hits", values) == values
        )

    def _forget_answers(self, hit_id: str) -> None:
        rows = self.source.connection.execute(
            "select assignment_id from assignments where hit_id = ?", [hit_id]
        )
        self._answers_changed.update(assignment_id for (assignment_id,) in rows)

    def _assignment(self, row: Row) -> Row:
        new = self._rewriting.row("assignments", row)
        if (new["answer"], new["answer_doubts"]) != (row["answer"], row["answer_doubts"]):
            self._answers_changed.add(row["assignment_id"])
        return new

    def _answer(self, row: Row) -> Row | None:
        return None if row["assignment_id"] in self._answers_changed else row

    def _info(self, target: Archive) -> None:
        own = {
            **dict.fromkeys(("archive_id", "created_at")),
            **{name: secrets.token_hex(32) for name in ("pseudonym_key", FORGETTING_KEY)},
        }
        for name, value in self.source.connection.execute("select name, value from archive_info"):
            meant = own.get(name, self._rewriting.text("archive_info", value))
            if meant is not None:
                target.set_info(name, meant)
        target.set_info(PSEUDONYMIZED, iso(datetime.now(timezone.utc)))

    def _drop_templates(self, target: Archive) -> None:
        for table in ("question_parts", "question_templates"):
            target.connection.executemany(
                f"delete from {table} where question_template_id = ?",
                [(number,) for number in self._templates_changed],
            )

    def _leave_out(self, *tables: str) -> None:
        for table in tables:
            (count,) = self.source.connection.execute(f"select count(*) from {table}").fetchone()
            if count:
                self.report.left_out[table] = count

    def _check(self, target: Archive) -> None:
        target.connection.execute("pragma foreign_keys = on")
        found = verify(target, self.meanings)
        finding = next((one for one in found if one.check not in _OF_THE_ARCHIVE), None)
        if finding is not None:
            raise ArchiveDamaged(
                f"the copy would not agree with itself ({finding.check}: {finding.where}:"
                f" {finding.what}), so it was not written. If `exodus verify` finds the same in the"
                " archive, mend that first; if it finds nothing, please report it"
            )

    def _tell(self, known: Collection[str]) -> None:
        report = self.report
        report.workers = len(known)
        report.found_in_texts = len(self._replacer.guessed)
        report.words_or_numbers = sum(not can_be_told(one) for one in known)
        report.scrubbed = {kind: self._scrubber.found[kind] for kind in self.kinds}
        for (table, column), count in sorted(self._rewriting.changed.items()):
            report.replaced.setdefault(table, {})[column] = count
