"""What a real Label Studio does after whoever asked for it has stopped waiting."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from mturk_exodus import errors
from mturk_exodus.replay.adapter import Receipt
from mturk_exodus_label_studio import LabelStudioAdapter
from tests.adapters.label_studio.actions import Work, apply
from tests.adapters.label_studio.servers import Person, Server, adapter_at

pytestmark = pytest.mark.live

UNTIL_IT_GIVES_UP = 6.5
"""Seconds: a server on SQLite waits 5 s for its database, and 3 s more before it tries again."""


@pytest.fixture
def next_one(server: Server) -> Iterator[LabelStudioAdapter]:
    """Another program's adapter: it knows nothing of the files that the first one uploaded."""
    with adapter_at(server) as one:
        yield one


@pytest.mark.parametrize("later", [0.02, 0.1, 0.3, 0.8])
def test_what_is_not_found_will_not_come_later(
    adapter: LabelStudioAdapter,
    next_one: LabelStudioAdapter,
    person: Person,
    work: Work,
    later: float,
) -> None:
    """A request is under way, and whoever comes next looks for it, as after a kill -9."""
    work = Work(work.name, hits=400)
    receipts: dict[str, Receipt] = {}
    for batch in (work.users, [work.project]):
        apply(adapter, batch, receipts)
    apply(adapter, work.batch[:3], receipts)

    def sent() -> None:
        with suppress(errors.OutcomeUnknown):
            apply(adapter, work.batch[3:], dict(receipts))

    request = threading.Thread(target=sent)
    request.start()
    time.sleep(later)
    found = next_one.find(work.batch, receipts)
    request.join()
    left = [one for one in work.batch if one.key not in found]
    assert len(left) in (0, len(work.batch) - 3)
    apply(next_one, left, {**receipts, **found})
    tasks = person.tasks(receipts[work.project.key].target_id)
    assert len(tasks) == len(work.tasks)
    assert sum(len(one["annotations"]) for one in tasks) == len(work.annotations)


def test_annotations_that_a_locked_database_made_the_server_forget(
    server: Server, adapter: LabelStudioAdapter, work: Work
) -> None:
    """It makes the tasks at its second try, and answers 201."""
    receipts: dict[str, Receipt] = {}
    for batch in (work.users, [work.project]):
        apply(adapter, batch, receipts)
    apply(adapter, work.batch[:3], receipts)
    late = work.batch[3:]
    database = server.folder / "label_studio.sqlite3"
    told: list[errors.OutcomeUnknown] = []

    def sent() -> None:
        try:
            apply(adapter, late, dict(receipts))
        except errors.OutcomeUnknown as error:
            told.append(error)

    request = threading.Thread(target=sent)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("begin immediate")
        request.start()
        time.sleep(UNTIL_IT_GIVES_UP)
        other.execute("rollback")
    request.join()
    assert "without their annotations" in str(told[0])
    receipts.update(adapter.find(late, receipts))
    assert receipts.keys() >= {one.key for one in work.tasks}
    left = [one for one in work.batch if one.key not in receipts]
    assert {one.operation for one in left} == {"annotation"}
    apply(adapter, left, receipts)
    assert adapter.held(work.batch, receipts) == {one.key: one.payload for one in work.batch}
