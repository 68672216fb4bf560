"""What a template leaves open: the requester site's `${names}`, Liquid's `{{ }}` and `{% %}`."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

_DOLLAR = re.compile(r"\$!?\{([^{}\s]{1,200})\}")
_BACKTICKS = re.compile(r"`[^`]*`")
# Every length is bounded, so that no text takes longer than its length.
_NAME = r"[A-Za-z_][\w.\[\]'\"-]{0,200}"
_BRACES = re.compile(rf"\{{\{{[-~]?\s{{0,20}}({_NAME})(?=\s{{0,20}}[-|}}~])")
_LOOP = re.compile(
    rf"\{{%[-~]?\s{{0,9}}for\s{{1,9}}(\w{{1,99}}(?:\s?,\s?\w{{1,99}})?)\s{{1,9}}in\s{{1,9}}({_NAME})"
)
_BOUND = re.compile(r"\{%[-~]?\s{0,9}(?:assign|set|capture)\s{1,9}(\w{1,99})")
_BLOCK_OR_NAME = re.compile(
    r"\{%[-~]?\s{0,9}(?P<block>(?:end)?(?:for|tablerow|if|unless|case))\b"
    r"""|[\s"'/]name\s{0,9}=\s{0,9}(?:"(?P<a>[^"]{1,300})"|'(?P<b>[^']{1,300})'|(?P<c>[^\s>"']{1,300}))"""
)
_LIQUID_TAG = re.compile(r"\{%[^{}]*%\}")
_LOOPS = frozenset({"for", "tablerow"})
_OWN = frozenset({"loop", "forloop", "tablerowloop"})
_HEAD = re.compile(r"\w+")


def variables(page: str, scripts: Iterable[str]) -> tuple[str, ...]:
    """The placeholders that are not filled in, without `${}` or `{{}}`, each once, in order.

    `${}` between backticks of a script is JavaScript's own, unless it stands elsewhere, too.
    What a Liquid template makes up itself (the variable of a loop) is none.
    """
    found = Counter(_DOLLAR.findall(page))
    for script in scripts:
        for literal in _BACKTICKS.findall(script):
            found.subtract(_DOLLAR.findall(literal))
    names = [name for name, times in found.items() if times > 0]
    loops = _LOOP.findall(page)
    own = _OWN.union(_BOUND.findall(page), *(_HEAD.findall(names) for names, _ in loops))
    liquid = [*_BRACES.findall(page), *(name for _, name in loops)]
    names += [name for name in liquid if _head(name) not in own]
    return tuple(dict.fromkeys(names))


def _head(name: str) -> str:
    match = _HEAD.match(name)
    return match[0] if match else ""


def is_open(text: str) -> bool:
    """Whether a text holds a placeholder."""
    return bool(_DOLLAR.search(text)) or "{{" in text or "{%" in text


def without_tags(text: str) -> str:
    """A text as people read it: without Liquid's `{% %}`, of which nothing is shown."""
    return _LIQUID_TAG.sub("", text) if "{%" in text else text


def conditions(page: str) -> Mapping[str, tuple[str, ...]]:
    """What a Liquid template does with fields: why, by the field's name."""
    if "{%" not in page:
        return {}
    loops = branches = 0
    found: dict[str, dict[str, None]] = {}
    for match in _BLOCK_OR_NAME.finditer(page):
        if block := match["block"]:
            change = -1 if block.startswith("end") else 1
            if block.removeprefix("end") in _LOOPS:
                loops = max(loops + change, 0)
            else:
                branches = max(branches + change, 0)
            continue
        name = html.unescape(match["a"] or match["b"] or match["c"])
        if loops:
            found.setdefault(name, {})["is repeated by the template (Liquid)"] = None
        if branches:
            found.setdefault(name, {})["is there on a condition of the template (Liquid)"] = None
    return {name: tuple(why) for name, why in found.items()}


# What follows is for MTurk's XML, where Velocity's directives are used, too.
_IN_XML = re.compile(
    r"\$!?\{(?P<dollar>[^{}\n]{1,200})\}"
    r"|\$[A-Za-z]\w{0,99}\.\w{1,99}\(\s{0,9}\$!?\{?(?P<argument>[A-Za-z][\w-]{0,99})"
    r"|\{\{[-~]?\s{0,9}(?P<braces>[A-Za-z_][\w.]{0,200})"
    r"|\{%[-~]?\s{0,9}for\s{1,9}\w{1,99}\s{1,9}in\s{1,9}(?P<list>[A-Za-z_][\w.]{0,200})"
).finditer
_BOUND_IN_XML = re.compile(
    r"(?:\{%[-~]?\s{0,9}(?:for|set|assign|capture)|#foreach\s{0,9}\()\s{0,9}\$?!?(\w{1,99})"
).findall
_PLAIN_NAME = re.compile(r"[\w-]{1,100}").fullmatch
_REFERENCE = re.compile(r"\$!?\{?([A-Za-z][\w-]{0,99})").findall
_BARE = re.compile(r"\$!?([A-Za-z][\w-]{0,99})").fullmatch
_OWN_IN_XML = {"loop", "forloop", "foreach", "velocityCount"}


def variables_of_xml(texts: Iterable[str]) -> tuple[str, ...]:
    """The names of placeholders that are not filled in, in the order in which they first appear.

    `${name}` is the requester site's and the command line tools' (which use Velocity and so have
    `${helper.urlencode($name)}` and `$esc.xml($name)`, too), `{{ name }}` Jinja's. A bare `$name`
    is a placeholder if it is the whole text; elsewhere it may be money.
    """
    texts = list(texts)
    bound = {name for text in texts for name in _BOUND_IN_XML(text)} | _OWN_IN_XML
    names = (name for text in texts for name in _named(text))
    return tuple(dict.fromkeys(name for name in names if name.partition(".")[0] not in bound))


def _named(text: str) -> Iterator[str]:
    if bare := _BARE(text.strip()):
        yield bare[1]
    for match in _IN_XML(text):
        inside = match["dollar"]
        if inside is None:
            yield match["argument"] or match["braces"] or match["list"]
        elif names := _REFERENCE(inside):
            yield from names
        elif _PLAIN_NAME(inside.strip()):
            yield inside.strip()
