"""Workers work at a real Turkle, in a real browser, on HITs that came out of an archive."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mturk_exodus.archive.archive import Archive
from mturk_exodus.demo import markup as m
from mturk_exodus.demo.account import Account
from mturk_exodus.demo.answers import FreeText, answers_xml
from tests.adapters.turkle.marketplace import Worker, archive_of, carried, compared, query
from tests.adapters.turkle.servers import Admin, Server
from tests.endurance.support import findings, run
from tests.mturk_exodus.serve.host.stage import SERVED, Stage

pytestmark = pytest.mark.live

SECOND, SHARED = "3HITHTML000000000000000002", "3HITSHARED0000000000000003"
AMAZON = "https://assets.crowd.aws/crowd-html-elements.js"
GOOD, OTHER, BLOCKED = "A1GOODWORKER01", "A2OTHERWORKER2", "A3BLOCKEDWORK3"
PAGE = (
    '<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script>'
    '<h1>{}</h1><p id="who"></p>'
    '<label><input type="radio" name="mood" value="good é" required> good</label>'
    '<label><input type="radio" name="mood" value="bad"> bad</label>'
    '<label><input type="checkbox" name="topics" value="a"> a</label>'
    '<label><input type="checkbox" name="topics" value="b"> b</label>'
    '<textarea name="why"></textarea>'
    "<script>who.textContent = new URLSearchParams(location.search).get('assignmentId');</script>"
)
CROWD = (
    f'<script src="{AMAZON}"></script><crowd-input name="text" required></crowd-input>'
    '<crowd-checkbox name="sure" value="yes"></crowd-checkbox>'
)
MANY = 1_500
WIDGET = (
    '<crowd-bounding-box name="box" src="https://example.org/a.png" header="Box"'
    " labels=\"['cat']\"></crowd-bounding-box>"
)
AWAY = "https://www.mturk.com/mturk/externalSubmit?said=secret"
LEADING = {
    "refresh": f'<meta http-equiv="refresh" content="0;url={AWAY}">',
    "script": f"<script>location.href = '{AWAY}'</script>",
}
FORM = m.question_form(
    "2017-11-06",
    m.question(
        "colour",
        m.text("Text", "Colour?"),
        m.selection("radiobutton", m.plain({"r": "red", "b": "blue"})),
    ),
    m.question("why", m.text("Text", "Why?"), m.free_text(lines=2)),
)


def hit(name: str, question: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A HIT of a type of its own, of which one assignment is open."""
    return {
        "HITId": f"3HIT{name.upper():0>26}",
        "HITTypeId": f"3TYPE{name.upper():0>25}",
        "Title": f"Task {name}",
        "Reward": "0.05",
        "MaxAssignments": 1,
        "NumberOfAssignmentsAvailable": 1,
        "NumberOfAssignmentsPending": 0,
        "AssignmentDurationInSeconds": 3600,
        "Question": question,
        **more,
    }


def approved(hit_id: str) -> dict[str, Any]:
    """What somebody has done of a HIT at MTurk."""
    return {
        "AssignmentId": f"3ASSIGNMENT{hit_id[-18:]}",
        "HITId": hit_id,
        "WorkerId": OTHER,
        "AssignmentStatus": "Approved",
        "AcceptTime": 1_500_000_000.25,
        "SubmitTime": 1_500_000_037.5,
        "Answer": answers_xml([FreeText("mood", "bad"), FreeText("why", "Größe ${x}")]),
    }


def account() -> Account:
    """HITs of each kind; for one of them, only who has been granted something."""
    made = Account()
    asked = {"QualificationTypeId": "3QUAL", "Comparator": "EqualTo", "IntegerValues": [7]}
    place = {"QualificationTypeId": "00000000000000000071", "Comparator": "EqualTo"}
    for one in (
        hit("html", m.html_form(PAGE.format("Ein hübsches Bild"))),
        hit("html", m.html_form(PAGE.format("Noch eines")), HITId=SECOND, MaxAssignments=2),
        hit("shared", m.html_form(PAGE.format("Shared")), HITId=SHARED, MaxAssignments=2),
        hit("crowd", m.crowd_form(CROWD)),
        hit("form", FORM),
        hit("external", m.external_question("https://elsewhere.test/survey?a=1#x")),
        hit("spare", m.html_form(PAGE.format("Spare"))),
        hit("free", m.html_form(PAGE.format("Nobody does it"))),
        hit("widget", m.crowd_form(WIDGET)),
        hit("many", m.html_form("".join(f"<input name=i{n} value={n}>" for n in range(MANY)))),
        *(hit(f"to{way}", m.html_form(f"<h1>x</h1>{page}")) for way, page in LEADING.items()),
        hit("few", m.html_form(PAGE.format("Few")), QualificationRequirements=[asked, place]),
    ):
        made.hits[one["HITId"]] = one
    for hit_id in (SECOND, SHARED):
        made.assignments[hit_id] = [approved(hit_id)]
    made.qualification_types["3QUAL"] = {"QualificationTypeId": "3QUAL", "Name": "q"}
    made.qualifications["3QUAL"] = [
        {"QualificationTypeId": "3QUAL", "WorkerId": GOOD, "IntegerValue": 7, "Status": "Granted"},
        {"QualificationTypeId": "3QUAL", "WorkerId": OTHER, "IntegerValue": 6, "Status": "Granted"},
    ]
    made.worker_blocks = [{"WorkerId": BLOCKED, "Reason": "why"}]
    return made


@pytest.fixture(scope="module")
def archive(marketplace: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """On the server, with its history."""
    path = archive_of(account(), tmp_path_factory.mktemp("work") / "mturk.db")
    carried(marketplace, path, workers="plain")
    return path


@pytest.fixture
def worker(marketplace: Server, visitor: Stage, archive: Path) -> Iterator[Worker]:
    """Who qualifies; whatever is asked for beyond the server fails the test."""
    assert archive.exists()
    visitor.network.sites.clear()
    yield Worker(visitor, marketplace, GOOD)
    elsewhere = [one for one in visitor.network.elsewhere if "elsewhere.test" not in one]
    assert elsewhere == [], "somebody else was asked"
    assert [one for one in visitor.network.connected if "amazon" in one or "aws" in one] == []


def batch(server: Server, title: str) -> int:
    """The batch of a HIT's project in which something is open."""
    rows = query(
        server,
        "select b.id from turkle_batch b join turkle_project p on p.id = b.project_id"
        " where p.name = ? and b.active = 1 and exists"
        " (select 1 from turkle_task t where t.batch_id = b.id and not t.completed)",
        f"Task {title}",
    )
    return int(rows[0][0])


def answer(server: Server, title: str) -> dict[str, str]:
    """The last answer to a HIT of a project, with the times cut off."""
    rows = query(
        server,
        "select a.answers from turkle_taskassignment a join turkle_task t on t.id = a.task_id"
        " join turkle_batch b on b.id = t.batch_id join turkle_project p on p.id = b.project_id"
        " where p.name = ? and a.completed order by a.updated_at",
        f"Task {title}",
    )
    return dict(json.loads(rows[-1][0])) if rows else {}


def test_a_page_is_worked_on_as_at_mturk(
    marketplace: Server, worker: Worker, visitor: Stage
) -> None:
    shown = worker.accept(batch(marketplace, "html"))
    assert shown.inner_text("#who").isdigit(), "the page knows its assignment"
    assert shown.evaluate("self.origin") == "null", "the page is of no origin"
    shown.check("[value='good é']")
    for box in ("a", "b"):
        shown.check(f"[value={box}]")
    shown.fill("[name=why]", 'because "ü" | ${v0}')
    shown.click("[type=submit]")
    visitor.wait(lambda: answer(marketplace, "html").get("mood") == "good é", 10)
    assert answer(marketplace, "html") == {
        "mood": "good é",
        "topics": "a|b",
        "why": 'because "ü" | ${v0}',
    }


@pytest.mark.parametrize("way", LEADING)
@pytest.mark.usefixtures("worker")
def test_a_page_cannot_lead_its_frame_to_amazon(
    marketplace: Server, visitor: Stage, way: str
) -> None:
    """It would take the answer with it, in the address; the fixture sees who is asked."""
    said: list[str] = []
    visitor.page.on("console", lambda message: said.append(message.text))
    visitor.page.goto(f"{SERVED}/batch/{batch(marketplace, f'to{way}')}/accept_next_task/")
    visitor.wait(lambda: any("frame-src" in one for one in said), 10)
    assert [one for one in said if "frame-src" in one and "https://www.mturk.com" in one]


def test_a_page_of_many_fields_is_answered(
    marketplace: Server, worker: Worker, visitor: Stage
) -> None:
    """A stock Turkle refuses more than 1,000, and what was filled in is lost."""
    worker.accept(batch(marketplace, "many")).click("[type=submit]")
    visitor.wait(lambda: bool(answer(marketplace, "many")), 10)
    assert answer(marketplace, "many") == {f"i{number}": str(number) for number in range(MANY)}


def test_crowd_elements_answer_without_amazon(
    marketplace: Server, worker: Worker, visitor: Stage
) -> None:
    shown = worker.accept(batch(marketplace, "crowd"))
    shown.locator("crowd-input").locator("input").fill("Zürich")
    shown.locator("crowd-checkbox").locator("input").check()
    shown.locator("crowd-form").locator("button").click()
    visitor.wait(lambda: bool(answer(marketplace, "crowd")), 10)
    said = json.loads(answer(marketplace, "crowd")["taskAnswers"])
    assert said == [{"text": "Zürich", "sure": {"yes": True}}]


def test_a_question_form_is_answered(marketplace: Server, worker: Worker, visitor: Stage) -> None:
    shown = worker.accept(batch(marketplace, "form"))
    shown.check("[value=b]")
    shown.fill("[name=why]", "Ωmega")
    shown.click("[type=submit]")
    visitor.wait(lambda: bool(answer(marketplace, "form")), 10)
    assert answer(marketplace, "form") == {"colour": "b", "why": "Ωmega"}


@pytest.mark.usefixtures("worker")
def test_a_page_elsewhere_submits_to_the_plugin(marketplace: Server, visitor: Stage) -> None:
    visitor.network.sites["https://elsewhere.test/survey"] = (
        "<form method=post><input type=hidden name=assignmentId><input name=said value='naïve'>"
        "<button>go</button></form><script>const q = new URLSearchParams(location.search);"
        "document.forms[0].action = q.get('turkSubmitTo') + '/mturk/externalSubmit';"
        "document.forms[0].assignmentId.value = q.get('assignmentId');</script>"
    )
    page = visitor.page
    page.goto(f"{SERVED}/batch/{batch(marketplace, 'external')}/accept_next_task/")
    visitor.wait(lambda: len(page.frames) > 2, 10)
    page.frames[2].wait_for_load_state("load")
    page.frames[2].click("button")
    visitor.wait(lambda: bool(answer(marketplace, "external")), 10)
    assert answer(marketplace, "external") == {"said": "naïve"}


def test_who_does_not_qualify_sees_nothing_of_it(
    marketplace: Server, visitor: Stage, archive: Path
) -> None:
    assert archive.exists()
    assert "Task few" in Worker(visitor, marketplace, GOOD).offers()
    other = Worker(visitor, marketplace, OTHER).offers()
    assert "Task few" not in other
    assert "Task free" in other
    assert "Task shared" not in other, "its one open task is one that this worker has done at MTurk"
    active = query(marketplace, "select is_active from auth_user where username = ?", BLOCKED)
    assert active == [(0,)], "who was blocked may log in"


def test_a_widget_is_refused_with_a_word_on_label_studio(marketplace: Server) -> None:
    rows = query(
        marketplace,
        "select b.active, t.input_csv_fields from turkle_task t"
        " join turkle_batch b on b.id = t.batch_id join turkle_project p on p.id = b.project_id"
        " where p.name = 'Task widget'",
    )
    [(active, fields)] = rows
    assert not active
    assert "Label Studio" in json.loads(fields)["mturk_page"]


def test_what_was_done_is_in_turkles_results_and_comes_home(
    marketplace: Server, worker: Worker, visitor: Stage, archive: Path, tmp_path: Path
) -> None:
    """Original workers and times, and no assignment twice."""
    shown = worker.accept(batch(marketplace, "spare"))
    shown.check("[value=bad]")
    shown.fill("[name=why]", "new")
    shown.click("[type=submit]")
    visitor.wait(lambda: bool(answer(marketplace, "spare")), 10)
    rows = [
        one for name in ("html", "shared", "spare") for one in results(marketplace, f"Task {name}")
    ]
    old = [one for one in rows if one.get("Answer.mturk_assignment_id")]
    assert len(old) == 2
    for one in old:
        assert one["Turkle.Username"] == OTHER
        assert (one["AcceptTime"], one["SubmitTime"]) == (
            "Fri Jul 14 02:40:00 UTC 2017",
            "Fri Jul 14 02:40:37 UTC 2017",
        )
        assert (one["Answer.mood"], one["Answer.why"]) == ("bad", "Größe ${x}")
        assert one["WorkTimeInSeconds"] == "37"
    assert compared(marketplace, archive, workers="plain").given == new_work(marketplace) > 0
    file = tmp_path / "results.csv"
    file.write_text(table(rows), encoding="utf-8")
    done = run("ingest", str(file), "--archive", str(archive))
    assert done.returncode == 0, done.stdout + done.stderr
    assert findings(archive) == []
    with Archive.open(archive, read_only=True) as opened:
        work = opened.connection.execute(
            "select count(*), count(distinct assignment_id) from assignments"
        ).fetchone()
    assert work == (len(rows), len(rows))


def results(server: Server, title: str) -> list[dict[str, str]]:
    """All results of a project, by the API, whose files are whole where the plug-in is."""
    admin = Admin(server.url)
    found: list[dict[str, str]] = []
    for (number,) in query(
        server,
        "select b.id from turkle_batch b join turkle_project p on p.id = b.project_id"
        " where p.name = ? order by b.id",
        title,
    ):
        found += csv.DictReader(io.StringIO(admin.text(f"/api/batches/{number}/results/")))
    admin.close()
    names = dict.fromkeys(name for one in found for name in one)
    return [{name: one.get(name, "") for name in names} for one in found]


def new_work(server: Server) -> int:
    """How many assignments of this account's HITs were finished here."""
    [(number,)] = query(
        server,
        "select count(*) from turkle_taskassignment a join turkle_task t on t.id = a.task_id"
        " join turkle_batch b on b.id = t.batch_id join turkle_project p on p.id = b.project_id"
        " where a.completed and p.name like ? and a.answers not like '%mturk_assignment_id%'",
        "Task %",
    )
    return int(number)


def table(rows: list[dict[str, str]]) -> str:
    """Rows as a file."""
    to = io.StringIO()
    writer = csv.DictWriter(to, list(dict.fromkeys(name for one in rows for name in one)))
    writer.writeheader()
    writer.writerows(rows)
    return to.getvalue()
