"""What of an archive becomes what in Label Studio. Pure: no network, no clock, no chance.

    Task -> reading.py -> Form -> controls.py -> config.py     a project
                           └────> data.py, carried.py          its tasks
    Assignment -> answers.py -> results.py -> validation.py    their annotations

`planning.plan` puts it together.
"""

from mturk_exodus_label_studio.mapping.planning import plan

__all__ = ["plan"]
