"""The right edge carried along a growing tree is that of the whole tree, wherever one begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.tlog.errors import TileError
from ledger.tlog.growth import Growth
from ledger.tlog.merkle import CompactRange
from ledger.tlog.tiles import TileRow, extend_tiles
from tests.tlog.trees import LayeredTree

SIZE = 66_000


@pytest.fixture(scope="module")
def tree():
    """A tree of three levels of tiles."""
    return LayeredTree(SIZE)


@given(st.lists(st.integers(0, 1_500), max_size=6))
def test_growing_in_steps_gives_the_tree_grown_at_once(steps):
    """Root, compact range and tiles after any steps are those of all leaves together."""
    leaves = [bytes([number % 251]) * 32 for number in range(sum(steps))]
    growth, at = Growth(), 0
    rows: dict[tuple[int, int], TileRow] = {}
    for step in steps:
        changed = growth.extend(leaves[at : at + step])
        rows |= {(row.level, row.number): row for row in changed}
        at += step
    whole = CompactRange().extend(leaves)
    assert (growth.size, growth.root(), growth.compact_range()) == (len(leaves), whole.root(), whole)
    assert sorted(rows.values()) == extend_tiles(0, [], leaves)


def test_growth_over_three_levels_can_be_taken_up_anywhere(tree):
    """From the edge at any of these sizes, the tree goes on to the same root."""
    whole = CompactRange().extend(tree.leaves(0, SIZE)).root()
    growth = Growth()
    for size in (0, 1, 255, 256, 257, 65_279, 65_280, 65_535, 65_536, 65_537, 65_792):
        growth.extend(tree.leaves(growth.size, size))
        resumed = Growth(size, growth.edge)
        resumed.extend(tree.leaves(size, SIZE))
        assert resumed.root() == whole


def test_an_edge_of_another_size_is_refused():
    """Partial tiles that are not those of the size are found when the tree is to grow."""
    with pytest.raises(TileError):
        Growth(3, [TileRow(0, 0, bytes(64))]).extend([bytes(32)])
