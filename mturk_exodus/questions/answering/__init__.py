"""Answers: read, mended, written, and as rows."""
