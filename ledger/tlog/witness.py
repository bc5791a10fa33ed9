"""What passes between a log and a witness, and the witness's decision (C2SP tlog-witness v1).

```
POST <submission prefix>/add-checkpoint
old <size that the witness cosigned last>
<consistency proof, one hash a line>

<signed checkpoint>
```
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from ledger.tlog.cosignature import CosignatureVerifier
from ledger.tlog.encoding import decode_base64, decode_decimal, encode_base64
from ledger.tlog.errors import (
    CheckpointError,
    InvalidSignatureError,
    NoteError,
    ProofError,
    TlogError,
    UnverifiedNoteError,
)
from ledger.tlog.merkle import HASH_SIZE, MAX_PATH, check_consistency
from ledger.tlog.note import MAX_SIGNATURES, Checkpoint, Note, Signature, Verifier, open_note, parse_signature

MAX_REQUEST: Final = 64_000
"""The most bytes of a request that are looked at: 63 hashes, and a checkpoint with a hundred signatures and more."""

MAX_RESPONSE: Final = 64_000
"""The most bytes of a witness's answer that are looked at."""

PATH: Final = "/add-checkpoint"
SIZE_TYPE: Final = "text/x.tlog.size"
"""The media type of an answer 409, whose body is the size that the witness cosigned last."""

_OLD: Final = "old "


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request to cosign: `proof` shows that the signed checkpoint extends the tree of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        """Return the request's body."""
        lines = [f"{_OLD}{self.old}", *map(encode_base64, self.proof), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Read a body; `ProofError` if its head is malformed, `NoteError` if it carries no checkpoint."""
        if len(body) > MAX_REQUEST:
            raise ProofError(f"A request has at most {MAX_REQUEST} bytes.")
        head, divider, note = body.partition(b"\n\n")
        if not divider:
            raise ProofError("A request is an old size, a proof, an empty line and a checkpoint.")
        Checkpoint.from_text(Note.from_bytes(note).text)
        try:
            first, *rest = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise ProofError("What stands above the checkpoint is ASCII text.") from error
        old = decode_decimal(first.removeprefix(_OLD))
        if old is None or not first.startswith(_OLD):
            raise ProofError("The first line is the old size in decimal, without leading zeros.")
        return cls(old, _parse_hashes(rest), note)

    def checkpoint(self) -> Checkpoint:
        """Return what the note states, unverified."""
        return Checkpoint.from_text(Note.from_bytes(self.note).text)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a witness answers: 200 and it may cosign, or another status. `why` is for people.

    `known` is the size it cosigned last, where that is the answer. `forked` is set where the log was shown to have
    signed two roots for one size: the request and the stored checkpoint are the evidence.
    """

    status: int
    why: str = ""
    known: int | None = None
    forked: bool = False


def judge(request: AddCheckpoint, last: Checkpoint | None, trusted: Mapping[str, Sequence[Verifier]]) -> Verdict:
    """Decide on a request, given the checkpoint cosigned last for its origin and the keys trusted for each origin.

    Whoever may cosign must store the new checkpoint in the same atomic step in which `last` was read.
    """
    checkpoint = request.checkpoint()
    keys = trusted.get(checkpoint.origin)
    if not keys:
        return Verdict(404, "This witness does not know a log of that origin.")
    try:
        open_note(request.note, keys)
    except (UnverifiedNoteError, InvalidSignatureError):
        return Verdict(403, "The checkpoint is not signed by a key that this witness trusts for that log.")
    known = 0 if last is None else last.size
    if request.old > checkpoint.size:
        return Verdict(400, "The old size is larger than the checkpoint's.")
    if last is not None and checkpoint.size == last.size and checkpoint.root != last.root:
        # Whatever old size was sent: two roots that the log signed for one size contradict each other.
        return Verdict(409, "The log has signed another root for this size before.", known=known, forked=True)
    if request.old != known:
        return Verdict(409, "The old size is not the one that this witness cosigned last.", known=known)
    return _judge_proof(request, checkpoint, last)


def _judge_proof(request: AddCheckpoint, checkpoint: Checkpoint, last: Checkpoint | None) -> Verdict:
    try:
        if last is None and request.proof:
            raise ProofError("There is nothing yet that it could extend.")
        if last is not None:
            check_consistency(
                request.proof, old=last.size, old_root=last.root, new=checkpoint.size, new_root=checkpoint.root
            )
    except TlogError:
        return Verdict(422, "The proof does not show that the checkpoint extends the one cosigned last.")
    return Verdict(200)


def parse_cosignatures(body: bytes, text: str, witness: CosignatureVerifier) -> tuple[Signature, ...]:
    """Return the valid cosignatures of one witness in its answer; those by other keys are ignored.

    `NoteError` if the answer is malformed, `InvalidSignatureError` if a signature of the witness does not fit.
    """
    try:
        decoded = body.decode() if len(body) <= MAX_RESPONSE else ""
    except UnicodeDecodeError as error:
        raise NoteError("A witness answers in UTF-8.") from error
    lines = decoded.removesuffix("\n").split("\n")
    if not decoded.endswith("\n") or len(lines) > MAX_SIGNATURES:
        raise NoteError("A witness answers with signature lines.")
    signatures = [parse_signature(line) for line in lines]
    own = tuple(each for each in signatures if (each.name, each.key_id) == (witness.name, witness.key_id))
    if not all(witness.verify(text.encode(), each.signature) for each in own):
        raise InvalidSignatureError(f"The cosignature by {witness.name} does not fit the checkpoint.")
    return own


def parse_size(body: bytes) -> int:
    """Return the size in an answer 409; `CheckpointError` if it is none."""
    text = body[:30].decode("ascii", "replace")
    size = decode_decimal(text.removesuffix("\n"))
    if size is None or not text.endswith("\n"):
        raise CheckpointError("A witness answers 409 with the size that it cosigned last.")
    return size


def _parse_hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > MAX_PATH:
        raise ProofError(f"A proof has at most {MAX_PATH} hashes.")
    hashes = [decode_base64(line) for line in lines]
    if any(each is None or len(each) != HASH_SIZE for each in hashes):
        raise ProofError(f"Each hash of the proof is {HASH_SIZE} bytes in base64.")
    return tuple(each for each in hashes if each is not None)
