"""Keeps projections up to date with the log, and rebuilds them exactly.

    log (entries and disclosures) --pages of entries--> histories --apply, settle--> rows + position

Rows and position change in one transaction per page, so a crash leaves a projection at the end of some page. Of a
backlog of many pages, each stream is settled once, after the last page; which are to be is written down with each page.
Projections that stand at one position go together: each entry and each history is then read once for all of them.
Nothing here decides what a row says: each projection's functions do, from values.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
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
    """Pages of entries as a projection takes them in that also looks at the passing of time, one transaction each."""

    def reach(self, history: History, moment: datetime) -> None:
        """Let time pass up to an instant (UTC), with it, before the next entry of a stream is folded in."""

    def extend(self, added: Recorded, history: History) -> None:
        """Take in an entry that was just folded into a history: that of its stream, or of one it concerns."""

    def close(self) -> None:
        """Write what the page came to. What is kept in memory for the next one is what the rows say."""


@runtime_checkable
class Timed(Projection, Protocol):
    """A projection whose rows also change by the passing of time alone.

    Its rows are a function of the entries and of its clock, so a rebuild with the same clock gives the same rows.
    """

    def page(self, connection: Connection, tables: Tables) -> Page:
        """Return what takes in one page after another, until one of them fails."""

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


@dataclass(frozen=True, slots=True)
class _Run:
    """A projection as it follows: into which tables, under which name its position is kept, and its pages."""

    projection: Projection
    tables: Tables
    name: str
    page: Page


def _run(connection: Connection, projection: Projection, tables: Tables, name: str) -> _Run:
    page = projection.page(connection, tables) if isinstance(projection, Timed) else _Untimed()
    return _Run(projection, tables, name, page)


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
        """Add the entry's rows. What its stream held before does not matter."""
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


def catch_up(
    engine: Engine, projections: Projection | Sequence[Projection], upto: int, progress: Progress | None = None
) -> None:
    """Take in all entries before index `upto`. Safe to interrupt anywhere: it goes on from the last whole page.

    Of several, each comes after those it reads. They go together, or one by one where they stand apart: after a change
    of the code of some, say.
    """
    several = projections if isinstance(projections, Sequence) else (projections,)
    at_one = len({position(engine, each) for each in several}) == 1
    for group in (several,) if at_one else ((each,) for each in several):
        named = [(each, {table.name: table for table in each.tables}, each.name) for each in group]
        _follow(engine, named, upto, progress)


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
    _follow(engine, [(projection, beside, name)], position(engine, projection), progress)
    with writing(engine).begin() as connection:
        # Under the write lock: what the follower added meanwhile is taken in here, so both stand at one position.
        upto = _position(connection, projection.name, projection.version)
        _apply_until(connection, _run(connection, projection, beside, name), upto)
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
    engine: Engine, named: Sequence[tuple[Projection, Tables, str]], upto: int, progress: Progress | None
) -> None:
    with writing(engine).connect() as connection:
        runs, histories = [_run(connection, *each) for each in named], Histories(connection, 0)
        while True:
            with connection.begin():
                done = _page(connection, runs, upto, histories)
            if progress is not None:
                progress(min(done, upto), upto)
            if done >= upto:
                break
        while True:
            with connection.begin():
                histories.upto = done
                if not _settle_some(connection, runs, histories):
                    return


def _apply_until(connection: Connection, run: _Run, upto: int) -> None:
    histories = Histories(connection, 0)
    while _page(connection, [run], upto, histories) < upto:
        pass
    histories.upto = upto
    while _settle_some(connection, [run], histories):
        pass


def _settle_some(connection: Connection, runs: Sequence[_Run], histories: Histories) -> bool:
    """Settle some of the streams that a backlog left unsettled; return whether there may be more."""
    mine = unsettled_table.c.name.in_([run.name for run in runs])
    query = select(unsettled_table.c.stream).where(mine).distinct().order_by(unsettled_table.c.stream)
    streams = list(connection.scalars(query.limit(_STREAMS)))
    for stream in streams:
        _settle(connection, runs, histories.of(Stream.parse(stream)))
        histories.shrink()
    if streams:
        connection.execute(delete(unsettled_table).where(mine, unsettled_table.c.stream.in_(streams)))
    return len(streams) == _STREAMS


def _settle(connection: Connection, runs: Sequence[_Run], history: History) -> None:
    for run in runs:
        run.projection.settle(connection, run.tables, history)


def _leave_unsettled(connection: Connection, runs: Sequence[_Run], streams: Iterable[Stream]) -> None:
    """Write down which streams are to be settled once the backlog is taken in."""
    touched = [str(stream) for stream in streams]
    put_all(connection, unsettled_table, [{"name": run.name, "stream": stream} for run in runs for stream in touched])


def _page(connection: Connection, runs: Sequence[_Run], upto: int, histories: Histories) -> int:
    """Apply the next page of entries in the running transaction; return the new position."""
    start = _position(connection, runs[0].name, runs[0].projection.version)
    stop = min(start + PAGE, upto)
    if start >= stop:
        return start
    histories.connection, histories.upto = connection, start
    touched: dict[Stream, None] = {}
    entries = list(_entries(connection, start, stop))
    rest = _with_concerns(connection, runs, entries)
    concerned = _concerned(connection, start, stop)
    for added in entries:
        histories.upto = added.index
        streams = (added.stream, *concerned.get(added.index, ()))
        if target_of(added.action) is not None:
            # What an earlier entry discloses has changed: read these streams anew, under the disclosures of today.
            for stream in streams:
                histories.forget(stream)
        _take_in(connection, rest, added, [histories.of(stream) for stream in streams])
        touched |= dict.fromkeys(streams)
    for run in rest:
        run.page.close()
    histories.upto = stop
    if stop < upto:
        _leave_unsettled(connection, runs, touched)
    else:
        for stream in touched:
            _settle(connection, runs, histories.of(stream))
    histories.shrink()
    for run in runs:
        _set_position(connection, run.name, run.projection.version, stop)
    return stop


def _with_concerns(connection: Connection, runs: Sequence[_Run], entries: Sequence[Recorded]) -> list[_Run]:
    """Have `Concerns` take in a page where it is among the projections; return the others, which ask it."""
    rest = []
    for run in runs:
        if isinstance(run.projection, Concerns):
            for added in entries:
                run.projection.apply(connection, run.tables, added, History(added.stream))
        else:
            rest.append(run)
    return rest


def _take_in(connection: Connection, runs: Sequence[_Run], added: Recorded, histories: Sequence[History]) -> None:
    """Give an entry to projections. Its own stream's history is the first, then come those that it concerns."""
    for run in runs:
        run.projection.apply(connection, run.tables, added, histories[0])
    for history in histories:
        for run in runs:
            run.page.reach(history, added.recorded)
        history.add(added)
        for run in runs:
            run.page.extend(added, history)


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
    put_all(connection, table, [values])


def put_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the same columns, each once, or in the place of the row with the same key."""
    if rows:
        connection.execute(_putting(connection.dialect.name, table, tuple(rows[0])), rows)


def put_of_stream(connection: Connection, table: Table, stream: Stream, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put rows in the place of all that a table, by its column `stream`, holds of a stream."""
    connection.execute(delete(table).where(table.c.stream == str(stream)))
    if rows:
        connection.execute(insert(table), rows)


@lru_cache(maxsize=256)  # making the statement takes longer than the database does
def _putting(dialect: str, table: Table, columns: tuple[str, ...]) -> Any:
    made: Any = (postgresql_insert if dialect == "postgresql" else sqlite_insert)(table)
    keys = [column.name for column in table.primary_key.columns]
    others = {name: made.excluded[name] for name in columns if name not in keys}
    if not others:
        return made.on_conflict_do_nothing(index_elements=keys)
    return made.on_conflict_do_update(index_elements=keys, set_=others)
