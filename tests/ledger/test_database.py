"""The tables: one truth for code and migrations, append-only, and durable by their settings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Engine, delete, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.schema import Table

from ledger.database import checkpoint, connect, entry, metadata, migrate, reading, tile, tree_head, writing
from ledger.errors import Unavailable, Wrong


def test_the_migrations_make_exactly_the_tables_the_code_knows(engine: Engine):
    """After all migrations, the database and the code's tables have no difference."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_migrating_twice_changes_nothing(engine: Engine):
    """A second migration leaves everything as it was, entries included."""
    add_entry(engine)
    migrate(engine)
    with engine.connect() as connection:
        assert len(connection.execute(select(entry)).all()) == 1
        assert connection.execute(select(tree_head)).all() == [(0, 0, b"", 0)]


def test_a_new_sqlite_file_can_be_migrated_by_many_at_once(tmp_path: Path):
    """Eight connections that migrate one new file, in a folder that does not exist yet, all succeed."""
    address = f"sqlite:///{tmp_path}/var/new.db"

    def start(_: int) -> None:
        engine = connect(address)
        migrate(engine)
        engine.dispose()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(start, range(8)))


def test_a_new_postgresql_database_can_be_migrated_by_many_at_once(postgresql_server: URL):
    """Eight connections that migrate one new database all succeed."""
    admin = connect(postgresql_server)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE started_by_many"))
        engines = [connect(postgresql_server.set(database="started_by_many")) for _ in range(8)]
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(migrate, engines))
        for engine in engines:
            engine.dispose()
        connection.execute(text("DROP DATABASE started_by_many WITH (FORCE)"))
    admin.dispose()


def add_entry(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        connection.execute(
            insert(entry).values(position=0, stream_id=uuid4(), version=1, topic="a.v1", state=b"{}", recorded=1)
        )


def add_tile(engine: Engine, width: int) -> None:
    with writing(engine).begin() as connection:
        connection.execute(insert(tile).values(level=0, number=0, hashes=bytes(32 * width)))


def add_checkpoint(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        connection.execute(insert(checkpoint).values(size=1, note="n", signed_at=1))


GUARDED = {
    "an entry": (entry, add_entry, {"state": b"[]"}),
    "a full tile": (tile, lambda engine: add_tile(engine, 256), {"hashes": b""}),
    "a checkpoint": (checkpoint, add_checkpoint, {"note": "m"}),
}


@pytest.mark.parametrize(("table", "add", "change"), GUARDED.values(), ids=GUARDED)
def test_what_is_append_only_can_neither_be_changed_nor_deleted(
    engine: Engine, table: Table, add: Callable[[Engine], None], change: dict[str, object]
):
    """UPDATE, DELETE, and SQLite's INSERT OR REPLACE or PostgreSQL's TRUNCATE are refused, and the row
    stays.
    """
    add(engine)
    with engine.connect() as connection:
        before = connection.execute(select(table)).all()
    columns = ", ".join(column.name for column in table.columns)
    other = {
        "sqlite": f"INSERT OR REPLACE INTO {table.name} SELECT {columns} FROM {table.name}",  # noqa: S608
        "postgresql": f"TRUNCATE {table.name} CASCADE",
    }[engine.dialect.name]
    for statement in (update(table).values(change), delete(table), text(other)):
        with (
            pytest.raises(DBAPIError, match=f"{table.name} is append-only"),
            writing(engine).begin() as connection,
        ):
            connection.execute(statement)
    with engine.connect() as connection:
        assert connection.execute(select(table)).all() == before != []


def test_a_tile_grows_until_it_is_full(engine: Engine):
    """A partial tile may still be replaced by a wider one."""
    add_tile(engine, 255)
    with writing(engine).begin() as connection:
        connection.execute(update(tile).values(hashes=bytes(8192)))
    with engine.connect() as connection:
        assert connection.scalar(select(tile.c.hashes)) == bytes(8192)


def test_sqlite_syncs_each_commit_and_overwrites_what_it_deletes(new_sqlite: Callable[[], URL]):
    """Every connection has the settings that durability and redaction rest on."""
    engine = connect(new_sqlite())
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
            }
            assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    engine.dispose()


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/ledger"])
def test_an_address_that_cannot_hold_a_ledger_is_refused(address: str):
    """SQLite's memory and other databases are refused in words that say what to write."""
    with pytest.raises(Wrong, match="sqlite:///"):
        connect(address)


def test_connecting_opens_nothing(tmp_path: Path):
    """An engine for a file that does not exist leaves it so; only its use fails, in our own words."""
    engine = connect(f"sqlite:///{tmp_path}/missing/candour.db")
    assert not (tmp_path / "missing").exists()
    with pytest.raises(Unavailable, match="does not answer"), reading(engine):
        pass


def test_a_pool_that_is_used_up_is_named_as_such(database: URL):
    """When all connections are in use, the error says that the database is busy."""
    engine = connect(database, pool_size=1)
    vars(engine.pool).update(_max_overflow=0, _timeout=0.01)
    with engine.connect(), pytest.raises(Unavailable, match="all of its connections"), reading(engine):
        pass
    engine.dispose()


def test_a_writer_takes_its_lock_at_the_beginning(new_sqlite: Callable[[], URL]):
    """Two transactions that read and then write, one after the other, both succeed in SQLite."""
    engine = connect(new_sqlite())
    with engine.connect() as reader:
        reader.execute(select(entry))
        add_entry(engine)
        with pytest.raises(OperationalError, match="locked"):
            reader.execute(delete(tree_head))
    add_tile(engine, 1)
    engine.dispose()
