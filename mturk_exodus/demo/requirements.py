"""QualificationRequirements of the account's HIT types.

Comparators, actions and system ids: MTurk API reference, QualificationRequirement data structure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mturk_exodus.demo.account import WireRecord

MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
NUMBER_APPROVED = "00000000000000000040"
LOCALE = "00000000000000000071"
ADULT = "00000000000000000060"
PERCENT_APPROVED = "000000000000000000L0"

ACCEPT = "Accept"
PREVIEW = "PreviewAndAccept"
DISCOVER = "DiscoverPreviewAndAccept"


def requirement(
    type_id: str,
    comparator: str,
    *,
    integers: Sequence[int] = (),
    locales: Sequence[str] = (),
    guards: str = ACCEPT,
) -> WireRecord:
    """One requirement; a locale is a country or, in the US, country and subdivision: "US-CA".

    RequiredToPreview is deprecated and still returned.
    """
    record: WireRecord = {"QualificationTypeId": type_id, "Comparator": comparator}
    if integers:
        record["IntegerValues"] = list(integers)
    if locales:
        record["LocaleValues"] = [locale(one) for one in locales]
    record["RequiredToPreview"] = guards != ACCEPT
    record["ActionsGuarded"] = guards
    return record


def locale(text: str) -> WireRecord:
    """A Locale structure."""
    country, _, subdivision = text.partition("-")
    return {"Country": country, "Subdivision": subdivision} if subdivision else {"Country": country}


def requirements(own: Mapping[str, str], foreign: str) -> dict[str, list[WireRecord]]:
    """Requirements by HIT type key; a HIT type that is not in it has none.

    Args:
        own: ids of the caller's qualification types, by our names.
        foreign: id of a type that belongs to somebody else.
    """
    approved = requirement(PERCENT_APPROVED, "GreaterThanOrEqualTo", integers=[98])
    return {
        "sentiment": [approved, requirement(NUMBER_APPROVED, "GreaterThan", integers=[5000])],
        "relevance": [requirement(LOCALE, "In", locales=["US", "CA", "GB", "AU"])],
        "adequacy": [
            requirement(LOCALE, "NotEqualTo", locales=["US"], guards=PREVIEW),
            requirement(own["translators"], "GreaterThanOrEqualTo", integers=[7]),
        ],
        "survey-link": [
            requirement(LOCALE, "EqualTo", locales=["US-CA"], guards=DISCOVER),
            requirement(own["participants"], "DoesNotExist", guards=DISCOVER),
        ],
        "follow-up": [requirement(own["participants"], "Exists", guards=PREVIEW)],
        "reaction": [requirement(LOCALE, "NotIn", locales=["US-NY", "US-IL", "DE"])],
        "handwriting": [requirement(foreign, "EqualTo", integers=[100])],
        "boxes": [requirement(MASTERS, "Exists"), approved],
        "entities": [requirement(own["names-test"], "NotEqualTo", integers=[0])],
        "surfaces": [requirement(own["errors"], "LessThanOrEqualTo", integers=[3])],
        "moderation": [requirement(ADULT, "EqualTo", integers=[1], guards=DISCOVER), approved],
        "second-look": [requirement(own["errors"], "LessThan", integers=[2])],
        "transcripts": [requirement(own["script-group"], "In", integers=[1, 2, 4])],
    }
