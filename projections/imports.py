"""What official releases show: bid windows, values put right and changes without reasons of processes taken in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, literal, select

from ledger.database import imported_release
from ledger.process import History, Recorded
from ledger.streams import Stream
from ledger.when import in_order
from projections.follow import load_history
from projections.statistics import reading
from projections.statistics.bidding import Bid, Verdict
from projections.statistics.rows import fault_table


@dataclass(frozen=True, slots=True)
class Shown:
    """Numbers of all processes taken in, and the entries behind them, as many as are listed.

    `verdicts` count times to bid against the months of the paper, the shortest of which are `bids`; `stood` are the
    newest values put right, as (process, entry, least and most days for which the wrong one stood); `unreasoned` of
    `changes` gave no reason, the newest of which are `without`, as (process, entry).
    """

    processes: int
    releases: int
    verdicts: Mapping[Verdict, int]
    bids: tuple[tuple[Stream, Bid], ...]
    corrected: int
    stood: tuple[tuple[Stream, int, tuple[int, int] | None], ...]
    changes: int
    unreasoned: int
    without: tuple[tuple[Stream, int], ...]


def shown(connection: Connection, limit: int) -> Shown:
    """Return what the processes show of which official releases were taken in."""
    taken = imported_release.c
    scope = select(literal("process/") + taken.reference)
    counted = select(func.count(func.distinct(taken.reference)), func.count())
    processes, releases = connection.execute(counted).one()
    verdicts = reading.verdicts(connection, scope)
    reasons = reading.reasons(connection, scope)
    corrected = reading.fault_counts(connection, scope).get("value")
    fault = fault_table.c
    values = select(fault.stream, fault.entry).where(fault.stream.in_(scope), fault.kind == "value")
    newest = connection.execute(values.order_by(fault.entry.desc()).limit(limit)).all()
    return Shown(
        processes=processes,
        releases=releases,
        verdicts=verdicts,
        bids=tuple(reading.bids(connection, scope, limit)),
        corrected=0 if corrected is None else corrected.count,
        stood=tuple(_stood(connection, newest)),
        changes=sum(sum(each.values()) for each in reasons.values()),
        unreasoned=sum(each["not_given"] for each in reasons.values()),
        without=tuple(each[:2] for each in reading.reasons_in_state(connection, "not_given", scope, limit)),
    )


def _stood(connection: Connection, rows: Iterable[Any]) -> Iterator[tuple[Stream, int, tuple[int, int] | None]]:
    histories: dict[Stream, History] = {}
    for row in rows:
        stream = Stream.parse(row.stream)
        if stream not in histories:
            histories[stream] = load_history(connection, stream)
        yield stream, row.entry, stood(histories[stream], row.entry)


def stood(history: History, index: int) -> tuple[int, int] | None:
    """Return the least and the most days for which a value stood that entry `index` put right; None where not known."""
    earlier: dict[tuple[str, str | None], Recorded] = {}
    for entry in in_order(list(history.standing()), lambda each: each.occurred):
        for what, which, _ in entry.action.values():
            if entry.index == index:
                return _days(earlier.get((what, which)), entry)
            earlier[what, which] = entry
    return None


def _days(wrong: Recorded | None, right: Recorded) -> tuple[int, int] | None:
    since, until = (None if wrong is None else wrong.occurred), right.occurred
    if since is None or until is None:
        return None
    return max(0, (until.first_day - since.last_day).days), max(0, (until.last_day - since.first_day).days)
