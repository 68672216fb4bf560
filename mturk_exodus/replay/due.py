"""Which bonuses are still due: what was paid before is left out, whoever knows of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from mturk_exodus.archive.payments import Line, amounts

_MOST_COMBINED = 10


@dataclass(frozen=True)
class Due:
    """What is to be paid, and what is not.

    Attributes:
        lines: are due.
        paid_before: the archive says that these were paid.
        shown_there: the target shows the same sum for the same submission, and the archive does
            not know of it: another copy of the archive paid it, or somebody by hand.
        had_others: so many of those that are due have had some bonus for the same submission.
        to_come: so many sums that the archive says were paid are not shown by the target (yet).
    """

    lines: Sequence[Line]
    paid_before: int
    shown_there: int
    had_others: int
    to_come: int


def due(
    lines: Sequence[Line],
    paid: Iterable[tuple[int, Line]],
    received: Mapping[str, tuple[Decimal, ...]],
    *,
    again: bool = False,
) -> Due:
    """Sift the bonuses of a file.

    Args:
        lines: of the file.
        paid: what the archive says was paid, with the number of each payment.
        received: the bonuses that each recipient has got, as the target shows them.
        again: whether all of it is due, whatever was paid.
    """
    known = list(paid)
    new = list(lines) if again else _new(lines, (line for _, line in known))
    left = new if again else _not_shown(new, _unexplained(received, known))
    others = {one.recipient_id for one in left if received.get(one.recipient_id)}
    to_come = with_those_to_come(received, known)
    missing = sum(len(to_come[one]) - len(some) for one, some in received.items())
    return Due(left, len(lines) - len(new), len(new) - len(left), len(others), missing)


def with_those_to_come(
    received: Mapping[str, tuple[Decimal, ...]], paid: Iterable[tuple[int, Line]]
) -> dict[str, tuple[Decimal, ...]]:
    """The bonuses that each recipient has got, or will get: a target takes minutes to show what the
    archive says was paid.
    """
    sums: dict[str, Counter[Decimal]] = {one: Counter() for one in received}
    for some in _by_payment(paid):
        for one, amount in amounts(some).items():
            if one in sums:
                sums[one][amount] += 1
    return {one: tuple((Counter(some) | sums[one]).elements()) for one, some in received.items()}


def _not_shown(lines: Sequence[Line], shown: Counter[tuple[str, Decimal]]) -> list[Line]:
    """Without those that the target shows: the sum of some lines, or of all, of a recipient."""
    of_one: dict[str, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        of_one[line.recipient_id].append(place)
    there: set[int] = set()
    for recipient, amount in shown.elements():
        left = [place for place in of_one[recipient] if place not in there]
        there.update(_adding_up(lines, left, amount))
    return [line for place, line in enumerate(lines) if place not in there]


def _adding_up(lines: Sequence[Line], places: Sequence[int], amount: Decimal) -> Sequence[int]:
    """The places of the most lines that are so much together; none if none are. Of very many, only
    all together and one alone are looked at.
    """
    most = len(places)
    sizes = range(most, 0, -1) if most <= _MOST_COMBINED else (most, 1)
    several = (some for size in sizes for some in combinations(places, size))
    return next((one for one in several if sum(lines[each].amount for each in one) == amount), ())


def _new(lines: Sequence[Line], known: Iterable[Line]) -> list[Line]:
    """Without as many of each as were paid.

    The assignment of a visit may not have been known then, or be one of several now: who names the
    visit means the same bonus, whichever of its assignments the archive has come to know.
    """
    paid: dict[Line, Counter[str | None]] = defaultdict(Counter)
    for one in known:
        paid[_of_the_visit(one)][one.assignment_id] += 1
    unlike = [one for one in lines if not _taken(paid[_of_the_visit(one)], one.assignment_id)]
    return [one for one in unlike if not _taken_alike(paid[_of_the_visit(one)], one.assignment_id)]


def _taken(paid: Counter[str | None], assignment_id: str | None) -> bool:
    """Whether it was paid for just this; that counts no more then."""
    if not paid[assignment_id]:
        return False
    paid[assignment_id] -= 1
    return True


def _taken_alike(paid: Counter[str | None], assignment_id: str | None) -> bool:
    """Whether it was paid for the visit of this assignment, or for any assignment of the visit."""
    alike = (None,) if assignment_id else tuple(paid)
    return any(_taken(paid, one) for one in alike)


def _of_the_visit(line: Line) -> Line:
    return line._replace(assignment_id=None)


def _unexplained(
    received: Mapping[str, tuple[Decimal, ...]], known: Sequence[tuple[int, Line]]
) -> Counter[tuple[str, Decimal]]:
    """What the target shows beyond what the archive knows of."""
    shown = Counter((one, amount) for one, some in received.items() for amount in some)
    for some in _by_payment(known):
        shown.subtract(amounts(some).items())
    return +shown


def _by_payment(paid: Iterable[tuple[int, Line]]) -> Iterable[list[Line]]:
    by_payment: dict[int, list[Line]] = {}
    for payment_id, line in paid:
        by_payment.setdefault(payment_id, []).append(line)
    return by_payment.values()
