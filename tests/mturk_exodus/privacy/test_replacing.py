"""Ids are found however a text spells them, and nothing else is touched."""

from __future__ import annotations

import json
import string
from base64 import b64encode, urlsafe_b64encode
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mturk_exodus.privacy.pseudonyms import ALPHABET, IS_WORKER_ID, Pseudonyms
from mturk_exodus.privacy.replacing import Replacer, can_be_told
from tests.mturk_exodus.privacy.people import spellings

KEY = b"k" * 32
ANN = "A1B2C3D4E5F6G7"
BEN = "A1B2C3D4E5F6G7H"
"""Ann's id and a letter more."""


def replacer(*worker_ids: str, guesses: bool = False) -> Replacer:
    return Replacer(worker_ids, Pseudonyms(KEY).of, guesses=guesses)


worker_ids = st.text(ALPHABET, min_size=9, max_size=14).map(lambda text: f"A{text}")


@settings(deadline=None)
@given(worker_ids, st.text(max_size=20), st.text(max_size=20))
def test_an_id_is_found_in_any_text(worker_id: str, before: str, after: str) -> None:
    pseudonym = Pseudonyms(KEY).of(worker_id)
    # By chance a pseudonym's end and what follows it may be an id again.
    assume(worker_id not in f"{before}{pseudonym}{after}")
    replaced = replacer(worker_id)(f"{before}{worker_id}{after}")
    assert worker_id not in replaced
    assert pseudonym in replaced


@pytest.mark.parametrize(
    "how", [how for how in spellings(ANN) if not how.startswith(("UTF-16", "Base64"))]
)
def test_an_id_is_found_however_it_is_spelled(how: str) -> None:
    spelled = spellings(ANN)[how].decode()
    replaced = replacer(ANN)(f"see {spelled}.")
    assert Pseudonyms(KEY).of(ANN).lower() in replaced.lower()
    assert spelled not in replaced


@settings(deadline=None)
@given(worker_ids, st.binary(max_size=30), st.binary(max_size=30))
def test_an_id_is_found_in_base_64(worker_id: str, before: bytes, after: bytes) -> None:
    for encode in (b64encode, urlsafe_b64encode):
        text = f"data:{encode(before + worker_id.encode() + after).decode()}"
        meant = before + Pseudonyms(KEY).of(worker_id).encode() + after
        if before[-1:].isalnum() or after[:1].isalnum():
            assert len(replacer(worker_id)(text)) == len(text)
        else:
            # A sign that neither alphabet had before is written as the usual one has it.
            expected = f"data:{b64encode(meant).decode()}"
            assert replacer(worker_id)(text).replace("-", "+").replace("_", "/") == expected


@settings(deadline=None)
@given(worker_ids)
def test_what_is_written_into_another_form_comes_out_of_it(worker_id: str) -> None:
    """A record's words, and what they mean, have the same pseudonym."""
    said = f'"{worker_id}" & <{worker_id}>\n{worker_id}/é'
    replace = replacer(worker_id)
    assert json.loads(replace(json.dumps(said))) == replace(said)
    assert replace(escape(said)) == escape(replace(said))
    assert replace(quote(said)) == quote(replace(said))


def test_the_longer_of_two_ids_counts() -> None:
    names = Pseudonyms(KEY)
    assert replacer(ANN, BEN)(f"{BEN} {ANN}") == f"{names.of(BEN)} {names.of(ANN)}"


def test_small_letters_stay_small() -> None:
    assert replacer(ANN)(f"/{ANN.lower()}/") == f"/{Pseudonyms(KEY).of(ANN).lower()}/"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3PQ8K71NHXJ4SUNP5TMJLMW0A2BAAC",
        "AWSMechanicalTurkDataSchemas QuestionFormAnswers",
        "%20%3A&#10;&amp;\\u003c\\n",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "QTFCMkMzRDRFNUY2Rz" + "c" * 3 + "%zz&#x;",
    ],
)
def test_other_texts_are_the_same_objects(text: str) -> None:
    assert replacer("A9Z9Y9X9W9V9U9", guesses=False)(text) is text


@pytest.mark.parametrize(
    ("worker_id", "text", "expected"),
    [
        ("turker-42", "by turker-42.", "by {}."),
        ("turker-42", "by turker-421", None),
        ("turker-42", "by sturker-42", None),
        ("ann@example.org", "<ann@example.org>", "<{}>"),
        ("5f1e0a9c", "x=5f1e0a9c&y", "x={}&y"),
        ("worker", "a worker", None),
        ("12345678", "12345678", None),
    ],
)
def test_ids_of_other_platforms_are_words(worker_id: str, text: str, expected: str | None) -> None:
    meant = text if expected is None else expected.format(Pseudonyms(KEY).of(worker_id))
    assert replacer(worker_id)(text) == meant
    assert can_be_told(worker_id) == (worker_id not in {"worker", "12345678"})
    assert replacer(worker_id).id(worker_id) == Pseudonyms(KEY).of(worker_id)


def test_another_platforms_id_that_was_met_in_a_sentence_is_found_alone() -> None:
    participant = "60a1b2c3d4e5f6a7b8c9d0e1"
    replace = replacer(ANN, participant)
    meant = Pseudonyms(KEY).of(participant)
    assert replace(f"participant {participant} asked") == f"participant {meant} asked"
    assert replace(participant) == meant


@pytest.mark.parametrize("worker_id", [ANN.lower(), f"{ANN}-2", f"turkle-{ANN}", f"x.{BEN}"])
def test_ids_with_one_of_mturks_inside_are_what_texts_have_for_them(worker_id: str) -> None:
    replace = replacer(ANN, BEN, worker_id)
    assert replace(f'{{"WorkerId":"{worker_id}"}}') == f'{{"WorkerId":"{replace.id(worker_id)}"}}'
    assert worker_id not in replace.id(worker_id)


def test_what_looks_like_an_id_is_one_if_nobody_says_otherwise() -> None:
    guessing, pseudonym = replacer(guesses=True), Pseudonyms(KEY).of(ANN)
    assert guessing(f"{ANN}, ABCDEFGHIJKLM") == f"{pseudonym}, ABCDEFGHIJKLM"
    assert (
        guessing(rf"a\n{ANN}%0A{ANN}\u00e9{ANN}")
        == rf"a\n{pseudonym}%0A{pseudonym}\u00e9{pseudonym}"
    )
    assert guessing.guessed == {ANN}


def test_a_guess_does_not_change_what_other_texts_become() -> None:
    """Columns are read before or after the record that they are from."""
    guessing, said = replacer(guesses=True), f"see {ANN.lower()} and x{ANN}"
    before = guessing(said)
    guessing(ANN)
    assert guessing(said) == before == said


@settings(deadline=None)
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_bytes_keep_their_length(before: bytes, after: bytes) -> None:
    for encoding in ("ascii", "utf-16-le", "utf-16-be"):
        content = before + ANN.encode(encoding) + after
        replaced = replacer(ANN).in_bytes(content.decode("latin-1"))
        assert len(replaced) == len(content)
        assert ANN.encode(encoding).decode("latin-1") not in replaced


@settings(deadline=None)
@given(st.lists(worker_ids, min_size=1, max_size=50, unique=True))
def test_pseudonyms_stay_apart(several: list[str]) -> None:
    names = Pseudonyms(KEY)
    made = {names.of(one) for one in several}
    assert len(made) == len(several)
    assert all(IS_WORKER_ID(one) for one in made)
    assert {len(one) for one in made} == {len(one) for one in several}
    assert set("".join(made)) <= set(string.ascii_uppercase + string.digits)


@pytest.mark.parametrize(
    ("worker_id", "text", "expected"),
    [
        ("ann@example.org", "?w=ann%40example.org&", "?w={}&"),
        ("ann@example.org", "?w%3Dann%2540example.org", "?w%3D{}"),
        ("ann@example.org", "ANN@Example.org", "{}"),
        ("5f1e0a9c", "x=5F1E0A9C", "x={}"),
        ("5f1e0a9c", r"print('a\n5f1e0a9c')", r"print('a\n{}')"),
        ("5f1e0a9c", "a%0A5f1e0a9c", "a%0A{}"),
        (r"DOM\nora77", r"by DOM\nora77", "by {}"),
        ("nora77", r"by DOM\nora77", r"by DOM\{}"),
        ("a&bcd77", "by a&amp;amp;bcd77 a&#38;bcd77", "by {0} {0}"),
        ("ann lee 77", "?by=ann+lee%2077", "?by={}"),
        (
            "ann@example.org",
            "%257B%2522w%2522%253A%2522ann%2540example.org",
            "%257B%2522w%2522%253A%2522{}",
        ),
        ("ann%40example.org", "?w=ann%2540example.org", "?w={}"),
        ("a%b77x", "?w=a%25b77x", "?w={}"),
        ("bob77", "bob77さん、さんbob77", "{0}さん、さん{0}"),
        ("jürgen77", r"J\u00dcRGEN77 JÜRGEN77", "{0} {0}"),
        (r"\\srv\ann77", r"by \\\\srv\\ann77 \\srv\ann77", "by {0} {0}"),
    ],
)
def test_ids_of_other_platforms_are_found_as_texts_spell_them(
    worker_id: str, text: str, expected: str
) -> None:
    assert replacer(worker_id)(text) == expected.format(Pseudonyms(KEY).of(worker_id))


def test_two_ids_that_differ_in_their_letters_case_stay_apart() -> None:
    names = Pseudonyms(KEY)
    assert replacer("Bob77", "bob77")("bob77 Bob77") == f"{names.of('bob77')} {names.of('Bob77')}"


def test_the_longest_of_other_platforms_ids_counts() -> None:
    names = Pseudonyms(KEY)
    said = replacer("bob77", "bob77-2", "x.bob77")("bob77, bob77-2, x.bob77")
    assert said == ", ".join(map(names.of, ("bob77", "bob77-2", "x.bob77")))


@pytest.mark.parametrize("broken", ["\n", "\r\n"])
def test_an_id_is_found_in_base_64_in_lines(broken: str) -> None:
    said = b64encode(f"{'x' * 50}{ANN}{'y' * 20}".encode()).decode()
    lines = broken.join(said[at : at + 76] for at in range(0, len(said), 76))
    meant = b64encode(f"{'x' * 50}{Pseudonyms(KEY).of(ANN)}{'y' * 20}".encode()).decode()
    replaced = replacer(ANN)(lines)
    assert replaced.replace(broken, "") == meant
    assert len(replaced) == len(lines)


@pytest.mark.parametrize("how", [r"\x{:02x}", "%u{:04x}"])
def test_an_id_is_found_in_what_scripts_escape(how: str) -> None:
    said = "".join(how.format(ord(sign)) for sign in ANN)
    assert replacer(ANN)(f"'{said}'") == f"'{Pseudonyms(KEY).of(ANN)}'"


texts = st.text(st.sampled_from('a7"\\/\n\t&é😀\u2028n{}[]:, \x00') | st.characters(), max_size=12)


@settings(deadline=None)
@given(texts, texts, st.sampled_from(["5f1e0a9c", 'ab"cd77', "ab\\cd77", "jürgen77", "a&bcd77"]))
def test_json_means_what_the_text_means(before: str, after: str, worker_id: str) -> None:
    """However its signs are spelled. What is packed in it once more is a text, and stays JSON."""
    replace = replacer(worker_id)
    said = f"{before} \n{worker_id}\t{after}"
    for is_ascii in (True, False):
        once = json.dumps({"a": said, "b": [1.5, said, "\u00e9/"]}, ensure_ascii=is_ascii)
        meant = json.loads(replace.in_json(once))
        assert meant == {"a": replace(said), "b": [1.5, replace(said), "\u00e9/"]}
        twice = json.dumps([once], ensure_ascii=is_ascii)
        inner = json.loads(json.loads(replace.in_json(twice))[0])
        assert worker_id not in f"{inner['a']}{inner['b']}"


def test_what_stays_in_json_is_spelled_as_before() -> None:
    source = r'{"\u0061": "\/\u00e9 x\/y\n5f1e0a9c\u0022é\ud83d\ude00" ,"n":1.50}'
    meant = source.replace("5f1e0a9c", Pseudonyms(KEY).of("5f1e0a9c"))
    assert replacer("5f1e0a9c").in_json(source) == meant


@pytest.mark.parametrize("worker_id", ["15000.0", "-15000", "1e5", "1.5e-7"])
def test_a_number_of_json_is_nobodys_id(worker_id: str) -> None:
    said = f'{{"n":{worker_id},"WorkerId":"{worker_id}"}}'
    meant = said.replace(f'"{worker_id}"', f'"{Pseudonyms(KEY).of(worker_id)}"')
    replace = replacer(worker_id)
    assert replace.in_json(said, replace.id) == meant


def test_a_plain_id_is_meant_before_a_name_at_turkle() -> None:
    names = Pseudonyms(KEY)
    for several in (("bob77", "turkle-bob77"), ("turkle-bob77", "bob77")):
        meant = f"{names.of('bob77')} {names.of('turkle-bob77')}"
        assert replacer(*several)("bob77 turkle-bob77") == meant


def test_what_stands_between_two_ids_is_spelled_as_before() -> None:
    source = r'{"a":"5f1e0a9c \u00e9 é \u0078 \/ / 5f1e0a9c"}'
    meant = source.replace("5f1e0a9c", Pseudonyms(KEY).of("5f1e0a9c"))
    assert replacer("5f1e0a9c").in_json(source) == meant


@pytest.mark.parametrize("worker_id", [ANN, "5f1e0a9c", r"\\srv\ann77", '"ab77"', "#ab77"])
def test_backslashes_take_no_longer_than_others(worker_id: str) -> None:
    """Quadratic, these took more than a minute."""
    said = "\\" * 200_000
    assert replacer(worker_id)(rf"{said} \x41 {worker_id}").startswith(said)
