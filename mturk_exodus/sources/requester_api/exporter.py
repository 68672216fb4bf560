"""An export from its beginning to its end: what is asked, in which order, and when it is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import botocore.session
import httpx

from mturk_exodus.archive import gaps, ingested, pseudonymized, runs
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.gaps import Gaps
from mturk_exodus.archive.runs import Run
from mturk_exodus.archive.work import Work
from mturk_exodus.archive.writer import Writer
from mturk_exodus.errors import (
    ArchiveError,
    CredentialsRefused,
    EndpointRefused,
    ExodusError,
)
from mturk_exodus.sources.requester_api import closing, credentials, endpoints, listing
from mturk_exodus.sources.requester_api.absorb import Absorber
from mturk_exodus.sources.requester_api.asker import Asker, Calls
from mturk_exodus.sources.requester_api.dispatch import Dispatcher
from mturk_exodus.sources.requester_api.health import Patience
from mturk_exodus.sources.requester_api.hit_plan import HitPlanner
from mturk_exodus.sources.requester_api.identity import Identity
from mturk_exodus.sources.requester_api.operations import (
    LIST_BONUSES,
    LIST_HITS,
    WHOLE_ACCOUNT,
)
from mturk_exodus.sources.requester_api.outcomes import Trouble
from mturk_exodus.sources.requester_api.pacing import FIRST_RATE, RATE, Pacer
from mturk_exodus.sources.requester_api.wire import Wire

SOURCE = "requester_api"


@dataclass(frozen=True)
class Settings:
    """What a person chose for an export.

    Attributes:
        review_results: `all` HITs, `probe` a few of each HIT type, or `none`.
        full: ask for everything again, whether or not it can have changed.
        late_bonuses: in a later pass, ask reviewed HITs for bonuses paid since.
        known_hits: None, or ask by id for HITs that the archive knows but ListHITs does not give,
            and for these besides.
        rate: calls a second that are never exceeded; None lets the endpoint decide.
        first_rate: calls a second to begin with.
        concurrency: calls under way at once.
        same_account: take another key or endpoint for the account that the archive holds.
    """

    review_results: str = "probe"
    full: bool = False
    late_bonuses: bool = True
    known_hits: Sequence[str] | None = None
    rate: float | None = None
    first_rate: float = FIRST_RATE
    concurrency: int = 8
    same_account: bool = False
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class Progress:
    """How far an export is.

    Attributes:
        calls: made in this run, by operation.
        left: units still to do that are known so far; each wants at least one call.
        rate: calls a second that the pacer allows now.
        throttled: calls that the endpoint found too early.
        troubles: calls that came to nothing for other reasons.
    """

    calls: Mapping[str, int]
    left: int
    rate: float
    throttled: int
    troubles: int


class Exporter:
    """Takes an account into an archive. One instance makes one run."""

    def __init__(
        self,
        archive: Archive,
        session: botocore.session.Session,
        endpoint: str,
        settings: Settings,
        observe: Callable[[Progress], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> None:
        """Whoever sets `stop` ends the run between two transactions."""
        self.archive = archive
        self.settings = settings
        self._observe = observe
        self._stop = stop or threading.Event()
        self._endpoint = endpoint
        self._found = credentials.find(session)
        self._identity = Identity(self._found.account, endpoint, settings.same_account)
        self._wire = Wire(session, endpoint, connections=settings.concurrency)
        self._calls = Calls()
        self._pacer = self._new_pacer()

    def run(self) -> Gaps:
        """Export until all is held that can be, and say what is missing all the same.

        Raises:
            OtherAccount: the archive holds another account's records.
            RequesterError: the endpoint does not answer, or no longer. What it did answer is kept.
            Interrupted: the person stopped it. Likewise.
            ArchiveError: the archive cannot be written any further. Likewise.
        """
        run = self._begin()
        dispatcher = self._dispatcher(run)
        outcome, message = "interrupted", "stopped"
        try:
            closing.carry_out(dispatcher, self.settings.review_results)
            missing = gaps.count(self.archive)
            outcome, message = ("gaps", missing.description) if missing.total else ("complete", "")
        except (CredentialsRefused, EndpointRefused) as error:
            outcome, message = "refused", str(error)
            raise
        except ExodusError as error:
            message = str(error)
            raise
        finally:
            dispatcher.close()
            dispatcher.asker.downloads.close()
            self._wire.close()
            self._end(run, outcome, message)
        return missing

    def _begin(self) -> Run:
        with self.archive.transaction():
            pseudonymized.refuse_if_so(self.archive)
            self._identity.check(self.archive)
            pass_id = self._pass_to_resume()
            run = runs.begin(
                self.archive,
                SOURCE,
                self._arguments(),
                account=self._found.account,
                endpoint=self._endpoint,
                pass_id=pass_id,
            )
            work = Work(self.archive, run)
            work.retry_failed()
            work.rewind(LIST_BONUSES)
            if pass_id is None:
                listing.begin(self.archive)
                work.begin_afresh()
                for task in WHOLE_ACCOUNT:
                    work.plan(task)
            elif work.state(LIST_HITS, "") == "done":
                listing.resume(self.archive, work, self.settings.known_hits)
        return run

    def _pass_to_resume(self) -> int | None:
        """The unfinished pass. One that was not to ask for everything cannot serve `full`."""
        pass_id = runs.unfinished_pass(self.archive, SOURCE)
        if pass_id is not None and self.settings.full and not self._is_full(pass_id):
            return None
        return pass_id

    def _is_full(self, pass_id: int) -> bool:
        return bool(runs.arguments(self.archive, pass_id).get("full"))

    def _arguments(self) -> dict[str, Any]:
        chosen = asdict(self.settings)
        del chosen["patience"]
        known = self.settings.known_hits
        return chosen | {"known_hits": None if known is None else len(known)}

    def _dispatcher(self, run: Run) -> Dispatcher:
        work = Work(self.archive, run)
        planner = HitPlanner(
            self.archive,
            work,
            full=self._is_full(run.pass_id),
            late_bonuses=self.settings.late_bonuses,
        )
        absorber = Absorber(
            self.archive,
            run,
            work,
            Writer(self.archive, run),
            planner,
            self._identity,
            look=listing.look(self.archive),
            known_hits=self.settings.known_hits,
        )
        downloads = httpx.Client(timeout=60, trust_env=not endpoints.is_loopback(self._endpoint))
        asker = Asker(self._wire, self._pacer, self._endpoint, self._calls, self._stop, downloads)
        return Dispatcher(
            absorber,
            asker,
            self.settings.concurrency,
            self.settings.patience,
            lambda left: self._observe(self._progress(left)),
        )

    def _new_pacer(self) -> Pacer:
        saved = self.archive.info(RATE)
        if not saved:
            # Whoever names a rate has said how fast to begin.
            first = self.settings.rate or self.settings.first_rate
            return Pacer(rate=first, most=self.settings.rate)
        return Pacer(rate=float(saved), most=self.settings.rate, found=True)

    def _progress(self, left: int) -> Progress:
        troubles = self._calls.troubles
        return Progress(
            calls=dict(self._calls.made),
            left=left,
            rate=self._pacer.rate,
            throttled=troubles[Trouble.THROTTLED],
            troubles=sum(troubles.values()) - troubles[Trouble.THROTTLED],
        )

    def _end(self, run: Run, outcome: str, message: str) -> None:
        try:
            with self.archive.transaction():
                runs.count_calls(self.archive, run, self._calls.made)
                ingested.settle(self.archive)
                runs.end(self.archive, run, outcome, message)
        except ArchiveError:
            # A full disk: the run has no end in the archive, and so the next one resumes it.
            return
