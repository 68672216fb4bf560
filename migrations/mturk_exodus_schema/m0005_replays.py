"""What was sent to other platforms, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus_schema import statements

if TYPE_CHECKING:
    from sqlite_utils import Database

REPLAYS = """
create table targets (
    -- servers and accounts that records were sent to
    target_id integer primary key,
    adapter text not null,
    identity text not null,
    unique (adapter, identity)
) strict;

create table replays (
    -- a row for each time that something was sent to a target, or removed from it
    replay_id integer primary key autoincrement,
    target_id integer not null references targets (target_id),
    command text not null,
    arguments text not null check (json_valid(arguments)),
    program_version text not null,
    started_at text not null,
    ended_at text,
    outcome text check (outcome in ('complete', 'failures', 'interrupted', 'refused')),
    message text
) strict;

create table replay_losses (
    -- what did not arrive as it is, those alike counted together
    replay_id integer not null references replays (replay_id),
    field text not null,
    fidelity text not null,
    note text not null,
    records integer not null,
    examples text not null check (json_valid(examples)),
    primary key (replay_id, field, fidelity, note)
) strict, without rowid;

create table ledger (
    -- what was intended and what happened, action by action; it is only ever added to
    entry_id integer primary key,
    replay_id integer not null references replays (replay_id),
    target_id integer not null references targets (target_id),
    key text not null,
    event text not null check (event in
        ('intended', 'done', 'revised', 'kept', 'failed', 'gone', 'removing', 'removed')),
    operation text not null,
    payload_sha256 text,
    requires_sha256 text,
    requires text check (requires is null or json_valid(requires)),
    made_id text,
    was_there integer not null default 0 check (was_there in (0, 1)),
    reason text,
    at text not null
) strict;

create index ledger_by_key on ledger (target_id, key, entry_id);
create index ledger_intended on ledger (target_id, key, entry_id) where event = 'intended';

create trigger ledger_is_not_rewritten before update on ledger
begin
    select raise(abort, 'the ledger is only added to');
end;

create trigger ledger_is_not_forgotten before delete on ledger
begin
    select raise(abort, 'the ledger is only added to');
end;

create trigger ledger_is_in_order before insert on ledger
    -- nothing is done that was not intended, and nothing is done twice
    when new.event not in ('intended', 'gone') and iif(new.event = 'removing', 'made',
        iif(new.event = 'removed', 'removing', 'intended')) is not (
        select iif(new.event = 'removing', (
            select iif(event = 'done', 'made', event) from ledger
            where target_id = new.target_id and key = new.key
            and event in ('done', 'gone', 'removed') order by entry_id desc limit 1), event)
        from ledger where target_id = new.target_id and key = new.key
        order by entry_id desc limit 1)
begin
    select raise(abort, 'the ledger is written in order');
end;

create view replayed as
    -- the last that is known of each action
    select adapter, identity, key, operation, event, made_id, was_there, reason, at
    from ledger join targets using (target_id)
    where entry_id in (select max(entry_id) from ledger group by target_id, key);

create index hits_by_file on hits (file_id, hit_type_id) where file_id is not null;

insert into archive_info values ('pseudonym_key', lower(hex(randomblob(32))));
"""


def upgrade(db: Database) -> None:
    """Give replays their tables."""
    statements.run(db, REPLAYS)
