"""Mutated answers, by the hundred thousand: no crash, no hang, no growing memory."""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from mturk_exodus.questions.answering.answer_rows import rows
from mturk_exodus.questions.answering.answers import Answer, UnreadableAnswer, build, read, write
from mturk_exodus.questions.form import Choice, Field, Form

BOXES = {"boundingBoxes": [{"left": 1, "label": "a|b"}], "inputImageProperties": {"height": 1}}
CROWD = [{"e": BOXES, "on": {"on": True, "off": False}, "t": "x\ud83d|y", "n": 1.5, "l": [1, "b"]}]
SEEDS = (
    build([("q", "a|b"), ("e.on", "true"), ("e.boundingBoxes", json.dumps([{"left": 1}]))]),
    build([("taskAnswers", json.dumps(CROWD))]),
    build([("taskAnswers", str(CROWD))]),
    write([Answer("q", None, ("a", "b"), "mine"), Answer("f", None, (), None, "k", 42)]),
    build([("q", "caf\u00e9 & <b>x</b>\r\n"), ("r", "\U0001f600")]),
)
PIECES = (
    *("&", "<", ">", "|", "'", '"', "\\", "[", "]", "{", "}", "\0", "\ud83d", "\u00e9", "]]>"),
    *("&amp;", "&#xD83D;", "&#56832;", "&nbsp;", "<![CDATA[", "]]>", "<!--", "<?xml", "<!DOCTYPE"),
    *("<Answer>", "</Answer>", "<FreeText>", "</FreeText>", "<FreeText/>", "9" * 500, "[" * 2000),
    *("<QuestionIdentifier>q</QuestionIdentifier>", "</QuestionFormAnswers>", "True", "1e999"),
)
FORM = Form(
    kind="html",
    fields=(
        Field(
            name="q",
            kind="multiple_choice",
            element="input",
            choices=tuple(map(Choice, ("a", "b", "a|b", ""))),
        ),
        Field(name="e", kind="image_box", element="crowd-bounding-box"),
    ),
)
DOUBTS = {"dotted": ["e.on", "e.boundingBoxes"], "joined": ["q"]}
SLOW_SECONDS = 1.0


def main() -> None:
    """Mutate, read, count; exit with 1 if something else than `unreadable` happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=Path, help="a folder of documents to begin with as well")
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - the same mutations every time
    seeds = [*SEEDS, *_documents(options.files)]
    counts: Counter[str] = Counter()
    slowest, settled = 0.0, 0
    for number in range(options.count):
        began = time.perf_counter()
        counts[outcome(_mutated(chance, chance.choice(seeds)))] += 1
        slowest = max(slowest, time.perf_counter() - began)
        if number == options.count // 5:
            settled = _peak()
    print(dict(counts), f"slowest {slowest * 1000:.0f} ms,", end=" ")
    print(f"peak {_peak():,} MB, {_peak() - settled} MB of it in the last four fifths")
    sys.exit(slowest > SLOW_SECONDS or any(name.startswith("wrong") for name in counts))


def outcome(document: str) -> str:
    """What becomes of a document."""
    try:
        made = rows(document, FORM, DOUBTS)
        for row in made:
            (row.field + (row.value or "")).encode()
        if len({(row.field, row.position) for row in made}) != len(made):
            return "wrong: a position twice"
        answers = read(document)
        return "read" if read(write(answers)) == answers else "wrong: written otherwise"
    except UnreadableAnswer:
        return "unreadable"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        return f"wrong: {error!r} of {document!r}"


def _documents(folder: Path | None) -> list[str]:
    paths = sorted(folder.glob("*.xml")) if folder else []
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in paths)
    return [text for text in texts if "<QuestionFormAnswers" in text[:200]]


def _mutated(chance: random.Random, document: str) -> str:
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(document) + 1)
        end = min(len(document), at + chance.randrange(12))
        change = chance.randrange(4)
        if change == 0:
            document = document[:at] + chance.choice(PIECES) + document[at:]
        elif change == 1:
            document = document[:at] + document[end:]
        elif change == 2:  # noqa: PLR2004 - one of four
            document = document[:end] + document[at:]
        else:
            document = document[:at] + chance.choice(PIECES) + document[end:]
    return document


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
