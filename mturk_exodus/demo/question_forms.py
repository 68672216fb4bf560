"""HITs whose question is a QuestionForm, and their answers."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

from mturk_exodus.demo import markup as m
from mturk_exodus.demo.answers import FreeText, Given, Selected, Uploaded
from mturk_exodus.demo.asking import Asked
from mturk_exodus.demo.png import png
from mturk_exodus.demo.texts import LINES, REMARKS
from mturk_exodus.demo.wire import happens, new_id

if TYPE_CHECKING:
    from random import Random

OLD = "2005-10-01"
NEW = "2017-11-06"

PACES = {"slow": "Slower than most", "usual": "About as fast as most", "fast": "Faster than most"}
SCRIPTS = {
    "latin": "Latin: Ææ Øø Åå",
    "cyrillic": "Cyrillic: Ж ж",
    "arabic": "Arabic: ع غ",
    "hangul": "Hangul: 가 나",
    "devanagari": "Devanagari: क ख",
}
YEARS = {"y0": "less than 1", "y1": "1 to 5", "y6": "6 to 15", "y16": "more than 15 (> 15)"}
PLACES = {"home": "At home", "train": "On a train & the like", "desk": "At a desk"}
DEVICES = {"paper": "Paper", "eink": "E-ink reader", "phone": "Phone"}
GENRES = {"news": "News", "fiction": "Fiction", "law": "Law & contracts", "code": "Source code"}

_LENGTH = '<Length minLength="2" maxLength="2000"></Length>'
_YEAR = (
    '<AnswerFormatRegex regex="^(19|20)[0-9]{2}$" errorText="Four digits, please: &quot;1987&quot;"'
    ' flags="i"/><AnswerFormatRegex regex="^[^ ]*$" errorText="No spaces"/>'
)
_RULES = """<p>Please read <b>every</b> line &amp; then answer.</p>
<ul><li>No dictionary.</li><li>No translation program (<i>really</i>).</li></ul>"""


def ask_habits(_rng: Random, index: int) -> Asked:
    """A survey with every style of selection and every constraint on text."""
    overview = m.element(
        "Overview",
        m.text("Title", "How do you read? ¿Cómo lee usted? あなたの読み方"),
        m.text("Text", f"Part {index + 1} of a study of reading at a university laboratory."),
        m.element("List", m.text("ListItem", "about 4 minutes"), m.text("ListItem", "no deceit")),
        m.element("FormattedContent", m.cdata(_RULES)),
    )
    parts = [overview, *_habit_selections(), *_habit_texts()]
    return Asked(m.question_form(OLD, *parts), _answer_habits)


def _habit_selections() -> list[str]:
    def ask(name: str, label: str, answer: str, needed: str = "") -> str:
        return m.question(name, m.text("Text", label), answer, display=label[:20], needed=needed)

    plain, choose = m.plain, m.selection
    return [
        ask("pace", "How fast do you read?", choose("radiobutton", plain(PACES)), "true"),
        ask(
            "scripts",
            "Which scripts can you read?",
            choose("checkbox", plain(SCRIPTS), least=0, most=6, other=True),
        ),
        ask("years", "For how many years?", choose("list", plain(YEARS))),
        ask("place", "Where do you read most?", choose("dropdown", plain(PLACES)), "true"),
        ask("device", "On what?", choose("combobox", plain(DEVICES), other=True)),
        ask("genres", "What?", choose("multichooser", plain(GENRES), least=0, most=4), "false"),
    ]


def _habit_texts() -> list[str]:
    numeric = m.free_text('<IsNumeric minValue="18" maxValue="120"/>')
    return [
        m.question("age", m.text("Text", "Your age in years"), numeric, needed="true"),
        m.question("since", m.text("Text", "Since which year?"), m.free_text(_YEAR)),
        m.question("last", m.text("Text", "The last book"), m.free_text(default="(none)")),
        m.question("remarks", m.text("Text", "Remarks"), m.free_text(_LENGTH, lines=4)),
    ]


def _answer_habits(rng: Random) -> tuple[Given, ...]:
    device: Given = Selected("device", (rng.choice(list(DEVICES)),))
    if happens(rng, 0.3):
        device = Selected("device", (), other="Braille display ⠃⠗⠇")
    knows_more = happens(rng, 0.3)
    given: list[Given] = [
        Selected("pace", (rng.choice(list(PACES)),)),
        Selected(
            "scripts",
            tuple(rng.sample(list(SCRIPTS), rng.randint(0, 3))),
            other="ქართული & Ελληνικά" if knows_more else None,
        ),
        Selected("years", (rng.choice(list(YEARS)),)),
        Selected("place", (rng.choice(list(PLACES)),)),
        device,
        Selected("genres", tuple(rng.sample(list(GENRES), rng.randint(0, 4)))),
        FreeText("age", str(rng.randint(18, 79))),
        FreeText("since", str(rng.randint(1960, 2020))),
        FreeText("last", rng.choice(("(none)", "Šitra Achra", "a manual", "三体"))),
    ]
    if happens(rng, 0.6):
        given.append(FreeText("remarks", rng.choice(REMARKS)))
    return tuple(given)


_FLASH = m.element(
    "Application",
    m.element(
        "Flash",
        m.text("FlashMovieURL", "https://static.lab.example/loupe.swf"),
        m.text("Width", 320),
        m.text("Height", 240),
        m.element("ApplicationParameter", m.text("Name", "zoom"), m.text("Value", "2")),
    ),
)
_APPLET = m.element(
    "Application",
    m.element(
        "JavaApplet",
        m.text("AppletPath", "https://static.lab.example/applets"),
        m.text("AppletFilename", "Loupe.class"),
        m.text("Width", 320),
        m.text("Height", 240),
    ),
)


def ask_handwriting(_rng: Random, index: int) -> Asked:
    """A transcription with an upload, in the schema that still had uploads and applications."""
    page = f"https://images.lab.example/ledgers/p{index:04d}"
    overview = m.element(
        "Overview",
        m.text("Title", "Ledger pages, 18th to 20th century"),
        m.binary("Binary", "image/jpeg", f"{page}.jpg", f'Page {index}, "verso"'),
        m.binary("EmbeddedBinary", "video/mp4", f"{page}.mp4", "Light moving over it", (320, 240)),
        _FLASH if index % 2 else _APPLET,
    )
    upload = m.element(
        "FileUploadAnswer", m.text("MinFileSizeInBytes", 0), m.text("MaxFileSizeInBytes", 65536)
    )
    transcript = m.question("line", m.text("Text", "Type line 1"), m.free_text(lines=2))
    notes = m.question(
        "notes_file", m.text("Text", "Attach a sketch or your notes"), upload, needed="false"
    )
    files = islice(cycle(FILES), index % len(FILES), None)

    def answer(rng: Random) -> tuple[Given, ...]:
        line = FreeText("line", rng.choice(LINES))
        if happens(rng, 0.2):
            return (line,)
        return (line, Uploaded("notes_file", next(files), f"{new_id(rng)}/notes_file"))

    return Asked(m.question_form(OLD, overview, transcript, notes), answer)


def _sketch() -> bytes:
    ink, paper = (20, 20, 60), (250, 246, 230)
    return png([[ink if (x + y) % 7 == 0 else paper for x in range(12)] for y in range(8)])


FILES = (_sketch(), "Zeile 1: unleserlich — vermutlich „Mühle“\r\n行二・不明\n".encode(), b"")

VERDICTS = {"yes": "Yes", "no": "No", "unsure": "I cannot tell"}
POLICY_QUESTIONS = ("Question_1", "Question_2", "Question_3")
KNOWN_ANSWERS = {"Question_2": "no"}
_LABELS = (
    "Does the picture show a person?",
    "Is the word 'elephant' written in the picture? (a check: it is not)",
    "Would you show it at school?",
)


def ask_moderation(_rng: Random, index: int) -> Asked:
    """Three questions to which review policies apply."""
    picture = m.binary(
        "Binary", "image/png", f"https://images.lab.example/mod/{index:05d}.png", "the picture"
    )
    questions = [
        m.question(name, picture + m.text("Text", label), m.selection("radiobutton", _verdicts()))
        for name, label in zip(POLICY_QUESTIONS, _LABELS, strict=True)
    ]
    return Asked(m.question_form(NEW, *questions), _answer_moderation)


def _verdicts() -> m.Options:
    no = m.element("FormattedContent", m.cdata("<b>No</b> &amp; certain"))
    unsure = m.binary("Binary", "image/gif", "https://static.lab.example/unsure.gif", "unsure")
    return {**m.plain(VERDICTS), "no": no, "unsure": unsure}


def _answer_moderation(rng: Random) -> tuple[Given, ...]:
    return (
        Selected("Question_1", rng.choices((("yes",), ("no",), ("unsure",)), (7, 2, 1))[0]),
        Selected("Question_2", rng.choices((("no",), ("yes",)), (8, 2))[0]),
        Selected("Question_3", rng.choices((("yes",), ("no",), ("unsure",)), (5, 4, 1))[0]),
    )
