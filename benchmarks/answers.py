"""How fast the rows of answers are made, and in how much memory."""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from mturk_exodus.archive import Archive, answer_table
from mturk_exodus.questions.answering.answers import build

PER_HIT = 3
WORDS = ("worker", "reads", "label", "picture", "of", "street", "with", "tram", "and", "rain")
FIELDS = 6


def main() -> None:
    """Fill an archive, make the rows, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assignments", type=int, default=100_000)
    parser.add_argument("--question-kb", type=int, default=10)
    parser.add_argument("--check", action="store_true", help="hold the rows against the answers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder) / "mturk.db", options)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak {peak:,.0f} MB")


def _measure(path: Path, options: argparse.Namespace) -> None:
    with Archive.create(path) as archive:
        fill(archive, options.assignments, options.question_kb)
        before, began = _size(archive), time.perf_counter()
        made = answer_table.rebuild(archive)
        seconds = time.perf_counter() - began
        size = (_size(archive) - before) / 2**20
        print(f"{made.assignments:,} assignments, {made.rows:,} rows in {seconds:.1f} s")
        print(
            f"{made.assignments / seconds:,.0f} assignments/s, {made.rows / seconds:,.0f} rows/s,"
        )
        print(f"{size:,.0f} MB of table")
        began = time.perf_counter()
        again = answer_table.update(archive)
        print(f"nothing to do ({again.assignments}): {time.perf_counter() - began:.2f} s")
        if options.check:
            began = time.perf_counter()
            wrong = sum(1 for _ in answer_table.check(archive))
            print(f"check: {wrong} wrong, {time.perf_counter() - began:.1f} s")


def fill(archive: Archive, assignments: int, kilobytes: int) -> None:
    """HITs of three assignments each: forms of boxes and texts, and Crowd HTML Elements."""
    chance = random.Random(7)  # noqa: S311 - the same archive every time
    page = _page(kilobytes)
    with archive.transaction():
        archive.connection.execute(
            "insert into runs (run_id, pass_id, source, arguments, program_version, started_at)"
            " values (1, 1, 'requester_api', '{}', '0', '2026-01-01T00:00:00.000Z')"
        )
        archive.connection.executemany(
            "insert into hits (hit_id, question, raw, raw_sha256, first_run_id, last_run_id)"
            " values (?, ?, '{}', '', 1, 1)",
            ((f"3H{n:028}", page.format(n)) for n in range(-(-assignments // PER_HIT))),
        )
        archive.connection.executemany(
            "insert into assignments (assignment_id, hit_id, answer, raw, raw_sha256,"
            " first_run_id, last_run_id) values (?, ?, ?, '{}', '', 1, 1)",
            _assignments(chance, assignments),
        )


def _assignments(chance: random.Random, count: int) -> Iterator[tuple[str, str, str]]:
    for number in range(count):
        answer = _crowd(chance) if chance.random() < 1 / 4 else _html(chance)
        key = f"3{chance.getrandbits(140):036X}"[:30]
        yield f"{key}{number:07}", f"3H{number // PER_HIT:028}", answer


def _page(kilobytes: int) -> str:
    boxes = "".join(f'<input type="checkbox" name="kinds" value="{word}">{word}' for word in WORDS)
    texts = "".join(f'<textarea name="text_{n}"></textarea>' for n in range(FIELDS))
    shown = f"<p>{' '.join(WORDS)}</p>" * (kilobytes * 1024 // 75)
    return (
        "<HTMLQuestion><HTMLContent><![CDATA[<!DOCTYPE html><html><body><h1>HIT {}</h1><form>"
        f"{boxes}{texts}{shown}</form></body></html>]]></HTMLContent></HTMLQuestion>"
    )


def _html(chance: random.Random) -> str:
    given = [(f"text_{n}", " ".join(chance.choices(WORDS, k=8))) for n in range(FIELDS)]
    if chance.random() < 1 / 5:
        given.append(("kinds", "|".join(chance.sample(WORDS, 3))))
    return build(given)


def _crowd(chance: random.Random) -> str:
    boxes = [
        {"height": chance.randrange(99), "label": "tram", "left": 1, "top": 2, "width": 3}
        for _ in range(4)
    ]
    size = {"height": 480, "width": 640}
    said = {"boxes": {"boundingBoxes": boxes, "inputImageProperties": size}, "ok": {"on": True}}
    return build([("taskAnswers", json.dumps([said]))])


def _size(archive: Archive) -> int:
    ((pages,),) = archive.connection.execute("pragma page_count").fetchall()
    ((size,),) = archive.connection.execute("pragma page_size").fetchall()
    return int(pages) * int(size)


if __name__ == "__main__":
    main()
