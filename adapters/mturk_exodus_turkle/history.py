"""What was done before: a line for each HIT, for the server's own side to load.

Turkle's API makes no finished work. `mturk_exodus_turkle_site`, installed there, reads these lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from mturk_exodus.questions.answering import answers
from mturk_exodus.questions.answering.answer_xml import UnreadableAnswer
from mturk_exodus.records import Assignment
from mturk_exodus.replay.adapter import JSON, RecordReader
from mturk_exodus_turkle.mapping.places import Places
from mturk_exodus_turkle.mapping.texts import marker, sound_all
from mturk_exodus_turkle.mapping.workers import Workers

COMMAND = "python manage.py load_mturk_history"


def history(archive: RecordReader, *, workers: str, opened: str) -> Iterator[JSON]:
    """The lines; none if nothing was done. Arguments as `planning.plan`."""
    names = Workers(archive, workers == "plain")
    head = {"format": "mturk-exodus history", "version": 1, "archive_id": archive.archive_id}
    places = Places(archive, opened)
    done = (
        one
        for hit_type_id in archive.hit_types()
        for one in places.of(hit_type_id)
        if one.task.assignments
    )
    for number, one in enumerate(done):
        if not number:
            yield head
        yield {
            "project": marker(archive.archive_id, "project", one.place.project),
            "batch": marker(archive.archive_id, "batch", one.place.batch),
            "hit_id": one.task.hit.hit_id,
            "open": one.place.wanted,
            "assignments": [_assignment(each, names) for each in one.task.assignments],
        }


def _assignment(one: Assignment, names: Workers) -> JSON:
    return {
        "assignment_id": one.assignment_id,
        "worker": None if one.worker_id is None else names.name(one.worker_id),
        "accept_time": one.accept_time,
        "submit_time": one.submit_time,
        "answers": sound_all(answers_of(one)),
    }


def answers_of(one: Assignment) -> dict[str, str]:
    """What was answered, by name, as Turkle's form would have sent it. What cannot be read is there
    as it is.
    """
    if one.answer is None:
        return {}
    try:
        said = answers.read(one.answer)
    except UnreadableAnswer:
        return {"mturk_answer": one.answer}
    found: dict[str, list[str]] = {}
    for each in said:
        texts = [each.free_text, *each.selection_identifiers, each.other_selection_text]
        texts.append(each.uploaded_file_key)
        some = found.setdefault(each.question_identifier, [])
        some.extend(text for text in texts if text is not None)
    return {name: "|".join(texts) for name, texts in found.items()}
