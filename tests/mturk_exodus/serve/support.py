"""An archive of hand-written records in odd notation, and a checker of replies."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import httpx
from botocore import xform_name
from botocore.config import Config
from botocore.model import ListShape, OperationModel, Shape, StructureShape

from mturk_exodus.archive import Archive, runs, uploads
from mturk_exodus.archive.tables import (
    ACCOUNT_BALANCES,
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    QUALIFICATION_REQUESTS,
    QUALIFICATION_TYPES,
    QUALIFICATIONS,
    REVIEW_REPORTS,
    WORKER_BLOCKS,
    Raw,
    Table,
)
from mturk_exodus.archive.writer import Origin, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mturk_exodus.records import Value

MODEL = botocore.session.get_session().get_service_model("mturk")
TARGET = "MTurkRequesterServiceV20170117"
PHOTO = b"\x89PNG\r\n\x00" * 300_000
HIT_COUNT = 23
WORKER_COUNT = 13
Client = Any


def hit_text(number: int) -> str:
    """No two are written alike; the order of the ids is not that of the rows."""
    requirement = (
        '{ "QualificationTypeId":"QT1","Comparator" :"Exists" }' if number % 4 == 0 else ""
    )
    status = ("Reviewable", "Reviewing", "Assignable")[number % 3]
    return (
        f'{{ "HITId":"H{99 - number}" ,"HITTypeId": "T{number % 2}",'
        f'"Title":"Gr\\u00f6\\u00DFe ☃ {number}","Reward":"0.50","HITStatus":"{status}",'
        f'"CreationTime":1.53177456{number % 10}E9,\n"Expiration" : 1531774562.123,'
        f'"MaxAssignments":3,"Question":"<x>\\/&amp;\\ud83d\\ude00😀</x>",'
        f'"QualificationRequirements":[{requirement}],  "NumberOfAssignmentsPending":0}}'
    )


def assignment_text(number: int) -> str:
    status = ("Submitted", "Approved", "Rejected")[number % 3]
    return (
        f'{{"WorkerId":"AW{number}", "AssignmentId":"S{50 - number}","HITId":"H99",'
        f'"AssignmentStatus":"{status}","SubmitTime":1531774562.0,"Answer":"<a>\\u0026#{number};é\\t</a>"}}'
    )


def qualification_text(number: int) -> str:
    status = "Revoked" if number % 5 == 0 else "Granted"
    value = '"LocaleValue":{"Country":"DE" }' if number == 1 else f'"IntegerValue":{number}'
    return (
        f'{{"QualificationTypeId":"QT1","WorkerId":"AW{99 - number}",'
        f'"GrantTime" :1.531774562E9,{value},"Status":"{status}"}}'
    )


BONUS = (
    '{"WorkerId":"AW1","BonusAmount":"1.00","AssignmentId":"S50",\n "Reason":"Dankesch\\u00f6n",'
    '"GrantTime":1.5E9}'
)
OTHER_BONUS = BONUS.replace("S50", "S49")
TYPES = (
    '{"QualificationTypeId":"QT1","Name":"ÜBUNG","CreationTime":1.4E9, "IsRequestable":true,'
    '"QualificationTypeStatus":"Active","Keywords":"a,b"}',
    '{ "QualificationTypeId":"QT0", "Name":"50% off","Description":"\\u00fcbung 2",'
    '"IsRequestable":false,"AutoGranted":false}',
)
REQUESTS = (
    '{"QualificationRequestId":"QR2","QualificationTypeId":"QT1","WorkerId":"AW5","SubmitTime":1.5E9}',
    '{"QualificationRequestId":"QR1", "QualificationTypeId":"QT0","WorkerId":"AW5","Answer":"\\n"}',
)
BLOCKS = ('{"WorkerId":"AW9","Reason":"sp\\u0061m" }', '{"WorkerId":"AW8"}')
REVIEWS = (
    '{"HITId":"H99","HITReviewPolicy":{"PolicyName":"SimplePlurality/2011-09-01"},'
    '"HITReviewReport":{"ReviewResults":[{"ActionId":"R1","Key":"k\\u0065y"}]} }\n',
    '{"HITId":"H99","HITReviewReport":{"ReviewActions":[{"ActionId":"X","CompleteTime":1.5E9}]}}',
    '{"HITId":"H99"}',
)
BALANCES = ('{"AvailableBalance":"1.00"}', '{"AvailableBalance" : "10000.00"}')


def build(path: Path) -> None:
    """An archive with something for every operation."""
    with Archive.create(path) as archive:
        for balance in BALANCES:
            with archive.transaction():
                run = runs.begin(archive, "test", {}, account="a", endpoint="e", pass_id=None)
                _put(archive, run, ACCOUNT_BALANCES, [balance], run_id=run.run_id)
        with archive.transaction():
            _fill(archive, run)
            uploads.store(archive, run, "S50", "phöto/1 %", io.BytesIO(PHOTO))
            uploads.store(archive, run, "S50", "empty", io.BytesIO())


def _fill(archive: Archive, run: runs.Run) -> None:
    _put(archive, run, HITS, map(hit_text, range(HIT_COUNT)))
    _put(archive, run, ASSIGNMENTS, map(assignment_text, range(WORKER_COUNT)), hit_id="H99")
    _put(archive, run, BONUS_PAYMENTS, [BONUS, OTHER_BONUS, BONUS], hit_id="H99", copy=0)
    _put(archive, run, QUALIFICATION_TYPES, TYPES)
    _put(archive, run, QUALIFICATIONS, map(qualification_text, range(WORKER_COUNT)))
    _put(archive, run, QUALIFICATION_REQUESTS, REQUESTS)
    _put(archive, run, WORKER_BLOCKS, BLOCKS)
    for number, text in enumerate(REVIEWS):
        _put(archive, run, REVIEW_REPORTS, [text], hit_id="H99", page=number)


def _put(
    archive: Archive,
    run: runs.Run,
    table: Table,
    texts: Any,  # noqa: ANN401 - any iterable of text
    **context: Value,
) -> None:
    raws = [Raw(text, json.loads(text)) for text in texts]
    copies: Counter[str] | None = Counter() if "copy" in context else None
    stored = Writer(archive, run).put(table, raws, Origin("test", ""), context, copies)
    assert stored.refused == 0


class Caller:
    """Calls with boto3 and with plain HTTP, and holds both against the service model."""

    def __init__(self, url: str, client: Client, http: httpx.Client) -> None:
        self.url = url
        self.client = client
        self.http = http

    def post(self, operation: str, body: object, **headers: str) -> httpx.Response:
        """The reply to a body, whatever that is."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"X-Amz-Target": f"{TARGET}.{operation}"} | headers
        return self.http.post("/", content=content, headers=sent)

    def __call__(self, operation: str, /, **asked: object) -> dict[str, Any]:
        """What boto3 makes of the reply, which keeps to the model."""
        response = self.post(operation, asked)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/x-amz-json-1.1"
        check(MODEL.operation_model(operation), response.text)
        parsed: dict[str, Any] = getattr(self.client, xform_name(operation))(**asked)
        return parsed

    def text(self, operation: str, /, **asked: object) -> str:
        """The reply, byte for byte."""
        self(operation, **asked)
        return self.post(operation, asked).content.decode()

    def pages(self, operation: str, /, **asked: object) -> Iterator[tuple[dict[str, Any], str]]:
        """Each page to the end, as boto3 parses it and as text."""
        token: dict[str, object] = {}
        while True:
            page = self(operation, **asked, **token)
            yield page, self.post(operation, {**asked, **token}).text
            if "NextToken" not in page:
                return
            token = {"NextToken": page["NextToken"]}


def check(model: OperationModel, body: str) -> None:
    """Every member is one that the model knows, and of its type."""
    shape = model.output_shape
    assert shape is not None
    _check(shape, json.loads(body), model.name)


def _check(shape: Shape, value: object, where: str) -> None:
    if isinstance(shape, StructureShape):
        assert isinstance(value, dict), where
        for name, inner in value.items():
            assert name in shape.members, f"{where}.{name}"
            _check(shape.members[name], inner, f"{where}.{name}")
    elif isinstance(shape, ListShape):
        assert isinstance(value, list), where
        for inner in value:
            _check(shape.member, inner, f"{where}[]")
    else:
        types: dict[str, tuple[type, ...]] = {
            "string": (str,),
            "integer": (int,),
            "long": (int,),
            "boolean": (bool,),
            "timestamp": (int, float),
        }
        assert type(value) in types[shape.type_name], f"{where}: {value!r}"


def client_of(url: str) -> Client:
    session = boto3.Session("any", "key", region_name="us-east-1")
    config = Config(retries={"total_max_attempts": 1})
    return session.client("mturk", endpoint_url=url, config=config)
