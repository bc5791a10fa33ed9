"""The dates of each process as rows: milestones, what is owed by when, and consultations, each with its moves.

    history of a stream -> dates_of (pure) -> rows without a word of an entry -> `projections.calendar` says them

A date keeps its name for ever. Its `sequence` never falls as entries are added, and rises whenever it moves or is
cancelled, so that a calendar that already holds it takes the change in (RFC 5545, 3.8.7.4).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Select, Table, Text, select

from ledger.actions.commitments import CommitmentDischarged, CommitmentMade
from ledger.actions.engagement import ConsultationAnnounced, ConsultationHeld
from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.timeline import MilestoneReached, TimelineChanged, TimelinePublished, current_dates
from ledger.clock import Calendar, england_and_wales
from ledger.kinds import stated
from ledger.obligations import Obligation, obligations
from ledger.process import History, Recorded
from ledger.streams import Stream
from ledger.when import Occurrence, instant_text
from projections.follow import Tables, put_of_stream
from projections.measures.thresholds import DEFAULT
from projections.organisations import table as organisation_table
from projections.turns import instant, micros

What = Literal["milestone", "question", "promise", "issue", "visit", "consultation"]

_metadata = MetaData()

table: Final = Table(
    "view_date",
    _metadata,
    Column("stream", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("what", Text, nullable=False),
    Column("code", Text),
    Column("start", Text, nullable=False, index=True),
    Column("end", Text),
    Column("before", Text),
    Column("opened", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("sequence", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("stamp", BigInteger, nullable=False),
)
"""`start` and `end` are days (the last one included) or instants in UTC (`end` exclusive); `before` is where it stood
before its last move. `opened`, `changed` and `ended` are entries: what it comes from, what moved or cancelled it last,
and what it ended with. `stamp` is when it changed last, in µs since 1970, UTC.
"""


@dataclass(frozen=True, slots=True)
class Dated:
    """One date of a stream; the fields are those of `view_date`. `stamp` is aware, in UTC."""

    stream: Stream
    name: str
    what: What
    code: str | None
    start: date | datetime
    end: date | datetime | None
    before: date | None
    opened: int
    changed: int
    ended: int | None
    sequence: int
    cancelled: bool
    stamp: datetime


# --- from a history ---------------------------------------------------------------------------------------------------


def dates_of(history: History, calendar: Calendar) -> tuple[Dated, ...]:
    """Return the dates of a stream, by name. Nothing but the history and the calendar of working days decides them."""
    if not history.size:
        return ()
    found = [*_milestones(history), *_owed(history, calendar), *_consultations(history)]
    own = {each.name: each for each in found}
    return tuple(own[name] for name in sorted(own))


_MOVERS: Final = (TimelinePublished, TimelineChanged, LedgerEntryWithdrawn)


def _milestones(history: History) -> Iterator[Dated]:
    """Yield the milestones: their dates after each entry that could move one tell where they stood, and since when."""
    steps: dict[str, list[tuple[Recorded, date | None]]] = {}
    so_far = History(history.stream)
    for entry in history.entries():
        so_far.add(entry)
        if not isinstance(entry.action, _MOVERS):
            continue
        dates = current_dates(so_far)
        for code in sorted(steps.keys() | dates.keys()):
            taken = steps.setdefault(code, [])
            if not taken or taken[-1][1] != dates.get(code):
                taken.append((entry, dates.get(code)))
    reached = {
        named: entry.index
        for entry, action in history.records(MilestoneReached)
        if (named := stated(action.milestone_code)) is not None
    }
    for code, taken in steps.items():
        known = [(entry, each) for entry, each in taken if each is not None]
        last, now = taken[-1]
        (opened, _), (_, day) = known[0], known[-1]
        before = known[-2][1] if len(known) > 1 else None
        yield Dated(
            stream=history.stream,
            name=f"milestone/{code}",
            what="milestone",
            code=code,
            start=day,
            end=None,
            before=before,
            opened=opened.index,
            changed=last.index,
            ended=reached.get(code),
            sequence=len(taken) - 1,
            cancelled=now is None,
            stamp=last.recorded,
        )


def _owed(history: History, calendar: Calendar) -> Iterator[Dated]:
    """Yield what is owed by a day. Those whose opening entry was withdrawn are cancelled."""
    at = max(entry.recorded for entry in history.entries())
    standing = {each.id: each for each in obligations(history, at, calendar, DEFAULT)}
    movers = [entry.index for entry in history.entries() if isinstance(entry.action, _CLOCKS)]
    for each in obligations(_unwithdrawn(history), at, calendar, DEFAULT):
        now = standing.get(each.id)
        owed = now or each
        if owed.due is not None and owed.opened.stream == history.stream:
            yield _owed_date(history, owed, owed.due.last, movers, is_gone=now is None)


_CLOCKS: Final = (CommitmentMade, CommitmentDischarged, LedgerEntryWithdrawn)


def _unwithdrawn(history: History) -> History:
    """Return a history as if nothing had been withdrawn."""
    if not history.has(LedgerEntryWithdrawn):
        return history
    found = History(history.stream)
    for entry in history.entries():
        if not isinstance(entry.action, LedgerEntryWithdrawn):
            found.add(entry)
    return found


def _owed_date(history: History, owed: Obligation, due: date, movers: Sequence[int], *, is_gone: bool) -> Dated:
    ended = None if owed.ending is None else owed.ending.entry.index
    # Whatever may have moved it is counted: a number too high makes no calendar miss a move, one too low would.
    touching = {*movers[bisect_right(movers, owed.id) :], *history.chain(owed.id)[1:]}
    touching |= set() if ended is None else {ended}
    last = history.at(max(touching, default=owed.opened.index)) or owed.opened
    return Dated(
        stream=history.stream,
        name=f"{owed.kind}/{owed.id}",
        what=owed.kind,
        code=owed.name,
        start=due,
        end=None,
        before=None,
        opened=owed.opened.index,
        changed=last.index,
        ended=ended,
        sequence=len(touching),
        cancelled=is_gone or owed.state in {"withdrawn", "superseded"},
        stamp=last.recorded,
    )


def _consultations(history: History) -> Iterator[Dated]:
    """Yield consultations: announced with the days between which they are open, or held without being announced."""
    whole, standing = _unwithdrawn(history), {each.index for each in history.standing()}
    announced = {stated(action.engagement_id) for _, action in whole.records(ConsultationAnnounced)} - {None}
    for entry, action in whole.records(ConsultationAnnounced):
        opens, closes = stated(action.opens_on), stated(action.closes_on)
        yield from _consultation(history, entry, (opens or closes, closes or opens), stands=entry.index in standing)
    for entry, held in whole.records(ConsultationHeld):
        if stated(held.engagement_id) not in announced:
            when = stated(held.held_on)
            yield from _consultation(history, entry, (when, when), stands=entry.index in standing)


def _consultation(
    history: History, entry: Recorded, when: tuple[Occurrence | None, Occurrence | None], *, stands: bool
) -> Iterator[Dated]:
    opens, closes = when
    if opens is None or closes is None or entry.stream != history.stream:
        return
    if _is_vague(opens) or _is_vague(closes):
        return
    chain = history.chain(entry.index)
    last = entry if stands else _withdrawal(history, chain) or entry
    start, end = _span(opens, closes)
    yield Dated(
        stream=history.stream,
        name=f"consultation/{chain[0]}",
        what="consultation",
        code=None,
        start=start,
        end=end,
        before=None,
        opened=entry.index,
        changed=last.index,
        ended=None,
        sequence=len(chain) - 1 + (not stands),
        cancelled=not stands,
        stamp=last.recorded,
    )


def _is_vague(when: Occurrence) -> bool:
    """Whether no calendar can show it: "some time in 2016" is no date to keep free."""
    return (when.last_day - when.first_day).days > _LONGEST_DOUBT


_LONGEST_DOUBT: Final = 31


def _span(opens: Occurrence, closes: Occurrence) -> tuple[date | datetime, date | datetime | None]:
    """Return from when to when: instants where both ends have a time of day, else days; no end where it is one day."""
    if "T" in opens.text and "T" in closes.text:
        return opens.start, (closes.end if closes.end > opens.start + _MINUTE else None)
    first, last = opens.first_day, closes.last_day
    return first, (last if last > first else None)


_MINUTE: Final = timedelta(minutes=1)


def _withdrawal(history: History, chain: Sequence[int]) -> Recorded | None:
    """Return the entry that withdrew the newest of a chain, or its original."""
    found = (history.withdrawn_by(index) for index in reversed(chain))
    by = next((each for each in found if each is not None), None)
    return None if by is None else history.at(by)


# --- rows -------------------------------------------------------------------------------------------------------------


class Dates:
    """The rows of `view_date`."""

    name = "dates"
    version = 2
    tables = (table,)

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:
        """Nothing: the rows are about whole streams, and are settled once a page."""

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Write the stream's rows anew."""
        rows = [_row(each) for each in dates_of(history, england_and_wales())]
        put_of_stream(connection, tables[table.name], history.stream, rows)


def _row(each: Dated) -> dict[str, Any]:
    return {
        "stream": str(each.stream),
        "name": each.name,
        "what": each.what,
        "code": each.code,
        "start": _text(each.start),
        "end": None if each.end is None else _text(each.end),
        "before": None if each.before is None else _text(each.before),
        "opened": each.opened,
        "changed": each.changed,
        "ended": each.ended,
        "sequence": each.sequence,
        "cancelled": int(each.cancelled),
        "stamp": micros(each.stamp),
    }


def _text(when: date | datetime) -> str:
    return instant_text(when) if isinstance(when, datetime) else when.isoformat()


def _when(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


# --- reading ----------------------------------------------------------------------------------------------------------


def everything(connection: Connection, most: int) -> list[Dated]:
    """Return the dates on record, the latest first, `most` of them."""
    return _read(connection, select(table), most)


def of_stream(connection: Connection, stream: Stream, most: int) -> list[Dated]:
    """Return the dates of a process or group, the latest first."""
    return _read(connection, select(table).where(table.c.stream == str(stream)), most)


def of_organisation(connection: Connection, slug: str, most: int) -> list[Dated]:
    """Return the dates of all processes and groups in which a body has a part, the latest first."""
    streams = select(organisation_table.c.stream).where(organisation_table.c.slug == slug)
    return _read(connection, select(table).where(table.c.stream.in_(streams)), most)


def _read(connection: Connection, query: Select[Any], most: int) -> list[Dated]:
    rows = connection.execute(query.order_by(table.c.start.desc(), table.c.stream, table.c.name).limit(most))
    return [_dated(row) for row in rows]


def _dated(row: Any) -> Dated:
    before = None if row.before is None else _when(row.before)
    return Dated(
        stream=Stream.parse(row.stream),
        name=row.name,
        what=row.what,
        code=row.code,
        start=_when(row.start),
        end=None if row.end is None else _when(row.end),
        before=before,
        opened=row.opened,
        changed=row.changed,
        ended=row.ended,
        sequence=row.sequence,
        cancelled=bool(row.cancelled),
        stamp=instant(row.stamp),
    )
