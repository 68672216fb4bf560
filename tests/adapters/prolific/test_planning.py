"""What becomes of HIT types: studies that pay what they must, and whom they are for."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from mturk_exodus.errors import SettingMissing
from mturk_exodus.replay.adapter import Action, Loss
from mturk_exodus_prolific.mapping.countries import COUNTRIES
from mturk_exodus_prolific.mapping.links import read
from mturk_exodus_prolific.mapping.predicates import Predicate
from mturk_exodus_prolific.mapping.terms import SETTINGS, Terms
from tests.adapters.prolific.linking import line, write
from tests.adapters.prolific.stories import OWN, Story, requirement

RATE, COUNT, LOCALE = "000000000000000000L0", "00000000000000000040", "00000000000000000071"
MASTERS, ADULT = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "00000000000000000060"


def guarded(folder: Path, *requirements: object, **more: object) -> Story:
    return Story(folder, of_type={"QualificationRequirements": [*requirements]}, **more).build()  # type: ignore[arg-type] # blocks alone


def test_a_hit_type_is_a_draft_with_a_link_for_each_hit(tmp_path: Path) -> None:
    (study,) = Story(tmp_path).build().studies()
    assert study.key == "study:3TYPEOFHITS:1.1"
    assert study.requires == ("project:own",)
    payload = study.payload
    assert payload["name"] == "Say <what> you see"
    assert payload["description"] == "<p>One picture.</p>"
    assert [one["total_allocation"] for one in payload["access_details"]] == [2, 2, 2, 2]
    assert payload["total_available_places"] == 8
    assert (payload["reward"], payload["estimated_completion_time"]) == (25, 1)
    assert payload["maximum_allowed_time"] == 6
    (code,) = payload["completion_codes"]
    assert code["actions"] == [{"action": "MANUALLY_REVIEW"}]
    assert len(code["code"]) == 8
    assert payload["filters"] == []


def test_five_hundred_links_are_in_a_study_and_the_rest_in_others(tmp_path: Path) -> None:
    studies = Story(tmp_path, hits=1_001).build().studies()
    assert [len(one.payload["access_details"]) for one in studies] == [500, 500, 1]
    assert [one.key[-3:] for one in studies] == ["1.1", "1.2", "1.3"]
    urls = {link["external_url"] for one in studies for link in one.payload["access_details"]}
    assert len(urls) == 1_001


def test_a_visit_pays_for_all_of_its_hits_and_says_how_many_there_are(tmp_path: Path) -> None:
    big, small = Story(tmp_path, hits=7).build(bundle=3).studies()
    assert len(big.payload["access_details"]) == 2
    assert (big.payload["reward"], big.payload["estimated_completion_time"]) == (75, 2)
    assert "3 tasks" in big.payload["description"]
    assert (small.payload["reward"], small.payload["estimated_completion_time"]) == (25, 1)
    assert big.key != small.key


@pytest.mark.parametrize(
    ("seconds", "reward", "made", "said"),
    [
        (60, "0.14", True, ""),
        (60, "0.13", False, "it paid $0.13, and a HIT of 1 min must pay $0.14 at $8.00 an hour"),
        (61, "0.14", False, "it paid $0.14, and a HIT of 2 min must pay $0.27 at $8.00 an hour"),
        (600, "1.34", True, ""),
        (60, "0.00", False, "nobody knows what it paid"),
        (60, None, False, "nobody knows what it paid"),
    ],
)
def test_what_paid_less_than_the_minimum_is_not_made_unless_it_is_asked_for(
    tmp_path: Path, seconds: int, reward: str | None, made: bool, said: str
) -> None:
    story = Story(tmp_path, seconds=seconds, of_type={"Reward": reward}).build()
    assert bool(story.studies()) is made
    told = story.losses("HIT.Reward")
    assert len(told) == (0 if made else 4)
    assert all(one.startswith(said) and "not made" in one for one in told)
    (raised,) = story.studies(pay="minimum")
    least = {60: 14, 61: 27, 600: 134}[seconds]
    assert raised.payload["reward"] == least
    told = story.losses("HIT.Reward", pay="minimum")
    assert len(told) == (0 if made else 1)
    assert all(one.startswith(said) and "raised" in one for one in told)


def test_of_what_nobody_knows_how_long_it_takes_a_person_must_say_it(tmp_path: Path) -> None:
    story = Story(tmp_path, seconds=None).build()
    assert story.studies() == []
    assert len(story.losses("Assignment.SubmitTime")) == 4
    (study,) = story.studies(minutes_per_hit="0.5")
    assert study.payload["estimated_completion_time"] == 1


def test_rewards_in_pounds_say_at_which_rate(tmp_path: Path) -> None:
    story = Story(tmp_path).build()
    settings = {"currency": "GBP", "rate": "0.8", "least_per_hour": "6.00"}
    (study,) = story.studies(**settings)
    assert study.payload["reward"] == 20
    assert story.losses("HIT.Reward", **settings) == ["$0.25 is £0.20, at the rate of 0.8"]
    defaults = {one.name: one.default or "" for one in SETTINGS if one.name != "links"}
    with pytest.raises(SettingMissing, match="how many pounds"):
        story.studies(**{**defaults, "currency": "GBP"})
    assert story.studies(**defaults)[0].payload["reward"] == 25


def test_a_study_that_would_take_days_is_told_to_be_shorter(tmp_path: Path) -> None:
    story = Story(tmp_path, seconds=86_400, of_type={"Reward": "500.00"}).build()
    (study,) = story.studies()
    assert study.payload["estimated_completion_time"] == 690
    assert study.payload["maximum_allowed_time"] < 24 * 60
    assert len(story.losses("Assignment.SubmitTime")) == 1


@pytest.mark.parametrize(
    ("delay", "action"),
    [(0, "AUTOMATICALLY_APPROVE"), (3_600, "MANUALLY_REVIEW"), (None, "MANUALLY_REVIEW")],
)
def test_only_what_mturk_approved_at_once_is_approved_at_once(
    tmp_path: Path, delay: int | None, action: str
) -> None:
    story = Story(tmp_path, of_type={"AutoApprovalDelayInSeconds": delay}).build()
    (study,) = story.studies()
    assert study.payload["completion_codes"][0]["actions"] == [{"action": action}]
    assert bool(story.losses("HIT.AutoApprovalDelayInSeconds")) is (delay != 0)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (requirement(RATE, "GreaterThan", 95), {"title": "Approval Rate", "lower": 96}),
        (requirement(RATE, "GreaterThanOrEqualTo", 95), {"title": "Approval Rate", "lower": 95}),
        (requirement(RATE, "LessThan", 50), {"title": "Approval Rate", "upper": 49}),
        (
            requirement(COUNT, "EqualTo", 7),
            {"title": "Number of previous submissions", "lower": 7, "upper": 7},
        ),
        (
            requirement(LOCALE, "In", LocaleValues=[{"Country": "US"}, {"Country": "GB"}]),
            {"title": "Current Country of Residence", "in": ["United States", "United Kingdom"]},
        ),
        (
            requirement(LOCALE, "NotEqualTo", LocaleValues=[{"Country": "FR"}]),
            {"title": "Current Country of Residence", "not_in": ["France"]},
        ),
        (
            requirement(LOCALE, "EqualTo", LocaleValues=[{"Country": "US", "Subdivision": "CA"}]),
            {"title": "Current Country of Residence", "in": ["United States"]},
        ),
    ],
)
def test_requirements_become_filters_by_their_titles(
    tmp_path: Path, one: dict[str, object], expected: dict[str, object]
) -> None:
    story = guarded(tmp_path, one)
    (study,) = story.studies()
    assert study.payload["filters"] == [expected]
    assert story.losses("HIT.QualificationRequirements")
    (study,) = story.studies(filters="none")
    assert study.payload["filters"] == []
    assert story.losses("HIT.QualificationRequirements", filters="none") == [
        "left out, as `filters` says"
    ]


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (requirement(MASTERS, "Exists"), "no Masters"),
        (requirement("00000000000000000000", "GreaterThan", 5), "counts no such thing"),
        (requirement(RATE, "NotEqualTo", 5), "no such comparison"),
        (requirement(RATE, "In", 5, 6), "no such comparison"),
        (
            requirement(LOCALE, "NotIn", LocaleValues=[{"Country": "US", "Subdivision": "CA"}]),
            "part",
        ),
        (requirement(LOCALE, "In", LocaleValues=[{"Country": "ZZ"}]), "none that is known"),
        (requirement(LOCALE, "Exists"), "no such comparison"),
        (requirement("3NOTOURS", "Exists"), "none of the account's own"),
        (requirement(OWN, "GreaterThan"), "cannot be read"),
    ],
)
def test_a_requirement_that_prolific_has_no_place_for_is_told(
    tmp_path: Path, one: dict[str, object], said: str
) -> None:
    story = guarded(tmp_path, one)
    (study,) = story.studies()
    assert study.payload["filters"] == []
    assert any(said in note for note in story.losses("HIT.QualificationRequirements"))


@pytest.mark.parametrize(
    ("comparator", "values", "expected"),
    [
        ("Exists", (), {"allow": f"group:{OWN}:Exists"}),
        ("DoesNotExist", (), {"block": [f"group:{OWN}:Exists"]}),
        ("GreaterThan", (80,), {"allow": f"group:{OWN}:GreaterThan:80"}),
        ("In", (3, 1), {"allow": f"group:{OWN}:In:1:3"}),
        ("NotIn", (1, 3), {"block": [f"group:{OWN}:In:1:3"]}),
        ("NotEqualTo", (5,), {"block": [f"group:{OWN}:EqualTo:5"]}),
    ],
)
def test_qualifications_of_the_accounts_own_become_groups(
    tmp_path: Path, comparator: str, values: tuple[int, ...], expected: dict[str, object]
) -> None:
    story = guarded(tmp_path, requirement(OWN, comparator, *values))
    group, study = (
        one for one in story.plan() if isinstance(one, Action) and one.operation != "project"
    )
    assert study.payload["filters"] == [expected]
    assert group.key in study.requires
    assert group.payload["name"].startswith("MTurk: Careful")
    assert story.losses("HIT.QualificationRequirements")


def test_whoever_is_blocked_is_kept_out_of_every_study(tmp_path: Path) -> None:
    never = requirement(OWN, "DoesNotExist")
    story = guarded(tmp_path, never, blocks=["ABLOCKED1"])
    (study,) = story.studies()
    assert study.payload["filters"] == [{"block": [f"group:{OWN}:Exists", "group:blocked"]}]
    assert "group:blocked" in study.requires
    assert "ABLOCKED1" not in repr(story.plan())


@pytest.mark.parametrize(
    ("comparator", "values", "value", "holds"),
    [
        ("Exists", (), None, True),
        ("GreaterThan", (80,), 80, False),
        ("GreaterThanOrEqualTo", (80,), 80, True),
        ("LessThan", (80,), 79, True),
        ("LessThanOrEqualTo", (80,), 81, False),
        ("EqualTo", (80,), 80, True),
        ("In", (1, 3), 3, True),
        ("In", (1, 3), 2, False),
        ("In", (1, 3), None, False),
        ("Unheard", (1,), 1, False),
    ],
)
def test_a_predicate_holds_of_a_value(
    comparator: str, values: tuple[int, ...], value: int | None, holds: bool
) -> None:
    assert Predicate(OWN, comparator, values).holds(value) is holds


@pytest.mark.parametrize(
    "of_type",
    [
        {"QualificationRequirements": [requirement(ADULT, "EqualTo", 1)]},
        {"Title": "WARNING: This HIT may contain adult content."},
    ],
)
def test_adult_work_is_marked(tmp_path: Path, of_type: dict[str, object]) -> None:
    (study,) = Story(tmp_path, of_type=of_type).build().studies()
    assert study.payload["content_warnings"] == ["explicit"]


def test_no_text_of_mturks_is_markup(tmp_path: Path) -> None:
    said = "<b>x</b> & \x00<p>one\r\ntwo"
    (study,) = Story(tmp_path, of_type={"Title": said, "Description": said}).build().studies()
    assert study.payload["description"] == (
        "<p>&lt;b&gt;x&lt;/b&gt; &amp; \N{REPLACEMENT CHARACTER}&lt;p&gt;one</p><p>two</p>"
    )
    assert "\n" not in study.payload["name"]


@pytest.mark.parametrize("said", ["A3EXAMPLEWRK01", "(A1B2C3D4E5)", "A2EXAMPLEWRKR,A3EXAMPLEWRKR"])
def test_a_worker_who_is_named_in_a_text_is_not_named_to_prolific(
    tmp_path: Path, said: str
) -> None:
    texts = {"Title": f"Bonus for {said}", "Description": f"Only {said}, please. APPROXIMATELY 1."}
    own = requirement(OWN, "Exists")
    story = Story(tmp_path, of_type={**texts, "QualificationRequirements": [own]}, name=said)
    made = [one for one in story.build().plan() if isinstance(one, Action)]
    sent = json.dumps([one.payload for one in made])
    assert {one.operation for one in made} == {"project", "group", "study"}
    assert not set(re.findall("[A-Z0-9]{10,}", said)) & set(re.findall("[A-Z0-9]{10,}", sent))
    assert "APPROXIMATELY" in sent
    for name in ("HIT.Title", "HIT.Description"):
        assert "a worker's id" in " ".join(story.losses(name))


def test_hits_without_a_link_and_without_a_type_are_told(tmp_path: Path) -> None:
    story = Story(tmp_path).build()
    write(story.links, [["3HIT0"], ["3HIT1", "3HIT9"]])
    (study,) = story.studies()
    assert len(study.payload["access_details"]) == 1
    losses = [(one.source.id, one.note) for one in story.plan() if isinstance(one, Loss)]
    lost = {hit_id: note for hit_id, note in losses if hit_id.startswith("3HIT")}
    assert "no link leads to it" in lost["3HIT2"]
    assert "other HITs, too" in lost["3HIT1"]
    assert "3HIT0" not in lost
    untyped = Story(tmp_path / "other", of_type={"HITTypeId": None})
    untyped.folder.mkdir()
    untyped.build()
    assert untyped.studies() == []
    assert len(untyped.losses("HIT.HITTypeId")) == 4


def test_a_study_keeps_its_key_when_there_are_more_hits(tmp_path: Path) -> None:
    story = Story(tmp_path, hits=3).build()
    (before,) = story.studies()
    story.hits = 9
    story.tell()
    story.link()
    (after,) = story.studies()
    assert (before.key, before.payload["metadata"]) == (after.key, after.payload["metadata"])
    assert before.payload["internal_name"] == after.payload["internal_name"]


@pytest.mark.parametrize(
    "said",
    [
        "{}",
        "[]",
        "nonsense",
        "[" * 50_000,
        line(["3HIT0"]).replace("PROLIFIC_PID}}", "OTHER}}").replace("{{%PROLIFIC_PID%}}", "x"),
        line(["3HIT0"]).replace("https://", "javascript://"),
        line(["3HIT0"], places=0),
        json.dumps({**json.loads(line(["3HIT0"])), "participant": "P1"}),
        json.dumps({**json.loads(line(["3HIT0"])), "hit_ids": []}),
        json.dumps({**json.loads(line(["3HIT0"])), "hit_ids": ["\ud800"]}),
        f"{line(['3HIT0'])}\n{line(['3HIT0'])}",
        f"{line(['3HIT0', '3HIT1'])}\n{line(['3HIT1', '3HIT0'])}",
    ],
    ids=[
        *("empty", "list", "text", "deep", "no placeholder", "script", "no place", "personal"),
        *("no hits", "half a character", "twice", "hit twice"),
    ],
)
def test_what_are_no_links_is_refused_by_its_line(tmp_path: Path, said: str) -> None:
    path = tmp_path / "links.jsonl"
    path.write_text(f"{line(['3FIRST'])}\n{said}\n")
    with pytest.raises(SettingMissing, match=r"^links: line [23] "), read(str(path)):
        pass


def test_a_file_that_is_not_there_is_told_how_to_make(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path, "a\0b"):
        with pytest.raises(SettingMissing, match="links: "), read(str(path)):
            pass


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("project", one) for one in ("x", "", "0123456789ABCDEF01234567")),
        *(("pay", one) for one in ("more", "Minimum")),
        *(("least_per_hour", one) for one in ("0", "-1", "8.001", "NaN", "eight", "9e9")),
        *(("minutes_per_hit", one) for one in ("0", "-1", "inf", "10000", "x")),
        *(("currency", one) for one in ("EUR", "usd")),
        *(("rate", one) for one in ("0", "x", "1", "0.8")),
        *(("devices", one) for one in ("phone", "desktop,,mobile")),
        *(("filters", one) for one in ("all", "country;approvals")),
    ],
)
def test_a_setting_that_cannot_be_one_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingMissing, match=f"^{name}: "):
        Terms.of({"links": "x", name: value})


def test_settings_are_understood() -> None:
    terms = Terms.of(
        {"links": "x", "devices": "mobile, desktop", "filters": "approvals", "pay": "minimum"}
    )
    assert (terms.devices, terms.filters) == (("desktop", "mobile"), ("approvals",))
    assert (terms.raises, terms.per_hour, terms.rate) == (True, 800, Decimal(1))
    assert Terms.of({"links": "x", "devices": "any"}).devices == ()
    assert all(one.to_plan for one in SETTINGS)


def test_every_country_has_its_name() -> None:
    assert len(COUNTRIES) == 249
    assert all(len(code) == 2 and code.isupper() and name for code, name in COUNTRIES.items())
