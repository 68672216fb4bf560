"""Prolific (https://www.prolific.com) as a target."""

from mturk_exodus_prolific.adapter import ProlificAdapter

__all__ = ["ProlificAdapter"]
