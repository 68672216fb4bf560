"""`exodus host` as a process of its own, and what its visitors' answers became."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mturk_exodus.archive import Archive, runs
from mturk_exodus.archive.tables import ASSIGNMENTS, HITS, Raw
from mturk_exodus.archive.writer import Origin, Writer
from mturk_exodus.questions.answering.answers import CROWD_FIELD, Answer, read
from mturk_exodus.serve.host.links import link
from tests.mturk_exodus.serve.host.stage import SERVED
from tests.ports import free_port

PANEL = "https://panel.test"
COMPLETION = f"{PANEL}/done?who={{worker_id}}&study={{study_id}}&session={{session_id}}"
WAY_OUT = f"{PANEL}/out?who={{worker_id}}"
SCREENSHOTS = "EXODUS_SCREENSHOTS"
"""Names a folder to keep screenshots in; without it none are made."""

_HOST = (sys.executable, "-m", "mturk_exodus", "host")
_STOPS_SECONDS = 30
_STEP = 0.05


def hit(hit_id: str, question: str, **others: object) -> dict[str, object]:
    """A HIT as the API gives it, of a type of its own."""
    asked = {
        "HITId": hit_id,
        "HITTypeId": f"3TYPE{hit_id}",
        "Title": f"The task {hit_id}",
        "Question": question,
        "MaxAssignments": 100,
        "AssignmentDurationInSeconds": 3_600,
        "CreationTime": 1_600_000_000,
    }
    return asked | others


def put_hits(archive: Archive, hits: Iterable[Mapping[str, object]]) -> None:
    """HITs as if the API had given them."""
    with archive.transaction():
        run = runs.begin(archive, "test", {}, pass_id=None)
        raws = [Raw(json.dumps(one), one) for one in hits]
        stored = Writer(archive, run).put(HITS, raws, Origin("test", ""))
        assert stored.refused == 0


@dataclass
class Hosted:
    """A service that runs.

    Attributes:
        archive: whose HITs it shows.
        port: where it listens; participants know it as SERVED.
    """

    archive: Path
    port: int

    @cached_property
    def links(self) -> dict[str, str]:
        """To each HIT that can be shown, with the panel's placeholders."""
        return {ids[0]: url for url, ids in invitations(self.archive)}

    def link(self, hit_id: str, worker_id: str) -> str:
        """The link as the panel gives it to a participant."""
        return for_worker(self.links[hit_id], worker_id)

    def any_link(self, hit_ids: Sequence[str], worker_id: str) -> str:
        """A link that --links may not print."""
        with closing(self.desk()) as desk:
            (key,) = desk.execute("select key from host_desk").fetchone()
        asked = {"PROLIFIC_PID": worker_id, "STUDY_ID": "S1", "SESSION_ID": f"V-{worker_id}"}
        return link(SERVED, hit_ids, key, asked)

    def question(self, hit_id: str) -> str:
        """What the archive holds of a HIT."""
        statement = f"select {HITS.selected(['question'])} from hits where hit_id = ?"  # noqa: S608 - a constant
        with Archive.open(self.archive, read_only=True) as archive:
            (text,) = archive.connection.execute(statement, [hit_id]).fetchone()
        return str(text)

    def documents(self, hit_id: str, worker_id: str, *, seconds: float = 10) -> list[str]:
        """What the archive holds of a participant's work; waits until there is something."""
        ends = time.monotonic() + seconds
        while not (found := self._documents(hit_id, worker_id)) and time.monotonic() < ends:
            time.sleep(_STEP)
        return found

    def states(self, hit_id: str, worker_id: str) -> list[str]:
        """Of all that the desk gave to a participant."""
        with closing(self.desk()) as desk:
            rows = desk.execute(
                "select state from host_assignments where hit_id = ? and worker_id = ?",
                [hit_id, worker_id],
            )
            return [str(state) for (state,) in rows]

    def desk(self) -> sqlite3.Connection:
        """The host's own database."""
        path = self.archive.with_name(f"{self.archive.name}.host")
        return sqlite3.connect(path, timeout=10, isolation_level=None)

    def _documents(self, hit_id: str, worker_id: str) -> list[str]:
        statement = (
            f"select {ASSIGNMENTS.selected(['answer'])} from assignments"  # noqa: S608 - a constant
            " where hit_id = ? and worker_id = ?"
        )
        with Archive.open(self.archive, read_only=True) as archive:
            rows = archive.connection.execute(statement, [hit_id, worker_id])
            return [str(answer) for (answer,) in rows]


@contextmanager
def hosted(archive: Path, *options: object) -> Iterator[Hosted]:
    """The service of an archive's HITs, until it is no longer wanted. Without options of its own
    it knows where participants of PANEL go.
    """
    port = free_port()
    told = (
        *("--archive", archive, "--public-url", SERVED, "--port", port, "--collect-every", 1),
        *(options or ("--completion-url", COMPLETION, "--way-out-url", WAY_OUT)),
    )
    command = [*_HOST, *map(str, told)]
    with _running(command, archive.with_suffix(".stderr")):
        yield Hosted(archive, port)


def invitations(
    archive: Path, bundle: int = 1, only: str | None = None
) -> list[tuple[str, Sequence[str]]]:
    """What --links prints: each link, and its HITs."""
    chosen = ("--only", only) if only else ()
    options = ("--archive", archive, "--public-url", SERVED, "--links", "--json", *chosen)
    command = [*_HOST, *map(str, options), "--bundle", str(bundle)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=_environment())
    links = [json.loads(line) for line in said.stdout.splitlines()]
    return [(one["url"], one["hit_ids"]) for one in links]


def for_worker(link: str, worker_id: str) -> str:
    """What Prolific makes of a link."""
    filled = link.replace("{{%PROLIFIC_PID%}}", worker_id)
    return filled.replace("{{%STUDY_ID%}}", "S1").replace("{{%SESSION_ID%}}", f"V-{worker_id}")


def completion(worker_id: str) -> str:
    """Where that participant goes who is done."""
    return f"{PANEL}/done?who={worker_id}&study=S1&session=V-{worker_id}"


def asked_for(must: Mapping[str, Any]) -> dict[str, Any]:
    """What must arrive (`filling.expected`), as an assignment says it."""
    said = {name: _parts(value) if _is_texts(value) else value for name, value in must.items()}
    return {name: value for name, value in said.items() if value != []}


def held(document: str, must: Mapping[str, Any]) -> dict[str, Any]:
    """What a stored answer says of the same names, in the same shape."""
    answers = {one.question_identifier: one for one in read(document)}
    if CROWD_FIELD in answers:
        (said,) = json.loads(answers[CROWD_FIELD].free_text or "")
        found = {name: said[name] for name in must if name in said}
        return asked_for(found)
    return {name: _values(answers[name]) for name in must if name in answers}


def held_in_row(row: Mapping[str, str], must: Mapping[str, Any]) -> dict[str, Any]:
    """What a row of batch results says of the same names, in the shape of `asked_for`."""
    cells = {name: row.get(f"Answer.{name}", "") for name in must}
    return {name: _parts([cell]) for name, cell in cells.items() if cell}


def answers_of(document: str) -> dict[str, str]:
    """A stored answer, by name; of a QuestionForm, what was written or taken."""
    return {one.question_identifier: "|".join(_values(one)) for one in read(document)}


def _is_texts(value: object) -> bool:
    return isinstance(value, list)


def _parts(values: list[str]) -> list[str]:
    """In any order, as they come out of a FreeText in which they are joined."""
    given = [one for one in values if one]
    return sorted("|".join(given).split("|")) if given else []


def _values(answer: Answer) -> list[str]:
    return _parts([*answer.selection_identifiers, answer.free_text or ""])


@contextmanager
def _running(command: list[str], errors: Path) -> Iterator[None]:
    with errors.open("wb") as said:
        process = subprocess.Popen(command, stderr=said, env=_environment())
        try:
            _wait_until_shown(process, errors)
            yield
        finally:
            process.terminate()
            assert process.wait(_STOPS_SECONDS) in (0, -15), errors.read_text()


def _wait_until_shown(process: subprocess.Popen[bytes], errors: Path) -> None:
    while "are offered at" not in errors.read_text():
        assert process.poll() is None, errors.read_text()
        time.sleep(_STEP)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("EXODUS_")}
