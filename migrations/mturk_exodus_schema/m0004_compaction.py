"""Questions that are stored as a template and values: what many HITs have in common, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus_schema import statements

if TYPE_CHECKING:
    from sqlite_utils import Database

SCHEMA = """
create table question_templates (
    -- what the questions of several HITs have in common; made by `exodus compact`
    -- a number never comes back: programs that read for long remember templates by it
    question_template_id integer primary key autoincrement,
    digest text not null unique,
    names text not null check (json_valid(names)),
    escapings text not null check (json_valid(escapings))
) strict;

create table question_parts (
    -- a template's texts and slots by turns; a slot is filled from hits.question_values
    question_template_id integer not null
        references question_templates (question_template_id),
    position integer not null,
    literal text,
    slot integer,
    primary key (question_template_id, position),
    check ((literal is null) <> (slot is null))
) strict, without rowid;

alter table hits add column question_template_id integer
    references question_templates (question_template_id);

alter table hits add column question_values text
    check (question_values is null or json_valid(question_values));

alter table hits add column question_spelling text;

create index hits_by_question_template on hits (question_template_id)
    where question_template_id is not null;

create trigger hits_written_whole after update of raw on hits
    -- whoever writes a record anew writes it whole
    when new.question_template_id is not null
    and new.question_template_id is old.question_template_id
    and (new.question is not null or new.raw is not old.raw)
begin
    update hits set question_template_id = null, question_values = null, question_spelling = null
    where hit_id = new.hit_id;
end;

drop trigger answers_of_another_question;

create trigger answers_of_another_question
    -- the rows of answers are made again where another question is known; one that is only stored
    -- otherwise is the same
    after update of question on hits
    when new.question is not null and new.question is not iif(
        old.question_template_id is null, old.question,
        (select group_concat(part, '') from (
            select coalesce(literal,
                json_extract(old.question_values, '$[' || slot || ']')) as part
            from question_parts
            where question_parts.question_template_id = old.question_template_id
            order by position)))
begin
    delete from answers where assignment_id in
        (select assignment_id from assignments where hit_id = new.hit_id);
    delete from answers_made where assignment_id in
        (select assignment_id from assignments where hit_id = new.hit_id);
end;

create index hits_to_compact on hits (coalesce(hit_layout_id, hit_type_id), hit_id)
    where question is not null and question_template_id is null;

create view questions as
    -- every HIT's question, whether it is stored whole or as a template and values
    select hit_id, iif(question_template_id is null, question,
        (select group_concat(part, '') from (
            select coalesce(literal,
                json_extract(hits.question_values, '$[' || slot || ']')) as part
            from question_parts
            where question_parts.question_template_id = hits.question_template_id
            order by position))) as question
    from hits;
"""


def upgrade(db: Database) -> None:
    """Give HITs a template."""
    statements.run(db, SCHEMA)
