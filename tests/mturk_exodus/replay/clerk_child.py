"""A process that replays to a shelf in a file, to be killed.

python clerk_child.py ARCHIVE TARGET
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mturk_exodus.archive import Archive
from mturk_exodus.replay.replaying import replay
from tests.mturk_exodus.replay.shelf import Shelf, ShelfAdapter, plan

if TYPE_CHECKING:
    from mturk_exodus.replay.adapter import Action


class FileShelf(Shelf):
    """A shelf that outlives the process: a line for each thing that was put on it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        for line in path.read_text().splitlines() if path.exists() else ():
            number, thing = json.loads(line)
            self.things[number] = thing
            self.number = int(number)
        self.file = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)

    def put(self, action: Action, inside: str | None) -> str:
        """Make a thing; its number."""
        number = super().put(action, inside)
        os.write(self.file, json.dumps([number, self.things[number]]).encode() + b"\n")
        return number


def main(path: str, target: str) -> None:
    """Replay until killed."""
    shelf = FileShelf(Path(target))
    shelf.before = lambda _key: time.sleep(0.0005)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    with Archive.open(Path(path)) as archive, archive.writing():
        replay(archive, ShelfAdapter(shelf, plan(boxes=2, things=60, parts=1)))


if __name__ == "__main__":
    main(*sys.argv[1:])
