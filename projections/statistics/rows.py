"""The statistics of each stream as rows, written by the follower: numbers, codes and entries, and no words of anybody.

What passes with time is kept as the instant or the day at which it passes, and compared when read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, MetaData, Table, Text, delete, insert, select

from ledger.clock import Calendar, england_and_wales
from ledger.process import History, Recorded
from projections.follow import Tables
from projections.measures.thresholds import DEFAULT
from projections.statistics import tally
from projections.statistics.bidding import Bid, bids
from projections.statistics.faults import Fault, faults
from projections.statistics.lags import lags
from projections.statistics.owed import Owed, owed
from projections.statistics.reasons import reasons
from projections.statistics.steps import Move, Step, timetable
from projections.statistics.tally import lag_tally, owed_tally

_metadata = MetaData()


def _table(name: str, *columns: Column[Any]) -> Table:
    key = (Column("stream", Text, primary_key=True), Column("place", Integer, primary_key=True, autoincrement=False))
    return Table(name, _metadata, *key, *columns)


owed_table: Final = _table(
    "view_owed",
    Column("id", BigInteger, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("owed_by", Text),
    Column("slug", Text),
    Column("opened", BigInteger, index=True),
    Column("due", BigInteger, index=True),
    Column("state", Text, nullable=False),
    Column("ended_by", BigInteger),
    Column("ended", BigInteger, index=True),
    Column("taken", Integer),
    Column("evidence", Text, nullable=False),
    Column("own", Integer, nullable=False),
)
"""`title` is JSON of a template and what fills it: ids and codes. `owed_by` is the name of an organisation, `slug`
its word in addresses. Instants are µs since 1970, UTC; `evidence` is a JSON list of indexes.
"""
# In lists of everything, what is overdue comes in the order of its due date, and what waits by when it was opened.
# `own` comes last: nearly all is, so a database that began with it would read everything.
Index("ix_view_owed_waiting", *(owed_table.c[name] for name in ("state", "due", "id", "own")))
Index("ix_view_owed_oldest", *(owed_table.c[name] for name in ("state", "kind", "opened", "id", "own")))

bid_table: Final = _table(
    "view_bid",
    Column("lot", Text),
    Column("launched_first", Text, nullable=False),
    Column("launched_last", Text, nullable=False),
    Column("complete_first", Text, nullable=False),
    Column("complete_last", Text),
    Column("closes_first", Text, nullable=False),
    Column("closes_last", Text, nullable=False),
    Column("missing", Text),
    Column("margin_least", Integer),
    Column("margin_most", Integer, nullable=False, index=True),
    Column("evidence", Text, nullable=False),
)

step_table: Final = _table(
    "view_step",
    Column("code", Text, nullable=False),
    Column("first", Text),
    Column("current", Text),
    Column("moves", Integer, nullable=False),
    Column("by_first", Text, nullable=False),
    Column("by_current", Text, nullable=False),
    Column("slip", Integer),
    Column("evidence", Text, nullable=False),
)

move_table: Final = _table(
    "view_move",
    Column("entry", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("old", Text),
    Column("new", Text),
    Column("told", BigInteger),
    Column("warning_least", Integer),
    Column("warning_most", Integer),
)

reason_table: Final = _table(
    "view_reason",
    Column("entry", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("state", Text, nullable=False),
)

fault_table: Final = _table(
    "view_fault",
    Column("entry", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("wrong", BigInteger),
    Column("stood_least", Integer),
    Column("stood_most", Integer),
    Column("recorded", Integer),
)

lag_table: Final = _table(
    "view_lag",
    Column("action", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("entry", BigInteger, nullable=False),
)
Index("ix_view_lag_longest", lag_table.c.days.desc(), lag_table.c.entry.desc())

Row = Mapping[str, Any]


_TABLES: Final = (owed_table, bid_table, step_table, move_table, reason_table, fault_table, lag_table)
_TALLIES: Final = ((owed_table, owed_tally, tally.of_owed), (lag_table, lag_tally, tally.of_lags))


class Statistics:
    """The rows of the tables above: all those of a stream are written anew when it has new entries."""

    name = "statistics"
    version = 3
    tables = (*_TABLES, owed_tally, lag_tally)

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:
        """Nothing: the rows are about whole streams, and are settled once a page."""

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Write the stream's rows anew."""
        calendar = england_and_wales()
        made = {table.name: list(_ROWS[table.name](history, calendar)) if history.version else [] for table in _TABLES}
        for table, totals, counted in _TALLIES:
            held = tables[table.name]
            stored = map(dict, connection.execute(select(held).where(held.c.stream == str(history.stream))).mappings())
            tally.replace(connection, tables[totals.name], counted(stored), counted(made[table.name]))
        for table in _TABLES:
            held = tables[table.name]
            connection.execute(delete(held).where(held.c.stream == str(history.stream)))
            rows = [
                {"stream": str(history.stream), "place": place, **row} for place, row in enumerate(made[table.name])
            ]
            if rows:
                connection.execute(insert(held), rows)


# --- from values to rows ----------------------------------------------------------------------------------------------


def _owed_rows(history: History, calendar: Calendar) -> Iterator[Row]:
    yield from (owed_row(each) for each in owed(history, calendar, DEFAULT))


def _process_only(rows: Callable[[History, Calendar], Iterable[Row]]) -> Callable[[History, Calendar], Iterable[Row]]:
    def of_process(history: History, calendar: Calendar) -> Iterable[Row]:
        return rows(history, calendar) if history.stream.kind == "process" else ()

    return of_process


_ROWS: Final[Mapping[str, Callable[[History, Calendar], Iterable[Row]]]] = {
    "view_owed": _owed_rows,
    "view_bid": _process_only(lambda history, _: map(bid_row, bids(history, DEFAULT))),
    "view_step": _process_only(lambda history, _: map(step_row, timetable(history)[0])),
    "view_move": _process_only(lambda history, _: map(move_row, timetable(history)[1])),
    "view_reason": _process_only(
        lambda history, _: ({"entry": x.entry, "action": x.action, "state": x.state} for x in reasons(history))
    ),
    "view_fault": _process_only(lambda history, _: map(fault_row, faults(history))),
    "view_lag": _process_only(
        lambda history, calendar: (
            {"action": x.action, "days": x.days, "entries": x.entries, "entry": x.entry}
            for x in lags(history, calendar)
        )
    ),
}


def owed_row(each: Owed) -> Row:
    """Return an obligation as a row."""
    return {
        "id": each.id,
        "kind": each.kind,
        "title": _json([each.title.template, dict(each.title.parameters)]),
        "owed_by": each.owed_by,
        "slug": each.slug,
        "opened": microseconds(each.opened),
        "due": microseconds(each.due),
        "state": each.state,
        "ended_by": each.ended_by,
        "ended": microseconds(each.ended),
        "taken": each.taken,
        "evidence": _json(each.evidence),
        "own": int(each.own),
    }


def bid_row(each: Bid) -> Row:
    """Return the time to bid for a lot as a row."""
    return {
        "lot": each.lot,
        "launched_first": each.launched[0].isoformat(),
        "launched_last": each.launched[1].isoformat(),
        "complete_first": each.complete[0].isoformat(),
        "complete_last": _day(each.complete[1]),
        "closes_first": each.closes[0].isoformat(),
        "closes_last": each.closes[1].isoformat(),
        "missing": each.missing,
        "margin_least": each.margin[0],
        "margin_most": each.margin[1],
        "evidence": _json(each.evidence),
    }


def step_row(each: Step) -> Row:
    """Return a step of a timetable as a row."""
    return {
        "code": each.code,
        "first": _day(each.first),
        "current": _day(each.current),
        "moves": each.moves,
        "by_first": each.by_first,
        "by_current": each.by_current,
        "slip": each.slip,
        "evidence": _json(each.evidence),
    }


def move_row(each: Move) -> Row:
    """Return a move of a date as a row."""
    least, most = each.warning or (None, None)
    return {
        "entry": each.entry,
        "code": each.code,
        "old": _day(each.old),
        "new": _day(each.new),
        "told": each.told,
        "warning_least": least,
        "warning_most": most,
    }


def fault_row(each: Fault) -> Row:
    """Return an error that was put right as a row."""
    least, most = each.stood or (None, None)
    return {
        "entry": each.entry,
        "kind": each.kind,
        "wrong": each.wrong,
        "stood_least": least,
        "stood_most": most,
        "recorded": each.recorded,
    }


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime | None) -> int | None:
    """Return an aware instant as µs since 1970, UTC."""
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)


def instant(stored: int | None) -> datetime | None:
    """Return the instant of stored µs, as UTC."""
    return None if stored is None else _EPOCH + timedelta(microseconds=stored)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
