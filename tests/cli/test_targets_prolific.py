"""Prolific as a target, as people plan for it on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.adapters.prolific.stories import OWN, Story, requirement
from tests.endurance.support import run, the_error

TO = ("--target", "prolific")


@pytest.fixture
def story(tmp_path: Path) -> Story:
    of_type = {"QualificationRequirements": [requirement(OWN, "Exists")]}
    return Story(tmp_path, of_type=of_type).build()


def test_without_links_a_plan_says_how_to_make_them(story: Story) -> None:
    ended = run("plan", "--archive", story.path, *TO, "--set", "links=nowhere.jsonl")
    assert ended.returncode == 23
    assert "exodus host --links --json" in the_error(ended.stderr)


def test_a_plan_tells_of_drafts_and_of_groups_that_are_empty(story: Story) -> None:
    ended = run("plan", "--archive", story.path, *TO, "--set", f"links={story.links}", "--json")
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert said["actions"] == {"project": 1, "group": 1, "study": 1}
    assert any("nobody sees the study" in one["note"] for one in said["losses"])


def test_a_folder_gets_a_file_for_each_draft(story: Story) -> None:
    folder = story.folder / "drafts"
    folder.mkdir()
    options = ("--set", f"links={story.links}", "--out", folder)
    ended = run("plan", "--archive", story.path, *TO, *options)
    assert ended.returncode == 0, ended.stderr
    assert "1 files are in" in ended.stderr
    (file,) = folder.iterdir()
    assert json.loads(file.read_text())["name"] == "Say <what> you see"
    again = run("plan", "--archive", story.path, *TO, *options)
    assert again.returncode == 61
    other = run("plan", "--archive", story.path, "--target", "label-studio", "--out", folder)
    assert other.returncode == 21


def test_a_token_does_not_belong_on_the_command_line(story: Story) -> None:
    ended = run("plan", "--archive", story.path, *TO, "--check", "--set", "token=0123456789abcdef")
    assert ended.returncode == 23
    assert "PROLIFIC_TOKEN" in ended.stderr
    assert "0123456789abcdef" not in ended.stderr
