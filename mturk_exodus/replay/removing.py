"""Removes what was made, with the ledger knowing of it before and after."""

from __future__ import annotations

from collections.abc import Sequence

from mturk_exodus import errors
from mturk_exodus.archive.ledger import Ledger, Result
from mturk_exodus.replay.adapter import Adapter, Kept, Making, Receipt
from mturk_exodus.replay.sending import ROUNDS, Sleep, silence


def remove(
    adapter: Adapter, ledger: Ledger, makings: Sequence[Making], sleep: Sleep
) -> list[Receipt | Kept]:
    """Remove these; what is kept stays in the ledger as something that may be gone.

    Raises:
        TargetError: as Adapter.remove.
        AdapterBroken: the adapter says nothing of some of them.
    """
    ledger.settle(Result(one.key, "removing", one.target_id) for one in makings)
    left, settled = list(makings), list[Receipt | Kept]()
    for attempt in range(ROUNDS):
        results: list[Receipt | Kept] = []
        try:
            results.extend(adapter.remove(left))
        except errors.OutcomeUnknown:
            if attempt + 1 == ROUNDS:
                raise
            sleep(2.0**attempt)
        finally:
            gone = [one for one in results if isinstance(one, Receipt)]
            ledger.settle(Result(one.key, "removed") for one in gone)
        settled += results
        known = {one.key for one in results}
        left = [one for one in left if one.key not in known]
        if not left:
            return settled
    raise silence(adapter, left[0].operation)
