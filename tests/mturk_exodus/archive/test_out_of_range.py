"""A record that no column can hold belongs into quarantine; it must not end the export."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.archive.tables import HITS, Raw
from tests.mturk_exodus.archive.support import ORIGIN, hit, writing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_structure_with_a_number_beyond_all_bounds_goes_to_quarantine(
    path: Path, number: str
) -> None:
    # Once: json.dumps writes Infinity, the column's json_valid() refuses it: IntegrityError.
    text = json.dumps(hit("H1", QualificationRequirements=[17])).replace("17", number)
    with writing(path) as writer, writer.archive.transaction():
        stored = writer.put(HITS, [Raw(text, json.loads(text))], ORIGIN)
        assert stored.refused == 1


def test_a_member_beyond_all_bounds_that_the_model_does_not_know_goes_there_too(
    path: Path,
) -> None:
    texts = [json.dumps(hit("H1", New=number)) for number in (1, 17, 3)]
    with writing(path) as writer:
        for text in (text.replace("17", "1e999") for text in texts):
            with writer.archive.transaction():
                stored = writer.put(HITS, [Raw(text, json.loads(text))], ORIGIN)
            assert stored.refused == ("1e999" in text)
