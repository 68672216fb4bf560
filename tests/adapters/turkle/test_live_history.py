"""Finished work at a real Turkle at which people work on: what is done there stays as it is."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from mturk_exodus.archive.archive import Archive
from mturk_exodus.demo import markup as m
from mturk_exodus.demo.account import Account
from mturk_exodus.demo.answers import FreeText, answers_xml
from mturk_exodus.demo.fill import fill
from mturk_exodus.replay import history, http
from mturk_exodus.replay.replaying import replay
from mturk_exodus_turkle import TurkleAdapter
from tests.adapters.turkle.marketplace import PASSWORD, archive_of, carried, compared, query
from tests.adapters.turkle.servers import TOKEN, Admin, Server
from tests.adapters.turkle.test_live_work import results, table
from tests.endurance.support import findings, run

pytestmark = pytest.mark.live

FIRST, SECOND = "A1FIRSTWORKER1", "A2SECONDWORKER"
_FORGERY = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"').search


def account(mark: str) -> Account:
    """A HIT of which one assignment is done and two are open, for two who are qualified for it."""
    made, hit_id = Account(), f"3HIT{mark}".ljust(26, "0")
    made.hits[hit_id] = {
        "HITId": hit_id,
        "HITTypeId": f"3TYPE{mark}",
        "Title": f"History {mark}",
        "Question": m.html_form("<input name=a>"),
        "MaxAssignments": 3,
        "NumberOfAssignmentsAvailable": 2,
        "NumberOfAssignmentsPending": 0,
        "AssignmentDurationInSeconds": 3600,
        "QualificationRequirements": [{"QualificationTypeId": "3Q", "Comparator": "Exists"}],
    }
    made.assignments[hit_id] = [
        {
            "AssignmentId": f"3ASSIGNMENT{mark}".ljust(30, "0"),
            "HITId": hit_id,
            "WorkerId": FIRST,
            "AcceptTime": 1_500_000_000,
            "SubmitTime": 1_500_000_037,
            "Answer": answers_xml([FreeText("a", "at MTurk")]),
        }
    ]
    made.qualification_types["3Q"] = {"QualificationTypeId": "3Q", "Name": "q"}
    made.qualifications["3Q"] = [granted(FIRST)]
    return made


def granted(worker_id: str) -> dict[str, Any]:
    """A qualification."""
    return {"QualificationTypeId": "3Q", "WorkerId": worker_id, "Status": "Granted"}


def done_by(server: Server, name: str, title: str) -> str:
    """Do the open task of a project, as a browser would; the address of its page."""
    let_in(server, name)
    ((batch,),) = query(
        server,
        "select b.id from turkle_batch b join turkle_project p on p.id = b.project_id"
        " where p.name = ? and b.active and exists"
        " (select 1 from turkle_task t where t.batch_id = b.id)",
        title,
    )
    with httpx.Client(base_url=server.url, follow_redirects=True, trust_env=False) as browser:
        post(browser, "/login/", "/login/", username=name, password=PASSWORD)
        task = browser.get(f"/batch/{batch}/accept_next_task/").url.path
        page = re.sub(r"assignment/(\d+)/", r"assignment/iframe/\1/", task)
        post(browser, page, task, a="at Turkle", auto_accept="false")
    return page


def post(browser: httpx.Client, page: str, address: str, **fields: str) -> None:
    """Send the form of a page."""
    token = _FORGERY(browser.get(page).text)
    assert token is not None
    body = {"csrfmiddlewaretoken": token[1], **fields}
    assert browser.post(address, data=body, headers={"Referer": address}).is_success


def test_work_that_came_home_is_not_loaded_back(marketplace: Server, tmp_path: Path) -> None:
    mark = uuid.uuid4().hex[:8].upper()
    made = account(mark)
    path = archive_of(made, tmp_path / "mturk.db")
    carried(marketplace, path, workers="plain")

    made.qualifications["3Q"].append(granted(SECOND))
    with Archive.open(path) as archive, archive.writing():
        fill(archive, made)
    carried(marketplace, path, workers="plain")
    page = done_by(marketplace, SECOND, f"History {mark}")
    assert compared(marketplace, path, workers="plain").given == 1

    file = tmp_path / "results.csv"
    file.write_text(table(results(marketplace, f"History {mark}")), encoding="utf-8")
    for _ in range(2):
        done = run("ingest", str(file), "--archive", str(path))
        assert done.returncode == 0, done.stdout + done.stderr
        assert findings(path) == []
        before = work(marketplace, mark)
        assert carried(marketplace, path, workers="plain").given == 1
        assert work(marketplace, mark) == before
        file.write_text(table(results(marketplace, f"History {mark}")), encoding="utf-8")
    assert [row[:3] for row in before] == [(FIRST, 3, 0), (SECOND, 3, 0)]
    with Archive.open(path, read_only=True) as archive:
        ((count,),) = archive.connection.execute("select count(*) from assignments")
    assert count == 2
    reply = httpx.get(f"{marketplace.url}{page}", trust_env=False)
    assert reply.is_redirect, "nobody sees the page who has not logged in"


def work(server: Server, mark: str) -> list[tuple[Any, ...]]:
    """Whose, of how many, whether the task is finished, and when it was done."""
    return query(
        server,
        "select u.username, b.assignments_per_task, t.completed, a.created_at, a.updated_at"
        " from turkle_taskassignment a join turkle_task t on t.id = a.task_id"
        " join turkle_batch b on b.id = t.batch_id join turkle_project p on p.id = b.project_id"
        " join auth_user u on u.id = a.assigned_to_id where p.name = ? and a.completed"
        " order by a.id",
        f"History {mark}",
    )


def test_a_page_that_changed_doubles_neither_its_task_nor_its_work(
    marketplace: Server, tmp_path: Path
) -> None:
    """Turkle's API removes no task: it stays in the project that it had."""
    mark = uuid.uuid4().hex[:8].upper()
    made = account(mark)
    (hit,) = made.hits.values()
    question = hit.pop("Question")
    path = archive_of(made, tmp_path / "mturk.db")
    carried(marketplace, path, workers="plain")
    hit["Question"] = question
    for round_ in range(3):
        with Archive.open(path) as archive, archive.writing():
            fill(archive, made)
        again(marketplace, path)
        assert len(work(marketplace, mark)) == 1 + (round_ > 0)
        made.assignments[hit["HITId"]].append(late(made, hit["HITId"])) if not round_ else None
    tasks = query(
        marketplace,
        "select count(*) from turkle_task t join turkle_batch b on b.id = t.batch_id"
        " join turkle_project p on p.id = b.project_id where p.name = ?",
        f"History {mark}",
    )
    assert tasks == [(1,)]


def late(made: Account, hit_id: str) -> dict[str, Any]:
    """An assignment that comes later."""
    (first,) = made.assignments[hit_id]
    return {**first, "AssignmentId": f"{first['AssignmentId'][:-1]}9", "WorkerId": SECOND}


def again(server: Server, path: Path) -> None:
    """Another import, whatever it keeps, and its history."""
    with http.client(secrets=[TOKEN]) as client, Archive.open(path) as archive:
        adapter = TurkleAdapter({"url": server.url, "token": TOKEN, "workers": "plain"}, client)
        with archive.writing():
            assert replay(archive, adapter).outcome.is_whole
        assert history.write(archive, adapter, path.with_suffix(".jsonl"))
    server.manage("load_mturk_history", str(path.with_suffix(".jsonl")))


def test_what_is_finished_stays_and_no_other_task_is_shown_beside_it(
    marketplace: Server, tmp_path: Path
) -> None:
    mark, other = uuid.uuid4().hex[:8].upper(), uuid.uuid4().hex[:8].upper()
    for one in (mark, other):
        carried(marketplace, archive_of(account(one), tmp_path / f"{one}.db"), workers="plain")
    ((done, task),) = query(marketplace, _DONE, f"History {mark}")
    ((_, secret),) = query(marketplace, _DONE, f"History {other}")
    let_in(marketplace, FIRST)
    with httpx.Client(base_url=marketplace.url, follow_redirects=True, trust_env=False) as browser:
        post(browser, "/login/", "/login/", username=FIRST, password=PASSWORD)
        assert "mturk-exodus-row" in browser.get(f"/task/{task}/assignment/iframe/{done}/").text
        assert (
            "mturk-exodus-row" not in browser.get(f"/task/{secret}/assignment/iframe/{done}/").text
        )
        before = query(marketplace, _ANSWERS, done)
        post(
            browser,
            f"/task/{task}/assignment/iframe/{done}/",
            f"/task/{task}/assignment/{done}/",
            a="forged",
        )
    assert query(marketplace, _ANSWERS, done) == before


_ANSWERS = "select answers, updated_at from turkle_taskassignment where id = ?"
_DONE = (
    "select a.id, t.id from turkle_taskassignment a join turkle_task t on t.id = a.task_id"
    " join turkle_batch b on b.id = t.batch_id join turkle_project p on p.id = b.project_id"
    " where p.name = ?"
)


def let_in(server: Server, name: str) -> None:
    """Give a user a password."""
    admin = Admin(server.url)
    number = admin("GET", f"/api/users/username/{name}/")["id"]
    admin("PATCH", f"/api/users/{number}/", {"password": PASSWORD})
    admin.close()


@pytest.fixture(scope="module")
def lines(marketplace: Server, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A history that has been loaded."""
    mark = uuid.uuid4().hex[:8].upper()
    path = archive_of(account(mark), tmp_path_factory.mktemp("history") / "mturk.db")
    carried(marketplace, path, workers="plain")
    return path.with_suffix(".jsonl").read_text().splitlines()


@pytest.mark.parametrize(
    "changed",
    [
        {"submit_time": "9999-12-31T23:59:59-23:59"},
        {"submit_time": "0001-01-01T00:00:00+14:00"},
        {"worker": "half\x00"},
        {"worker": 5},
        None,
    ],
    ids=["late", "early", "NUL", "a number", "deep"],
)
def test_what_no_history_holds_is_refused_in_a_line(
    marketplace: Server, lines: list[str], tmp_path: Path, changed: dict[str, Any] | None
) -> None:
    entry = json.loads(lines[1])
    entry["assignments"][0] |= {"assignment_id": f"3NEW{uuid.uuid4().hex}", **(changed or {})}
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join([lines[0], "[" * 100_000 if changed is None else json.dumps(entry)]))
    with pytest.raises(AssertionError) as refused:
        marketplace.manage("load_mturk_history", str(file))
    assert "CommandError" in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_what_a_history_has_twice_is_loaded_once(
    marketplace: Server, lines: list[str], tmp_path: Path
) -> None:
    entry = json.loads(lines[1])
    twice = {**entry["assignments"][0], "assignment_id": f"3NEW{uuid.uuid4().hex}"}
    entry["assignments"] = [twice, twice]
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join([lines[0], *[json.dumps(entry)] * 2]))
    assert "1 assignments loaded" in marketplace.manage("load_mturk_history", str(file))
    assert "0 assignments loaded" in marketplace.manage("load_mturk_history", str(file))


def test_no_administrator_is_given_a_workers_work(
    marketplace: Server, lines: list[str], tmp_path: Path
) -> None:
    entry = json.loads(lines[1])
    ((name,),) = query(
        marketplace, "select username from auth_user where is_superuser order by id limit 1"
    )
    number = f"3NEW{uuid.uuid4().hex}"
    entry["assignments"][0] |= {"assignment_id": number, "worker": name}
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join([lines[0], json.dumps(entry)]))
    assert "1 of them are nobody's" in marketplace.manage("load_mturk_history", str(file))
    whose = "select assigned_to_id from turkle_taskassignment where answers like ?"
    assert query(marketplace, whose, f"%{number}%") == [(None,)]


def test_nobody_is_made_at_a_server_that_lacks_the_hits(
    marketplace: Server, tmp_path: Path
) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text(
        '{"format": "mturk-exodus history", "version": 1}\n'
        '{"project": "P", "batch": "B", "hit_id": "3H", "open": 0, "assignments":'
        ' [{"assignment_id": "3A", "worker": "AOFANOTHERSERVER1", "accept_time": null,'
        ' "submit_time": null, "answers": {}}]}\n'
    )
    with pytest.raises(AssertionError, match="1 HITs have no task here"):
        marketplace.manage("load_mturk_history", str(file))
    names = query(marketplace, "select 1 from auth_user where username = 'AOFANOTHERSERVER1'")
    assert names == []
