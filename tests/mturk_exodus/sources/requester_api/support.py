"""Exports from the fake, and the archive held against the account that the fake serves."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.errors import ExodusError
from mturk_exodus.sources.requester_api import credentials
from mturk_exodus.sources.requester_api.exporter import Exporter, Settings
from mturk_exodus.sources.requester_api.health import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mturk_exodus.archive.gaps import Gaps
    from tests.fakes.mturk import Call, FakeMTurk

PATIENCE = Patience(at_first=2, midway=5, first_pause=0.01, longest_pause=0.05)
FAST: dict[str, Any] = {"first_rate": 10_000, "patience": PATIENCE, "review_results": "none"}


def export(path: Path, fake: FakeMTurk | str, *, sound: bool = True, **settings: Any) -> Gaps:  # noqa: ANN401 - Settings' fields
    """Export what the fake serves; whatever came of it, the archive must agree with itself."""
    endpoint = fake if isinstance(fake, str) else fake.endpoint_url
    opened = Archive.open(path) if path.exists() else Archive.create(path)
    with opened as archive, archive.writing():
        session = credentials.new_session(None)
        exporter = Exporter(archive, session, endpoint, Settings(**(FAST | settings)))
        try:
            return exporter.run()
        finally:
            if sound:
                assert list(verify(archive)) == []


def refused(kind: type[ExodusError], path: Path, fake: FakeMTurk | str, **settings: Any) -> str:  # noqa: ANN401 - as export
    """What an export says that ends with that error."""
    try:
        export(path, fake, **settings)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} was not raised")


@contextmanager
def reading(path: Path) -> Iterator[Archive]:
    """The archive, to look into."""
    with Archive.open(path, read_only=True) as archive:
        yield archive


def rows(path: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a query answers."""
    with reading(path) as archive:
        return archive.connection.execute(query, values).fetchall()


def asked(calls: list[Call], operation: str) -> list[Any]:
    """Whom the answered calls of an operation were about, in order."""
    keys = ("HITId", "QualificationTypeId", "AssignmentId")
    return [
        next((call.params[key] for key in keys if key in call.params), "")
        for call in calls
        if (call.operation, call.outcome) == (operation, "ok")
    ]


def asked_since(fake: FakeMTurk, mark: int) -> dict[str, set[Any]]:
    """By operation, whom the calls since that place in the log were about."""
    calls = fake.log[mark:]
    return {each.operation: set(asked(calls, each.operation)) for each in calls}
