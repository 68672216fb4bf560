"""Links as `exodus host --links --json` prints them, for HITs that need not be anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

_QUERY = "PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"


def line(hit_ids: Iterable[str], places: int = 2) -> str:
    """A link to these, one after the other."""
    ids = list(hit_ids)
    url = f"https://tasks.example/hits/{ids[0]}.{len(ids)}?{_QUERY}"
    said = {"url": url, "hit_type_id": None, "hit_ids": ids, "places": places, "participant": None}
    return json.dumps(said)


def write(path: Path, visits: Iterable[Iterable[str]], places: int = 2) -> Path:
    """A file of links."""
    with path.open("w") as file:
        file.writelines(f"{line(visit, places)}\n" for visit in visits)
    return path
