"""Pages that go along with an archive or a data set, and say what is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mturk_exodus.archive import Archive
from mturk_exodus.datasets.layout import tables
from mturk_exodus.datasets.words import COLUMNS, TABLES

_ABOUT = """\
Records of an Amazon Mechanical Turk requester account, kept by mturk-exodus.

Names are MTurk's, spelled in snake case: `HITTypeId` is `hit_type_id`. A null means that the record
does not have the member: unknown, never zero. {personal}
"""
_PERSONAL = """\
`worker_id` identifies a person, and answers and feedback hold whatever people typed: handle all of
it as personal data."""
_PSEUDONYMS = """\
Workers have pseudonyms here; answers and feedback hold whatever people typed all the same."""
_ARCHIVE = """\
It is one SQLite file. Read it with whatever you like; write to it with mturk-exodus alone.

- Times are text, ISO 8601 in UTC: `2019-08-25T14:00:01.918Z`. They sort.
- Money is exact decimal text in US dollars: `0.05`. Structures are JSON text.
- Every record has its source's own words beside the columns, in `raw`.

    sqlite3 ARCHIVE "select assignment_status, count(*) from assignments group by 1"
    python -c 'import pandas, sqlite3
    print(pandas.read_sql("select * from workers", sqlite3.connect("ARCHIVE")))'
"""
_PARQUET = """\
Each folder is a table. Times are timestamps in UTC, money is a decimal of 38 digits, 10 of them
after the point, structures are JSON text. Tables with folders `year=...` are divided by the year of
the time that is named below; `year=__HIVE_DEFAULT_PARTITION__` is where it is not known.

    duckdb -c "select hit_status, count(*) from read_parquet('hits/*/*.parquet') group by 1"
    spark.read.parquet("assignments").groupBy("assignment_status").count().show()
"""


def of_archive(archive: Archive, *, with_counts: bool = True) -> str:
    """A page about an archive, as Markdown; without counts it stays true as the archive grows."""
    views = archive.connection.execute(
        "select name from sqlite_master where type = 'view' order by name"
    )
    names = [name for (name,) in views.fetchall()]
    held = [one.name for one in tables(archive)]
    name = archive.path.name
    return "\n".join(
        [
            f"# {name}\n",
            *_start(archive, _ARCHIVE.replace("ARCHIVE", name)),
            "## Tables\n",
            *(
                _counted({one: _count(archive, one) for one in held})
                if with_counts
                else _explained(held)
            ),
            "\n## Views\n",
            *_table(("view", "what it is"), [(f"`{one}`", TABLES.get(one, "")) for one in names]),
            *_columns(archive),
        ]
    )


def of_parquet(archive: Archive, rows: Mapping[str, int], untyped: Mapping[str, int]) -> str:
    """A page about the data sets of an archive, as Markdown."""
    divided = [
        (f"`{one.name}`", f"`{one.divided_by}`") for one in tables(archive) if one.divided_by
    ]
    lines = [f"# {archive.path.name} as Parquet\n", *_start(archive, _PARQUET), "## Tables\n"]
    lines += [*_counted(rows), "\n## Divided by year\n", *_table(("table", "by"), divided)]
    if untyped:
        listed = [(f"`{name}`", f"{count:,}") for name, count in untyped.items()]
        lines += [
            "\n## Values that are not of their column's type\n",
            "Null stands for them; `raw`",
        ]
        lines += ["has them as they came.\n", *_table(("column", "values"), listed)]
    return "\n".join([*lines, *_columns(archive)])


def _start(archive: Archive, form: str) -> Iterator[str]:
    personal = _PSEUDONYMS if archive.info("pseudonymized_at") else _PERSONAL
    yield _ABOUT.format(personal=personal)
    yield form


def _counted(rows: Mapping[str, int]) -> Iterator[str]:
    lines = [(f"`{name}`", f"{count:,}", TABLES.get(name, "")) for name, count in rows.items()]
    return _table(("table", "rows", "what it is"), lines)


def _explained(names: Iterable[str]) -> Iterator[str]:
    yield from _table(("table", "what it is"), [(f"`{one}`", TABLES.get(one, "")) for one in names])
    yield "\n`exodus describe` writes this page with the number of rows of each."


def _columns(archive: Archive) -> Iterator[str]:
    """Columns that do not speak for themselves, each once."""
    there = {column.name for table in tables(archive) for column in table.columns}
    told = [(f"`{name}`", words) for name, words in COLUMNS.items() if name in there]
    yield "\n## Columns\n"
    yield "Others are MTurk's members; Amazon's API reference of 2017-01-17 says what they mean.\n"
    yield from _table(("column", "what it is"), told)
    yield ""


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{' --- |' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _count(archive: Archive, table: str) -> int:
    (count,) = archive.connection.execute(f"select count(*) from {table}").fetchone()
    return int(count)
