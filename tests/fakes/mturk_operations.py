"""The 16 read operations over an account, as MTurk answers them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.fakes import mturk_records as records
from tests.fakes.mturk_model import check, system_types
from tests.fakes.mturk_wire import (
    Params,
    RecordKey,
    Texts,
    compact,
    missing,
    record_text,
    reply_text,
    request_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mturk_exodus.demo.account import Account, WireRecord
    from tests.fakes.mturk_paging import Entry, Page, Pager

_REPORT_MEMBERS = ("ReviewResults", "ReviewActions")
_LEVELS = ("Assignment", "HIT")


class Operations:
    """Answers calls about an account.

    Attributes:
        answers_by_id: whether a disposed HIT still answers to its id.
        forgotten: HITs that answer to nothing, whatever `answers_by_id` says.
        lagging: by HITId, members that ListHITs alone gives instead of the true ones.
        foreign_types: qualification types that the caller does not own.
        upload_url: makes the URL of an uploaded file.
    """

    def __init__(
        self, account: Account, texts: Texts, pager: Pager, upload_url: Callable[[str, str], str]
    ) -> None:
        self.account = account
        self.pager = pager
        self.upload_url = upload_url
        self.answers_by_id = True
        self.forgotten: set[str] = set()
        self.lagging: dict[str, WireRecord] = {}
        self.foreign_types = system_types()
        self._texts = texts
        self._hit_of_assignment: dict[str, str] = {}
        self._gets: dict[str, Callable[[Params], str]] = {
            "GetAccountBalance": self._balance,
            "GetAssignment": self._get_assignment,
            "GetFileUploadURL": self._upload,
            "GetHIT": lambda params: reply_text({"HIT": self._hit_text(params["HITId"])}),
            "GetQualificationScore": self._score,
            "GetQualificationType": self._qualification_type,
            "ListReviewPolicyResultsForHIT": self._review_results,
        }
        self._lists: dict[str, tuple[str, Callable[[Params], Iterable[Entry]]]] = {
            "ListAssignmentsForHIT": ("Assignments", self._assignments),
            "ListBonusPayments": ("BonusPayments", self._bonuses),
            "ListHITs": ("HITs", lambda _: records.Hits(self.account)),
            "ListHITsForQualificationType": ("HITs", self._hits_for_type),
            "ListQualificationRequests": ("QualificationRequests", self._requests),
            "ListQualificationTypes": ("QualificationTypes", self._types),
            "ListReviewableHITs": ("HITs", self._reviewable),
            "ListWorkerBlocks": ("WorkerBlocks", lambda _: records.worker_blocks(self.account)),
            "ListWorkersWithQualificationType": ("Qualifications", self._workers),
        }

    def run(self, operation: str, params: Params) -> str:
        """The reply's JSON text; raises RefusalError where MTurk answers with an error."""
        check(operation, params)
        get = self._gets.get(operation)
        if get is not None:
            return get(params)
        member, listing = self._lists[operation]
        page = self._page(operation, params, listing(params))
        return reply_text(
            {
                "NextToken": json.dumps(page.next_token) if page.next_token else None,
                "NumResults": str(len(page.entries)),
                member: [self._listed_text(operation, each) for each in page.entries],
            }
        )

    def text_of(self, entry: Entry) -> str:
        """The record's JSON text as every operation but a lagging one gives it."""
        return self._texts.of(entry.table, entry.key, entry.record)

    def _page(
        self,
        operation: str,
        params: Params,
        entries: Iterable[Entry],
        *,
        token_at_end: bool = True,
    ) -> Page:
        rest = {k: v for k, v in params.items() if k not in {"NextToken", "MaxResults"}}
        query = f"{operation} {json.dumps(rest, sort_keys=True)}"
        token, size = params.get("NextToken"), params.get("MaxResults")
        return self.pager.page(query, entries, token, size, token_at_end=token_at_end)

    def _listed_text(self, operation: str, entry: Entry) -> str:
        if operation == "ListReviewableHITs":
            return compact({"HITId": entry.key})
        if operation == "ListHITs" and entry.key in self.lagging:
            shown = entry.record | self.lagging[str(entry.key)]
            return record_text(shown, f"{entry.table}/{entry.key}")
        return self.text_of(entry)

    def _hit(self, hit_id: str) -> WireRecord:
        hit = self.account.hits.get(hit_id)
        gone = hit is not None and hit.get("HITStatus") == "Disposed" and not self.answers_by_id
        if hit is None or gone or hit_id in self.forgotten:
            raise missing("Hit", "HIT", hit_id)
        return hit

    def _hit_text(self, hit_id: str) -> str:
        return self._texts.of("hits", hit_id, self._hit(hit_id))

    def _find_assignment(self, assignment_id: str) -> Entry:
        """An assignment by its id; where it was last seen is remembered, and not trusted."""
        hit_id = self._hit_of_assignment.get(assignment_id)
        found = self._among(assignment_id, records.assignments_of(self.account, hit_id or ""))
        if found is None:
            found = self._among(assignment_id, records.assignments(self.account))
        if found is None:
            raise missing("Assignment", "Assignment", assignment_id)
        self._hit_of_assignment[assignment_id] = found.record["HITId"]
        self._hit(found.record["HITId"])
        return found

    @staticmethod
    def _among(key: RecordKey, entries: Iterable[Entry]) -> Entry | None:
        return next((each for each in entries if each.key == key), None)

    def _known_type(self, type_id: str) -> WireRecord:
        found = self.account.qualification_types.get(type_id) or self.foreign_types.get(type_id)
        if found is None:
            raise missing("QualificationType", "QualificationType", type_id)
        return found

    def _own_type(self, type_id: str) -> WireRecord:
        found = self._known_type(type_id)
        if type_id not in self.account.qualification_types:
            message = f"You do not own QualificationType {type_id}."
            raise request_error("PermissionDeniedException", message)
        return found

    def _balance(self, _: Params) -> str:
        return reply_text({"AvailableBalance": json.dumps(self.account.available_balance)})

    def _get_assignment(self, params: Params) -> str:
        found = self._find_assignment(params["AssignmentId"])
        hit_text = self._hit_text(found.record["HITId"])
        return reply_text({"Assignment": self.text_of(found), "HIT": hit_text})

    def _upload(self, params: Params) -> str:
        assignment_id, question = params["AssignmentId"], params["QuestionIdentifier"]
        self._find_assignment(assignment_id)
        if (assignment_id, question) not in self.account.uploads:
            message = f"Assignment {assignment_id} has no file for question {question}."
            raise request_error("InvalidParameterValue", message)
        return compact({"FileUploadURL": self.upload_url(assignment_id, question)})

    def _score(self, params: Params) -> str:
        type_id, worker_id = params["QualificationTypeId"], params["WorkerId"]
        self._own_type(type_id)
        held = records.qualifications_of(self.account, type_id)
        found = self._among((type_id, worker_id), held)
        if found is None:
            raise missing("Qualification of", "Qualification", worker_id)
        return reply_text({"Qualification": self.text_of(found)})

    def _qualification_type(self, params: Params) -> str:
        type_id = params["QualificationTypeId"]
        record = self._known_type(type_id)
        text = self._texts.of("qualification_types", type_id, record)
        return reply_text({"QualificationType": text})

    def _assignments(self, params: Params) -> Iterator[Entry]:
        self._hit(params["HITId"])
        statuses = params.get("AssignmentStatuses") or ["Submitted", "Approved", "Rejected"]
        return (
            each._replace(shown=each.record["AssignmentStatus"] in statuses)
            for each in records.assignments_of(self.account, params["HITId"])
        )

    def _bonuses(self, params: Params) -> Iterable[Entry]:
        assignment_id = params.get("AssignmentId")
        if ("HITId" in params) == (assignment_id is not None):
            raise request_error("InvalidParameterValue", "Give either HITId or AssignmentId.")
        if assignment_id is None:
            self._hit(params["HITId"])
            return records.bonus_payments_of(self.account, params["HITId"])
        hit_id = self._find_assignment(assignment_id).record["HITId"]
        paid = records.bonus_payments_of(self.account, hit_id)
        return (each for each in paid if each.record["AssignmentId"] == assignment_id)

    def _hits_for_type(self, params: Params) -> Iterator[Entry]:
        type_id = params["QualificationTypeId"]
        self._known_type(type_id)
        for each in records.Hits(self.account):
            needed = each.record.get("QualificationRequirements") or []
            uses = any(one.get("QualificationTypeId") == type_id for one in needed)
            yield each._replace(shown=each.shown and uses)

    def _requests(self, params: Params) -> Iterator[Entry]:
        type_id = params.get("QualificationTypeId")
        if type_id is not None:
            self._own_type(type_id)
        for each in records.qualification_requests(self.account):
            if type_id in {None, each.record["QualificationTypeId"]}:
                yield each

    def _types(self, params: Params) -> Iterator[Entry]:
        own = self.account.qualification_types
        types = own if params.get("MustBeOwnedByCaller") else own | self.foreign_types
        query = params.get("Query", "").lower()
        for each in records.qualification_types(types):
            words = " ".join(
                str(each.record.get(name, "")) for name in ("Name", "Description", "Keywords")
            )
            requestable = each.record.get("IsRequestable") or not params["MustBeRequestable"]
            if requestable and query in words.lower():
                yield each

    def _reviewable(self, params: Params) -> Iterator[Entry]:
        status, type_id = params.get("Status", "Reviewable"), params.get("HITTypeId")
        for each in records.Hits(self.account):
            fits = type_id in {None, each.record["HITTypeId"]}
            yield each._replace(shown=fits and each.record["HITStatus"] == status)

    def _workers(self, params: Params) -> Iterator[Entry]:
        type_id, status = params["QualificationTypeId"], params.get("Status", "Granted")
        self._own_type(type_id)
        for each in records.qualifications_of(self.account, type_id):
            yield each._replace(shown=each.record["Status"] == status)

    def _review_results(self, params: Params) -> str:
        hit_id = params["HITId"]
        self._hit(hit_id)
        levels = params.get("PolicyLevels") or list(_LEVELS)
        wanted = self._review_items(params, hit_id, levels)
        page = self._page("ListReviewPolicyResultsForHIT", params, wanted, token_at_end=False)
        policies = self.account.review_policy_results.get(hit_id, {})
        members: dict[str, str | list[str] | None] = {"HITId": json.dumps(hit_id)}
        for level in levels:
            policy = policies.get(f"{level}ReviewPolicy")
            members[f"{level}ReviewPolicy"] = compact(policy) if policy else None
            members[f"{level}ReviewReport"] = self._report(page.entries, level)
        members["NextToken"] = json.dumps(page.next_token) if page.next_token else None
        return reply_text(members)

    def _review_items(self, params: Params, hit_id: str, levels: list[str]) -> Iterator[Entry]:
        retrieved = {
            "ReviewResults": params.get("RetrieveResults", False),
            "ReviewActions": params.get("RetrieveActions", False),
        }
        for each in records.review_items_of(self.account, hit_id):
            _, report, member = each.key[0].rsplit("/", 2)
            if retrieved[member] and report.removesuffix("ReviewReport") in levels:
                yield each

    def _report(self, entries: list[Entry], level: str) -> str | None:
        """A level's part of the page; None when the page holds nothing of it."""
        lists: dict[str, str | list[str] | None] = {}
        for member in _REPORT_MEMBERS:
            place = f"/{level}ReviewReport/{member}"
            texts = [self.text_of(each) for each in entries if each.key[0].endswith(place)]
            lists[member] = texts or None
        return reply_text(lists) if any(lists.values()) else None
