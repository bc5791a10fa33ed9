"""The tables of the dashboard as data, each with as many rows as there are, a page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, func, select
from sqlalchemy.sql import FromClause

from ledger.clock import Calendar
from ledger.sentences import say_sentence
from ledger.streams import Stream
from ledger.voice import Voice
from ledger.when import LONDON
from projections import board, replay, streams
from projections.asked import ASKED
from projections.board import Asked as AskedTurns
from projections.board import Kept, Moment
from projections.measures.finding import RESULTS, Finding, Result
from projections.measures.thresholds import DEFAULT
from projections.replay import Then
from projections.statistics import reading
from projections.statistics.reading import Scope
from projections.statistics.rows import bid_table, fault_table, lag_table, move_table, step_table
from projections.statistics.steps import resolved
from projections.streams import Named, StreamView
from web.public.choosing import Chosen
from web.sheet import Value

MOST: Final = 5_000
"""Rows in one file; more are on further pages."""


Row = tuple[Kept, ...] | tuple[Then, ...] | tuple[Finding, ...]
"""The fifteen findings of a process, in the paper's order."""


@dataclass(frozen=True, slots=True)
class View:
    """What a dashboard looks at: the processes chosen, at an instant (UTC, aware), in one language."""

    connection: Connection
    chosen: Chosen
    at: datetime
    calendar: Calendar
    said: Voice
    then: Moment | None = None
    """The moment of the past that findings are replayed to; None for the present."""

    @property
    def today(self) -> date:
        """The day in Europe/London."""
        return self.at.astimezone(LONDON).date()

    @property
    def scope(self) -> Scope:
        """The query for the processes chosen; None for all."""
        return board.scope(self.chosen.filter)

    def count(self) -> int:
        """Return how many processes are chosen."""
        if self.then is None:
            return board.count(self.connection, self.chosen.filter)
        return replay.count(self.connection, self.then, self.chosen.filter)

    def processes(self, limit: int, offset: int = 0) -> list[Stream]:
        """Return processes that are chosen."""
        if self.then is None:
            return board.processes(self.connection, self.chosen.filter, limit=limit, offset=offset)
        return replay.processes(self.connection, self.then, self.chosen.filter, limit=limit, offset=offset)

    def matrix(self, listed: Sequence[Stream]) -> Mapping[Stream, Row]:
        """Return the fifteen findings of processes."""
        if self.then is None:
            return board.matrix(self.connection, listed)
        return replay.matrix(self.connection, self.then, listed)

    def counts(self) -> dict[int, Counter[Result]]:
        """Return, for each recommendation, how many of all processes chosen have each result."""
        if self.then is None:
            return board.counts(self.connection, self.chosen.filter)
        return replay.counts(self.connection, self.then, self.chosen.filter)

    def named(self, listed: Sequence[Stream]) -> dict[Stream, StreamView | Named]:
        """Return how processes are named."""
        found: Mapping[Stream, StreamView | Named] = (
            streams.several(self.connection, listed)
            if self.then is None
            else streams.named_then(self.connection, listed, self.then.newest)
        )
        return {each: found.get(each, Named(each, None, ())) for each in listed}


Rows = Sequence[tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table for programs: its columns, how many rows there are, and a part of them."""

    columns: tuple[str, ...]
    count: Callable[[View], int]
    rows: Callable[[View, int, int], Rows]


def _rows_in(table: FromClause) -> Callable[[View], int]:
    def count(view: View) -> int:
        query = select(func.count()).select_from(table)
        chosen = query if view.scope is None else query.where(table.c.stream.in_(view.scope))
        return view.connection.scalar(chosen) or 0

    return count


def _recommendations(view: View, limit: int, offset: int) -> Rows:
    counts = view.counts()
    found: list[tuple[Value, ...]] = [
        (number, view.said.words(ASKED[number].short), *(counts[number][result] for result in RESULTS.labels))  # type: ignore[index]
        for number in ASKED
    ]
    return found[offset : offset + limit]


def _findings(view: View, limit: int, offset: int) -> Rows:
    listed = view.processes(limit, offset)
    named, found = view.named(listed), view.matrix(listed)
    return [
        (each.reference, streams.title_of(named[each], view.said), *(finding.result for finding in found[each]))
        for each in listed
    ]


def _overdue(view: View, limit: int, offset: int) -> Rows:
    found = reading.overdue(view.connection, view.at, view.scope, limit, offset)
    return [
        (
            each.owed_by,
            each.kind,
            say_sentence(each.title, view.said),
            str(each.stream),
            each.day,
            each.working_days(view.at, view.calendar),
            each.evidence,
        )
        for each in found
    ]


def _bids(view: View, limit: int, offset: int) -> Rows:
    return [
        (
            stream.reference,
            each.lot,
            each.launched[0],
            each.launched[1],
            each.complete[0],
            each.complete[1],
            each.closes[0],
            each.closes[1],
            *each.nominal,
            *each.effective,
            each.lost,
            each.asked(DEFAULT.bid_window_months),
            *each.margin,
            each.verdict,
            each.evidence,
        )
        for stream, each in reading.bids(view.connection, view.scope, limit, offset)
    ]


def _answers(view: View, limit: int, offset: int) -> Rows:
    found = reading.answers(view.connection, view.at, view.scope)
    rows = [
        (
            kind,
            *(each.counts.get(state, 0) for state in _STATES),
            each.fallen_due,
            None if each.taken is None else str(each.taken.median),
            None if each.taken is None else each.taken.ninetieth,
            None if each.taken is None else each.taken.longest,
            None if each.oldest is None else each.oldest[0],
        )
        for kind, each in found.items()
    ]
    return rows[offset : offset + limit]


_STATES: Final = ("in_time", "late", "overdue", "unknown", "open", "no_clock", "given_up")


def _dates(view: View, limit: int, offset: int) -> Rows:
    return [
        (
            stream.reference,
            each.code,
            each.first,
            each.current,
            each.moves,
            each.slip,
            resolved(each.by_first, each.first, view.today),
            resolved(each.by_current, each.current, view.today),
            each.evidence,
        )
        for stream, each in reading.steps(view.connection, view.scope, limit, offset)
    ]


def _moves(view: View, limit: int, offset: int) -> Rows:
    return [
        (stream.reference, each.code, each.old, each.new, each.entry, each.told, *(each.warning or (None, None)))
        for stream, each in reading.moves(view.connection, view.scope, limit, offset)
    ]


def _reasons(view: View, limit: int, offset: int) -> Rows:
    found = reading.reasons(view.connection, view.scope)
    states = ("given", "withheld", "not_given", "not_stated", "not_shown")
    rows: list[tuple[Value, ...]] = [(action, *(counts[state] for state in states)) for action, counts in found.items()]  # type: ignore[index]
    return rows[offset : offset + limit]


def _errors(view: View, limit: int, offset: int) -> Rows:
    return [
        (stream.reference, each.kind, each.entry, each.wrong, *(each.stood or (None, None)), each.recorded)
        for stream, each in reading.faults(view.connection, view.scope, limit, offset)
    ]


def _recording(view: View, limit: int, offset: int) -> Rows:
    return [
        (stream.reference, each.action, each.days, each.entries, each.entry, each.is_late)
        for stream, each in reading.latest(view.connection, view.scope, limit, offset)
    ]


def _lags(view: View, limit: int, offset: int) -> Rows:
    return [
        (each.action, each.days.count, str(each.days.median), each.days.ninetieth, each.days.longest, each.late)
        for each in reading.lateness(view.connection, view.scope)[offset : offset + limit]
    ]


def turns_asked(view: View) -> AskedTurns:
    """Return which turns of findings the address asks for: since a day or an entry, else all, up to when it is seen."""
    since = None if view.chosen.since is None else view.chosen.since.asked
    return AskedTurns(chosen=view.chosen.filter, since=since, until=view.then, words_only=True)


def _turns(view: View, limit: int, offset: int) -> Rows:
    return [
        (each.at, each.stream.reference, each.recommendation, each.before, each.after, each.cause)
        for each in board.turns(view.connection, turns_asked(view), limit=limit, offset=offset)
    ]


TABLES: Final[Mapping[str, Table]] = {
    "recommendations": Table(("recommendation", "name", *RESULTS.labels), lambda _: len(ASKED), _recommendations),
    "findings": Table(("process", "title", *(f"r{number}" for number in ASKED)), View.count, _findings),
    "overdue": Table(
        ("owed_by", "kind", "what", "about", "due", "working_days_overdue", "entries"),
        lambda view: reading.count_overdue(view.connection, view.at, view.scope),
        _overdue,
    ),
    "bids": Table(
        (
            "process",
            "lot",
            "launched_first",
            "launched_last",
            "complete_first",
            "complete_last",
            "closes_first",
            "closes_last",
            "days_from_launch_least",
            "days_from_launch_most",
            "days_complete_least",
            "days_complete_most",
            "days_lost",
            "two_months_days",
            "longer_least",
            "longer_most",
            "verdict",
            "entries",
        ),
        _rows_in(bid_table),
        _bids,
    ),
    "answers": Table(
        (
            "kind",
            *_STATES,
            "fallen_due",
            "median_working_days",
            "nine_of_ten_within_working_days",
            "longest_working_days",
            "oldest_open_entry",
        ),
        lambda view: len(reading.answers(view.connection, view.at, view.scope)),
        _answers,
    ),
    "dates": Table(
        ("process", "step", "first", "current", "moves", "days_later", "by_first", "by_current", "entries"),
        _rows_in(step_table),
        _dates,
    ),
    "moves": Table(
        ("process", "step", "from", "to", "entry", "told_by_entry", "warning_days_least", "warning_days_most"),
        _rows_in(move_table),
        _moves,
    ),
    "reasons": Table(
        ("kind", "given", "withheld", "not_given", "not_stated", "not_shown"),
        lambda view: len(reading.reasons(view.connection, view.scope)),
        _reasons,
    ),
    "errors": Table(
        ("process", "kind", "put_right_by", "wrong_entry", "stood_days_least", "stood_days_most", "recorded_days"),
        _rows_in(fault_table),
        _errors,
    ),
    "recording": Table(
        ("process", "kind", "working_days", "entries", "first_entry", "late"), _rows_in(lag_table), _recording
    ),
    "lags": Table(
        ("kind", "entries", "median_working_days", "nine_of_ten_within_working_days", "longest_working_days", "late"),
        lambda view: len(reading.lateness(view.connection, view.scope)),
        _lags,
    ),
    "turns": Table(
        ("at", "process", "recommendation", "before", "after", "entry"),
        lambda view: board.count_turns(view.connection, turns_asked(view)),
        _turns,
    ),
}
"""Name in the address -> table. Days are calendar days unless named working days; least and most are what the record
leaves open.
"""

OF_THE_PAST: Final = frozenset({"recommendations", "findings", "turns"})
"""The tables that can be given as known on a day; the others are of the present."""
