from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.archive.tables import TEMPLATES
from mturk_exodus.records import from_wire
from mturk_exodus.sources.files import SourceFile, local_file
from mturk_exodus.sources.interface import Entry, FileRefused
from mturk_exodus.sources.templates import (
    LARGEST,
    Templates,
    placeholders,
    velocity_placeholders,
)
from tests.real.assembly import folder as public_folder

PUBLIC = public_folder()
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
LAYOUT = '<p>Look at <img src="${image_url}"> and name the ${object}.</p><input name="answer">'
CROWD = '<crowd-form><img src="{{ task.input.image | grant_read_access }}"></crowd-form>'
SURVEY_LINK = '<form action="https://www.mturk.com/mturk/externalSubmit"><input name="code"></form>'


def kept(folder: Path, name: str, text: str) -> SourceFile:
    path = folder / name
    path.write_bytes(text.encode())
    return local_file(path)


def question(root: str, inside: str = "") -> str:
    return f'<{root} xmlns="{SCHEMAS}/2006-07-14/{root}.xsd">{inside}</{root}>'


def entry_of(file: SourceFile) -> Entry:
    (entry,) = Templates().read(file)
    assert isinstance(entry, Entry)
    return entry


def variables(content: str) -> list[str]:
    raw = {"Name": "a.html", "Kind": "html layout", "Content": content}
    wire = Templates().derive("templates", raw).wire
    from_wire(TEMPLATES.record, wire)
    return list(wire.get("Variables", []))


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("layout.html", LAYOUT, "html layout"),
        ("LAYOUT.HTM", LAYOUT, "html layout"),
        ("survey.html", SURVEY_LINK, "html layout"),
        ("script.html", '<script>var a = "${a}";</script>', "html layout"),
        ("crowd.html", CROWD, "crowd html layout"),
        ("crowd.liquid", "<p>{% if task.input.text %}a{% endif %}</p>", "crowd html layout"),
        ("html.xml", question("HTMLQuestion"), "HTMLQuestion"),
        ("page.xml", '<?xml version="1.0"?>\n' + question("ExternalQuestion"), "ExternalQuestion"),
        ("form.txt", "<!-- <p> -->\n<!-- b -->" + question("QuestionForm"), "QuestionForm"),
        ("key.xml", "\ufeff" + question("AnswerKey"), "AnswerKey"),
        (
            "q.xml.j2",
            "{# made by hand #}{% set a = 1 %}" + question("HTMLQuestion"),
            "HTMLQuestion",
        ),
        ("prefixed.xml", '<a:QuestionForm xmlns:a="b"></a:QuestionForm>', "QuestionForm"),
    ],
)
def test_what_a_hit_is_made_from_is_taken(tmp_path: Path, name: str, text: str, kind: str) -> None:
    file = kept(tmp_path, name, text)

    claim = Templates().claims(file)
    entry = entry_of(file)

    assert claim is not None
    assert claim.endswith(kind)
    assert entry.number == 1
    assert [found.table for found in entry.found] == [TEMPLATES]
    assert entry.found[0].raw == {
        "Name": name,
        "Kind": kind,
        "Content": text.removeprefix("\ufeff"),
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page.html", "<p>Nothing to fill in; it costs $5 {or so}.</p>"),
        ("app.html", "<p>{{ user.name }}</p>"),
        ("literals.html", "<p>a</p><script>let a = `${b}`;</script>"),
        ("jsp.html", "<p>${user.name} ${a ? b : c}</p>"),
        ("layout.py", LAYOUT),
        ("layout.js", CROWD),
        ("notes.txt", "${name} is a placeholder"),
        ("answers.xml", question("QuestionFormAnswers")),
        ("reply.xml", "<GetHITResult><Question>" + question("QuestionForm")),
        ("code.txt", "xml = '" + question("HTMLQuestion") + "'"),
        ("task.question", question("ExternalQuestion")),
        ("task.question.xml", question("ExternalQuestion")),
        ("unclosed.xml", "<!-- " + question("HTMLQuestion")),
        ("empty.html", ""),
    ],
)
def test_other_files_are_left_to_others(tmp_path: Path, name: str, text: str) -> None:
    assert Templates().claims(kept(tmp_path, name, text)) is None


def test_a_page_that_is_none_is_refused_if_it_is_insisted_on(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="no placeholder"):
        entry_of(kept(tmp_path, "page.html", "<p>Hello</p>"))


def test_a_template_keeps_its_text_to_the_letter(tmp_path: Path) -> None:
    text = "<p>\r\n${näme} \t</p>\n\n\r"

    assert entry_of(kept(tmp_path, "a.html", text)).found[0].raw["Content"] == text


def test_folders_are_not_kept_as_they_name_people(tmp_path: Path) -> None:
    (tmp_path / "somebody").mkdir()
    file = kept(tmp_path / "somebody", "a.html", LAYOUT)

    assert entry_of(file).found[0].raw["Name"] == "a.html"


def test_the_same_template_of_two_names_is_one() -> None:
    one = {"Name": "a.html", "Kind": "html layout", "Content": LAYOUT}
    digests = {
        Templates().derive("templates", raw).wire["TemplateSHA256"]
        for raw in (one, one | {"Name": "b.html"})
    }
    other_kind = Templates().derive("templates", one | {"Kind": "HTMLQuestion"}).wire

    assert digests == {hashlib.sha256(f"html layout\0{LAYOUT}".encode()).hexdigest()}
    assert other_kind["TemplateSHA256"] not in digests


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    file = kept(tmp_path, "a.html", LAYOUT + " " * LARGEST)

    assert Templates().claims(file)
    with pytest.raises(FileRefused, match="4 MiB"):
        entry_of(file)


def test_a_file_with_nul_bytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="NUL"):
        entry_of(kept(tmp_path, "a.html", LAYOUT + "\0"))


def test_no_entity_is_expanded(tmp_path: Path) -> None:
    text = '<!DOCTYPE a [<!ENTITY b "boom">]>' + question("QuestionForm", "&b;")
    file = kept(tmp_path, "a.xml", text)

    assert Templates().claims(file) is None


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("${b} <img src='${a}'> ${b}", ["b", "a"]),
        ("${1_gt_idx} ${simple-1}", ["1_gt_idx", "simple-1"]),
        ("${} ${a b} $c ${d", []),
        ("<!-- ${a} <script> ` --> ${b}", ["a", "b"]),
        ("<SCRIPT>let a = `${b}`</SCRIPT >${c}", ["c"]),
        ('<script src="${a}">var b = "${b}";</script>${c}', ["a", "b", "c"]),
        ("<script>let a = `${b}`", []),
        ("<script>`</script><script>'${a}'</script>", ["a"]),
        ("$!{quiet} ${helper.urlencode($urls)}", ["quiet", "urls"]),
        ("<p>{{ text }} {{- other | escape }} {{row.cell}}</p>", ["text", "other", "row"]),
        ("{% for a in task.input.rows %}{{ a.b }}{% endfor %}{{ task.input.c }}", ["rows", "c"]),
        ("${a} {{ b }}", ["a"]),
        ("{{ 'text' }} {{ f(1) }} {{{}}", []),
    ],
)
def test_placeholders_are_found(content: str, names: list[str]) -> None:
    assert variables(content) == names


def test_a_bare_name_counts_in_the_tools_own_files_only() -> None:
    content = "<ExternalURL>https://example.org/?a=$urls&amp;b=${other}&amp;c=$5</ExternalURL>"

    assert velocity_placeholders(content) == ["urls", "other"]
    assert placeholders(content) == ["other"]


@pytest.mark.parametrize(
    "part",
    [
        *("${", "${a", "$!{", "$", "$a", "{{", "{{ ", "{%", "{% for ", "task.input.", "<!--"),
        *("<script", "<script>`", "</script", "<!-- -->", "{{ a", "<crowd", " ", "\ufeff", "{#"),
    ],
)
def test_a_hostile_page_takes_no_longer_than_its_length(tmp_path: Path, part: str) -> None:
    content = part * (LARGEST // 8 // len(part))
    file = kept(tmp_path, "a.html", content)

    start = time.process_time()
    Templates().claims(file)
    placeholders(content)
    velocity_placeholders(content)
    assert time.process_time() - start < 5


@given(
    st.dictionaries(
        st.sampled_from(["Name", "Kind", "Content", "Other"]),
        st.one_of(st.none(), st.integers(), st.text(st.characters(exclude_categories=()))),
    )
)
def test_deriving_never_fails_and_fits_the_archive(raw: dict[str, object]) -> None:
    wire, unreadable = Templates().derive("templates", raw)

    assert set(unreadable) <= set(raw)
    if "TemplateSHA256" in wire:
        from_wire(TEMPLATES.record, wire)


def test_other_tables_are_not_of_templates() -> None:
    assert Templates().derive("hits", {"HITId": "H"}) == ({}, ())


@pytest.mark.skipif(
    not PUBLIC.is_dir(), reason="the public files are not here: EXODUS_FIXTURES names their folder"
)
def test_each_public_template_is_taken() -> None:
    paths = sorted((PUBLIC / "templates").iterdir())
    kinds = [entry_of(local_file(path)).found[0].raw["Kind"] for path in paths]

    assert all(Templates().claims(local_file(path)) for path in paths)
    assert len(paths) == 123
    assert sorted(set(kinds)) == ["crowd html layout", "html layout"]
    assert kinds.count("crowd html layout") == 53


@pytest.mark.skipif(
    not PUBLIC.is_dir(), reason="the public files are not here: EXODUS_FIXTURES names their folder"
)
def test_a_public_layout_asks_for_nothing_that_its_batch_has_not() -> None:
    pairs = 0
    for batch in sorted((PUBLIC / "batch_csv").glob("*__batch.csv")):
        layout = PUBLIC / "templates" / batch.name.replace("__batch.csv", "__template.html")
        if not layout.exists():
            continue
        header = batch.read_text(encoding="utf-8-sig").partition("\n")[0].strip().split(",")
        assert set(variables(layout.read_text())) <= set(header), batch.name
        pairs += 1
    assert pairs == 9
