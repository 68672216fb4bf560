"""How Label Studio is told who asks.

It has two kinds of tokens. A legacy token opens it as it is. A personal access token does not: it
is a JSON Web Token (two dots) that is exchanged for a short one, which lives for 300 s (measured on
1.23.2).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from mturk_exodus import errors

LIFETIME = 300.0
"""Seconds that what a personal access token is exchanged for lives."""

_MARGIN = 60.0
_TOKEN = re.compile(r"[!-~]{6,4000}")

Exchange = Callable[[str], str]


class Access:
    """The header that opens the server.

    Args:
        token: of either kind.
        exchange: gets what a personal access token is exchanged for.
        clock: seconds that only grow.

    Raises:
        SettingMissing: it cannot be a token.
    """

    def __init__(
        self, token: str, exchange: Exchange, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._token = token.strip()
        self._exchange = exchange
        self._clock = clock
        self._short = ""
        self._until = 0.0
        if not _TOKEN.fullmatch(self._token):
            raise errors.SettingMissing("api_key: this is no access token of Label Studio")

    def header(self) -> str:
        """The value of `Authorization`, which may ask the server first."""
        if not self._is_personal:
            return f"Token {self._token}"
        if self._clock() >= self._until:
            self.renew()
        return f"Bearer {self._short}"

    def renew(self) -> bool:
        """Get another one, if that can help; whether it can."""
        if not self._is_personal:
            return False
        asked = self._clock()
        self._short = self._exchange(self._token)
        self._until = asked + LIFETIME - _MARGIN
        return True

    @property
    def _is_personal(self) -> bool:
        return self._token.count(".") == 2  # noqa: PLR2004 - a JSON Web Token has three parts
