"""The log as finished files, for any web server.

Everything is written from what is stored, by the same function in daily work and at start-up, so that the recovery
after a crash is what runs all the time. `ledger.log` draws the order.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, select

from ledger.cosignatures import complete, newest_met
from ledger.database import checkpoint as signed
from ledger.database import entry as stored_entry
from ledger.database import reading
from ledger.errors import Unavailable
from ledger.files import File, alone, append_file, make_folder, read_file, write_file, write_files
from ledger.keys import SigningKey
from ledger.log import (
    CHECKPOINT,
    FOLDER,
    HANDOVERS,
    HISTORY,
    KEY,
    WITNESSES,
    Signed,
    keys_on_record,
    known_keys,
    published_head,
    require_kept,
    signed_head,
)
from ledger.rotations import MOST_BYTES, Keys, to_part
from ledger.tlog.errors import TlogError
from ledger.tlog.merkle import HASH_SIZE, prove_inclusion
from ledger.tlog.note import MAX_NOTE, Checkpoint, Ed25519Verifier, Note
from ledger.tlog.policy import MAX_POLICY, Log, Policy
from ledger.tlog.tiles import TILE_WIDTH, EntryBundle, HashTile, edge_tiles, encode_bundle, new_tiles, tile_at
from ledger.tree import contradiction, damaged_tiles, growth_at, slices, tile_reader
from ledger.words import N_

_NOTES_AT_ONCE: Final = 1_000
_TAIL: Final = 65_536
"""The bytes at the end of the history that its last note lies in."""


def publish(engine: Engine, key: SigningKey, public_dir: Path, policy: Policy | None = None) -> Signed | None:
    """Write the last signed log as files below `<public_dir>/log`, and return what it is now published at.

    Under a policy it is the last one whose cosignatures meet the quorum; while none newer than the published one
    does, that stays. Cosignatures that came since are added to the published one.

    Writes only what came since the published checkpoint, and nothing if that is the last signed one; so this is also
    the recovery at start-up, and repeating it does no harm. Entries are hashed once more on their way into the
    files, and the checkpoint comes last, if they give its root. None if nothing was ever signed. A lost or damaged
    public folder is made anew by removing it. The key signs nothing here; the checkpoint beside it is one that the
    log must extend. Waits until nobody else on this machine publishes there.

    Raises:
        Corrupt: The log contradicts what was signed, or itself. The published checkpoint stays.
        Unavailable: Database or disk fail. The published checkpoint stays, or is the new one.
    """
    folder = public_dir / FOLDER
    make_folder(folder)
    with alone(folder), reading(engine) as connection:
        require_kept(connection, key, public_dir)
        known = known_keys(connection, public_dir, key.verifier)
        old = published_head(public_dir, *known)
        newest = _publishable(connection, known, policy, old)
        # A published checkpoint that the database has no row of is taken in by the next `sign`.
        if newest is None or (old is not None and old.checkpoint.size > newest.checkpoint.size):
            return old
        keys = keys_on_record(connection, key.verifier)
        _publish(connection, folder, keys, old, newest)
        _publish_policy(folder, keys.at(newest.checkpoint.size), policy)
        return newest


def _publishable(
    connection: Connection, known: Sequence[Ed25519Verifier], policy: Policy | None, old: Signed | None
) -> Signed | None:
    newest = signed_head(connection, *known)
    if newest is None:
        return None
    if policy is None:
        ((_, note),) = complete(connection, [(newest.checkpoint.size, newest.note.decode())])
        return newest._replace(note=note)
    # The published one is among them, for what was added to it.
    note_met = newest_met(connection, policy, -1 if old is None else old.checkpoint.size - 1)
    if note_met is None:
        return old
    return Signed(Checkpoint.from_text(Note.from_bytes(note_met).text), note_met)


def _publish_policy(folder: Path, verifier: Ed25519Verifier, policy: Policy | None) -> None:
    """Say who the witnesses are, as a policy that anybody's verifier can use; without the addresses to submit to."""
    path = folder / WITNESSES
    content = None if policy is None else replace(policy, logs=(Log(verifier, None),)).to_bytes()
    if content is None:
        path.unlink(missing_ok=True)
    elif read_file(path, MAX_POLICY) != content:
        write_file(path, content)


def _publish(connection: Connection, folder: Path, keys: Keys, old: Signed | None, newest: Signed) -> None:
    size, published = newest.checkpoint.size, 0 if old is None else old.checkpoint.size
    if old != newest:
        write_files(folder, _new_files(connection, newest.checkpoint, published))
        _drop_replaced(folder, published, size)
    _publish_history(connection, folder / HISTORY, newest)
    vkey = f"{keys.at(size).to_vkey()}\n".encode()
    files = {KEY: vkey, CHECKPOINT: newest.note}
    if (folder / KEY).exists():
        # Around a change both keys have signed the checkpoint: with the old key first, then with the new one, it is
        # at every moment signed by the key that stands beside it.
        files = {CHECKPOINT: newest.note, KEY: vkey}
    for name, content in ({HANDOVERS: _handovers(connection, keys, size)} | files).items():
        if content and read_file(folder / name, max(MAX_NOTE, MOST_BYTES)) != content:
            write_file(folder / name, content)


def _handovers(connection: Connection, keys: Keys, size: int) -> bytes:
    """Return what proves the changes of key among the first `size` entries: each under the first checkpoint over it."""
    parts = []
    for index in (each.entry for each in keys.rotations if each.entry < size):
        query = select(signed.c.size, signed.c.note, stored_entry.c.state).join(
            stored_entry, stored_entry.c.position == index
        )
        first, note, state = connection.execute(query.where(signed.c.size > index).order_by(signed.c.size)).first()  # type: ignore[misc]  # what is published covers it
        try:
            path = prove_inclusion(index, first, tile_reader(connection, first))
        except TlogError as error:
            raise damaged_tiles(error) from error
        parts.append(to_part(index, path, bytes(state), note.encode()))
    return b"".join(parts)


def _new_files(connection: Connection, checkpoint: Checkpoint, published: int) -> Iterator[File]:
    """Yield the tiles and bundles that the signed tree has and the published one has not.

    Raises `Corrupt` at the end if what was yielded is not what was signed.
    """
    # A bundle is written whole, so the walk begins where the published tree's partial bundle does.
    growth = growth_at(connection, published - published % TILE_WIDTH)
    last: list[bytes] = []
    for part in slices(connection, growth, checkpoint.size):
        last = part.entries
        if len(last) == TILE_WIDTH:
            yield EntryBundle(part.first // TILE_WIDTH).path, [encode_bundle(last)]
        for row in part.full:
            yield HashTile(row.level, row.number).path, [row.hashes]
    if growth.root() != checkpoint.root:
        raise contradiction(N_("the checkpoint signed last"), N_("the entries and tiles"))
    edge = {row.level: row.hashes for row in growth.edge}
    for tile in sorted(_partial_tiles(connection, checkpoint.size, published)):
        yield tile.path, [edge[tile.level][: tile.width * HASH_SIZE]]
        if tile.level == 0:
            bundle = EntryBundle(tile.number, tile.width)
            yield bundle.path, [encode_bundle(last[: tile.width])]


def _partial_tiles(connection: Connection, size: int, published: int) -> set[HashTile]:
    """Return the partial tiles of every checkpoint signed since, unless a full tile has replaced them.

    A checkpoint signed while publishing failed was never published, but a witness may have it.
    """
    query = select(signed.c.size).where(signed.c.size > published, signed.c.size <= size)
    sizes = connection.execution_options(yield_per=_NOTES_AT_ONCE).scalars(query)
    return {tile for each in sizes for tile in edge_tiles(each) if _is_partial(tile, size)}


def _is_partial(tile: HashTile, size: int) -> bool:
    return tile_at(tile.level, tile.number, size).width < TILE_WIDTH


def _drop_replaced(folder: Path, published: int, size: int) -> None:
    """Remove the partial tiles whose full tile is there now: clients fall back to that (C2SP tlog-tiles).

    This comes before the checkpoint: after a crash the same tiles are new again, and none is forgotten. Those that a
    publication cut short has left are among them.
    """
    for tile in new_tiles(published, size):
        if tile.width < TILE_WIDTH:
            continue
        places = (tile.path, EntryBundle(tile.number).path) if tile.level == 0 else (tile.path,)
        for place in places:
            partial = folder / f"{place}.p"
            if partial.is_dir():
                shutil.rmtree(partial, ignore_errors=True)


def _publish_history(connection: Connection, path: Path, newest: Signed) -> None:
    """Bring the history of checkpoints up to the newest: append, unless its end is not what the database says.

    A crash may leave half a note at the end. It is then written anew, from the database.
    """
    known = _last_size(connection, path)
    if known is None:
        write_files(path.parent, [(path.name, _notes(connection, -1, newest.checkpoint.size))])
    elif known < newest.checkpoint.size:
        append_file(path, _notes(connection, known, newest.checkpoint.size))


def _last_size(connection: Connection, path: Path) -> int | None:
    """Return the size of the last checkpoint in the history, if that is as the database has it."""
    tail = _read_tail(path)
    # The last empty line stands before the last signatures; the three lines before it are the text.
    text, _, signatures = tail.rpartition(b"\n\n")
    lines = text.split(b"\n")[-3:]
    note = b"\n".join(lines) + b"\n\n" + signatures
    try:
        size = int(lines[1])
        found = connection.scalar(select(signed.c.note).where(signed.c.size == size))
    except (IndexError, ValueError, OverflowError):
        return None
    if found is None:
        return None
    ((_, whole),) = complete(connection, [(size, found)])
    return size if whole == note else None


def _read_tail(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            return file.read(_TAIL)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise Unavailable(N_("%(file)s cannot be read: %(error)s."), file=path, error=error) from error


def _notes(connection: Connection, after: int, until: int) -> Iterator[bytes]:
    query = select(signed.c.size, signed.c.note).order_by(signed.c.size).limit(_NOTES_AT_ONCE)
    while rows := connection.execute(query.where(signed.c.size > after, signed.c.size <= until)).all():
        yield b"".join(note for _, note in complete(connection, rows))
        after = rows[-1][0]
