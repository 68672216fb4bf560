"""Turkle as a target: the contract, and who keeps which part of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

import httpx

from mturk_exodus import errors
from mturk_exodus.replay import adapter as contract
from mturk_exodus.replay.adapter import JSON, Action, Kept, Loss, Receipt
from mturk_exodus.replay.settings import required
from mturk_exodus_turkle import history
from mturk_exodus_turkle.api import Api
from mturk_exodus_turkle.capabilities import CAPABILITIES
from mturk_exodus_turkle.fences import Fences
from mturk_exodus_turkle.looking import Looking
from mturk_exodus_turkle.making import Making
from mturk_exodus_turkle.mapping import planning
from mturk_exodus_turkle.mapping.opening import OPEN
from mturk_exodus_turkle.probing import Probe
from mturk_exodus_turkle.removing import Removing

WORKERS = ("pseudonymous", "plain")
ACCEPT = ("no", "yes")

_SETTINGS = (
    contract.Setting("url", "the server's address", environment="TURKLE_URL"),
    contract.Setting(
        "token",
        "an administrator's token, from the admin pages (Tokens)",
        environment="TURKLE_TOKEN",
        secret=True,
    ),
    contract.Setting(
        "workers",
        "what workers are called there: pseudonymous, or plain for their MTurk ids",
        default=WORKERS[0],
        to_plan=True,
    ),
    contract.Setting(
        "open",
        "which HITs are open for work: unfinished, assignable (those that MTurk still offered), or"
        " none",
        default=OPEN[0],
        to_plan=True,
    ),
    contract.Setting(
        "accept_insecure_target",
        "yes lets workers into a server on which any of them can make himself an administrator",
        default=ACCEPT[0],
    ),
)


class TurkleAdapter:
    """Carries an archive into Turkle.

    Args:
        settings: `url`, `token`, `workers`, `open`, `accept_insecure_target`.
        client: what sends.

    Raises:
        SettingMissing: a setting is not what it may be.
    """

    name: ClassVar[str] = "turkle"
    title: ClassVar[str] = "Turkle"
    capabilities: ClassVar[Mapping[str, contract.Capability]] = CAPABILITIES
    settings: ClassVar[tuple[contract.Setting, ...]] = _SETTINGS
    # Larger requests are no faster (700 tasks a second), and are longer under way when they are
    # cut off.
    limits: ClassVar[contract.Limits] = contract.Limits(actions=500, payload_bytes=8_000_000)

    def __init__(self, settings: Mapping[str, str], client: httpx.Client, /) -> None:
        """See the class."""
        self._settings = settings
        self._client = client
        self._workers = self._one_of("workers", WORKERS)
        self._opened = self._one_of("open", OPEN)
        self._accepts = self._one_of("accept_insecure_target", ACCEPT) == "yes"

    def identity(self) -> str:
        """The server's address: Turkle has no other name."""
        self._api.a_page_of_users()
        return self._api.url

    def plan(self, archive: contract.RecordReader, /) -> Iterator[Action | Loss]:
        """Users, then each HIT type's group, projects, batches and tasks."""
        return planning.plan(archive, workers=self._workers, opened=self._opened)

    def apply(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt]:
        """A request for each user, group, project and batch; one for all tasks."""
        return self._making.apply(actions, receipts)

    def revise(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt | Kept]:
        """Write what differs, where Turkle lets it be written."""
        return self._making.revise(actions, receipts)

    def find(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Receipt]:
        """By name, file name and `mturk_hit_id`."""
        return self._looking.find(actions, receipts)

    def held(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Mapping[str, JSON]]:
        """As the server has it now."""
        return self._looking.held(actions, receipts)

    def remove(self, makings: Sequence[contract.Making], /) -> Iterator[Receipt | Kept]:
        """Turkle's API removes nothing: all that is there is kept."""
        return Removing(self._api).remove(makings)

    def history(self, archive: contract.RecordReader, /) -> Iterator[JSON]:
        """What was done before, for `mturk_exodus_turkle_site`."""
        return history.history(archive, workers=self._workers, opened=self._opened)

    def loading(self, file: str, /) -> str:
        """The command that loads it on the server."""
        return f"{history.COMMAND} {shlex.quote(file)}"

    def given(self, receipts: Mapping[str, Receipt], /) -> int:
        """Assignments that were finished there, beside those of the history."""
        return self._looking.given(receipts)

    @cached_property
    def _making(self) -> Making:
        probe = Probe(self._api, self._client)
        check = _nothing if self._accepts else probe.check
        return Making(self._api, self._looking, self._fences, check)

    @cached_property
    def _looking(self) -> Looking:
        return Looking(self._api, self._fences)

    @cached_property
    def _fences(self) -> Fences:
        return Fences(self._api)

    @cached_property
    def _api(self) -> Api:
        return Api(
            required(self, self._settings, "url"),
            required(self, self._settings, "token"),
            self._client,
        )

    def _one_of(self, name: str, values: Sequence[str]) -> str:
        value = self._settings.get(name, values[0])
        if value not in values:
            raise errors.SettingMissing(f"{name}: it may be {', '.join(values)}")
        return value


def _nothing() -> None:
    """Whoever accepts an insecure target need not be told."""
