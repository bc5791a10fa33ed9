"""Changing the log's key: every verifier follows what both keys have signed, and nothing else."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.database import connect, reading
from ledger.errors import Conflict, Corrupt, NotFound, Refused, Wrong
from ledger.keys import create_key, following_path, read_key
from ledger.log import own_note, sign
from ledger.rotating import complete, record_change, retired_path, rotate
from ledger.rotations import KIND, parse_handovers
from ledger.schema import load_submission
from ledger.streams import LEDGER
from ledger.tlog.errors import TlogError
from ledger.tlog.merkle import prove_consistency
from ledger.tlog.note import Ed25519Signer, Note
from ledger.tlog.note import sign as sign_note
from ledger.tlog.witness import AddCheckpoint
from ledger.tree import tile_reader
from ledger.verify import verify
from ledger.watching import Limits, Look, look
from ledger.witness import create_witness
from tests.ledger.published import ORIGIN, SEED, Published, canonical, sample
from tests.ledger.rotated import NEXT_SEED, WHY, change, grow, prepared, reread, rotated, store_of
from tests.ledger.submissions import NOON
from tests.mutations import bit_flips, wholesale

THIRD_SEED = b"a third seed of thirty-two bytes"
STRANGER = Ed25519Signer.from_seed(ORIGIN, b"a key that nobody has vouched fo")


def problems(log: Published, vkey: str) -> list[str]:
    return [str(each) for each in verify(str(log.public), vkey).problems]


def test_a_log_verifies_with_its_first_key_and_its_last(log: Published):
    """Before, right after, and across two changes; the entries that state them are followed, whichever key is given."""
    first = log.vkey
    log.grow_and_seal(3)
    assert problems(log, first) == []
    log = rotated(log)
    second = log.vkey
    assert second != first
    assert (problems(log, first), problems(log, second)) == ([], [])
    grow(log, 7, 300)
    log = rotated(log, THIRD_SEED)
    grow(log, 310)
    for vkey in (first, second, log.vkey):
        report = verify(str(log.public), vkey)
        assert (report.problems, report.vkey, report.changes, report.size) == ([], log.vkey, 2, 310)
    assert verify(str(log.public)).vkey == log.vkey


def test_what_was_remembered_under_the_old_key_is_extended(log: Published, tmp_path: Path):
    """A checkpoint remembered before a change holds the log to it afterwards, and the new one is remembered."""
    log.grow_and_seal(3)
    since = tmp_path / "remembered"
    assert verify(str(log.public), log.vkey, since).ok
    log = rotated(log)
    grow(log, 9)
    report = verify(str(log.public), None, since)
    assert (report.problems, report.remembered, report.trust) == ([], 3, "remembered")
    assert since.read_text().startswith(log.vkey)
    with pytest.raises(Wrong, match="not the one remembered"):
        verify(str(log.public), STRANGER.verifier.to_vkey(), since)


def test_another_s_verifier_follows_a_change(log: Published, other_verifier: Path):
    """The Go project's transparency log, given the first key or the last, and no other."""
    first = log.vkey
    log.grow_and_seal(3)
    log = rotated(log)
    grow(log, 300)
    for vkey in (first, log.vkey, STRANGER.verifier.to_vkey()):
        done = subprocess.run(
            [other_verifier, log.folder, vkey], check=False, capture_output=True, text=True, timeout=60
        )
        expected = 0 if vkey != STRANGER.verifier.to_vkey() else 1
        assert done.returncode == expected, done.stderr


# --- changes that are none --------------------------------------------------------------------------------------------


def forged(log: Published, *signers: Ed25519Signer) -> None:
    """Sign the handover's checkpoint, the newest one, again with other keys wherever it stands."""
    proof, _, _ = (log.folder / "handovers").read_bytes().partition(b"\n\n")
    old = (log.folder / "checkpoint").read_bytes()
    note = sign_note(Note.from_bytes(old).text, signers)
    (log.folder / "handovers").write_bytes(proof + b"\n\n" + note)
    history = (log.folder / "checkpoints").read_bytes()
    (log.folder / "checkpoints").write_bytes(history.replace(old, note))
    (log.folder / "checkpoint").write_bytes(note)


def test_a_change_that_the_old_key_has_not_signed_is_refused(log: Published):
    """Signed by the new key alone, by the new key and a stranger, or by the old one alone: no verifier follows."""
    first = log.key.signer
    log.grow_and_seal(3)
    log = rotated(log)
    new = log.key.signer
    assert problems(log, first.verifier.to_vkey()) == []
    for signers in ([new], [STRANGER, new], [first], [first, STRANGER]):
        forged(log, *signers)
        for vkey in (first.verifier.to_vkey(), new.verifier.to_vkey()):
            assert problems(log, vkey), signers
    forged(log, first, new)
    assert problems(log, new.verifier.to_vkey()) == []


def test_a_change_on_record_that_nobody_proves_is_a_problem(log: Published):
    """Without what both keys have signed, the words of an entry change no key."""
    log.grow_and_seal(3)
    first = log.vkey
    log = rotated(log)
    (log.folder / "handovers").unlink()
    assert any("no checkpoint that both keys have signed proves it" in each for each in problems(log, log.vkey))
    assert problems(log, first)


def test_a_file_of_handovers_says_each_thing_in_one_way(log: Published):
    """Whatever is changed in it, it is no proof: it is signed, hashed, or the one spelling of both."""
    log.grow_and_seal(3)
    log = rotated(log)
    content = (log.folder / "handovers").read_bytes()
    for at in range(0, len(content), 3):
        for mask in (1, 32, 128):
            changed = bytearray(content)
            changed[at] ^= mask
            with pytest.raises((TlogError, ValueError)):
                parse_handovers(bytes(changed))
    for other in (content * 2, content + b"\n", b"\n" + content, content[:-1]):
        with pytest.raises(TlogError):
            parse_handovers(other)


def test_no_change_to_a_published_log_that_changed_its_key_is_missed(log: Published):
    """Bits in checkpoint, history, key and handovers, and files removed, cut, extended or swapped; with either key."""
    first = log.vkey
    log.grow_and_seal(3)
    log = rotated(log)
    grow(log, 5)
    files = {name: (log.folder / name).read_bytes() for name in ("checkpoint", "checkpoints", "handovers", "key")}
    chance = random.Random(6)
    changes = [*wholesale(files, chance), *bit_flips(files, chance, 150)]
    unseen = []
    for each in changes:
        _put(log.folder, files, each.files)
        if not problems(log, first) or not problems(log, log.vkey):
            unseen.append(str(each))
    _put(log.folder, files, files)
    assert (unseen, problems(log, first)) == ([], [])


def _put(folder: Path, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    for name in before:
        (folder / name).unlink(missing_ok=True)
    for name, content in after.items():
        (folder / name).write_bytes(content)


# --- who may sign -----------------------------------------------------------------------------------------------------


def test_after_a_change_the_old_key_signs_nothing(log: Published):
    """Put back in its place, it is refused before anything is signed; the log stays as it was."""
    log.grow_and_seal(3)
    log = rotated(log)
    log.seal()
    before = log.state()
    retired = next(log.key.path.parent.glob("*.retired-*"))
    old = read_key(retired, ORIGIN)
    log.grow(5)
    stale = Published(log.engine, old, log.public)
    retired.with_name(f"{retired.name}.head").write_bytes(log.key.head.read_bytes())
    with pytest.raises(Refused, match="must sign"):
        stale.seal()
    assert log.state() == before


def test_a_change_on_record_is_signed_by_both_keys_or_not_at_all(log: Published):
    """If the next key is away when the change was recorded, nothing is signed until it is back."""
    log.grow_and_seal(3)
    ready = prepared(log)
    record_change(store_of(log), log.engine, ready.key, WHY)
    following_path(log.key.path).rename(log.key.path.with_name("away"))
    with pytest.raises(Refused, match="must sign"):
        reread(log).seal()
    log.key.path.with_name("away").rename(following_path(log.key.path))
    sealed = reread(log).seal()
    assert sealed is not None
    assert sealed.note.count("— ".encode()) == 2


def test_a_change_needs_a_key_that_was_made_for_it(log: Published):
    """Without one, nothing is recorded: so a change that is complete cannot be begun again by mistake."""
    log.grow_and_seal(3)
    with pytest.raises(NotFound, match="candour key new --next"):
        change(log)
    log = rotated(log)
    with pytest.raises(NotFound, match="candour key new --next"):
        change(log)
    assert log.verify().changes == 1


def test_a_log_that_contradicts_itself_has_no_change_recorded(log: Published):
    """What cannot be signed is noticed before an entry is made."""
    log.grow_and_seal(3)
    ready = prepared(log)
    log.edit("UPDATE tree_head SET size = 2")
    with pytest.raises(Corrupt):
        change(ready)
    with log.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM entry").scalar_one() == 3


def test_the_old_key_is_kept_and_no_other_file_is_lost(log: Published):
    """Under a name with its id; a file that has that name already stops the last step, which can be repeated."""
    log.grow_and_seal(3)
    ready = prepared(log)
    kept = retired_path(ready.key)
    kept.write_text("something else")
    with pytest.raises(Conflict, match="another file"):
        change(ready)
    assert kept.read_text() == "something else"
    kept.unlink()
    assert change(ready) is not None
    assert read_key(kept, ORIGIN).signer == ready.key.signer
    assert log.verify(since=None).changes == 1
    assert not following_path(log.key.path).exists()


def test_finishing_twice_is_finishing_once(log: Published):
    """After a crash between the last two renames the same call completes it."""
    log.grow_and_seal(3)
    ready = prepared(log)
    retired_path(ready.key).hardlink_to(log.key.path)
    assert complete(ready.key) == retired_path(ready.key)
    assert reread(log).key.signer == Ed25519Signer.from_seed(ORIGIN, NEXT_SEED)


def test_a_second_next_key_is_never_made_over_the_first(log: Published):
    """It may have been given to witnesses already."""
    prepared(log)
    with pytest.raises(Conflict, match="never overwritten"):
        prepared(log, THIRD_SEED)
    assert create_key(log.key.path.with_name("x"), ORIGIN, SEED).signer == log.key.signer


def test_killed_at_each_step_a_change_is_completed_by_the_same_command(new_sqlite, root: Path, tmp_path: Path):
    """Before every write, rename, link and transaction: the log verifies all the while, and changes once."""
    pristine = tmp_path / "pristine"
    pristine.mkdir()
    shutil.copy(new_sqlite().database, pristine / "candour.db")
    engine = connect(f"sqlite:///{pristine}/candour.db")
    Published(engine, create_key(pristine / "signing.key", ORIGIN, SEED), pristine / "public").grow_and_seal(2)
    engine.dispose()
    command = [sys.executable, "-m", "tests.ledger.rotating_killed", str(pristine), str(tmp_path / "log")]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True, timeout=280)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 30


# --- watching ---------------------------------------------------------------------------------------------------------


LIMITS = Limits(timedelta(days=7), timedelta(hours=2))


def test_a_watch_follows_a_change_and_no_forged_one(log: Published, tmp_path: Path):
    """It is told the first key alone; a change that the old key has not signed is an alarm."""
    first, folder = log.vkey, tmp_path / "watch"
    log.grow_and_seal(3)

    def watch(vkey: str = first) -> Look:
        return look(str(log.public), vkey, folder, NOON, LIMITS)

    assert watch().alarm is None
    log = rotated(log)
    assert watch().alarm is None
    grow(log, 9)
    found = watch()
    assert (found.alarm, found.checkpoint and found.checkpoint.size) == (None, 9)
    assert watch(log.vkey).alarm is None
    assert watch().alarm is None
    good = (log.folder / "handovers").read_bytes()
    (log.folder / "handovers").unlink()
    alarm = watch().alarm
    assert (alarm and alarm.kind) == "unsigned"
    (log.folder / "handovers").write_bytes(good)
    assert watch().alarm is None


def test_a_watch_notices_that_the_change_was_made_in_another_log(log: Published, tmp_path: Path, new_sqlite):
    """The two keys signed over other entries than those that the log shows afterwards: a fork."""
    log.grow_and_seal(3)
    engine = connect(new_sqlite())
    twin = Published(engine, create_key(tmp_path / "twin" / "signing.key", ORIGIN, SEED), tmp_path / "other")
    twin.store([canonical(sample() | {"extra": 1})])
    twin.seal()
    twin, log = rotated(twin), rotated(log)
    grow(log, 6)
    (log.folder / "handovers").write_bytes((twin.folder / "handovers").read_bytes())
    first = Ed25519Signer.from_seed(ORIGIN, SEED).verifier.to_vkey()
    alarm = look(str(log.public), first, tmp_path / "watch", NOON, LIMITS).alarm
    assert (alarm and alarm.kind) == "fork"
    assert verify(str(log.public), first).problems
    engine.dispose()


def test_a_witness_cosigns_around_a_change_and_then_for_the_new_key_alone(log: Published, tmp_path: Path):
    """It needs to be told: the new key may be trusted before the change, and the old one no more after it."""
    log.grow_and_seal(3)
    witness = create_witness(tmp_path / "witness", "w.example", bytes(32))
    witness.trust(log.vkey)
    first, log = log.vkey, rotated(log)

    def ask(old: int) -> int:
        sealed = log.seal()
        assert sealed is not None
        with reading(log.engine) as connection:
            size = sealed.checkpoint.size
            proof = prove_consistency(old, size, tile_reader(connection, size))
        request = AddCheckpoint(old, tuple(proof), own_note(sealed.note, ORIGIN)).to_bytes()
        return witness.add_checkpoint(request, NOON).verdict.status

    assert ask(0) == 200
    grow(log, 5)
    assert ask(4) == 403
    witness.trust(log.vkey)
    assert witness.distrust(first) == ORIGIN
    assert ask(4) == 200
    with pytest.raises(NotFound, match="trusts no such key"):
        witness.distrust(first)


def test_until_the_change_is_published_both_keys_sign_and_the_old_one_stays_in_place(log: Published):
    """As while witnesses do not answer: the change waits, the log goes on, and the same call completes it."""
    log.grow_and_seal(3)
    ready = prepared(log)

    def unpublished() -> int:
        sign(log.engine, ready.key, log.public, NOON)
        return 3

    for _ in range(2):
        assert rotate(store_of(log), log.engine, ready.key, log.public, WHY, unpublished) is None
        assert reread(log).key.signer == ready.key.signer
    assert problems(log, log.vkey) == []
    grow(ready, 6, 7)
    for vkey in (log.vkey, ready.key.following.verifier.to_vkey() if ready.key.following else ""):
        report = verify(str(log.public), vkey)
        assert (report.problems, report.changes, report.size) == ([], 1, 7)
    note = (log.folder / "checkpoint").read_bytes()
    assert note.count("— ".encode()) == 2
    assert change(ready) is not None
    after = reread(log)
    grow(after, 8)
    assert (log.folder / "checkpoint").read_bytes().count("— ".encode()) == 1
    assert problems(after, log.vkey) == []


def test_a_correction_of_the_entry_changes_no_key(log: Published):
    """It puts right what was said of the change, as any correction does; the log goes on under the new key."""
    log.grow_and_seal(3)
    first, log = log.vkey, rotated(log)
    (done,) = (each for each in store_of(log).history(LEDGER).entries())
    data = {"old_vkey": first, "new_vkey": log.vkey, "rotated_on": "2026-03-02"}
    corrects = {"index": done.index, "reason": "A typing error."}
    raw = {**WHY, "action": KIND, "stream": "ledger/ledger", "corrects": corrects}
    store_of(log).record(load_submission(raw | {"data": data | {"reason": {"state": "not_given"}}}))
    log.seal()
    report = verify(str(log.public), first)
    assert (report.problems, report.changes, report.size) == ([], 1, 5)
