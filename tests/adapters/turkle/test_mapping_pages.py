"""A HIT's page is the same whether it comes whole or by its template."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.compact import Compaction
from mturk_exodus.demo import markup as m
from mturk_exodus.demo.account import Account
from mturk_exodus.demo.catalogue import CATALOGUE
from mturk_exodus.demo.fill import fill
from mturk_exodus.demo.hit_types import HitType
from mturk_exodus.questions.showing import PAGE, frame_of
from mturk_exodus.records import HIT
from mturk_exodus.replay.adapter import Fidelity, Task
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus_turkle.mapping.designs import LONGEST
from mturk_exodus_turkle.mapping.pages import Page, Pages
from mturk_exodus_turkle.mapping.shells import NOWHERE

VALUES = (
    *("plain text", "with 'quotes' & <b>markup</b>", "https://example.org/a.png?x=1&y=2"),
    *("Zürich ${a} $ {b} \\ `x`", "", "//evil.example/x", "line\nline", "</script><script>x()"),
    *("a/b", "https://s3.amazonaws.com/b/c.png", "\N{ROCKET} 字"),
)
BODY = '<p>{0}</p><img src="{0}"><textarea name="t">{0}</textarea><input name="a">'


def tasks(path: Path, body: str) -> list[Task]:
    """HITs of one template, filled with each value; read out of a compacted archive."""
    account = Account()
    for number, value in enumerate(VALUES):
        account.hits[f"3H{number:02}"] = {
            "HITId": f"3H{number:02}",
            "HITTypeId": "3T",
            "Question": m.html_form(body.format(value)),
        }
    with Archive.create(path) as archive:
        fill(archive, account)
    with Archive.open(path) as archive, archive.writing():
        Compaction(archive).run()
    with Archive.open(path, read_only=True) as archive:
        return list(ArchiveReader(archive).tasks("3T"))


def shown(page: Page) -> str:
    """What the browser makes of it."""
    return page.design.document(page.row["values"])


@pytest.mark.parametrize("body", [BODY, "<p>{0}</p><input name=a>", '<a href="{0}">x</a><input>'])
def test_a_template_gives_each_page_to_the_letter(tmp_path: Path, body: str) -> None:
    found = tasks(tmp_path / "mturk.db", body)
    assert all(one.template is not None for one in found)
    pages = Pages()
    for task in found:
        alone = Task(hit=task.hit)
        assert shown(pages.of(task)) == shown(pages.of(alone))
        assert pages.of(task).losses == pages.of(alone).losses


def test_pages_of_one_template_have_one_project(tmp_path: Path) -> None:
    pages = Pages()
    found = [pages.of(task) for task in tasks(tmp_path / "mturk.db", "<p>{0}</p><input name=a>")]
    assert len({page.design.digest for page in found}) == 1
    assert all(len(page.row["values"]) == 2 for page in found), "the policy, and what differs"


@pytest.mark.parametrize(("fields", "is_told"), [(990, False), (1_001, True)])
def test_a_page_of_more_fields_than_a_stock_server_takes_is_told(
    fields: int, *, is_told: bool
) -> None:
    boxes = "".join(f'<input type="checkbox" NAME="b{number}">' for number in range(fields))
    page = Pages().of(Task(hit=HIT(hit_id="3H", question=m.html_form(boxes))))
    assert [why for why, _ in page.losses] == [Fidelity.MANUAL] * is_told
    assert not page.refused


def test_a_page_says_its_own_policy_and_posts_nowhere() -> None:
    page = Pages().of(Task(hit=HIT(hit_id="3H", question=m.html_form(BODY.format("x")))))
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', shown(page))
    assert len(policy) == 1
    assert "form-action &#x27;none&#x27;" in policy[0]
    assert "amazon" not in policy[0]
    assert NOWHERE not in shown(page)


def test_a_template_that_turkle_would_not_take_is_sent_whole(tmp_path: Path) -> None:
    long = "<p>{0}</p><input name=a>" + "<p>As long as that.</p>" * 2_700
    for task in tasks(tmp_path / "mturk.db", long):
        page = Pages().of(task)
        assert len(page.design.html) < LONGEST
        assert len(page.row["values"]) == 3


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda one: one.key)
def test_every_kind_of_question_fits_into_a_project(kind: HitType) -> None:
    """And its template has one variable, and no other."""
    question = kind.ask(Random(1), 0).question  # noqa: S311 - only chooses words
    page = Pages().of(Task(hit=HIT(hit_id="3H", question=question)))
    assert page.design.fits
    assert set(re.findall(r"\$\{(\w+)\}", page.design.html)) == {"mturk_page"}


def test_a_widget_is_refused_and_said_to_be() -> None:
    question = m.crowd_form('<crowd-polygon name="p" src="x" labels="[]"></crowd-polygon>')
    page = Pages().of(Task(hit=HIT(hit_id="3H", question=question)))
    assert page.refused
    [(fidelity, note)] = page.losses
    assert fidelity is Fidelity.UNSUPPORTED
    assert "--target label-studio" in note


def test_a_page_is_the_hosts_but_for_where_its_answer_goes() -> None:
    question = m.html_form(BODY.format("x"))
    here = shown(Pages().of(Task(hit=HIT(hit_id="3H", question=question))))
    there = frame_of(question, origin=NOWHERE, delivery=PAGE).document
    assert there is not None
    assert re.sub(r"<meta http-equiv=.*?strict-origin\">", "", here, count=1) == there
