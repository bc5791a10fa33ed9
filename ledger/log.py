"""The log over the record: signing its head, publishing it as files, and proving entries.

```
committed entries, tiles, head            (ledger.sequencer: the commit point)
  -> sign      1  the new checkpoint beside the key, durable
               2  the new checkpoint as a row, durable
  -> witness      cosignatures as rows, durable      (ledger.witnessing, where there is a policy)
  -> publish   3  tiles and entry bundles, durable
               4  the history of checkpoints, durable
               5  the checkpoint, last
```

Each step may be the last one before a crash, and each is repeated from what is stored:

- before 1: nothing was signed. The next `sign` signs whatever is committed by then.
- between 1 and 2: a checkpoint was signed that the database does not know. It may have been seen, so the next `sign`
  holds the log to it, and takes it into the history. While the head is the same, signing again gives the same bytes,
  because Ed25519 draws no random numbers.
- between 2 and 5: the published log is older than the signed one, which anyone may see it to be. `publish` starts from
  the published checkpoint and writes everything again that came after it, finished or not.
- after 5: everything is in place.

Where a policy asks for a quorum of witnesses, a checkpoint that has not met it is signed but never published; the next
one that meets it is published in its place.

The file beside the key comes first because it is what an older copy of the database cannot take back: whatever was
signed and might have left this machine is on record outside the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine, insert, select

from ledger.database import checkpoint as signed
from ledger.database import entry as stored_entry
from ledger.database import reading, writing
from ledger.errors import Corrupt, NotFound, Refused
from ledger.files import read_file, write_file
from ledger.keys import SigningKey
from ledger.rotations import KIND, MOST_BYTES, Keys, Rotation, chain, follow, rotation_in
from ledger.sequencer import Head, require_bytes
from ledger.streams import LEDGER
from ledger.tlog.errors import CheckpointError, TlogError
from ledger.tlog.merkle import prove_inclusion
from ledger.tlog.note import MAX_NOTE, Checkpoint, Ed25519Signer, Ed25519Verifier, Note, open_note
from ledger.tlog.note import sign as sign_note
from ledger.tlog.proof import OfflineProof
from ledger.tree import contradiction, damaged_tiles, growth_at, read_tree_head, slices, stored_root, tile_reader
from ledger.words import N_

FOLDER: Final = "log"
"""The folder of the public files, and the path of their addresses, that holds the log."""

CHECKPOINT: Final = "checkpoint"
HISTORY: Final = "checkpoints"
"""Every checkpoint that was ever signed, by rising size: the signed notes one after another, nothing between them.

A note's text is three lines and its signature lines follow after an empty line, so the next note begins at the first
line that is no signature. The notes alone are kept, without dates: all of it is covered by signatures.
"""
KEY: Final = "key"
"""The vkey and a line feed."""
WITNESSES: Final = "witnesses"
"""Who cosigns, as a policy (C2SP tlog-policy); there is none where nobody does."""
HANDOVERS: Final = "handovers"
"""What proves each change of the log's key (`ledger.rotations`); there is none where the key never changed."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Signed(NamedTuple):
    """A checkpoint that this log's key has signed, and the note that carries it."""

    checkpoint: Checkpoint
    note: bytes


# --- signing ----------------------------------------------------------------------------------------------------------


def sign(
    engine: Engine, key: SigningKey, public_dir: Path, now: datetime, *, also: Sequence[Ed25519Signer] = ()
) -> Signed:
    """Sign one checkpoint over whatever is committed and return it; the last one again if nothing came since.

    Before that, the head must extend each checkpoint known to be signed (the last one in the database, the one beside
    the key, the published one), and the entries since must give the stored tiles. `now` is aware, and only noted in
    the database. Waits until nobody else on this machine signs with the key. `also` are further keys whose signatures
    the checkpoint carries. Where entries change the log's key, the checkpoint carries the signatures that
    `ledger.rotations` asks for: the key that is to follow lies beside the key until the change is complete.

    Raises:
        Corrupt: The log contradicts what was signed, or itself. Nothing was signed.
        Refused: By what is on record, other keys than those that are here must sign. Nothing was signed.
        Unavailable: Database or disk fail. The next call goes on from whatever was reached.
    """
    with key.alone():
        with reading(engine) as connection:
            promises = require_kept(connection, key, public_dir)
            head = read_tree_head(connection)
            root = _prove_head(connection, head, promises)
            checkpoint = Checkpoint(key.origin, head.size, root)
            earlier = next((each.note for each in promises if each.checkpoint == checkpoint), None)
            if earlier is None:
                before = max((each.checkpoint.size for each in promises), default=0)
                signers = _signers(keys_on_record(connection, key.verifier).signers(head.size, before), key, also)
                new = Signed(checkpoint, sign_note(checkpoint.to_text(), signers))
            else:
                new = Signed(checkpoint, own_note(earlier, key.origin))
            unknown = _without_row(connection, [*promises, new])
        # Also written again where it is there already but the row is not: an fsync that failed may have left it in
        # memory only, and the row must not outlast it.
        if unknown or read_file(key.head, MAX_NOTE) != new.note:
            write_file(key.head, new.note)
        if unknown:
            _insert_rows(engine, unknown, now)
        return new


def _signers(needed: Sequence[Ed25519Verifier], key: SigningKey, also: Sequence[Ed25519Signer]) -> list[Ed25519Signer]:
    """Return who signs: the key, those that come with it, and the next key where the log has come to it."""
    here = [key.signer, *also]
    if key.following is not None and key.following.verifier in needed:
        here.append(key.following)
    for each in needed:
        if each not in {signer.verifier for signer in here}:
            raise Refused(
                N_(
                    "By what is on record, %(needed)s must sign, and %(file)s holds %(held)s. Nothing was signed. Put "
                    "the right key there; docs/operations says how a key is changed, and what to do if it is lost."
                ),
                needed=each.to_vkey(),
                file=key.path,
                held=key.verifier.to_vkey(),
            )
    return here


def own_note(note: bytes, origin: str) -> bytes:
    """Return a checkpoint's note with the signatures of the log alone, as it is kept."""
    parsed = Note.from_bytes(note)
    return Note(parsed.text, tuple(each for each in parsed.signatures if each.name == origin)).to_bytes()


def keys_on_record(connection: Connection, key: Ed25519Verifier) -> Keys:
    """Return the keys that the log has had by its entries; `key` is the only one where no entry changes it."""
    return _chain(list(_rotations(connection, key.name)), key)


def _chain(rotations: Sequence[Rotation], key: Ed25519Verifier) -> Keys:
    try:
        return chain(rotations, key)
    except TlogError as error:
        raise Corrupt(
            N_("The changes of the log's key do not follow from one another: %(error)s Nothing was signed."),
            error=error,
        ) from error


def _rotations(connection: Connection, origin: str) -> Iterator[Rotation]:
    row = stored_entry.c
    query = select(row.position, row.state).where(row.stream_id == LEDGER.id, row.topic == KIND).order_by(row.position)
    for position, state in connection.execute(query):
        found = rotation_in(require_bytes(position, state), origin)
        if found is not None:
            yield found


def known_keys(connection: Connection, public_dir: Path, key: Ed25519Verifier) -> Sequence[Ed25519Verifier]:
    """Return every key with which this log may have been signed: the one given, those on record, and those published.

    An older copy of the database knows fewer of them than the public files do, and older files fewer than it.
    """
    published = follow(key, read_file(public_dir / FOLDER / HANDOVERS, MOST_BYTES))
    return list(dict.fromkeys([key, *keys_on_record(connection, key).all, *published.all]))


def _open(note: bytes, known: Sequence[Ed25519Verifier], source: str) -> Signed:
    name = known[0].name
    try:
        text, _ = open_note(note, known)
        checkpoint = Checkpoint.from_text(text)
        if checkpoint.origin != name:
            raise CheckpointError(f"The checkpoint is of another log than {name}.")
    except TlogError as error:
        raise Corrupt(
            N_(
                "%(source)s is not a checkpoint signed by this log's key %(name)s: %(error)s Nothing was signed or "
                "published. Check that key, database and public files are those of one log."
            ),
            source=source,
            name=name,
            error=error,
        ) from error
    return Signed(checkpoint, note)


def require_kept(connection: Connection, key: SigningKey, public_dir: Path) -> Sequence[Signed]:
    """Return every checkpoint that must not be contradicted, having shown that the stored tree extends them all.

    These are the newest one in the database, the one beside the key and the published one. Raises `Corrupt`.
    """
    promises = list(_promises(connection, key, public_dir))
    # Read after what was signed: the head has only grown since.
    size = read_tree_head(connection).size
    for source, (kept, _) in promises:
        if kept.size > size:
            raise Corrupt(
                N_(
                    "%(source)s was signed over %(signed)s entries, and the database holds only %(held)s: an older "
                    "copy of it seems to be in place. Nothing was signed or published. Put the newest copy back; "
                    "candour restore says how."
                ),
                source=source,
                signed=kept.size,
                held=size,
            )
    for source, (kept, _) in promises:
        if stored_root(connection, kept.size) != kept.root:
            raise Corrupt(
                N_(
                    "%(source)s was signed over other entries than the first %(signed)s in the database. Nothing was "
                    "signed or published. Put the right copy of the database back; candour restore says how."
                ),
                source=source,
                signed=kept.size,
            )
    return [promise for _, promise in promises]


def _promises(connection: Connection, key: SigningKey, public_dir: Path) -> Iterator[tuple[str, Signed]]:
    newest = _newest_note(connection)
    published = public_dir / FOLDER / CHECKPOINT
    known = known_keys(connection, public_dir, key.verifier)
    found = {
        N_("The newest checkpoint in the database"): newest,
        str(key.head): read_file(key.head, MAX_NOTE),
        str(published): read_file(published, MAX_NOTE),
    }
    for source, note in found.items():
        if note is not None:
            yield source, _open(note, known, source)


def _prove_head(connection: Connection, head: Head, promises: Iterable[Signed]) -> bytes:
    """Return the head's root, having shown that the entries since the promises give the stored tiles and head."""
    # Entries under an earlier signature were held against their tiles before that was made.
    since = max((each.checkpoint.size for each in promises), default=0)
    growth = growth_at(connection, since)
    for _ in slices(connection, growth, head.size):
        pass
    root = growth.root()
    if root != head.range.root():
        raise contradiction(N_("the tree head"), N_("the entries and tiles"))
    return root


def _without_row(connection: Connection, found: Iterable[Signed]) -> list[Signed]:
    by_size = {each.checkpoint.size: each for each in found}
    known = set(connection.scalars(select(signed.c.size).where(signed.c.size.in_(by_size))))
    return [by_size[size] for size in sorted(by_size.keys() - known)]


def add_checkpoints(engine: Engine, found: Iterable[Signed], now: datetime) -> None:
    """Take in checkpoints that were signed, and that the database, an older copy, does not know of yet."""
    _insert_rows(engine, found, now)


def _insert_rows(engine: Engine, rows: Iterable[Signed], now: datetime) -> None:
    signed_at = (now - _EPOCH) // timedelta(microseconds=1)
    values = [{"size": each.size, "note": note.decode(), "signed_at": signed_at} for each, note in rows]
    with reading(writing(engine)) as connection:
        connection.execute(insert(signed), values)
        connection.commit()


# --- reading ----------------------------------------------------------------------------------------------------------


def signed_head(connection: Connection, *known: Ed25519Verifier) -> Signed | None:
    """Return the newest signed checkpoint, or None. Raises `Corrupt` if none of the log's keys has signed it."""
    note = _newest_note(connection)
    return None if note is None else _open(note, known, N_("The newest checkpoint in the database"))


def published_head(public_dir: Path, *known: Ed25519Verifier) -> Signed | None:
    """Return the checkpoint that is published, or None. Raises `Corrupt` if none of the log's keys has signed it."""
    path = public_dir / FOLDER / CHECKPOINT
    note = read_file(path, MAX_NOTE)
    return None if note is None else _open(note, known, str(path))


def prove(connection: Connection, head: Signed | None, index: int) -> bytes:
    """Return the `.tlog-proof` file of entry `index` under a signed checkpoint, cosignatures and all.

    Raises:
        NotFound: The checkpoint does not cover such an entry.
        Corrupt: A tile is missing or damaged.
    """
    size = 0 if head is None else head.checkpoint.size
    if head is None or not 0 <= index < size:
        raise NotFound(
            N_("No signed checkpoint covers an entry %(number)s; the newest one covers %(size)s entries."),
            number=index,
            size=size,
        )
    try:
        path = prove_inclusion(index, size, tile_reader(connection, size))
    except TlogError as error:
        raise damaged_tiles(error) from error
    return OfflineProof(index, path, head.note).to_bytes()


def _newest_note(connection: Connection) -> bytes | None:
    note = connection.scalar(select(signed.c.note).order_by(signed.c.size.desc()).limit(1))
    return None if note is None else note.encode()
