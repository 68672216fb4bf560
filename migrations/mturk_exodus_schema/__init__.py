"""The archive's format, one file a step. `../README.md` explains the tables and the rules."""

from sqlite_utils import Migrations

from mturk_exodus_schema import (
    m0001_records,
    m0002_files,
    m0003_questions,
    m0004_compaction,
    m0005_replays,
)

APPLICATION_ID = 0x4D54584F
"""`MTXO`: what file(1) and SQLite show as the file's application."""

migrations = Migrations("mturk_exodus")
migrations(name="m0001_records")(m0001_records.upgrade)
migrations(name="m0002_files")(m0002_files.upgrade)
migrations(name="m0003_questions")(m0003_questions.upgrade)
migrations(name="m0004_compaction")(m0004_compaction.upgrade)
migrations(name="m0005_replays")(m0005_replays.upgrade)

__all__ = ["APPLICATION_ID", "migrations"]
