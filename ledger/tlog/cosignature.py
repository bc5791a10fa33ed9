"""Cosignatures by witnesses (C2SP tlog-cosignature v1, the Ed25519 type).

A cosignature says that its key saw the tree of a checkpoint at a time, and that this tree extends every earlier one
which that key has cosigned for the log.
"""

from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.tlog.errors import KeyTextError, NoteError
from ledger.tlog.note import (
    Ed25519Verifier,
    Signature,
    compute_key_id,
    key_text,
    parse_key_text,
    private_key_text,
    require_key,
    require_key_id,
)

COSIGNATURE = 0x04
"""Signature type of a timestamped Ed25519 cosignature."""

MAX_TIME = 2**63 - 1
"""The latest time, in seconds since 1970, that other implementations can hold."""

_TIME_SIZE = 8
_SIZE = _TIME_SIZE + 64


@dataclass(frozen=True, slots=True)
class CosignatureVerifier:
    """A witness's public key; a `Verifier` of timestamped signatures over whole checkpoints."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        require_key(self.name, self.public_key)

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, LF, type and public key."""
        return compute_key_id(self.name, bytes([COSIGNATURE]) + self.public_key)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature` is a time and this key's signature over it and the note's text."""
        if len(signature) != _SIZE:
            return False
        time = int.from_bytes(signature[:_TIME_SIZE], "big")
        plain = Ed25519Verifier(self.name, self.public_key)
        return time <= MAX_TIME and plain.verify(_message(text, time), signature[_TIME_SIZE:])

    def to_vkey(self) -> str:
        """Return `name+<key id in hex>+base64(type ‖ public key)`."""
        return key_text(self.name, self.key_id, COSIGNATURE, self.public_key)

    @classmethod
    def from_vkey(cls, vkey: str) -> Self:
        """Read a vkey; `KeyTextError` if it is malformed or not that of a witness."""
        name, key_id, kind, public_key = parse_key_text(vkey)
        _require_cosigner(kind)
        verifier = cls(name, public_key)
        require_key_id(verifier.key_id, key_id)
        return verifier


@dataclass(frozen=True, slots=True)
class CosignatureSigner:
    """A witness's private key. Neither `repr` nor `str` shows the secret."""

    verifier: CosignatureVerifier
    _private: Ed25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Self:
        """Return the key made from 32 random bytes; the caller brings the randomness."""
        require_key(name, seed)
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(CosignatureVerifier(name, private.public_key().public_bytes_raw()), private)

    def cosign(self, text: str, time: int) -> Signature:
        """Return the signature over a checkpoint's text at a time, in seconds since 1970."""
        if not 0 <= time <= MAX_TIME:
            raise NoteError("The time of a cosignature is a number of seconds since 1970.")
        signature = self._private.sign(_message(text.encode(), time))
        encoded = time.to_bytes(_TIME_SIZE, "big") + signature
        return Signature(self.verifier.name, self.verifier.key_id, encoded)

    def to_skey(self) -> str:
        """Return the SECRET text form, `PRIVATE+KEY+name+<key id>+base64(type ‖ seed)`."""
        return private_key_text(
            self.verifier.name, self.verifier.key_id, COSIGNATURE, self._private.private_bytes_raw()
        )

    @classmethod
    def from_skey(cls, skey: str) -> Self:
        """Read the text form of a private key; `KeyTextError`, without quoting it, if malformed."""
        name, key_id, kind, seed = parse_key_text(skey, private=True)
        _require_cosigner(kind)
        signer = cls.from_seed(name, seed)
        require_key_id(signer.verifier.key_id, key_id)
        return signer


def cosigned_at(signature: Signature) -> int:
    """Return the time that a verified cosignature states, in seconds since 1970."""
    return int.from_bytes(signature.signature[:_TIME_SIZE], "big")


def _message(text: bytes, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n".encode() + text


def _require_cosigner(kind: int) -> None:
    if kind != COSIGNATURE:
        raise KeyTextError("This is the key of a log and not of a witness: each signs in another way.")
