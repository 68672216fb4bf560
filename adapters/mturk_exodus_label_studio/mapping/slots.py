"""The form of a template, read once, and filled in for each of its HITs.

Reading a page costs a millisecond; filling in a form that was read, a tenth of that. It gives the
same form where a value stands for itself and nothing else: in a text or an address that is shown,
and of characters that neither HTML nor the reader of forms makes anything of. A slot that may
decide what is asked (a name, a choice, a limit) is filled in before the page is read; a value of
other characters is left to reading the whole page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mturk_exodus.questions.form import Form, Shown
from mturk_exodus.questions.templates.template import Matcher, Template
from mturk_exodus_label_studio.mapping.config import Design
from mturk_exodus_label_studio.mapping.controls import all_shown, controls_of

_MARK = re.compile("qSlot(\\d+)Zx")
_TAG = re.compile(r"<(?P<ends>/?)(?P<name>[a-zA-Z][\w-]{0,99})(?=[\s/>])").match
_DOCTYPE = re.compile(r"<!doctype[^<>]{0,999}>", re.IGNORECASE).match
_TO_QUOTE = re.compile("[^<>\"']*").match
_ATTRIBUTE = re.compile(
    r"(?<![^\s\"'/])(?P<name>[^\s=\"'/]{1,60})\s{0,9}=\s{0,9}(?P<quote>[\"'])(?P<value>.*?)(?P=quote)",
    re.DOTALL,
)
_ASKING = re.compile(
    r"input|select|textarea|button|option|optgroup|datalist|fieldset|form|label|legend|crowd-.*",
    re.IGNORECASE,
).fullmatch
_SHOWN = frozenset(
    {
        *("src", "text", "header", "label", "placeholder", "overlay", "alt", "title"),
        *("class", "style", "value", "id", "for", "action"),
    }
)
_DECIDING = frozenset({"role", "contenteditable", "is"})
_OWN = ("data-", "on")
_RAW = ("script", "style")
_ODD = re.compile("[\x00-\x1f\x7f-\x9f<>{}]|javascript|\\A#\\Z", re.IGNORECASE).search
_REFERENCES = re.compile(r"&(?!(?:amp|lt|gt|quot|#39|#34|#x27);)").search
_LONGEST_LABEL = 200
"""The reader cuts labels at 1,000 characters."""
_LONGEST_TEMPLATE = 500_000
_MOST_SLOTS = 200
_MOST_FORMS = 64

Read = Callable[[str], Form]
DesignOf = Callable[[Form], Design]
Known = tuple[Form, frozenset[int], Design]


class _Unfit(Exception):
    """A template that is not understood well enough to be filled in."""


@dataclass
class TemplateForms:
    """The forms of a template's HITs.

    Attributes:
        template: what they have in common.
        read: how a question becomes a form.
        design_of: how a form becomes a project.
    """

    template: Template
    read: Read
    design_of: DesignOf
    _matcher: Matcher = field(init=False)
    _quotes: list[set[str]] = field(init=False)
    _deciding: set[int] | None = field(init=False)
    _forms: dict[tuple[str, ...], Known] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Find out where each slot stands."""
        self._matcher = Matcher(self.template.parts)
        self._quotes = [set() for _ in self.template.names]
        try:
            self._deciding = self._find_deciding()
        except _Unfit:
            self._deciding = None

    def form_of(self, question: str) -> tuple[Form, Design] | None:
        """The form of one of its questions, and the project that asks it; None if the question has
        to be read.
        """
        if self._deciding is None or _MARK.search(question):
            return None
        values = self._matcher.values(question)
        if values is None:
            return None
        known = self._known(values, self._deciding)
        if known is None:
            return None
        form, labels, design = known
        texts: list[str | None] = [None] * len(values)
        for slot, value in enumerate(values):
            if slot not in self._deciding:
                texts[slot] = self._plain(slot, value, labels)
                if texts[slot] is None:
                    return None
        return _filled(form, texts), design

    def _known(self, values: Sequence[str], deciding: set[int]) -> Known | None:
        """The form with marks for the values that decide nothing, the slots in its labels, and its
        project; None if the question has to be read.
        """
        key = tuple(values[slot] for slot in sorted(deciding))
        found = self._forms.get(key)
        if found is not None:
            return found
        if any(_ODD(value) for value in key):
            return None
        marked = self._marked(values, deciding)
        form = self.read(marked)
        if any(one.value == marked for one in form.shows):
            return None  # It is no question, and is shown as it is.
        more = _marks(controls_of(form)) - deciding
        if more:
            deciding |= more
            self._forms.clear()
            return self._known(values, deciding)
        if len(self._forms) >= _MOST_FORMS:
            self._forms.pop(next(iter(self._forms)))
        said = [one.label for one in form.fields] + [one.label for one in all_shown(form)]
        self._forms[key] = (form, frozenset(_marks(said)), self.design_of(form))
        return self._forms[key]

    def _marked(self, values: Sequence[str], deciding: set[int]) -> str:
        marks = (f"qSlot{slot}Zx" for slot in range(len(values)))
        return self.template.render(
            [values[slot] if slot in deciding else mark for slot, mark in enumerate(marks)]
        )

    def _plain(self, slot: int, value: str, labels: frozenset[int]) -> str | None:
        """A value as the form shows it; None if that is not sure."""
        if _ODD(value) or any(quote in value for quote in self._quotes[slot]):
            return None
        text = value
        if "&" in value:
            if self._is_xml or _REFERENCES(value):
                return None
            text = html.unescape(value)
        if not text or text != " ".join(text.split()):
            return None
        return None if slot in labels and len(text) > _LONGEST_LABEL else text

    @property
    def _is_xml(self) -> bool:
        first = self.template.parts[0] if self.template.parts else ""
        return not isinstance(first, str) or "HTMLContent" not in first

    def _find_deciding(self) -> set[int]:
        """The slots that may decide what is asked; of all others, how their values are quoted."""
        template = self.template
        if len(template.names) > _MOST_SLOTS or template.literal_length > _LONGEST_TEMPLATE:
            raise _Unfit
        marked = self._marked([""] * len(template.names), set())
        if len(_MARK.findall(marked)) != sum(isinstance(one, int) for one in template.parts):
            raise _Unfit
        return self._of_xml(marked) if self._is_xml else self._of_html(marked)

    def _of_xml(self, marked: str) -> set[int]:
        form = self.read(marked)
        shown = _marks([one.value for one in all_shown(form)])
        shown |= _marks([one.label for one in form.fields]) | _marks([form.url])
        return {*range(len(self.template.names))} - shown

    def _of_html(self, marked: str) -> set[int]:
        before, begins, rest = marked.partition("<![CDATA[")
        # A page that itself says `]]>` is in two sections.
        rest = rest.replace("]]><![CDATA[", "")
        if not begins or _MARK.search(before) or "]]>" not in rest or "<![CDATA[" in rest:
            raise _Unfit
        html_text = rest[: rest.rindex("]]>")]
        if _MARK.search(rest[len(html_text) :]):
            raise _Unfit
        deciding = set[int]()
        for name, inside in _tags(html_text):
            if _MARK.search(name) or _MARK.search(inside):
                deciding |= _marks(name) | self._of_tag(name, inside)
        return deciding

    def _of_tag(self, tag: str, inside: str) -> set[int]:
        deciding = set[int]()
        for match in _ATTRIBUTE.finditer(inside):
            name, slots = match["name"].lower(), _marks(match["value"])
            for slot in slots:
                self._quotes[slot].add(match["quote"])
            known = name in _SHOWN if _ASKING(tag) else name not in _DECIDING
            if _MARK.search(name) or not (known or name.startswith(_OWN)):
                deciding |= slots | _marks(match["name"])
        return deciding | _marks(_ATTRIBUTE.sub(" ", inside))


def _tags(page: str) -> Iterator[tuple[str, str]]:
    """The tags of a page that is written as pages should be: name, and what follows it.

    Raises:
        _Unfit: the page is written otherwise.
    """
    end = 0
    while (start := page.find("<", end)) >= 0:
        doctype = _DOCTYPE(page, start)
        if page.startswith("<!--", start):
            end = _after(page, "-->", start)
        elif doctype is not None:
            end = doctype.end()
        else:
            tag = _TAG(page, start)
            if tag is None:
                raise _Unfit
            end = _end_of(page, tag.end())
            yield tag["name"], page[tag.end() : end]
            if tag["name"].lower() in _RAW and not tag["ends"]:
                end = _after(page, f"</{tag['name']}", end) - len(tag["name"]) - 2


def _end_of(page: str, at: int) -> int:
    """Where a tag ends, behind its `>`."""
    while True:
        found = _TO_QUOTE(page, at)
        at = found.end() if found is not None else at
        if at >= len(page) or page[at] == "<":
            raise _Unfit
        if page[at] == ">":
            return at + 1
        at = _after(page, page[at], at + 1)


def _after(page: str, text: str, start: int) -> int:
    found = page.find(text, start)
    if found < 0:
        raise _Unfit
    return found + len(text)


def _marks(said: object) -> set[int]:
    return {int(number) for number in _MARK.findall(said if isinstance(said, str) else repr(said))}


def _filled(form: Form, values: Sequence[str | None]) -> Form:
    """A form with values in place of marks, wherever something is shown."""

    def of(text: str) -> str:
        return _MARK.sub(lambda match: values[int(match[1])] or "", text)

    def shown(several: tuple[Shown, ...]) -> tuple[Shown, ...]:
        return tuple(
            Shown(one.kind, of(one.value), one.label and of(one.label))
            if "qSlot" in one.value or "qSlot" in (one.label or "")
            else one
            for one in several
        )

    fields = tuple(
        replace(one, label=one.label and of(one.label), shows=shown(one.shows))
        if one.shows or "qSlot" in (one.label or "")
        else one
        for one in form.fields
    )
    return replace(form, fields=fields, shows=shown(form.shows), url=form.url and of(form.url))
