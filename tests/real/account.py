"""One account out of every real file: each HIT, question and answer in it was somebody's."""

from __future__ import annotations

from pathlib import Path

from tests.real.assembly import Assembly
from tests.real.documents import add_questions, add_templates
from tests.real.replies import add_replies
from tests.real.tables import add_results


def assemble(root: Path) -> Assembly:
    """The account, and what of it came from which file."""
    assembly = Assembly(root)
    add_replies(assembly)
    add_results(assembly)
    add_questions(assembly)
    add_templates(assembly)
    return assembly
