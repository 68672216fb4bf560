"""HITs that are ready to be shown, a few of them remembered."""

from __future__ import annotations

from functools import lru_cache, partial

from mturk_exodus.serve.host.catalogue import Place, Work, work_of
from mturk_exodus.serve.readers import Readers

_REMEMBERED = 1_024


class Works:
    """Finds what is to be shown of a HIT, in any thread.

    Args:
        readers: of the archive; started by whoever closes them.
        place: where it is shown from.
    """

    def __init__(self, readers: Readers, place: Place) -> None:
        self._readers = readers
        self._place = place
        self.find = lru_cache(_REMEMBERED)(self._find)

    def _find(self, hit_id: str) -> Work | None:
        return self._readers.wait(partial(work_of, hit_id=hit_id, place=self._place))
