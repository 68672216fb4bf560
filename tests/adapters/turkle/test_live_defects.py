"""What is wrong with a stock Turkle 3.1.0, and what we do about it."""

from __future__ import annotations

import csv
import io
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from mturk_exodus import errors
from mturk_exodus.archive.archive import Archive
from mturk_exodus.demo import markup as m
from mturk_exodus.demo.account import Account
from mturk_exodus.replay import http
from mturk_exodus.replay.adapter import Action, Receipt, Source
from mturk_exodus.replay.replaying import replay
from mturk_exodus.testing.hostile import HOSTILE
from mturk_exodus_turkle import TurkleAdapter, refusals
from mturk_exodus_turkle.probing import PROBE
from tests.adapters.turkle.marketplace import archive_of, carried, query
from tests.adapters.turkle.servers import TOKEN, Admin, Server

pytestmark = pytest.mark.live

ACCEPTED = {"accept_insecure_target": "yes"}


@pytest.fixture
def admin(stock: Server) -> Iterator[Admin]:
    """Somebody who administers the stock server."""
    one = Admin(stock.url)
    yield one
    one.close()


def account(*values: str) -> Account:
    """HITs of a type of their own, one for each value, one of them blocked for somebody."""
    made, mark = Account(), uuid.uuid4().hex[:8].upper()
    for number, value in enumerate(values):
        hit_id = f"3{mark}{number:020}"
        made.hits[hit_id] = {
            "HITId": hit_id,
            "HITTypeId": f"3TYPE{mark}",
            "Title": f"Defects {mark}",
            "Question": m.html_form(f"<p>{value}</p><input name=a>"),
            "TemplateVariables": {"text": value},
            "NumberOfAssignmentsAvailable": 1,
        }
    made.worker_blocks = [{"WorkerId": f"A{mark}"}]
    return made


def users(server: Server) -> set[tuple[str, int]]:
    """Who is known there, and whether they may log in."""
    return set(query(server, "select username, is_active from auth_user"))


def test_workers_are_not_brought_to_a_server_that_any_of_them_could_take_over(
    stock: Server, tmp_path: Path
) -> None:
    before = users(stock)
    path = archive_of(account("x"), tmp_path / "mturk.db")
    with pytest.raises(errors.TargetRefused, match=r"IsAdminUser.*--accept-insecure-target"):
        carried(stock, path)
    assert users(stock) == before | {(PROBE, 0)}, "nobody but our probe, who may not log in"
    assert carried(stock, path, **ACCEPTED).equal > 0


def test_the_plugin_closes_the_hole(marketplace: Server, tmp_path: Path) -> None:
    path = archive_of(account("x"), tmp_path / "mturk.db")
    assert carried(marketplace, path).equal > 0


def test_rows_come_back_whole_whatever_they_hold(stock: Server, tmp_path: Path) -> None:
    """Turkle's API counts characters and says that they are bytes."""
    values = [f"{number} Zürich {HOSTILE} 字" for number in range(60)]
    path = archive_of(account(*(one.replace("<!--", "") for one in values)), tmp_path / "a.db")
    assert carried(stock, path, **ACCEPTED).is_faithful


def test_rows_that_were_cut_off_are_not_believed(
    stock: Server, admin: Admin, tmp_path: Path
) -> None:
    """Whoever adds a task by hand that holds an accent has the file cut off, and is told so."""
    path = archive_of(account("x"), tmp_path / "mturk.db")
    carried(stock, path, **ACCEPTED)
    [(batch, number)] = query(
        stock,
        "select b.id, b.project_id from turkle_batch b join turkle_task t on t.batch_id = b.id"
        " order by b.id desc limit 1",
    )
    columns = admin("GET", f"/api/projects/{number}/")["html_template"]
    assert "mturk_fence" not in columns, "a first import puts up no fence"
    text = "mturk_page,text\n{},ééé\n"
    admin("POST", f"/api/batches/{batch}/tasks/", {"csv_text": text})
    with pytest.raises(errors.TargetNotUnderstood, match="cut off"):
        carried(stock, path, **ACCEPTED)


def test_the_plugin_counts_bytes(marketplace: Server, tmp_path: Path) -> None:
    path = archive_of(account("x"), tmp_path / "mturk.db")
    carried(marketplace, path)
    admin = Admin(marketplace.url)
    ((batch,),) = query(marketplace, "select max(batch_id) from turkle_task")
    row = {"csv_text": "mturk_page,text\n{}," + "é" * 99 + "\n"}
    admin("POST", f"/api/batches/{batch}/tasks/", row)
    found = list(csv.DictReader(io.StringIO(admin.text(f"/api/batches/{batch}/input/"))))
    admin.close()
    assert [one["text"] for one in found][-1] == "é" * 99


def test_whom_another_has_locked_out_is_not_let_in_again(stock: Server, tmp_path: Path) -> None:
    first, second = account("x"), account("y")
    (blocked,) = (one["WorkerId"] for one in first.worker_blocks)
    carried(stock, archive_of(first, tmp_path / "a.db"), workers="plain", **ACCEPTED)
    second.worker_blocks = []
    second.qualification_types["3Q"] = {"QualificationTypeId": "3Q"}
    second.qualifications["3Q"] = [
        {"QualificationTypeId": "3Q", "WorkerId": blocked, "Status": "Granted"}
    ]
    path = archive_of(second, tmp_path / "b.db")
    with http.client(secrets=[TOKEN]) as client, Archive.open(path) as archive:
        settings = {"url": stock.url, "token": TOKEN, "workers": "plain", **ACCEPTED}
        with archive.writing():
            outcome = replay(archive, TurkleAdapter(settings, client)).outcome
    assert any("may not log in" in one for one in outcome.reasons)
    assert (blocked, 0) in users(stock)


def test_no_administrator_is_taken_for_a_worker(stock: Server, tmp_path: Path) -> None:
    made, name = account("x"), f"admin{uuid.uuid4().hex[:8]}"
    made.worker_blocks = [{"WorkerId": name}]
    stock.manage(
        "shell",
        "-c",
        "from django.contrib.auth.models import User;"
        f"User.objects.create_superuser('{name}', '', 'x')",
    )
    path = archive_of(made, tmp_path / "mturk.db")
    with http.client(secrets=[TOKEN]) as client, Archive.open(path) as archive:
        settings = {"url": stock.url, "token": TOKEN, "workers": "plain", **ACCEPTED}
        with archive.writing():
            outcome = replay(archive, TurkleAdapter(settings, client)).outcome
    assert (outcome.failed, [*outcome.reasons]) == (1, [refusals.ADMINISTERS])
    assert (name, 1) in users(stock), "he may still log in"


def test_a_page_longer_than_a_template_may_be_is_in_its_row(stock: Server, tmp_path: Path) -> None:
    made = account("x", "y")
    long = "<p>As long as that: Größe.</p>" * 2_000
    for number, hit in enumerate(made.hits.values()):
        hit["Question"] = m.html_form(f"<p>{number}</p>{long}<input name=a>")
    assert carried(stock, archive_of(made, tmp_path / "mturk.db"), **ACCEPTED).is_faithful


def test_batches_are_published_and_only_what_is_open_is_active(
    stock: Server, tmp_path: Path
) -> None:
    """What was made unpublished can never be published by the API."""
    made = account("x", "y")
    next(iter(made.hits.values()))["NumberOfAssignmentsAvailable"] = 0
    carried(stock, archive_of(made, tmp_path / "mturk.db"), **ACCEPTED)
    rows = query(stock, "select published, active from turkle_batch order by id desc limit 2")
    assert sorted(rows) == [(1, 0), (1, 1)]


def test_what_was_sent_before_a_look_becomes_no_task_after_it(stock: Server) -> None:
    """A request that the server begins later is refused; one that it has begun is waited for."""
    mark, rows = uuid.uuid4().hex[:8], 2_000
    with http.client(secrets=[TOKEN]) as client:
        adapter = TurkleAdapter({"url": stock.url, "token": TOKEN, **ACCEPTED}, client)
        project, batch, *tasks = work(mark, rows)
        receipts: dict[str, Receipt] = {}
        for one in (project, batch):
            receipts |= {done.key: done for done in adapter.apply([one], receipts)}
        sender = threading.Thread(target=sent_by_another, args=(stock, tasks[:1_500], receipts))
        sender.start()
        while not query(stock, "select 1 from turkle_task where batch_id = ?", number(receipts)):
            assert sender.is_alive()
        found = adapter.find(tasks, receipts)
        ((there,),) = query(
            stock, "select count(*) from turkle_task where batch_id = ?", number(receipts)
        )
        sender.join()
        assert len(found) == there == 1_500, "all of what had begun, seen at its end"
        late = Admin(stock.url)
        with pytest.raises(AssertionError, match="missing"):
            late("POST", f"/api/batches/{number(receipts)}/tasks/", {"csv_text": "mturk_page\n{}"})
        late.close()
        list(adapter.apply(tasks[1_500:], receipts))
        assert adapter.find(tasks, receipts).keys() == {one.key for one in tasks}
    counted = query(stock, "select count(*) from turkle_task where batch_id = ?", number(receipts))
    assert counted == [(rows,)]


def number(receipts: dict[str, Receipt]) -> int:
    """The batch."""
    return int(receipts["batch:b"].target_id.partition("/")[2])


def work(mark: str, rows: int) -> list[Action]:
    """A project, a batch and its tasks."""
    source = Source("HIT", "3H")
    template = '<input><script type="application/json">${mturk_page}</script>'
    project = {"name": mark, "filename": f"{mark}.html", "html_template": template}
    batch = {
        "name": mark,
        "filename": f"{mark}.csv",
        "assignments_per_task": 1,
        "allotted_assignment_time": 1,
        "active": True,
    }
    tasks = [
        Action(
            f"task:{one}",
            "task",
            source,
            {"mturk_hit_id": f"3{one}", "mturk_hit": {}, "mturk_page": {}, "variables": {}},
            ("batch:b",),
        )
        for one in range(rows)
    ]
    return [
        Action("project:p", "project", source, project),
        Action("batch:b", "batch", source, batch, ("project:p",)),
        *tasks,
    ]


def sent_by_another(server: Server, tasks: list[Action], receipts: dict[str, Receipt]) -> None:
    """Another process of ours, of which nobody knows any more."""
    with http.client(secrets=[TOKEN]) as client:
        adapter = TurkleAdapter({"url": server.url, "token": TOKEN, **ACCEPTED}, client)
        list(adapter.apply(tasks, receipts))
