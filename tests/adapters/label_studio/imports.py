"""`exodus import` into a Label Studio, as people start it, and what is looked at afterwards."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.label_studio import assignment, hit, put
from mturk_exodus.archive import Archive, runs
from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.archive.writer import Writer
from tests.adapters.label_studio.servers import TOKEN, Person
from tests.endurance.support import EXODUS, environment, findings, rows, run

TARGET = ("--target", "label-studio")

Work = dict[str, object]


def made(path: Path, hits: Iterable[Work], work: Iterable[Work] = ()) -> Path:
    """An archive of some HITs and assignments, as the API gives them."""
    with Archive.create(path) as archive:
        with archive.transaction():
            this = runs.begin(archive, "test", {}, pass_id=None)
        put(archive, Writer(archive, this), HITS, iter(hits))
        put(archive, Writer(archive, this), ASSIGNMENTS, iter(work))
    return path


def filled(path: Path, hits: int, each: int) -> Path:
    """An archive of HITs that all ask the same form."""
    work = (assignment(number, other) for number in range(hits) for other in range(each))
    return made(path, map(hit, range(hits)), work)


def extended(path: Path, first: int, hits: int, each: int) -> None:
    """The same archive after another export, which brought more HITs."""
    numbers = range(first, first + hits)
    with Archive.open(path) as archive:
        with archive.transaction():
            this = runs.begin(archive, "test", {}, pass_id=None)
        put(archive, Writer(archive, this), HITS, map(hit, numbers))
        work = (assignment(number, other) for number in numbers for other in range(each))
        put(archive, Writer(archive, this), ASSIGNMENTS, work)


def access(url: str, token: str = TOKEN) -> dict[str, str]:
    """An environment that says where the server is."""
    return environment(LABEL_STUDIO_URL=url, LABEL_STUDIO_API_KEY=token)


def importing(archive: Path, *more: object) -> list[str]:
    """The arguments of an import."""
    return ["import", *TARGET, "--yes", "--archive", str(archive), *map(str, more)]


def imported(
    archive: Path, url: str, *more: object, token: str = TOKEN
) -> subprocess.CompletedProcess[str]:
    """An import, run to its end."""
    return run(*importing(archive, *more), env=access(url, token))


def started(archive: Path, url: str) -> subprocess.Popen[str]:
    """An import that has been started; whoever asked reads and ends it."""
    return subprocess.Popen(
        [*EXODUS, *importing(archive)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=access(url),
    )


def compared(archive: Path, url: str) -> subprocess.CompletedProcess[str]:
    """A comparison of the server with the archive."""
    return run("fidelity", *TARGET, "--archive", archive, env=access(url))


def assert_whole(archive: Path, url: str) -> None:
    """Everything is there once, as the archive has it, and there is nothing else to send."""
    went_well(compared(archive, url))
    assert_once(archive, url)
    before = rows(archive, "select count(*) from ledger")
    went_well(imported(archive, url))
    assert rows(archive, "select count(*) from ledger") == before, "something was sent again"
    assert findings(archive) == []


def went_well(ended: subprocess.CompletedProcess[str]) -> None:
    """A command that had nothing to say but how far it was."""
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not [line for line in ended.stderr.splitlines() if not line.endswith(" actions")]


def assert_once(archive: Path, url: str) -> None:
    """Each task, annotation and user is there once, counted at the server."""
    person = Person(url)
    tasks = [one for project in projects(person) for one in ids_of_tasks(person, project)]
    users = [one["email"] for one in person("GET", "/api/users/")]
    person.close()
    hits = Counter(one["data"]["mturk_hit_id"] for one in tasks)
    assert hits == Counter(key for (key,) in rows(archive, "select hit_id from hits"))
    there = Counter(each["import_id"] for one in tasks for each in one["annotations"])
    ((work,),) = rows(archive, "select count(*) from assignments")
    assert (len(there), sum(there.values())) == (work, work)
    ((workers,),) = rows(archive, "select count(distinct worker_id) from assignments")
    ours = [one for one in users if one.endswith("@mturk.invalid")]
    assert (len(ours), len(set(ours))) == (workers, workers)


def projects(person: Person) -> list[int]:
    """The ids of all projects."""
    reply = person("GET", "/api/projects/", include="id", page_size=1_000)
    return [one["id"] for one in reply["results"]]


def ids_of_tasks(person: Person, project: int) -> list[dict[str, Any]]:
    """All tasks of a project, as far as they are known by."""
    include = "id,data,annotations,import_id"
    wanted = {"project": project, "fields": "all", "include": include, "page_size": 100_000}
    tasks: list[dict[str, Any]] = person("GET", "/api/tasks/", **wanted)["tasks"]
    return tasks
