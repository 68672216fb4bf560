"""Records out of files, and records that several sources give."""

from __future__ import annotations

import json
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from mturk_exodus_schema import statements

if TYPE_CHECKING:
    from sqlite_utils import Database

RECORD_TABLES = (
    "hits",
    "assignments",
    "qualification_types",
    "qualifications",
    "qualification_requests",
    "worker_blocks",
    "review_reports",
    "account_balances",
)

PROVENANCE = """
alter table {table} add column source text not null default 'requester_api';
alter table {table} add column file_id integer;
alter table {table} add column file_row integer;
alter table {table} add column own_values text
    check (own_values is null or json_valid(own_values));
"""

SCHEMA = """
create table sources (
    -- whose word counts where sources disagree: the lowest authority's
    source text primary key,
    authority integer not null
) strict;
insert into sources values ('requester_api', 0), ('implied', 100);

create table files (
    -- files that were ingested or refused; of those with the same digest one is read
    file_id integer primary key,
    name text not null,
    sha256 text not null,
    size_in_bytes integer,
    source text,
    claim text,
    outcome text not null check (outcome in ('kept', 'copy', 'refused')),
    reason text,
    encoding text,
    columns text check (columns is null or json_valid(columns)),
    entries integer not null default 0,
    entries_kept integer not null default 0,
    entries_refused integer not null default 0,
    run_id integer not null references runs (run_id)
) strict;
create unique index files_by_name on files (name, sha256, coalesce(source, ''));
create index files_by_sha256 on files (sha256);

create table refused_entries (
    -- rows and objects of files that give no record, as they are
    file_id integer not null references files (file_id) on delete cascade,
    number integer not null,
    reason text not null,
    raw text not null
) strict;
create index refused_entries_by_file on refused_entries (file_id, number);

create table check_failures (
    -- checks that hold for every sound row of a file, and rows for which they do not
    file_id integer not null references files (file_id) on delete cascade,
    check_name text not null,
    entries integer not null,
    first_numbers text not null check (json_valid(first_numbers)),
    primary key (file_id, check_name)
) strict;

create table source_records (
    -- what further sources, or other files, say of a record that has its row; said is by column
    record_table text not null,
    record_key text not null check (json_valid(record_key)),
    source text not null references sources (source),
    said text not null check (json_valid(said)),
    file_id integer references files (file_id),
    file_row integer,
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id),
    primary key (record_table, record_key, source, raw_sha256)
) strict;

create table disagreements (
    -- values of a member that are not the same; kept is the one in the record's row
    record_table text not null,
    record_key text not null check (json_valid(record_key)),
    member text not null,
    kept text,
    kept_source text not null,
    other text,
    other_source text not null,
    primary key (record_table, record_key, member, other_source, other)
) strict;

alter table hits add column template_variables text
    check (template_variables is null or json_valid(template_variables));
alter table hits add column batch_id text generated always as (
    iif(requester_annotation glob 'BatchId:[0-9]*;*',
        substr(requester_annotation, 9, instr(requester_annotation, ';') - 9), null)) virtual;
alter table hits add column template_id text generated always as (
    iif(requester_annotation glob 'BatchId:*;OriginalHitTemplateId:[0-9]*;*',
        substr(requester_annotation, instr(requester_annotation, 'TemplateId:') + 11,
            instr(substr(requester_annotation, instr(requester_annotation, 'TemplateId:')), ';')
            - 12), null)) virtual;
create index hits_by_batch on hits (batch_id) where batch_id is not null;
create index hits_implied on hits (hit_id) where source = 'implied';
create index hits_with_counters on hits (hit_id)
    where source <> 'requester_api' and number_of_assignments_available is not null;

alter table assignments add column answer_doubts text
    check (answer_doubts is null or json_valid(answer_doubts));

alter table hit_types add column as_of_authority integer not null default 0;

create table worker_details (
    -- what the requester site's list of workers says
    worker_id text primary key,
    lifetime_submitted integer,
    lifetime_approved integer,
    block_status text,
    qualification_scores text
        check (qualification_scores is null or json_valid(qualification_scores)),
    source text not null,
    file_id integer,
    file_row integer,
    own_values text check (own_values is null or json_valid(own_values)),
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id)
) strict;

create table notification_events (
    -- what MTurk told when it happened; alike is a digest of the columns
    alike text primary key,
    event_type text not null,
    event_timestamp text,
    hit_type_id text,
    hit_id text,
    assignment_id text,
    worker_id text,
    source text not null,
    file_id integer,
    file_row integer,
    own_values text check (own_values is null or json_valid(own_values)),
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id)
) strict;
create index notification_events_by_assignment on notification_events (assignment_id);

create table templates (
    -- files that HITs were made from
    template_sha256 text primary key,
    name text,
    kind text,
    variables text check (variables is null or json_valid(variables)),
    content text,
    source text not null,
    file_id integer,
    file_row integer,
    own_values text check (own_values is null or json_valid(own_values)),
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id)
) strict;

create table bonus_payments_2 (
    -- MTurk gives a bonus no id; alike is a digest of its columns, and payments that are alike in
    -- every one differ in copy; hit_id is null until the assignment is known
    bonus_payment_id integer primary key,
    hit_id text references hits (hit_id),
    worker_id text,
    bonus_amount text,
    assignment_id text not null,
    reason text,
    grant_time text,
    alike text not null,
    copy integer not null,
    source text not null default 'requester_api',
    file_id integer,
    file_row integer,
    own_values text check (own_values is null or json_valid(own_values)),
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id),
    unique (alike, copy)
) strict;
insert into bonus_payments_2 (bonus_payment_id, hit_id, worker_id, bonus_amount, assignment_id,
    reason, grant_time, alike, copy, raw, raw_sha256, first_run_id, last_run_id)
select bonus_payment_id, hit_id, worker_id, bonus_amount, assignment_id, reason, grant_time,
    alike_2, row_number() over (partition by alike_2 order by bonus_payment_id) - 1, raw,
    raw_sha256, first_run_id, last_run_id
from (select *,
    exodus_alike(worker_id, bonus_amount, assignment_id, reason, grant_time) as alike_2
    from bonus_payments) order by bonus_payment_id;
update revisions set record_key = (
    select printf('["%s", %d]', bonus_payments_2.alike, bonus_payments_2.copy)
    from bonus_payments join bonus_payments_2 using (bonus_payment_id)
    where json_array(bonus_payments.hit_id, bonus_payments.alike, bonus_payments.copy)
        = json(revisions.record_key))
where record_table = 'bonus_payments' and exists (select 1 from bonus_payments
    where json_array(hit_id, alike, copy) = json(revisions.record_key));
drop table bonus_payments;
alter table bonus_payments_2 rename to bonus_payments;
create index bonus_payments_by_assignment on bonus_payments (assignment_id);
create index bonus_payments_by_hit on bonus_payments (hit_id);

create view batches as
    -- the requester site's batches, as far as their HITs are held
    select batch_id, template_id, hit_type_id, title, count(*) as hits,
        (select count(*) from assignments join hits as of_batch using (hit_id)
            where of_batch.batch_id = hits.batch_id) as assignments,
        min(creation_time) as first_creation_time, max(creation_time) as last_creation_time
    from hits where batch_id is not null group by batch_id;

create view template_variables as
    -- the values that a HIT's template was filled with, one a row
    select hit_id, variable.key as name, variable.value as value
    from hits, json_each(hits.template_variables) as variable;

create view batch_templates as
    -- templates of which every variable is one of the batch's
    select batch.batch_id, templates.template_sha256, templates.name,
        json_array_length(templates.variables) as variables,
        (select count(*) from json_each(batch.template_variables))
            - json_array_length(templates.variables) as unused_variables
    from (select batch_id, template_variables, min(hit_id) from hits
            where batch_id is not null and template_variables is not null
            group by batch_id) as batch
    join templates on json_array_length(templates.variables) > 0
    where not exists (
        select 1 from json_each(templates.variables) as needed
        where needed.value not in (select key from json_each(batch.template_variables)));

drop view current_worker_blocks;
create view current_worker_blocks as
    -- those that MTurk listed when it was last asked; those of files where it never was
    select worker_id, reason from worker_blocks
    where case when exists (select 1 from archive_info where name = 'listed.ListWorkerBlocks')
        then source = 'requester_api' and last_run_id >= (select cast(value as integer)
            from archive_info where name = 'listed.ListWorkerBlocks')
        else not exists (select 1 from worker_details
            where worker_details.worker_id = worker_blocks.worker_id
            and block_status <> 'Blocked') end;

drop view pending_qualification_requests;
create view pending_qualification_requests as
    -- those that MTurk listed when it was last asked; those of files where it never was
    select qualification_request_id, qualification_type_id, worker_id, submit_time
    from qualification_requests
    where case when exists
            (select 1 from archive_info where name = 'listed.ListQualificationRequests')
        then source = 'requester_api' and last_run_id >= (select cast(value as integer)
            from archive_info where name = 'listed.ListQualificationRequests')
        else 1 end;

drop view gaps;
create view gaps as
    -- what the archive knows that it lacks, and why; empty when it is complete
    select state as kind, operation, subject, reason from work where state <> 'done'
    union all
    select 'quarantine', operation, subject, record_table || ': ' || reason from quarantine
        where resolved_run_id is null
    union all
    select 'refused file', source, name, reason from files where outcome = 'refused'
    union all
    select 'refused entries', source, name, entries_refused || ' of ' || entries from files
        where outcome = 'kept' and entries_refused > 0
    union all
    select 'known by its id alone', 'GetHIT', hit_id, 'no source says more of this HIT'
        from hits where source = 'implied'
    union all
    select 'promised', 'ListAssignmentsForHIT', hit_counts.hit_id,
        (assignments_expected - assignments_held) || ' assignments that no file holds'
        from hit_counts join hits using (hit_id)
        where hits.source <> 'requester_api'
        and hits.number_of_assignments_available is not null
        and assignments_expected > assignments_held;
"""


def upgrade(db: Database) -> None:
    """Give every record a source, and files their tables."""
    db.conn.create_function("exodus_alike", 5, _alike, deterministic=True)
    for table in RECORD_TABLES:
        statements.run(db, PROVENANCE.format(table=table))
    statements.run(db, SCHEMA)


def _alike(*values: str | None) -> str:
    worker_id, amount, assignment_id, reason, grant_time = values
    said = [
        worker_id,
        amount and format(Decimal(amount).normalize(), "f"),
        assignment_id,
        reason and " ".join(reason.split()),
        grant_time and grant_time[:19],
    ]
    known = [value for value in said if value is not None]
    return sha256(json.dumps(known).encode()).hexdigest()[:16]
