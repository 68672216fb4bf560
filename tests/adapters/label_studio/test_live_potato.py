"""Potato finds each worker's annotations in the files that are written for Label Studio."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.label_studio.test_files import archive, written
from tests.adapters.real_server import ROOT

__all__ = ["archive"]

pytestmark = pytest.mark.live

Said = dict[tuple[str, str], set[str]]
"""By worker and task, what stands there."""


def test_potato_finds_each_workers_annotations(archive: Path, tmp_path: Path) -> None:
    names = written(archive, tmp_path / "out")
    stems = sorted({name.rpartition(".")[0] for name in names})
    there = {stem: said_in(tmp_path / "out" / f"{stem}.json") for stem in stems}
    assert sum(len(one) for one in there.values()) > 100
    for stem, said in there.items():
        found = imported(tmp_path / "out" / stem, tmp_path / "potato" / stem)
        assert found.keys() == said.keys(), stem
        assert all(said[one] <= found[one] for one in said), stem


def said_in(file: Path) -> Said:
    """What a file says that Potato has a place for: choices, numbers, texts, spans."""
    said: Said = defaultdict(set)
    for task in json.loads(file.read_text()):
        for one in task["annotations"]:
            if one["result"] and not one["was_cancelled"]:
                key = one["completed_by"]["email"], str(task["id"])
                said[key].update(*map(_values, one["result"]))
    return said


def _values(result: dict[str, Any]) -> set[str]:
    """Regions that are drawn Potato keeps nowhere that could be compared."""
    value = result["value"]
    if result["type"] == "number":
        return {str(value["number"])}
    if result["type"] == "labels":
        return {_span(value["labels"][0], value["start"], value["end"])}
    return {str(one) for name in ("choices", "text") for one in value.get(name, ())}


def _span(label: str, start: int, end: int) -> str:
    return f"{label} {start} {end}"


def imported(stem: Path, folder: Path) -> Said:
    """What Potato has of it."""
    command = [f"{ROOT}/scripts/potato", "import", "-i", f"{stem}.json", "-f", "label_studio"]
    command += ["--ls-config", f"{stem}.xml", "--keep-annotators", "-o", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    states = folder.glob("annotation_output/*/user_state.json")
    return {key: found for one in states for key, found in _kept(json.loads(one.read_text()))}


def _kept(state: dict[str, Any]) -> Iterator[tuple[tuple[str, str], set[str]]]:
    labels, spans = (state[f"instance_id_to_{one}_to_value"] for one in ("label", "span"))
    for task in dict.fromkeys([*labels, *spans]):
        marked = {
            _span(one["name"], one["start"], one["end"])
            for one, _ in spans.get(task, ())
            if "start" in one
        }
        yield (state["user_id"], task), {value for _, value in labels.get(task, ())} | marked
