"""The ledger's tables, and how a connection to them is opened.

Five tables hold the record: `entry` (what was hashed), `disclosure` (the values behind an entry's
digests), `tile` and `tree_head` (the Merkle tree over the entries), `checkpoint` (what was signed).
`ledger.sequencer` is their one writer of entries; everything here is SQLAlchemy Core. Triggers, made by
the migrations, refuse to change what is append-only.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final
from urllib.parse import quote

import psycopg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.errors import CandourError, Conflict, Corrupt, Unavailable, Wrong
from ledger.words import N_

LOCK_SECONDS: Final = 30
"""How long a writer waits for the head lock before it gives up, on either database."""

CHANNEL: Final = "candour_ledger"
"""PostgreSQL's NOTIFY channel; each commit that adds entries signals it."""

NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

# SQLite makes only a column declared INTEGER an alias of its row number.
_Position = BigInteger().with_variant(Integer(), "sqlite")

entry = Table(
    "entry",
    metadata,
    Column("position", _Position, primary_key=True, autoincrement=False),
    Column("stream_id", Uuid(), nullable=False),
    Column("version", Integer(), nullable=False),
    Column("topic", Text(), nullable=False),
    Column("state", LargeBinary(), nullable=False),
    Column("recorded", BigInteger(), nullable=False),
    UniqueConstraint("stream_id", "version"),
)
"""`position` is the leaf index, from 0.

`state` is exactly the bytes hashed as the leaf. `recorded` is µs since 1970, UTC.
"""

disclosure = Table(
    "disclosure",
    metadata,
    Column("position", _Position, ForeignKey(entry.c.position), primary_key=True, autoincrement=False),
    Column("slots", LargeBinary(), nullable=False),
)
"""One row holds all disclosures of an entry (half the cost of one row a value).

Redaction rewrites it: no trigger guards it.
"""

tile = Table(
    "tile",
    metadata,
    Column("level", SmallInteger(), primary_key=True, autoincrement=False),
    Column("number", BigInteger(), primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary(), nullable=False),
)
"""C2SP tlog-tiles: up to 256 hashes of 32 bytes. A tile of 8,192 bytes is full and never changes again.

Level 0 has rows of full tiles only; the hashes of the newest entries are made of those when they are asked for.
"""

tree_head = Table(
    "tree_head",
    metadata,
    Column("only", SmallInteger(), primary_key=True, autoincrement=False),
    Column("size", BigInteger(), nullable=False),
    Column("range", LargeBinary(), nullable=False),
    Column("recorded", BigInteger(), nullable=False),
)
"""One row, `only` = 0: the head lock. `range` is the compact range of `size` leaves; `recorded` is the
last entry's.
"""

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", BigInteger(), primary_key=True, autoincrement=False),
    Column("note", Text(), nullable=False),
    Column("signed_at", BigInteger(), nullable=False),
)
"""Every checkpoint ever signed (C2SP signed note), by tree size; `signed_at` is µs since 1970, UTC."""

cosignature = Table(
    "cosignature",
    metadata,
    Column("size", BigInteger(), ForeignKey(checkpoint.c.size), primary_key=True, autoincrement=False),
    Column("witness", Text(), primary_key=True),
    Column("time", BigInteger(), nullable=False),
    Column("line", Text(), nullable=False),
    Index("ix_cosignature_witness_size", "witness", "size"),
)
"""What witnesses signed of those checkpoints: `witness` is the key's name, + and its id in hex, `line` the signature
line with its LF, and `time` the seconds since 1970 that it states.
"""

imported_release = Table(
    "imported_release",
    metadata,
    Column("publisher", Text(), primary_key=True),
    Column("ocid", Text(), primary_key=True),
    Column("release_id", Text(), primary_key=True),
    Column("sha256", Text(), primary_key=True),
    Column("reference", Text(), nullable=False),
    Column("facts", LargeBinary(), nullable=False),
    Index("ix_imported_release_reference", "reference"),
)
"""Every official release taken in, once: its publisher, ids and digest are unique, written with its entries.

`reference` is that of its process; `facts` what matters of it (`ledger.ocds.kept`). A redaction rewrites it.
"""

import_difference = Table(
    "import_difference",
    metadata,
    Column("sha256", Text(), primary_key=True),
    Column("content", LargeBinary(), nullable=False),
)
"""What a release says otherwise than those before it: the documents that entries name by their digest, in zlib."""

quarantined = Table(
    "quarantined",
    metadata,
    Column("number", _Position, primary_key=True, autoincrement=True),
    Column("file", Text(), nullable=False),
    Column("position", BigInteger(), nullable=False),
    Column("sha256", Text(), nullable=False),
    Column("reason", Text(), nullable=False),
    Column("parameters", Text(), nullable=False),
    Column("publisher", Text(), nullable=False),
    Column("raw", LargeBinary(), nullable=False),
    Column("complete", SmallInteger(), nullable=False),
    Column("found", BigInteger(), nullable=False),
    UniqueConstraint("file", "position", "sha256"),
)
"""What could not be taken in. `reason` is a template and `parameters` JSON that fills it; `raw` is in zlib.

`complete` is 1 where `raw` is all of it, so that it can be tried again; `found` is µs since 1970, UTC.
"""


def connect(url: str | URL, *, pool_size: int = 10) -> Engine:
    """Return an engine for a SQLite file or a PostgreSQL database; nothing is opened before its first use.

    Raises:
        Wrong: The address names another database, or SQLite's memory, which each connection would have
        for itself.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address, pool_size)
    if address.get_backend_name() == "postgresql":
        return _postgresql(address, pool_size)
    raise Wrong(
        N_("The database address must begin with sqlite:/// or postgresql://, and not with %(scheme)s."),
        scheme=address.drivername,
    )


def writing(engine: Engine) -> Engine:
    """Return the same engine and pool, whose transactions take SQLite's write lock at their beginning.

    A transaction that reads before it writes would else fail at once with "database is locked", whatever
    the timeout.
    """
    return engine.execution_options(write=True)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a connection for reading, with the database's errors in our own words.

    Raises:
        Unavailable: The database does not answer, or every connection of the pool is in use.
        Corrupt: The database says that its file is damaged.
    """
    try:
        with engine.connect() as connection:
            yield connection
    except PoolTimeout as error:
        raise busy() from error
    except DBAPIError as error:
        raise explain(error.orig or error) from error
    except psycopg.Error as error:  # of a raw cursor
        raise explain(error) from error


def read_binary(connection: Connection, query: str, values: Mapping[str, int]) -> Sequence[Any]:
    """Return all rows of a query that is written with :names, bytes in binary, inside `reading`.

    PostgreSQL sends bytes as text of twice their size unless it is asked otherwise, and SQLAlchemy never asks. It
    cannot be asked for every query of a connection: SQLAlchemy's reflection takes some types as text only.
    """
    if connection.dialect.name != "postgresql":
        return connection.exec_driver_sql(query, dict(values)).all()
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    with driver.cursor(binary=True) as cursor:
        return cursor.execute(_NAMES.sub(r"%(\1)s", query).encode(), values).fetchall()


_NAMES: Final = re.compile(r":(\w+)")


def scrub(engine: Engine, patience: float = 5.0) -> bool:
    """Overwrite what SQLite's write-ahead log still holds of values just deleted; return whether nothing is left.

    Waits for those who read an older state, so many seconds at most; while one of them does, False. PostgreSQL keeps
    its own for as long as its vacuum and its archive are set up to; that is for the operator to state.
    """
    if engine.dialect.name != "sqlite":
        return True
    deadline = monotonic() + patience
    with reading(engine) as connection:
        connection.rollback()  # inside a transaction, nothing would be copied back
        cursor = connection.connection.cursor()
        # One long wait would keep everybody from writing meanwhile; many short ones let them in between.
        cursor.execute(f"PRAGMA busy_timeout = {_SCRUB_MILLISECONDS}")
        try:
            while is_blocked := cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if monotonic() > deadline:
                    break
                sleep(_SCRUB_MILLISECONDS / 1_000)
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1_000}")
            cursor.close()
    return not is_blocked


_SCRUB_MILLISECONDS: Final = 50


def busy() -> Unavailable:
    """Return the error for a pool without a free connection, which is no error of the database's driver."""
    return Unavailable(N_("The database is busy: all of its connections are in use. Try again."))


def explain(error: BaseException) -> CandourError:
    """Return the driver's error (of sqlite3 or psycopg) as one of ours: what it says about rows that
    were not stored.
    """
    if isinstance(error, sqlite3.IntegrityError | psycopg.errors.UniqueViolation):
        return Conflict(N_("That number is already taken in the record. Read what is there, and try again."))
    if isinstance(error, psycopg.DataError) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
        return Corrupt(N_("The database is damaged: %(error)s. Restore it from a backup."), error=error)
    return Unavailable(N_("The database does not answer: %(error)s. Nothing was changed."), error=error)


def is_contention(error: BaseException) -> bool:
    """Whether others were in the way: a lock that was not given in time, or a deadlock."""
    if isinstance(error, psycopg.Error):
        return error.sqlstate in _CONFLICTS
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _LOCKED


def is_lost_connection(error: BaseException) -> bool:
    """Whether it was the connection that failed, so that another one may do."""
    # Without a code, the server has said nothing.
    return isinstance(error, psycopg.OperationalError) and (
        error.sqlstate is None or error.sqlstate[:2] in _DISCONNECTED
    )


_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOCKED: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_CONFLICTS: Final = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
_DISCONNECTED: Final = {"08", "57"}  # connection exceptions; operator intervention, such as a restart


_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(
    engine: Engine,
    migrations: Path = _MIGRATIONS,
    tables: MetaData = metadata,
    version_table: str = "alembic_version",
) -> None:
    """Bring the database to this version's tables and triggers; safe to run twice, and by two
    processes at once. Other tables beside the record have migrations and a version of their own.
    """
    if engine.dialect.name == "sqlite" and engine.url.database:
        path = Path(engine.url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # an empty file is an empty database; it will hold what is not public
    script = ScriptDirectory(str(migrations))
    with _alone(engine) as connection, EnvironmentContext(Config(), script) as environment:
        environment.configure(
            connection=connection,
            target_metadata=tables,
            version_table=version_table,
            fn=lambda revision, _: script._upgrade_revs("head", revision),  # noqa: SLF001 - as Alembic's own upgrade command does
        )
        environment.run_migrations()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    with writing(engine).begin() as connection:
        if engine.dialect.name == "postgresql":
            # No table exists yet whose row could be locked.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('candour-migrate'))"))
        yield connection


def _sqlite(address: URL, pool_size: int) -> Engine:
    if not address.database or address.database == ":memory:" or address.query:
        raise Wrong(N_("The ledger must be kept in a file: write sqlite:/// and its path."))
    # mode=rw: a path mistyped is an error, and not a new empty file; `migrate` alone makes one.
    file = f"file:{quote(address.database)}?mode=rw"
    engine = create_engine(
        address,
        pool_size=pool_size,
        creator=lambda: sqlite3.connect(
            file,
            uri=True,
            timeout=LOCK_SECONDS,
            isolation_level=None,  # the driver opens no transaction by itself; the "begin" listener does
            check_same_thread=False,  # the pool hands a connection to one thread at a time
        ),
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",  # a commit that returned has reached the disk
    "fullfsync = ON",  # the same on macOS, where fsync alone does not reach it
    "checkpoint_fullfsync = ON",
    "secure_delete = ON",  # a redacted value leaves no trace in a free page
    "foreign_keys = ON",
    "recursive_triggers = ON",  # else INSERT OR REPLACE deletes a row past its DELETE trigger
    "trusted_schema = OFF",
)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _postgresql(address: URL, pool_size: int) -> Engine:
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        # The head is read after its lock was waited for: each statement must see what is committed by then.
        isolation_level="READ COMMITTED",
        # No pool_pre_ping: it would cost a round trip each time, and an append that meets a dead connection
        # is decided again on a new one.
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # A process that hangs while it holds the head lock must not stop all others for ever.
    connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    connection.execute(f"SET idle_in_transaction_session_timeout = '{LOCK_SECONDS * 2}s'")
    connection.commit()
