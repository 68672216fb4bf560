"""Money that targets were asked to pay, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus_schema import statements

if TYPE_CHECKING:
    from sqlite_utils import Database

PAYMENTS = """
create table payments (
    -- a row for each time that a target was about to be told to pay; it is written before
    payment_id integer primary key autoincrement,
    replay_id integer not null references replays (replay_id),
    target_id integer not null references targets (target_id),
    offer_id text not null,
    set_up_id text not null,
    currency text not null,
    amount text not null,
    fees text not null,
    vat text not null,
    total text not null,
    intended_at text not null,
    unique (target_id, set_up_id)
) strict;

create table payment_lines (
    -- who was to get what by a payment, and what he had got before
    payment_id integer not null references payments (payment_id),
    recipient_id text not null,
    line integer not null check (line >= 0),
    assignment_id text,
    amount text not null,
    reason text not null,
    received_before text not null check (json_valid(received_before)),
    primary key (payment_id, recipient_id, line)
) strict, without rowid;

create table payment_outcomes (
    -- what came of a payment; while it has no row, nobody knows
    payment_id integer primary key references payments (payment_id),
    outcome text not null check (outcome in ('paid', 'not paid')),
    reason text not null,
    at text not null
) strict;

create index payment_lines_by_recipient on payment_lines (recipient_id);

create trigger payments_are_not_rewritten before update on payments
begin
    select raise(abort, 'payments are only added to');
end;

create trigger payments_are_not_forgotten before delete on payments
begin
    select raise(abort, 'payments are only added to');
end;

create trigger payment_lines_are_not_rewritten before update on payment_lines
begin
    select raise(abort, 'payments are only added to');
end;

create trigger payment_lines_are_not_forgotten before delete on payment_lines
begin
    select raise(abort, 'payments are only added to');
end;

create trigger payment_outcomes_are_not_rewritten before update on payment_outcomes
begin
    select raise(abort, 'payments are only added to');
end;

create trigger payment_outcomes_are_not_forgotten before delete on payment_outcomes
begin
    select raise(abort, 'payments are only added to');
end;

create view unknown_payments as
    -- payments of which nobody knows whether they happened
    select payment_id, adapter, identity, offer_id, set_up_id, currency, total, intended_at
    from payments join targets using (target_id)
    where payment_id not in (select payment_id from payment_outcomes);
"""


def upgrade(db: Database) -> None:
    """Give payments their tables."""
    statements.run(db, PAYMENTS)
