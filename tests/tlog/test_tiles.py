"""Tiles: which there are, what is in them, and that none is believed without proof."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.tlog.errors import BrokenArithmeticError, MissingTileError, TileError, TlogError, TreeError
from ledger.tlog.merkle import (
    CompactRange,
    Subtree,
    check_consistency,
    check_inclusion,
    prove_consistency,
    prove_inclusion,
    root_at,
)
from ledger.tlog.tiles import (
    EntryBundle,
    HashTile,
    ProvingTileReader,
    TileReader,
    TileRow,
    bundles_at,
    decode_bundle,
    edge_tiles,
    encode_bundle,
    extend_tiles,
    fetch_entries,
    new_bundles,
    new_tiles,
    parse_path,
    read_tile,
    tile_at,
    tiles_at,
)
from tests.tlog.trees import LayeredTree, NaiveReader, entry, flip_bit, mutations_of, naive_root

BIG = 70_000
SIZES = [0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, BIG]


@pytest.fixture(scope="module")
def tree():
    return LayeredTree(BIG)


@pytest.fixture(scope="module")
def stored(tree):
    """The tiles of the big tree, built from nothing, by place."""
    return {tile_of(row): row.hashes for row in extend_tiles(0, [], tree.leaves(0, BIG))}


def tile_of(row):
    return HashTile(row.level, row.number, len(row.hashes) // 32)


def rows_at(size, tree):
    return [TileRow(tile.level, tile.number, read_tile(tile, tree)) for tile in tiles_at(size)]


def edge_rows(size, tree):
    return [TileRow(tile.level, tile.number, read_tile(tile, tree)) for tile in edge_tiles(size)]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("tile/0/000", HashTile(0, 0)),
        ("tile/1/000.p/1", HashTile(1, 0, 1)),
        ("tile/63/999.p/255", HashTile(63, 999, 255)),
        ("tile/0/x001/000", HashTile(0, 1_000)),
        ("tile/0/x001/x234/067", HashTile(0, 1_234_067)),
        ("tile/2/x001/x234/067.p/9", HashTile(2, 1_234_067, 9)),
        ("tile/entries/273.p/112", EntryBundle(273, 112)),
        ("tile/entries/x001/x234/067", EntryBundle(1_234_067)),
    ],
)
def test_a_place_has_the_path_of_the_specification(path, place):
    """Numbers are groups of three digits, all but the last behind an x."""
    assert place.path == path
    assert parse_path(path) == place
    assert type(parse_path(path)) is type(place)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/1234",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/entry/001",
        "tile/0/001.p/0",
        "tile/0/001.p/01",
        "tile/0/001.p/256",
        "tile/0/001.p/999",
        "tile/0/001.p/",
        "tile/0/001/",
        "/tile/0/001",
        "tile/0/001\n",
        "tile/0/\u0660\u0660\u0661",
        "tile/0/../001",
        "tile/0/" + "x001/" * 7 + "001",
        "tile/0/" + "x001/" * 100_000 + "001",
    ],
)
def test_any_other_path_is_refused(path):
    """A path that is not the one spelling of a place is refused, in a short sentence."""
    with pytest.raises(TileError) as refusal:
        parse_path(path)

    assert len(str(refusal.value)) < 500


@given(st.integers(0, 63), st.integers(0, 10**21 - 1), st.integers(1, 256))
def test_every_place_comes_back_from_its_path(level, number, width):
    """Path and place stand for each other, whatever the place."""
    for place in (HashTile(level, number, width), EntryBundle(number, width)):
        assert parse_path(place.path) == place


@given(mutations_of([b"tile/0/x001/x234/067", b"tile/12/000.p/17", b"tile/entries/x010/273.p/112"]))
def test_a_spoiled_path_is_canonical_or_refused(path):
    """No two paths name one place."""
    text = path.decode("latin-1")
    try:
        place = parse_path(text)
    except TlogError:
        return
    assert place.path == text


@pytest.mark.parametrize("size", SIZES)
def test_the_tiles_of_a_size_are_those_the_specification_counts(size):
    """A level has floor(size / 256^(l+1)) full tiles and one partial of what is left, if any."""
    expected = []
    for level in range(8):
        count = size // 256**level
        expected += [HashTile(level, number) for number in range(count // 256)]
        expected += [HashTile(level, count // 256, count % 256)] if count % 256 else []

    assert list(tiles_at(size)) == expected
    assert edge_tiles(size) == [tile for tile in expected if tile.width < 256]
    assert all(tile_at(tile.level, tile.number, size) == tile for tile in expected)


def test_the_specifications_two_examples():
    """Size 256 is one full tile and a partial above; size 70,000 is five kinds of tile."""
    assert list(tiles_at(256)) == [HashTile(0, 0), HashTile(1, 0, 1)]

    tiles = list(tiles_at(70_000))
    assert tiles[:274] == [*(HashTile(0, number) for number in range(273)), HashTile(0, 273, 112)]
    assert tiles[274:] == [HashTile(1, 0), HashTile(1, 1, 17), HashTile(2, 0, 1)]


def test_new_tiles_are_the_difference_between_two_sizes():
    """Between any two sizes, exactly the tiles that the older tree did not have are new."""
    for new in SIZES:
        for old in [size for size in SIZES if size <= new]:
            assert set(new_tiles(old, new)) == set(tiles_at(new)) - set(tiles_at(old))
            assert set(new_bundles(old, new)) == set(bundles_at(new)) - set(bundles_at(old))


@given(st.integers(0, 3_000), st.integers(0, 3_000))
def test_new_tiles_are_the_difference_wherever_one_looks(start, growth):
    """The same promise for sizes nobody chose."""
    old, new = start, start + growth

    assert set(new_tiles(old, new)) == set(tiles_at(new)) - set(tiles_at(old))


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 70_000])
def test_entry_bundles_go_with_the_tiles_of_level_0(size):
    """Each tile of leaf hashes has one bundle, of the same number and width."""
    level_0 = [EntryBundle(tile.number, tile.width) for tile in tiles_at(size) if tile.level == 0]

    assert list(bundles_at(size)) == level_0


@pytest.mark.parametrize(("level", "number"), [(0, 274), (1, 2), (2, 1), (3, 0), (-1, 0), (0, -1), (10**6, 0)])
def test_a_tile_the_tree_does_not_have_has_no_width(level, number):
    """Asking for a tile outside the tree is refused."""
    with pytest.raises(TileError):
        tile_at(level, number, BIG)


def test_a_tree_does_not_shrink():
    """Tiles between a size and a smaller one are refused."""
    with pytest.raises(TreeError):
        list(new_tiles(2, 1))
    with pytest.raises(TreeError):
        list(new_bundles(2, 1))


@pytest.mark.parametrize("size", SIZES)
def test_tiles_built_from_nothing_hold_the_trees_hashes(size, tree):
    """Hash i of tile n at level l is that of the subtree of 256^l leaves the definition names."""
    rows = extend_tiles(0, [], tree.leaves(0, size))

    assert rows == rows_at(size, tree)


def test_a_small_tile_holds_the_definitions_hashes():
    """A level 1 tile is checked against the recursive definition, not only against layers."""
    assert read_tile(HashTile(1, 0, 2), NaiveReader()) == naive_root(0, 256) + naive_root(256, 512)


def test_tiles_grown_leaf_by_leaf_equal_those_built_from_nothing(tree):
    """One leaf at a time, each step returns exactly the tiles that are new at that size."""
    kept: dict[tuple[int, int], TileRow] = {}
    for size in range(600):
        edge = [kept[tile.level, tile.number] for tile in edge_tiles(size)]

        changed = extend_tiles(size, edge, tree.leaves(size, size + 1))

        assert [tile_of(row) for row in changed] == list(new_tiles(size, size + 1))
        kept.update({(row.level, row.number): row for row in changed})
        assert sorted(kept.values()) == rows_at(size + 1, tree)


def test_tiles_grown_in_batches_equal_those_built_from_nothing(tree, stored):
    """Whatever the batches, what is stored in the end is the same."""
    kept: dict[tuple[int, int], TileRow] = {}
    size = 0
    for batch in [1, 254, 1, 1, 255, 500, 0, 64_000, 523, 1, 4_464]:
        edge = [kept[tile.level, tile.number] for tile in edge_tiles(size)]
        for row in extend_tiles(size, edge, tree.leaves(size, size + batch)):
            kept[row.level, row.number] = row
        size += batch

    assert size == BIG
    assert {tile_of(row): row.hashes for row in kept.values()} == stored


def test_growing_by_nothing_changes_nothing(tree):
    """No leaves, no rows: an empty tile is never made."""
    assert extend_tiles(257, edge_rows(257, tree), []) == []


def without_a_row(rows):
    return rows[1:]


def with_a_row_twice(rows):
    return [*rows, rows[0]]


def with_a_row_too_many(rows):
    return [*rows, TileRow(3, 0, b"x" * 32)]


def with_another_number(rows):
    return [rows[0]._replace(number=9), *rows[1:]]


def one_hash_short(rows):
    return [rows[0]._replace(hashes=rows[0].hashes[:-32]), *rows[1:]]


def one_byte_short(rows):
    return [rows[0]._replace(hashes=rows[0].hashes[:-1]), *rows[1:]]


@pytest.mark.parametrize(
    "spoilt",
    [
        without_a_row,
        with_a_row_twice,
        with_a_row_too_many,
        with_another_number,
        one_hash_short,
        one_byte_short,
    ],
)
def test_stored_tiles_that_do_not_fit_the_size_are_refused(spoilt, tree):
    """A writer whose rows contradict the head must stop, not append on top."""
    with pytest.raises(TileError):
        extend_tiles(BIG, spoilt(edge_rows(BIG, tree)), [b"x" * 32])


def test_a_leaf_hash_of_another_length_is_a_defect():
    """What would shift every later hash of a tile is never stored."""
    with pytest.raises(BrokenArithmeticError):
        extend_tiles(0, [], [b"x" * 31])


PLACES = [0, 1, 255, 256, 300, 65_535, 65_536, 69_887, 69_888, 69_999]


@pytest.mark.parametrize("reader_of", [TileReader, ProvingTileReader])
def test_proofs_from_tiles_are_those_of_the_tree(reader_of, tree, stored):
    """Over tiles, roots and proofs are what they are over memory, and they pass."""
    root = root_at(BIG, tree)
    arguments = [BIG, stored.get] if reader_of is TileReader else [BIG, root, stored.get]
    reader = reader_of(*arguments)

    assert root_at(BIG, reader) == CompactRange().extend(tree.leaves(0, BIG)).root() == root
    for index in PLACES:
        path = prove_inclusion(index, BIG, reader)
        assert path == prove_inclusion(index, BIG, tree)
        check_inclusion(path, index=index, leaf=tree.layers[0][index], size=BIG, root=root)
        proof = prove_consistency(index, BIG, reader)
        old_root = root_at(index, tree)
        assert proof == prove_consistency(index, BIG, tree)
        check_consistency(proof, old=index, old_root=old_root, new=BIG, new_root=root)


@pytest.mark.parametrize("size", SIZES)
def test_tiles_of_every_size_can_be_proven(size, tree):
    """Each tile of a tree, read through the proving reader, is the tile as it was stored."""
    rows = {tile_of(row): row.hashes for row in rows_at(size, tree)}
    reader = ProvingTileReader(size, root_at(size, tree), rows.get)

    for tile in list(rows)[::17]:
        assert read_tile(tile, reader) == rows[tile]


def test_an_older_tree_reads_from_full_tiles_once_its_partial_ones_are_gone(tree, stored):
    """A reader at an older size falls back to the full tiles that replaced its partial ones."""
    size = 65_000
    root = root_at(size, tree)

    reader = ProvingTileReader(size, root, stored.get)

    assert not any(tile in stored for tile in edge_tiles(size))
    assert root_at(size, reader) == root
    assert prove_inclusion(64_999, size, reader) == prove_inclusion(64_999, size, tree)


@pytest.mark.parametrize(
    "outside", [Subtree(0, BIG), Subtree(17, 0), Subtree(5, 70_000 // 32), Subtree(-1, 0), Subtree(0, -1)]
)
def test_a_subtree_the_tree_does_not_have_is_refused(outside, stored):
    """A reader never hands out the hash of a subtree that is not whole in its tree."""
    with pytest.raises(TreeError):
        TileReader(BIG, stored.get).read_hashes([outside])


@pytest.mark.parametrize("gone", [HashTile(0, 7), HashTile(1, 1, 17), HashTile(0, 273, 112)])
def test_a_missing_tile_is_named(gone, stored):
    """A tile that is not there stops the reading with its path."""
    left = {tile: hashes for tile, hashes in stored.items() if tile != gone}

    with pytest.raises(MissingTileError, match=gone.path):
        read_tile(gone, TileReader(BIG, left.get))


@pytest.mark.parametrize("tile", [HashTile(0, 7), HashTile(1, 1, 17)])
@pytest.mark.parametrize("change", [-32, -1, 1, 32])
def test_a_tile_of_the_wrong_length_is_refused(tile, change, stored):
    """A tile must be exactly as long as its width says, no shorter and no longer."""
    hashes = (stored[tile] + b"x" * 32)[: len(stored[tile]) + change]

    with pytest.raises(TileError, match=tile.path):
        read_tile(tile, TileReader(BIG, {**stored, tile: hashes}.get))


@pytest.mark.parametrize("tile", edge_tiles(BIG))
def test_a_spoiled_partial_tile_is_noticed_at_once(tile, tree, stored):
    """Any hash of any partial tile takes part in the root, so one wrong bit refuses the reader."""
    root = root_at(BIG, tree)
    for bit in range(0, len(stored[tile]) * 8, 97):
        spoiled = {**stored, tile: flip_bit(stored[tile], bit)}

        with pytest.raises(TileError, match="signed root"):
            ProvingTileReader(BIG, root, spoiled.get)


@pytest.mark.parametrize("tile", [HashTile(0, 0), HashTile(0, 255), HashTile(0, 272), HashTile(1, 0)])
@pytest.mark.parametrize("bit", [0, 65_535, 30_001])
def test_no_hash_of_a_spoiled_full_tile_is_handed_out(tile, bit, tree, stored):
    """One wrong bit in a full tile keeps all of it back, and nothing that is proven elsewhere."""
    spoiled = {**stored, tile: flip_bit(stored[tile], bit)}
    reader = ProvingTileReader(BIG, root_at(BIG, tree), spoiled.get)

    for position in (0, 100, 255):
        with pytest.raises(TileError, match=tile.path):
            reader.read_hashes([Subtree(tile.level * 8, tile.number * 256 + position)])
    sound = HashTile(0, 271 if tile.level == 0 else 256)
    assert read_tile(sound, reader) == stored[sound]


def test_an_honest_tree_is_refused_under_another_root(tree, stored):
    """Tiles of one tree prove nothing under a root that was signed for another."""
    with pytest.raises(TileError):
        ProvingTileReader(BIG, root_at(BIG - 1, tree), stored.get)


def test_a_proving_reader_keeps_a_bounded_number_of_tiles(tree, stored):
    """Walking through a whole log does not gather it in memory, and fetches each tile once."""
    fetched = []

    def fetch(tile):
        fetched.append(tile)
        return stored.get(tile)

    reader = ProvingTileReader(BIG, root_at(BIG, tree), fetch)
    for tile in tiles_at(BIG):
        if tile.level == 0:
            read_tile(tile, reader)

    assert len(reader._full) <= 64
    assert sorted(fetched) == list(tiles_at(BIG))


ENTRIES = [b"", b"a", b"\x00\x01", b"x" * 65_535]


def test_a_bundle_is_each_entry_after_its_length():
    """The length is two bytes, big-endian; an entry may be empty."""
    assert encode_bundle([b"ab", b"", b"x" * 258]) == b"\x00\x02ab\x00\x00\x01\x02" + b"x" * 258


def test_a_bundle_comes_back():
    """What is encoded decodes to the same entries, up to the longest entry."""
    assert decode_bundle(encode_bundle(ENTRIES), 4) == ENTRIES


@pytest.mark.parametrize("entries", [[], [b""] * 257, [b"x" * 65_536]], ids=["none", "257", "too long"])
def test_a_bundle_that_cannot_be_is_not_written(entries):
    """An empty bundle, one of more than 256 and an entry over 65,535 bytes are refused."""
    with pytest.raises(TileError):
        encode_bundle(entries)


@pytest.mark.parametrize(
    ("content", "width"),
    [
        (b"", 1),
        (b"\x00", 1),
        (b"\x00\x01", 1),
        (b"\x00\x01a\x00", 1),
        (b"\x00\x01a\x00", 2),
        (b"\x00\x01a", 2),
        (b"\x00\x01a\x00\x00", 1),
        (b"\xff\xffa", 1),
    ],
)
def test_a_bundle_is_exactly_its_entries(content, width):
    """Too little, too much or cut short: a bundle that is not exactly its width is refused."""
    with pytest.raises(TileError):
        decode_bundle(content, width)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_any_entries_survive_a_bundle(entries):
    """Whatever bytes entries hold, a bundle gives them back."""
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@given(mutations_of([encode_bundle([b"ab", b"", b"c" * 9]), encode_bundle([b"\x00\x00"] * 3)]))
def test_a_spoiled_bundle_is_canonical_or_refused(content):
    """No two byte strings are one bundle."""
    try:
        entries = decode_bundle(content, 3)
    except TlogError:
        return
    assert encode_bundle(entries) == content


def test_entries_come_from_the_full_bundle_once_the_partial_one_is_gone():
    """An older reader takes its part of the full bundle."""
    entries = [entry(number) for number in range(256)]
    stored = {EntryBundle(0): encode_bundle(entries)}

    assert fetch_entries(EntryBundle(0), stored.get) == entries
    assert fetch_entries(EntryBundle(0, 9), stored.get) == entries[:9]


def test_a_missing_bundle_is_named():
    """A bundle that is not there stops the reading with its path."""
    with pytest.raises(MissingTileError, match=r"tile/entries/001\.p/9"):
        fetch_entries(EntryBundle(1, 9), lambda _: None)
