"""Sources that other packages bring, installed as pip would: what works, and what is broken."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.errors import SourceBroken
from mturk_exodus.sources.ingest import Ingest, Report
from mturk_exodus.sources.registry import GROUP, installed
from tests.endurance.support import environment, run, the_error

OURS = {
    *("amti", "api_dump", "batch_csv", "command_line_tools", "notifications", "prolific"),
    *("host", "psiturk", "simple_amt", "templates", "turkle_csv", "worker_csv"),
}
HEADER = """
from mturk_exodus.archive.tables import ASSIGNMENTS, HITS, TABLES
from mturk_exodus.sources.interface import Columns, Derived, Entry, FileRefused, Found, Refused
"""
DIARY = """
class Diary:
    name, title, authority = "diary", "a lab's diary", 45

    def claims(self, file):
        return "begins as a diary" if file.start.startswith("diary") else None

    def read(self, file):
        with file.text() as text:
            for number, line in enumerate(text):
                if number:
                    yield Entry(number, (Found(ASSIGNMENTS, dict(zip(
                        ("AssignmentId", "HITId", "WorkerId"), line.split())),),))

    def derive(self, table, raw):
        return Derived(raw)
"""
RECORD = '{"AssignmentId": "3WORK", "HITId": "3HIT", "WorkerId": "AW"}'
FOUND = f"Found(ASSIGNMENTS, {RECORD})"


class Site:
    """A folder into which packages are installed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()

    def install(self, package: str, code: str, points: dict[str, str]) -> None:
        """A package of one module, with entry points."""
        module = package.replace("-", "_")
        (self.root / f"{module}.py").write_text(HEADER + code)
        info = self.root / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {module}:{value}" for name, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines, ""]))

    @property
    def env(self) -> dict[str, str]:
        """Where `exodus` finds it."""
        return environment(PYTHONPATH=str(self.root))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(str(made.root))
    return made


def forget(*modules: str) -> None:
    for module in modules:
        sys.modules.pop(module, None)


def ingested(archive: Path, *paths: Path) -> tuple[Report, list[object]]:
    """What becomes of files, and what is wrong with the archive then."""
    plugins = installed()
    with Archive.create(archive) as opened:
        report = Ingest(opened, plugins).run([str(path) for path in paths], lambda _: None)
        return report, list(verify(opened, plugins.meanings()))


def good_file(folder: Path) -> Path:
    path = folder / "blocks.json"
    path.write_text('{"WorkerBlocks": [{"WorkerId": "AW", "Reason": "spam"}]}')
    return path


def test_ours_are_there() -> None:
    plugins = installed()
    assert set(plugins.sources) >= OURS
    assert {plugins.packages[name] for name in OURS} == {"mturk-exodus"}
    assert not plugins.broken


def test_another_packages_source_is_listed_and_reads_its_files(site: Site, tmp_path: Path) -> None:
    site.install("lab-diary", DIARY, {"diary": "Diary"})
    diary = tmp_path / "days.txt"
    diary.write_text("diary of 2012\n3WORK 3HIT AW\n3WORK2 3HIT AX\n")
    listed = run("sources", "--json", env=site.env)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert {
        "source": "diary",
        "files": "a lab's diary",
        "authority": 45,
        "package": "lab-diary",
    } in json.loads(listed.stdout)
    archive = tmp_path / "mturk.db"
    done = run("ingest", diary, "--archive", archive, env=site.env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "read as diary" in done.stdout
    verified = run("verify", "--archive", archive, env=site.env)
    assert (verified.returncode, verified.stderr) == (0, "")
    without = run("verify", "--archive", archive)
    assert without.returncode == 0
    assert "'diary' is not installed" in without.stderr


@pytest.mark.parametrize(
    ("code", "value", "said"),
    [
        ("import a_module_that_is_nowhere\n" + DIARY, "Diary", "cannot be loaded"),
        ("this is no Python\n", "Diary", "SyntaxError"),
        (DIARY, "Nothing", "AttributeError"),
        (
            DIARY + "\n    def __init__(self): raise OSError('no disk\\nat all')\n",
            "Diary",
            "no disk",
        ),
        (DIARY + "\n    def __init__(self): raise SystemExit(3)\n", "Diary", "cannot be loaded"),
        (DIARY.replace("def derive", "def derived"), "Diary", "has no derive"),
        (DIARY.replace('"diary",', '"another",'), "Diary", "must have that name"),
        (DIARY.replace("45", "0"), "Diary", "an authority from 1 to 99"),
        (DIARY.replace("45", "'45'"), "Diary", "an authority from 1 to 99"),
        (DIARY.replace("45", "True"), "Diary", "an authority from 1 to 99"),
        (DIARY.replace("45", "10**30"), "Diary", "authority"),
        (DIARY.replace('"a lab\'s diary"', "None"), "Diary", "title"),
    ],
)
def test_a_broken_one_is_a_line_and_leaves_the_others_as_they_are(
    code: str, value: str, said: str, site: Site, tmp_path: Path
) -> None:
    site.install("lab-diary", code, {"diary": value})
    listed = run("sources", env=site.env)
    assert listed.returncode == 54
    line = the_error(listed.stderr)
    assert "source 'diary' of lab-diary" in line
    assert said in line
    assert all(name in listed.stdout for name in OURS)
    archive = tmp_path / "mturk.db"
    done = run("ingest", good_file(tmp_path), "--archive", archive, env=site.env)
    assert done.returncode == 0
    (warning,) = done.stderr.splitlines()
    assert warning.startswith("Warning: source 'diary' of lab-diary")
    assert run("verify", "--archive", archive, env=site.env).returncode == 0
    asked = run(
        "ingest", good_file(tmp_path), "--source", "diary", "--archive", archive, env=site.env
    )
    assert asked.returncode == 54
    assert "diary" in asked.stderr.splitlines()[-1]


def test_two_packages_that_claim_a_name_are_both_left_out(site: Site, tmp_path: Path) -> None:
    site.install("lab-diary", DIARY, {"diary": "Diary"})
    site.install("lab-diary-too", DIARY, {"diary": "Diary"})
    line = the_error(run("sources", env=site.env).stderr)
    assert line == "source 'diary' is claimed by lab-diary and lab-diary-too; uninstall one"
    done = run("ingest", good_file(tmp_path), "--archive", tmp_path / "mturk.db", env=site.env)
    assert done.returncode == 0


def test_nobody_takes_the_name_of_one_of_ours(site: Site, tmp_path: Path) -> None:
    site.install("lab-diary", DIARY, {"batch_csv": "Diary"})
    listed = run("sources", env=site.env)
    assert listed.returncode == 54
    assert "claimed by lab-diary and mturk-exodus" in the_error(listed.stderr)
    assert (
        run("ingest", good_file(tmp_path), "--archive", tmp_path / "m.db", env=site.env).returncode
        == 0
    )


@pytest.mark.parametrize("name", ["requester_api", "implied"])
def test_a_name_that_the_archive_uses_itself_is_no_sources(
    name: str, site: Site, tmp_path: Path
) -> None:
    """Its records would be taken for the API's: derived by its rules, replaced by its words."""
    site.install("lab-diary", DIARY.replace('"diary", "a', f'"{name}", "a'), {name: "Diary"})
    listed = run("sources", env=site.env)
    assert listed.returncode == 54
    assert name in the_error(listed.stderr)
    assert good_file(tmp_path).exists()


def test_a_source_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(SourceBroken, match="there is no source 'x'; there are amti, api_dump"):
        installed().source("x")


NONSENSE = {
    "claims raises": ("claims", "raise ValueError(1)"),
    "claims gives a number": ("claims", "return 7 if file.start[:5] == 'diary' else None"),
    "read raises": ("read", "raise KeyError('AW-secret')\n        yield"),
    "read gives None": ("read", "return None"),
    "read is no iterator": ("read", "return 7"),
    "an item is a word": ("read", "yield 'entry'"),
    "an item is None": ("read", "yield None"),
    "columns of numbers": (
        "read",
        f"yield Columns((1, None, object()))\n        yield Entry(1, ({FOUND},))",
    ),
    "a table that is none": ("read", f"yield Entry(1, (Found('assignments', {RECORD}),))"),
    "found is no Found": ("read", "yield Entry(1, (7,))"),
    "found is None": ("read", "yield Entry(1, None)"),
    "nothing is found": ("read", "yield Entry(1, ())"),
    "the raw is a list": ("read", "yield Entry(1, (Found(ASSIGNMENTS, [1, 2]),))"),
    "the raw is None": ("read", "yield Entry(1, (Found(ASSIGNMENTS, None),))"),
    "the raw is bytes": ("read", "yield Entry(1, (Found(ASSIGNMENTS, {'AssignmentId': b'x'}),))"),
    "the number is a word": ("read", f"yield Entry('one', ({FOUND},))"),
    "the number is too large": ("read", f"yield Entry(2**70, ({FOUND},))"),
    "the context is no mapping": ("read", f"yield Entry(1, (Found(ASSIGNMENTS, {RECORD}, 7),))"),
    "the context has a column of no table": (
        "read",
        f"yield Entry(1, (Found(ASSIGNMENTS, {RECORD}, {{'nothing': 1}}),))",
    ),
    "the context is too large": (
        "read",
        f"yield Entry(1, (Found(ASSIGNMENTS, {RECORD}, {{'hit_id': 2**70}}),))",
    ),
    "the context has a value of no kind": (
        "read",
        f"yield Entry(1, (Found(ASSIGNMENTS, {RECORD}, {{'worker_id': [1]}}),))",
    ),
    "doubts are numbers": ("read", f"yield Entry(1, ({FOUND},), (7,))"),
    "doubts are None": ("read", f"yield Entry(1, ({FOUND},), None)"),
    "a refusal twice": (
        "read",
        "yield Refused(1, 'no', {})\n        yield Refused(1, 'no', {})\n"
        f"        yield Entry(2, ({FOUND},))",
    ),
    "a refusal without a number": (
        "read",
        f"yield Refused(None, 'no', {{}})\n        yield Entry(2, ({FOUND},))",
    ),
    "a refusal without a reason": (
        "read",
        f"yield Refused(1, None, {{}})\n        yield Entry(2, ({FOUND},))",
    ),
    "a refusal in a ring": (
        "read",
        "ring = []\n        ring.append(ring)\n"
        "        yield Refused(1, 'no', ring)\n"
        f"        yield Entry(2, ({FOUND},))",
    ),
    "a refusal with tuples for names": (
        "read",
        f"yield Refused(1, 'no', {{(1, 2): 3}})\n        yield Entry(2, ({FOUND},))",
    ),
    "a refusal that half a character explains": (
        "read",
        f"yield Refused(1, '\\ud800', {{}})\n        yield Entry(2, ({FOUND},))",
    ),
    "not a number": ("read", "yield Entry(1, (Found(HITS, {'HITId': 'x', 'n': float('nan')}),))"),
    "deep as a well": (
        "read",
        "deep = []\n        for _ in range(9_000): deep = [deep]\n"
        "        yield Entry(1, (Found(HITS, {'HITId': 'x', 'd': deep}),))",
    ),
    "derive raises": ("derive", "raise RuntimeError('AW-secret')"),
    "derive gives None": ("derive", "return None"),
    "derive gives a dict": ("derive", "return raw"),
    "derive gives a list": ("derive", "return Derived([])"),
    "derive gives huge numbers": ("derive", "return Derived({**raw, 'AcceptTime': 10**400})"),
    "derive gives infinity": ("derive", "return Derived({**raw, 'AcceptTime': float('inf')})"),
    "derive gives not a number": ("derive", "return Derived({**raw, 'Answer': float('nan')})"),
    "derive gives objects": ("derive", "return Derived({**raw, 'Answer': object()})"),
    "derive gives no key": ("derive", "return Derived({'HITId': '3HIT'})"),
    "derive gives an empty key": ("derive", "return Derived({**raw, 'AssignmentId': ''})"),
    "derive doubts numbers": ("derive", "return Derived(raw, (7,))"),
    "derive doubts None": ("derive", "return Derived(raw, None)"),
    "derive adds quotes": ("derive", "return Derived({**raw, 'HITId': 'a\"b\\\\\\n'})"),
    "an entry stops everything": ("read", "raise SystemExit(0)\n        yield"),
    "memory is short": ("read", "raise MemoryError\n        yield"),
    "it calls itself": ("read", "yield from self.read(file)"),
    "it never began": ("read", "raise StopIteration\n        yield"),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_what_a_plug_in_does_costs_its_own_file_alone(
    what: str, site: Site, tmp_path: Path
) -> None:
    method, body = NONSENSE[what]
    signature = {"claims": "self, file", "read": "self, file", "derive": "self, table, raw"}[method]
    code = DIARY + f"\n    def {method}({signature}):\n        {body}\n"
    site.install("lab-diary", code, {"diary": "Diary"})
    forget("lab_diary")
    before, after = tmp_path / "a.json", tmp_path / "z.json"
    before.write_text('{"WorkerBlocks": [{"WorkerId": "AW", "Reason": "spam"}]}')
    after.write_text('{"WorkerBlocks": [{"WorkerId": "AX", "Reason": "spam"}]}')
    diary = tmp_path / "days.txt"
    diary.write_text("diary of 2012\n3WORK 3HIT AW\n")
    try:
        report, wrong = ingested(tmp_path / "mturk.db", before, diary, after)
    finally:
        forget("lab_diary")
    assert wrong == []
    assert report.by_source["api_dump"] == 2, report.refused
    assert report.kept + len(report.refused) + report.unknown == 3
    assert all("AW-secret" not in str(file.reason) for file in report.refused)
