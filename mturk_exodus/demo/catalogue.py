"""All HIT types of the account, and how its HITs are shared out among them."""

from __future__ import annotations

from itertools import pairwise

from mturk_exodus.demo.labelling import BATCHES, SCRIPTED
from mturk_exodus.demo.laboratory import LABORATORY

CATALOGUE = BATCHES + LABORATORY + SCRIPTED


def shares(hits: int) -> list[int]:
    """How many of `hits` HITs each of CATALOGUE gets; they add up to `hits`."""
    whole = sum(one.share for one in CATALOGUE)
    edges, upto = [0], 0
    for one in CATALOGUE:
        upto += one.share
        edges.append(hits * upto // whole)
    return [after - before for before, after in pairwise(edges)]
