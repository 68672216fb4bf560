"""The bridge's file. It holds no worker's id and no token: who reads it alone learns of neither."""

APPLICATION_ID = 0x4D545842
"""`MTXB`: what file(1) and SQLite show as the file's application."""
VERSION = 1

TABLES = f"""
pragma application_id = {APPLICATION_ID};
pragma user_version = {VERSION};

create table bridge (
    -- one row: key is for digests and links, mark tells which key makes the tokens
    key blob not null,
    mark blob not null
) strict;

create table tokens (
    -- a row for each worker; who redeemed it, once somebody has
    digest blob primary key,
    participant_id text unique,
    panel text,
    redeemed_at text,
    check ((participant_id is null) = (redeemed_at is null))
) strict, without rowid;

create table attempts (
    -- what was no token, or somebody else's, within the last hour
    participant blob not null,
    at real not null
) strict;

create index attempts_by_time on attempts (at);
"""
