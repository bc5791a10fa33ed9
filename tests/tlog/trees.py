"""A second way of computing the tree, and ways to spoil what is well-formed.

The naive tree is the recursive definition of RFC 6962, section 2.1, word for word and without a
thought for speed, so that it shares no idea with the code under test.
"""

from functools import cache
from hashlib import sha256

from hypothesis import strategies as st


def entry(number):
    return b"entry %d" % number


@cache
def naive_root(start, end):
    """MTH(D[start:end])."""
    if start == end:
        return sha256(b"").digest()
    if end - start == 1:
        return sha256(b"\x00" + entry(start)).digest()
    middle = start + naive_split(end - start)
    return sha256(b"\x01" + naive_root(start, middle) + naive_root(middle, end)).digest()


def naive_split(count):
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def naive_path(leaf, start, end):
    """PATH(leaf, D[start:end])."""
    if end - start == 1:
        return ()
    middle = start + naive_split(end - start)
    if leaf < middle:
        return (*naive_path(leaf, start, middle), naive_root(middle, end))
    return (*naive_path(leaf, middle, end), naive_root(start, middle))


def naive_subproof(old, start, end, *, complete=True):
    """SUBPROOF(old - start, D[start:end], complete)."""
    if old == end:
        return () if complete else (naive_root(start, end),)
    middle = start + naive_split(end - start)
    if old <= middle:
        return (*naive_subproof(old, start, middle, complete=complete), naive_root(middle, end))
    return (*naive_subproof(old, middle, end, complete=False), naive_root(start, middle))


class NaiveReader:
    """Reads subtree hashes from the naive tree."""

    def read_hashes(self, subtrees):
        return [naive_root(number << level, (number + 1) << level) for level, number in subtrees]


class LayeredTree:
    """A big tree as one list of hashes for each level: the hashes of all its perfect subtrees."""

    def __init__(self, size):
        layer = [sha256(b"\x00" + entry(number)).digest() for number in range(size)]
        self.layers = []
        while layer:
            self.layers.append(layer)
            pairs = zip(layer[::2], layer[1::2], strict=False)
            layer = [sha256(b"\x01" + left + right).digest() for left, right in pairs]

    def leaves(self, start, end):
        return self.layers[0][start:end]

    def read_hashes(self, subtrees):
        return [self.layers[level][number] for level, number in subtrees]


def flip_bit(data, bit):
    """The bytes with one bit turned round."""
    spoiled = bytearray(data)
    spoiled[bit // 8] ^= 1 << bit % 8
    return bytes(spoiled)


@st.composite
def mutations_of(draw, originals):
    """Draws one of the byte strings after a few small injuries; it may come out whole."""
    data = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 3)))
        snippets = st.sampled_from([b"\n", b" ", b"+", b"=", b"0", b"/", b"\r", b"\x00", "—".encode()])
        data[at:end] = draw(st.one_of(snippets, st.binary(max_size=3), st.just(bytes(data[at : at + 9]))))
    return bytes(data)
