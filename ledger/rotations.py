"""Changes of a log's key: what proves one, and which key must have signed a checkpoint of a given size.

A change is an entry that names the old key and the new one, and the first checkpoint that covers it, which both keys
have signed: the old key vouches for the new one, and the new one shows that it exists. Checkpoints up to the entry are
the old key's, those after it the new key's. So whoever trusts any key of a log comes to trust every later one.

    file of handovers = for each change, one after another, a C2SP tlog-proof of its entry under that checkpoint,
                        with the entry's bytes as the proof's extra line

What this cannot show: that the old key was not stolen before it vouched. Whoever holds it can make up another log with
another change in it; only witnesses, and people who compare keys, notice that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from ledger.actions.ledger import SigningKeyRotated
from ledger.streams import LEDGER
from ledger.tlog.errors import CheckpointError, KeyTextError, ProofError, TlogError
from ledger.tlog.note import Checkpoint, Ed25519Verifier, Note, open_checkpoint
from ledger.tlog.proof import OfflineProof

KIND: Final = SigningKeyRotated.declaration.name
MOST_BYTES: Final = 4_000_000
"""The most of a file of handovers that is looked at: more than a thousand changes."""

_MARK: Final = f'"{KIND}"'.encode()
_FIRST_LINE: Final = b"c2sp.org/tlog-proof@v1\n"
_BOTH: Final = 2


class Rotation(NamedTuple):
    """A change of key as the entry of this number states it."""

    entry: int
    old: Ed25519Verifier
    new: Ed25519Verifier


class Handover(NamedTuple):
    """A change that both keys have signed, with the checkpoint that carries the two signatures."""

    rotation: Rotation
    checkpoint: Checkpoint
    state: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of a log, the first one and those that followed it."""

    first: Ed25519Verifier
    rotations: tuple[Rotation, ...] = ()

    @property
    def all(self) -> tuple[Ed25519Verifier, ...]:
        """Every key, oldest first."""
        return (self.first, *(each.new for each in self.rotations))

    def at(self, size: int) -> Ed25519Verifier:
        """Return the key that must have signed a checkpoint over so many entries."""
        return self.all[sum(each.entry < size for each in self.rotations)]

    def signers(self, size: int, before: int) -> tuple[Ed25519Verifier, ...]:
        """Return the keys that must have signed a checkpoint of `size`, if the one before it was of size `before`."""
        leaving = [each.old for each in self.rotations if before <= each.entry < size]
        return (*leaving, self.at(size))

    def open(self, note: bytes, before: int = -1) -> Checkpoint:
        """Return a checkpoint that is signed as it must be. Raises `TlogError`.

        `before` is the size of the checkpoint signed before this one; with -1 the handover's second signature is not
        asked for.
        """
        size = size_of(note)
        for key in self.signers(size, size if before < 0 else before):
            open_checkpoint(note, key, [each for each in self.all if each != key])
        return open_checkpoint(note, self.at(size))[0]


def size_of(note: bytes) -> int:
    """Return the size that the note of a checkpoint states, which nothing has verified yet. Raises `TlogError`."""
    return Checkpoint.from_text(Note.from_bytes(note).text).size


def chain(rotations: Iterable[Rotation], key: Ed25519Verifier) -> Keys:
    """Return the keys of a log from its changes in order; `key` is its only one where there are none.

    Raises:
        KeyTextError: A change does not begin with the key in force, or comes back to an earlier one.
    """
    found = tuple(rotations)
    keys = Keys(found[0].old if found else key, found)
    for place, each in enumerate(found):
        if each.old != keys.all[place] or each.new in keys.all[: place + 1]:
            raise KeyTextError(f"Entry {each.entry} changes another key than the one in force.")
    return keys


def rotation_in(state: bytes, origin: str) -> Rotation | None:
    """Return the change of the log's key that an entry's bytes state, if they do.

    A correction changes no key: it puts right how a change was described. An entry about another log's keys is none.
    """
    if _MARK not in state:
        return None
    try:
        entry: Any = orjson.loads(state)
        if entry["action"] != KIND or entry["stream"] != str(LEDGER) or entry.get("corrects") is not None:
            return None
        old, new = (Ed25519Verifier.from_vkey(entry["data"][name]) for name in ("old_vkey", "new_vkey"))
        index = entry["index"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    is_change = old.name == new.name == origin and old != new and isinstance(index, int)
    return Rotation(index, old, new) if is_change else None


# --- the file ---------------------------------------------------------------------------------------------------------


def to_part(index: int, path: Sequence[bytes], entry: bytes, note: bytes) -> bytes:
    """Return the part of the file for one change, from the path of its entry under the checkpoint of both keys."""
    return OfflineProof(index, tuple(path), note, entry).to_bytes()


def parse_handovers(content: bytes) -> tuple[Handover, ...]:
    """Return the changes in a file of handovers, each of them proven by both its keys.

    Raises:
        TlogError: One of them is not proven, or does not follow from the one before.
    """
    if not content.startswith(_FIRST_LINE) and content:
        raise ProofError("A file of handovers begins with a proof.")
    parts = content.split(_FIRST_LINE)[1:]
    found = tuple(_handover(_FIRST_LINE + each) for each in parts)
    if found:
        chain((each.rotation for each in found), found[0].rotation.old)
    indexes = [each.rotation.entry for each in found]
    if indexes != sorted(set(indexes)) or b"".join(_FIRST_LINE + each for each in parts) != content:
        raise ProofError("The handovers are not in the order of their entries.")
    return found


def _handover(part: bytes) -> Handover:
    proof = OfflineProof.from_bytes(part)
    note = Note.from_bytes(proof.checkpoint)
    entry = proof.extra or b""
    rotation = rotation_in(entry, Checkpoint.from_text(note.text).origin)
    if rotation is None or rotation.entry != proof.index:
        raise ProofError("A handover holds no entry that changes the log's key.")
    if len(note.signatures) != _BOTH:
        raise CheckpointError("A handover is signed by the old key and the new one, and by nobody else.")
    proof.verify(entry, rotation.new, [rotation.old])
    checkpoint = proof.verify(entry, rotation.old, [rotation.new])
    return Handover(rotation, checkpoint, entry)


def follow(trusted: Ed25519Verifier, handovers: bytes | None) -> Keys:
    """Return the keys that are to be trusted by whoever trusts one, as far as a file of handovers proves it.

    Where the file is missing, damaged or of other keys, that is the one key alone.
    """
    try:
        found = parse_handovers(handovers or b"")
        keys = chain((each.rotation for each in found), trusted)
    except TlogError:
        return Keys(trusted)
    return keys if trusted in keys.all else Keys(trusted)
