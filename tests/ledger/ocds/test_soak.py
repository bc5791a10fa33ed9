"""A long feed: taken in with flat memory. `SOAK_RELEASES` says how long; a million by default."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sqlalchemy import URL

MOST_MEGABYTES = 300

IMPORT = """
import resource, sys
from benchmarks.releases import releases
from ledger.database import connect
from ledger.ocds.read import Found
from ledger.ocds.taking import take
from ledger.store import Ledger
engine = connect(sys.argv[1])
feed = (("feed", Found(n, each, {"name": "P"})) for n, each in enumerate(releases(int(sys.argv[2]))))
recorded = sum(each.recorded for each in take(Ledger(engine), engine, feed))
print(recorded, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def recorded_and_megabytes(address: URL, number: int) -> tuple[int, int]:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, address.render_as_string(hide_password=False), str(number)],
        check=True,
        capture_output=True,
        text=True,
    )
    recorded, megabytes = done.stdout.split()
    return int(recorded), int(megabytes)


def test_a_generated_feed_is_recorded_whole(new_sqlite):
    """Every release of the generator can be recorded."""
    assert recorded_and_megabytes(new_sqlite(), 200)[0] == 200


@pytest.mark.soak
def test_a_feed_of_a_million_releases_takes_flat_memory(new_sqlite):
    """However long the feed, an import stays within 300 MB."""
    number = int(os.environ.get("SOAK_RELEASES", "1000000"))
    recorded, megabytes = recorded_and_megabytes(new_sqlite(), number)
    assert recorded == number
    assert megabytes <= MOST_MEGABYTES
