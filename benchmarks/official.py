"""The row of the table about official releases: real ones taken in, against reading, checking and merging alone."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

from benchmarks.store import ROOT, Result, in_turns, quiet
from ledger.database import connect, migrate
from ledger.ocds.taking import take
from ledger.store import Ledger
from web.releases import Source, found_in, summed

DATA: Final = ROOT.parent / "shared" / "data" / "ocds"
"""Releases as publishers published them. They lie beside the project, and are no part of it."""

FOLDERS: Final = ("standard-examples", "uk-contracts-finder", "uk-find-a-tender")
LINKED: Final = "barnet-record-expected.json"
"""Holds no release, only where to fetch some."""

ROUNDS: Final = 9


class Importing:
    """Our side: everything that `candour import ocds` does, into a new ledger each time."""

    def __init__(self, folder: Path, files: list[Path]) -> None:
        self._folder, self._numbers = folder, count()
        self._sources = [Source(each.name, each, each.stat().st_size) for each in files]
        self.releases = 0

    def work(self) -> float:
        """Take everything in; return the seconds of processor time that one release took."""
        engine = connect(f"sqlite:///{self._folder / f'releases-{next(self._numbers)}.db'}")
        migrate(engine)
        with quiet():
            began = time.process_time()
            counts = summed(take(Ledger(engine), engine, found_in(self._sources)))
            seconds = time.process_time() - began
        engine.dispose()
        self.releases = counts.recorded
        return seconds / counts.found


class Rival:
    """jsonschema and ocdsmerge, in a process of their own."""

    def __init__(self, files: list[Path]) -> None:
        schema = DATA / "schema" / "release-schema-1.1.5.json"
        program = [str(ROOT / ".venv-bench" / "bin" / "python"), str(ROOT / "benchmarks" / "release_rival.py")]
        self._process = subprocess.Popen(
            [*program, str(schema), *map(str, files)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.releases = 0
        if self._answer() != ["ready"]:
            sys.exit("The rival of the import does not start. Make its environment anew with: make clean bench")

    def work(self) -> float:
        """Read, check and merge; return the seconds of processor time that one release took."""
        assert self._process.stdin is not None  # noqa: S101 - made with pipes
        print("again", file=self._process.stdin, flush=True)
        number, seconds = self._answer()
        self.releases = int(number)
        return float(seconds)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> list[str]:
        assert self._process.stdout is not None  # noqa: S101 - made with pipes
        return self._process.stdout.readline().split()


def on_releases(folder: Path) -> Iterator[Result]:
    """Measure the import of real releases; nothing where they do not lie beside the project."""
    if not DATA.is_dir():
        print(f"The import is not measured: there are no releases at {DATA}.")
        return
    files = [each for name in FOLDERS for each in sorted((DATA / name).glob("*.json")) if each.name != LINKED]
    here, rival = Importing(folder, files), Rival(files)
    here.work(), rival.work()  # warm
    if here.releases != rival.releases:
        sys.exit(f"The import recorded {here.releases} releases, and its rival read {rival.releases}.")
    times = in_turns(here.work, rival.work, ROUNDS)
    yield Result("SQLite: official releases taken in", "jsonschema, ocdsmerge (CPU)", 0.5, *times, here.releases)
    rival.close()
