"""Offline proofs: one file that shows an entry under a signed root, and shows nothing else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.tlog.errors import (
    CheckpointError,
    InvalidSignatureError,
    ProofError,
    TlogError,
    UnverifiedNoteError,
)
from ledger.tlog.merkle import prove_inclusion
from ledger.tlog.note import Checkpoint, Ed25519Signer, sign
from ledger.tlog.proof import OfflineProof
from tests.tlog.trees import NaiveReader, entry, flip_bit, mutations_of, naive_root

LOG = Ed25519Signer.from_seed("example.org/log", b"\x01" * 32)
WITNESS = Ed25519Signer.from_seed("witness.example", b"\x02" * 32)
OTHER = Ed25519Signer.from_seed("example.net/other", b"\x03" * 32)


def proof_of(index, size, *, signers=(LOG, WITNESS), extra=None, origin=LOG.name):
    checkpoint = Checkpoint(origin, size, naive_root(0, size))
    path = prove_inclusion(index, size, NaiveReader())
    return OfflineProof(index, path, sign(checkpoint.to_text(), signers), extra)


PROOF = proof_of(5, 11)
FILE = PROOF.to_bytes()


def test_a_proof_file_is_as_the_specification_lays_it_out():
    """First line, extra data, index, path, empty line, and the checkpoint as it was signed."""
    proof = proof_of(1, 3, extra=b"more")
    first, second = (base64.b64encode(step).decode() for step in proof.path)

    head = f"c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 1\n{first}\n{second}\n\n"
    assert proof.to_bytes() == head.encode() + proof.checkpoint


@pytest.mark.parametrize("size", range(1, 20))
def test_every_proof_comes_back_and_verifies(size):
    """Written, read and verified, each entry of each small log is found under its root."""
    for index in range(size):
        proof = OfflineProof.from_bytes(proof_of(index, size).to_bytes())

        checkpoint = proof.verify(entry(index), LOG.verifier, [WITNESS.verifier])

        assert proof == proof_of(index, size)
        assert checkpoint == Checkpoint(LOG.name, size, naive_root(0, size))


def test_extra_data_comes_back():
    """Opaque extra data travels with the proof and does not disturb it."""
    proof = OfflineProof.from_bytes(proof_of(5, 11, extra=b"\x00any").to_bytes())

    assert proof.extra == b"\x00any"
    assert proof.verify(entry(5), LOG.verifier).size == 11


def test_a_proof_is_of_exactly_one_entry():
    """Other bytes, also the same entry with a byte more, are not what was proven."""
    for other in (b"", entry(4), entry(5) + b" ", entry(5)[:-1]):
        with pytest.raises(ProofError):
            PROOF.verify(other, LOG.verifier)


def test_a_proof_needs_its_own_logs_signature():
    """A witness alone, or another log's key, does not make the root the log's."""
    with pytest.raises(UnverifiedNoteError):
        PROOF.verify(entry(5), OTHER.verifier)
    with pytest.raises(UnverifiedNoteError):
        proof_of(5, 11, signers=[WITNESS]).verify(entry(5), LOG.verifier, [WITNESS.verifier])
    with pytest.raises(CheckpointError):
        proof_of(5, 11, signers=[OTHER]).verify(entry(5), OTHER.verifier)


def test_a_false_cosignature_rejects_the_proof():
    """A known cosigner's signature must verify, although the log's own does."""
    last_line = FILE.rsplit(b" ", 1)[1]
    raw = base64.b64decode(last_line)
    spoiled = FILE.replace(last_line, base64.b64encode(flip_bit(raw, 99)) + b"\n")

    proof = OfflineProof.from_bytes(spoiled)

    assert proof.verify(entry(5), LOG.verifier).size == 11
    with pytest.raises(InvalidSignatureError):
        proof.verify(entry(5), LOG.verifier, [WITNESS.verifier])


def verifies(content):
    try:
        OfflineProof.from_bytes(content).verify(entry(5), LOG.verifier, [WITNESS.verifier])
    except TlogError:
        return False
    return True


def test_every_bit_of_a_proof_file_counts():
    """Turning any bit of the file leaves nothing that verifies with all its signatures.

    A bit turned in the witness's name or key id makes it a stranger, whose line is ignored by
    design, so the proof then stands on the log's signature alone.
    """
    assert verifies(FILE)
    stranger = FILE.index(WITNESS.name.encode())
    for bit in range(stranger * 8):
        assert not verifies(flip_bit(FILE, bit))


def line_replaced(number, *lines):
    old = FILE.split(b"\n")
    return b"\n".join([*old[:number], *lines, *old[number + 1 :]])


HASH = base64.b64encode(b"x" * 32)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"c2sp.org/tlog-proof@v1\n\n" + PROOF.checkpoint,
        line_replaced(0, b"c2sp.org/tlog-proof@v2"),
        line_replaced(0),
        line_replaced(0, b"c2sp.org/tlog-proof@v1 "),
        line_replaced(1),
        line_replaced(1, b"index 05"),
        line_replaced(1, b"index -5"),
        line_replaced(1, b"index"),
        line_replaced(1, b"5"),
        line_replaced(1, b"index 9223372036854775808"),
        line_replaced(1, b"extra ", b"index 5"),
        line_replaced(1, b"extra ==", b"index 5"),
        line_replaced(1, b"extra YQ", b"index 5"),
        line_replaced(1, b"extra YR==", b"index 5"),
        line_replaced(1, b"extra YQ==", b"extra YQ==", b"index 5"),
        line_replaced(1, b"extra YQ=="),
        line_replaced(1, b"index 5", b"extra YQ=="),
        line_replaced(2, base64.b64encode(b"x" * 31)),
        line_replaced(2, HASH + b" "),
        line_replaced(2, "é".encode()),
        line_replaced(2, *[HASH] * 64),
        FILE.replace(b"\n", b"\r\n"),
        FILE.removesuffix(b"\n"),
        FILE + b"\n",
        FILE.partition(b"\n\n")[0],
        FILE.partition(b"\n\n")[0] + b"\n\n",
        FILE.replace(b"\n11\n", b"\n011\n"),
        FILE + b"x" * 1_100_000,
    ],
)
def test_a_malformed_proof_file_is_refused(content):
    """A file that is not wholly in the format is refused before anything is verified."""
    assert content != FILE
    with pytest.raises(TlogError):
        OfflineProof.from_bytes(content)


@pytest.mark.parametrize(
    "impossible",
    [
        OfflineProof(-1, PROOF.path, PROOF.checkpoint),
        OfflineProof(5, (b"x",), PROOF.checkpoint),
        OfflineProof(5, PROOF.path, b"no checkpoint"),
        OfflineProof(5, PROOF.path, PROOF.checkpoint, b""),
        OfflineProof(5, PROOF.path, PROOF.checkpoint, b"x" * 1_000_000),
    ],
    ids=["negative index", "short hash", "no checkpoint", "empty extra", "too much extra"],
)
def test_a_proof_file_that_could_not_be_read_is_not_written(impossible):
    """What a reader would refuse is not written either."""
    with pytest.raises(TlogError):
        impossible.to_bytes()


@given(mutations_of([FILE, proof_of(0, 1, extra=b"a").to_bytes(), proof_of(2, 3).to_bytes()]))
def test_a_spoiled_proof_file_is_canonical_or_refused(content):
    """No two byte strings are one proof."""
    try:
        proof = OfflineProof.from_bytes(content)
    except TlogError:
        return
    assert proof.to_bytes() == content


@given(st.binary(max_size=200))
def test_bytes_that_are_no_proof_are_refused_plainly(data):
    """Whatever is sent, the answer is a refusal and never a crash."""
    with pytest.raises(TlogError):
        OfflineProof.from_bytes(data)
