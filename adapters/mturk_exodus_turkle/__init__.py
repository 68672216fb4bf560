"""Turkle (https://github.com/hltcoe/turkle), a marketplace of one's own, as a target."""

from mturk_exodus_turkle.adapter import TurkleAdapter

__all__ = ["TurkleAdapter"]
