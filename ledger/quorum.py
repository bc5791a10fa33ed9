"""Whether the cosignatures of a checkpoint are those that a reader's own policy asks for (C2SP tlog-policy).

The log publishes who its witnesses are; whoever trusts nobody brings a policy of their own, and trusts that one alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ledger.errors import NotFound, Wrong
from ledger.files import read_file
from ledger.tlog.cosignature import cosigned_at
from ledger.tlog.errors import TlogError
from ledger.tlog.note import Ed25519Verifier, Note
from ledger.tlog.policy import MAX_POLICY, Policy, cosigned
from ledger.words import N_


class Cosigned(NamedTuple):
    """A witness, by its name in the policy, and when it cosigned by its own clock (seconds since 1970)."""

    witness: str
    time: int


@dataclass(frozen=True, slots=True)
class Quorum:
    """What the witnesses of a policy made of a checkpoint, in the order of the policy.

    `spoiled` are witnesses in whose name it is signed with what is no signature of theirs.
    """

    name: str
    is_met: bool
    cosigned: tuple[Cosigned, ...]
    missing: tuple[str, ...]
    spoiled: tuple[str, ...]


def load_policy(path: Path) -> Policy:
    """Return the policy in a file.

    Raises:
        NotFound: There is no such file.
        Wrong: It is no policy.
    """
    content = read_file(path, MAX_POLICY)
    if content is None:
        raise NotFound(N_("There is no policy at %(file)s. Name the file that says which witnesses count."), file=path)
    try:
        return Policy.from_bytes(content)
    except TlogError as error:
        raise Wrong(N_("%(file)s is no witness policy: %(why)s"), file=path, why=error) from error


def judge(note: bytes, policy: Policy) -> Quorum:
    """Return what a policy makes of the signed note of a checkpoint. Raises `TlogError` for what is no note."""
    valid = cosigned(note, policy)
    times = {(each.name, each.key_id): cosigned_at(each) for each in valid}
    tried = {(each.name, each.key_id) for each in Note.from_bytes(note).signatures}
    keys = {each.name: (each.verifier.name, each.verifier.key_id) for each in policy.witnesses}
    return Quorum(
        policy.quorum,
        policy.is_met(valid),
        tuple(Cosigned(name, times[key]) for name, key in keys.items() if key in times),
        tuple(name for name, key in keys.items() if key not in times),
        tuple(name for name, key in keys.items() if key in tried and key not in times),
    )


def trusted_key(policy: Policy, published: bytes | None) -> Ed25519Verifier | None:
    """Return the key of the policy that a log claims to have; if it claims another, the first; None if it has none.

    `published` is the key as the log gives it, which says nothing by itself.
    """
    keys = [each.verifier for each in policy.logs]
    claimed = [each for each in keys if published == f"{each.to_vkey()}\n".encode()]
    return next(iter([*claimed, *keys]), None)


def hold_to_policy(key: Ed25519Verifier | None, policy: Policy | None) -> None:
    """Raise `Wrong` where a policy is for other logs than the one with that key."""
    logs = () if policy is None else policy.logs
    if key is not None and logs and all(each.verifier != key for each in logs):
        raise Wrong(
            N_("The policy is for other logs than %(vkey)s. Find out which is right before you trust either."),
            vkey=key.to_vkey(),
        )
