"""Tiles and entry bundles (C2SP tlog-tiles v0.1): the form in which a tree is stored and served.

A hash tile is up to 256 hashes of one level, eight levels of the tree apart. A full tile never
changes; the last of a level may be partial, and is then replaced by a wider one as the tree
grows. A partial tile is never hashed into the level above.

Writing is `extend_tiles`, reading is `TileReader`, and reading from someone who is not trusted
is `ProvingTileReader`. None of them stores or fetches.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from ledger.tlog.errors import BrokenArithmeticError, MissingTileError, TileError, TreeError
from ledger.tlog.merkle import HASH_SIZE, MAX_SIZE, HashReader, Subtree, perfect_root, root_at

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
MAX_LEVEL = 63
MAX_ENTRY = 65_535
"""The most bytes an entry can have: its length stands in 16 bits of its bundle."""

_LENGTH_SIZE = 2
_PROVEN_TILES_KEPT = 64
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)"
    r"/(?P<number>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


class HashTile(NamedTuple):
    """The place of a hash tile: its level, its number in the level, its width in hashes."""

    level: int
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix: `tile/<L>/<N>[.p/<W>]`."""
        return f"tile/{self.level}/{_slice_path(self.number, self.width)}"


class EntryBundle(NamedTuple):
    """The place of an entry bundle: its number, its width in entries."""

    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix: `tile/entries/<N>[.p/<W>]`."""
        return f"tile/entries/{_slice_path(self.number, self.width)}"


class TileRow(NamedTuple):
    """A hash tile with its content, as a writer stores it; `len(hashes) // 32` is its width."""

    level: int
    number: int
    hashes: bytes


FetchTile = Callable[[HashTile], bytes | None]
"""Returns the tile's bytes, or None if it is not there."""

FetchBundle = Callable[[EntryBundle], bytes | None]
"""Returns the bundle's bytes, or None if it is not there."""


def parse_path(path: str) -> HashTile | EntryBundle:
    """Read the path of a tile or bundle; `TileError` unless it is the one spelling of its place."""
    parsed = _parse_path(path)
    # The pattern still lets through groups of leading zeros, widths over 255 and levels over 63.
    if parsed is None or parsed.path != path:
        raise TileError(f"{path[:100]!r} is not the path of a tile.")
    return parsed


def new_tiles(old: int, new: int) -> Iterator[HashTile]:
    """Yield the tiles of the tree of `new` leaves that the tree of `old` leaves did not have.

    These are what must be published when the tree has grown from `old` to `new`: every tile
    completed since, and every partial tile that is wider than it was. An older partial tile
    that has not changed is left out.
    """
    _require_order(old, new)
    level = 0
    while new:
        yield from (HashTile(level, number, width) for number, width in _slices(old, new))
        old >>= TILE_HEIGHT
        new >>= TILE_HEIGHT
        level += 1


def tiles_at(size: int) -> Iterator[HashTile]:
    """Yield all tiles of the tree of `size` leaves, by level and then by number."""
    return new_tiles(0, size)


def edge_tiles(size: int) -> list[HashTile]:
    """Return the partial tiles of the tree of `size` leaves, at most one for each level."""
    tiles = []
    level = 0
    while size:
        number, width = divmod(size, TILE_WIDTH)
        if width:
            tiles.append(HashTile(level, number, width))
        size = number
        level += 1
    return tiles


def new_bundles(old: int, new: int) -> Iterator[EntryBundle]:
    """Yield the entry bundles that the tree of `old` entries did not have; see `new_tiles`."""
    _require_order(old, new)
    return (EntryBundle(number, width) for number, width in _slices(old, new))


def bundles_at(size: int) -> Iterator[EntryBundle]:
    """Yield all entry bundles of the tree of `size` entries."""
    return new_bundles(0, size)


def tile_at(level: int, number: int, size: int) -> HashTile:
    """Return the tile as wide as the tree of `size` leaves has it; `TileError` if it has none."""
    left = (size >> TILE_HEIGHT * level) - number * TILE_WIDTH if level >= 0 else 0
    if number < 0 or left <= 0:
        raise TileError(f"A tree of {size} leaves has no tile {number} at level {level}.")
    return HashTile(level, number, min(left, TILE_WIDTH))


def read_tile(tile: HashTile, reader: HashReader) -> bytes:
    """Return the content of a tile, from stored hashes."""
    first = tile.number * TILE_WIDTH
    level = tile.level * TILE_HEIGHT
    subtrees = [Subtree(level, first + position) for position in range(tile.width)]
    return b"".join(reader.read_hashes(subtrees))


def extend_tiles(size: int, edge: Iterable[TileRow], leaf_hashes: Iterable[bytes]) -> list[TileRow]:
    """Append leaves to a tree of `size` and return the tiles that are new or wider than before.

    `edge` are the rows of `edge_tiles(size)`; `TileError` if they are not exactly those. A row
    returned replaces the stored one of its level and number, if there is one. Rows are ordered
    by level and number, and no row is empty. A caller with many leaves passes them in batches:
    everything returned is held in memory.
    """
    partial = _edge_contents(size, edge)
    changed: list[TileRow] = []
    appended = _joined(leaf_hashes)
    level = 0
    while appended:
        first = size >> TILE_HEIGHT * (level + 1)
        contents = _tile_contents(partial.get(level, b"") + appended)
        rows = [TileRow(level, first + place, content) for place, content in enumerate(contents)]
        changed += rows
        appended = _joined(perfect_root(row.hashes) for row in rows if _is_full(row))
        level += 1
    return changed


class TileReader:
    """A `HashReader` over the tiles of the tree of `size` leaves.

    `fetch` is asked for the tile as wide as that tree has it and, should a partial tile be gone
    because its full tile exists, for the full one. `MissingTileError` if neither is there;
    `TileError` if a tile has the wrong length. What is fetched is believed: see
    `ProvingTileReader`. Tiles are kept for the length of one call only.
    """

    def __init__(self, size: int, fetch: FetchTile) -> None:
        self._size = size
        self._fetch = fetch

    def read_hashes(self, subtrees: Sequence[Subtree], /) -> Sequence[bytes]:
        """Return the hash of each subtree; `TreeError` for one that is not whole in the tree."""
        fetched: dict[HashTile, bytes] = {}
        hashes = []
        for subtree in subtrees:
            tile, within = self._locate(subtree)
            if tile not in fetched:
                fetched[tile] = fetch_tile(tile, self._fetch)
            hashes.append(perfect_root(fetched[tile][within]))
        return hashes

    def _locate(self, subtree: Subtree) -> tuple[HashTile, slice]:
        """Return the tile that a subtree's hash is computed from, and the bytes that it takes."""
        level, number = subtree
        if level < 0 or number < 0 or (number + 1) << level > self._size:
            raise TreeError(f"A tree of {self._size} leaves has no subtree {number} at level {level}.")
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_number, position = divmod(number << height, TILE_WIDTH)
        start = position * HASH_SIZE
        within = slice(start, start + (HASH_SIZE << height))
        return tile_at(tile_level, tile_number, self._size), within


class ProvingTileReader:
    """A `TileReader` that hands out only what it has proven against a signed size and root.

    The partial tiles are proven when the reader is made: the root is computed from exactly all
    of their hashes. A full tile is proven by its hash, which stands in a tile above. Errors are
    those of `TileReader`, and `TileError` for a tile that contradicts the root. Memory is
    bounded: besides the partial tiles, the 64 full tiles used last.
    """

    def __init__(self, size: int, root: bytes, fetch: FetchTile) -> None:
        self._fetch = fetch
        self._edge = {tile: fetch_tile(tile, fetch) for tile in edge_tiles(size)}
        self._full: dict[HashTile, bytes] = {}
        if root_at(size, TileReader(size, self._edge.get)) != root:
            raise TileError(f"The tiles of a tree of {size} leaves do not give its signed root.")
        self._proven = TileReader(size, self._proven_tile)

    def read_hashes(self, subtrees: Sequence[Subtree], /) -> Sequence[bytes]:
        """Return the proven hash of each subtree."""
        return self._proven.read_hashes(subtrees)

    def _proven_tile(self, tile: HashTile) -> bytes:
        if tile in self._edge:
            return self._edge[tile]
        # Taken out and put back, so that the tile not used for longest is the first to go: the
        # tiles higher up prove all others and must stay.
        content = self._full.pop(tile, None) or self._prove(tile)
        if len(self._full) >= _PROVEN_TILES_KEPT:
            del self._full[next(iter(self._full))]
        self._full[tile] = content
        return content

    def _prove(self, tile: HashTile) -> bytes:
        # Every full tile has a parent in the tree, so this ends at a partial tile.
        (expected,) = self.read_hashes([Subtree((tile.level + 1) * TILE_HEIGHT, tile.number)])
        content = fetch_tile(tile, self._fetch)
        if perfect_root(content) != expected:
            raise TileError(f"{tile.path} does not belong under the signed root.")
        return content


def fetch_tile(tile: HashTile, fetch: FetchTile) -> bytes:
    """Return a tile's content, from the full tile if the partial one is gone.

    `MissingTileError` if it is not there, `TileError` if its length is wrong.
    """
    found, content = _fetch_or_full(tile, fetch)
    if len(content) != found.width * HASH_SIZE:
        raise TileError(f"{found.path} has {len(content)} bytes, not {found.width * HASH_SIZE}.")
    return content[: tile.width * HASH_SIZE]


def fetch_entries(bundle: EntryBundle, fetch: FetchBundle) -> list[bytes]:
    """Return a bundle's entries, from the full bundle if the partial one is gone.

    `MissingTileError` if it is not there, `TileError` if it is malformed. The entries are not
    proven: their leaf hashes must still be compared with those of the level 0 tile.
    """
    found, content = _fetch_or_full(bundle, fetch)
    return decode_bundle(content, found.width)[: bundle.width]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return 1 to 256 entries as a bundle: each after its length in two bytes, big-endian."""
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise TileError(f"A bundle holds 1 to {TILE_WIDTH} entries, not {len(entries)}.")
    return b"".join(_length_prefix(entry) + entry for entry in entries)


def decode_bundle(content: bytes, width: int) -> list[bytes]:
    """Return the entries of a bundle; `TileError` unless it is exactly `width` entries."""
    entries: list[bytes] = []
    at = 0
    while at < len(content) and len(entries) < width:
        start = at + _LENGTH_SIZE
        at = start + int.from_bytes(content[at:start], "big")
        entries.append(content[start:at])
    # A length cut short, or an entry cut short, also leaves `at` beyond the end.
    if len(entries) != width or at != len(content):
        raise TileError(f"The bundle's {len(content)} bytes are not exactly {width} entries.")
    return entries


def _slice_path(number: int, width: int) -> str:
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    full = "/".join(reversed(groups))
    return full if width == TILE_WIDTH else f"{full}.p/{width}"


def _parse_path(path: str) -> HashTile | EntryBundle | None:
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    number = int(match["number"].replace("x", "").replace("/", ""))
    width = int(match["width"] or TILE_WIDTH)
    if width > TILE_WIDTH:
        return None
    if match["level"] == "entries":
        return EntryBundle(number, width)
    level = int(match["level"])
    return HashTile(level, number, width) if level <= MAX_LEVEL else None


def _slices(old: int, new: int) -> Iterator[tuple[int, int]]:
    """Yield number and width of the slices of 256 that hold any of the items from old to new."""
    if old == new:
        return
    last, rest = divmod(new, TILE_WIDTH)
    for number in range(old // TILE_WIDTH, last):
        yield number, TILE_WIDTH
    if rest:
        yield last, rest


def _require_order(old: int, new: int) -> None:
    if not 0 <= old <= new <= MAX_SIZE:
        raise TreeError(f"A tree of {old} leaves cannot grow into one of {new}.")


def _edge_contents(size: int, edge: Iterable[TileRow]) -> Mapping[int, bytes]:
    """Return the partial tiles' contents by level, having checked that they fit the size."""
    rows = list(edge)
    given = {(row.level, row.number, len(row.hashes)) for row in rows}
    expected = {(level, number, width * HASH_SIZE) for level, number, width in edge_tiles(size)}
    if given != expected or len(rows) != len(expected):
        raise TileError(f"The stored partial tiles are not those of a tree of {size} leaves.")
    return {row.level: row.hashes for row in rows}


def _joined(hashes: Iterable[bytes]) -> bytes:
    listed = list(hashes)
    joined = b"".join(listed)
    if len(joined) != len(listed) * HASH_SIZE:
        raise BrokenArithmeticError(f"{len(listed)} hashes cannot have {len(joined)} bytes")
    return joined


def _tile_contents(hashes: bytes) -> Iterator[bytes]:
    step = TILE_WIDTH * HASH_SIZE
    return (hashes[at : at + step] for at in range(0, len(hashes), step))


def _is_full(row: TileRow) -> bool:
    return len(row.hashes) == TILE_WIDTH * HASH_SIZE


def _length_prefix(entry: bytes) -> bytes:
    if len(entry) > MAX_ENTRY:
        raise TileError(f"An entry has {len(entry)} bytes; {MAX_ENTRY} are the most a log can hold.")
    return len(entry).to_bytes(_LENGTH_SIZE, "big")


_Place = TypeVar("_Place", HashTile, EntryBundle)


def _fetch_or_full(place: _Place, fetch: Callable[[_Place], bytes | None]) -> tuple[_Place, bytes]:
    """Fetch a place, or the full one that replaced it: a partial tile may go once that exists."""
    full = place._replace(width=TILE_WIDTH)
    for candidate in dict.fromkeys((place, full)):
        content = fetch(candidate)
        if content is not None:
            return candidate, content
    raise MissingTileError(f"{place.path} is missing.")
