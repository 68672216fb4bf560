"""Where it went: what was intended at each target, what was done, and what was lost on the way."""

from __future__ import annotations

from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.report import Column, Figure, Kind, Section, Table

_BY_TARGET = """
    select adapter, identity, operation, count(*),
        sum(event in ('done', 'revised', 'kept')), sum(event = 'kept'), sum(was_there),
        sum(event = 'failed'), sum(event in ('intended', 'removing')), sum(event = 'gone'),
        sum(event = 'removed')
    from replayed group by 1, 2, 3 order by 1, 2, 3
"""
_LOSSES = """
    from replay_losses join replays using (replay_id) join targets using (target_id)
    where replay_id in (select max(replay_id) from replay_losses join replays using (replay_id)
        group by target_id)
"""


def section(bench: Bench) -> Section:
    """By target: planned, done, failed, gone; losses of the latest replay with their reasons."""
    actions, done, failed, open_, gone = bench.row(
        "select count(*), coalesce(sum(event in ('done', 'revised', 'kept')), 0),"
        " coalesce(sum(event = 'failed'), 0),"
        " coalesce(sum(event in ('intended', 'removing')), 0), coalesce(sum(event = 'gone'), 0)"
        " from replayed"
    )
    lost = bench.one(f"select count(*) {_LOSSES}")
    unknown = bench.one("select count(*) from unknown_payments")
    last = "the last entry of each action in the ledger says"
    count = Kind.COUNT
    return Section(
        "replay",
        "Replay",
        "What was put to work at other platforms, and what did not arrive as it is."
        if actions
        else "Nothing was put to work at another platform yet.",
        (
            Figure("planned", "actions intended", count, actions, "distinct keys in the ledger"),
            Figure("done", "done", count, done, f"{last} done, revised or kept"),
            Figure("failed", "failed", count, failed, f"{last} failed", is_warning=failed > 0),
            Figure(
                "unsettled",
                "outcome unknown",
                count,
                open_,
                f"{last} intended or removing; exodus import looks first",
                is_warning=open_ > 0,
            ),
            Figure(
                "gone", "gone from the target", count, gone, f"{last} gone", is_warning=gone > 0
            ),
            Figure("losses", "kinds of losses", count, lost, "of the latest replay to each target"),
            Figure(
                "payments_unknown",
                "payments of which nobody knows whether they were made",
                count,
                unknown,
                "rows of the view unknown_payments; exodus bonus looks before it pays again",
                is_warning=unknown > 0,
            ),
        ),
        (),
        (_targets(bench), _losses(bench), _failures(bench), _payments(bench), _replays(bench)),
        (
            "Done is what the target answered. exodus fidelity reads the target back and compares;"
            " it writes nothing into the archive, so its outcome cannot stand here.",
        )
        if actions
        else (),
    )


def _targets(bench: Bench) -> Table:
    names = (
        ("planned", "intended"),
        ("done", "done"),
        ("kept", "kept as people changed it"),
        ("was_there", "found there"),
        ("failed", "failed"),
        ("unsettled", "unknown"),
        ("gone", "gone"),
        ("removed", "removed by us"),
    )
    return Table.of(
        "targets",
        "Actions by target",
        "The last entry of each action in the ledger, by what it was to make.",
        (
            Column("adapter", "target", Kind.TEXT),
            Column("identity", "which", Kind.TEXT),
            Column("operation", "operation", Kind.TEXT),
            *(Column(name, label, Kind.COUNT) for name, label in names),
        ),
        list(bench.rows(_BY_TARGET)),
    )


def _losses(bench: Bench) -> Table:
    return Table.of(
        "losses",
        "What did not arrive as it is, and why",
        "Of the latest replay to each target that wrote losses down; those alike counted together.",
        (
            Column("adapter", "target", Kind.TEXT),
            Column("field", "field", Kind.TEXT),
            Column("fidelity", "fidelity", Kind.TEXT),
            Column("records", "records", Kind.COUNT),
            Column("note", "why", Kind.TEXT),
        ),
        list(
            bench.rows(
                f"select adapter, field, fidelity, records, note {_LOSSES}"
                " order by 1, records desc, 2, 3, 5"
            )
        ),
    )


def _failures(bench: Bench) -> Table:
    return Table.of(
        "failures",
        "What failed, and why",
        "Actions whose last entry is failed, by target, operation and reason.",
        (
            Column("adapter", "target", Kind.TEXT),
            Column("operation", "operation", Kind.TEXT),
            Column("actions", "actions", Kind.COUNT),
            Column("reason", "why", Kind.TEXT),
        ),
        list(
            bench.rows(
                "select adapter, operation, count(*), reason from replayed where event = 'failed'"
                " group by 1, 2, 4 order by 3 desc, 1, 2, 4"
            )
        ),
    )


def _payments(bench: Bench) -> Table:
    query = (
        "select payment_id, adapter, offer_id, substr(intended_at, 1, 10), currency, amount, fees,"
        " vat, total, coalesce(outcome, 'unknown') from payments join targets using (target_id)"
        " left join payment_outcomes using (payment_id) order by payment_id desc"
    )
    return Table(
        "payments",
        "What targets were told to pay",
        "Rows of the table payments, the latest first: in the target's currency, as it said before"
        " it was told. None of it is in the section Money.",
        (
            Column("payment_id", "payment", Kind.COUNT),
            Column("adapter", "target", Kind.TEXT),
            Column("study", "study there", Kind.TEXT),
            Column("date", "date", Kind.TIME),
            Column("currency", "currency", Kind.TEXT),
            *(Column(name, name, Kind.DECIMAL) for name in ("amount", "fees")),
            Column("vat", "VAT", Kind.DECIMAL),
            Column("total", "total", Kind.DECIMAL),
            Column("outcome", "outcome", Kind.TEXT),
        ),
        bench.one("select count(*) from payments"),
        lambda: bench.rows(query),
    )


def _replays(bench: Bench) -> Table:
    return Table.of(
        "replays",
        "Replays",
        "Rows of the table replays, the latest first.",
        (
            Column("replay_id", "replay", Kind.COUNT),
            Column("adapter", "target", Kind.TEXT),
            Column("command", "command", Kind.TEXT),
            Column("started_at", "started", Kind.TIME),
            Column("outcome", "outcome", Kind.TEXT),
            Column("program_version", "version", Kind.TEXT),
        ),
        list(
            bench.rows(
                "select replay_id, adapter, command, substr(started_at, 1, 16),"
                " coalesce(outcome, 'cut off'), program_version"
                " from replays join targets using (target_id) order by replay_id desc"
            )
        ),
    )
