"""`candour export`: what is on record, to be taken elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from ledger.clock import england_and_wales, utc_now
from ledger.database import reading
from ledger.errors import Wrong
from ledger.files import write_file
from ledger.settings import Settings
from ledger.streams import Stream
from ledger.voice import ENGLISH
from projections.bundle import make_bundle, published
from web.cli_ocds import put_ocds

Open = Callable[[Settings], AbstractContextManager[Engine]]


def export_commands(known: Callable[[], Settings], open_database: Open) -> click.Group:
    """Return the group; the settings are read and the database opened when a command runs."""

    @click.group(epilog="\b\nExample:\n  candour export bundle family-services --output bundle.zip")
    def export() -> None:
        """Take out what is on record."""

    @export.command(epilog="\b\nExample:\n  candour export bundle family-services --output bundle.zip")
    @click.argument("reference")
    @click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
    @click.option("--at", metavar="INSTANT", help="The instant of the findings, such as 2026-03-02T12:00:00Z.")
    def bundle(reference: str, output: Path, at: str | None) -> None:
        """Write the evidence bundle of the process REFERENCE, with a program in it that checks all of it offline."""
        settings = known()
        moment = utc_now().replace(microsecond=0) if at is None else _instant(at)
        with open_database(settings) as engine, reading(engine) as connection:
            shown = published(settings.public_dir)
            stream = Stream.parse(f"process/{reference}")
            content = make_bundle(connection, shown, stream, moment, england_and_wales(), ENGLISH)
        write_file(output, content)
        click.echo(
            f"{output} holds the evidence. To check it: candour verify {output}, or unpack it and read README.txt."
        )

    put_ocds(export, known, open_database)
    return export


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Wrong("“%(text)s” is no instant. Write it with its zone, such as 2026-03-02T12:00:00Z.", text=text[:80])
    return moment.astimezone(UTC)
