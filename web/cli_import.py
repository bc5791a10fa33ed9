"""`candour import ocds` and `candour import quarantine`: official releases taken in, and what could not be."""

from __future__ import annotations

import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import Engine

from ledger.database import reading
from ledger.ocds import quarantine as kept
from ledger.ocds.taking import Counts, retry, take
from ledger.store import Ledger
from ledger.voice import ENGLISH
from projections.cells import harmless
from web.releases import Source, found_in, refuse_other, summed

ENDINGS: Final = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
"""Files of a folder that are read; a file named by itself is read whatever its name."""

_SHOWN: Final = 20
_STEPS: Final = 1_000
"""Drawing the bar takes longer than reading a release, so it is drawn so many times at most."""

Opened = Callable[[], AbstractContextManager[Engine]]


def import_commands(opened: Opened, to_read: Opened) -> Iterator[click.Command]:
    """Yield the commands. `opened` opens the ledger's database to record in it, `to_read` to look."""

    @click.command(name="ocds", epilog="\b\nExample:\n  candour import ocds downloads/releases.json")
    @click.argument("source", metavar="FILE|FOLDER|-", type=click.Path(path_type=Path, exists=True, allow_dash=True))
    def ocds(source: Path) -> None:
        """Take in open contracting data: release packages, record packages or JSON Lines, plain or in gzip.

        What differs from the releases before becomes entries. Safe to repeat: what was taken in is not taken in again,
        and an import that was stopped goes on where it was. What cannot be used goes to the quarantine with the reason.
        A file in which nothing is a release is refused.
        """
        with _files(source) as (files, passed_over), opened() as engine:
            if not source.is_dir():
                refuse_other(*files)
            counts = take_files(engine, files)
            if passed_over:
                click.echo(f"Files of other kinds in the folder, not read: {passed_over}.", err=True)
            tell(counts)

    @click.command(name="quarantine", epilog="\b\nExample:\n  candour import quarantine --retry")
    @click.option("--retry", "again", is_flag=True, help="Try again to take in what is there.")
    @click.option("--csv", "as_csv", is_flag=True, help="All of it, for programs.")
    def quarantine(again: bool, as_csv: bool) -> None:  # noqa: FBT001 - click passes flags so
        """List what could not be taken in, with the file, the position in it and the reason."""
        with (opened if again else to_read)() as engine:
            if again:
                counts = summed(retry(Ledger(engine), engine))
                tell(counts)
            elif as_csv:
                _write_csv(engine)
            else:
                _list(engine)

    yield ocds
    yield quarantine


def take_folder(engine: Engine, folder: Path) -> Counts:
    """Take in every file of a folder; return the counts."""
    with _files(folder) as (files, _):
        return take_files(engine, files)


def take_files(engine: Engine, files: list[Source]) -> Counts:
    """Take in files, with a progress bar on standard error; return the counts."""
    total, seen = sum(each.size for each in files), 0
    steps = max(total // _STEPS, 1)
    with click.progressbar(length=max(total, 1), label="Importing", file=sys.stderr, update_min_steps=steps) as bar:

        def moved(done: int) -> None:
            nonlocal seen
            seen, before = min(done, total), seen
            if seen > before:
                bar.update(seen - before)

        return summed(take(Ledger(engine), engine, found_in(files, moved)))


def tell(counts: Counts) -> None:
    """Say what became of the releases: the last line of an import."""
    click.echo(f"{counts.entries} entries were recorded.")
    click.echo(
        f"{counts.found} releases in = {counts.recorded} recorded + {counts.unchanged} unchanged "
        f"+ {counts.quarantined} in quarantine"
    )


@contextmanager
def _files(source: Path) -> Iterator[tuple[list[Source], int]]:
    """Give the files that are meant, and how many of a folder are of other kinds."""
    if str(source) == "-":
        # A publisher may be named after the releases, so what comes in is read twice if need be.
        with tempfile.NamedTemporaryFile() as spooled:
            shutil.copyfileobj(sys.stdin.buffer, spooled)
            spooled.flush()
            path = Path(spooled.name)
            yield [Source("standard input", path, path.stat().st_size)], 0
    elif source.is_dir():
        every = [Path(folder) / name for folder, _, names in os.walk(source) for name in names]
        wanted = sorted(each for each in every if each.is_file() and each.name.lower().endswith(ENDINGS))
        named = [Source(each.relative_to(source).as_posix(), each, each.stat().st_size) for each in wanted]
        yield named, len(every) - len(wanted)
    else:
        yield [Source(source.name, source, source.stat().st_size)], 0


# --- the quarantine ---------------------------------------------------------------------------------------------------


def _list(engine: Engine) -> None:
    with reading(engine) as connection:
        count = kept.count(connection)
        shown = kept.listed(connection, _SHOWN)
    for each in shown:
        click.echo(f"{each.file}, byte {each.position}: {each.say(ENGLISH)}")
    if count > len(shown):
        click.echo(f"… and {count - len(shown)} more. See all with --csv.")
    click.echo(f"{count} in quarantine.")


def _write_csv(engine: Engine) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(["number", "file", "position", "reason", "found", "complete"])
    for each in kept.each(engine):
        row: list[Any] = [
            each.number,
            each.file,
            each.position,
            each.say(ENGLISH),
            each.found.isoformat(),
            each.complete,
        ]
        writer.writerow(map(harmless, row))
