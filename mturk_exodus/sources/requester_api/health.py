"""Does the endpoint answer at all? Judged over all units together."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from mturk_exodus.archive.work import Unit
from mturk_exodus.errors import CredentialsRefused, EndpointRefused, EndpointUnreachable
from mturk_exodus.sources.requester_api.operations import GET_BALANCE
from mturk_exodus.sources.requester_api.outcomes import CallFailed, Trouble

_UNITS_IN_SILENCE = 8
_REFUSALS_IN_A_ROW = 25


@dataclass(frozen=True)
class Patience:
    """How long to go on when nothing answers. All figures are seconds.

    Attributes:
        at_first: before anything has answered in this run.
        midway: after something has.
        first_pause: before a failed unit is asked again; doubles with each of its failures.
        longest_pause: what it doubles up to.
    """

    at_first: float = 15.0
    midway: float = 900.0
    first_pause: float = 0.25
    longest_pause: float = 15.0

    def pause(self, failures: int) -> float:
        """The pause after that many failures of a unit."""
        return float(min(self.longest_pause, self.first_pause * 2 ** (failures - 1)))


@dataclass
class Health:
    """What the last answers say about the endpoint."""

    patience: Patience
    _answered: bool = False
    _silent_since: float | None = None
    _failing: set[int] = field(default_factory=set)
    _refusals: int = 0

    @property
    def silent(self) -> bool:
        """Whether it may be the endpoint that fails, rather than some units."""
        return len(self._failing) >= _UNITS_IN_SILENCE

    def well(self) -> None:
        """An answer came that answers."""
        self._answered = True
        self._silent_since = None
        self._failing.clear()
        self._refusals = 0

    def ill(self, failed: CallFailed, unit: Unit) -> bool:
        """None came. True if it is time to ask whether this account is answered at all.

        Raises:
            CredentialsRefused, EndpointRefused, EndpointUnreachable: going on makes no sense.
        """
        if failed.trouble is Trouble.CREDENTIALS:
            raise CredentialsRefused(
                f"the endpoint refused the credentials ({failed.reason}). MTurk takes the access"
                " key of an IAM user, no temporary and no role credentials: `exodus doctor`."
                " What was fetched is kept; the same command goes on from there"
            )
        if failed.trouble is Trouble.REFUSED:
            return self._refused(failed, unit)
        if failed.trouble in (Trouble.TRANSIENT, Trouble.UNREACHABLE):
            self._silence(failed, unit)
            return self.silent
        self.well()
        return False

    def _refused(self, failed: CallFailed, unit: Unit) -> bool:
        if unit.operation == GET_BALANCE:
            raise EndpointRefused(
                f"MTurk does not answer this account ({failed.reason}). What was fetched is kept;"
                " `exodus doctor` says more, and `exodus ingest` takes the files that you hold"
            )
        self._refusals += 1
        return self._refusals % _REFUSALS_IN_A_ROW == 0

    def _silence(self, failed: CallFailed, unit: Unit) -> None:
        now = time.monotonic()
        self._failing.add(unit.work_id)
        self._silent_since = self._silent_since or now
        limit = self.patience.midway if self._answered else self.patience.at_first
        if now - self._silent_since > limit:
            raise EndpointUnreachable(
                f"nothing useful has come from the endpoint for {limit:.0f} s ({failed.reason})."
                " What was fetched is kept: run the same command again later, or see"
                " `exodus doctor`; `exodus ingest` takes the files that you hold"
            )
