"""`candour redact`: removing a value on a legal basis."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

import click
from sqlalchemy import Engine

from ledger.actions.ledger import REDACTION_BASES
from ledger.clock import utc_now
from ledger.errors import CandourError
from ledger.settings import Settings
from ledger.store import Ledger
from ledger.structs import Party
from projections.documents import Site
from projections.follow import position
from projections.follower import PROJECTIONS, Follower, leading
from projections.publications.publisher import Publisher, prepare
from web import forgetting

Open = Callable[[Settings], AbstractContextManager[Engine]]

_WAIT_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.1


def put_redact(
    cli: click.Group, settings: Callable[[], Settings], opened: Open, follower: Callable[[Settings, Engine], Follower]
) -> None:
    """Add the command."""

    @cli.command(
        epilog="\b\nExample:\n  candour redact 41 data.reason.text --basis erasure_request --as 'information officer'"
    )
    @click.argument("index", type=click.IntRange(0))
    @click.argument("fields", metavar="FIELD...", nargs=-1, required=True)
    @click.option("--basis", required=True, type=click.Choice(list(REDACTION_BASES.labels)), help="The legal basis.")
    @click.option("--as", "role", required=True, metavar="ROLE", help="The role that decides, never a name.")
    @click.option(
        "--organisation", metavar="SCHEME:ID:NAME", help="For which body. Default: the one that answers for the entry."
    )
    def redact(index: int, fields: tuple[str, ...], basis: str, role: str, organisation: str | None) -> None:
        """Remove values of entry INDEX for good, by law: from the database, the pages, the feeds and all files here.

        A FIELD is the path of an erasable value, such as data.reason.text, or of a group of them. The entry, its proofs
        and the findings stay as they are; a new entry says what kind of value went, when and on which basis. Backups,
        PostgreSQL's own files and what readers have kept lie outside: docs/operations says what to do.
        """
        chosen = settings()
        party = None if organisation is None else _party(organisation)
        with opened(chosen) as engine:
            store = Ledger(engine)
            submission = forgetting.asked(
                store, index, fields, basis=basis, decided_by=role, now=utc_now(), organisation=party
            )
            removed = forgetting.redact(store, engine, submission)
            click.echo(f"Removed, and recorded as entry {removed.entry.index}. The proofs of entry {index} still hold.")
            for where, path in removed.elsewhere:
                click.echo(f"Entry {where} holds the same text in {path}, and still shows it if it is public.")
            if not removed.is_scrubbed:
                click.echo(
                    "A program still reads an older state of the database, so its file may hold the text until that "
                    "ends. Run candour follow --once then.",
                    err=True,
                )
            _publish(chosen, engine, follower, removed.entry.index)


def _party(text: str) -> Party:
    scheme, _, rest = text.partition(":")
    identifier, _, name = rest.partition(":")
    return Party(scheme=scheme, id=identifier, name=name)


def _publish(settings: Settings, engine: Engine, make: Callable[[Settings, Engine], Follower], index: int) -> None:
    """Bring the published files up to the redaction, here or by the follower that runs; say what came of it."""
    try:
        with leading(engine, settings.signing_key) as is_leading:
            if is_leading:
                # First, because signing may be impossible at the moment, and a removal waits for no signature.
                files = Publisher(engine, settings.public_dir, Site(settings.base_url, settings.origin))
                prepare(engine, files.publications)
                files.erase()
                follower = make(settings, engine)
                follower.prepare()
                follower.step()
    except CandourError as error:
        click.echo(f"The removal stands, but it could not be sealed and published yet: {error}", err=True)
        return
    deadline = time.monotonic() + _WAIT_SECONDS
    while min(position(engine, each) for each in PROJECTIONS) <= index:
        if time.monotonic() > deadline:
            click.echo("The removal stands. The follower has not published it yet: look at its messages.", err=True)
            return
        time.sleep(_LOOK_SECONDS)
    click.echo("It is sealed, and the published files are up to date.")
