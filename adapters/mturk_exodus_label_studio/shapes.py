"""What Label Studio answers, as far as we look at it. Whatever else comes is not understood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mturk_exodus.replay.shapes import JSON, Members, Shapes

_SHAPES = Shapes("Label Studio")
parsed = _SHAPES.parsed
members = _SHAPES.members
items = _SHAPES.items
whole = _SHAPES.whole
text = _SHAPES.text
not_understood = _SHAPES.not_understood

_AT_ONCE = 0.02
_IN_ONE_REQUEST = 10.0


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who annotates."""

    id: int
    email: str
    username: str
    organization: int | None


@dataclass(frozen=True, slots=True)
class Project:
    """A project; its members by their names there."""

    id: int
    members: Members

    @property
    def description(self) -> str:
        """What it says of itself; its marker among it."""
        return str(self.members.get("description") or "")


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation of a task.

    Attributes:
        id: what the server calls it. SQLite gives it again after the last one was deleted.
        import_id: what we call it; None if it is not ours.
        completed_by: the id of its user; None if that one was deleted.
        is_untouched: whether nobody wrote it after it was made.
        members: as they are there; none if only ids were asked for.
    """

    id: int
    import_id: int | None
    completed_by: int | None
    is_untouched: bool
    members: Members


@dataclass(frozen=True, slots=True)
class Task:
    """A task with its annotations, skipped ones among them.

    Attributes:
        id: what the server calls it. SQLite gives it again after the last one was deleted.
        project: the id of its project.
        hit_id: by which we know it again; empty if it is not ours.
        data: as it is there.
        meta: as it is there.
        annotations: in the order in which they were made.
        others: what hangs on it and is not an annotation: drafts, predictions.
    """

    id: int
    project: int
    hit_id: str
    data: JSON
    meta: JSON
    annotations: tuple[Annotation, ...]
    others: tuple[str, ...]


def user(value: JSON, what: str) -> User:
    """A user of `/api/users/` or `/api/current-user/whoami`."""
    one = members(value, what)
    organization = one.get("active_organization")
    return User(
        whole(one.get("id"), what),
        text(one.get("email"), what),
        text(one.get("username"), what),
        None if organization is None else whole(organization, what),
    )


def project(value: JSON, what: str) -> Project:
    """A project of `/api/projects/`."""
    one = members(value, what)
    return Project(whole(one.get("id"), what), one)


def task(value: JSON, what: str) -> Task:
    """A task of `/api/tasks/`."""
    one = members(value, what)
    data = one.get("data")
    hit_id = data.get("mturk_hit_id") if isinstance(data, dict) else None
    drafts = ("a draft",) if one.get("draft_exists") else ()
    predictions = ("a prediction",) if one.get("total_predictions") else ()
    return Task(
        whole(one.get("id"), what),
        whole(one.get("project"), what),
        hit_id if isinstance(hit_id, str) else "",
        data,
        one.get("meta"),
        tuple(annotation(each, what) for each in items(one.get("annotations", []), what)),
        drafts + predictions,
    )


def annotation(value: JSON, what: str) -> Annotation:
    """An annotation of a task."""
    one = members(value, what)
    return Annotation(
        whole(one.get("id"), what),
        _whole_or_none(one.get("import_id"), what),
        _whole_or_none(one.get("completed_by"), what),
        _is_untouched(one, what),
        one,
    )


def file(value: JSON, what: str) -> tuple[int, str]:
    """The id and the path of an uploaded file."""
    one = members(value, what)
    return whole(one.get("id"), what), text(one.get("file"), what)


def _whole_or_none(value: JSON, what: str) -> int | None:
    return None if value is None else whole(value, what)


def _is_untouched(one: Members, what: str) -> bool:
    """The server stamps both times one after the other when an annotation is made. A bulk import
    leaves `updated_by` empty; whoever writes it later is put there, and is so at once with one
    that is made by itself.
    """
    limit = _AT_ONCE if _whole_or_none(one.get("updated_by"), what) else _IN_ONE_REQUEST
    return _age(one, what) < limit


def _age(one: Members, what: str) -> float:
    """Seconds between the first time that an annotation was written and the last."""
    if "created_at" not in one and "updated_at" not in one:
        return 0.0
    try:
        first, last = (
            datetime.fromisoformat(text(one.get(name), what).replace("Z", "+00:00"))
            for name in ("created_at", "updated_at")
        )
        return (last - first).total_seconds()
    except (ValueError, TypeError, OverflowError):
        not_understood(what)
