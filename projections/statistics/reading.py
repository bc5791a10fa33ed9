"""Reads the rows of the statistics: counted by the database, over all processes or those of a scope.

A scope is a query for the streams to look at, as text; None is all of them. Instants are UTC, aware; days London's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

import orjson
from sqlalchemy import Connection, Row, Select, Table, and_, case, func, not_, or_, select, tuple_

from ledger.clock import Calendar
from ledger.obligations import Due, Kind, State, working_days_left
from ledger.sentences import Sentence
from ledger.streams import Stream
from ledger.when import LONDON
from projections.statistics.bidding import Bid, Verdict
from projections.statistics.faults import Fault
from projections.statistics.lags import Lag
from projections.statistics.owed import Answered, outcome
from projections.statistics.reasons import State as ReasonState
from projections.statistics.rows import (
    bid_table,
    fault_table,
    instant,
    lag_table,
    microseconds,
    move_table,
    owed_table,
    reason_table,
    step_table,
)
from projections.statistics.spread import Spread, spread
from projections.statistics.steps import Kept, Move, Step, resolved
from projections.statistics.tally import NO_DAYS, lag_tally, owed_tally

Scope = Select[Any] | None


def _in(table: Table, scope: Scope) -> Any:
    return table.c.stream.is_not(None) if scope is None else table.c.stream.in_(scope)


# --- what is owed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overdue:
    """Something owed whose last day has passed; `stream` is a process or a group that it is about."""

    stream: Stream
    id: int
    kind: Kind
    title: Sentence
    owed_by: str | None
    due: datetime
    evidence: tuple[int, ...]

    @property
    def day(self) -> date:
        """The last day on which it was in time (Europe/London)."""
        return (self.due - timedelta(microseconds=1)).astimezone(LONDON).date()

    def working_days(self, at: datetime, calendar: Calendar) -> int:
        """Return how many working days it is overdue at an instant."""
        return -working_days_left(Due(self.day, self.day, (), calendar.version), at, calendar)


_OWED: Final = owed_table.c


def _has_ended(at: datetime) -> Any:
    return and_(_OWED.ended_by.is_not(None), or_(_OWED.ended.is_(None), _OWED.ended <= microseconds(at)))


def _overdue(at: datetime, since: datetime | None, scope: Scope) -> Any:
    """Return the condition for what is overdue. Of everything, it is looked for where it is a stream's own."""
    wanted = [_OWED.state == "overdue", _OWED.due <= microseconds(at), not_(_has_ended(at))]
    wanted += [_OWED.own == 1] if scope is None else [_OWED.stream.in_(scope)]
    wanted += [] if since is None else [_OWED.due > microseconds(since)]
    return and_(*wanted)


def count_overdue(connection: Connection, at: datetime, scope: Scope = None, *, since: datetime | None = None) -> int:
    """Return how many promises and answers are overdue; with `since`, how many of them fell due after it."""
    query = select(func.count(func.distinct(_OWED.id)) if scope is not None else func.count()).select_from(owed_table)
    return connection.scalar(query.where(_overdue(at, since, scope))) or 0


def overdue(connection: Connection, at: datetime, scope: Scope, limit: int, offset: int = 0) -> list[Overdue]:
    """Return what is overdue, the longest overdue first."""
    wanted = _overdue(at, None, scope)
    if scope is not None:
        # A promise of a group can concern many processes: it is listed once.
        firsts = select(_OWED.id, func.min(_OWED.stream)).where(wanted).group_by(_OWED.id)
        wanted = and_(wanted, tuple_(_OWED.id, _OWED.stream).in_(firsts))
    query = select(owed_table).where(wanted).order_by(_OWED.due, _OWED.id).limit(limit).offset(offset)
    return [_overdue_view(row) for row in connection.execute(query)]


def _overdue_view(row: Row[Any]) -> Overdue:
    template, parameters = orjson.loads(row.title)
    return Overdue(
        Stream.parse(row.stream),
        row.id,
        row.kind,
        Sentence(template, parameters),
        row.owed_by,
        cast("datetime", instant(row.due)),
        tuple(orjson.loads(row.evidence)),
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of the obligations of one kind. `taken` is in working days, of those whose two days are known.

    `oldest` is the entry of the oldest that somebody still waits for, and when it was opened.
    """

    kind: Kind
    counts: Mapping[Answered, int]
    taken: Spread | None
    oldest: tuple[int, datetime] | None

    @property
    def fallen_due(self) -> int:
        """How many had fallen due, those included of which the record leaves open whether they were in time."""
        return sum(self.counts.get(each, 0) for each in ("in_time", "late", "overdue", "unknown"))


def answers(connection: Connection, at: datetime, scope: Scope = None) -> dict[Kind, Answers]:
    """Return what became of questions, issues, promises and visits; kinds of which there are none are left out."""
    counts: dict[Kind, Counter[Answered]] = {}
    taken: dict[Kind, Counter[int]] = {}
    for (kind, state, passed, has_ended, days), times in _came_to(connection, at, scope).items():
        if times:
            counts.setdefault(kind, Counter())[outcome(state, passed=passed, has_ended=has_ended)] += times
            if has_ended and days is not None:
                taken.setdefault(kind, Counter())[days] += times
    return {
        kind: Answers(kind, found, spread(taken.get(kind, {})), _oldest(connection, kind, at, scope))
        for kind, found in sorted(counts.items(), key=lambda each: each[0])
    }


_CameTo = tuple[Kind, State, bool | None, bool, int | None]
"""Kind, what it comes to at last, whether its clock had run out (None: it has none), whether it ended, working days."""


def _came_to(connection: Connection, at: datetime, scope: Scope) -> Counter[_CameTo]:
    """Count what was opened by an instant, as it stood then.

    Of everything, what it comes to at last was counted as it came in; only what time still changes is looked at.
    """
    if scope is not None:
        return _counted_at(connection, at, and_(_OWED.own == 1, _OWED.stream.in_(scope)))[1]
    found: Counter[_CameTo] = Counter()
    for row in connection.execute(select(owed_tally)):
        days = None if row.taken == NO_DAYS else row.taken
        found[row.kind, row.state, True if row.clocked else None, bool(row.has_ended), days] += row.times
    for ahead in _ahead(at):
        at_last, now = _counted_at(connection, at, and_(_OWED.own == 1, ahead))
        found.subtract(at_last)
        found.update(now)
    return found


def _ahead(at: datetime) -> list[Any]:
    """Return three conditions, of which one holds for what is not opened, due or ended yet; each by its own index.

    A sum keeps the other columns from being looked up by: nearly everything is over.
    """
    moment = microseconds(at)
    is_opened, is_due = (func.coalesce(column + 0, moment) <= moment for column in (_OWED.opened, _OWED.due))
    return [_OWED.opened > moment, and_(_OWED.due > moment, is_opened), and_(_OWED.ended > moment, is_opened, is_due)]


def _counted_at(connection: Connection, at: datetime, wanted: Any) -> tuple[Counter[_CameTo], Counter[_CameTo]]:
    """Count rows as they come to at last, and those of them that were opened by an instant as they stood then."""
    passed = case((_OWED.due.is_(None), None), (_OWED.due <= microseconds(at), 1), else_=0).label("was_passed")
    ended = case((_has_ended(at), 1), else_=0).label("had_ended")
    ends = case((_OWED.ended_by.is_not(None), 1), else_=0).label("ends")
    opened = case((_OWED.opened > microseconds(at), 0), else_=1).label("was_opened")
    keys = (_OWED.kind, _OWED.state, _OWED.taken, passed, ended, ends, opened)
    at_last: Counter[_CameTo] = Counter()
    now: Counter[_CameTo] = Counter()
    # Grouped outside of what is looked up, or a database goes through all rows in the order of the groups.
    looked_up = select(*keys).where(wanted).limit(2**62).subquery()
    grouped = select(looked_up, func.count().label("times")).group_by(*looked_up.c)
    for row in connection.execute(grouped):
        clocked = None if row.was_passed is None else True
        at_last[row.kind, row.state, clocked, bool(row.ends), row.taken] += row.times
        if row.was_opened:
            stood = None if row.was_passed is None else bool(row.was_passed)
            now[row.kind, row.state, stood, bool(row.had_ended), row.taken] += row.times
    return at_last, now


def _oldest(connection: Connection, kind: Kind, at: datetime, scope: Scope) -> tuple[int, datetime] | None:
    """Return the entry of the oldest that somebody still waits for, and when it was opened."""
    waiting = [_OWED.own == 1, _OWED.kind == kind, not_(_has_ended(at)), _OWED.opened <= microseconds(at)]
    waiting += [] if scope is None else [_OWED.stream.in_(scope)]
    # A standing promise without a date is not waited for, and silence about old papers says nothing.
    states = ("overdue",) if kind == "promise" else ("overdue", "open")
    in_turn = [
        select(_OWED.opened, _OWED.id).where(*waiting, _OWED.state == state).order_by(_OWED.opened, _OWED.id).limit(1)
        for state in states
    ]
    # What is not due yet is little, and found by that alone: the sum keeps the date of opening from being looked up.
    running = select(_OWED.opened, _OWED.id, _OWED.kind).where(
        _OWED.due > microseconds(at), _OWED.own == 1, not_(_has_ended(at)), _OWED.opened + 0 <= microseconds(at)
    )
    running = running if scope is None else running.where(_OWED.stream.in_(scope))
    found = [tuple(row) for query in in_turn for row in connection.execute(query)]
    found += [(row.opened, row.id) for row in connection.execute(running) if row.kind == kind]
    opened, entry = min(found, default=(None, None))
    return None if opened is None else (cast("int", entry), cast("datetime", instant(opened)))


def _counted(connection: Connection, query: Any) -> dict[Any, int]:
    return {value: int(times) for value, times in connection.execute(query)}


# --- time to bid ------------------------------------------------------------------------------------------------------

_BID: Final = bid_table.c


def verdicts(connection: Connection, scope: Scope = None) -> dict[Verdict, int]:
    """Return how many lots certainly had enough time, certainly too little, or neither for certain."""
    query = select(
        func.sum(case((_BID.margin_least >= 0, 1), else_=0)),
        func.sum(case((_BID.margin_most < 0, 1), else_=0)),
        func.count(),
    ).where(_in(bid_table, scope))
    enough, short, all_of_them = (int(each or 0) for each in connection.execute(query).one())
    return {"enough": enough, "short": short, "open": all_of_them - enough - short}


def bids(connection: Connection, scope: Scope, limit: int, offset: int = 0) -> list[tuple[Stream, Bid]]:
    """Return the time to bid, lot by lot, the shortest first."""
    query = select(bid_table).where(_in(bid_table, scope)).order_by(_BID.margin_most, _BID.stream, _BID.place)
    return [(Stream.parse(row.stream), _bid(row)) for row in connection.execute(query.limit(limit).offset(offset))]


def _bid(row: Row[Any]) -> Bid:
    return Bid(
        row.lot,
        (date.fromisoformat(row.launched_first), date.fromisoformat(row.launched_last)),
        (date.fromisoformat(row.complete_first), _day(row.complete_last)),
        (date.fromisoformat(row.closes_first), date.fromisoformat(row.closes_last)),
        row.missing,
        (row.margin_least, row.margin_most),
        tuple(orjson.loads(row.evidence)),
    )


def _day(stored: str | None) -> date | None:
    return None if stored is None else date.fromisoformat(stored)


# --- timetables -------------------------------------------------------------------------------------------------------

_STEP: Final = step_table.c
_MOVE: Final = move_table.c


@dataclass(frozen=True, slots=True)
class Dates:
    """How dates were kept. `later` are the days of those that now stand later than first planned.

    `earlier` counts those that stand earlier. Of the `moves`, `told_before` were told before the old date, `told_late`
    on it or after; for `told_unknown` the record leaves that open, and of `untold` no message is on record.
    `warning` are the days of those told before, where both days are known.
    """

    by_first: Mapping[Kept, int]
    by_current: Mapping[Kept, int]
    later: Spread | None
    earlier: int
    moves: int
    told_before: int
    told_late: int
    told_unknown: int
    untold: int
    warning: Spread | None


def dates(connection: Connection, today: date, scope: Scope = None) -> Dates:
    """Return how the dates of timetables were kept up to a day."""
    mine, moved = _in(step_table, scope), _in(move_table, scope)
    later = select(_STEP.slip, func.count()).where(mine, _STEP.slip > 0).group_by(_STEP.slip)
    before, late = _MOVE.warning_least > 0, _MOVE.warning_most <= 0
    told = select(
        func.count(),
        func.sum(case((before, 1), else_=0)),
        func.sum(case((late, 1), else_=0)),
        func.sum(case((_MOVE.told.is_(None), 1), else_=0)),
    ).where(moved)
    moves, told_before, told_late, untold = (int(each or 0) for each in connection.execute(told).one())
    exact = and_(moved, before, _MOVE.warning_least == _MOVE.warning_most)
    warned = select(_MOVE.warning_least, func.count()).where(exact).group_by(_MOVE.warning_least)
    return Dates(
        _kept(connection, "by_first", "first", today, mine),
        _kept(connection, "by_current", "current", today, mine),
        spread(_counted(connection, later)),
        connection.scalar(select(func.count()).select_from(step_table).where(mine, _STEP.slip < 0)) or 0,
        moves,
        told_before,
        told_late,
        moves - told_before - told_late - untold,
        untold,
        spread(_counted(connection, warned)),
    )


def _kept(connection: Connection, kept: str, day: str, today: date, wanted: Any) -> Counter[Kept]:
    ahead = case((_STEP[day].is_(None), 2), (_STEP[day] >= today.isoformat(), 1), else_=0).label("ahead")
    query = select(_STEP[kept], ahead, func.count()).where(wanted).group_by(_STEP[kept], "ahead")
    found: Counter[Kept] = Counter()
    for stored, side, times in connection.execute(query):
        known = (today - timedelta(days=1), today, None)[side]
        found[resolved(stored, known, today)] += times
    return found


def steps(connection: Connection, scope: Scope, limit: int, offset: int = 0) -> list[tuple[Stream, Step]]:
    """Return the steps of timetables, those that moved farthest first."""
    order = (func.abs(func.coalesce(_STEP.slip, 0)).desc(), _STEP.moves.desc(), _STEP.stream, _STEP.place)
    query = select(step_table).where(_in(step_table, scope)).order_by(*order).limit(limit).offset(offset)
    return [(Stream.parse(row.stream), _step(row)) for row in connection.execute(query)]


def _step(row: Row[Any]) -> Step:
    return Step(
        row.code,
        _day(row.first),
        _day(row.current),
        row.moves,
        row.by_first,
        row.by_current,
        tuple(orjson.loads(row.evidence)),
    )


def moves(connection: Connection, scope: Scope, limit: int, offset: int = 0) -> list[tuple[Stream, Move]]:
    """Return the moves of dates, the newest first."""
    query = select(move_table).where(_in(move_table, scope)).order_by(_MOVE.entry.desc(), _MOVE.stream, _MOVE.place)
    return [(Stream.parse(row.stream), _move(row)) for row in connection.execute(query.limit(limit).offset(offset))]


def _move(row: Row[Any]) -> Move:
    warning = None if row.warning_least is None else (row.warning_least, row.warning_most)
    return Move(row.entry, row.code, _day(row.old), _day(row.new), row.told, warning)


# --- reasons, errors, lateness ----------------------------------------------------------------------------------------

_REASON: Final = reason_table.c
_FAULT: Final = fault_table.c
_LAG: Final = lag_table.c


def reasons(connection: Connection, scope: Scope = None) -> dict[str, Counter[ReasonState]]:
    """Return, for each kind of entry that gives reasons, how many are in which state."""
    query = select(_REASON.action, _REASON.state, func.count()).where(_in(reason_table, scope))
    found: dict[str, Counter[ReasonState]] = {}
    for action, state, times in connection.execute(query.group_by(_REASON.action, _REASON.state)):
        found.setdefault(action, Counter())[state] += times
    return found


def reasons_in_state(
    connection: Connection, state: ReasonState, scope: Scope, limit: int
) -> list[tuple[Stream, int, str]]:
    """Return the newest entries whose reason is in a state, with their stream and kind."""
    query = select(_REASON.stream, _REASON.entry, _REASON.action).where(
        _REASON.state == state, _in(reason_table, scope)
    )
    rows = connection.execute(query.order_by(_REASON.entry.desc()).limit(limit))
    return [(Stream.parse(stream), entry, action) for stream, entry, action in rows]


@dataclass(frozen=True, slots=True)
class Faults:
    """How many errors of a kind were put right, and the days for which they stood, where both days are known."""

    count: int
    stood: Spread | None


def fault_counts(connection: Connection, scope: Scope = None) -> dict[str, Faults]:
    """Return what was put right, kind by kind."""
    mine = _in(fault_table, scope)
    query = select(_FAULT.kind, func.count()).where(mine).group_by(_FAULT.kind)
    exact = select(_FAULT.kind, _FAULT.stood_least, func.count()).where(mine, _FAULT.stood_least == _FAULT.stood_most)
    days: dict[str, Counter[int]] = {}
    for kind, stood, times in connection.execute(exact.group_by(_FAULT.kind, _FAULT.stood_least)):
        days.setdefault(kind, Counter())[stood] += times
    return {kind: Faults(times, spread(days.get(kind, {}))) for kind, times in _counted(connection, query).items()}


def faults(connection: Connection, scope: Scope, limit: int, offset: int = 0) -> list[tuple[Stream, Fault]]:
    """Return what was put right, the newest first."""
    query = select(fault_table).where(_in(fault_table, scope)).order_by(_FAULT.entry.desc(), _FAULT.place)
    rows = connection.execute(query.limit(limit).offset(offset))
    return [(Stream.parse(row.stream), _fault(row)) for row in rows]


def _fault(row: Row[Any]) -> Fault:
    stood = None if row.stood_least is None else (row.stood_least, row.stood_most)
    return Fault(row.entry, row.kind, row.wrong, stood, row.recorded)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the entries of a kind were recorded, in working days; `late` are those later than is asked."""

    action: str
    days: Spread
    late: int


def lateness_of_all(connection: Connection, scope: Scope = None) -> Lateness | None:
    """Return how late entries of all kinds were recorded together; None where there is none. Its `action` is empty."""
    days: Counter[int] = sum(_lags(connection, scope).values(), Counter())
    held = spread(days)
    return None if held is None else Lateness("", held, _late(days))


def _lags(connection: Connection, scope: Scope) -> dict[str, Counter[int]]:
    """Return, for each kind of entry by name, how many were recorded after how many working days."""
    rows, times = (lag_tally, lag_tally.c.times) if scope is None else (lag_table, lag_table.c.entries)
    query = select(rows.c.action, rows.c.days, func.sum(times)).group_by(rows.c.action, rows.c.days)
    query = query if scope is None else query.where(_in(lag_table, scope))
    found: dict[str, Counter[int]] = {}
    for action, days, number in connection.execute(query.order_by(rows.c.action)):
        found.setdefault(action, Counter())[days] += int(number)
    return found


def _late(days: Mapping[int, int]) -> int:
    return sum(times for each, times in days.items() if Lag("", each, times, 0).is_late)


def lateness(connection: Connection, scope: Scope = None) -> list[Lateness]:
    """Return how late entries were recorded, kind by kind, in the order of the names of the kinds."""
    found = _lags(connection, scope)
    return [Lateness(action, held, _late(days)) for action, days in found.items() if (held := spread(days)) is not None]


def latest(connection: Connection, scope: Scope, limit: int, offset: int = 0) -> list[tuple[Stream, Lag]]:
    """Return what was recorded longest after the fact."""
    order = (_LAG.days.desc(), _LAG.entry.desc())
    query = select(lag_table).where(_in(lag_table, scope)).order_by(*order).limit(limit).offset(offset)
    rows = connection.execute(query)
    return [(Stream.parse(row.stream), Lag(row.action, row.days, row.entries, row.entry)) for row in rows]
