"""Archives into a real Label Studio, as `exodus import` brings them there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mturk_exodus.archive.archive import Archive
from mturk_exodus.demo.account import Account
from mturk_exodus.demo.fill import fill
from mturk_exodus.replay.fidelity import fidelity
from mturk_exodus.replay.replaying import replay
from tests.adapters.label_studio.kind import Kind
from tests.adapters.label_studio.servers import Person, Server, adapter_at

Task = dict[str, Any]


def account_of(several: Iterable[Kind], media: str = "", mark: str = "") -> Account:
    """An account that has a HIT of each kind, each of a HIT type of its own.

    Args:
        several: no two of one name.
        media: the address of the host of their pictures.
        mark: what tells the ids of their HITs from others'.
    """
    account = Account()
    for number, kind in enumerate(several):
        hit_id = f"3HIT{mark}{number}"
        account.hits[hit_id] = {
            "HITId": hit_id,
            "HITTypeId": f"3TYPE{mark}{number}",
            "Title": kind.name,
            "Question": kind.question.replace("{media}", media),
        }
        account.assignments[hit_id] = [
            {
                "HITId": hit_id,
                "AssignmentId": f"3WORK{mark}{number}",
                "WorkerId": "AWORKER1",
                "AssignmentStatus": "Approved",
                "Answer": kind.answer,
            }
        ]
    return account


def import_kinds(
    server: Server, several: Iterable[Kind], path: Path, media: str = "", mark: str = ""
) -> dict[str, Task]:
    """Import a HIT of each kind; the tasks by the kinds' names."""
    account = account_of(several, media, mark)
    tasks = import_account(server, account, path)
    return {str(hit["Title"]): tasks[name] for name, hit in account.hits.items()}


def import_account(server: Server, account: Account, path: Path) -> dict[str, Task]:
    """Import an account by way of a new archive; the tasks by their HITs."""
    with Archive.create(path) as archive:
        fill(archive, account)
    return import_archive(server, path)


def import_archive(server: Server, path: Path) -> dict[str, Task]:
    """Import an archive, and see to it that the server holds all of it; the tasks by their HITs."""
    with adapter_at(server) as adapter, Archive.open(path) as archive:
        outcome = replay(archive, adapter).outcome
        assert outcome.is_whole, outcome.reasons
        report = fidelity(archive, adapter)
        assert report.is_faithful, report.differences
        assert report.equal == outcome.made + outcome.found > 0
        marker = f"mturk-exodus {archive.archive_id} "
    return _tasks_of(server, marker)


def _tasks_of(server: Server, marker: str) -> dict[str, Task]:
    """The tasks of all projects of an archive."""
    person = Person(server.url)
    projects = person("GET", "/api/projects/", page_size=1_000)["results"]
    ours = [one["id"] for one in projects if marker in one["description"]]
    found = [task for one in ours for task in person.tasks(one)]
    person.close()
    return {one["data"]["mturk_hit_id"]: one for one in found}
