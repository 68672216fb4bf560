"""Do a list's tokens lead on, or round in a ring?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Ring:
    """Finds out, after at most three times round, that tokens repeat (Brent's algorithm)."""

    _remembered: str = ""
    _steps: int = 0
    _remember_after: int = 1

    def closes(self, token: str) -> bool:
        """Whether this token has come before."""
        if token == self._remembered:
            return True
        self._steps += 1
        if self._steps == self._remember_after:
            self._remembered, self._steps = token, 0
            self._remember_after *= 2
        return False
