"""Crowd HTML Elements: those that answer become fields, named by the key of their answer.

Names, attributes and outputs are those of the SageMaker developer guide, "Crowd HTML Elements
Reference"; the two of "Crowd HTML Elements V2" included. `crowd-slider-label` is in no guide, only
in templates. The guide's two elements for Augmented AI document no `name`, but the key that their
output has; it is used. Any other element without a name is listed as not understood: what its
answer would be called is not documented.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from mturk_exodus.questions.form import Choice, Constraint, Field, NotUnderstood, Shown
from mturk_exodus.questions.pages import inputs
from mturk_exodus.questions.pages.labels import Labels
from mturk_exodus.questions.pages.literals import as_choice, literal
from mturk_exodus.questions.pages.page import Element, Page
from mturk_exodus.questions.placeholders import is_open, without_tags

_STRUCTURE = (
    "form alert badge button card fab icon-button instructions modal radio-group slider-label tab"
    " tabs toast"
)
_ANNOTATIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "crowd-bounding-box": ("image_box", "labels"),
        "crowd-polygon": ("image_polygon", "labels"),
        "crowd-polyline": ("image_polyline", "labels"),
        "crowd-line": ("image_line", "labels"),
        "crowd-keypoint": ("image_keypoint", "labels"),
        "crowd-semantic-segmentation": ("image_segmentation", "labels"),
        "crowd-instance-segmentation": ("image_instances", "labels"),
        "crowd-entity-annotation": ("text_span", "labels"),
        "crowd-classifier": ("classifier", "categories"),
        "crowd-classifier-multi-select": ("classifier", "categories"),
        "crowd-image-classifier": ("classifier", "categories"),
        "crowd-image-classifier-multi-select": ("classifier", "categories"),
        "crowd-rekognition-detect-moderation-labels": ("classifier", "categories"),
        "crowd-textract-analyze-document": ("document_analysis", "keys"),
        "crowd-text-ranking": ("ranking", "responses"),
        "crowd-question-answer-generation": ("question_answer", "question-tags"),
    }
)
"""By element: the kind, and the attribute that holds what can be chosen."""
_TYPED = {"crowd-input": "text", "crowd-text-area": "text", "crowd-slider": "slider"}
_BOXES = {
    "crowd-checkbox": "multiple_choice",
    "crowd-toggle-button": "multiple_choice",
    "crowd-radio-button": "single_choice",
}
ELEMENTS: Mapping[str, str | None] = MappingProxyType(
    dict.fromkeys([f"crowd-{name}" for name in _STRUCTURE.split()])
    | {tag: kind for tag, (kind, _) in _ANNOTATIONS.items()}
    | _TYPED
    | _BOXES
)
"""Every Crowd element that is known: the kind of its answer; None if it only is structure."""

_OWN_NAMES = {
    "crowd-textract-analyze-document": "AWS/Textract/AnalyzeDocument/Forms/V1",
    "crowd-rekognition-detect-moderation-labels": "AWS/Rekognition/DetectModerationLabels/Image/V3",
}
_IMAGE_CLASSIFIERS = ("crowd-image-classifier", "crowd-image-classifier-multi-select")
_ONE_LABEL = ("crowd-classifier", "crowd-image-classifier")
_NO_NAME = "has no name: what its answer is called is not known"
_WORDS = ("question-min-words", "question-max-words", "answer-min-words", "answer-max-words")


class Reader:
    """Reads the Crowd elements of one page.

    Attributes:
        asking: those that answer, in order.
        asks: whether the page is a Crowd form.
        targets: the parts of the page that a classifier asks about.
        not_understood: what is no field.
    """

    def __init__(self, page: Page) -> None:
        elements = [one for one in page.elements.values() if one.tag.startswith("crowd-")]
        elements = [one for one in elements if not one.around.foreign]
        self._page = page
        self._notes: dict[tuple[str, str], None] = {}
        self.asking = [one for one in elements if self._answers(one)]
        self.asks = bool(self.asking) or any(one.tag == "crowd-form" for one in elements)
        self._owners: dict[int, int] = {}
        self.targets = self._find_targets()
        self._comments: set[int] = self._find_comments()
        for one in elements:
            if one.tag not in ELEMENTS:
                self._note(one.tag[:100], "is no Crowd HTML Element that is known")

    @property
    def not_understood(self) -> tuple[NotUnderstood, ...]:
        """What was found to be no field, each once."""
        return tuple(NotUnderstood(*one) for one in self._notes)

    def _note(self, what: str, why: str) -> None:
        self._notes[what, why] = None

    def _answers(self, one: Element) -> bool:
        return bool(ELEMENTS.get(one.tag)) or (one.tag == "crowd-button" and bool(_name(one)))

    def _find_targets(self) -> list[Element]:
        targets = []
        for region, owner in self._regions("classification-target"):
            if region.around.region is None:
                targets.append(region)
                self._owners[region.number] = owner.number
        return targets

    def _find_comments(self) -> set[int]:
        return {owner.number for _, owner in self._regions("worker-comment")}

    def _regions(self, tag: str) -> Iterable[tuple[Element, Element]]:
        """The regions of a name, each with the element that it belongs to."""
        owner: Element | None = None
        for one in self._page.elements.values():
            if one.tag in _ANNOTATIONS:
                owner = one
            elif one.tag == tag and owner is not None and one.number <= owner.last:
                yield one, owner

    def take_texts(self, labels: Labels) -> None:
        """What stands in a box or a button is its label, and no other field's."""
        for one in self.asking:
            if one.tag in _BOXES or one.tag == "crowd-button":
                labels.take(one)

    def fields(self, labels: Labels) -> list[tuple[int, Field]]:
        """Every field, with the number of its first element."""
        found: list[tuple[int, Field]] = []
        boxes: dict[tuple[str, int | None, str], list[Element]] = {}
        for one in self.asking:
            if "disabled" in one.attributes:
                self._note(_describe(one), "is disabled, so nothing is sent for it")
            elif not _name(one):
                self._note(_describe(one), _NO_NAME)
            elif one.tag in _BOXES:
                group = one.around.group if one.tag == "crowd-radio-button" else None
                boxes.setdefault((one.tag, group, _name(one)), []).append(one)
            elif one.tag in _ANNOTATIONS:
                found += [(one.number, field) for field in self._annotations(one)]
            else:
                found.append((one.number, self._typed(one, labels)))
        self._note_split_groups(boxes)
        found += [(group[0].number, self._boxes(group, labels)) for group in boxes.values()]
        return found

    def with_targets(
        self, found: Iterable[tuple[int, Field]], shown: list[list[Shown]]
    ) -> list[Field]:
        """The fields, each with what it is about."""
        about = {
            self._owners[region.number]: tuple(one)
            for region, one in zip(self.targets, shown, strict=True)
        }
        return [
            replace(field, shows=(*field.shows, *about.get(number, ()))) for number, field in found
        ]

    def _note_split_groups(self, boxes: Iterable[tuple[str, int | None, str]]) -> None:
        names: dict[int, list[str]] = {}
        for tag, group, name in boxes:
            if tag == "crowd-radio-button" and group is not None:
                names.setdefault(group, []).append(name)
        for those in names.values():
            if len(those) > 1:
                what = f"crowd-radio-group of {', '.join(those)}"
                self._note(what, "only one of these fields can be chosen")

    def _boxes(self, group: list[Element], labels: Labels) -> Field:
        first = group[0]
        choices = [
            Choice(
                one.attributes.get("value") or "on",
                self._page.text(one.start, one.end) or one.attributes.get("label") or None,
                "checked" in one.attributes,
            )
            for one in group
        ]
        return Field(
            name=_name(first),
            kind=_BOXES[first.tag],
            element=first.tag,
            label=labels.find_legend(first) or labels.find_question(first),
            choices=tuple(choices),
            required=any("required" in one.attributes for one in group),
        )

    def _typed(self, one: Element, labels: Labels) -> Field:
        attributes = inputs.from_crowd(one.attributes)
        said = "range" if one.tag == "crowd-slider" else inputs.input_type(attributes)
        if one.tag == "crowd-button":
            label = self._page.text(one.start, one.end) or None
        else:
            label = attributes.get("label") or labels.own(one) or labels.find_question(one)
        kind = "button" if one.tag == "crowd-button" else inputs.kind_of(said)
        limits: dict[str, Constraint] = {}
        if one.tag in _TYPED:
            limits = inputs.constraints("number" if said == "range" else said, attributes)
        rows = inputs.count(attributes.get("rows"))
        if one.tag == "crowd-text-area" and rows is not None:
            limits["lines"] = rows
        return Field(
            name=_name(one),
            kind=kind if kind in ("text", "number", "date", "slider", "file", "button") else "text",
            element=one.tag,
            label=without_tags(label or attributes.get("placeholder", "")).strip() or None,
            required="required" in attributes,
            constraints=limits,
            default=attributes.get("value") or None,
        )

    def _annotations(self, one: Element) -> list[Field]:
        attributes, tag = one.attributes, one.tag
        kind, listed = _ANNOTATIONS[tag]
        field = Field(
            name=_name(one),
            kind=kind,
            element=tag,
            label=without_tags(attributes.get("header", "")).strip() or None,
            choices=self._choices(one, listed),
            required="required" in attributes,
            constraints=_limits(tag, attributes),
            default=attributes.get("initial-value") or attributes.get("initialvalue") or None,
            shows=_shows(attributes),
        )
        if tag == "crowd-text-ranking":
            field = self._with_dimensions(field, attributes)
        if any(name in attributes for name in _WORDS):
            self._note(_describe(one), "its limits in words are not kept")
        if one.number not in self._comments or tag not in _IMAGE_CLASSIFIERS:
            return [field]
        # The guide: the comment is in the same object, and so `NAME.workerComment` in a table.
        comment = f"{field.name}.workerComment"
        return [field, Field(name=comment, kind="text", element="worker-comment")]

    def _choices(self, one: Element, listed: str) -> tuple[Choice, ...]:
        said = one.attributes.get(listed, "").strip()
        values = literal(said) if said else []
        if not isinstance(values, list):
            if not is_open(said):
                self._note(f"{_describe(one)} {listed}", "is no JSON list that can be read")
            values = []
        excluded = literal(one.attributes.get("exclusion-category", ""))
        if isinstance(excluded, dict):
            values = [*values, excluded]
        choices = [as_choice(value) for value in values]
        if None in choices:
            self._note(f"{_describe(one)} {listed}", "holds something without a label")
        return tuple(choice for choice in choices if choice)

    def _with_dimensions(self, field: Field, attributes: Mapping[str, str]) -> Field:
        said = literal(attributes.get("ordinal-ranking-dimensions", ""))
        names = [str(one.get("name")) for one in said if isinstance(one, dict)] if said else []
        if len(names) > 1:
            self._note(f"crowd-text-ranking {field.name}", f"is ranked {len(names)} times over")
        return replace(field, label=field.label or ", ".join(names) or None)


def _name(one: Element) -> str:
    return one.attributes.get("name") or _OWN_NAMES.get(one.tag, "")


def _describe(one: Element) -> str:
    for name in ("name", "id"):
        if value := one.attributes.get(name):
            return f"{one.tag} {name}={value[:100]}"
    return one.tag


def _limits(tag: str, attributes: Mapping[str, str]) -> dict[str, Constraint]:
    if tag in _ONE_LABEL:
        return {"max_selections": 1}
    if tag != "crowd-question-answer-generation":
        return {}
    found = {
        "min_selections": inputs.count(attributes.get("min-questions")),
        "max_selections": inputs.count(attributes.get("max-questions")),
    }
    limits: dict[str, Constraint] = {name: one for name, one in found.items() if one is not None}
    if attributes.get("allow-custom-question-tags", "").strip().lower() == "true":
        limits["other"] = True
    return limits


def _shows(attributes: Mapping[str, str]) -> tuple[Shown, ...]:
    shown = (
        Shown("image", attributes.get("src", "").strip()),
        Shown("text", without_tags(attributes.get("text", ""))),
        Shown("text", without_tags(attributes.get("overlay", ""))),
    )
    return tuple(one for one in shown if one.value)
