"""Broken pages: templates cut, spliced and mangled, each read to the end.

A page may be nonsense; reading it must not raise, hang, or grow the memory, and the same page must
give the same form. It stops at the first that does, and says which seed makes it.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mturk_exodus.questions.pages import html_form

TEMPLATES = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "mturk" / "templates"
LONGEST = 20_000
"""Characters that are taken out of a template: short pages make more of them."""
SLOWEST = 2.0
"""Seconds that a page may take."""
GROWTH = 100_000
"""KiB that the memory may grow by after the first tenth."""

_PIECES = (
    *(
        "<",
        ">",
        "</",
        "/>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "\0",
        "\ud83d",
        "\udc00",
        "&",
        "&#x;",
    ),
    *(
        "&#55357;",
        "'",
        '"',
        "=",
        "`",
        "${a}",
        "{{ b | to_json }}",
        "{% for x in y %}",
        "{% endfor %}",
    ),
    *("<form>", "</form>", "<table>", "<tr>", "<td>", "<template>", "<svg>", "<math>", "<select>"),
    *("<option>", "<optgroup label=x>", "<label>", "<fieldset disabled>", "<legend>", "<textarea>"),
    *("<input name=a type=radio>", "<input name=b form=f>", "<button name=c>", "<datalist>"),
    *("<crowd-form>", "<crowd-classifier name=d categories=\"['x', 'y']\">", "<crowd-radio-group>"),
    *("<crowd-checkbox name=e>", "<classification-target>", "<noscript>", "<script>", "</script>"),
    *("<foreignObject>", "<frameset>", "<plaintext>", "<a href=x>", "<b>", "<p>", "labels='[[[['"),
)


def _cut(text: str, chance: random.Random) -> str:
    start = chance.randrange(len(text) + 1)
    return text[:start] + text[start + chance.randrange(200) :]


def _put(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(_PIECES) * chance.choice((1, 1, 1, 40)) + text[place:]


def _swap(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[place:] + text[:place]


def _repeat(text: str, chance: random.Random) -> str:
    start = chance.randrange(len(text) + 1)
    piece = text[start : start + chance.randrange(1, 80)]
    return text[:start] + piece * chance.randrange(1, 60) + text[start:]


def _scramble(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chr(chance.randrange(0x110000)) + text[place + 1 :]


_CHANGES: tuple[Callable[[str, random.Random], str], ...] = (_cut, _put, _swap, _repeat, _scramble)


def mutated(templates: list[str], seed: int) -> str:
    """A page that one seed makes."""
    chance = random.Random(seed)  # noqa: S311 - the same page must come again
    text = chance.choice(templates)
    start = chance.randrange(max(len(text) - LONGEST, 0) + 1)
    text = text[start : start + chance.randrange(1, LONGEST)]
    for _ in range(chance.randrange(1, 12)):
        text = chance.choice(_CHANGES)(text, chance)[: 2 * LONGEST]
    return text


def run(templates: list[str], seeds: range) -> Iterator[tuple[int, float]]:
    """Read a page for every seed: fields found, and seconds."""
    for seed in seeds:
        page = mutated(templates, seed)
        started = time.perf_counter()
        try:
            form = html_form.read(page)
        except BaseException:
            print(f"seed {seed} raises", file=sys.stderr)
            raise
        yield len(form.fields), time.perf_counter() - started
        if seed % 100 == 0 and html_form.read(page) != form:
            raise AssertionError(f"seed {seed} gives two forms")


def _memory() -> int:
    """KiB, the most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> int:
    """Run; 1 if a page was too slow or the memory grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=50_000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=TEMPLATES)
    asked = parser.parse_args()
    files = sorted(asked.folder.glob("*.html"))
    templates = [file.read_text("utf-8", "replace") for file in files]
    fields, slowest, early = 0, (0.0, 0), 0
    seeds = range(asked.first_seed, asked.first_seed + asked.pages)
    for done, (found, seconds) in enumerate(run(templates, seeds), 1):
        fields += found
        slowest = max(slowest, (seconds, seeds[done - 1]))
        early = _memory() if done == max(asked.pages // 10, 1) else early
        if done % 5000 == 0:
            print(f"{done} pages, {fields} fields, {_memory()} KiB", flush=True)
    growth = _memory() - early
    print(f"{asked.pages} pages, {fields} fields, nothing raised")
    print(f"slowest {slowest[0]:.2f} s (seed {slowest[1]}); memory grew by {growth} KiB")
    return int(slowest[0] > SLOWEST or growth > GROWTH)


if __name__ == "__main__":
    sys.exit(main())
