from __future__ import annotations

from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.audit.bench import benched
from mturk_exodus.audit.fees import Fees


@pytest.mark.parametrize(
    ("table", "number"), [("person", "worker_no"), ("type", "type_no"), ("batch", "batch_no")]
)
def test_numbers_are_joined_by_an_index(demo: Path, table: str, number: str) -> None:
    """Without one, a million rows look at every worker."""
    with Archive.open(demo, read_only=True) as archive, benched(archive, (), Fees()) as bench:
        steps = bench.rows(
            f"explain query plan select * from piece left join {table} using ({number})"  # noqa: S608 - constants
        )
        said = [step for *_, step in steps]
    assert [one for one in said if one.startswith(f"SEARCH {table} USING INTEGER PRIMARY KEY")]
