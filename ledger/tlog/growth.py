"""The right edge of a growing tree, in tiles: what anyone who walks a whole log carries along."""

from collections.abc import Iterable, Sequence

from ledger.tlog.merkle import CompactRange, compact_range_at
from ledger.tlog.tiles import HashTile, TileReader, TileRow, edge_tiles, extend_tiles


class Growth:
    """A tree that leaves are appended to, of which only the partial tiles are kept.

    `edge` are the rows of `edge_tiles(size)`, which `extend_tiles` refuses if they are others. Memory does not
    grow with the tree.
    """

    def __init__(self, size: int = 0, edge: Iterable[TileRow] = ()) -> None:
        self.size = size
        self._edge = {row.level: row for row in edge}

    @property
    def edge(self) -> Sequence[TileRow]:
        """The partial tiles, by level."""
        return list(self._edge.values())

    def extend(self, leaf_hashes: Iterable[bytes]) -> list[TileRow]:
        """Append leaves; return the tiles that are new or wider, as `extend_tiles` does."""
        leaves = list(leaf_hashes)
        changed = extend_tiles(self.size, self._edge.values(), leaves)
        self.size += len(leaves)
        # Rows come by level and number, so that the last one of a level stays: the one at the edge.
        newest = self._edge | {row.level: row for row in changed}
        self._edge = {tile.level: newest[tile.level] for tile in edge_tiles(self.size)}
        return changed

    def compact_range(self) -> CompactRange:
        """Return what is needed to go on leaf by leaf."""
        return compact_range_at(self.size, TileReader(self.size, self._fetch))

    def root(self) -> bytes:
        """Return the tree's root hash."""
        return self.compact_range().root()

    def _fetch(self, tile: HashTile) -> bytes:
        return self._edge[tile.level].hashes
