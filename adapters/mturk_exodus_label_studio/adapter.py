"""Label Studio as a target: the contract, and who keeps which part of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

import httpx

from mturk_exodus import errors
from mturk_exodus.replay import adapter as contract
from mturk_exodus.replay.adapter import JSON, Action, Kept, Loss, Receipt
from mturk_exodus.replay.settings import required
from mturk_exodus_label_studio import files, media, refusals
from mturk_exodus_label_studio.api import Api
from mturk_exodus_label_studio.bodies import Bodies
from mturk_exodus_label_studio.capabilities import CAPABILITIES
from mturk_exodus_label_studio.fences import Fences
from mturk_exodus_label_studio.looking import Looking
from mturk_exodus_label_studio.making import Making
from mturk_exodus_label_studio.mapping import planning
from mturk_exodus_label_studio.removing import Removing

WORKERS = ("pseudonymous", "plain")

_SETTINGS = (
    contract.Setting("url", "the server's address", environment="LABEL_STUDIO_URL"),
    contract.Setting(
        "api_key",
        "an access token of either kind, from Account & Settings",
        environment="LABEL_STUDIO_API_KEY",
        secret=True,
    ),
    contract.Setting(
        "workers",
        "what workers are called there: pseudonymous, or plain for their MTurk ids",
        default="pseudonymous",
        to_plan=True,
    ),
)


class LabelStudioAdapter:
    """Carries an archive into Label Studio's Community edition.

    Args:
        settings: `url`, `api_key`, `workers`.
        client: what sends.

    Raises:
        SettingMissing: a setting is not what it may be.
    """

    name: ClassVar[str] = "label-studio"
    title: ClassVar[str] = "Label Studio"
    capabilities: ClassVar[Mapping[str, contract.Capability]] = CAPABILITIES
    settings: ClassVar[tuple[contract.Setting, ...]] = _SETTINGS
    # 1,000 HITs with three assignments each. Larger requests are no faster, and a server that is
    # slow or has another in front of it answers them too late.
    limits: ClassVar[contract.Limits] = contract.Limits(actions=4_000, payload_bytes=8_000_000)

    def __init__(self, settings: Mapping[str, str], client: httpx.Client, /) -> None:
        """See the class."""
        self._settings = settings
        self._client = client
        self._bodies = Bodies()
        self._workers = settings.get("workers", WORKERS[0])
        if self._workers not in WORKERS:
            raise errors.SettingMissing(f"workers: it may be {' or '.join(WORKERS)}")

    def identity(self) -> str:
        """The server's address, and the organization that the token is for."""
        release, edition = self._api.edition()
        if edition != "Community":
            raise errors.TargetNotUnderstood(refusals.LATER)
        if not release.startswith("1."):
            raise errors.TargetNotUnderstood(
                "this Label Studio is of another generation than 1.x, which is all that is known"
            )
        return f"{self._api.url} organization {self._api.whoami().organization}"

    def plan(self, archive: contract.RecordReader, /) -> Iterator[Action | Loss]:
        """Users, then each HIT type's project and its tasks with their annotations."""
        return planning.plan(archive, workers=self._workers)

    def apply(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt]:
        """A request for each user and project; one for all tasks with their annotations."""
        return self._making.apply(actions, receipts)

    def revise(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt | Kept]:
        """Write what differs; annotations anew, unless a person has changed them."""
        return self._making.revise(actions, receipts)

    def find(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Receipt]:
        """By email, description, `mturk_hit_id` and import_id."""
        return self._looking.find(actions, receipts)

    def held(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Mapping[str, JSON]]:
        """As the server has it now."""
        return self._looking.held(actions, receipts)

    def remove(self, makings: Sequence[contract.Making], /) -> Iterator[Receipt | Kept]:
        """Unless something hangs on it that is not ours."""
        return Removing(self._api).remove(makings)

    def doubts(self, archive: contract.RecordReader, /) -> Iterator[str]:
        """Hosts whose pictures the editor would not show."""
        return media.doubts(self.plan(archive), self._client, self._api.url)

    def prepare(self, actions: Sequence[Action], /) -> None:
        """Tasks and annotations are written as JSON."""
        self._bodies.prepare(actions)

    def exported(self, archive: contract.RecordReader, /) -> Iterator[tuple[str, str]]:
        """What Label Studio would export of all this: JSON and labeling configs."""
        return files.pieces(self.plan(archive))

    @property
    def _making(self) -> Making:
        return Making(self._api, self._looking, self._fences, self._bodies)

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
            required(self, self._settings, "api_key"),
            self._client,
        )
