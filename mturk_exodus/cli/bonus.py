from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.payments import Payments
from mturk_exodus.cli.asking import ask, refuse_unattended
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.collect_keeping import keep_bonuses
from mturk_exodus.cli.offer_options import opened_offering, refuse_above, spending_options
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.tables import show_table
from mturk_exodus.cli.targets_options import Aim, summed, target_options
from mturk_exodus.replay import bonus_file
from mturk_exodus.replay.bonuses import Prepared, clear_up, prepare
from mturk_exodus.replay.offered import chosen, noted, refuse_unaffordable
from mturk_exodus.replay.offers import Money, Paying, Pays
from mturk_exodus.replay.paying import Cashier, Ready


@click.command("bonus")
@archive_option
@target_options
@click.argument("study")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--again", is_flag=True, help="Also pay what was paid before, once more.")
@click.option(
    "--not-paid",
    "given_up",
    type=click.IntRange(1),
    metavar="PAYMENT",
    help="You have looked at the target: this payment, of which nobody knew, was not made.",
)
@click.option(
    "--paid",
    "believed",
    type=click.IntRange(1),
    metavar="PAYMENT",
    help="You have looked at the target: this payment was made, though not everybody shows it.",
)
@spending_options
@json_option
def command(
    archive: Path,
    aim: Aim,
    study: str,
    file: Path,
    again: bool,
    given_up: int | None,
    believed: int | None,
    at_most: Decimal | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Pay bonuses to people who took part in a STUDY. This spends money.

    FILE is a CSV of id, amount and reason: the id of an assignment, of a submission or of a
    participant; the amount in whole units of the study's currency, as 1.50. First it says what
    all of it costs, with fees and VAT, and asks. What is about to be paid is written down in the
    archive before, so nothing is ever sent twice: what was paid is left out when the same file
    is given again, and where no answer came, the submissions are read. Bonuses that MTurk paid
    are never paid again.

    \b
    Exit status: 0; 10-19 the archive, or it has made no such study; 21-23 no such target, or a
    setting is missing; 24 the target pays nobody; 31-33 the target does not answer as it should,
    and what was not yet said to be paid is not; 34 it refused, the balance is too small, somebody
    has paid meanwhile, or --again must be given anew; 35 it is not known whether something was
    paid (run it again, without --again: it looks first, and sends nothing twice); 37 the target
    would pay another sum; 57 the file cannot be read, or a line is for nobody; 130 stopped.
    """
    refuse_unattended(yes=yes, as_json=as_json)
    arguments = {"target": aim.target, "set": list(aim.given), "offer": study, "again": again}
    with (
        opened_offering(aim, Pays, "it pays nobody") as adapter,
        Archive.open(archive) as opened,
        opened.writing(),
    ):
        wanted = bonus_file.read(file)
        chosen(opened, adapter, (study,))
        with noted(opened, adapter, "bonus", arguments) as replay:
            book = Payments(opened, replay)
            cashier = Cashier(adapter, book, again=again)
            if given_up is not None:
                cashier.give_up(given_up)
            if believed is not None:
                cashier.believe(believed)
            try:
                clear_up(cashier, again=again)
                with counting("submissions read") as tick:
                    found = prepare(
                        opened, adapter, book, study, wanted, again=again, progress=summed(tick)
                    )
                if found.cost is not None:
                    _confirm(adapter, found, found.cost, at_most, yes=yes)
                    _pay(cashier, study, found.ready, again=again)
            finally:
                keep_bonuses(opened, adapter, adapter.name, book)
    with result():
        if as_json:
            print_json(_as_json(found))
        else:
            _show(found)


def _confirm(
    adapter: Paying, found: Prepared, cost: Money, at_most: Decimal | None, *, yes: bool
) -> None:
    refuse_above(at_most, cost)
    available = refuse_unaffordable(adapter, cost)
    _say_who_had(found)
    if yes:
        return
    show_table(("", "sum"), [*_sums(found.ready), ("can be spent", str(available))], err=True)
    _say_left_out(found, err=True)
    people = len({line.recipient_id for line in found.due.lines})
    who = "1 person" if people == 1 else f"{people:,} people"
    ask(f"Pay {who} at {adapter.title}, and spend {cost}? It cannot be taken back.")


def _pay(cashier: Cashier, study: str, ready: Sequence[Ready], *, again: bool) -> None:
    """One after the other. Of several each is said at once: what fails later must not hide it."""
    people = 0
    for number, one in enumerate(ready, 1):
        try:
            cashier.pay(study, one)
        except BaseException:
            if again and len(ready) > 1:
                _say_who_is_left(ready, number)
            raise
        people += len(one.received_before)
        if len(ready) > 1:
            click.echo(f"{people:,} people are paid", err=True)


def _say_who_is_left(ready: Sequence[Ready], tried: int) -> None:
    """The file alone does not tell any more: with --again it pays all of them, without it none of
    those who had the same before.
    """
    sizes = [len(one.received_before) for one in ready]
    paid, part, left = sum(sizes[: tried - 1]), sizes[tried - 1], sum(sizes[tried:])
    click.echo(
        f"Of {sum(sizes):,} people, in the order of the file, the first {paid:,} are paid once"
        f" more, of the next {part:,} see below, and the last {left:,} are not paid. Do not give"
        " --again with this file now: it would pay the first ones yet again. Give those who are"
        " still to be paid a file of their own",
        err=True,
    )


def _sums(ready: Sequence[Ready]) -> list[tuple[str, str]]:
    currency = ready[0].set_up.currency
    names = {"amount": "bonuses", "fees": "fees", "vat": "VAT", "total": "in all"}
    return [
        (said, str(Money(sum((getattr(one.set_up, name) for one in ready), Decimal(0)), currency)))
        for name, said in names.items()
    ]


def _show(found: Prepared) -> None:
    if found.ready:
        show_table(("paid", "sum"), _sums(found.ready))
    else:
        click.echo("Nothing is due; nothing was paid.")
    _say_left_out(found)


def _say_left_out(found: Prepared, *, err: bool = False) -> None:
    if found.due.paid_before:
        click.echo(
            f"{found.due.paid_before:,} left out: paid before (--again pays them again)", err=err
        )
    if found.due.shown_there:
        click.echo(
            f"{found.due.shown_there:,} left out: the same sum was paid there before, though not by"
            " this archive (--again pays them again)",
            err=err,
        )
    if found.due.to_come:
        click.echo(
            f"{found.due.to_come:,} paid before do not show there yet; if they never do, look into"
            " it there",
            err=err,
        )


def _say_who_had(found: Prepared) -> None:
    count = found.due.had_others
    if count:
        who = "1 of them has" if count == 1 else f"{count:,} of them have"
        click.echo(f"Warning: {who} had a bonus for the same submission before", err=True)


def _as_json(found: Prepared) -> dict[str, object]:
    sums = {
        name: str(sum((getattr(one.set_up, name) for one in found.ready), Decimal(0)))
        for name in ("amount", "fees", "vat", "total")
    }
    return {
        **sums,
        "currency": found.ready[0].set_up.currency if found.ready else None,
        "bonuses": len(found.due.lines),
        "paid_before": found.due.paid_before,
        "shown_there": found.due.shown_there,
        "to_come": found.due.to_come,
    }
