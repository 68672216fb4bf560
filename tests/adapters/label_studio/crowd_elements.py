"""One HIT with every Crowd HTML Element that answers, and an answer to all of it.

Output shapes: Amazon SageMaker developer guide, Crowd HTML Elements reference.
"""

from __future__ import annotations

import json
from typing import Any

from mturk_exodus.demo import markup as m
from mturk_exodus.demo.answers import FreeText
from tests.adapters.label_studio.drawn import MASKS, REGIONS
from tests.adapters.label_studio.kind import Kind
from tests.adapters.label_studio.kinds import (
    CLASSIFIERS,
    SMALL,
    SMALL_GIVEN,
    SMALL_RESULTS,
    SPANS,
)

_OTHERS = """<crowd-rekognition-detect-moderation-labels src="{media}/street-1200x800.png"
 categories="[{'name': 'Nudity', 'parentName': ''}]"></crowd-rekognition-detect-moderation-labels>
<crowd-textract-analyze-document src="{media}/street-1200x800.png" keys="['Name']"
></crowd-textract-analyze-document>
<crowd-text-ranking name="ranked" responses="['x', 'y']" text="About"
 ordinal-ranking-dimensions="[{'name': 'Clear'}]"></crowd-text-ranking>
<crowd-question-answer-generation name="pairs" question-tags="['who']"
></crowd-question-answer-generation><crowd-input name="empty"></crowd-input>"""
_MODERATION = "AWS/Rekognition/DetectModerationLabels/Image/V3"
_TEXTRACT = "AWS/Textract/AnalyzeDocument/Forms/V1"
_GIVEN: dict[str, Any] = {
    _MODERATION: {"ModerationLabels": [{"name": "Nudity", "parentName": ""}]},
    _TEXTRACT: {"blocks": [{"blockType": "KEY_VALUE_SET", "id": "b1", "text": "Name"}]},
    "ranked": {"text1": 2, "text2": 1},
    "pairs": [{"question": "Who?", "answer": "\U0001f467", "tags": ["who"]}],
}


def _json(said: Any) -> str:  # noqa: ANN401 - whatever JSON can say
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _together() -> Kind:
    parts, given, results = [SMALL, _OTHERS], {**SMALL_GIVEN, **_GIVEN}, {**SMALL_RESULTS}
    for kind in (*CLASSIFIERS, *REGIONS, *MASKS, *SPANS):
        name = kind.name.replace("-", "_")
        element = kind.question.partition("<crowd-form>")[2].partition("</crowd-form>")[0]
        parts.append(element.replace('name="a"', f'name="{name}"'))
        (text,) = (one.text for one in kind.given if isinstance(one, FreeText))
        given[name] = json.loads(text)[0]["a"]
        results[name] = kind.results["a"]
    answer = [FreeText("taskAnswers", _json([given]))]
    return Kind(
        "every Crowd element",
        m.crowd_form("".join(parts)),
        answer,
        {**results, **_AS_TEXT},
        text=SPANS[0].text,
    )


_AS_TEXT: dict[str, list[Any]] = {
    "AWS_Textract_AnalyzeDocument_Forms_V1": [_json(_GIVEN[_TEXTRACT])],
    "ranked": [_json(_GIVEN["ranked"])],
    "pairs": [_json(_GIVEN["pairs"])],
    "mturk_rest": [_json({_MODERATION: [_json(_GIVEN[_MODERATION])]})],
}

EVERY_ELEMENT = _together()
