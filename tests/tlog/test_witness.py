"""Cosignatures, requests to witnesses, and the decisions of a witness."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.tlog.cosignature import MAX_TIME, CosignatureSigner, CosignatureVerifier, cosigned_at
from ledger.tlog.errors import InvalidSignatureError, KeyTextError, NoteError, TlogError
from ledger.tlog.merkle import CompactRange, leaf_hash, prove_consistency
from ledger.tlog.note import Checkpoint, Ed25519Signer, Ed25519Verifier, sign
from ledger.tlog.witness import AddCheckpoint, judge, parse_cosignatures, parse_size

LOG = Ed25519Signer.from_seed("ledger.example/log", b"a seed that is used in tests 1-2")
OTHER = Ed25519Signer.from_seed("ledger.example/log", b"another seed used in tests 1-2..")
WITNESS = CosignatureSigner.from_seed("witness.example/w1", b"a witness's seed, used in tests.")
TRUSTED = {LOG.name: [LOG.verifier]}


class Fork:
    """A tree whose entries differ from another's from number 3 on, by a marker."""

    def __init__(self, size: int, marker: bytes = b"") -> None:
        self.leaves = [leaf_hash(b"%d" % index + (marker if index >= 3 else b"")) for index in range(size)]

    def read_hashes(self, subtrees):
        return [
            CompactRange().extend(self.leaves[number << level : (number + 1) << level]).root()
            for level, number in subtrees
        ]


def checkpoint(size: int, marker: bytes = b"") -> Checkpoint:
    return Checkpoint(LOG.name, size, CompactRange().extend(Fork(size, marker).leaves).root())


def request(old: int, size: int, *, marker: bytes = b"", signer: Ed25519Signer = LOG, **changed: Any) -> AddCheckpoint:
    proof = prove_consistency(old, size, Fork(size, marker)) if old <= size else ()
    note = sign(checkpoint(size, marker).to_text(), [signer])
    return replace(AddCheckpoint(old, proof, note), **changed)


# --- cosignatures -----------------------------------------------------------------------------------------------------


def test_a_cosignature_covers_text_and_time():
    """The same text at another time, another text, or the signature as a plain one: none of them fits."""
    text = checkpoint(5).to_text()
    signature = WITNESS.cosign(text, 1_700_000_000)
    verify = WITNESS.verifier.verify
    assert cosigned_at(signature) == 1_700_000_000
    assert verify(text.encode(), signature.signature)
    assert not verify(checkpoint(6).to_text().encode(), signature.signature)
    assert not verify(text.encode(), (1).to_bytes(8, "big") + signature.signature[8:])
    assert not verify(text.encode(), signature.signature[:-1])
    assert not verify(text.encode(), signature.signature + b"\0")
    assert not Ed25519Verifier(LOG.name, WITNESS.verifier.public_key).verify(text.encode(), signature.signature[8:])


def test_a_cosignature_is_over_the_words_that_the_format_says():
    """Held against the signed bytes written out, so that others verify it too."""
    text = checkpoint(2).to_text()
    signature = WITNESS.cosign(text, 77)
    plain = Ed25519Verifier("n", WITNESS.verifier.public_key)
    assert plain.verify(b"cosignature/v1\ntime 77\n" + text.encode(), signature.signature[8:])


@pytest.mark.parametrize("time", [-1, MAX_TIME + 1])
def test_a_time_that_cannot_be_is_not_signed(time):
    """Sixty-three bits of seconds since 1970."""
    with pytest.raises(NoteError):
        WITNESS.cosign("text\n", time)


def test_a_witness_has_a_key_of_another_type_than_a_log():
    """Neither is read as the other, though both are Ed25519."""
    vkey, skey = WITNESS.verifier.to_vkey(), WITNESS.to_skey()
    assert CosignatureVerifier.from_vkey(vkey) == WITNESS.verifier
    assert CosignatureSigner.from_skey(skey) == WITNESS
    assert skey not in repr(WITNESS)
    with pytest.raises(KeyTextError):
        Ed25519Verifier.from_vkey(vkey)
    with pytest.raises(KeyTextError):
        CosignatureVerifier.from_vkey(LOG.verifier.to_vkey())
    with pytest.raises(KeyTextError):
        CosignatureSigner.from_skey(LOG.to_skey())
    with pytest.raises(KeyTextError):
        Ed25519Signer.from_skey(skey)


# --- requests and answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "size"), [(0, 0), (0, 5), (5, 5), (3, 7), (4, 300)])
def test_a_request_is_read_as_it_was_written(old, size):
    """Sizes, proof and checkpoint come back the same."""
    asked = request(old, size)
    assert AddCheckpoint.from_bytes(asked.to_bytes()) == asked
    assert asked.checkpoint() == checkpoint(size)


BODY = request(3, 7).to_bytes()
MALFORMED = {
    "nothing": b"",
    "no old size": BODY.partition(b"\n")[2],
    "an old size of words": BODY.replace(b"old 3", b"old three"),
    "a zero before": BODY.replace(b"old 3", b"old 03"),
    "a sign": BODY.replace(b"old 3", b"old +3"),
    "a negative size": BODY.replace(b"old 3", b"old -3"),
    "two spaces": BODY.replace(b"old 3", b"old  3"),
    "another word": BODY.replace(b"old 3", b"new 3"),
    "a huge size": BODY.replace(b"old 3", b"old 9223372036854775808"),
    "a short hash": BODY.replace(b"old 3\n", b"old 3\nAAAA\n"),
    "no base64": BODY.replace(b"old 3\n", b"old 3\n%%%%\n"),
    "base64 in another spelling": BODY.replace(b"old 3\n", b"old 3\n" + b"A" * 42 + b"B=\n"),
    "too many hashes": BODY.replace(b"old 3\n", b"old 3\n" + (b"A" * 43 + b"=\n") * 64),
    "no checkpoint": BODY.partition(b"\n\n")[0] + b"\n\n",
    "an unsigned checkpoint": BODY.rpartition(b"\n\n")[0] + b"\n\n",
    "a checkpoint with an extension": BODY.replace(b"\n\n\xe2", b"\nmore\n\n\xe2"),
    "carriage returns": BODY.replace(b"\n", b"\r\n"),
    "not UTF-8": BODY.replace(b"old", b"\xff\xfe"),
    "too long": BODY + b"\xe2\x80\x94 a AAAAAAAA\n" * 5_000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_request_is_told_as_such(body):
    """With the one family of errors that the witness answers 400 to."""
    with pytest.raises(TlogError):
        AddCheckpoint.from_bytes(body)


@given(st.binary(max_size=300), st.integers(0, len(BODY)))
def test_no_bytes_break_the_parsers(noise, at):
    """Whatever is sent or answered is read or refused."""
    for parse in (
        AddCheckpoint.from_bytes,
        parse_size,
        lambda body: parse_cosignatures(body, "text\n", WITNESS.verifier),
    ):
        for body in (noise, BODY[:at] + noise + BODY[at:]):
            with suppress(TlogError):
                parse(body)


def test_of_an_answer_only_the_witness_s_own_valid_signatures_are_taken():
    """Others are ignored; a bad one under its key is an error, and so is what is no signature."""
    text = checkpoint(5).to_text()
    other = CosignatureSigner.from_seed("witness.example/w2", b"x" * 32)
    line = WITNESS.cosign(text, 7).to_line()
    body = f"{other.cosign(text, 7).to_line()}{line}".encode()
    assert [each.to_line() for each in parse_cosignatures(body, text, WITNESS.verifier)] == [line]
    assert parse_cosignatures(other.cosign(text, 7).to_line().encode(), text, WITNESS.verifier) == ()
    with pytest.raises(InvalidSignatureError):
        parse_cosignatures(WITNESS.cosign("other\n", 7).to_line().encode(), text, WITNESS.verifier)
    for wrong in (b"", b"<html>", line.encode().rstrip(b"\n"), line.encode() * 101, b"\xff\n"):
        with pytest.raises(NoteError):
            parse_cosignatures(wrong, text, WITNESS.verifier)


# --- decisions --------------------------------------------------------------------------------------------------------

LAST = checkpoint(5)
DECISIONS = {
    # what is asked, what was cosigned last, status, size told
    "the first checkpoint": (request(0, 5), None, 200, None),
    "the first of an empty log": (request(0, 0), None, 200, None),
    "a log that grew": (request(5, 9), LAST, 200, None),
    "the same again": (request(5, 5), LAST, 200, None),
    "grown from an empty log": (request(0, 5), checkpoint(0), 200, None),
    "an unknown log": (request(0, 5), None, 404, None),
    "another key of that name": (request(0, 5, signer=OTHER), None, 403, None),
    "an old size above the new one": (request(9, 5), LAST, 400, None),
    "an old size that is too small": (request(3, 9), LAST, 409, 5),
    "an old size of nothing": (request(0, 9), LAST, 409, 5),
    "an old size though nothing is known": (request(3, 9), None, 409, 0),
    "an older checkpoint": (request(3, 4), LAST, 409, 5),
    "a fork of the same size": (request(5, 5, marker=b"!"), LAST, 409, 5),
    "a fork that grew": (request(5, 9, marker=b"!"), LAST, 422, None),
    "no proof": (request(5, 9, proof=()), LAST, 422, None),
    "a proof of nothing": (request(0, 5, proof=(bytes(32),)), None, 422, None),
    "a proof that the same is the same": (request(5, 5, proof=(bytes(32),)), LAST, 422, None),
    "a proof that is too long": (request(5, 9, proof=(bytes(32),) * 63), LAST, 422, None),
}


@pytest.mark.parametrize(("asked", "last", "status", "known"), DECISIONS.values(), ids=DECISIONS)
def test_a_witness_decides_as_the_specification_says(asked, last, status, known):
    """Status and, for 409, the size that was cosigned last."""
    trusted = {} if status == 404 else TRUSTED
    verdict = judge(asked, last, trusted)
    assert (verdict.status, verdict.known) == (status, known)
    assert verdict.why or status == 200


def test_only_two_roots_for_one_size_are_evidence_of_a_fork():
    """A bad proof can be sent by anybody; two signed roots only by the log. The old size sent does not matter."""
    forked = {name for name, (asked, last, *_) in DECISIONS.items() if judge(asked, last, TRUSTED).forked}
    assert forked == {"a fork of the same size"}
    assert judge(request(0, 5, marker=b"!"), LAST, TRUSTED).forked
    assert not judge(request(5, 5, marker=b"!", signer=OTHER), LAST, TRUSTED).forked
