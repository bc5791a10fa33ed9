"""Findings of many processes, read from the rows that the follower keeps: counts, lists, turns and trends.

The rows say what stood at `now`. Nothing is measured here, so a page costs the same however many processes there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, cast

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select, true

from ledger.database import entry
from ledger.streams import Stream
from projections.course import Standing
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.finding import Result
from projections.streams import table as _stream
from projections.turns import Findings, instant, micros, standing_of
from projections.turns import facet_table as _facet
from projections.turns import finding_table as _finding
from projections.turns import scope_table as _scope
from projections.turns import trend_table as _trend
from projections.turns import turn_table as _turn

Facet = Literal["organisation", "service_area", "prison"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which processes are meant: those for which all that is given holds.

    `organisation` is a `Choice.value`, the others are codes. `first` and `last` (days in Europe/London) leave the
    processes of which something may have happened between them; `closed` those that are closed, or those that are not.
    """

    organisation: str | None = None
    service_area: str | None = None
    prison: str | None = None
    first: date | None = None
    last: date | None = None
    closed: bool | None = None


EVERYTHING: Final = Filter()


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding of a process as it stands in the rows.

    `attested` is whether it rests on an attestation that the record of a stage is complete. `since` is when it turned
    to what it is, by the entry `cause`, or by the passing of time where that is None. Instants are UTC.
    """

    stream: Stream
    recommendation: int
    version: int
    result: Result
    reported: bool
    disputed_by: tuple[int, ...]
    attested: bool
    evidence: tuple[int, ...]
    changes_at: datetime | None
    since: datetime
    cause: int | None

    @property
    def is_disputed(self) -> bool:
        """Whether an answer on record disputes it."""
        return bool(self.disputed_by)


@dataclass(frozen=True, slots=True)
class Turn:
    """One change of a finding. `before` is None where the finding was first known.

    `at` (UTC) is when `cause`, the entry that turned it, was recorded; or, where `cause` is None, when time turned it.
    `known` is the newest entry of the process by then. Turns of a process are numbered from 0.
    """

    stream: Stream
    number: int
    recommendation: int
    before: Result | None
    after: Result
    before_reported: bool
    after_reported: bool
    before_disputed: bool
    after_disputed: bool
    at: datetime
    cause: int | None
    known: int

    @property
    def is_same_word(self) -> bool:
        """Whether the result is the same, for another reason, on another's word, or with or without a dispute."""
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class Month:
    """How many processes had each result at the end of a month in Europe/London, for each recommendation."""

    month: str
    counts: dict[int, Counter[Result]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What processes can be chosen by: its value, its name or code, and how many processes it leaves."""

    value: str
    label: str
    processes: int


def now(connection: Connection) -> datetime | None:
    """Return up to which instant (UTC) the follower let time pass in the rows; None before its first step."""
    findings = Findings()
    return findings.clock(connection, {table.name: table for table in findings.tables})


# --- processes and their findings -------------------------------------------------------------------------------------


def count(connection: Connection, chosen: Filter = EVERYTHING) -> int:
    """Return how many processes are meant."""
    return connection.scalar(select(func.count()).select_from(_scope).where(is_chosen(chosen, _scope.c.stream))) or 0


def scope(chosen: Filter = EVERYTHING) -> Select[Any] | None:
    """Return the query for the processes that are meant, as text, for other rows to be looked at; None for all."""
    return None if chosen == EVERYTHING else select(_scope.c.stream).where(is_chosen(chosen, _scope.c.stream))


def processes(connection: Connection, chosen: Filter = EVERYTHING, *, limit: int, offset: int = 0) -> list[Stream]:
    """Return processes, those with the newest entries first."""
    query = select(_scope.c.stream).where(is_chosen(chosen, _scope.c.stream))
    query = query.order_by(_scope.c.newest.desc(), _scope.c.stream).limit(limit).offset(offset)
    return [Stream.parse(each) for each in connection.scalars(query)]


def matrix(connection: Connection, streams: Sequence[Stream]) -> dict[Stream, tuple[Kept, ...]]:
    """Return the fifteen findings of processes, in the paper's order; nothing for a stream that has none."""
    found: dict[Stream, list[Kept]] = {each: [] for each in streams}
    query = select(_finding).where(_finding.c.stream.in_([str(each) for each in streams]))
    for row in connection.execute(query.order_by(_finding.c.recommendation)):
        found[Stream.parse(row.stream)].append(_kept(row))
    return {stream: tuple(kept) for stream, kept in found.items()}


def listed(
    connection: Connection,
    recommendation: int,
    chosen: Filter = EVERYTHING,
    *,
    limit: int,
    offset: int = 0,
    result: Result | None = None,
) -> list[Kept]:
    """Return what processes' findings are for one recommendation, those with the newest entries first."""
    query = select(_finding).join(_scope, _scope.c.stream == _finding.c.stream)
    query = query.where(_finding.c.recommendation == recommendation, is_chosen(chosen, _finding.c.stream))
    query = query if result is None else query.where(_finding.c.result == result)
    query = query.order_by(_scope.c.newest.desc(), _scope.c.stream).limit(limit).offset(offset)
    return [_kept(row) for row in connection.execute(query)]


def counts(connection: Connection, chosen: Filter = EVERYTHING) -> dict[int, Counter[Result]]:
    """Return, for each recommendation, how many processes have each result."""
    found: dict[int, Counter[Result]] = {number: Counter() for number in RECOMMENDATIONS}
    for recommendation, result, number in connection.execute(_counted(chosen)):
        found[recommendation][cast("Result", result)] = number
    return found


def _counted(chosen: Filter) -> Select[Any]:
    """Return the query: of everything, from the few rows of the trend, so that it does not grow with the processes."""
    rows, number = (_trend, func.sum(_trend.c.change)) if chosen == EVERYTHING else (_finding, func.count())
    where = true() if chosen == EVERYTHING else is_chosen(chosen, _finding.c.stream)
    query = select(rows.c.recommendation, rows.c.result, number).where(where)
    return query.group_by(rows.c.recommendation, rows.c.result).having(number > 0)


def _kept(row: Any) -> Kept:
    standing: Standing = standing_of(row)
    return Kept(
        stream=Stream.parse(row.stream),
        recommendation=standing.recommendation,
        version=standing.version,
        result=standing.result,
        reported=standing.reported,
        disputed_by=standing.disputed_by,
        attested=standing.attested,
        evidence=standing.evidence,
        changes_at=standing.changes_at,
        since=standing.since,
        cause=standing.cause,
    )


# --- turns ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the record: the newest entry known then, None where there was none, and the instant (UTC, aware).

    Entries that were recorded together share an instant, so the entry says which of them count.
    """

    entry: int | None
    at: datetime

    @property
    def newest(self) -> int:
        """The newest entry; before the first, a number that no entry has."""
        return -1 if self.entry is None else self.entry


@dataclass(frozen=True, slots=True)
class Asked:
    """Which turns are meant.

    `since` is an instant (those after it), or the index of an entry (those after it was recorded); `until` an instant
    or a moment (those up to it, with it); `cause` is the entry that turned them. `words_only` leaves those with another
    result; `firsts` adds those where a finding was first known.
    """

    chosen: Filter = EVERYTHING
    since: datetime | int | None = None
    until: datetime | Moment | None = None
    stream: Stream | None = None
    recommendation: int | None = None
    cause: int | None = None
    words_only: bool = False
    firsts: bool = False


def turns(connection: Connection, asked: Asked | None = None, *, limit: int, offset: int = 0) -> list[Turn]:
    """Return turns of findings, the newest first."""
    query = select(_turn).where(_is_asked(asked or Asked()))
    query = query.order_by(_turn.c.at.desc(), _turn.c.stream, _turn.c.number.desc()).limit(limit).offset(offset)
    return [_read_turn(row) for row in connection.execute(query)]


def count_turns(connection: Connection, asked: Asked | None = None) -> int:
    """Return how many turns are meant."""
    return connection.scalar(select(func.count()).select_from(_turn).where(_is_asked(asked or Asked()))) or 0


def _is_asked(asked: Asked) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [is_chosen(asked.chosen, _turn.c.stream)]
    if isinstance(asked.since, datetime):
        conditions.append(_turn.c.at > micros(asked.since))
    elif asked.since is not None:
        # Entries recorded together share an instant, so among what entries turned their index decides.
        recorded = select(entry.c.recorded).where(entry.c.position == asked.since).scalar_subquery()
        by_time = and_(_turn.c.cause.is_(None), _turn.c.at > func.coalesce(recorded, -1))
        conditions.append(or_(_turn.c.cause > asked.since, by_time))
    if asked.until is not None:
        conditions.append(is_by(asked.until))
    if asked.stream is not None:
        conditions.append(_turn.c.stream == str(asked.stream))
    if asked.recommendation is not None:
        conditions.append(_turn.c.recommendation == asked.recommendation)
    if asked.cause is not None:
        conditions.append(_turn.c.cause == asked.cause)
    if asked.words_only:
        conditions.append(or_(_turn.c.before.is_(None), _turn.c.before != _turn.c.after))
    if not asked.firsts:
        conditions.append(_turn.c.before.is_not(None))
    return and_(*conditions)


def turned_to(connection: Connection, asked: Asked) -> Counter[Result]:
    """Return how many of the turns that are meant led to each result."""
    query = select(_turn.c.after, func.count()).where(_is_asked(asked)).group_by(_turn.c.after)
    return Counter({cast("Result", result): number for result, number in connection.execute(query)})


def is_by(until: datetime | Moment) -> ColumnElement[bool]:
    """Return the condition that a turn had come by then: by an entry known then, or by time passed by then."""
    if isinstance(until, datetime):
        return _turn.c.at <= micros(until)
    return and_(_turn.c.at <= micros(until.at), or_(_turn.c.cause.is_(None), _turn.c.cause <= until.newest))


def _read_turn(row: Any) -> Turn:
    return Turn(
        stream=Stream.parse(row.stream),
        number=row.number,
        recommendation=row.recommendation,
        before=row.before,
        after=row.after,
        before_reported=bool(row.before_reported),
        after_reported=bool(row.after_reported),
        before_disputed=bool(row.before_disputed),
        after_disputed=bool(row.after_disputed),
        at=instant(row.at),
        cause=row.cause,
        known=row.known,
    )


# --- trends and choices -----------------------------------------------------------------------------------------------


def trend(connection: Connection, chosen: Filter = EVERYTHING, recommendation: int | None = None) -> list[Month]:
    """Return the counts at the end of each month from the first with a finding to the last that anything turned in."""
    changes: dict[str, Counter[tuple[int, Result]]] = {}
    for month, number, result, change in connection.execute(_changes(chosen, recommendation)):
        changes.setdefault(month, Counter())[number, cast("Result", result)] += int(change)
    numbers = list(RECOMMENDATIONS) if recommendation is None else [recommendation]
    running: Counter[tuple[int, Result]] = Counter()
    found = []
    for month in _months(changes):
        running.update(changes.get(month, {}))
        counted = {
            number: Counter({result: n for (of, result), n in running.items() if of == number and n})
            for number in numbers
        }
        found.append(Month(month, counted))
    return found


def _changes(chosen: Filter, recommendation: int | None) -> Select[Any]:
    if chosen == EVERYTHING:
        query = select(_trend.c.month, _trend.c.recommendation, _trend.c.result, _trend.c.change)
        return query if recommendation is None else query.where(_trend.c.recommendation == recommendation)
    where = is_chosen(chosen, _turn.c.stream)
    if recommendation is not None:
        where = and_(where, _turn.c.recommendation == recommendation)
    return gains_and_losses(where, _turn.c.month, _turn.c.recommendation)


def gains_and_losses(where: ColumnElement[bool], *keys: ColumnElement[Any]) -> Select[Any]:
    """Return the query for how many findings turned to a result, and away from it (negative): keys, result, number."""
    turned = and_(where, _turn.c.before.is_distinct_from(_turn.c.after))
    gained = select(*keys, _turn.c.after, func.count()).where(turned).group_by(*keys, _turn.c.after)
    lost = select(*keys, _turn.c.before, -func.count()).where(turned, _turn.c.before.is_not(None))
    return gained.union_all(lost.group_by(*keys, _turn.c.before))  # type: ignore[return-value]


def _months(found: Iterable[str]) -> list[str]:
    """Return the months from the first to the last of those found, without a gap."""
    numbers = [int(year) * 12 + int(month) - 1 for year, month in (each.split("-") for each in found)]
    every = range(min(numbers), max(numbers) + 1) if numbers else ()
    return [f"{each // 12:04}-{each % 12 + 1:02}" for each in every]


def choices(connection: Connection, facet: Facet) -> list[Choice]:
    """Return what processes can be chosen by, by name."""
    query = select(_facet.c.value, func.max(_facet.c.label).label("label"), func.count().label("processes"))
    query = query.where(_facet.c.facet == facet).group_by(_facet.c.value)
    found = [Choice(row.value, row.label, row.processes) for row in connection.execute(query)]
    return sorted(found, key=lambda each: (each.label.casefold(), each.value))


def chosen_by(connection: Connection, facet: Facet, values: Sequence[str]) -> str | None:
    """Return the value, among some, by which most processes can be chosen; None where they choose none."""
    query = select(_facet.c.value).where(_facet.c.facet == facet, _facet.c.value.in_(values))
    return connection.scalar(query.group_by(_facet.c.value).order_by(func.count().desc(), _facet.c.value).limit(1))


def is_chosen(chosen: Filter, stream: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a stream is among the processes meant."""
    conditions: list[ColumnElement[bool]] = [literal(1) == 1]
    facets = {"organisation": chosen.organisation, "service_area": chosen.service_area, "prison": chosen.prison}
    for facet, value in facets.items():
        if value is not None:
            having = select(_facet.c.stream).where(_facet.c.facet == facet, _facet.c.value == value)
            conditions.append(stream.in_(having))
    if chosen.first is not None:
        conditions.append(stream.in_(select(_scope.c.stream).where(_scope.c.last_day >= chosen.first.isoformat())))
    if chosen.last is not None:
        conditions.append(stream.in_(select(_scope.c.stream).where(_scope.c.first_day <= chosen.last.isoformat())))
    if chosen.closed is not None:
        conditions.append(stream.in_(select(_stream.c.stream).where(_stream.c.closed == int(chosen.closed))))
    return and_(*conditions)
