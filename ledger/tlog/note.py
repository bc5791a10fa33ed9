"""Signed notes, keys and checkpoints (C2SP signed-note v1 and tlog-checkpoint v1).

A note is a text and signature lines under it. Every parser here accepts exactly one spelling of
a value: what it returns, written again, is what it was given.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.tlog.encoding import decode_base64, decode_decimal, encode_base64
from ledger.tlog.errors import (
    CheckpointError,
    InvalidSignatureError,
    KeyTextError,
    NoteError,
    UnverifiedNoteError,
)
from ledger.tlog.merkle import HASH_SIZE, MAX_SIZE

MAX_NOTE = 1_000_000
"""The most bytes of a note that are looked at."""

MAX_SIGNATURES = 100
"""The most signature lines of a note; the specification asks for 16 at least."""

ED25519 = 0x01
"""Signature type of plain Ed25519 over the note's text."""

_KEY_ID_SIZE = 4
_ED25519_SIZE = 32
_SIGNATURE_START = "— "
_PRIVATE_START = "PRIVATE+KEY+"
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)
_KEY_FORM = "A key is its name, 8 hex digits and an Ed25519 key in base64, with + between them."
# The specification names those below U+0020; text with U+007F is odd but allowed.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class Verifier(Protocol):
    """A key that can check one type of signature."""

    @property
    def name(self) -> str:
        """The key's name, as it stands in signature lines."""
        ...

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart; not a secure identification."""
        ...

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature` (without the key id) is this key's over the note's text."""
        ...


class Signer(Protocol):
    """A key that can make one type of signature."""

    @property
    def name(self) -> str:
        """The key's name, as it stands in signature lines."""
        ...

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        ...

    def sign(self, text: bytes) -> bytes:
        """Return the signature over the note's text, without the key id."""
        ...


def compute_key_id(name: str, key: bytes) -> bytes:
    """Return the key id of a key, given as its type byte and public key."""
    return sha256(name.encode() + b"\n" + key).digest()[:_KEY_ID_SIZE]


@dataclass(frozen=True, slots=True)
class Ed25519Verifier:
    """A public key for plain Ed25519 signatures; its text form is called a vkey."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        require_key(self.name, self.public_key)

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, LF, type and public key."""
        return compute_key_id(self.name, bytes([ED25519]) + self.public_key)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether this key made `signature` over `text` (RFC 8032)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True

    def to_vkey(self) -> str:
        """Return `name+<key id in hex>+base64(type ‖ public key)`."""
        return key_text(self.name, self.key_id, ED25519, self.public_key)

    @classmethod
    def from_vkey(cls, vkey: str) -> Self:
        """Read a vkey; `KeyTextError` if it is malformed or of another type than Ed25519."""
        name, key_id, kind, public_key = parse_key_text(vkey)
        _require_ed25519(kind)
        verifier = cls(name, public_key)
        require_key_id(verifier.key_id, key_id)
        return verifier


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """A private key for plain Ed25519 signatures. Neither `repr` nor `str` shows the secret."""

    verifier: Ed25519Verifier
    _private: Ed25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Self:
        """Return the key made from 32 random bytes; the caller brings the randomness."""
        require_key(name, seed)
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(Ed25519Verifier(name, private.public_key().public_bytes_raw()), private)

    @property
    def name(self) -> str:
        """The key's name."""
        return self.verifier.name

    @property
    def key_id(self) -> bytes:
        """The key id, that of the public key."""
        return self.verifier.key_id

    def sign(self, text: bytes) -> bytes:
        """Return the 64-byte signature over `text` (RFC 8032)."""
        return self._private.sign(text)

    def to_skey(self) -> str:
        """Return the SECRET text form, `PRIVATE+KEY+name+<key id>+base64(type ‖ seed)`."""
        return private_key_text(self.name, self.key_id, ED25519, self._private.private_bytes_raw())

    @classmethod
    def from_skey(cls, skey: str) -> Self:
        """Read the text form of a private key; `KeyTextError`, without quoting it, if malformed."""
        name, key_id, kind, seed = parse_key_text(skey, private=True)
        _require_ed25519(kind)
        signer = cls.from_seed(name, seed)
        require_key_id(signer.key_id, key_id)
        return signer


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note: who claims to have signed, and the signature itself."""

    name: str
    key_id: bytes
    signature: bytes

    def to_line(self) -> str:
        """Return the line with its LF."""
        return f"{_SIGNATURE_START}{self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A well-formed note. That it is well-formed says nothing about who signed it."""

    text: str
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """Return the note as it is published, in UTF-8; `NoteError` if it cannot be one."""
        _require_text(self.text)
        lines = "".join(signature.to_line() for signature in self.signatures)
        note = f"{self.text}\n{lines}".encode()
        if Note.from_bytes(note) != self:
            raise NoteError("These values have no form as a signed note.")
        return note

    @classmethod
    def from_bytes(cls, note: bytes) -> Self:
        """Take a note apart without verifying it; `NoteError` if it is malformed."""
        decoded = _decode(_require_length(note))
        # The text may hold empty lines of its own: the last one divides.
        text, divider, lines = decoded.rpartition("\n\n")
        if not divider or not lines.endswith("\n"):
            raise NoteError("A note is a text, an empty line and signature lines, each with its line feed.")
        split = lines.removesuffix("\n").split("\n")
        _require_signature_count(len(split))
        return cls(f"{text}\n", tuple(parse_signature(line) for line in split))


def sign(text: str, signers: Sequence[Signer]) -> bytes:
    """Return `text` as a note signed by each signer in order; `NoteError` if it cannot be one.

    The text ends in LF, has no other control character, and is what every signature covers.
    """
    message = _require_text(text)
    signed = (Signature(key.name, key.key_id, key.sign(message)) for key in signers)
    return Note(text, tuple(signed)).to_bytes()


def open_note(note: bytes, verifiers: Sequence[Verifier]) -> tuple[str, tuple[Signature, ...]]:
    """Return a note's text, and its signatures by known keys, all of them verified.

    A signature by an unknown name and key id is ignored. `InvalidSignatureError` if any by a
    known one fails, `UnverifiedNoteError` if there is none by a known one, `NoteError` if the
    note is malformed.
    """
    parsed = Note.from_bytes(note)
    known = _by_name_and_id(verifiers)
    message = parsed.text.encode()
    verified = []
    for signature in parsed.signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            continue
        if not verifier.verify(message, signature.signature):
            raise InvalidSignatureError(f"The signature by {signature.name} does not fit the note.")
        verified.append(signature)
    if not verified:
        raise UnverifiedNoteError("The note carries no signature by a known key.")
    return parsed.text, tuple(verified)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The statement a log signs: that `origin`'s tree of `size` leaves has this root."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        """Return the note text; `CheckpointError` for values that no checkpoint can have."""
        text = f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"
        if Checkpoint.from_text(text) != self:
            raise CheckpointError("These values have no form as a checkpoint.")
        return text

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the text of a checkpoint; `CheckpointError` if it is not exactly one.

        Extension lines are refused, though the specification allows them: nothing audits them,
        newer cosignatures do not cover them, some witnesses refuse them, and to drop them in
        silence would give a value that no longer stands for what was signed.
        """
        match text.split("\n"):
            case [origin, decimal, encoded, ""] if origin and not _CONTROL.search(origin):
                size = decode_decimal(decimal)
                root = decode_base64(encoded)
                if size is not None and root is not None and len(root) == HASH_SIZE:
                    return cls(origin, size, root)
        raise CheckpointError(
            "A checkpoint is three lines: the log's origin, the number of entries up to "
            f"{MAX_SIZE} and the root hash in base64."
        )


def open_checkpoint(
    note: bytes, log: Verifier, cosigners: Sequence[Verifier] = ()
) -> tuple[Checkpoint, tuple[Signature, ...]]:
    """Return a checkpoint that `log` has signed, and all its verified signatures.

    The origin must be the name of the log's key. Errors are those of `open_note`;
    `UnverifiedNoteError` also if only cosigners signed; `CheckpointError` if the text is no
    checkpoint, or another log's.
    """
    text, signatures = open_note(note, [log, *cosigners])
    if not any((by.name, by.key_id) == (log.name, log.key_id) for by in signatures):
        raise UnverifiedNoteError(f"The checkpoint is not signed by {log.name}.")
    checkpoint = Checkpoint.from_text(text)
    if checkpoint.origin != log.name:
        raise CheckpointError(f"The checkpoint is of another log than {log.name}.")
    return checkpoint, signatures


def _decode(note: bytes) -> str:
    try:
        text = note.decode()
    except UnicodeDecodeError as error:
        raise NoteError("A note is UTF-8.") from error
    return _require_no_control(text)


def _require_text(text: str) -> bytes:
    if not text.endswith("\n"):
        raise NoteError("The text of a note ends with a line feed.")
    try:
        return _require_no_control(text).encode()
    except UnicodeEncodeError as error:
        raise NoteError("The text of a note holds half of a character pair and has no UTF-8 form.") from error


def _require_no_control(text: str) -> str:
    if _CONTROL.search(text):
        raise NoteError("A note has no control characters besides line feeds.")
    return text


def _require_length(note: bytes) -> bytes:
    if len(note) > MAX_NOTE:
        raise NoteError(f"A note has at most {MAX_NOTE} bytes.")
    return note


def _require_signature_count(count: int) -> None:
    if not 1 <= count <= MAX_SIGNATURES:
        raise NoteError(f"A note has 1 to {MAX_SIGNATURES} signatures, not {count}.")


def parse_signature(line: str) -> Signature:
    """Read one signature line without its LF; `NoteError` if it is malformed."""
    name, _, encoded = line.removeprefix(_SIGNATURE_START).partition(" ")
    decoded = decode_base64(encoded)
    well_formed = line.startswith(_SIGNATURE_START) and _is_name(name)
    if not well_formed or decoded is None or len(decoded) <= _KEY_ID_SIZE:
        raise NoteError("A signature line is a long dash, a key's name and a signature in base64.")
    return Signature(name, decoded[:_KEY_ID_SIZE], decoded[_KEY_ID_SIZE:])


def _by_name_and_id(verifiers: Sequence[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        # Key ids are short enough to collide on purpose: which key was meant would be a guess.
        if known.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            raise KeyTextError(f"Two different keys are both called {verifier.name} and have the same id.")
    return known


def key_text(name: str, key_id: bytes, kind: int, key: bytes) -> str:
    """Return a key's text form, `name+<key id in hex>+base64(type ‖ key)`."""
    return f"{name}+{key_id.hex()}+{encode_base64(bytes([kind]) + key)}"


def private_key_text(name: str, key_id: bytes, kind: int, seed: bytes) -> str:
    """Return a private key's text form, which is a secret."""
    return _PRIVATE_START + key_text(name, key_id, kind, seed)


def parse_key_text(text: str, *, private: bool = False) -> tuple[str, bytes, int, bytes]:
    """Return name, key id, signature type and key; the base64 may itself hold `+`, so only two divide."""
    if private and not text.startswith(_PRIVATE_START):
        raise KeyTextError(f"A private key begins with {_PRIVATE_START}.")
    match text.removeprefix(_PRIVATE_START if private else "").split("+", maxsplit=2):
        case [name, key_id, encoded] if _KEY_ID.fullmatch(key_id):
            key = decode_base64(encoded)
            if key:
                return name, bytes.fromhex(key_id), key[0], key[1:]
    raise KeyTextError(_KEY_FORM)


def _require_ed25519(kind: int) -> None:
    if kind != ED25519:
        raise KeyTextError(_KEY_FORM)


def require_key(name: str, key: bytes) -> None:
    """`KeyTextError` unless a key can have this name and is of Ed25519's length."""
    if not _is_name(name):
        raise KeyTextError("The name of a key is not empty and has no spaces, control characters or +.")
    if len(key) != _ED25519_SIZE:
        raise KeyTextError(f"An Ed25519 key has {_ED25519_SIZE} bytes.")


def require_key_id(computed: bytes, given: bytes) -> None:
    """`KeyTextError` unless the id in a key's text is that of the key."""
    if computed != given:
        raise KeyTextError("The 8 hex digits of the key do not fit its name and key.")


def _is_name(name: str) -> bool:
    if not name or "+" in name or _CONTROL.search(name):
        return False
    # Unpaired surrogates have no UTF-8 form, and could be neither written nor hashed.
    return not any(char.isspace() or "\ud800" <= char <= "\udfff" for char in name)
