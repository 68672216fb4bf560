"""People whose data was removed, and what a HIT's counters promise of their work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus_schema import statements

if TYPE_CHECKING:
    from sqlite_utils import Database

FORGOTTEN = """
create table forgotten_workers (
    -- people whose data was removed by `exodus forget`: digests of their ids, with the key that is
    -- in archive_info, so that no file and no export brings them back
    digest text primary key,
    forgotten_at text not null,
    program_version text not null,
    removed text not null check (json_valid(removed)),
    kept_out integer not null default 0
) strict;

create table forgotten_assignments (
    -- their assignments, likewise: HITs' counters go on counting them
    digest text primary key,
    hit_id text not null,
    is_reviewed integer not null check (is_reviewed in (0, 1))
) strict;
create index forgotten_assignments_by_hit on forgotten_assignments (hit_id);

drop view hit_counts;
create view hit_counts as
    -- assignments and reviewed ones, as MTurk's counters promise them and as they are held; what is
    -- missing is not expected any more as far as it was work of people who were forgotten
    select hit_id, title, hit_type_id, hit_status,
        max(promised - forgotten, min(promised, assignments_held)) as assignments_expected,
        assignments_held,
        max(completed - forgotten_reviewed, min(completed, reviewed_held)) as reviewed_expected,
        reviewed_held
    from (select hit_id, title, hit_type_id, hit_status,
        max_assignments - number_of_assignments_available - number_of_assignments_pending
            as promised,
        number_of_assignments_completed as completed,
        (select count(*) from assignments where assignments.hit_id = hits.hit_id)
            as assignments_held,
        (select count(*) from assignments where assignments.hit_id = hits.hit_id
            and assignment_status in ('Approved', 'Rejected')) as reviewed_held,
        (select count(*) from forgotten_assignments as gone where gone.hit_id = hits.hit_id)
            as forgotten,
        (select count(*) from forgotten_assignments as gone where gone.hit_id = hits.hit_id
            and is_reviewed) as forgotten_reviewed
    from hits);

insert into archive_info values ('forgetting_key', lower(hex(randomblob(32))));
"""


def upgrade(db: Database) -> None:
    """Let an archive forget people."""
    statements.run(db, FORGOTTEN)
