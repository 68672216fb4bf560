"""What of a question is shown, and what a page may load: without a browser."""

from __future__ import annotations

import re
from random import Random

import pytest

from benchmarks.fuzz_questions import SEEDS, mutated
from mturk_exodus.demo import markup
from mturk_exodus.demo.catalogue import CATALOGUE
from mturk_exodus.questions.showing import SANDBOX, Frame, frame_of

ORIGIN = "https://host.example"
WIDGETS = (
    *("crowd-bounding-box", "crowd-polygon", "crowd-polyline", "crowd-line", "crowd-keypoint"),
    *("crowd-semantic-segmentation", "crowd-instance-segmentation", "crowd-entity-annotation"),
    *("crowd-textract-analyze-document", "crowd-rekognition-detect-moderation-labels"),
    *("crowd-text-ranking", "crowd-question-answer-generation"),
)


def rng() -> Random:
    return Random(1)  # noqa: S311 - the same account each time


def of(question: str, *allowed: str) -> Frame:
    return frame_of(question, origin=ORIGIN, allowed_hosts=allowed)


def directives(frame: Frame) -> dict[str, list[str]]:
    assert frame.policy is not None
    parts = [one.split() for one in frame.policy.split("; ")]
    return {name: values for name, *values in parts}


def test_nothing_is_allowed_that_is_not_named() -> None:
    said = directives(of(markup.html_form("<p>x</p>")))
    assert said["default-src"] == ["'none'"]
    assert said["base-uri"] == ["'none'"]
    assert said["form-action"] == said["frame-ancestors"] == [ORIGIN]
    assert said["sandbox"] == SANDBOX.split()
    assert "allow-same-origin" not in said["sandbox"]
    named = {value for values in said.values() for value in values if "." in value}
    assert named == {ORIGIN}


def test_hosts_are_those_that_a_page_loads_from_and_not_those_that_it_links_to() -> None:
    page = """<script src="https://cdn.example/a.js"></script><link rel=stylesheet
    href=//style.example/b.css><img src='http://img.example:8080/c.png'><a href="https://link.example">
    x</a><iframe src="https://frame.example/x"></iframe><!-- <img src="https://gone.example/"> -->
    <div style="background:url(https://back.example/x.png)"></div>
    <script>const u = "https:\\/\\/api.example\\/v1";</script><form action="https://to.example/">"""
    frame = of(page)
    assert set(frame.hosts) == {
        *("cdn.example", "style.example", "img.example:8080", "frame.example", "back.example"),
        "api.example",
    }
    said = directives(frame)
    assert "https://cdn.example" in said["script-src"]
    assert "https://api.example" in said["connect-src"]
    assert "https://frame.example" in said["frame-src"]
    assert "http://img.example:8080" in said["img-src"]
    assert "https://back.example" not in said["script-src"]


@pytest.mark.parametrize(
    "host",
    [
        *("www.mturk.com", "workersandbox.mturk.com", "s3.amazonaws.com", "amazon.com"),
        *(
            "bucket.s3.eu-west-1.amazonaws.com",
            "assets.crowd.aws",
            "images-na.ssl-images-amazon.com",
        ),
        *(
            "mturk-public.s3.amazonaws.com",
            "www.amazon.co.uk",
            "d1.cloudfront.net",
            "mturkcontent.com",
        ),
    ],
)
def test_amazon_is_blocked_and_told(host: str) -> None:
    page = f'<img src="https://{host}/a/b.png"><script src="https://{host}/c.js"></script>'
    frame = of(page)
    assert (frame.hosts, frame.blocked) == ((), (host,))
    assert host not in (frame.policy or "")
    assert of(page, host).hosts == (host,)


def test_hosts_that_only_sound_like_amazons_are_not_blocked() -> None:
    page = '<img src="https://notamazon.example/a"><img src="https://mturk.com.example/b">'
    assert of(page).hosts == ("notamazon.example", "mturk.com.example")


def test_a_bucket_is_allowed_by_its_path_and_nothing_beside_it() -> None:
    page = (
        '<img src="https://s3.amazonaws.com/ours/a.png">'
        '<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script>'
        '<link href="https://s3.amazonaws.com/mturk-public/bs30/css/bootstrap.min.css">'
    )
    said = directives(of(page, "s3.amazonaws.com/ours"))
    assert "https://s3.amazonaws.com/ours/" in said["img-src"]
    assert not [one for one in said["script-src"] if "amazonaws" in one]
    assert not [one for values in said.values() for one in values if "mturk-public" in one]
    assert of(page, "s3.amazonaws.com/ours").blocked == ("s3.amazonaws.com",)


def test_mturks_scripts_are_neither_loaded_nor_told_as_missing() -> None:
    page = (
        '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'
        '<script src="https://copy.example/externalHIT_v1.js"></script><crowd-form></crowd-form>'
    )
    assert (of(page).hosts, of(page).blocked) == ((), ())


def test_an_address_cannot_write_into_the_policy() -> None:
    for host in (
        "a.example;script-src",
        "a.example,x",
        "a.example 'self'",
        "*.example",
        "b\u00a0.c",
    ):
        policy = of(f'<img src="https://{host}/x">').policy or ""
        assert len(policy.split(";")) == len((of("<p>").policy or "").split(";"))
        assert "*" not in policy
        assert policy.isascii()


def test_a_policy_stays_short_enough_for_proxies() -> None:
    frame = of("".join(f'<img src="https://h{n}.example/">' for n in range(5000)))
    assert len(frame.hosts) == 60
    assert len(frame.blocked) == 4940
    assert len(frame.policy or "") < 16_000


@pytest.mark.parametrize("widget", WIDGETS)
@pytest.mark.parametrize("name", ["name=n", ""])
def test_widgets_that_mark_things_are_refused_and_label_studio_is_named(
    widget: str, name: str
) -> None:
    frame = of(markup.crowd_form(f"<{widget} {name} src=x labels=\"['a']\"></{widget}>"))
    assert frame.document is None
    assert widget in (frame.refused or "")
    assert "Label Studio" in (frame.refused or "")


def test_of_the_demo_only_annotations_are_refused() -> None:
    frames = {one.key: of(one.ask(rng(), 0).question) for one in CATALOGUE}
    assert {key for key, frame in frames.items() if frame.refused} == {
        *("boxes", "entities", "surfaces"),
    }


def test_an_external_question_gets_mturks_parameters_behind_its_own() -> None:
    frame = of(markup.external_question("https://e.example/s?a=1&b=%20#top", 500))
    said = {"workerId": "W", "hitId": "H", "assignmentId": "A", "turkSubmitTo": "https://h.example"}
    assert frame.address(said) == (
        "https://e.example/s?a=1&b=%20&assignmentId=A&hitId=H&workerId=W"
        "&turkSubmitTo=https%3A%2F%2Fh.example#top"
    )
    preview = {"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE", "hitId": "H"}
    plain = of(markup.external_question("https://e.example/s"))
    assert (plain.address(preview) or "").endswith(
        "/s?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=H"
    )
    assert (frame.height, frame.document, frame.hosts) == (500, None, ("e.example",))


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "//e.example", "https://", "data:text/html,x", "http://[x"]
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    assert of(markup.external_question(url)).refused


def test_an_external_page_of_amazons_is_refused_unless_it_is_allowed() -> None:
    question = markup.external_question("https://b.s3.amazonaws.com/x.html")
    assert "b.s3.amazonaws.com" in (of(question).refused or "")
    assert of(question, "b.s3.amazonaws.com").url


@pytest.mark.parametrize("text", ["", "words", "<QuestionForm><", "<?xml version='1.0'?><a/>"])
def test_what_is_no_question_is_refused_without_its_words(text: str) -> None:
    assert of(text).refused
    assert of(text).document is None


def test_what_a_form_cannot_have_here_is_told() -> None:
    (one,) = [each for each in CATALOGUE if each.key == "handwriting"]
    frame = of(one.ask(rng(), 0).question)
    assert [text.split(":")[0] for text in frame.not_shown] == ["JavaApplet", "FileUploadAnswer"]
    assert "Files cannot be uploaded here" in (frame.document or "")


def test_a_form_of_ours_runs_our_script_and_no_other() -> None:
    (one,) = [each for each in CATALOGUE if each.key == "habits"]
    said = directives(of(one.ask(rng(), 0).question))
    assert len(said["script-src"]) == 1
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", said["script-src"][0])


def test_headers_tell_other_sites_no_participant() -> None:
    headers = of("<p>x</p>").headers
    assert headers["Referrer-Policy"] == "strict-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == of("<p>x</p>").policy


def test_whatever_a_question_is_it_is_shown_or_refused() -> None:
    for number in range(200):
        frame = of(mutated(SEEDS, number))
        assert (frame.refused is None) == bool(frame.document or frame.url)
