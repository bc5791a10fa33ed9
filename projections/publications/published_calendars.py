"""Calendars as finished files: of everything, of each process and group, and of each body's processes.

entries -> rows of dates (`projections.dates`) -> which dates changed, by digest -> only their events written anew
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Connection, MetaData, Table, Text, delete, select

from ledger.actions.ledger import LedgerEntryWithdrawn, target_of
from ledger.process import Recorded
from ledger.streams import LEDGER
from ledger.voice import ENGLISH
from projections import calendar, entries, organisations, streams
from projections.dates import table as date_table
from projections.documents import Site
from projections.follow import concern_table, put
from projections.publications.registry import Memory, Old, Stale

_metadata = MetaData()

part_table: Final = Table(
    "calendar_part",
    _metadata,
    Column("stream", Text, primary_key=True),
    Column("calendar", Text, primary_key=True),
    Column("digest", Text, nullable=False),
)
"""Which streams' dates each calendar holds, with a digest of what they were when it was last written or due to be."""

_AT_ONCE: Final = 500


class Calendars:
    """All that is below `/calendar/`."""

    name = "calendar"
    version = 1
    tables = (part_table,)

    def take_in(self, connection: Connection, added: Sequence[Recorded], after: datetime | None) -> Iterator[Stale]:
        """Yield the calendars of the streams whose dates, or the words about them, entries changed."""
        del after
        concerned = _concerned(connection, [each.index for each in added])
        said_again = {str(each.stream) for each in added if _changes_words(each)}
        said_again |= {stream for each in added if _changes_words(each) for stream in concerned.get(each.index, ())}
        touched = {str(each.stream) for each in added} | {stream for found in concerned.values() for stream in found}
        for stream in sorted(touched - {str(LEDGER)}):
            yield from _compared(connection, stream, said_again=stream in said_again)

    def pass_time(self, connection: Connection, since: datetime | None, now: datetime) -> Iterable[Stale]:
        """Return nothing: only an entry moves a date."""
        del connection, since, now
        return ()

    def removed(self, connection: Connection, target: int) -> Iterator[Stale]:
        """Yield the calendars that can say something of an entry."""
        view = entries.one(connection, target)
        if view is None:
            return
        about = [str(view.entry.stream), *_concerned(connection, [target]).get(target, ())]
        rows = part_table.c
        query = select(rows.calendar, rows.stream).where(rows.stream.in_(about))
        yield from ((key, stream) for key, stream in connection.execute(query).all())

    def every(self, connection: Connection) -> Iterator[str]:
        """Yield the key of each calendar."""
        yield calendar.ALL
        yield from connection.scalars(select(streams.table.c.stream).order_by(streams.table.c.stream)).all()
        slugs = select(organisations.table.c.slug).distinct().order_by(organisations.table.c.slug)
        yield from (_organisation(slug) for slug in connection.scalars(slugs).all())

    def in_order(self, connection: Connection, keys: Sequence[str]) -> Sequence[str]:
        """Return the calendar of everything first."""
        del connection
        return sorted(keys, key=lambda key: (key != calendar.ALL, key))

    def render(
        self, connection: Connection, stale: Mapping[str, Collection[str]], site: Site, old: Old, memory: Memory
    ) -> Mapping[str, bytes | None]:
        """Return the files of calendars, each date that did not change taken from the old file."""
        del memory
        files: dict[str, bytes | None] = {}
        for key, what in stale.items():
            path = f"{key}.ics"
            held = b"" if "" in what else old(path) or b""
            files[path] = calendar.of(connection, key, site, ENGLISH, held=held, stale=what)
        return files


def _changes_words(added: Recorded) -> bool:
    """Whether an entry can change what is said of dates that it leaves where they are."""
    again = added.corrects is not None or isinstance(added.action, LedgerEntryWithdrawn)
    return again or target_of(added.action) is not None


def _concerned(connection: Connection, indexes: Sequence[int]) -> dict[int, list[str]]:
    """Return the further streams that entries concern, by index."""
    found: dict[int, list[str]] = {}
    rows = concern_table.c
    for first in range(0, len(indexes), _AT_ONCE):
        query = select(rows.position, rows.stream).where(rows.position.in_(indexes[first : first + _AT_ONCE]))
        for position, stream in connection.execute(query):
            found.setdefault(position, []).append(stream)
    return found


def _compared(connection: Connection, stream: str, *, said_again: bool) -> Iterator[Stale]:
    """Yield the calendars in which a stream's dates are others than they were, and keep what they are now."""
    rows = part_table.c
    held: dict[str, str] = {
        each.calendar: each.digest for each in connection.execute(select(part_table).where(rows.stream == stream))
    }
    wanted = dict(_wanted(connection, stream))
    for key, digest in wanted.items():
        if held.get(key) != digest:
            put(connection, part_table, {"stream": stream, "calendar": key, "digest": digest})
    gone = held.keys() - wanted.keys()
    if gone:
        connection.execute(delete(part_table).where(rows.stream == stream, rows.calendar.in_(gone)))
    changed = {key for key, digest in wanted.items() if said_again or held.get(key) != digest}
    yield from ((key, stream) for key in sorted(changed | gone))


def _wanted(connection: Connection, stream: str) -> Iterator[tuple[str, str]]:
    """Yield the calendars that hold a stream's dates, each with a digest of these and of what its title depends on.

    The name on a body's calendar is the newest spelling when it was written.
    """
    dates = connection.execute(select(date_table).where(date_table.c.stream == stream).order_by(date_table.c.name))
    digest = _digest([tuple(row) for row in dates])
    yield from ((key, digest) for key in (calendar.ALL, stream))
    rows = organisations.table.c
    query = select(rows.slug, rows.name).where(rows.stream == stream).distinct().order_by(rows.slug, rows.name)
    named: dict[str, list[str | None]] = {}
    for slug, name in connection.execute(query):
        named.setdefault(slug, []).append(name)
    yield from ((_organisation(slug), _digest([digest, *names])) for slug, names in named.items())


def _digest(what: Sequence[object]) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()


def _organisation(slug: str) -> str:
    return f"organisation/{slug}"
