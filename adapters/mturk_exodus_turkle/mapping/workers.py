"""What workers are called at Turkle."""

from __future__ import annotations

import re

from mturk_exodus.replay.adapter import RecordReader

_IS_NAME = re.compile(r"A[A-Z0-9]{8,149}|(?=.*[0-9])[A-Za-z0-9_]{1,150}").fullmatch
"""Turkle takes more, but finds none of it (`/api/users/username/`). An id from somebody's file that
is `admin` is not to be he: it is like MTurk's, or has a digit. Who is called like an administrator
all the same is refused there.
"""


_HOME = "turkle-"


def came_home(worker_id: str) -> bool:
    """Whether an archive has a worker from Turkle's results."""
    return worker_id.startswith(_HOME)


class Workers:
    """Pseudonyms, or the workers' own ids.

    Args:
        archive: knows the pseudonyms.
        plain: whether the ids are wanted.
    """

    def __init__(self, archive: RecordReader, plain: bool) -> None:
        self._archive = archive
        self._plain = plain
        self._pseudonyms: dict[str, str] = {}

    def pseudonym(self, worker_id: str) -> str:
        """16 letters and digits."""
        found = self._pseudonyms.get(worker_id)
        if found is None:
            found = self._pseudonyms[worker_id] = self._archive.pseudonym(worker_id)
        return found

    def key(self, worker_id: str) -> str:
        """The key of the action that makes the user."""
        return f"user:{self.pseudonym(worker_id)}"

    def name(self, worker_id: str) -> str:
        """The name of the user."""
        if self._plain and _IS_NAME(worker_id):
            return worker_id
        return self.pseudonym(worker_id)

    def at_home(self, worker_id: str) -> str:
        """What an archive calls a worker's user at Turkle, from whose results nobody can tell who
        it is.
        """
        return f"{_HOME}{self.pseudonym(worker_id)}"

    def is_odd(self, worker_id: str) -> bool:
        """Whether the id was wanted, and cannot be the name."""
        return self._plain and _IS_NAME(worker_id) is None
