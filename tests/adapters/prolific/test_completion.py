"""The host sends participants back with the code that the studies have."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from mturk_exodus.cli import host
from tests.adapters.prolific.stories import Story

OTHER = "https://panel.example/done?who={worker_id}"


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ((), "https://app.prolific.com/submissions/complete?cc=CODE"),
        (("--completion-url", OTHER), OTHER),
        (("--completion-url", f"{OTHER}&code={{code}}"), f"{OTHER}&code=CODE"),
        (("--panel", "own", "--worker-parameter", "pid"), None),
    ],
)
def test_the_completion_link_has_the_code_of_the_studies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: tuple[str, ...], ends: str | None
) -> None:
    story = Story(tmp_path).build()
    (study,) = story.studies()
    (code,) = study.payload["completion_codes"]
    asked: list[host.Asked] = []
    monkeypatch.setitem(host._MODES, "check", asked.append)
    options = ["--archive", str(story.path), "--check", *said]
    ended = CliRunner().invoke(host.command, options, catch_exceptions=False)
    assert ended.exit_code == 0
    (one,) = asked
    assert one.hosting.panel.completion_url == (ends and ends.replace("CODE", code["code"]))
