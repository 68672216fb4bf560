"""The links of HITs, for a panel or for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from mturk_exodus.serve.host.bundling import Bundles, PaidBundles
from mturk_exodus.serve.host.desk import OfferedHIT
from mturk_exodus.serve.host.links import link
from mturk_exodus.serve.host.panels import Panel


@dataclass(frozen=True)
class Invitation:
    """A link.

    Attributes:
        url: with the panel's placeholders, or for one participant.
        hit_type_id: of its HITs.
        hit_ids: that are worked on one after the other.
        places: how many people may work on all of them.
        participant: whose it is; None if anybody's.
    """

    url: str
    hit_type_id: str | None
    hit_ids: tuple[str, ...]
    places: int
    participant: str | None = None


def invitations(
    hits: Iterable[OfferedHIT],
    panel: Panel,
    key: bytes,
    origin: str,
    *,
    bundles: Bundles | PaidBundles,
    participants: Sequence[str] | None,
) -> Iterator[Invitation]:
    """A link for each HIT, or each bundle of HITs of one type; for each participant, if given.

    Args:
        hits: in the order in which they are offered: those of a type together.
        panel: where participants come from.
        key: the desk's.
        origin: where participants come to.
        bundles: how many HITs go into one visit.
        participants: ids of people whom we know.
    """
    for hit_type_id, of_type in groupby(hits, lambda hit: hit.hit_type_id):
        for some in bundles.of(hit_type_id, of_type):
            ids = tuple(hit.hit_id for hit in some)
            places = min(hit.places for hit in some)
            for participant in participants if participants is not None else [None]:
                parameters = (
                    panel.link_parameters()
                    if participant is None
                    else panel.personal_parameters(participant, key)
                )
                url = link(origin, ids, key, parameters)
                yield Invitation(url, hit_type_id, ids, places, participant)
