"""Embargoes that end by themselves: when, and the entry that says so.

    entry embargoed until an instant -> a row -> the instant passes -> an entry that makes its values public

The entry is the ledger's own act for the body that set the end. It is decided under the head lock from what is still
embargoed then, so two followers, or a crash between, make one entry and not two.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Engine, MetaData, Table, Text, delete, func, select

from ledger.actions.ledger import LedgerEntryDisclosed, target_of
from ledger.database import disclosure, reading
from ledger.disclosure import Slot, load_slots
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.schema import load_submission
from ledger.store import Desk, Ledger
from ledger.streams import Stream
from ledger.vocabulary import Action, kind_at
from ledger.when import LONDON
from projections.follow import Tables, put
from projections.turns import instant, micros

AT_ONCE: Final = 100
"""The most embargoes that are ended in one go."""

ROLE: Final = "ledger, at the end of the embargo"

table: Final = Table(
    "view_embargo",
    MetaData(),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    Column("until", BigInteger, nullable=False, index=True),
)
"""Entries of which something becomes public at `until` (µs since 1970, UTC)."""


class Embargoes:
    """The rows of `view_embargo`."""

    name = "embargoes"
    version = 1
    tables = (table,)

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:
        """Add an embargo that has an end; drop the one that an entry has ended before."""
        rows, until = tables["view_embargo"], added.statement.visibility.until
        if until is not None and _ending(connection, added):
            put(connection, rows, {"position": added.index, "stream": str(added.stream), "until": micros(until)})
        changed = target_of(added.action)
        target = None if changed is None else history.own(changed)
        if target is not None and not _ending(connection, target):
            connection.execute(delete(rows).where(rows.c.position == target.index))

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Nothing: each entry settles itself."""


def _ending(connection: Connection, held: Recorded) -> list[str]:
    stored = connection.scalar(select(disclosure.c.slots).where(disclosure.c.position == held.index))
    return list(ending(type(held.action), load_slots(stored)))


def ending(kind: type[Action], slots: tuple[Slot, ...]) -> Iterator[str]:
    """Yield the paths that become public with the end of an embargo.

    What is kept back whether or not its entry is public, such as the words of a question until they are released, is
    not among them.
    """
    for slot in slots:
        group, _, inside = slot.path.partition(".")
        if slot.state == "embargoed" and not (group == "data" and kind_at(kind, inside).first_state == "embargoed"):
            yield slot.path


def next_end(connection: Connection) -> datetime | None:
    """Return when the next embargo ends (UTC), past or to come; None where there is none."""
    found = connection.scalar(select(func.min(table.c.until)))
    return None if found is None else instant(found)


def end_due(engine: Engine, store: Ledger, now: datetime) -> int:
    """Record the end of embargoes that are over at `now`; return how many entries were recorded."""
    query = select(table.c.position, table.c.stream).where(table.c.until <= micros(now)).order_by(table.c.until)
    with reading(engine) as connection:
        due = connection.execute(query.limit(AT_ONCE)).all()
    return sum(_end(store, position, Stream.parse(stream), now) for position, stream in due)


def _end(store: Ledger, position: int, stream: Stream, now: datetime) -> bool:
    def work(desk: Desk) -> bool:
        target = desk.history(stream).own(position)
        paths = [] if target is None else list(ending(type(target.action), load_slots(desk.slots(position))))
        if target is None or not paths:
            return False
        party = target.statement.by.organisation
        desk.record(
            load_submission(
                {
                    "action": LedgerEntryDisclosed.declaration.name,
                    "stream": str(stream),
                    "standing": "act",
                    "by": {
                        "organisation": {name: stated(getattr(party, name)) for name in ("scheme", "id", "name")},
                        "role": ROLE,
                    },
                    "data": {
                        "disclosed_on": now.astimezone(LONDON).date().isoformat(),
                        "target": position,
                        "fields": paths,
                        "basis": "embargo_ended",
                    },
                }
            )
        )
        return True

    return store.record_with(work)
