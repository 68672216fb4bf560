"""The rules of docs/architecture.md that a machine can check."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import StructureShape

from mturk_exodus import records
from mturk_exodus_schema import STEPS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = sorted(
    file
    for shelf in ("mturk_exodus", "adapters", "migrations")
    for file in ROOT.glob(f"{shelf}/**/*.py")
)
SHAPES = (
    *("HIT", "Assignment", "QualificationType", "Qualification", "QualificationRequest"),
    *("WorkerBlock", "BonusPayment"),
)
MADE_OF_REPLIES = {
    "GetAccountBalanceResponse": records.AccountBalance,
    "ListReviewPolicyResultsForHITResponse": records.ReviewReport,
    "ReviewResultDetail": records.ReviewResult,
    "ReviewActionDetail": records.ReviewAction,
}
TESTS = sorted([*ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/*.py")])
OURS = {
    *("mturk_exodus", "mturk_exodus_schema"),
    *("mturk_exodus_label_studio", "mturk_exodus_prolific", "mturk_exodus_turkle"),
    *("tests", "benchmarks"),
}
LONGEST_FILE = 400
# Distributions that another one of ours brings and cannot do without; their versions are its to
# choose: boto3 takes exactly the botocore of its own release, and that bounds urllib3.
COMES_WITH = {"botocore": "boto3", "urllib3": "boto3", "PIL": "pillow", "yaml": "pyyaml"}


def test_the_import_contracts_of_pyproject_are_kept() -> None:
    """Whoever breaks one reads which import did it."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_package_that_is_not_ours_has_a_contract() -> None:
    """What is imported from elsewhere is protected: it has its room, and stays there."""
    contracts = _pyproject()["tool"]["importlinter"]["contracts"]
    protected = {name for one in contracts for name in one.get("protected_modules", [])}
    assert {name for file in PROGRAM for name in _foreign(file)} <= protected


def test_every_import_is_declared() -> None:
    """Nothing works only because some other package happens to bring it along."""
    project = _pyproject()["project"]
    extras = {"testing": "testing", "datasets": "parquet"}
    program = [file for file in PROGRAM if file.parent.name not in extras]
    assert _needed(program) == _declared(project["dependencies"])
    for folder, name in extras.items():
        files = [file for file in PROGRAM if file.parent.name == folder]
        extra = project["optional-dependencies"][name]
        assert _needed(files) <= _declared([*project["dependencies"], *extra])


def test_every_import_of_a_test_is_declared() -> None:
    """Likewise: what tests need is the program's, or in the group `dev`."""
    pyproject = _pyproject()
    dev = pyproject["dependency-groups"]["dev"]
    assert _needed(TESTS) <= _declared([*pyproject["project"]["dependencies"], *dev])


@pytest.mark.parametrize("file", PROGRAM, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_of_the_program(file: Path) -> None:
    """Has a name that says something, can be read in one sitting, and speaks through cli alone."""
    text = file.read_text(encoding="utf-8")
    assert file.stem not in {"util", "utils", "helper", "helpers", "misc", "common"}
    assert text.count("\n") < LONGEST_FILE
    assert "pragma: no cover" not in text
    calls = {node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)}
    assert "print" not in {call.id for call in calls if isinstance(call, ast.Name)}


def test_values_and_errors_need_the_standard_library_alone() -> None:
    """They are what everyone speaks of, so they depend on nobody."""
    for name in ("values.py", "errors.py"):
        imported = set(_imported(ROOT / "mturk_exodus" / name))
        assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("shape", [*SHAPES, *MADE_OF_REPLIES])
def test_a_record_has_the_members_of_mturks_model(shape: str) -> None:
    """All of them, under the names that botocore makes of them, and no other."""
    model = botocore.session.Session().get_service_model("mturk").shape_for(shape)
    assert isinstance(model, StructureShape)
    paging = {"NextToken", "NumResults"}
    expected = {xform_name(name): name for name in model.members if name not in paging}
    record = MADE_OF_REPLIES.get(shape) or getattr(records, shape)
    got = {name: member.name for name, member in records.members(record) if not member.of_files}
    assert got == expected


def test_a_migration_imports_nothing_of_the_program() -> None:
    """A shipped step must mean the same in five years."""
    allowed = {*sys.stdlib_module_names, "sqlite_utils", "mturk_exodus_schema"}
    for file in (ROOT / "migrations").glob("**/*.py"):
        assert set(_imported(file)) <= allowed


def test_migrations_are_registered_in_the_order_of_their_names() -> None:
    """Registration decides the order in which steps run, so it must be that of the files."""
    files = sorted(file.stem for file in (ROOT / "migrations").glob("*/m[0-9]*.py"))
    assert list(STEPS) == files


def test_the_shelves_are_no_packages() -> None:
    """`adapters` and `migrations` would be names that everybody's site-packages share."""
    assert not (ROOT / "adapters" / "__init__.py").exists()
    assert not (ROOT / "migrations" / "__init__.py").exists()


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _declared(requirements: list[str]) -> set[str]:
    return {requirement.partition(">")[0].replace("-", "_") for requirement in requirements}


def _needed(files: list[Path]) -> set[str]:
    return {COMES_WITH.get(name, name) for file in files for name in _foreign(file)}


def _foreign(file: Path) -> set[str]:
    # tomllib is in the standard library from Python 3.11 on.
    return set(_imported(file)) - sys.stdlib_module_names - OURS - {"tomllib"}


def _imported(file: Path) -> Iterator[str]:
    """The top-level names that a file imports, those for type checkers among them."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]
