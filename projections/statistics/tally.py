"""How many rows of the statistics have the same values, counted as rows come and go.

A total of everything is read from these few rows, so it costs the same however many processes there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, and_, delete, select

from projections.follow import put

metadata: Final = MetaData()

NO_DAYS: Final = -1
"""Stands for working days that the record does not know: a key cannot be null."""

owed_tally: Final = Table(
    "view_owed_tally",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("clocked", Integer, primary_key=True, autoincrement=False),
    Column("has_ended", Integer, primary_key=True, autoincrement=False),
    Column("taken", Integer, primary_key=True, autoincrement=False),
    Column("times", BigInteger, nullable=False),
)
"""What is a stream's own in `view_owed`, as it comes to once all its time has passed."""

lag_tally: Final = Table(
    "view_lag_tally",
    metadata,
    Column("action", Text, primary_key=True),
    Column("days", Integer, primary_key=True, autoincrement=False),
    Column("times", BigInteger, nullable=False),
)
"""How many entries of a kind were recorded so many working days after the fact."""

Row = Mapping[str, Any]


def of_owed(rows: Iterable[Row]) -> Counter[tuple[Any, ...]]:
    """Count rows of `view_owed` by the key of their tally."""
    return Counter(
        (
            row["kind"],
            row["state"],
            int(row["due"] is not None),
            int(row["ended_by"] is not None),
            NO_DAYS if row["taken"] is None else row["taken"],
        )
        for row in rows
        if row["own"]
    )


def of_lags(rows: Iterable[Row]) -> Counter[tuple[Any, ...]]:
    """Count entries of `view_lag` by the key of their tally."""
    found: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        found[row["action"], row["days"]] += row["entries"]
    return found


def replace(connection: Connection, rows: Table, before: Counter[Any], after: Counter[Any]) -> None:
    """Take from a tally what rows came to before, and add what they come to now."""
    for key in sorted(before.keys() | after.keys()):
        change = after[key] - before[key]
        if change == 0:
            continue
        columns: Sequence[Column[Any]] = list(rows.primary_key.columns)
        mine = and_(*(column == value for column, value in zip(columns, key, strict=True)))
        total = (connection.scalar(select(rows.c.times).where(mine)) or 0) + change
        if total == 0:
            # As if it had never been: a rebuild does not come by what was undone.
            connection.execute(delete(rows).where(mine))
        else:
            named = {column.name: value for column, value in zip(columns, key, strict=True)}
            put(connection, rows, named | {"times": total})
