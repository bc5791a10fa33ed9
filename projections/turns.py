"""Findings as rows, and the history of their turns: which entry, or which passing of time, changed what.

    entry:  time passes up to its recording  ->  it is folded in  ->  what asked for its kind is measured again
    time:   the instants at which a finding may change are reached one after the other, oldest first

A turn is dated by when it was known: the recording of the entry, or the instant at which a clock ran out. So rows are a
function of the entries and of the instant up to which time was let pass (`clock_table`), and a rebuild gives the same.
No row holds a sentence: what a finding says can hold words that may have to be removed. It is said again when read.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
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
from ledger.actions.ledger import CoverageAttested, target_of
from ledger.actions.process import CommissioningProcessRegistered
from ledger.clock import england_and_wales
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.sentences import Sentence
from ledger.streams import Stream
from ledger.structs import Party
from ledger.vocabulary import Action
from ledger.when import LONDON
from projections.follow import Tables, changed_by, put
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.facts import Question
from projections.measures.finding import Finding, Result
from projections.measures.thresholds import DEFAULT

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
    version = 10_000 + len(KINDS) * 100 + sum(each.version for each in RECOMMENDATIONS.values())
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


def has_findings(history: History) -> bool:
    """Whether findings are kept of a stream: of processes, once they have an entry of their own."""
    return history.stream.kind == "process" and history.version > 0


# --- what a finding is, as a row --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding as it stands. `asked` holds a bit for each kind of entry that the measure asked for; see `_bits`."""

    recommendation: int
    version: int
    result: Result
    reported: bool
    disputed_by: tuple[int, ...]
    attested: bool
    evidence: tuple[int, ...]
    ground: str
    asked: int
    changes_at: datetime | None
    since: datetime
    cause: int | None

    def is_turned_from(self, before: Standing) -> bool:
        """Whether it says something else, or says the same for another reason."""
        return self._said() != before._said()

    def _said(self) -> tuple[object, ...]:
        return self.result, self.reported, bool(self.disputed_by), self.ground


_BITS: Final = {kind: 1 << place for place, kind in enumerate(KINDS.values(), 1)}
_ALL: Final = 1
"""The bit of a measure that asked for entries of every kind."""


def _bits(kinds: Iterable[type[Action]]) -> int:
    found = 0
    for kind in kinds:
        found |= _BITS.get(kind, _ALL)
    return found


def measure(history: History, number: int, at: datetime, ahead: Sequence[datetime], cause: int | None) -> Standing:
    """Return one finding at an instant (UTC, aware), as if `cause` had turned it. `ahead`: see `ahead_of`."""
    with history.watched() as asked:
        found = RECOMMENDATIONS[number].measure(Question(history, at, england_and_wales(), DEFAULT))
    later = [each for each in (found.changes_at, *ahead) if each is not None and each > at]
    return Standing(
        recommendation=number,
        version=found.version,
        result=found.result,
        reported=found.reported,
        disputed_by=found.disputed_by,
        attested=any(_is_attestation(history, index) for index in found.evidence),
        evidence=found.evidence,
        ground=_ground(found),
        asked=_bits(asked),
        changes_at=min(later, default=None),
        since=at,
        cause=cause,
    )


def _is_attestation(history: History, index: int) -> bool:
    entry = history.at(index)
    return entry is not None and isinstance(entry.action, CoverageAttested)


def _ground(found: Finding) -> str:
    """Return a digest of why: each part with its result and its sentence, without what fills the sentence's slots."""
    parts = [(part.code, part.result, part.reported, list(_templates(part.why))) for part in found.parts]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:16]


def _templates(said: Sentence) -> Iterator[str]:
    yield said.template
    for each in said.parameters.values():
        if isinstance(each, Sentence):
            yield from _templates(each)


def ahead_of(entries: Iterable[Recorded]) -> list[datetime]:
    """Return when things are to happen that were recorded before: then measures begin to look at them."""
    dated = ((entry, entry.occurred) for entry in entries)
    return [when.start for entry, when in dated if when is not None and when.start > entry.recorded]


# --- following --------------------------------------------------------------------------------------------------------


@dataclass
class _Process:
    """A process while a page is taken in: its findings, and the turns that are still to be written."""

    stream: Stream
    findings: dict[int, Standing]
    ahead: list[datetime]
    turns: int = 0
    last_turn: int | None = None
    added: list[dict[str, Any]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)

    def reach(self, history: History, moment: datetime) -> None:
        """Let time pass up to an instant, with it, on what is on record."""
        while True:
            ahead = [each.changes_at for each in self.findings.values() if each.changes_at is not None]
            at = min(ahead, default=None)
            if at is None or at > moment:
                return
            for number, each in self.findings.items():
                if each.changes_at == at:
                    self._hold(history, measure(history, number, at, self.ahead, None))

    def extend(self, added: Recorded, history: History) -> None:
        """Measure anew what an entry that was just folded in may have changed."""
        new = ahead_of([added] if self.findings else history.entries())
        self.ahead += new
        bit = _BITS[type(added.action)] | _ALL
        everything = not self.findings or bool(new) or changed_by(added) is not None
        for number in RECOMMENDATIONS:
            if everything or self.findings[number].asked & bit:
                self._hold(history, measure(history, number, added.recorded, self.ahead, added.index))

    def _hold(self, history: History, now: Standing) -> None:
        before = self.findings.get(now.recommendation)
        if before is None or now.is_turned_from(before):
            self._turn(history, before, now)
        else:
            now = replace(now, since=before.since, cause=before.cause)
        if now != before:
            self.findings[now.recommendation] = now
            self.changed.add(now.recommendation)

    def _turn(self, history: History, before: Standing | None, now: Standing) -> None:
        at = micros(now.since)
        self.added.append(
            {
                "stream": str(self.stream),
                "number": self.turns,
                "recommendation": now.recommendation,
                "before": None if before is None else before.result,
                "after": now.result,
                "before_reported": int(before is not None and before.reported),
                "after_reported": int(now.reported),
                "before_disputed": int(before is not None and bool(before.disputed_by)),
                "after_disputed": int(bool(now.disputed_by)),
                "at": at,
                "month": f"{now.since.astimezone(LONDON):%Y-%m}",
                "cause": now.cause,
                "known": history.last_index,
            }
        )
        self.turns += 1
        self.last_turn = at


@dataclass
class Page:
    """One page of entries as findings take it in, in one transaction; `close` writes what it came to."""

    connection: Connection
    tables: Tables
    _processes: dict[Stream, _Process] = field(default_factory=dict)
    _trend: Counter[tuple[str, int, str]] = field(default_factory=Counter)

    def reach(self, history: History, moment: datetime) -> None:
        """Let time pass up to an instant for a process, before its next entry is folded in."""
        if not has_findings(history):
            return
        process = self._of(history)
        if process.last_turn is not None and process.last_turn > micros(moment):
            # Time was let pass further than to this entry, which was recorded before that was known here.
            process = self._again(history)
        process.reach(history, moment)

    def extend(self, added: Recorded, history: History) -> None:
        """Take in an entry that was just folded into the history of a process."""
        if not has_findings(history):
            return
        if target_of(added.action) is not None:
            # What earlier entries disclose has changed, and rows say what is disclosed today.
            self._again(history)
        else:
            self._of(history).extend(added, history)

    def close(self) -> None:
        """Write the findings that changed, and their turns."""
        for process in self._processes.values():
            self._write(process)
        self._write_trend()

    def _of(self, history: History) -> _Process:
        if history.stream not in self._processes:
            self._processes[history.stream] = self._read(history)
        return self._processes[history.stream]

    def _read(self, history: History) -> _Process:
        rows, turns = self.tables["view_finding"], self.tables["view_turn"]
        stored = self.connection.execute(select(rows).where(rows.c.stream == str(history.stream)))
        findings = {row.recommendation: standing_of(row) for row in stored}
        number, last = self.connection.execute(
            select(func.count(), func.max(turns.c.at)).where(turns.c.stream == str(history.stream))
        ).one()
        known = list(history.entries()) if findings else []
        ordered = {number: findings[number] for number in sorted(findings)}
        return _Process(history.stream, ordered, ahead_of(known), number, last)

    def _again(self, history: History) -> _Process:
        """Make a process's findings and turns anew, from its first entry on."""
        self._forget(history.stream)
        process = self._processes[history.stream] = _Process(history.stream, {}, [])
        past = History(history.stream)
        for each in history.entries():
            if has_findings(past):
                process.reach(past, each.recorded)
            past.add(each)
            if has_findings(past):
                process.extend(each, past)
        return process

    def _forget(self, stream: Stream) -> None:
        held = self._processes.pop(stream, None)
        if held is not None:
            self._write(held)
        turns = self.tables["view_turn"]
        query = select(turns.c.month, turns.c.recommendation, turns.c.before, turns.c.after)
        for row in self.connection.execute(query.where(turns.c.stream == str(stream))):
            self._count(row._asdict(), -1)
        for name in ("view_turn", "view_finding"):
            rows = self.tables[name]
            self.connection.execute(delete(rows).where(rows.c.stream == str(stream)))

    def _write(self, process: _Process) -> None:
        for number in sorted(process.changed):
            put(self.connection, self.tables["view_finding"], _row(process.stream, process.findings[number]))
        process.changed.clear()
        if process.added:
            self.connection.execute(insert(self.tables["view_turn"]), process.added)
            for row in process.added:
                self._count(row, 1)
            process.added.clear()

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
