"""Signing and publishing: what is signed is never contradicted, and what is published verifies at every moment."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import URL

import ledger.log
from ledger.database import connect, reading
from ledger.errors import CandourError, Conflict, Corrupt, NotFound, Unavailable, Wrong
from ledger.keys import create_key, read_key
from ledger.log import prove, published_head, sign, signed_head
from ledger.publishing import publish
from ledger.sequencer import Row, Sequencer
from ledger.tlog.errors import TlogError
from ledger.tlog.note import Checkpoint, Ed25519Signer
from ledger.tlog.note import sign as sign_note
from ledger.tlog.proof import OfflineProof
from tests.ledger.published import ORIGIN, SEED, Published, canonical, entry_bytes, files_of
from tests.ledger.submissions import NOON

Check = Callable[[Published, int], None]


# --- what is published verifies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257])
def test_a_log_of_any_size_is_accepted_by_two_verifiers(log: Published, check: Check, size: int):
    """Around every edge of a tile, a log published in one go satisfies our verifier and one that is not ours."""
    log.grow_and_seal(size)
    check(log, size)


def test_a_log_that_grows_is_accepted_after_every_step(log: Published, check: Check):
    """Every checkpoint on the way still has its tiles, its entries and its place in the history."""
    sizes = [0, 1, 2, 3, 5, 254, 255, 256, 257, 258, 300, 511, 512, 513]
    for step, size in enumerate(sizes, 1):
        log.grow_and_seal(size)
        check(log, size)
        assert log.verify().checkpoints == step


def test_a_large_log_is_accepted(log: Published, check: Check):
    """At 65,536 entries the third level of tiles begins; at 70,000 it stands beside partial tiles of all levels."""
    log.grow_and_seal(65_536)
    check(log, 65_536)
    log.grow_and_seal(70_000)
    check(log, 70_000)
    assert {path for path in files_of(log.folder) if path.startswith("tile/2/")} == {"tile/2/000.p/1"}


def test_checkpoints_that_were_signed_but_not_published_are_made_up_for(log: Published, check: Check):
    """Signed at five sizes while nothing could be published, the log then serves the tiles of each."""
    for size in (3, 255, 256, 260, 270):
        log.grow(size)
        sign(log.engine, log.key, log.public, NOON)
    publish(log.engine, log.key, log.public)
    check(log, 270)
    assert log.verify().checkpoints == 5
    assert {path for path in files_of(log.folder) if path.startswith("tile/0/")} == {
        "tile/0/000",
        "tile/0/001.p/4",
        "tile/0/001.p/14",
    }


def test_a_partial_tile_goes_when_its_full_tile_is_there(log: Published):
    """Partial tiles and bundles stay for as long as nothing replaces them, and no longer."""
    log.grow_and_seal(3, 200)
    assert {"tile/0/000.p/3", "tile/entries/000.p/200"} <= files_of(log.folder).keys()
    log.grow_and_seal(256)
    assert not (log.folder / "tile/0/000.p").exists()
    assert not (log.folder / "tile/entries/000.p").exists()


def test_nothing_new_changes_nothing(log: Published):
    """Signing and publishing again signs nothing and touches no file."""
    log.grow_and_seal(5)
    before = log.state(), times(log)
    log.seal()
    assert (log.state(), times(log)) == before


def times(log: Published) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (log.key.head, *log.folder.rglob("*"))}


def test_a_lost_public_folder_is_made_anew(log: Published, check: Check):
    """Removed as a whole, the folder comes back with the same history, and so do its two smallest files alone."""
    log.grow_and_seal(2, 300, 301)
    before = files_of(log.folder)
    for name in ("key", "checkpoints"):
        (log.folder / name).unlink()
        log.seal()
        assert files_of(log.folder) == before
    log.folder.rename(log.public / "elsewhere")
    log.seal()
    check(log, 301)
    assert log.verify().checkpoints == 3


def test_a_history_cut_short_is_mended(log: Published):
    """Half a note at the end, as a crash may leave it, is replaced by what the database has."""
    log.grow_and_seal(1, 2, 3)
    history = log.folder / "checkpoints"
    whole = history.read_bytes()
    for length in (0, 1, 50, len(whole) - 1):
        history.write_bytes(whole[:length])
        log.seal()
        assert history.read_bytes() == whole


def test_nothing_is_published_before_anything_is_signed(log: Published):
    """Without a checkpoint there is nothing to publish, and no file appears."""
    log.grow(3)
    assert publish(log.engine, log.key, log.public) is None
    assert files_of(log.folder) == {}


# --- reading ----------------------------------------------------------------------------------------------------------


def test_every_entry_has_a_proof_that_verifies_offline(log: Published):
    """The proof of each entry holds for its bytes, and for no other entry's."""
    log.grow_and_seal(7, 300)
    log.grow(301)
    with reading(log.engine) as connection:
        for index in range(300):
            proof = OfflineProof.from_bytes(prove(connection, published_head(log.public, log.key.verifier), index))
            assert proof.verify(entry_bytes(index), log.key.verifier).size == 300
            with pytest.raises(TlogError):
                proof.verify(entry_bytes(index + 1), log.key.verifier)


@pytest.mark.parametrize("index", [-1, 5, 6, 10**12])
def test_an_entry_that_no_checkpoint_covers_has_no_proof(log: Published, index: int):
    """Recorded since, or never: either is said in words."""
    log.grow_and_seal(5)
    log.grow(6)
    with reading(log.engine) as connection, pytest.raises(NotFound, match="covers 5 entries"):
        prove(connection, published_head(log.public, log.key.verifier), index)


def test_signed_and_published_heads_are_told_apart(log: Published):
    """Between signing and publishing, the one is ahead of the other."""
    log.grow_and_seal(1)
    log.grow(2)
    sign(log.engine, log.key, log.public, NOON)
    with reading(log.engine) as connection:
        newest = signed_head(connection, log.key.verifier)
    published = published_head(log.public, log.key.verifier)
    assert newest is not None
    assert published is not None
    assert (newest.checkpoint.size, published.checkpoint.size) == (2, 1)


# --- what is signed is never contradicted -----------------------------------------------------------------------------


def alike(log: Published, address: URL, size: int) -> Published:
    """Another database with the same first entries: an older copy of the first."""
    other = Published(connect(address), log.key, log.public)
    other.grow(size)
    return other


def remove_public(log: Published) -> None:
    for path in sorted(log.public.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


LOST: dict[str, Callable[[Published], object]] = {
    "nothing else is lost": lambda _: None,
    "the public folder is lost as well": remove_public,
    "the head beside the key is lost as well": lambda log: log.key.head.unlink(),
}


@pytest.mark.parametrize("lose", LOST.values(), ids=LOST)
def test_an_older_copy_of_the_database_is_noticed(
    log: Published, new_database: Callable[[], URL], lose: Callable[[Published], object]
):
    """Either the head beside the key or the published one suffices to refuse; nothing is signed or published."""
    log.grow_and_seal(2, 10)
    older = alike(log, new_database(), 5)
    lose(log)
    before = older.state()
    for attempt in (older.seal, lambda: publish(older.engine, older.key, older.public)):
        with pytest.raises(Corrupt, match="an older copy of it seems to be in place"):
            attempt()
        assert older.state() == before
    older.engine.dispose()


def test_a_database_with_other_entries_is_noticed(log: Published, new_database: Callable[[], URL]):
    """As many entries, or more, but not the same ones: refused."""
    log.grow_and_seal(10)
    other = Published(connect(new_database()), log.key, log.public)
    other.store([canonical({"index": 0})])
    other.grow(20)
    before = other.state()
    with pytest.raises(Corrupt, match="over other entries than the first 10"):
        other.seal()
    assert other.state() == before
    other.engine.dispose()


def test_a_copy_that_is_only_behind_in_checkpoints_catches_up(log: Published, new_database: Callable[[], URL]):
    """A database that has all entries but not the last checkpoint takes that into its history."""
    log.grow_and_seal(10)
    copy = alike(log, new_database(), 10)
    published = publish(copy.engine, copy.key, copy.public)
    assert published is None or published.checkpoint.size == 10
    copy.grow_and_seal(12)
    with reading(copy.engine) as connection:
        assert connection.exec_driver_sql("SELECT size FROM checkpoint ORDER BY size").scalars().all() == [10, 12]
    assert copy.verify().ok
    copy.engine.dispose()


HAND_EDITS = {
    "an entry of a full tile changed": (
        "UPDATE entry SET state = :other WHERE position = 252",
        "Entry 252 and the hash",
    ),
    "one of the newest entries changed": (
        "UPDATE entry SET state = :other WHERE position = 270",
        "the tree head and the entries",
    ),
    "an entry removed": ("DELETE FROM entry WHERE position = 280", "Entry 280 is missing"),
    "the last entry removed": ("DELETE FROM entry WHERE position = 299", "Entry 299 is missing"),
    "the hashes of a full tile": (
        "UPDATE tile SET hashes = :hashes WHERE level = 0 AND number = 0",
        "was signed over other entries",
    ),
    "a hash of the level above": (
        "UPDATE tile SET hashes = :hash WHERE level = 1 AND number = 0",
        "tile/1/000.* and the tiles below it",
    ),
    "a full tile removed": ("DELETE FROM tile WHERE level = 0 AND number = 0", "Entry 0 and the hash"),
    "a full tile cut short": (
        "UPDATE tile SET hashes = :hash WHERE level = 0 AND number = 0",
        "tiles are damaged",
    ),
    "the head's size raised": ("UPDATE tree_head SET size = 302", "tree head"),
    "the head's range": ("UPDATE tree_head SET range = :range", "the tree head and the entries"),
    "the head removed": ("DELETE FROM tree_head", "tree head is missing"),
    "the last checkpoint": ("UPDATE checkpoint SET note = 'forged' WHERE size = 250", "not a checkpoint signed"),
}


@pytest.mark.parametrize(("statement", "words"), HAND_EDITS.values(), ids=HAND_EDITS)
def test_a_database_changed_by_hand_is_noticed_before_anything_is_signed(log: Published, statement: str, words: str):
    """Entries since the last signature, the tiles, the head and the checkpoints: a change to any stops the signing."""
    log.grow_and_seal(250)
    log.grow(300)
    given = {"other": entry_bytes(7), "hashes": bytes(32 * 256), "hash": bytes(32), "range": bytes(32 * 4)}
    log.edit(statement, **{name: value for name, value in given.items() if f":{name} " in f"{statement} "})
    before = log.state()
    with pytest.raises(Corrupt, match=words):
        log.seal()
    assert log.state() == before


def test_a_signed_entry_changed_before_its_tile_was_full_is_noticed(log: Published):
    """Its hash has no row of its own yet: the signature is what it is held against."""
    log.grow_and_seal(250)
    log.edit("UPDATE entry SET state = :other WHERE position = 249", other=entry_bytes(7))
    with pytest.raises(Corrupt, match="was signed over other entries"):
        log.seal()


@pytest.mark.parametrize("position", [100, 290])
def test_an_entry_turned_into_text_is_named(new_sqlite, tmp_path: Path, position: int):
    """SQLite lets a column of bytes hold a text, which a hand may leave there: that entry is not what was hashed."""
    engine = connect(new_sqlite())
    log = Published(engine, create_key(tmp_path / "keys" / "signing.key", ORIGIN, SEED), tmp_path / "public")
    log.grow(300)
    log.edit("UPDATE entry SET state = CAST(state AS TEXT) WHERE position = :position", position=position)
    with pytest.raises(Corrupt, match=f"Entry {position} is stored as text"):
        log.seal()
    if position > 255:
        with pytest.raises(Corrupt, match=f"Entry {position} is stored as text"):
            Sequencer(engine).run(lambda transaction: transaction.add(Row(300, uuid4(), 1, "a.v1", b"{}", None, 2**60)))
    engine.dispose()


def test_an_entry_changed_after_signing_is_never_published(log: Published):
    """What was signed but not yet published is held against its signature once more."""
    log.grow_and_seal(2)
    log.grow(300)
    sign(log.engine, log.key, log.public, NOON)
    log.edit("UPDATE entry SET state = :other WHERE position = 100", other=entry_bytes(7))
    checkpoint = (log.folder / "checkpoint").read_bytes()
    with pytest.raises(Corrupt, match="Entry 100 and the hash"):
        publish(log.engine, log.key, log.public)
    assert (log.folder / "checkpoint").read_bytes() == checkpoint


def replaced_key(log: Published) -> None:
    log.key.path.unlink()
    log.key = create_key(log.key.path, ORIGIN, SEED[::-1])


FOREIGN_HEADS: dict[str, Callable[[Published], object]] = {
    "the head beside the key is damaged": lambda log: log.key.head.write_bytes(log.key.head.read_bytes()[:-9]),
    "the head beside the key is empty": lambda log: log.key.head.write_bytes(b""),
    "the published checkpoint is damaged": lambda log: (log.folder / "checkpoint").write_text("?"),
    "the key was replaced": replaced_key,
    "the published checkpoint is another log's": lambda log: (log.folder / "checkpoint").write_bytes(
        sign_note(Checkpoint("another.example/log", 1, bytes(32)).to_text(), [log.key.signer])
    ),
}


@pytest.mark.parametrize("change", FOREIGN_HEADS.values(), ids=FOREIGN_HEADS)
def test_a_head_that_cannot_be_trusted_stops_everything(log: Published, change: Callable[[Published], object]):
    """A head that is not this key's is never overwritten by guessing."""
    log.grow_and_seal(5)
    log.grow(6)
    change(log)
    before = log.state()
    for attempt in (log.seal, lambda: publish(log.engine, log.key, log.public)):
        with pytest.raises(Corrupt, match="is not a checkpoint signed by this log's key"):
            attempt()
    assert log.state() == before


def test_a_forged_head_with_another_root_stops_everything(log: Published):
    """A well-signed head over other entries is a contradiction: the key was used elsewhere."""
    log.grow_and_seal(5)
    forged = sign_note(Checkpoint(ORIGIN, 4, bytes(32)).to_text(), [log.key.signer])
    log.key.head.write_bytes(forged)
    with pytest.raises(Corrupt, match="over other entries than the first 4"):
        log.seal()


# --- failures and crashes ---------------------------------------------------------------------------------------------


class FailError(Exception):
    """What an injected failure of the database raises."""


def steps(monkeypatch: pytest.MonkeyPatch, act: Callable[[str], None]) -> None:
    """Call `act("before …")` and `act("after …")` around every write that signing and publishing do."""

    def around(owner: Any, name: str) -> None:
        work = getattr(owner, name)

        def step(*args: Any, **kwargs: Any) -> Any:
            act(f"before {name}")
            result = work(*args, **kwargs)
            act(f"after {name}")
            return result

        monkeypatch.setattr(owner, name, step)

    for owner, name in ((os, "fsync"), (os, "replace"), (os, "write"), (ledger.log, "_insert_rows")):
        around(owner, name)


def fail() -> None:
    raise FailError


def failing_at(number: int) -> Callable[[str], None]:
    counted = count()

    def act(step: str) -> None:
        if next(counted) == number:
            raise FailError if "_insert_rows" in step else OSError(28, "No space left on device")

    return act


SEALED = (1, 255, 258, 300)


@pytest.mark.parametrize("size", SEALED)
def test_after_any_failure_the_next_attempt_succeeds(log: Published, monkeypatch: pytest.MonkeyPatch, size: int):
    """Each write fails in turn, undone or done: what is published verifies at once, and after the next attempt it
    is all there.
    """
    log.grow_and_seal(*(earlier for earlier in SEALED if earlier < size))
    for number in count():
        log.grow(size + number)
        with monkeypatch.context() as patch:
            steps(patch, failing_at(number))
            try:
                log.seal()
                break
            except (Unavailable, FailError):
                pass
        if (log.folder / "checkpoint").exists():
            assert log.verify().problems == []
        if number % 3 == 0:
            log.seal()
            assert log.verify().size == size + number
    assert number > 20
    assert log.verify().ok
    assert log.verify().size == size + number


def test_a_crash_between_the_two_signing_writes_keeps_the_promise(log: Published, monkeypatch: pytest.MonkeyPatch):
    """What was signed beside the key alone is in the history afterwards, though the log has grown since."""
    log.grow_and_seal(2)
    log.grow(3)
    with monkeypatch.context() as patch:
        steps(patch, lambda step: fail() if step == "before _insert_rows" else None)
        with pytest.raises(FailError):
            log.seal()
    log.grow_and_seal(4)
    with reading(log.engine) as connection:
        assert connection.exec_driver_sql("SELECT size FROM checkpoint ORDER BY size").scalars().all() == [2, 3, 4]
    assert log.verify().checkpoints == 3


# --- the key ----------------------------------------------------------------------------------------------------------


def test_a_key_is_for_its_owner_only_and_read_back(tmp_path: Path):
    """The file is readable by nobody else, and gives the same key."""
    path = tmp_path / "deep" / "signing.key"
    made = create_key(path, ORIGIN, SEED)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path, ORIGIN) == made
    assert path.read_text().startswith(f"PRIVATE+KEY+{ORIGIN}+")
    assert str(SEED.hex()) not in repr(made)


def test_a_key_is_never_overwritten(tmp_path: Path):
    """Making a second one in the same place is refused and leaves the first."""
    path = tmp_path / "signing.key"
    create_key(path, ORIGIN, SEED)
    before = path.read_bytes()
    with pytest.raises(Conflict, match="never overwritten"):
        create_key(path, ORIGIN, SEED[::-1])
    assert path.read_bytes() == before


def test_a_key_that_could_not_be_stored_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """If the disk is full, no half key is left to be taken for one."""
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(Unavailable, match="No space left"):
        create_key(tmp_path / "signing.key", ORIGIN, SEED)
    assert list(tmp_path.iterdir()) == []


_KEY_TEXT = Ed25519Signer.from_seed(ORIGIN, SEED).to_skey().encode()

KEY_FILES: dict[str, tuple[bytes | None, type[CandourError], str]] = {
    "missing": (None, NotFound, "candour init"),
    "empty": (b"", Wrong, "no signing key"),
    "cut short": (_KEY_TEXT[:-9], Wrong, "no signing key"),
    "without its line feed": (_KEY_TEXT, Wrong, "no signing key"),
    "not text": (b"\xff\xfe\n", Wrong, "no signing key"),
    "very long": (b"PRIVATE+KEY+" + b"a" * 10_000 + b"\n", Wrong, "no signing key"),
}


@pytest.mark.parametrize(("content", "error", "words"), KEY_FILES.values(), ids=KEY_FILES)
def test_a_file_that_is_no_key_is_said_to_be_none(
    tmp_path: Path, content: bytes | None, error: type[CandourError], words: str
):
    """The words name the file and what to do, and never quote it."""
    path = tmp_path / "signing.key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=words) as raised:
        read_key(path, ORIGIN)
    assert str(path) in str(raised.value)
    assert not content or content.decode(errors="replace").strip() not in str(raised.value)


def test_the_key_of_another_log_is_refused(tmp_path: Path):
    """A key is bound to the origin it was made for."""
    path = tmp_path / "signing.key"
    create_key(path, "another.example/log", SEED)
    with pytest.raises(Wrong, match=r"Set CANDOUR_ORIGIN to another\.example/log"):
        read_key(path, ORIGIN)


def test_an_origin_that_cannot_name_a_key_is_refused(tmp_path: Path):
    """Spaces and plus signs divide the text of a key."""
    for origin in ("", "a b", "a+b", "a\nb"):
        with pytest.raises(Wrong, match="cannot be a log's origin"):
            create_key(tmp_path / "signing.key", origin, SEED)
