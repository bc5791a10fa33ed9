"""What one body owes and owed in some processes and groups, from the rows: it does not take reading their entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

import orjson
from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, not_, or_, select

from ledger.obligations import Kind, State
from ledger.sentences import Sentence
from ledger.streams import Stream
from ledger.when import LONDON
from projections.statistics.rows import instant, microseconds, owed_table

_OWED: Final = owed_table.c


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that a body owes now, by the entry that opened it. `due` is its last day (Europe/London), if any."""

    stream: Stream
    id: int
    title: Sentence
    state: State
    due: date | None


@dataclass(frozen=True, slots=True)
class Mine:
    """How many there are of each kind in each state, and what of them somebody waits for, what is overdue first."""

    counts: Counter[tuple[Kind, State]]
    waiting: tuple[Waiting, ...]
    all_waiting: int

    @property
    def states(self) -> Counter[State]:
        """How many there are in each state, of every kind."""
        found: Counter[State] = Counter()
        for (_, state), times in self.counts.items():
            found[state] += times
        return found

    @property
    def answers(self) -> tuple[int, int]:
        """How many answers to questions came in time, of how many that had fallen due."""
        in_time = self.counts["question", "in_time"]
        return in_time, in_time + self.counts["question", "late"] + self.counts["question", "overdue"]


def owed_by(connection: Connection, slug: str, streams: Sequence[Stream], at: datetime, limit: int) -> Mine:
    """Return what a body, by its word in addresses, owes and owed in streams at an instant (UTC, aware)."""
    mine = and_(_OWED.stream.in_([str(each) for each in streams]), _OWED.own == 1, _OWED.slug == slug)
    state = _state(at).label("stood")
    counted = select(_OWED.kind, state, func.count()).where(mine).group_by(_OWED.kind, state)
    counts: Counter[tuple[Kind, State]] = Counter()
    for kind, stood, times in connection.execute(counted):
        counts[cast("Kind", kind), cast("State", stood)] += times
    # A standing promise without a date is not waited for.
    waited = and_(mine, not_(_has_ended(at)), or_(_OWED.due.is_not(None), _OWED.kind != "promise"))
    waited = and_(waited, state.in_(("overdue", "open")))
    order = (case((state == "overdue", 0), else_=1), _OWED.due.is_(None), _OWED.due, _OWED.id)
    rows = connection.execute(select(owed_table, state).where(waited).order_by(*order).limit(limit))
    number = connection.scalar(select(func.count()).select_from(owed_table).where(waited)) or 0
    return Mine(counts, tuple(map(_waiting, rows)), number)


def _has_ended(at: datetime) -> ColumnElement[bool]:
    return and_(_OWED.ended_by.is_not(None), or_(_OWED.ended.is_(None), _OWED.ended <= microseconds(at)))


def _state(at: datetime) -> Any:
    """Return the column of the state at an instant: rows hold what it comes to once all its time has passed."""
    is_running = and_(not_(_has_ended(at)), or_(_OWED.due.is_(None), _OWED.due > microseconds(at)))
    return case((is_running, "open"), else_=_OWED.state)


def _waiting(row: Row[Any]) -> Waiting:
    template, parameters = orjson.loads(row.title)
    until = instant(row.due)
    due = None if until is None else (until - timedelta(microseconds=1)).astimezone(LONDON).date()
    return Waiting(Stream.parse(row.stream), row.id, Sentence(template, parameters), row.stood, due)
