"""A question as a HIT carries it, together with how a worker would answer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from mturk_exodus.demo.answers import Given

Answering: TypeAlias = Callable[[Random], tuple[Given, ...]]


@dataclass(frozen=True)
class Asked:
    """One HIT's Question member and the answers that fit it."""

    question: str
    answer: Answering


Ask: TypeAlias = Callable[[Random, int], Asked]
"""Makes the question of the n-th HIT of a HIT type."""
