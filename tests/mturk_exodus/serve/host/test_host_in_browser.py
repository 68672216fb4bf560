"""The service itself in a real browser: what visitors see, do and reach, and what is stored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.forms import chromium
from mturk_exodus.archive import Archive
from mturk_exodus.demo import markup, synthesize
from mturk_exodus.demo.catalogue import CATALOGUE
from mturk_exodus.demo.fill import fill as fill_archive
from mturk_exodus.questions import question as questions
from tests.mturk_exodus.serve.host.filling import work
from tests.mturk_exodus.serve.host.hosted import (
    PANEL,
    SCREENSHOTS,
    WAY_OUT,
    Hosted,
    answers_of,
    asked_for,
    completion,
    for_worker,
    held,
    hit,
    hosted,
    invitations,
    put_hits,
)
from tests.mturk_exodus.serve.host.stage import OUTSIDE_PAGE, PREVIEW, SERVED, Stage, stage
from tests.mturk_exodus.serve.host.test_frames_hostile import LEAVING

if TYPE_CHECKING:
    from playwright.sync_api import Frame as Shown
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.live
SETTLES = 400  # ms
NOT_SHOWN = {"boxes", "entities", "surfaces"}
"""Kinds that mark things in pictures and texts."""
TITLES = {one.key: one.title for one in CATALOGUE}
OUTSIDE = "https://study.test/start"
EXTERNALS = (
    OUTSIDE,
    "https://survey.lab.example/start",
    "https://experiments.lab.example/flanker/",
)
BUNDLE = ("3BUNDLE0", "3BUNDLE1", "3BUNDLE2")
AMAZON = "https://www.mturk.com/?answer=1"
_LINK = f"const a = document.createElement('a'); a.href = '{AMAZON}'; a.target = '_blank';"
_FRAMED = f"<img src={AMAZON}><script>fetch('{AMAZON}'); open('{AMAZON}')<\\/script>"
TRYING = LEAVING | {
    "a window to the top": "open('https://evil.example/', '_top')",
    "a form in a window": "const f = document.createElement('form'); f.target = '_blank';"
    "f.action = 'https://www.amazon.com/'; HTMLFormElement.prototype.submit.call(f)",
    "a link that hides its click": "addEventListener('click', (event) =>"
    f"event.stopImmediatePropagation(), true); {_LINK} document.body.append(a); a.click()",
    "a link in no page": f"{_LINK} a.click()",
    "a link after all listeners went": f"document.open(); document.write('<p>'); {_LINK}"
    "document.body.append(a); a.click(); document.close()",
    "a window that is led on": f"const w = open('about:blank'); w.location = '{AMAZON}'",
    "a window of its own making": "open(URL.createObjectURL(new Blob("
    f"[`<script>location = '{AMAZON}'<\\/script>`], {{type: 'text/html'}})))",
    "what the page around it is asked": "parent.postMessage("
    f"{{'mturk-exodus: open': '{AMAZON}'}}, '*')",
    "a frame with a text": "document.body.append(Object.assign("
    f"document.createElement('iframe'), {{srcdoc: `{_FRAMED}`}}))",
    "a frame of data": "document.body.append(Object.assign("
    f"document.createElement('iframe'), {{src: `data:text/html,{_FRAMED}`}}))",
    "a refresh": "document.head.insertAdjacentHTML('beforeend', "
    f"'<meta http-equiv=refresh content=\"0; url={AMAZON}\">')",
    "a ping": f"{_LINK} a.href = '#x'; a.target = ''; a.ping = '{AMAZON}'; a.click()",
    "events": f"new EventSource('{AMAZON}')",
    "a module": f"import('{AMAZON}').catch(() => 0)",
    "a prefetch": "for (const rel of ['prefetch', 'prerender', 'preconnect', 'manifest', 'icon'])"
    "document.head.append(Object.assign(document.createElement('link'), "
    f"{{rel, href: '{AMAZON}'}}))",
    "a rule of speculation": "document.head.append(Object.assign(document.createElement('script'),"
    "{type: 'speculationrules', textContent: JSON.stringify({prefetch: [{source: 'list',"
    f"urls: ['{AMAZON}']}}]}})}}))",
    "films, objects, fonts and drawings": "document.body.insertAdjacentHTML('beforeend', `"
    f"<video src={AMAZON} poster={AMAZON}></video><audio src={AMAZON}></audio>"
    f"<object data={AMAZON}></object><embed src={AMAZON}><svg><image href={AMAZON} /></svg>`);"
    f"document.body.style.background = 'url({AMAZON})';"
    f"new FontFace('x', 'url({AMAZON})').load().catch(() => 0)",
    "a download": f"{_LINK} a.target = ''; a.download = 'x'; a.click()",
    "a service worker": f"navigator.serviceWorker.register('{AMAZON}').catch(() => 0)",
}
"""What a page's own script does, once it is loaded; nothing of it may arrive anywhere."""
_FLOW = "<p><input name=a></p><a id=out href=https://other.test/read target=_blank>Read this</a>"


def trying(script: str) -> str:
    """A page that does it when it is loaded; no address can be read in its text."""
    hidden = "".join(f"\\u{ord(letter):04x}" for letter in f"(() => {{ {script} }})()")
    run = f"addEventListener('load', () => setTimeout(() => (0, eval)('{hidden}')))"
    return markup.html_form(f"<input name=a><script>{run}</script>")


def own_hits() -> Iterator[dict[str, object]]:
    yield hit("3FLOW", markup.html_form(_FLOW))
    yield hit("3ALONE", markup.html_form(_FLOW), MaxAssignments=1)
    yield hit("3OUTSIDE", markup.external_question(f"{OUTSIDE}?study=1&list=A#part"))
    yield hit("3OFAMAZON", markup.external_question("https://x.s3.amazonaws.com/page.html"))
    for hit_id in BUNDLE:
        yield hit(hit_id, markup.html_form(f"<p>{hit_id}</p>{_FLOW}"), HITTypeId="3TYPEBUNDLE")
    for number, script in enumerate(TRYING.values()):
        yield hit(f"3TRYING{number}", trying(script))


@pytest.fixture(scope="module")
def kinds() -> dict[str, str]:
    """A HIT of each kind; `service` fills it."""
    return {}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, kinds: dict[str, str]) -> Iterator[Hosted]:
    account = synthesize(hits=40)
    for record in account.hits.values():
        record["MaxAssignments"] += 100
        kinds.setdefault(record["Title"], record["HITId"])
    path = tmp_path_factory.mktemp("hosted") / "mturk.db"
    with Archive.create(path) as archive:
        fill_archive(archive, account)
        put_hits(archive, own_hits())
    with hosted(path) as one:
        yield one


@pytest.fixture(scope="module")
def browser_stage(service: Hosted) -> Iterator[Stage]:
    with chromium() as browser, stage(browser) as one:
        one.network.services[SERVED] = service.port
        yield one


@pytest.fixture
def seen(browser_stage: Stage) -> Iterator[Stage]:
    """The stage; whatever a test does, nothing was asked of Amazon."""
    others = dict.fromkeys((f"{PANEL}/done", f"{PANEL}/out", "https://other.test/read"), "<h1>Yes")
    browser_stage.network.sites = {**dict.fromkeys(EXTERNALS, OUTSIDE_PAGE), **others}
    yield browser_stage
    assert asked_of_others(browser_stage) == []


def asked_of_others(one: Stage) -> list[str]:
    known = (PANEL, "https://other.test/", "https://study.test/")
    asked = [url for url in one.network.elsewhere if not url.startswith(known)]
    return [url for url in asked if "lab.example" not in url]


def said_by(page: Page) -> str:
    return page.inner_text("body")


def answer(inside: Shown, text: str) -> None:
    inside.fill("[name=a]", text)
    inside.click("#submitButton")


def texts(documents: list[str]) -> list[dict[str, str]]:
    return [answers_of(one) for one in documents]


def picture(one: Stage, name: str) -> None:
    if kept := os.environ.get(SCREENSHOTS):
        one.page.screenshot(path=Path(kept) / f"host-{name}.png")


def is_wider_than_its_window(shown: Page | Shown) -> bool:
    width = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    return bool(shown.evaluate(width))


@pytest.mark.parametrize("key", [one for one in TITLES if one not in NOT_SHOWN])
def test_what_is_filled_in_is_in_the_archive(
    seen: Stage, service: Hosted, kinds: dict[str, str], key: str
) -> None:
    hit_id = kinds[TITLES[key]]
    link = service.link(hit_id, f"kind-{key}")
    if os.environ.get(SCREENSHOTS):
        seen.open(link)
        picture(seen, key)
    seen.open(link, phone=True)
    picture(seen, f"{key}-phone")
    assert not is_wider_than_its_window(seen.page)
    must, _ = work(seen, seen.task(), questions.read(service.question(hit_id)))
    seen.page.wait_for_url(completion(f"kind-{key}"))
    (document,) = service.documents(hit_id, f"kind-{key}")
    assert held(document, must) == asked_for(must)
    assert must


@pytest.mark.parametrize("key", sorted(NOT_SHOWN))
def test_what_cannot_be_shown_says_so_and_takes_no_place(
    seen: Stage, service: Hosted, kinds: dict[str, str], key: str
) -> None:
    hit_id = kinds[TITLES[key]]
    assert hit_id not in service.links
    seen.open(service.any_link([hit_id], "nobody"))
    assert "This task cannot be shown here" in said_by(seen.page)
    assert set(service.states(hit_id, "nobody")) == {"Returned"}


@pytest.mark.parametrize("way", TRYING)
def test_a_page_reaches_nobody_whatever_its_scripts_try(
    seen: Stage, service: Hosted, way: str
) -> None:
    link = service.link(f"3TRYING{list(TRYING).index(way)}", "curious")
    seen.open(link)
    seen.page.wait_for_timeout(SETTLES)
    assert seen.network.elsewhere == []
    assert seen.network.posts == []
    assert seen.page.url == link
    assert len(seen.page.context.pages) == 1


def test_a_page_sends_nothing_past_the_browsers_policies(seen: Stage, service: Hosted) -> None:
    seen.open(service.link("3FLOW", "caller"))
    assert seen.task().evaluate("[window.RTCPeerConnection, window.webkitRTCPeerConnection]") == [
        None,
        None,
    ]


def test_a_page_on_amazon_is_not_opened(seen: Stage, service: Hosted) -> None:
    assert "3OFAMAZON" not in service.links
    seen.open(service.any_link(["3OFAMAZON"], "nobody"))
    assert "This task cannot be shown here" in said_by(seen.page)


def test_a_page_reads_nothing_of_the_host_or_of_others(seen: Stage, service: Hosted) -> None:
    seen.open(service.link("3FLOW", "other"))
    others_frame = seen.task().url
    others_after = seen.page.evaluate("document.body.dataset.after")
    seen.page.evaluate("() => { localStorage.kept = 'secret'; document.cookie = 'kept=secret'; }")
    seen.open(service.link("3FLOW", "reader"))
    tried = seen.task().evaluate(
        """async (addresses) => {
          const tries = [() => parent.document.title, () => top.location.href,
            () => frameElement.src, () => parent.localStorage.kept, () => parent.after];
          const said = tries.map((one) => { try { return `${one()}` } catch { return "refused" } });
          const read = (address) => fetch(address, {credentials: "include"})
            .then((reply) => reply.text(), () => "refused");
          said.push(...await Promise.all(addresses.map(read)));
          return [...said, String(localStorage.getItem("kept")), document.cookie, self.origin];
        }""",
        [others_frame, f"{SERVED}{others_after}", service.link("3FLOW", "other"), f"{SERVED}/"],
    )
    assert tried == ["refused"] * 9 + ["null", "", "null"]
    assert seen.network.elsewhere == []


def test_a_frame_of_another_cannot_be_put_into_a_page(seen: Stage, service: Hosted) -> None:
    seen.open(service.link("3FLOW", "other"))
    addresses = [seen.task().url, service.link("3FLOW", "other"), f"{SERVED}/"]
    seen.open(service.link("3FLOW", "reader"))
    seen.task().evaluate(
        """(addresses) => { for (const src of addresses) document.body.append(
          Object.assign(document.createElement("iframe"), {src})) }""",
        addresses,
    )
    seen.page.wait_for_timeout(SETTLES)
    inner = [one.url for one in seen.page.frames[2:]]
    assert [one for one in inner if one.startswith(SERVED)] == []


def test_a_link_of_a_page_opens_beside_it(seen: Stage, service: Hosted) -> None:
    seen.open(service.link("3FLOW", "follower"))
    inside = seen.task()
    with seen.page.context.expect_page() as opened:
        inside.click("#out")
    opened.value.wait_for_url("https://other.test/read")
    assert opened.value.evaluate("[opener, document.referrer]") == [None, ""]
    inside.evaluate("document.getElementById('out').removeAttribute('target')")
    with seen.page.context.expect_page():
        inside.click("#out")
    inside.evaluate(
        "document.getElementById('out').onclick = () => { open('https://other.test/read'); "
        "return false; }"
    )
    with seen.page.context.expect_page():
        inside.click("#out")
    inside.fill("[name=a]", "still here")


def test_a_link_to_amazon_says_that_it_does_not_work(seen: Stage, service: Hosted) -> None:
    seen.open(service.link("3FLOW", "follower"))
    inside = seen.task()
    inside.evaluate("document.getElementById('out').href = 'https://www.amazon.com/dp/1'")
    inside.click("#out")
    inside.get_by_role("alert").get_by_text("www.amazon.com").wait_for()
    inside.evaluate(
        "document.getElementById('out').onclick = () => {"
        " parent.postMessage({'mturk-exodus: open': 'https://images-na.ssl-images-amazon.com./'},"
        " '*'); return false; }"
    )
    inside.click("#out")
    seen.page.wait_for_timeout(SETTLES)
    assert [one.url for one in seen.page.context.pages if "amazon" in one.url] == []
    assert [url for url in seen.network.elsewhere if "amazon" in url] == []


def test_who_has_submitted_is_back_at_the_panel(seen: Stage, service: Hosted) -> None:
    seen.open(service.link("3FLOW", "Aé 1"))
    answer(seen.task(), "1 & <é>")
    seen.page.wait_for_url(f"{PANEL}/done?*")
    asked = [url for url in seen.network.elsewhere if "favicon" not in url]
    assert asked == [f"{PANEL}/done?who=A%C3%A9%201&study=S1&session=V-A%C3%A9%201"]
    assert texts(service.documents("3FLOW", "Aé 1")) == [{"a": "1 & <é>"}]


def test_a_bundle_goes_on_from_one_to_the_next(seen: Stage, service: Hosted) -> None:
    ((link, hit_ids),) = invitations(service.archive, bundle=3, only="3TYPEBUNDLE")
    assert sorted(hit_ids) == sorted(BUNDLE)
    seen.open(for_worker(link, "bundled"))
    for number, hit_id in enumerate(hit_ids, start=1):
        seen.page.get_by_text(f"{number} of 3").wait_for()
        assert hit_id in said_by_task(seen)
        picture(seen, f"bundle-{number}")
        answer(seen.task(), f"answer {number}")
    seen.page.wait_for_url(completion("bundled"))
    for number, hit_id in enumerate(hit_ids, start=1):
        assert texts(service.documents(hit_id, "bundled")) == [{"a": f"answer {number}"}]
    seen.open(for_worker(link, "bundled"))
    assert seen.page.url == completion("bundled")


def said_by_task(one: Stage) -> str:
    return one.task().inner_text("body")


def test_a_preview_shows_and_cannot_be_submitted(seen: Stage, service: Hosted) -> None:
    seen.open(service.links["3FLOW"].partition("?")[0])
    picture(seen, "preview")
    assert "This is a preview: nothing can be submitted." in said_by(seen.page)
    inside = seen.task()
    assert f"assignmentId={PREVIEW}" in inside.url
    assert "workerId" not in inside.url
    assert inside.is_disabled("#submitButton")
    inside.evaluate(
        f"""() => {{ const f = document.createElement("form"); f.method = "post";
        f.action = "{SERVED}/mturk/externalSubmit"; f.innerHTML = "<input name=a value=1>"
          + "<input name=assignmentId value={PREVIEW}>"; document.body.append(f);
        document.forms[0].submit(); f.submit(); }}"""
    )
    seen.page.wait_for_timeout(SETTLES)
    assert seen.network.posts == []


def test_a_double_click_submits_once(seen: Stage, service: Hosted) -> None:
    seen.open(service.link("3FLOW", "double"))
    inside = seen.task()
    inside.fill("[name=a]", "once")
    inside.dblclick("#submitButton", no_wait_after=True)
    seen.page.wait_for_url(completion("double"))
    assert len(seen.network.posts) == 1
    assert texts(service.documents("3FLOW", "double")) == [{"a": "once"}]


def test_who_goes_back_has_done_it(seen: Stage, service: Hosted) -> None:
    link = service.link("3FLOW", "backward")
    seen.open(link)
    answer(seen.task(), "first")
    seen.page.wait_for_url(completion("backward"))
    seen.page.go_back()
    assert seen.page.url == link
    assert "You have done this task" in said_by(seen.page)
    seen.page.get_by_role("link", name="Finish").click()
    seen.page.wait_for_url(completion("backward"))


def test_what_is_submitted_again_from_the_page_before_stores_nothing_new(
    seen: Stage, service: Hosted
) -> None:
    seen.open(service.link("3FLOW", "again"))
    held_up: list[str] = []

    def hold_up(route: Route) -> None:
        held_up.append(route.request.url)
        route.fulfill(status=204)

    seen.page.route("**/after/*", hold_up)
    inside = seen.task()
    address = inside.url
    answer(inside, "first")
    seen.task().get_by_text("Your answer is stored").wait_for()
    # The visitor's page did not go on, so that the frame goes back to the task.
    seen.task().evaluate("history.back()")
    seen.wait(lambda: seen.page.frames[1].url == address, 5)
    answer(seen.task(), "second")
    seen.task().get_by_text("Your answer is stored").wait_for()
    seen.wait(lambda: len(held_up) == 2, 5)
    seen.page.unroute("**/after/*")
    seen.task().click("#next")
    seen.page.wait_for_url(completion("again"))
    assert texts(service.documents("3FLOW", "again")) == [{"a": "first"}]


def test_reloading_and_another_tab_are_the_same_assignment(seen: Stage, service: Hosted) -> None:
    link = service.link("3FLOW", "tabs")
    seen.open(link)
    first = seen.task().url
    seen.page.reload()
    assert seen.task().url == first
    tab = seen.tab()
    tab.goto(link)
    assert tab.frames[1].url == first
    answer(tab.frames[1], "in the second tab")
    tab.wait_for_url(completion("tabs"))
    answer(seen.task(), "in the first tab")
    seen.page.wait_for_url(completion("tabs"))
    assert texts(service.documents("3FLOW", "tabs")) == [{"a": "in the second tab"}]
    assert service.states("3FLOW", "tabs") == ["Submitted"]


def test_what_is_given_back_is_free_for_others(seen: Stage, service: Hosted) -> None:
    seen.open(service.link("3ALONE", "first"))
    tab = seen.tab()
    tab.goto(service.link("3ALONE", "second"))
    assert "All places are taken" in said_by(tab)
    way_out = tab.get_by_role("link").get_attribute("href")
    assert way_out == WAY_OUT.replace("{worker_id}", "second")
    seen.page.get_by_role("button", name="Give it back").click()
    seen.page.get_by_text("You have given the task back").wait_for()
    assert service.states("3ALONE", "first") == ["Returned"]
    tab.reload()
    answer(tab.frames[1], "mine")
    tab.wait_for_url(completion("second"))
    assert texts(service.documents("3ALONE", "second")) == [{"a": "mine"}]
    seen.page.get_by_role("link").click()
    seen.page.wait_for_url(WAY_OUT.replace("{worker_id}", "first"))


def test_another_site_is_told_who_comes_and_posts_back(seen: Stage, service: Hosted) -> None:
    seen.open(service.link("3OUTSIDE", "visitor"), phone=True)
    inside = seen.task()
    told = inside.evaluate("[...new URLSearchParams(location.search)]")
    ours = [("study", "1"), ("list", "A")]
    names = ["assignmentId", "hitId", "workerId", "turkSubmitTo"]
    assert [tuple(one) for one in told[:2]] == ours
    assert [name for name, _ in told[2:]] == names
    assert [value for _, value in told[3:]] == ["3OUTSIDE", "visitor", SERVED]
    assert inside.evaluate("location.hash") == "#part"
    inside.fill("[name=code]", "C-7")
    inside.click("button")
    seen.page.wait_for_url(completion("visitor"))
    assert texts(service.documents("3OUTSIDE", "visitor")) == [{"code": "C-7"}]


def test_another_site_in_preview_is_told_no_more_than_mturk_told(
    seen: Stage, service: Hosted
) -> None:
    seen.open(service.links["3OUTSIDE"].partition("?")[0])
    told = dict(seen.task().evaluate("[...new URLSearchParams(location.search)]"))
    assert told == {"study": "1", "list": "A", "assignmentId": PREVIEW, "hitId": "3OUTSIDE"}


def test_another_site_reads_nothing_of_the_host_and_stays_in_its_frame(
    seen: Stage, service: Hosted
) -> None:
    link = service.link("3OUTSIDE", "curious")
    seen.open(link)
    after = seen.page.evaluate("document.body.dataset.after")
    tried = seen.task().evaluate(
        """async (address) => {
          const tries = [() => parent.document.title, () => top.location.href,
            () => { top.location = "https://evil.example/" }, () => parent.localStorage.kept];
          const said = tries.map((one) => { try { return `${one()}` } catch { return "refused" } });
          const read = await fetch(address).then((reply) => reply.text(), () => "refused");
          return [...said, read];
        }""",
        f"{SERVED}{after}",
    )
    assert tried == ["refused"] * 5
    seen.task().evaluate(
        "() => { const f = document.getElementById('f'); f.target = '_top'; f.submit(); }"
    )
    seen.page.wait_for_timeout(SETTLES)
    assert seen.page.url == link
    assert service.states("3OUTSIDE", "curious") == ["Accepted"]


@contextmanager
def desk_unavailable(service: Hosted) -> Iterator[None]:
    """As a database that cannot be written: it says so at once."""
    with closing(service.desk()) as desk:
        desk.execute("alter table host_answers rename to host_answers_gone")
        try:
            yield
        finally:
            desk.execute("alter table host_answers_gone rename to host_answers")


def test_an_answer_that_cannot_be_stored_now_is_kept_and_sent_again(
    seen: Stage, service: Hosted
) -> None:
    said = "ä & <b>\"'\n\n two lines"
    seen.open(service.link("3FLOW", "patient"))
    inside = seen.task()
    inside.evaluate(
        "() => { const one = document.createElement('textarea'); one.name = 'b';"
        " document.forms[0].append(one); }"
    )
    inside.fill("[name=b]", f"\n{said}")
    with desk_unavailable(service):
        answer(inside, "kept")
        seen.task().get_by_text("We cannot store anything at the moment").wait_for()
        picture(seen, "not-now")
        seen.task().get_by_role("button").click()
        seen.page.wait_for_timeout(SETTLES)
        seen.task().get_by_text("We cannot store anything at the moment").wait_for()
        assert service.states("3FLOW", "patient") == ["Accepted"]
    seen.task().get_by_role("button", name="Send my answer again").click()
    seen.page.wait_for_url(completion("patient"))
    lines = f"\n{said}".replace("\n", "\r\n")
    assert texts(service.documents("3FLOW", "patient")) == [{"a": "kept", "b": lines}]
