"""Which logs are trusted and whose cosignatures suffice, as a file (C2SP tlog-policy)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from ledger.tlog.cosignature import CosignatureVerifier
from ledger.tlog.errors import TlogError
from ledger.tlog.note import Ed25519Verifier, Note, Signature

MAX_POLICY: Final = 100_000
"""The most bytes of a policy file."""

MAX_LINES: Final = 1_000

NONE: Final = "none"
"""The quorum that needs no cosignature."""

_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_SPACES: Final = re.compile(r"[ \t]+")
_THRESHOLD: Final = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


class PolicyError(TlogError):
    """A policy file says something impossible; the message names the line."""


class Log(NamedTuple):
    """A log that is trusted."""

    verifier: Ed25519Verifier
    url: str | None


class Witness(NamedTuple):
    """A witness; `name` means something in the policy alone, the key has a name of its own."""

    name: str
    verifier: CosignatureVerifier
    url: str | None


class Group(NamedTuple):
    """Witnesses and groups of which at least `threshold` must have cosigned."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses, groups of them, and the name of the witness or group that is the quorum."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    groups: Mapping[str, Group]
    quorum: str

    @property
    def verifiers(self) -> tuple[CosignatureVerifier, ...]:
        """The witnesses' keys."""
        return tuple(each.verifier for each in self.witnesses)

    def is_met(self, signatures: Iterable[Signature]) -> bool:
        """Whether verified cosignatures make up the quorum."""
        signed = {(each.name, each.key_id) for each in signatures}
        return self._witnessed(self.quorum, frozenset(self.names(signed)))

    def names(self, keys: Iterable[tuple[str, bytes]]) -> Iterator[str]:
        """Yield the policy's names of the witnesses that have these key names and ids."""
        wanted = set(keys)
        for name, verifier, _ in self.witnesses:
            if (verifier.name, verifier.key_id) in wanted:
                yield name

    def _witnessed(self, name: str, signed: frozenset[str]) -> bool:
        if name == NONE or name in signed:
            return True
        group = self.groups.get(name)
        if group is None:
            return False
        return sum(self._witnessed(member, signed) for member in group.members) >= group.threshold

    def to_bytes(self) -> bytes:
        """Return the policy as a file without addresses, which those who verify do not need."""
        logs = [f"log {each.verifier.to_vkey()}" for each in self.logs]
        witnesses = [f"witness {each.name} {each.verifier.to_vkey()}" for each in self.witnesses]
        groups = [f"group {name} {each.threshold} {' '.join(each.members)}" for name, each in self.groups.items()]
        lines = [*logs, *witnesses, *groups, f"quorum {self.quorum}", ""]
        return "\n".join(lines).encode("utf-8", "surrogateescape")

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read a policy file; `PolicyError` in one sentence if it is malformed."""
        if len(content) > MAX_POLICY:
            raise PolicyError(f"A policy has at most {MAX_POLICY} bytes.")
        if _FORBIDDEN.search(content):
            raise PolicyError("A policy has no control characters but tabs and line feeds.")
        # Octets beyond ASCII have no meaning in a policy: whatever they are, they come out as they went in.
        lines = content.decode("utf-8", "surrogateescape").split("\n")
        if len(lines) > MAX_LINES:
            raise PolicyError(f"A policy has at most {MAX_LINES} lines.")
        reading = _Reading()
        for number, line in enumerate(lines, 1):
            words = _SPACES.split(line.strip(" \t"))
            if words[0] and not words[0].startswith("#"):
                reading.read(number, words)
        if reading.quorum is None:
            raise PolicyError("The policy names no quorum. Its last line is “quorum” and a name, or “quorum none”.")
        return cls(tuple(reading.logs), tuple(reading.witnesses), reading.groups, reading.quorum)


def cosigned(note: bytes, policy: Policy) -> tuple[Signature, ...]:
    """Return a note's valid cosignatures by the policy's witnesses; others are ignored, invalid ones too."""
    parsed = Note.from_bytes(note)
    known = {(each.name, each.key_id): each for each in policy.verifiers}
    message = parsed.text.encode()
    return tuple(
        each
        for each in parsed.signatures
        if (each.name, each.key_id) in known and known[each.name, each.key_id].verify(message, each.signature)
    )


class _Reading:
    """A policy as far as it has been read."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.witnesses: list[Witness] = []
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()

    def read(self, number: int, words: Sequence[str]) -> None:
        try:
            self._read(words)
        except TlogError as error:
            raise PolicyError(f"Line {number} of the policy: {error}") from error

    def _read(self, words: Sequence[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                self._add_log(Log(Ed25519Verifier.from_vkey(vkey), url[0] if url else None))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._add_witness(Witness(name, CosignatureVerifier.from_vkey(vkey), url[0] if url else None))
            case ["group", name, threshold, *members] if members:
                self._add_group(name, threshold, members)
            case ["quorum", name]:
                self._set_quorum(name)
            case _:
                raise PolicyError(
                    "A line is “log KEY”, “witness NAME KEY”, each with an address if there is one, "
                    "“group NAME all|any|NUMBER MEMBERS…” or “quorum NAME”."
                )

    def _add_log(self, log: Log) -> None:
        if any(each.verifier.public_key == log.verifier.public_key for each in self.logs):
            raise PolicyError("This log's key stands in the policy twice.")
        self.logs.append(log)

    def _add_witness(self, witness: Witness) -> None:
        self._require_new(witness.name)
        if any(each.verifier.public_key == witness.verifier.public_key for each in self.witnesses):
            raise PolicyError("This witness's key stands in the policy twice.")
        self.witnesses.append(witness)

    def _add_group(self, name: str, threshold: str, members: Sequence[str]) -> None:
        self._require_new(name)
        for member in members:
            if not self._is_defined(member):
                raise PolicyError(f"“{member}” is not the name of a witness or group on a line above.")
            if member in self._members:
                raise PolicyError(f"“{member}” is a member of a group already, and can be of one only.")
            self._members.add(member)
        self.groups[name] = Group(_read_threshold(threshold, len(members)), tuple(members))

    def _set_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise PolicyError("There is a second quorum. A policy has one.")
        if name != NONE and not self._is_defined(name):
            raise PolicyError(f"“{name}” is not the name of a witness or group on a line above.")
        self.quorum = name

    def _is_defined(self, name: str) -> bool:
        return name in self.groups or any(each.name == name for each in self.witnesses)

    def _require_new(self, name: str) -> None:
        if name == NONE or self._is_defined(name):
            raise PolicyError(f"“{name}” is taken. Choose another name.")


def _read_threshold(text: str, members: int) -> int:
    named = {"any": 1, "all": members}
    if text in named:
        return named[text]
    if not _THRESHOLD.fullmatch(text) or int(text) > members:
        raise PolicyError(f"The group needs “all”, “any” or a number from 1 to {members}.")
    return int(text)
