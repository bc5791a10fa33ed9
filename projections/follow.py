"""Keeps projections up to date with the log, and rebuilds them exactly.

    log (entries and disclosures) --pages of entries--> histories --apply, settle--> rows + position

Rows and position change in one transaction per page, so a crash leaves a projection at the end of some page. Of a
backlog of many pages, each stream is settled once, after the last page; which are to be is written down with each page.
Nothing here decides what a row says: each projection's functions do, from values.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol, runtime_checkable

from sqlalchemy import BigInteger, Column, Connection, Engine, Integer, MetaData, Table, Text, delete, insert, select
from sqlalchemy import update as sql_update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from ledger.actions.ledger import LedgerEntryWithdrawn, target_of
from ledger.database import disclosure, entry, reading, writing
from ledger.disclosure import PUBLIC
from ledger.process import History, Recorded
from ledger.streams import Stream
from ledger.wire import decode

PAGE: Final = 500
"""Entries applied in one transaction."""

_STREAMS: Final = 50
"""Streams that are settled, or for which time is let pass, in one transaction."""

REMEMBERED: Final = 50_000
"""Entries whose histories are kept in memory between pages, at most: about 125 MB.

Fewer than the processes of a large ledger hold that run at one time, and every page would read them all again.
"""

Tables = Mapping[str, Table]
Progress = Callable[[int, int], None]
"""(entries done, entries in all): called after each page."""

_metadata = MetaData()

position_table = Table(
    "projection_position",
    _metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
)
"""How many entries each projection has taken in, and which version of its code made the rows."""


unsettled_table = Table(
    "projection_unsettled",
    _metadata,
    Column("name", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
)
"""The streams of which each projection took in entries of a backlog, and which it has not settled since."""


class Projection(Protocol):
    """A view: rows made from entries. `version` changes whenever the same entries would give other rows."""

    @property
    def name(self) -> str:
        """Its name, for ever."""

    @property
    def version(self) -> int:
        """The version of its code."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that hold its rows."""

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:
        """Take in one entry. `history` is its stream's, with what concerns it, as it was just before."""

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Bring the rows about a whole stream up to date, once the entries of a page or of a backlog were applied."""


class Page(Protocol):
    """One page of entries as a projection takes it in that also looks at the passing of time, in one transaction."""

    def reach(self, history: History, moment: datetime) -> None:
        """Let time pass up to an instant (UTC), with it, before the next entry of a stream is folded in."""

    def extend(self, added: Recorded, history: History) -> None:
        """Take in an entry that was just folded into a history: that of its stream, or of one it concerns."""

    def close(self) -> None:
        """Write what the page came to."""


@runtime_checkable
class Timed(Projection, Protocol):
    """A projection whose rows also change by the passing of time alone.

    Its rows are a function of the entries and of its clock, so a rebuild with the same clock gives the same rows.
    """

    def page(self, connection: Connection, tables: Tables) -> Page:
        """Return what takes in one page."""

    def clock(self, connection: Connection, tables: Tables) -> datetime | None:
        """Return up to which instant (UTC) time was let pass; None where it never was."""

    def set_clock(self, connection: Connection, tables: Tables, now: datetime) -> None:
        """Write down up to which instant time is let pass."""

    def due(self, connection: Connection, tables: Tables, now: datetime, limit: int) -> list[Stream]:
        """Return streams of which something may have changed by an instant, for which time was not let pass yet."""

    def next_due(self, connection: Connection) -> datetime | None:
        """Return the next instant at which time alone may change a row."""


@runtime_checkable
class Indexed(Projection, Protocol):
    """A projection with an index of its own making beside its rows."""

    def reindex(self, connection: Connection) -> None:
        """Make the index anew from the rows."""


class _Untimed:
    """The page of a projection on which the passing of time has no effect."""

    def reach(self, history: History, moment: datetime) -> None:
        pass

    def extend(self, added: Recorded, history: History) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass
class Histories:
    """The histories that pages of entries extend, at most `REMEMBERED` entries of them in memory."""

    connection: Connection
    upto: int
    _kept: OrderedDict[Stream, History] = field(default_factory=OrderedDict)

    def of(self, stream: Stream) -> History:
        """Return the history of a stream with all entries before `upto`."""
        if stream not in self._kept:
            self._kept[stream] = load_history(self.connection, stream, upto=self.upto)
        self._kept.move_to_end(stream)
        return self._kept[stream]

    def forget(self, stream: Stream) -> None:
        """Forget a stream whose disclosures have changed."""
        self._kept.pop(stream, None)

    def shrink(self) -> None:
        """Forget the least recently used, down to the bound."""
        while len(self._kept) > 1 and sum(each.size for each in self._kept.values()) > REMEMBERED:
            self._kept.popitem(last=False)


def load_history(
    connection: Connection, stream: Stream, *, upto: int | None = None, sight: frozenset[str] = PUBLIC
) -> History:
    """Return a stream's history with the entries of other streams that concern it, up to index `upto` (exclusive)."""
    history = History(stream)
    own = select(entry.c.position).where(entry.c.stream_id == stream.id)
    concerning = select(concern_table.c.position).where(concern_table.c.stream == str(stream))
    query = (
        select(entry.c.state, disclosure.c.slots)
        .outerjoin_from(entry, disclosure)
        .where(entry.c.position.in_(own.union(concerning)))
        .order_by(entry.c.position)
    )
    query = query if upto is None else query.where(entry.c.position < upto)
    for state, slots in connection.execute(query):
        history.add(decode(state, slots, sight))
    return history


concern_table = Table(
    "projection_concern",
    _metadata,
    Column("position", BigInteger, primary_key=True),
    Column("stream", Text, primary_key=True, index=True),
)
"""Which entries are about a process besides those of its own stream. Kept by `Concerns`, which all others need."""


class Concerns:
    """The index from a process to the entries of other streams that concern it."""

    name = "concerns"
    version = 1
    tables = (concern_table,)

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:  # noqa: ARG002
        rows = tables["projection_concern"]
        streams = {str(each) for each in added.statement.concerned_streams()}
        # Who was concerned by an entry is concerned by what corrects, withdraws or redacts it.
        changed = changed_by(added)
        if changed is not None:
            streams.update(connection.scalars(select(rows.c.stream).where(rows.c.position == changed)))
        if streams:
            connection.execute(
                insert(rows), [{"position": added.index, "stream": stream} for stream in sorted(streams)]
            )

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Nothing: each entry settles itself."""


def position(engine: Engine, projection: Projection) -> int:
    """Return how many entries a projection has taken in; 0 where its rows are of another version."""
    with reading(engine) as connection:
        return _position(connection, projection.name, projection.version)


def prepare(engine: Engine, projections: Sequence[Projection]) -> None:
    """Make the tables that are missing, and make anew those whose rows another version of the code made."""
    with writing(engine).begin() as connection:
        _metadata.create_all(connection, tables=[position_table, unsettled_table])
        for projection in projections:
            stored = connection.execute(
                select(position_table.c.version).where(position_table.c.name == projection.name)
            ).scalar()
            if stored is not None and stored != projection.version:
                _drop(connection, projection.tables)
                _forget_position(connection, projection.name)
            for table in projection.tables:
                table.create(connection, checkfirst=True)


def catch_up(engine: Engine, projection: Projection, upto: int, progress: Progress | None = None) -> None:
    """Take in all entries before index `upto`. Safe to interrupt anywhere: it goes on from the last whole page."""
    _follow(engine, projection, {table.name: table for table in projection.tables}, projection.name, upto, progress)


def pass_time(engine: Engine, projection: Projection, now: datetime) -> None:
    """Let time pass for a projection up to an instant (UTC); nothing where it was let pass further already.

    Safe to interrupt: the clock is written first, and what is left to do is found again by `due`.
    """
    if not isinstance(projection, Timed):
        return
    tables = {table.name: table for table in projection.tables}
    with writing(engine).begin() as connection:
        before = projection.clock(connection, tables)
        if before is not None and before >= now:
            now = before
        else:
            projection.set_clock(connection, tables, now)
    while True:
        with writing(engine).begin() as connection:
            upto = _position(connection, projection.name, projection.version)
            if not _pass_time(connection, projection, tables, upto, now):
                return


def _pass_time(connection: Connection, projection: Timed, tables: Tables, upto: int, now: datetime) -> bool:
    """Let time pass for some streams; return whether there may be more."""
    streams = projection.due(connection, tables, now, _STREAMS)
    page = projection.page(connection, tables)
    for stream in streams:
        page.reach(load_history(connection, stream, upto=upto), now)
    page.close()
    return len(streams) == _STREAMS


def rebuild(engine: Engine, projection: Projection, progress: Progress | None = None) -> bool:
    """Make a projection anew beside its rows, and put the new rows in their place if they differ.

    Returns whether they were the same. The view stays readable meanwhile; the follower may go on.
    """
    name = f"{projection.name} rebuild"
    metadata = MetaData()
    beside = {table.name: _copy_of(table, metadata) for table in projection.tables}
    with writing(engine).begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        _forget_position(connection, name)
    _follow(engine, projection, beside, name, position(engine, projection), progress)
    with writing(engine).begin() as connection:
        # Under the write lock: what the follower added meanwhile is taken in here, so both stand at one position.
        upto = _position(connection, projection.name, projection.version)
        _apply_until(connection, projection, beside, name, upto)
        _let_the_same_time_pass(connection, projection, beside, upto)
        same = all(
            digest_of_rows(connection, table) == digest_of_rows(connection, beside[table.name])
            for table in projection.tables
        )
        if not same:
            for table in projection.tables:
                connection.execute(delete(table))
                connection.execute(insert(table).from_select(table.c.keys(), select(beside[table.name])))
        if isinstance(projection, Indexed):
            projection.reindex(connection)
        _forget_position(connection, name)
        metadata.drop_all(connection)
    return same


def _let_the_same_time_pass(connection: Connection, projection: Projection, beside: Tables, upto: int) -> None:
    """Bring rows and new rows to the clock of the rows. These may lag behind it, after a crash or a late entry."""
    if not isinstance(projection, Timed):
        return
    live = {table.name: table for table in projection.tables}
    now = projection.clock(connection, live)
    if now is None:
        return
    projection.set_clock(connection, beside, now)
    for tables in (live, beside):
        while _pass_time(connection, projection, tables, upto, now):
            pass


def digest_of_rows(connection: Connection, table: Table) -> str:
    """Return a SHA-256 over all rows of a table in the order of its key."""
    digest = hashlib.sha256()
    for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def _follow(
    engine: Engine, projection: Projection, tables: Tables, name: str, upto: int, progress: Progress | None
) -> None:
    with writing(engine).connect() as connection:
        histories = Histories(connection, 0)
        while True:
            with connection.begin():
                done = _page(connection, projection, tables, name, upto, histories)
            if progress is not None:
                progress(min(done, upto), upto)
            if done >= upto:
                break
        while True:
            with connection.begin():
                histories.upto = done
                if not _settle_some(connection, projection, tables, name, histories):
                    return


def _apply_until(connection: Connection, projection: Projection, tables: Tables, name: str, upto: int) -> None:
    histories = Histories(connection, 0)
    while _page(connection, projection, tables, name, upto, histories) < upto:
        pass
    histories.upto = upto
    while _settle_some(connection, projection, tables, name, histories):
        pass


def _settle_some(
    connection: Connection, projection: Projection, tables: Tables, name: str, histories: Histories
) -> bool:
    """Settle some of the streams that a backlog left unsettled; return whether there may be more."""
    mine = unsettled_table.c.name == name
    query = select(unsettled_table.c.stream).where(mine).order_by(unsettled_table.c.stream)
    streams = list(connection.scalars(query.limit(_STREAMS)))
    for stream in streams:
        projection.settle(connection, tables, histories.of(Stream.parse(stream)))
    histories.shrink()
    if streams:
        connection.execute(delete(unsettled_table).where(mine, unsettled_table.c.stream.in_(streams)))
    return len(streams) == _STREAMS


def _leave_unsettled(connection: Connection, name: str, streams: Iterable[Stream]) -> None:
    """Write down which streams are to be settled once the backlog is taken in."""
    rows = [{"name": name, "stream": str(stream)} for stream in streams]
    mine = (unsettled_table.c.name == name) & unsettled_table.c.stream.in_([row["stream"] for row in rows])
    connection.execute(delete(unsettled_table).where(mine))
    connection.execute(insert(unsettled_table), rows)


def _page(
    connection: Connection, projection: Projection, tables: Tables, name: str, upto: int, histories: Histories
) -> int:
    """Apply the next page of entries in the running transaction; return the new position."""
    start = _position(connection, name, projection.version)
    stop = min(start + PAGE, upto)
    if start >= stop:
        return start
    histories.connection, histories.upto = connection, start
    touched: dict[Stream, None] = {}
    concerned = _concerned(connection, start, stop)
    page = projection.page(connection, tables) if isinstance(projection, Timed) else _Untimed()
    for added in _entries(connection, start, stop):
        histories.upto = added.index
        streams = (added.stream, *concerned.get(added.index, ()))
        if target_of(added.action) is not None:
            # What an earlier entry discloses has changed: read these streams anew, under the disclosures of today.
            for stream in streams:
                histories.forget(stream)
        projection.apply(connection, tables, added, histories.of(added.stream))
        for stream in streams:
            history = histories.of(stream)
            page.reach(history, added.recorded)
            history.add(added)
            page.extend(added, history)
            touched[stream] = None
    page.close()
    histories.upto = stop
    if stop < upto:
        _leave_unsettled(connection, name, touched)
    else:
        for stream in touched:
            projection.settle(connection, tables, histories.of(stream))
    histories.shrink()
    _set_position(connection, name, projection.version, stop)
    return stop


def _concerned(connection: Connection, start: int, stop: int) -> dict[int, list[Stream]]:
    """Return index -> streams that the entries of a page concern besides their own."""
    query = select(concern_table).where(concern_table.c.position >= start, concern_table.c.position < stop)
    found: dict[int, list[Stream]] = {}
    for position, stream in connection.execute(query.order_by(*concern_table.primary_key.columns)):
        found.setdefault(position, []).append(Stream.parse(stream))
    return found


def changed_by(added: Recorded) -> int | None:
    """Return the earlier entry that this one corrects, withdraws, redacts or discloses."""
    withdrawn = added.action.target if isinstance(added.action, LedgerEntryWithdrawn) else None
    return next((each for each in (added.corrects, withdrawn, target_of(added.action)) if each is not None), None)


def _entries(connection: Connection, start: int, stop: int) -> Iterator[Recorded]:
    query = (
        select(entry.c.state, disclosure.c.slots)
        .outerjoin_from(entry, disclosure)
        .where(entry.c.position >= start, entry.c.position < stop)
        .order_by(entry.c.position)
    )
    yield from (decode(state, slots) for state, slots in connection.execute(query).all())


def _position(connection: Connection, name: str, version: int) -> int:
    query = select(position_table.c.position).where(position_table.c.name == name, position_table.c.version == version)
    return connection.execute(query).scalar() or 0


def _set_position(connection: Connection, name: str, version: int, done: int) -> None:
    changed = connection.execute(
        sql_update(position_table).where(position_table.c.name == name).values(version=version, position=done)
    )
    if not changed.rowcount:
        connection.execute(insert(position_table).values(name=name, version=version, position=done))


def _forget_position(connection: Connection, name: str) -> None:
    for table in (position_table, unsettled_table):
        connection.execute(delete(table).where(table.c.name == name))


def _copy_of(table: Table, metadata: MetaData) -> Table:
    """Return a table of the same columns and key under another name, without its indexes."""
    columns = [Column(each.name, each.type, primary_key=each.primary_key, nullable=each.nullable) for each in table.c]
    return Table(f"{table.name}_rebuild", metadata, *columns)


def _drop(connection: Connection, tables: Sequence[Table]) -> None:
    for table in tables:
        table.drop(connection, checkfirst=True)


def put(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row, or put it in the place of the row with the same key."""
    make = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    keys = [column.name for column in table.primary_key.columns]
    statement: Any = make(table).values(**values)
    others = {name: value for name, value in values.items() if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others))
