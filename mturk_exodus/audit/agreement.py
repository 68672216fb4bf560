"""How far workers agree, field by field: Krippendorff's alpha, of answers to the same HIT."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.report import Column, Kind, Table

_MOST_CHOICES = 20
"""A field with more different values is no choice, and nominal agreement says nothing of it."""

_LONGEST_CHOICE = 200

_MOST_CELLS = 1_000_000
"""HITs times values times values: what the computation holds in memory at once."""

_MADE = """
create temp table answered (type_no integer, field text, answers integer, characters integer,
    longest integer, choices integer, hits integer, alpha real)
"""
_GIVEN = f"""
    select type_no, field, hit_no, substr(value, 1, {_LONGEST_CHOICE + 1}), characters, is_new
    from (
        select assignment_id, field, group_concat(value, char(31)) as value,
            sum(length(value)) as characters
        from answers where value is not null group by assignment_id, field)
    join assignments using (assignment_id) join piece on piece_no = assignments.rowid
    order by type_no, field, hit_no
"""
_Given = tuple[int, str, int, str, int, bool]


class _Field:
    """What was given to one field of one HIT type."""

    def __init__(self) -> None:
        self.answers = self.characters = self.longest = 0
        self._places: dict[str, int] = {}
        self._units: list[tuple[int, ...]] = []
        self._is_choice = True

    def add(self, of_hit: Iterable[_Given]) -> None:
        """The answers to one HIT."""
        given = list(of_hit)
        lengths = [characters for *_, characters, _ in given]
        self.answers += len(given)
        self.characters += sum(lengths)
        self.longest = max(self.longest, *lengths)
        if self._is_choice:
            self._keep([(value, is_new) for _, _, _, value, _, is_new in given])

    def row(self) -> tuple[int | float | None, ...]:
        """What stands of it in temp.answered, after the HIT type and the name."""
        if not self._is_choice:
            return (self.answers, self.characters, self.longest, None, 0, None)
        choices = len(self._places)
        units = [
            [unit.count(place) for place in range(choices)]
            for unit in self._units[: _MOST_CELLS // choices**2]
        ]
        return (self.answers, self.characters, self.longest, choices, len(units), alpha(units))

    def _keep(self, values: list[tuple[str, bool]]) -> None:
        places = [(self._places.setdefault(one, len(self._places)), new) for one, new in values]
        unit = tuple(place for place, is_new in places if not is_new)
        self._is_choice = len(self._places) <= _MOST_CHOICES and self.longest <= _LONGEST_CHOICE
        if not self._is_choice:
            self._units.clear()
        elif len(unit) > 1 and len(self._units) < _MOST_CELLS // 4:
            self._units.append(unit)


def make(bench: Bench) -> None:
    """temp.answered: a row for each HIT type and field; empty where no answers were made.

    `choices` is how many different values there are, null where they are too many or too long;
    `hits` how many HITs with several answers were looked at; `alpha` is null where there is
    nothing to disagree about.
    """
    bench.make(_MADE)
    bench.connection.executemany(
        "insert into answered values (?, ?, ?, ?, ?, ?, ?, ?)", _all(bench)
    )


def table(bench: Bench) -> Table:
    """Agreement by HIT type and field, the most HITs first."""
    query = (
        "select hit_type_id, title, field, hits, choices, alpha from answered"
        " left join type using (type_no) where hits > 0 order by hits desc, hit_type_id, field"
    )
    made = bench.one("select exists (select 1 from answered)")
    return Table(
        "agreement",
        "Agreement between workers",
        "Krippendorff's alpha, nominal, of the table answers: 1 is agreement, 0 chance. HITs with"
        f" two answers at MTurk or more; fields with at most {_MOST_CHOICES} different values"
        f" (several values of one answer count as one). At most {_MOST_CELLS:,} HITs, divided by"
        " the square of the number of values, in the order in which they came. There is none where"
        " all gave the same."
        if made
        else "The table answers is empty: exodus answers fills it.",
        (
            Column("hit_type_id", "HIT type", Kind.ID),
            Column("title", "title", Kind.TEXT),
            Column("field", "field", Kind.TEXT),
            Column("hits", "HITs", Kind.COUNT),
            Column("values", "values", Kind.COUNT),
            Column("alpha", "alpha", Kind.AGREEMENT),
        ),
        bench.one("select count(*) from answered where hits > 0"),
        lambda: bench.rows(query),
    )


def alpha(units: list[list[int]]) -> float | None:
    """Krippendorff's alpha of how often each value was given to each unit.

    None if there is no unit, or all gave the same, so that there is nothing to disagree about.
    """
    # It brings numpy, which takes longer to import than most commands to run.
    import krippendorff  # noqa: PLC0415 - see above

    used = [sum(column) > 0 for column in zip(*units, strict=True)]
    if sum(used) < 2:  # noqa: PLR2004 - one value
        return None
    return float(krippendorff.alpha(value_counts=units, level_of_measurement="nominal"))


def _all(bench: Bench) -> Iterator[tuple[int | float | str | None, ...]]:
    rows: Iterator[_Given] = bench.rows(_GIVEN)
    for (type_no, name), same in groupby(rows, itemgetter(0, 1)):
        field = _Field()
        for _, of_hit in groupby(same, itemgetter(2)):
            field.add(of_hit)
        yield (type_no, name, *field.row())
