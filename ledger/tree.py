"""The stored tree: its head, its tiles, and a walk that holds the entries against them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from ledger.database import entry as stored_entry
from ledger.database import tile as stored_tile
from ledger.database import tree_head
from ledger.errors import Corrupt
from ledger.sequencer import Head, has_row, read_head, require_bytes
from ledger.tlog.errors import TlogError
from ledger.tlog.growth import Growth
from ledger.tlog.merkle import HASH_SIZE, leaf_hash, root_at
from ledger.tlog.tiles import TILE_WIDTH, FetchTile, HashTile, TileReader, TileRow, edge_tiles
from ledger.words import N_

_FULL: Final = TILE_WIDTH * HASH_SIZE


def read_tree_head(connection: Connection) -> Head:
    row = connection.execute(select(tree_head.c.size, tree_head.c.recorded, tree_head.c.range)).one_or_none()
    if row is None:
        raise Corrupt(N_("The tree head is missing from the database. Restore it from a backup."))
    return read_head(*row)


def stored_root(connection: Connection, size: int) -> bytes:
    try:
        return root_at(size, tile_reader(connection, size))
    except TlogError as error:
        raise damaged_tiles(error) from error


def tile_reader(connection: Connection, size: int) -> TileReader:
    """Return a `HashReader` over the stored tiles of the first `size` entries, which later entries do not disturb.

    It raises `TlogError` for a tile that is missing or too short.
    """
    return TileReader(size, _fetcher(connection))


class Slice(NamedTuple):
    """Entries of one bundle, from index `first` on, and the tiles that they completed."""

    first: int
    entries: list[bytes]
    full: list[TileRow]


def growth_at(connection: Connection, size: int) -> Growth:
    """Return the stored tree's right edge as it was at `size`."""
    fetch = _fetcher(connection)
    try:
        # `extend` refuses an edge that is not whole, and the root shows whether it is the right one.
        return Growth(size, [TileRow(tile.level, tile.number, fetch(tile) or b"") for tile in edge_tiles(size)])
    except TlogError as error:
        raise damaged_tiles(error) from error


def slices(connection: Connection, growth: Growth, size: int) -> Iterator[Slice]:
    """Yield the stored entries from where `growth` is up to `size`, at most a bundle at a time.

    Each slice's hashes were compared with the stored tiles before it is yielded, those of the higher levels' partial
    tiles before this ends. Raises `Corrupt`, naming the entry. The newest entries, whose tile is not full, have no
    stored hashes but the tree head's: the caller holds the tree against that, or against what was signed.
    """
    while growth.size < size:
        first = growth.size
        entries = _read_entries(connection, first, min(size, first - first % TILE_WIDTH + TILE_WIDTH))
        try:
            rows = growth.extend(leaf_hash(each) for each in entries)
        except TlogError as error:
            raise damaged_tiles(error) from error
        full = [row for row in rows if len(row.hashes) == _FULL]
        _require_stored(connection, full)
        yield Slice(first, entries, full)
    _require_stored(connection, [row for row in growth.edge if row.level])


def contradiction(one: str, other: str) -> Corrupt:
    return Corrupt(
        N_(
            "In the database, %(one)s and %(other)s do not fit: something was changed or damaged. Nothing was signed "
            "or published. Restore the database from a backup; candour restore says how."
        ),
        one=one,
        other=other,
    )


def _fetcher(connection: Connection) -> FetchTile:
    def fetch(tile: HashTile) -> bytes | None:
        hashes = _stored_hashes(connection, tile.level, tile.number)
        if hashes is None and not has_row(tile.level, tile.width):
            first = tile.number * TILE_WIDTH
            return b"".join(map(leaf_hash, _read_entries(connection, first, first + tile.width)))
        return None if hashes is None else hashes[: tile.width * HASH_SIZE]

    return fetch


def _stored_hashes(connection: Connection, level: int, number: int) -> bytes | None:
    query = select(stored_tile.c.hashes).where(stored_tile.c.level == level, stored_tile.c.number == number)
    return connection.scalar(query)


def _read_entries(connection: Connection, first: int, end: int) -> list[bytes]:
    position = stored_entry.c.position
    query = select(position, stored_entry.c.state).where(position >= first, position < end).order_by(position)
    rows = connection.execute(query).all()
    for expected, (found, _) in zip(range(first, end), [*rows, (None, b"")], strict=False):
        if found != expected:
            raise Corrupt(
                N_("Entry %(number)s is missing from the database. Restore it from a backup."), number=expected
            )
    return [require_bytes(position, state) for position, state in rows]


def _require_stored(connection: Connection, rows: Iterable[TileRow]) -> None:
    for row in rows:
        stored = _stored_hashes(connection, row.level, row.number) or b""
        if not stored.startswith(row.hashes):
            raise _differing(row, stored)


def _differing(row: TileRow, stored: bytes) -> Corrupt:
    places = range(0, len(row.hashes), HASH_SIZE)
    at = next(at for at in places if row.hashes[at : at + HASH_SIZE] != stored[at : at + HASH_SIZE])
    number = row.number * TILE_WIDTH + at // HASH_SIZE
    if row.level == 0:
        return Corrupt(
            N_(
                "Entry %(number)s and the hash that was stored with it do not fit: one of them was changed or "
                "damaged. Nothing was signed or published. Restore the database from a backup; candour restore "
                "says how."
            ),
            number=number,
        )
    return contradiction(HashTile(row.level, row.number).path, N_("the tiles below it"))


def damaged_tiles(error: TlogError) -> Corrupt:
    return Corrupt(
        N_(
            "The stored tiles are damaged: %(error)s Nothing was signed or published. Restore the database from a "
            "backup; candour restore says how."
        ),
        error=error,
    )
