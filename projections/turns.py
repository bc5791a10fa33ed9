"""Findings as rows, and the history of their turns: which entry, or which passing of time, changed what.

Rows are a function of the entries and of the instant up to which time was let pass (`clock_table`), so a rebuild gives
the same; `projections/course.py` is that function.
No row holds a sentence: what a finding says can hold words that may have to be removed. It is said again when read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, cast

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)

from ledger.actions import KINDS
from ledger.actions.ledger import target_of
from ledger.actions.process import CommissioningProcessRegistered
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.streams import Stream
from ledger.structs import Party
from ledger.when import LONDON
from projections.course import Course, Standing, Turned, ahead_of, course_of, has_findings
from projections.follow import Tables, put, put_all
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.finding import Result

_metadata = MetaData()

finding_table: Final = Table(
    "view_finding",
    _metadata,
    Column("stream", Text, primary_key=True),
    Column("recommendation", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("result", Text, nullable=False),
    Column("reported", Integer, nullable=False),
    Column("disputed_by", Text, nullable=False),
    Column("attested", Integer, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("changes_at", BigInteger, index=True),
    Column("since", BigInteger, nullable=False),
    Column("cause", BigInteger),
)
"""The findings as they stand. Instants are µs since 1970, UTC; `disputed_by` and `evidence` are JSON lists of indexes;
`ground` is a digest of why; `asked` says which kinds of entry the measure asked for; `cause` is the entry that turned
it to what it is, or null where time did.
"""
Index("ix_view_finding_result", finding_table.c.recommendation, finding_table.c.result, finding_table.c.stream)

turn_table: Final = Table(
    "view_turn",
    _metadata,
    Column("stream", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("recommendation", Integer, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("before_reported", Integer, nullable=False),
    Column("after_reported", Integer, nullable=False),
    Column("before_disputed", Integer, nullable=False),
    Column("after_disputed", Integer, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("month", Text, nullable=False),
    Column("cause", BigInteger, index=True),
    Column("known", BigInteger, nullable=False),
)
"""Each change of a finding, numbered within its process. `before` is null where the finding was first known; `month` is
that of `at` in Europe/London; `known` is the newest entry of the process by then.
"""

trend_table: Final = Table(
    "view_trend",
    _metadata,
    Column("month", Text, primary_key=True),
    Column("recommendation", Integer, primary_key=True),
    Column("result", Text, primary_key=True),
    Column("change", Integer, nullable=False),
)
"""By how many processes more, or fewer, had a result at the end of a month than before it."""

scope_table: Final = Table(
    "view_scope",
    _metadata,
    Column("stream", Text, primary_key=True),
    Column("newest", BigInteger, nullable=False, index=True),
    Column("first_day", Text),
    Column("last_day", Text),
)
"""One row for each process with findings: its newest entry, and the days between which what is dated happened."""

facet_table: Final = Table(
    "view_facet",
    _metadata,
    Column("stream", Text, primary_key=True),
    Column("facet", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("label", Text, nullable=False),
)
"""What processes can be chosen by: `organisation` (those responsible), `service_area`, `prison`."""
Index("ix_view_facet_value", facet_table.c.facet, facet_table.c.value, facet_table.c.stream)

clock_table: Final = Table(
    "view_findings_clock",
    _metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("instant", BigInteger, nullable=False),
)
"""One row: up to which instant time was let pass."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Return µs since 1970, UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def instant(stored: int) -> datetime:
    """Return the instant (UTC) that is so many µs after 1970."""
    return _EPOCH + stored * _MICROSECOND


class Findings:
    """The rows of findings, their turns, and what processes can be chosen by."""

    name = "findings"
    version = 30_000 + len(KINDS) * 100 + sum(each.version for each in RECOMMENDATIONS.values())
    tables = (finding_table, turn_table, trend_table, scope_table, facet_table, clock_table)

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:
        """Nothing: a page does it, for every process that the entry is about."""

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Put what the process can be chosen by."""
        if has_findings(history):
            put(connection, tables["view_scope"], _scope(history))
            _put_facets(connection, tables["view_facet"], history)

    def page(self, connection: Connection, tables: Tables) -> Page:
        """Return what takes in one page of entries."""
        return Page(connection, tables)

    def clock(self, connection: Connection, tables: Tables) -> datetime | None:
        """Return up to which instant time was let pass, where it was."""
        stored = connection.scalar(select(tables["view_findings_clock"].c.instant))
        return None if stored is None else instant(stored)

    def set_clock(self, connection: Connection, tables: Tables, now: datetime) -> None:
        """Write down up to which instant time is let pass."""
        put(connection, tables["view_findings_clock"], {"only": 0, "instant": micros(now)})

    def due(self, connection: Connection, tables: Tables, now: datetime, limit: int) -> list[Stream]:
        """Return processes with a finding that time may have changed by an instant."""
        rows = tables["view_finding"]
        query = select(rows.c.stream).where(rows.c.changes_at <= micros(now)).group_by(rows.c.stream)
        return [Stream.parse(each) for each in connection.scalars(query.order_by(rows.c.stream).limit(limit))]

    def next_due(self, connection: Connection) -> datetime | None:
        """Return the next instant at which time alone may change a finding."""
        stored = connection.scalar(select(func.min(finding_table.c.changes_at)))
        return None if stored is None else instant(stored)


# --- following --------------------------------------------------------------------------------------------------------


REMEMBERED: Final = 2_000
"""Processes whose findings are kept in memory from one page to the next, at most: about 20 MB."""


@dataclass
class Page:
    """Pages of entries as findings take them in, each in one transaction; `close` writes what one came to."""

    connection: Connection
    tables: Tables
    _courses: dict[Stream, Course] = field(default_factory=dict)
    _trend: Counter[tuple[str, int, str]] = field(default_factory=Counter)

    def reach(self, history: History, moment: datetime) -> None:
        """Let time pass up to an instant for a process, before its next entry is folded in."""
        if not has_findings(history):
            return
        course = self._of(history)
        if course.last is not None and course.last > moment:
            # Time was let pass further than to this entry, which was recorded before that was known here.
            course = self._again(history)
        course.reach(history, moment)

    def extend(self, added: Recorded, history: History) -> None:
        """Take in an entry that was just folded into the history of a course."""
        if not has_findings(history):
            return
        if target_of(added.action) is not None:
            # What earlier entries disclose has changed, and rows say what is disclosed today.
            self._again(history)
        else:
            self._of(history).extend(added, history)

    def close(self) -> None:
        """Write the findings that changed, and their turns."""
        self._write(self._courses.values())
        self._write_trend()
        for stream in list(self._courses)[:-REMEMBERED]:
            del self._courses[stream]

    def _of(self, history: History) -> Course:
        course = self._courses.pop(history.stream, None) or self._read(history)
        self._courses[history.stream] = course  # last, as the one asked for last
        return course

    def _read(self, history: History) -> Course:
        rows, turns = self.tables["view_finding"], self.tables["view_turn"]
        stored = self.connection.execute(select(rows).where(rows.c.stream == str(history.stream)))
        findings = {row.recommendation: standing_of(row) for row in stored}
        number, last = self.connection.execute(
            select(func.count(), func.max(turns.c.at)).where(turns.c.stream == str(history.stream))
        ).one()
        known = list(history.entries()) if findings else []
        ordered = {number: findings[number] for number in sorted(findings)}
        return Course(history.stream, ordered, ahead_of(known), number, None if last is None else instant(last))

    def _again(self, history: History) -> Course:
        """Make a process's findings and turns anew, from its first entry on."""
        self._forget(history.stream)
        course = self._courses[history.stream] = course_of(history)
        return course

    def _forget(self, stream: Stream) -> None:
        held = self._courses.pop(stream, None)
        if held is not None:
            self._write([held])
        turns = self.tables["view_turn"]
        query = select(turns.c.month, turns.c.recommendation, turns.c.before, turns.c.after)
        for row in self.connection.execute(query.where(turns.c.stream == str(stream))):
            self._count(row._asdict(), -1)
        for name in ("view_turn", "view_finding"):
            rows = self.tables[name]
            self.connection.execute(delete(rows).where(rows.c.stream == str(stream)))

    def _write(self, courses: Collection[Course]) -> None:
        findings = [
            _row(course.stream, course.findings[number]) for course in courses for number in sorted(course.changed)
        ]
        rows = [_turn_row(course.stream, each) for course in courses for each in course.turned]
        put_all(self.connection, self.tables["view_finding"], findings)
        if rows:
            self.connection.execute(insert(self.tables["view_turn"]), rows)
        for row in rows:
            self._count(row, 1)
        for course in courses:
            course.changed.clear()
            course.turned.clear()

    def _count(self, turn: dict[str, Any], change: int) -> None:
        if turn["before"] != turn["after"]:
            self._trend[turn["month"], turn["recommendation"], turn["after"]] += change
            if turn["before"] is not None:
                self._trend[turn["month"], turn["recommendation"], turn["before"]] -= change

    def _write_trend(self) -> None:
        rows = self.tables["view_trend"]
        for (month, recommendation, result), change in sorted(self._trend.items()):
            if change == 0:
                continue
            key = (rows.c.month == month) & (rows.c.recommendation == recommendation) & (rows.c.result == result)
            stored = self.connection.scalar(select(rows.c.change).where(key))
            total = (stored or 0) + change
            if total == 0:
                # As if it had never been: a rebuild does not come by what was undone.
                self.connection.execute(delete(rows).where(key))
            else:
                put(
                    self.connection,
                    rows,
                    {"month": month, "recommendation": recommendation, "result": result, "change": total},
                )
        self._trend.clear()


def _turn_row(stream: Stream, turned: Turned) -> dict[str, Any]:
    before, after = turned.before, turned.after
    return {
        "stream": str(stream),
        "number": turned.number,
        "recommendation": after.recommendation,
        "before": None if before is None else before.result,
        "after": after.result,
        "before_reported": int(before is not None and before.reported),
        "after_reported": int(after.reported),
        "before_disputed": int(before is not None and bool(before.disputed_by)),
        "after_disputed": int(bool(after.disputed_by)),
        "at": micros(after.since),
        "month": f"{after.since.astimezone(LONDON):%Y-%m}",
        "cause": after.cause,
        "known": turned.known,
    }


def _row(stream: Stream, each: Standing) -> dict[str, Any]:
    return {
        "stream": str(stream),
        "recommendation": each.recommendation,
        "version": each.version,
        "result": each.result,
        "reported": int(each.reported),
        "disputed_by": orjson.dumps(each.disputed_by).decode(),
        "attested": int(each.attested),
        "evidence": orjson.dumps(each.evidence).decode(),
        "ground": each.ground,
        "asked": f"{each.asked:x}",
        "changes_at": None if each.changes_at is None else micros(each.changes_at),
        "since": micros(each.since),
        "cause": each.cause,
    }


def standing_of(row: Any) -> Standing:
    """Return the finding that a row holds."""
    return Standing(
        recommendation=row.recommendation,
        version=row.version,
        result=cast("Result", row.result),
        reported=bool(row.reported),
        disputed_by=tuple(orjson.loads(row.disputed_by)),
        attested=bool(row.attested),
        evidence=tuple(orjson.loads(row.evidence)),
        ground=row.ground,
        asked=int(row.asked, 16),
        changes_at=None if row.changes_at is None else instant(row.changes_at),
        since=instant(row.since),
        cause=row.cause,
    )


# --- what processes can be chosen by ----------------------------------------------------------------------------------


def _scope(history: History) -> dict[str, Any]:
    days = [(when.first_day, when.last_day) for when in (each.occurred for each in history.standing()) if when]
    return {
        "stream": str(history.stream),
        "newest": history.last_index,
        "first_day": _day(min((first for first, _ in days), default=None)),
        "last_day": _day(max((last for _, last in days), default=None)),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _put_facets(connection: Connection, rows: Table, history: History) -> None:
    wanted = dict(_facets(history))
    mine = rows.c.stream == str(history.stream)
    stored = {
        (facet, value): label
        for facet, value, label in connection.execute(select(rows.c.facet, rows.c.value, rows.c.label).where(mine))
    }
    if wanted != stored:
        connection.execute(delete(rows).where(mine))
        values = [
            {"stream": str(history.stream), "facet": facet, "value": value, "label": label}
            for (facet, value), label in wanted.items()
        ]
        if values:
            connection.execute(insert(rows), values)


def _facets(history: History) -> Iterator[tuple[tuple[str, str], str]]:
    for registered in history.actions(CommissioningProcessRegistered):
        lead = stated(registered.lead_commissioner)
        for party in (*([] if lead is None else [lead]), *(stated(registered.responsible_bodies) or ())):
            value = organisation_value(party)
            if value is not None:
                yield ("organisation", value), stated(party.name) or value
        area = stated(registered.service_area)
        if area is not None:
            yield ("service_area", area), area
        yield from ((("prison", prison), prison) for prison in stated(registered.prisons) or ())


def organisation_value(party: Party) -> str | None:
    """Return what an organisation is chosen by: scheme and identifier; its name where it has none; None if neither."""
    scheme, identifier = stated(party.scheme), stated(party.id)
    return f"{scheme}:{identifier}" if scheme is not None and identifier is not None else stated(party.name)
