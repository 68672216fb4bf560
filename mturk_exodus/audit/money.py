"""What it cost, what is still owed, and what an hour of work was paid."""

from __future__ import annotations

from mturk_exodus.audit import quartiles, spending
from mturk_exodus.audit.amounts import NO_AMOUNT, decimal, millionths
from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.calendar import Calendar
from mturk_exodus.audit.report import Figure, Kind, Section


def section(bench: Bench, calendar: Calendar, threshold: int) -> Section:
    """Money paid and owed, by month and by payment; hourly pay against a threshold.

    Args:
        bench: with the tables.
        calendar: as of when.
        threshold: of hourly pay, in millionths of a dollar.
    """
    spending.prepare(bench)
    quartiles.make(bench, "hourly", "0")
    return Section(
        "money",
        "Money",
        "What was paid, what MTurk took, what is still owed, and what an hour of work was paid.",
        (
            *_paid(bench),
            *_fees_in_doubt(bench),
            *_owed(bench, calendar),
            *_hourly(bench, threshold),
        ),
        (spending.by_month(bench), spending.hourly_pay(bench, threshold)),
        (spending.months_table(bench), spending.payments(bench)),
        tuple(_notes(bench)),
    )


def _paid(bench: Bench) -> list[Figure]:
    approved, rewarded, rewards, reward_fees = bench.row(
        "select count(*), count(reward), coalesce(sum(reward), 0), coalesce(sum(fee), 0) from piece"
        " where status = 'Approved' and not is_new"
    )
    granted, known, bonuses, bonus_fees = bench.row(
        "select count(*), count(amount), coalesce(sum(amount), 0), coalesce(sum(fee), 0) from bonus"
    )
    money = Kind.MONEY
    return [
        Figure(
            "rewards",
            "rewards approved",
            money,
            rewards,
            f"sum of the HIT's Reward over {_known(rewarded, approved)} Approved assignments at"
            f" MTurk{_whose(rewarded, approved, 'reward')}",
        ),
        Figure("bonuses", "bonuses paid", money, bonuses, _how_bonuses(known, granted)),
        Figure("reward_fees", "MTurk's fees on rewards", money, reward_fees, bench.fees.on_rewards),
        Figure(
            "bonus_fees",
            "MTurk's fees on bonuses",
            money,
            bonus_fees,
            bench.fees.on_bonuses,
        ),
        Figure(
            "total",
            "all of it",
            money,
            rewards + bonuses + reward_fees + bonus_fees,
            "rewards, bonuses and fees as far as they can be computed",
        ),
    ]


def _how_bonuses(known: int, granted: int) -> str:
    if known == granted:
        return "sum of BonusAmount, of MTurk's bonuses"
    bonuses = f"{_known(known, granted)} of MTurk's bonuses{_whose(known, granted, 'amount')}"
    return f"sum of BonusAmount over {bonuses}; {NO_AMOUNT}"


def _known(known: int, number: int) -> str:
    return f"{number:,}" if known == number else f"{known:,} of {number:,}"


def _whose(known: int, number: int, what: str) -> str:
    return "" if known == number else f", whose {what} is known"


def _fees_in_doubt(bench: Bench) -> list[Figure]:
    no_fee, no_reward = bench.row(
        "select coalesce(sum(fee is null), 0), coalesce(sum(reward is null), 0) from piece"
        " where status = 'Approved' and not is_new"
    )
    no_bonus_fee = bench.one("select coalesce(sum(fee is null), 0) from bonus")
    masters, foreign = bench.row(
        "select coalesce(sum(masters is null), 0), coalesce(sum(is_foreign), 0)"
        " from piece join hit using (hit_no) where status = 'Approved' and not is_new"
    )
    count = Kind.COUNT
    return [
        Figure(
            "fees_unknown",
            "payments whose fee is not known",
            count,
            no_fee + no_bonus_fee,
            "the reward, the day or the HIT's MaxAssignments is not held; in no sum of fees",
            is_warning=no_fee + no_bonus_fee > 0,
        ),
        Figure(
            "rewards_unknown",
            "approved assignments whose reward is not known",
            count,
            no_reward,
            f"the HIT is known by its id alone, or its Reward is no amount; {NO_AMOUNT}",
            is_warning=no_reward > 0,
        ),
        Figure(
            "masters_unknown",
            "approved assignments of which nobody knows whether Masters were required",
            count,
            masters,
            "no source held the QualificationRequirements (files never do); 5 % may be lacking",
        ),
        Figure(
            "premium_possible",
            "approved assignments with a qualification of somebody else's",
            count,
            foreign,
            "it may be a premium one, of $0.05 and more; its price is in no sum of fees",
        ),
    ]


def _owed(bench: Bench, calendar: Calendar) -> list[Figure]:
    number, known, rewards, fees, presumed = bench.row(
        "select count(*), count(piece.reward), coalesce(sum(piece.reward), 0),"
        " coalesce(sum(audit_fee(piece.reward, max_assignments, masters, ?1)), 0),"
        " coalesce(sum(iif(min(coalesce(due, ?2), ?2) < ?1, piece.reward, 0)), 0)"
        " from piece left join hit using (hit_no) where status = 'Submitted' and not is_new",
        calendar.as_of,
        calendar.last_review,
    )
    held = bench.one(
        "select coalesce(sum(reward * (available + pending)), 0) from hit"
        " where substr(expiration, 1, 10) >= ? and hit_status <> 'Disposed'",
        calendar.as_of,
    )
    balance, on_hold, asked = bench.connection.execute(
        "select available_balance, on_hold_balance, substr(started_at, 1, 10)"
        " from account_balances join runs using (run_id) order by run_id desc limit 1"
    ).fetchone() or (None, None, None)
    read = f"as MTurk said on {asked}" if asked else "no export has asked for it"
    money = Kind.MONEY
    return [
        Figure(
            "pending_rewards",
            "rewards of unreviewed work",
            money,
            rewards,
            f"Reward over {_known(known, number)} Submitted assignments at MTurk, as last"
            f" seen{_whose(known, number, 'reward')}",
            is_warning=rewards > 0,
        ),
        Figure(
            "presumed_rewards",
            "of these, presumably paid by now",
            money,
            presumed,
            f"AutoApprovalTime, or the last review on {calendar.last_review}, is past: unless they"
            " were rejected since, MTurk has approved them",
        ),
        Figure(
            "pending_fees",
            "fees on unreviewed work, once it is approved",
            money,
            fees,
            f"by the rule of {calendar.as_of}",
        ),
        Figure(
            "open_rewards",
            "rewards held for work not yet submitted",
            money,
            held,
            f"Reward x (Available + Pending) of HITs that expire on {calendar.as_of} or later",
        ),
        Figure("balance", "balance", money, millionths(balance), f"AvailableBalance, {read}"),
        Figure("on_hold", "balance on hold", money, millionths(on_hold), f"OnHoldBalance, {read}"),
    ]


def _hourly(bench: Bench, threshold: int) -> list[Figure]:
    number, lower, median, upper = bench.connection.execute(
        "select number, lower, median, upper from hourly_of_all"
    ).fetchone() or (0, None, None, None)
    below, lacking = bench.row(
        "select count(*), coalesce(sum((? - hourly) * took / 3600000), 0) from piece"
        " where hourly < ?",
        threshold,
        threshold,
    )
    how = (
        f"(Reward + bonus) / (SubmitTime - AcceptTime) of {number:,} approved assignments;"
        f" {quartiles.HOW}"
    )
    dollars = f"${decimal(threshold)}"
    return [
        Figure("hourly_median", "hourly pay, median", Kind.HOURLY, median, how),
        Figure("hourly_lower", "hourly pay, lower quartile", Kind.HOURLY, lower, how),
        Figure("hourly_upper", "hourly pay, upper quartile", Kind.HOURLY, upper, how),
        Figure(
            "below_threshold",
            f"approved assignments below {dollars} an hour",
            Kind.SHARE,
            below / number if number else None,
            f"{below:,} of {number:,}; time between AcceptTime and SubmitTime is no proof of work",
            is_warning=below > 0,
        ),
        Figure(
            "to_threshold",
            f"what it would take to pay {dollars} an hour",
            Kind.MONEY,
            lacking,
            f"for each of these, ({dollars} - hourly pay) x hours; without fees",
        ),
    ]


def _notes(bench: Bench) -> list[str]:
    notes = [
        "Fees are computed, not read: no call of MTurk's tells what was charged. Amazon's account"
        " statements are the record.",
    ]
    if "sandbox" in bench.archive.info("endpoint"):
        notes.append("This is MTurk's sandbox: nobody was paid anything.")
    return notes
