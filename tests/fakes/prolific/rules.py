"""What a study must be, before it is saved as a draft."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.fakes.prolific import codes, selection
from tests.fakes.prolific.account import Account, Record, Workspace

BUILDER = frozenset({"AI_TASK_BUILDER_BATCH", "AI_TASK_BUILDER_COLLECTION"})
LABELS = frozenset(
    {
        *("survey", "writing_task", "annotation", "decision_making_task", "interview", "other"),
        *("ai_annotation", "ai_evaluation", "ai_reasoning", "ai_fact_checking", "ai_safety"),
        *("ai_data_creation_text", "ai_data_creation_audio", "ai_data_creation_video"),
        *("ai_data_creation_images", "ai_other"),
    }
)
DEFAULTS: Record = {
    "internal_name": None,
    "device_compatibility": [],
    "peripheral_requirements": [],
    "filters": [],
    "filter_set_id": None,
    "submissions_config": {"max_submissions_per_participant": 1, "max_concurrent_submissions": -1},
    "study_labels": [],
    "content_warnings": [],
    "content_warning_details": "",
    "metadata": None,
    "data_collection_method": None,
    "data_collection_id": None,
    "access_details": None,
    "is_external_study_url_secure": False,
}
_A_DAY = 24 * 60
_ALLOWED_TAGS = "b|i|em|strong|s|u|h1|h2|ol|ul|li|p"
_TAG = re.compile(rf"</?(?!(?:{_ALLOWED_TAGS})\b)[a-zA-Z][^>]*>")


def least_time(estimate: float) -> float:
    """The least `maximum_allowed_time`, in minutes, for an estimate in minutes."""
    return 2 + 2 * estimate + 2 * math.sqrt(estimate)


def is_underpaying(fields: Record, minimum: int) -> bool:
    """Whether the reward is below so many cents an hour."""
    return int(fields["reward"]) * 60 < minimum * int(fields["estimated_completion_time"])


def cleaned(description: str) -> str:
    """A description as Prolific keeps it: without the tags that it does not know."""
    return _TAG.sub("", description)


def mistakes(account: Account, workspace: Workspace, fields: Record) -> dict[str, list[str]]:
    """All that is wrong with a study, by field; nothing is, if it is empty."""
    found: dict[str, list[str]] = {}
    for name, message in _mistakes(account, workspace, fields):
        if message:
            found.setdefault(name, []).append(message)
    return found


def _mistakes(account: Account, workspace: Workspace, fields: Record) -> Iterator[tuple[str, str]]:
    built = fields.get("data_collection_method") in BUILDER
    for name in ("name", "description"):
        yield name, "" if _is_text(fields.get(name)) else "This field may not be blank."
    for name, allowed in _ALLOWED.items():
        if name in fields:
            yield name, _unknown(fields[name], allowed)
    for name in ("estimated_completion_time", "reward"):
        yield name, _number_mistake(fields.get(name))
    if not built or "total_available_places" in fields:
        yield "total_available_places", _number_mistake(fields.get("total_available_places"))
    yield "prolific_id_option", "" if "prolific_id_option" in fields else _REQUIRED
    yield _place_of_work(fields)
    yield "access_details", _taskflow_mistake(fields)
    yield "maximum_allowed_time", _time_mistake(fields)
    if not built or "completion_codes" in fields:
        wrong = codes.mistake(account, workspace, fields.get("completion_codes"))
        yield "completion_codes", wrong
    yield "filters", _filters_mistake(account, workspace, fields)
    yield "submissions_config", _config_mistake(workspace, fields.get("submissions_config") or {})
    yield from _small_mistakes(fields)


_REQUIRED = "This field is required."
_ALLOWED: dict[str, frozenset[str]] = {
    "prolific_id_option": frozenset({"question", "url_parameters", "not_required"}),
    "device_compatibility": frozenset({"desktop", "tablet", "mobile"}),
    "peripheral_requirements": frozenset({"audio", "camera", "download", "microphone"}),
    "study_labels": LABELS,
    "content_warnings": frozenset({"sensitive", "explicit"}),
}
_SINGLE = ("study_labels", "content_warnings")


def _small_mistakes(fields: Record) -> Iterator[tuple[str, str]]:
    for name in _SINGLE:
        yield name, "Only one option can be selected." if len(fields.get(name) or []) > 1 else ""
    details = fields.get("content_warning_details") or ""
    yield "content_warning_details", "At most 1000 characters." if len(details) > 1000 else ""
    for name in ("metadata", "internal_name"):
        wrong = not isinstance(fields.get(name), str | None)
        yield name, "Not a valid string." if wrong else ""
    rate = fields.get("naivety_distribution_rate")
    wrong = isinstance(rate, int | float) and not 0 <= rate <= 1
    yield "naivety_distribution_rate", "It is between 0 and 1." if wrong else ""
    if "status" in fields:
        yield "status", "The status is changed by a transition."


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _unknown(value: object, allowed: frozenset[str]) -> str:
    given = value if isinstance(value, list) else [value]
    wrong = [str(each) for each in given if each not in allowed]
    return f"{', '.join(wrong)} is not a valid choice." if wrong else ""


def _number_mistake(value: object) -> str:
    if value is None:
        return _REQUIRED
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return "" if whole else "A whole number of at least 1 is required."


def _place_of_work(fields: Record) -> tuple[str, str]:
    given = [
        name
        for name in ("external_study_url", "access_details", "data_collection_method")
        if fields.get(name)
    ]
    if len(given) != 1:
        both = "Give exactly one of external_study_url, access_details, data_collection_method."
        return (given or ["external_study_url"])[-1], both
    if given == ["external_study_url"]:
        return given[0], _url_mistake(fields[given[0]])
    if given == ["data_collection_method"]:
        return _builder_mistake(fields)
    return given[0], ""


def _builder_mistake(fields: Record) -> tuple[str, str]:
    if fields["data_collection_method"] not in BUILDER:
        return "data_collection_method", "It is not a valid choice."
    return "data_collection_id", "" if fields.get("data_collection_id") else _REQUIRED


def _url_mistake(url: object) -> str:
    parts = urlsplit(url) if isinstance(url, str) else None
    good = parts is not None and parts.scheme in {"http", "https"} and bool(parts.netloc)
    return "" if good else "Enter a valid URL."


def _taskflow_mistake(fields: Record) -> str:
    details = fields.get("access_details")
    if not details:
        return ""
    if not all(isinstance(each, dict) for each in details):
        return "Expected a list of objects."
    for each in details:
        wrong = _url_mistake(each.get("external_url")) or _number_mistake(
            each.get("total_allocation")
        )
        if wrong:
            return wrong
    if len({each["external_url"] for each in details}) < len(details):
        return "Each external_url may be given once."
    if sum(each["total_allocation"] for each in details) != fields.get("total_available_places"):
        return "The sum of total_allocation must equal total_available_places."
    return ""


def _time_mistake(fields: Record) -> str:
    given, estimate = fields.get("maximum_allowed_time"), fields.get("estimated_completion_time")
    if given is None or _number_mistake(estimate):
        return ""
    if not isinstance(given, int | float) or given < least_time(estimate or 1):
        return f"It is at least {least_time(estimate or 1):.1f} minutes."
    return "" if given < _A_DAY else "It is less than 24 hours."


def _filters_mistake(account: Account, workspace: Workspace, fields: Record) -> str:
    if fields.get("filter_set_id"):
        if fields.get("filters"):
            return "filters and filter_set_id exclude each other."
        known = fields["filter_set_id"] in account.filter_sets
        return "" if known else "There is no such filter set."
    return selection.mistake(account, workspace, fields.get("filters") or [])


def _config_mistake(workspace: Workspace, config: Record) -> str:
    for name in ("max_submissions_per_participant", "max_concurrent_submissions"):
        value = config.get(name)
        if value is not None and (not isinstance(value, int) or value < -1 or value == 0):
            return f"{name} is -1 or at least 1."
    if config.get("auto_rejection_categories") and "auto rejection" not in workspace.features:
        return "You do not have permission to use this feature: auto rejection."
    return ""
