"""Which entries name a copy of a document by its digest: only such a copy is given to anyone.

entry that names a digest, as the public sees it -> a row -> the copy may be had
a redaction that covers the document there       -> the row says so -> the copy is gone, wherever else it is named
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, delete, func, select

from ledger import vocabulary as v
from ledger.actions.ledger import target_of
from ledger.kinds import Undisclosed, stated
from ledger.process import History, Recorded
from ledger.structs import Document, Source
from projections.follow import Tables, put

table: Final = Table(
    "view_copy",
    MetaData(),
    Column("sha256", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("removed", Integer, nullable=False),
)
"""The entries that name a digest; `removed` where the document's title in that entry was redacted."""

State = Literal["public", "removed"]


class Copies:
    """The rows of `view_copy`."""

    name = "copies"
    version = 1
    tables = (table,)

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:
        """Add what the entry names; derive anew what an entry names whose disclosures it changes."""
        rows = tables["view_copy"]
        _put(connection, rows, added)
        changed = target_of(added.action)
        target = None if changed is None else history.own(changed)
        if target is not None:
            connection.execute(delete(rows).where(rows.c.position == target.index))
            _put(connection, rows, target)

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Nothing: each entry settles itself."""


def _put(connection: Connection, rows: Table, named_in: Recorded) -> None:
    found: dict[str, bool] = {}
    for _, digest, removed in named(named_in):
        found[digest] = removed or found.get(digest, False)
    for digest, removed in found.items():
        put(connection, rows, {"sha256": digest, "position": named_in.index, "removed": int(removed)})


def named(entry: Recorded) -> Iterator[tuple[str, str, bool]]:
    """Yield (path, SHA-256 digest in hexadecimal, whether its title was redacted) of each document an entry names."""
    yield from _below(entry.action, "data")
    yield from _below(entry.statement, "")


def _below(struct: v.Struct, path: str) -> Iterator[tuple[str, str, bool]]:
    if isinstance(struct, Document | Source):
        digest = stated(struct.sha256)
        if digest is not None:
            yield path, digest, isinstance(struct.title, Undisclosed) and struct.title.state == "redacted"
        return
    for each in v.fields_of(type(struct)):
        value, here = getattr(struct, each.name), v.join(path, each.name)
        if isinstance(value, v.Struct):
            yield from _below(value, here)
        elif isinstance(value, tuple):
            for place, item in enumerate(value):
                if isinstance(item, v.Struct):
                    yield from _below(item, f"{here}.{place}")


def state_of(connection: Connection, digest: str) -> State | None:
    """Return whether a copy of that digest may be had or was removed by law; None where no public entry names it."""
    removed = connection.scalar(select(func.max(table.c.removed)).where(table.c.sha256 == digest))
    return None if removed is None else "removed" if removed else "public"
