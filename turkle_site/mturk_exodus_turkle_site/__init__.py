"""Turkle's side of an import from MTurk: a Django app that needs Turkle and nothing else."""
