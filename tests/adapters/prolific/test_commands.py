"""`exodus publish`, `collect` and `bonus` as people give them: what is shown, asked and refused."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from mturk_exodus.archive import Archive
from tests.adapters.prolific.offered import PAY, PUBLISH, Desk
from tests.endurance.support import EXODUS, environment, run, the_error
from tests.fakes.prolific import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

ONE_BONUS = "USD 1.50", "USD 0.50", "USD 0.10", "USD 2.10"


def told(at: Desk) -> dict[str, str]:
    return environment(PROLIFIC_URL=at.fake.url, PROLIFIC_TOKEN=TOKEN, TERM="dumb")


def arguments(at: Desk, command: str, *more: object) -> list[str]:
    return [command, "--archive", str(at.path), "--target", "prolific", *map(str, more)]


def exodus(at: Desk, command: str, *more: object) -> subprocess.CompletedProcess[str]:
    return run(*arguments(at, command, *more), env=told(at))


def asked(at: Desk, answer: str, command: str, *more: object) -> tuple[int, str]:
    """The same at a terminal, where somebody answers; the exit code, and all that is shown."""
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [*EXODUS, *arguments(at, command, *more)],
        env=told(at),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    shown = b""
    while part := _read(ours):
        shown += part
    os.close(ours)
    return program.wait(), shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def bonuses(at: Desk, *lines: str) -> Path:
    path = at.path.with_name("bonuses.csv")
    path.write_text("id,amount,reason\n" + "".join(f"{line}\n" for line in lines))
    return path


def test_publish_lists_without_a_study_and_publishes_nothing(at: Desk) -> None:
    study_id = at.draft()
    done = exodus(at, "publish")
    assert (done.returncode, done.stderr) == (0, "")
    assert study_id in done.stdout
    assert "Nothing was published" in done.stdout
    assert exodus(at, "publish", "--yes", "--json").returncode == 0
    assert at.fake.published == []


def test_publish_shows_cost_and_balance_and_asks(at: Desk) -> None:
    study_id = at.draft(total_available_places=2, reward=20)
    code, shown = asked(at, "n", "publish", study_id)
    assert code == 130
    for words in ("USD 0.20", "In all USD 0.53", "USD 10,000.00 can be spent", "spend USD 0.53?"):
        assert words in shown
    assert at.fake.published == []
    code, shown = asked(at, "y", "publish", study_id)
    assert (code, "ACTIVE" in shown) == (0, True)
    assert [one.id for one in at.fake.published] == [study_id]


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_nobody_publishes_where_nobody_is_asked(at: Desk, more: tuple[str, ...]) -> None:
    done = exodus(at, "publish", at.draft(), *more)
    assert done.returncode == 2
    assert "nobody is there to be asked; give --yes" in done.stderr
    assert at.fake.times(PUBLISH) == 0


def test_publish_with_yes_says_what_it_has_done(at: Desk) -> None:
    study_id = at.draft(total_available_places=2, reward=20)
    done = exodus(at, "publish", study_id, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    (said,) = json.loads(done.stdout)
    assert said == {
        "id": study_id,
        "title": "Say what you see",
        "state": "ACTIVE",
        "places": 2,
        "currency": "USD",
        "reward": "0.2",
        "cost": "0.53",
    }


def test_what_was_published_before_something_failed_is_said(at: Desk) -> None:
    first, second = at.draft(), at.draft()
    at.fake.faults.next(PUBLISH, "ok", *["reset"] * 2)
    done = exodus(at, "publish", first, second, "--yes")
    assert done.returncode == 35
    assert done.stderr.startswith(f"{first} is ACTIVE\n")
    assert f"whether {second} was published" in done.stderr


def test_who_was_paid_before_something_failed_is_said(at: Desk, tmp_path: Path) -> None:
    study_id = at.published(total_available_places=201)
    file = tmp_path / "bonuses.csv"
    with file.open("w", encoding="utf-8") as to:
        for _ in range(201):
            place = at.fake.join().take_part(study_id)
            place.complete("LOOK1")
            to.write(f"{place.submission_id},0.10\n")

    def spends(operation: str, body: object) -> object:
        """Somebody else takes the money that is left."""
        if operation == PAY:
            at.fake.account.workspaces[at.fake.account.workspace_id].funds = 0
        return body

    at.fake.mangle = spends
    done = exodus(at, "bonus", study_id, file, "--yes")
    assert done.returncode == 34
    assert done.stderr.startswith("200 people are paid\nError: ")
    assert at.fake.paid("bonus") == 2000


def test_at_most_is_a_bound(at: Desk) -> None:
    study_id = at.draft(total_available_places=2, reward=20)
    refused = exodus(at, "publish", study_id, "--yes", "--at-most", "0.52")
    assert refused.returncode == 34
    assert "costs USD 0.53, more than --at-most 0.52" in the_error(refused.stderr)
    assert at.fake.published == []
    assert exodus(at, "publish", study_id, "--yes", "--at-most", "0.53").returncode == 0
    assert exodus(at, "publish", study_id, "--yes", "--at-most", "1e3").returncode == 2


@pytest.mark.parametrize("command", ["publish", "collect", "bonus"])
def test_a_target_that_has_no_such_thing_is_named(at: Desk, command: str) -> None:
    more = ("S", "B.csv", "--yes") if command == "bonus" else ()
    done = run(command, "--archive", at.path, "--target", "label-studio", *more)
    assert done.returncode == 24
    assert "this command is not for label-studio" in the_error(done.stderr)


def test_collect_says_what_became_of_whom(at: Desk) -> None:
    study_id = at.published(total_available_places=2)
    at.worked(study_id, auto=True)
    at.fake.join().take_part(study_id).give_back()
    done = exodus(at, "collect", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "states": {"APPROVED": 1, "RETURNED": 1},
        "answered": 1,
        "unanswered": 1,
        "under_way": 0,
        "strange": 0,
        "refused": 0,
    }
    done = exodus(at, "collect", study_id)
    assert "with an answer in the archive" in done.stdout
    assert exodus(at, "collect", "0" * 24).returncode == 19


def test_bonus_shows_fees_and_vat_and_asks(at: Desk) -> None:
    at.fake.account.workspaces[at.fake.account.workspace_id].vat = Decimal("0.2")
    study_id = at.published()
    place = at.worked(study_id)
    file = bonuses(at, f"{at.assignment_of(place)},1.50,well done")
    code, shown = asked(at, "n", "bonus", study_id, file)
    assert code == 130
    assert all(sum_ in shown for sum_ in ONE_BONUS)
    assert "Pay 1 person at Prolific, and spend USD 2.10?" in shown
    assert "can be spent" in shown
    assert at.fake.times(PAY) == 0
    code, shown = asked(at, "y", "bonus", study_id, file)
    assert code == 0, shown
    assert place.submission.bonus_payments == [150]
    code, shown = asked(at, "y", "bonus", study_id, file)
    assert "Nothing is due; nothing was paid." in shown
    assert "1 left out: paid before" in shown
    assert place.submission.bonus_payments == [150]


def test_a_paid_bonus_is_a_bonus_payment_of_the_archive(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    assignment_id = at.assignment_of(place)
    file = bonuses(at, f'{assignment_id},1.5,"well, done"')
    done = exodus(at, "bonus", study_id, file, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["total"] == "2"
    for _ in range(2):
        with Archive.open(at.path, read_only=True) as archive:
            rows = archive.connection.execute(
                "select assignment_id, worker_id, bonus_amount, reason, source, hit_id is not null,"
                " grant_time = intended_at from bonus_payments, payments"
            ).fetchall()
        worker_id = place.submission.participant_id
        assert rows == [(assignment_id, worker_id, "1.50", "well, done", "prolific", 1, 1)]
        assert exodus(at, "bonus", study_id, file, "--yes").returncode == 0


def test_nobody_pays_where_nobody_is_asked(at: Desk) -> None:
    study_id = at.published()
    file = bonuses(at, f"{at.worked(study_id).submission_id},1.50")
    assert exodus(at, "bonus", study_id, file).returncode == 2
    assert exodus(at, "bonus", study_id, file, "--yes", "--at-most", "1.99").returncode == 34
    assert at.fake.times(PAY) == 0


def test_a_balance_that_does_not_suffice_pays_nothing(at: Desk) -> None:
    study_id = at.published()
    file = bonuses(at, f"{at.worked(study_id).submission_id},1.50")
    at.fake.account.workspaces[at.fake.account.workspace_id].funds = 200
    done = exodus(at, "bonus", study_id, file, "--yes")
    assert done.returncode == 34
    assert "costs USD 2.00" in the_error(done.stderr)
    assert at.fake.times(PAY) == 0


def test_killed_while_the_answer_is_late_it_is_not_paid_again(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    file = bonuses(at, f"{place.submission_id},1.50")
    at.fake.faults.next(PAY, "slow")
    at.fake.faults.slow_seconds = 60.0
    program = subprocess.Popen(
        [*EXODUS, *arguments(at, "bonus", study_id, file, "--yes")],
        env=told(at),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not at.fake.times(PAY):
        assert program.poll() is None
        time.sleep(0.05)
    program.send_signal(signal.SIGKILL)
    program.wait()
    done = exodus(at, "bonus", study_id, file, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["paid_before"] == 1
    assert (at.fake.times(PAY), place.submission.bonus_payments) == (1, [150])


def test_of_two_at_once_one_pays(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    file = bonuses(at, f"{place.submission_id},1.50")
    at.fake.latency = 0.2
    racing = [
        subprocess.Popen(
            [*EXODUS, *arguments(at, "bonus", study_id, file, "--yes")],
            env=told(at),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    codes = sorted(each.wait() for each in racing)
    for each in racing:
        each.communicate()
    assert codes in ([0, 15], [0, 0])
    assert place.submission.bonus_payments == [150]


def test_a_file_that_is_none_is_a_line(at: Desk) -> None:
    study_id = at.published()
    done = exodus(at, "bonus", study_id, bonuses(at, "3WORK,$1.50"), "--yes")
    assert done.returncode == 57
    assert "line 2 has no amount" in the_error(done.stderr)


def test_what_prolific_says_is_no_command_to_a_terminal_and_no_mistake_of_ours(at: Desk) -> None:
    study_id = at.published()
    at.worked(study_id)
    strange = "\x1b[2J\ud800"

    def mangled(operation: str, body: Any) -> object:  # noqa: ANN401 - JSON
        if operation == "GET /submissions/":
            return {**body, "results": [{**one, "status": strange} for one in body["results"]]}
        if operation == "GET /workspaces/":
            (one,) = body["results"]
            return {**body, "results": [{**one, "title": strange, "id": "a" * 24}, one]}
        return {**body, "name": strange} if operation == "GET /studies/{id}/" else body

    at.fake.mangle = mangled
    with at.fake.forgiving():
        for command in ("publish", "collect"):
            done = exodus(at, command, "--set", f"workspace={at.fake.account.workspace_id}")
            assert (done.returncode, done.stderr) == (0, "")
            assert "\x1b" not in done.stdout
        done = exodus(at, "collect")
        assert done.returncode == 23
        assert "\x1b" not in the_error(done.stderr)
