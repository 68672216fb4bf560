"""Lets people into groups, and is killed: `python -m ... ARCHIVE URL KNOWN CALL before|after`."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mturk_exodus.archive import Archive
from mturk_exodus.replay import http
from mturk_exodus.replay.enrolling import enrol, enrolment
from mturk_exodus_prolific import ProlificAdapter
from tests.fakes.prolific import TOKEN

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Killed(ProlificAdapter):
    """Is killed before or after one of the times that it lets people in."""

    call = 0
    when = ""

    def enrol(self, group_id: str, participant_ids: Sequence[str], /) -> Collection[str]:
        """As ProlificAdapter, to some point."""
        self.call -= 1
        if not self.call and self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        there = super().enrol(group_id, participant_ids)
        if not self.call:
            os.kill(os.getpid(), signal.SIGKILL)
        return there


def main(path: str, url: str, known: str, call: str, when: str) -> None:
    """Let in those who are known, a file of participants by workers."""
    Killed.call, Killed.when = int(call), when
    people = json.loads(Path(known).read_text(encoding="utf-8"))
    with http.client() as client, Archive.open(Path(path), read_only=True) as archive:
        adapter = Killed({"url": url, "token": TOKEN}, client)
        enrol(adapter, enrolment(archive, adapter, people), lambda _: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
