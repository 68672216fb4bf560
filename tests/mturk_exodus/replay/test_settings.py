"""What a person tells an adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from mturk_exodus.errors import SettingMissing
from mturk_exodus.replay.adapter import Setting
from mturk_exodus.replay.settings import settings
from tests.mturk_exodus.replay.shelf import ShelfAdapter

if TYPE_CHECKING:
    from pathlib import Path

KEY = "s3cret-key"


class Told(ShelfAdapter):
    """Must be told things."""

    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "where it is", "SHELF_URL"),
        Setting("key", "the key to it", "SHELF_KEY", secret=True),
        Setting("workers", "how workers are called", default="pseudonymous", to_plan=True),
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "exodus.toml"
    path.write_text(f'[shelf]\nurl = "https://file.invalid"\nkey = "{KEY}"\n[other]\nx = 1\n')
    return path


def test_the_command_line_counts_before_the_environment_and_that_before_the_file(
    file: Path,
) -> None:
    environment = {"SHELF_URL": "https://environment.invalid"}
    assert settings(Told, {}, {}, file)["url"] == "https://file.invalid"
    assert settings(Told, {}, environment, file)["url"] == "https://environment.invalid"
    given = {"url": "https://given.invalid", "workers": "plain"}
    assert settings(Told, given, environment, file) == {
        "url": "https://given.invalid",
        "key": KEY,
        "workers": "plain",
    }


def test_a_plan_needs_only_what_it_depends_on() -> None:
    assert settings(Told, {}, {}, None, to_plan=True) == {"workers": "pseudonymous"}
    with pytest.raises(SettingMissing, match=r"needs its url: --set url=\.\.\., or \$SHELF_URL"):
        settings(Told, {}, {}, None)


def test_a_missing_key_is_not_asked_for_on_the_command_line() -> None:
    with pytest.raises(SettingMissing, match="needs its key") as caught:
        settings(Told, {"url": "https://x.invalid"}, {}, None)
    assert "--set key" not in str(caught.value)


def test_a_key_on_the_command_line_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingMissing, match="others can read") as caught:
        settings(Told, {"url": "https://x.invalid", "key": KEY}, {}, None)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("name", ["ulr", "", "URL"])
def test_an_unknown_setting_is_named_with_those_there_are(name: str) -> None:
    with pytest.raises(SettingMissing, match="it has url, key, workers"):
        settings(Told, {name: "x"}, {}, None)


@pytest.mark.parametrize("url", ["target.invalid", "ftp://x", "file:///etc/passwd", "//x"])
def test_an_address_is_one_of_the_web(url: str) -> None:
    with pytest.raises(SettingMissing, match="must begin with https"):
        settings(Told, {"url": url}, {"SHELF_KEY": KEY}, None)


@pytest.mark.parametrize(
    "url",
    [
        *("http://", "http:///path", "http://-a..b", "http://a b", "http://[bad", "http://a\\b"),
        *("http://x:0", "http://x:65536", "http://x:port", f"http://{'x' * 64}", "http://x%41"),
        *("http://\udc80", "http://é..b", "http://x\ny"),
    ],
)
def test_an_address_has_a_host_that_can_be_looked_up(url: str) -> None:
    with pytest.raises(SettingMissing, match="names no host"):
        settings(Told, {"url": url}, {"SHELF_KEY": KEY}, None)


@pytest.mark.parametrize(
    "url",
    ["https://me:S3KRIT@x.invalid", "https://S3KRIT@x", "https://x/?a=S3KRIT", "https://x/#S3KRIT"],
)
def test_an_address_is_nothing_else_and_is_not_shown(url: str) -> None:
    with pytest.raises(SettingMissing, match="nothing but an address") as caught:
        settings(Told, {"url": url}, {"SHELF_KEY": KEY}, None)
    assert "S3KRIT" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost:8080", "https://a_b.invalid/under/@path", "http://[::1]:8080"),
        *("http://127.0.0.1", "https://bücher.invalid", "https://x.invalid./"),
    ],
)
def test_an_address_is_taken_as_it_is(url: str) -> None:
    assert settings(Told, {"url": url}, {"SHELF_KEY": KEY}, None)["url"] == url


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "ключ", "tab\tbed"])
def test_a_key_with_characters_that_no_header_takes_is_refused_unseen(key: str) -> None:
    with pytest.raises(SettingMissing, match="copy it again") as caught:
        settings(Told, {"url": "https://x.invalid"}, {"SHELF_KEY": key}, None)
    assert key not in str(caught.value)


def test_white_space_around_a_value_is_none_of_it() -> None:
    environment = {"SHELF_KEY": f" {KEY}\n", "SHELF_URL": "https://x.invalid\r\n"}
    assert settings(Told, {}, environment, None)["key"] == KEY


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f'key = "{KEY}', "is not TOML"),
        ("[shelf]\nkey = 5\n", "must hold texts"),
        ("shelf = 3\n", "must hold texts"),
        ("[shelf]\nkye = 'x'\n", "no setting 'kye'"),
        (f"x = {'[' * 5000}", "is not TOML"),
        (f"x = {'[' * 5000}{']' * 5000}", "is not TOML"),
        (f"[shelf]\nkey = '{KEY}'\n{'#' * 1_000_000}", "is too large"),
    ],
)
def test_a_file_that_is_not_as_it_should_be(file: Path, text: str, why: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingMissing, match=why) as caught:
        settings(Told, {}, {}, file)
    assert KEY not in str(caught.value)


def test_a_file_may_begin_with_the_mark_of_utf_8_and_be_of_a_megabyte(file: Path) -> None:
    text = b"\xef\xbb\xbf" + file.read_bytes()
    file.write_bytes(text + b"#" * (1_000_000 - len(text)))
    assert settings(Told, {}, {}, file)["key"] == KEY


def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SettingMissing, match="there is no file"):
        settings(Told, {}, {}, tmp_path / "none.toml")
    with pytest.raises(SettingMissing, match="cannot be read"):
        settings(Told, {}, {}, tmp_path)
