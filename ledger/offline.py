"""Verifies an evidence bundle offline: Python 3.9 or newer, its standard library, and nothing else.

    python3 verify.py                      the bundle that this file was unpacked from
    python3 verify.py bundle.zip           a bundle
    python3 verify.py bundle.zip --vkey KEY --witness KEY

It shows that each entry in the bundle is exactly the one that the log has signed for under that number, that witnesses
have cosigned the same log, and that every value which is disclosed is the one that was sealed. Get KEY from somewhere
else than the bundle: whoever makes up a bundle makes up a key for it as well.

The formats are public: RFC 6962 (the tree), RFC 8032 (signatures), RFC 9901 (disclosures), and C2SP's signed-note,
tlog-checkpoint, tlog-cosignature, tlog-policy and tlog-proof.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import datetime as dt
import functools
import hashlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = "candour-bundle/1"
MANIFEST = "manifest.json"
CHECKPOINT, KEY, WITNESSES = "log/checkpoint", "log/key", "log/witnesses"
HANDOVERS = "log/handovers"
DOCUMENTS, FINDINGS = "documents.json", "findings.json"
REQUIRED = (CHECKPOINT, KEY, DOCUMENTS, FINDINGS, "README.txt", "story.html", "verify.py")

MOST_BYTES = 200_000_000
MOST_FILES = 100_000
MOST_PROBLEMS = 50

ED25519, COSIGNATURE = 1, 4
PROOF_LINE = b"c2sp.org/tlog-proof@v1\n"
ROTATION = "signing-key-rotated.v1"
ENTRY_NAME = re.compile(r"entries/(0|[1-9][0-9]{0,17})\.entry")


def N_(text: str) -> str:  # noqa: N802 - marks a text for translation where this is used inside the ledger
    return text


class Message(NamedTuple):
    """A sentence, its values apart, so that it can be translated."""

    template: str
    values: dict[str, Any]

    def __str__(self) -> str:
        return self.template % self.values if self.values else self.template


class Bad(Exception):
    """Something is not as it must be."""

    def __init__(self, template: str, **values: Any) -> None:
        super().__init__(template)
        self.message = Message(template, values)


class Report(NamedTuple):
    """What was found: `problems` (none means that the bundle verifies) and `facts`."""

    problems: list[Message]
    facts: list[Message]
    vkey: str | None
    pinned: bool

    @property
    def ok(self) -> bool:
        """Whether everything in the bundle verifies."""
        return not self.problems


# --- Ed25519 (RFC 8032, section 5.1) ----------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

# A point of the curve in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z.
Point = tuple[int, int, int, int]


def add(one: Point, other: Point) -> Point:
    """Return the sum of two points."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(number: int, point: Point) -> Point:
    """Return a multiple of a point."""
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def same(one: Point, other: Point) -> bool:
    """Whether two points are one."""
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def decompress(data: bytes) -> Point | None:
    """Return the point that 32 bytes stand for, or None."""
    sign, y = data[31] >> 7, int.from_bytes(data, "little") & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


@functools.lru_cache(maxsize=4096)
def signature_fits(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of the public key over the message."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, nonce, number = decompress(public), decompress(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or number >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return same(multiply(number, BASE), add(nonce, multiply(challenge, key)))


# --- keys and signed notes (C2SP signed-note, tlog-cosignature) -------------------------------------------------------


class Key(NamedTuple):
    """A public key with its name; `kind` tells a log's from a witness's."""

    name: str
    key_id: bytes
    kind: int
    public: bytes


class Signature(NamedTuple):
    """A signature line of a note."""

    name: str
    key_id: bytes
    data: bytes


def base64_exact(text: str) -> bytes:
    """Return the bytes of base64 that is spelt in the one usual way."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not text or base64.b64encode(data).decode() != text:
        raise Bad(N_("“%(text)s” is not base64."), text=text[:60])
    return data


def read_key(text: str, kind: int) -> Key:
    """Read a key as it is published: name+id+base64."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    data = base64_exact(encoded)
    expected = hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8]
    if not name or len(data) != 33 or data[0] != kind or key_id != expected:
        raise Bad(N_("“%(text)s” is not such a key as it should be."), text=text[:200])
    return Key(name, bytes.fromhex(key_id), kind, data[1:])


def read_note(note: bytes) -> tuple[str, list[Signature]]:
    """Take a signed note apart."""
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad(N_("The checkpoint is not text.")) from None
    text, divider, lines = whole.rpartition("\n\n")
    if not divider or not lines.endswith("\n"):
        raise Bad(N_("The checkpoint is not a signed note."))
    return text + "\n", [read_signature(line) for line in lines[:-1].split("\n")]


def read_signature(line: str) -> Signature:
    """Read a signature line."""
    dash, name, encoded = [*line.split(" "), "", ""][:3]
    data = base64_exact(encoded)
    if dash != "—" or not name or line != f"— {name} {encoded}" or len(data) < 5:
        raise Bad(N_("The checkpoint has a line that is not a signature."))
    return Signature(name, data[:4], data[4:])


def signed_by(key: Key, text: str, signatures: Sequence[Signature]) -> list[int | None]:
    """Return one item for each signature of a key, all of which fit: the time it states, or None if it states none."""
    found: list[int | None] = []
    for name, key_id, data in signatures:
        if (name, key_id) != (key.name, key.key_id):
            continue
        time, message, signature = None, text.encode(), data
        if key.kind == COSIGNATURE:
            time, signature = int.from_bytes(data[:8], "big"), data[8:]
            message = f"cosignature/v1\ntime {time}\n".encode() + message
        if not signature_fits(key.public, message, signature):
            raise Bad(N_("The signature of %(name)s does not fit the checkpoint."), name=name)
        found.append(time)
    return found


# --- the tree (RFC 6962, section 2.1) and proofs (C2SP tlog-checkpoint, tlog-proof) -----------------------------------


def read_checkpoint(text: str) -> tuple[str, int, bytes]:
    """Return origin, size and root."""
    lines = text.split("\n")
    if len(lines) != 4 or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise Bad(N_("The checkpoint does not state a log's name, size and root."))
    root = base64_exact(lines[2])
    if len(root) != 32:
        raise Bad(N_("The checkpoint's root is not a hash."))
    return lines[0], int(lines[1]), root


def root_from(entry: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a path leads to from an entry, or None if the path has not the right length."""
    found = hashlib.sha256(b"\x00" + entry).digest()
    last, rest = size - 1, list(path)
    while last > 0:
        if index % 2 or index < last:
            if not rest:
                return None
            other = rest.pop(0)
            pair = other + found if index % 2 else found + other
            found = hashlib.sha256(b"\x01" + pair).digest()
        index, last = index // 2, last // 2
    return None if rest else found


def read_proof(content: bytes) -> tuple[int, list[bytes], bytes]:
    """Return entry number, path and signed checkpoint of a proof file."""
    head, divider, note = content.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    if not divider or lines[0] + "\n" != PROOF_LINE.decode():
        raise Bad(N_("This is not a proof file."))
    number = re.fullmatch(r"index (0|[1-9][0-9]{0,18})", lines[1] if len(lines) > 1 else "")
    path = [base64_exact(line) for line in lines[2:]]
    if number is None or len(path) > 63 or any(len(each) != 32 for each in path):
        raise Bad(N_("This is not a proof file."))
    return int(number.group(1)), path, note


# --- changes of the log's key -----------------------------------------------------------------------------------------


class Change(NamedTuple):
    """That entry number `entry` names the key in force and the next one, and both have signed for it."""

    entry: int
    old: Key
    new: Key


def read_changes(content: bytes) -> list[Change]:
    """Read and verify the changes of a log's key, each of them a proof of its entry with the entry as extra line."""
    parts = content.split(PROOF_LINE)
    if parts[0]:
        raise Bad(N_("A change of the log's key is not proven."))
    found = [read_change(part) for part in parts[1:]]
    for before, after in zip(found, found[1:]):  # noqa: B905, RUF007 - both are new in 3.10
        if before.new != after.old or before.entry >= after.entry:
            raise Bad(N_("A change of the log's key does not follow from the one before."))
    return found


def read_change(part: bytes) -> Change:
    """Read one change, after its first line."""
    extra, _, rest = part.partition(b"\n")
    label, _, encoded = extra.decode("ascii", "replace").partition(" ")
    state = base64_exact(encoded)
    index, path, note = read_proof(PROOF_LINE + rest)
    text, signatures = read_note(note)
    origin, size, root = read_checkpoint(text)
    try:
        entry = json.loads(state.decode("utf-8"))
        old, new = (read_key(entry["data"][name], ED25519) for name in ("old_vkey", "new_vkey"))
        is_one = (entry["action"], entry["index"], entry["stream"]) == (ROTATION, index, "ledger/ledger")
        is_one = is_one and entry.get("corrects") is None and label == "extra"
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Bad(N_("A change of the log's key is not proven.")) from None
    by_both = [len(signed_by(key, text, signatures)) for key in (old, new)] == [1, 1] and len(signatures) == 2
    named = origin == old.name == new.name and old != new
    if not (is_one and by_both and named) or index >= size or root_from(state, index, size, path) != root:
        raise Bad(N_("A change of the log's key is not proven."))
    return Change(index, old, new)


# --- disclosures (RFC 9901) -------------------------------------------------------------------------------------------


def digests_in(value: Any) -> Iterator[str]:
    """Yield the digests that stand for hidden values."""
    if isinstance(value, dict):
        yield from value.get("_sd", [])
        if set(value) == {"..."}:
            yield value["..."]
        for name, inside in value.items():
            if name not in ("_sd", "..."):
                yield from digests_in(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from digests_in(inside)


def digest_of(disclosure: str) -> str:
    """Return the digest of a disclosure, which is hashed as the string it is."""
    return base64.urlsafe_b64encode(hashlib.sha256(disclosure.encode("ascii")).digest()).rstrip(b"=").decode()


def disclosed_value(disclosure: str) -> Any:
    """Return the value in a disclosure: the last of [salt, name, value] or [salt, value]."""
    return json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))[-1]


def check_disclosures(entry: Any, content: bytes) -> list[Any]:
    """Hold the values that are disclosed, and the digests that stay closed, against an entry; return the values."""
    told = read_json(content)
    disclosed = {digest_of(each): disclosed_value(each) for each in told["disclosed"]}
    closed = {each["digest"] for each in told["undisclosed"]}
    if len(disclosed) + len(closed) != len(told["disclosed"]) + len(told["undisclosed"]):
        raise Bad(N_("A value is disclosed twice."))
    # A hidden value may hold digests of further ones.
    found = list(digests_in(entry))
    for digest in found:
        if digest in disclosed:
            found.extend(digests_in(disclosed[digest]))
    known = set(found)
    if len(known) != len(found) or not disclosed.keys() <= known:
        raise Bad(N_("A value that is disclosed is not one that was sealed."))
    # What lies inside a value that is closed cannot be seen from outside.
    if not known - disclosed.keys() <= closed:
        raise Bad(N_("It is not said of every hidden value whether it is disclosed."))
    return list(disclosed.values())


# --- the witnesses' policy (C2SP tlog-policy) -------------------------------------------------------------------------


def read_policy(content: bytes) -> tuple[dict[str, Key], Callable[[set[str]], bool]]:
    """Return a policy's witnesses by name, and whether a set of these names meets its quorum."""
    witnesses: dict[str, Key] = {}
    groups: dict[str, tuple[int, list[str]]] = {}
    quorum = ""
    for line in content.decode("utf-8", "replace").split("\n"):
        words = line.split()
        if words[:1] == ["witness"] and len(words) == 3:
            witnesses[words[1]] = read_key(words[2], COSIGNATURE)
        elif words[:1] == ["group"] and len(words) > 3 and words[2].isdigit():
            groups[words[1]] = (int(words[2]), words[3:])
        elif words[:1] == ["quorum"] and len(words) == 2 and not quorum:
            quorum = words[1]
        elif words and words[0] != "log":
            raise Bad(N_("The witnesses' policy has a line that is not understood."))
    known = {"none", *witnesses, *groups}
    if quorum not in known or any(set(members) - known for _, members in groups.values()):
        raise Bad(N_("The witnesses' policy names somebody it does not introduce."))

    def met(signed: set[str], name: str = quorum, depth: int = 0) -> bool:
        if name == "none" or name in signed:
            return True
        least, members = groups.get(name, (1, []))
        return depth < 50 and sum(met(signed, each, depth + 1) for each in members) >= least

    return witnesses, met


# --- the bundle -------------------------------------------------------------------------------------------------------


def read_json(content: bytes) -> Any:
    """Read JSON that is written in the one way bundles are written in: `write_json`."""
    try:
        value = json.loads(content.decode("utf-8"))
        written = write_json(value)
    except (ValueError, RecursionError):
        raise Bad(N_("It is not JSON.")) from None
    if written != content:
        raise Bad(N_("It is not written as bundles are: something was changed."))
    return value


def write_json(value: Any) -> bytes:
    """Write JSON in the one way."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def write_zip(files: dict[str, bytes]) -> bytes:
    """Return the one ZIP of these files: sorted, without dates, not compressed (which differs between libraries)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, files[name])
    return target.getvalue()


def read_zip(content: bytes) -> dict[str, bytes]:
    """Return the files of a bundle, whose container must be byte for byte the one that they are written in."""
    if len(content) > MOST_BYTES:
        raise Bad(N_("The bundle is too large."))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            plain = all(each.compress_type == zipfile.ZIP_STORED for each in members)
            if len(members) > MOST_FILES or not plain or sum(each.file_size for each in members) > MOST_BYTES:
                raise Bad(N_("The container is not one that a bundle comes in."))
            files = {each.filename: archive.read(each) for each in members}
    # A damaged container makes zipfile fail in many ways.
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError, RuntimeError, IndexError):
        raise Bad(N_("The bundle is damaged: its container cannot be read.")) from None
    try:
        whole = write_zip(files) == content
    except (ValueError, UnicodeError):
        whole = False
    if not whole:
        raise Bad(N_("The container of the bundle was changed."))
    return files


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of an unpacked bundle; what Python itself leaves behind is none of it."""
    paths = [each for each in sorted(folder.rglob("*")) if each.is_file() and "__pycache__" not in each.parts]
    if len(paths) > MOST_FILES or sum(each.stat().st_size for each in paths) > MOST_BYTES:
        raise Bad(N_("The bundle is too large."))
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in paths}


def verify(source: Path | bytes | dict[str, bytes], vkey: str | None = None, witnesses: Sequence[str] = ()) -> Report:
    """Verify a bundle: a path (of a ZIP or a folder), a ZIP's bytes, or files by name. Raises OSError only."""
    run = Run(vkey, witnesses)
    try:
        if isinstance(source, Path):
            source = read_folder(source) if source.is_dir() else read_limited(source)
        run.verify(read_zip(source) if isinstance(source, bytes) else source)
    except Bad as bad:
        run.problems.append(bad.message)
    return Report(run.problems, run.facts, run.vkey, vkey is not None)


def read_limited(path: Path) -> bytes:
    """Return a file's content, at most a byte more than a bundle can have."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


class Run:
    """One verification."""

    def __init__(self, vkey: str | None, witnesses: Sequence[str]) -> None:
        self.pinned, self.extra = vkey, witnesses
        self.vkey: str | None = None
        self.problems: list[Message] = []
        self.facts: list[Message] = []
        self.files: dict[str, bytes] = {}
        self.note, self.size, self.root = b"", 0, b""
        self.own: list[Key] = []
        self.entries: dict[int, Any] = {}
        self.values: dict[int, list[Any]] = {}

    def verify(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.check_manifest()
        self.check_checkpoint()
        self.check_witnesses()
        for name in sorted(files, key=lambda each: (len(each), each)):
            match = ENTRY_NAME.fullmatch(name)
            if match:
                self.place(N_("entry %(number)s"), int(match.group(1)), self.check_entry)
        self.check_streams()
        self.check_findings()
        if not self.problems:
            self.facts.append(Message(N_("%(count)s entries are sealed, unchanged."), {"count": len(self.entries)}))

    def place(self, where: str, index: int, check: Callable[[int], None]) -> None:
        """Run a check, and go on after it whatever it finds, up to a bound."""
        try:
            check(index)
        except Bad as bad:
            template = f"{where}: {bad.message.template}"
            self.problems.append(Message(template, {"number": index, **bad.message.values}))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
            self.problems.append(Message(N_("Entry %(number)s or what belongs to it is damaged."), {"number": index}))
        if len(self.problems) >= MOST_PROBLEMS:
            raise Bad(N_("There are so many problems that the rest was not looked at."))

    def check_manifest(self) -> None:
        try:
            manifest = read_json(self.files.get(MANIFEST, b""))
            listed = manifest["files"]
            known = manifest["format"] == FORMAT and set(manifest) == {"files", "format"}
            names = set(listed)
        except (Bad, KeyError, TypeError):
            raise Bad(N_("The list of files is missing or damaged.")) from None
        if not known:
            raise Bad(N_("This is not a bundle of a kind that this program knows."))
        for name in sorted(names ^ (set(self.files) - {MANIFEST})):
            template = N_("%(file)s is missing.") if name in names else N_("%(file)s does not belong to the bundle.")
            self.problems.append(Message(template, {"file": name}))
        for name in sorted(names & set(self.files)):
            if hashlib.sha256(self.files[name]).hexdigest() != listed[name]:
                self.problems.append(Message(N_("%(file)s was changed or damaged."), {"file": name}))
        for name in REQUIRED:
            if name not in self.files:
                raise Bad(N_("%(file)s is missing."), file=name)

    def check_checkpoint(self) -> None:
        published = self.files[KEY].decode("utf-8", "replace")
        changes = read_changes(self.files.get(HANDOVERS, b""))
        known = [each.old for each in changes[:1]] + [each.new for each in changes]
        if not published.endswith("\n"):
            raise Bad(N_("The log's key is damaged."))
        if self.pinned is not None and not self.is_known(self.pinned.strip(), published, known):
            raise Bad(N_("The bundle is of another log than the one whose key was given."))
        key = read_key(published[:-1], ED25519)
        self.vkey, self.note = published[:-1], self.files[CHECKPOINT]
        text, signatures = read_note(self.note)
        origin, self.size, self.root = read_checkpoint(text)
        if len(signed_by(key, text, signatures)) != 1 or origin != key.name:
            raise Bad(N_("The checkpoint is not signed by the log."))
        if known and (key != known[-1] or changes[-1].entry >= self.size):
            raise Bad(N_("The log's key is not the one that its changes lead to."))
        self.own = [key, *known]
        for each in known:
            signed_by(each, text, signatures)
        self.facts.append(
            Message(N_("The log %(origin)s signed for %(size)s entries."), {"origin": origin, "size": self.size})
        )
        for change in changes:
            values = {"number": change.entry}
            self.facts.append(Message(N_("Its key was changed by entry %(number)s, which both keys signed."), values))

    @staticmethod
    def is_known(pinned: str, published: str, known: Sequence[Key]) -> bool:
        """Whether a key is the one that is published or, by what the keys themselves have signed, one before it."""
        return published == pinned + "\n" or (bool(known) and read_key(pinned, ED25519) in known)

    def check_witnesses(self) -> None:
        text, signatures = read_note(self.note)
        names: dict[str, Key] = {}
        met: Callable[[set[str]], bool] | None = None
        if WITNESSES in self.files:
            names, met = read_policy(self.files[WITNESSES])
        names = {**names, **{each: read_key(each, COSIGNATURE) for each in self.extra}}
        signed: set[str] = set()
        for name, key in names.items():
            for time in signed_by(key, text, signatures):
                signed.add(name)
                values = {"name": key.name, "time": clock(time)}
                self.facts.append(Message(N_("The witness %(name)s cosigned it at %(time)s."), values))
        missing = sorted(set(self.extra) - signed)
        if missing:
            raise Bad(N_("The witness %(name)s has not cosigned it."), name=names[missing[0]].name)
        if met is not None and not met(signed):
            raise Bad(N_("The cosignatures are not those that the log's own policy asks for."))
        known = {(key.name, key.key_id) for key in self.own} | {(key.name, key.key_id) for key in names.values()}
        unknown = [each.name for each in signatures if (each.name, each.key_id) not in known]
        if unknown:
            values = {"names": ", ".join(sorted(set(unknown)))[:200]}
            self.facts.append(Message(N_("It carries signatures that nobody vouches for here: %(names)s."), values))
        if not signed:
            self.facts.append(Message(N_("No witness has cosigned it."), {}))

    def check_entry(self, index: int) -> None:
        content = self.files[f"entries/{index}.entry"]
        proof = self.files.get(f"proofs/{index}.tlog-proof")
        if proof is None:
            raise Bad(N_("Its proof is missing."))
        number, path, note = read_proof(proof)
        if number != index or note != self.note:
            raise Bad(N_("Its proof is for another entry or another checkpoint."))
        if index >= self.size or root_from(content, index, self.size, path) != self.root:
            raise Bad(N_("It is not what the log has signed for under this number."))
        entry = json.loads(content.decode("utf-8"))
        if entry["index"] != index:
            raise Bad(N_("It says that it has another number."))
        self.values[index] = check_disclosures(entry, self.files.get(f"disclosures/{index}.json", b""))
        self.entries[index] = entry

    def check_streams(self) -> None:
        """Of the process itself every version from the first on is there, so nothing was left out in between."""
        reference = re.sub(r"[^!-~]", "", str(self.json(FINDINGS).get("process", "")))
        own = [entry for _, entry in sorted(self.entries.items()) if entry.get("stream") == f"process/{reference}"]
        if not self.problems and [entry["version"] for entry in own] != list(range(1, len(own) + 1)):
            raise Bad(N_("Entries of %(process)s are missing in between."), process=reference)
        for name in self.files:
            folder, _, rest = name.partition("/")
            number = rest.partition(".")[0]
            known = number.isdigit() and int(number) in self.entries
            if folder in ("proofs", "disclosures") and not known and not self.problems:
                raise Bad(N_("%(file)s belongs to no entry."), file=name)

    def check_findings(self) -> None:
        findings = self.json(FINDINGS)
        if not isinstance(findings.get("findings"), list):
            raise Bad(N_("The findings are missing."))
        for finding in findings["findings"]:
            for index in finding["evidence"]:
                if index not in self.entries and not self.problems:
                    raise Bad(N_("A finding rests on entry %(number)s, which is not in the bundle."), number=index)
        for document in self.json(DOCUMENTS).get("documents", []):
            index, digest = document["entry"], document["sha256"]
            held = json.dumps([self.entries.get(index), self.values.get(index)])
            if f'"{digest}"' not in held and not self.problems:
                raise Bad(N_("Entry %(number)s does not name the document listed for it."), number=index)

    def json(self, name: str) -> dict[str, Any]:
        try:
            value = read_json(self.files[name])
        except Bad:
            value = None
        if not isinstance(value, dict):
            raise Bad(N_("%(file)s was changed or damaged."), file=name)
        return value


def clock(time: int | None) -> str:
    """Say a time in seconds since 1970; far beyond any calendar as the number it is."""
    try:
        moment = dt.datetime.fromtimestamp(time or 0, dt.timezone.utc)  # noqa: UP017 - new in 3.11
    except (OverflowError, ValueError, OSError):
        return str(time)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def main() -> int:
    """Verify what the command line names, and tell it in sentences."""
    parser = argparse.ArgumentParser(description="Verify an evidence bundle offline.")
    parser.add_argument("bundle", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--vkey", help="the log's key, got from somewhere else than the bundle")
    parser.add_argument("--witness", action="append", default=[], help="a witness's key that must have cosigned")
    given = parser.parse_args()
    try:
        report = verify(given.bundle, given.vkey, given.witness)
    except OSError as error:
        print(f"{given.bundle} cannot be read: {error.strerror or error}.", file=sys.stderr)
        return 1
    for fact in report.facts:
        print(fact)
    for problem in report.problems:
        print(f"PROBLEM: {problem}", file=sys.stderr)
    if not report.ok:
        print("This bundle does NOT verify.", file=sys.stderr)
        return 1
    print("The bundle verifies: its entries are sealed. Its page and findings are what whoever made it made of them.")
    if not report.pinned:
        print(f"Nobody said whose log this should be. Compare its key with one you got elsewhere:\n{report.vkey}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
