"""Pays a bonus, and is killed: `python -m ... ARCHIVE URL STUDY SUBMISSION before|after`."""

from __future__ import annotations

import os
import signal
import sys
from decimal import Decimal
from pathlib import Path

from mturk_exodus.archive import Archive
from mturk_exodus.archive.payments import Payments
from mturk_exodus.replay import http
from mturk_exodus.replay.bonus_file import Wanted
from mturk_exodus.replay.bonuses import prepare
from mturk_exodus.replay.offered import noted
from mturk_exodus.replay.paying import Cashier
from mturk_exodus_prolific import ProlificAdapter
from tests.fakes.prolific import TOKEN


class Killed(ProlificAdapter):
    """Is killed before or after it has told Prolific to pay."""

    when = ""

    def pay(self, set_up_id: str, /) -> None:
        """As ProlificAdapter, to some point."""
        if self.when == "after":
            super().pay(set_up_id)
        os.kill(os.getpid(), signal.SIGKILL)


def main(path: str, url: str, study_id: str, submission_id: str, when: str) -> None:
    """Pay one bonus of 1.50."""
    Killed.when = when
    wanted = [Wanted(1, submission_id, Decimal("1.50"), "well done")]
    with http.client() as client, Archive.open(Path(path)) as archive, archive.writing():
        adapter = Killed({"url": url, "token": TOKEN}, client)
        with noted(archive, adapter, "bonus", {}) as replay:
            book = Payments(archive, replay)
            (ready,) = prepare(archive, adapter, book, study_id, wanted, again=False).ready
            Cashier(adapter, book).pay(study_id, ready)


if __name__ == "__main__":
    main(*sys.argv[1:])
