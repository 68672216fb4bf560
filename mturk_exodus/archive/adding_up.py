"""Whether payments add up: what each recipient was to get, the sum, fees, tax, and the total."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from itertools import groupby

from mturk_exodus.archive.archive import Archive

_CENT = Decimal("0.01")
_PAYMENTS = (
    "select payment_id, payments.amount, fees, vat, total, recipient_id, payment_lines.amount,"
    " received_before from payments left join payment_lines using (payment_id)"
    " order by payment_id, recipient_id, line"
)
_STRANGE = (
    (
        "it is not of the target that its replay was for",
        "select payment_id from payments join replays using (replay_id)"
        " where payments.target_id <> replays.target_id",
    ),
    (
        "its lines are not numbered from 0",
        "select payment_id from payment_lines group by payment_id"
        " having min(line) <> 0 or max(line) + 1 <> count(*) or count(distinct line) <> count(*)",
    ),
)


def check(archive: Archive) -> Iterator[tuple[str, str]]:
    """Payments of which something cannot be, each with what it is. No recipient is named."""
    for payment_id, rows in groupby(archive.connection.execute(_PAYMENTS), lambda row: row[0]):
        for what in _of_payment(list(rows)):
            yield f"payments {payment_id}", what
    for what, query in _STRANGE:
        for (payment_id,) in archive.connection.execute(query):
            yield f"payments {payment_id}", what


def _of_payment(rows: Sequence[Sequence[object]]) -> Iterator[str]:
    sums = [_amount(said) for said in rows[0][1:5]]
    if None in sums:
        yield "it has a sum that is none"
        return
    amount, fees, vat, total = (one for one in sums if one is not None)
    if abs(amount + fees + vat - total) >= _CENT:
        yield f"its bonuses, fees and tax are not its total: {amount} + {fees} + {vat}, and {total}"
    if rows[0][5] is None:
        yield "nobody gets it: it has no line"
        return
    lines = [_amount(row[6]) for row in rows]
    known = [one for one in lines if one]
    if len(known) < len(lines):
        yield "it has a line that is no sum"
    elif sum(known) != amount:
        yield f"its lines are {sum(known)} together, and it says {amount}"
    for _, of_one in groupby(rows, lambda row: row[5]):
        if not _is_one_list({str(row[7]) for row in of_one}):
            yield "what somebody had got before is not told, or in two ways"


def _is_one_list(said: Iterable[str]) -> bool:
    """Whether all lines of a recipient have the same sums."""
    (first, *others) = said
    try:
        found = json.loads(first)
    except (ValueError, RecursionError):
        return False
    is_list = isinstance(found, list) and all(_amount(one) is not None for one in found)
    return is_list and not others


def _amount(said: object) -> Decimal | None:
    """A sum as `payments.plain` writes it."""
    try:
        found = Decimal(said) if isinstance(said, str) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() and found >= 0 else None
