"""How a published study grows."""

from __future__ import annotations

from tests.fakes.prolific.account import Record
from tests.fakes.prolific.wire import invalid


def grown(fields: Record, given: Record) -> Record:
    """The fields that change when places or links are added to a published study.

    Of `access_details` alone each is a new link, and its places are added. Together with
    `total_available_places` each raises a link that is there already; that the new total must be
    the sum is inferred from the rule for drafts.
    """
    if "access_details" in given:
        return _with_links(fields, given)
    if "total_available_places" not in given:
        return {}
    wanted = given["total_available_places"]
    if fields["access_details"]:
        raise invalid(total_available_places="Taskflow needs access_details, too.")
    if not isinstance(wanted, int) or wanted < fields["total_available_places"]:
        raise invalid(total_available_places="Places can only be increased.")
    return {"total_available_places": wanted}


def _with_links(fields: Record, given: Record) -> Record:
    held: list[Record] = fields["access_details"] or []
    if not held:
        raise invalid(access_details="This is no Taskflow study.")
    raises = "total_available_places" in given
    added = {each["external_url"]: each["total_allocation"] for each in given["access_details"]}
    if any(not isinstance(each, int) or each < 1 for each in added.values()):
        raise invalid(access_details="Places can only be increased.")
    known = {each["external_url"] for each in held}
    if raises and not added.keys() <= known:
        raise invalid(access_details="There is no such external_url.")
    if not raises and added.keys() & known:
        raise invalid(access_details="This external_url is there already.")
    total = fields["total_available_places"] + sum(added.values())
    if raises and given["total_available_places"] != total:
        raise invalid(total_available_places=f"The sum of total_allocation is {total}.")
    return {"access_details": _sum(held, added), "total_available_places": total}


def _sum(held: list[Record], added: Record) -> list[Record]:
    raised = [
        each | {"total_allocation": each["total_allocation"] + added.get(each["external_url"], 0)}
        for each in held
    ]
    known = {each["external_url"] for each in held}
    new = [
        {"external_url": url, "total_allocation": places}
        for url, places in added.items()
        if url not in known
    ]
    return raised + new
