"""What a participant meets: tasks, refusals, the way on and the way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.selection import Selection
from mturk_exodus.archive.verify import verify
from mturk_exodus.cli.host_keeping import Keeping
from mturk_exodus.errors import FilesRefused
from mturk_exodus.questions.showing import Frame
from mturk_exodus.serve.host.app import Settings
from mturk_exodus.serve.host.catalogue import Place, offered, work_of, worked_on
from mturk_exodus.serve.host.checking import Findings, of_settings, shown
from mturk_exodus.serve.host.collecting import collect
from mturk_exodus.serve.host.desk import Desk, DeskUnavailable, Reason, Refused, Visit, gathering
from mturk_exodus.serve.host.desk.failures import OtherArchive
from mturk_exodus.serve.host.desk.survey import MOST_TRIES
from mturk_exodus.serve.host.links import link
from mturk_exodus.serve.host.origins import origin_of
from mturk_exodus.serve.host.panels import PANELS, SIGNATURE, Panel
from mturk_exodus.serve.host.replies import PREVIEW
from mturk_exodus.serve.host.server import background
from mturk_exodus.serve.host.visits import now_in_utc
from mturk_exodus.sources.ingest import Ingest
from mturk_exodus.sources.registry import installed
from tests.mturk_exodus.serve.host.account import (
    ELSEWHERE,
    ORIGIN,
    PLACES,
    PROLIFIC,
    QUESTIONS,
    Opened,
    Visitor,
    batch_results,
    build,
    host,
    offer,
)

PANEL = replace(
    PANELS["prolific"],
    completion_url="https://panel.example/done?cc=C1&who={worker_id}&at={session_id}",
    way_out_url="https://panel.example/out?cc=N0",
)
SUBMIT = "/mturk/externalSubmit"
BATCH_HIT = "3HOSTEDHITOFTHEARCHIVE00000001"
LAYOUT = "<form><p>What mood is ${text}?</p><input name='mood'><input type='submit'></form>"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    build(tmp_path / "mturk.db")
    return tmp_path / "mturk.db"


@pytest.fixture
def visitor(path: Path) -> Iterator[Visitor]:
    with host(path, PANEL) as one:
        yield one


def test_a_page_is_given_what_mturk_gave_it(visitor: Visitor) -> None:
    opened = visitor.open("3FORM1", **PROLIFIC)
    assert opened.parameters == {
        "assignmentId": opened.assignment_id,
        "hitId": "3FORM1",
        "workerId": "P1",
        "turkSubmitTo": ORIGIN,
    }
    assert "Mood &lt;3FORM1&gt;" in opened.text
    frame = visitor.http.get(opened.frame)
    assert 'name="mood"' in frame.text
    assert "sandbox allow-scripts" in frame.headers["content-security-policy"]


def test_an_external_page_is_given_the_same_in_its_own_address(visitor: Visitor) -> None:
    reply = visitor.http.get(visitor.link("3EXTERNAL", **PROLIFIC))
    opened = visitor.open("3EXTERNAL", **PROLIFIC)
    assert opened.frame.startswith(f"{ELSEWHERE}/s?study=1&x=2&assignmentId=")
    assert opened.frame.endswith("#top")
    assert opened.parameters["workerId"] == "P1"
    assert f"frame-src {ELSEWHERE} {ORIGIN};" in reply.headers["content-security-policy"]


def test_an_answer_is_stored_as_mturk_wrote_it_and_leads_back_to_the_panel(
    visitor: Visitor,
) -> None:
    opened = visitor.open("3FORM1", **PROLIFIC)
    early = visitor.http.get(opened.after)
    assert (early.status_code, early.headers["location"]) == (
        303,
        visitor.link("3FORM1", **PROLIFIC),
    )
    assert visitor.send(opened.assignment_id, mood="good", topic=["a", "b"]) == 200
    document = visitor.document(opened.assignment_id)
    assert "<FreeText>good</FreeText>" in document
    assert "<FreeText>a|b</FreeText>" in document
    done = visitor.http.get(opened.after)
    assert done.status_code == 303
    assert done.headers["location"] == "https://panel.example/done?cc=C1&who=P1&at=V1"


def test_reloading_a_second_tab_and_a_second_answer_are_harmless(visitor: Visitor) -> None:
    first, second = (visitor.open("3FORM1", **PROLIFIC) for _ in range(2))
    assert first.assignment_id == second.assignment_id
    for mood in ("good", "bad", "bad"):
        assert visitor.send(first.assignment_id, mood=mood) == 200
    assert "good" in visitor.document(first.assignment_id)
    again = visitor.http.get(visitor.link("3FORM1", **PROLIFIC))
    assert "You have done this task" in again.text
    assert "https://panel.example/done?cc=C1&amp;who=P1" in again.text


def test_a_hit_is_given_to_as_many_as_it_has_places(visitor: Visitor) -> None:
    given = {visitor.open("3FORM1", PROLIFIC_PID=f"P{n}").assignment_id for n in range(PLACES)}
    assert len(given - {""}) == PLACES
    reply = visitor.http.get(visitor.link("3FORM1", PROLIFIC_PID="late"))
    assert reply.status_code == 409
    assert "All places are taken" in reply.text
    assert 'href="https://panel.example/out?cc=N0"' in reply.text


def test_what_is_given_back_is_somebody_elses(visitor: Visitor) -> None:
    opened, *_ = [visitor.open("3FORM1", PROLIFIC_PID=f"P{n}") for n in range(PLACES)]
    back = visitor.http.post(opened.after.replace("/after/", "/return/"))
    assert "You have given the task back" in back.text
    assert visitor.open("3FORM1", PROLIFIC_PID="late").assignment_id


def test_hits_of_a_visit_come_one_after_the_other(visitor: Visitor) -> None:
    hits = ("3FORM1", "3FORM2", "3FORM3")
    for number in (1, 2, 3):
        opened = visitor.open(*hits, **PROLIFIC)
        assert f"{number} of 3" in opened.text
        assert opened.parameters["hitId"] == f"3FORM{number}"
        assert visitor.send(opened.assignment_id, mood="good") == 200
        after = visitor.http.get(opened.after)
        assert after.headers["location"] == visitor.link(*hits, **PROLIFIC)
    done = visitor.http.get(visitor.link(*hits, **PROLIFIC))
    assert done.headers["location"].startswith("https://panel.example/done")


def test_what_cannot_be_shown_is_passed_over_and_takes_no_place(visitor: Visitor) -> None:
    opened = visitor.open("3BOXES", "3NOTHING", "3FORM1", **PROLIFIC)
    assert opened.parameters["hitId"] == "3FORM1"
    for hit_id in ("3BOXES", "3NOTHING", "3OURSELVES"):
        reply = visitor.http.get(visitor.link(hit_id, **PROLIFIC))
        assert (reply.status_code, "cannot be shown" in reply.text) == (404, True)
        assert "https://panel.example/out" in reply.text


@pytest.mark.parametrize("worker", ["", "{{%PROLIFIC_PID%}}"])
def test_without_a_participant_it_is_a_preview(visitor: Visitor, worker: str) -> None:
    opened = visitor.open("3FORM1", PROLIFIC_PID=worker)
    assert opened.parameters == {"assignmentId": PREVIEW, "hitId": "3FORM1"}
    assert "This is a preview" in opened.text
    assert visitor.send(PREVIEW, mood="good") == 404
    assert visitor.desk.finished() == []


def test_who_only_looks_takes_no_place(visitor: Visitor) -> None:
    address = visitor.link("3FORM1", **PROLIFIC)
    assert visitor.http.head(address).status_code == 204
    prefetching = {"Sec-Purpose": "prefetch;prerender"}
    assert visitor.http.get(address, headers=prefetching).status_code == 204
    assert visitor.desk.progress(Visit(worker_id="P1"), ["3FORM1"]).undone == 0
    for worker in ("P2", "P3"):
        assert visitor.open("3FORM1", PROLIFIC_PID=worker).assignment_id


def test_people_of_a_list_are_known_by_our_signature(path: Path) -> None:
    panel = PANELS["list"]
    with host(path, panel) as visitor:
        mine = panel.personal_parameters("a@example.org", visitor.desk.key)
        for forged in ({"participant": "a@example.org"}, {**mine, "participant": "b@example.org"}):
            assert visitor.http.get(visitor.link("3FORM1", **forged)).status_code == 404
            assert visitor.http.post(visitor.link("3FORM1", **forged)).status_code == 404
        opened = visitor.begin("3FORM1", **mine)
        assert opened.parameters["workerId"] == "a@example.org"
        assert visitor.send(opened.assignment_id, mood="good") == 200
        assert "Thank you" in visitor.http.get(opened.after).text


def test_a_personal_link_takes_no_place_until_its_button_is_pressed(path: Path) -> None:
    panel = PANELS["list"]
    with host(path, panel) as visitor:
        who = panel.personal_parameters("a@example.org", visitor.desk.key)
        visit = Visit(worker_id="a@example.org")
        for _ in range(2):
            page = visitor.http.get(visitor.link("3FORM1", "3FORM2", **who))
            assert "<button>Begin</button>" in page.text
            assert "iframe" not in page.text
        forged = visitor.http.get(visitor.link("3FORM1", **who, begun=who[SIGNATURE]))
        assert "<button>Begin</button>" in forged.text
        assert visitor.desk.progress(visit, ["3FORM1", "3FORM2"]).undone == 0
        first = visitor.begin("3FORM1", "3FORM2", **who)
        assert first.parameters["hitId"] == "3FORM1"
        assert visitor.send(first.assignment_id, mood="good") == 200
        onward = visitor.http.get(first.after)
        second = Opened.of(visitor.http.get(onward.headers["location"]).text)
        assert second.parameters["hitId"] == "3FORM2"


def test_a_visit_of_several_goes_on_when_one_is_given_back(visitor: Visitor) -> None:
    link = visitor.link("3FORM1", "3FORM2", **PROLIFIC)
    first = Opened.of(visitor.http.get(link).text)
    returned = visitor.http.post(first.after.replace("/after/", "/return/")).text
    onward = unescape(_link(returned, "Go on with the next task"))
    second = Opened.of(visitor.http.get(onward).text)
    assert (first.parameters["hitId"], second.parameters["hitId"]) == ("3FORM1", "3FORM2")
    assert visitor.send(second.assignment_id, mood="good") == 200
    last = Opened.of(visitor.http.get(link).text)
    assert last.parameters["hitId"] == "3FORM1"
    alone = visitor.open("3FORM1", PROLIFIC_PID="P2")
    page = visitor.http.post(alone.after.replace("/after/", "/return/")).text
    assert "Go on" not in page
    assert _link(page, "Back to where you came from") == PANEL.way_out_url


def test_who_has_nothing_else_to_go_on_with_is_not_told_to(visitor: Visitor) -> None:
    link = visitor.link("3FORM1", "3FORM2", **PROLIFIC)
    first = Opened.of(visitor.http.get(link).text)
    assert visitor.send(first.assignment_id, mood="good") == 200
    second = Opened.of(visitor.http.get(link).text)
    page = visitor.http.post(second.after.replace("/after/", "/return/")).text
    assert "Go on" not in page


def test_who_is_blocked_midway_is_not_at_the_end(visitor: Visitor) -> None:
    link = visitor.link("3FORM1", "3FORM2", **PROLIFIC)
    first = Opened.of(visitor.http.get(link).text)
    assert visitor.send(first.assignment_id, mood="good") == 200
    visitor.desk.block("P1")
    page = visitor.http.get(link)
    assert page.status_code == 409
    assert "There is no task for you here" in page.text


def test_the_first_page_is_for_those_whose_time_begins(path: Path) -> None:
    panel = PANELS["list"]
    with host(path, panel) as visitor:
        who = panel.personal_parameters("anna", visitor.desk.key)
        link = visitor.link("3FORM1", **who)
        mine = visitor.begin("3FORM1", **who)
        assert Opened.of(visitor.http.get(link).text).assignment_id == mine.assignment_id
        assert visitor.send(mine.assignment_id, mood="good") == 200
        assert "You have done this task" in visitor.http.get(link).text
        visitor.desk.block("bert")
        other = panel.personal_parameters("bert", visitor.desk.key)
        assert visitor.http.get(visitor.link("3FORM1", **other)).status_code == 409


def test_what_an_archive_holds_of_a_hit_may_be_odd(path: Path) -> None:
    with Archive.open(path) as archive:
        archive.connection.execute("pragma foreign_keys = off")
        for hit_type_id, places in (("", 1), ("t" * 201, 1), ("a\nb", 2_000_000_000)):
            archive.connection.execute(
                "update hits set hit_type_id = ?, max_assignments = ? where hit_id = '3FORM1'",
                [hit_type_id, places],
            )
            with Desk.open(path.with_suffix(".host")) as desk:
                desk.offer(offered(archive, Selection(), None))
                assert desk.counts(now_in_utc()).hits == len(QUESTIONS)


def _link(page: str, says: str) -> str:
    (address,) = re.findall(rf'href="([^"]*)">{says}<', page)
    return str(address)


def test_why_an_answer_is_refused_is_read_before_the_visit_goes_on(visitor: Visitor) -> None:
    opened = visitor.open("3FORM1", **PROLIFIC)
    stored = visitor.http.post(SUBMIT, data={"assignmentId": opened.assignment_id, "mood": "good"})
    strange = visitor.http.post(SUBMIT, data={"assignmentId": "3" + "A" * 29, "mood": "good"})
    assert (stored.status_code, strange.status_code) == (200, 404)
    assert "<body data-done>" in stored.text
    assert "<body>" in strange.text
    for page in (stored.text, strange.text):
        assert "submitted.js" in page
        assert ">Go on</button>" in page


def test_work_that_came_through_another_desk_takes_its_places(path: Path, tmp_path: Path) -> None:
    with host(path, PANEL) as visitor:
        opened = visitor.open("3FORM1", **PROLIFIC)
        assert visitor.send(opened.assignment_id, mood="good") == 200
        assert collect(visitor.desk, Keeping(path)) == 1
    with Archive.open(path) as archive, Desk.open(tmp_path / "new.host") as desk:
        assert [desk.recall(worked_on(archive)) for _ in range(2)] == [1, 0]
        desk.offer(offered(archive, Selection(), None))
        counts = desk.counts(now_in_utc())
        assert (counts.submitted, counts.gathered) == (1, 1)
        came = desk.accept(Visit(worker_id="P1"), ["3FORM1"], now_in_utc())
        assert came == Refused(Reason.DONE)
        others = [
            desk.accept(Visit(worker_id=f"Q{number}"), ["3FORM1"], now_in_utc())
            for number in range(PLACES)
        ]
        assert sum(isinstance(one, Refused) for one in others) == 1
        assert desk.finished() == []
    with Archive.open(path) as archive:
        assert list(verify(archive, installed().meanings())) == []


def test_health_is_the_desks_too(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert visitor.http.get("/health").text == "ok"
    monkeypatch.setattr(Desk, "answers", _unavailable)
    assert visitor.http.get("/health").status_code == 503


def test_an_external_page_may_lead_on_to_hosts_that_are_allowed(path: Path) -> None:
    allowed = Place(ORIGIN, ("other.example",))
    with Desk.open(path.with_suffix(".host")) as desk:
        offer(path, desk)
        with (
            background(Settings(path, PANEL, allowed), desk) as url,
            httpx.Client(base_url=url, trust_env=False) as client,
        ):
            page = client.get(link("", ["3EXTERNAL"], desk.key, PROLIFIC))
    policy = page.headers["content-security-policy"]
    assert f"frame-src {ELSEWHERE} other.example {ORIGIN};" in policy


def test_what_cannot_be_stored_now_is_sent_again(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = visitor.open("3FORM1", **PROLIFIC)
    with monkeypatch.context() as patch:
        patch.setattr(Desk, "submit", _unavailable)
        posted = {"assignmentId": opened.assignment_id, "mood": 'good "<b>"\nand more'}
        reply = visitor.http.post("/mturk/externalSubmit", data=posted)
    assert reply.status_code == 503
    assert "good &quot;&lt;b&gt;&quot;\nand more</textarea>" in reply.text
    assert opened.assignment_id in reply.text
    assert visitor.send(opened.assignment_id, mood="good") == 200


def _unavailable(*_: object) -> None:
    raise DeskUnavailable("the database does not answer")


def test_whatever_fails_while_an_answer_is_stored_gives_it_back(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = visitor.open("3FORM1", **PROLIFIC)
    monkeypatch.setattr(Desk, "submit", _broken)
    address = f"/mturk/externalSubmit?assignmentId={opened.assignment_id}"
    reply = visitor.http.post(address, data={"mood": "good"})
    assert (reply.status_code, "good" in reply.text) == (503, True)
    assert opened.assignment_id in reply.text
    assert "frame-ancestors" not in reply.headers["content-security-policy"]


def _broken(*_: object) -> None:
    raise ValueError("something of somebody's")


def test_a_part_of_a_visit_does_not_lead_to_its_end(visitor: Visitor) -> None:
    hits = ("3FORM1", "3FORM2")
    opened = visitor.open(*hits, **PROLIFIC)
    posted = {"assignmentId": opened.assignment_id, "mood": "good"}
    stored = visitor.http.post("/mturk/externalSubmit", data=posted)
    assert "panel.example" not in stored.text
    assert "/after/" not in stored.text
    address = visitor.link(*hits, **PROLIFIC)
    assert visitor.http.get(opened.after).headers["location"] == address
    for _ in range(MOST_TRIES):
        second = visitor.open(*hits, **PROLIFIC)
        visitor.http.post(second.after.replace("/after/", "/return/"))
    tired = visitor.http.get(address)
    assert "You have given this task back" in tired.text
    assert "panel.example/done" not in tired.text


def test_what_was_done_in_another_study_does_not_end_this_one(visitor: Visitor) -> None:
    opened = visitor.open("3FORM1", **PROLIFIC)
    assert visitor.send(opened.assignment_id, mood="good") == 200
    other = {**PROLIFIC, "STUDY_ID": "S2", "SESSION_ID": "V2"}
    for hits in (("3FORM1",), ("3FORM1", "3BOXES")):
        again = visitor.http.get(visitor.link(*hits, **other))
        assert "panel.example/done" not in again.text + again.headers.get("location", "")


def test_a_desk_is_of_one_archive(visitor: Visitor) -> None:
    visitor.desk.belong("one")
    visitor.desk.belong("one")
    with pytest.raises(OtherArchive):
        visitor.desk.belong("other")


def test_an_answer_that_the_archive_does_not_take_keeps_no_other_back(
    visitor: Visitor, path: Path
) -> None:
    ids = []
    for hit_id in ("3FORM1", "3FORM2", "3FORM3"):
        opened = visitor.open(hit_id, **PROLIFIC)
        assert visitor.send(opened.assignment_id, mood="good") == 200
        ids.append(opened.assignment_id)
    keep = Keeping(path)
    for _ in range(2):
        with pytest.raises(FilesRefused, match="1 answers"):
            collect(visitor.desk, lambda some: set(keep(some)) - {ids[1]})
    assert [one.record["AssignmentId"] for one in visitor.desk.finished()] == [ids[1]]
    assert collect(visitor.desk, keep) == 1
    assert collect(visitor.desk, keep) == 0


def test_long_answers_come_a_few_at_a_time(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hit_id in ("3FORM1", "3FORM2", "3FORM3"):
        opened = visitor.open(hit_id, **PROLIFIC)
        assert visitor.send(opened.assignment_id, mood="x" * 1_000) == 200
    monkeypatch.setattr(gathering, "_MOST_CHARACTERS", 3_000)
    first = visitor.desk.finished()
    assert len(first) == 2
    assert len(visitor.desk.finished(first[-1])) == 1
    monkeypatch.setattr(gathering, "_MOST_CHARACTERS", 10)
    assert len(visitor.desk.finished()) == 1


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Tasks.Example:443/a?b#c", "https://tasks.example"),
        ("http://user@x.example.:8080", "http://x.example:8080"),
        ("http://[::1]:80/", "http://[::1]"),
        ("https://a.example; script-src *", None),
        ("https://\N{CYRILLIC SMALL LETTER PE}.example", None),
        ("javascript:alert(1)", None),
        ("https://x.example:port", None),
        ("//x.example", None),
    ],
    ids=lambda value: str(value).encode("ascii", "replace").decode(),
)
def test_an_origin_is_spelled_as_browsers_compare_it(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


def test_nothing_goes_without_strict_headers_and_nothing_sets_a_cookie(visitor: Visitor) -> None:
    opened = visitor.open("3FORM1", **PROLIFIC)
    addresses = ["/", "/no", visitor.link("3FORM1", **PROLIFIC), opened.frame, "/hit/3FORM1/x"]
    for reply in map(visitor.http.get, addresses):
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"
        assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("own", [LAYOUT, re.sub("</?form>|<input type='submit'>", "", LAYOUT)])
def test_a_batch_is_shown_by_the_layout_that_fits_it(tmp_path: Path, own: str) -> None:
    """With the form that the site put round a layout, if it has none."""
    table = tmp_path / "Batch_7_batch_results.csv"
    table.write_text(batch_results(BATCH_HIT))
    layout = tmp_path / "mood.html"
    layout.write_text(own)
    with Archive.create(tmp_path / "mturk.db") as archive:
        shown = [_shown_after(archive, file) for file in (table, layout)]
        assert "holds no page" in (shown[0].refused or "")
        assert "What mood is It rains.?" in (shown[1].document or "")
        sends = re.findall(r"<(form)|<input type=.(submit)", shown[1].document or "")
        assert sends == [("form", ""), ("", "submit")]
        assert list(verify(archive, installed().meanings())) == []


def _shown_after(archive: Archive, file: Path) -> Frame:
    with archive.writing():
        Ingest(archive, installed()).run([str(file)])
    work = work_of(archive, BATCH_HIT, Place(ORIGIN))
    assert work is not None
    return work.frame


def test_places_are_those_that_are_left_or_those_that_are_asked_for(path: Path) -> None:
    with Archive.open(path) as archive:
        assert {one.hit_id: one.places for one in offered(archive, Selection(), None)} == (
            dict.fromkeys(QUESTIONS, PLACES)
        )
        assert {one.places for one in offered(archive, Selection(), 5)} == {5}
        assert len(list(offered(archive, Selection(limit=2), None))) == 2
        for hit_id, left in (("3EXTERNAL", 0), ("3 BOX/ES", 2)):
            archive.connection.execute(
                "insert or replace into hits (hit_id, max_assignments, source, raw, raw_sha256,"
                " first_run_id, last_run_id)"
                " values (?, ?, 'test', '{}', '', 1, 1)",
                [hit_id, left],
            )
        first, *_ = offered(archive, Selection(limit=1), None)
        assert first.hit_id not in ("3EXTERNAL", "3 BOX/ES")
        assert list(offered(archive, Selection(only=("3OTHER",)), None)) == []


def test_a_check_says_what_would_go_wrong(path: Path) -> None:
    with Archive.open(path) as archive:
        hits = list(offered(archive, Selection(), None))
        found = of_settings(PANEL, Place(ORIGIN), is_public=True)
        good = {one.hit_id for one in shown(archive, hits, Place(ORIGIN), found)}
        assert good == QUESTIONS.keys() - {"3BOXES", "3NOTHING", "3OURSELVES"}
        assert (found.hits, found.shown, found.not_shown) == (7, 4, 3)
        assert any("Label Studio" in says for says in found.of_hits)
        assert any("ingest" in says for says in found.of_hits)
        assert found.of_settings == []
        assert not found.is_good
        some = [one for one in hits if one.hit_id.startswith("3FORM")]
        found = Findings()
        assert list(shown(archive, some, Place(ORIGIN), found)) == some
        assert found.is_good
    unknown = Panel(name="unknown", worker="pid")
    bare = of_settings(unknown, Place("http://x.example"), is_public=True)
    assert len(bare.of_settings) == 2


def test_a_visit_says_what_the_link_said(visitor: Visitor) -> None:
    opened = visitor.open("3FORM1", **PROLIFIC)
    assert visitor.send(opened.assignment_id, mood="good") == 200
    (one,) = visitor.desk.finished()
    assert (one.panel, one.study_id, one.session_id) == ("prolific", "S1", "V1")
    assert PANEL.visit({"PROLIFIC_PID": "P1"}, b"") == Visit(worker_id="P1", panel="prolific")
