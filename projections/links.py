"""Which entries point back at which: by number, or by the id of something that the earlier one brought into being."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from sqlalchemy import BigInteger, Column, Connection, Index, MetaData, Table, insert

from ledger.kinds import Entity
from ledger.process import History, Recorded
from ledger.vocabulary import pointers

table: Final = Table(
    "view_link",
    MetaData(),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("target", BigInteger, primary_key=True, autoincrement=False),
)
"""`position` is the later entry, `target` the earlier one that it answers, corrects, ends or names."""

Index("ix_view_link_target", table.c.target)


def put_links(connection: Connection, rows: Table, added: Recorded, history: History) -> None:
    """Add the rows of an entry; `history` is its stream's as it was just before."""
    found = sorted(set(_targets(added, history)))
    if found:
        values = [{"position": added.index, "target": target} for target in found]
        connection.execute(insert(rows), values)


def _targets(added: Recorded, history: History) -> Iterator[int]:
    if added.corrects is not None:
        yield added.corrects
    for _, kind, value in pointers(added.action):
        if kind.name == "entry":
            yield cast("int", value)
        elif isinstance(kind, Entity) and kind.role != "opens":
            opener = history.opened(kind.entity, cast("str", value))
            if opener is not None:
                yield opener.index
