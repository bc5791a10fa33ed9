"""Which organisations are on record, in which processes and groups, in what part: one body by scheme and number.

Two spellings of one number are one body. A body without a number is known by its name alone, and is never taken for
another one of that name which has a number. Nothing is ranked.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    func,
    select,
    true,
)

from ledger.actions import KINDS
from ledger.kinds import Kind, Many, stated
from ledger.process import History, Recorded
from ledger.streams import Stream
from ledger.structs import Party
from ledger.vocabulary import Nested, Struct, fields_of
from ledger.words import N_
from projections.follow import Tables, put_of_stream

_metadata = MetaData()

table: Final = Table(
    "view_organisation",
    _metadata,
    Column("stream", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("scheme", Text),
    Column("id", Text),
    Column("name", Text),
    Column("entries", Integer, nullable=False),
    Column("last", BigInteger, nullable=False, index=True),
)
"""One row for each part that a body has in a stream, with the entries that say so and the newest of them. `name` is the
spelling of that newest entry, None where it gives only a number.
"""
# A body can have a part in thousands of streams: lists and names are read from these alone.
Index("ix_view_organisation_stream", table.c.slug, table.c.stream, table.c.name, table.c.last)
Index("ix_view_organisation_named", table.c.slug, table.c.name, table.c.scheme, table.c.id, table.c.last)

SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,126}", re.ASCII)
_PLAIN_SCHEME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_PLAIN_ID: Final = re.compile(r"[a-z0-9]+", re.ASCII)
_MOST_PLAIN: Final = 60
_MOST_BASE: Final = 80

RECORDED_BY: Final = "recorded_by"
ON_BEHALF_OF: Final = "on_behalf_of"


@dataclass(frozen=True, slots=True)
class Body:
    """What tells one organisation from another: a number in a scheme, or else a name, without regard to case."""

    scheme: str | None
    id: str | None
    name: str | None

    @property
    def slug(self) -> str:
        """Its word in addresses. It depends on nothing but the body, and no two bodies share one.

        A plain scheme and number are joined by a hyphen, and the last hyphen parts them. All else gets, after two
        hyphens, which no plain one has, the beginning of a digest.
        """
        if self.scheme is not None and self.id is not None:
            scheme, number = self.scheme.casefold(), self.id.casefold()
            plain = _PLAIN_SCHEME.fullmatch(scheme) and _PLAIN_ID.fullmatch(number)
            if plain and len(scheme) + len(number) <= _MOST_PLAIN:
                return f"{scheme}-{number}"
            return _digested(f"{scheme} {number}", ("number", scheme, number))
        name = " ".join((self.name or "").casefold().split())
        return _digested(name, ("name", name))


def _digested(readable: str, key: tuple[str, ...]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", readable).strip("-")[:_MOST_BASE].rstrip("-") or "body"
    return f"{base}--{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}"


def body_of(party: Party) -> Body | None:
    """Return who a party is; None where the record does not say, or does not show it."""
    scheme, number, name = stated(party.scheme), stated(party.id), stated(party.name)
    if scheme is not None and number is not None:
        return Body(scheme, number, name)
    return None if name is None or not name.strip() else Body(None, None, name)


def parts(entry: Recorded) -> Iterator[tuple[str, Party]]:
    """Yield each organisation that an entry names, with the part it has there: the name of the field."""
    yield RECORDED_BY, entry.statement.by.organisation
    if entry.statement.on_behalf_of is not None:
        yield ON_BEHALF_OF, entry.statement.on_behalf_of
    yield from _parts(entry.action)


def _parts(struct: Struct) -> Iterator[tuple[str, Party]]:
    for each in fields_of(type(struct)):
        value = getattr(struct, each.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Party):
                yield each.name, item
            elif isinstance(item, Struct):
                yield from _parts(item)


_SAID: Final = {
    RECORDED_BY: N_("Recorded entries"),
    ON_BEHALF_OF: N_("Entries recorded on its behalf"),
    "facilitator": N_("Ran engagement with providers"),
    "facilitated_by": N_("Ran engagement with service users"),
    "convened_by": N_("Convened an advisory group"),
    "attendee_organisations": N_("Took part in a meeting of an advisory group"),
    "to_body": N_("Was told of an advisory group's work"),
    "made_by": N_("Made promises"),
    "addressee": N_("Asked by a review"),
    "incumbents": N_("Provider before"),
}
"""What a reader is told where the label of the field says too little by itself."""


def _labels() -> dict[str, str]:
    """Return part -> words, in the order of the catalogue."""
    found = dict(_SAID)
    for kind in KINDS.values():
        for name, label in _declared(kind):
            found.setdefault(name, label)
    return found


def _declared(struct: type[Struct]) -> Iterator[tuple[str, str]]:
    for each in fields_of(struct):
        inside = _struct_of(each.kind)
        if inside is Party:
            yield each.name, each.label
        elif inside is not None:
            yield from _declared(inside)


def _struct_of(kind: Kind) -> type[Struct] | None:
    kind = kind.item if isinstance(kind, Many) else kind
    return kind.struct if isinstance(kind, Nested) else None


ROLES: Final[Mapping[str, str]] = _labels()
"""The part that a body has -> its label."""


class Organisations:
    """The rows of `view_organisation`."""

    name = "organisations"
    version = 3
    tables = (table,)

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:
        """Nothing: the rows are about whole streams, and are settled once a page."""

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Write the stream's rows anew, from the entries that stand."""
        put_of_stream(connection, tables[table.name], history.stream, list(_rows(history)))


def _rows(history: History) -> Iterator[dict[str, Any]]:
    found: dict[tuple[str, str], list[tuple[int, Body]]] = {}
    for entry in sorted(history.standing(), key=lambda each: each.index):
        named = {(role, body.slug): body for role, party in parts(entry) if (body := body_of(party)) is not None}
        for (role, slug), body in named.items():
            found.setdefault((slug, role), []).append((entry.index, body))
    for (slug, role), told in sorted(found.items()):
        last, newest = told[-1]
        yield {
            "stream": str(history.stream),
            "slug": slug,
            "role": role,
            "scheme": newest.scheme,
            "id": newest.id,
            "name": newest.name,
            "entries": len(told),
            "last": last,
        }


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A body in a list: `name` is its newest spelling, or its number; `streams` counts processes and groups."""

    slug: str
    name: str
    streams: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part that a body has in one stream: how many entries say so, and the newest."""

    stream: Stream
    role: str
    entries: int
    last: int


@dataclass(frozen=True, slots=True)
class Organisation:
    """One body with all its parts, streams with the newest entries first. `spellings` are its other names."""

    slug: str
    scheme: str | None
    id: str | None
    name: str
    spellings: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Where it has a part, that with the newest entry first."""
        return tuple(dict.fromkeys(each.stream for each in self.parts))


def count(connection: Connection) -> int:
    """Return how many bodies are on record."""
    return connection.scalar(select(func.count(func.distinct(table.c.slug)))) or 0


def listed(connection: Connection, limit: int, offset: int = 0) -> list[Listed]:
    """Return bodies in the order of their names."""
    return _listed(connection, true(), limit, offset)


def named(connection: Connection, words: Sequence[str], limit: int) -> list[Listed]:
    """Return bodies of whose names one holds each of the words, in the order of their names."""
    holds = (func.lower(table.c.name).contains(word.lower(), autoescape=True) for word in words)
    found = select(table.c.slug).where(and_(true(), *holds))
    return _listed(connection, table.c.slug.in_(found), limit, 0)


def _listed(connection: Connection, where: ColumnElement[bool], limit: int, offset: int) -> list[Listed]:
    first = func.lower(func.coalesce(func.min(table.c.name), table.c.slug))
    query = (
        select(table.c.slug, func.count(func.distinct(table.c.stream)).label("streams"))
        .where(where)
        .group_by(table.c.slug)
        .order_by(first, table.c.slug)
        .limit(limit)
        .offset(offset)
    )
    found = {row.slug: int(row.streams) for row in connection.execute(query)}
    names = _names(connection, list(found))
    return [Listed(slug, names[slug][0], streams) for slug, streams in found.items()]


def _names(connection: Connection, slugs: list[str]) -> dict[str, list[str]]:
    """Return the spellings of each body, the newest first; its number where it has no name."""
    spelling = (table.c.slug, table.c.name, table.c.scheme, table.c.id)
    query = (
        select(*spelling)
        .where(table.c.slug.in_(slugs))
        .group_by(*spelling)
        .order_by(func.max(table.c.last).desc(), *spelling)
    )
    names: dict[str, dict[str, None]] = {}
    numbers: dict[str, str] = {}
    for slug, name, scheme, number in connection.execute(query):
        held = names.setdefault(slug, {})
        numbers.setdefault(slug, f"{scheme} {number}")
        if name is not None and name.strip():
            held[name] = None
    return {slug: list(held) or [numbers[slug]] for slug, held in names.items()}


def one(connection: Connection, slug: str) -> Organisation | None:
    """Return one body; None where none on record has that word in its address."""
    query = select(table).where(table.c.slug == slug).order_by(table.c.last.desc(), table.c.stream, table.c.role)
    rows = connection.execute(query).all()
    if not rows:
        return None
    name, *others = _names(connection, [slug])[slug]
    found = tuple(Part(Stream.parse(row.stream), row.role, row.entries, row.last) for row in rows)
    return Organisation(slug, rows[0].scheme, rows[0].id, name, tuple(others), found)


@dataclass(frozen=True, slots=True)
class Head:
    """One body without its parts, which can be thousands. `streams` counts processes and groups.

    `values` are what processes may be chosen by for which it is responsible: its numbers and names as spelled.
    """

    slug: str
    scheme: str | None
    id: str | None
    name: str
    spellings: tuple[str, ...]
    streams: int
    values: tuple[str, ...]


def head(connection: Connection, slug: str) -> Head | None:
    """Return one body; None where none on record has that word in its address."""
    spelling = (table.c.scheme, table.c.id, table.c.name)
    query = select(*spelling).where(table.c.slug == slug).group_by(*spelling)
    rows = connection.execute(query.order_by(func.max(table.c.last).desc(), *spelling)).all()
    if not rows:
        return None
    name, *others = _names(connection, [slug])[slug]
    numbers = {f"{row.scheme}:{row.id}" for row in rows if row.scheme is not None and row.id is not None}
    values = numbers or {row.name for row in rows if row.name is not None}
    streams = connection.scalar(select(func.count(func.distinct(table.c.stream))).where(table.c.slug == slug)) or 0
    return Head(slug, rows[0].scheme, rows[0].id, name, tuple(others), streams, tuple(sorted(values)))


def parts_of(connection: Connection, slug: str, limit: int, offset: int = 0) -> list[Part]:
    """Return the parts of a body in some streams, those with the newest entry first."""
    newest = func.max(table.c.last)
    query = select(table.c.stream).where(table.c.slug == slug).group_by(table.c.stream)
    streams = list(connection.scalars(query.order_by(newest.desc(), table.c.stream).limit(limit).offset(offset)))
    mine = select(table).where(table.c.slug == slug, table.c.stream.in_(streams))
    rows = connection.execute(mine.order_by(table.c.last.desc(), table.c.stream, table.c.role)).all()
    found = [Part(Stream.parse(row.stream), row.role, row.entries, row.last) for row in rows]
    return sorted(found, key=lambda each: streams.index(str(each.stream)))


def newest(connection: Connection, slug: str, limit: int) -> list[int]:
    """Return the newest entries that say of a body's parts, the newest first."""
    query = select(table.c.last).where(table.c.slug == slug).distinct().order_by(table.c.last.desc())
    return list(connection.scalars(query.limit(limit)))


def parties(connection: Connection, limit: int) -> list[dict[str, str]]:
    """Return organisations with scheme, identifier and name, the ones named last first; each spelling once."""
    named = (table.c.scheme, table.c.id, table.c.name)
    query = (
        select(*named)
        .where(*(column.is_not(None) for column in named))
        .group_by(*named)
        .order_by(func.max(table.c.last).desc(), *named)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def of_stream(connection: Connection, stream: Stream) -> dict[str, str]:
    """Return slug -> newest spelling of each body that has a part in a stream."""
    slugs = list(connection.scalars(select(table.c.slug).where(table.c.stream == str(stream)).distinct()))
    return {slug: names[0] for slug, names in _names(connection, slugs).items()}


def slug_of(party: Party) -> str | None:
    """Return a party's word in addresses; None where the record does not say who it is."""
    body = body_of(party)
    return None if body is None else body.slug
