from __future__ import annotations

import pytest

from mturk_exodus.questions.form import Choice, Field, Form, Shown
from mturk_exodus.questions.pages.html_form import read
from mturk_exodus.questions.pages.page import LONGEST_LABEL


def only(page: str) -> Field:
    (field,) = read(page).fields
    return field


def names(page: str) -> list[str]:
    return [field.name for field in read(page).fields]


def why(page: str) -> dict[str, str]:
    return {one.what: one.why for one in read(page).not_understood}


def labels(field: Field) -> list[tuple[str, str | None]]:
    return [(choice.value, choice.label) for choice in field.choices]


def test_radio_buttons_of_one_name_are_one_field() -> None:
    page = """<p>How good is it?</p>
        <input type="radio" name="good" value="1" required> Good<br>
        <input type="radio" name="good" value="0" checked> Bad"""
    assert only(page) == Field(
        name="good",
        kind="single_choice",
        element="input type=radio",
        label="How good is it?",
        choices=(Choice("1", "Good"), Choice("0", "Bad", chosen=True)),
        required=True,
    )


def test_radio_buttons_of_two_forms_are_two_fields() -> None:
    page = """<form id="a"><input type=radio name=q value=1></form>
        <form><input type=radio name=q value=2><input type=radio name=q value=3 form=a></form>
        <input type=radio name=q value=4 form=none>"""
    assert [labels(field) for field in read(page).fields] == [
        [("1", None), ("3", None)],
        [("2", None)],
        [("4", None)],
    ]


def test_a_form_in_a_form_is_none() -> None:
    page = """<form><input type=radio name=q value=1><form><input type=radio name=q value=2></form>
        </form>"""
    assert [choice.value for choice in only(page).choices] == ["1", "2"]


def test_a_form_that_a_table_tears_apart_keeps_its_fields() -> None:
    page = """<table><form><tr><td><input type=radio name=q value=1></td></tr>
        <tr><td><input type=radio name=q value=2></td></tr></form></table>
        <form><input type=radio name=q value=3></form>"""
    assert [len(field.choices) for field in read(page).fields] == [2, 1]


def test_a_form_goes_on_behind_a_div_too_many_until_it_ends() -> None:
    page = """<div><form><input type=radio name=q value=1></div></div>
        <p><input type=radio name=q value=2></p></form><!-- </form> -->
        <input type=radio name=q value='</form>'><textarea name=t></form></textarea>"""
    one, other, text = read(page).fields
    assert [choice.value for choice in one.choices] == ["1", "2"]
    assert [choice.value for choice in other.choices] == ["</form>"]
    assert text.default == "</form>"


def test_checkboxes_of_one_name_are_one_field_and_are_on_by_default() -> None:
    page = (
        "<p>Which?</p><input type=checkbox name=c checked>a <input type=checkbox name=c value=b>b"
    )
    assert only(page).kind == "multiple_choice"
    assert only(page).label == "Which?"
    assert only(page).choices == (Choice("on", "a", chosen=True), Choice("b", "b"))


@pytest.mark.parametrize(
    "page",
    [
        "<label for=x>Name</label><p>Other</p><input id=x name=n>",
        "<label>Name <input name=n></label>",
        "<label> <b>Na</b>me <input name=n></label>",
        "<input name=n aria-label=Name><label>Other</label>",
        "<p id=x>Name</p><p>Other</p><input name=n aria-labelledby='x none'>",
        "<input name=n title=Name>",
        "<fieldset><legend>Name</legend><p>Other</p><input name=n></fieldset>",
        "<p>Other</p><div>Name</div><input name=n>",
        "Other<br>Name <input name=n> Behind",
        "<input name=n placeholder=Name>",
        "<table><tr><td>Name</td><td><input name=n></td></tr></table>",
        "<label>Name <select name=n><option>a</select></label>",
        "<label for=x>Name</label><textarea id=x name=n>a</textarea>",
        "<label for=x><img alt=Name src=x></label><input id=x name=n>",
    ],
)
def test_a_field_is_labelled(page: str) -> None:
    assert only(page).label == "Name"


def test_a_text_is_not_the_label_of_two_fields() -> None:
    assert [one.label for one in read("<p>A</p><input name=a><input name=b>").fields] == ["A", None]


def test_the_label_of_a_choice_is_not_that_of_the_next_field() -> None:
    page = "Sure?<br><input type=radio name=a value=1> Yes<br><textarea name=b></textarea>"
    assert [one.label for one in read(page).fields] == ["Sure?", None]


@pytest.mark.parametrize(
    "page",
    [
        "<input type=radio name=q value=y> Yes <input type=radio name=q value=n> No",
        "Yes <input type=radio name=q value=y> No <input type=radio name=q value=n>",
        "<label><input type=radio name=q value=y>Yes</label>"
        "<label><input type=radio name=q value=n>No",
        "<input id=y type=radio name=q value=y><input type=radio name=q value=n id=n>"
        "<label for=n>No</label><label for=y>Yes</label>",
        "<p><input type=radio name=q value=y><b>Yes</b></p><p><input type=radio name=q value=n>No",
    ],
)
def test_a_choice_is_labelled(page: str) -> None:
    assert labels(only(page)) == [("y", "Yes"), ("n", "No")]


def test_a_group_is_labelled_by_its_role() -> None:
    page = """<h2 id=h>How?</h2><div role=radiogroup aria-labelledby=h>
        <p>Between</p><input type=radio name=q value=1>One</div>"""
    assert only(page).label == "How?"


def test_a_label_is_not_longer_than_it_may_be() -> None:
    label = only(f"<label>{'x ' * LONGEST_LABEL}<input name=a></label>").label
    assert label is not None
    assert (len(label), label[-1]) == (LONGEST_LABEL, "…")


def test_a_select_has_its_options() -> None:
    page = """<select name=s required><option value="" disabled>choose</option>
        <option> A <!-- x --> b </option>
        <optgroup label=Group><option value=c>C<option value=d label=Dee>D</optgroup>
        <optgroup label=Shut disabled><option>e</optgroup></select>"""
    field = only(page)
    assert (field.kind, field.element, field.required) == ("single_choice", "select", True)
    assert field.choices == (
        Choice("A b", "A b", chosen=True),
        Choice("c", "Group: C"),
        Choice("d", "Group: Dee"),
    )


def test_a_select_may_take_several() -> None:
    field = only("<select name=s multiple><option selected>a<option>b<option selected>c</select>")
    assert (field.kind, field.element) == ("multiple_choice", "select multiple")
    assert [choice.chosen for choice in field.choices] == [True, False, True]


@pytest.mark.parametrize(
    ("control", "kind", "constraints"),
    [
        ("<input name=x>", "text", {}),
        ("<input name=x type=madeup>", "text", {}),
        (
            "<input name=x minlength=2 maxlength=9 pattern='[a-z]+'>",
            "text",
            {"min_length": 2, "max_length": 9, "pattern": "[a-z]+"},
        ),
        ("<input name=x type=EMAIL>", "text", {"format": "email"}),
        ("<input name=x type=url>", "text", {"format": "url"}),
        ("<input name=x type=color>", "text", {"format": "color"}),
        (
            "<input name=x type=number min=-1 max=2.5 step=0.5>",
            "number",
            {"min": -1, "max": 2.5, "step": 0.5},
        ),
        ("<input name=x type=number min=${low} step=any max=nan>", "number", {}),
        ("<input name=x type=range>", "slider", {"min": 0, "max": 100}),
        ("<input name=x type=range min=1 max=5 step=1>", "slider", {"min": 1, "max": 5, "step": 1}),
        (
            "<input name=x type=date min=2020-02-01>",
            "date",
            {"min": "2020-02-01", "format": "date"},
        ),
        ("<input name=x type=datetime-local>", "date", {"format": "datetime-local"}),
        ("<input name=x type=month>", "date", {"format": "month"}),
        ("<input name=x type=week>", "date", {"format": "week"}),
        ("<input name=x type=time step=60>", "date", {"step": 60, "format": "time"}),
        (
            "<input name=x type=file accept='image/*'>",
            "file",
            {"accept": "image/*", "max_selections": 1},
        ),
        ("<input name=x type=file multiple>", "file", {}),
        ("<input name=x type=hidden>", "hidden", {}),
        (
            "<textarea name=x rows=4 maxlength=80></textarea>",
            "text",
            {"lines": 4, "max_length": 80},
        ),
        ("<button name=x>Go</button>", "button", {}),
        ("<input type=submit name=x>", "button", {}),
    ],
)
def test_a_control_is_of_a_kind(control: str, kind: str, constraints: dict[str, object]) -> None:
    field = only(control)
    assert (field.kind, dict(field.constraints)) == (kind, constraints)


def test_a_picture_to_press_sends_where_that_was() -> None:
    page = "<input type=image name=go alt=Go value=1 src=i>"
    assert [(one.name, one.kind, one.label, one.default) for one in read(page).fields] == [
        ("go.x", "button", "Go", None),
        ("go.y", "button", "Go", None),
    ]


def test_a_direction_is_sent_beside_a_text() -> None:
    page = "<textarea name=a dirname=a.dir></textarea><input name=b dirname=''>"
    page += "<input type=number name=c dirname=d>"
    assert [(one.name, one.kind) for one in read(page).fields] == [
        ("a", "text"),
        ("a.dir", "hidden"),
        ("b", "text"),
        ("c", "number"),
    ]


@pytest.mark.parametrize(
    ("control", "default"),
    [
        ("<input name=x value=' a '>", " a "),
        ("<input name=x value=''>", None),
        ("<input name=x type=range>", "50"),
        ("<input name=x type=range min=1 max=4>", "3"),
        ("<input name=x type=range min=4 max=1>", "4"),
        ("<input name=x type=range value=7>", "7"),
        ("<input name=x type=range value=${v}>", "${v}"),
        ("<textarea name=x>\na\n b</textarea> behind", "a\n b"),
        ("<input name=x type=file value=a>", None),
        ("<button name=x value=1>Go</button>", "1"),
    ],
)
def test_a_control_holds_something_before(control: str, default: str | None) -> None:
    assert only(control).default == default


@pytest.mark.parametrize(
    ("page", "what", "reason"),
    [
        ("<input id=a>", "input type=text id=a", "has no name"),
        ("<input name=''>", "input type=text", "has no name"),
        ("<input name=a disabled>", "input type=text name=a", "is disabled"),
        (
            "<fieldset disabled><p><select name=a></select></fieldset>",
            "select name=a",
            "is disabled",
        ),
        ("<button type=button name=a>", "button type=button name=a", "sends nothing"),
        ("<button type=button>Play</button>", "button type=button", "a script says what it does"),
        ("<input type=reset name=a>", "input type=reset name=a", "sends nothing"),
        ("<input type=image src=a>", "input type=image", "x and y"),
        ("<div contenteditable id=a></div>", "div id=a contenteditable", "script"),
        ("<iframe src=a></iframe>", "iframe src=a", "another page"),
        ("<canvas id=a></canvas>", "canvas id=a", "a script draws it"),
        ("<object data=a></object>", "object", "not HTML"),
        ("<my-widget name=a></my-widget>", "my-widget", "a script's own"),
        ("<template><input name=a></template>", "template with input", "a script may"),
        ("<script>document.createElement( 'INPUT')</script>", "script with input", "may make"),
        ("<script>x.innerHTML = '<select name=a>'</script>", "script with select", "may make"),
        (
            "<script>x.append(`<crowd-input name=a>`)</script>",
            "script with crowd-input",
            "may make",
        ),
        ("<script>document.write(a)</script>", "script with document.write", "may make"),
    ],
)
def test_what_is_no_field_is_said(page: str, what: str, reason: str) -> None:
    assert read(page).fields == ()
    assert list(why(page)) == [what]
    assert reason in why(page)[what]


@pytest.mark.parametrize(
    "page",
    [
        "<button>Submit</button><input type=submit>",
        "<noscript><input name=a></noscript>",
        "<!-- <input name=a> -->",
        "<title><input name=a></title>",
        "<svg><input name=a></svg>",
        "<datalist><select name=a></select></datalist>",
        "<p contenteditable=false></p>",
        "<style>input</style>",
    ],
)
def test_what_asks_nothing_is_not_mentioned(page: str) -> None:
    assert (read(page).fields, read(page).not_understood) == ((), ())


def test_what_disables_a_fieldset_does_not_disable_its_legend() -> None:
    page = """<fieldset disabled><legend><input name=a></legend>
        <legend><input name=b></legend><input name=c></fieldset><input name=d>"""
    assert names(page) == ["a", "d"]


def test_fields_are_in_the_order_of_the_page_whatever_is_broken() -> None:
    page = """<p><form><div><input name=a></form><table><input name=b><tr><td><input name=c>
        <select name=d><option><input name=e>"""
    assert sorted(names(page)) == ["a", "b", "c", "d", "e"]


def test_what_is_shown_is_shown_in_order() -> None:
    page = """<title>A  page</title><style>no</style><h1>One
        two</h1><p>Three</p><img src=i.png alt=Pic><audio><source src=a.mp3></audio><video src=v>
        </video><iframe src=f></iframe><p>See <a href=l>this</a>, <a href='#'>not</a> that
        <label>Name<input name=n></label><script>no</script>"""
    form = read(page)
    assert form.title == "A page"
    assert form.shows == (
        Shown("text", "One two\nThree"),
        Shown("image", "i.png", "Pic"),
        Shown("audio", "a.mp3"),
        Shown("video", "v"),
        Shown("frame", "f"),
        Shown("text", "See"),
        Shown("link", "l", "this"),
        Shown("text", ", not that"),
    )


def test_scripts_are_told_of() -> None:
    form = read("<script src=a.js></script><script src=a.js></script><script src=b.js></script>")
    assert (form.scripts, form.has_inline_script) == (("a.js", "b.js"), False)
    assert read("<script>1</script>").has_inline_script
    assert read("<p onclick=go()>").has_inline_script


def test_placeholders_are_variables() -> None:
    page = """<p>${text} {{ task.input.a | escape }} {{task.input.b}} {{ "x" }}</p><img src="${u}">
        <script>var a = `${mine} ${text}`; var b = "${theirs}"</script>
        {% assign c = 1 %}{{ c }}
        {% for d in task.input.many %}{{ d.x }}{{ forloop.index }}{% endfor %}"""
    assert set(read(page).variables) == {
        *("text", "u", "theirs"),
        *("task.input.a", "task.input.b", "task.input.many"),
    }


def test_a_field_that_liquid_repeats_is_found_once() -> None:
    page = """<table>{% for x in task.input.l %}<tr><td><input name="a{{ x }}"></td></tr>
        {% endfor %}</table>{% if task.input.b %}<input name=b>{% endif %}<input name=c>"""
    assert names(page) == ["a{{ x }}", "b", "c"]
    assert why(page) == {
        "input type=text a{{ x }}": "is repeated by the template (Liquid)",
        "input type=text b": "is there on a condition of the template (Liquid)",
    }


@pytest.mark.parametrize(
    "page",
    [
        "<p>{% if a < b %}Your{% endif %} {{ name }}</p><input name=n>",
        "<label>{%- assign x = 1 -%}Your {{ name }}<input name=n></label>",
        "<input name=n aria-label='{% if a %}Your {{ name }}{% endif %}'>",
        "<input name=n placeholder='Your {% if a %}{{ name }}{% endif %}'>",
    ],
)
def test_tags_of_liquid_are_not_read_by_people(page: str) -> None:
    assert only(page).label == "Your {{ name }}"


def test_tags_of_liquid_are_not_shown() -> None:
    page = "{% for x in y %}<p>${a} {{ x }} 5 %</p>{% endfor %}<select name=s>{% if a %}"
    form = read(page + "<option label='{% if b %}B'>{% if b %}A{% endif %}</select>")
    assert form.shows == (Shown("text", "${a} {{ x }} 5 %"),)
    assert form.fields[0].choices == (Choice("A", "B", chosen=True),)


def test_a_page_is_a_form_of_html() -> None:
    assert read("") == Form(kind="html")
    assert read("<p>crowd-form</p>").kind == "html"
