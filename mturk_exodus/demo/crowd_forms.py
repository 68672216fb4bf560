"""HITs built from Crowd HTML Elements, and the taskAnswers that they post.

Output shapes: Amazon SageMaker developer guide, Crowd HTML Elements reference.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from mturk_exodus.demo import markup as m
from mturk_exodus.demo.answers import FreeText, Given
from mturk_exodus.demo.asking import Asked
from mturk_exodus.demo.png import Colour, png
from mturk_exodus.demo.texts import REMARKS, REVIEWS, SENTENCES
from mturk_exodus.demo.wire import happens

if TYPE_CHECKING:
    from random import Random

OBJECTS = ("bicycle", "tram", "traffic light", "dog & lead")
SURFACES: dict[str, tuple[str, Colour]] = {
    "road": ("#1f77b4", (0x1F, 0x77, 0xB4)),
    "pavement": ("#ff7f0e", (0xFF, 0x7F, 0x0E)),
    "sky": ("#2ca02c", (0x2C, 0xA0, 0x2C)),
}
SENTIMENTS = ("positive", "negative", "neutral", "n/a")
ENTITIES = ("place", "organisation", "date")
FAULTS = ("echo", "clipping", "music")
VOICES = ("child", "adult", "synthetic")


def task_answers(answers: dict[str, Any]) -> tuple[Given, ...]:
    """What a crowd-form posts: one field, an array of one object keyed by element name."""
    written = json.dumps([answers], ensure_ascii=False, separators=(",", ":"))
    return (FreeText("taskAnswers", written),)


_SENTIMENT = """<crowd-classifier name="sentiment" header="What does the reviewer feel?"
 categories="['positive', 'negative', 'neutral', 'n/a']">
<classification-target>${text}</classification-target>
<full-instructions header="Sentiment"><p>Judge the text, not the product.</p></full-instructions>
<short-instructions><p>Choose one.</p></short-instructions>
</crowd-classifier>"""


def ask_sentiment(_rng: Random, index: int) -> Asked:
    """One row of a batch of reviews."""

    def answer(rng: Random) -> tuple[Given, ...]:
        return task_answers({"sentiment": {"label": rng.choice(SENTIMENTS)}})

    review = REVIEWS[index % len(REVIEWS)]
    return Asked(m.crowd_form(m.fill(_SENTIMENT, {"text": review})), answer)


_BOXES = """<crowd-bounding-box name="annotatedResult" src="%s"
 header="Draw a box round each object"
 labels="['bicycle', 'tram', 'traffic light', 'dog &amp; lead']">
<full-instructions header="Boxes"><ol><li>Tight boxes.</li><li>Mirrors count.</li></ol>
</full-instructions>
<short-instructions>One box for each object 🚲🚋🚦🐕</short-instructions>
</crowd-bounding-box>"""


def ask_boxes(_rng: Random, index: int) -> Asked:
    """A street scene to draw boxes on."""
    source = f"https://images.lab.example/street/{index:05d}.jpg"
    return Asked(m.crowd_form(_BOXES % source), _answer_boxes)


def _answer_boxes(rng: Random) -> tuple[Given, ...]:
    width, height = 1280, 720
    boxes = [
        {
            "height": rng.randint(8, 200),
            "label": rng.choice(OBJECTS),
            "left": rng.randint(0, width - 300),
            "top": rng.randint(0, height - 200),
            "width": rng.randint(8, 300),
        }
        for _ in range(rng.randint(0, 4))
    ]
    image = {"height": height, "width": width}
    return task_answers(
        {"annotatedResult": {"boundingBoxes": boxes, "inputImageProperties": image}}
    )


_ENTITIES = """<crowd-entity-annotation name="entities" header="Mark the names and dates"
 labels="[{'label':'place'},{'label':'organisation'},{'label':'date'}]" text="%s">
<full-instructions header="Names">Mark whole names, without articles.</full-instructions>
<short-instructions>Mark every name.</short-instructions>
</crowd-entity-annotation>"""


def ask_entities(_rng: Random, index: int) -> Asked:
    """A sentence with names to mark."""
    sentence, names = SENTENCES[index % len(SENTENCES)]
    escaped = sentence.replace("&", "&amp;").replace('"', "&quot;")

    def answer(rng: Random) -> tuple[Given, ...]:
        found = [
            {
                "endOffset": sentence.index(name) + len(name),
                "label": rng.choice(ENTITIES),
                "startOffset": sentence.index(name),
            }
            for name in names
            if happens(rng, 0.9)
        ]
        return task_answers({"entities": {"entities": found}})

    return Asked(m.crowd_form(_ENTITIES % escaped), answer)


_SURFACES = """<crowd-semantic-segmentation name="surfaces" src="%s"
 header="Colour the surfaces" labels="['road', 'pavement', 'sky']">
<full-instructions header="Surfaces">Kerbs belong to the pavement.</full-instructions>
<short-instructions>Colour all of it.</short-instructions>
</crowd-semantic-segmentation>"""


def ask_surfaces(_rng: Random, index: int) -> Asked:
    """A picture to segment."""
    source = f"https://images.lab.example/street/{index:05d}-small.png"
    return Asked(m.crowd_form(_SURFACES % source), _answer_surfaces)


def _answer_surfaces(rng: Random) -> tuple[Given, ...]:
    width, height = 24, 16
    horizon, kerb = rng.randint(3, 7), rng.randint(9, 13)
    colours = {name: rgb for name, (_, rgb) in SURFACES.items()}
    rows = [
        [colours["sky" if y < horizon else "pavement" if y < kerb else "road"]] * width
        for y in range(height)
    ]
    image = base64.b64encode(png(rows)).decode()
    result: dict[str, Any] = {
        "inputImageProperties": {"height": height, "width": width},
        "labelMappings": {name: {"color": code} for name, (code, _) in SURFACES.items()},
        "labeledImage": {"pngImageData": image},
    }
    return task_answers({"surfaces": result})


_CLIP = """<p>Listen to <audio controls src="https://audio.lab.example/clip-%05d.ogg"></audio></p>
<crowd-checkbox name="heard" required>I listened to all of it</crowd-checkbox>
<crowd-checkbox name="faults" value="echo">echo</crowd-checkbox>
<crowd-checkbox name="faults" value="clipping">clipping</crowd-checkbox>
<crowd-checkbox name="faults" value="music">music 🎵</crowd-checkbox>
<crowd-radio-group>
<crowd-radio-button name="voice" value="child">a child</crowd-radio-button>
<crowd-radio-button name="voice" value="adult">an adult</crowd-radio-button>
<crowd-radio-button name="voice" value="synthetic">a machine</crowd-radio-button>
</crowd-radio-group>
<crowd-slider name="clarity" min="0" max="10" step="1" required pin="true"></crowd-slider>
<crowd-input name="words" label="First three words" max-length="80" required></crowd-input>
<crowd-text-area name="remarks" label="Remarks" rows="4"></crowd-text-area>"""


def ask_clip(_rng: Random, index: int) -> Asked:
    """A sound clip to describe, with the elements for single values."""
    return Asked(m.crowd_form(_CLIP % index), _answer_clip)


def _answer_clip(rng: Random) -> tuple[Given, ...]:
    faults, voice = rng.sample(FAULTS, rng.randint(0, 2)), rng.choice(VOICES)
    answers: dict[str, Any] = {
        "clarity": rng.randint(0, 10),
        "faults": {fault: fault in faults for fault in FAULTS},
        "heard": {"on": True},
        "voice": {one: one == voice for one in VOICES},
        "words": rng.choice(("good morning everyone", "¿y tú qué?", "ну вот и", "那 我们 就")),
    }
    if happens(rng, 0.6):  # an empty text area posts no key
        answers["remarks"] = rng.choice(REMARKS)
    return task_answers(answers)
