"""The follower makes public what was committed, one at a time, and recovers from being killed anywhere."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import URL, Engine, text

from ledger.database import connect
from ledger.errors import Corrupt
from ledger.keys import SigningKey, create_key
from ledger.store import Ledger
from ledger.verify import verify
from projections import entries
from projections.follow import position, rebuild
from projections.follower import ALERT, PROJECTIONS, Follower
from tests.ledger.submissions import NOON, asked, opened

KILLS = int(os.environ.get("CANDOUR_KILLS", "10"))
SOAK_KILLS = int(os.environ.get("CANDOUR_SOAK_KILLS", "300"))

RECORDER = """
import sys, time
from ledger.database import connect
from ledger.store import Ledger
from tests.ledger.submissions import NOON, asked
ledger = Ledger(connect(sys.argv[1]), clock=lambda: NOON)
while True:
    list(ledger.record_many([asked("one") for _ in range(5)]))
    time.sleep(0.05)
"""

FOLLOWER = """
import sys
from pathlib import Path
from threading import Event
from ledger.database import connect
from ledger.keys import read_key
from projections.follower import Follower
key = read_key(Path(sys.argv[2]), "candour.example/log")
Follower(connect(sys.argv[1]), key, Path(sys.argv[3])).run(Event(), lambda size: print(size, flush=True))
"""


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    """A signing key made for the test."""
    return create_key(tmp_path / "signing.key", "candour.example/log", bytes(range(32)))


@pytest.fixture
def follower(engine: Engine, key: SigningKey, tmp_path: Path) -> Follower:
    """A follower of the empty ledger."""
    made = Follower(engine, key, tmp_path / "public")
    made.prepare()
    return made


def start(program: str, *arguments: object, root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)


def address(database: URL) -> str:
    return database.render_as_string(hide_password=False)


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.01)


def check_public(follower: Follower) -> int:
    """Hold what is public to the log: it verifies, the views stand at its size, and a rebuild gives the same rows."""
    size = follower.step()
    report = verify(str(follower.public_dir), vkey=follower.key.verifier.to_vkey())
    assert [str(problem) for problem in report.problems] == []
    assert (report.ok, report.size) == (True, size)
    for projection in PROJECTIONS:
        assert position(follower.engine, projection) == size
        assert rebuild(follower.engine, projection)
    return size


def test_an_empty_ledger_is_signed_and_published(follower: Follower):
    """A ledger without entries has a checkpoint of size 0, which a verifier accepts."""
    assert check_public(follower) == 0


def test_what_is_committed_becomes_public(follower: Follower, engine: Engine):
    """After one step the log verifies and the views show the entries."""
    ledger = Ledger(engine, clock=lambda: NOON)
    ledger.record(opened("one"))
    with engine.connect() as connection:
        assert entries.newest(connection, 10) == []

    assert check_public(follower) == 1

    with engine.connect() as connection:
        assert [view.entry.index for view in entries.newest(connection, 10)] == [0]


def test_a_second_step_changes_nothing(follower: Follower, engine: Engine):
    """Repeating a step leaves every published byte as it was."""
    Ledger(engine, clock=lambda: NOON).record(opened("one"))
    follower.step()
    before = {path: path.read_bytes() for path in follower.public_dir.rglob("*") if path.is_file()}

    follower.step()

    assert before == {path: path.read_bytes() for path in follower.public_dir.rglob("*") if path.is_file()}


def running(follower: Follower, stop: Event) -> Generator[int, None, None]:
    sizes: list[int] = []
    thread = Thread(target=follower.run, args=(stop, sizes.append))
    thread.start()
    try:
        until(lambda: bool(sizes))
        yield sizes[-1]
        while True:
            yield sizes[-1]
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def test_a_running_follower_publishes_what_comes_and_stops_when_told(follower: Follower, engine: Engine):
    """Entries recorded while it runs become public without being asked for, and `stop` ends it."""
    sizes = running(follower, Event())
    assert next(sizes) == 0

    Ledger(engine, clock=lambda: NOON).record(opened("one"))

    until(lambda: next(sizes) == 1)
    sizes.close()


def test_one_follower_leads_and_the_next_takes_over(follower: Follower, database: URL, key: SigningKey, root: Path):
    """While one leads, another waits; when the first is killed, the second goes on."""
    arguments = address(database), key.path, follower.public_dir
    with started(FOLLOWER, *arguments, root=root) as first:
        assert line(first) == "0\n"
        with started(FOLLOWER, *arguments, root=root) as second:
            assert line(second, seconds=1.5) is None
            first.kill()
            assert line(second) == "0\n"


@contextmanager
def started(program: str, *arguments: object, root: Path) -> Iterator[subprocess.Popen[str]]:
    process = start(program, *arguments, root=root)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str], seconds: float = 20) -> str | None:
    """The next line that a process prints, or None if it prints none in that time."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    return process.stdout.readline() if ready else None


def follow_until_killed(follower: Follower, database: URL, root: Path, chance: random.Random) -> None:
    with started(FOLLOWER, address(database), follower.key.path, follower.public_dir, root=root) as process:
        assert line(process, 60) is not None
        time.sleep(chance.uniform(0, 0.3))
    assert process.returncode == -signal.SIGKILL


def survive(follower: Follower, database: URL, root: Path, kills: int) -> None:
    Ledger(follower.engine, clock=lambda: NOON).record(opened("one"))
    chance = random.Random()
    sizes = []
    for _ in range(kills):
        with started(RECORDER, address(database), root=root):
            follow_until_killed(follower, database, root, chance)
        sizes.append(check_public(follower))
    assert sizes == sorted(sizes)
    assert sizes[-1] > 1


def test_a_killed_follower_leaves_nothing_half_done(follower: Follower, database: URL, root: Path):
    """Killed while it signs, publishes or projects, the next one recovers by itself and everything verifies."""
    survive(follower, database, root, KILLS)


@pytest.mark.soak
def test_a_follower_killed_very_often_leaves_nothing_half_done(follower: Follower, database: URL, root: Path):
    """The same, as often as `CANDOUR_SOAK_KILLS` says."""
    survive(follower, database, root, SOAK_KILLS)


def test_a_log_that_contradicts_itself_is_not_signed_and_every_page_is_told(
    new_sqlite: Callable[[], URL], tmp_path: Path
):
    """An entry changed by hand stops the follower, which leaves its alert; nothing new is signed."""
    engine = connect(new_sqlite())
    key = create_key(tmp_path / "signing.key", "candour.example/log", bytes(range(32)))
    follower = Follower(engine, key, tmp_path / "public")
    follower.prepare()
    ledger = Ledger(engine, clock=lambda: NOON)
    ledger.record(opened("one"))
    assert follower.step() == 1
    ledger.record(asked("one"))
    with engine.begin() as connection:
        for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(
            text("UPDATE entry SET state = CAST(replace(state, 'question', 'quarrel') AS BLOB) WHERE position = 1")
        )

    with pytest.raises(Corrupt):
        follower.step()

    assert (follower.public_dir / ALERT).read_text(encoding="utf-8").strip()
    report = verify(str(follower.public_dir), vkey=key.verifier.to_vkey())
    assert (report.ok, report.size) == (True, 1)
    engine.dispose()
