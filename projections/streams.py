"""One row for each process and advisory group: what a list of them shows, as known now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, MetaData, Select, Table, Text, func, select

from ledger.actions.advisory import AdvisoryGroupConvened
from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.process import CommissioningProcessClosed, CommissioningProcessRegistered
from ledger.actions.timeline import current_dates
from ledger.database import disclosure, entry
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.streams import LEDGER, Stream
from ledger.structs import Party
from ledger.vocabulary import STAGES, Action, StreamKind
from ledger.voice import Voice
from ledger.wire import decode
from ledger.words import N_
from projections.entries import table as _entry
from projections.follow import Tables, put

_metadata = MetaData()

table: Final = Table(
    "view_stream",
    _metadata,
    Column("stream", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("named", BigInteger),
    Column("bodies", Text, nullable=False),
    Column("service_area", Text),
    Column("prisons", Text, nullable=False),
    Column("stage", Text),
    Column("dates", Text, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("standings", Text, nullable=False),
    Column("closed", Integer, nullable=False),
)
"""`named` is the entry that gives the title. It is read from there each time: a title can be removed from view at any
moment, and no row may keep it. `bodies` is a JSON list of names; `dates` JSON of milestone -> current date; `first` and
`last` are indexes; `standings` a JSON list of codes.
"""
# In the order of lists, so that a page of one is read without putting all streams in order first.
Index("ix_view_stream_listed", table.c.kind, table.c.last.desc(), table.c.stream)


@dataclass(frozen=True, slots=True)
class StreamView:
    """What a list shows of a process or an advisory group. `title` is None where it is not stated or not shown.

    `bodies` are the lead commissioner, or else those responsible; of a group, who convened it.
    """

    stream: Stream
    title: str | None
    bodies: tuple[str, ...]
    service_area: str | None
    prisons: tuple[str, ...]
    stage: str | None
    dates: dict[str, str]
    entries: int
    first: int
    last: int
    standings: tuple[str, ...]
    closed: bool


class Streams:
    """The rows of `view_stream`."""

    name = "streams"
    version = 4
    tables = (table,)

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:
        """Nothing: a row is about a whole stream, and is settled once a page."""

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Put the stream's row."""
        if history.version:
            put(connection, tables["view_stream"], _row(history))


_NAMING: Final = (CommissioningProcessRegistered, AdvisoryGroupConvened)


def _naming(history: History) -> Recorded | None:
    """Return the entry that gives the title."""
    for kind in _NAMING:
        for found, _ in history.records(kind):
            return found
    return None


def _row(history: History) -> dict[str, Any]:
    registered = next(history.actions(CommissioningProcessRegistered), None)
    naming = _naming(history)
    own = [each.index for each in history.entries() if each.stream == history.stream]
    return {
        "stream": str(history.stream),
        "kind": history.stream.kind,
        "named": None if naming is None else naming.index,
        "bodies": _json(_bodies(history)),
        "service_area": stated(registered.service_area) if registered else None,
        "prisons": _json(stated(registered.prisons) or () if registered else ()),
        "stage": _stage(history),
        "dates": _json({code: day.isoformat() for code, day in sorted(current_dates(history).items())}),
        "entries": history.size,
        "first": own[0],
        "last": max(each.index for each in history.entries()),
        "standings": _json(sorted({each.statement.standing for each in history.entries()})),
        "closed": int(any(True for _ in history.actions(CommissioningProcessClosed))),
    }


def responsible(history: History) -> tuple[Party, ...]:
    """Return the lead commissioner of a process, or else those responsible; of a group, who convened it."""
    for registered in history.actions(CommissioningProcessRegistered):
        lead = stated(registered.lead_commissioner)
        return (lead,) if lead is not None else stated(registered.responsible_bodies) or ()
    for convened in history.actions(AdvisoryGroupConvened):
        convener = stated(convened.convened_by)
        return () if convener is None else (convener,)
    return ()


def _bodies(history: History) -> list[str]:
    return [name for name in (stated(party.name) for party in responsible(history)) if name is not None]


def _stage(history: History) -> str | None:
    """Return the furthest stage that a standing entry belongs to."""
    order = list(STAGES.labels)
    reached = {each.action.declaration.stage for each in history.standing()} & set(order)
    return max(reached, key=order.index, default=None)


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


# --- reading ----------------------------------------------------------------------------------------------------------

_VIEW: Final[Select[Any]] = (
    select(table, entry.c.state, disclosure.c.slots)
    .select_from(table)
    .outerjoin(entry, entry.c.position == table.c.named)
    .outerjoin(disclosure, disclosure.c.position == table.c.named)
)


def one(connection: Connection, stream: Stream) -> StreamView | None:
    """Return what a list would show of one stream."""
    row = connection.execute(_VIEW.where(table.c.stream == str(stream))).first()
    return None if row is None else _view(row)


def several(connection: Connection, streams: Sequence[Stream]) -> dict[Stream, StreamView]:
    """Return what a list would show of streams, in the order given; those not on record are left out."""
    rows = connection.execute(_VIEW.where(table.c.stream.in_([str(each) for each in streams])))
    found = {view.stream: view for view in map(_view, rows)}
    return {each: found[each] for each in streams if each in found}


def titles(connection: Connection, streams: Sequence[Stream], voice: Voice) -> dict[Stream, str]:
    """Return the titles of streams; the reference where there is no title to show."""
    wanted = {str(each): each for each in streams}
    rows = connection.execute(_VIEW.where(table.c.stream.in_(wanted)))
    found = {wanted[row.stream]: _title(row) for row in rows}
    return {each: found.get(each) or _untitled(each, voice) for each in streams}


def _untitled(stream: Stream, voice: Voice) -> str:
    return voice.words(N_("This ledger")) if stream == LEDGER else stream.reference


def listed(connection: Connection, kind: StreamKind, limit: int, offset: int = 0) -> list[StreamView]:
    """Return the processes or the groups, those with the newest entries first."""
    query = _VIEW.where(table.c.kind == kind).order_by(table.c.last.desc(), table.c.stream)
    return [_view(row) for row in connection.execute(query.limit(limit).offset(offset))]


def count(connection: Connection, kind: StreamKind) -> int:
    """Return how many processes or groups are on record."""
    return connection.scalar(select(func.count()).select_from(table).where(table.c.kind == kind)) or 0


def view_of(history: History) -> StreamView:
    """Return what a list would show of a stream of which no more than this history were on record.

    The history holds an entry of the stream's own.
    """
    naming = _naming(history)
    return _view_of(_row(history), None if naming is None else _title_in(naming.action))


@dataclass(frozen=True, slots=True)
class Named:
    """What a stream was called, None where that was not stated or is not shown, and who was responsible for it."""

    stream: Stream
    title: str | None
    bodies: tuple[str, ...]


def named_then(connection: Connection, streams: Sequence[Stream], newest: int) -> dict[Stream, Named]:
    """Return how streams were named when an entry was the newest known; those not on record by then are left out."""
    histories = {str(each): History(each) for each in streams}
    kinds = [each.declaration.name for each in (*_NAMING, LedgerEntryWithdrawn)]
    query = select(_entry.c.stream, entry.c.state, disclosure.c.slots).select_from(_entry)
    query = query.join(entry, entry.c.position == _entry.c.position)
    query = query.outerjoin(disclosure, disclosure.c.position == _entry.c.position)
    query = query.where(_entry.c.stream.in_(histories), _entry.c.action.in_(kinds), _entry.c.position <= newest)
    for stream, state, slots in connection.execute(query.order_by(_entry.c.position)):
        histories[stream].add(decode(state, slots))
    return {each.stream: _named(each) for each in histories.values() if each.version}


def _named(history: History) -> Named:
    naming = _naming(history)
    title = None if naming is None else _title_in(naming.action)
    return Named(history.stream, title, tuple(_bodies(history)))


def title_of(view: StreamView | Named, voice: Voice) -> str:
    """Return the title of a stream; its reference where there is no title to show."""
    return view.title or _untitled(view.stream, voice)


def _title(row: Any) -> str | None:
    return None if row.state is None else _title_in(decode(row.state, row.slots).action)


def _title_in(action: Action) -> str | None:
    match action:
        case CommissioningProcessRegistered(title=title):
            return stated(title)
        case AdvisoryGroupConvened(name=name):
            return stated(name)
        case _:
            return None


def _view(row: Any) -> StreamView:
    return _view_of(row._mapping, _title(row))  # noqa: SLF001 - SQLAlchemy's public name for a row by columns


def _view_of(row: Mapping[Any, Any], title: str | None) -> StreamView:
    return StreamView(
        stream=Stream.parse(row["stream"]),
        title=title,
        bodies=tuple(orjson.loads(row["bodies"])),
        service_area=row["service_area"],
        prisons=tuple(orjson.loads(row["prisons"])),
        stage=row["stage"],
        dates=orjson.loads(row["dates"]),
        entries=row["entries"],
        first=row["first"],
        last=row["last"],
        standings=tuple(orjson.loads(row["standings"])),
        closed=bool(row["closed"]),
    )
