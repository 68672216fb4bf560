"""Which files are taken for dumps of API replies, and which are left to others."""

from __future__ import annotations

import pickle
from io import BytesIO

import pytest

from mturk_exodus.sources.api_dump import APIDump
from mturk_exodus.sources.files import SourceFile

TAKEN = {
    "a reply": '{"HITs": [{"HITId": "3A"}]}',
    "an empty reply": '{"NumResults": 0, "HITs": []}',
    "lines": '{"AssignmentId": "3A", "WorkerId": "A1"}\n{"AssignmentId": "3B", "WorkerId": "A1"}',
    "what Python prints": "{'HIT': {'HITId': '3A'}}",
    "what Python 2 prints": "{u'HIT': {u'HITId': u'3A'}}",
    "a Python file": "# all of them\n\nhits = [\n    {'HITId': '3A'},\n]\n",
    "blocks": '{"WorkerBlocks": []}',
    "a bare block": '[{"WorkerId": "A1", "Reason": "Spam"}]',
    "a qualification type": '{"QualificationTypeId": "3Q", "QualificationTypeStatus": "Active"}',
    "grants": '[{"QualificationTypeId": "3Q", "WorkerId": "A1"}]',
    "a balance": '{"AvailableBalance": "10000.00"}',
    "a long answer first": '{"Assignments": [{"AcceptTime": 1.5, "Answer": "' + "x" * 90_000,
    "old XML": '<?xml version="1.0"?>\n<!-- kept -->\n<SearchHITsResponse xmlns="u"><HIT/>',
    "an answer": "<QuestionFormAnswers><Answer/></QuestionFormAnswers>",
}

LEFT = {
    "nothing": "",
    "a table": "HITId,AssignmentId\n3A,3B\n",
    "a program": "import boto3\nhits = [{'HITId': '3A'}]\n",
    "a web page": "<html><script>var hit = {'HITId': '3A'}</script></html>",
    "a question": "<QuestionForm><Question/></QuestionForm>",
    "a code generator's settings": "<Configuration><Manager qName='QuestionFormAnswers'/>",
    "a setting of HITs": '{"Title": "T", "Reward": "0.05", "MaxAssignments": 3}',
    "required qualifications": '[{"QualificationTypeId": "3Q", "Comparator": "Exists"}]',
    "simple-amt's results": '{"assignment_id": "3A", "hit_id": "3H", "worker_id": "A1"}',
    "a message of SNS": '{"Type": "Notification", "Message": "{}", "HITId": "3A"}',
    "an event": '{"EventDocVersion": "2014-08-15", "Events": [{"HITId": "3A"}]}',
    "an old event": '{"Events": [{"EventType": "AssignmentReturned", "HITId": "3A"}]}',
    "Label Studio": '[{"id": 1, "annotations": [], "predictions": [], "data": {"HITId": "3A"}}]',
    "psiTurk's data": '{"assignmentId": "3A", "workerId": "A1", "hitId": "3H", "data": []}',
    "a text about HITs": 'The "HITId": "3A" is of yesterday',
}


def _file(content: bytes, name: str = "kept.json") -> SourceFile:
    return SourceFile(name, lambda: BytesIO(content))


@pytest.mark.parametrize("what", TAKEN)
def test_a_dump_is_claimed(what: str) -> None:
    assert APIDump().claims(_file(TAKEN[what].encode()))


@pytest.mark.parametrize("what", LEFT)
def test_what_is_not_a_dump_is_left_alone(what: str) -> None:
    assert APIDump().claims(_file(LEFT[what].encode())) is None


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_left_alone(protocol: int) -> None:
    pickled = pickle.dumps({"HITs": [{"HITId": "3A", "AssignmentId": "3B"}]}, protocol)

    assert APIDump().claims(_file(pickled)) is None


def test_what_amti_saved_is_left_to_its_own_source() -> None:
    content = b'{"HIT": {"HITId": "3A"}}'

    assert APIDump().claims(_file(content, "batch-1/results/hit-3A/hit.jsonl")) is None
    assert APIDump().claims(_file(content, "batch-1/hit.jsonl"))


def test_a_reason_names_members_and_nothing_that_they_say() -> None:
    claim = APIDump().claims(_file(b'[{"WorkerId": "ASOMEBODY", "Reason": "Spam"}]'))

    assert claim == "JSON with Reason and WorkerId"
