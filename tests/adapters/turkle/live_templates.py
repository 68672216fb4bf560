"""Templates of real requesters, worked on through a real Turkle: which of them give all that was
filled in, as a table. Run by its name; with its prints (`-s`).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from mturk_exodus.archive.archive import Archive
from mturk_exodus.demo.account import Account
from mturk_exodus.demo.fill import fill as fill_archive
from mturk_exodus.questions import question as questions
from mturk_exodus.questions.form import Form
from tests.adapters.turkle.marketplace import Worker, carried, query
from tests.adapters.turkle.servers import Server
from tests.mturk_exodus.serve.host.filling import (
    _SUBMIT_BY_SCRIPT,
    arrived,
    expected,
    fill,
    flattened,
    submit,
    wanted,
)
from tests.mturk_exodus.serve.host.stage import SERVED, Stage
from tests.real.test_real_frames import TEMPLATES
from tests.real.test_real_host import _AMAZON, NOT_STORED, asked, name_of

pytestmark = [pytest.mark.live, pytest.mark.timeout(3_000)]

WORKER = "A1TEMPLATEWORKER"
LEAST = 0.95


@pytest.fixture(scope="module")
def worked(marketplace: Server, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server that has a HIT of each template."""
    account = Account()
    for hit_id, text in asked().items():
        account.hits[hit_id] = {
            "HITId": hit_id,
            "HITTypeId": "3TYPE",
            "Title": "Templates",
            "Question": text,
            "NumberOfAssignmentsAvailable": 1,
        }
    account.qualification_types["3Q"] = {"QualificationTypeId": "3Q"}
    account.qualifications["3Q"] = [
        {"QualificationTypeId": "3Q", "WorkerId": WORKER, "Status": "Granted"}
    ]
    path = tmp_path_factory.mktemp("templates") / "mturk.db"
    with Archive.create(path) as archive:
        fill_archive(archive, account)
    carried(marketplace, path, workers="plain")
    return marketplace


def test_real_templates_give_what_is_filled_in(
    worked: Server, visitor: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = Worker(visitor, worked, WORKER)
    outcomes = {}
    for name, (task, batch) in sorted(tasks(worked).items()):
        outcomes[name] = outcome(worked, visitor, worker, name, task, batch)
        with capsys.disabled():
            print(f"\n{name:70.70} {outcomes[name]}", end="", flush=True)  # noqa: T201 - the table
    good = [one for one in outcomes.values() if one == "all fields"]
    with capsys.disabled():
        print(f"\n{len(good)} of {len(outcomes)} without widgets; {len(TEMPLATES)} in all")  # noqa: T201 - as above
    assert len(good) >= LEAST * len(outcomes)


def tasks(server: Server) -> dict[str, tuple[int, int]]:
    """Those that can be worked on, by their templates' names: task and batch."""
    found = query(
        server,
        "select json_extract(t.input_csv_fields, '$.mturk_hit_id'), t.id, b.id"
        " from turkle_task t join turkle_batch b on b.id = t.batch_id where b.active"
        " and json_extract(t.input_csv_fields, '$.mturk_hit_id') like '3TEMPLATE%'",
    )
    return {name_of(hit_id): (task, batch) for hit_id, task, batch in found}


def outcome(
    server: Server, visitor: Stage, worker: Worker, name: str, task: int, batch: int
) -> str:
    """What became of one."""
    visitor.network.elsewhere.clear()
    text = next(one for hit_id, one in asked().items() if name_of(hit_id) == name)
    form = questions.read(text)
    try:
        visitor.page.goto(f"{SERVED}{address(server, task, batch)}", wait_until="load")
        inside = worker.hit()
        given = fill(inside, wanted(form))
        submit(inside)
        said = answers(server, visitor, task)
        if said is None and form.kind == "html":
            inside.evaluate(f"document.forms.length && ({_SUBMIT_BY_SCRIPT})")
            said = answers(server, visitor, task)
    except Exception as error:  # noqa: BLE001 - whatever it is, it stands in the table
        return f"{type(error).__name__}: {str(error)[:100]}".replace("\n", " ")
    if any(_AMAZON.search(one.split("/")[2]) for one in visitor.network.elsewhere):
        return "asked Amazon"
    if said is None:
        return next((why for one, why in NOT_STORED.items() if one in name), "sent nothing")
    return compared(form, given, said)


def address(server: Server, task: int, batch: int) -> str:
    """Where a task is worked on. Turkle accepts the next one by itself when one was submitted."""
    text = "select id from turkle_taskassignment where task_id = ? and not completed"
    accepted = query(server, text, task)
    if accepted:
        return f"/task/{task}/assignment/{accepted[0][0]}/"
    return f"/batch/{batch}/accept_task/{task}/"


def answers(server: Server, visitor: Stage, task: int) -> dict[str, str] | None:
    """What Turkle has; None if there is nothing after a while."""
    text = "select answers from turkle_taskassignment where task_id = ? and completed"
    found: list[tuple[Any, ...]] = []

    def is_there() -> bool:
        found[:] = query(server, text, task)
        return bool(found)

    visitor.wait(is_there, 4)
    return dict(json.loads(found[0][0])) if found else None


def compared(form: Form, given: dict[str, list[str]], said: dict[str, str]) -> str:
    """Whether all that was filled in is there."""
    must = expected(form, given)
    did: dict[str, Any]
    if form.kind == "crowd" and "taskAnswers" not in said:
        must = flattened(must)
        did = {name: [value] for name, value in said.items() if name in must}
    elif form.kind == "crowd":
        did = arrived(form, list(said.items()), given)
    else:
        did = {name: sorted(text.split("|")) for name, text in said.items() if name in must}
        must = {name: sorted("|".join(values).split("|")) for name, values in must.items()}
        must = {name: values for name, values in must.items() if name in did or any(values)}
    wrong = [name for name in must if did.get(name) != must[name]]
    return f"{len(wrong)} of {len(must)} fields" if wrong else "all fields"
