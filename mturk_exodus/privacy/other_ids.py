"""Ids of other platforms in texts: as whole words, whatever their case, and behind escapes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping

_WORD = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_ESCAPES = re.compile(
    r"(?<!\\)\\+(?:[nrtbfv]|u[0-9a-f]{4}|x[0-9a-f]{2})|%(?:25)*[0-9a-f]{2}", re.ASCII
)
_ESCAPE_AT_START = {
    "\\": re.compile(r"[nrtbfv]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}", re.ASCII),
    "%": re.compile(r"(?:25)*[0-9a-fA-F]{2}", re.ASCII),
}
_PACKED = 3
"""How often an address may be packed in another, for what comes in front of an id."""
_BEGINS = (
    r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbfv])|(?<=\\u[0-9a-f]{4})|(?<=\\x[0-9a-f]{2})|"
    + "|".join(f"(?<=%{'25' * times}[0-9a-f]{{2}})" for times in range(_PACKED + 1))
    + ")"
)
_SIGN = re.compile(r"\\+|.", re.DOTALL)
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_MOST_PATTERNS = 10_000
_FEW = 20
"""So many words are looked for sooner than all of a text's are listed."""

Found = Callable[[str], str]


class OtherIds:
    """Finds them.

    Args:
        meant: by how texts spell an id, the id itself.
    """

    def __init__(self, meant: Mapping[str, str]) -> None:
        self._meant = dict(meant)
        self._words = {one: _words_of(one.lower()) for one in sorted(meant)}
        self._any_case: dict[str, str] = {}
        for one in self._words:
            self._any_case.setdefault(one.lower(), one)
        self._by_word: dict[str, list[str]] = {}
        self._patterns: dict[tuple[str, ...], re.Pattern[str]] = {}
        often = Counter(word for words in self._words.values() for word in words)
        for one, words in self._words.items():
            rarest = min(words, key=lambda word: (often[word], -len(word), word))
            self._by_word.setdefault(rarest, []).append(one)

    def __bool__(self) -> bool:
        return bool(self._meant)

    def in_text(self, text: str) -> list[str]:
        """Those that may stand in a text, the longest first; quickly, and rather one too many."""
        small = text.lower()
        if len(self._by_word) <= _FEW and not any(word in small for word in self._by_word):
            return []
        words = set(_WORD.findall(small))
        if "\\" in text or "%" in text:
            words.update(_WORD.findall(_ESCAPES.sub(" ", small)))
        found = [
            one
            for word in self._by_word.keys() & words
            for one in self._by_word[word]
            if self._words[one] <= words
        ]
        return sorted(found, key=lambda one: (-len(one), one))

    def replaced(self, text: str, replace: Found) -> str:
        """The text with what `replace` says for each id that is found."""
        found = self.in_text(text)
        if not found:
            return text
        if all(_WORD.fullmatch(one) for one in found):
            return _WORD.sub(lambda word: self._of_word(word, replace), text)
        return self.pattern(found).sub(lambda match: replace(self.meant(match, found)), text)

    def pattern(self, found: list[str]) -> re.Pattern[str]:
        """What finds these, each as a group."""
        key = tuple(found)
        if key not in self._patterns:
            if len(self._patterns) >= _MOST_PATTERNS:
                self._patterns.clear()
            self._patterns[key] = re.compile("|".join(map(_spelled, found)), re.IGNORECASE)
        return self._patterns[key]

    def meant(self, match: re.Match[str], found: list[str]) -> str:
        """Whose id was found. Two ids may differ in nothing but case."""
        one = match.group()
        return self._meant[one if one in self._meant else found[(match.lastindex or 1) - 1]]

    def _of_word(self, word: re.Match[str], replace: Found) -> str:
        said, before = word.group(), word.string[word.start() - 1 : word.start()]
        found = self._known(said)
        if found is not None:
            return replace(found)
        start = escaped_at_start(before, said)
        found = self._known(said[start:]) if start else None
        return said if found is None else said[:start] + replace(found)

    def _known(self, said: str) -> str | None:
        found = said if said in self._meant else self._any_case.get(said.lower())
        return None if found is None else self._meant[found]


def escaped_at_start(before: str, run: str) -> int:
    """How many of a run's signs belong to an escape that the sign before it begins."""
    escape = _ESCAPE_AT_START[before].match(run) if before in _ESCAPE_AT_START else None
    return escape.end() if escape else 0


def _words_of(one: str) -> frozenset[str]:
    """What texts have as words, however they spell the rest."""
    without = _WORD.findall(_ESCAPES.sub(" ", one))
    return frozenset(without or _WORD.findall(one))


def _spelled(one: str) -> str:
    begins = _BEGINS if one[0].isascii() and one[0].isalnum() else ""
    first, *others = map(_sign, _SIGN.findall(one))
    # Else each of many backslashes would be tried as the first one.
    first = first.replace(r"\\+", r"(?<!\\)\\+")
    return f"{begins}({''.join([first, *others])}){_end(one[-1])}"


def _end(last: str) -> str:
    """Texts in languages without blanks go on with letters of theirs."""
    if not last.isalnum():
        return ""
    return "(?![A-Za-z0-9])" if last.isascii() else r"(?![^\W_])"


def _sign(sign: str) -> str:
    """How XML, JSON and addresses spell a sign, packed in one another as often as you like."""
    if sign.isascii() and sign.isalnum():
        return sign
    sign = sign[0]
    cases = dict.fromkeys(one for one in (sign, sign.lower(), sign.upper()) if len(one) == 1)
    ways = [way for one in cases for way in _ways(one)]
    return f"(?:{'|'.join(dict.fromkeys(ways))})"


def _ways(sign: str) -> list[str]:
    code = ord(sign)
    percent = "".join(f"%(?:25)*{octet:02x}" for octet in sign.encode("utf-8", "surrogatepass"))
    names = f"#0*{code}|#x0*{code:x}"
    if sign in _ENTITIES:
        names += f"|{_ENTITIES[sign]}"
    entity = f"&(?:amp;)*(?:{names});"
    return [percent, rf"\\+u{code:04x}", entity, *_PLAIN.get(sign, ()), re.escape(sign)]


_PLAIN = {"&": ("&(?:amp;)+",), "\\": (r"\\+",), '"': (r"\\+\"",), "/": (r"\\+/",), " ": (r"\+",)}
