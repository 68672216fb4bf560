"""A HIT of each kind that becomes something of its own in Label Studio, and a worker's answer.

What a result must say stands here by hand, in MTurk's own units: pixels, UTF-16 offsets, values of
choices.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from mturk_exodus.demo import markup as m
from mturk_exodus.demo.answers import FreeText, Selected, Uploaded
from tests.adapters.label_studio.drawn import MASKS, REGIONS
from tests.adapters.label_studio.kind import LABELS, STREET, Kind, crowd, html

_RADIO = "".join(
    f"<label><input type=radio name=a value='{value}'>{caption}</label>"
    for value, caption in {"y": "Yes", "n": "No & never", "true": "It is $true", "5": "y"}.items()
)
_BOXES = "".join(
    f"<label><input type=checkbox name=a value={value}>{caption}</label>"
    for value, caption in {"a": "Brand", "b": "Size", "c": "Colour"}.items()
)
_SELECT = "<select name=a><option value=''>choose<option value=1>one<option value=2>two</select>"
_TEXT = "¿qué? 那 \U0001f6b2\U0001f468\u200d\U0001f469\u200d\U0001f467 <b>&amp;</b> $a {{b}}"
_LINES = " first\r\n\tsecond, with \U0001d538\n\nlast "

PLAIN = [
    html("radio", _RADIO, "n", "n", "No & never"),
    html("radio whose value is `true`", _RADIO, "true", "true", "It is $true"),
    html("radio whose caption is another's value", _RADIO, "5", "5", "y (5)"),
    Kind(
        "checkboxes",
        m.html_form(_BOXES),
        [FreeText("a", "a|c")],
        {"a": ["a", "c"]},
        ["Brand", "Colour"],
    ),
    html("select", _SELECT, "2", "2", "two"),
    html("text", "<input type=text name=a>", _TEXT, _TEXT, _TEXT),
    html("textarea", "<textarea name=a rows=5></textarea>", _LINES, _LINES, _LINES),
    html("number", "<input type=number name=a min=0 max=24 step=0.5>", "6.5", 6.5, "6.5"),
    html("number below zero", "<input type=number name=a>", "-0.1", -0.1, "-0.1"),
    html("number that is zero", "<input type=number name=a>", "0", 0, "0"),
    html("slider", "<input type=range name=a min=1 max=9 step=0.1>", "7.3", 7.3, "7.3"),
    html("slider at zero", "<input type=range name=a min=0 max=9>", "0", 0, "0"),
    html("date", "<input type=date name=a>", "2024-02-29", "2024-02-29", "2024-02-29"),
    html("month as text", "<input type=month name=a>", "2024-02", "2024-02", "2024-02"),
    html("hidden as text", "<input type=hidden name=a>", '[{"x":1}]', '[{"x":1}]', '[{"x":1}]'),
]

_CATEGORIES = escape(json.dumps(["cat", "no cat", "n/a"]))
_SHOWN = f'<classification-target><img src="{STREET}"> Which?</classification-target>'


def _classifier(name: str, said: dict[str, Any], chosen: list[str]) -> Kind:
    source = f'src="{STREET}"' if "image" in name else ""
    target = "" if "image" in name else _SHOWN
    element = f'<crowd-{name} name="a" {source} categories="{_CATEGORIES}">{target}</crowd-{name}>'
    return crowd(name, element, said, chosen, *chosen)


CLASSIFIERS = [
    _classifier("classifier", {"label": "no cat"}, ["no cat"]),
    _classifier("classifier-multi-select", {"labels": ["cat", "n/a"]}, ["cat", "n/a"]),
    _classifier("image-classifier", {"label": "cat"}, ["cat"]),
    _classifier("image-classifier-multi-select", {"labels": ["cat", "no cat"]}, ["cat", "no cat"]),
]


_SENTENCE = (
    "\U0001f6b2 Ada  met Émile\n\U0001f468\u200d\U0001f469\u200d\U0001f467 in 東京 & <b>Oslo</b>"
    " \U0001d538\U00020000 on 3 May"
)
_NAMES = (
    *("Ada", "Émile", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "東京", "<b>Oslo</b>"),
    *("\U00020000", "3 May"),
)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _entity(name: str) -> dict[str, Any]:
    start = _units(_SENTENCE[: _SENTENCE.index(name)])
    return {"startOffset": start, "endOffset": start + _units(name), "label": "cat"}


SPANS = [
    crowd(
        "entity-annotation",
        f'<crowd-entity-annotation name="a" text="{escape(_SENTENCE)}"'
        f' labels="{escape(json.dumps(LABELS))}"></crowd-entity-annotation>',
        {"entities": [_entity(one) for one in _NAMES]},
        [_entity(one) for one in _NAMES],
        *_NAMES,
        text=_SENTENCE,
    )
]

_RANKED = {"text1": 2, "text2": 1}
_FILE = '{"UploadedFileKey":"3KEY/notes","UploadedFileSizeInBytes":3}'

AS_TEXT = [
    crowd(
        "text-ranking",
        '<crowd-text-ranking name=a responses=\'["x","y"]\' text=About'
        ' ordinal-ranking-dimensions=\'[{"name":"Clear"}]\'></crowd-text-ranking>',
        _RANKED,
        [json.dumps(_RANKED, separators=(",", ":"))],
        json.dumps(_RANKED, separators=(",", ":")),
    ),
    Kind(
        "ranking by hidden inputs",
        m.html_form("<ol><li>x<li>y</ol><input type=hidden name=a>"),
        [FreeText("a", "y,x")],
        {"a": ["y,x"]},
        ["y,x"],
    ),
    Kind(
        "no control asks for it",
        m.html_form("<input name=a><input name=b>"),
        [FreeText("a", "asked"), FreeText("made by a script", "not asked")],
        {"a": ["asked"], "mturk_rest": ['{"made by a script":["not asked"]}']},
        ["asked", '{"made by a script":["not asked"]}'],
    ),
    Kind(
        "a number that is none",
        m.html_form("<input type=number name=a><input name=b><input name=c>"),
        [FreeText("a", "about 7"), FreeText("b", "yes")],
        {"b": ["yes"], "mturk_rest": ['{"a":["about 7"]}']},
        ["yes", "", '{"a":["about 7"]}'],
    ),
    Kind(
        "a choice that is none",
        m.html_form(f"{_RADIO}<input name=b>"),
        [FreeText("a", "zz")],
        {"mturk_rest": ['{"a":["zz"]}']},
        ['{"a":["zz"]}'],
    ),
]

_FORM = m.question_form(
    "2005-10-01",
    m.question(
        "pace",
        m.text("Text", "How fast?"),
        m.selection("radiobutton", m.plain({"slow": "Slowly", "fast": "Fast"})),
    ),
    m.question(
        "scripts",
        m.text("Text", "Which scripts?"),
        m.selection("checkbox", m.plain({"la": "Latin", "cy": "Cyrillic"}), most=3, other=True),
    ),
    m.question("age", m.text("Text", "Age"), m.free_text('<IsNumeric minValue="18"/>')),
    m.question(
        "notes",
        m.text("Text", "Notes"),
        m.element("FileUploadAnswer", m.text("MaxFileSizeInBytes", 9)),
    ),
)

SMALL = """<crowd-checkbox name="heard">I listened</crowd-checkbox>
<crowd-checkbox name="faults" value="echo">echo</crowd-checkbox>
<crowd-checkbox name="faults" value="music">music</crowd-checkbox>
<crowd-radio-group><crowd-radio-button name="voice" value="child">a child</crowd-radio-button>
<crowd-radio-button name="voice" value="adult">an adult</crowd-radio-button></crowd-radio-group>
<crowd-toggle-button name="loud">loud</crowd-toggle-button>
<crowd-slider name="clarity" min="0" max="10" step="1"></crowd-slider>
<crowd-input name="words" label="First words"></crowd-input>
<crowd-text-area name="remarks" rows="4"></crowd-text-area>"""

SMALL_GIVEN: dict[str, Any] = {
    "heard": {"on": True},
    "faults": {"echo": True, "music": True},
    "voice": {"child": False, "adult": True},
    "loud": {"on": False},
    "clarity": 0,
    "words": "那 我们",
    "remarks": "one\ntwo",
}
SMALL_RESULTS: dict[str, list[Any]] = {
    "heard": ["on"],
    "faults": ["echo", "music"],
    "voice": ["adult"],
    "clarity": [0],
    "words": ["那 我们"],
    "remarks": ["one\ntwo"],
}

SEVERAL = [
    Kind(
        "a QuestionForm",
        _FORM,
        [
            Selected("pace", ("fast",)),
            Selected("scripts", ("la", "cy"), other="ქართული"),
            FreeText("age", "44"),
            Uploaded("notes", b"not", "3KEY/notes"),
        ],
        {
            "pace": ["fast"],
            "scripts": ["la", "cy"],
            "scripts_other": ["ქართული"],
            "age": [44],
            "notes": [_FILE],
        },
        ["Fast", "Latin", "Cyrillic", "ქართული", "44", _FILE],
    ),
    Kind(
        "small Crowd elements",
        m.crowd_form(SMALL),
        [FreeText("taskAnswers", json.dumps([SMALL_GIVEN]))],
        SMALL_RESULTS,
        ["I listened", "echo", "music", "an adult", "0", "那 我们", "one\ntwo"],
    ),
]

KINDS = [*PLAIN, *CLASSIFIERS, *REGIONS, *MASKS, *SPANS, *AS_TEXT, *SEVERAL]
