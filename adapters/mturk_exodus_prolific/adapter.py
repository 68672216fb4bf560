"""Prolific as a target: the contract, and who keeps which part of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

import httpx

from mturk_exodus.replay import adapter as contract
from mturk_exodus.replay.adapter import JSON, Action, Kept, Loss, Receipt
from mturk_exodus.replay.settings import required
from mturk_exodus_prolific import doubting, filing
from mturk_exodus_prolific.api import Api
from mturk_exodus_prolific.capabilities import CAPABILITIES
from mturk_exodus_prolific.enrolling import Enrolling
from mturk_exodus_prolific.looking import Looking
from mturk_exodus_prolific.making import Making
from mturk_exodus_prolific.mapping import planning
from mturk_exodus_prolific.mapping.terms import SETTINGS, Terms
from mturk_exodus_prolific.offering import Offering
from mturk_exodus_prolific.removing import Removing
from mturk_exodus_prolific.workplace import ONLY, Workplace

_SETTINGS = (
    contract.Setting(
        "url", "Prolific's address", environment="PROLIFIC_URL", default="https://api.prolific.com"
    ),
    contract.Setting(
        "token",
        "an API token, from app.prolific.com/researcher/tokens/",
        environment="PROLIFIC_TOKEN",
        secret=True,
    ),
    contract.Setting(
        "workspace",
        "which one, by its id or title; only, if the token's user has no other",
        default=ONLY,
    ),
    *SETTINGS,
)


class ProlificAdapter(Enrolling, Offering):
    """Makes drafts of studies at Prolific whose links lead to the archive's HITs.

    Args:
        settings: by name.
        client: what sends.
    """

    name: ClassVar[str] = "prolific"
    title: ClassVar[str] = "Prolific"
    capabilities: ClassVar[Mapping[str, contract.Capability]] = CAPABILITIES
    settings: ClassVar[tuple[contract.Setting, ...]] = _SETTINGS
    limits: ClassVar[contract.Limits] = contract.Limits(actions=50)

    def __init__(self, settings: Mapping[str, str], client: httpx.Client, /) -> None:
        """See the class."""
        self._settings = settings
        self._client = client

    def identity(self) -> str:
        """Prolific's address, and the workspace, which owns the money."""
        self.api.me()
        self.place.check_project()
        self.place.check_currency()
        return f"{self.api.url} workspace {self.place.workspace_id}"

    def plan(self, archive: contract.RecordReader, /) -> Iterator[Action | Loss]:
        """A project and groups where they are first needed, then each HIT type's studies."""
        return planning.plan(archive, self.terms)

    def apply(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt]:
        """A request for each; studies are drafts."""
        return Making(self.place, self._looking).apply(actions, receipts)

    def revise(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt | Kept]:
        """Write what differs of drafts and groups; never what a draft pays."""
        return Making(self.place, self._looking).revise(actions, receipts)

    def find(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Receipt]:
        """By title, description, internal name and metadata."""
        return self._looking.find(actions, receipts)

    def held(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Mapping[str, JSON]]:
        """As Prolific has it now."""
        return self._looking.held(actions, receipts)

    def remove(self, makings: Sequence[contract.Making], /) -> Iterator[Receipt | Kept]:
        """Drafts, and groups with nobody in them."""
        return Removing(self.api).remove(makings)

    def doubts(self, archive: contract.RecordReader, /) -> Iterator[str]:
        """The minimum pay, what filters lack, and links that lead nowhere."""
        return doubting.doubts(self.plan(archive), self.place)

    def files(self, archive: contract.RecordReader, /, *, ask: bool) -> Iterator[tuple[str, JSON]]:
        """A file for each draft, as Prolific's own command line takes it."""
        place = self.place if ask else None
        return filing.files(self.plan(archive), place, self.terms.project)

    @cached_property
    def terms(self) -> Terms:
        """What a person decided."""
        return Terms.of(self._settings)

    @cached_property
    def place(self) -> Workplace:
        """Where things are made."""
        return Workplace(self.api, required(self, self._settings, "workspace"), self.terms)

    @cached_property
    def api(self) -> Api:
        """Prolific."""
        return Api(
            required(self, self._settings, "url"),
            required(self, self._settings, "token"),
            self._client,
        )

    @property
    def workspace_id(self) -> str:
        """Where things are made; its wallet pays."""
        return self.place.workspace_id

    @cached_property
    def _looking(self) -> Looking:
        return Looking(self.place)
