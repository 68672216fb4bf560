"""Carries a plan out, exactly once.

Before anything is sent the ledger says that it is intended; when the answer is there, what came of
it. What the ledger cannot tell is looked for at the target before it is sent again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from mturk_exodus import errors
from mturk_exodus.archive.ledger import Intention, Ledger, Result
from mturk_exodus.replay.adapter import Action, Adapter, Kept, Receipt
from mturk_exodus.replay.batches import Batch, Prepared
from mturk_exodus.replay.outcome import LONGEST_REASON, Ledgered, Outcome
from mturk_exodus.replay.sending import ROUNDS, Refusals, Sending, Sleep
from mturk_exodus.replay.states import Standing, States


class Engine:
    """Sends batches to a target.

    Args:
        adapter: of the target.
        ledger: of the target.
        sleep: seconds between two looks for an unknown outcome.
    """

    def __init__(self, adapter: Adapter, ledger: Ledger, sleep: Sleep = time.sleep) -> None:
        self._adapter = adapter
        self._ledger = ledger
        self._sleep = sleep
        self._refusals = Refusals()
        self.outcome = Outcome()

    def carry_out(self, batch: Batch) -> None:
        """Make a batch so.

        Raises:
            TargetUnavailable: the target answers no more. What was done is in the ledger.
            TargetRefused: it lets us in no more.
            TargetNotUnderstood: its answers make no sense.
            OutcomeUnknown: what happened cannot be found out now.
            AdapterBroken: the adapter does not keep the contract.
        """
        states = States(self._ledger, batch)
        self._look_after_roots(states)
        standings = states.standings()
        looked_for = states.to_look_for(standings)
        to_make = [
            one for one in batch if standings[one.action.key] in (Standing.NEW, Standing.UNKNOWN)
        ]
        changed = [one for one in batch if standings[one.action.key] is Standing.CHANGED]
        self.outcome.same += len(batch) - len(to_make) - len(changed)
        self._make(to_make, looked_for, states)
        self._revise(changed, states)

    def _look_after_roots(self, states: States) -> None:
        """What requires nothing else may have been removed at the target by hand, and with it all
        that is in it. Then it is made again.
        """
        roots = states.roots()
        if roots:
            there = self._adapter.find([one.action for one in roots], states.receipts)
            gone = [one.action.key for one in roots if one.action.key not in there]
            self._ledger.settle(Result(key, "gone") for key in gone)
            states.forget(gone)

    def _make(
        self, to_make: Sequence[Prepared], looked_for: Mapping[str, bool], states: States
    ) -> None:
        if not to_make:
            return
        # Whatever is found or made has been intended: the ledger takes nothing else.
        self._ledger.intend(
            Intention(one.action.key, one.action.operation, one.payload_sha256)
            for one in to_make
            if not states.is_intended(one.action.key)
        )
        for one in to_make:
            states.receipts.pop(one.action.key, None)
        book = Ledgered(self._ledger, self.outcome)
        sending = Sending(self._adapter, states.receipts, book, self._refusals, self._sleep)
        sought = [one.action for one in to_make if looked_for[one.action.key]]
        if sought:
            book.finding = {one.key for one in sought if states.is_unheard_of(one.key)}
            sending.find(sought)
            book.finding = set()
        sending.make([one.action for one in to_make if one.action.key not in states.receipts])

    def _revise(self, changed: Sequence[Prepared], states: States) -> None:
        if not changed:
            return
        self._ledger.intend(
            Intention(
                one.action.key,
                one.action.operation,
                one.payload_sha256,
                states.receipts[one.action.key].target_id,
            )
            for one in changed
        )
        left = [one.action for one in changed]
        for attempt in range(ROUNDS):
            left = self._revised(left, states.receipts)
            if not left:
                return
            self._sleep(2.0**attempt)
        self.outcome.failed += len(left)

    def _revised(self, actions: Sequence[Action], receipts: Mapping[str, Receipt]) -> list[Action]:
        """Those whose outcome is not known."""
        results: list[Result] = []
        try:
            results.extend(map(_revision, self._adapter.revise(actions, receipts)))
        except errors.OutcomeUnknown:
            done = {one.key for one in results}
            return [one for one in actions if one.key not in done]
        except errors.TargetRejected as error:
            return self._refused(actions, {one.key for one in results}, receipts, error)
        finally:
            self._note(results)
        return []

    def _refused(
        self,
        actions: Sequence[Action],
        done: set[str],
        receipts: Mapping[str, Receipt],
        error: errors.TargetRejected,
    ) -> list[Action]:
        """One by one: what is refused stays intended, and is tried again by the next replay."""
        left = [one for one in actions if one.key not in done]
        if len(left) > 1:
            return [late for one in left for late in self._revised([one], receipts)]
        self.outcome.failed += len(left)
        self.outcome.because(str(error)[:LONGEST_REASON])
        return []

    def _note(self, results: Sequence[Result]) -> None:
        self._ledger.settle(results)
        for one in results:
            if one.event == "kept":
                self.outcome.kept += 1
                self.outcome.because(one.reason or "")
            else:
                self.outcome.revised += 1


def _revision(one: Receipt | Kept) -> Result:
    if isinstance(one, Kept):
        return Result(one.key, "kept", reason=one.reason[:LONGEST_REASON])
    return Result(one.key, "revised", one.target_id)
