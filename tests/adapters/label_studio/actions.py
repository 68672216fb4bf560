"""Actions made by hand, in the shapes that the mapping gives."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mturk_exodus.replay.adapter import Action, Adapter, Making, Receipt, Source

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"'
    ' choice="single-radio"><Choice alias="a" value="A"/><Choice alias="b" value="B"/></Choices>'
    "</View>"
)
HOSTILE = "<b>\u00e9\U0001f600\u200d\u2028</b> \"'\\ {{x}} ${y} \t\r\n &amp; %00 \u202e"


def number(text: str) -> int:
    """The import_id of an assignment."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def user(name: str) -> Action:
    payload = {"email": f"{name}@mturk.invalid", "username": name}
    return Action(f"user:{name}", "user", Source("Assignment", name), payload, (), "users")


def project(name: str, archive: str = "archive", **changed: Any) -> Action:  # noqa: ANN401 - JSON
    key = f"project:{name}:0123456789ab"
    payload = {
        "title": f"Title {name}",
        "description": f"Described\n\nmturk-exodus {archive} {key}",
        "label_config": CONFIG,
        "expert_instruction": "<p>Do it</p>",
        "show_instruction": True,
        **changed,
    }
    return Action(key, "project", Source("HITType", name), payload, (), "projects")


def task(of: Action, hit: str, text: str = HOSTILE) -> Action:
    payload = {
        "data": {"text": text, "mturk_hit_id": hit},
        "meta": {"mturk": {"hit": {"Title": text, "Reward": "0.10"}, "ratio": 1.0, "none": None}},
    }
    return Action(f"task:{hit}", "task", Source("HIT", hit), payload, (of.key,), f"tasks {of.key}")


def annotation(of: Action, by: Action, name: str, choice: str = "a", **changed: Any) -> Action:  # noqa: ANN401 - JSON
    payload = {
        "result": [
            {
                "id": f"r{name}",
                "from_name": "mood",
                "to_name": "text",
                "type": "choices",
                "value": {"choices": [choice]},
            }
        ],
        "lead_time": 42.5,
        "was_cancelled": False,
        "ground_truth": False,
        "import_id": number(name),
        "completed_by": by.payload["email"],
        **changed,
    }
    key = f"annotation:{name}"
    return Action(key, "annotation", Source("Assignment", name), payload, (of.key, by.key), of.lane)


@dataclass
class Work:
    """A project of tasks that two workers have answered, each differently.

    Attributes:
        name: what tells it from other works of a test session.
        hits: how many tasks.
    """

    name: str
    hits: int = 3
    users: list[Action] = field(init=False)
    project: Action = field(init=False)
    tasks: list[Action] = field(init=False)
    annotations: list[Action] = field(init=False)

    def __post_init__(self) -> None:
        self.users = [user(f"{self.name}w{which}") for which in range(2)]
        self.project = project(self.name)
        self.tasks = [task(self.project, f"{self.name}H{hit}") for hit in range(self.hits)]
        self.annotations = [
            annotation(
                one,
                by,
                f"{one.source.id}A{which}",
                lead_time=None if which else 42.5,
                was_cancelled=bool(which),
            )
            for one in self.tasks
            for which, by in enumerate(self.users)
        ]

    @property
    def batch(self) -> list[Action]:
        """Tasks and annotations, as the plan has them."""
        return [
            one
            for each in self.tasks
            for one in (each, *(mine for mine in self.annotations if each.key in mine.requires))
        ]

    @property
    def actions(self) -> list[Action]:
        """All of it, in the order of the plan."""
        return [*self.users, self.project, *self.batch]


def makings(actions: Sequence[Action], receipts: dict[str, Receipt]) -> list[Making]:
    """What the ledger says of actions, the last first."""
    return [
        Making(one.key, one.operation, receipts[one.key].target_id) for one in reversed(actions)
    ]


def carried_out(adapter: Adapter, work: Work) -> dict[str, Receipt]:
    """The receipts of a work, made as the engine makes it."""
    receipts: dict[str, Receipt] = {}
    for batch in (work.users, [work.project], work.batch):
        apply(adapter, batch, receipts)
    return receipts


def apply(adapter: Adapter, batch: list[Action], receipts: dict[str, Receipt]) -> list[Receipt]:
    """Carry out a batch as the engine does."""
    new = list(adapter.apply(batch, receipts))
    receipts.update((one.key, one) for one in new)
    return new
