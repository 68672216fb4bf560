"""Drafts as files that Prolific's own command line takes: `prolific study create -t FILE`.

A file has the keys of the API and no others. The ids of filters and groups, which only Prolific
knows, are in it if Prolific was asked and has them. Otherwise a filter's title, or the key of a
group's action, stands there, which Prolific refuses: no draft is made that lets in more people than
it should.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from mturk_exodus import errors
from mturk_exodus.replay.adapter import JSON, Action, Loss, Receipt
from mturk_exodus_prolific.choosing import ALLOW, BLOCK, filters_of
from mturk_exodus_prolific.looking import Looking, Payload
from mturk_exodus_prolific.mapping.planning import PROJECT
from mturk_exodus_prolific.workplace import Workplace

_NOT_NAME = re.compile("[^A-Za-z0-9._-]")


def files(
    items: Iterable[Action | Loss], place: Workplace | None, project: str | None
) -> Iterator[tuple[str, JSON]]:
    """A file's name and what is in it, for each study.

    Args:
        items: a plan.
        place: where Prolific is asked; None, and nobody is.
        project: the id of the one that a person named.
    """
    receipts: dict[str, Receipt] = {}
    for one in items:
        if isinstance(one, Loss):
            continue
        if one.operation != "study":
            receipts |= Looking(place).find([one], receipts) if place else {}
            continue
        there = receipts.get(PROJECT)
        body = {
            **one.payload,
            "filters": [_filter(each, place, receipts) for each in one.payload["filters"]],
            "project": project or (there.target_id if there else PROJECT),
        }
        yield f"{_NOT_NAME.sub('-', one.key)}.json", body


def _filter(one: Payload, place: Workplace | None, receipts: Mapping[str, Receipt]) -> JSON:
    payload = {"filters": [one]}
    if place is not None:
        try:
            (found,) = filters_of(payload, place.filters_for(payload), receipts)
        except (errors.TargetRejected, KeyError):
            pass
        else:
            return found
    if "title" in one:
        return {"filter_id": one["title"], **{k: v for k, v in one.items() if k != "title"}}
    names = [one["allow"]] if "allow" in one else one["block"]
    return {"filter_id": ALLOW if "allow" in one else BLOCK, "selected_values": list(names)}
