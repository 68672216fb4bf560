"""Carries a plan out, exactly once.

Before anything is sent the ledger says that it is intended; when the answer is there, what came of
it. What the ledger cannot tell is looked for at the target before it is sent again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mturk_exodus import errors
from mturk_exodus.archive.ledger import Ledger, Result
from mturk_exodus.replay.adapter import Action, Adapter, Kept, Receipt
from mturk_exodus.replay.batches import Batch, Prepared
from mturk_exodus.replay.clerk import Clerk
from mturk_exodus.replay.outcome import LONGEST_REASON, Ledgered, Outcome
from mturk_exodus.replay.removing import remove
from mturk_exodus.replay.sending import ROUNDS, Sending, Sleep, silence
from mturk_exodus.replay.states import TO_MAKE, Standing, States, intended, intentions

Standings = dict[str, Standing]


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
        self.began_at = ledger.last_entry()
        self.outcome = Outcome()

    def begin(self, batch: Batch) -> States:
        """What the ledger knows of a batch, which is intended if it is plain."""
        return intended(self._ledger, batch, self.began_at)

    def send(self, states: States, clerk: Clerk) -> None:
        """Make a plain batch so, which is intended. The clerk writes what comes of it.

        Raises:
            ExodusError: as carry_out; or the clerk cannot write.
        """
        book = Ledgered(clerk.settle, self.outcome, clerk.drain)
        self._send(states.batch, states, book)

    def carry_out(self, states: States) -> None:
        """Make a batch so that is not plain.

        Raises:
            TargetUnavailable: the target answers no more. What was done is in the ledger.
            TargetRefused: it lets us in no more.
            TargetNotUnderstood: its answers make no sense.
            OutcomeUnknown: what happened cannot be found out now.
            AdapterBroken: the adapter does not keep the contract.
        """
        batch = states.batch
        self._look_after_roots(states)
        self._look_where_they_were(batch, states)
        standings = self._moved(batch, states)
        self._look(batch, standings, states)
        to_make = [one for one in batch if standings[one.action.key] in TO_MAKE]
        changed = [one for one in batch if standings[one.action.key] is Standing.CHANGED]
        self.outcome.same += sum(one is Standing.SAME for one in standings.values())
        self._make(to_make, states)
        self._revise(changed, states.receipts)

    def _look_after_roots(self, states: States) -> None:
        """What requires nothing else may have been removed at the target by hand, and with it all
        that is in it. Then it is made again.
        """
        roots = [one.action for one in states.roots()]
        if not roots:
            return
        there = self._adapter.find(roots, states.receipts)
        gone = [
            one.key
            for one in roots
            if one.key not in there
            or there[one.key].target_id != states.receipts[one.key].target_id
        ]
        self._ledger.settle(Result(key, "gone") for key in gone)
        states.forget(gone)

    def _look_where_they_were(self, batch: Batch, states: States) -> None:
        """What was intended to hang on something else than now, and is not known to have happened,
        may be there. Then it has moved.
        """
        astray = [(one, keys) for one in batch if (keys := states.astray(one))]
        if not astray:
            return
        required = self._ledger.states({key for _, keys in astray for key in keys})
        receipts = {
            key: Receipt(key, state.made_id) for key, state in required.items() if state.made_id
        }
        before = [replace(one.action, requires=keys) for one, keys in astray]
        there = self._adapter.find(before, receipts)
        self._ledger.settle([_finding(one, states) for one in there.values()])
        states.refresh(there)

    def _moved(self, batch: Batch, states: States) -> Standings:
        """What requires something else than when it was made is removed, to be made there. How the
        batch stands then.
        """
        standings = states.standings()
        moved = [key for key, one in standings.items() if one is Standing.MOVED]
        if not moved:
            return standings
        results = remove(self._adapter, self._ledger, states.makings(moved), self._sleep)
        states.forget(one.key for one in results if isinstance(one, Receipt))
        standings = states.standings()
        stay = {one.key: one.reason for one in results if isinstance(one, Kept)}
        stay |= dict.fromkeys(
            (key for key, one in standings.items() if one is Standing.MOVED and key not in stay),
            "another has made it elsewhere",
        )
        staying = [one for one in batch if one.action.key in stay]
        self._intend(staying, states.receipts)
        self._note([Result(key, "kept", reason=reason) for key, reason in stay.items()])
        return standings | dict.fromkeys(stay, Standing.KEPT)

    def _look(self, batch: Batch, standings: Standings, states: States) -> None:
        """Look for what may be there; what is found is no longer to be made."""
        for key, standing in standings.items():
            if standing in TO_MAKE:
                states.receipts.pop(key, None)
        to_look_for = states.to_look_for(standings)
        sought = {one.action.key: one for one in batch if to_look_for[one.action.key]}
        if not sought:
            return
        there = self._adapter.find([one.action for one in sought.values()], states.receipts)
        found = {key: one for key, one in sought.items() if key in there}
        gone = [key for key in sought if key not in found and states.was_made(key)]
        self._ledger.settle(Result(key, "gone") for key in gone)
        states.forget(gone)
        self._intend([one for key, one in found.items() if not states.is_intended(key)], {})
        results = [_finding(there[key], states) for key in found]
        self._ledger.settle(results)
        self.outcome.found += sum(one.was_there for one in results)
        self.outcome.made += sum(one.is_as_intended and not one.was_there for one in results)
        for key, one in found.items():
            standings[key] = Standing.KEPT if states.is_as_sent(one) else Standing.CHANGED
            states.receipts[key] = there[key]

    def _intend(self, actions: Sequence[Prepared], receipts: Mapping[str, Receipt]) -> None:
        """The ledger says what is about to be done; receipts of what is there already."""
        self._ledger.intend(intentions(actions, receipts))

    def _make(self, to_make: Sequence[Prepared], states: States) -> None:
        if to_make:
            self._intend([one for one in to_make if not states.is_as_sent(one)], {})
            self._send(to_make, states, Ledgered(self._ledger.settle, self.outcome))

    def _send(self, batch: Sequence[Prepared], states: States, book: Ledgered) -> None:
        sending = Sending(self._adapter, states.receipts, book, self._sleep)
        sending.make([one.action for one in batch])

    def _revise(self, changed: Sequence[Prepared], receipts: Mapping[str, Receipt]) -> None:
        if not changed:
            return
        self._intend(changed, receipts)
        left = [one.action for one in changed]
        for attempt in range(ROUNDS):
            left = self._revised(left, receipts)
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
            return _but(actions, results)
        except errors.TargetRejected as error:
            return self._refused(_but(actions, results), receipts, error)
        finally:
            self._note(results)
        if missing := _but(actions, results):
            raise silence(self._adapter, missing[0].operation)
        return []

    def _refused(
        self,
        left: Sequence[Action],
        receipts: Mapping[str, Receipt],
        error: errors.TargetRejected,
    ) -> list[Action]:
        """One by one: what is refused stays intended, and is tried again by the next replay."""
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


def _but(actions: Sequence[Action], results: Sequence[Result]) -> list[Action]:
    done = {one.key for one in results}
    return [one for one in actions if one.key not in done]


def _finding(receipt: Receipt, states: States) -> Result:
    return Result(
        receipt.key,
        "done",
        receipt.target_id,
        was_there=not states.is_ours(receipt),
        is_as_intended=states.is_intended(receipt.key),
    )


def _revision(one: Receipt | Kept) -> Result:
    if isinstance(one, Kept):
        return Result(one.key, "kept", reason=one.reason[:LONGEST_REASON])
    return Result(one.key, "revised", one.target_id)
