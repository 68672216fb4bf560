"""The archive: one SQLite file that holds what a requester account held."""

from mturk_exodus.archive.archive import Archive

__all__ = ["Archive"]
