"""Studies that are there to be published: what they cost, and the one call that opens them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from mturk_exodus.replay.adapter import Making
from mturk_exodus.replay.offers import Money, Offer
from mturk_exodus_prolific import shapes
from mturk_exodus_prolific.api import Api
from mturk_exodus_prolific.shapes import Study

_DRAFT = "UNPUBLISHED"


class Publishing:
    """Looks at studies, and publishes drafts."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def offers(self, makings: Sequence[Making]) -> Iterator[Offer]:
        """Each study as it is, with its projected cost; without those that are gone."""
        for making in makings:
            study = self._api.study(making.target_id)
            if study is not None:
                yield self._offer(study)

    def publish(self, study_id: str) -> str:
        """Open a draft; its state then, which may be PUBLISHING for a while."""
        return self._api.move_study(study_id, "PUBLISH").status

    def _offer(self, study: Study) -> Offer:
        cost, _ = self._api.study_cost(study.id, is_projected=True)
        what = f"/studies/{study.id}/"
        reward = shapes.whole(study.members.get("reward"), what)
        places = shapes.whole(study.members.get("total_available_places"), what)
        # Whatever Prolific projects: nobody is asked for a yes to less than the rewards are.
        total = max(cost.total, Decimal(reward * places))
        return Offer(
            target_id=study.id,
            title=shapes.text(study.members.get("name"), what),
            state=study.status,
            is_draft=study.status == _DRAFT,
            places=places,
            reward=in_units(reward, cost.currency),
            cost=in_units(total, cost.currency),
        )


def in_units(hundredths: int | Decimal, currency: str) -> Money:
    """A sum of Prolific's replies, which are in cents or pence."""
    return Money(Decimal(hundredths) / 100, currency)
