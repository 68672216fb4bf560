"""What was answered, value by value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus_schema import statements

if TYPE_CHECKING:
    from sqlite_utils import Database

ANSWERS = """
create table answers (
    -- derived from assignments.answer and what the HIT asked: a row for each value
    assignment_id text not null references assignments (assignment_id) on delete cascade,
    field text not null,
    position integer not null check (position >= 0),
    value text,
    value_type text not null,
    certainty text not null,
    primary key (assignment_id, field, position)
) strict, without rowid;
create index answers_by_field on answers (field);

create table answers_made (
    -- assignments whose rows in answers are up to date, or whose answer cannot be read, and why
    assignment_id text primary key references assignments (assignment_id) on delete cascade,
    unreadable text
) strict, without rowid;

create view unreadable_answers as
    -- assignments whose answer stands in assignments.answer alone
    select assignment_id, unreadable as reason from answers_made where unreadable is not null;

create trigger answers_of_another_document
    -- the rows of an assignment whose answer changes are made again
    after update of answer, answer_doubts, hit_id on assignments
    when old.answer is not new.answer or old.answer_doubts is not new.answer_doubts
        or old.hit_id is not new.hit_id
    begin
        delete from answers where assignment_id = new.assignment_id;
        delete from answers_made where assignment_id = new.assignment_id;
    end;

create trigger answers_of_another_question
    -- likewise where another question is known; one that is only stored elsewhere is the same
    after update of question on hits
    when new.question is not null and old.question is not new.question
    begin
        delete from answers where assignment_id in
            (select assignment_id from assignments where hit_id = new.hit_id);
        delete from answers_made where assignment_id in
            (select assignment_id from assignments where hit_id = new.hit_id);
    end;
"""


def upgrade(db: Database) -> None:
    """Give answers a table."""
    statements.run(db, ANSWERS)
