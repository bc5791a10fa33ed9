"""Killed at any moment, the store holds every entry it acknowledged, and no half of another."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import URL

from ledger.database import connect
from ledger.disclosure import HELD
from ledger.store import Ledger
from tests.ledger.submissions import NOON, check_store, opened

KILLS = int(os.environ.get("CANDOUR_KILLS", "10"))
SOAK_KILLS = int(os.environ.get("CANDOUR_SOAK_KILLS", "300"))

RECORDER = """
import sys
from itertools import cycle
from ledger.database import connect
from ledger.store import Ledger
from tests.ledger.submissions import NOON, asked
ledger = Ledger(connect(sys.argv[1]), clock=lambda: NOON)
print("ready", flush=True)
for size in cycle([1, 1, 1, 70, 1, 300]):
    for made in ledger.record_many([asked("one") for _ in range(size)]):
        print(made.index, flush=True)
"""


def record_until_killed(address: URL, root: Path, seconds: float) -> list[int]:
    """Let a process record, kill it so long after it began, and return what it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", RECORDER, address.render_as_string(hide_password=False)],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.kill()
        lines = process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return [int(line) for line in lines if line.endswith("\n")]


def survive(address: URL, root: Path, kills: int) -> None:
    engine = connect(address)
    ledger = Ledger(engine, clock=lambda: NOON)
    ledger.record(opened("one"))
    chance, acknowledged = random.Random(), {0}
    for _ in range(kills):
        acknowledged.update(record_until_killed(address, root, chance.uniform(0, 0.3)))
        size = check_store(engine)
        assert acknowledged <= set(range(size))
    entries = list(ledger.read(sight=HELD))
    assert [each.version for each in entries] == list(range(1, len(entries) + 1))
    assert len(acknowledged) > kills
    engine.dispose()


def test_a_killed_recorder_loses_nothing_that_it_acknowledged(database: URL, root: Path):
    """After each of many kills the store is whole, and the next process records on without any repair."""
    survive(database, root, KILLS)


@pytest.mark.soak
def test_a_recorder_killed_very_often_loses_nothing(database: URL, root: Path):
    """The same, as often as `CANDOUR_SOAK_KILLS` says."""
    survive(database, root, SOAK_KILLS)
