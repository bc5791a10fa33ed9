"""The rows of the table about publishing: how long until one new entry is public in every form."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import delete

from benchmarks.findings import SMALL, Site
from benchmarks.store import Result, in_turns
from ledger.clock import utc_now
from ledger.database import writing
from ledger.keys import create_key
from projections.documents import Site as Address
from projections.follower import Follower
from projections.publications.publisher import Publisher, stale_table

ORIGIN: Final = "candour.example/benchmark"
BASE_URL: Final = "http://127.0.0.1:8000"
ROUNDS: Final = 5


class Press:
    """A follower of a ledger, with its folder of public files."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.public_dir = folder / "public"
        self.public_dir.mkdir(parents=True)
        self.key_file = folder / "signing.key"
        publisher = Publisher(site.engine, self.public_dir, Address(BASE_URL, ORIGIN))
        key = create_key(self.key_file, ORIGIN, bytes(range(32)))
        self.follower = Follower(site.engine, key, self.public_dir, publisher=publisher)
        self.follower.prepare()
        # Writing all files of a large ledger for the first time is not what is measured here. The entries before the
        # measured ones have those written that they touch, each as long as it ever gets.
        publisher.step(site.ledger.head().size, utc_now(), pause=lambda: True)
        with writing(site.engine).begin() as connection:
            connection.execute(delete(stale_table))
        self.follower.step()

    def one_entry(self) -> float:
        """Record a question of one process; return the seconds from then until it is public in every form."""
        self.site.ask()
        began = time.perf_counter()
        self.follower.step()
        return time.perf_counter() - began


def on_publishing(small: Press, large: Press, processes: int) -> Iterator[Result]:
    """Measure in a small and in a large ledger, in turns."""
    for each in (small, large):
        each.one_entry()  # its files are written whole, and found again from then on
        each.one_entry()
    ours, rival = in_turns(large.one_entry, small.one_entry, ROUNDS)
    yield Result(
        f"One entry public, of {processes:,} processes", f"of {SMALL}", 1.5, ours, rival, ROUNDS, is_limit=True
    )
