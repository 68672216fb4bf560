"""Real templates as studies at Prolific: a folder of batches, people in a browser, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.adapters.prolific.journey import Done, Guide, Journey, Row, arrived, guided, new_rows
from tests.endurance.support import run
from tests.fakes.prolific import APP, COMPLETE, FakeProlific
from tests.mturk_exodus.serve.host.hosted import asked_for, held_in_row
from tests.real.assembly import folder
from tests.real.batches import put_batch
from tests.real.test_real_frames import TEMPLATES

pytestmark = [
    pytest.mark.skipif(
        not TEMPLATES, reason="the public files are not here: EXODUS_FIXTURES names their folder"
    ),
    pytest.mark.live,
]
CHOSEN = {
    1: "turking-bench__ATOMIC_-_Required_Objects__template.html",
    2: "turking-bench__Triple_Quality_Eval__template.html",
    3: "turking-bench__Mars_human_eval_a-b_testing___template.html",
    4: "turking-bench__Sentence_Summarization__template.html",
    5: "turking-bench__tasks__Reddit_In-group_Analysis.html",
    6: "hltcoe__turkle__translate_minimal.html",
}
"""By batch: texts, boxes, names with dots, radio buttons, a page of Crowd HTML Elements, and one of
fields alone."""
A_VISIT = 2
_AMAZON = re.compile(r"mturk|amazon|aws|cloudfront", re.IGNORECASE)


@dataclass
class Story:
    """What happened.

    Attributes:
        hits: by batch.
        half: what somebody did who left the study between two HITs of a visit, and just closed the
            host's page.
        rest: what the person did who got that link next.
        before, after: batch results.
    """

    journey: Journey
    hits: dict[int, list[str]]
    before: dict[str, list[Row]]
    done: list[Done] = field(default_factory=list)
    half: list[Done] = field(default_factory=list)
    rest: list[Done] = field(default_factory=list)
    collected: list[Any] = field(default_factory=list)
    after: dict[str, list[Row]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    into = tmp_path_factory.mktemp("batches")
    hits = {number: put_batch(into, number, name, A_VISIT) for number, name in CHOSEN.items()}
    path = tmp_path_factory.mktemp("studies") / "mturk.db"
    done = run("ingest", into, "--archive", path)
    assert done.returncode == 0, done.stderr
    with FakeProlific() as fake:
        journey = Journey(path, fake)
        story = Story(journey, hits, journey.batch_results("before"))
        journey.draft("--bundle", A_VISIT)
        studies = journey.publish()
        with guided(journey, {}) as guide:
            _people_come(story, guide, studies)
        story.collected.append(journey.at_prolific("collect"))
        story.after = journey.batch_results("after")
        yield story


def _people_come(story: Story, guide: Guide, studies: list[str]) -> None:
    one, other = story.journey.join("Spain"), story.journey.join("Chile")
    for study_id in studies:
        story.done += guide.take_part(one, study_id)
    first, second, third, *_ = studies
    for study_id in (first, second):
        story.done += guide.take_part(other, study_id)
    story.half = guide.take_part(other, third, hits=1)
    story.half[0].place.give_back()
    story.journey.at_prolific("collect")
    story.rest = guide.take_part(story.journey.join("Japan"), third)


def test_every_batch_is_a_study_of_its_own_page(told: Story) -> None:
    assert told.journey.fake.drafts_created == len(CHOSEN)
    assert {one.hit_id for one in told.done} == {one for hits in told.hits.values() for one in hits}


def test_a_visit_leads_back_after_its_last_hit(told: Story) -> None:
    studies = told.journey.fake.account.studies
    visits: dict[str, list[Done]] = {}
    for one in told.done:
        visits.setdefault(one.place.submission_id, []).append(one)
    assert len(visits) == len(CHOSEN) + 2
    for *first, last in visits.values():
        (code,) = studies[last.place.submission.study_id].fields["completion_codes"]
        assert last.led_to == f"{APP}{COMPLETE}?cc={code['code']}"
        assert last.place.submission.entered_code == code["code"]
        assert len(first) == A_VISIT - 1


def test_what_was_filled_in_is_in_the_archive_and_in_the_batchs_results(told: Story) -> None:
    new = new_rows(told.before, told.after)
    every = [*told.done, *told.half, *told.rest]
    assert len(new) == len(every)
    for one in every:
        assert one.must
        assert arrived(told.journey, one) == asked_for(one.must)
        row = new[one.hit_id, one.place.submission.participant_id]
        assert held_in_row(row, one.columns) == asked_for(one.columns)


def test_new_rows_are_of_the_same_input(told: Story) -> None:
    for name, rows in told.after.items():
        inputs = {_input(one) for one in told.before[name]}
        assert len(rows) > len(told.before[name])
        assert {_input(one) for one in rows} == inputs


def _input(row: Row) -> tuple[tuple[str, str], ...]:
    said = {
        name: cell for name, cell in row.items() if name.startswith("Input.") or name == "HITId"
    }
    return tuple(said.items())


def test_who_gives_up_between_two_hits_keeps_the_first(told: Story) -> None:
    (one,) = told.half
    (collected,) = told.collected
    assert collected["states"] == {"AWAITING REVIEW": len(CHOSEN) + 3, "RETURNED": 1}
    assert (collected["answered"], collected["unanswered"]) == (len(CHOSEN) + 4, 0)
    assert told.journey.rows(
        "select event_type, hit_id from notification_events where worker_id = ?",
        one.place.submission.participant_id,
    ) == [("AssignmentReturned", one.hit_id)]


def test_nothing_was_asked_of_amazon_or_of_whom_no_page_names(told: Story) -> None:
    pages = "".join((folder() / "templates" / one).read_text("utf-8") for one in CHOSEN.values())
    asked = {urlsplit(url).hostname or "" for one in told.done for url in one.asked}
    assert asked
    assert [host for host in asked if _AMAZON.search(host) or host not in pages] == []


def test_the_next_one_gets_the_place_that_was_left(told: Story) -> None:
    (left,), (one,) = told.half, told.rest
    assert one.place.submission.template == left.place.submission.template
    assert one.hit_id != left.hit_id
    assert one.led_to.startswith(f"{APP}{COMPLETE}?cc=")
    assert one.place.status == "AWAITING REVIEW"
