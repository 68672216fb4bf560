"""What a project's template is: our own page, which shows the HITs' pages in a frame."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from mturk_exodus_turkle.mapping.rows import PAGE
from mturk_exodus_turkle.mapping.texts import in_ascii

Part = str | int

LONGEST = 65_000
"""Characters of a template; Turkle takes 65,536 unless its TURKLE_TEMPLATE_LIMIT is another, and a
fence (`fences.py`) is to find room.
"""

# Turkle refuses a template without a field, and adds a button of its own to one without a button.
_HTML = """<!-- mturk-exodus -->
<input type="hidden" disabled><button type="submit" hidden disabled></button>
<div id="mturk-exodus-place"></div>
<script type="application/json" id="mturk-exodus-parts">{parts}</script>
<script type="application/json" id="mturk-exodus-row">${{{page}}}</script>
<script>{script}</script>
"""


@dataclass(frozen=True)
class Design:
    """What many pages have in common.

    Attributes:
        parts: literal texts, and the numbers of the values that a row has, by turns.
    """

    parts: tuple[Part, ...] = ()

    @cached_property
    def html(self) -> str:
        """The project's template. Its own script must hold nothing that looks like a variable."""
        return _HTML.format(parts=in_ascii(list(self.parts)), page=PAGE, script=_script()).strip()

    @cached_property
    def digest(self) -> str:
        """What tells it from others."""
        return hashlib.sha256(in_ascii(list(self.parts)).encode()).hexdigest()[:16]

    @property
    def fits(self) -> bool:
        """Whether Turkle takes it."""
        return len(self.html) <= LONGEST

    def document(self, values: Sequence[str]) -> str:
        """What a browser makes of it."""
        return "".join(values[one] if isinstance(one, int) else one for one in self.parts)


@cache
def _script() -> str:
    """Our script; Turkle would take `${name}` in it for a variable, but not `${ name}`."""
    folder = resources.files("mturk_exodus_turkle") / "page"
    text = (folder / "shown.js").read_text("utf-8")
    return re.sub(r"\$\{(?=\w+\})", "${ ", text)
