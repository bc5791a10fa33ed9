"""Witnesses for tests, asked without a network, and a log whose history can be rewritten."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ledger.errors import Unavailable
from ledger.tlog.merkle import CompactRange, leaf_hash, prove_consistency
from ledger.tlog.note import Checkpoint, Ed25519Signer, sign
from ledger.tlog.policy import Policy
from ledger.tlog.witness import PATH, AddCheckpoint
from ledger.witness import Witness, create_witness
from tests.ledger.submissions import NOON

LOG = Ed25519Signer.from_seed("ledger.example/log", b"a seed that is used in tests 1-2")


def new_witness(folder: Path, name: str, *vkeys: str) -> Witness:
    """A witness in a folder of its own, which trusts these logs."""
    witness = create_witness(folder / name, f"{name}.example", name.encode().ljust(32, b"."))
    for vkey in vkeys:
        witness.trust(vkey)
    return witness


def policy_of(witnesses: Mapping[str, Witness], quorum: str) -> Policy:
    """A policy that names witnesses at addresses of which only `Exchange` knows."""
    lines = [f"witness {name} {each.vkey} https://{name}.example/submit/" for name, each in witnesses.items()]
    return Policy.from_bytes("\n".join([*lines, quorum]).encode())


class Exchange:
    """Carries requests to witnesses by their names; those that are `down` do not answer."""

    def __init__(self, witnesses: Mapping[str, Witness]) -> None:
        self.witnesses = witnesses
        self.down: set[str] = set()
        self.asked: list[str] = []

    def __call__(self, url: str, body: bytes) -> tuple[int, bytes]:
        name = url.removeprefix("https://").removesuffix(f".example/submit{PATH}")
        self.asked.append(name)
        if name in self.down:
            raise Unavailable("It does not answer: nobody is there.")
        verdict, answer = self.witnesses[name].add_checkpoint(body, NOON)
        return verdict.status, answer.encode()


class Chain:
    """A log held as its leaf hashes; two of them can share a beginning."""

    def __init__(self, *entries: bytes) -> None:
        self.leaves = [leaf_hash(entry) for entry in entries]

    def read_hashes(self, subtrees):
        return [
            CompactRange().extend(self.leaves[number << level : (number + 1) << level]).root()
            for level, number in subtrees
        ]

    def request(self, old: int, *, signer: Ed25519Signer = LOG, origin: str = LOG.name) -> bytes:
        """What the log sends to a witness that has seen `old` of its entries."""
        size = len(self.leaves)
        checkpoint = Checkpoint(origin, size, CompactRange().extend(self.leaves).root())
        proof = prove_consistency(old, size, self)
        return AddCheckpoint(old, proof, sign(checkpoint.to_text(), [signer])).to_bytes()
