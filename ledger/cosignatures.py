"""Cosignatures as they are kept: beside the checkpoints that witnesses signed, and added when these are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select

from ledger.database import checkpoint as signed
from ledger.database import cosignature, reading, writing
from ledger.tlog.cosignature import cosigned_at
from ledger.tlog.note import Note, Signature
from ledger.tlog.policy import Policy, cosigned

_AT_ONCE: Final = 50


class Seen(NamedTuple):
    """That a witness cosigned the log at `size`, and when by its own clock (seconds since 1970)."""

    witness: str
    size: int
    time: int


class Bracket(NamedTuple):
    """Between which of its cosignatures a witness first saw an entry; either may be missing."""

    witness: str
    before: Seen | None
    after: Seen | None


def witness_id(key: Signature | tuple[str, bytes]) -> str:
    """Return what names a witness's key in the table: its name, + and its id in hex."""
    name, key_id = (key.name, key.key_id) if isinstance(key, Signature) else key
    return f"{name}+{key_id.hex()}"


def keep(engine: Engine, size: int, signatures: Iterable[Signature]) -> None:
    """Keep verified cosignatures of the checkpoint of a size; of each witness the first one stays."""
    with reading(writing(engine)) as connection:
        known = set(connection.scalars(select(cosignature.c.witness).where(cosignature.c.size == size)))
        rows = {
            witness_id(each): {
                "size": size,
                "witness": witness_id(each),
                "time": cosigned_at(each),
                "line": each.to_line(),
            }
            for each in signatures
        }
        new = [row for witness, row in rows.items() if witness not in known]
        if new:
            connection.execute(insert(cosignature), new)
        connection.commit()


def complete(connection: Connection, notes: Sequence[tuple[int, str]]) -> Iterator[tuple[int, bytes]]:
    """Yield each checkpoint with the cosignatures that are kept of it, in the order of the witnesses' names."""
    sizes = [size for size, _ in notes]
    if not sizes:
        return
    query = (
        select(cosignature.c.size, cosignature.c.line)
        .where(cosignature.c.size >= min(sizes), cosignature.c.size <= max(sizes))
        .order_by(cosignature.c.size, cosignature.c.witness)
    )
    lines: dict[int, str] = {
        size: "".join(line for _, line in rows)
        for size, rows in groupby(connection.execute(query), key=lambda row: row[0])
    }
    for size, note in notes:
        yield size, f"{note}{lines.get(size, '')}".encode()


def newest_met(connection: Connection, policy: Policy, after: int) -> bytes | None:
    """Return the newest signed checkpoint, above a size, whose cosignatures meet the quorum; with all of them."""
    query = select(signed.c.size, signed.c.note).where(signed.c.size > after).order_by(signed.c.size.desc())
    # A page at a time, and no cursor that stays open: the first one is nearly always it.
    rows = connection.execute(query.limit(_AT_ONCE)).all()
    while rows:
        for size, note in rows:
            ((_, whole),) = complete(connection, [(size, note)])
            if policy.is_met(cosigned(whole, policy)):
                return whole
        rows = connection.execute(query.where(signed.c.size < rows[-1][0]).limit(_AT_ONCE)).all()
    return None


def last_cosigned(connection: Connection, witness: str, most: int) -> int:
    """Return the largest size, up to `most`, that a witness has cosigned; 0 if none."""
    query = select(func.max(cosignature.c.size)).where(cosignature.c.witness == witness, cosignature.c.size <= most)
    return connection.scalar(query) or 0


def who_cosigned(connection: Connection, size: int) -> frozenset[str]:
    """Return the witnesses that have cosigned the checkpoint of a size."""
    return frozenset(connection.scalars(select(cosignature.c.witness).where(cosignature.c.size == size)))


def brackets(connection: Connection, index: int) -> tuple[Bracket, ...]:
    """Return for each witness its last cosignature of a log without entry `index`, and its first of one with it."""
    found: dict[str, dict[str, Seen]] = {}
    row = cosignature.c
    for name, inside, edge in (("before", row.size <= index, func.max), ("after", row.size > index, func.min)):
        nearest = select(row.witness, edge(row.size).label("size")).where(inside).group_by(row.witness).subquery()
        both = (row.witness == nearest.c.witness) & (row.size == nearest.c.size)
        query = select(row.witness, row.size, row.time).join(nearest, both)
        for each in connection.execute(query):
            seen = Seen(*each)
            found.setdefault(seen.witness, {})[name] = seen
    return tuple(Bracket(witness, each.get("before"), each.get("after")) for witness, each in sorted(found.items()))


def stated(note: bytes) -> Mapping[str, Signature]:
    """Return a note's signature lines by witness, unverified."""
    return {witness_id(each): each for each in Note.from_bytes(note).signatures}
