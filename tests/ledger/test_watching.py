"""Watching a log from outside: what is an alarm, what is kept of it, and what is none."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.database import connect
from ledger.errors import Wrong
from ledger.keys import create_key
from ledger.tlog.note import Checkpoint, open_checkpoint
from ledger.tlog.note import sign as sign_note
from ledger.watching import MEMORY, Limits, Look, look
from tests.ledger.published import ORIGIN, SEED, Published, canonical, entry_bytes, sample
from tests.ledger.submissions import NOON

LIMITS = Limits(timedelta(days=7), timedelta(hours=2))
DAY = timedelta(days=1)


@pytest.fixture
def sqlite_log(new_sqlite, tmp_path: Path):
    engine = connect(new_sqlite())
    yield Published(engine, create_key(tmp_path / "keys" / "signing.key", ORIGIN, SEED), tmp_path / "public")
    engine.dispose()


@pytest.fixture
def watcher(sqlite_log: Published, tmp_path: Path):
    def watch(day: float = 0, target: Path | None = None) -> Look:
        place = target or sqlite_log.public
        return look(str(place), sqlite_log.vkey, tmp_path / "watch", NOON + day * DAY, LIMITS)

    return watch


def test_a_log_that_grows_gives_no_alarm(sqlite_log: Published, watcher):
    """From nothing over full tiles, whether anything is new or not."""
    for day, size in enumerate((0, 1, 1, 255, 256, 700, 700)):
        sqlite_log.grow_and_seal(size)
        found = watcher(day)
        assert (found.alarm, found.checkpoint.size) == (None, size)


def resign(log: Published, size: int, root: bytes) -> None:
    note = sign_note(Checkpoint(log.key.origin, size, root).to_text(), [log.key.signer])
    (log.folder / "checkpoint").write_bytes(note)


def fork(log: Published, tmp_path: Path, size: int, new_sqlite) -> Path:
    """Another log under the same key, whose entries differ from the second on."""
    engine = connect(new_sqlite())
    other = Published(engine, log.key, tmp_path / "forked")
    (log.key.head).unlink()
    other.store([entry_bytes(0), canonical(sample() | {"index": 1, "version": 2, "extra": 1})])
    other.grow(size)
    other.seal()
    engine.dispose()
    return other.public


def test_a_fork_is_an_alarm_with_what_proves_it(sqlite_log: Published, watcher, tmp_path: Path, new_sqlite):
    """Of the same size or a larger one: both signed checkpoints are kept, and the earlier one stays remembered."""
    sqlite_log.grow_and_seal(5)
    watcher()
    for number, size in enumerate((5, 9), 1):
        target = fork(sqlite_log, tmp_path / str(number), size, new_sqlite)
        found = watcher(number, target)
        assert (found.alarm.kind, found.memory.note) == ("fork", (sqlite_log.folder / "checkpoint").read_text())
        assert str(size) in found.alarm.sentence
        kept = sorted((tmp_path / "watch" / "evidence").iterdir())[number - 1]
        signed = {
            open_checkpoint((kept / name).read_bytes(), sqlite_log.key.verifier)[0] for name in ("earlier", "later")
        }
        assert len(signed) == 2
    assert watcher(3).alarm is None


def test_a_log_that_shrinks_is_an_alarm(sqlite_log: Published, watcher, tmp_path: Path):
    """An older copy of the published files in the place of the newer ones."""
    sqlite_log.grow_and_seal(5)
    shutil.copytree(sqlite_log.public, tmp_path / "older")
    sqlite_log.grow_and_seal(9)
    watcher()
    found = watcher(1, tmp_path / "older")
    assert found.alarm.kind == "shrink"
    assert found.alarm.sentence == "The log shows 5 entries and has shown 9 before: some were taken away."


def test_a_signature_over_nothing_is_an_alarm(sqlite_log: Published, watcher):
    """Larger, well signed, and without the tiles that give its root: at the first look as well as later."""
    sqlite_log.grow_and_seal(5)
    watcher()
    resign(sqlite_log, 300, bytes(32))
    assert watcher(1).alarm.kind == "unproven"


def test_another_key_and_damage_are_an_alarm(sqlite_log: Published, watcher):
    """Whatever the log shows instead of a checkpoint signed with its key."""
    sqlite_log.grow_and_seal(5)
    watcher()
    path = sqlite_log.folder / "checkpoint"
    for content in (path.read_bytes()[:-20], b"<html>", b"", path.read_bytes().replace(b"5\n", b"6\n", 1)):
        path.write_bytes(content)
        assert watcher(1).alarm.kind == "unsigned"


def test_standing_still_and_silence_are_alarms_when_they_last(sqlite_log: Published, watcher):
    """Up to the limit they are none; an answer ends the silence, growth the standstill."""
    sqlite_log.grow_and_seal(5)
    assert watcher().alarm is None
    assert watcher(6.9).alarm is None
    stalled = watcher(7.1).alarm
    assert (stalled.kind, stalled.evidence) == ("stalled", ())
    path = sqlite_log.folder / "checkpoint"
    content = path.read_bytes()
    path.unlink()
    quiet = watcher(7.15)
    assert (quiet.alarm, quiet.checkpoint) == (None, None)
    assert watcher(7.2).alarm.kind == "silent"
    path.write_bytes(content)
    assert watcher(7.3).alarm.kind == "stalled"
    sqlite_log.grow_and_seal(6)
    assert watcher(7.4).alarm is None


def test_what_is_remembered_must_fit_the_key(sqlite_log: Published, watcher, tmp_path: Path):
    """A damaged memory or another key stops the watch in words, and is not overwritten."""
    sqlite_log.grow_and_seal(5)
    watcher()
    path = tmp_path / "watch" / MEMORY
    whole = path.read_bytes()
    other = sqlite_log.key.signer.from_seed("other.example", bytes(32)).verifier.to_vkey()
    with pytest.raises(Wrong, match="not the one remembered"):
        look(str(sqlite_log.public), other, tmp_path / "watch", NOON, LIMITS)
    for damaged in (
        b"",
        b"{}",
        whole[:-10],
        whole.replace(b"ledger.example", b"ledger.exampl3"),
        b"[1]",
        b'{"vkey":1}',
    ):
        path.write_bytes(damaged)
        with pytest.raises(Wrong, match="is damaged"):
            watcher()
        assert path.read_bytes() == damaged
