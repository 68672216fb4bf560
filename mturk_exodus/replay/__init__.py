"""An archive becomes a plan for a target, and the plan is carried out exactly once."""
