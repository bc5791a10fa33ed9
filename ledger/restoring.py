"""Backing up while the ledger runs, and going on from an older backup without ever contradicting what was signed.

    backup put in place -> held against the published log -> entries it lacks, from the published files
                        -> redactions among them applied again -> checkpoints it lacks -> followed as ever

What was published is never forked: a backup that holds other entries is refused, and so is one with which entries that
were signed would be lost. Values that were recorded after the backup are in no public file; they are counted as lost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Engine, select

from ledger.cosignatures import keep
from ledger.database import checkpoint as signed
from ledger.database import reading
from ledger.errors import Conflict, Corrupt, NotFound, Refused
from ledger.files import make_folder, read_file
from ledger.keys import SigningKey
from ledger.log import FOLDER, HANDOVERS, HISTORY, Signed, add_checkpoints, own_note, published_head
from ledger.rotations import MOST_BYTES, Keys, follow
from ledger.store import PAGE, Ledger
from ledger.tlog.errors import TlogError
from ledger.tlog.growth import Growth
from ledger.tlog.merkle import leaf_hash
from ledger.tlog.note import MAX_NOTE, Checkpoint, Note, Signature, open_note
from ledger.tlog.tiles import TILE_WIDTH, EntryBundle, bundles_at, decode_bundle
from ledger.tree import stored_root
from ledger.verify import split_notes, verify
from ledger.words import N_

_MOST_BUNDLE: Final = TILE_WIDTH * 65_537


@dataclass(slots=True)
class Restored:
    """What a restore did: from which size to which, which redactions it applied again, and what is lost.

    `lost` is entry -> how many of its values nobody has any more.
    """

    before: int = 0
    after: int = 0
    redactions: list[int] = field(default_factory=list)
    lost: dict[int, int] = field(default_factory=dict)


def back_up(engine: Engine, path: Path) -> int:
    """Write one consistent copy of a SQLite database to a new file, while others read and write; return its entries.

    Raises:
        Refused: The database is PostgreSQL's, which has tools of its own.
        Conflict: There is a file already. It was not touched.
    """
    if engine.dialect.name != "sqlite":
        raise Refused(N_("PostgreSQL is backed up by its own tools: run pg_dump, as docs/operations shows."))
    if path.exists():
        raise Conflict(N_("There is a file %(file)s already. Name a new one for each backup."), file=path)
    make_folder(path.parent)
    staged = path.with_name(f".{path.name}.new")
    staged.unlink(missing_ok=True)
    staged.touch(mode=0o600)
    with reading(engine) as connection, closing(sqlite3.connect(staged)) as copy:
        source: Any = connection.connection.driver_connection
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        size: int = copy.execute("SELECT size FROM tree_head").fetchone()[0]
    staged.rename(path)
    return size


def restore(engine: Engine, key: SigningKey, public_dir: Path, now: datetime) -> Restored:
    """Bring a database, an older backup perhaps, up to the published log. Nobody else may be using it.

    Raises:
        Corrupt: It holds other entries than were published, or the published files do not verify. Nothing was changed.
        Refused: Entries that were signed are neither here nor published. Nothing was changed.
    """
    folder = public_dir / FOLDER
    store = Ledger(engine)
    keys = follow(key.verifier, read_file(folder / HANDOVERS, MOST_BYTES))
    published = published_head(public_dir, *keys.all)
    size = 0 if published is None else published.checkpoint.size
    done = Restored(before=store.head().size)
    if published is not None:
        _require_verified(public_dir, key)
        _require_same(engine, folder, done.before, size)
    _require_nothing_lost(key, keys, max(done.before, size))
    for states in _pages(folder, done.before, size):
        done.redactions += store.replay(states)
        done.lost |= _lost(states)
    _add_checkpoints(engine, folder, keys, now)
    done.after = store.head().size
    return done


def _require_verified(public_dir: Path, key: SigningKey) -> None:
    report = verify(str(public_dir), key.verifier.to_vkey())
    if not report.ok:
        problem = report.problems[0] if report.problems else ""
        raise Corrupt(
            N_(
                "The published files do not verify, so nothing was restored from them: %(problem)s Get them from "
                "somebody who has copied them, or from a backup."
            ),
            problem=problem,
        )


def _require_same(engine: Engine, folder: Path, held: int, published: int) -> None:
    """Refuse a database whose entries are not the published ones, as far as both go."""
    common = min(held, published)
    growth = Growth()
    root = growth.root()
    for states in _pages(folder, 0, common):
        growth.extend([leaf_hash(each) for each in states])
        root = growth.root()
    with reading(engine) as connection:
        if stored_root(connection, common) != root:
            raise Corrupt(
                N_(
                    "This copy holds other entries than the first %(size)s that were published, so it is not of this "
                    "log, or was changed. Nothing was restored. Take another backup."
                ),
                size=common,
            )


def _require_nothing_lost(key: SigningKey, keys: Keys, known: int) -> None:
    note = read_file(key.head, MAX_NOTE)
    size = 0 if note is None else _open(note, keys).size
    if size > known:
        raise Refused(
            N_(
                "The log was signed over %(signed)s entries; this copy and the published files hold only %(known)s. To "
                "go on would be to sign a second history. Nothing was restored. Look for a newer backup or another "
                "copy of the published files; docs/operations says what to do if there is none."
            ),
            signed=size,
            known=known,
        )


def _pages(folder: Path, start: int, stop: int) -> Iterator[list[bytes]]:
    """Yield the published entries from `start` up to `stop`, in order."""
    page: list[bytes] = []
    for bundle in bundles_at(stop):
        first = bundle.number * TILE_WIDTH
        if first + bundle.width <= start:
            continue
        page += _bundle(folder, bundle)[max(start - first, 0) : bundle.width]
        if len(page) >= PAGE:
            yield page
            page = []
    if page:
        yield page


def _bundle(folder: Path, bundle: EntryBundle) -> list[bytes]:
    for place in (bundle, EntryBundle(bundle.number)):
        content = read_file(folder / place.path, _MOST_BUNDLE)
        if content is not None:
            return decode_bundle(content, place.width)
    # A smaller checkpoint's partial bundle may be gone; a wider partial one holds the same entries.
    for path in sorted((folder / f"{EntryBundle(bundle.number).path}.p").glob("*")):
        if path.name.isdecimal() and int(path.name) >= bundle.width:
            return decode_bundle(path.read_bytes(), int(path.name))
    raise NotFound(N_("The published file %(file)s is missing."), file=folder / bundle.path)


def _lost(states: Sequence[bytes]) -> dict[int, int]:
    counted = {entry["index"]: _digests(entry) for entry in map(orjson.loads, states)}
    return {index: count for index, count in counted.items() if count}


def _digests(value: Any) -> int:
    if isinstance(value, dict):
        return len(value.get("_sd", ())) + sum(_digests(each) for name, each in value.items() if name != "_sd")
    if isinstance(value, list):
        return sum(_digests(each) for each in value) + sum(
            1 for each in value if isinstance(each, dict) and set(each) == {"..."}
        )
    return 0


def _open(note: bytes, keys: Keys) -> Checkpoint:
    """Return a checkpoint that any of the log's keys has signed. Raises `TlogError`."""
    text, _ = open_note(note, keys.all)
    return Checkpoint.from_text(text)


def _add_checkpoints(engine: Engine, folder: Path, keys: Keys, now: datetime) -> None:
    """Take in the checkpoints that were published and the database does not know, cosignatures too."""
    path = folder / HISTORY
    if not path.exists():
        return
    with reading(engine) as connection:
        known = set(connection.scalars(select(signed.c.size)))
    missing: list[Signed] = []
    others: dict[int, list[Signature]] = {}
    with path.open("rb") as history:
        for note in split_notes(history):
            try:
                checkpoint = _open(note, keys)
            except TlogError:
                continue
            if checkpoint.size in known:
                continue
            origin = checkpoint.origin
            missing.append(Signed(checkpoint, own_note(note, origin)))
            others[checkpoint.size] = [each for each in Note.from_bytes(note).signatures if each.name != origin]
    if missing:
        add_checkpoints(engine, missing, now)
        for size, signatures in others.items():
            keep(engine, size, signatures)
