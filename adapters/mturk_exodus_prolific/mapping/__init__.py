"""What of an archive becomes what at Prolific. Pure: no network, no clock, no chance.

    settings -> terms.py                        what a person decided
    HIT type -> pricing.py, requirements.py     what it pays, and who may take part
    links.jsonl -> links.py -> studies.py       its studies

`planning.plan` puts it together.
"""

from mturk_exodus_prolific.mapping.planning import plan

__all__ = ["plan"]
