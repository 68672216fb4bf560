"""The report on an archive: what is there, what it cost, what is at risk, where it went."""

from mturk_exodus.audit.auditing import Settings, audit

__all__ = ["Settings", "audit"]
