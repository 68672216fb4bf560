"""A HIT's task: what is shown, and the template's variables, by keys that Label Studio can find.

Its data manager finds no key with `__`, fails on one with a space, and takes a dot for a member of
a member (measured): so keys are letters, digits and single `_`. Names that begin with `mturk` are
ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape
from urllib.parse import urlsplit

from mturk_exodus.questions.form import Form, Shown
from mturk_exodus_label_studio.mapping.config import Design
from mturk_exodus_label_studio.mapping.controls import PAGE, asked, beside, picture_of
from mturk_exodus_label_studio.mapping.texts import Names, of_json

HIT_ID = "mturk_hit_id"
_KEY = re.compile("[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*").fullmatch
_LONGEST_KEY = 200
_SCHEMES = frozenset({"http", "https"})
LONGEST_TEXT = 200_000
"""Characters of a text that are shown."""
_MEDIA = {
    "image": '<img src="{}" alt="{}" style="max-width: 100%">',
    "audio": '<audio controls src="{}" title="{}"></audio>',
    "video": '<video controls src="{}" title="{}" style="max-width: 100%"></video>',
}
_LINK = '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>'


def data_of(
    hit_id: str, form: Form, design: Design, variables: Mapping[str, str], title: str | None
) -> dict[str, str]:
    """The data of a HIT's task."""
    keys = keys_of(tuple(variables))
    data = dict(zip(keys, variables.values(), strict=True))
    data[HIT_ID] = hit_id
    data[PAGE] = _page(form) or f"<p>{escape(title or 'HIT')}</p>"
    for one, control in zip(asked(form), design.controls, strict=True):
        data[control.label] = one.label or one.name
        if control.shown is not None:
            data[control.shown] = _html(beside(one))
        if control.about not in (PAGE, control.shown):
            kind = "text" if control.about_tag == "Text" else "image"
            shown = picture_of(one, kind)
            value = shown.value if shown is not None else ""
            data[control.about] = value if kind == "text" else address_of(value)
    texts = "".join(data.values())
    return data if of_json(texts) == texts else {key: of_json(one) for key, one in data.items()}


@lru_cache(256)
def keys_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """A key for each variable: its own name wherever that can be one."""
    keys = {name for name in names if _is_key(name)}
    others = Names("variable", keys)
    return tuple(name if name in keys else others.of(name) for name in names)


def _is_key(name: str) -> bool:
    fits = len(name) <= _LONGEST_KEY and _KEY(name) is not None
    return fits and not name.lower().startswith("mturk")


def address_of(said: str) -> str:
    """An address as an element of the editor's page can load it: that page may be http."""
    return f"https:{said}" if said.startswith("//") else said


def can_be_loaded(said: str) -> bool:
    """Whether a browser can load a picture from there."""
    return _scheme(address_of(said)) in _SCHEMES or said.startswith("data:image/")


def _scheme(address: str) -> str:
    try:
        return urlsplit(address).scheme.lower()
    except ValueError:
        return ""


def _page(form: Form) -> str:
    page = _html(form.shows)
    if form.url is None:
        return page
    return page + _paragraph(Shown("link", form.url))


def _html(several: Iterable[Shown]) -> str:
    return "".join(map(_paragraph, several))


def _paragraph(one: Shown) -> str:
    """Something that is shown, as HTML that does nothing."""
    if one.kind == "text":
        text = escape(one.value[:LONGEST_TEXT], quote=False)
        return f'<p style="white-space: pre-wrap">{text}</p>'
    address, label = address_of(one.value), one.label or ""
    is_image = one.kind == "image" and address.startswith("data:image/")
    if not is_image and _scheme(address) not in _SCHEMES:
        return f"<p>{escape(f'{one.kind} {label} {address}', quote=False)}</p>"
    if one.kind in _MEDIA:
        return f"<p>{_MEDIA[one.kind].format(escape(address), escape(label))}</p>"
    return f"<p>{_LINK.format(escape(address), escape(label or address, quote=False))}</p>"
