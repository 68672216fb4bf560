"""Annotations of pictures and texts as values of Label Studio's results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from mturk_exodus.replay.adapter import JSON
from mturk_exodus_label_studio.mapping import masks, regions, spans
from mturk_exodus_label_studio.mapping.controls import Control
from mturk_exodus_label_studio.mapping.regions import Refused, Size

_MOST_SPANNED = 1_000_000
"""Characters in all spans of an answer: each result repeats its own."""

Value = dict[str, JSON]


def annotated(
    control: Control,
    said: Mapping[str, JSON],
    data: Mapping[str, JSON],
    losses: dict[str, None],
    number: int,
) -> Iterator[Value]:
    """The values of what an element for annotations gives.

    Args:
        control: the element's.
        said: its output.
        data: the task's, which holds the texts that spans lie in.
        losses: what is wrong with one of them is added, each reason once.
        number: how many results come before.

    Raises:
        Refused: some of it, or all, is no annotation that the editor takes.
    """
    if control.tag == "Labels":
        return _spans(control, said, str(data.get(control.about, "")), losses)
    if control.tag == "BrushLabels":
        return _masks(control, said, losses)
    return _regions(control, said, losses, number)


def _annotations(kind: str, said: Mapping[str, JSON]) -> list[JSON]:
    listed = said.get(regions.LISTS[kind])
    if not isinstance(listed, list):
        raise Refused("an answer is not what its element gives")
    return listed


def _labelled(
    control: Control,
    several: Iterable[JSON],
    value_of: Callable[[JSON], Value],
    losses: dict[str, None],
) -> Iterator[Value]:
    """Annotations as values with their labels; what is wrong with any is known at the end."""
    stored = {option.value: option.stored for option in control.options}
    bad: str | None = None
    for one in several:
        value = _one_labelled(control, one, stored, value_of)
        if isinstance(value, str):
            losses[value] = None
            bad = value
        else:
            yield value
    if bad is not None:
        raise Refused(bad)


def _one_labelled(
    control: Control, one: JSON, stored: Mapping[str, str], value_of: Callable[[JSON], Value]
) -> Value | str:
    """An annotation as a value with its label, or why it is none."""
    label = one.get("label") if isinstance(one, dict) else None
    if not isinstance(label, str) or label not in stored:
        return "an annotation's label is none of the labels"
    try:
        return {**value_of(one), control.type: [stored[label]]}
    except Refused as error:
        return str(error)


def _regions(
    control: Control, said: Mapping[str, JSON], losses: dict[str, None], number: int
) -> Iterator[Value]:
    several = _annotations(control.kind, said)
    size = regions.size_of(said) if several else Size(1, 1)
    numbers = iter(range(number, number + len(several)))

    def value_of(one: JSON) -> Value:
        return {**regions.value_of(control.kind, one, size, next(numbers)), "size": size}

    return _labelled(control, several, value_of, losses)


def _spans(
    control: Control, said: Mapping[str, JSON], text: str, losses: dict[str, None]
) -> Iterator[Value]:
    several = _annotations("text_span", said)
    if len(several) * len(text) > _MOST_SPANNED and spans.length(several) > _MOST_SPANNED:
        raise Refused("the spans of a text are too much text")
    return _labelled(control, several, lambda one: spans.value_of(one, text), losses)


def _masks(control: Control, said: Mapping[str, JSON], losses: dict[str, None]) -> Iterator[Value]:
    painted = _painted(control.kind, said)
    content = said.get("labeledImage")
    picture = masks.picture_of(content.get("pngImageData") if isinstance(content, dict) else None)
    present = [one for one in painted if picture.colours is None or one[1] in picture.colours]
    if len(present) < len(painted) and control.kind == "image_instances":
        losses["an instance is not in the painted picture"] = None
    if not masks.is_affordable(picture, len(present)):
        raise Refused("the painted picture has too many labels for its size")
    if masks.has_others(picture, [colour for _, colour in painted]):
        losses["something is painted in a colour that stands for no label"] = None
    if "inputImageProperties" in said and regions.size_of(said) != picture.size:
        losses["the painted picture is not of the image's size"] = None

    coder = masks.Coder(picture)

    def value_of(one: JSON) -> Value:
        return {"format": "rle", "rle": coder.rle(one["colour"]), "size": picture.size}

    several = [{"label": label, "colour": colour} for label, colour in present]
    return _labelled(control, several, value_of, losses)


def _painted(kind: str, said: Mapping[str, JSON]) -> list[tuple[JSON, masks.Colour]]:
    """Labels and their colours."""
    if kind == "image_instances":
        listed = _annotations(kind, said)
        if not all(isinstance(one, dict) for one in listed):
            raise Refused("an annotation is no object")
        pairs = [(one.get("label"), one) for one in listed]
    else:
        mappings = said.get("labelMappings")
        pairs = [*mappings.items()] if isinstance(mappings, dict) else []
        if not isinstance(mappings, dict):
            raise Refused("an answer is not what its element gives")
    return [
        (label, masks.colour_of(one.get("color") if isinstance(one, dict) else None))
        for label, one in pairs
    ]
