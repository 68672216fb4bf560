"""Small archives in memory, and questions of every kind."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any, TypeVar

from PIL import Image

from mturk_exodus import records
from mturk_exodus.questions import question
from mturk_exodus.questions.answering import answers
from mturk_exodus.questions.form import Form
from mturk_exodus.replay.adapter import Action, Loss, Task
from mturk_exodus_label_studio.mapping.planning import plan

Record = TypeVar("Record")
Colour = tuple[int, int, int, int]

HIT_ID = "3HITHITHITHITHITHITHITHITHITHI"
PICTURE = "https://images.lab.example/1.png"
SIZE = {"width": 200, "height": 100}


class Reader:
    """An archive's tasks."""

    archive_id = "5f1e"

    def __init__(self, *tasks: Task) -> None:
        self._tasks: dict[str | None, list[Task]] = {}
        for one in tasks:
            self._tasks.setdefault(one.hit.hit_type_id, []).append(one)

    def hit_types(self) -> Iterator[str | None]:
        """Their HIT types."""
        return iter(self._tasks)

    def tasks(self, hit_type_id: str | None) -> Iterator[Task]:
        """Those of one."""
        return iter(self._tasks[hit_type_id])

    def workers(self) -> Iterator[str]:
        """Who worked."""
        all_tasks = (task for several in self._tasks.values() for task in several)
        found = {one.worker_id for task in all_tasks for one in task.assignments if one.worker_id}
        return iter(sorted(found))

    def pseudonym(self, worker_id: str) -> str:
        """Sixteen letters and digits."""
        return hashlib.sha256(worker_id.encode()).hexdigest()[:16]

    def every(self, record: type[Record]) -> Iterator[Record]:  # noqa: ARG002 - there are none
        """Nothing."""
        return iter(())


def page(body: str) -> str:
    """An HTMLQuestion."""
    return f"<HTMLQuestion><HTMLContent><![CDATA[{body}]]></HTMLContent></HTMLQuestion>"


def crowd(element: str) -> str:
    """An HTMLQuestion of Crowd HTML Elements."""
    return page(f"<crowd-form>{element}</crowd-form>")


def form(text: str) -> Form:
    """The form of a question."""
    return question.read(text)


def crowd_answer(said: Mapping[str, Any]) -> str:
    """What such a form posts."""
    return answers.build([("taskAnswers", json.dumps([said]))])


def hit(text: str | None, hit_id: str = HIT_ID, **members: Any) -> records.HIT:  # noqa: ANN401 - any member's
    """A HIT with a question."""
    return records.HIT(
        **{
            "hit_id": hit_id,
            "hit_type_id": "3TYPE",
            "title": "A title",
            "question": text,
            **members,
        }
    )


def assignment(
    document: str | None,
    number: int = 1,
    hit_id: str = HIT_ID,
    **members: Any,  # noqa: ANN401 - any member's
) -> records.Assignment:
    """An assignment with an answer."""
    said = {
        "assignment_id": f"3ASSIGNMENT{number}",
        "worker_id": f"AWORKER{number}",
        "hit_id": hit_id,
        "assignment_status": "Approved",
        "accept_time": "2026-05-22T00:58:42.000Z",
        "submit_time": "2026-05-22T00:59:24.500Z",
        "answer": document,
    }
    return records.Assignment(**{**said, **members})


def planned(*tasks: Task, workers: str = "pseudonymous") -> list[Action | Loss]:
    """The plan of some tasks."""
    return list(plan(Reader(*tasks), workers=workers))


def of(operation: str, steps: Iterable[Action | Loss]) -> list[Mapping[str, Any]]:
    """The payloads of one operation."""
    return [one.payload for one in steps if isinstance(one, Action) and one.operation == operation]


def notes(steps: Iterable[Action | Loss]) -> list[str]:
    """Why something is lost."""
    return [one.note for one in steps if isinstance(one, Loss)]


def asked_and_answered(text: str, document: str) -> tuple[str, list[dict[str, Any]], list[str]]:
    """A HIT's configuration, the results of its one answer without the carried one, the losses."""
    steps = planned(Task(hit(text), (assignment(document),)))
    config = of("project", steps)[0]["label_config"]
    results = of("annotation", steps)[0]["result"]
    assert results[-1]["from_name"] == "mturk"
    return config, results[:-1], notes(steps)


def png(width: int, height: int, pixels: Iterable[Colour]) -> str:
    """A painted picture as an answer holds it."""
    image = Image.new("RGBA", (width, height))
    image.putdata([*pixels])
    written = BytesIO()
    image.save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()
