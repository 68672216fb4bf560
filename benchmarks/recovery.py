"""How long it takes to recover a template, and how much smaller the questions get.

Pages of an invented task are filled in as they are read, so that reading costs what a table of an
archive would, and no list of them is held. Beside it, from the same run, what reading and
digesting all of them costs: the least that anything which verifies them must do.

With --scaling, how time grows instead: each case as it is and twice as large.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mturk_exodus.questions.templates.recovery import KnownTemplate, recover

TEXT = (
    "the red kite over a quiet lake where two people read old maps and wait for rain "
    "while R&amp;D reports <b>no</b> change in 2019 or later"
)
WORDS = TEXT.split()
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<HTMLQuestion xmlns="http://mechanicalturk.amazonaws'
    '.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
)
TAIL = "]]></HTMLContent><FrameHeight>600</FrameHeight></HTMLQuestion>"


def sentence(number: int, variable: int) -> str:
    """Some words, which depend on nothing but these numbers."""
    start = number * 7919 + variable * 104729
    return " ".join(WORDS[(start >> shift) % len(WORDS)] for shift in range(3 + start % 9))


def pieces(size: int, variables: int) -> list[str]:
    """A page of about this many characters in all, cut where variables go."""
    each = max(0, (size - len(HEAD) - len(TAIL)) // (variables + 1) - 40)
    rows = []
    for number in range(variables + 1):
        lines = [
            f'<div class="row-{number}" data-line="{line}">Read on.</div>' for line in range(99)
        ]
        rows.append("\r\n".join(lines)[:each] + f'<p id="v{number}" title="')
    return [HEAD + rows[0], *(f'">Look.</p>{row}' for row in rows[1:-1]), f'">Look.</p>{TAIL}']


def filled(page: Sequence[str], number: int) -> str:
    """The question of one HIT."""
    values = (f"{sentence(number, n)}{piece}" for n, piece in enumerate(page[1:]))
    return page[0] + "".join(values)


def fill(path: Path, hits: int, size: int, variables: int) -> None:
    """A table of questions, as an archive has it."""
    page = pieces(size, variables)

    def rows() -> Iterator[tuple[str, str]]:
        for number in range(hits):
            yield f"3HIT{number:026}", filled(page, number)

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table hits (hit_id text primary key, question text)")
        connection.executemany("insert into hits values (?, ?)", rows())


def timed(what: Callable[[], object]) -> float:
    """Seconds of wall clock."""
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def main() -> None:
    """Read the command line, print the figures."""
    parser = argparse.ArgumentParser(description="Recovers a template from many questions.")
    parser.add_argument("--hits", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=20_000, help="characters of a question")
    parser.add_argument("--variables", type=int, default=12)
    parser.add_argument("--scaling", action="store_true", help="print how time grows instead")
    args = parser.parse_args()
    if args.scaling:
        scaling()
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "questions.sqlite"
        fill(path, args.hits, args.size, args.variables)
        with closing(sqlite3.connect(path)) as connection:
            measure(lambda: connection.execute("select hit_id, question from hits order by rowid"))


@dataclass
class Case:
    """HITs to recover templates of.

    Attributes:
        texts: their questions.
        given: by HIT, the values that it was made from.
        known: pages of the requester's own.
    """

    texts: Sequence[str]
    given: Sequence[Mapping[str, str]] = ()
    known: Sequence[KnownTemplate] = ()

    def seconds(self) -> float:
        """How long that takes."""
        questions = [(f"3HIT{number:026}", text) for number, text in enumerate(self.texts)]
        given = {f"3HIT{number:026}": row for number, row in enumerate(self.given)}
        return timed(lambda: recover(lambda: questions, self.known, given))


def hits(number: int) -> Case:
    """Many HITs of one page."""
    page = pieces(6_000, 12)
    return Case([filled(page, hit) for hit in range(number)])


def slots(number: int) -> Case:
    """A page with many slots."""
    page = pieces(60 * number, number)
    return Case([filled(page, hit) for hit in range(60)])


def named_slots(number: int) -> Case:
    """The same, with the values of each HIT."""
    rows = [{f"v{n}": sentence(hit, n) for n in range(number)} for hit in range(60)]
    return Case(slots(number).texts, rows)


def rows_of(page: int, number: int = 60) -> list[str]:
    """Rows that no other page has, though made of the same words."""
    return [
        f'<p id="p{page * 104729 + n}">{sentence(page * 31 + n, n)} {page * n}: '
        for n in range(number)
    ]


def pages(number: int) -> Case:
    """Many pages in one HIT type, five HITs of each."""
    made = [[HEAD, *rows_of(page), TAIL] for page in range(number)]
    return Case([filled(made[hit % number], hit) for hit in range(5 * number)])


def known_pages(number: int) -> Case:
    """Many pages of the requester's own, none of them the one that was asked."""
    known = [
        KnownTemplate(f"page {page}", "${v}".join(rows_of(page))) for page in range(1, number + 1)
    ]
    return Case(slots(60).texts, (), known)


def scaling() -> None:
    """Print each case's time, and that of one twice as large."""
    cases: list[tuple[Callable[[int], Case], int]] = [
        *((hits, 1_000), (slots, 600), (named_slots, 600), (pages, 16), (pages, 32)),
        (known_pages, 200),
    ]
    for case, number in cases:
        once, twice = case(number), case(2 * number)
        seconds, more = once.seconds(), twice.seconds()
        size = sum(map(len, twice.texts)) / sum(map(len, once.texts))
        what = f"{number} and {2 * number} {case.__name__.replace('_', ' ')}"
        print(f"{what:28} {seconds:8.2f} s {more:8.2f} s  {size:.1f} times the text")


def peak() -> float:
    """The most memory that the process has had so far, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def measure(questions: Callable[[], Iterator[tuple[str, str]]]) -> None:
    """Print what each step costs."""
    before = after = fitted = 0

    def digest() -> None:
        nonlocal before
        for _, text in questions():
            given = text.encode()
            before += len(given)
            hashlib.sha256(given).digest()

    seconds = timed(digest)
    print(f"read and digest  {seconds:8.2f} s  {peak():6.0f} MB  {before / 1e6:10.2f} MB of text")
    found = []
    seconds = timed(lambda: found.append(recover(questions)))
    (recovery,) = found
    slots = [len(template.names) for template in recovery.templates]
    print(f"recover          {seconds:8.2f} s  {peak():6.0f} MB  slots by template: {slots}")

    def fit() -> None:
        nonlocal after, fitted
        after = sum(len(template.to_json()) for template in recovery.templates)
        for _, text in questions():
            found = recovery.fit(text)
            fitted += found is not None
            kept = found.values if found else (text,)
            after += sum(len(value.encode()) for value in kept)

    seconds = timed(fit)
    print(f"fit and verify   {seconds:8.2f} s  {peak():6.0f} MB  {after / 1e6:10.2f} MB kept")
    print(f"{fitted} of {recovery.questions} are byte-exact; {before / after:.1f} times smaller")


if __name__ == "__main__":
    main()
