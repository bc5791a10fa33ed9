"""The Merkle tree of RFC 6962 (section 2.1) and RFC 9162 (section 2.1): roots and proofs.

Nothing here stores or fetches. Whatever needs stored hashes takes a `HashReader`, so that
memory, database rows and tiles fetched from elsewhere all fit. Proofs come in pairs,
`prove_…` and `check_…`, and both halves walk the same path (`_descend`), so that they cannot
disagree about which hashes a proof consists of.

All hashes are 32-byte SHA-256 values.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Protocol, Self

from ledger.tlog.errors import BrokenArithmeticError, ProofError, TreeError

HASH_SIZE = 32

MAX_SIZE = 2**63 - 1
"""The most leaves a tree may claim: what other implementations and databases keep in 64 bits."""

MAX_PATH = 63
"""The most hashes an inclusion path can have in a tree of at most `MAX_SIZE` leaves."""

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962, section 2.1)."""

# Leaves and nodes are hashed under different prefixes, or a node could be passed off as a leaf.
_LEAF = b"\x00"
_NODE = b"\x01"


class Subtree(NamedTuple):
    """The perfect subtree of `2**level` leaves that starts at leaf `number * 2**level`."""

    level: int
    number: int


class HashReader(Protocol):
    """Reads the hashes of perfect subtrees, in one batch so that a reader can fetch in one go."""

    def read_hashes(self, subtrees: Sequence[Subtree], /) -> Sequence[bytes]:
        """Return one hash for each subtree asked for, in the same order."""
        ...


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry as a leaf (RFC 6962, section 2.1)."""
    return sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above `left` and `right` (RFC 6962, section 2.1)."""
    return sha256(_NODE + left + right).digest()


@dataclass(frozen=True, slots=True)
class CompactRange:
    """All that a writer must remember of a tree in order to append to it.

    `hashes` are the roots of the perfect subtrees along the right edge, largest first: one for
    each bit set in `size`. Appending costs O(log size) at worst and one node hash on average.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.hashes) != self.size.bit_count():
            raise BrokenArithmeticError(f"{len(self.hashes)} hashes cannot be the right edge of {self.size} leaves")

    def append(self, leaf: bytes) -> Self:
        """Return the range with one leaf hash more."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Self:
        """Return the range with these leaf hashes appended in order."""
        size = self.size
        edge = list(self.hashes)
        for leaf in leaves:
            subtree = leaf
            # Each low bit set is a finished subtree as large as the one just made: they pair up,
            # as a carry does in binary addition. `node_hash` is written out for this loop's sake.
            carry = size
            while carry & 1:
                subtree = sha256(_NODE + edge.pop() + subtree).digest()
                carry >>= 1
            edge.append(subtree)
            size += 1
        return type(self)(size, tuple(edge))

    def root(self) -> bytes:
        """Return the tree's root hash."""
        return _join(self.hashes) if self.hashes else EMPTY_ROOT

    def to_bytes(self) -> bytes:
        """Return the hashes, largest subtree first, as one byte string; the size is not in it."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, stored: bytes) -> Self:
        """Read what `to_bytes` wrote for a tree of `size`; `TreeError` if it cannot be that."""
        _require_size(size)
        if len(stored) != size.bit_count() * HASH_SIZE:
            raise TreeError(f"The stored right edge of {len(stored)} bytes does not fit {size} leaves.")
        return cls(size, split_hashes(stored))


def compact_range_at(size: int, reader: HashReader) -> CompactRange:
    """Return the compact range of the first `size` leaves, from stored hashes."""
    _require_size(size)
    return CompactRange(size, tuple(reader.read_hashes(list(_cover(_Span(0, size))))))


def root_at(size: int, reader: HashReader) -> bytes:
    """Return the root hash of the first `size` leaves, from stored hashes."""
    return compact_range_at(size, reader).root()


def perfect_root(hashes: bytes) -> bytes:
    """Return the root above 2**k hashes of one level, given as one byte string."""
    if (len(hashes) // HASH_SIZE).bit_count() != 1:
        raise BrokenArithmeticError(f"{len(hashes)} bytes are not the hashes of a perfect subtree")
    return CompactRange().extend(split_hashes(hashes)).root()


def split_hashes(joined: bytes) -> tuple[bytes, ...]:
    """Return the 32-byte hashes that follow one another in a byte string."""
    return tuple(joined[at : at + HASH_SIZE] for at in range(0, len(joined), HASH_SIZE))


def prove_inclusion(index: int, size: int, reader: HashReader) -> tuple[bytes, ...]:
    """Return the path from the sibling of leaf `index` up to the child of the root.

    `ProofError` if the tree of `size` leaves has no such leaf (RFC 6962, section 2.1.1).
    """
    return _read_spans(_inclusion_siblings(index, size), reader)


def check_inclusion(  # the five values an inclusion proof relates; none can be derived
    proof: Sequence[bytes], *, index: int, leaf: bytes, size: int, root: bytes
) -> None:
    """Return if `proof` shows leaf hash `leaf` at `index` under `root`, else `ProofError`."""
    siblings = _inclusion_siblings(index, size)
    _require_hashes(proof, count=len(siblings))
    computed = leaf
    for sibling, given in zip(siblings, proof, strict=True):
        on_left = sibling.end <= index
        computed = node_hash(given, computed) if on_left else node_hash(computed, given)
    if computed != root:
        raise ProofError(f"The proof does not show this entry at number {index} of the {size} signed for.")


def prove_consistency(old: int, new: int, reader: HashReader) -> tuple[bytes, ...]:
    """Return PROOF(old, D[new]): the first `old` leaves are a prefix of the first `new`.

    The proof is empty if `old` is 0 or `new`. `ProofError` if `old` is larger than `new`
    (RFC 6962, section 2.1.2).
    """
    if _require_growth(old, new) == 0:
        return ()
    junction, siblings = _consistency_path(old, new)
    starts_from_old_root = junction.start == 0
    return _read_spans(siblings if starts_from_old_root else [junction, *siblings], reader)


def check_consistency(proof: Sequence[bytes], *, old: int, old_root: bytes, new: int, new_root: bytes) -> None:
    """Return if `proof` shows that the tree under `new_root` extends `old_root`, else `ProofError`.

    Every tree extends the empty one, whose root must then be `EMPTY_ROOT` and the proof empty.
    """
    if _require_growth(old, new) == 0:
        _require_hashes(proof, count=0)
        _require_roots((EMPTY_ROOT,), (old_root,))
        return
    junction, siblings = _consistency_path(old, new)
    starts_from_old_root = junction.start == 0
    _require_hashes(proof, count=len(siblings) + (not starts_from_old_root))
    # RFC 9162, section 2.1.4.2: where the old tree is itself a node of the new one, the proof
    # leaves that node out, because the verifier holds it already.
    first, *path = (old_root, *proof) if starts_from_old_root else proof
    old_computed = new_computed = first
    for sibling, given in zip(siblings, path, strict=True):
        if sibling.start < junction.start:
            old_computed = node_hash(given, old_computed)
            new_computed = node_hash(given, new_computed)
        else:
            new_computed = node_hash(new_computed, given)
    _require_roots((old_computed, new_computed), (old_root, new_root))


class _Span(NamedTuple):
    """The leaves D[start:end], where they are a node of the tree."""

    start: int
    end: int


def _descend(leaf: int, size: int, reached: Callable[[_Span], bool]) -> tuple[_Span, Sequence[_Span]]:
    """Walk from the root of D[0:size] towards `leaf`, down to the first span that is `reached`.

    Returns that span, and the siblings passed by, the lowest first. This is the one recursion
    that both kinds of proof, and both making and checking, are made of.
    """
    here = _Span(0, size)
    siblings = []
    while not reached(here):
        middle = here.start + _split(here.end - here.start)
        left, right = _Span(here.start, middle), _Span(middle, here.end)
        here, sibling = (left, right) if leaf < middle else (right, left)
        siblings.append(sibling)
    siblings.reverse()
    return here, siblings


def _inclusion_siblings(index: int, size: int) -> Sequence[_Span]:
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError(f"There is no entry number {index} among {size}; the first has number 0.")
    _, siblings = _descend(index, size, lambda span: span.end - span.start == 1)
    return siblings


def _consistency_path(old: int, new: int) -> tuple[_Span, Sequence[_Span]]:
    return _descend(old - 1, new, lambda span: span.end == old)


def _split(count: int) -> int:
    """Return the largest power of two below `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def _cover(span: _Span) -> Iterator[Subtree]:
    """Yield the perfect subtrees that make up a span, left to right and so largest first."""
    start = span.start
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        yield Subtree(level, start >> level)
        start += 1 << level


def _join(hashes: Sequence[bytes]) -> bytes:
    """Return the hash above a span's perfect subtrees, given left to right."""
    joined = hashes[-1]
    for left in reversed(hashes[:-1]):
        joined = node_hash(left, joined)
    return joined


def _read_spans(spans: Sequence[_Span], reader: HashReader) -> tuple[bytes, ...]:
    """Return the hash of each span, reading all they are made of in one batch."""
    covers = [list(_cover(span)) for span in spans]
    read = iter(reader.read_hashes([subtree for cover in covers for subtree in cover]))
    return tuple(_join([next(read) for _ in cover]) for cover in covers)


def _require_size(size: int) -> None:
    if not 0 <= size <= MAX_SIZE:
        raise TreeError(f"A tree cannot have {size} leaves.")


def _require_growth(old: int, new: int) -> int:
    if not 0 <= old <= new <= MAX_SIZE:
        raise ProofError(f"A tree of {new} entries cannot extend one of {old}.")
    return old


def _require_hashes(proof: Sequence[bytes], *, count: int) -> None:
    if len(proof) != count or any(len(given) != HASH_SIZE for given in proof):
        raise ProofError(f"The proof must consist of {count} hashes of {HASH_SIZE} bytes.")


def _require_roots(computed: tuple[bytes, ...], given: tuple[bytes, ...]) -> None:
    if computed != given:
        raise ProofError("The proof does not show that the newer tree extends the older one.")
