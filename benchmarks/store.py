"""The store's rows of the table: recording, in bulk and one by one, and reading, against rivals on
both databases.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlalchemy import URL
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from benchmarks import samples
from ledger.database import connect, disclosure, entry, migrate
from ledger.disclosure import load_slots
from ledger.schema import load_submission
from ledger.store import PAGE, Ledger

ROOT: Final = Path(__file__).parent.parent
ROUNDS: Final = 15
SINGLE: Final = 40
"""So many single recordings make one round."""


@dataclass(frozen=True)
class Result:
    """What was measured: µs an entry, ours and the rival's, as medians of rounds that took turns."""

    work: str
    rival_name: str
    goal: float
    ours: float
    rival: float
    entries: int
    is_limit: bool = False

    @property
    def ratio(self) -> float:
        """How many times the rival's speed ours is; for a limit, how many times its cost ours is."""
        return self.ours / self.rival if self.is_limit else self.rival / self.ours

    @property
    def holds(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio <= self.goal if self.is_limit else self.ratio >= self.goal


class Recording:
    """Our side: a ledger that records one sample after another."""

    def __init__(self, address: URL | str) -> None:
        self.engine = connect(address)
        migrate(self.engine)
        self.ledger = Ledger(self.engine, clock=lambda: samples.NOW)
        self._inputs = samples.inputs()

    def single(self) -> float:
        """Validate and record one by one; return the seconds that one took."""
        work = list(islice(self._inputs, SINGLE))
        with quiet() as elapsed:
            for raw in work:
                self.ledger.record(load_submission(raw))
        return elapsed() / SINGLE

    def bulk(self, batches: int = 1) -> float:
        """Record validated submissions in transactions of 500; return the seconds that one took."""
        work = samples.submissions(PAGE * batches, self._inputs)
        with quiet() as elapsed:
            for _ in self.ledger.record_many(work):
                pass
        return elapsed() / len(work)

    def read(self) -> float:
        """Read everything back into actions; return the seconds that one took."""
        with quiet() as elapsed:
            size = sum(1 for _ in self.ledger.read())
        return elapsed() / size

    def typical(self) -> tuple[bytes, bytes]:
        """Return the bytes and the disclosures of an entry in the middle of those recorded."""
        state, slots = self.ledger.entry(self.ledger.head().size // 2)
        assert slots is not None  # noqa: S101 - the samples have erasable values
        return state, slots


class Bare:
    """sqlite3 alone, durable as ours is: the same rows of entries and disclosures, and nothing else."""

    def __init__(self, path: Path, state: bytes, slots: bytes) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._state, self._slots, self._next = state, slots, 0
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        for table in (entry, disclosure):
            self._connection.execute(str(CreateTable(table).compile(dialect=sqlite.dialect())))

    def single(self) -> float:
        """Commit one by one; return the seconds that one took."""
        work = [self._rows(1) for _ in range(SINGLE)]
        with quiet() as elapsed:
            for rows in work:
                self._insert(*rows)
        return elapsed() / SINGLE

    def bulk(self) -> float:
        """Commit 500 in one transaction; return the seconds that one took."""
        rows = self._rows(PAGE)
        with quiet() as elapsed:
            self._insert(*rows)
        return elapsed() / PAGE

    def _rows(self, count: int) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        positions = range(self._next, self._next + count)
        self._next += count
        stream_id = uuid4().hex
        return (
            [(n, stream_id, n, "issue-reported.v1", self._state, 1_772_452_800_000_000) for n in positions],
            [(n, self._slots) for n in positions],
        )

    def _insert(self, entries: list[tuple[object, ...]], disclosures: list[tuple[object, ...]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", entries)
        self._connection.executemany("INSERT INTO disclosure VALUES (?, ?)", disclosures)
        self._connection.execute("COMMIT")


class Rival:
    """The eventsourcing library with a recorder of its own, in a process and environment of its own."""

    def __init__(self, settings: dict[str, str], state: bytes, slots: bytes) -> None:
        python = ROOT / ".venv-bench" / "bin" / "python"
        self._process = subprocess.Popen(
            [python, ROOT / "benchmarks" / "rival.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        # An event of the same size in JSON; it is stored as one value, so its disclosures count with it.
        hidden = {slot.path: slot.disclosure for slot in load_slots(slots)}
        self._ask(json.dumps({"settings": settings, "sample": json.loads(state) | {"hidden": hidden}}))

    def single(self) -> float:
        """Commit one by one; return the seconds that one took."""
        return float(self._ask(f"insert {SINGLE} 1"))

    def bulk(self) -> float:
        """Commit 500 in one transaction; return the seconds that one took."""
        return float(self._ask(f"insert 1 {PAGE}"))

    def read(self) -> float:
        """Read everything back into events; return the seconds that one took."""
        return float(self._ask("read"))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None  # noqa: S101 - made with pipes
        assert self._process.stdout is not None  # noqa: S101 - the same
        print(line, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            sys.exit("A rival did not answer. Make its environment anew with: make clean bench")
        return answer


@contextmanager
def quiet() -> Iterator[Callable[[], float]]:
    """Keep the garbage collector out of one side's round; give the seconds spent inside."""
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    ended: list[float] = []
    yield lambda: ended[0]
    ended.append(time.perf_counter() - began)
    gc.enable()


def in_turns(ours: Callable[[], float], rival: Callable[[], float], rounds: int = ROUNDS) -> tuple[float, float]:
    """Measure both, one after the other, often; return each one's median in µs."""
    pairs = [(ours(), rival()) for _ in range(rounds)]
    mine, theirs = zip(*pairs, strict=True)
    return statistics.median(mine) * 1e6, statistics.median(theirs) * 1e6


def on_sqlite(folder: Path) -> Iterator[Result]:
    """Measure on SQLite."""
    here = Recording(f"sqlite:///{folder / 'candour.db'}")
    here.bulk()
    state, slots = here.typical()
    bare = Bare(folder / "bare.db", state, slots)
    settings = {
        "PERSISTENCE_MODULE": "eventsourcing_sqlalchemy",
        "SQLALCHEMY_URL": f"sqlite:///{folder / 'rival.db'}",
    }
    rival = Rival(settings, state, slots)
    for _ in range(3):  # warm
        here.single(), bare.single(), here.bulk(), bare.bulk(), rival.bulk()
    name = "eventsourcing-sqlalchemy"
    single = in_turns(here.single, bare.single)
    yield Result("SQLite: one recorded", "bare sqlite3 commit", 0.5, *single, ROUNDS * SINGLE)
    bulk = in_turns(here.bulk, bare.bulk)
    yield Result("SQLite: bulk of 500", "bare sqlite3 executemany", 0.35, *bulk, ROUNDS * PAGE)
    bulk = in_turns(here.bulk, rival.bulk)
    yield Result("SQLite: bulk of 500", name, 1.5, *bulk, ROUNDS * PAGE)
    reading = in_turns(here.read, rival.read, 5)
    yield Result("SQLite: read into actions", name, 4, *reading, here.ledger.head().size)
    rival.close()
    here.engine.dispose()


def on_postgresql(address: URL) -> Iterator[Result]:
    """Measure on PostgreSQL, ours and the rival in one server."""
    here = Recording(address)
    here.bulk()
    settings = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": address.database or "",
        "POSTGRES_HOST": address.host or str(address.query["host"]),
        "POSTGRES_PORT": str(address.port or 5432),
        "POSTGRES_USER": address.username or "",
        "POSTGRES_PASSWORD": address.password or "",
    }
    rival = Rival(settings, *here.typical())
    # Large batches stall for ever in the pipeline that is the rival's usual way, so it does them in its other one.
    bulk_rival = Rival(settings | {"POSTGRES_ENABLE_DB_FUNCTIONS": "y"}, *here.typical())
    for _ in range(3):  # warm
        here.single(), rival.single(), here.bulk(), bulk_rival.bulk()
    name = "eventsourcing.postgres"
    single = in_turns(here.single, rival.single)
    yield Result("PostgreSQL: one recorded", name, 1, *single, ROUNDS * SINGLE)
    bulk = in_turns(here.bulk, bulk_rival.bulk)
    yield Result("PostgreSQL: bulk of 500", f"{name}, functions", 2, *bulk, ROUNDS * PAGE)
    reading = in_turns(here.read, rival.read, 5)
    yield Result("PostgreSQL: read into actions", name, 1, *reading, here.ledger.head().size)
    rival.close()
    bulk_rival.close()
    here.engine.dispose()


def growth(folder: Path, size: int) -> Iterator[Result]:
    """Measure an append to a small and to a large log in turns, and the memory that filling the large
    one took.
    """
    small, large = (Recording(f"sqlite:///{folder / name}") for name in ("small.db", "large.db"))
    small.bulk(2)
    before = peak_memory()
    for _ in range(size // PAGE):
        large.bulk()
    for _ in range(3):  # warm
        large.single(), small.single()
    ours, rival = in_turns(large.single, small.single)
    yield Result(
        f"SQLite: one recorded at {size:,}", "itself at 1,000", 1.2, ours, rival, ROUNDS * SINGLE, is_limit=True
    )
    yield Result(f"Peak memory (MB) after importing {size:,}", "300 MB", 1.0, peak_memory(), 300.0, size, is_limit=True)
    print(f"Peak memory before the import: {before:.0f} MB", file=sys.stderr)
    for each in (small, large):
        each.engine.dispose()


def peak_memory() -> float:
    """Return the most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fsync_cost(folder: Path) -> float:
    """Return what it costs to append 4 KB to a file and sync it, in µs: the floor of every durable commit."""
    times = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


def file_system(folder: Path) -> str:
    """Return the type of the file system a folder is on, where the system tells."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "unknown"
    found: list[tuple[str, str]] = [
        (fields[1], fields[2]) for fields in map(str.split, mounts.read_text().splitlines())
    ]
    holding = [mount for mount in found if folder.is_relative_to(mount[0])]
    return max(holding, key=lambda mount: len(mount[0]))[1]
