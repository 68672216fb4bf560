"""A process that submits, to be killed: it says the id of each answer that it was told is stored.

python submitting_child.py PLACE ROUND
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from mturk_exodus.serve.host.desk import Assignment, Desk, Stored, Visit
from tests.mturk_exodus.serve.host.desk.support import NOON

THREADS = 4


def document_of(assignment_id: str) -> str:
    """What is answered."""
    return f"<QuestionFormAnswers>{assignment_id}</QuestionFormAnswers>"


def _work(desk: Desk, name: str, said: threading.Lock) -> None:
    number = 0
    while True:
        number += 1
        given = desk.accept(Visit(worker_id=f"{name}-{number}"), ["H1"], NOON)
        if not isinstance(given, Assignment):
            return
        document = document_of(given.assignment_id)
        got = desk.submit(given.assignment_id, given.worker_id, document, NOON)
        assert isinstance(got, Stored)
        with said:
            sys.stdout.write(f"{given.assignment_id}\n")
            sys.stdout.flush()


def main(place: str, name: str) -> None:
    """Submit until killed."""
    said = threading.Lock()
    with Desk.open(place if "://" in place else Path(place)) as desk:
        threads = [
            threading.Thread(target=_work, args=(desk, f"{name}-{number}", said))
            for number in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
