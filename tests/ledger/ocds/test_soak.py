"""A long feed: taken in by the command with flat memory. `SOAK_RELEASES` says how long; a million by default."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import URL

from benchmarks.releases import releases

MOST_MEGABYTES = 300
FEW = 200
SAMPLES = 10
"""So many of the samples of memory, evenly over the whole import, are printed: none may be far from the first."""

MOST_GROWTH = 60
"""Megabytes by which a long import may grow after its first tenth: bounded caches fill up."""


def feed_of(folder: Path, number: int) -> Path:
    """Write a packed feed of so many releases."""
    file = folder / "feed.jsonl.gz"
    with gzip.open(file, "wt", compresslevel=1) as out:
        for each in releases(number):
            out.write(json.dumps(each) + "\n")
    return file


def imported(address: URL, feed: Path, folder: Path, *, quiet: bool) -> tuple[str, list[int], float]:
    """Import a feed by the command; return what it says, its megabytes every second, and how long it took."""
    environ = {
        **os.environ,
        "CANDOUR_DATABASE_URL": address.render_as_string(hide_password=False),
        "CANDOUR_PUBLIC_DIR": str(folder / "public"),
        "CANDOUR_SIGNING_KEY": str(folder / "signing.key"),
    }
    command = [sys.executable, "-m", "web.cli", "import", "ocds", str(feed)]
    began, sizes = time.monotonic(), []
    with (
        (folder / "said").open("w") as said,
        subprocess.Popen(
            command, env=environ, stdout=said, stderr=subprocess.DEVNULL if quiet else sys.__stderr__
        ) as running,
    ):
        while running.poll() is None:
            status = Path(f"/proc/{running.pid}/status")
            found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text()) if status.exists() else None
            if found is not None:
                sizes.append(int(found[1]) // 1_024)
            time.sleep(0.1 if quiet else 1)
    assert running.returncode == 0
    return (folder / "said").read_text(), sizes, time.monotonic() - began


def accounts_for(number: int) -> str:
    return f"{number} releases in = {number} recorded + 0 unchanged + 0 in quarantine"


def test_a_generated_feed_is_recorded_whole(new_sqlite, tmp_path):
    """Every release of the generator can be recorded, and the command accounts for it."""
    said, _, _ = imported(new_sqlite(), feed_of(tmp_path, FEW), tmp_path, quiet=True)
    assert said.splitlines()[-1] == accounts_for(FEW)


@pytest.mark.soak
def test_a_feed_of_a_million_releases_takes_flat_memory(new_sqlite, tmp_path, capsys):
    """However long the feed, an import stays within 300 MB, does not grow, and shows how far it is."""
    number = int(os.environ.get("SOAK_RELEASES", "1000000"))
    feed = feed_of(tmp_path, number)
    with capsys.disabled():
        said, sizes, seconds = imported(new_sqlite(), feed, tmp_path, quiet=False)
        points = [sizes[place * (len(sizes) - 1) // SAMPLES] for place in range(SAMPLES + 1)]
        sys.stdout.write(f"\n{number / seconds:.0f} releases a second; MB on the way: {points}\n")
    assert said.splitlines()[-1] == accounts_for(number)
    assert max(sizes) <= MOST_MEGABYTES
    assert max(sizes) - points[1] <= MOST_GROWTH
