"""Question files and page templates: each becomes the Question of a HIT, or a test's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from mturk_exodus.demo.account import WireRecord
from tests.real.assembly import Assembly, invented_id

HTML_QUESTION = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"
)
_UKP = "questions/UKPLab__argument-reasoning-comprehension-task__"
_TESTS = {
    f"{_UKP}{name}-qualification": (f"{_UKP}{name}-qualification{test}.xml", f"{_UKP}{key}.xml")
    for name, test, key in (
        ("original-warrant", ".question", "original-warrant-qualification.answer"),
        ("task-validation", ".question", "task-validation-qualification.answer"),
        ("warrant1", ".question", "warrant1-qualification.answer"),
    )
} | {
    "questions/microsoft__P.808": (
        "questions/microsoft__P.808__qualification.xml",
        "questions/microsoft__P.808__answer_key.xml",
    ),
}
"""Qualification tests with their keys."""

_KEYS_ALONE = (
    f"{_UKP}reason-gist-qualification.answer.xml",
    "questions/allenai__amti__answerkey.xml",
)
_COMPANIONS = {
    ".input": "values for a template's variables, of which MTurk keeps no record",
    ".success": "names HITs by their ids and says nothing else of them",
    ".properties": "settings of the command line tools; MTurk saw them as a HIT type",
}
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def add_questions(assembly: Assembly) -> None:
    """Each question file a HIT that nobody has worked on yet, whatever is wrong with it."""
    used = _add_tests(assembly)
    for file in assembly.files("questions"):
        reason = next((why for end, why in _COMPANIONS.items() if file.endswith(end)), None)
        if reason:
            assembly.left_out[file] = reason
        elif file not in used:
            assembly.add_hit(file, _unanswered(file, assembly.text(file)), [])


def add_templates(assembly: Assembly) -> None:
    """Each page the HTMLQuestion of a HIT, with its variables as they stand."""
    for file in assembly.files("templates"):
        assembly.add_hit(file, _unanswered(file, html_question(assembly.text(file))), [])


def html_question(page: str) -> str:
    """A page as MTurk wants it sent."""
    content = page.replace("]]>", "]]]]><![CDATA[>")
    return (
        f'<HTMLQuestion xmlns="{HTML_QUESTION}"><HTMLContent><![CDATA[{content}]]></HTMLContent>'
        "<FrameHeight>0</FrameHeight></HTMLQuestion>"
    )


class Questions:
    """What the HITs of a results file asked, where the question lies beside it."""

    def __init__(self, assembly: Assembly) -> None:
        self._read = cache(assembly.text)
        self._here = {*assembly.files("questions", "templates")}

    def of(self, file: str, values: Mapping[str, str]) -> str | None:
        """The question of a HIT; MTurk puts the variables of a page in when the HIT is made."""
        name = file.partition("/")[2]
        task = name.removesuffix(".output.csv").removesuffix(".results")
        for question in (f"questions/{task}.question.xml", f"questions/{task}.question"):
            if question in self._here:
                return self._read(question)
        template = f"templates/{name.removesuffix('batch.csv')}template.html"
        if template not in self._here:
            return None
        page = self._read(template)
        return html_question(_VARIABLE.sub(lambda found: values.get(found[1], found[0]), page))


def _unanswered(file: str, question: str) -> WireRecord:
    return {
        "HITId": invented_id("HIT", file),
        "Title": file.rpartition("/")[2],
        "Question": question,
    }


def _add_tests(assembly: Assembly) -> set[str]:
    used: set[str] = set()
    tests = {**_TESTS, **{key.removesuffix(".xml"): ("", key) for key in _KEYS_ALONE}}
    for name, files in tests.items():
        record: WireRecord = {
            "QualificationTypeId": invented_id("qualification type", name),
            "Name": name.rpartition("/")[2],
            "QualificationTypeStatus": "Active",
            "IsRequestable": True,
        }
        for member, file in zip(("Test", "AnswerKey"), files, strict=True):
            if file:
                record[member] = assembly.text(file)
                assembly.made[file][f"{member} of a qualification type"] += 1
                used.add(file)
        assembly.made[files[1]]["qualification types"] += 1
        assembly.account.qualification_types[record["QualificationTypeId"]] = record
    return used
