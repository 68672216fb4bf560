"""studies.toml: read, drafted, and refused where it does not say what it must."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mturk_exodus.archive import Archive
from mturk_exodus.audit.studies import draft
from mturk_exodus.audit.studies_file import Study, read, written
from mturk_exodus.errors import StudiesUnreadable

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
STUDIES = st.builds(Study, TEXTS.filter(bool), TEXTS, TEXTS, TEXTS, st.tuples(TEXTS))


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STUDIES)
def test_what_is_written_is_read(tmp_path: Path, study: Study) -> None:
    file = tmp_path / "studies.toml"
    file.write_text("".join(written([study])), encoding="utf-8", newline="")
    assert read(file) == (study,)


def test_a_draft_names_every_batch_and_hit_type_once(demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "studies.toml"
    with Archive.open(demo, read_only=True) as archive:
        file.write_text("".join(written(draft(archive))), encoding="utf-8")
        titles = archive.connection.execute("select count(distinct title) from hits").fetchone()
        batches = archive.connection.execute("select distinct batch_id from hits").fetchall()
    studies = read(file)
    assert len(studies) == titles[0] > 1
    assert {one for study in studies for one in study.batches} == {
        one for (one,) in batches if one is not None
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[study]", "is not TOML that can be read"),
        ("study = 1", "must hold nothing but tables [[study]]"),
        ('title = "a"', "must hold nothing but tables [[study]]"),
        ("[[study]]", "has no title"),
        ('[[study]]\ntitle = "a"\npapers = "b"', "has 'papers', which is unknown"),
        ('[[study]]\ntitle = "a"\nbatches = "1"', "batches of study 1"),
        ('[[study]]\ntitle = "a"\nbatches = [1]', "must be a list of texts"),
        ("[[study]]\ntitle = 1", "must be a text"),
        ('[[study]]\ntitle = "a"\nbatches = ["1", "1"]', "names 1 twice in batches"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "studies.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StudiesUnreadable) as raised:
        read(file)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudiesUnreadable, match="cannot be read"):
        read(tmp_path / "studies.toml")
