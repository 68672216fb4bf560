"""What the ledger knows of a batch, and so what is to be done with each action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, auto

from mturk_exodus.archive.ledger import Ledger, State
from mturk_exodus.replay.adapter import Receipt
from mturk_exodus.replay.batches import Batch, Prepared


class Standing(Enum):
    """How an action stands before its batch is sent."""

    SAME = auto()
    CHANGED = auto()
    NEW = auto()
    UNKNOWN = auto()


class States:
    """What the ledger knows of a batch, and of what it requires."""

    def __init__(self, ledger: Ledger, batch: Batch) -> None:
        self._batch = {one.action.key: one for one in batch}
        required = {key for one in batch for key in one.action.requires}
        self._states = ledger.states(self._batch.keys() | required)
        self.receipts = {
            key: Receipt(key, state.made_id, state.was_there)
            for key, state in self._states.items()
            if state.made_id is not None and (state.is_there or state.event == "intended")
        }

    def roots(self) -> list[Prepared]:
        """Those that require nothing and are there."""
        return [
            one
            for key, one in self._batch.items()
            if not one.action.requires and key in self.receipts
        ]

    def forget(self, keys: Iterable[str]) -> None:
        """These are gone."""
        for key in keys:
            del self.receipts[key]
            self._states[key] = self._states[key]._replace(event="gone", made_id=None)

    def is_intended(self, key: str) -> bool:
        """Whether the ledger's last word is that it is intended."""
        state = self._states.get(key)
        return state is not None and state.event == "intended"

    def is_unheard_of(self, key: str) -> bool:
        """Whether we never tried to make it."""
        return key not in self._states

    def standings(self) -> dict[str, Standing]:
        """How each action of the batch stands."""
        standings: dict[str, Standing] = {}
        for key, one in self._batch.items():
            standings[key] = self._standing(one, standings)
        return standings

    def _standing(self, one: Prepared, before: Mapping[str, Standing]) -> Standing:
        state = self._states.get(one.action.key)
        if state is None or state.event in ("failed", "gone", "removed"):
            return Standing.NEW
        if state.made_id is None and not state.is_there:
            return Standing.UNKNOWN
        if any(self._was_made_later(key, state, before) for key in one.action.requires):
            return Standing.UNKNOWN
        same = state.is_there and state.payload_sha256 == one.payload_sha256
        return Standing.SAME if same else Standing.CHANGED

    def _was_made_later(self, key: str, state: State, before: Mapping[str, Standing]) -> bool:
        """Whether what an action requires is another than when the action was done."""
        if before.get(key) in (Standing.NEW, Standing.UNKNOWN):
            return True
        required = self._states.get(key)
        return required is not None and required.made_at > state.made_at

    def to_look_for(self, standings: Mapping[str, Standing]) -> dict[str, bool]:
        """Which may be there although nobody has written it down.

        What requires nothing is always looked for, so that a copy of the archive, or one whose
        ledger is lost, does not make everything twice.
        """
        looked_for: dict[str, bool] = {}
        for key, one in self._batch.items():
            looked_for[key] = (
                standings[key] is Standing.UNKNOWN
                or not one.action.requires
                or any(self._was_found(name, looked_for) for name in one.action.requires)
            )
        return looked_for

    def _was_found(self, key: str, looked_for: Mapping[str, bool]) -> bool:
        receipt = self.receipts.get(key)
        return receipt.found if receipt is not None else looked_for.get(key, False)
