"""Open contracting data of what is public: releases page by page, records, and all of it line by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, func, select

from ledger.database import imported_release
from ledger.ocds.kept import load
from ledger.ocds.write import releases
from ledger.streams import Stream
from projections import entries, streams
from projections.follow import concern_table, load_history

Object = dict[str, Any]

PAGE: Final = 100
"""Entries whose releases are in one package."""

_AT_ONCE: Final = 200


def size(connection: Connection) -> int:
    """Return how many entries are public: those with a number below this."""
    last = connection.scalar(select(func.max(entries.table.c.position)))
    return 0 if last is None else last + 1


def of_stream(connection: Connection, stream: Stream, upto: int | None = None) -> list[tuple[int, Object]]:
    """Return (number of its last entry, release) of a process or a group, oldest first; of nothing else.

    With `upto`, as if no entry with that number or a higher one were there.
    """
    if stream.kind == "ledger":
        return []
    history = load_history(connection, stream, upto=size(connection) if upto is None else upto)
    if not history.version:
        return []
    kept = imported_release.c
    rows = connection.execute(select(kept.sha256, kept.facts).where(kept.reference == stream.reference))
    official = {digest: load(digest, facts).release for digest, facts in rows} if stream.kind == "process" else {}
    return list(releases(history, official))


def page(connection: Connection, first: int) -> list[Object]:
    """Return the releases whose last entry is among the `PAGE` entries from number `first` on, in that order.

    An entry about several processes is in a release of each.
    """
    stop = min(first + PAGE, size(connection))
    found = [
        (index, str(stream), release)
        for stream in streams_of(connection, first, stop)
        # What came later has no part in them, but for what it discloses and redacts.
        for index, release in of_stream(connection, stream)
        if first <= index < stop
    ]
    return [release for _, _, release in sorted(found, key=lambda each: each[:2])]


def streams_of(connection: Connection, first: int, stop: int) -> set[Stream]:
    """Return the streams that the entries from number `first` on, before `stop`, are of or concern."""
    positions = entries.table.c.position
    own = select(entries.table.c.stream).where(positions >= first, positions < stop).distinct()
    concerned = concern_table.c
    others = select(concerned.stream).where(concerned.position >= first, concerned.position < stop).distinct()
    return {Stream.parse(each) for query in (own, others) for each in connection.scalars(query)}


def every_stream(connection: Connection) -> Iterator[Stream]:
    """Yield the processes and the groups on record, in the order of their first entries."""
    done, name = -1, streams.table.c
    while True:
        query = select(name.stream, name.first).where(name.first > done, name.kind != "ledger")
        rows = connection.execute(query.order_by(name.first).limit(_AT_ONCE)).all()
        if not rows:
            return
        done = rows[-1].first
        yield from (Stream.parse(each.stream) for each in rows)


def everything(connection: Connection) -> Iterator[Object]:
    """Yield every release, process by process; one process at a time is in memory."""
    for stream in every_stream(connection):
        yield from (release for _, release in of_stream(connection, stream))
