"""How long it takes to recover a template, and how much smaller the questions get.

Pages of an invented task are filled in as they are read, so that reading costs what a table of an
archive would, and no list of them is held. Beside it, from the same run, what reading and
digesting all of them costs: the least that anything which verifies them must do.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from mturk_exodus.questions.templates.recovery import recover

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
    each = (size - len(HEAD) - len(TAIL)) // (variables + 1) - 40
    rows = []
    for number in range(variables + 1):
        lines = [
            f'<div class="row-{number}" data-line="{line}">Read on.</div>' for line in range(99)
        ]
        rows.append("\r\n".join(lines)[:each] + f'<p id="v{number}" title="')
    return [HEAD + rows[0], *(f'">Look.</p>{row}' for row in rows[1:-1]), f'">Look.</p>{TAIL}']


def fill(path: Path, hits: int, size: int, variables: int) -> None:
    """A table of questions, as an archive has it."""
    page = pieces(size, variables)

    def rows() -> Iterator[tuple[str, str]]:
        for number in range(hits):
            text = page[0]
            for variable, piece in enumerate(page[1:]):
                text += sentence(number, variable) + piece
            yield f"3HIT{number:026}", text

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table hits (hit_id text primary key, question text)")
        connection.executemany("insert into hits values (?, ?)", rows())


def timed(what: Callable[[], None]) -> float:
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
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "questions.sqlite"
        fill(path, args.hits, args.size, args.variables)
        with closing(sqlite3.connect(path)) as connection:
            measure(lambda: connection.execute("select hit_id, question from hits order by rowid"))


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
