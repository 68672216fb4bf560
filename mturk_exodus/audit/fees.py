"""MTurk's fee, by the rules that Amazon published, each from its day on.

mturk.com/pricing, read on 2026-10-07: 20 % of reward and bonus; for HITs with 10 and more
assignments another 20 % of the reward; $0.01 at least for an assignment or a bonus; 5 % of the
reward for Masters. Premium qualifications cost $0.05 and more for an assignment, each its own
price, which nobody can look up any more: they are left out, and counted. A fee is rounded half up
to cents. Since 2015-07-21; before, 10 % and half a cent at least, 20 % more for Masters.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from mturk_exodus.audit.amounts import MILLIONTHS


@dataclass(frozen=True)
class Rule:
    """What MTurk asks for from a day on.

    Attributes:
        since: `YYYY-MM-DD`.
        share: of a reward or a bonus.
        share_of_many: added to the share of a reward if the HIT has `many` assignments or more.
        share_of_masters: added if the HIT requires Masters.
        least: for an assignment or a bonus, in dollars.
        step: what a fee is rounded to, in dollars.
    """

    since: str
    share: Decimal
    share_of_many: Decimal
    many: int
    share_of_masters: Decimal
    least: Decimal
    step: Decimal

    @property
    def on_rewards(self) -> str:
        """In words."""
        shares = [f"{_percent(self.share)} of the reward"]
        if self.share_of_many:
            shares.append(f"{_percent(self.share_of_many)} from {self.many} assignments per HIT on")
        if self.share_of_masters:
            shares.append(f"{_percent(self.share_of_masters)} for Masters")
        return f"{', another '.join(shares)}, {self._bounds}"

    @property
    def on_bonuses(self) -> str:
        """In words."""
        return f"{_percent(self.share)} of the bonus, {self._bounds}"

    @property
    def _bounds(self) -> str:
        return f"${self.least:f} at least, to ${self.step:f}"

    def of_reward(self, reward: int, max_assignments: int, *, masters: bool) -> int:
        """The fee for an approved assignment; both in millionths of a dollar."""
        share = self.share
        if max_assignments >= self.many:
            share += self.share_of_many
        if masters:
            share += self.share_of_masters
        return self._rounded(reward * share)

    def of_bonus(self, bonus: int) -> int:
        """The fee for a bonus; both in millionths of a dollar."""
        return self._rounded(bonus * self.share)

    def _rounded(self, fee: Decimal) -> int:
        step = self.step * MILLIONTHS
        rounded = (fee / step).quantize(Decimal(1), ROUND_HALF_UP) * step
        return int(max(rounded, self.least * MILLIONTHS))


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"


PUBLISHED = (
    Rule(
        since="2005-11-02",
        share=Decimal("0.10"),
        share_of_many=Decimal(0),
        many=10,
        share_of_masters=Decimal("0.20"),
        least=Decimal("0.005"),
        step=Decimal("0.001"),
    ),
    Rule(
        since="2015-07-21",
        share=Decimal("0.20"),
        share_of_many=Decimal("0.20"),
        many=10,
        share_of_masters=Decimal("0.05"),
        least=Decimal("0.01"),
        step=Decimal("0.01"),
    ),
)


@dataclass(frozen=True)
class Fees:
    """The rules, the earliest first."""

    rules: tuple[Rule, ...] = PUBLISHED

    @property
    def on_rewards(self) -> str:
        """How a fee on a reward is worked out, in a sentence."""
        return "; ".join(f"from {one.since} on {one.on_rewards}" for one in reversed(self.rules))

    @property
    def on_bonuses(self) -> str:
        """The same of a bonus."""
        return "; ".join(f"from {one.since} on {one.on_bonuses}" for one in reversed(self.rules))

    def of_reward(
        self,
        reward: int | None,
        max_assignments: int | None,
        masters: int | None,
        day: str | None,
    ) -> int | None:
        """The fee for an assignment that was approved on `day`, in millionths of a dollar.

        None if it cannot be told. Where nobody knows whether Masters were required, it is what it
        costs without them. A reward of nothing costs nothing.
        """
        rule = self._on(day)
        if reward is None or max_assignments is None or rule is None:
            return None
        return rule.of_reward(reward, max_assignments, masters=bool(masters)) if reward else 0

    def of_bonus(self, bonus: int | None, day: str | None) -> int | None:
        """The fee for a bonus that was paid on `day`."""
        rule = self._on(day)
        if bonus is None or rule is None:
            return None
        return rule.of_bonus(bonus) if bonus else 0

    def _on(self, day: str | None) -> Rule | None:
        if day is None:
            return None
        return next((one for one in reversed(self.rules) if one.since <= day[:10]), None)
