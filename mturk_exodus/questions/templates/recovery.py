"""Templates out of the questions that were made from them.

MTurk returns filled pages alone. Of the HITs of one HIT type or layout, some are looked at closely
(drafting), and then all of them are read to see which template gives each of them. What none
fits is looked at in the next round. No more than a sample and one question are held in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mturk_exodus.questions.templates.drafting import Draft, Item, drafts, mend
from mturk_exodus.questions.templates.known_pages import KnownPages
from mturk_exodus.questions.templates.naming import KnownTemplate
from mturk_exodus.questions.templates.template import Template

__all__ = ["Fit", "KnownTemplate", "Recovery", "recover"]

_ROUNDS = 12
_MOST = 64
_SAMPLE = 64
_SAMPLE_LENGTH = 4_000_000

Questions = Callable[[], Iterable[tuple[str, str]]]
Values = Mapping[str, Mapping[str, str]]


class Fit(NamedTuple):
    """A template that gives a question, with these values of its slots."""

    template: Template
    values: tuple[str, ...]


@dataclass(frozen=True)
class Recovery:
    """What was found out about some HITs.

    Attributes:
        templates: the templates, in the order in which they are tried.
        counts: how many of the questions each of them gives.
        questions: how many questions there were.
    """

    templates: tuple[Template, ...]
    counts: tuple[int, ...]
    questions: int
    _drafts: tuple[Draft, ...]

    @property
    def whole(self) -> int:
        """How many questions no template gives; they are to be kept as they are."""
        return self.questions - sum(self.counts)

    def fit(self, text: str, given: Mapping[str, str] | None = None) -> Fit | None:
        """The first template that gives this question byte for byte, or None.

        Args:
            text: the question.
            given: the values that its HIT was made from, by variable, where they are known. They
                settle where one slot ends and the next begins if the text leaves that open.
        """
        for template, draft in zip(self.templates, self._drafts, strict=True):
            values = draft.values(text, given)
            if values is not None and template.render(values) == text:
                return Fit(template, tuple(values))
        return None


def recover(
    questions: Questions,
    known: Iterable[KnownTemplate] = (),
    variables: Values | None = None,
) -> Recovery:
    """Find the templates that HITs were made from.

    Args:
        questions: gives (HIT's id, question) pairs, the same in the same order each time it is
            called; that is three times or a few more.
        known: pages that the HITs may have been made from.
        variables: by HIT's id, what its variables were (the `Input.*` of a batch's results).
    """
    search = _Search(questions, known, variables or {})
    search.run()
    found = search.drafts
    templates = tuple(draft.named() for draft in found)
    counts = tuple(draft.count for draft in found)
    return Recovery(templates, counts, search.total, tuple(found))


class _Spread:
    """A sample: some of what is added, at even distances, whatever the number turns out to be."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self._seen = 0
        self._stride = 1
        self._length = 0

    def add(self, item: Item) -> None:
        if self._seen % self._stride == 0:
            self.items.append(item)
            self._length += len(item.text)
        self._seen += 1
        while len(self.items) > _SAMPLE or (self._length > _SAMPLE_LENGTH and len(self.items) > 2):  # noqa: PLR2004 -- a template takes two
            self.items = self.items[::2]
            self._stride *= 2
            self._length = sum(len(item.text) for item in self.items)


class _Search:
    """The rounds of one recovery.

    Attributes:
        drafts: the templates so far, in the order in which they are tried.
        total: how many questions there are.
    """

    def __init__(
        self, questions: Questions, known: Iterable[KnownTemplate], variables: Values
    ) -> None:
        self.drafts: list[Draft] = []
        self.total = 0
        self._questions = questions
        self._known = KnownPages(known)
        self._variables = variables
        self._fitted = bytearray()

    def run(self) -> None:
        """Rounds until nothing is left over, or nothing more is found in it."""
        changes = 0
        for _ in range(_ROUNDS):
            left = self._read()
            if not left or not self._improve(left):
                break
            changes += 1
        kept = [draft for draft in self.drafts if draft.count > (not draft.is_known)]
        if changes > 1 or len(kept) < len(self.drafts):
            self.drafts = kept
            self._count_again()

    def _items(self) -> Iterator[Item]:
        for hit_id, text in self._questions():
            yield Item(text, self._variables.get(hit_id))

    def _read(self) -> list[Item]:
        """Try all questions that nothing fitted so far; some of those that nothing fits."""
        left = _Spread()
        for number, item in enumerate(self._items()):
            if number == len(self._fitted):
                self._fitted.append(0)
            if not self._fitted[number]:
                if any(draft.take(item) for draft in self.drafts):
                    self._fitted[number] = 1
                else:
                    left.add(item)
        self.total = len(self._fitted)
        return left.items

    def _improve(self, left: list[Item]) -> bool:
        """Widen the drafts there are, or make new ones; whether there was anything to do."""
        rest: list[Item] = []
        changed = False
        for item in left:
            if mend(self.drafts, item):
                changed = True
            else:
                rest.append(item)
        room = _MOST - len(self.drafts)
        new = drafts(rest, self._known)[:room] if room > 0 else []
        self.drafts = sorted([*self.drafts, *new], key=lambda draft: draft.order)
        return changed or bool(new)

    def _count_again(self) -> None:
        """Drafts were changed after they had fitted something, so all of it is tried anew."""
        for draft in self.drafts:
            draft.start_again()
        self._fitted = bytearray()
        self._read()
        self.drafts = [draft for draft in self.drafts if draft.count]
