"""fees.toml: what it says holds from its day on, and what it may not say is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from mturk_exodus.audit.fees import Fees
from mturk_exodus.audit.fees_file import read
from mturk_exodus.errors import FeesUnreadable
from tests.mturk_exodus.audit.support import audited, dollars, figure, settings

DOLLAR, CENT = 1_000_000, 10_000


def told(folder: Path, text: str) -> Fees:
    file = folder / "fees.toml"
    file.write_text(text, encoding="utf-8")
    return read(file)


@pytest.mark.parametrize(
    ("day", "assignments", "expected"),
    [
        ("2014-06-01", 100, 10),
        ("2018-12-31", 10, 40),
        ("2019-01-01", 19, 15),
        ("2019-01-01", 20, 35),
        ("2020-02-29", 20, 35),
        ("2021-01-01", 20, 20),
    ],
)
def test_a_rule_holds_from_its_day_on(
    tmp_path: Path, day: str, assignments: int, expected: int
) -> None:
    fees = told(
        tmp_path,
        """
        [[fee]]
        since = 2021-01-01
        share_of_many = 0.05
        [[fee]]
        since = "2019-01-01"
        share = 0.15
        many = 20
        """,
    )
    assert fees.of_reward(DOLLAR, assignments, 0, day) == expected * CENT


def test_what_it_does_not_say_is_as_published(tmp_path: Path) -> None:
    assert told(tmp_path, "") == Fees()
    fees = told(tmp_path, '[[fee]]\nsince = "2015-07-21"\nleast = 0.02\nstep = 0.005')
    assert fees.of_reward(CENT, 1, 0, "2020-01-01") == 2 * CENT
    assert fees.of_reward(33 * CENT, 1, 0, "2020-01-01") == 65_000
    assert fees.of_bonus(DOLLAR, "2020-01-01") == 20 * CENT
    assert fees.of_reward(DOLLAR, 1, 0, "2015-07-20") == 10 * CENT


def test_the_figures_tell_the_rules(demo: Path, tmp_path: Path) -> None:
    fees = told(tmp_path, '[[fee]]\nsince = "2006-01-01"\nshare = 0\nleast = 0')
    later = told(tmp_path, '[[fee]]\nsince = "2016-01-01"\nshare = 0.125')
    with audited(demo, settings(fees=fees)) as report:
        how = _how(report.section("money").figures)
    assert "from 2006-01-01 on 0 % of the reward" in how
    with audited(demo, settings(fees=later)) as report:
        money = report.section("money")
        assert _how(money.figures).startswith(
            "from 2016-01-01 on 12.5 % of the reward, another 20 % from 10 assignments per HIT on,"
            " another 5 % for Masters, $0.01 at least, to $0.01; from 2015-07-21 on 20 % of the"
        )
        assert figure(money, "fees_unknown") == 0
        lower = dollars(money, "reward_fees")
    with audited(demo) as report:
        assert dollars(report.section("money"), "reward_fees") > lower > 0


def _how(figures: object) -> str:
    assert isinstance(figures, tuple)
    return str(next(one.how for one in figures if one.name == "reward_fees"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[fee]", "is not TOML that can be read"),
        ("fee = 1", "must hold nothing but tables [[fee]]"),
        ("[[fee]]\nshare = 0.2", "must be a day"),
        ('[[fee]]\nsince = "soon"', "must be a day"),
        ('[[fee]]\nsince = "1999-01-01"', "before MTurk was"),
        ('[[fee]]\nsince = "2019-01-01"\nrate = 0.2', "has 'rate', which is unknown"),
        ('[[fee]]\nsince = "2019-01-01"\nshare = 20', "must be a part of 1"),
        ('[[fee]]\nsince = "2019-01-01"\nshare = "0.2"', "must be a part of 1"),
        ('[[fee]]\nsince = "2019-01-01"\nshare = false', "must be a part of 1"),
        ('[[fee]]\nsince = "2019-01-01"\nshare = nan', "must be a part of 1"),
        ('[[fee]]\nsince = "2019-01-01"\nshare = -0.1', "must be a part of 1"),
        ('[[fee]]\nsince = "2019-01-01"\nmany = 1.5', "must be a number of assignments"),
        ('[[fee]]\nsince = "2019-01-01"\nmany = 0', "must be a number of assignments"),
        ('[[fee]]\nsince = "2019-01-01"\nstep = 0.0', "must be an amount of dollars"),
        ('[[fee]]\nsince = "2019-01-01"\nleast = 1e9', "must be an amount of dollars"),
        ("[[fee]]\nsince = 2019-01-01\n[[fee]]\nsince = '2019-01-01'", "two fees since"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FeesUnreadable) as raised:
        told(tmp_path, text)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
