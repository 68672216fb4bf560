"""Where the parts of a picture stand, and the words that can stand for it.

Units are those of a drawing 420 wide: about a pixel on a phone, one and a half elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from mturk_exodus.audit.renderers.values import shown
from mturk_exodus.audit.report import Drawing, Kind, Picture

WIDTH = 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 404, 16, 168
_ROW, _NAMES = 24, 118
_SHADES = 5
_LABELS = 6
_TICKS = 4
_TOLD = 14


@dataclass(frozen=True)
class Box:
    """A rectangle: which series it is of, how dark, and what it says."""

    x: float
    y: float
    width: float
    height: float
    series: int
    says: str
    shade: int = _SHADES


@dataclass(frozen=True)
class Label:
    """A text, anchored at its start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Entry:
    """A line of the legend, with its values if there are few."""

    series: int
    name: str
    value: str = ""


@dataclass(frozen=True)
class Drawn:
    """A picture, ready to be drawn.

    Attributes:
        words: what it shows, for those who do not see it.
        lines: horizontal ones, by height.
        mark: a vertical line, by its place, and what it says.
    """

    picture: Picture
    height: float
    words: str
    boxes: list[Box] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    lines: list[float] = field(default_factory=list)
    legend: list[Entry] = field(default_factory=list)
    mark: tuple[float, str, str] | None = None


def drawn(picture: Picture) -> Drawn | None:
    """A picture; None if it would be empty."""
    if not any(any(values) for _, values in picture.series):
        return None
    return _DRAWERS[picture.drawing](picture)


def words(picture: Picture) -> str:
    """A sentence for each series: everything, or the sum, the greatest, the first and the last."""
    return " ".join(_sentence(picture, name, values) for name, values in picture.series)


def _sentence(picture: Picture, name: str, values: tuple[int, ...]) -> str:
    held = [(place, value) for place, value in zip(picture.along, values, strict=True) if value]
    if not held:
        return f"{name}: nothing."
    if len(held) <= _TOLD:
        told = ", ".join(f"{place} {shown(picture.kind, value)}" for place, value in held)
        return f"{name}: {told}."
    most = max(held, key=lambda one: one[1])
    total = shown(picture.kind, sum(values))
    return (
        f"{name}: {total} in all, from {held[0][0]} to {held[-1][0]};"
        f" most at {most[0]}, {shown(picture.kind, most[1])}."
    )


def _bars(picture: Picture) -> Drawn:
    sums = [sum(values) for values in zip(*(values for _, values in picture.series), strict=True)]
    top = _ceiling(max(sums), picture.kind)
    scale = (_BOTTOM - _TOP) / top
    step = (_RIGHT - _LEFT) / len(sums)
    drawing = Drawn(picture, _BOTTOM + 24, words(picture), legend=_legend(picture))
    drawing.boxes.extend(_stacked(picture, step, scale))
    for tick in range(_TICKS + 1):
        y = _BOTTOM - (_BOTTOM - _TOP) * tick / _TICKS
        drawing.lines.append(y)
        drawing.labels.append(
            Label(_LEFT - 6, y + 4, _tick(picture.kind, top * tick // _TICKS), "end")
        )
    drawing.labels.extend(_places(picture.along, _LEFT, step, _BOTTOM + 16))
    return _marked(drawing, step)


def _stacked(picture: Picture, step: float, scale: float) -> Iterator[Box]:
    heights = [0.0] * len(picture.along)
    for series, (name, values) in enumerate(picture.series):
        for place, value in enumerate(values):
            if value:
                height = value * scale
                heights[place] += height
                says = f"{picture.along[place]}, {name}: {shown(picture.kind, value)}"
                x, width = _LEFT + place * step + step * 0.1, max(step * 0.8, 0.6)
                yield Box(x, _BOTTOM - heights[place], width, height, series, says)


def _marked(drawing: Drawn, step: float) -> Drawn:
    mark = drawing.picture.mark
    if mark is None:
        return drawing
    x = _LEFT + mark[0] * step
    anchor = "end" if x > (_LEFT + _RIGHT) / 2 else "start"
    return replace(drawing, mark=(x, mark[1], anchor))


def _stack(picture: Picture) -> Drawn:
    total = sum(values[0] for _, values in picture.series)
    drawing = Drawn(picture, 44, words(picture))
    x = 4.0
    for series, (name, (value,)) in enumerate(picture.series):
        width = (WIDTH - 8) * value / total
        share = shown(Kind.SHARE, value / total)
        number = f"{shown(picture.kind, value)} ({share})"
        drawing.boxes.append(Box(x, 4, width, 36, series, f"{name}: {number}"))
        drawing.legend.append(Entry(series, name, number))
        x += width
    return drawing


def _grid(picture: Picture) -> Drawn:
    step = (_RIGHT - _NAMES) / len(picture.along)
    bottom = 8 + _ROW * len(picture.series)
    drawing = Drawn(picture, bottom + 24, words(picture))
    for row, (name, values) in enumerate(picture.series):
        most = max(values, default=0)
        y = 8 + row * _ROW
        drawing.labels.append(Label(_NAMES - 6, y + 15, name, "end"))
        for place, value in enumerate(values):
            says = f"{picture.along[place]}, {name}: {shown(picture.kind, value)}"
            shade = -(-value * _SHADES // most) if value else 0
            x = _NAMES + place * step
            drawing.boxes.append(Box(x, y, max(step - 1, 0.6), _ROW - 4, 0, says, shade))
    drawing.labels.extend(_places(picture.along, _NAMES, step, bottom + 14))
    return drawing


def _dates(picture: Picture) -> Drawn:
    days = [values[0] for _, values in picture.series]
    low, high = min(*days, 0), max(*days, 0)
    scale = (WIDTH - 48) / max(high - low, 1)
    drawing = Drawn(picture, 74, "", lines=[36])
    for number, (name, (day,)) in enumerate(picture.series, 1):
        date, when = picture.along[number - 1], _when(day)
        x = 24 + (day - low) * scale
        drawing.boxes.append(Box(x - 3, 28, 6, 16, int(day >= 0), f"{date}, {name}: {when}"))
        drawing.labels.append(Label(x, 20, str(number)))
        drawing.legend.append(Entry(int(day >= 0), f"{number}. {date} {name}", when))
    told = "; ".join(box.says for box in drawing.boxes)
    anchor = "end" if -low * scale > WIDTH / 2 else "start"
    today = picture.mark[1] if picture.mark else ""
    return replace(drawing, words=f"{told}.", mark=(24 - low * scale, today, anchor))


def _when(day: int) -> str:
    if day == 0:
        return "today"
    return f"in {day:,} days" if day > 0 else f"{-day:,} days ago"


_DRAWERS: dict[Drawing, Callable[[Picture], Drawn]] = {
    Drawing.BARS: _bars,
    Drawing.STACK: _stack,
    Drawing.GRID: _grid,
    Drawing.DATES: _dates,
}


def _legend(picture: Picture) -> list[Entry]:
    if len(picture.series) == 1:
        return []
    return [Entry(series, name) for series, (name, _) in enumerate(picture.series)]


def _places(along: tuple[str, ...], left: float, step: float, y: float) -> Iterator[Label]:
    every = max(1, -(-len(along) // _LABELS))
    for place in range(0, len(along), every):
        yield Label(left + (place + 0.5) * step, y, along[place])


def _ceiling(most: int, kind: Kind) -> int:
    """A round number that is not less, of which a quarter is round, too."""
    unit = 10_000 if kind is Kind.MONEY else 1
    step = unit
    while True:
        for factor in (4, 8, 12, 20, 32):
            if step * factor >= most:
                return step * factor
        step *= 10


def _tick(kind: Kind, value: int) -> str:
    if kind is Kind.MONEY:
        dollars = value / 1_000_000
        return f"${dollars:.2f}" if 0 < dollars < 1 else f"${_short(dollars)}"
    return _short(value)


def _short(number: float) -> str:
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (10_000, "k")):
        if number >= size:
            return f"{number / (1000 if letter == 'k' else size):g}{letter}"
    return f"{number:,g}"
