"""People whose data was removed stay out, whoever tells of them again."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.tables import ASSIGNMENTS, REVIEW_REPORTS, Raw, Table
from mturk_exodus.records import Value

FORGETTING_KEY = "forgetting_key"

_REMEMBERED = 100_000
_WORD = re.compile(r"[\w.@-]{2,200}")
_REPORTS = ("AssignmentReviewReport", "HITReviewReport")
_REVIEWED = ("Approved", "Rejected")


class Forgotten:
    """Those of an archive. It is read once: nobody is forgotten while others write."""

    def __init__(self, archive: Archive) -> None:
        self._connection = archive.connection
        self._key = bytes.fromhex(archive.info(FORGETTING_KEY))
        self._workers = self._digests("forgotten_workers")
        self._assignments = self._digests("forgotten_assignments")
        self._is_worker = lru_cache(_REMEMBERED)(
            lambda worker_id: self.digest(worker_id) in self._workers
        )

    def __bool__(self) -> bool:
        return bool(self._workers)

    def _digests(self, table: str) -> set[str]:
        return {digest for (digest,) in self._connection.execute(f"select digest from {table}")}

    def digest(self, some_id: str) -> str:
        """What stands for an id. Who has the archive and a list of ids can try them out."""
        return hmac.new(self._key, some_id.encode(), hashlib.sha256).hexdigest()

    def is_worker(self, worker_id: Value) -> bool:
        """Whether it is the id of somebody who was forgotten."""
        return isinstance(worker_id, str) and bool(self._workers) and self._is_worker(worker_id)

    def is_assignment(self, assignment_id: Value) -> bool:
        """Whether it is an assignment of somebody who was forgotten."""
        return (
            isinstance(assignment_id, str)
            and bool(self._assignments)
            and self.digest(assignment_id) in self._assignments
        )

    def keeps_out(self, table: Table, row: Mapping[str, Value]) -> bool:
        """Whether a record is about somebody who was forgotten. It is counted."""
        if self.is_worker(row.get("worker_id")):
            self._count(str(row["worker_id"]))
            if table is ASSIGNMENTS:
                self.note(row)
            return True
        return table is not REVIEW_REPORTS and self.is_assignment(row.get("assignment_id"))

    def note(self, assignment: Mapping[str, Value]) -> None:
        """An assignment is left out, and its HIT's counters go on counting it."""
        digest = self.digest(str(assignment["assignment_id"]))
        self._assignments.add(digest)
        self._connection.execute(
            "insert into forgotten_assignments values (?, ?, ?) on conflict (digest)"
            " do update set is_reviewed = max(is_reviewed, excluded.is_reviewed)",
            [digest, assignment["hit_id"], assignment["assignment_status"] in _REVIEWED],
        )

    def is_named_in(self, raw: str) -> bool:
        """Whether a record that no column holds names somebody who was forgotten."""
        return bool(self) and any(self.is_worker(word) for word in _WORD.findall(raw))

    def without(self, report: Raw) -> Raw:
        """A review report without what it found about their assignments."""
        members = dict(report.wire) if isinstance(report.wire, dict) else {}
        for name in _REPORTS:
            if isinstance(members.get(name), dict):
                members[name] = {kind: self._others(found) for kind, found in members[name].items()}
        if members == report.wire or not members:
            return report
        return Raw(json.dumps(members, ensure_ascii=False, separators=(",", ":")), members)

    def _others(self, found: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        if not isinstance(found, list):
            return found
        return [one for one in found if not (isinstance(one, dict) and self._is_subject(one))]

    def _is_subject(self, found: Mapping[str, Any]) -> bool:
        return any(self._is_either(found.get(name)) for name in ("SubjectId", "TargetId"))

    def _is_either(self, some_id: object) -> bool:
        return isinstance(some_id, str) and (self.is_assignment(some_id) or self.is_worker(some_id))

    def _count(self, worker_id: str) -> None:
        self._connection.execute(
            "update forgotten_workers set kept_out = kept_out + 1 where digest = ?",
            [self.digest(worker_id)],
        )
