"""HITs whose question is a page of plain HTML or lives elsewhere, and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus.demo import markup as m
from mturk_exodus.demo.answers import FreeText, Given
from mturk_exodus.demo.asking import Asked
from mturk_exodus.demo.texts import LINES, QUERIES, REMARKS, TRANSLATIONS
from mturk_exodus.demo.wire import happens

if TYPE_CHECKING:
    from random import Random

DEFECTS = ("brand", "size", "colour", "quantity")
GRADES = ("exact", "substitute", "complement", "irrelevant")

_RELEVANCE = (
    """<h2>Does the product fit the search?</h2>
<p>Search: <b>${query}</b></p>
<p>Product: <img src="${image_url}" alt="product" /> ${product}</p>
"""
    + "\n".join(
        f"<p><label><input type='radio' name='relevance' value='{v}' required='required' /> {v}"
        "</label></p>"
        for v in GRADES
    )
    + "\n<p>What is wrong with it? (any number)</p>\n"
    + "\n".join(
        f"<label><input type='checkbox' name='wrong' value='{v}' /> {v}</label>" for v in DEFECTS
    )
    + "\n<p><textarea name='why' rows='3' cols='60' maxlength='500'></textarea></p>"
)

_ADEQUACY = """<h2>Is this translation adequate?</h2>
<blockquote lang="en">${source}</blockquote>
<blockquote dir="auto">${target}</blockquote>
<p><select name='adequacy'><option value=''>choose…</option>
<option value='4'>all meaning</option><option value='3'>most meaning</option>
<option value='2'>little meaning</option><option value='1'>none</option></select></p>
<p>Fluency: <input type='range' name='fluency' min='0' max='100' step='5' value='50' /></p>
<p><input type='text' name='better' size='80' placeholder='a better translation, if you know one' />
</p>"""

_BACKGROUND = """<h1>A short questionnaire</h1>
<p>University psychology laboratory; wave %d. You may stop at any time.</p>
<fieldset><legend>Do you agree to take part?</legend>
<label><input type="radio" name="consent" value="yes" required> Yes</label>
<label><input type="radio" name="consent" value="no"> No</label></fieldset>
<p>Languages at home <select name="languages" multiple size="5">
<option>English</option><option>Español</option><option>中文</option><option>العربية</option>
<option>Tiếng Việt</option></select></p>
<p>Hours of sleep last night <input type="number" name="sleep" min="0" max="24" step="0.5"></p>
<p>Mood <input type="range" name="mood" min="1" max="9"></p>
<p><input type="checkbox" name="contact" value="on"> You may write to me through MTurk.</p>
<p>Anything else? <textarea name="comments" rows="4"></textarea></p>"""
LANGUAGES = ("English", "Español", "中文", "العربية", "Tiếng Việt")

_LINE = """<h2>Type what you see</h2>
<p><img src="https://images.lab.example/lines/%06d.png" alt="one line of handwriting"></p>
<p><textarea name="transcript" rows="2" cols="90" required></textarea></p>
<p>Script: <input list="scripts" name="script"><datalist id="scripts"><option value="Latin">
<option value="Other"></datalist></p>
<p>Sure? <input type="radio" name="sure" value="1">1 <input type="radio" name="sure" value="2">2
<input type="radio" name="sure" value="3">3</p>
<p>Remarks <textarea name="remarks"></textarea></p>"""


def ask_relevance(_rng: Random, index: int) -> Asked:
    """One row of a batch of search results."""
    query, product = QUERIES[index % len(QUERIES)]
    url = f"https://images.lab.example/shop/{index:05d}.jpg?w=320&h=240"
    values = {"query": query, "product": product, "image_url": url}

    def answer(rng: Random) -> tuple[Given, ...]:
        wrong = rng.sample(DEFECTS, rng.randint(0, 3))
        given = [FreeText("relevance", rng.choice(GRADES))]
        if wrong:  # Boxes that nobody ticked are not posted.
            given.append(FreeText("wrong", "|".join(wrong)))
        return (*given, FreeText("why", rng.choice(REMARKS)))

    return Asked(m.html_form(m.fill(_RELEVANCE, values), 450), answer)


def ask_adequacy(_rng: Random, index: int) -> Asked:
    """One row of a batch of translations."""
    source, target = TRANSLATIONS[index % len(TRANSLATIONS)]

    def answer(rng: Random) -> tuple[Given, ...]:
        given = [
            FreeText("adequacy", str(rng.randint(1, 4))),
            FreeText("fluency", str(5 * rng.randint(0, 20))),
        ]
        if happens(rng, 0.4):
            given.append(FreeText("better", target.rstrip(".。") + "!"))
        return tuple(given)

    filled = m.fill(_ADEQUACY, {"source": source, "target": target})
    return Asked(m.html_form(filled, 500), answer)


def ask_background(_rng: Random, index: int) -> Asked:
    """A questionnaire with every plain HTML control."""
    return Asked(m.html_form(_BACKGROUND % (index + 1), 900), _answer_background)


def _answer_background(rng: Random) -> tuple[Given, ...]:
    given = [
        FreeText("consent", "yes"),
        FreeText("languages", "|".join(rng.sample(LANGUAGES, rng.randint(1, 3)))),
        FreeText("sleep", rng.choice(("6.5", "7", "8", "4", "0"))),
        FreeText("mood", str(rng.randint(1, 9))),
    ]
    if happens(rng, 0.5):
        given.append(FreeText("contact", "on"))
    if happens(rng, 0.5):
        given.append(FreeText("comments", rng.choice(REMARKS)))
    return tuple(given)


def ask_transcript(_rng: Random, index: int) -> Asked:
    """One line of handwriting."""
    return Asked(m.html_form(_LINE % index, 500), _answer_transcript)


def _answer_transcript(rng: Random) -> tuple[Given, ...]:
    lines = rng.sample(LINES, rng.randint(1, 2))
    given = [
        FreeText("transcript", "\r\n".join(lines)),
        FreeText("script", rng.choice(("Latin", "Other", "кириллица", "漢字"))),
        FreeText("sure", str(rng.randint(1, 3))),
    ]
    if happens(rng, 0.7):
        given.append(FreeText("remarks", rng.choice(REMARKS)))
    return tuple(given)


def ask_survey_link(_rng: Random, index: int) -> Asked:
    """A survey on the laboratory's own server, which gives a completion code."""
    url = f"https://survey.lab.example/start?study=memory-{index}&list=A&lang=en"

    def answer(rng: Random) -> tuple[Given, ...]:
        code = FreeText("completion_code", f"MEM-{index}-{rng.randrange(10**6):06d}")
        return (code, FreeText("seconds", str(rng.randint(180, 1700))))

    return Asked(m.external_question(url, 800), answer)


def ask_reaction(_rng: Random, index: int) -> Asked:
    """A timing experiment that posts its trials as one field of JSON."""
    url = f"https://experiments.lab.example/flanker/?block={index}&v=3#ready"

    def answer(rng: Random) -> tuple[Given, ...]:
        trials = ",".join(
            f'{{"rt":{rng.randint(240, 900)},"ok":{rng.choice(("true", "false"))}}}'
            for _ in range(8)
        )
        return (FreeText("trials", f"[{trials}]"), FreeText("browser", "Firefox <128>"))

    return Asked(m.external_question(url), answer)
