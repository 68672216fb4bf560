"""The validator: it takes what the mapping makes, and nothing that is off in one place."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.replay.adapter import Task
from mturk_exodus_label_studio.mapping.validation import problems, why_refused
from tests.adapters.label_studio.mapping_support import (
    PICTURE,
    SIZE,
    assignment,
    crowd,
    crowd_answer,
    hit,
    of,
    planned,
    png,
)

_LABELS = f"src='{PICTURE}' labels=\"['cat','dog']\""
QUESTION = crowd(
    f"<crowd-bounding-box name=box {_LABELS}></crowd-bounding-box>"
    f"<crowd-polygon name=polygon {_LABELS}></crowd-polygon>"
    f"<crowd-polyline name=path {_LABELS}></crowd-polyline>"
    f"<crowd-keypoint name=point {_LABELS}></crowd-keypoint>"
    f"<crowd-semantic-segmentation name=mask {_LABELS}></crowd-semantic-segmentation>"
    "<crowd-entity-annotation name=span text='Ada met Bob' labels=\"['cat','dog']\">"
    "</crowd-entity-annotation>"
    "<crowd-classifier name=one categories=\"['cat','dog']\"></crowd-classifier>"
    "<crowd-classifier-multi-select name=many categories=\"['cat','dog']\">"
    "</crowd-classifier-multi-select>"
    "<crowd-input name=text></crowd-input><crowd-slider name=number min=0 max=10></crowd-slider>"
    "<input type=date name=date>"
)
_POINTS = [{"x": 1, "y": 2}, {"x": 3, "y": 4}, {"x": 5, "y": 7}]
SAID: dict[str, Any] = {
    "box": {
        "boundingBoxes": [{"left": 1, "top": 2, "width": 3, "height": 4, "label": "cat"}],
        "inputImageProperties": SIZE,
    },
    "polygon": {
        "polygons": [{"label": "cat", "vertices": _POINTS}],
        "inputImageProperties": SIZE,
    },
    "path": {
        "polylines": [{"label": "dog", "vertices": _POINTS}],
        "inputImageProperties": SIZE,
    },
    "point": {"keypoints": [{"label": "dog", "x": 1, "y": 2}], "inputImageProperties": SIZE},
    "mask": {
        "labelMappings": {"cat": {"color": "#ff0000"}},
        "labeledImage": {"pngImageData": png(1, 1, [(255, 0, 0, 255)])},
        "inputImageProperties": {"width": 1, "height": 1},
    },
    "span": {"entities": [{"startOffset": 0, "endOffset": 3, "label": "cat"}]},
    "one": {"label": "cat"},
    "many": {"labels": ["dog", "cat"]},
    "text": "some text",
    "number": 7.5,
    "date": "2024-02-29",
    "unknown": "for nobody",
}


def _made() -> tuple[list[dict[str, Any]], str]:
    steps = planned(Task(hit(QUESTION), (assignment(crowd_answer(SAID)),)))
    return of("annotation", steps)[0]["result"], of("project", steps)[0]["label_config"]


RESULTS, CONFIG = _made()


def test_what_is_made_is_taken() -> None:
    kinds = {one["type"] for one in RESULTS}
    assert kinds == {
        *("rectanglelabels", "polygonlabels", "vectorlabels", "keypointlabels", "brushlabels"),
        *("labels", "choices", "textarea", "number", "datetime"),
    }
    assert problems(RESULTS, CONFIG) == []


WRONG: tuple[object, ...] = (None, True, "x", "", [], {}, -1, 0.5, math.nan, math.inf, 10**30)


def _places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a result that holds something."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value[:3]):
            yield from _places(inner, (*path, number))


def _changed(
    item: dict[str, Any], path: tuple[Any, ...], change: Callable[[Any, Any], None]
) -> Any:  # noqa: ANN401 - a result
    made = copy.deepcopy(item)
    inner: Any = made
    for step in path[:-1]:
        inner = inner[step]
    change(inner, path[-1])
    return made


def _may_say(path: tuple[Any, ...], before: object, after: object) -> bool:
    """Whether another value in that place is sound, too."""
    if type(before) is type(after) is str and path[-1] in ("id", "text") and after:
        return True
    if isinstance(before, str) and "text" in path and isinstance(after, str) and after:
        return path[:2] != ("value", "text") or len(path) > 2 or len(before) == len(after)
    is_number = type(after) in (int, float) and isinstance(before, int | float)
    if not is_number or isinstance(before, bool):
        return False
    if "rle" in path or path[-1] in ("start", "end") or path[0] != "value":
        return False
    fits = abs(after) < 1e12  # type: ignore[arg-type] # a number, NaN fits nothing
    return fits and (path[-1] not in ("width", "height") or after >= 0)  # type: ignore[operator] # as before


CASES = [
    pytest.param(item, path, id=f"{item['from_name']}-{'.'.join(map(str, path))}")
    for item in RESULTS
    for path in _places(item)
]


@pytest.mark.parametrize(("item", "path"), CASES)
def test_one_wrong_value_is_refused(item: dict[str, Any], path: tuple[Any, ...]) -> None:
    before: Any = item
    for step in path:
        before = before[step]
    for after in WRONG:
        if after == before or _may_say(path, before, after):
            continue

        def change(inner: Any, place: Any, after: object = after) -> None:  # noqa: ANN401 - JSON
            inner[place] = after

        made = _changed(item, path, change)
        assert why_refused(made, CONFIG), f"{after!r} in {path} is taken"


MEMBERS = [(item, path) for item in RESULTS for path in _places(item) if isinstance(path[-1], str)]


@pytest.mark.parametrize(("item", "path"), MEMBERS)
def test_a_missing_member_is_refused(item: dict[str, Any], path: tuple[Any, ...]) -> None:
    assert why_refused(_changed(item, path, lambda inner, place: inner.pop(place)), CONFIG)


@pytest.mark.parametrize("item", RESULTS, ids=lambda one: str(one["from_name"]))
def test_one_member_more_is_refused(item: dict[str, Any]) -> None:
    assert why_refused({**item, "origin": "manual"}, CONFIG)
    assert why_refused({**item, "value": {**item["value"], "more": 1}}, CONFIG)


@pytest.mark.parametrize("item", RESULTS, ids=lambda one: str(one["from_name"]))
def test_a_result_of_another_control_is_refused(item: dict[str, Any]) -> None:
    others = {one["from_name"] for one in RESULTS if one["type"] != item["type"]}
    assert all(why_refused({**item, "from_name": name}, CONFIG) for name in others)


def test_two_choices_in_a_control_for_one() -> None:
    (one,) = (item for item in RESULTS if item["from_name"] == "one")
    assert why_refused({**one, "value": {"choices": ["cat", "dog"]}}, CONFIG)
    assert why_refused({**one, "value": {"choices": ["cat", "cat"]}}, CONFIG)


def test_two_results_of_one_id() -> None:
    first, second, *_ = RESULTS
    assert problems([first, {**second, "id": first["id"]}], CONFIG) == ["two results have one id"]


def test_two_results_of_a_control_that_has_one() -> None:
    (text,) = (item for item in RESULTS if item["from_name"] == "text")
    found = problems([text, {**text, "id": "another"}], CONFIG)
    assert found == ["a control has two results"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(RESULTS), JSON)
def test_no_value_makes_the_validator_fail(item: dict[str, Any], value: object) -> None:
    found = why_refused({**item, "value": value}, CONFIG)
    assert found is None or isinstance(found, str)


@given(st.dictionaries(st.sampled_from([*RESULTS[0], "x"]), JSON, max_size=8))
def test_no_result_makes_the_validator_fail(item: dict[str, Any]) -> None:
    assert why_refused(item, CONFIG)
