"""Killed at any moment, signing and publishing leave a log that verifies, and go on from there by themselves."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL

KILLS = int(os.environ.get("CANDOUR_KILLS", "15"))
SOAK_KILLS = int(os.environ.get("CANDOUR_SOAK_KILLS", "300"))


def kill(address: URL, root: Path, folder: Path, *how: str) -> int:
    """Return how often the program was killed while it signed and published."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.ledger.crashing", address.render_as_string(hide_password=False), folder, *how],
        cwd=root,
        check=False,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return int(done.stdout)


def test_killed_at_each_write_the_log_recovers(database: URL, root: Path, tmp_path: Path):
    """Before and after every write, fsync and rename, and every row: no promise is lost and none is broken."""
    assert kill(database, root, tmp_path, "points") > 30


def test_killed_at_random_the_log_recovers(database: URL, root: Path, tmp_path: Path):
    """At moments that nobody chose, entries, signatures and files being written."""
    assert kill(database, root, tmp_path, "random", str(KILLS), str(random.randrange(10**6))) == KILLS


@pytest.mark.soak
def test_killed_very_often_the_log_recovers(database: URL, root: Path, tmp_path: Path):
    """The same, as often as `CANDOUR_SOAK_KILLS` says."""
    assert kill(database, root, tmp_path, "random", str(SOAK_KILLS), str(random.randrange(10**6))) == SOAK_KILLS
