"""Verifying a published log from its public files alone, as anyone may who trusts nobody.

One walk over all entries, in order, holds each of them against its hash, the hashes against every tile of every
level, the tree against each checkpoint the log ever signed, and the envelopes against the rules that need no other
knowledge than the entries before. Nothing is kept but the tree's right edge and the newest version of each stream, so
memory does not grow with the number of entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from pathlib import Path
from typing import IO, Final, Literal, NamedTuple

from ledger.audit import Envelopes
from ledger.errors import CandourError, Corrupt, Wrong
from ledger.files import read_file, write_file
from ledger.log import CHECKPOINT, FOLDER, HANDOVERS, HISTORY, KEY
from ledger.quorum import Quorum, hold_to_policy, judge, trusted_key
from ledger.rotations import MOST_BYTES as MOST_HANDOVERS
from ledger.rotations import Handover, Keys, Rotation, chain, parse_handovers, rotation_in, size_of
from ledger.sources import Source, open_source
from ledger.tlog.errors import InvalidSignatureError, TlogError, UnverifiedNoteError
from ledger.tlog.growth import Growth
from ledger.tlog.merkle import HASH_SIZE, leaf_hash, split_hashes
from ledger.tlog.note import MAX_NOTE, MAX_SIGNATURES, Checkpoint, Ed25519Verifier, open_checkpoint
from ledger.tlog.note import Note as SignedNote
from ledger.tlog.policy import Policy
from ledger.tlog.tiles import (
    MAX_ENTRY,
    TILE_WIDTH,
    EntryBundle,
    HashTile,
    TileRow,
    bundles_at,
    decode_bundle,
    edge_tiles,
    encode_bundle,
    tile_at,
)
from ledger.words import N_

MOST_PROBLEMS: Final = 100
"""After so many problems no more are looked for."""

MOST_NOTES: Final = 1_000
"""After so many notes the rest are only counted."""

Trust = Literal["given", "remembered", "none"]
"""Where the key came from: the caller, an earlier verification, or only the log itself."""

_MOST_BUNDLE: Final = TILE_WIDTH * (MAX_ENTRY + 2)
_FULL_TILE: Final = TILE_WIDTH * HASH_SIZE
_MOST_LINE: Final = 20_000
_SIGNATURE: Final = "— ".encode()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it must be: where (an entry, a file), and what in plain words."""

    place: str
    error: Corrupt

    def __str__(self) -> str:
        return f"{self.place}: {self.error}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something about an entry that is no failure, and that whoever verifies should know."""

    index: int
    error: CandourError

    def __str__(self) -> str:
        return f"entry {self.index}: {self.error}"


@dataclass(slots=True)
class Report:
    """What was verified. `ok` is the verdict; without trust in the key it means self-consistent only.

    `size` and `root` are the checkpoint's. `entries`, `tiles` and `checkpoints` count what was found right.
    `remembered` is the size of an earlier checkpoint which this log was shown to extend. `stopped`: there may be
    more problems than are listed. `notes` name entries that claim to come after their recording, or were recorded
    later than the rule allows; there are `noted` of them, of which the first are listed. `quorum` is what the witnesses
    of the caller's policy made of the checkpoint, where there was one. `changes` counts the changes of the log's key
    that were followed; `vkey` is the key in force at `size`.
    """

    trust: Trust = "none"
    vkey: str | None = None
    size: int | None = None
    root: bytes | None = None
    entries: int = 0
    tiles: int = 0
    checkpoints: int = 0
    streams: int = 0
    remembered: int | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    noted: int = 0
    stopped: bool = False
    quorum: Quorum | None = None
    changes: int = 0

    @property
    def ok(self) -> bool:
        """Whether everything was verified and nothing is wrong."""
        return not self.problems and not self.stopped

    @property
    def self_consistent_only(self) -> bool:
        """Whether all fits, but nobody said whose log it should be: a forger's would fit as well."""
        return self.ok and self.trust == "none"


class Remembered(NamedTuple):
    """What an earlier verification ended with. As a file: the vkey, a line feed, and the signed checkpoint."""

    verifier: Ed25519Verifier
    note: bytes
    checkpoint: Checkpoint


def verify(target: str, vkey: str | None = None, since: Path | None = None, policy: Policy | None = None) -> Report:
    """Verify the log at an http or https address or in a folder, and return what was found.

    `vkey` is the key the log must be signed with, or any that the log had before or since, as far as each change is
    proven by both keys. `since` is a file in which this function remembers key and
    checkpoint; the log must extend what it holds, which is replaced if all is well. It need not exist yet. `policy`
    says whose cosignatures the checkpoint must have, and may give the log's key.

    Raises:
        Wrong: The target, the key or the file cannot be used, or two of key, file and policy name different keys.
        Unavailable: The log cannot be read, so nothing can be said about it.
    """
    remembered = None if since is None else _read_remembered(since)
    pinned = _pinned(vkey, remembered)
    hold_to_policy(pinned, policy)
    source = open_source(target, CHECKPOINT, FOLDER)
    named = None if policy is None or not policy.logs else trusted_key(policy, source.fetch(KEY, MAX_NOTE))
    given = vkey or (remembered is None and named)
    report = Report(trust="given" if given else "none" if remembered is None else "remembered")
    pinned = pinned or named
    run = _Run(source, report, policy)
    try:
        new = run.verify(pinned, remembered)
    except _Stop:
        report.stopped = True
        return report
    if since is not None and report.ok:
        write_file(since, f"{new.verifier.to_vkey()}\n".encode() + new.note)
    return report


def _read_remembered(path: Path) -> Remembered | None:
    content = read_file(path, MAX_NOTE)
    if content is None:
        return None
    vkey, _, note = content.partition(b"\n")
    try:
        verifier = Ed25519Verifier.from_vkey(vkey.decode())
        return Remembered(verifier, note, open_checkpoint(note, verifier)[0])
    except ValueError as error:
        raise Wrong(
            N_("%(file)s holds no remembered checkpoint, or a damaged one. Restore it, or name a new file."), file=path
        ) from error


def _pinned(vkey: str | None, remembered: Remembered | None) -> Ed25519Verifier | None:
    try:
        given = None if vkey is None else Ed25519Verifier.from_vkey(vkey.strip())
    except TlogError as error:
        raise Wrong(
            N_("The key must be given as name+hash+key, as the log publishes it: %(why)s"), why=error
        ) from error
    return given or (remembered and remembered.verifier)


def _require_remembered(keys: Keys, remembered: Remembered | None) -> None:
    if remembered is not None and remembered.verifier not in keys.all:
        raise Wrong(
            N_("The key given is not the one remembered, %(vkey)s. Find out which is right before you trust either."),
            vkey=remembered.verifier.to_vkey(),
        )


class _Stop(Exception):
    """Nothing that could still be found would mean anything."""


class _Point(NamedTuple):
    """A size at which the tree must have had a root, by the file named `place`."""

    size: int
    root: bytes
    place: str


class _Run:
    """One verification, its problems going to a report."""

    def __init__(self, source: Source, report: Report, policy: Policy | None = None) -> None:
        self._source = source
        self._report = report
        self._policy = policy
        self._envelopes = Envelopes()
        self._growth = Growth()
        self._points: Iterator[_Point] = iter(())
        self._point: _Point | None = None
        self._last: Sequence[bytes] = ()
        self._partial: set[HashTile] = set()
        self._handovers: Sequence[Handover] = ()
        self._changes: list[Rotation] = []
        self._origin = ""
        self._published = b""

    def verify(self, pinned: Ed25519Verifier | None, remembered: Remembered | None) -> Remembered:
        keys = self._keys(pinned)
        _require_remembered(keys, remembered)
        note, checkpoint = self._checkpoint(keys)
        verifier, self._origin = keys.at(checkpoint.size), keys.first.name
        self._report.vkey = verifier.to_vkey()
        self._report.size, self._report.root = checkpoint.size, checkpoint.root
        self._hold_to_witnesses(note)
        self._partial.update(edge_tiles(checkpoint.size))
        with self._open_history() as history:
            self._points = merge(
                self._history(history, keys, note, checkpoint.size),
                self._earlier(None if remembered is None else remembered.checkpoint, checkpoint.size),
                self._of_handovers(checkpoint.size),
                key=lambda point: point.size,
            )
            self._point = next(self._points, None)
            self._walk(checkpoint.size)
        if self._growth.root() != checkpoint.root:
            self._problem(CHECKPOINT, N_("The root that was signed is not that of the entries."))
        # The walk has seen the one at its end already.
        self._partial.discard(HashTile(0, *divmod(checkpoint.size, TILE_WIDTH)))
        for tile in sorted(self._partial):
            self._verify_partial(tile, checkpoint.size)
        self._verify_changes(keys)
        self._report.streams = len(self._envelopes.versions)
        return Remembered(verifier, note, checkpoint)

    # --- what is signed ---

    def _keys(self, pinned: Ed25519Verifier | None) -> Keys:
        """Return the keys to trust: the pinned one, and those before and after it as the log's handovers prove them."""
        self._published = self._source.fetch(KEY, MAX_NOTE) or b""
        if pinned is None:
            try:
                pinned = Ed25519Verifier.from_vkey(self._published.decode().removesuffix("\n"))
            except ValueError:
                self._problem(KEY, N_("The log publishes no usable key, and none was given."))
                raise _Stop from None
        keys = self._followed(pinned)
        if self._published not in {_key_file(each) for each in keys.all}:
            self._problem(KEY, N_("The log does not publish the key that was expected."))
        return keys

    def _followed(self, pinned: Ed25519Verifier) -> Keys:
        content = self._source.fetch(HANDOVERS, MOST_HANDOVERS)
        if content is None:
            return Keys(pinned)
        try:
            self._handovers = parse_handovers(content)
            keys = chain((each.rotation for each in self._handovers), pinned)
        except TlogError:
            self._problem(HANDOVERS, N_("A change of the log's key in it is not proven by both keys."))
            return Keys(pinned)
        if pinned not in keys.all:
            self._problem(HANDOVERS, N_("The key that was expected is none of those in it."))
            return Keys(pinned)
        return keys

    def _checkpoint(self, keys: Keys) -> tuple[bytes, Checkpoint]:
        note = self._source.fetch(CHECKPOINT, MAX_NOTE)
        if note is None:
            self._problem(CHECKPOINT, N_("There is no checkpoint, so there is no log to verify."))
            raise _Stop
        checkpoint = self._open(note, keys, CHECKPOINT, None)
        if checkpoint is None:
            raise _Stop
        signed = {(each.name, each.key_id) for each in SignedNote.from_bytes(note).signatures}
        signers = {_key_file(each) for each in keys.all if (each.name, each.key_id) in signed}
        # Right after a change both have signed, and the log may still publish the old one.
        if not self._report.problems and self._published not in signers:
            self._problem(KEY, N_("The log publishes another of its keys than the one that signs."))
        return note, checkpoint

    def _open(self, note: bytes, keys: Keys, place: str, before: int | None) -> Checkpoint | None:
        """Return a checkpoint that is signed as it must be after one of the size `before`, if that is known."""
        name = keys.first.name
        try:
            size = size_of(note)
            for key in keys.signers(size, size if before is None else before):
                name = key.to_vkey()
                checkpoint, _ = open_checkpoint(note, key, [each for each in keys.all if each != key])
        except UnverifiedNoteError:
            self._problem(place, N_("It is not signed with the key %(name)s."), name=name)
        except InvalidSignatureError:
            self._problem(place, N_("The signature of %(name)s does not fit it."), name=keys.first.name)
        except TlogError:
            self._problem(place, N_("It is not a checkpoint of the log %(name)s, or is damaged."), name=keys.first.name)
        else:
            return checkpoint
        return None

    def _hold_to_witnesses(self, note: bytes) -> None:
        if self._policy is None:
            return
        self._report.quorum = quorum = judge(note, self._policy)
        for witness in quorum.spoiled:
            self._problem(CHECKPOINT, N_("The cosignature of the witness %(name)s does not fit it."), name=witness)
        if not quorum.is_met:
            self._problem(
                CHECKPOINT,
                N_("Its cosignatures do not meet the quorum “%(quorum)s”. Missing: %(missing)s."),
                quorum=quorum.name,
                missing=", ".join(quorum.missing),
            )

    def _open_history(self) -> IO[bytes]:
        history = self._source.open(HISTORY)
        if history is None:
            self._problem(HISTORY, N_("The log does not publish which checkpoints it has signed."))
            raise _Stop
        return history

    def _history(self, history: IO[bytes], keys: Keys, newest: bytes, size: int) -> Iterator[_Point]:
        """Yield the checkpoints ever signed, up to the newest. A live log may have signed more by now."""
        last, listed = -1, False
        for number, note in enumerate(split_notes(history), 1):
            place = f"{HISTORY}, note {number}"
            checkpoint = self._open(note, keys, place, max(last, 0))
            if checkpoint is None:
                continue
            if checkpoint.size <= last:
                self._problem(place, N_("It is out of order: a note of that size or a larger one stands before it."))
                continue
            last = checkpoint.size
            listed = listed or note == newest
            if checkpoint.size <= size:
                self._report.checkpoints += 1
                self._partial.update(tile for tile in edge_tiles(checkpoint.size) if _is_partial(tile, size))
                yield _Point(checkpoint.size, checkpoint.root, place)
        if not listed:
            self._problem(HISTORY, N_("The newest checkpoint is missing from it."))

    def _earlier(self, remembered: Checkpoint | None, size: int) -> Iterator[_Point]:
        if remembered is None:
            return
        if remembered.size > size:
            self._problem(
                CHECKPOINT,
                N_("It covers %(size)s entries, and an earlier one covered %(earlier)s: entries were taken away."),
                size=size,
                earlier=remembered.size,
            )
            return
        self._report.remembered = remembered.size
        yield _Point(remembered.size, remembered.root, "remembered checkpoint")

    def _of_handovers(self, size: int) -> Iterator[_Point]:
        for _, checkpoint, _ in self._handovers:
            if checkpoint.size <= size:
                yield _Point(checkpoint.size, checkpoint.root, HANDOVERS)

    def _verify_changes(self, keys: Keys) -> None:
        """Hold the changes of key that are on record against those that both keys have signed."""
        for change in self._changes:
            if change in keys.rotations:
                self._report.changes += 1
            else:
                self._problem(
                    f"entry {change.entry}",
                    N_("It says that the log's key changed, and no checkpoint that both keys have signed proves it."),
                )

    # --- the walk ---

    def _walk(self, size: int) -> None:
        self._reach(())
        for bundle in bundles_at(size):
            first = bundle.number * TILE_WIDTH
            entries = self._entries(bundle)
            hashes = None if entries is None else [leaf_hash(entry) for entry in entries]
            leaves = self._leaves(HashTile(0, bundle.number, bundle.width), hashes)
            if entries is None:
                self._envelopes.skip()
            else:
                self._last = entries
                self._report.entries += len(entries)
                self._changes += filter(None, (rotation_in(each, self._origin) for each in entries))
                for index, error in self._envelopes.check(first, entries):
                    self._found(f"entry {index}", error)
                self._take_notes()
            self._reach(leaves)
            for row in self._growth.extend(leaves):
                if row.level > 0 and len(row.hashes) == _FULL_TILE:
                    self._verify_full(row)

    def _take_notes(self) -> None:
        # Taken out at each bundle, so that memory does not grow with the log.
        noted = self._envelopes.noted
        self._report.noted += len(noted)
        self._report.notes += [Note(*each) for each in noted[: MOST_NOTES - len(self._report.notes)]]
        noted.clear()

    def _entries(self, bundle: EntryBundle) -> list[bytes] | None:
        content, width = self._fetch(bundle, _MOST_BUNDLE)
        if content is None:
            return None
        try:
            return decode_bundle(content, width)[: bundle.width]
        except TlogError:
            self._problem(bundle.path, N_("It is not exactly %(number)s entries."), number=width)
            return None

    def _leaves(self, tile: HashTile, hashes: list[bytes] | None) -> Sequence[bytes]:
        """Return the hashes of the entries, or the tile's own where there are no entries to hash."""
        stored = self._tile(tile)
        if hashes is None:
            if stored is None:
                raise _Stop
            return split_hashes(stored)
        if stored is not None and stored != b"".join(hashes):
            for place, (computed, given) in enumerate(zip(hashes, split_hashes(stored), strict=True)):
                if computed != given:
                    self._report.entries -= 1
                    self._problem(
                        f"entry {tile.number * TILE_WIDTH + place}",
                        N_("Its bytes do not give the hash in %(tile)s: one of them was changed."),
                        tile=tile.path,
                    )
        return hashes

    def _reach(self, leaves: Sequence[bytes]) -> None:
        """Hold the tree against the checkpoints of the sizes that it passes with these leaves."""
        start = self._growth.size
        end = start + len(leaves)
        if self._point is None or self._point.size > end:
            return
        tree = self._growth.compact_range()
        while self._point is not None and self._point.size <= end:
            tree = tree.extend(leaves[tree.size - start : self._point.size - start])
            if tree.root() != self._point.root:
                self._problem(
                    self._point.place,
                    N_("It was signed over other entries than the first %(size)s of this log."),
                    size=self._point.size,
                )
            self._point = next(self._points, None)

    def _verify_full(self, row: TileRow) -> None:
        tile = HashTile(row.level, row.number)
        stored = self._tile(tile)
        if stored is not None and stored != row.hashes:
            self._problem(tile.path, N_("It does not hold the hashes of what is below it."))

    def _verify_partial(self, tile: HashTile, size: int) -> None:
        """Hold a partial tile, and its bundle, of any checkpoint ever signed against the tree."""
        edge = next((row.hashes for row in self._growth.edge if row.level == tile.level), b"")
        stored = self._tile(tile)
        if stored is not None and stored != edge[: tile.width * HASH_SIZE]:
            self._problem(tile.path, N_("It does not hold the hashes of what is below it."))
        if tile.level == 0 and tile.width < size % TILE_WIDTH and self._last:
            bundle = EntryBundle(tile.number, tile.width)
            entries = self._entries(bundle)
            if entries is not None and encode_bundle(entries) != encode_bundle(self._last[: tile.width]):
                self._problem(bundle.path, N_("It does not hold the same entries as the newer bundle."))

    # --- files ---

    def _tile(self, tile: HashTile) -> bytes | None:
        content, width = self._fetch(tile, _FULL_TILE)
        if content is None:
            return None
        if len(content) != width * HASH_SIZE:
            self._problem(tile.path, N_("It is not exactly %(number)s hashes."), number=width)
            return None
        self._report.tiles += 1
        return content[: tile.width * HASH_SIZE]

    def _fetch(self, place: HashTile | EntryBundle, most: int) -> tuple[bytes | None, int]:
        """Return a file and its width; a partial tile may be gone once the full one is there (C2SP tlog-tiles)."""
        content = self._source.fetch(place.path, most)
        if content is None and place.width < TILE_WIDTH:
            content = self._source.fetch(place._replace(width=TILE_WIDTH).path, most)
            if content is not None:
                return content, TILE_WIDTH
        if content is None:
            self._problem(place.path, N_("It is missing."))
        return content, place.width

    # --- problems ---

    def _problem(self, place: str, template: str, /, **parameters: object) -> None:
        self._found(place, Corrupt(template, **parameters))

    def _found(self, place: str, error: Corrupt) -> None:
        self._report.problems.append(Problem(place, error))
        if len(self._report.problems) >= MOST_PROBLEMS:
            raise _Stop


def _key_file(verifier: Ed25519Verifier) -> bytes:
    return f"{verifier.to_vkey()}\n".encode()


def _is_partial(tile: HashTile, size: int) -> bool:
    return tile_at(tile.level, tile.number, size).width < TILE_WIDTH


def split_notes(history: IO[bytes]) -> Iterator[bytes]:
    """Yield the notes that follow one another; what is no note comes out in pieces that are none either."""
    note: list[bytes] = []
    signatures = False
    for line in iter(lambda: history.readline(_MOST_LINE), b""):
        if (signatures and not line.startswith(_SIGNATURE)) or len(note) > MAX_SIGNATURES * 2:
            yield b"".join(note)
            note, signatures = [], False
        note.append(line)
        signatures = signatures or line == b"\n"
    if note:
        yield b"".join(note)
