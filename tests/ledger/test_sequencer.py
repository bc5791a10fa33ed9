"""The one append path: gapless, all or nothing, and never in doubt about what it has stored."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import cast
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import URL, Engine, PoolProxiedConnection, select, text, update
from sqlalchemy.exc import OperationalError

from ledger.database import connect, entry, tile, writing
from ledger.errors import Conflict, Corrupt, Unavailable
from ledger.sequencer import Row, Sequencer, Transaction, _end
from tests.ledger.faults import FaultyEngine
from tests.ledger.submissions import check_store


def add(stream_id: UUID, state: bytes = b"{}", slots: bytes | None = b"[]") -> Callable[[Transaction], int]:
    """A decision that adds the next entry of a stream."""

    def decide(transaction: Transaction) -> int:
        version = len(transaction.stream(stream_id)) + 1
        recorded = transaction.head.recorded + 1
        return transaction.add(Row(transaction.next, stream_id, version, "a.v1", state, slots, recorded))

    return decide


def add_many(stream_id: UUID, count: int) -> Callable[[Transaction], None]:
    def decide(transaction: Transaction) -> None:
        version = len(transaction.stream(stream_id))
        for n in range(1, count + 1):
            transaction.add(
                Row(transaction.next, stream_id, version + n, "a.v1", b"%d" % n, None, transaction.head.recorded)
            )

    return decide


@pytest.mark.parametrize("sizes", [(1,) * 20, (255, 1, 1), (256, 1), (257,), (49, 50, 51), (700, 65, 1)])
def test_the_tree_is_that_of_the_entries_after_every_append(engine: Engine, sizes: tuple[int, ...]):
    """Whatever is appended at a time, around the edges of tiles and of bulk writing, head and tiles
    are exact.
    """
    sequencer, stream_id = Sequencer(engine), uuid4()
    for done, size in enumerate(sizes):
        sequencer.run(add_many(stream_id, size))
        assert check_store(engine) == sum(sizes[: done + 1])


def test_a_new_process_continues_the_tree_of_another(engine: Engine):
    """A sequencer that has seen nothing yet reads the partial tiles from the database."""
    stream_id = uuid4()
    for size in (3, 300, 65_500, 100):
        Sequencer(engine).run(add_many(stream_id, size))
    assert check_store(engine) == 65_903


def test_what_raises_leaves_no_trace(engine: Engine):
    """An error of the caller's own, after rows were added, is raised and nothing is stored."""
    sequencer = Sequencer(engine)

    def decide(transaction: Transaction) -> None:
        add(uuid4())(transaction)
        raise LookupError

    with pytest.raises(LookupError):
        sequencer.run(decide)
    assert check_store(engine) == 0
    assert sequencer.run(add(uuid4())) == 0


@pytest.mark.parametrize(
    ("position", "recorded"), [(1, 5), (-1, 5), (0, -1)], ids=["ahead", "behind", "older than the head"]
)
def test_rows_out_of_order_are_not_taken(engine: Engine, position: int, recorded: int):
    """A row that is not at the next position, or recorded before the last one, is refused."""
    row = Row(position, uuid4(), 1, "a.v1", b"{}", None, recorded)
    with pytest.raises(Corrupt, match="out of order"):
        Sequencer(engine).run(lambda transaction: transaction.add(row))
    assert check_store(engine) == 0


def test_a_transaction_sees_what_it_has_added(engine: Engine):
    """Streams, their existence and their disclosures include what was added in the same transaction."""
    sequencer, old, new = Sequencer(engine), uuid4(), uuid4()
    sequencer.run(add(old))

    def decide(transaction: Transaction) -> None:
        add(old, slots=b"[1]")(transaction)
        add(new, slots=b"[2]")(transaction)
        assert [row.version for row in transaction.stream(old)] == [1, 2]
        assert [row.version for row in transaction.stream(old, 1)] == [2]
        assert transaction.existing([old, new, uuid4()]) == {old, new}
        assert [transaction.slots(n) for n in range(3)] == [b"[]", b"[1]", b"[2]"]
        transaction.replace_slots(0, b"[3]")
        transaction.replace_slots(2, b"[4]")
        assert [transaction.slots(n) for n in range(3)] == [b"[3]", b"[1]", b"[4]"]
        assert [row.slots for row in transaction.stream(old)] == [b"[3]", b"[1]"]

    sequencer.run(decide)
    check_store(engine)
    sequencer.run(lambda transaction: _same([transaction.slots(n) for n in range(3)], [b"[3]", b"[1]", b"[4]"]))


def _same(found: object, expected: object) -> None:
    assert found == expected


def test_a_version_that_is_taken_is_a_conflict(engine: Engine):
    """Two entries cannot be the same version of a stream, and the second leaves no trace."""
    sequencer, stream_id = Sequencer(engine), uuid4()
    sequencer.run(add(stream_id))
    row = Row(1, stream_id, 1, "a.v1", b"{}", None, 5)
    with pytest.raises(Conflict, match="already taken"):
        sequencer.run(lambda transaction: transaction.add(row))
    assert check_store(engine) == 1


@pytest.mark.parametrize("hashes", [bytes(32), bytes(64), b""], ids=["another hash", "a hash more", "no hash"])
def test_damaged_tiles_stop_recording(engine: Engine, hashes: bytes):
    """Partial tiles that do not fit the head are noticed before anything is written."""
    Sequencer(engine).run(add_many(uuid4(), 266))
    with writing(engine).begin() as connection:
        connection.execute(update(tile).where(tile.c.level == 1).values(hashes=hashes))
    with pytest.raises(Corrupt, match="tiles are damaged"):
        Sequencer(engine).run(add(uuid4()))


def test_a_changed_entry_stops_recording_while_its_tile_has_no_row(engine: Engine):
    """The newest entries' hashes are made from the entries, and held against the head before anything is written."""
    Sequencer(engine).run(add_many(uuid4(), 10))
    with writing(engine).begin() as connection:
        for guard in GUARDS[engine.dialect.name]:
            connection.execute(text(guard))
        connection.execute(update(entry).where(entry.c.position == 7).values(state=b"other"))
    with pytest.raises(Corrupt, match="tiles are damaged"):
        Sequencer(engine).run(add(uuid4()))


GUARDS = {
    "sqlite": ("DROP TRIGGER entry_refuses_update",),
    "postgresql": ("ALTER TABLE entry DISABLE TRIGGER USER",),
}


# --- failing writes
# -----------------------------------------------------------------------------------------------------

STEPS = {
    "lock": ("BEGIN", "SELECT size"),
    "history": ("SELECT position",),
    "entry": ("INSERT INTO entry", "COPY entry"),
    "disclosure": ("INSERT INTO disclosure", "COPY disclosure"),
    "tile": ("INSERT INTO tile",),
    "head": ("UPDATE tree_head",),
    "commit": ("COMMIT",),
}
ALMOST_A_TILE = 255
"""So many entries that the next one completes a tile, which is then written."""


def hits(step: str, statement: str) -> bool:
    return statement.startswith(STEPS[step])


def failure_of(engine: Engine) -> Exception:
    """What the driver raises when a disk is full."""
    if engine.dialect.name == "sqlite":
        return sqlite3.OperationalError("disk I/O error")
    return psycopg.errors.DiskFull("could not extend file")


@pytest.fixture
def faulty(engine: Engine) -> FaultyEngine:
    return FaultyEngine(engine)


def sequencer_of(faulty: FaultyEngine) -> Sequencer:
    return Sequencer(cast("Engine", faulty))


@pytest.mark.parametrize("bulk", [1, 60], ids=["one", "bulk"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_stores_all_or_nothing_and_the_answer_says_which(
    engine: Engine, faulty: FaultyEngine, step: str, when: str, bulk: int
):
    """Each step fails, once before and once after it was done: only a commit that was done counts as
    success.
    """
    sequencer, stream_id = sequencer_of(faulty), uuid4()
    sequencer.run(add_many(stream_id, ALMOST_A_TILE))

    def decide(transaction: Transaction) -> None:
        for _ in range(bulk):
            add(stream_id)(transaction)

    def fail(statement: str) -> None:
        if hits(step, statement):
            raise failure_of(engine)

    setattr(faulty, when, fail)
    if (step, when) == ("commit", "after"):
        sequencer.run(decide)
        expected = ALMOST_A_TILE + bulk
    else:
        with pytest.raises(Unavailable, match="does not answer") as caught:
            sequencer.run(decide)
        assert caught.value.stored is False
        expected = ALMOST_A_TILE
    assert check_store(engine) == expected
    setattr(faulty, when, lambda _: None)
    sequencer.run(decide)
    assert check_store(engine) == expected + bulk


@pytest.mark.parametrize("step", STEPS)
def test_an_interruption_stores_nothing_unless_it_was_committed(engine: Engine, faulty: FaultyEngine, step: str):
    """Ctrl-C at any step is raised, and the next recording finds a whole store."""
    sequencer = sequencer_of(faulty)
    sequencer.run(add_many(uuid4(), ALMOST_A_TILE))

    def interrupt(statement: str) -> None:
        if hits(step, statement):
            raise KeyboardInterrupt

    faulty.after = interrupt
    with pytest.raises(KeyboardInterrupt):
        sequencer.run(add(uuid4()))
    faulty.after = lambda _: None
    expected = ALMOST_A_TILE + (step == "commit")
    assert check_store(engine) == expected
    assert sequencer.run(add(uuid4())) == expected


def test_a_failure_that_cannot_be_looked_into_says_so(engine: Engine, faulty: FaultyEngine, monkeypatch):
    """If the commit fails and the database cannot be asked, the error says that the entry may be on
    record.
    """
    monkeypatch.setattr("ledger.sequencer._PAUSES", (0.0, 0.0))
    sequencer = sequencer_of(faulty)

    def fail_commit(statement: str) -> None:
        if statement == "COMMIT":
            raise failure_of(engine)

    def refuse_connection(statement: str) -> None:
        if statement == "CONNECT":
            raise OperationalError(None, None, failure_of(engine))

    faulty.after, faulty.before = fail_commit, refuse_connection
    with pytest.raises(Unavailable, match="may or may not be on record") as caught:
        sequencer.run(add(uuid4()))
    assert caught.value.stored is None
    assert check_store(engine) == 1


def test_a_commit_that_was_lost_is_told_from_another_entry_at_its_place(
    engine: Engine, faulty: FaultyEngine, monkeypatch
):
    """If others have taken the position in the meantime, ours is known not to be stored."""
    other = Sequencer(engine)

    def end(connection: PoolProxiedConnection) -> None:
        _end(connection)
        other.run(add(uuid4(), b"other"))

    def fail(statement: str) -> None:
        if statement == "COMMIT":
            raise failure_of(engine)

    monkeypatch.setattr("ledger.sequencer._end", end)
    faulty.before = fail
    with pytest.raises(Unavailable) as caught:
        sequencer_of(faulty).run(add(uuid4(), b"mine"))
    assert caught.value.stored is False
    assert check_store(engine) == 1


def test_a_connection_that_died_while_idle_is_replaced(new_postgresql: Callable[[], URL]):
    """After a restart of the server, or a dropped connection, the next recording succeeds."""
    engine = connect(new_postgresql())
    sequencer = Sequencer(engine)
    sequencer.run(add(uuid4()))
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        assert sequencer.run(add(uuid4())) == 1
    assert check_store(engine) == 2
    engine.dispose()


# --- others at the same time
# ----------------------------------------------------------------------------------------------


def test_a_decision_is_made_again_when_the_lock_was_not_given(engine: Engine, faulty: FaultyEngine):
    """A lock that is refused, twice, leads to the same decision on what is then on record."""
    sequencer, refusals = sequencer_of(faulty), iter([True, True])

    def refuse(statement: str) -> None:
        if hits("lock", statement) and next(refusals, False):
            raise locked(engine)

    faulty.before = refuse
    assert sequencer.run(add(uuid4())) == 0
    assert check_store(engine) == 1


def locked(engine: Engine) -> Exception:
    if engine.dialect.name == "sqlite":
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        return error
    return psycopg.errors.DeadlockDetected("deadlock detected")


def test_a_lock_that_is_never_given_is_a_conflict(engine: Engine, faulty: FaultyEngine, monkeypatch):
    """After a bounded number of attempts the caller is told that others were recording."""
    monkeypatch.setattr("ledger.sequencer._PAUSES", (0.0,) * 5)
    attempts: list[str] = []

    def refuse(statement: str) -> None:
        if hits("lock", statement):
            attempts.append(statement)
            raise locked(engine)

    faulty.before = refuse
    with pytest.raises(Conflict, match="Others were recording"):
        sequencer_of(faulty).run(add(uuid4()))
    assert len(attempts) == 5
    assert check_store(engine) == 0


def test_threads_never_skip_or_fork(engine: Engine):
    """Eight threads on three sequencers append to shared streams: positions and versions have no gap."""
    sequencers = [Sequencer(engine) for _ in range(3)]
    streams = [uuid4() for _ in range(4)]
    work = [(sequencers[n % 3], add(streams[n % 4])) for n in range(160)]
    with ThreadPoolExecutor(8) as threads:
        positions = list(threads.map(lambda each: each[0].run(each[1]), work))
    assert sorted(positions) == list(range(160))
    assert check_store(engine) == 160


WRITER = """
import sys
from uuid import UUID
from ledger.database import connect
from ledger.sequencer import Sequencer
from tests.ledger.test_sequencer import add
sequencer = Sequencer(connect(sys.argv[1]))
for n in range(int(sys.argv[2])):
    print(sequencer.run(add(UUID(int=n % 3))))
"""


def test_processes_never_skip_or_fork(database: URL, root):
    """Two processes record at once into the same streams: together their positions are 0 to n without
    a gap.
    """
    address = database.render_as_string(hide_password=False)
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITER, address, "150"], cwd=root, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    positions = [int(line) for output in outputs for line in output.split()]
    assert sorted(positions) == list(range(300))
    assert all(sorted(map(int, output.split())) == list(map(int, output.split())) for output in outputs)
    engine = connect(database)
    assert check_store(engine) == 300
    engine.dispose()


def test_a_reader_never_sees_a_gap(engine: Engine):
    """While others append, every reading is a prefix of the log."""
    sequencer, stream_id = Sequencer(engine), uuid4()
    with ThreadPoolExecutor(2) as threads:
        writing_ = threads.submit(lambda: [sequencer.run(add(stream_id)) for _ in range(100)])
        for _ in sampled(lambda: not writing_.done()):
            with engine.connect() as connection:
                seen = connection.scalars(select(entry.c.position).order_by(entry.c.position)).all()
            assert seen == list(range(len(seen)))
        assert writing_.result() == list(range(100))


def sampled(going_on: Callable[[], bool]) -> Iterator[None]:
    yield
    while going_on():
        yield
        time.sleep(0.001)
