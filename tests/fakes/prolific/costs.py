"""What studies cost and have cost."""

from __future__ import annotations

from tests.fakes.prolific.account import Account, Record, Study, Workspace
from tests.fakes.prolific.wire import Answer, Ask, Handler, invalid, missing


class Costs:
    """The two endpoints; all amounts are cents."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> dict[str, Handler]:
        """What answers each operation."""
        return {
            "GET /studies/{id}/cost/": self._cost,
            "POST /study-cost-calculator/": self._calculate,
        }

    def _cost(self, ask: Ask) -> Answer:
        """What has been paid; projected, what all of it will cost."""
        study = self._found(ask.ids["id"])
        workspace = self._account.workspaces[study.workspace_id]
        own = {each.id for each in self._account.submissions_of(study.id)}
        paid = [each for each in self._account.payments if each.submission_id in own]
        sums = {
            kind: sum(each.amount for each in paid if each.kind == kind)
            for kind in ("reward", "bonus")
        }
        if ask.query.get("is_projected") == "true":
            sums["reward"] = study.places * study.reward
        return Answer(
            {
                "rewards": self._breakdown(workspace, sums["reward"]),
                "bonuses": self._breakdown(workspace, sums["bonus"]),
                "_links": {},
            }
        )

    def _calculate(self, ask: Ask) -> Answer:
        reward, places = ask.body.get("reward"), ask.body.get("total_available_places")
        if not isinstance(reward, int) or not isinstance(places, int):
            raise invalid(reward="A valid number is required.")
        workspace = next(iter(self._account.workspaces.values()))
        return Answer({"total_cost": self._account.cost(workspace, reward * places)})

    def _found(self, study_id: str) -> Study:
        study = self._account.studies.get(study_id)
        if study is None:
            raise missing("Study")
        return study

    def _breakdown(self, workspace: Workspace, amount: int) -> Record:
        fees, tax = self._account.fees_of(workspace, amount)
        parts = {"rewards": amount, "fees": fees, "tax": tax}
        return {
            name: {"amount": each, "currency": workspace.currency} for name, each in parts.items()
        }
