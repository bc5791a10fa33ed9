"""`candour import ledger`: the entries that another ledger exported, read into an empty one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import Engine

from ledger.clock import utc_now
from ledger.errors import Refused, Unavailable, Wrong
from ledger.ocds.restore import Restored, entries_of, restore
from ledger.store import Ledger
from ledger.words import N_

_SHOWN: Final = 20

Opened = Callable[[], AbstractContextManager[Engine]]


def restore_command(opened: Opened) -> click.Command:
    """Return the command. `opened` opens the ledger's database."""

    @click.command(name="ledger", epilog="\b\nExample:\n  candour import ledger releases.jsonl")
    @click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    def ledger(file: Path) -> None:
        """Read what `candour export ocds` wrote, a package or lines, into an empty ledger.

        Every entry is recorded again on the word on which it was recorded, with who said so. What is not public in the
        other ledger stays there; the answer names it.
        """
        told = entries_of(_releases(file))
        with opened() as engine:
            store = Ledger(engine)
            if store.head().size:
                raise Refused(N_("This ledger holds entries already. Read into an empty one: candour init."))
            counts = Restored()
            for counts in restore(told, store.record, utc_now):  # noqa: B007 - the last counts are told
                pass
        for number, why in counts.left[:_SHOWN]:
            click.echo(f"Entry {number} stays there: {why}", err=True)
        click.echo(f"{counts.found} entries = {counts.recorded} recorded + {len(counts.left)} not taken over")

    return ledger


def _releases(file: Path) -> Iterator[dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8")
        try:
            whole = json.loads(text)
            found = whole["releases"] if isinstance(whole, dict) and "releases" in whole else [whole]
        except json.JSONDecodeError:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except OSError as error:
        raise Unavailable(
            N_("%(file)s cannot be read: %(error)s."), file=file, error=error.strerror or error
        ) from error
    except (ValueError, RecursionError) as error:
        raise Wrong(N_("%(file)s is neither a package of releases nor lines of them."), file=file) from error
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Wrong(N_("%(file)s is neither a package of releases nor lines of them."), file=file)
    yield from found
