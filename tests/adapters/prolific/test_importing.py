"""From an archive to drafts: what is made, found, revised, kept and removed, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from mturk_exodus import errors
from mturk_exodus.archive import Archive
from mturk_exodus.replay.adapter import Action
from mturk_exodus.replay.fidelity import fidelity
from mturk_exodus.replay.reader import ArchiveReader
from tests.adapters.prolific.stories import OWN, Story, requirement
from tests.fakes.prolific import FakeProlific

REQUIREMENTS = [
    requirement("000000000000000000L0", "GreaterThanOrEqualTo", 95),
    requirement("00000000000000000071", "In", LocaleValues=[{"Country": "US"}, {"Country": "IN"}]),
    requirement(OWN, "GreaterThan", 80),
]
CREATES = "POST /studies/"


@pytest.fixture
def story(tmp_path: Path) -> Story:
    of_type = {"QualificationRequirements": REQUIREMENTS}
    return Story(tmp_path, of_type=of_type, blocks=["ABLOCKED1"]).build()


def only(fake: FakeProlific) -> str:
    """The id of the only study."""
    (study_id,) = fake.account.studies
    return study_id


def test_an_import_makes_drafts_for_those_who_may_take_part(
    fake: FakeProlific, story: Story
) -> None:
    done = story.replay(fake)
    assert done.outcome.is_whole
    assert done.outcome.made == 4
    study = fake.account.studies[only(fake)]
    assert study.status == "UNPUBLISHED"
    assert fake.published == []
    assert fake.paid() == 0
    groups = {one.name: one.id for one in fake.account.groups.values()}
    assert groups.keys() == {"MTurk: Careful > 80", "MTurk: blocked workers"}
    filters = {one["filter_id"]: one for one in study.fields["filters"]}
    assert filters["approval_rate"]["selected_range"] == {"lower": 95}
    assert filters["current-country-of-residence"]["selected_values"] == ["1"]
    assert filters["participant_group_allowlist"]["selected_values"] == [
        groups["MTurk: Careful > 80"]
    ]
    assert filters["participant_group_blocklist"]["selected_values"] == [
        groups["MTurk: blocked workers"]
    ]
    project = fake.account.projects[study.fields["project"]]
    assert project.title.startswith("From MTurk (exodus ")
    assert "ABLOCKED1" not in repr(fake.exchanges)


def test_a_participant_comes_to_the_hit_by_the_drafts_link(
    fake: FakeProlific, tmp_path: Path
) -> None:
    story = Story(tmp_path, hits=1).build()
    story.replay(fake)
    study_id = only(fake)
    with story.adapter(fake) as adapter:
        adapter.api.move_study(study_id, "PUBLISH")
    place = fake.join().take_part(study_id)
    assert place.url.startswith("https://tasks.example/hits/3HIT0.1?PROLIFIC_PID=")
    assert "{{" not in place.url
    code = fake.account.studies[study_id].fields["completion_codes"][0]["code"]
    place.complete(code)
    assert place.status == "AWAITING REVIEW"


@pytest.mark.parametrize("fault", ["lost", "lost_500", "lost_gateway", "not_json", "cut_json"])
@pytest.mark.parametrize(
    "operation",
    [CREATES, "POST /participant-groups/", "POST /workspaces/{workspace_id}/projects/"],
)
def test_what_was_made_and_not_answered_is_found_and_not_made_again(
    fake: FakeProlific, story: Story, operation: str, fault: str
) -> None:
    fake.faults.next(operation, fault)
    with suppress(errors.TargetError):
        story.replay(fake)
    assert story.replay(fake).outcome.is_whole
    assert fake.drafts_created == 1
    assert len(fake.account.groups) == 2
    assert len(fake.account.projects) == 2


def test_a_burst_of_refusals_for_haste_is_waited_for(fake: FakeProlific, story: Story) -> None:
    fake.faults.throttle(4, CREATES)
    assert story.replay(fake).outcome.is_whole
    assert fake.drafts_created == 1


def found(fake: FakeProlific, story: Story) -> dict[str, str]:
    """What the adapter finds of a plan: ids by keys."""
    with story.adapter(fake) as adapter, Archive.open(story.path, read_only=True) as archive:
        plan = adapter.plan(ArchiveReader(archive))
        receipts = adapter.find([one for one in plan if isinstance(one, Action)], {})
    return {key: one.target_id for key, one in receipts.items()}


def test_what_was_made_is_found_by_its_marks_whatever_a_person_writes_behind_them(
    fake: FakeProlific, story: Story
) -> None:
    story.replay(fake)
    study_id = only(fake)
    fake.account.studies[study_id].fields["internal_name"] += " (mine)"
    assert len(found(fake, story)) == 4
    assert study_id in found(fake, story).values()


def test_a_study_with_our_name_and_other_metadata_is_not_ours(
    fake: FakeProlific, story: Story
) -> None:
    story.replay(fake)
    fake.account.studies[only(fake)].fields["metadata"] = "another's"
    assert only(fake) not in found(fake, story).values()


def test_a_draft_is_brought_up_to_date_but_never_in_what_it_pays(
    fake: FakeProlific, story: Story
) -> None:
    story.replay(fake)
    study = fake.account.studies[only(fake)]
    story.of_type = {**story.of_type, "Title": "Say it again"}
    story.tell()
    assert story.replay(fake).outcome.revised == 1
    assert study.fields["name"] == "Say it again"
    study.fields["reward"] = 300
    story.of_type = {**story.of_type, "Title": "Say it once more"}
    story.tell()
    done = story.replay(fake).outcome
    assert (done.revised, done.kept) == (0, 1)
    (reason,) = done.reasons
    assert "3.00 there, and 0.25 in the plan" in reason
    assert study.fields["reward"] == 300
    assert study.fields["name"] == "Say it again"


def test_what_is_published_is_kept_as_it_is(fake: FakeProlific, story: Story) -> None:
    story.replay(fake)
    with story.adapter(fake) as adapter:
        adapter.api.move_study(only(fake), "PUBLISH")
    story.of_type = {**story.of_type, "Title": "Say it again"}
    story.tell()
    done = story.replay(fake).outcome
    assert (done.revised, done.kept) == (0, 1)
    assert fake.account.studies[only(fake)].fields["name"] == "Say <what> you see"
    undone = story.undo(fake)
    assert (undone.removed, undone.kept) == (2, 2)
    assert any("published" in reason for reason in undone.reasons)


def test_an_undo_deletes_drafts_and_keeps_groups_with_people(
    fake: FakeProlific, story: Story
) -> None:
    story.replay(fake)
    group = next(one for one in fake.account.groups.values() if "Careful" in one.name)
    group.members[fake.join().id] = "now"
    undone = story.undo(fake)
    assert fake.account.studies == {}
    assert {one.name for one in fake.account.groups.values() if not one.is_deleted} == {group.name}
    assert undone.kept == 2
    assert {"participants are in the group"} < {*undone.reasons}


def test_what_people_changed_is_told(fake: FakeProlific, story: Story) -> None:
    story.replay(fake)
    with story.adapter(fake) as adapter, Archive.open(story.path, read_only=True) as archive:
        assert fidelity(archive, adapter).is_faithful
        study = fake.account.studies[only(fake)]
        study.fields["filters"].reverse()
        assert fidelity(archive, adapter).is_faithful
        study.fields["filters"].pop()
        study.fields["reward"] = 30
        report = fidelity(archive, adapter)
    assert {one.place for one in report.differences} == {"payload.filters", "payload.reward"}


def test_what_prolific_adds_is_no_change(fake: FakeProlific, story: Story) -> None:
    story.replay(fake)
    fields = fake.account.studies[only(fake)].fields
    fields["completion_codes"][0]["actor"] = "participant"
    fields["access_details"].reverse()
    fields["access_details"][0]["id"] = "1"
    with story.adapter(fake) as adapter, Archive.open(story.path, read_only=True) as archive:
        assert fidelity(archive, adapter).is_faithful
        fields["access_details"][0]["total_allocation"] += 1
        fields["device_compatibility"] = ["mobile"]
        report = fidelity(archive, adapter)
    changed = {"payload.access_details", "payload.device_compatibility"}
    assert {one.place for one in report.differences} == changed


def test_a_minimum_that_has_risen_stops_the_draft_and_says_what_to_do(
    fake: FakeProlific, tmp_path: Path
) -> None:
    story = Story(tmp_path, of_type={"Reward": "0.14"}).build()
    fake.account.minimum["USD"] = 900
    done = story.replay(fake).outcome
    assert (done.made, done.failed) == (1, 1)
    (reason,) = done.reasons
    assert "must pay 0.15" in reason
    assert "--set least_per_hour=9.00" in reason
    assert fake.drafts_created == 0


def test_a_workspace_of_another_currency_is_refused(fake: FakeProlific, story: Story) -> None:
    fake.account.workspaces[fake.account.workspace_id].currency = "GBP"
    with pytest.raises(errors.SettingMissing, match="--set currency=GBP"):
        story.replay(fake)
    assert fake.writes() == []
    settings = {"currency": "GBP", "rate": "0.8", "least_per_hour": "6.00"}
    assert story.replay(fake, **settings).outcome.is_whole
    assert fake.account.studies[only(fake)].fields["reward"] == 20


def test_of_several_workspaces_a_person_says_which(fake: FakeProlific, story: Story) -> None:
    other = fake.account.add_workspace("Laboratory")
    with pytest.raises(errors.SettingMissing, match=f"{other.id} .Laboratory."):
        story.replay(fake)
    with pytest.raises(errors.SettingMissing, match="none of that name"):
        story.replay(fake, workspace="Kitchen")
    assert story.replay(fake, workspace="Laboratory").outcome.is_whole
    assert fake.account.studies[only(fake)].workspace_id == other.id


def test_a_project_that_a_person_names_is_used(fake: FakeProlific, story: Story) -> None:
    with pytest.raises(errors.SettingMissing, match="none of that id"):
        story.replay(fake, project="0" * 24)
    assert story.replay(fake, project=fake.account.project_id).outcome.is_whole
    assert fake.account.studies[only(fake)].fields["project"] == fake.account.project_id
    assert len(fake.account.projects) == 1


def test_a_filter_that_is_not_there_stops_the_draft(fake: FakeProlific, story: Story) -> None:
    fake.account.filters = [one for one in fake.account.filters if one["title"] != "Approval Rate"]
    done = story.replay(fake).outcome
    assert done.failed == 1
    assert any("no filter 'Approval Rate'" in reason for reason in done.reasons)
    assert story.replay(fake, filters="country").outcome.is_whole


def test_a_filter_is_known_by_its_title_whatever_its_id(fake: FakeProlific, story: Story) -> None:
    for one in fake.account.filters:
        if one["title"] == "Approval Rate":
            one["filter_id"] = "approval-rate-2"
    assert story.replay(fake).outcome.is_whole
    ids = {one["filter_id"] for one in fake.account.studies[only(fake)].fields["filters"]}
    assert "approval-rate-2" in ids


def test_doubts_tell_what_filters_lack_and_what_an_hour_must_pay(
    fake: FakeProlific, story: Story
) -> None:
    fake.account.minimum["USD"] = 900
    with story.adapter(fake) as adapter, Archive.open(story.path, read_only=True) as archive:
        lines = list(adapter.doubts(ArchiveReader(archive)))
    assert any("has no India" in line for line in lines)
    assert any("--set least_per_hour=9.00" in line for line in lines)
    assert fake.writes() == []


_KILLED = """
import os, signal, sys
from pathlib import Path
import httpx
from mturk_exodus.archive import Archive
from mturk_exodus.replay import http, replaying
from mturk_exodus_prolific import ProlificAdapter

archive_path, url, token, links, at = sys.argv[1:]

class Killed(httpx.HTTPTransport):
    left = int(at)

    def handle_request(self, request):
        response = super().handle_request(request)
        self.left -= request.method == "POST"
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return response

settings = {"url": url, "token": token, "links": links}
with http.client(Killed(), secrets=[token]) as client, Archive.open(Path(archive_path)) as archive:
    with archive.writing():
        replaying.replay(archive, ProlificAdapter(settings, client))
"""


@pytest.mark.parametrize("at", [1, 2, 4])
def test_killed_after_any_creation_it_makes_nothing_twice(
    fake: FakeProlific, story: Story, at: int
) -> None:
    command = [sys.executable, "-c", _KILLED, str(story.path), fake.url, fake.token]
    path = os.pathsep.join(sys.path)
    died = subprocess.run(
        [*command, str(story.links), str(at)],
        env={**os.environ, "PYTHONPATH": path},
        check=False,
        capture_output=True,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert len(fake.writes()) == at
    assert story.replay(fake).outcome.is_whole
    assert fake.drafts_created == 1
    assert len(fake.account.groups) == 2
    assert len(fake.account.projects) == 2
