"""What a worker gave, in Label Studio's own editor: seen, saved by a person, and still the same.

Screenshots are kept in pytest's temporary folder, or in the one that EXODUS_SCREENSHOTS names.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image

from mturk_exodus.archive.archive import Archive
from mturk_exodus.replay import http
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus_label_studio import LabelStudioAdapter, media
from tests.adapters.label_studio import pictures
from tests.adapters.label_studio.crowd_elements import EVERY_ELEMENT
from tests.adapters.label_studio.drawn import MASKS, REGIONS
from tests.adapters.label_studio.editor import Editor, editor
from tests.adapters.label_studio.importing import (
    Task,
    import_account,
    import_archive,
    import_kinds,
)
from tests.adapters.label_studio.kind import Kind
from tests.adapters.label_studio.kinds import CLASSIFIERS, KINDS
from tests.adapters.label_studio.servers import TOKEN, Person, Server
from tests.adapters.label_studio.units import said_by
from tests.endurance.support import run
from tests.real.assembly import Assembly, folder
from tests.real.tables import add_results, given_answers, read

pytestmark = pytest.mark.live

Result = dict[str, Any]

LARGEST_ERROR = 1e-9
"""Of coordinates, relative."""
REACH = 2
"""Pixels of the screen: how far from where it should be a line may be drawn."""


@pytest.fixture(scope="module")
def shown(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor that all tests use one after the other."""
    with editor(server.url, tmp_path_factory.mktemp("screenshots")) as one:
        yield one
        assert one.left == [], "the editor asked somebody else for something"


@pytest.fixture(scope="module")
def tasks(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Task]]:
    """A task of each kind."""
    path = tmp_path_factory.mktemp("kinds") / "mturk.db"
    with pictures.host(shares=True) as host:
        yield import_kinds(server, KINDS, path, host.url, "K")


needs_real_files = pytest.mark.skipif(
    not folder().is_dir(),
    reason="the public files are not here: EXODUS_FIXTURES names their folder",
)


class Alone(NamedTuple):
    """An import whose pictures lie at a host that lets nobody else use them.

    Attributes:
        archive: where it came from.
        tasks: by the names of their kinds.
        host: of the pictures.
    """

    archive: Path
    tasks: dict[str, Task]
    host: pictures.Host


@pytest.fixture(scope="module")
def alone(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """Tasks with pictures, from a host that sends no CORS header."""
    path = tmp_path_factory.mktemp("alone") / "mturk.db"
    several = [*CLASSIFIERS, REGIONS[0], REGIONS[2], MASKS[0]]
    with pictures.host(shares=False) as host:
        yield Alone(path, import_kinds(server, several, path, host.url, "N"), host)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_answer_is_seen_and_stays_when_a_person_saves_it(
    kind: Kind, tasks: dict[str, Task], shown: Editor, person: Person
) -> None:
    task = tasks[kind.name]
    sent = results_of(task)
    assert_says(sent, kind)
    shown.open(task)
    assert_same(shown.results(), sent)
    assert_seen(shown, kind)
    shown.shot(kind.name)
    shown.update()
    assert shown.errors == []
    saved = person("GET", f"/api/tasks/{task['id']}/")
    assert saved["annotations"][0]["updated_by"], "it was not saved"
    assert_same(results_of(saved), sent)
    assert_says(results_of(saved), kind)


@pytest.mark.parametrize("kind", CLASSIFIERS, ids=lambda kind: kind.name)
def test_a_picture_to_look_at_is_shown_whatever_its_host_sends(
    kind: Kind, alone: Alone, shown: Editor
) -> None:
    shown.open(alone.tasks[kind.name])
    frame = shown.page.frame_locator("iframe.lsf-htx-richtext").last
    width = frame.locator("img").evaluate("async (one) => (await one.decode(), one.naturalWidth)")
    assert width == kind.size[0]
    assert_seen(shown, kind)
    assert shown.errors == []


@pytest.mark.parametrize("kind", [REGIONS[0], REGIONS[2], MASKS[0]], ids=lambda kind: kind.name)
def test_a_picture_to_draw_on_is_not_shown_without_cors_and_its_answer_stays(
    kind: Kind, alone: Alone, shown: Editor, person: Person
) -> None:
    task = alone.tasks[kind.name]
    shown.open(task)
    assert any("CORS" in one for one in shown.errors)
    assert shown.page.get_by_text("The static server has wide-open CORS").is_visible()
    shown.shot(f"{kind.name} without CORS")
    shown.update()
    saved = person("GET", f"/api/tasks/{task['id']}/")
    assert saved["annotations"][0]["updated_by"], "it was not saved"
    assert_same(results_of(saved), results_of(task))
    assert_says(results_of(saved), kind)


def test_a_plan_that_is_checked_says_which_hosts_send_no_cors(alone: Alone, server: Server) -> None:
    host = alone.host.url.removeprefix("http://")
    with (
        http.client(secrets=[TOKEN]) as client,
        Archive.open(alone.archive, read_only=True) as archive,
    ):
        adapter = LabelStudioAdapter({"url": server.url, "api_key": TOKEN}, client)
        (said,) = media.doubts(adapter.plan(ArchiveReader(archive)), client, server.url)
    assert said.startswith(f"pictures of {host} will not be shown in the editor: it does not let")


def test_every_crowd_element_is_carried(
    server: Server, tmp_path: Path, shown: Editor, person: Person
) -> None:
    name, path = EVERY_ELEMENT.name, tmp_path / "mturk.db"
    with pictures.host(shares=True) as host:
        task = import_kinds(server, [EVERY_ELEMENT], path, host.url, "C")[name]
        sent = results_of(task)
        assert_says(sent, EVERY_ELEMENT)
        shown.open(task)
        assert_same(shown.results(), sent)
        shown.shot(name)
        shown.update()
        assert shown.errors == []
    saved = person("GET", f"/api/tasks/{task['id']}/")
    assert_same(results_of(saved), sent)


class Some(Assembly):
    """An account out of some real files alone."""

    def __init__(self, *names: str) -> None:
        super().__init__(folder())
        self._names = names

    def files(self, *kinds: str) -> list[str]:
        """Those with a name in it."""
        return [one for one in super().files(*kinds) if any(name in one for name in self._names)]


REAL = ("Triple_Quality_Eval", "ATOMIC_-_Required_Objects", "60-pilot-reason-disambiguation")
"""Two batches with the templates that they were made from, and one whose page was elsewhere."""


@needs_real_files
def test_real_batches_with_their_templates_are_carried(
    server: Server, tmp_path: Path, shown: Editor
) -> None:
    some = Some(*REAL)
    add_results(some)
    tasks = import_account(server, some.account, tmp_path / "mturk.db")
    assert tasks.keys() == some.account.hits.keys()
    assert len(some.hits_of) == len(REAL)
    for file, hit_ids in some.hits_of.items():
        assert_opens(shown, tasks[hit_ids[0]], file.partition("__")[2])


@needs_real_files
def test_a_real_batch_that_was_ingested_is_carried(
    server: Server, tmp_path: Path, shown: Editor
) -> None:
    """Nobody kept its template: a text stands under the name of each of its answers."""
    path = tmp_path / "mturk.db"
    name = "batch_csv/facebookresearch__craftassist__testresults.csv"
    ingested = run("ingest", folder() / name, "--archive", path)
    assert ingested.returncode == 0, ingested.stderr
    (task,) = import_archive(server, path).values()
    assert_opens(shown, task, "ingested")
    row = next(read((folder() / name).read_text(encoding="utf-8")))
    given = given_answers(row)
    *texts, carried = results_of(task)
    assert carried["from_name"] == "mturk"
    assert {one["from_name"]: one["value"]["text"] for one in texts} == {
        name.replace(".", "_"): [one] for name, one in given.items()
    }


def assert_opens(shown: Editor, task: Task, name: str) -> None:
    """The editor shows one of a task's annotations as it was sent."""
    annotation = shown.open(task)
    assert_same(shown.results(), annotation["result"])
    shown.shot(name)
    assert shown.errors == []


def results_of(task: Task) -> list[Result]:
    """What its one annotation says."""
    (annotation,) = task["annotations"]
    found: list[Result] = annotation["result"]
    return found


def assert_same(found: list[Result], sent: list[Result]) -> None:
    """Nothing but what the editor adds to each result differs; but for a last digit of a path."""
    assert all(one["origin"] == "manual" for one in found)
    found = [{name: said for name, said in one.items() if name != "origin"} for one in found]
    assert [_without_path(one) for one in found] == [_without_path(one) for one in sent]
    for mine, yours in zip(found, sent, strict=True):
        assert _path(mine) == pytest.approx(_path(yours), rel=LARGEST_ERROR)


def _without_path(one: Result) -> Result:
    vertices = [{**each, "x": 0, "y": 0} for each in one["value"].get("vertices", ())]
    return {**one, "value": {**one["value"], "vertices": vertices}}


def _path(one: Result) -> list[float]:
    return [each[axis] for each in one["value"].get("vertices", ()) for axis in "xy"]


def assert_says(results: list[Result], kind: Kind) -> None:
    """Results say what the worker gave, in MTurk's units."""
    said = said_by(results, kind.text)
    assert said.keys() == kind.results.keys()
    for name, expected in kind.results.items():
        assert len(said[name]) == len(expected)
        for mine, yours in zip(said[name], expected, strict=True):
            assert _words(mine) == _words(yours)
            assert _numbers(mine) == pytest.approx(_numbers(yours), rel=LARGEST_ERROR)


def _words(one: Any) -> Any:  # noqa: ANN401 - as it is
    return one["label"] if isinstance(one, dict) else one


def _numbers(one: Any) -> dict[str, float]:  # noqa: ANN401 - as it is
    return {name: one[name] for name in one if name != "label"} if isinstance(one, dict) else {}


def assert_seen(shown: Editor, kind: Kind) -> None:
    """A person sees what is checked and written, and regions where they are."""
    seen = sorted(kind.seen)
    assert shown.becomes(shown.seen, seen) == seen
    if kind.marks:
        assert shown.becomes(lambda: _wrong_marks(shown.picture(), kind), {}) == {}


def _wrong_marks(picture: Image.Image, kind: Kind) -> dict[tuple[float, float], bool]:
    """The places that are not drawn on as they should be."""
    across, down = (shown / own for shown, own in zip(picture.size, kind.size, strict=True))
    return {
        (x, y): expected
        for (x, y), expected in kind.marks.items()
        if _is_coloured(picture, int(x * across), int(y * down)) != expected
    }


def _is_coloured(picture: Image.Image, x: int, y: int) -> bool:
    """Whether something is drawn there; the picture itself is grey."""
    near = picture.crop((x - REACH, y - REACH, x + REACH + 1, y + REACH + 1))
    red, green, blue = (band.tobytes() for band in near.split())
    return any(max(one) - min(one) > pictures.HUELESS for one in zip(red, green, blue, strict=True))
