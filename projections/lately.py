"""What was recorded in the last days, in four counts: whether there is anything to read on for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from projections.entries import table as entry_table
from projections.statistics.rows import fault_table, microseconds, move_table, reason_table


@dataclass(frozen=True, slots=True)
class Lately:
    """How many entries, about how many processes; how many of them correct or withdraw; how many dates they move.

    `unexplained` counts the dates that were moved without a reason on record.
    """

    entries: int
    processes: int
    corrections: int
    moves: int
    unexplained: int


_PROCESS: Final = "process/"


def lately(connection: Connection, since: datetime) -> Lately:
    """Count what was recorded after an aware instant."""
    recorded = entry_table.c.recorded <= microseconds(since)
    last = connection.scalar(select(func.max(entry_table.c.position)).where(recorded))
    first = 0 if last is None else last + 1
    # With DISTINCT rows or LIKE, SQLite would read the index of streams from end to end, not the newest entries.
    about = func.substr(entry_table.c.stream, 1, len(_PROCESS)) == _PROCESS
    processes = select(func.count(func.distinct(entry_table.c.stream))).where(entry_table.c.position >= first, about)
    return Lately(
        entries=_count(connection, select(entry_table.c.position).where(entry_table.c.position >= first)),
        processes=connection.scalar(processes) or 0,
        corrections=_count(connection, select(fault_table.c.entry).where(fault_table.c.entry >= first).distinct()),
        moves=_count(connection, _moves(first)),
        unexplained=_count(connection, _moves(first).where(_without_reason())),
    )


def _moves(first: int) -> Select[Any]:
    # A group's entry can move the date of each process that it concerns, and each of them shows it.
    return select(move_table.c.entry, move_table.c.code).where(move_table.c.entry >= first).distinct()


def _without_reason() -> Any:
    state = reason_table.c.state.in_(("given", "withheld", "not_shown"))
    return ~select(reason_table.c.entry).where(reason_table.c.entry == move_table.c.entry, state).exists()


def _count(connection: Connection, query: Select[Any]) -> int:
    return connection.scalar(select(func.count()).select_from(query.subquery())) or 0
