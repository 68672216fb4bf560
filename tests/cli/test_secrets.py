"""The secret key and the workers stay where they belong, whatever goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.endurance.support import environment, export_of, run
from tests.fakes.mturk import Chance, FakeMTurk

KEY = "AKIAI44QH8DHBEXAMPLE"
SECRET = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"  # noqa: S105 - from AWS's documentation


def workers_of(fake: FakeMTurk) -> set[str]:
    account = fake.account
    lists = (*account.assignments.values(), *account.qualifications.values())
    everything = [record for each in lists for record in each]
    everything += [*account.worker_blocks, *account.qualification_requests]
    return {record["WorkerId"] for record in everything}


def _talkative(fake: FakeMTurk, status: int) -> None:
    """An endpoint that repeats in its errors whatever it should not."""
    worker = min(workers_of(fake))
    said = f"User {KEY} with {SECRET} may not see worker {worker}, nor may {worker}."
    body = {"__type": "RequestError", "Message": said, "TurkErrorCode": f"AWS.{worker}"}
    fake.refuse_all = (status, json.dumps(body))


def _refused_account(fake: FakeMTurk) -> None:
    _talkative(fake, 400)


def _forbidden(fake: FakeMTurk) -> None:
    _talkative(fake, 403)


def _midway(fake: FakeMTurk) -> None:
    fake.after(20, lambda _: _talkative(fake, 400))


def _credentials(fake: FakeMTurk) -> None:
    fake.credentials_error = "UnrecognizedClientException"


def _unruly(fake: FakeMTurk) -> None:
    fake.faults.cut_body = fake.faults.not_json = Chance(0.1)


def _mangled(fake: FakeMTurk) -> None:
    for block in fake.account.worker_blocks:
        key = ("worker_blocks", block["WorkerId"])
        fake.faults.mangle[key] = lambda record: {**record, "Reason": [record["WorkerId"]]}


def _nothing(_: FakeMTurk) -> None:
    pass


FAILURES = [
    _nothing,
    _refused_account,
    _forbidden,
    _midway,
    _credentials,
    _unruly,
    _mangled,
]


@pytest.mark.parametrize("fail", FAILURES)
def test_no_secret_and_no_worker_is_said_and_no_key_is_kept(
    fail: Callable[[FakeMTurk], None], tmp_path: Path, fake: FakeMTurk
) -> None:
    fail(fake)
    archive = tmp_path / "mturk.db"
    env = environment(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
    commands: list[list[object]] = [
        export_of(fake, archive),
        export_of(fake, archive, "--json"),
        ["status", "--archive", archive],
        ["status", "--archive", archive, "--json"],
        ["verify", "--archive", archive],
        ["doctor", "--endpoint-url", fake.endpoint_url],
        ["doctor", "--endpoint-url", fake.endpoint_url, "--json"],
    ]
    said = ""
    for command in commands:
        ended = run(*command, env=env)
        assert "Traceback" not in ended.stderr
        said += ended.stdout + ended.stderr
    assert SECRET not in said
    assert KEY not in said
    assert [worker for worker in workers_of(fake) if worker in said] == []
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert SECRET.encode() not in kept
    assert KEY.encode() not in kept
