"""The invented account at Prolific from end to end: drafts, people in a browser, answers, money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.catalogue import CATALOGUE
from mturk_exodus.demo.fill import fill
from tests.adapters.prolific.journey import Done, Guide, Journey, Row, arrived, guided, new_rows
from tests.fakes.prolific import APP, COMPLETE, FakeProlific, Place
from tests.mturk_exodus.serve.host.hosted import asked_for, held_in_row
from tests.mturk_exodus.serve.host.stage import OUTSIDE_PAGE
from tests.mturk_exodus.serve.host.test_host_in_browser import EXTERNALS, NOT_SHOWN

pytestmark = pytest.mark.live
TITLES = {one.key: one.title for one in CATALOGUE}
HALF = "half of an answer"
_TIMES = ("started_at", "completed_at")


@dataclass
class Story:
    """What happened.

    Attributes:
        studies: their ids by title.
        published: those that were published once all of them were made.
        done: what people did.
        returned: the place of somebody who gave up midway.
        taken_over: what the person did with it who came next.
        kept_out: what those were shown who may not take part, at Prolific and at the host.
        turned_away: the place of the one at the host.
        collected: what `collect` said, before and after the requester's review.
        statuses: of the archive's new assignments, likewise, by submission.
        before, after: batch results.
    """

    journey: Journey
    studies: dict[str, str]
    published: list[str]
    before: dict[str, list[Row]]
    done: list[Done] = field(default_factory=list)
    returned: list[Place] = field(default_factory=list)
    taken_over: list[Done] = field(default_factory=list)
    kept_out: list[str] = field(default_factory=list)
    turned_away: list[Place] = field(default_factory=list)
    collected: list[Any] = field(default_factory=list)
    statuses: list[dict[str, tuple[str, str | None, str | None]]] = field(default_factory=list)
    after: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def places(self) -> list[Place]:
        """Of those who were done."""
        return [one.place for one in self.done]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    path = tmp_path_factory.mktemp("prolific") / "mturk.db"
    with Archive.create(path) as archive:
        fill(archive, synthesize(hits=21))
    with FakeProlific() as fake:
        story = _offered(Journey(path, fake))
        with guided(story.journey, dict.fromkeys(EXTERNALS, OUTSIDE_PAGE)) as guide:
            _people_come(story, guide)
        _reviewed(story)
        story.journey.exodus("verify")
        story.after = story.journey.batch_results("after")
        yield story


def _offered(journey: Journey) -> Story:
    before = journey.batch_results("before")
    journey.draft()
    published = [one.id for one in journey.fake.published]
    drafts = journey.publish()
    studies = {journey.fake.account.studies[one].fields["name"]: one for one in drafts}
    return Story(journey, studies, published, before)


def _people_come(story: Story, guide: Guide) -> None:
    known, stranger = story.journey.join("United Kingdom"), story.journey.join("United States")
    story.journey.allow(known)
    left = [one for one in story.studies.values() if not known.sees(one)]
    for study_id in story.studies.values():
        if study_id not in left:
            story.done += guide.take_part(known, study_id)
    for study_id in [*left, story.studies[TITLES["habits"]]]:
        story.done += guide.take_part(stranger, study_id)
    story.kept_out.append(guide.look(stranger, story.studies[TITLES["follow-up"]]))
    _somebody_gives_up(story, guide)
    _blocked_people_come(story, guide)


def _somebody_gives_up(story: Story, guide: Guide) -> None:
    """The last place of a HIT, half done; another has it then."""
    study_id = story.studies[TITLES["background"]]
    place = guide.enter(story.journey.join("Spain"), study_id)
    guide.seen.task().fill("[name=comments]", HALF)
    guide.seen.page.get_by_role("button", name="Give it back").click()
    guide.seen.page.get_by_text("You have given the task back").wait_for()
    place.give_back()
    story.returned.append(place)
    story.taken_over = guide.take_part(story.journey.join("Italy"), study_id)
    story.done += story.taken_over


def _blocked_people_come(story: Story, guide: Guide) -> None:
    study_id = story.studies[TITLES["habits"]]
    there, here = story.journey.join("France"), story.journey.join("France")
    story.journey.block(there)
    story.kept_out.append(guide.look(there, study_id))
    study_id = story.studies[TITLES["relevance"]]
    here = story.journey.join("Canada")
    story.journey.exodus("host", "--block", here.id)
    story.turned_away.append(guide.enter(here, study_id))
    story.kept_out.append(guide.seen.page.inner_text("body"))
    story.turned_away[0].give_back()


def _reviewed(story: Story) -> None:
    _collect(story)
    approved, rejected, *_ = story.places
    story.journey.review(approved, "APPROVE")
    story.journey.review(rejected, "REJECT")
    _collect(story)


def _collect(story: Story) -> None:
    story.collected.append(story.journey.at_prolific("collect"))
    rows = story.journey.rows(
        "select raw ->> 'SessionId', assignment_status, approval_time, rejection_time"
        " from assignments where source = 'host'"
    )
    story.statuses.append({session_id: tuple(rest) for session_id, *rest in rows})


def test_an_import_publishes_nothing_and_makes_a_study_of_each_kind(told: Story) -> None:
    assert told.published == []
    assert told.studies.keys() == {TITLES[one] for one in TITLES if one not in NOT_SHOWN}


def test_each_kind_was_done_and_led_back_with_the_studys_code(told: Story) -> None:
    studies = told.journey.fake.account.studies
    assert {one.submission.study_id for one in told.places} == set(told.studies.values())
    assert len({one.submission.participant_id for one in told.places}) == 3
    for one in told.done:
        submission = one.place.submission
        (code,) = studies[submission.study_id].fields["completion_codes"]
        assert one.led_to == f"{APP}{COMPLETE}?cc={code['code']}"
        assert submission.entered_code == code["code"]


def test_what_was_filled_in_is_in_the_archive(told: Story) -> None:
    assert len(told.done) == len(told.places) > len(told.studies)
    for one in told.done:
        assert arrived(told.journey, one) == asked_for(one.must)
        assert one.must


def test_nobody_was_asked_for_anything_but_the_requesters_own_servers(told: Story) -> None:
    asked = {urlsplit(url).hostname or "" for one in told.done for url in one.asked}
    assert asked
    assert [host for host in asked if not host.endswith(".lab.example")] == []


def test_who_gives_up_leaves_the_place_to_the_next(told: Story) -> None:
    (gone,), (one,) = told.returned, told.taken_over
    assert one.place.submission.template == gone.submission.template
    assert told.journey.rows(
        "select event_type from notification_events where worker_id = ?",
        gone.submission.participant_id,
    ) == [("AssignmentReturned",)]
    workers = told.journey.rows(
        "select worker_id from assignments where source = 'host' and hit_id = ?", one.hit_id
    )
    assert (gone.submission.participant_id,) not in workers
    assert (one.place.submission.participant_id,) in workers
    assert told.journey.rows("select 1 from assignments where answer glob ?", f"*{HALF}*") == []


def test_who_may_not_take_part_is_told_so_and_takes_nothing(told: Story) -> None:
    stranger, at_prolific, at_the_host = told.kept_out
    assert "This study is not for you" in stranger
    assert "This study is not for you" in at_prolific
    assert "ended your part in this study" in at_the_host
    (place,) = told.turned_away
    worker_id = place.submission.participant_id
    assert told.journey.rows("select 1 from assignments where worker_id = ?", worker_id) == []


def test_collect_brings_what_became_of_them(told: Story) -> None:
    number = len(told.done)
    before, after = told.collected
    assert before["states"] == {"AWAITING REVIEW": number, "RETURNED": 2}
    assert after["states"] == {
        "APPROVED": 1,
        "AWAITING REVIEW": number - 2,
        "REJECTED": 1,
        "RETURNED": 2,
    }
    for said in (before, after):
        assert (said["answered"], said["unanswered"], said["under_way"]) == (number, 2, 0)
        assert said["refused"] == 0
    first, second = told.statuses
    assert Counter(one for one, *_ in first.values()) == {"Submitted": number}
    approved, rejected, *others = told.places
    assert _review(second, approved) == ("Approved", True, False)
    assert _review(second, rejected) == ("Rejected", False, True)
    assert {_review(second, one) for one in others} == {("Submitted", False, False)}


def _review(statuses: dict[str, tuple[str, str | None, str | None]], place: Place) -> Any:  # noqa: ANN401 - a status, and whether it has the two times
    status, *times = statuses[place.submission_id]
    return status, *(one is not None for one in times)


def test_collect_brings_their_times(told: Story) -> None:
    rows = told.journey.rows(
        "select raw ->> '$.Submission.id', raw ->> '$.Submission.started_at',"
        " raw ->> '$.Submission.completed_at' from source_records where source = 'prolific'"
        " and record_table = 'assignments'"
    )
    assert {session_id: tuple(rest) for session_id, *rest in rows} == {
        one.submission_id: tuple(_time(getattr(one.submission, name)) for name in _TIMES)
        for one in told.places
    }


def _time(moment: Any) -> str:  # noqa: ANN401 - a time
    return f"{moment:%Y-%m-%dT%H:%M:%S.000Z}"


def test_the_requester_sites_files_have_new_rows_beside_the_old(told: Story) -> None:
    new = new_rows(told.before, told.after)
    assert len(new) == len(told.done)
    for one in told.done:
        row = new[one.hit_id, one.place.submission.participant_id]
        assert held_in_row(row, one.columns) == asked_for(one.columns)


def test_a_bonus_is_paid_once_and_is_in_the_archive(told: Story, tmp_path: Path) -> None:
    (one,) = told.taken_over
    file = tmp_path / "bonuses.csv"
    file.write_text(f"id,amount,reason\n{one.place.submission_id},1.25,thank you\n")
    study_id = one.place.submission.study_id
    for paid in (1, 0):
        said = told.journey.at_prolific("bonus", study_id, file, "--yes")
        assert (said["amount"], said["bonuses"]) == (("1.25", 1) if paid else ("0", 0))
    assert told.journey.fake.paid("bonus") == 125
    assert told.journey.rows(
        "select worker_id, bonus_amount, reason from bonus_payments where source = 'prolific'"
    ) == [(one.place.submission.participant_id, "1.25", "thank you")]
