"""For whoever writes an adapter: the conformance kit, archives to try it on, faults.

Needs pytest: `pip install mturk-exodus[testing]`. No program code imports it.
"""

import pytest

# Before any of them is imported: without it, an assertion that fails says nothing but that.
pytest.register_assert_rewrite(
    *(f"{__name__}.{name}" for name in ("carries", "declares", "plans", "replays", "survives")),
    f"{__name__}.target",
)

from mturk_exodus.testing.conformance import AdapterConformance  # noqa: E402 - see above
from mturk_exodus.testing.target import Target  # noqa: E402 - see above

__all__ = ["AdapterConformance", "Target"]
