"""Records, where they came from, and the work still to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus_schema import statements

if TYPE_CHECKING:
    from sqlite_utils import Database

# Comments stand inside the statements: SQLite keeps them there, for whoever asks for the schema.
# Long texts stand at a row's end: SQLite reads from its beginning, and counting should not read
# questions.
SCHEMA = """
create table archive_info (
    -- facts about the whole file; those that begin with `export.` are notes of the exporter
    name text primary key,
    value text not null
) strict;

create table runs (
    -- one invocation of a command each; a pass is a whole look at the source, in one run or more
    run_id integer primary key,
    pass_id integer not null,
    source text not null,
    arguments text not null check (json_valid(arguments)),
    program_version text not null,
    account text,
    endpoint text,
    started_at text not null,
    ended_at text,
    outcome text check (outcome in ('complete', 'gaps', 'interrupted', 'refused')),
    message text,
    calls text not null default '{}' check (json_valid(calls))
) strict;

create table work (
    -- what was asked and is to be asked of the source; how an interrupted export goes on
    work_id integer primary key,
    operation text not null,
    subject text not null default '',
    state text not null default 'to do' check (state in ('to do', 'done', 'gone', 'failed')),
    phase integer not null,
    rank integer not null,
    perishes_at text not null default '',
    next_token text,
    records_on_last_page integer,
    received integer not null default 0,
    first_seen integer not null default 0,
    failures integer not null default 0,
    restarts integer not null default 0,
    reason text,
    run_id integer not null references runs (run_id),
    finished_at text,
    unique (operation, subject)
) strict;
create index work_to_do on work (phase, rank, perishes_at) where state = 'to do';

create table hits (
    -- columns are MTurk's members; raw is the whole record as it came, raw_sha256 its digest,
    -- first_run_id and last_run_id the first and the last run that saw it
    hit_id text primary key,
    hit_type_id text references hit_types (hit_type_id) deferrable initially deferred,
    hit_group_id text,
    hit_layout_id text,
    creation_time text,
    title text,
    description text,
    keywords text,
    hit_status text,
    max_assignments integer,
    reward text,
    auto_approval_delay_in_seconds integer,
    expiration text,
    assignment_duration_in_seconds integer,
    requester_annotation text,
    qualification_requirements text
        check (qualification_requirements is null or json_valid(qualification_requirements)),
    hit_review_status text,
    number_of_assignments_pending integer,
    number_of_assignments_available integer,
    number_of_assignments_completed integer,
    question text,
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id)
) strict;
create index hits_by_type on hits (hit_type_id);
create index hits_by_last_run on hits (last_run_id);
create index hits_by_status on hits (hit_status);

create table hit_types (
    -- no call of MTurk's gives these: what the type's HIT of the smallest id says
    hit_type_id text primary key,
    title text,
    description text,
    keywords text,
    reward text,
    auto_approval_delay_in_seconds integer,
    assignment_duration_in_seconds integer,
    qualification_requirements text
        check (qualification_requirements is null or json_valid(qualification_requirements)),
    as_of_hit_id text not null
) strict;

create table assignments (
    assignment_id text primary key,
    worker_id text,
    hit_id text not null references hits (hit_id),
    assignment_status text,
    auto_approval_time text,
    accept_time text,
    submit_time text,
    approval_time text,
    rejection_time text,
    deadline text,
    requester_feedback text,
    answer text,
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id)
) strict;
create index assignments_by_hit on assignments (hit_id, assignment_status);
create index assignments_by_worker on assignments (worker_id);

create table qualification_types (
    qualification_type_id text primary key,
    creation_time text,
    name text,
    description text,
    keywords text,
    qualification_type_status text,
    test text,
    test_duration_in_seconds integer,
    answer_key text,
    retry_delay_in_seconds integer,
    is_requestable integer check (is_requestable in (0, 1)),
    auto_granted integer check (auto_granted in (0, 1)),
    auto_granted_value integer,
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id)
) strict;

create table qualifications (
    -- who has, or had, which qualification; status is Granted or Revoked
    qualification_type_id text not null,
    worker_id text not null,
    grant_time text,
    integer_value integer,
    locale_value text
        check (locale_value is null or json_valid(locale_value)),
    status text,
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id),
    primary key (qualification_type_id, worker_id)
) strict;
create index qualifications_by_worker on qualifications (worker_id);
create index qualifications_by_status on qualifications (qualification_type_id, status);

create table qualification_requests (
    qualification_request_id text primary key,
    qualification_type_id text,
    worker_id text,
    test text,
    answer text,
    submit_time text,
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id)
) strict;

create table worker_blocks (
    -- lifted blocks stay here; the view current_worker_blocks leaves them out
    worker_id text primary key,
    reason text,
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id)
) strict;

create table bonus_payments (
    -- MTurk gives a bonus no id; alike is a digest of its members, and payments of a HIT that are
    -- alike in every member differ in copy
    bonus_payment_id integer primary key,
    hit_id text not null references hits (hit_id),
    worker_id text,
    bonus_amount text,
    assignment_id text not null,
    reason text,
    grant_time text,
    alike text not null,
    copy integer not null,
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id),
    unique (hit_id, alike, copy)
) strict;
create index bonus_payments_by_assignment on bonus_payments (assignment_id);

create table review_reports (
    -- what review policies found and did, page by page; see review_results and review_actions
    hit_id text not null references hits (hit_id),
    page integer not null,
    assignment_review_policy text
        check (assignment_review_policy is null or json_valid(assignment_review_policy)),
    hit_review_policy text
        check (hit_review_policy is null or json_valid(hit_review_policy)),
    assignment_review_report text
        check (assignment_review_report is null or json_valid(assignment_review_report)),
    hit_review_report text
        check (hit_review_report is null or json_valid(hit_review_report)),
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id),
    primary key (hit_id, page)
) strict;

create view review_results as
    -- the findings in review_reports, one a row
    select report.hit_id, level.name as policy_level,
        json_extract(result.value, '$.ActionId') as action_id,
        json_extract(result.value, '$.SubjectId') as subject_id,
        json_extract(result.value, '$.SubjectType') as subject_type,
        json_extract(result.value, '$.QuestionId') as question_id,
        json_extract(result.value, '$.Key') as key,
        json_extract(result.value, '$.Value') as value
    from review_reports as report
    join (select 'Assignment' as name union all select 'HIT') as level
    join json_each(iif(level.name = 'HIT', hit_review_report, assignment_review_report),
        '$.ReviewResults') as result
    order by report.hit_id, report.page, level.name, result.key;

create view review_actions as
    -- the actions in review_reports, one a row
    select report.hit_id, level.name as policy_level,
        json_extract(action.value, '$.ActionId') as action_id,
        json_extract(action.value, '$.ActionName') as action_name,
        json_extract(action.value, '$.TargetId') as target_id,
        json_extract(action.value, '$.TargetType') as target_type,
        json_extract(action.value, '$.Status') as status,
        strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(action.value, '$.CompleteTime'), 'unixepoch')
            as complete_time,
        json_extract(action.value, '$.Result') as result,
        json_extract(action.value, '$.ErrorCode') as error_code
    from review_reports as report
    join (select 'Assignment' as name union all select 'HIT') as level
    join json_each(iif(level.name = 'HIT', hit_review_report, assignment_review_report),
        '$.ReviewActions') as action
    order by report.hit_id, report.page, level.name, action.key;

create table uploads (
    -- files that are answers; their content is in upload_parts
    assignment_id text not null references assignments (assignment_id),
    question_identifier text not null,
    size_in_bytes integer not null,
    sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id),
    primary key (assignment_id, question_identifier)
) strict;

create table upload_parts (
    assignment_id text not null,
    question_identifier text not null,
    part integer not null,
    content blob not null,
    primary key (assignment_id, question_identifier, part),
    foreign key (assignment_id, question_identifier)
        references uploads (assignment_id, question_identifier) on delete cascade
        deferrable initially deferred
) strict;

create table account_balances (
    run_id integer primary key references runs (run_id),
    available_balance text,
    on_hold_balance text,
    raw text not null,
    raw_sha256 text not null,
    first_run_id integer not null references runs (run_id),
    last_run_id integer not null references runs (run_id)
) strict;

create table revisions (
    -- what a record said before it changed, member by member; earlier is null where the member
    -- was not there
    revision_id integer primary key,
    record_table text not null,
    record_key text not null check (json_valid(record_key)),
    member text not null,
    earlier text
        check (earlier is null or json_valid(earlier)),
    seen_run_id integer not null references runs (run_id),
    replaced_run_id integer not null references runs (run_id)
) strict;
create index revisions_by_record on revisions (record_table, record_key);

create table quarantine (
    -- records that no column can hold, as they came; resolved once a good one has come
    record_table text not null,
    operation text not null,
    subject text not null,
    reason text not null,
    raw text not null,
    raw_sha256 text not null,
    run_id integer not null references runs (run_id),
    resolved_run_id integer references runs (run_id),
    primary key (record_table, operation, subject, raw_sha256)
) strict;

create table not_asked (
    -- what was left out on purpose, and why
    operation text not null,
    hit_type_id text not null,
    hits integer not null,
    reason text not null,
    run_id integer not null references runs (run_id),
    primary key (operation, hit_type_id)
) strict;

create view current_worker_blocks as
    -- those that MTurk listed when it was last asked
    select worker_id, reason from worker_blocks where last_run_id >= coalesce(
        (select cast(value as integer) from archive_info
            where name = 'listed.ListWorkerBlocks'), 0);

create view pending_qualification_requests as
    -- those that MTurk listed when it was last asked
    select qualification_request_id, qualification_type_id, worker_id, submit_time
    from qualification_requests where last_run_id >= coalesce(
        (select cast(value as integer) from archive_info
            where name = 'listed.ListQualificationRequests'), 0);

create view gaps as
    -- what the archive knows that it lacks, and why; empty when it is complete
    select state as kind, operation, subject, reason from work where state <> 'done'
    union all
    select 'quarantine', operation, subject, record_table || ': ' || reason from quarantine
        where resolved_run_id is null;

create view hit_counts as
    -- assignments and reviewed ones, as MTurk's counters promise them and as they are held
    select hit_id, title, hit_type_id, hit_status,
        max_assignments - number_of_assignments_available - number_of_assignments_pending
            as assignments_expected,
        (select count(*) from assignments where assignments.hit_id = hits.hit_id)
            as assignments_held,
        number_of_assignments_completed as reviewed_expected,
        (select count(*) from assignments where assignments.hit_id = hits.hit_id
            and assignment_status in ('Approved', 'Rejected')) as reviewed_held
    from hits;

create view workers as
    -- everyone who has submitted work
    select worker_id, count(*) as assignments,
        count(iif(assignment_status = 'Approved', 1, null)) as approved,
        count(iif(assignment_status = 'Rejected', 1, null)) as rejected,
        min(submit_time) as first_submit_time, max(submit_time) as last_submit_time
    from assignments group by worker_id;
"""


def upgrade(db: Database) -> None:
    """Make an empty file an archive."""
    db.conn.execute(f"pragma application_id = {0x4D54584F}")
    statements.run(db, SCHEMA)
