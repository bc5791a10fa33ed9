"""What proves an entry, in sentences: by what it is covered, by whom that was witnessed, and between which times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from ledger.cosignatures import Bracket, Seen, brackets
from ledger.errors import CandourError
from ledger.files import read_file
from ledger.log import FOLDER, HANDOVERS, KEY, WITNESSES, Signed, published_head
from ledger.rotations import MOST_BYTES
from ledger.tlog.cosignature import MAX_TIME
from ledger.tlog.errors import TlogError
from ledger.tlog.note import MAX_NOTE, Ed25519Verifier
from ledger.tlog.policy import MAX_POLICY, Policy, cosigned
from ledger.voice import Voice
from ledger.words import N_


@dataclass(frozen=True, slots=True)
class Proof:
    """The sentences about an entry, the log's key, and whether the log names witnesses and has changed its key."""

    proven: str
    witnessed: str
    seen: tuple[str, ...]
    vkey: str
    has_witnesses: bool
    has_handovers: bool


def published_key(public_dir: Path) -> Ed25519Verifier | None:
    """Return the log's public key as it is published: the private one is not for this process."""
    content = read_file(public_dir / FOLDER / KEY, MAX_NOTE)
    return None if content is None else Ed25519Verifier.from_vkey(content.decode("ascii").rstrip("\n"))


def published_handovers(public_dir: Path) -> bytes | None:
    """Return what proves the changes of the log's key, or None where it never changed."""
    return read_file(public_dir / FOLDER / HANDOVERS, MOST_BYTES)


def published_policy(public_dir: Path) -> Policy | None:
    """Return who the log says its witnesses are, or None."""
    content = read_file(public_dir / FOLDER / WITNESSES, MAX_POLICY)
    try:
        return None if content is None else Policy.from_bytes(content)
    except TlogError:
        return None


def proof_of(connection: Connection, public_dir: Path, index: int, said: Voice) -> Proof | None:
    """Return what proves an entry; None where no published checkpoint covers it, or the log contradicts itself."""
    try:
        key = published_key(public_dir)
        head = None if key is None else published_head(public_dir, key)
    except CandourError:
        return None
    if key is None or head is None or index >= head.checkpoint.size:
        return None
    policy = published_policy(public_dir)
    return Proof(
        said.words(
            N_(
                "This entry is number %(number)s of the %(size)s that the log has signed for, exactly as it is. If "
                "anyone changed, moved or removed it, the log's signature would no longer fit."
            ),
            number=index,
            size=said.number(head.checkpoint.size),
        ),
        _witnessed(head, policy, said),
        tuple(_seen(each, said) for each in brackets(connection, index)),
        key.to_vkey(),
        policy is not None,
        published_handovers(public_dir) is not None,
    )


def _witnessed(head: Signed, policy: Policy | None, said: Voice) -> str:
    names = sorted({each.name for each in cosigned(head.note, policy)}) if policy is not None else []
    if not names:
        return said.words(
            N_(
                "No witness has signed this too. You can still keep a checkpoint yourself, and see later that the log "
                "only grew."
            )
        )
    return said.words(
        N_("Witnesses who are not us have signed it too, having seen that the log only ever grew: %(names)s."),
        names=said.items([name[:100] for name in names]),
    )


def _seen(bracket: Bracket, said: Voice) -> str:
    name = bracket.witness.rpartition("+")[0][:100]
    before, after = (None if each is None else moment(each, said) for each in (bracket.before, bracket.after))
    if after is not None and before == after:
        return said.words(N_("%(name)s first saw it within the minute of %(after)s."), name=name, after=after)
    if before is not None and after is not None:
        return said.words(
            N_("%(name)s first saw it between %(before)s and %(after)s."), name=name, before=before, after=after
        )
    if after is not None:
        return said.words(N_("%(name)s first saw it by %(after)s."), name=name, after=after)
    return said.words(N_("%(name)s has not seen it yet; it last looked on %(before)s."), name=name, before=before)


def moment(seen: Seen, said: Voice) -> str:
    """Say when a witness signed, by its own clock; a time beyond any calendar as the number it is."""
    try:
        return said.instant(datetime.fromtimestamp(min(seen.time, MAX_TIME), UTC))
    except (OverflowError, ValueError, OSError):
        return str(seen.time)
