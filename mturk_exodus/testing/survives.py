"""What is at a target when things went wrong on the way, and what is said of it."""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from typing import ClassVar

import httpx
import pytest

from mturk_exodus import errors
from mturk_exodus.archive.archive import Archive
from mturk_exodus.testing.faults import (
    Answered,
    Died,
    Dies,
    Down,
    Fault,
    Lost,
    Throttled,
    positions,
)
from mturk_exodus.testing.replays import check_held, grow
from mturk_exodus.testing.target import Stage

Break = Callable[[int], Fault]
"""A fault at the request of that number."""

_CLEAN = 1_001
"""The seed of an account that nothing goes wrong with."""


class Survives:
    """Whatever happens on the way, in the end each thing is there once."""

    tries: ClassVar[int] = 25
    """Requests of a replay that are tried one by one; all if it has no more."""

    def test_a_lost_answer_is_found_and_not_repeated(self, stage: Stage) -> None:
        """Whichever request is carried out and its answer lost."""
        self._try(stage, lambda at: Lost(stage.target.transport, at, processed=True))

    def test_a_lost_request_is_sent_again(self, stage: Stage) -> None:
        """Whichever request does not arrive, though nobody can know that."""
        self._try(stage, lambda at: Lost(stage.target.transport, at, processed=False))

    def test_a_server_error_may_have_changed_something(self, stage: Stage) -> None:
        """Whichever request is answered with 502 after it was carried out."""
        self._try(
            stage, lambda at: Answered(stage.target.transport, at, status=502, processed=True)
        )

    def test_a_server_error_may_have_changed_nothing(self, stage: Stage) -> None:
        """Whichever request is answered with 500 and not carried out."""
        self._try(stage, lambda at: Answered(stage.target.transport, at, status=500))

    def test_a_refusal_ends_nothing_for_good(self, stage: Stage) -> None:
        """Whichever request is refused once (422)."""
        self._try(stage, lambda at: Answered(stage.target.transport, at, status=422))

    def test_a_program_that_dies_goes_on_where_it_was(self, stage: Stage) -> None:
        """Killed after any request was carried out, before anything could be written down."""
        self._try(stage, lambda at: Dies(stage.target.transport, at, processed=True))

    def test_a_program_that_dies_before_it_sends_goes_on(self, stage: Stage) -> None:
        """Killed before any request."""
        self._try(stage, lambda at: Dies(stage.target.transport, at, processed=False))

    def test_a_lost_answer_to_a_revision_changes_nothing(self, stage: Stage) -> None:
        """Bringing things up to date can be done twice: it is done once."""
        clean, requests = _of_a_clean_replay(stage, later=True)
        for number in positions(requests, self.tries):
            archive = stage.archive(seed=number)
            before = stage.things()
            stage.replay_to_its_end(archive)
            grow(archive, seed=number)
            _suffer(stage, archive, Lost(stage.target.transport, number, processed=True))
            _check(stage, archive, before, clean, f"request {number} of a revision")

    def test_a_busy_target_is_waited_for(self, stage: Stage) -> None:
        """429 is no error: whoever asks later is answered, and Retry-After says when."""
        clean, _ = _of_a_clean_replay(stage)
        archive, before = stage.archive(seed=1), stage.things()
        outcome = stage.replay(archive, Throttled(stage.target.transport, retry_after=7))
        assert outcome.is_whole, f"refused, and only to be waited for: {outcome.reasons}"
        assert stage.slept.count(7) > 0, f"nobody waited for 7 s, but {set(stage.slept)}"
        _check(stage, archive, before, clean, "a busy target")

    def test_a_target_that_stays_busy_is_left(self, stage: Stage) -> None:
        """With the error that says: later. The next replay makes it all good."""
        archive, before = stage.archive(), stage.things()
        with pytest.raises(errors.TargetUnavailable):
            stage.replay(archive, Throttled(stage.target.transport, times=None))
        stage.replay_to_its_end(archive)
        _check(stage, archive, before, stage.things() - before, "a target that was busy")

    def test_a_target_that_is_down_is_left(self, stage: Stage) -> None:
        """Likewise, if nothing answers."""
        with pytest.raises(errors.TargetUnavailable):
            stage.replay(stage.archive(), Down(stage.target.transport))

    def test_what_is_refused_is_not_called_done(self, stage: Stage) -> None:
        """If nothing is accepted any more from some request on, whatever is not there is said not
        to be there, and the next replay makes it.
        """
        clean, requests = _of_a_clean_replay(stage)
        for number in positions(requests, min(self.tries, 10)):
            archive, before = stage.archive(seed=number), stage.things()
            refusing = _From(stage.target.transport, number)
            _suffer(stage, archive, refusing)
            receipts = stage.receipts(archive)
            missing = receipts.keys() - stage.found(archive, receipts).keys()
            assert not missing, f"refused, and called done: {', '.join(sorted(missing)[:5])}"
            stage.replay_to_its_end(archive)
            _check(stage, archive, before, clean, f"refusals from request {number} on")

    def _try(self, stage: Stage, fault: Break) -> None:
        """Break each request of a replay, each time that of another account; then go on."""
        clean, requests = _of_a_clean_replay(stage)
        for number in positions(requests, self.tries):
            archive, before = stage.archive(seed=number), stage.things()
            broken = fault(number)
            _suffer(stage, archive, broken)
            _check(stage, archive, before, clean, f"request {number} ({broken.last})")


class KeepsSecrets:
    """Who must not know the key does not learn it."""

    tries: ClassVar[int] = 25
    """As `Survives` has it; three at most."""

    def test_no_secret_is_shown(self, stage: Stage) -> None:
        """Neither by the adapter nor by its plan."""
        shown = [repr(stage.adapter()), str(stage.adapter())]
        shown += [repr(item) for item in stage.plan(stage.archive())]
        _check_absent(stage, shown, "the adapter's repr, or its plan")

    def test_no_secret_is_in_an_error(self, stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
        """Nor in the log, or the archive, be the target's replies and httpx's errors full of it."""
        caplog.set_level(logging.DEBUG)
        inner = stage.target.transport
        faults: list[Break] = [
            *(
                lambda at, s=s: Answered(inner, at, status=s)
                for s in (400, 401, 403, 404, 413, 500)
            ),
            lambda at: Lost(inner, at, processed=False),
            lambda _: Throttled(inner, times=None),
        ]
        (_, requests), few = _of_a_clean_replay(stage), min(self.tries, 3)
        broken = [fault(number) for fault in faults for number in positions(requests, few)]
        for seed, one in enumerate(broken, 1):
            archive = stage.archive(seed)
            _check_absent(stage, _suffer(stage, archive, one), "an error")
            _check_file(stage, archive)
        _check_absent(stage, [caplog.text], "the log")

    def test_a_wrong_secret_is_refused(self, stage: Stage) -> None:
        """By identity, before anything is sent, and without repeating it."""
        wrong = "wr0ng-0ne-of-no-use"
        secret = {one.name: wrong for one in stage.target.adapter.settings if one.secret}
        for name in secret:
            settings = {**stage.settings, name: wrong}
            with pytest.raises(errors.TargetRefused) as caught:
                stage.adapter(settings=settings).identity()
            assert wrong not in _said(caught.value), f"the error repeats the wrong {name}"


class _From(Fault):
    """Refuses whatever comes from a request on."""

    def __init__(self, inner: httpx.BaseTransport, first: int) -> None:
        super().__init__(inner)
        self.first = first

    def strike(self, request: httpx.Request) -> httpx.Response:
        if len(self.requests) >= self.first:
            return httpx.Response(422, text="no")
        return self.inner.handle_request(request)


def _of_a_clean_replay(stage: Stage, *, later: bool = False) -> tuple[Counter[str], int]:
    """What a replay without any fault adds to the target, and how many requests it takes; `later`,
    with that of an archive that has grown, whose requests alone are counted.
    """
    before = stage.things()
    archive, counted = stage.archive(seed=_CLEAN), Fault(stage.target.transport)
    if later:
        stage.replay_to_its_end(archive)
        grow(archive, seed=_CLEAN)
    outcome = stage.replay(archive, counted)
    assert outcome.is_whole, f"refused: {outcome.reasons}"
    return stage.things() - before, len(counted.requests)


def _suffer(stage: Stage, archive: Archive, broken: Fault) -> list[str]:
    """Replay to a broken target; what is said then. Only our own errors may come of it."""
    try:
        outcome = stage.replay(archive, broken)
    except Died:
        return []
    except errors.ExodusError as error:
        return [_said(error)]
    return list(outcome.reasons)


def _check(
    stage: Stage, archive: Archive, before: Counter[str], clean: Counter[str], what: str
) -> None:
    """After a replay without any fault, each thing is there once, as it should be."""
    stage.replay_to_its_end(archive)
    made = stage.things() - before
    assert made == clean, f"after {what} the target has {made}, and should have {clean}"
    check_held(stage, archive)


def _said(error: BaseException) -> str:
    """All that an error and those behind it say."""
    return "\n".join(
        part
        for one in _chain(error)
        for part in (*traceback.format_exception_only(one), repr(one), repr(vars(one)))
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _check_absent(stage: Stage, said: list[str], where: str) -> None:
    for secret in stage.target.secrets:
        assert not any(secret in one for one in said), f"a secret is in {where}"


def _check_file(stage: Stage, archive: Archive) -> None:
    """Nothing of it in the archive, wherever SQLite has put it."""
    for path in archive.path.parent.glob(f"{archive.path.name}*"):
        for secret in stage.target.secrets:
            assert secret.encode() not in path.read_bytes(), "a secret is in the archive"
