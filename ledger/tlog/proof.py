"""Proofs that travel as one file and verify offline (C2SP tlog-proof).

Such a file holds an entry's number, its inclusion path and the signed checkpoint; not the entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ledger.tlog.encoding import decode_base64, decode_decimal, encode_base64
from ledger.tlog.errors import ProofError
from ledger.tlog.merkle import HASH_SIZE, MAX_PATH, check_inclusion, leaf_hash
from ledger.tlog.note import Checkpoint, Note, Verifier, open_checkpoint

MAX_PROOF = 1_100_000
"""The most bytes of a proof file: a note of the largest size, and room for path and extra data."""

_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_EXTRA = "extra "
_INDEX = "index "


@dataclass(frozen=True, slots=True)
class OfflineProof:
    """That an entry is number `index` of the tree which `checkpoint` (a signed note) states.

    `path` runs from the leaf's sibling up to the root's child. `extra` is opaque data that
    nothing signs: a reader must not trust it.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """Return the file; errors as in `from_bytes` for values that no file can carry."""
        extra = [] if self.extra is None else [f"{_EXTRA}{encode_base64(self.extra)}"]
        hashes = [encode_base64(step) for step in self.path]
        lines = [_FIRST_LINE, *extra, f"{_INDEX}{self.index}", *hashes, "", ""]
        content = "\n".join(lines).encode() + self.checkpoint
        if OfflineProof.from_bytes(content) != self:
            raise ProofError("These values have no form as a proof file.")
        return content

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read a proof file without verifying it.

        `ProofError` if it is malformed, `NoteError` if the checkpoint in it is.
        """
        if len(content) > MAX_PROOF:
            raise ProofError(f"A proof file has at most {MAX_PROOF} bytes.")
        head, divider, checkpoint = content.partition(b"\n\n")
        if not divider:
            raise ProofError("A proof file is a proof, an empty line and a checkpoint.")
        # Verifying later must be about signatures and hashes alone, so the form is checked now.
        Checkpoint.from_text(Note.from_bytes(checkpoint).text)
        extra, index, path = _parse_head(head)
        return cls(index, path, checkpoint, extra)

    def verify(self, entry: bytes, log: Verifier, cosigners: Sequence[Verifier] = ()) -> Checkpoint:
        """Return the log's signed checkpoint if it covers exactly these entry bytes at `index`.

        `ProofError` if the path does not show that; errors of `open_checkpoint` if the
        checkpoint is not signed by `log`, or a cosigner's signature fails. How many cosigners
        suffice is for the caller to decide, who finds them with `open_checkpoint`.
        """
        checkpoint, _ = open_checkpoint(self.checkpoint, log, cosigners)
        check_inclusion(
            self.path,
            index=self.index,
            leaf=leaf_hash(entry),
            size=checkpoint.size,
            root=checkpoint.root,
        )
        return checkpoint


def _parse_head(head: bytes) -> tuple[bytes | None, int, tuple[bytes, ...]]:
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise ProofError("The proof above the checkpoint is ASCII text.") from error
    if lines.pop(0) != _FIRST_LINE:
        raise ProofError(f"A proof file begins with the line {_FIRST_LINE}.")
    extra = _parse_extra(lines.pop(0)) if lines and lines[0].startswith(_EXTRA) else None
    if not lines:
        raise ProofError("The proof does not say which entry it is about.")
    return extra, _parse_index(lines[0]), _parse_path(lines[1:])


def _parse_extra(line: str) -> bytes:
    extra = decode_base64(line.removeprefix(_EXTRA))
    if not extra:
        raise ProofError("The extra line is base64; without extra data it is left out.")
    return extra


def _parse_index(line: str) -> int:
    index = decode_decimal(line.removeprefix(_INDEX))
    if index is None or not line.startswith(_INDEX):
        raise ProofError("The index line is the entry's number in decimal, without leading zeros.")
    return index


def _parse_path(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > MAX_PATH:
        raise ProofError(f"A path has at most {MAX_PATH} hashes.")
    return tuple(_parse_hash(line) for line in lines)


def _parse_hash(line: str) -> bytes:
    decoded = decode_base64(line)
    if decoded is None or len(decoded) != HASH_SIZE:
        raise ProofError(f"Each hash of the path is {HASH_SIZE} bytes in base64.")
    return decoded
