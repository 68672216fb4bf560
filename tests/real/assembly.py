"""One account put together from many files, and a record of what came from which."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from mturk_exodus.demo.account import Account, WireRecord

_CHECKOUT = Path(__file__).resolve().parents[2]
_MTURK_ID = re.compile(r"[A-Z0-9]{20,40}")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_REVIEWED = ("Approved", "Rejected")


def folder() -> Path:
    """Where the files lie; it need not exist."""
    named = os.environ.get("EXODUS_FIXTURES")
    return Path(named) if named else _CHECKOUT.parent / "shared" / "fixtures" / "mturk"


class Assembly:
    """An account while it grows.

    Attributes:
        account: what has been put together so far.
        made: by file, how many records of each kind came out of it.
        left_out: by file, why nothing came out of it.
        hits_of: by file, the ids of its HITs.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.account = Account()
        self.made: dict[str, Counter[str]] = defaultdict(Counter)
        self.left_out: dict[str, str] = {}
        self.hits_of: dict[str, list[str]] = defaultdict(list)
        self._owners: dict[tuple[str, str], str] = {}

    def files(self, *kinds: str) -> list[str]:
        """The files of these folders, each as `folder/name`."""
        found = (path for kind in kinds for path in sorted((self.root / kind).iterdir()))
        return [path.relative_to(self.root).as_posix() for path in found]

    def text(self, file: str) -> str:
        """A file's text, line ends and byte order mark as they are."""
        return (self.root / file).read_bytes().decode("utf-8")

    def id_of(self, kind: str, file: str, given: str) -> str:
        """The id that a file gives, or one made from it.

        Short ids are not MTurk's, and one that another file has used already belongs to that
        one: several files hold the same batch, or the same HIT at different times.
        """
        if _MTURK_ID.fullmatch(given) and self._owners.setdefault((kind, given), file) == file:
            return given
        return invented_id(kind, file, given)

    def add_hit(self, file: str, hit: WireRecord, assignments: list[WireRecord]) -> None:
        """Add a HIT with its assignments. Counters that it has not are those that agree."""
        _complete(hit, assignments)
        hit_id = hit["HITId"]
        if hit_id in self.account.hits:
            raise ValueError(f"{file}: two HITs {hit_id}")
        self.account.hits[hit_id] = hit
        self.hits_of[file].append(hit_id)
        self.made[file]["HITs"] += 1
        if assignments:
            self.account.assignments[hit_id] = assignments
            self.made[file]["assignments"] += len(assignments)

    def total(self) -> Counter[str]:
        """How many records of each kind there are."""
        return sum(self.made.values(), Counter())


def invented_id(*names: str) -> str:
    """An id of 30 characters that depends on nothing but `names`."""
    return "3" + _letters("\n".join(names), 29)


def invented_worker(file: str, number: int) -> str:
    """A worker for a file that tells none: the n-th of every HIT is the same person."""
    return "A" + _letters(f"{file}\nworker {number}", 13)


def _letters(seed: str, count: int) -> str:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    return "".join(_ALPHABET[number // 36**place % 36] for place in range(count))


def _complete(hit: WireRecord, assignments: list[WireRecord]) -> None:
    """What MTurk always gives and a file may not have."""
    hit.setdefault("HITTypeId", invented_id("HIT type", hit["HITId"]))
    hit.setdefault("HITStatus", "Reviewable")
    hit.setdefault("MaxAssignments", max(len(assignments), 1))
    hit.setdefault("NumberOfAssignmentsPending", 0)
    left = hit["MaxAssignments"] - hit["NumberOfAssignmentsPending"] - len(assignments)
    hit.setdefault("NumberOfAssignmentsAvailable", left)
    for each in assignments:
        each["HITId"] = hit["HITId"]
        each.setdefault("AssignmentStatus", "Submitted")
    reviewed = sum(each["AssignmentStatus"] in _REVIEWED for each in assignments)
    hit.setdefault("NumberOfAssignmentsCompleted", reviewed)


def some(files: Sequence[Path]) -> Sequence[Path]:
    """Every third, for a browser takes long; all where EXODUS_ALL says that there is time."""
    return files if os.environ.get("EXODUS_ALL") else files[::3]
