"""How a worker of MTurk says who she is on another platform, without naming her worker id there."""

from mturk_exodus.bridge.bridge import (
    MOST_IN_ALL,
    MOST_OF_ONE,
    Bridge,
    Counts,
    Redeemed,
    Redemption,
    beside,
)
from mturk_exodus.bridge.keys import existing_key, key_for
from mturk_exodus.bridge.rules import RULES
from mturk_exodus.bridge.tokens import read, spelled, token_of

__all__ = [
    "MOST_IN_ALL",
    "MOST_OF_ONE",
    "RULES",
    "Bridge",
    "Counts",
    "Redeemed",
    "Redemption",
    "beside",
    "existing_key",
    "key_for",
    "read",
    "spelled",
    "token_of",
]
