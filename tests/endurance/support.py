"""Starting `exodus` as people do, and holding what it leaves against the account it took."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fakes.mturk import FakeMTurk

EXODUS = (sys.executable, "-m", "mturk_exodus")
SECONDS = 240
"""No command of these tests takes as long."""

KEYED = {
    "hits": ("hit_id",),
    "assignments": ("assignment_id",),
    "qualification_types": ("qualification_type_id",),
    "qualifications": ("qualification_type_id", "worker_id"),
    "qualification_requests": ("qualification_request_id",),
    "worker_blocks": ("worker_id",),
}
"""Tables whose records have a key, under the same name in the archive and in the fake."""

_GENEROUS = 30.0
_NO_TERMINAL = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "CLICOLOR_FORCE")


def environment(**changes: str | None) -> dict[str, str]:
    """This environment without what a terminal of the developer adds; None takes a name away."""
    wanted: dict[str, str | None] = {**os.environ, **changes}
    return {
        name: value
        for name, value in wanted.items()
        if value is not None and (name not in _NO_TERMINAL or name in changes)
    }


def run(
    *arguments: object,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    program: tuple[str, ...] = EXODUS,
) -> subprocess.CompletedProcess[str]:
    """Run `exodus` to its end."""
    return subprocess.run(
        [*program, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment() if env is None else env,
        check=False,
        timeout=SECONDS,
    )


def start(*arguments: object, cwd: Path | None = None) -> subprocess.Popen[str]:
    """Start `exodus`; whoever asked reads and ends it."""
    return subprocess.Popen(
        [*EXODUS, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment(),
    )


def export_of(fake: FakeMTurk, archive: Path, *more: object) -> list[object]:
    """The arguments of a whole export. The rate is one that it need not find out first."""
    where = ["--archive", archive, "--endpoint-url", fake.endpoint_url]
    return ["export", *where, "--rate", 500, *more]


def the_error(stderr: str) -> str:
    """The one line on stderr, without its `Error: `."""
    lines = stderr.splitlines()
    assert len(lines) == 1, stderr
    assert lines[0].startswith("Error: "), stderr
    assert "Traceback" not in stderr
    return lines[0].removeprefix("Error: ")


def resume_arguments(line: str) -> list[str]:
    """What the resume command in an error line passes to `exodus`."""
    command = shlex.split(line.rpartition("to go on: ")[2])
    assert command[0] == "exodus", line
    return command[1:]


def findings(archive: Path) -> list[str]:
    """What `verify` holds against an archive."""
    with Archive.open(archive, read_only=True) as opened:
        return [f"{each.check}: {each.where}: {each.what}" for each in verify(opened)]


def rows(archive: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a query gives, from a connection that can only read."""
    uri = f"{archive.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
        return connection.execute(query, values).fetchall()


def assert_whole(archive: Path, fake: FakeMTurk) -> None:
    """The archive is clean, and is the account, record by record and byte for byte."""
    assert findings(archive) == []
    raw = fake.raw_records()
    for table, key in KEYED.items():
        found = rows(archive, f"select {', '.join(key)}, raw from {table}")  # noqa: S608 - constants
        held = {row[:-1] if len(key) > 1 else row[0]: row[-1] for row in found}
        assert held == raw[table], f"{table} differ"
    _assert_bonuses(archive, raw["bonus_payments"])
    _assert_reviews(archive, raw["review_policy_results"])
    _assert_uploads(archive, fake.account.uploads)
    ((balance,),) = rows(
        archive, "select available_balance from account_balances order by run_id desc limit 1"
    )
    assert balance == fake.account.available_balance
    assert rows(archive, "select * from quarantine") == []
    assert rows(archive, "select * from revisions") == []


def _assert_bonuses(archive: Path, wanted: dict[str, list[str]]) -> None:
    held: dict[str, list[str]] = {}
    for hit_id, raw in rows(archive, "select hit_id, raw from bonus_payments"):
        held.setdefault(hit_id, []).append(raw)
    assert {key: sorted(value) for key, value in held.items()} == {
        key: sorted(value) for key, value in wanted.items() if value
    }


def _assert_reviews(archive: Path, wanted: dict[str, list[str]]) -> None:
    """Every result and action stands in its HIT's reports, once, in the order of the listing."""
    texts: dict[str, str] = {}
    query = "select hit_id, raw from review_reports order by hit_id, page"
    for hit_id, raw in rows(archive, query):
        texts[hit_id] = texts.get(hit_id, "") + raw
    for hit_id, items in wanted.items():
        at = 0
        for item in items:
            place = texts[hit_id].find(item, at)
            assert place >= 0, f"review results of {hit_id} differ"
            at = place + len(item)
    ((held,),) = rows(
        archive,
        "select (select count(*) from review_results) + (select count(*) from review_actions)",
    )
    assert held == sum(map(len, wanted.values()))


def _assert_uploads(archive: Path, wanted: dict[tuple[str, str], bytes]) -> None:
    held: dict[tuple[str, str], bytes] = {}
    for assignment_id, question, content in rows(
        archive,
        "select assignment_id, question_identifier, content from uploads"
        " left join upload_parts using (assignment_id, question_identifier) order by 1, 2, part",
    ):
        held[assignment_id, question] = held.get((assignment_id, question), b"") + (content or b"")
    assert held == wanted


def snapshot(folder: Path) -> dict[str, str]:
    """Every file below a folder, with a digest of its bytes. Locks come and go."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock")
    }


def json_line(stderr: str) -> dict[str, Any]:
    """The one JSON object on stderr."""
    lines = stderr.splitlines()
    assert len(lines) == 1, stderr
    said: dict[str, Any] = json.loads(lines[0])
    assert set(said) == {"error", "message"}
    return said


def wait_until(so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Until something is so, or the program has ended."""
    give_up = time.monotonic() + _GENEROUS
    while process.poll() is None and not so():
        assert time.monotonic() < give_up, "it hangs"
        time.sleep(0.001)
