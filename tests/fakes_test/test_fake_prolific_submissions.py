"""Participants of the fake, and their submissions as a researcher moves them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.prolific import FakeProlific, NotForYou, Place
from tests.fakes_test.prolific_support import (
    APPROVED,
    REASON,
    REVIEWED,
    Client,
    Record,
    prolific,
)

DONE, LOOK = APPROVED["code"], REVIEWED["code"]


def _move(client: Client, place: Place, action: str, **more: object) -> Any:  # noqa: ANN401
    path = f"POST /submissions/{place.submission_id}/transition/"
    return client.get(path, {"action": action} | more)["status"]


def _refused(client: Client, place: Place, action: str, **more: object) -> str:
    path = f"POST /submissions/{place.submission_id}/transition/"
    return client.refused(path, {"action": action} | more)


def _awaiting(client: Client, **changes: object) -> Place:
    place = client.fake.join().take_part(client.published(**changes))
    place.complete(LOOK)
    return place


def test_a_participant_gets_a_link_with_the_placeholders_filled_in() -> None:
    with prolific() as client:
        study_id = client.published()
        person = client.fake.join()
        place = person.reserve(study_id)
        assert place.status == "RESERVED"
        expected = f"https://host.example/t/1?p={person.id}&s={place.submission_id}&y={study_id}"
        assert place.start() == expected
        assert (place.status, place.complete(DONE)) == ("ACTIVE", "APPROVED")


def test_taskflow_goes_round_by_how_often_each_link_was_given() -> None:
    with prolific() as client:
        study_id = client.published(**client.taskflow(2, 1, 2))
        given = [client.fake.join().take_part(study_id).url[-1] for _ in range(5)]
        assert given == ["0", "1", "2", "0", "2"]
        with pytest.raises(NotForYou, match="no free place"):
            client.fake.join().reserve(study_id)
        progress = client.get(f"GET /studies/{study_id}/access-details-progress/")["progress"]
        assert [each["allocated"] for each in progress] == [2, 1, 2]


def test_a_link_that_is_given_back_is_given_again() -> None:
    with prolific() as client:
        study_id = client.published(**client.taskflow(1, 1))
        first, _ = (client.fake.join().take_part(study_id) for _ in range(2))
        first.give_back()
        assert client.fake.join().take_part(study_id).url == first.url


@pytest.mark.parametrize(("twice", "links"), [(False, ["0", "1"]), (True, ["0", "1", "0"])])
def test_several_submissions_of_one_person(twice: bool, links: list[str]) -> None:
    with prolific() as client:
        client.fake.account.same_url_twice = twice
        config = {"submissions_config": {"max_submissions_per_participant": -1}}
        study_id = client.published(**client.taskflow(2, 1, **config))
        person, seen = client.fake.join(), []
        while person.sees(study_id):
            place = person.take_part(study_id)
            seen.append(place.url[-1])
            place.complete(LOOK)
        assert seen == links


def test_who_may_take_part() -> None:
    with prolific() as client:
        fake = client.fake
        group = client.get(
            "POST /participant-groups/",
            {"workspace_id": fake.account.workspace_id, "name": "Known"},
        )["id"]
        study_id = client.published(
            device_compatibility=["desktop"],
            filters=[
                {"filter_id": "age", "selected_range": {"lower": 30}},
                {"filter_id": "current-country-of-residence", "selected_values": ["0", "1"]},
                {"filter_id": "participant_group_allowlist", "selected_values": [group]},
            ],
        )
        country = {"current_country_of_residence": "United States"}
        fits = fake.join(age=40, **country)
        others = [
            fake.join(age=29, **country),
            fake.join(age=40, current_country_of_residence="France"),
            fake.join(age=40, device="mobile", **country),
            fake.join(age=40, **country),
        ]
        ids = [each.id for each in (fits, *others[:3])]
        assert not fits.sees(study_id)
        client.get(f"POST /participant-groups/{group}/participants/", {"participant_ids": ids})
        assert fits.sees(study_id)
        assert not any(each.sees(study_id) for each in others)


def test_one_person_is_in_one_study_at_a_time_and_takes_part_once() -> None:
    with prolific() as client:
        first, second = client.published(), client.published()
        person = client.fake.join()
        place = person.take_part(first)
        with pytest.raises(NotForYou, match="in a study already"):
            person.reserve(second)
        place.complete(DONE)
        with pytest.raises(NotForYou, match="as often as he may"):
            person.reserve(first)
        person.reserve(second)


def test_a_code_does_what_its_actions_say() -> None:
    with prolific() as client:
        space = client.fake.account.workspace_id
        group = client.get("POST /participant-groups/", {"workspace_id": space, "name": "A"})["id"]
        joins = {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": group}
        asks = {"action": "REQUEST_RETURN", "return_reason": "No consent"}
        codes = [APPROVED, {"code": "IN", "code_type": "OTHER", "actions": [joins, asks]}]
        study_id = client.published(completion_codes=codes, total_available_places=4)
        people = [client.fake.join() for _ in range(4)]
        places = [each.take_part(study_id) for each in people]
        codes_given = ("IN", DONE, "no", None)
        said = [each.complete(code) for each, code in zip(places, codes_given, strict=True)]
        assert said == ["AWAITING REVIEW", "APPROVED", "AWAITING REVIEW", "AWAITING REVIEW"]
        members = client.get(f"GET /participant-groups/{group}/participants/")["results"]
        assert [each["participant_id"] for each in members] == [people[0].id]
        shown = [client.get(f"GET /submissions/{each.submission_id}/") for each in places]
        assert [each["entered_code"] for each in shown] == ["IN", DONE, "no", "NOCODE"]
        assert shown[0]["return_requested"]


def test_lists_and_details_name_the_participant_differently() -> None:
    with prolific() as client:
        place = _awaiting(client)
        detail = client.get(f"GET /submissions/{place.submission_id}/")
        listed = client.get("GET /submissions/", study=detail["study_id"])["results"][0]
        assert detail["participant"] == listed["participant_id"]
        assert "participant" not in listed
        assert (listed["reward"], listed["study_code"]) == (2000, LOOK)


@pytest.mark.parametrize(
    ("length", "status"), [({"minutes": 9}, "RESERVED"), ({"minutes": 11}, "TIMED-OUT")]
)
def test_a_reservation_lapses(length: dict[str, float], status: str) -> None:
    with prolific() as client:
        place = client.fake.join().reserve(client.published())
        client.fake.advance(**length)
        assert place.status == status


def test_who_takes_too_long_loses_the_place() -> None:
    with prolific() as client:
        study_id = client.published(total_available_places=1)
        place = client.fake.join().take_part(study_id)
        client.fake.advance(minutes=6, seconds=1)
        assert place.status == "TIMED-OUT"
        assert client.fake.join().sees(study_id)


def test_what_nobody_reviews_is_approved_after_three_weeks() -> None:
    with prolific() as client:
        place = _awaiting(client)
        client.fake.advance(days=20, hours=23)
        assert (place.status, client.fake.paid()) == ("AWAITING REVIEW", 0)
        client.fake.advance(hours=2)
        assert (place.status, client.fake.paid("reward")) == ("APPROVED", 20)


def test_who_is_too_fast_is_not_approved_by_code_where_several_submissions_are_allowed() -> None:
    with prolific() as client:
        config = {"max_submissions_per_participant": 2}
        study_id = client.published(submissions_config=config)
        assert client.fake.join().take_part(study_id).complete(DONE) == "AWAITING REVIEW"
        place = client.fake.join().take_part(study_id)
        client.fake.advance(seconds=31)
        assert place.complete(DONE) == "APPROVED"


def test_approving_twice_pays_once() -> None:
    with prolific() as client:
        place = _awaiting(client)
        assert [_move(client, place, "APPROVE") for _ in range(2)] == ["APPROVED", "APPROVED"]
        assert client.fake.paid() == 20
        assert "400" in _refused(client, place, "REJECT", message=REASON)


def test_a_rejection_needs_its_reason_and_can_be_taken_back() -> None:
    with prolific() as client:
        client.fake.account.rejection_limit = 1
        place, other = _awaiting(client), _awaiting(client)
        why: Record = {"message": REASON, "rejection_category": "LOW_EFFORT"}
        assert "100 characters" in _refused(client, place, "REJECT", message="Bad.")
        assert "category" in _refused(client, place, "REJECT", message=REASON)
        assert _move(client, place, "REJECT", **why) == "REJECTED"
        assert "rejection limit" in _refused(client, other, "REJECT", **why)
        assert _move(client, place, "UNREJECT") == "AWAITING REVIEW"
        assert _move(client, place, "APPROVE") == "APPROVED"


def test_approving_right_after_the_redirect_races() -> None:
    with prolific() as client:
        client.fake.account.completion_reads = 2
        place = _awaiting(client)
        assert "ACTIVE cannot APPROVE" in _refused(client, place, "APPROVE")
        path = f"GET /submissions/{place.submission_id}/"
        statuses = [client.get(path)["status"] for _ in range(3)]
        assert statuses == ["ACTIVE", "ACTIVE", "AWAITING REVIEW"]
        assert _move(client, place, "APPROVE") == "APPROVED"


def test_a_study_is_over_when_its_places_are_filled_and_reviewed() -> None:
    with prolific() as client:
        study_id = client.published()
        path = f"GET /studies/{study_id}/"
        places = [client.fake.join().take_part(study_id) for _ in range(2)]
        places[0].complete(DONE)
        assert client.get(path)["status"] == "ACTIVE"
        places[1].complete(LOOK)
        assert client.get(path)["status"] == "AWAITING REVIEW"
        assert _move(client, places[1], "RETURN") == "RETURNED"
        assert not client.fake.join().sees(study_id)
        assert client.move(study_id, "START") == "ACTIVE"
        client.fake.join().take_part(study_id).complete(DONE)
        assert client.get(path)["status"] == "COMPLETED"
        counts = client.get(f"GET /studies/{study_id}/submissions/counts/")
        assert (counts["APPROVED"], counts["RETURNED"], counts["TOTAL"]) == (2, 1, 3)


def test_approvals_in_bulk_have_a_limit_and_are_idempotent() -> None:
    with prolific() as client:
        place = _awaiting(client)
        path = "POST /submissions/bulk-approve/"
        ids = [place.submission_id]
        assert "1000" in client.refused(path, {"submission_ids": ids * 1001})
        for _ in range(2):
            client.get(path, {"submission_ids": ids * 1000})
        assert client.fake.paid() == 20


def test_the_end_of_a_study_is_the_apps_link_and_no_other() -> None:
    with prolific() as client:
        person = client.fake.join()
        place = person.take_part(client.published())
        with pytest.raises(ValueError, match="no link to the end"):
            person.finish("https://app.prolific.com.example/submissions/complete?cc=DONE1")
        page = person.finish("https://app.prolific.com/submissions/complete?cc=DONE1")
        assert (place.status, "APPROVED" in page) == ("APPROVED", True)
        assert "not in a study" in person.finish(
            "https://app.prolific.com/submissions/complete?cc=DONE1"
        )


def test_submissions_are_asked_for_by_study_status_and_day() -> None:
    with prolific() as client:
        place = _awaiting(client)
        study = place.submission.study_id
        path = "GET /submissions/"
        assert "study" in client.refused(path)
        assert client.get(path, study=study, status="APPROVED")["results"] == []
        found = client.get(path, study=study, status="AWAITING_REVIEW")["results"]
        assert [each["id"] for each in found] == [place.submission_id]
        for query, number in (("04/01/2026", 1), ("06/01/2026", 0)):
            assert len(client.get(path, study=study, submitted_from=query)["results"]) == number


def test_it_serves_only_while_it_is_entered() -> None:
    fake = FakeProlific()
    with pytest.raises(RuntimeError, match="with block"):
        _ = fake.url
