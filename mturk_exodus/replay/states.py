"""What the ledger knows of a batch, and so what is to be done with each action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from functools import cached_property

from mturk_exodus.archive.ledger import Intention, Ledger, State
from mturk_exodus.replay.adapter import Making, Receipt
from mturk_exodus.replay.batches import Batch, Prepared


class Standing(Enum):
    """How an action stands before its batch is sent."""

    SAME = auto()
    KEPT = auto()
    """There, and already written down as such in this replay."""
    CHANGED = auto()
    MOVED = auto()
    NEW = auto()
    UNKNOWN = auto()


TO_MAKE = (Standing.NEW, Standing.UNKNOWN)


def intentions(
    actions: Iterable[Prepared], receipts: Mapping[str, Receipt] | None = None
) -> list[Intention]:
    """What the ledger is told before anything is asked; receipts of what is there already."""
    there = receipts or {}
    return [
        Intention(
            one.action.key,
            one.action.operation,
            one.payload_sha256,
            one.requires_sha256,
            one.action.requires,
            there[one.action.key].target_id if one.action.key in there else None,
        )
        for one in actions
    ]


def intended(ledger: Ledger, batch: Batch, began_at: int) -> States:
    """What the ledger knows of a batch. If it is plain, the ledger says now that it is intended."""
    states = States(ledger, batch, began_at)
    if states.is_plain:
        ledger.intend(intentions(batch))
    return states


class States:
    """What the ledger knows of a batch, and of what it requires.

    Args:
        ledger: of the target.
        batch: the actions.
        began_at: the number of the ledger's last entry when this replay began.
    """

    def __init__(self, ledger: Ledger, batch: Batch, began_at: int) -> None:
        self.batch = batch
        self._batch = {one.action.key: one for one in batch}
        self._began_at = began_at
        self._ledger = ledger
        required = {key for one in batch for key in one.action.requires}
        self._states = ledger.states(self._batch.keys() | required)
        self.receipts = {
            key: Receipt(key, state.made_id, state.was_there)
            for key, state in self._states.items()
            if state.made_id is not None and (state.is_there or state.event == "intended")
        }

    @cached_property
    def is_plain(self) -> bool:
        """Whether, as it was read, all of it is to be made, nothing is to be looked for before,
        and it is known what came of all that it requires.
        """
        standings = self.standings()
        return (
            all(one is Standing.NEW for one in standings.values())
            and not any(self.to_look_for(standings).values())
            and not any(
                state.event == "intended"
                for key, state in self._states.items()
                if key not in self._batch
            )
        )

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
            self.receipts.pop(key, None)
            self._states[key] = self._states[key]._replace(event="gone", made_id=None, made_at=0)

    def astray(self, one: Prepared) -> tuple[str, ...]:
        """What an action was to hang on when it was last intended, if that was something else than
        now and nobody knows whether it happened.
        """
        state = self._states.get(one.action.key)
        is_open = state is not None and state.event == "intended" and state.made_id is None
        if state is None or not is_open or state.requires_sha256 == one.requires_sha256:
            return ()
        return state.requires

    def refresh(self, keys: Iterable[str]) -> None:
        """The ledger has been told of these."""
        states = self._ledger.states(keys)
        self._states |= states
        for key, state in states.items():
            if state.made_id is not None and state.is_there:
                self.receipts[key] = Receipt(key, state.made_id, state.was_there)

    def is_intended(self, key: str) -> bool:
        """Whether the ledger's last word is that it is intended, to be made."""
        state = self._states.get(key)
        return state is not None and state.event == "intended" and state.made_id is None

    def is_as_sent(self, one: Prepared) -> bool:
        """Whether the ledger's last word is that just this is intended, to be made."""
        state = self._states.get(one.action.key)
        return (
            state is not None
            and state.event == "intended"
            and state.made_id is None
            and state.payload_sha256 == one.payload_sha256
            and state.requires_sha256 == one.requires_sha256
        )

    def is_ours(self, receipt: Receipt) -> bool:
        """Whether we made what was found: it was intended, or is what we made before."""
        state = self._states.get(receipt.key)
        if state is None:
            return False
        if state.made_id is not None:
            return state.made_id == receipt.target_id and not state.was_there
        return state.event == "intended"

    def was_made(self, key: str) -> bool:
        """Whether something is written down as made that is now looked for."""
        state = self._states.get(key)
        return state is not None and state.made_id is not None

    def makings(self, moved: Iterable[str]) -> list[Making]:
        """What was made of these, and of what requires them in the batch; the last first."""
        away = set(moved)
        found = []
        for key, one in self._batch.items():
            state = self._states.get(key)
            if key in away or away.intersection(one.action.requires):
                away.add(key)
                if state is not None and state.made_id is not None and not state.was_there:
                    found.append(Making(key, one.action.operation, state.made_id))
        return found[::-1]

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
        if state.made_id is None:
            return Standing.UNKNOWN
        if state.requires_sha256 != one.requires_sha256:
            return Standing.MOVED
        if state.event == "removing":
            return Standing.UNKNOWN
        if any(self._was_made_later(key, state, before) for key in one.action.requires):
            return Standing.UNKNOWN
        same = state.is_there and state.payload_sha256 == one.payload_sha256
        return Standing.SAME if same else Standing.CHANGED

    def _was_made_later(self, key: str, state: State, before: Mapping[str, Standing]) -> bool:
        """Whether what an action requires is another than when the action was done, or when it was
        decided that it stays where it is.
        """
        if before.get(key) in TO_MAKE:
            return True
        required = self._states.get(key)
        decided_at = state.entry if state.event == "kept" else state.made_at
        return required is not None and required.made_at > decided_at

    def to_look_for(self, standings: Mapping[str, Standing]) -> dict[str, bool]:
        """Which may be there although nobody has written it down.

        A copy of the archive may have made them, or this archive before a backup of it was put
        back. Only what requires something that this very replay has made cannot be there.
        """
        looked_for: dict[str, bool] = {}
        for key, one in self._batch.items():
            is_new = any(self._is_new(name, looked_for, standings) for name in one.action.requires)
            looked_for[key] = standings[key] is Standing.UNKNOWN or (
                standings[key] is Standing.NEW and not is_new
            )
        return looked_for

    def _is_new(
        self, key: str, looked_for: Mapping[str, bool], standings: Mapping[str, Standing]
    ) -> bool:
        """Whether this replay makes, or has made, what others require."""
        if standings.get(key) in TO_MAKE:
            return not looked_for[key]
        state = self._states.get(key)
        return state is not None and state.made_at > self._began_at and not state.was_there
