"""An account into an archive, as if MTurk had sent its records."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from mturk_exodus.archive import runs, tables, uploads
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.runs import Run
from mturk_exodus.archive.tables import Raw
from mturk_exodus.archive.writer import Origin, Writer
from mturk_exodus.demo.account import Account, WireRecord
from mturk_exodus.records import Value

_PAGE = 100
_REPORTS = ("AssignmentReviewReport", "HITReviewReport")


def fill(archive: Archive, account: Account) -> None:
    """Put every record of an account into an archive, in one run."""
    with archive.transaction():
        run = runs.begin(archive, "demo", {}, account="demo", endpoint="nowhere", pass_id=None)
        _fill(archive, run, account)
        runs.end(archive, run, "complete", "an invented account")


def _fill(archive: Archive, run: Run, account: Account) -> None:
    writer = Writer(archive, run)
    balance = {"AvailableBalance": account.available_balance}
    for table, records in (
        (tables.HITS, account.hits.values()),
        (tables.QUALIFICATION_TYPES, account.qualification_types.values()),
        (tables.QUALIFICATIONS, _flat(account.qualifications.values())),
        (tables.QUALIFICATION_REQUESTS, account.qualification_requests),
        (tables.WORKER_BLOCKS, account.worker_blocks),
        (tables.ASSIGNMENTS, _flat(account.assignments.values())),
    ):
        writer.put(table, _raws(records), _origin(table.name))
    writer.put(
        tables.ACCOUNT_BALANCES, _raws([balance]), _origin("balance"), {"run_id": run.run_id}
    )
    for hit_id, payments in account.bonus_payments.items():
        context: dict[str, Value] = {"hit_id": hit_id, "copy": 0}
        writer.put(tables.BONUS_PAYMENTS, _raws(payments), _origin(hit_id), context, Counter())
    for hit_id, reply in account.review_policy_results.items():
        for page, part in enumerate(_pages(reply)):
            report = {"HITId": hit_id, **part}
            context = {"hit_id": hit_id, "page": page}
            writer.put(tables.REVIEW_REPORTS, _raws([report]), _origin(hit_id), context)
    for (assignment_id, question), content in account.uploads.items():
        uploads.store(archive, run, assignment_id, question, io.BytesIO(content))


def _raws(records: Iterable[WireRecord]) -> Sequence[Raw]:
    return [
        Raw(json.dumps(record, ensure_ascii=False, separators=(",", ":")), record)
        for record in records
    ]


def _origin(subject: str) -> Origin:
    return Origin("demo", subject)


def _flat(lists: Iterable[list[WireRecord]]) -> Iterator[WireRecord]:
    return (record for records in lists for record in records)


def _pages(reply: WireRecord) -> Iterator[WireRecord]:
    """A reply in pages of at most 100 results and actions, as MTurk's MaxResults would have it."""
    policies = {name: value for name, value in reply.items() if name not in _REPORTS}
    details = [
        (report, kind, detail)
        for report in _REPORTS
        for kind, found in reply.get(report, {}).items()
        for detail in found
    ]
    for start in range(0, max(len(details), 1), _PAGE):
        page: WireRecord = dict(policies)
        for report, kind, detail in details[start : start + _PAGE]:
            page.setdefault(report, {}).setdefault(kind, []).append(detail)
        yield page
