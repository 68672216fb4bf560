"""Drafts as files for Prolific's own command line, which sends them as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mturk_exodus import errors
from mturk_exodus.archive import Archive
from mturk_exodus.replay.target_files import write_files
from mturk_exodus.testing.memory import MemoryAdapter
from tests.adapters.prolific.stories import OWN, Story, requirement
from tests.fakes.prolific import FakeProlific


def written(fake: FakeProlific, story: Story, *, ask: bool, **settings: str) -> dict[str, Any]:
    """What is in the files, by their names."""
    folder = story.folder / f"files-{ask}"
    folder.mkdir()
    with story.adapter(fake, **settings) as adapter, Archive.open(story.path) as archive:
        count = write_files(archive, adapter, None, folder, ask=ask)
    files = {one.name: json.loads(one.read_text()) for one in folder.iterdir()}
    assert len(files) == count
    return files


def create(fake: FakeProlific, story: Story, body: Any) -> str:  # noqa: ANN401 - JSON
    with story.adapter(fake) as adapter:
        return adapter.api.make_study(body)


def test_a_draft_without_requirements_is_accepted_as_it_is_and_found_by_an_import(
    fake: FakeProlific, tmp_path: Path
) -> None:
    story = Story(tmp_path).build()
    project = fake.account.project_id
    ((name, body),) = written(fake, story, ask=False, project=project).items()
    assert name == "study-3TYPEOFHITS-1.1.json"
    assert fake.log == []
    create(fake, story, body)
    done = story.replay(fake, project=project).outcome
    assert (done.made, done.found) == (0, 1)


def test_what_only_prolific_knows_is_filled_in_or_refused(
    fake: FakeProlific, tmp_path: Path
) -> None:
    rate = requirement("000000000000000000L0", "GreaterThan", 94)
    of_type = {"QualificationRequirements": [rate, requirement(OWN, "Exists")]}
    story = Story(tmp_path, of_type=of_type, blocks=["ABLOCKED1"]).build()
    (body,) = written(fake, story, ask=False).values()
    assert fake.log == []
    with fake.forgiving(), pytest.raises(errors.TargetRejected):
        create(fake, story, {**body, "project": fake.account.project_id})
    story.replay(fake)
    (body,) = written(fake, story, ask=True).values()
    (study,) = fake.account.studies.values()
    assert body["filters"] == study.fields["filters"]
    assert body["project"] == study.fields["project"]
    create(fake, story, body)


def test_a_file_that_is_there_is_left_as_it_is(fake: FakeProlific, tmp_path: Path) -> None:
    story = Story(tmp_path).build()
    there = tmp_path / "study-3TYPEOFHITS-1.1.json"
    there.write_text("mine")
    with (
        story.adapter(fake) as adapter,
        Archive.open(story.path) as archive,
        pytest.raises(errors.OutputFailed, match="is there already"),
    ):
        write_files(archive, adapter, None, tmp_path, ask=False)
    assert there.read_text() == "mine"


def test_a_target_without_such_tools_says_so(tmp_path: Path) -> None:
    story = Story(tmp_path).build()
    with Archive.open(story.path) as archive:
        adapter = MemoryAdapter({}, None)  # type: ignore[arg-type] # it is not asked
        with pytest.raises(errors.AdapterNotFound, match="Memory has no tools"):
            write_files(archive, adapter, None, tmp_path, ask=False)
