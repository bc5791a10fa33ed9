"""Removing by law from what is derived, at once: before anything is signed, and also while nothing can be.

    redaction on record -> rows of each projection anew, under the disclosures of today -> the file scrubbed
                        -> (the follower) sign, publish, project -> the file scrubbed again

Pages read values where they are disclosed, so those are gone with the redaction itself. Rows may hold copies (names of
organisations), and SQLite's write-ahead log may hold what rows were before.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, select

from ledger.actions.ledger import LedgerEntryRedacted
from ledger.database import entry, reading, scrub, writing
from ledger.streams import Stream
from projections.follow import Projection, concern_table, load_history, position

REDACTED = LedgerEntryRedacted.declaration.name


def refresh(engine: Engine, projections: Sequence[Projection], stream: Stream, target: int) -> bool:
    """Make the rows of a stream, and of the processes that entry `target` concerns, anew; then scrub.

    Each projection stays at its position, and is later brought up to the redaction as to any entry. Returns whether
    nothing is left in the database's file; `ledger.database.scrub` says when not.
    """
    for projection in projections:
        upto = position(engine, projection)
        if upto > target:
            with writing(engine).begin() as connection:
                _settle(connection, projection, stream, target, upto)
    return scrub(engine)


def _settle(connection: Connection, projection: Projection, stream: Stream, target: int, upto: int) -> None:
    tables = {table.name: table for table in projection.tables}
    concerned = connection.scalars(select(concern_table.c.stream).where(concern_table.c.position == target)).all()
    for each in (stream, *map(Stream.parse, concerned)):
        projection.settle(connection, tables, load_history(connection, each, upto=upto))


def redactions_since(engine: Engine, start: int) -> bool:
    """Whether an entry from number `start` on is a redaction."""
    query = select(entry.c.position).where(entry.c.position >= start, entry.c.topic == REDACTED).limit(1)
    with reading(engine) as connection:
        return connection.scalar(query) is not None
