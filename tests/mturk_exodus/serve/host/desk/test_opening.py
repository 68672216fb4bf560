from __future__ import annotations

import socket
import sqlite3
import stat
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine, inspect, select, update

from mturk_exodus.serve.host.desk import (
    Desk,
    DeskError,
    DeskTooNew,
    DeskUnavailable,
    NotADesk,
    database,
)
from mturk_exodus.serve.host.desk.tables import DESK, VERSION
from tests.mturk_exodus.serve.host.desk.postgresql import Server
from tests.mturk_exodus.serve.host.desk.support import NOON, XML, accepted, answers, hit

Place = str | Path


def key_of(place: Place) -> bytes:
    with Desk.open(place) as desk:
        return desk.key


def test_what_is_there_stays_there(place: Place) -> None:
    with Desk.open(place) as desk:
        desk.offer([hit("H1", 2)])
        live = accepted(desk, "anna", "H1")
        done = accepted(desk, "bert", "H1")
        desk.submit(done.assignment_id, "bert", XML, NOON)
    with Desk.open(place) as desk:
        assert accepted(desk, "anna", "H1") == live
        assert set(answers(desk)) == {done.assignment_id}


def test_the_key_is_made_once_even_by_several_who_come_at_once(place: Place) -> None:
    with get_context("spawn").Pool(3) as pool:
        keys = set(pool.map(key_of, [place] * 3, chunksize=1))
    assert keys == {key_of(place)}
    assert len(keys.pop()) == 32


def test_the_key_is_chance(tmp_path: Path) -> None:
    assert key_of(tmp_path / "one") != key_of(tmp_path / "two")


def test_a_later_version_is_refused(place: Place) -> None:
    key = key_of(place)
    _set_version(place, VERSION + 1)
    with pytest.raises(DeskTooNew, match="later program"):
        Desk.open(place)
    _set_version(place, VERSION)
    assert key_of(place) == key


def test_the_first_version_is_brought_up_to_date(place: Place) -> None:
    key = key_of(place)
    with _engine(place).begin() as connection:
        connection.exec_driver_sql("alter table host_hits add column position integer default 0")
        connection.exec_driver_sql("create index host_offered on host_hits (is_offered, position)")
        connection.execute(update(DESK).values(version=1))
    with Desk.open(place) as desk:
        desk.offer([hit("H1", 2)])
        assert desk.counts(NOON).places_left == 2
        assert desk.key == key
    with _engine(place).begin() as connection:
        assert connection.execute(select(DESK.c.version)).scalar_one() == VERSION
        assert "position" not in {
            one["name"] for one in inspect(connection).get_columns("host_hits")
        }


def _set_version(place: Place, version: int) -> None:
    with _engine(place).begin() as connection:
        connection.execute(update(DESK).values(version=version))


def _engine(place: Place) -> Engine:
    url = f"sqlite:///{place}" if isinstance(place, Path) else place
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)


def test_the_file_is_for_nobody_else_to_read(tmp_path: Path) -> None:
    place = tmp_path / "host.sqlite"
    with Desk.open(place) as desk:
        desk.offer([hit("H1")])
        modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {0o600}


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "other.sqlite"
    connection = sqlite3.connect(place)
    connection.execute("create table hits (a)")
    connection.close()
    with pytest.raises(NotADesk):
        Desk.open(place)
    connection = sqlite3.connect(place)
    assert connection.execute("select name from sqlite_master").fetchall() == [("hits",)]
    connection.close()


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "letter.txt"
    place.write_text("Dear Sir or Madam, " * 1_000)
    before = place.read_bytes()
    with pytest.raises(NotADesk):
        Desk.open(place)
    assert place.read_bytes() == before


def test_a_place_where_no_file_can_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeskUnavailable, match="cannot be made"):
        Desk.open(tmp_path / "no" / "host.sqlite")


@pytest.mark.parametrize("place", ["mysql://u:secret@h/d", "postgresql://u:secret@h:x/d"], ids=str)
def test_an_address_that_is_none_is_refused_without_its_password(place: str) -> None:
    with pytest.raises(DeskError) as caught:
        Desk.open(place)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_nobody_at_the_address_is_said_without_its_password() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        with pytest.raises(DeskUnavailable) as caught:
            Desk.open(f"postgresql://anna:secret@127.0.0.1:{port}/host")
    assert "secret" not in str(caught.value)
    assert "anna" not in str(caught.value)
    assert "nobody listens" in str(caught.value)


@pytest.mark.live
def test_what_postgresql_refuses_is_said_in_a_line(postgresql: Server) -> None:
    place = postgresql.new_database()
    url = place.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    name = place.rpartition("/")[2]
    with engine.connect() as connection:
        connection.exec_driver_sql(f"alter database {name} set default_transaction_read_only = on")
    engine.dispose()
    server = place.rpartition("/")[0]
    for address, why in (
        (place, "reading only"),
        (f"{place}?sslmode=perhaps", "does not answer"),
        (f"{server}/nowhere", "no database of that name"),
    ):
        with pytest.raises(DeskUnavailable, match=why):
            Desk.open(address)


@pytest.mark.live
def test_postgresql_that_was_restarted_while_nobody_came_is_found_again(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes at that very moment is sent away once, to come again."""
    place = postgresql.new_database()
    with Desk.open(place) as desk:
        desk.answers()
        _cut_off(place)
        with pytest.raises(DeskUnavailable, match="does not answer"):
            desk.answers()
        desk.answers()
        monkeypatch.setattr(database, "_REST_SECONDS", 0)
        _cut_off(place)
        desk.answers()


def _cut_off(place: str) -> None:
    """As a restart does: end every connection to a database."""
    with _engine(place).begin() as connection:
        ended = connection.exec_driver_sql(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        ).scalars()
        assert list(ended) == [True]
