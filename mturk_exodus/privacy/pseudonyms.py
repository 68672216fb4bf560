"""Pseudonyms: keyed digests that look like worker ids, so that whatever reads ids reads them."""

from __future__ import annotations

import hashlib
import hmac
import re
import string
from collections.abc import Mapping

from mturk_exodus.errors import IdsRemain
from mturk_exodus.privacy.turkle_names import numbered

ALPHABET = string.ascii_uppercase + string.digits
IS_WORKER_ID = re.compile(r"A[A-Z0-9]{9,20}", re.ASCII).fullmatch
"""What MTurk's ids look like: 10 to 21 capital letters and digits, of which the first is an A.
Those in published batches have 12 to 15."""

_LENGTH = 14


class Pseudonyms:
    """By worker id, its pseudonym; worked out when it is first asked for.

    An id of MTurk's shape gets one of its own length, so that what counts bytes (Base64, a file's
    offsets) stays true. With n workers the chance that two of them would share one is below
    n * n / (2 * 36 ** 12) for ids of 13 letters: 1 in 9 million for a million workers.

    Args:
        key: 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._made: dict[str, str] = {}
        self._meant: dict[str, str] = {}

    @property
    def made(self) -> Mapping[str, str]:
        """Those that were asked for."""
        return self._made

    def of(self, worker_id: str) -> str:
        """The pseudonym of a worker.

        Raises:
            IdsRemain: another worker has it, or it is another worker's id.
        """
        found = self._made.get(worker_id)
        if found is None:
            found = self._made[worker_id] = self._new(worker_id)
        return found

    def tag(self, kind: str, text: str) -> str:
        """What stands for a text that is scrubbed: the kind, and ten letters of its digest."""
        return f"{kind}{self._letters(f'{kind} {text}', 10)}"

    def check(self) -> None:
        """See that no pseudonym is anybody's id.

        Raises:
            IdsRemain: one is.
        """
        if not self._made.keys().isdisjoint(self._meant):
            raise _taken()

    def _new(self, worker_id: str) -> str:
        # Turkle's number of a worker counts within its batch, which stays in front of it.
        before, _ = numbered(worker_id) or ("", worker_id)
        length = len(worker_id) if IS_WORKER_ID(worker_id) else _LENGTH
        letters = "A" + self._letters(f"worker {worker_id}", length - 1)
        pseudonym = f"{before}{letters}"
        if self._meant.setdefault(pseudonym, worker_id) != worker_id:
            raise _taken()
        return pseudonym

    def _letters(self, text: str, length: int) -> str:
        digest = hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256)
        number, letters = int.from_bytes(digest, "big"), []
        for _ in range(length):
            number, place = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[place])
        return "".join(letters)


def _taken() -> IdsRemain:
    return IdsRemain(
        "two workers would have one pseudonym; take another --key, nothing was written"
    )
