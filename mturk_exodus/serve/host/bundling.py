"""How many HITs go into one visit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from mturk_exodus import pay
from mturk_exodus.archive import Archive
from mturk_exodus.serve.host.desk import OfferedHIT

May = Callable[[int], bool]


@dataclass(frozen=True)
class Bundles:
    """So many of each type.

    Attributes:
        size: HITs in one visit.
    """

    size: int

    def of(
        self, _hit_type_id: str | None, hits: Iterable[OfferedHIT]
    ) -> Iterator[list[OfferedHIT]]:
        """The HITs of a type, visit by visit."""
        return _portions(hits, self.size)


@dataclass(frozen=True)
class PaidBundles:
    """As many as make a visit pay enough, by what HITs of the type paid and took.

    Attributes:
        archive: knows that.
        least_per_hour: cents.
        otherwise: HITs in one visit where nobody knows how long they took.
    """

    archive: Archive
    least_per_hour: int
    otherwise: int

    def of(self, hit_type_id: str | None, hits: Iterable[OfferedHIT]) -> Iterator[list[OfferedHIT]]:
        """The HITs of a type, visit by visit. Where no number of them pays enough they stay single.
        What is left at the end, too few to pay enough, goes with the visit before if that may be.
        """
        reward, seconds = self._reward(hit_type_id), self._seconds(hit_type_id)
        if reward is None or seconds is None:
            return _portions(hits, self.otherwise)
        size = pay.hits_in_a_visit(reward, seconds, self.least_per_hour) or 1
        return _joined(
            _portions(hits, size),
            lambda number: (
                number <= pay.MOST_HITS and pay.pays(reward, seconds, number, self.least_per_hour)
            ),
        )

    def _reward(self, hit_type_id: str | None) -> int | None:
        row = self.archive.connection.execute(
            "select reward from hit_types where hit_type_id = ?", [hit_type_id]
        ).fetchone()
        return pay.cents(row[0]) if row else None

    def _seconds(self, hit_type_id: str | None) -> int | None:
        times = pay.Times()
        for accept_time, submit_time in self.archive.connection.execute(
            "select accept_time, submit_time from assignments where hit_id in"
            " (select hit_id from hits where hit_type_id = ?)",
            [hit_type_id],
        ):
            times.add(accept_time, submit_time)
        return times.median


def _portions(hits: Iterable[OfferedHIT], size: int) -> Iterator[list[OfferedHIT]]:
    rest = iter(hits)
    return iter(lambda: list(islice(rest, size)), [])


def _joined(visits: Iterator[list[OfferedHIT]], may: May) -> Iterator[list[OfferedHIT]]:
    before = next(visits, None)
    for visit in visits:
        assert before is not None  # noqa: S101 - there was one before this one
        if not may(len(visit)) and may(len(before) + len(visit)):
            before = before + visit
        else:
            yield before
            before = visit
    if before is not None:
        yield before
