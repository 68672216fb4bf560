"""Bad input that would end in a traceback, or in advice that is wrong."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.cli.test_archive_files import UNPRIVILEGED
from tests.endurance.support import (
    assert_whole,
    environment,
    export_of,
    json_line,
    run,
    the_error,
)
from tests.fakes.mturk import FakeMTurk

NOWHERE = "http://127.0.0.1:1"
COMMANDS = ("export", "doctor")
PROFILES = """
[profile missing]
credential_process = /there/is/no/such/program
[profile junk]
credential_process = /bin/echo junk
"""


def arguments(command: str, folder: Path, url: str = NOWHERE) -> list[object]:
    more = ["--archive", folder / "mturk.db"] if command == "export" else []
    return [command, *more, "--endpoint-url", url]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_a_configuration_that_cannot_be_parsed(command: str, name: str, tmp_path: Path) -> None:
    """Botocore's ConfigParseError comes out of `new_session`."""
    file = tmp_path / "configuration"
    file.write_text("garbage [[\n")
    ended = run(*arguments(command, tmp_path), env=environment(**{name: str(file)}))
    assert ended.returncode == 41, ended.stderr
    the_error(ended.stderr)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("profile", ["missing", "junk"])
def test_a_credential_process_that_does_not_work(
    command: str, profile: str, tmp_path: Path
) -> None:
    """FileNotFoundError and JSONDecodeError come out of `session.get_credentials()`."""
    file = tmp_path / "configuration"
    file.write_text(PROFILES)
    env = environment(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_CONFIG_FILE=str(file))
    ended = run(*arguments(command, tmp_path), "--profile", profile, env=env)
    assert ended.returncode == 41, ended.stderr
    the_error(ended.stderr)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_profile_in_the_environment_is_named(command: str, tmp_path: Path) -> None:
    """`there is no AWS profile None`."""
    ended = run(*arguments(command, tmp_path), env=environment(AWS_PROFILE="nobody"))
    assert ended.returncode == 41
    assert "'nobody'" in the_error(ended.stderr)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_setting_that_botocore_refuses(command: str, tmp_path: Path) -> None:
    """InvalidDefaultsMode comes out of `Wire.__init__`."""
    ended = run(*arguments(command, tmp_path), env=environment(AWS_DEFAULTS_MODE="bogus"))
    assert 40 <= ended.returncode < 50, ended.stderr
    the_error(ended.stderr)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999", "http://127.0.0.1:abc", "http://a b/", "http://-/"]
)
def test_a_url_that_cannot_be_one(command: str, url: str, tmp_path: Path) -> None:
    """`choose` looks at neither port nor characters; botocore raises ValueError later on."""
    ended = run(*arguments(command, tmp_path, url))
    assert ended.returncode == 40, ended.stderr
    the_error(ended.stderr)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    """`path.exists()` raises OSError, outside of `explained`."""
    archive = tmp_path / ("a" * 300 + ".db")
    ended = run("export", "--archive", archive, "--endpoint-url", NOWHERE)
    assert ended.returncode == 16, ended.stderr
    the_error(ended.stderr)


@pytest.mark.parametrize("command", ["export", "status", "verify", "upgrade"])
def test_a_folder_that_may_not_be_entered(command: str, tmp_path: Path) -> None:
    """PermissionError, likewise: what a user meets who is not root."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o000)
    more = ["--endpoint-url", NOWHERE] if command == "export" else []
    program = (sys.executable, "-c", UNPRIVILEGED)
    ended = run(command, "--archive", folder / "mturk.db", *more, program=program)
    folder.chmod(0o700)
    assert ended.returncode == 16, ended.stderr
    the_error(ended.stderr)


def test_a_wrong_key_at_first_does_not_keep_the_right_one_out(
    tmp_path: Path, fake: FakeMTurk
) -> None:
    """The archive is claimed before anything has answered. Then it `holds another account's
    records`, though it holds none; with two key ids that carry account numbers, not even
    --same-account helps.
    """
    archive = tmp_path / "mturk.db"
    fake.credentials_error = "UnrecognizedClientException"
    wrong = environment(AWS_ACCESS_KEY_ID="AKIASP2TPHJSQH3FJRUX")
    assert run(*export_of(fake, archive), env=wrong).returncode == 42
    fake.credentials_error = None
    right = environment(AWS_ACCESS_KEY_ID="AKIARZPUZDIKGB2VALC4")
    ended = run(*export_of(fake, archive), env=right)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert_whole(archive, fake)


def test_a_wrong_address_at_first_does_not_keep_the_right_one_out(
    tmp_path: Path, fake: FakeMTurk
) -> None:
    """Likewise: `holds what http://127.0.0.1:... said`, which said nothing."""
    archive = tmp_path / "mturk.db"
    with FakeMTurk(fake.account) as other:
        other.refuse_all = (404, "<html>not here</html>")
        assert run(*export_of(other, archive)).returncode == 44
    ended = run(*export_of(fake, archive))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert_whole(archive, fake)


def test_usage_errors_are_json_too_where_json_was_asked_for(tmp_path: Path) -> None:
    ended = run("export", "--json", "--rate", "0", cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.lstrip().startswith("{")


@pytest.mark.parametrize("more", [[], ["--json"]])
@pytest.mark.parametrize("command", ["status", "verify"])
def test_a_full_disk_under_stdout(command: str, more: list[str], archive: Path) -> None:
    """OSError 28 comes out of `print`, with a traceback; also with nobody left to read it."""
    program = (sys.executable, "-c", _TO_FULL)
    ended = run(command, "--archive", archive, *more, program=program)
    assert ended.returncode == 61
    if more:
        assert json_line(ended.stderr)["error"] == "OutputFailed"
    else:
        the_error(ended.stderr)


_TO_FULL = f"""
import os, sys
os.dup2(os.open({os.devnull[:5] + "full"!r}, os.O_WRONLY), 1)
from mturk_exodus.cli import main
main()
"""
