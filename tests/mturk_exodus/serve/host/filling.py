"""Every field that the form model knows, filled by a script, and what must be posted then."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from mturk_exodus.questions.form import Field, Form

if TYPE_CHECKING:
    from playwright.sync_api import Frame as Shown

    from tests.mturk_exodus.serve.host.stage import Pairs, Stage

Wanted = dict[str, list[str]]
"""By name, what is given."""

_BY_FORMAT = {
    "email": "a@example.org",
    "url": "https://example.org/é?a=1&b=2",
    "tel": "+1 555 0100",
    "color": "#112233",
    "date": "2020-02-03",
    "month": "2020-02",
    "week": "2020-W06",
    "time": "10:30",
    "datetime-local": "2020-02-03T10:30",
}
_SAMPLES = ("1987", "1963-11-22", "7", "a", "abc", "yes", "A", "3.5", "12:30")
_BOXES = ("crowd-checkbox", "crowd-toggle-button", "crowd-radio-button")
_FILL = """(wanted) => {
  const changed = (one) => ["input", "change"].forEach(
    (type) => one.dispatchEvent(new Event(type, {bubbles: true})));
  const choose = (one, isChosen) => {
    if (one.checked !== isChosen && !(one.type === "radio" && !isChosen)) one.click();
  };
  const byElement = (one, values) => {
    const tag = one.localName;
    if (/^crowd-(checkbox|toggle-button|radio-button)$/.test(tag)) {
      choose(one, values.includes(one.value));
    } else if (tag.includes("classifier")) {
      one.shadowRoot.querySelectorAll(".choices input")
        .forEach((box) => choose(box, values.includes(box.value)));
    } else if (["checkbox", "radio"].includes(one.type)) {
      choose(one, values.includes(one.value));
    } else if (tag === "select") {
      for (const option of one.options) option.selected = values.includes(option.value);
      changed(one);
    } else if (!["file", "submit", "image", "button", "reset"].includes(one.type)) {
      one.value = values[0];
      changed(one);
    }
  };
  const loose = new Set();
  for (const one of document.querySelectorAll("[name]")) {
    const name = one.getAttribute("name");
    const values = wanted[name];
    if (!values || !/^(input|select|textarea|crowd-.*)$/.test(one.localName)) continue;
    byElement(one, values);
    if (!one.form && !one.closest("crowd-form")) loose.add(name);
  }
  return [...loose];
}"""
_SUBMIT = """() => {
  const crowd = document.querySelector("crowd-form");
  if (crowd) {
    const own = crowd.querySelector("crowd-button[form-action=submit]");
    (own ? own : crowd.shadowRoot.querySelector(".submit button")).click();
    return;
  }
  const buttons = [...document.querySelectorAll("[type=submit], form button:not([type])")];
  const button = document.getElementById("submitButton") || buttons[0];
  if (button) button.click(); else document.forms[0].requestSubmit();
}"""

_SUBMIT_BY_SCRIPT = """() => HTMLFormElement.prototype.submit.call(
  document.getElementById("mturk_form") || document.forms[0])"""


def wanted(form: Form) -> Wanted:
    """What is given to each field of a form that a script can fill."""
    found: Wanted = defaultdict(list)
    for field in form.fields:
        if field.kind not in ("button", "file") and field.name != "assignmentId":
            values = _values(field)
            found[field.name] += [one for one in values if one not in found[field.name]]
    return dict(found)


def _values(field: Field) -> list[str]:
    choices = list(dict.fromkeys(choice.value for choice in field.choices))
    if field.kind == "classifier":
        return choices[-1:] if field.constraints.get("max_selections") == 1 else choices[:2]
    if field.kind == "single_choice":
        return choices[-1:]
    if field.kind == "multiple_choice":
        return choices[: int(field.constraints.get("max_selections", len(choices)))]
    if field.kind in ("number", "slider"):
        return [_number(field)]
    return [_text(field)]


def _number(field: Field) -> str:
    said = field.constraints
    lowest, highest = said.get("min"), said.get("max")
    is_whole = highest is not None and not float(said.get("step", 1)) % 1
    chosen = highest if is_whole else lowest
    return f"{float(chosen if chosen is not None else 3):g}"


def _text(field: Field) -> str:
    said = field.constraints
    if (name := said.get("format")) in _BY_FORMAT:
        return _BY_FORMAT[str(name)]
    pattern = str(said.get("pattern", ""))
    matching = re.search if field.element == "FreeTextAnswer" else re.fullmatch
    if pattern:
        try:
            return next((one for one in _SAMPLES if matching(pattern, one)), "1")
        except re.error:  # Of an author's own making: it is none for browsers either.
            return "1"
    text = f"{field.name[:20]} é <b>&\"' ok, that is long enough"
    return text[: int(said.get("max_length", len(text)))].strip()


def fill(inside: Shown, given: Wanted) -> Wanted:
    """Fill every field of the frame, and tell the page so; those that stand in a form.

    No browser sends what stands in none.
    """
    loose = inside.evaluate(_FILL, given)
    return {name: values for name, values in given.items() if name not in loose}


def submit(inside: Shown) -> None:
    """Press what the page has to submit it."""
    inside.evaluate(_SUBMIT)


def expected(form: Form, given: Wanted) -> dict[str, Any]:
    """What must arrive: by name, the values in any order; of a Crowd form, its one object."""
    if form.kind != "crowd":
        found: dict[str, list[str]] = defaultdict(list)
        for field in form.fields:
            if field.name in given:
                found[field.name] += _values(field)
        return {name: sorted(values) for name, values in found.items()}
    return {
        field.name: _crowd_output(field, form, given)
        for field in form.fields
        if field.name in given
    }


def _crowd_output(field: Field, form: Form, given: Wanted) -> Any:  # noqa: ANN401 - JSON
    values = given[field.name]
    same = [one for one in form.fields if one.name == field.name]
    if field.element in _BOXES or field.element in ("input type=radio", "input type=checkbox"):
        return {one.value: one.value in values for each in same for one in each.choices}
    if field.kind == "classifier":
        is_one = field.constraints.get("max_selections") == 1
        return {"label": values[0]} if is_one else {"labels": values}
    if field.element == "select multiple":
        return values
    if field.element == "crowd-slider":
        return float(values[0])
    return values[0] if len(same) == 1 else "|".join(values[:1] * len(same))


def arrived(form: Form, posted: Pairs, given: Wanted) -> dict[str, Any]:
    """What did arrive, in the same shape; the names that were given only."""
    if form.kind != "crowd" or (posted and "taskAnswers" not in dict(posted)):
        found: dict[str, list[str]] = defaultdict(list)
        for name, value in posted:
            if name in given and (value or form.kind != "question_form"):
                found[name].append(value)
        return {name: sorted(values) for name, values in found.items()}
    (said,) = json.loads(dict(posted).get("taskAnswers", "[{}]"))
    return {name: value for name, value in said.items() if name in given}


def flattened(said: dict[str, Any]) -> dict[str, list[str]]:
    """What a Crowd form gives with answer-format=flatten-objects."""
    found = {}
    for name, value in said.items():
        if isinstance(value, dict):
            leaves = {key: _plain(one) for key, one in value.items()}
            found.update({f"{name}.{key}": [one] for key, one in leaves.items()})
        else:
            found[name] = [_plain(value)]
    return found


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def work(stage: Stage, inside: Shown, form: Form) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fill and submit a frame: what must arrive, and what did.

    Where the page's own button does nothing (its scripts are from elsewhere, where no test goes),
    it is submitted as such scripts do it. A page of another site's is OUTSIDE_PAGE.
    """
    if form.kind == "external":
        return _work_outside(stage, inside)
    given = fill(inside, wanted(form))
    submit(inside)
    posted = stage.posted(seconds=2)
    if not posted and form.kind == "html":
        inside.evaluate(_SUBMIT_BY_SCRIPT)
        posted = stage.posted(seconds=2)
    must = expected(form, given)
    if form.kind == "crowd" and posted and "taskAnswers" not in dict(posted):
        must = flattened(must)
        return must, {name: [value] for name, value in posted if name in must}
    return must, arrived(form, posted, given)


def _work_outside(stage: Stage, inside: Shown) -> tuple[dict[str, Any], dict[str, Any]]:
    inside.fill("[name=code]", "K 7 é")
    inside.click("button")
    posted = stage.posted(seconds=2)
    did = {name: [value] for name, value in posted if name != "assignmentId"}
    return {"code": ["K 7 é"]}, did
