"""Drafts are published once, after their cost was told, and nothing else is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mturk_exodus import errors
from mturk_exodus.archive import Archive
from mturk_exodus.replay.offered import refuse_unaffordable
from mturk_exodus.replay.offers import Collects, Money, Pays, Publishes
from mturk_exodus.replay.opening import Found, look, publish
from tests.adapters.prolific.offered import PUBLISH, Desk


def looked(at: Desk, *wanted: str) -> Found:
    with Archive.open(at.path) as archive:
        return look(archive, at.adapter, wanted)


def published(at: Desk, *wanted: str) -> dict[str, str]:
    """What the command does after a yes; the states then."""
    states: dict[str, str] = {}
    with Archive.open(at.path) as archive, archive.writing():
        drafts = look(archive, at.adapter, wanted).drafts
        publish(archive, at.adapter, drafts, {}, states.__setitem__)
    return states


def test_it_has_the_three_protocols(at: Desk) -> None:
    assert all(isinstance(at.adapter, one) for one in (Publishes, Collects, Pays))


def test_looking_says_what_it_costs_and_changes_nothing(at: Desk) -> None:
    at.fake.account.workspaces[at.fake.account.workspace_id].vat = Decimal("0.2")
    study_id = at.draft(total_available_places=10, reward=140, estimated_completion_time=10)
    writes = len(at.fake.writes())
    (offer,) = looked(at, study_id).drafts
    assert (offer.places, str(offer.reward)) == (10, "USD 1.40")
    # 14.00 of rewards, a third of it for Prolific, a fifth of that for the state.
    assert str(offer.cost) == "USD 19.60"
    assert (offer.state, offer.is_draft) == ("UNPUBLISHED", True)
    assert len(at.fake.writes()) == writes


def test_nothing_costs_less_than_its_rewards(at: Desk) -> None:
    """Of what a draft will cost Prolific might know nothing yet."""
    study_id = at.draft(total_available_places=10, reward=140, estimated_completion_time=10)
    no_sum = {"amount": 0, "currency": "USD"}
    nothing = dict.fromkeys(("rewards", "fees", "tax"), no_sum)
    at.fake.mangle = lambda operation, body: (
        {"rewards": nothing, "bonuses": nothing} if operation.endswith("/cost/") else body
    )
    (offer,) = looked(at, study_id).drafts
    assert str(offer.cost) == "USD 14.00"


def test_only_what_is_named_is_published(at: Desk) -> None:
    study_id, other = at.draft(), at.draft()
    assert published(at, study_id) == {study_id: "ACTIVE"}
    assert [one.id for one in at.fake.published] == [study_id]
    assert [one.target_id for one in looked(at).drafts] == [other]
    assert published(at, study_id) == {}
    assert at.fake.times(PUBLISH) == 1


def test_a_state_that_passes_is_told_as_it_is(at: Desk) -> None:
    at.fake.account.publish_reads = 1
    study_id = at.draft()
    assert published(at, study_id) == {study_id: "PUBLISHING"}


@pytest.mark.parametrize("fault", ["lost", "lost_500", "lost_gateway", "not_json", "cut_json"])
def test_an_answer_that_is_lost_is_looked_for(at: Desk, fault: str) -> None:
    study_id = at.draft()
    at.fake.faults.next(PUBLISH, fault)
    assert published(at, study_id) == {study_id: "ACTIVE"}
    assert at.fake.times(PUBLISH) == 1


def test_what_was_not_published_stays_a_draft_to_be_published_again(at: Desk) -> None:
    study_id = at.draft()
    at.fake.faults.next(PUBLISH, "reset")
    with pytest.raises(errors.OutcomeUnknown):
        published(at, study_id)
    assert at.fake.published == []
    assert published(at, study_id) == {study_id: "ACTIVE"}


def test_what_cannot_be_looked_at_again_stays_unknown(at: Desk) -> None:
    study_id = at.draft()
    at.fake.faults.next(PUBLISH, "lost")
    with Archive.open(at.path) as archive, archive.writing():
        drafts = look(archive, at.adapter, (study_id,)).drafts
        at.fake.faults.next("GET /studies/{id}/", "ok", *["unavailable"] * 6)
        with pytest.raises(errors.OutcomeUnknown, match="run it again, it looks first"):
            publish(archive, at.adapter, drafts, {}, lambda *_: None)
    assert published(at, study_id) == {}
    assert at.fake.times(PUBLISH) == 1


@pytest.mark.parametrize("changes", [{"reward": 9000}, {"total_available_places": 900}])
def test_what_somebody_changes_before_the_yes_is_not_published(
    at: Desk, changes: dict[str, int]
) -> None:
    study_id = at.draft()
    with Archive.open(at.path) as archive, archive.writing():
        drafts = look(archive, at.adapter, (study_id,)).drafts
        at.researcher.get(f"PATCH /studies/{study_id}/", changes)
        with pytest.raises(errors.TargetRejected, match="it was not published"):
            publish(archive, at.adapter, drafts, {}, lambda *_: None)
    assert at.fake.published == []


def test_what_somebody_publishes_before_the_yes_is_left_as_it_is(at: Desk) -> None:
    study_id = at.draft()
    states: dict[str, str] = {}
    with Archive.open(at.path) as archive, archive.writing():
        drafts = look(archive, at.adapter, (study_id,)).drafts
        at.researcher.move(study_id, "PUBLISH")
        publish(archive, at.adapter, drafts, {}, states.__setitem__)
    assert states == {study_id: "ACTIVE"}
    assert at.fake.times(PUBLISH) == 1


def test_a_burst_of_too_many_requests_is_waited_for(at: Desk) -> None:
    study_id = at.draft()
    at.fake.faults.throttle(3, PUBLISH)
    assert published(at, study_id) == {study_id: "ACTIVE"}


def test_a_balance_that_does_not_suffice_is_told_before(at: Desk) -> None:
    at.fake.account.workspaces[at.fake.account.workspace_id].funds = 50
    study_id = at.draft()
    cost = looked(at, study_id).cost
    assert cost is not None
    with pytest.raises(errors.TargetRejected, match=r"costs USD 0\.53, and Prolific has USD 0\.50"):
        refuse_unaffordable(at.adapter, cost)
    with pytest.raises(errors.TargetRejected, match="balance is too small"):
        published(at, study_id)


def test_another_currency_is_not_taken_for_this_one(at: Desk) -> None:
    with pytest.raises(errors.TargetRejected, match=r"costs GBP 0\.01"):
        refuse_unaffordable(at.adapter, Money(Decimal("0.01"), "GBP"))


def test_somebody_elses_study_is_not_published(at: Desk) -> None:
    ours, strange = at.draft(), at.researcher.draft()
    with pytest.raises(errors.NoSuchRecord, match=f"it has made {ours}"):
        looked(at, strange)


def test_a_draft_that_was_deleted_is_gone(at: Desk) -> None:
    gone, ours = at.draft(), at.draft()
    at.researcher.ask(f"DELETE /studies/{gone}/")
    with pytest.raises(errors.NoSuchRecord, match="any more"):
        looked(at, gone)
    assert [one.target_id for one in looked(at).drafts] == [ours]


def test_that_it_was_done_stands_in_the_archive(at: Desk) -> None:
    study_id = at.draft()
    published(at, study_id)
    with Archive.open(at.path, read_only=True) as archive:
        rows = archive.connection.execute(
            "select command, outcome from replays order by replay_id desc limit 1"
        ).fetchall()
    assert rows == [("publish", "complete")]
