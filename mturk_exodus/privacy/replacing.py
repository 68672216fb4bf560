"""Pseudonyms in place of worker ids, wherever a text has them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping

from mturk_exodus.privacy import encoded, literals
from mturk_exodus.privacy.other_ids import OtherIds, escaped_at_start
from mturk_exodus.privacy.pseudonyms import IS_WORKER_ID
from mturk_exodus.privacy.turkle_names import named, numbered

_SHORTEST = 10
_RUN = re.compile(rf"[A-Za-z0-9]{{{_SHORTEST},}}", re.ASCII)
_RUN_OF_16 = re.compile(rf"[A-Za-z0-9](?:\x00[A-Za-z0-9]){{{_SHORTEST - 1},}}", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_LOOKS_LIKE_ONE = re.compile(r"(?=[A-Z]*[0-9])A[A-Z0-9]{11,14}", re.ASCII).fullmatch
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?").fullmatch

_SHORTEST_OTHER = 5
_LONGEST_REMEMBERED = 60
_MOST_REMEMBERED = 100_000

Naming = Callable[[str], str]


def can_be_told(worker_id: str) -> bool:
    """Whether an id can be told from the words and numbers of a text that it stands in.

    MTurk's can. Those of other platforms can if they are long enough, and neither a word nor a
    number.
    """
    if IS_WORKER_ID(worker_id):
        return True
    return (
        len(worker_id) >= _SHORTEST_OTHER
        and not worker_id.isdecimal()
        and not _NUMBER(worker_id)
        and not worker_id.isalpha()
        and _WORD.search(worker_id) is not None
    )


class Replacer:
    """Replaces ids in texts. Ids of MTurk's shape are found inside longer words as well, whatever
    their case, and behind escapes and Base64; others as whole words.

    Args:
        worker_ids: those that are known.
        naming: the pseudonym of one.
        guesses: whether words that look like MTurk's ids are ids, though no record names them.
        kept: ids of others, which stay as words of their own, and where a record has one as a
            worker's id, even if they have one of `worker_ids` inside.
    """

    def __init__(
        self,
        worker_ids: Iterable[str],
        naming: Naming,
        *,
        guesses: bool,
        kept: Iterable[str] | None = None,
    ) -> None:
        self._naming = naming
        self._guesses = guesses
        self._shaped: dict[str, str] = {}
        self._others = OtherIds({})
        self._kept = OtherIds({})
        self._whole: set[str] = set()
        self._stays: frozenset[str] = frozenset()
        self._clean: set[str] = set()
        self._clean_runs: set[str] = set()
        self._packed = False
        self.guessed: set[str] = set()
        known = set(worker_ids)
        self._find_inside({one: naming(one) for one in sorted(filter(IS_WORKER_ID, known))})
        # Where MTurk's id stands inside another one (`A1B2C3D4E5F6G7-2`, or in small letters), what
        # every text has in its place stands there as well.
        others = [one for one in sorted(known - self._shaped.keys()) if self(one) == one]
        self._whole.update(others)
        self._spelled = {spelled for one in others for spelled in (one, json.dumps(one)[1:-1])}
        self._others = OtherIds(_in_texts(others))
        self._known_whole = known if kept is not None else self._whole
        if kept is not None:
            self._keep(known, set(kept) - known)
        self._clean.clear()
        self._clean_runs.clear()

    def _keep(self, known: set[str], kept: set[str]) -> None:
        """Only those matter in texts that have an id inside, or differ from one in case alone."""
        self._stays = frozenset(kept)
        theirs = _in_texts(known)
        inside = [one.lower() for one in {*known, *theirs}]
        alike = {
            spelled: one
            for spelled, one in _in_texts(kept).items()
            if spelled not in theirs and any(some in spelled.lower() for some in inside)
        }
        self._find_inside({one: one for one in filter(IS_WORKER_ID, alike)})
        self._kept = OtherIds({**theirs, **alike} if alike else {})

    def _find_inside(self, shaped: Mapping[str, str]) -> None:
        self._shaped.update(shaped)
        self._lengths = sorted({len(one) for one in self._shaped}, reverse=True)

    @property
    def needs_members(self) -> bool:
        """Whether it matters which members of a record hold a worker's id."""
        return bool(self._known_whole)

    def may_name(self, text: str) -> bool:
        """Whether a text, or JSON in it, may have ids that are not of MTurk's shape: quickly."""
        return any(one in text for one in self._spelled) or bool(self._others.in_text(text))

    def id(self, value: str) -> str:
        """What stands for a value that is a worker's id and nothing else."""
        if value in self._known_whole:
            return self._naming(value)
        return value if value in self._stays else self(value)

    def __call__(self, text: str) -> str:
        """The text without ids; the same object if it has none."""
        if text in self._clean:
            return text
        replaced = self._around_kept(text)
        if replaced != text:
            return replaced
        _remember(self._clean, text)
        return text

    def in_json(self, source: str, of_worker: Callable[[str], str] | None = None) -> str:
        """The same of JSON, in what its texts mean, as columns have it: a record in its source's
        words, whoever are its workers.
        """
        return literals.rewritten(source, self, of_worker if self.needs_members else None)

    def _around_kept(self, text: str) -> str:
        found = self._kept.in_text(text) if self._kept else None
        if not found:
            return self._replaced(text)
        parts, done = [], 0
        for one in self._kept.pattern(found).finditer(text):
            if self._kept.meant(one, found) not in self._stays:
                continue
            parts += [self._replaced(text[done : one.start()]), one.group()]
            done = one.end()
        return "".join([*parts, self._replaced(text[done:])])

    def _replaced(self, text: str) -> str:
        self._packed = False
        replaced = _RUN.sub(self._of_run, text) if len(text) >= _SHORTEST else text
        if self._others:
            replaced = self._others.replaced(replaced, self._naming)
        if len(text) >= _SHORTEST:
            replaced = encoded.unescaped(replaced, self._known)
        if self._packed:
            replaced = encoded.from_base_64(replaced, self._known)
        return replaced

    def in_bytes(self, text: str) -> str:
        """The same of bytes, read as Latin-1, that are no text: known ids of MTurk's shape, in
        UTF-8 and UTF-16. It is as long as before.
        """
        return _RUN_OF_16.sub(self._of_wide_run, self._known(text))

    def _of_wide_run(self, found: re.Match[str]) -> str:
        return "\0".join(self._inside(found.group().replace("\0", "")))

    def _known(self, text: str) -> str:
        """Chance makes of any bytes what looks like an id, so that here only known ones count."""
        return _RUN.sub(lambda run: self._inside(run.group()), text)

    def _of_run(self, found: re.Match[str]) -> str:
        run = found.group()
        whole = self._shaped.get(run)
        if whole is not None:
            return whole
        if self._guesses and (guess := self._guessed(found)):
            return guess
        if run in self._clean_runs:
            return run
        if encoded.may_be_base_64(run):
            self._packed = True
        replaced = self._inside(run)
        if replaced == run and not self._packed:
            # Another platform's id may be such a run: the text is not clean for that.
            _remember(self._clean_runs, run)
        return replaced

    def _guessed(self, found: re.Match[str]) -> str | None:
        """Whatever else was read before, so that the same text always becomes the same."""
        run = found.group()
        start = escaped_at_start(found.string[found.start() - 1 : found.start()], run)
        if not _LOOKS_LIKE_ONE(run, start) or run[start:] in self._shaped:
            return None
        self.guessed.add(run[start:])
        return run[:start] + self._naming(run[start:])

    def _inside(self, run: str) -> str:
        capitals = run.upper()
        at = capitals.find("A")
        while at >= 0:
            for length in self._lengths:
                pseudonym = self._shaped.get(capitals[at : at + length])
                if pseudonym is not None:
                    word = run[at : at + length]
                    meant = pseudonym.lower() if word.islower() else pseudonym
                    run = f"{run[:at]}{meant}{run[at + length :]}"
                    capitals = f"{capitals[:at]}{' ' * length}{capitals[at + length :]}"
                    break
            at = capitals.find("A", at + 1)
        return run


def _in_texts(worker_ids: Iterable[str]) -> dict[str, str]:
    """By how texts spell them, those that can be told."""
    several = [one for one in worker_ids if not numbered(one)]
    meant = {one: one for one in several if can_be_told(one)}
    for worker_id in several:
        _, own_name = named(worker_id) or ("", "")
        if can_be_told(own_name):
            meant.setdefault(own_name, worker_id)
    return meant


def _remember(clean: set[str], text: str) -> None:
    """Statuses, times and names come again and again."""
    if len(text) <= _LONGEST_REMEMBERED:
        if len(clean) >= _MOST_REMEMBERED:
            clean.clear()
        clean.add(text)
