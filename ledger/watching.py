"""Following a log from outside: whether it still extends what it was, still answers, and still moves.

Between two looks only a checkpoint and a few tiles are read. What contradicts itself is kept as evidence: two
checkpoints that the log has signed prove it to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple, Self

import orjson

from ledger.errors import Unavailable, Wrong
from ledger.files import read_file, write_file
from ledger.log import CHECKPOINT, FOLDER, HANDOVERS
from ledger.rotations import MOST_BYTES, Keys, follow, parse_handovers
from ledger.sources import Source, open_source
from ledger.tlog.errors import MissingTileError, ProofError, TlogError, UnverifiedNoteError
from ledger.tlog.merkle import HASH_SIZE, HashReader, check_consistency, prove_consistency, root_at
from ledger.tlog.note import MAX_NOTE, Checkpoint, Ed25519Verifier, Note, open_checkpoint
from ledger.tlog.tiles import TILE_WIDTH, HashTile, ProvingTileReader
from ledger.tlog.witness import AddCheckpoint
from ledger.words import N_

Kind = Literal["fork", "shrink", "unproven", "unsigned", "stalled", "silent"]

LASTING: Final[frozenset[Kind]] = frozenset({"fork", "shrink"})
"""What no later answer can put right."""

MEMORY: Final = "watched.json"
EVIDENCE: Final = "evidence"

_MOST_MEMORY: Final = 2 * MAX_NOTE
_FULL_TILE: Final = TILE_WIDTH * HASH_SIZE

MEANINGS: Final[dict[Kind, str]] = {
    "fork": N_("The log has signed %(size)s entries that do not begin with the %(earlier)s it signed before."),
    "shrink": N_("The log shows %(size)s entries and has shown %(earlier)s before: some were taken away."),
    "unproven": N_("The log has signed %(size)s entries, and what it publishes does not fit that or is missing."),
    "unsigned": N_("What the log shows as its checkpoint is not signed with its key."),
    "stalled": N_("The log has stood still at %(size)s entries since %(since)s."),
    "silent": N_("The log has not answered since %(since)s."),
}


class Limits(NamedTuple):
    """How long a log may stand still, or not answer, before that is an alarm."""

    stalled: timedelta
    silent: timedelta


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a log: its last checkpoint, since when it shows that, and when it last answered.

    `vkey` is the key that was given, and `signed_by` the one that signed the checkpoint, after a change of keys.
    """

    vkey: str
    note: str | None
    since: datetime
    answered: datetime
    signed_by: str

    def to_bytes(self) -> bytes:
        """Return it as a file."""
        return orjson.dumps({name: getattr(self, name) for name in self.__slots__}, option=orjson.OPT_INDENT_2)

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read such a file; `ValueError` if it is damaged."""
        try:
            found = orjson.loads(content)
            times = {name: datetime.fromisoformat(found[name]) for name in ("since", "answered")}
            vkey, note = str(found["vkey"]), found["note"] and str(found["note"])
            return cls(vkey, note, **times, signed_by=str(found.get("signed_by", vkey)))
        except (KeyError, TypeError) as error:
            raise ValueError from error


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something wrong with a log, said in a sentence, with what proves it: names of files and their content."""

    kind: Kind
    sentence: str
    evidence: tuple[tuple[str, bytes], ...] = ()


class Look(NamedTuple):
    """What one look at a log found."""

    memory: Memory
    checkpoint: Checkpoint | None
    alarm: Alarm | None


def look(target: str, vkey: str, folder: Path, now: datetime, limits: Limits) -> Look:
    """Look at a log once and remember it in `folder`; evidence of an alarm is stored there. `now` is aware.

    Raises:
        Wrong: The address, the key or what is remembered cannot be used, or another key is remembered.
        Unavailable: The folder cannot be written.
    """
    try:
        verifier = Ed25519Verifier.from_vkey(vkey.strip())
    except TlogError as error:
        raise Wrong(
            N_("The key must be given as name+hash+key, as the log publishes it: %(why)s"), why=error
        ) from error
    memory = _remembered(folder / MEMORY, verifier, now)
    try:
        found = compare(open_source(target, CHECKPOINT, FOLDER), verifier, memory, now, limits)
    except Unavailable:
        found = Look(memory, None, _silent(memory, now, limits))
    if found.alarm is not None:
        _keep(folder / EVIDENCE, found.alarm, now)
    write_file(folder / MEMORY, found.memory.to_bytes())
    return found


def compare(source: Source, verifier: Ed25519Verifier, memory: Memory, now: datetime, limits: Limits) -> Look:
    """Hold what a log shows now against what is remembered of it. Raises `Unavailable` where it does not answer."""
    note = source.fetch(CHECKPOINT, MAX_NOTE)
    if note is None:
        return Look(memory, None, _silent(memory, now, limits))
    keys = _keys(source, verifier, memory, note)
    answered = replace(memory, answered=now, vkey=verifier.to_vkey())
    try:
        checkpoint = keys.open(note)
    except TlogError:
        return Look(answered, None, _alarm("unsigned", (("later", note),)))
    last = None if memory.note is None else Checkpoint.from_text(Note.from_bytes(memory.note.encode()).text)
    earlier = () if memory.note is None else (("earlier", memory.note.encode()),)
    kind, proof = _judge(source, last, checkpoint, follows=bool(keys.rotations))
    if kind is not None:
        evidence = (*earlier, ("later", note), *proof)
        numbers = {"size": checkpoint.size, "earlier": 0 if last is None else last.size}
        return Look(answered, checkpoint, _alarm(kind, evidence, **numbers))
    if last != checkpoint:
        signed_by = keys.at(checkpoint.size).to_vkey()
        return Look(replace(answered, note=note.decode(), since=now, signed_by=signed_by), checkpoint, None)
    stalled = now - memory.since > limits.stalled
    alarm = _alarm("stalled", (), size=checkpoint.size, since=_minute(memory.since)) if stalled else None
    return Look(answered, checkpoint, alarm)


def _keys(source: Source, verifier: Ed25519Verifier, memory: Memory, note: bytes) -> Keys:
    """Return the keys to trust, after changes of the log's key too, where the key given does not suffice.

    Raises:
        Wrong: The key that is remembered is none of them.
    """
    keys = Keys(verifier)
    try:
        keys.open(note)
        suffices = True
    except UnverifiedNoteError:
        suffices = False
    except TlogError:
        suffices = True
    if not suffices or memory.vkey != verifier.to_vkey():
        keys = follow(verifier, source.fetch(HANDOVERS, MOST_BYTES))
    if memory.vkey not in {each.to_vkey() for each in keys.all}:
        raise Wrong(
            N_("The key given is not the one remembered, %(vkey)s. Find out which is right before you trust either."),
            vkey=memory.vkey,
        )
    return keys


def _judge(
    source: Source, last: Checkpoint | None, new: Checkpoint, *, follows: bool
) -> tuple[Kind | None, tuple[tuple[str, bytes], ...]]:
    if last is not None and new.size <= last.size:
        return ("shrink" if new.size < last.size else "fork" if new.root != last.root else None), ()
    try:
        # Computes the new root from the tiles, so that a signature over nothing is noticed too.
        reader = ProvingTileReader(new.size, new.root, lambda tile: _fetch(source, tile))
        old = 0 if last is None else last.size
        proof = prove_consistency(old, new.size, reader)
        if follows and not _holds_handovers(source, new.size, reader):
            return "fork", (("handovers", source.fetch(HANDOVERS, MOST_BYTES) or b""),)
    except TlogError:
        return "unproven", ()
    if last is None:
        return None, ()
    try:
        check_consistency(proof, old=old, old_root=last.root, new=new.size, new_root=new.root)
    except ProofError:
        return "fork", (("proof", AddCheckpoint(old, proof, b"").to_bytes()),)
    return None, ()


def _holds_handovers(source: Source, size: int, reader: HashReader) -> bool:
    """Whether the log still has the entries over which both keys signed a change."""
    found = (each.checkpoint for each in parse_handovers(source.fetch(HANDOVERS, MOST_BYTES) or b""))
    return all(root_at(each.size, reader) == each.root for each in found if each.size <= size)


def _fetch(source: Source, tile: HashTile) -> bytes | None:
    content = source.fetch(tile.path, _FULL_TILE)
    if content is not None and len(content) > _FULL_TILE:
        raise MissingTileError(f"{tile.path} is too long.")
    return content


def _silent(memory: Memory, now: datetime, limits: Limits) -> Alarm | None:
    return _alarm("silent", (), since=_minute(memory.answered)) if now - memory.answered > limits.silent else None


def _alarm(kind: Kind, evidence: tuple[tuple[str, bytes], ...], **parameters: object) -> Alarm:
    return Alarm(kind, MEANINGS[kind] % parameters if parameters else MEANINGS[kind], evidence)


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _remembered(path: Path, verifier: Ed25519Verifier, now: datetime) -> Memory:
    content = read_file(path, _MOST_MEMORY)
    if content is None:
        return Memory(verifier.to_vkey(), None, now, now, verifier.to_vkey())
    try:
        memory = Memory.from_bytes(content)
        if memory.note is not None:
            open_checkpoint(memory.note.encode(), Ed25519Verifier.from_vkey(memory.signed_by))
    except ValueError as error:
        raise Wrong(N_("%(file)s is damaged. Restore it, or name another folder."), file=path) from error
    return memory


def _keep(folder: Path, alarm: Alarm, now: datetime) -> None:
    if not alarm.evidence:
        return
    place = folder / f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{alarm.kind}"
    for name, content in (("what.txt", f"{alarm.sentence}\n".encode()), *alarm.evidence):
        write_file(place / name, content)
