"""Bonuses, balances and costs of the fake, to the cent."""

from __future__ import annotations

import pytest

from tests.fakes.prolific import Place
from tests.fakes_test.prolific_support import REVIEWED, Client, prolific

SET_UP = "POST /submissions/bonus-payments/"


def _worked(client: Client, number: int = 2) -> list[Place]:
    study_id = client.published(total_available_places=number)
    places = [client.fake.join().take_part(study_id) for _ in range(number)]
    for each in places:
        each.complete(REVIEWED["code"])
    return places


def _bonuses(place: Place, *lines: str) -> dict[str, str]:
    return {"study_id": place.submission.study_id, "csv_bonuses": "\n".join(lines)}


def test_bonuses_are_asked_in_major_units_and_answered_in_cents() -> None:
    with prolific() as client:
        one, two = _worked(client)
        lines = f"{one.submission_id},1.50", f"{two.submission.participant_id},30"
        made = client.get(SET_UP, _bonuses(one, *lines))
        assert (made["amount"], made["fees"], made["vat"]) == (3150, 1050, 0)
        assert made["total_amount"] == 4200
        assert client.fake.paid() == 0


def test_paying_twice_pays_twice() -> None:
    with prolific() as client:
        place = _worked(client, 1)[0]
        made = client.get(SET_UP, _bonuses(place, f"{place.submission_id},0.25"))
        for times in (1, 2):
            client.get(f"POST /bulk-bonus-payments/{made['id']}/pay/")
            shown = client.get(f"GET /submissions/{place.submission_id}/")
            assert shown["bonus_payments"] == [25] * times
        assert (client.fake.paid("bonus"), client.fake.account.bonuses[made["id"]].times_paid) == (
            50,
            2,
        )


def test_a_lost_answer_has_paid() -> None:
    with prolific() as client:
        place = _worked(client, 1)[0]
        made = client.get(SET_UP, _bonuses(place, f"{place.submission_id},0.25"))
        client.fake.faults.next("POST /bulk-bonus-payments/{id}/pay/", "lost_gateway")
        assert client.ask(f"POST /bulk-bonus-payments/{made['id']}/pay/").status_code == 504
        assert client.fake.paid("bonus") == 25
        last = client.fake.log[-1]
        assert (last.outcome, last.done, last.ids) == ("lost_gateway", True, {"id": made["id"]})


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((), "may not be blank"),
        (("participant_id,amount",), "did not take part"),
        (("ffffffffffffffffffffffff,1.00",), "did not take part"),
        (("{id}",), "no id and amount"),
        (("{id},free",), "no id and amount"),
        (("{id},0",), "two places"),
        (("{id},-1",), "two places"),
        (("{id},1.005",), "two places"),
        (("{id},NaN",), "two places"),
        (("{id},1",) * 201, "At most 200"),
    ],
)
def test_bonuses_that_cannot_be_are_refused(lines: tuple[str, ...], says: str) -> None:
    with prolific() as client:
        place = _worked(client, 1)[0]
        filled = [each.replace("{id}", place.submission_id) for each in lines]
        assert says in client.refused(SET_UP, _bonuses(place, *filled))
        assert client.fake.account.bonuses == {}


def test_bonuses_beyond_the_balance_are_set_up_and_not_paid() -> None:
    with prolific() as client:
        place = _worked(client, 1)[0]
        made = client.get(SET_UP, _bonuses(place, f"{place.submission_id},9000"))
        refused = client.refused(f"POST /bulk-bonus-payments/{made['id']}/pay/")
        assert "insufficient funds" in refused
        assert client.fake.paid() == 0


def test_what_a_study_has_cost_and_will_cost() -> None:
    with prolific() as client:
        places = _worked(client)
        study_id = places[0].submission.study_id
        ids = {"submission_ids": [places[0].submission_id]}
        client.get("POST /submissions/bulk-approve/", ids)
        now = client.get(f"GET /studies/{study_id}/cost/")["rewards"]
        then = client.get(f"GET /studies/{study_id}/cost/", is_projected="true")["rewards"]
        usd = {"currency": "USD"}
        assert now == {
            "rewards": {"amount": 20} | usd,
            "fees": {"amount": 7} | usd,
            "tax": {"amount": 0} | usd,
        }
        assert then["rewards"]["amount"] == 40
        ask = {"reward": 20, "total_available_places": 2}
        assert client.get("POST /study-cost-calculator/", ask) == {"total_cost": 53}


def test_the_balance_goes_down_by_what_is_paid_with_fees() -> None:
    with prolific() as client:
        places = _worked(client)
        path = f"GET /workspaces/{client.fake.account.workspace_id}/balance/"
        before = client.get(path)
        ids = {"submission_ids": [each.submission_id for each in places]}
        client.get("POST /submissions/bulk-approve/", ids)
        after = client.get(path)
        assert before["total_balance"] - after["total_balance"] == 54
        assert after["total_balance"] == after["available_balance"]
        assert sum(after["balance_breakdown"].values()) == after["total_balance"]


def test_the_least_reward_is_asked_by_currency() -> None:
    with prolific() as client:
        client.fake.account.minimum["GBP"] = 650
        space = client.fake.account.workspace_id
        path = "GET /reward-recommendations/"
        assert client.get(path, workspace_id=space, currency="GBP") == [
            {"currency": "GBP", "min_reward_per_hour": 650, "recommended_reward_per_hour": 900}
        ]
        assert "valid choice" in client.refused(path, workspace_id=space, currency="EUR")
