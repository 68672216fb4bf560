"""What Prolific can do beside an import, as the adapter has it (`replay.offers`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from mturk_exodus.replay.adapter import Making
from mturk_exodus.replay.offers import Money, Offer, Recipient, SetUp, Submission
from mturk_exodus_prolific.api import Api
from mturk_exodus_prolific.collecting import Collecting
from mturk_exodus_prolific.paying import MOST_AT_ONCE, Paying
from mturk_exodus_prolific.publishing import Publishing


class Offering:
    """Publishes, Collects and Pays, for an adapter that knows the API and the workspace."""

    offer: ClassVar[str] = "study"
    kept_as: ClassVar[str] = "ExodusProlific"
    most_at_once: ClassVar[int] = MOST_AT_ONCE

    @property
    def api(self) -> Api:
        """Prolific."""
        raise NotImplementedError

    @property
    def workspace_id(self) -> str:
        """Whose wallet it is."""
        raise NotImplementedError

    def balance(self) -> Money:
        """The workspace's, without what is held for published studies."""
        return self._paying.balance()

    def offers(self, makings: Sequence[Making], /) -> Iterator[Offer]:
        """Studies with their projected cost."""
        return Publishing(self.api).offers(makings)

    def publish(self, target_id: str, /) -> str:
        """PUBLISH, once."""
        return Publishing(self.api).publish(target_id)

    def submissions(self, making: Making, /) -> Iterator[Submission]:
        """Of a study."""
        return Collecting(self.api).submissions(making.target_id)

    def recipients(self, target_id: str, /) -> Iterator[Recipient]:
        """Everyone with a submission in a study."""
        return self._paying.recipients(target_id)

    def received(self, session_ids: Sequence[str], /) -> Mapping[str, tuple[Decimal, ...]]:
        """The bonus_payments of submissions."""
        return self._paying.received(session_ids)

    def set_up(self, target_id: str, amounts: Mapping[str, Decimal], /) -> SetUp:
        """In whole units, compared by whoever calls."""
        return self._paying.set_up(target_id, amounts)

    def pay(self, set_up_id: str, /) -> None:
        """Once."""
        self._paying.pay(set_up_id)

    @property
    def _paying(self) -> Paying:
        return Paying(self.api, self.workspace_id)
