"""The tree: every root and every proof of every small tree, against the definition itself."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.tlog.errors import BrokenArithmeticError, ProofError, TreeError
from ledger.tlog.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    CompactRange,
    check_consistency,
    check_inclusion,
    compact_range_at,
    leaf_hash,
    node_hash,
    perfect_root,
    prove_consistency,
    prove_inclusion,
    root_at,
)
from tests.tlog.trees import NaiveReader, entry, flip_bit, naive_path, naive_root, naive_subproof

SIZES = range(131)
READER = NaiveReader()


def leaf(number):
    return leaf_hash(entry(number))


def root(size):
    return naive_root(0, size)


def test_hashes_are_those_of_the_rfc():
    """Empty root, leaf and node are SHA-256 with the prefixes the RFC names."""
    assert sha256(b"").digest() == EMPTY_ROOT
    assert leaf_hash(b"") == bytes.fromhex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    assert node_hash(b"l" * 32, b"r" * 32) == sha256(b"\x01" + b"l" * 32 + b"r" * 32).digest()


def test_a_node_cannot_be_passed_off_as_an_entry():
    """An entry made of two hashes does not hash as the node above them."""
    assert leaf_hash(leaf(0) + leaf(1)) != node_hash(leaf(0), leaf(1))


def test_every_root_is_the_definitions():
    """Appended leaf by leaf, in one go, or read from stored hashes, a tree has the defined root."""
    grown = CompactRange()
    for size in SIZES:
        assert grown.root() == root(size)
        assert CompactRange().extend(map(leaf, range(size))) == grown
        assert compact_range_at(size, READER) == grown
        assert root_at(size, READER) == root(size)
        grown = grown.append(leaf(size))


def test_a_tree_may_be_appended_to_in_any_batches():
    """Extending by m and then by n gives what extending by m + n gives."""
    for size in range(40):
        for middle in range(size + 1):
            first = CompactRange().extend(map(leaf, range(middle)))

            assert first.extend(map(leaf, range(middle, size))).root() == root(size)


def test_a_stored_compact_range_comes_back():
    """What to_bytes writes, from_bytes reads as the same value at every size."""
    for size in SIZES:
        compact = compact_range_at(size, READER)

        assert CompactRange.from_bytes(size, compact.to_bytes()) == compact


@pytest.mark.parametrize(
    ("size", "stored"),
    [(0, b"x" * 32), (1, b""), (3, b"x" * 32), (3, b"x" * 65), (-1, b""), (MAX_SIZE + 1, b"x" * 32)],
    ids=["empty tree", "nothing", "too few", "odd byte", "negative", "too big"],
)
def test_a_stored_compact_range_of_the_wrong_length_is_refused(size, stored):
    """A row whose hashes do not fit its size is bad input, not a tree."""
    with pytest.raises(TreeError):
        CompactRange.from_bytes(size, stored)


def test_a_compact_range_that_contradicts_itself_cannot_be_made():
    """Three leaves have two hashes on the right edge; any other number is a defect."""
    with pytest.raises(BrokenArithmeticError):
        CompactRange(3, (leaf(0),))


@pytest.mark.parametrize("count", [0, 3, 5])
def test_only_a_perfect_subtree_has_a_perfect_root(count):
    """A number of hashes that is no power of two is never hashed as if it were."""
    with pytest.raises(BrokenArithmeticError):
        perfect_root(b"x" * 32 * count)


def test_every_inclusion_proof_is_the_definitions_and_passes():
    """For every entry of every small tree, PATH is what is made, and what is made passes."""
    for size in SIZES:
        for index in range(size):
            proof = prove_inclusion(index, size, READER)

            assert proof == naive_path(index, 0, size)
            check_inclusion(proof, index=index, leaf=leaf(index), size=size, root=root(size))


def test_every_consistency_proof_is_the_definitions_and_passes():
    """For every two small sizes, PROOF is what is made, and what is made passes."""
    for new in SIZES:
        for old in range(new + 1):
            proof = prove_consistency(old, new, READER)

            assert proof == (naive_subproof(old, 0, new) if old else ())
            check_consistency(proof, old=old, old_root=root(old), new=new, new_root=root(new))


def inclusion_passes(proof, **claim):
    try:
        check_inclusion(proof, **claim)
    except ProofError:
        return False
    return True


def consistency_passes(proof, **claim):
    try:
        check_consistency(proof, **claim)
    except ProofError:
        return False
    return True


def test_an_inclusion_proof_proves_nothing_else():
    """The proof of one entry fails for every other number, every other entry, every other root."""
    for size in range(1, 34):
        for index in range(size):
            proof = prove_inclusion(index, size, READER)
            claim = {"index": index, "leaf": leaf(index), "size": size, "root": root(size)}

            assert inclusion_passes(proof, **claim)
            for other in set(range(size)) - {index}:
                assert not inclusion_passes(proof, **{**claim, "index": other})
                assert not inclusion_passes(proof, **{**claim, "leaf": leaf(other)})
                assert not inclusion_passes(proof, **{**claim, "root": root(other)})


def test_a_consistency_proof_proves_nothing_else():
    """The proof between two trees fails for every other root at either end."""
    for new in range(1, 34):
        for old in range(1, new):
            proof = prove_consistency(old, new, READER)
            claim = {"old": old, "old_root": root(old), "new": new, "new_root": root(new)}

            assert consistency_passes(proof, **claim)
            for other in set(range(35)) - {old, new}:
                assert not consistency_passes(proof, **{**claim, "old_root": root(other)})
                assert not consistency_passes(proof, **{**claim, "new_root": root(other)})
            assert not consistency_passes(proof, **{**claim, "old_root": root(new), "new_root": root(old)})


def test_every_bit_of_an_inclusion_proof_counts():
    """Turning any bit of any hash of a proof makes it fail."""
    for size in (1, 2, 3, 11):
        for index in range(size):
            proof = prove_inclusion(index, size, READER)
            for bit in range(len(proof) * 256):
                spoiled = spoil(proof, bit)

                assert not inclusion_passes(spoiled, index=index, leaf=leaf(index), size=size, root=root(size))


def test_every_bit_of_a_consistency_proof_counts():
    """Turning any bit of any hash of a proof makes it fail."""
    for old in range(1, 11):
        proof = prove_consistency(old, 11, READER)
        for bit in range(len(proof) * 256):
            spoiled = spoil(proof, bit)

            assert not consistency_passes(spoiled, old=old, old_root=root(old), new=11, new_root=root(11))


def spoil(proof, bit):
    place, within = divmod(bit, 256)
    return (*proof[:place], flip_bit(proof[place], within), *proof[place + 1 :])


def one_hash_more(proof):
    return (*proof, b"x" * 32)


def one_hash_less(proof):
    return proof[:-1]


def a_longer_hash(proof):
    return (*proof[:-1], proof[-1] + b"x")


def a_shorter_hash(proof):
    return (*proof[:-1], proof[-1][:-1])


@pytest.mark.parametrize("misshapen", [one_hash_more, one_hash_less, a_longer_hash, a_shorter_hash])
def test_a_proof_of_another_shape_is_refused(misshapen):
    """A proof must have exactly the hashes that its claim calls for, of 32 bytes each."""
    included = misshapen(prove_inclusion(3, 7, READER))
    consistent = misshapen(prove_consistency(3, 7, READER))

    assert not inclusion_passes(included, index=3, leaf=leaf(3), size=7, root=root(7))
    assert not consistency_passes(consistent, old=3, old_root=root(3), new=7, new_root=root(7))


@pytest.mark.parametrize(
    ("index", "size"),
    [(0, 0), (1, 1), (5, 5), (-1, 5), (0, -1), (0, MAX_SIZE + 1), (2**400, 2**401)],
)
def test_an_entry_outside_the_tree_has_no_proof(index, size):
    """Neither making nor checking is tried for a number that the tree does not have."""
    with pytest.raises(ProofError):
        prove_inclusion(index, size, READER)
    with pytest.raises(ProofError):
        check_inclusion((), index=index, leaf=leaf(0), size=size, root=leaf(0))


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1), (1, MAX_SIZE + 1)])
def test_a_tree_does_not_shrink(old, new):
    """Neither making nor checking is tried for a newer tree smaller than the older one."""
    with pytest.raises(ProofError):
        prove_consistency(old, new, READER)
    with pytest.raises(ProofError):
        check_consistency((), old=old, old_root=root(1), new=new, new_root=root(1))


def test_two_trees_of_one_size_must_have_one_root():
    """A second root for a size already signed is refused, with any proof."""
    assert consistency_passes((), old=5, old_root=root(5), new=5, new_root=root(5))
    assert not consistency_passes((), old=5, old_root=root(5), new=5, new_root=root(6))


def test_only_the_empty_root_is_extended_by_every_tree():
    """An older tree of no entries must have the empty root, and comes without a proof."""
    assert consistency_passes((), old=0, old_root=EMPTY_ROOT, new=9, new_root=root(9))
    assert not consistency_passes((), old=0, old_root=root(1), new=9, new_root=root(9))
    assert not consistency_passes((root(9),), old=0, old_root=EMPTY_ROOT, new=9, new_root=root(9))


def test_the_longest_path_fits_the_bound():
    """A tree of the largest size has 63 hashes in a path, so that is what a check asks for."""
    with pytest.raises(ProofError, match="63 hashes"):
        check_inclusion((), index=0, leaf=leaf(0), size=MAX_SIZE, root=leaf(0))


@given(
    st.lists(st.binary(max_size=33), max_size=70),
    st.integers(-1, 2**64),
    st.integers(-1, 2**64),
    st.binary(max_size=33),
)
def test_no_made_up_proof_passes_or_crashes(proof, one, other, claimed):
    """Whatever numbers and bytes are sent, the answer is a plain refusal."""
    assert not inclusion_passes(proof, index=one, leaf=leaf(0), size=other, root=claimed)
    assert not consistency_passes(proof, old=one, old_root=leaf(0), new=other, new_root=claimed)
