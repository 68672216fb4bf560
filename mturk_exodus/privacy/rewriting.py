"""A row with pseudonyms in it: its texts, its raw record, its digests and keys."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mturk_exodus.archive.rederive import Meaning
from mturk_exodus.archive.tables import (
    BONUS_PAYMENTS,
    NOTIFICATION_EVENTS,
    TABLE_NAMED,
    TEMPLATES,
    Table,
    digest_of,
)
from mturk_exodus.errors import ArchiveDamaged
from mturk_exodus.privacy.replacing import Replacer
from mturk_exodus.privacy.turkle_names import named, numbered
from mturk_exodus.privacy.worker_ids import WORKER
from mturk_exodus.records import Value

Row = dict[str, Any]

BY_DIGEST = (BONUS_PAYMENTS, NOTIFICATION_EVENTS, TEMPLATES)
"""Tables whose key is a digest of what the record says."""

REFERRING = ("source_records", "disagreements", "revisions")
"""Tables that name a record by its key."""

_NOT_OF_WORKERS = {
    *("hits", "hit_types", "qualification_types", "templates", "review_reports"),
    *("account_balances", "files", "runs", "work", "archive_info", "not_asked", "sources"),
    *("question_templates", "question_parts"),
}
"""What requesters wrote for everyone, and notes of ours: nothing in it is scrubbed."""

_DIGESTS = {"raw_sha256", "sha256", "digest", "alike", "template_sha256"}
_STATEMENTS = {"said", "own_values"}
_JSON = {
    *("answer_doubts", "template_variables", "variables", "columns", "qualification_requirements"),
    *("assignment_review_policy", "hit_review_policy"),
    *("assignment_review_report", "hit_review_report", "locale_value", "qualification_scores"),
    *("arguments", "calls", "examples", "earlier", "question_values", "names", "escapings"),
    *("removed", "requires", "first_numbers"),
}
"""Columns of JSON: what its texts mean is rewritten, as it is in the record that they are from."""


@dataclass
class Rewriting:
    """Rewrites rows.

    Attributes:
        replacer: puts pseudonyms for ids.
        scrub: what else is taken out of what workers and requesters typed.
        meanings: of the sources of files, by name; they tell the key of what is known by a digest.
        changed: how many cells of a table's column are others than before.
        named: of what is known by a digest, tables and keys as JSON that other tables name.
        keys: by these, their new keys; filled as rows are rewritten.
    """

    replacer: Replacer
    scrub: Callable[[str], str]
    meanings: Mapping[str, Meaning]
    named: frozenset[tuple[str, str]] = frozenset()
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    keys: dict[tuple[str, str], str] = field(default_factory=dict)

    def row(self, table: str, row: Row) -> Row:
        """A row of any table.

        Raises:
            ArchiveDamaged: its raw record is not the one that was stored, so that its digest cannot
                be made anew.
        """
        of = row.get("record_table", table)
        new = {name: self._cell(of, name, value, row) for name, value in row.items()}
        self._digest(table, row, new)
        if "record_key" in row:
            new["record_key"] = self.key(of, row["record_key"])
        if row.get("member") == "WorkerId" and row.get("earlier") is not None:
            new["earlier"] = self._earlier(row["earlier"])
        if (known := TABLE_NAMED.get(table)) in BY_DIGEST and known is not None:
            self._by_digest(known, row, new)
        for name, value in new.items():
            if value != row[name]:
                self.changed[table, name] += 1
        return new

    def text(self, of: str, text: str) -> str:
        """A text without ids, and scrubbed if people typed it."""
        return self._scrubbed(of, self.replacer(text))

    def key(self, of: str, key: str) -> str:
        """The key of a record, as JSON."""
        table = TABLE_NAMED.get(of)
        if table in BY_DIGEST:
            return self.keys.get((of, key), key)
        if table is None or WORKER not in table.key:
            return key
        parts = zip(table.key, json.loads(key), strict=True)
        return json.dumps([self.replacer.id(one) if name == WORKER else one for name, one in parts])

    def in_json(self, of: str, source: str) -> str:
        """JSON of ours, in what its texts mean."""
        return self._scrubbed(of, self.replacer.in_json(source))

    def raw(self, of: str, raw: str, worker_id: str | None = None) -> str:
        """A record in its source's words. Whose it is helps to tell an id that is a number."""

        def of_worker(value: str) -> str:
            return self._of_turkle(value, worker_id) or self.replacer.id(value)

        return self._scrubbed(of, self.replacer.in_json(raw, of_worker))

    def _scrubbed(self, of: str, text: str) -> str:
        """Ids are replaced before: they may look like addresses."""
        return text if of in _NOT_OF_WORKERS else self.scrub(text)

    def _cell(self, of: str, name: str, value: Value, row: Row) -> Value:
        if not isinstance(value, str) or name in _DIGESTS or name == "record_key":
            return value
        if name == WORKER:
            return self.replacer.id(value)
        if name == "raw":
            return self.raw(of, value, row.get(WORKER) or _worker_said(row))
        if name in _STATEMENTS:
            return self._statement(of, value)
        return self.in_json(of, value) if name in _JSON else self.text(of, value)

    def _statement(self, of: str, source: str) -> str:
        """Columns of a record, as one source has them."""
        said = json.loads(source)
        new = {name: self._cell(of, name, value, said) for name, value in said.items()}
        return source if new == said else json.dumps(new, ensure_ascii=False)

    def _of_turkle(self, value: str, worker_id: str | None) -> str | None:
        """Turkle's own names and numbers of workers: `bob` is `turkle-bob` to us."""
        if worker_id is None:
            return None
        home, own = numbered(worker_id) or named(worker_id) or ("", None)
        if value.strip() != own:
            return None
        new = self.replacer.id(worker_id)
        return value if new == worker_id else new.removeprefix(home)

    def _digest(self, table: str, row: Row, new: Row) -> None:
        if "raw_sha256" not in row or new["raw"] == row["raw"]:
            return
        if digest_of(row["raw"]) != row["raw_sha256"]:
            raise ArchiveDamaged(
                f"a record of {table} is not as it was stored; `exodus verify` says which. Mend the"
                " archive first, or restore a copy of it"
            )
        new["raw_sha256"] = digest_of(new["raw"])

    def _earlier(self, earlier: str) -> str:
        value = json.loads(earlier)
        return json.dumps(self.replacer.id(value)) if isinstance(value, str) else earlier

    def _by_digest(self, table: Table, row: Row, new: Row) -> None:
        before = json.dumps([row[name] for name in table.key])
        if "alike" in table.key and table.alike(row) == row["alike"]:
            new["alike"] = table.alike(new)
        elif table is TEMPLATES and new["raw"] != row["raw"] and row["source"] in self.meanings:
            wire = self.meanings[row["source"]](table.name, json.loads(new["raw"]))
            new.update(table.row_of(wire, {}))
        after = json.dumps([new[name] for name in table.key])
        if after != before and (table.name, before) in self.named:
            self.keys[table.name, before] = after


def _worker_said(row: Row) -> str | None:
    said = json.loads(row["said"]).get(WORKER) if "said" in row else None
    return said if isinstance(said, str) else None
