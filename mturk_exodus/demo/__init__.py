"""A synthetic MTurk account: seeded, hostile where real ones are, and nobody's."""

from mturk_exodus.demo.account import Account, WireRecord
from mturk_exodus.demo.synthesize import synthesize

__all__ = ["Account", "WireRecord", "synthesize"]
