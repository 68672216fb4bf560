"""What a worker reads at a field, and what is shown beside the fields.

Where a page says which text belongs to a control, that is its label: in the order of the standard
for accessible names, `aria-labelledby`, `aria-label`, `label`, `title`. Where it does not, the
nearest text before it is taken, but never one from beyond another control.
"""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from itertools import accumulate, islice

from mturk_exodus.questions.form import Shown
from mturk_exodus.questions.pages.page import LONGEST_LABEL, Element, Page, Text, line

_MEDIA = {
    "img": "image",
    "audio": "audio",
    "video": "video",
    "source": "",
    "iframe": "frame",
    "frame": "frame",
    "embed": "frame",
    "object": "frame",
    "a": "link",
}
_LABELLED = ("input", "select", "textarea", "button")
_FEW = 20


class Labels:
    """Finds the texts that belong to controls; each text is looked at a few times at most."""

    def __init__(self, page: Page, controls: Sequence[Element]) -> None:
        """Take a page and what in it asks: in order, without what a worker does not see."""
        self._page = page
        self._controls = controls
        self._places = {one.number: place for place, one in enumerate(controls)}
        self._used = [0] * (len(page.texts) + 1)
        self._labels: dict[int, list[Element]] = defaultdict(list)
        self._last_choice: dict[int, Element] = {}
        self._taken: list[int] | None = None
        self._match_labels()

    def _match_labels(self) -> None:
        """Which labels are whose: by `for`, else the first control inside."""
        wrapped: set[int] = set()
        for label in self._page.of("label"):
            target = self._page.ids.get(label.attributes.get("for", ""))
            if target is not None and "for" in label.attributes and _takes_labels(target):
                self._add(target, label)
        for control in filter(_takes_labels, self._page.elements.values()):
            number = control.around.label
            if number is None or number in wrapped or _is_hidden(control):
                continue
            wrapped.add(number)
            label = self._page.elements[number]
            if "for" not in label.attributes:
                self._add(control, label)

    def _add(self, control: Element, label: Element) -> None:
        self._labels[control.number].append(label)
        if control.number in self._places:
            self._use(label)

    def _use(self, label: Element) -> None:
        """The texts of a label are not shown beside the fields; one that is cut off is."""
        if len(self._page.text(label.start, label.end)) < LONGEST_LABEL:
            self._use_range(label)

    def own(self, control: Element) -> str | None:
        """What the page says that its label is."""
        attributes = control.attributes
        named = (self._page.ids.get(one) for one in attributes.get("aria-labelledby", "").split())
        texts = [self._page.text(one.start, one.end) for one in islice(named, _FEW) if one]
        if not any(texts):
            texts = [attributes.get("aria-label", "")]
        if not any(texts):
            labels = self._labels.get(control.number, [])[:_FEW]
            texts = [self._text_or_image(label) for label in labels]
        if not any(texts):
            texts = [attributes.get("title", "")]
        return line(" ".join(texts)) or None

    def _text_or_image(self, label: Element) -> str:
        text = self._page.text(label.start, label.end)
        inside = range(label.number + 1, min(label.last, label.number + _FEW) + 1)
        images = (self._page.elements.get(number) for number in inside)
        return text or " ".join(one.attributes.get("alt", "") for one in images if one)

    def find_choices(self, choices: Iterable[Element]) -> dict[int, str | None]:
        """The labels of radio buttons and checkboxes, by the element's number.

        Without one of its own, it is the text right behind it on its line; or before it, on a line
        that ends with a button.
        """
        found: dict[int, str | None] = {}
        loose = []
        for choice in choices:
            found[choice.number] = self.own(choice)
            if found[choice.number] is None:
                loose.append(choice)
                self._last_choice[choice.block] = choice
        behind = {block: bool(self._behind(one)) for block, one in self._last_choice.items()}
        for choice in loose:
            texts = self._behind(choice) if behind[choice.block] else self._before(choice)
            found[choice.number] = self._take(texts)
        return found

    def find_question(self, control: Element) -> str | None:
        """The nearest text before a control that is no other's; to be asked after find_choices."""
        if self._taken is None:
            self._taken = list(accumulate(self._used))
        texts: list[int] = []
        for index in range(control.start - 1, self._floor(control) - 1, -1):
            one = self._texts[index]
            if one.silent or self._taken[index]:
                if texts:
                    break
                continue
            if texts and one.block != self._texts[texts[-1]].block:
                break
            texts.append(index)
        return self._page.text(texts[-1], texts[0] + 1) or None if texts else None

    def find_legend(self, control: Element) -> str | None:
        """The label of the group that it stands in."""
        group = control.around.group
        element = self._page.elements.get(group) if group is not None else None
        return self.own(element) if element is not None else None

    def find_legends(self, fieldsets: Container[int]) -> dict[int, str]:
        """The texts of the legends of some fieldsets, by the fieldset's number."""
        found: dict[int, str] = {}
        for legend in self._page.of("legend"):
            fieldset = legend.around.fieldset
            text = self._page.text(legend.start, legend.end)
            if fieldset in fieldsets and fieldset is not None and fieldset not in found and text:
                found[fieldset] = text
                self._use(legend)
        return found

    def _floor(self, control: Element) -> int:
        place = self._places.get(control.number, 0)
        return self._controls[place - 1].end if place else 0

    def _ceiling(self, control: Element) -> int:
        place = self._places.get(control.number, len(self._controls)) + 1
        return self._controls[place].start if place < len(self._controls) else len(self._texts)

    @property
    def _texts(self) -> list[Text]:
        return self._page.texts

    def _behind(self, control: Element) -> list[int]:
        return self._on_line(control, range(control.end, self._ceiling(control)))

    def _before(self, control: Element) -> list[int]:
        return self._on_line(control, range(control.start - 1, self._floor(control) - 1, -1))[::-1]

    def _on_line(self, control: Element, indexes: range) -> list[int]:
        found: list[int] = []
        for index in indexes:
            if self._texts[index].block != control.block:
                break
            found.append(index)
        return found

    def _take(self, texts: list[int]) -> str | None:
        if not texts:
            return None
        self._used[texts[0]] += 1
        self._used[texts[-1] + 1] -= 1
        return self._page.text(texts[0], texts[-1] + 1) or None

    def show(self, regions: Sequence[Element] = ()) -> tuple[list[Shown], list[list[Shown]]]:
        """What is shown in the page, and in each of some regions, which are then left out of it.

        In order, without what labels a field. No region may be inside another.
        """
        media = [one for one in self._page.of(*_MEDIA) if _address(one)]
        for one in media:
            if one.tag == "a":
                self._use_range(one)
        numbers = [one.number for one in media]
        taken = list(accumulate(self._used))
        inside = []
        for region in regions:
            those = media[bisect(numbers, region.number) : bisect(numbers, region.last)]
            inside.append(self._show(those, region.start, region.end, taken))
            self._use_range(region)
        left_out = {region.number for region in regions}
        rest = [one for one in media if one.around.region not in left_out]
        taken = list(accumulate(self._used)) if regions else taken
        return self._show(rest, 0, len(self._texts), taken), inside

    def take(self, element: Element) -> None:
        """The texts in an element are its own label."""
        self._use_range(element)

    def _use_range(self, element: Element) -> None:
        self._used[element.start] += 1
        self._used[element.end] -= 1

    def _show(self, media: list[Element], first: int, last: int, taken: list[int]) -> list[Shown]:
        shown: list[Shown] = []
        for one in media:
            self._show_text(shown, range(first, one.start), taken)
            shown.append(self._shown(one))
            first = max(first, one.start)
        self._show_text(shown, range(first, last), taken)
        return shown

    def _show_text(self, shown: list[Shown], indexes: range, taken: list[int]) -> None:
        lines: list[list[str]] = []
        block = -1
        for index in indexes:
            one = self._texts[index]
            if one.silent or taken[index]:
                continue
            if one.block != block:
                lines.append([])
            lines[-1].append(one.text)
            block = one.block
        if text := "\n".join(" ".join("".join(parts).split()) for parts in lines):
            shown.append(Shown("text", text))

    def _shown(self, one: Element) -> Shown:
        parent = one.around.media
        tag = self._page.elements[parent].tag if one.tag == "source" and parent else one.tag
        label = line(one.attributes.get("alt") or one.attributes.get("title") or "") or None
        if tag == "a":
            label = self._page.text(one.start, one.end) or label
        return Shown(_MEDIA.get(tag) or "image", _address(one), label)


def _address(element: Element) -> str:
    """What an element shows: nothing if a script alone knows."""
    names = {"a": "href", "object": "data"}
    address = element.attributes.get(names.get(element.tag, "src"), "").strip()
    if element.tag == "a" and (address == "#" or address.lower().startswith("javascript:")):
        return ""
    if element.tag == "source" and element.around.media is None:
        return ""
    return address


def _takes_labels(element: Element) -> bool:
    return element.tag in _LABELLED and not element.around.foreign


def _is_hidden(element: Element) -> bool:
    return element.tag == "input" and element.attributes.get("type", "").strip().lower() == "hidden"
