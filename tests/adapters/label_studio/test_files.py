"""What Label Studio would export of an archive, as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mturk_exodus import errors
from mturk_exodus.archive.archive import Archive
from mturk_exodus.demo.fill import fill
from mturk_exodus.demo.synthesize import synthesize
from mturk_exodus.replay import http
from mturk_exodus.replay.adapter import Action, AdapterClass
from mturk_exodus.replay.files import write_files
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus_label_studio import LabelStudioAdapter
from mturk_exodus_prolific import ProlificAdapter
from mturk_exodus_turkle import TurkleAdapter


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented account."""
    path = tmp_path_factory.mktemp("files") / "mturk.db"
    with Archive.create(path) as opened:
        fill(opened, synthesize(hits=120))
    return path


def written(archive: Path, folder: Path) -> list[str]:
    """The files, by name."""
    with http.client(http.Offline()) as client, Archive.open(archive, read_only=True) as opened:
        return write_files(opened, LabelStudioAdapter({}, client), folder)


def test_every_task_and_annotation_is_in_a_file_once(archive: Path, tmp_path: Path) -> None:
    names = written(archive, tmp_path / "out")
    with http.client(http.Offline()) as client, Archive.open(archive, read_only=True) as opened:
        plan = list(LabelStudioAdapter({}, client).plan(ArchiveReader(opened)))
    actions = [one for one in plan if isinstance(one, Action)]
    projects = [one for one in actions if one.operation == "project"]
    assert len(names) == 2 * len(projects)
    configs = sorted(one.payload["label_config"] for one in projects)
    files = [tmp_path / "out" / name for name in names]
    assert sorted(one.read_text() for one in files if one.suffix == ".xml") == configs
    tasks = [each for one in files if one.suffix == ".json" for each in json.loads(one.read_text())]
    wanted = {one.key[5:]: one.payload["data"] for one in actions if one.operation == "task"}
    assert {one["data"]["mturk_hit_id"]: one["data"] for one in tasks} == wanted
    work = [each for one in tasks for each in one["annotations"]]
    assert len(work) == sum(one.operation == "annotation" for one in actions)
    assert len({one["id"] for one in work}) == len(work)


def test_a_folder_that_is_there_is_left_alone(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(errors.OutputFailed, match="left as it is"):
        written(archive, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("adapter", [TurkleAdapter, ProlificAdapter])
def test_a_target_without_files_says_so(
    adapter: AdapterClass, archive: Path, tmp_path: Path
) -> None:
    """Files for a target's own tools, as Prolific's, are others."""
    with (
        http.client(http.Offline()) as client,
        Archive.open(archive, read_only=True) as opened,
        pytest.raises(errors.SettingMissing, match="no files"),
    ):
        write_files(opened, adapter({}, client), tmp_path / "out")
