"""Crowd HTML Elements of our own: what they give, ask for and let scripts do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mturk_exodus.demo import markup
from mturk_exodus.questions.showing import frame_of
from tests.mturk_exodus.serve.host.stage import ASSIGNMENT, ORIGIN, Stage

pytestmark = pytest.mark.live
SUBMIT = "document.querySelector('crowd-form').shadowRoot.querySelector('button').click()"


def outcome(
    shown: Stage, fields: str, script: str = "", *, form: str = "", press: str = SUBMIT
) -> Any:  # noqa: ANN401 - JSON
    """What a crowd-form gives after a script has run and its button was pressed."""
    question = markup.crowd_form(fields).replace("<crowd-form>", f"<crowd-form {form}>")
    inside = shown.show(frame_of(question, origin=ORIGIN))
    inside.evaluate(f"() => {{ {script} }}")
    inside.evaluate(f"() => {{ {press} }}")
    posted = shown.posted(seconds=1)
    assert shown.errors == []
    assert shown.network.elsewhere == []
    if form or not posted:
        return posted[1:]
    assert [name for name, _ in posted] == ["assignmentId", "taskAnswers"]
    assert posted[0][1] == ASSIGNMENT
    (said,) = json.loads(posted[1][1])
    return said


GIVES = {
    "nothing where nothing is": (
        "<crowd-input name=a></crowd-input><crowd-text-area name=b></crowd-text-area>",
        {},
    ),
    "texts": (
        "<crowd-input name=a value='1 &amp; 2'></crowd-input>"
        "<crowd-text-area name=b value=x></crowd-text-area>",
        {"a": "1 & 2", "b": "x"},
    ),
    "boxes of one name together": (
        "<crowd-checkbox name=a value=x checked>X</crowd-checkbox><crowd-checkbox name=a value=y>"
        "Y</crowd-checkbox><crowd-checkbox name=b></crowd-checkbox>"
        "<crowd-toggle-button name=c checked></crowd-toggle-button>",
        {"a": {"x": True, "y": False}, "b": {"on": False}, "c": {"on": True}},
    ),
    "all buttons of a group": (
        "<crowd-radio-group><crowd-radio-button name=r value=x>X</crowd-radio-button>"
        "<crowd-radio-button name=r value=y checked>Y</crowd-radio-button></crowd-radio-group>",
        {"r": {"x": False, "y": True}},
    ),
    "numbers": ("<crowd-slider name=s min=1 max=5 value=4></crowd-slider>", {"s": 4}),
    "nothing of what is disabled or has no name": (
        "<crowd-input name=a value=1 disabled></crowd-input><crowd-input value=2></crowd-input>"
        "<crowd-checkbox name=c checked disabled></crowd-checkbox><input name=d value=1 disabled>",
        {},
    ),
    "HTML's own fields": (
        "<input name=t value=1><input name=h type=hidden value=2><input name=e>"
        "<textarea name=a>3</textarea><select name=o><option>4<option selected>5</select>"
        "<input type=radio name=r value=x><input type=radio name=r value=y checked>"
        "<input type=checkbox name=c checked><input type=submit name=s value=z hidden>",
        {"t": "1", "h": "2", "a": "3", "o": "5", "r": {"x": False, "y": True}, "c": {"on": True}},
    ),
}


@pytest.mark.parametrize("what", GIVES)
def test_a_form_gives(shown: Stage, what: str) -> None:
    fields, expected = GIVES[what]
    submits = "type=submit" in fields
    script = "document.querySelector('[type=submit]').remove()" if submits else ""
    assert outcome(shown, fields, script) == expected


@pytest.mark.parametrize(
    ("element", "given"),
    [
        ("crowd-classifier", {"label": "n/a"}),
        ("crowd-image-classifier", {"label": "n/a", "workerComment": "why"}),
        ("crowd-classifier-multi-select", {"labels": ["it's", "n/a"]}),
        (
            "crowd-image-classifier-multi-select",
            {"labels": ["it's", "n/a"], "workerComment": "why"},
        ),
    ],
)
def test_classifiers_give_labels_and_comments(shown: Stage, element: str, given: object) -> None:
    fields = (
        f"<{element} name=c header=H categories=\"['it\\'s', 'b', 'n/a',]\">"
        "<classification-target>t</classification-target><worker-comment></worker-comment>"
        f"<full-instructions header=F>f</full-instructions></{element}>"
    )
    script = f"""const one = document.querySelector("{element}").shadowRoot;
      const boxes = [...one.querySelectorAll(".choices input")];
      [boxes[0], boxes[2]].forEach((box) => box.click());
      const comment = one.querySelector("textarea");
      if (comment) comment.value = "why";"""
    assert outcome(shown, fields, script) == {"c": given}


def test_what_excludes_all_others_does(shown: Stage) -> None:
    fields = (
        '<crowd-classifier-multi-select name=c categories=\'["a", "b"]\''
        " exclusion-category='{ text: \"none\" }'></crowd-classifier-multi-select>"
    )
    press = (
        "const boxes = [...document.querySelector('crowd-classifier-multi-select').shadowRoot"
        ".querySelectorAll('.choices input')]; for (const at of [%s]) boxes[at].click()"
    )
    assert outcome(shown, fields, press % "0, 1, 2") == {"c": {"labels": ["none"]}}
    assert outcome(shown, fields, press % "2, 0") == {"c": {"labels": ["a"]}}
    assert outcome(shown, fields) == []


NOT_SENT = {
    "an empty text": "<crowd-input name=a required></crowd-input>",
    "a box": "<crowd-checkbox name=a required></crowd-checkbox>",
    "a slider that nobody moved": "<crowd-slider name=a min=1 max=3 required></crowd-slider>",
    "a label": "<crowd-classifier name=a categories=\"['x']\"></crowd-classifier>",
    "an HTML field": "<input name=a required>",
    "a number that is too large": "<crowd-input name=a type=number max=3 value=4></crowd-input>",
    "a text that is too short": "<crowd-input name=a min-length=3 value=ab></crowd-input>",
}


@pytest.mark.parametrize("what", NOT_SENT)
def test_nothing_is_sent_that_lacks(shown: Stage, what: str) -> None:
    assert outcome(shown, NOT_SENT[what]) == []


def test_what_is_missing_is_said_to_everyone(shown: Stage) -> None:
    fields = "<crowd-input name=a required error-message='A word, please'></crowd-input>"
    inside = shown.show(frame_of(markup.crowd_form(fields), origin=ORIGIN))
    inside.get_by_role("button", name="Submit").click()
    assert inside.get_by_role("alert").inner_text() == "A word, please"
    assert inside.evaluate("document.activeElement.localName") == "crowd-input"


def test_a_pattern_keeps_other_characters_out(shown: Stage) -> None:
    fields = "<crowd-input name=a label=L auto-validate allowed-pattern='[0-9]'></crowd-input>"
    inside = shown.show(frame_of(markup.crowd_form(fields), origin=ORIGIN))
    inside.get_by_label("L").type("1a2é3")
    assert inside.evaluate("document.querySelector('crowd-input').value") == "123"


FLAT = [("r.x", "false"), ("r.y", "true"), ("t", "1"), ("c.label", "a")]


def test_answers_can_be_flattened(shown: Stage) -> None:
    fields = (
        "<input type=radio name=r value=x><input type=radio name=r value=y checked>"
        "<crowd-input name=t value=1></crowd-input>"
        "<crowd-classifier name=c categories=\"['a']\"></crowd-classifier>"
    )
    choose = "document.querySelector('crowd-classifier').value = 'a'"
    assert outcome(shown, fields, choose, form="answer-format=flatten-objects") == FLAT


LISTENERS = {
    "a listener": "form.addEventListener('submit', (event) => { seen(event); })",
    "onsubmit": "form.onsubmit = (event) => seen(event)",
    "a listener above": "document.addEventListener('submit', (event) => seen(event))",
}


@pytest.mark.parametrize("how", LISTENERS)
def test_a_page_may_add_to_an_answer_or_refuse_it(shown: Stage, how: str) -> None:
    fields = "<input type=hidden name=h>"
    script = (
        "const form = document.querySelector('crowd-form'); const seen = (event) => {{ {} }};"
        + LISTENERS[how].replace("{", "{{").replace("}", "}}")
    )
    adds = "document.querySelector('[name=h]').value = 'added'"
    assert outcome(shown, fields, script.format(adds)) == {"h": "added"}
    assert outcome(shown, fields, script.format("event.preventDefault()")) == []


def test_a_page_may_submit_itself_without_asking_anyone(shown: Stage) -> None:
    fields = "<crowd-input name=a required></crowd-input><input name=b value=1>"
    press = "document.querySelector('crowd-form').submit()"
    assert outcome(shown, fields, press=press) == {"b": "1"}


@pytest.mark.parametrize(
    "button",
    [
        "<crowd-button form-action=submit>Go</crowd-button>",
        "<button type=submit>Go</button>",
        "<input type=submit value=Go>",
        "<form><button>Go</button></form>",
    ],
)
def test_a_button_of_the_page_takes_the_place_of_ours(shown: Stage, button: str) -> None:
    question = markup.crowd_form(f"<input name=b value=1>{button}")
    inside = shown.show(frame_of(question, origin=ORIGIN))
    inside.get_by_role("button", name="Go").click()
    assert shown.posted()[1] == ("taskAnswers", '[{"b":"1"}]')
    assert len(shown.network.posts) == 1


def test_nothing_is_sent_in_preview_and_the_button_says_why(shown: Stage) -> None:
    frame = frame_of(markup.crowd_form("<input name=b value=1>"), origin=ORIGIN)
    inside = shown.show(frame, preview=True)
    assert inside.get_by_role("button", name="You must ACCEPT the HIT").is_disabled()
    inside.evaluate("document.querySelector('crowd-form').submit()")
    assert shown.posted(seconds=0.4) == []


def test_elements_are_as_scripts_know_them(shown: Stage) -> None:
    fields = (
        "<crowd-input name=t></crowd-input><crowd-checkbox name=c></crowd-checkbox>"
        "<crowd-classifier name=k></crowd-classifier>"
    )
    script = """const [text, box, choice] = ["input", "checkbox", "classifier"].map(
        (name) => document.querySelector(`crowd-${name}`));
      let changes = 0;
      document.addEventListener("change", (event) => { changes += event.target === box; });
      text.value = "é"; box.click(); choice.categories = ["p", "q"]; choice.value = "q";
      const made = document.createElement("crowd-input");
      made.name = "made"; made.value = `${box.checked} ${changes}`;
      document.querySelector("crowd-form").append(made);"""
    assert outcome(shown, fields, script) == {
        "t": "é",
        "c": {"on": True},
        "k": {"label": "q"},
        "made": "true 1",
    }


def test_a_page_is_told_when_elements_are_ready(shown: Stage) -> None:
    fields = (
        "<script>document.addEventListener('all-crowd-elements-ready', () => { window.ready = 1; })"
        "</script><crowd-input name=a></crowd-input>"
    )
    inside = shown.show(frame_of(markup.crowd_form(fields), origin=ORIGIN))
    assert inside.wait_for_function("window.ready === 1")


EVERY = """<crowd-instructions link-text="How" link-type=button><short-summary>s</short-summary>
<detailed-instructions>the details</detailed-instructions><positive-example>p</positive-example>
<negative-example>n</negative-example></crowd-instructions>
<crowd-card heading=Card>in the card</crowd-card>
<crowd-alert type=info dismissible>note</crowd-alert>
<crowd-badge label=7></crowd-badge><crowd-fab label=Add></crowd-fab>
<crowd-icon-button icon=search></crowd-icon-button><crowd-toast text=done></crowd-toast>
<crowd-modal link-text=More>in the modal</crowd-modal>
<crowd-tabs><crowd-tab header=One>first</crowd-tab>
<crowd-tab header=Two>second</crowd-tab></crowd-tabs>
<crowd-radio-group><crowd-radio-button name=r value=x>Ex</crowd-radio-button>
<crowd-radio-button name=r value=y>Why</crowd-radio-button></crowd-radio-group>
<crowd-slider name=s min=0 max=10 pin></crowd-slider>
<crowd-toggle-button name=t>Tea</crowd-toggle-button>
<crowd-image-classifier name=i src="data:image/gif;base64,R0lGODlhAQABAAAAACw="
header="A very long header that goes on and on"
categories="['a-category-without-any-room-to-break-it-anywhere-at-all-so-to-say']">
</crowd-image-classifier>"""


def test_everything_is_reached_by_name_and_keyboard_on_a_phone(shown: Stage) -> None:
    frame = frame_of(markup.crowd_form(EVERY), origin=ORIGIN)
    inside = shown.show(frame, phone=True)
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert inside.evaluate(width) <= 0
    inside.get_by_role("button", name="How").click()
    assert inside.get_by_text("the details").is_visible()
    inside.get_by_role("button", name="Close").first.click()
    inside.get_by_role("tab", name="One").press("ArrowRight")
    assert inside.get_by_text("second", exact=True).is_visible()
    assert not inside.get_by_text("first", exact=True).is_visible()
    first = inside.get_by_role("radio", name="Ex")
    first.focus()
    first.press("ArrowDown")
    assert inside.get_by_role("radio", name="Why").is_checked()
    inside.get_by_role("switch", name="Tea").press("Space")
    assert inside.evaluate("document.querySelector('crowd-toggle-button').checked")
    for name in ("More", "Add", "search"):
        assert inside.get_by_role("button", name=name).is_visible()
    inside.get_by_role("slider").press("End")
    assert inside.evaluate("document.querySelector('crowd-slider').value") == 10
    assert shown.errors == []
