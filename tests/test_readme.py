"""What the documents say, held against what the program does."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mturk_exodus import errors, records
from mturk_exodus.archive import Archive
from mturk_exodus.cli import COMMANDS, cli
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill
from mturk_exodus.records import Member
from mturk_exodus.replay.registry import installed

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS_PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
FORMAT = (ROOT / "migrations" / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
QUERIES = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
# Shared by all tables of records, and explained once.
SHARED = {
    *("raw", "raw_sha256", "first_run_id", "last_run_id"),
    *("source", "file_id", "file_row", "own_values"),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive of the invented account."""
    with Archive.create(tmp_path_factory.mktemp("readme") / "mturk.db") as created:
        fill(created, synthesize(hits=120))
        yield created


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    """If this fails: `scripts/docs`."""
    script = [sys.executable, str(ROOT / "scripts" / "commands_page.py")]
    result = subprocess.run(script, capture_output=True, text=True, encoding="utf-8", check=True)
    assert result.stdout == COMMANDS_PAGE


@pytest.mark.parametrize("target", sorted(installed().usable))
def test_the_page_of_a_target_is_what_its_adapter_says(target: str) -> None:
    """If this fails: `scripts/docs`."""
    script = [sys.executable, str(ROOT / "scripts" / "target_page.py"), target]
    result = subprocess.run(script, capture_output=True, text=True, encoding="utf-8", check=True)
    assert result.stdout == (ROOT / "docs" / "targets" / f"{target}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_documented(name: str) -> None:
    """It stands in the README, explains every option, and names its exit codes."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert f"| `exodus {name}` |" in README
    section = COMMANDS_PAGE.split(f"## exodus {name}\n")[1].split("\n## ")[0]
    assert "Exit status: 0" in section
    for parameter in command.params:
        shown = (
            parameter.opts[0]
            if isinstance(parameter, click.Option)
            else parameter.make_metavar(click.Context(command))
        )
        assert shown in section


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_speaks_of_options_that_exist(document: Path) -> None:
    """No option outlives its removal in some document."""
    known = {option for name in COMMANDS for option in _options(name)} | {"--version", "--help"}
    text = document.read_text(encoding="utf-8")
    said = re.findall(r"exodus (\w+)[^`|\n#]*?(--[a-z][a-z-]+)", text)
    assert {option for name, option in said if name in COMMANDS} <= known


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_links_of_a_document_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text(encoding="utf-8"))
    assert not [link for link in links if not (document.parent / link).exists()]


@pytest.mark.parametrize("page", [README, COMMANDS_PAGE], ids=["README", "commands"])
def test_the_exit_codes_are_those_of_the_program(page: str) -> None:
    documented = [int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)]
    assert documented == sorted({0, 1, 2, *(error.exit_code for error in _errors())})


def test_every_error_has_an_exit_code_of_its_own() -> None:
    codes = [error.exit_code for error in _errors()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_readme_runs(archive: Archive, query: str) -> None:
    archive.connection.execute(query).fetchall()


def test_the_queries_find_what_they_are_for(archive: Archive) -> None:
    """Those about work and pay have something to show on the invented account."""
    assert len(QUERIES) >= 2
    assert all(archive.connection.execute(query).fetchall() for query in QUERIES[:2])


def test_the_format_names_every_table_and_column(archive: Archive) -> None:
    """Columns that MTurk has are MTurk's to explain; all others stand in migrations/README.md."""
    for table, columns in _tables(archive).items():
        assert f"**{table}**" in FORMAT
        section = FORMAT.split(f"**{table}**")[1].split("\n**")[0]
        ours = {name for name in columns if name not in _mturk_names()} - SHARED
        if not table.startswith("_"):
            missing = {name for name in ours if f"`{name}`" not in section}
            assert not missing, f"{table}: {missing}"


def test_the_latest_change_is_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = re.search(r"^## \[(.+?)\] - (unreleased|\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)
    assert heading
    assert heading[1] == project["version"]


def test_the_readme_begins_with_the_two_commands() -> None:
    assert README.index("scripts/demo") < README.index("scripts/test") < README.index("\n## ")


def _options(name: str) -> set[str]:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return {option for parameter in command.params for option in parameter.opts}


def _errors() -> list[type[errors.ExodusError]]:
    families = errors.ExodusError.__subclasses__()
    return [*families, *(one for family in families for one in family.__subclasses__())]


def _tables(archive: Archive) -> dict[str, list[str]]:
    rows = archive.connection.execute(
        "select entity.name, info.name from sqlite_schema as entity"
        " join pragma_table_info(entity.name) as info where entity.type in ('table', 'view')"
    )
    tables: dict[str, list[str]] = {}
    for table, column in rows.fetchall():
        tables.setdefault(table, []).append(column)
    return tables


def _mturk_names() -> set[str]:
    kinds = [kind for kind in vars(records).values() if dataclasses.is_dataclass(kind)]
    return {
        field.name for kind in kinds if kind is not Member for field in dataclasses.fields(kind)
    }
