"""`candour export ocds`: what is on record as open contracting data."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, cast

import click
from sqlalchemy import Connection, Engine

from ledger.clock import utc_now
from ledger.database import reading
from ledger.errors import Refused, Unavailable
from ledger.ocds.packages import Publisher, dumps, lines, record_package, release_package
from ledger.settings import Settings
from ledger.streams import Stream
from ledger.words import N_
from projections import ocds

Open = Callable[[Settings], AbstractContextManager[Engine]]


def put_ocds(export: click.Group, known: Callable[[], Settings], open_database: Open) -> None:
    """Add the command to its group."""

    @export.command(name="ocds", epilog="\b\nExample:\n  candour export ocds --lines --output releases.jsonl.gz")
    @click.argument("reference", required=False)
    @click.option(
        "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file; standard output if none."
    )
    @click.option("--lines", "as_lines", is_flag=True, help="One release on each line, instead of a package.")
    @click.option("--record", "as_record", is_flag=True, help="The record of REFERENCE, compiled and versioned.")
    def ocds_(reference: str | None, output: Path | None, as_lines: bool, as_record: bool) -> None:  # noqa: FBT001
        """Write what is public as open contracting data: all of it, or the process REFERENCE.

        A name that ends in .gz is packed. `candour import ledger` reads the releases into an empty ledger.
        """
        if as_record and (reference is None or as_lines):
            raise click.UsageError("--record needs the reference of one process, and is no list of lines.")
        settings = known()
        publisher = Publisher(settings.origin, settings.base_url)
        with open_database(settings) as engine, reading(engine) as connection, _target(output) as target:
            if as_record:
                found = list(_releases(connection, reference))
                path = f"/ocds/processes/{reference}/record.json"
                target.write(dumps(record_package(publisher, path, utc_now(), found)))
            elif as_lines:
                target.writelines(lines(_releases(connection, reference)))
            else:
                target.writelines(_package(publisher, _releases(connection, reference)))


def _releases(connection: Connection, reference: str | None) -> Iterator[dict[str, object]]:
    if reference is None:
        yield from ocds.everything(connection)
        return
    found = ocds.of_stream(connection, Stream.parse(f"process/{reference}"))
    if not found:
        raise Refused(N_("No process %(reference)s is on record."), reference=reference)
    yield from (each for _, each in found)


def _package(publisher: Publisher, releases: Iterator[dict[str, object]]) -> Iterator[bytes]:
    """Yield a package piece by piece, so that it is never whole in memory."""
    yield dumps(release_package(publisher, "/ocds/releases.json", utc_now(), [])).removesuffix(b"]}")
    between = b"\n"
    for each in releases:
        yield between + dumps(each)
        between = b",\n"
    yield b"\n]}\n"


@contextmanager
def _target(output: Path | None) -> Iterator[IO[bytes]]:
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with _created(output) as file:
            yield file
    except OSError as error:
        raise Unavailable(
            N_("%(file)s cannot be written: %(error)s."), file=output, error=error.strerror or error
        ) from error


def _created(output: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(output, "wb") if output.suffix == ".gz" else output.open("wb"))
