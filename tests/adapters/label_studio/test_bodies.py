"""An import's body is the same whether it was written before or only when it was wanted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mturk_exodus import errors
from mturk_exodus_label_studio.bodies import Bodies
from tests.adapters.label_studio.actions import Work, annotation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mturk_exodus.replay.adapter import Action

WORK = Work("w")
HANGING = {
    one.key: [each for each in WORK.annotations if one.key in each.requires] for one in WORK.tasks
}
FENCE = 7


def body(*prepared: Sequence[Action]) -> Any:  # noqa: ANN401 - JSON
    """What is sent after some batches were told of."""
    bodies = Bodies()
    for batch in prepared:
        bodies.prepare(batch)
    return json.loads(bodies.together(WORK.tasks, HANGING, FENCE))


def test_a_body_says_all_that_the_actions_say() -> None:
    for sent, task in zip(body(), WORK.tasks, strict=True):
        annotations = sent.pop("annotations")
        assert sent == {**task.payload, "file_upload_id": FENCE}
        for one, action in zip(annotations, HANGING[task.key], strict=True):
            assert one.pop("id") == action.payload["import_id"]
            assert one.pop("completed_by") == {"email": action.payload["completed_by"]}
            assert {**one, "import_id": 0, "completed_by": 0} == {
                **action.payload,
                "import_id": 0,
                "completed_by": 0,
            }


@pytest.mark.parametrize(
    "prepared",
    [
        [WORK.batch],
        [WORK.batch[:4]],
        [WORK.batch, []],
        [WORK.batch, [], []],
        [WORK.batch, WORK.batch],
        [WORK.actions],
    ],
    ids=["all", "a part", "and the next", "long ago", "twice", "with what is none of it"],
)
def test_what_was_prepared_is_sent_as_what_was_not(prepared: list[list[Action]]) -> None:
    assert body(*prepared) == body()


def test_only_the_very_action_that_was_prepared_is_sent_so() -> None:
    others = [replace(one, payload={**one.payload, "meta": "another"}) for one in WORK.tasks]
    assert body(others) == body()


def test_what_is_prepared_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sent, bodies = body(), Bodies()
    bodies.prepare(WORK.batch)
    monkeypatch.setattr("mturk_exodus_label_studio.bodies._WRITTEN", {})
    assert json.loads(bodies.together(WORK.tasks, HANGING, FENCE)) == sent


@pytest.mark.parametrize("prepared", [True, False])
def test_what_is_no_json_is_refused_when_it_is_sent(*, prepared: bool) -> None:
    task, by = WORK.tasks[0], WORK.users[0]
    half = annotation(task, by, "half", lead_time="\ud83d")
    bodies = Bodies()
    if prepared:
        bodies.prepare([task, half])
    with pytest.raises(errors.TargetRejected, match="no JSON"):
        bodies.together([task], {task.key: [half]}, FENCE)
    assert json.loads(bodies.together([task], {}, FENCE))[0]["annotations"] == []
