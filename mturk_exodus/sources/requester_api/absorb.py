"""From a reply to rows: what it brought, what it calls for, whether more is to come."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from mturk_exodus.archive import uploads
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.held import seen_since
from mturk_exodus.archive.runs import Run
from mturk_exodus.archive.tables import ACCOUNT_BALANCES, BONUS_PAYMENTS, HITS, REVIEW_REPORTS
from mturk_exodus.archive.work import Unit, Work
from mturk_exodus.archive.writer import Origin, Row, Stored, Writer
from mturk_exodus.records import Value
from mturk_exodus.sources.requester_api import operations as ops
from mturk_exodus.sources.requester_api.hit_plan import HitPlanner, Look, expected
from mturk_exodus.sources.requester_api.identity import Identity
from mturk_exodus.sources.requester_api.listing import (
    LISTING_MOVED,
    listing_took_long,
    plan_known_hits,
)
from mturk_exodus.sources.requester_api.replies import BadReply, Reply
from mturk_exodus.sources.requester_api.tokens import Ring

_ANSWER = re.compile(r"<(?:\w+:)?Answer>(.*?)</(?:\w+:)?Answer>", re.DOTALL)
_ASKED = re.compile(r"<(?:\w+:)?QuestionIdentifier>([^<]*)</")
_UPLOADED = re.compile(r"<(?:\w+:)?UploadedFileKey>")

SHORT_PAGES = "export.short_pages"
NOT_THE_END = "distrusted"
"""In archive_info: what this archive has learned about pages that are not full.

A number and `proven`: pages of at most so many bonuses were the last of their list. A number and
a HIT id: that HIT's list is being followed to find out. `distrusted`: a short page was not the
last of its list, so every list is followed to its end.
"""


@dataclass
class Absorber:
    """Stores replies and plans what follows from them, inside the caller's transaction."""

    archive: Archive
    run: Run
    work: Work
    writer: Writer
    planner: HitPlanner
    identity: Identity
    look: Look = Look.PASS
    known_hits: Sequence[str] | None = None
    _handlers: Mapping[str, Callable[[Unit, Reply], None]] = field(init=False)
    _copies: dict[int, Counter[str]] = field(default_factory=dict)
    _rings: dict[int, Ring] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Say who handles what."""
        self._handlers = {
            ops.GET_BALANCE: self._balance,
            ops.LIST_BLOCKS: self._small_list,
            ops.LIST_QUALIFICATION_REQUESTS: self._small_list,
            ops.LIST_QUALIFICATIONS: self._small_list,
            ops.LIST_QUALIFICATION_TYPES: self._qualification_types,
            ops.LIST_HITS: self._hits,
            ops.GET_HIT: self._hit,
            ops.LIST_ASSIGNMENTS: self._assignments,
            ops.LIST_BONUSES: self._bonuses,
            ops.LIST_REVIEWS: self._reviews,
        }

    def absorb(self, unit: Unit, reply: Reply, upload: BinaryIO | None) -> None:
        """Store a reply.

        Raises:
            BadReply: it is not one to this unit; nothing of it should be kept.
        """
        if unit.next_token is None:
            self._rings.pop(unit.work_id, None)
            self.writer.ask_again(_origin(unit))
        if upload is not None:
            assignment_id, _, question = unit.subject.partition("/")
            uploads.store(self.archive, self.run, assignment_id, question, upload)
            self.work.finish(unit, "done")
            return
        self._handlers[unit.operation](unit, reply)

    def gone(self, unit: Unit) -> None:
        """A HIT was there when it was listed and is not now: the list has shifted under us."""
        if self.archive.info(SHORT_PAGES, "").endswith(f" {unit.subject}"):
            self.archive.set_info(SHORT_PAGES, "0 proven")
        if unit.operation == ops.GET_HIT and self._is_held(unit.subject):
            self.work.finish(unit, "done", "MTurk no longer knows it; what is held stays")
        asked_of_hit = unit.operation in (ops.LIST_ASSIGNMENTS, ops.LIST_BONUSES)
        if asked_of_hit and self.work.state(ops.GET_HIT, unit.subject) is None:
            self.archive.set_info(LISTING_MOVED, "yes")

    def _is_held(self, hit_id: str) -> bool:
        row = self.archive.connection.execute("select 1 from hits where hit_id = ?", [hit_id])
        return row.fetchone() is not None

    def _balance(self, unit: Unit, reply: Reply) -> None:
        raw = reply.whole()
        if "AvailableBalance" not in reply.members:
            raise BadReply("the reply has no AvailableBalance")
        self.writer.put(ACCOUNT_BALANCES, [raw], _origin(unit), {"run_id": self.run.run_id})
        self.identity.claim(self.archive)
        self.work.finish(unit, "done")

    def _small_list(self, unit: Unit, reply: Reply) -> None:
        context = {}
        if unit.operation == ops.LIST_QUALIFICATIONS:
            context["qualification_type_id"] = unit.subject.partition("/")[0]
        stored = self._page(unit, reply, context)
        if self._turn(unit, reply, stored):
            self.archive.set_info(f"listed.{unit.operation}", str(self.run.pass_id))

    def _qualification_types(self, unit: Unit, reply: Reply) -> None:
        stored = self._page(unit, reply)
        for row in stored.rows:
            for task in ops.qualifications_of(str(row["qualification_type_id"])):
                self.work.plan(task)
        self._turn(unit, reply, stored)

    def _hits(self, unit: Unit, reply: Reply) -> None:
        stored = self._page(unit, reply)
        for row in stored.rows:
            self.planner.plan(row, stored.earlier.get((row["hit_id"],)), self.look)
        if self._turn(unit, reply, stored) and self.look is Look.PASS:
            seen = stored.first_seen + stored.refused
            self._listing_done(unit, len(reply.records("HITs")), seen)

    def _listing_done(self, unit: Unit, records: int, first_seen: int) -> None:
        # A HIT that was given twice, or seen and then not given again: pages have shifted, and
        # another HIT may have slipped between two of them.
        shifted = unit.received + records != unit.first_seen + first_seen
        if shifted or listing_took_long(self.archive):
            self.archive.set_info(LISTING_MOVED, "yes")
        if self.known_hits is not None:
            plan_known_hits(self.archive, self.work, self.known_hits)

    def _hit(self, unit: Unit, reply: Reply) -> None:
        stored = self.writer.put(
            HITS, [reply.structure("HIT")], _origin(unit), {"hit_id": unit.subject}
        )
        for row in stored.rows:
            self.planner.plan(row, stored.earlier.get((row["hit_id"],)), self.look)
        self.work.finish(unit, "done")

    def _assignments(self, unit: Unit, reply: Reply) -> None:
        stored = self._page(unit, reply, {"hit_id": unit.subject})
        for row in stored.rows:
            self._plan_uploads(row)
        hit = self._hit_row(unit.subject)
        records = len(reply.records("Assignments"))
        wanted = expected(hit)
        # Asked again in the same pass, a list is held before it is read; read it all the same.
        read = wanted is not None and unit.received + records >= wanted
        if read and wanted == seen_since(self.archive, unit.subject, self.run.pass_id):
            self._done(unit, stored, records)
        else:
            self._turn(unit, reply, stored)

    def _hit_row(self, hit_id: str) -> Row:
        names = (
            "max_assignments",
            "number_of_assignments_available",
            "number_of_assignments_pending",
        )
        values = self.archive.connection.execute(
            f"select {', '.join(names)} from hits where hit_id = ?",
            [hit_id],
        ).fetchone()
        return dict(zip(names, values, strict=True))

    def _plan_uploads(self, row: Row) -> None:
        answer = str(row["answer"] or "")
        if not _UPLOADED.search(answer):
            return
        for block in _ANSWER.findall(answer):
            asked = _ASKED.search(block)
            if asked and _UPLOADED.search(block):
                question = html.unescape(asked.group(1))
                assignment_id = str(row["assignment_id"])
                if not uploads.is_stored(self.archive, assignment_id, question):
                    self.work.plan(ops.upload_of(assignment_id, question, ""))

    def _bonuses(self, unit: Unit, reply: Reply) -> None:
        first = unit.next_token is None
        copies = Counter() if first else self._copies[unit.work_id].copy()
        stored = self._page(unit, reply, {"hit_id": unit.subject, "copy": 0}, copies)
        if not first and unit.restarts == 0 and any(row["copy"] for row in stored.rows):
            # Two alike, or one twice because the pages have shifted: read the list once more.
            self.work.restart(unit)
            return
        records = len(reply.records("BonusPayments"))
        last = 0 < records < ops.PAGE and reply.next_token and self._is_last(unit, records)
        if not last and not self._turn(unit, reply, stored):
            self._copies[unit.work_id] = copies
            return
        if last:
            self._done(unit, stored, records)
        for alike, number in copies.items():
            doubled = (unit.subject, alike, number)
            self.writer.withdraw(BONUS_PAYMENTS, "hit_id = ? and alike = ? and copy >= ?", doubled)

    def _is_last(self, unit: Unit, records: int) -> bool:
        """Whether a page that is not full can be taken for the last one.

        No count says how many bonuses a HIT has, and asking for the empty page after each list
        would double the calls. So a list is followed to its end only if none as long has been,
        the others are trusted, and all are asked again should a short page ever turn out not to
        be the last.
        """
        learned = self.archive.info(SHORT_PAGES, "0 proven").split()
        if learned == [NOT_THE_END] or self.planner.full:
            return False
        if records > int(learned[0]):
            self.archive.set_info(SHORT_PAGES, f"{records} {unit.subject}")
            return False
        return learned[1] != unit.subject

    def _reviews(self, unit: Unit, reply: Reply) -> None:
        if reply.members.get("HITId", unit.subject) != unit.subject:
            raise BadReply("the reply is not about the HIT that was asked for")
        # A HIT without a review policy answers with its id alone; the work row says it was asked.
        pages = unit.received
        if reply.members.keys() - {"HITId", "NextToken"}:
            pages += 1
            context: dict[str, Value] = {"hit_id": unit.subject, "page": unit.received}
            self.writer.put(REVIEW_REPORTS, [reply.whole()], _origin(unit), context)
        if reply.next_token and _review_records(reply):
            self._go_on(unit, reply.next_token, 1, 0)
        else:
            self.writer.withdraw(REVIEW_REPORTS, "hit_id = ? and page >= ?", (unit.subject, pages))
            self.work.finish(unit, "done")

    def _page(
        self,
        unit: Unit,
        reply: Reply,
        context: Mapping[str, Value] | None = None,
        copies: Counter[str] | None = None,
    ) -> Stored:
        listing = ops.LISTINGS[unit.operation]
        raws = reply.records(listing.member)
        self._learn(unit, len(raws))
        return self.writer.put(listing.table, raws, _origin(unit), context, copies)

    def _learn(self, unit: Unit, records: int) -> None:
        """Learn from every list that is followed to its end whether short pages are last ones."""
        before = unit.records_on_last_page
        if before is None or before == 0 or before >= ops.PAGE:
            return
        learned = self.archive.info(SHORT_PAGES)
        if records and learned != NOT_THE_END:
            self.archive.set_info(SHORT_PAGES, NOT_THE_END)
            self._distrust()
        elif not records and learned == f"{before} {unit.subject}":
            self.archive.set_info(SHORT_PAGES, f"{before} proven")

    def _distrust(self) -> None:
        for (hit_id,) in self.archive.connection.execute(
            "select distinct hit_id from bonus_payments"
        ).fetchall():
            if self.work.state(ops.LIST_BONUSES, hit_id) == "done":
                self.work.plan(ops.bonuses_of(hit_id, ""))

    def _turn(self, unit: Unit, reply: Reply, stored: Stored) -> bool:
        """On to the next page, or done where there is none."""
        records = len(stored.rows) + stored.refused
        if records and reply.next_token:
            self._go_on(unit, reply.next_token, records, stored.first_seen + stored.refused)
            return False
        self._done(unit, stored, records)
        return True

    def _go_on(self, unit: Unit, token: str, records: int, first_seen: int) -> None:
        if self._rings.setdefault(unit.work_id, Ring()).closes(token):
            raise BadReply("the tokens of this list lead round in a ring")
        self.work.advance(unit, token, records, first_seen)

    def _done(self, unit: Unit, stored: Stored, records: int) -> None:
        self.work.advance(unit, None, records, stored.first_seen + stored.refused)
        self.work.finish(unit, "done")
        self._copies.pop(unit.work_id, None)
        self._rings.pop(unit.work_id, None)


def _origin(unit: Unit) -> Origin:
    return Origin(unit.operation, unit.subject)


def _review_records(reply: Reply) -> int:
    reports = (reply.members.get(f"{level}ReviewReport") or {} for level in ("Assignment", "HIT"))
    return sum(
        len(report.get(name) or [])
        for report in reports
        if isinstance(report, dict)
        for name in ("ReviewResults", "ReviewActions")
    )
