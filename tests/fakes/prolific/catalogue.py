"""The filters that the fake offers: invented choices, real kinds.

Titles and ids drift at Prolific; a test may change any of these records.
"""

from __future__ import annotations

from typing import Any

COUNTRIES = (
    *("United Kingdom", "United States", "Ireland", "Germany", "France", "Spain", "Italy"),
    *("Poland", "Portugal", "Netherlands", "Canada", "Australia", "New Zealand", "Mexico"),
    *("South Africa", "Greece", "Hungary", "Sweden", "Norway", "Denmark", "Japan", "Chile"),
)
LANGUAGES = ("English", "German", "French", "Spanish", "Italian", "Polish", "Portuguese")


def filters() -> list[dict[str, Any]]:
    """All of them, as `GET /filters/` gives them when it is asked for details."""
    country = "current-country-of-residence"
    numbered = [
        _select(country, "Current Country of Residence", COUNTRIES),
        _select("sex", "Sex", ("Male", "Female")),
        _select("handedness", "Handedness", ("Right-handed", "Left-handed", "Ambidextrous")),
        _select("first-language", "First Language", LANGUAGES),
        _select("fluent-languages", "Fluent languages", LANGUAGES),
        _range("age", "Age", "integer", 18, 100),
        _range("approval_rate", "Approval Rate", "integer", 0, 100),
        _range("approval_numbers", "Number of previous submissions", "integer", 0, 100_000),
        _range("joined_between", "Joined Prolific", "date", "2014-01-01", "2030-12-31"),
        _list("custom_allowlist", "Custom allowlist", "ParticipantID"),
        _list("custom_blocklist", "Custom blocklist", "ParticipantID"),
        _list("previous_studies_allowlist", "Previous studies allowlist", "StudyID"),
        _list("previous_studies_blocklist", "Previous studies blocklist", "StudyID"),
        _list("participant_group_allowlist", "Participant group allowlist", "ParticipantGroupID"),
        _list("participant_group_blocklist", "Participant group blocklist", "ParticipantGroupID"),
        _select("ai-taskers", "AI Taskers", ("Yes",)) | {"tags": ["custom-group"]},
    ]
    return [each | {"display_order": place} for place, each in enumerate(numbered)]


def _plain(filter_id: str, title: str) -> dict[str, Any]:
    return {
        "filter_id": filter_id,
        "title": title,
        "description": "",
        "question": f"{title}?",
        "researcher_help_text": "",
        "participant_help_text": "",
        "category": "Other",
        "subcategory": "",
        "tags": [],
    }


def _select(filter_id: str, title: str, choices: tuple[str, ...]) -> dict[str, Any]:
    keyed = {str(place): label for place, label in enumerate(choices)}
    kind = {"type": "select", "data_type": "ChoiceID", "choices": keyed}
    return _plain(filter_id, title) | kind


def _list(filter_id: str, title: str, data_type: str) -> dict[str, Any]:
    return _plain(filter_id, title) | {"type": "select", "data_type": data_type, "choices": {}}


def _range(
    filter_id: str, title: str, data_type: str, least: object, most: object
) -> dict[str, Any]:
    kind = {"type": "range", "data_type": data_type, "min": least, "max": most}
    return _plain(filter_id, title) | kind
