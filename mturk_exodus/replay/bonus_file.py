"""The file that says who is to get a bonus: a CSV of ids, amounts and reasons."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TextIO

from mturk_exodus.errors import BonusesUnreadable

_MOST_LINES = 100_000
_LONGEST_LINE = 10_000
_LONGEST_REASON = 1_000
_HEADINGS = (["id", "amount"], ["id", "amount", "reason"])
# Nothing that could be read in two ways: no sign, no separator of thousands, no third place.
_AMOUNT = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,2})?")
# What is left of `1,50` or `1,000`, read as two cells.
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_NAME = re.compile(r"[A-Za-z0-9]{1,64}")


class Wanted(NamedTuple):
    """A bonus that somebody is to get.

    Attributes:
        number: of its line.
        name: an assignment's id, or a submission's or a participant's at the target.
        amount: in whole units of the target's currency.
        reason: why; may be empty.
    """

    number: int
    name: str
    amount: Decimal
    reason: str


def read(path: Path) -> list[Wanted]:
    """All bonuses of a file: `id,amount,reason`, with or without such a heading.

    Raises:
        BonusesUnreadable: it cannot be read, or one of its lines is no bonus, or the same one as
            an earlier line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            wanted = list(_wanted(_bounded(file)))
    except OSError as error:
        raise BonusesUnreadable(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BonusesUnreadable(f"{path} is not text in UTF-8") from None
    except csv.Error:
        raise BonusesUnreadable(f"{path} is no CSV") from None
    _refuse_twice(wanted)
    if not wanted:
        raise BonusesUnreadable(f"{path} holds no bonus")
    return wanted


def amount(text: str) -> Decimal | None:
    """A sum as people may write it, 1.50; None if it is written otherwise, or nothing."""
    return Decimal(text) if _AMOUNT.fullmatch(text) and Decimal(text) else None


def _bounded(file: TextIO) -> Iterator[str]:
    lines = iter(lambda: file.readline(_LONGEST_LINE + 1), "")
    for number, line in enumerate(lines, 1):
        if number > _MOST_LINES or len(line) > _LONGEST_LINE:
            raise BonusesUnreadable("the file is too large for a file of bonuses")
        if "\0" in line:
            raise BonusesUnreadable(f"line {number} holds a character that is no text")
        yield line


def _wanted(lines: Iterable[str]) -> Iterator[Wanted]:
    rows = csv.reader(lines, strict=True)
    for row in rows:
        cells = [cell.strip() for cell in row]
        is_heading = rows.line_num == 1 and [cell.lower() for cell in cells] in _HEADINGS
        if any(cells) and not is_heading:
            yield _bonus(rows.line_num, cells)


def _bonus(number: int, cells: list[str]) -> Wanted:
    if len(cells) not in (2, 3):
        raise BonusesUnreadable(f"line {number} has not two or three cells: id, amount, reason")
    name, said, reason = (*cells, "")[:3]
    sum_ = amount(said)
    if not _NAME.fullmatch(name):
        raise BonusesUnreadable(f"line {number} does not begin with an id of letters and digits")
    if sum_ is None:
        raise BonusesUnreadable(
            f"line {number} has no amount; it is written as 1.50, with a point, without a currency"
        )
    if _NUMBER.fullmatch(reason):
        raise BonusesUnreadable(
            f"line {number} has a mere number as the reason: an amount has a point, as 1.50, and no"
            " comma; a reason has words"
        )
    if len(reason) > _LONGEST_REASON:
        raise BonusesUnreadable(f"line {number} has a reason of more than 1,000 letters")
    return Wanted(number, name, sum_, reason)


def _refuse_twice(wanted: Iterable[Wanted]) -> None:
    seen: dict[tuple[str, Decimal, str], int] = {}
    for one in wanted:
        first = seen.setdefault(one[1:], one.number)
        if first != one.number:
            raise BonusesUnreadable(
                f"line {one.number} says what line {first} says; if both are meant, give one line"
                " with the sum, or another reason"
            )
