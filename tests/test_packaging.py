"""What people install: the wheel and the sdist, built, opened, and run far from this folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import NamedTuple

import pytest

from mturk_exodus.cli import COMMANDS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VERSION = PROJECT["version"]
WHEEL = f"mturk_exodus-{VERSION}-py3-none-any.whl"
DEVELOPMENT = {"build", "hypothesis", "import-linter", "mypy", "pytest", "ruff", "boto3-stubs"}
OURS = {
    "mturk_exodus": ROOT / "mturk_exodus",
    "mturk_exodus_label_studio": ROOT / "adapters" / "mturk_exodus_label_studio",
    "mturk_exodus_turkle": ROOT / "adapters" / "mturk_exodus_turkle",
    "mturk_exodus_prolific": ROOT / "adapters" / "mturk_exodus_prolific",
    "mturk_exodus_schema": ROOT / "migrations" / "mturk_exodus_schema",
}
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


class Built(NamedTuple):
    """The artefacts: the wheel from this folder, the sdist, and the wheel from the sdist."""

    wheel: Path
    sdist: Path
    wheel_from_sdist: Path


# Both fixtures are the module's, so that they run before a test takes proxies and configuration
# away: pip may need them to reach the index.


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    directly, through_sdist = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("sdist")
    build = [sys.executable, "-m", "build", str(ROOT)]
    _run([*build, "--wheel", "--outdir", str(directly)])
    _run([*build, "--outdir", str(through_sdist)])
    sdist = through_sdist / f"mturk_exodus-{VERSION}.tar.gz"
    return Built(directly / WHEEL, sdist, through_sdist / WHEEL)


@pytest.fixture(scope="module")
def programs(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment in which only the wheel was installed."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    install = ["install", "--quiet", str(built.wheel)]
    _run([sys.executable, "-m", "pip", "--python", str(python), *install])
    return python.parent


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """An empty folder, and a home that is another."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def test_the_wheel_brings_our_names_alone(built: Built) -> None:
    top = {name.partition("/")[0] for name in _wheel_names(built.wheel)}
    assert top == {*OURS, f"mturk_exodus-{VERSION}.dist-info"}


def test_the_wheel_holds_every_file_of_the_packages_and_no_other(built: Built) -> None:
    files = {
        str(file.relative_to(package.parent))
        for package in OURS.values()
        for file in package.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert {name for name in _wheel_names(built.wheel) if ".dist-info/" not in name} == files


def test_the_wheel_is_typed_and_licensed(built: Built) -> None:
    names = _wheel_names(built.wheel)
    assert {f"{name}/py.typed" for name in OURS} <= names
    assert f"mturk_exodus-{VERSION}.dist-info/licenses/LICENSE" in names


def test_the_wheel_from_the_sdist_is_the_same_wheel(built: Built) -> None:
    assert _wheel_names(built.wheel_from_sdist) == _wheel_names(built.wheel)


def test_the_sdist_can_be_tested_and_read(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        *("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"),
        *("tests/conftest.py", "scripts/test", "docs/architecture.md"),
        *("migrations/README.md", "adapters/README.md", "benchmarks/README.md"),
    } <= names
    assert not [name for name in names if name.endswith((".db", ".pyc"))]


def test_the_metadata_say_what_pyproject_says(built: Built) -> None:
    metadata = _metadata(built.wheel)
    lines = metadata.get_all("Requires-Dist", [])
    required = {_distribution(line) for line in lines if "extra ==" not in line}
    assert required == {_distribution(line) for line in PROJECT["dependencies"]}
    assert not required & DEVELOPMENT
    assert metadata["Version"] == VERSION
    assert metadata["Requires-Python"] == PROJECT["requires-python"]


def test_nothing_for_development_is_installed_with_it(programs: Path) -> None:
    python = str(programs / "python")
    listed = _run([sys.executable, "-m", "pip", "--python", python, "list", "--format=freeze"])
    installed = {line.partition("==")[0].lower() for line in listed.splitlines()}
    assert "mturk-exodus" in installed
    assert not installed & DEVELOPMENT


@pytest.mark.parametrize("program", ["exodus", "mturk-exodus"])
def test_the_program_knows_its_version(programs: Path, elsewhere: Path, program: str) -> None:
    assert _run([str(programs / program), "--version"], elsewhere).strip().endswith(VERSION)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_has_help(programs: Path, elsewhere: Path, command: str) -> None:
    words = [str(programs / "exodus"), *command.split(), "--help"]
    assert _run(words, elsewhere).startswith("Usage: exodus")


def test_the_package_runs_as_a_module(programs: Path, elsewhere: Path) -> None:
    help_text = _run([str(programs / "python"), "-m", "mturk_exodus", "--help"], elsewhere)
    assert "exodus demo" in help_text


def test_the_demo_runs_from_another_folder(programs: Path, elsewhere: Path) -> None:
    """All of the program at once: archive, endpoint, export, verification."""
    _run([str(programs / "exodus"), "demo", "--hits", "40"], elsewhere)
    _run([str(programs / "exodus"), "verify", "--archive", "mturk-demo.db"], elsewhere)
    assert [file.name for file in elsewhere.iterdir() if file.suffix == ".db"] == ["mturk-demo.db"]


def _run(words: list[str], folder: Path | None = None) -> str:
    """What a program prints. With a folder: run there, knowing of nothing else."""
    environment = None
    if folder is not None:
        home = folder.parent / "home"
        home.mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in CERTIFICATES if name in os.environ}
        environment = {"PATH": os.defpath, "HOME": str(home), **kept}
    result = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def _wheel_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"mturk_exodus-{VERSION}.dist-info/METADATA").decode()
    return Parser().parsestr(text)


def _distribution(requirement: str) -> str:
    return requirement.partition(">")[0].strip()
