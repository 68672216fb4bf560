"""Finished work at a real Turkle at which people work on: what is done there stays as it is."""

from __future__ import annotations

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
from tests.adapters.turkle.marketplace import PASSWORD, archive_of, carried, compared, query
from tests.adapters.turkle.servers import Admin, Server
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
    admin = Admin(server.url)
    number = admin("GET", f"/api/users/username/{name}/")["id"]
    admin("PATCH", f"/api/users/{number}/", {"password": PASSWORD})
    admin.close()
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
