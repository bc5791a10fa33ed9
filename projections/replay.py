"""Findings of many processes as they were known at a moment, replayed from the turns that the follower keeps.

Nothing is measured: the last turn of a finding up to the moment is what it was. So all processes are counted, and a
page costs about what the present costs. Like all rows, these are under the disclosures of today.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Select, and_, func, select

from ledger.streams import Stream
from ledger.when import LONDON
from projections import entries
from projections.board import EVERYTHING, Filter, Moment, gains_and_losses, is_by, is_chosen
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.finding import Result
from projections.streams import table as _stream
from projections.turns import micros
from projections.turns import scope_table as _scope
from projections.turns import trend_table as _trend
from projections.turns import turn_table as _turn


@dataclass(frozen=True, slots=True)
class Then:
    """A finding as it was. Which answers disputed it is not in the turns, only whether any did."""

    recommendation: int
    result: Result
    reported: bool
    is_disputed: bool


def moment(connection: Connection, known: datetime | int, at: datetime) -> Moment:
    """Return the moment of an entry, or of an instant up to which entries count; `at` is what time had reached."""
    return Moment(known if isinstance(known, int) else entries.last_recorded(connection, known), at)


def count(connection: Connection, then: Moment, chosen: Filter = EVERYTHING) -> int:
    """Return how many processes were on record, of those chosen by what is on record of them now."""
    return connection.scalar(_known(select(func.count()), then, chosen)) or 0


def processes(
    connection: Connection, then: Moment, chosen: Filter = EVERYTHING, *, limit: int, offset: int = 0
) -> list[Stream]:
    """Return the processes that were on record, those opened last first: what came later puts none before others."""
    query = _known(select(_scope.c.stream), then, chosen).order_by(_stream.c.first.desc(), _scope.c.stream)
    return [Stream.parse(each) for each in connection.scalars(query.limit(limit).offset(offset))]


def _known(query: Select[Any], then: Moment, chosen: Filter) -> Select[Any]:
    found = query.select_from(_scope).join(_stream, _stream.c.stream == _scope.c.stream)
    return found.where(_stream.c.first <= then.newest, is_chosen(chosen, _scope.c.stream))


def matrix(connection: Connection, then: Moment, streams: Sequence[Stream]) -> dict[Stream, tuple[Then, ...]]:
    """Return the fifteen findings of processes then, in the paper's order; nothing for one not on record yet."""
    last: dict[Stream, dict[int, Then]] = {each: {} for each in streams}
    query = select(
        _turn.c.stream, _turn.c.recommendation, _turn.c.after, _turn.c.after_reported, _turn.c.after_disputed
    ).where(_turn.c.stream.in_([str(each) for each in streams]), is_by(then))
    for stream, number, result, reported, disputed in connection.execute(
        query.order_by(_turn.c.stream, _turn.c.number)
    ):
        last[Stream.parse(stream)][number] = Then(number, result, bool(reported), bool(disputed))
    return {stream: tuple(found[number] for number in sorted(found)) for stream, found in last.items()}


def counts(connection: Connection, then: Moment, chosen: Filter = EVERYTHING) -> dict[int, Counter[Result]]:
    """Return, for each recommendation, how many of all processes chosen had each result."""
    totals: Counter[tuple[int, Result]] = Counter()
    where = and_(is_by(then), is_chosen(chosen, _turn.c.stream))
    if chosen == EVERYTHING:
        # Whole months are few rows, however many processes there are; only the last month is replayed.
        first = then.at.astimezone(LONDON).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        for number, result, change in connection.execute(_whole_months(f"{first:%Y-%m}")):
            totals[number, cast("Result", result)] += int(change)
        where = and_(where, _turn.c.at >= micros(first))
    for number, result, change in connection.execute(gains_and_losses(where, _turn.c.recommendation)):
        totals[number, cast("Result", result)] += int(change)
    return {
        number: Counter({result: total for (of, result), total in totals.items() if of == number and total})
        for number in RECOMMENDATIONS
    }


def _whole_months(before: str) -> Select[Any]:
    keys = (_trend.c.recommendation, _trend.c.result)
    return select(*keys, func.sum(_trend.c.change)).where(_trend.c.month < before).group_by(*keys)
