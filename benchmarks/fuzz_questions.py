"""Mutated questions, thousands of them: each must be read or refused, in time and in memory.

The figures go to stdout. A text that raises anything but UnreadableQuestion is printed by its
number, which makes it again with `--first`; one that takes more than `--patience` seconds ends the
run with a traceback.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import os
import random
import re
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from mturk_exodus.questions import question
from mturk_exodus.questions.form import UnreadableQuestion
from mturk_exodus.questions.html_question import unwrap

CHECKOUT = Path(__file__).resolve().parents[1]
LONGEST_SEED = 65_535
"""Characters: what MTurk takes. Longer files are cut off there."""
MAXRSS_PER_MB = 1024**2 if sys.platform == "darwin" else 1024
REPORTS = 10
OF_FILES = 0.5
"""The share of texts that are made from files as well, not from the seeds below alone."""
BROKEN = 0.6
"""The share of texts that are changed anywhere; others lose and gain whole elements."""
LEAF = re.compile(r"<((?:\w+:)?\w{1,40})(?:\s[^<>]{0,200})?(?:/>|>[^<]{0,999}</\1>)")

FORM = """<?xml version="1.0" encoding="UTF-8"?>
<QuestionForm xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionForm.xsd">
<Overview><Title>T &amp; U</Title><Text>a ${b} $c</Text><List><ListItem>i</ListItem></List>
<FormattedContent><![CDATA[<p>a <a href="u?v=1&w=2">b</a><br/><img src="i" alt="x"/></p>]]>
</FormattedContent><Binary><MimeType><Type>image</Type><SubType>png</SubType></MimeType>
<DataURL>https://a.example/i.png</DataURL><AltText>i</AltText></Binary>
<Application><Flash><FlashMovieURL>https://a.example/m.swf</FlashMovieURL></Flash></Application>
</Overview><Question><QuestionIdentifier>q1</QuestionIdentifier><DisplayName>Q</DisplayName>
<IsRequired>true</IsRequired><QuestionContent><Text>What?</Text></QuestionContent>
<AnswerSpecification><FreeTextAnswer><Constraints><IsNumeric minValue="1" maxValue="9"/>
<Length minLength="1" maxLength="5"/><AnswerFormatRegex regex="^a|b$" errorText="no" flags="i"/>
</Constraints><DefaultText>d</DefaultText><NumberOfLinesSuggestion>3</NumberOfLinesSuggestion>
</FreeTextAnswer></AnswerSpecification></Question><Question>
<QuestionIdentifier>q2</QuestionIdentifier><QuestionContent><Text>Which?</Text></QuestionContent>
<AnswerSpecification><SelectionAnswer><MinSelectionCount>0</MinSelectionCount>
<MaxSelectionCount>2</MaxSelectionCount><StyleSuggestion>checkbox</StyleSuggestion><Selections>
<Selection><SelectionIdentifier>y</SelectionIdentifier><Text>Yes</Text></Selection>
<OtherSelection/></Selections></SelectionAnswer></AnswerSpecification></Question></QuestionForm>"""
PAGE = """<HTMLQuestion><HTMLContent>
<![CDATA[<!DOCTYPE html><form><input type="radio" name="a" value="1"/><label>One</label>
<select name="s"><option>x</select><textarea name="t">${v}</textarea><input type=submit></form>]]>
</HTMLContent><FrameHeight>450</FrameHeight></HTMLQuestion>"""
ESCAPED = (
    "<HTMLQuestion><HTMLContent>&lt;p&gt;&#55357;&#56832;&amp;&nbsp;</HTMLContent></HTMLQuestion>"
)
ELEMENTS = "<HTMLQuestion><HTMLContent><form><input name='a'/></form></HTMLContent></HTMLQuestion>"
EXTERNAL = (
    '<e:ExternalQuestion xmlns:e="x"><e:ExternalURL>https://a.example/?b=1&amp;c=${d}'
    "</e:ExternalURL><e:FrameHeight>0</e:FrameHeight></e:ExternalQuestion>"
)
CROWD = """<crowd-form><crowd-bounding-box name="b" src="{{ task.input.u }}" labels="['x']">
<full-instructions>f</full-instructions></crowd-bounding-box><crowd-input name=i></crowd-form>"""
SEEDS = (FORM, PAGE, ESCAPED, ELEMENTS, EXTERNAL, CROWD)

TOKENS = (
    *("&", "<", ">", '"', "'", "]]>", "<![CDATA[", "<!--", "-->", "<?xml ", "?>", "/>", "</", "\0"),
    *("&#0;", "&#55357;", "&#56832;", "&nbsp;", "&amp;", "&#x110000;", "<!DOCTYPE html>", "\ud83d"),
    *("<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "${", "}", "{{", "{%", "%}", "#foreach(", "#end"),
    *(
        "<QuestionForm>",
        "</QuestionForm>",
        "<HTMLContent>",
        "</HTMLContent>",
        "<Question>",
        "9" * 99,
    ),
    *(
        "<Overview>",
        "<FormattedContent>",
        "<p>",
        "<form>",
        "<table>",
        "<select>",
        "<script>",
        "\r\n",
    ),
)


def main() -> None:
    """Read mutated questions and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the first text's number")
    parser.add_argument("--patience", type=float, default=60, help="seconds for one text")
    asked = parser.parse_args()
    seeds = [*SEEDS, *_files()]
    print(f"{len(seeds)} seeds, {sum(map(len, seeds)):,} characters")
    faulty = _run(seeds, range(asked.first, asked.first + asked.count), asked.patience)
    sys.exit(1 if faulty else 0)


def _files() -> list[str]:
    named = os.environ.get("EXODUS_FIXTURES")
    root = Path(named) if named else CHECKOUT.parent / "shared" / "fixtures" / "mturk"
    files = sorted((root / "questions").glob("*"))
    return [path.read_bytes().decode("utf-8", "replace")[:LONGEST_SEED] for path in files]


def _run(seeds: Sequence[str], numbers: range, patience: float) -> int:
    outcomes: Counter[str] = Counter()
    slowest = (0.0, 0)
    faulty = size = 0
    began = time.perf_counter()
    every = max(1, len(numbers) // REPORTS)
    print(f"{'texts':>9} {'wall s':>8} {'peak MB':>8} {'objects':>9}")
    for done, number in enumerate(numbers, 1):
        text = mutated(seeds, number)
        size += len(text)
        faulthandler.dump_traceback_later(patience, exit=True)
        start = time.perf_counter()
        outcome = _outcome(text, number)
        slowest = max(slowest, (time.perf_counter() - start, number))
        faulty += outcome.startswith("FAULT")
        outcomes[outcome] += 1
        if done % every == 0:
            _report(done, time.perf_counter() - began)
    faulthandler.cancel_dump_traceback_later()
    print(f"{size:,} characters; the slowest text ({slowest[1]}) took {slowest[0]:.2f} s")
    for outcome, count in outcomes.most_common():
        print(f"{count:>9,}  {outcome}")
    return faulty


def _report(done: int, seconds: float) -> None:
    gc.collect()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MAXRSS_PER_MB
    print(f"{done:>9,} {seconds:>8.1f} {peak:>8.0f} {len(gc.get_objects()):>9,}", flush=True)


def _outcome(text: str, number: int) -> str:
    try:
        form = question.read(text)
    except UnreadableQuestion as error:
        return f"refused: {str(error).partition('(')[0]}"
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is what is looked for
        print(f"text {number}:", file=sys.stderr)
        traceback.print_exc()
        return f"FAULT: {type(error).__name__}"
    return f"read: {form.kind}" if _is_sliced_well(text) else "FAULT: a page is not its slice"


def _is_sliced_well(text: str) -> bool:
    """Whether a page that is said to be a slice of its question is that slice."""
    try:
        page = unwrap(text)
    except UnreadableQuestion:
        return True
    if page.start is None or page.end is None:
        return True
    written = text[page.start : page.end].replace("\r\n", "\n").replace("\r", "\n")
    return written == page.html or ("<" not in written and "&" in written)


def mutated(seeds: Sequence[str], number: int) -> str:
    """The text of a number: a seed that was changed in a few places."""
    chance = random.Random(number)  # noqa: S311 -- to be made again, not to be secret
    text = chance.choice(seeds if chance.random() < OF_FILES else SEEDS)
    changes = CHANGES if chance.random() < BROKEN else (_element_moved,)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 9))):
        text = chance.choice(changes)(chance, text, seeds)
    return text


def _inserted(chance: random.Random, text: str, _seeds: Sequence[str]) -> str:
    at = chance.randint(0, len(text))
    return text[:at] + chance.choice(TOKENS) * chance.choice((1, 1, 1, 2, 50)) + text[at:]


def _cut_out(chance: random.Random, text: str, _seeds: Sequence[str]) -> str:
    start, end = _stretch(chance, text)
    return text[:start] + text[end:]


def _repeated(chance: random.Random, text: str, _seeds: Sequence[str]) -> str:
    start, end = _stretch(chance, text)
    return text[:end] + text[start:end] * chance.choice((1, 2, 30)) + text[end:]


def _moved(chance: random.Random, text: str, seeds: Sequence[str]) -> str:
    start, end = _stretch(chance, text)
    other = chance.choice(seeds)
    first, last = _stretch(chance, other)
    return text[:start] + other[first:last] + text[end:]


def _element_moved(chance: random.Random, text: str, seeds: Sequence[str]) -> str:
    """One without children in place of another, or beside it, or of nothing."""
    places = [match.span() for match in LEAF.finditer(text)]
    others = [match[0] for match in LEAF.finditer(chance.choice(seeds))]
    if not places:
        return text
    start, end = chance.choice(places)
    new = chance.choice(["", text[start:end] * 2, *others])
    return text[:start] + new + text[end:]


def _changed(chance: random.Random, text: str, _seeds: Sequence[str]) -> str:
    at = chance.randint(0, len(text))
    return (
        text[:at]
        + chr(chance.choice((chance.randrange(128), chance.randrange(0x110000))))
        + text[at + 1 :]
    )


def _stretch(chance: random.Random, text: str) -> tuple[int, int]:
    start = chance.randint(0, len(text))
    return start, min(len(text), start + chance.choice((1, 9, 60, 400)))


CHANGES: tuple[Callable[[random.Random, str, Sequence[str]], str], ...] = (
    _inserted,
    _cut_out,
    _repeated,
    _moved,
    _changed,
)


if __name__ == "__main__":
    main()
