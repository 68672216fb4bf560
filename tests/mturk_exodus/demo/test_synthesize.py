"""Every promise that the synthetic account makes to the tests that lean on it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import botocore.session
import pytest
from botocore.model import (
    ListShape,
    ServiceModel,
    Shape,
    StringShape,
    StructureShape,
)
from botocore.validate import ParamValidator
from defusedxml import ElementTree

from mturk_exodus.demo import Account, WireRecord, synthesize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | None"

# 2026-09-21 12:00, 2026-10-30, 2026-05-20 and 2026-08-31 in UTC.
SEEN = 1_789_992_000
OVER_BEFORE = 1_793_318_400
CREATED_FROM, CREATED_BEFORE = 1_779_235_200, 1_788_134_400
PAIR = re.compile(r"&#(5[5-7][0-9]{3});&#(5[5-7][0-9]{3});")


@pytest.fixture(scope="module", params=[(2005, 300), (1, 120), (77, 120), (3, 501)], ids=str)
def account(request: pytest.FixtureRequest) -> Account:
    seed, hits = request.param
    return synthesize(seed, hits)


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("mturk")


def parse(document: str) -> Element:
    """Parse XML in which pairs of references to surrogates stand for one character."""

    def join(pair: re.Match[str]) -> str:
        high, low = int(pair[1]), int(pair[2])
        return f"&#{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)};"

    return ElementTree.fromstring(PAIR.sub(join, document))


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def tags(document: str) -> set[str]:
    return {local(one.tag) for one in parse(document).iter()}


def work(account: Account) -> list[WireRecord]:
    return list(chain.from_iterable(account.assignments.values()))


def payments(account: Account) -> list[WireRecord]:
    return list(chain.from_iterable(account.bonus_payments.values()))


def questions(account: Account) -> list[str]:
    return [hit["Question"] for hit in account.hits.values()]


def answers(assignment: WireRecord) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for answer in parse(assignment["Answer"]):
        name, *rest = list(answer)
        yield name.text or "", [(local(one.tag), one.text or "") for one in rest]


def reports(account: Account) -> list[tuple[str, WireRecord]]:
    return [
        (side, reply[side])
        for reply in account.review_policy_results.values()
        for side in ("AssignmentReviewReport", "HITReviewReport")
        if side in reply
    ]


def wire_records(account: Account) -> Iterator[tuple[str, WireRecord]]:
    yield from (("HIT", one) for one in account.hits.values())
    yield from (("Assignment", one) for one in work(account))
    yield from (("BonusPayment", one) for one in payments(account))
    yield from (("QualificationType", one) for one in account.qualification_types.values())
    held = chain.from_iterable(account.qualifications.values())
    yield from (("Qualification", one) for one in held)
    yield from (("QualificationRequest", one) for one in account.qualification_requests)
    yield from (("WorkerBlock", one) for one in account.worker_blocks)
    for one in account.review_policy_results.values():
        yield "ListReviewPolicyResultsForHITResponse", one


def broken(shape: Shape, value: Json, member: str = "") -> Iterator[str]:
    """What botocore's validator lets pass: enumerations, patterns and JSON types."""
    if isinstance(shape, StructureShape):
        assert isinstance(value, dict)
        for name, inner in value.items():
            yield from broken(shape.members[name], inner, name)
    elif isinstance(shape, ListShape):
        assert isinstance(value, list)
        for inner in value:
            yield from broken(shape.member, inner, member)
    elif isinstance(shape, StringShape):
        assert isinstance(value, str)
        if shape.enum and value not in shape.enum:
            yield f"{member}: {value!r} is not in the enumeration"
        pattern = shape.metadata.get("pattern")
        # The sample replies of the API reference break the pattern of QuestionId themselves.
        if pattern and member != "QuestionId" and not re.search(pattern, value):
            yield f"{member}: {value!r} breaks {pattern}"
    elif shape.type_name == "timestamp" and type(value) not in (int, float):
        yield f"{member}: {value!r} is not a number"


def test_every_record_is_one_of_the_service_model(account: Account, model: ServiceModel) -> None:
    validator = ParamValidator()
    for name, record in wire_records(account):
        shape = model.shape_for(name)
        assert not validator.validate(record, shape).generate_report()
        assert list(broken(shape, record)) == []
    assert re.fullmatch(r"[0-9]+\.[0-9]{2}", account.available_balance)


def test_a_record_is_json_without_nulls(account: Account) -> None:
    for _, record in wire_records(account):
        text = json.dumps(record)
        assert json.loads(text) == record
        assert "null" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", text)


def digest(account: Account) -> str:
    uploads = sorted((str(key), content.hex()) for key, content in account.uploads.items())
    everything = {**vars(account), "uploads": uploads}
    return hashlib.sha256(json.dumps(everything).encode()).hexdigest()


def test_the_seed_decides() -> None:
    assert digest(synthesize(9, 120)) == digest(synthesize(9, 120))
    assert digest(synthesize(9, 120)) != digest(synthesize(10, 120))
    assert set(synthesize(9, 40).hits).isdisjoint(synthesize(10, 40).hits)


@pytest.mark.parametrize("hits", [0, 1, 7, 38, 121, 300])
def test_it_has_as_many_hits_as_asked_for(hits: int) -> None:
    account = synthesize(hits=hits)
    assert len(account.hits) == hits
    assert list(account.hits) == [hit["HITId"] for hit in account.hits.values()]
    assert set(account.assignments) == set(account.bonus_payments) == set(account.hits)


def test_three_hundred_hits_take_less_than_two_seconds() -> None:
    before = time.process_time()
    synthesize()
    assert time.process_time() - before < 2


def test_ids_look_like_ids_and_are_used_once(account: Account) -> None:
    assignments = [one["AssignmentId"] for one in work(account)]
    for one in chain(account.hits, assignments, account.qualification_types):
        assert re.fullmatch("3[0-9A-Z]{29}", one)
    assert len({*account.hits, *assignments}) == len(account.hits) + len(assignments)
    for _, record in wire_records(account):
        if "WorkerId" in record:
            assert re.fullmatch("A[0-9A-Z]{12,13}", record["WorkerId"])


def test_hits_have_every_status_that_list_hits_gives(account: Account) -> None:
    hits = account.hits.values()
    assert {hit["HITStatus"] for hit in hits} == {
        "Assignable",
        "Unassignable",
        "Reviewable",
        "Reviewing",
    }
    assert {hit["HITReviewStatus"] for hit in hits} == {
        "NotReviewed",
        "MarkedForReview",
        "ReviewedAppropriate",
        "ReviewedInappropriate",
    }


def test_statuses_fit_counters_and_times(account: Account) -> None:
    for hit in account.hits.values():
        available, pending = (
            hit["NumberOfAssignmentsAvailable"],
            hit["NumberOfAssignmentsPending"],
        )
        if hit["HITStatus"] == "Assignable":
            assert available
            assert hit["Expiration"] > SEEN
        elif hit["HITStatus"] == "Unassignable":
            assert pending
            assert not available
        else:
            assert not pending
            assert not available or hit["Expiration"] < SEEN


def test_counters_agree_with_the_assignments(account: Account) -> None:
    for hit_id, hit in account.hits.items():
        here = account.assignments[hit_id]
        left = hit["NumberOfAssignmentsAvailable"] + hit["NumberOfAssignmentsPending"]
        assert hit["MaxAssignments"] - left == len(here)
        reviewed = [one for one in here if one["AssignmentStatus"] != "Submitted"]
        assert hit["NumberOfAssignmentsCompleted"] == len(reviewed)
        assert {one["HITId"] for one in here} <= {hit_id}
        assert len({one["WorkerId"] for one in here}) == len(here)


def test_times_of_an_assignment_agree(account: Account) -> None:
    for one in work(account):
        hit = account.hits[one["HITId"]]
        assert one["AutoApprovalTime"] == one["SubmitTime"] + hit["AutoApprovalDelayInSeconds"]
        assert one["Deadline"] == one["AcceptTime"] + hit["AssignmentDurationInSeconds"]
        assert hit["CreationTime"] < one["AcceptTime"] < hit["Expiration"]
        assert one["AcceptTime"] < one["SubmitTime"] <= one["Deadline"]
        assert one["SubmitTime"] < SEEN
        if one["AssignmentStatus"] == "Submitted":
            assert one["AutoApprovalTime"] > SEEN
        for name in ("ApprovalTime", "RejectionTime"):
            assert one["SubmitTime"] < one.get(name, SEEN - 1) < SEEN


def times(value: Json, member: str = "") -> Iterator[float]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from times(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from times(inner, member)
    elif isinstance(value, (int, float)) and member.endswith(("Time", "Expiration", "Deadline")):
        yield value


def test_all_of_it_happens_in_the_summer_of_2026(account: Account) -> None:
    for hit in account.hits.values():
        assert CREATED_FROM <= hit["CreationTime"] < CREATED_BEFORE
    seen = [one for _, record in wire_records(account) for one in times(record)]
    assert max(seen) < OVER_BEFORE
    assert any(isinstance(one, int) for one in seen)
    fractions = [one for one in seen if not isinstance(one, int)]
    assert fractions
    assert all(one == round(one, 3) for one in fractions)


def test_assignments_end_in_every_way(account: Account) -> None:
    ways = Counter(
        (one["AssignmentStatus"], "ApprovalTime" in one, "RejectionTime" in one)
        for one in work(account)
    )
    assert set(ways) == {
        ("Submitted", False, False),
        ("Approved", True, False),
        ("Rejected", False, True),
        ("Approved", True, True),
    }
    for one in work(account):
        if one["AssignmentStatus"] == "Rejected":
            assert one["RequesterFeedback"]
        if "ApprovalTime" in one and "RejectionTime" in one:
            assert 0 < one["ApprovalTime"] - one["RejectionTime"] < 30 * 86_400
    assert any("RequesterFeedback" not in one for one in work(account))
    approved = [one for one in work(account) if "ApprovalTime" in one]
    assert any(one["ApprovalTime"] == one["AutoApprovalTime"] for one in approved)


def test_some_hits_need_more_than_a_page(account: Account) -> None:
    sizes = [len(here) for here in account.assignments.values()]
    assert {0, 1, 100, 200} <= set(sizes)
    assert max(sizes) > 200
    assert any(len(here) > 100 for here in account.bonus_payments.values())
    results = [len(report["ReviewResults"]) for _, report in reports(account)]
    assert max(results) > 100


def test_some_hits_have_only_submitted_work_and_some_have_pending_work(account: Account) -> None:
    statuses = [{one["AssignmentStatus"] for one in here} for here in account.assignments.values()]
    assert {"Submitted"} in statuses
    hits = account.hits.values()
    assert any(hit["NumberOfAssignmentsPending"] for hit in hits)
    assert any(hit["NumberOfAssignmentsAvailable"] and hit["Expiration"] < SEEN for hit in hits)
    assert any(not hit["NumberOfAssignmentsCompleted"] for hit in hits if hit["MaxAssignments"])


def test_hit_types_share_what_a_hit_type_is(account: Account) -> None:
    shared = (
        "HITGroupId",
        "Title",
        "Description",
        "Keywords",
        "Reward",
        "AssignmentDurationInSeconds",
        "AutoApprovalDelayInSeconds",
        "QualificationRequirements",
    )
    by_type: dict[str, set[str]] = {}
    for hit in account.hits.values():
        known = by_type.setdefault(hit["HITTypeId"], set())
        known.add(json.dumps([hit.get(name) for name in shared]))
    assert len(by_type) == 16
    assert all(len(known) == 1 for known in by_type.values())
    assert any("Keywords" not in hit for hit in account.hits.values())
    assert any(hit["QualificationRequirements"] == [] for hit in account.hits.values())


BATCHES = {
    "BatchId:5170210;OriginalHitTemplateId:928390909;",
    "BatchId:2963456;OriginalHitTemplateId:;",
    "BatchId:1819000;",
}


def test_batches_of_the_requester_site_share_a_layout_and_a_template(account: Account) -> None:
    batches: dict[str, list[WireRecord]] = {}
    for hit in account.hits.values():
        batches.setdefault(hit.get("RequesterAnnotation", ""), []).append(hit)
    assert set(batches) >= {"", *BATCHES}
    assert {one for one in batches if one.startswith("BatchId:")} == BATCHES
    for annotation, hits in batches.items():
        assert annotation.isascii()
        assert len(annotation) <= 255
        assert all(("HITLayoutId" in hit) == (annotation in BATCHES) for hit in hits)
    for annotation in BATCHES:
        hits = batches[annotation]
        assert len({hit["HITLayoutId"] for hit in hits}) == 1
        pages = [hit["Question"].splitlines() for hit in hits]
        assert len({len(page) for page in pages}) == 1
        same = [len(set(lines)) == 1 for lines in zip(*pages, strict=True)]
        assert 0 < same.count(False) <= 3
        # The requester site refuses characters beyond U+FFFF.
        assert max(max(hit["Question"]) for hit in hits) <= "\uffff"
    assert len(set(batches) - {""} - BATCHES) > 10


def test_questions_are_well_formed_and_short_enough(account: Account) -> None:
    roots: Counter[str] = Counter()
    for one in questions(account):
        assert len(one.encode()) <= 65_535
        roots[parse(one).tag.partition("AWSMechanicalTurkDataSchemas/")[2]] += 1
    assert set(roots) == {
        "2005-10-01/QuestionForm.xsd}QuestionForm",
        "2017-11-06/QuestionForm.xsd}QuestionForm",
        "2011-11-11/HTMLQuestion.xsd}HTMLQuestion",
        "2006-07-14/ExternalQuestion.xsd}ExternalQuestion",
    }


def test_question_forms_hold_every_kind_of_content_and_answer(account: Account) -> None:
    forms = [one for one in questions(account) if "<QuestionForm" in one]
    assert set().union(*map(tags, forms)) >= {
        *("Overview", "Title", "Text", "List", "ListItem", "Binary", "EmbeddedBinary"),
        *("FormattedContent", "Application", "Flash", "JavaApplet", "DisplayName", "IsRequired"),
        *("FreeTextAnswer", "IsNumeric", "Length", "AnswerFormatRegex", "DefaultText"),
        *("NumberOfLinesSuggestion", "SelectionAnswer", "OtherSelection", "FileUploadAnswer"),
        *("MinSelectionCount", "MaxSelectionCount", "MinFileSizeInBytes", "MaxFileSizeInBytes"),
    }
    styles = {
        one.text
        for form in forms
        for one in parse(form).iter()
        if local(one.tag) == "StyleSuggestion"
    }
    assert styles == {"radiobutton", "checkbox", "list", "dropdown", "combobox", "multichooser"}
    options = {
        local(child.tag)
        for form in forms
        for one in parse(form).iter()
        if local(one.tag) == "Selection"
        for child in one
    }
    assert options == {"SelectionIdentifier", "Text", "FormattedContent", "Binary"}
    assert any("<![CDATA[" in form for form in forms)


def test_pages_hold_every_control_and_crowd_element(account: Account) -> None:
    pages = "".join(one for one in questions(account) if "<HTMLQuestion" in one)
    for control in ("radio", "checkbox", "range", "number", "text"):
        assert re.search(f"type=['\"]{control}['\"]", pages)
    for element in (
        *("select", "textarea", "crowd-form", "crowd-bounding-box", "crowd-classifier"),
        *("crowd-entity-annotation", "crowd-semantic-segmentation", "crowd-checkbox"),
        *("crowd-radio-group", "crowd-radio-button", "crowd-slider", "crowd-input"),
        "crowd-text-area",
    ):
        assert f"<{element}" in pages
    assert "]]]]><![CDATA[>" in pages


def asked_identifiers(question: str) -> set[str]:
    if "<QuestionForm" in question:
        found = parse(question).iter()
        return {one.text or "" for one in found if local(one.tag) == "QuestionIdentifier"}
    if "<crowd-form" in question:
        return {"taskAnswers"}
    return set(re.findall(r"\bname=['\"](\w+)['\"]", question))


def test_answers_fit_the_question_that_was_asked(account: Account) -> None:
    for hit_id, hit in account.hits.items():
        external = "<ExternalQuestion" in hit["Question"]
        asked = asked_identifiers(hit["Question"])
        for one in account.assignments[hit_id]:
            names = [name for name, _ in answers(one)]
            assert names
            assert len(set(names)) == len(names)
            assert external or set(names) <= asked


def options(question: Element) -> set[str]:
    found = (one for one in question.iter() if local(one.tag) == "SelectionIdentifier")
    return {one.text or "" for one in found}


def test_selections_are_among_the_options(account: Account) -> None:
    for hit_id, hit in account.hits.items():
        if "<QuestionForm" not in hit["Question"]:
            continue
        offered = {}
        for one in parse(hit["Question"]):
            children = {local(child.tag): child for child in one}
            if "QuestionIdentifier" in children:
                offered[children["QuestionIdentifier"].text] = options(one)
        for assignment in account.assignments[hit_id]:
            for name, values in answers(assignment):
                taken = {text for tag, text in values if tag == "SelectionIdentifier"}
                assert taken <= offered[name]


def test_answers_are_written_as_the_api_writes_them(account: Account) -> None:
    everything = "".join(one["Answer"] for one in work(account))
    assert everything.isascii()
    assert all(
        one["Answer"].startswith('<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers ')
        for one in work(account)
    )
    assert "&#13;" in everything
    assert PAIR.search(everything)
    astral = re.search(r"&#12[0-9]{4};", everything)
    assert astral, "a character beyond U+FFFF as one reference"
    for tag in ("OtherSelectionText", "UploadedFileSizeInBytes", "UploadedFileKey", "FreeText"):
        assert f"<{tag}>" in everything
    given = list(chain.from_iterable(map(answers, work(account))))
    assert any(values == [] for _, values in given), "a selection of nothing"
    assert any(
        len(values) > 1 and {t for t, _ in values} == {"SelectionIdentifier"} for _, values in given
    )
    joined = [
        text
        for name, [(tag, text), *_] in filter(lambda pair: pair[1], given)
        if name in {"wrong", "languages"} and tag == "FreeText"
    ]
    assert any("|" in one for one in joined)


def crowd_answers(account: Account) -> list[dict[str, Any]]:
    found = []
    for one in work(account):
        for name, values in answers(one):
            if name == "taskAnswers":
                [only] = json.loads(values[0][1])
                found.append(only)
    return found


def test_crowd_answers_have_the_documented_shapes(account: Account) -> None:
    by_name: dict[str, list[Any]] = {}
    for answer in crowd_answers(account):
        for name, value in answer.items():
            by_name.setdefault(name, []).append(value)
    assert all(set(one) == {"label"} for one in by_name["sentiment"])
    boxes = list(chain.from_iterable(one["boundingBoxes"] for one in by_name["annotatedResult"]))
    assert all(set(one) == {"height", "label", "left", "top", "width"} for one in boxes)
    entities = list(chain.from_iterable(one["entities"] for one in by_name["entities"]))
    assert all(one["startOffset"] < one["endOffset"] for one in entities)
    assert all(set(one) == {"endOffset", "label", "startOffset"} for one in entities)
    assert {frozenset(one) for one in by_name["faults"]} == {
        frozenset({"echo", "clipping", "music"})
    }
    assert all(sum(one.values()) == 1 for one in by_name["voice"])
    assert all(one == {"on": True} for one in by_name["heard"])
    assert all(isinstance(one, int) for one in by_name["clarity"])
    assert all(isinstance(one, str) for one in by_name["words"])
    assert 0 < len(by_name["remarks"]) < len(by_name["words"])


def test_segmentations_hold_real_images(account: Account) -> None:
    masks = [one["surfaces"] for one in crowd_answers(account) if "surfaces" in one]
    assert masks
    for mask in masks:
        assert set(mask) == {"inputImageProperties", "labelMappings", "labeledImage"}
        image = base64.b64decode(mask["labeledImage"]["pngImageData"])
        assert image.startswith(b"\x89PNG\r\n\x1a\n")
        size = mask["inputImageProperties"]
        assert image[16:24] == size["width"].to_bytes(4, "big") + size["height"].to_bytes(4, "big")


def test_uploads_are_what_the_answers_say(account: Account) -> None:
    sizes = {}
    for one in work(account):
        for name, values in answers(one):
            if values and values[0][0] == "UploadedFileSizeInBytes":
                sizes[one["AssignmentId"], name] = int(values[0][1])
                assert values[1][0] == "UploadedFileKey"
    assert sizes == {key: len(content) for key, content in account.uploads.items()}
    kinds = set(account.uploads.values())
    assert b"" in kinds
    assert any(one.startswith(b"\x89PNG") for one in kinds)
    assert any(one and not one.isascii() and not one.startswith(b"\x89PNG") for one in kinds)


def requirements(account: Account) -> Iterable[WireRecord]:
    hits = account.hits.values()
    return chain.from_iterable(hit["QualificationRequirements"] for hit in hits)


def test_requirements_use_every_comparator_and_action(account: Account) -> None:
    found = list(requirements(account))
    assert {one["Comparator"] for one in found} == {
        *("LessThan", "LessThanOrEqualTo", "GreaterThan", "GreaterThanOrEqualTo", "EqualTo"),
        *("NotEqualTo", "Exists", "DoesNotExist", "In", "NotIn"),
    }
    assert {one["ActionsGuarded"] for one in found} == {
        "Accept",
        "PreviewAndAccept",
        "DiscoverPreviewAndAccept",
    }
    assert {one["RequiredToPreview"] for one in found} == {True, False}
    assert any("Subdivision" in place for one in found for place in one.get("LocaleValues", []))
    for one in found:
        valued = "IntegerValues" in one or "LocaleValues" in one
        assert valued == (one["Comparator"] not in {"Exists", "DoesNotExist"})


def test_requirements_name_system_types_own_types_and_one_of_somebody_else(
    account: Account,
) -> None:
    named = {one["QualificationTypeId"] for one in requirements(account)}
    system = {
        "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH",
        "00000000000000000040",
        "00000000000000000071",
        "00000000000000000060",
        "000000000000000000L0",
    }
    assert named >= system
    own = named & set(account.qualification_types)
    assert len(own) > 3
    assert len(named - system - own) == 1


def test_qualification_types_come_in_every_kind(account: Account) -> None:
    types = list(account.qualification_types.values())
    assert any("Test" in one and "AnswerKey" in one for one in types)
    assert any("Test" in one and "AnswerKey" not in one for one in types)
    assert any(one["AutoGranted"] and "AutoGrantedValue" in one for one in types)
    assert any("RetryDelayInSeconds" in one for one in types)
    assert {one["QualificationTypeStatus"] for one in types} == {"Active", "Inactive"}
    assert {one["IsRequestable"] for one in types} == {True, False}
    for one in types:
        if "Test" in one:
            assert local(parse(one["Test"]).tag) == "QuestionForm"
        if "AnswerKey" in one:
            assert local(parse(one["AnswerKey"]).tag) == "AnswerKey"


def test_qualifications_are_granted_and_revoked(account: Account) -> None:
    assert set(account.qualifications) == set(account.qualification_types)
    sizes = []
    for type_id, held in account.qualifications.items():
        assert {one["QualificationTypeId"] for one in held} <= {type_id}
        assert len({one["WorkerId"] for one in held}) == len(held)
        assert all(("IntegerValue" in one) != ("LocaleValue" in one) for one in held)
        sizes.append(Counter(one["Status"] for one in held))
    assert max(one["Granted"] for one in sizes) > 100
    assert 100 in {one["Granted"] for one in sizes}
    assert Counter() in sizes
    assert any(one["Revoked"] and not one["Granted"] for one in sizes)
    everything = list(chain.from_iterable(account.qualifications.values()))
    assert any("Subdivision" in one.get("LocaleValue", {}) for one in everything)


def test_qualification_requests_carry_test_and_answer(account: Account) -> None:
    requests = account.qualification_requests
    assert len({one["QualificationRequestId"] for one in requests}) == len(requests)
    assert any("Answer" not in one and "Test" not in one for one in requests)
    tested = [one for one in requests if "Answer" in one]
    assert tested
    for one in tested:
        asked = asked_identifiers(one["Test"])
        assert {name for name, _ in answers(one)} <= asked
        assert one["Test"] == account.qualification_types[one["QualificationTypeId"]]["Test"]


def test_blocks_have_a_reason_an_empty_one_or_none(account: Account) -> None:
    reasons = [one.get("Reason") for one in account.worker_blocks]
    assert None in reasons
    assert "" in reasons
    assert any(reasons)
    assert len({one["WorkerId"] for one in account.worker_blocks}) == len(reasons)


def test_bonuses_go_to_about_a_fifth_of_reviewed_work(account: Account) -> None:
    reviewed = {
        one["AssignmentId"]: one for one in work(account) if one["AssignmentStatus"] != "Submitted"
    }
    paid = {one["AssignmentId"] for one in payments(account)}
    assert paid <= set(reviewed)
    assert 0.12 < len(paid) / len(reviewed) < 0.33
    for hit_id, here in account.bonus_payments.items():
        for one in here:
            assignment = reviewed[one["AssignmentId"]]
            assert assignment["HITId"] == hit_id
            assert assignment["WorkerId"] == one["WorkerId"]
            decided = assignment.get("ApprovalTime", assignment.get("RejectionTime"))
            assert decided < one["GrantTime"] <= SEEN
    assert {one["BonusAmount"] for one in payments(account)} >= {"0.05", "1.00", "12.5"}


def test_some_work_got_two_bonuses_and_some_the_same_bonus_twice(account: Account) -> None:
    by_assignment: dict[str, list[WireRecord]] = {}
    for one in payments(account):
        by_assignment.setdefault(one["AssignmentId"], []).append(one)
    several = [here for here in by_assignment.values() if len(here) > 1]
    assert any(here[0] != here[1] for here in several)
    assert any(here[0] == here[1] for here in several)


def test_review_policies_of_two_hit_types(account: Account) -> None:
    replies = account.review_policy_results
    policies = Counter(
        tuple(
            sorted(
                (side, policy["PolicyName"]) for side, policy in reply.items() if "Policy" in side
            )
        )
        for reply in replies.values()
    )
    hit_level = ("HITReviewPolicy", "SimplePlurality/2011-09-01")
    assignment_level = ("AssignmentReviewPolicy", "ScoreMyKnownAnswers/2011-09-01")
    assert set(policies) == {(hit_level,), (assignment_level, hit_level)}
    assert len({account.hits[hit_id]["HITTypeId"] for hit_id in replies}) == 2
    assert any("HITReviewReport" not in reply for reply in replies.values())


def test_review_reports_hold_results_and_actions_of_every_status(account: Account) -> None:
    actions = [one for _, report in reports(account) for one in report["ReviewActions"]]
    assert {one["Status"] for one in actions} == {"Intended", "Succeeded", "Failed", "Cancelled"}
    for one in actions:
        assert ("ErrorCode" in one) == (one["Status"] == "Failed")
        assert ("CompleteTime" in one) == (one["Status"] != "Intended")
    keys = {
        (side, one["SubjectType"], one["Key"], "QuestionId" in one)
        for side, report in reports(account)
        for one in report["ReviewResults"]
    }
    assert keys == {
        ("AssignmentReviewReport", "Assignment", "KnownAnswerCorrect", True),
        ("AssignmentReviewReport", "Assignment", "KnownAnswerScore", False),
        ("HITReviewReport", "Assignment", "AgreedWithPlurality", True),
        ("HITReviewReport", "HIT", "PluralityAnswer", True),
        ("HITReviewReport", "HIT", "PluralityLevel", True),
    }


def test_review_subjects_exist(account: Account) -> None:
    known = {*account.hits, *(one["AssignmentId"] for one in work(account))}
    for _, report in reports(account):
        assert {one["SubjectId"] for one in report["ReviewResults"]} <= known
        assert {one["TargetId"] for one in report["ReviewActions"]} <= known


def test_texts_are_as_hostile_as_real_ones(account: Account) -> None:
    prose = [
        record[name]
        for _, record in wire_records(account)
        for name in ("Title", "Description", "Keywords", "RequesterFeedback", "Reason", "Name")
        if name in record
    ]
    assert any(one.startswith("=") for one in prose)
    assert any(one.startswith("+") for one in prose)
    assert any("\n" in one for one in prose)
    spoken = "".join(
        text for one in work(account) for _, values in answers(one) for _, text in values
    )
    everything = "".join((*prose, *questions(account), spoken))
    # Latin, combining mark, Cyrillic, Hebrew, Arabic, Devanagari, Thai, Kana, Han, Hangul, emoji.
    for one in (
        "ß",
        "\u0301",
        "ж",
        "ש",
        "ع",
        "क",
        "ไ",
        "の",
        "漢",
        "배",
        "🎧",
        "\t",
        '"',
        "&",
        "<",
    ):
        assert one in everything
