"""What is on record and not shown: every value withheld, embargoed or redacted, as rows to list and to count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    func,
    select,
    true,
)

from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.actions.ledger import REDACTION_BASES
from ledger.codes import BASES
from ledger.kinds import CodeList, State, stated
from ledger.process import History, Recorded
from ledger.streams import Stream
from ledger.voice import Voice
from ledger.words import N_
from projections.follow import Tables, put_of_stream
from projections.hidden import KeptBack, field_words, kept_back
from projections.organisations import slug_of
from projections.turns import instant, micros

table: Final = Table(
    "view_withheld",
    MetaData(),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("path", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("stream", Text, nullable=False, index=True),
    Column("action", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("ground", Text),
    Column("since", BigInteger, nullable=False, index=True),
    Column("decision", BigInteger),
    Column("until", BigInteger),
    Column("partial", Integer, nullable=False),
    Column("waits", Integer, nullable=False),
)
"""One row for each value of entry `position` that is not shown, in the order of `place`. Instants: µs since 1970."""

STATES: Final = CodeList(
    "value that is not shown",
    {"embargoed": N_("Not public yet"), "withheld": N_("Withheld"), "redacted": N_("Removed by law")},
)


class Withheld:
    """The rows of `view_withheld`."""

    name = "withheld"
    version = 1
    tables = (table,)

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:
        """Nothing: what a value's state is depends on later entries, so streams are settled once a page."""

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Write the rows of the stream's own entries anew."""
        found = {(each.entry.index, each.path): each for each in kept_back(history)}
        rows = [_row(each, place) for place, each in enumerate(found.values())]
        put_of_stream(connection, tables[table.name], history.stream, rows)


def _row(each: KeptBack, place: int) -> dict[str, Any]:
    return {
        "position": each.entry.index,
        "path": each.path,
        "place": place,
        "stream": str(each.entry.stream),
        "action": each.entry.action.declaration.name,
        "state": each.state,
        "slug": slug_of(each.by) or "",
        "organisation": stated(each.by.name) or " ".join(filter(None, (stated(each.by.scheme), stated(each.by.id)))),
        "role": each.role,
        "ground": each.ground,
        "since": micros(each.since),
        "decision": each.decision,
        "until": None if each.until is None else micros(each.until),
        "partial": int(each.is_partial),
        "waits": int(each.waits),
    }


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which values are asked for; None is all."""

    state: str | None = None
    action: str | None = None
    stream: Stream | None = None
    slugs: Sequence[str] | None = None
    """The bodies whose decision it was."""
    until: datetime | None = None
    """Only embargoes that end by themselves up to this instant."""

    def where(self) -> ColumnElement[bool]:
        """Return the condition on the rows."""
        rows = table.c
        wanted: list[ColumnElement[bool]] = [true()]
        wanted += [rows.state == self.state] if self.state is not None else []
        wanted += [rows.action == self.action] if self.action is not None else []
        wanted += [rows.stream == str(self.stream)] if self.stream is not None else []
        wanted += [rows.slug.in_(self.slugs)] if self.slugs is not None else []
        wanted += [rows.until <= micros(self.until)] if self.until is not None else []
        return and_(*wanted)


EVERYTHING: Final = Chosen()


@dataclass(frozen=True, slots=True)
class Listed:
    """One value that is not shown; see `KeptBack`. `index` is its entry."""

    index: int
    path: str
    stream: Stream
    action: str
    state: State
    slug: str
    organisation: str
    role: str
    ground: str | None
    since: datetime
    decision: int | None
    until: datetime | None
    is_partial: bool
    waits: bool

    @property
    def kind(self) -> type[v.Action]:
        """The kind of its entry."""
        return KINDS[self.action]

    def what(self, voice: Voice) -> str:
        """Say what kind of value it is."""
        if self.is_partial:
            return voice.words(N_("What it states, but for what was made public"))
        return field_words(self.kind, self.path, voice)

    def why(self, voice: Voice) -> str:
        """Say on which basis it is not shown."""
        if self.waits:
            return voice.words(N_("The words of a question wait until its answer is released"))
        if self.state == "embargoed":
            return voice.words(N_("Embargo: its author makes it public later"))
        codes = REDACTION_BASES if self.state == "redacted" else BASES
        return voice.words(N_("not stated") if self.ground is None else codes.labels[self.ground])


def count(connection: Connection, chosen: Chosen = EVERYTHING) -> int:
    """Return how many values are not shown."""
    return connection.scalar(select(func.count()).select_from(table).where(chosen.where())) or 0


def listed(connection: Connection, chosen: Chosen, limit: int, offset: int = 0) -> list[Listed]:
    """Return values that are not shown: those kept back last first, those of one entry together."""
    order = (table.c.since.desc(), table.c.position.desc(), table.c.place)
    return _read(connection, select(table).where(chosen.where()).order_by(*order).limit(limit).offset(offset))


def ending(connection: Connection, chosen: Chosen, limit: int) -> list[Listed]:
    """Return the embargoes that end by themselves, the one that ends first first."""
    order = (table.c.until, table.c.position, table.c.place)
    query = select(table).where(chosen.where(), table.c.until.is_not(None)).order_by(*order).limit(limit)
    return _read(connection, query)


def _read(connection: Connection, query: Any) -> list[Listed]:
    return [
        Listed(
            row.position,
            row.path,
            Stream.parse(row.stream),
            row.action,
            cast("State", row.state),
            row.slug,
            row.organisation,
            row.role,
            row.ground,
            instant(row.since),
            row.decision,
            None if row.until is None else instant(row.until),
            bool(row.partial),
            bool(row.waits),
        )
        for row in connection.execute(query)
    ]


def by_state(connection: Connection, chosen: Chosen = EVERYTHING) -> dict[str, int]:
    """Return how many values are in each state."""
    query = select(table.c.state, func.count()).where(chosen.where()).group_by(table.c.state)
    found = {state: int(times) for state, times in connection.execute(query)}
    return {state: found.get(state, 0) for state in STATES.labels}


def by_kind(connection: Connection, chosen: Chosen = EVERYTHING) -> dict[str, Mapping[str, int]]:
    """Return kind of entry -> state -> how many values, in the order of the catalogue."""
    query = select(table.c.action, table.c.state, func.count()).where(chosen.where())
    found = _counts(connection, query.group_by(table.c.action, table.c.state))
    return {name: found[name] for name in KINDS if name in found}


@dataclass(frozen=True, slots=True)
class OfBody:
    """How many values a body keeps back or has had removed, by state."""

    slug: str
    name: str
    counts: Mapping[str, int]


def bodies(connection: Connection, chosen: Chosen = EVERYTHING) -> int:
    """Return how many bodies decided that something is not shown."""
    return connection.scalar(select(func.count(func.distinct(table.c.slug))).where(chosen.where())) or 0


def by_body(connection: Connection, chosen: Chosen, limit: int, offset: int = 0) -> list[OfBody]:
    """Return bodies by name, with how much each keeps back. Nothing ranks them."""
    name = func.min(table.c.organisation)
    query = select(table.c.slug, name.label("name")).where(chosen.where()).group_by(table.c.slug)
    named = connection.execute(query.order_by(func.lower(name), table.c.slug).limit(limit).offset(offset)).all()
    slugs: Sequence[str] = [row.slug for row in named]
    counted = select(table.c.slug, table.c.state, func.count()).where(chosen.where(), table.c.slug.in_(slugs))
    counts = _counts(connection, counted.group_by(table.c.slug, table.c.state))
    return [OfBody(row.slug, row.name, counts[row.slug]) for row in named]


def _counts(connection: Connection, query: Any) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name, state, times in connection.execute(query):
        found.setdefault(name, dict.fromkeys(STATES.labels, 0))[state] = int(times)
    return found
