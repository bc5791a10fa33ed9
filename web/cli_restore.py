"""`candour backup` and `candour restore`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine, make_url

from ledger.clock import utc_now
from ledger.database import connect, scrub
from ledger.errors import Conflict, Refused
from ledger.keys import SigningKey, key_of
from ledger.restoring import Restored, back_up
from ledger.restoring import restore as restore_log
from ledger.settings import Settings
from projections.follower import leading

Open = Callable[[Settings], AbstractContextManager[Engine]]

_SHOWN = 20


def put_restoring(cli: click.Group, settings: Callable[[], Settings], opened: Open) -> None:
    """Add both commands."""

    @cli.command(epilog="\b\nExample:\n  candour backup backups/2026-03-02.db")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    def backup(file: Path) -> None:
        """Write a copy of the whole database to FILE, while the ledger runs.

        It holds what is not public too, so keep it as the ledger itself is kept, and apart from the signing key. A
        value that is removed by law stays in older backups until they are destroyed.
        """
        with opened(settings()) as engine:
            size = back_up(engine, file)
        click.echo(f"{file} holds the ledger with {size} entries.")

    @cli.command(epilog="\b\nExample:\n  candour restore backups/2026-03-02.db")
    @click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--replace", "is_replacing", is_flag=True, help="Put the present database aside.")
    def restore(file: Path | None, is_replacing: bool) -> None:  # noqa: FBT001 - click passes flags so
        """Put a backup in place and bring it up to what was published since; stop the ledger before.

        Entries that the backup lacks come out of the published files, redactions among them are applied again, and
        values that nobody has any more are listed. A backup with which the log would be forked is refused. Without
        FILE, the database that is in place is brought up to date, as after pg_restore.
        """
        chosen = settings()
        key = key_of(chosen)
        engine = connect(chosen.database_url)
        try:
            with leading(engine, key.path) as is_leading:
                if not is_leading:
                    raise Conflict("The ledger is running. Stop candour serve or candour follow, then restore.")
                done = _restore(chosen, key, opened) if file is None else _put(chosen, key, opened, file, is_replacing)
        finally:
            engine.dispose()
        _tell(done)


def _put(chosen: Settings, key: SigningKey, opened: Open, file: Path, is_replacing: bool) -> Restored:  # noqa: FBT001 - a flag of the command
    url = make_url(chosen.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise Refused("This database is PostgreSQL: run pg_restore first, then candour restore without a file.")
    place = Path(url.database)
    if place.exists() and not is_replacing:
        raise Conflict(
            "There is a database at %(file)s already. Give --replace if the backup is to take its place.", file=place
        )
    staged = place.with_name(f"{place.name}.restoring")
    _remove(staged)
    staged.touch(mode=0o600)
    shutil.copyfile(file, staged)
    done = _restore(replace(chosen, database_url=f"sqlite:///{staged}"), key, opened)
    if place.exists():
        _set_aside(place)
    staged.rename(place)
    return done


def _restore(chosen: Settings, key: SigningKey, opened: Open) -> Restored:
    with opened(chosen) as engine:
        done = restore_log(engine, key, chosen.public_dir, utc_now())
        scrub(engine)
    return done


def _set_aside(place: Path) -> None:
    aside = place.with_name(f"{place.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    for ending in ("-wal", "-shm", ""):
        part = place.with_name(f"{place.name}{ending}")
        if part.exists():
            part.rename(aside.with_name(f"{aside.name}{ending}"))
    click.echo(f"The database that was in place is now {aside}. Destroy it once it is not needed.")


def _remove(staged: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        staged.with_name(f"{staged.name}{ending}").unlink(missing_ok=True)


def _tell(done: Restored) -> None:
    click.echo(f"The ledger holds {done.after} entries; {done.after - done.before} came from the published files.")
    for index in done.redactions:
        click.echo(f"Entry {index} removes values by law, and they are removed here again.")
    for index, count in list(done.lost.items())[:_SHOWN]:
        click.echo(f"Lost: {count} values of entry {index}. Its proof still holds.")
    if len(done.lost) > _SHOWN:
        click.echo(f"Lost: {sum(done.lost.values())} values of {len(done.lost)} entries in all.")
