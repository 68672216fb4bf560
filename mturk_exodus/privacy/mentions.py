"""Rows of others that name somebody who is to be forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mturk_exodus.archive import Archive, compact
from mturk_exodus.archive.rederive import Meaning
from mturk_exodus.archive.tables import HITS
from mturk_exodus.privacy.pseudonyms import IS_WORKER_ID
from mturk_exodus.privacy.replacing import Replacer
from mturk_exodus.privacy.rewriting import BY_DIGEST, Rewriting
from mturk_exodus.privacy.uploaded import Uploaded
from mturk_exodus.privacy.weighing import named_keys, weigh_again

Row = dict[str, Any]

_WORD = "AFORGOTTEN" + "X" * 21
_USUAL_LENGTH = 14
_AT_ONCE = 1_000
_TABLES = r"""
    select name from sqlite_master where type = 'table' and name not like 'sqlite%'
    and name not like '\_sqlite%' escape '\' and lower(sql) not like '%without rowid%'
"""
_FIRST = tuple(table.name for table in BY_DIGEST)
_NOT_READ = {
    # Made anew, a trigger's, without words of people, or without rows of their own.
    *("answers", "answers_made", "ledger", "replay_losses", "question_parts"),
    *("sources", "archive_info", "forgotten_workers", "forgotten_assignments"),
}


def word_for(worker_id: str) -> str:
    """What stands for the id: the same for everyone, and as long as an id of MTurk's was."""
    return _WORD[: len(worker_id) if IS_WORKER_ID(worker_id) else _USUAL_LENGTH]


def replacer_of(worker_id: str, known: Iterable[str]) -> Replacer:
    """Puts the word for the id, and leaves those of others alone, even if they have it inside.

    Args:
        worker_id: of the person.
        known: ids of all.
    """
    word = word_for(worker_id)
    return Replacer([worker_id], lambda _: word, guesses=False, kept=known)


class Mentions:
    """Finds and rewrites such rows, inside a transaction, while no trigger keeps it from that.

    Args:
        archive: whose rows.
        replacer: puts a word for the person's id.
        meanings: of the sources of files, by name.
        observe: told how many rows were looked through.
    """

    def __init__(
        self,
        archive: Archive,
        replacer: Replacer,
        meanings: Mapping[str, Meaning],
        observe: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._archive = archive
        self._observe = observe
        self._looked_through = 0
        self._connection = archive.connection
        self._replacer = replacer
        self._rewriting = Rewriting(
            self._replacer, lambda text: text, meanings, named=named_keys(archive)
        )

    def rewrite(self) -> Counter[str]:
        """Put a word in place of the id, wherever it stands; how many rows of which table."""
        self._make_questions_whole()
        changed: Counter[str] = Counter()
        names = [name for (name,) in self._connection.execute(_TABLES) if name not in _NOT_READ]
        for name in (*_FIRST, *(name for name in names if name not in _FIRST)):
            changed[name] += self._rewrite(name)
        changed["ledger"] = self._reasons()
        Uploaded(self._archive, self._archive, self._rewriting, self._replacer).rewrite()
        changed["upload_parts"] = self._rewriting.changed["upload_parts", "content"]
        if +changed:
            weigh_again(self._archive)
        return +changed

    def _reasons(self) -> int:
        """Targets' words on actions for others; keys were seen to."""
        count = 0
        reasons = self._connection.execute(
            "select distinct reason from ledger where reason is not null"
        ).fetchall()
        for (reason,) in reasons:
            new = self._replacer(reason)
            if new != reason:
                cursor = self._connection.execute(
                    "update ledger set reason = ? where reason = ?", [new, reason]
                )
                count += cursor.rowcount
        return count

    def _make_questions_whole(self) -> None:
        """An id in a template, or between a template and a value, can be taken out of the whole."""
        questions = self._connection.execute(
            f"select {HITS.selected(['question', 'question_values'])} from hits"
            " where question_template_id is not null"
        )
        if any(self._is_named_in(row) for row in questions):
            compact.expand_all(self._archive)

    def _rewrite(self, table: str) -> int:
        info = self._connection.execute(f"pragma table_info({table})")
        columns = [one[1] for one in info if one[2].lower() != "blob"]
        count = 0
        for rowid, row in self._named(table, columns):
            new = self._rewriting.row(table, row)
            changed = {name: value for name, value in new.items() if value != row[name]}
            if changed:
                self._connection.execute(
                    f"update {table} set {', '.join(f'{name} = ?' for name in changed)}"
                    " where rowid = ?",
                    [*changed.values(), rowid],
                )
                count += 1
        return count

    def _named(self, table: str, columns: list[str]) -> Iterator[tuple[int, Row]]:
        last = -1
        while True:
            rows = self._connection.execute(
                f"select rowid, {', '.join(columns)} from {table} where rowid > ?"
                f" order by rowid limit {_AT_ONCE}",
                [last],
            ).fetchall()
            if not rows:
                return
            for rowid, *values in rows:
                if self._is_named_in(values):
                    yield rowid, dict(zip(columns, values, strict=True))
            last = rows[-1][0]
            self._looked_through += len(rows)
            self._observe(self._looked_through)

    def _is_named_in(self, values: Any) -> bool:  # noqa: ANN401 - a row's
        texts = "\0".join([value for value in values if isinstance(value, str)])
        return self._replacer.may_name(texts) or self._replacer(texts) is not texts
