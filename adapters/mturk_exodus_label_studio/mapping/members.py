"""What the outputs of elements consist of: what else an answer says has no place in a control.

Of the Crowd HTML Elements reference ("Output" of each element), and of public answers, which add
`initialValueModified` to a segmentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mturk_exodus.replay.adapter import JSON
from mturk_exodus_label_studio.mapping.regions import LISTS

_SIZE = frozenset({"height", "width"})
_POINT = frozenset({"x", "y"})
_OF_ONE: Mapping[str, frozenset[str]] = {
    "image_box": frozenset({"label", "left", "top", "width", "height"}),
    "image_polygon": frozenset({"label", "vertices"}),
    "image_polyline": frozenset({"label", "vertices"}),
    "image_line": frozenset({"label", "vertices"}),
    "image_keypoint": frozenset({"label", "x", "y"}),
    "image_instances": frozenset({"label", "color"}),
    "text_span": frozenset({"label", "startOffset", "endOffset"}),
}
_BESIDE = frozenset({"inputImageProperties", "labeledImage", "workerComment"})
_SEGMENTATION = frozenset({"labelMappings", "initialValueModified"}) | _BESIDE


def says_more(kind: str, said: JSON) -> bool:
    """Whether an element's output has members that its annotations do not consist of. What is not
    of the element's shape at all is not looked at: it is refused anyhow.
    """
    if not isinstance(said, dict):
        return False
    if kind == "image_segmentation":
        mappings = said.get("labelMappings")
        return not said.keys() <= _SEGMENTATION or _any(_values(mappings), frozenset({"color"}))
    if kind not in _OF_ONE:
        return False
    several = said.get(LISTS[kind])
    listed = several if isinstance(several, list) else []
    points = (
        point
        for one in listed
        if isinstance(one, dict) and isinstance(one.get("vertices"), list)
        for point in one["vertices"]
    )
    return (
        not said.keys() <= _BESIDE | {LISTS[kind]}
        or _any(listed, _OF_ONE[kind])
        or _any(points, _POINT)
        or _any([said.get("inputImageProperties")], _SIZE)
    )


def _values(said: JSON) -> list[JSON]:
    return [*said.values()] if isinstance(said, dict) else []


def _any(several: Iterable[JSON], known: frozenset[str]) -> bool:
    return any(isinstance(one, dict) and not one.keys() <= known for one in several)
