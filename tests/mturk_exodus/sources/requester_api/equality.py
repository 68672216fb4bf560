"""The archive held against the account, record by record: columns are derived here afresh."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import datetime, timezone
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore import xform_name
from botocore.model import ServiceModel, StructureShape

from mturk_exodus.archive import uploads
from tests.mturk_exodus.sources.requester_api.support import reading

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from mturk_exodus.archive import Archive
    from mturk_exodus.demo.account import Account, WireRecord
    from tests.fakes.mturk import FakeMTurk

SHAPES = {
    "hits": "HIT",
    "assignments": "Assignment",
    "qualification_types": "QualificationType",
    "qualifications": "Qualification",
    "qualification_requests": "QualificationRequest",
    "worker_blocks": "WorkerBlock",
    "bonus_payments": "BonusPayment",
}
KEYS = {
    "hits": ("hit_id",),
    "assignments": ("assignment_id",),
    "qualification_types": ("qualification_type_id",),
    "qualifications": ("qualification_type_id", "worker_id"),
    "qualification_requests": ("qualification_request_id",),
    "worker_blocks": ("worker_id",),
}
MONEY = {"Reward", "BonusAmount", "AvailableBalance", "OnHoldBalance"}
OURS = {
    *("raw", "raw_sha256", "first_run_id", "last_run_id"),
    *("source", "file_id", "file_row", "own_values"),
    # What only files tell, and what is read out of RequesterAnnotation.
    *("template_variables", "answer_doubts", "batch_id", "template_id"),
    # Where a compacted question lies.
    *("question_template_id", "question_values", "question_spelling"),
}
LEVELS = ("Assignment", "HIT")
Row = dict[str, Any]


@cache
def service_model() -> ServiceModel:
    """MTurk's own model, as botocore ships it."""
    return botocore.session.Session().get_service_model("mturk")


def shape(name: str) -> StructureShape:
    """A structure of that model."""
    found = service_model().shape_for(name)
    assert isinstance(found, StructureShape)
    return found


def clean(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The value without lone surrogates, which no UTF-8 text can hold."""
    if isinstance(value, str):
        # A pair of surrogates is one character to JSON.
        joined = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in joined)
    if isinstance(value, dict):
        return {name: clean(each) for name, each in value.items()}
    return [clean(each) for each in value] if isinstance(value, list) else value


def iso_text(seconds: float) -> str:
    """A wire time as the archive writes times, by decimal arithmetic."""
    milliseconds = int((Decimal(repr(seconds)) * 1000).to_integral_value())
    whole, rest = divmod(milliseconds, 1000)
    moment = datetime.fromtimestamp(whole, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def expected_row(shape_name: str, record: WireRecord) -> Row:
    """A record's columns, out of the service model and the account's own record."""
    return {
        xform_name(name): _value(member.type_name, name, record.get(name))
        for name, member in shape(shape_name).members.items()
    }


def _value(kind: str, name: str, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if value is None:
        return None
    if kind == "timestamp":
        return iso_text(value)
    if name in MONEY:
        return f"{Decimal(value):f}"
    return int(value) if kind in {"integer", "boolean", "long"} else clean(value)


def held_rows(archive: Archive, table: str) -> list[Row]:
    """The rows of a table, structures parsed."""
    cursor = archive.connection.execute(f"select * from {table} order by rowid")  # noqa: S608 - our own names
    names = [each[0] for each in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor]


def _columns(row: Row, shape_name: str) -> Row:
    structured = {
        xform_name(name)
        for name, member in shape(shape_name).members.items()
        if member.type_name in {"structure", "list"}
    }
    return {
        name: json.loads(value) if name in structured and value is not None else value
        for name, value in row.items()
        if name not in OURS
    }


def records_of(account: Account, table: str) -> Iterable[WireRecord]:
    """The account's records of a table."""
    held: Any = getattr(account, table)
    if table in {"hits", "qualification_types"}:
        held = held.values()
    elif table in {"assignments", "qualifications"}:
        held = [each for some in held.values() for each in some]
    return list(held)


def assert_equal(path: Path, fake: FakeMTurk, *, unseen: Collection[str] = ()) -> None:
    """The archive holds the account: every record, every field, and nothing besides.

    `unseen` are HITs that could not be had.
    """
    with reading(path) as archive:
        raws = fake.raw_records()
        for table in KEYS:
            _assert_table(archive, fake.account, table, raws[table], unseen)
        _assert_bonuses(archive, fake.account, raws["bonus_payments"], unseen)
        _assert_uploads(archive, fake.account, unseen)
        _assert_balance(archive, fake.account)
        assert archive.connection.execute("select count(*) from quarantine").fetchone() == (0,)


def _assert_table(
    archive: Archive, account: Account, table: str, raws: dict[Any, str], unseen: Collection[str]
) -> None:
    wanted = {}
    for record in records_of(account, table):
        if record.get("HITId") not in unseen:
            row = expected_row(SHAPES[table], record)
            wanted[tuple(row[name] for name in KEYS[table])] = row
    held = {tuple(row[name] for name in KEYS[table]): row for row in held_rows(archive, table)}
    assert held.keys() == wanted.keys(), table
    for key, row in held.items():
        assert _columns(row, SHAPES[table]) == wanted[key]
        assert row["raw"] == raws[key if len(key) > 1 else key[0]]


def _assert_bonuses(
    archive: Archive, account: Account, raws: dict[str, list[str]], unseen: Collection[str]
) -> None:
    held: defaultdict[str, list[Row]] = defaultdict(list)
    for row in held_rows(archive, "bonus_payments"):
        held[row["hit_id"]].append(row)
    wanted = {hit_id: some for hit_id, some in raws.items() if some and hit_id not in unseen}
    assert held.keys() == wanted.keys()
    for hit_id, some in wanted.items():
        assert Counter(row["raw"] for row in held[hit_id]) == Counter(some)
        expected = [
            expected_row("BonusPayment", record) | {"hit_id": hit_id}
            for record in account.bonus_payments[hit_id]
        ]
        columns = [_columns(row, "BonusPayment") for row in held[hit_id]]
        copies = [row.pop("copy") for row in columns]
        assert all(row.pop("bonus_payment_id") and row.pop("alike") for row in columns)
        assert Counter(map(_frozen, columns)) == Counter(map(_frozen, expected))
        seen: Counter[str] = Counter()
        for row, copy in sorted(zip(held[hit_id], copies, strict=True), key=lambda two: two[1]):
            # Payments are alike to the second: many a dump was written without the fraction.
            wire = json.loads(row["raw"])
            said = _frozen(wire | {"GrantTime": int(wire.get("GrantTime", 0))})
            assert copy == seen[said]
            seen[said] += 1


def _frozen(row: Row) -> str:
    return json.dumps(row, sort_keys=True)


def _assert_uploads(archive: Archive, account: Account, unseen: Collection[str]) -> None:
    held = {
        (row["assignment_id"], row["question_identifier"]): b"".join(
            uploads.parts(archive, row["assignment_id"], row["question_identifier"])
        )
        for row in held_rows(archive, "uploads")
    }
    lost = {one["AssignmentId"] for hit_id in unseen for one in account.assignments[hit_id]}
    assert held == {key: each for key, each in account.uploads.items() if key[0] not in lost}


def _assert_balance(archive: Archive, account: Account) -> None:
    last = held_rows(archive, "account_balances")[-1]
    assert last["available_balance"] == account.available_balance
    assert json.loads(last["raw"]) == {"AvailableBalance": account.available_balance}


def assert_reviews_equal(path: Path, fake: FakeMTurk) -> None:
    """Every HIT with a review policy is held with its reports, and no HIT has another's."""
    account = fake.account
    with reading(path) as archive:
        texts = fake.raw_records()["review_policy_results"]
        held: defaultdict[str, list[Row]] = defaultdict(list)
        for row in held_rows(archive, "review_reports"):
            held[row["hit_id"]].append(row)
        assert account.review_policy_results.keys() <= held.keys()
        for hit_id, pages in held.items():
            wanted = account.review_policy_results.get(hit_id, {})
            assert [page["page"] for page in pages] == list(range(len(pages)))
            _assert_reports(pages, wanted)
            _assert_in_order("".join(page["raw"] for page in pages), texts.get(hit_id, []))
            for kind, view in (("Results", "review_results"), ("Actions", "review_actions")):
                _assert_view(archive, hit_id, wanted, (f"Review{kind}", view))


def _assert_reports(pages: list[Row], wanted: WireRecord) -> None:
    for level in LEVELS:
        policy = pages[0][f"{xform_name(level)}_review_policy"]
        assert (json.loads(policy) if policy else None) == wanted.get(f"{level}ReviewPolicy")
        merged: defaultdict[str, list[Any]] = defaultdict(list)
        for page in pages:
            report = page[f"{xform_name(level)}_review_report"]
            for name, items in (json.loads(report) if report else {}).items():
                merged[name] += items
        report = wanted.get(f"{level}ReviewReport", {})
        assert merged == clean({name: items for name, items in report.items() if items})


def _assert_in_order(raw: str, texts: list[str]) -> None:
    at = 0
    for text in sorted(texts, key=raw.find):
        found = raw.find(text, at)
        assert found >= at
        at = found + len(text)


def _assert_view(
    archive: Archive, hit_id: str, wanted: WireRecord, member_and_view: tuple[str, str]
) -> None:
    member, view = member_and_view
    names = list(shape(f"{member[:-1]}Detail").members)
    columns = ", ".join(xform_name(name) for name in names)
    query = f"select {columns} from {view} where hit_id = ? and policy_level = ?"  # noqa: S608 - our own names
    for level in LEVELS:
        items = wanted.get(f"{level}ReviewReport", {}).get(member, [])
        rows = archive.connection.execute(query, [hit_id, level]).fetchall()
        wanted_rows = [expected_row(f"{member[:-1]}Detail", item) for item in items]
        assert rows == [tuple(row[xform_name(name)] for name in names) for row in wanted_rows]
