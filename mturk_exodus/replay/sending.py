"""Sends actions until each has a receipt or a reason, however the target answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from mturk_exodus import errors
from mturk_exodus.replay.adapter import Action, Adapter, Receipt
from mturk_exodus.replay.outcome import Ledgered

ROUNDS = 5
"""How often something is tried of which nobody knows whether it happened."""

_LONGEST_PAUSE = 30.0

Sleep = Callable[[float], None]


class Sending:
    """Makes actions happen.

    Args:
        adapter: of the target.
        receipts: of what has happened; those that come are added.
        book: is told of everything.
        sleep: seconds between two looks for an unknown outcome.
    """

    def __init__(
        self, adapter: Adapter, receipts: dict[str, Receipt], book: Ledgered, sleep: Sleep
    ) -> None:
        self._adapter = adapter
        self._receipts = receipts
        self._book = book
        self._sleep = sleep

    def make(self, actions: Sequence[Action]) -> None:
        """Make these happen, the rest of them even if some are refused.

        Raises:
            OutcomeUnknown: what became of some cannot be found out.
            TargetUnavailable, TargetRefused, TargetNotUnderstood: nothing more can be sent.
            AdapterBroken: the adapter has no receipt for an action, and no error either.
        """
        left = self._without_orphans(actions)
        for attempt in range(ROUNDS):
            try:
                self._apply(left)
            except errors.TargetRejected as error:
                self._book.at_once()
                self._divide(self._without_receipt(left), error)
                return
            except errors.OutcomeUnknown as error:
                self._book.at_once()
                unknown = error
            else:
                return
            self._sleep(min(2.0**attempt, _LONGEST_PAUSE))
            self._find(self._without_receipt(left))
            left = self._without_receipt(left)
            if not left:
                return
        raise type(unknown)(f"{unknown}; run the command again, which looks for it first")

    def _find(self, actions: Sequence[Action]) -> None:
        """Look which of these have happened."""
        if actions:
            found = self._adapter.find(actions, self._receipts)
            self._book.found([found[one.key] for one in actions if one.key in found])
            self._receipts.update((key, one) for key, one in found.items())

    def _apply(self, actions: Sequence[Action]) -> None:
        if not actions:
            return
        receipts: list[Receipt] = []
        try:
            receipts.extend(self._adapter.apply(actions, self._receipts))
        finally:
            self._take(receipts, actions)
        if missing := self._without_receipt(actions):
            raise silence(self._adapter, f"{missing[0].operation} and {len(missing) - 1} more")

    def _take(self, receipts: Sequence[Receipt], asked: Sequence[Action]) -> None:
        keys = {one.key for one in asked}
        asked_for = {one.key: one for one in receipts if one.key in keys}
        self._receipts.update(asked_for)
        self._book.done(asked_for.values())
        if len(asked_for) < len(receipts):
            raise errors.AdapterBroken(
                f"adapter '{self._adapter.name}' tells of what it was not asked, or twice;"
                " tell its authors"
            )

    def _without_receipt(self, actions: Iterable[Action]) -> list[Action]:
        return [one for one in actions if one.key not in self._receipts]

    def _without_orphans(self, actions: Sequence[Action]) -> list[Action]:
        """Those whose requirements have happened, or are among them."""
        able: dict[str, Action] = {}
        orphans = []
        for one in actions:
            if all(key in self._receipts or key in able for key in one.requires):
                able[one.key] = one
            else:
                orphans.append(one)
        self._book.skipped(orphans)
        return list(able.values())

    def _divide(self, actions: Sequence[Action], error: errors.TargetRejected) -> None:
        """Find out which of them was refused."""
        if len(actions) == 1 or error.is_for_all:
            self._book.failed(actions, str(error))
            return
        for part in _parts(actions):
            self.make(part)


def silence(adapter: Adapter, what: str) -> errors.AdapterBroken:
    """The error of an adapter that tells nothing of what it was asked for."""
    return errors.AdapterBroken(
        f"adapter '{adapter.name}' says nothing of {what}; tell its authors"
    )


def _parts(actions: Sequence[Action]) -> list[Sequence[Action]]:
    """Halves, between which nothing is torn apart; single actions if that is impossible."""
    groups = _groups(actions)
    if len(groups) == 1:
        return [[one] for one in actions]
    middle = len(groups) // 2
    return [[one for group in half for one in group] for half in (groups[:middle], groups[middle:])]


def _groups(actions: Sequence[Action]) -> list[list[Action]]:
    """Actions with those that they require, in the order of the plan."""
    group_of: dict[str, list[Action]] = {}
    for one in actions:
        required = [group_of[key] for key in one.requires if key in group_of]
        group = [member for found in _each_once(required) for member in found]
        group.append(one)
        group_of.update((member.key, group) for member in group)
    return _each_once(group_of.values())


def _each_once(groups: Iterable[list[Action]]) -> list[list[Action]]:
    return list({id(group): group for group in groups}.values())
