"""The one append path: decide under the head lock; commit entries, disclosures, tiles and head together.

Whoever holds the head lock (PostgreSQL: the head's row; SQLite: the database's write lock) is alone in
giving out positions, so they have no gaps, and the order of positions is the order of commits.

SQLAlchemy's work per statement would be the largest share of an append, so the append alone uses raw
cursors of its pooled connections; all other statements of this package are SQLAlchemy Core.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from functools import cache
from threading import Lock
from typing import Any, Final, NamedTuple, Protocol, TypeVar
from uuid import UUID

import psycopg
from psycopg import generators
from psycopg.pq import ExecStatus
from sqlalchemy import Engine, PoolProxiedConnection, select
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.database import (
    CHANNEL,
    LOCK_SECONDS,
    busy,
    entry,
    explain,
    is_contention,
    is_lost_connection,
    tree_head,
)
from ledger.errors import Conflict, Corrupt, Unavailable
from ledger.tlog.errors import TlogError
from ledger.tlog.growth import Growth
from ledger.tlog.merkle import HASH_SIZE, CompactRange, leaf_hash
from ledger.tlog.tiles import TILE_WIDTH, HashTile, TileRow, edge_tiles, extend_tiles
from ledger.words import N_

T = TypeVar("T")

_PAUSES: Final = (0.01, 0.03, 0.1, 0.3, 1.0)
"""Seconds before the next attempt; when they are used up, the caller is told."""

_PIPELINE_BYTES: Final = 65_536
"""The most that PostgreSQL is sent in one pipeline; binary COPY is quicker beyond it, and cannot stall.

A pipeline of more than the sockets buffer has been seen to wait for ever in the driver, server and client
both reading.
"""

_ROW_BYTES: Final = 100
"""About what a row takes in a pipeline besides its contents."""


class Row(NamedTuple):
    """An entry as it is stored.

    `position` is its leaf index, `state` the bytes hashed as the leaf, `slots` its disclosures if it has any,
    `recorded` µs since 1970, UTC.
    """

    position: int
    stream_id: UUID
    version: int
    topic: str
    state: bytes
    slots: bytes | None
    recorded: int


class Head(NamedTuple):
    """The tree over all entries: `size` of them, the last one `recorded` at so many µs since 1970, UTC."""

    size: int
    recorded: int
    range: CompactRange


class Backend(Protocol):
    """What the two databases do each in their own way, on a raw connection."""

    def lock(self, connection: PoolProxiedConnection) -> Sequence[Any]:
        """Begin a transaction, wait for the head lock and return the head's row."""

    def execute(self, connection: PoolProxiedConnection, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        """Return all rows of a query written with %s."""

    def key(self, stream_id: UUID) -> Any:
        """Return the identifier in the form in which the driver stores it."""

    def existing(self, connection: PoolProxiedConnection, stream_ids: Collection[UUID]) -> set[UUID]:
        """Return those streams that have an entry."""

    def commit(self, connection: PoolProxiedConnection, batch: Batch) -> None:
        """Write everything and commit."""


class Batch(NamedTuple):
    """What one transaction adds, ready to be written."""

    rows: Sequence[Row]
    replaced: Sequence[tuple[bytes, int]]
    tiles: Sequence[TileRow]
    head: Head
    beside: Sequence[tuple[str, Sequence[Any]]] = ()


class Transaction:
    """A decision being made under the head lock.

    Nothing is written before it ends; raising leaves no trace.
    """

    def __init__(self, backend: Backend, connection: PoolProxiedConnection, head: Head) -> None:
        self._backend = backend
        self._connection = connection
        self.head = head
        self.rows: list[Row] = []
        self.replaced: dict[int, bytes] = {}
        self.beside: list[tuple[str, Sequence[Any]]] = []
        """Statements written with %s, each with its rows, that are to be committed with the entries."""

    @property
    def next(self) -> int:
        """The position of the entry added next."""
        return self.head.size + len(self.rows)

    def stream(self, stream_id: UUID, after_version: int = 0) -> list[Row]:
        """Return a stream's entries after a version, in order, with what is disclosed of them."""
        stored = self._backend.execute(self._connection, _STREAM, (self._backend.key(stream_id), after_version))
        added = [row for row in self.rows if row.stream_id == stream_id and row.version > after_version]
        return [
            Row(position, stream_id, version, topic, state, self.replaced.get(position, slots), recorded)
            for position, version, topic, state, slots, recorded in stored
        ] + added

    def query(self, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        """Return all rows of a query written with %s, of what is committed."""
        return self._backend.execute(self._connection, statement, values)

    def existing(self, stream_ids: Collection[UUID]) -> set[UUID]:
        """Return those of the streams that have at least one entry, added ones included."""
        if not stream_ids:
            return set()
        added = {row.stream_id for row in self.rows}.intersection(stream_ids)
        return self._backend.existing(self._connection, stream_ids) | added

    def add(self, row: Row) -> int:
        """Add an entry at the next position, which the row's own position must be; return that."""
        last = self.rows[-1].recorded if self.rows else self.head.recorded
        if row.position != self.next or row.recorded < last:
            raise Corrupt(
                N_("Entry %(position)s was numbered or dated out of order; %(next)s is next."),
                position=row.position,
                next=self.next,
            )
        self.rows.append(row)
        return row.position

    def slots(self, position: int) -> bytes | None:
        """Return the disclosures of an entry, as changed or added here."""
        if position >= self.head.size:
            return self.rows[position - self.head.size].slots
        if position in self.replaced:
            return self.replaced[position]
        found = self._backend.execute(self._connection, _SLOTS, (position,))
        return found[0][0] if found else None

    def replace_slots(self, position: int, slots: bytes) -> None:
        """Put other disclosures in the place of an entry's; the former are gone when this is committed."""
        if position >= self.head.size:
            at = position - self.head.size
            self.rows[at] = self.rows[at]._replace(slots=slots)
        else:
            self.replaced[position] = slots


class Sequencer:
    """Runs decisions one after another and makes what they add durable, all of it or nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._backend: Backend = _Postgresql() if engine.dialect.name == "postgresql" else _Sqlite()
        self._driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error
        # SQLite's waiting writers are not queued: without this, threads of one process wait up to half a
        # second.
        self._lock = Lock()
        # The partial tiles as of a tree size; good as long as nobody else has appended.
        self._edge: tuple[int, list[TileRow]] = (0, [])

    def run(self, decide: Callable[[Transaction], T]) -> T:
        """Call `decide` under the head lock, commit what it added, and return its answer.

        When others were in the way, everything is decided again, so `decide` must start from what its
        transaction says and change nothing outside. What it raises is raised, and nothing is stored.

        Raises:
            Conflict: Others were in the way each time, or a stream's version is taken. Nothing is stored.
            Unavailable: The database fails. `stored` is None if even a look at the record could not tell
            whether the
                entries are there.
            Corrupt: The stored head, tiles and entries contradict each other. Nothing is stored.
        """
        deadline = time.monotonic() + LOCK_SECONDS
        with self._lock:
            for pause in _PAUSES:
                try:
                    return self._attempt(decide)
                except self._driver_error as error:
                    is_final = time.monotonic() > deadline or not (is_contention(error) or is_lost_connection(error))
                    failure = error
                if is_final:
                    break
                time.sleep(pause)
        if is_contention(failure):
            raise Conflict(
                N_("Others were recording at the same time, and nothing was recorded. Try again.")
            ) from failure
        raise explain(failure) from failure

    def _attempt(self, decide: Callable[[Transaction], T]) -> T:
        """Raise the driver's error only if nothing was stored."""
        connection = self._checkout()
        batch: Batch | None = None
        try:
            transaction = Transaction(self._backend, connection, self._head(connection))
            answer = decide(transaction)
            if transaction.rows:
                edge = self._read_edge(connection, transaction.head)
                batch = _seal(transaction, edge)
                self._backend.commit(connection, batch)
        except self._driver_error:
            _end(connection)
            if batch is None or not self._is_stored(batch):
                raise
        except BaseException:
            if batch is not None:
                _end(connection)
            raise
        finally:
            connection.close()
        if batch is not None:
            self._edge = _next_edge(batch, edge)
        return answer

    def _checkout(self) -> PoolProxiedConnection:
        try:
            return self._engine.raw_connection()
        except PoolTimeout as error:
            raise busy() from error

    def _head(self, connection: PoolProxiedConnection) -> Head:
        size, recorded, stored = self._backend.lock(connection)
        return read_head(size, recorded, stored)

    def _read_edge(self, connection: PoolProxiedConnection, head: Head) -> list[TileRow]:
        known, edge = self._edge
        if known == head.size:
            return edge
        edge = [TileRow(tile.level, tile.number, self._read_hashes(connection, tile)) for tile in edge_tiles(head.size)]
        try:
            is_whole = Growth(head.size, edge).compact_range() == head.range
        except TlogError as error:
            raise _damaged(error) from error
        if not is_whole:
            raise _damaged(N_("they do not fit the tree head."))
        return edge

    def _read_hashes(self, connection: PoolProxiedConnection, tile: HashTile) -> bytes:
        if has_row(tile.level, tile.width):
            found = self._backend.execute(connection, _TILE, (tile.level, tile.number))
            return b"".join(hashes for (hashes,) in found)
        first = tile.number * TILE_WIDTH
        found = self._backend.execute(connection, _STATES, (first, first + tile.width))
        return b"".join(leaf_hash(require_bytes(at, state)) for at, (state,) in enumerate(found, first))

    def _is_stored(self, batch: Batch) -> bool:
        """Look, on another connection, whether a commit that failed has happened nevertheless.

        Entries carry random salts, so equal bytes at their positions are those entries. An entry without
        any salt also names its stream, version and microsecond: one that is equal in all of them is as
        good.
        """
        first, last = batch.rows[0].position, batch.rows[-1].position
        query = select(entry.c.state).where(entry.c.position.between(first, last)).order_by(entry.c.position)
        for pause in _PAUSES:
            try:
                with self._engine.connect() as connection:
                    # PostgreSQL may still be busy with the lost connection's COMMIT: its lock tells when
                    # it is over.
                    connection.execute(select(tree_head.c.size).with_for_update())
                    return connection.scalars(query).all() == [row.state for row in batch.rows]
            except (DBAPIError, PoolTimeout):
                time.sleep(pause)
        raise Unavailable(
            N_(
                "The database stopped answering while entries were being stored, and they may or may not be "
                "on record. Look before you record them again."
            ),
            stored=None,
        )


def _end(connection: PoolProxiedConnection) -> None:
    """Make sure that what this connection has not committed by now never will be."""
    # Closing alone is not enough: SQLite keeps the transaction while some traceback still holds a cursor.
    with suppress(Exception):
        connection.rollback()
    connection.invalidate()


def read_head(size: int, recorded: int, stored: bytes) -> Head:
    """Return the head that a row of `tree_head` holds; `Corrupt` if it cannot be one."""
    try:
        return Head(size, recorded, CompactRange.from_bytes(size, stored))
    except TlogError as error:
        raise Corrupt(N_("The stored tree head is damaged: %(error)s"), error=error) from error


def _damaged(error: object) -> Corrupt:
    return Corrupt(N_("The stored tiles are damaged: %(error)s"), error=error)


def require_bytes(position: int, state: object) -> bytes:
    """Return an entry's stored bytes; `Corrupt` where SQLite, which lets any value into any column, holds a text."""
    if not isinstance(state, bytes):
        raise Corrupt(
            N_("Entry %(number)s is stored as text and not as bytes, so a hand changed it. Restore it from a backup."),
            number=position,
        )
    return state


def has_row(level: int, width: int) -> bool:
    """Whether a tile so wide has a row: all do but that of the newest leaves, until it is full.

    It would be written anew in every commit, with up to 8 KB, and is but the hashes of at most 255 entries.
    """
    return level > 0 or width == TILE_WIDTH


def _seal(transaction: Transaction, edge: Iterable[TileRow]) -> Batch:
    head, rows = transaction.head, transaction.rows
    leaves = [leaf_hash(row.state) for row in rows]
    try:
        tiles = extend_tiles(head.size, edge, leaves)
    except TlogError as error:
        raise _damaged(error) from error
    return Batch(
        rows,
        [(slots, position) for position, slots in transaction.replaced.items()],
        tiles,
        Head(head.size + len(rows), rows[-1].recorded, head.range.extend(leaves)),
        transaction.beside,
    )


def _next_edge(batch: Batch, before: Iterable[TileRow]) -> tuple[int, list[TileRow]]:
    rows = {(row.level, row.number): row for row in (*before, *batch.tiles)}
    size = batch.head.size
    return size, [rows[tile.level, tile.number] for tile in edge_tiles(size)]


_HEAD: Final = "SELECT size, recorded, range FROM tree_head"
_TILE: Final = "SELECT hashes FROM tile WHERE level = %s AND number = %s"
_STATES: Final = "SELECT state FROM entry WHERE position >= %s AND position < %s ORDER BY position"
_STREAM: Final = (
    "SELECT position, version, topic, state, slots, recorded "
    "FROM entry LEFT JOIN disclosure USING (position) WHERE stream_id = %s AND version > %s ORDER BY version"
)
_ADD_ENTRY: Final = (
    "INSERT INTO entry (position, stream_id, version, topic, state, recorded) VALUES (%s, %s, %s, %s, %s, %s)"
)
_ADD_SLOTS: Final = "INSERT INTO disclosure (position, slots) VALUES (%s, %s)"
_SLOTS: Final = "SELECT slots FROM disclosure WHERE position = %s"
_REPLACE_SLOTS: Final = "UPDATE disclosure SET slots = %s WHERE position = %s"
_PUT_TILE: Final = (
    "INSERT INTO tile (level, number, hashes) VALUES (%s, %s, %s) "
    "ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes"
)
_MOVE_HEAD: Final = "UPDATE tree_head SET size = %s, recorded = %s, range = %s"


def _writes(batch: Batch, key: Callable[[UUID], Any]) -> list[tuple[str, Sequence[Any]]]:
    """Return what a batch writes, as statements with their rows; none without rows."""
    head = batch.head
    writes: list[tuple[str, Sequence[Any]]] = [
        (
            _ADD_ENTRY,
            [(row.position, key(row.stream_id), row.version, row.topic, row.state, row.recorded) for row in batch.rows],
        ),
        (_ADD_SLOTS, [(row.position, row.slots) for row in batch.rows if row.slots is not None]),
        (_REPLACE_SLOTS, batch.replaced),
        (_PUT_TILE, [each for each in batch.tiles if has_row(each.level, len(each.hashes) // HASH_SIZE)]),
        (_MOVE_HEAD, [(head.size, head.recorded, head.range.to_bytes())]),
        *batch.beside,
    ]
    return [write for write in writes if write[1]]


class _Sqlite:
    def lock(self, connection: PoolProxiedConnection) -> Sequence[Any]:
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(_HEAD)
        return _only_row(cursor)

    def execute(self, connection: PoolProxiedConnection, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        cursor = connection.cursor()
        cursor.execute(_question_marks(statement), values)
        found: Sequence[Any] = cursor.fetchall()
        return found

    def key(self, stream_id: UUID) -> str:
        return stream_id.hex

    def existing(self, connection: PoolProxiedConnection, stream_ids: Collection[UUID]) -> set[UUID]:
        found = "SELECT 1 FROM entry WHERE stream_id = %s LIMIT 1"
        return {each for each in stream_ids if self.execute(connection, found, (each.hex,))}

    def commit(self, connection: PoolProxiedConnection, batch: Batch) -> None:
        cursor = connection.cursor()
        for statement, rows in _writes(batch, self.key):
            cursor.executemany(_question_marks(statement), rows)
        connection.commit()


class _Postgresql:
    """One round trip takes the lock and another one writes and commits: they are what an append waits for."""

    def lock(self, connection: PoolProxiedConnection) -> Sequence[Any]:
        driver = _driver(connection)
        # Both go together, as a text: the driver's pipeline would do so too, and take four times as long.
        driver.pgconn.send_query(_BEGIN_AND_LOCK)
        result = driver.wait(generators.execute(driver.pgconn))[-1]
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)
        if result.ntuples != 1:
            raise _no_head()
        size, recorded, stored = (result.get_value(0, column) or b"" for column in range(3))
        return int(size), int(recorded), bytes.fromhex(stored.decode("ascii"))

    def execute(self, connection: PoolProxiedConnection, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        cursor = connection.cursor()
        cursor.execute(statement, values)
        found: Sequence[Any] = cursor.fetchall()
        return found

    def key(self, stream_id: UUID) -> UUID:
        return stream_id

    def existing(self, connection: PoolProxiedConnection, stream_ids: Collection[UUID]) -> set[UUID]:
        found = self.execute(
            connection,
            "SELECT id FROM unnest(%s::uuid[]) AS wanted (id) "
            "WHERE EXISTS (SELECT FROM entry WHERE stream_id = wanted.id)",
            (list(stream_ids),),
        )
        return {stream_id for (stream_id,) in found}

    def commit(self, connection: PoolProxiedConnection, batch: Batch) -> None:
        cursor = connection.cursor()
        is_bulk = sum(_ROW_BYTES + len(row.state) + len(row.slots or b"") for row in batch.rows) > _PIPELINE_BYTES
        writes = _writes(batch, self.key)
        if is_bulk:
            for statement, rows in writes:
                if statement in _COPIES:
                    _copy(cursor, *_COPIES[statement], rows)
        with _driver(connection).pipeline():
            for statement, rows in writes:
                if not (is_bulk and statement in _COPIES):
                    for row in rows:  # as quick as executemany, which would wait for its results
                        cursor.execute(statement, row)
            cursor.execute(f"NOTIFY {CHANNEL}")
            connection.commit()


_BEGIN_AND_LOCK: Final = (
    b"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT size, recorded, encode(range, 'hex') FROM tree_head FOR UPDATE"
)

_COPIES: Final = {
    _ADD_ENTRY: (
        "entry (position, stream_id, version, topic, state, recorded)",
        ("int8", "uuid", "int4", "text", "bytea", "int8"),
    ),
    _ADD_SLOTS: ("disclosure (position, slots)", ("int8", "bytea")),
}
"""The table and the types of the rows that PostgreSQL copies in, if they are many."""


def _copy(cursor: Any, target: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(f"COPY {target} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _driver(connection: PoolProxiedConnection) -> psycopg.Connection[Any]:
    driver: psycopg.Connection[Any] = connection.driver_connection  # type: ignore[assignment]
    return driver


def _only_row(cursor: DBAPICursor) -> Sequence[Any]:
    row: Sequence[Any] | None = cursor.fetchone()
    if row is None:
        raise _no_head()
    return row


def _no_head() -> Corrupt:
    return Corrupt(N_("The tree head is missing from the database. Restore it from a backup."))


@cache
def _question_marks(statement: str) -> str:
    return statement.replace("%s", "?")
