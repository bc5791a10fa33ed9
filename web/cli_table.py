"""`candour import csv KIND FILE`: the entries of a table, all or none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from ledger.actions import KINDS
from ledger.codes import STANDINGS
from ledger.store import Ledger
from ledger.voice import ENGLISH
from web.record.table import MOST_BYTES, Unusable, read, submissions
from web.record.writing import record_table, try_table
from web.recording import require_changes_no_key

Opened = Callable[[], AbstractContextManager[Engine]]

_EXAMPLE = """\b
Example:
  candour import csv clarification-question-received questions.csv \\
    --stream process/family-services --organisation GB-GOR:D18:'Ministry of Justice' --role 'procurement lead'"""


def csv_command(opened: Opened) -> click.Command:
    """Return the command. `opened` opens the ledger's database."""

    @click.command(name="csv", epilog=_EXAMPLE)
    @click.argument("kind")
    @click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
    @click.option("--stream", required=True, metavar="STREAM", help="Where they belong: process/REFERENCE.")
    @click.option("--organisation", required=True, metavar="SCHEME:ID:NAME", help="Who answers for them.")
    @click.option("--role", required=True, metavar="TEXT", help="The role in it, never a name.")
    @click.option("--standing", type=click.Choice(list(STANDINGS.labels)), default="act", show_default=True)
    @click.option("--dry-run", is_flag=True, help="Only say what is wrong, or what would be recorded.")
    def csv(kind: str, file: Path, organisation: str, role: str, *, dry_run: bool, **envelope: Any) -> None:
        """Record each line of a CSV file as an entry of KIND; all of them, or none where a cell is wrong.

        Columns are matched by the names or the labels of fields (`candour kinds --json`). Safe to repeat: what is on
        record already in the same words is not recorded again.
        """
        declared = next((each for name, each in KINDS.items() if kind in {name, name.rpartition(".")[0]}), None)
        if declared is None:
            raise click.UsageError(f"There is no kind of entry {kind!r}. `candour kinds` lists them.")
        require_changes_no_key(declared)
        scheme, _, rest = organisation.partition(":")
        identifier, _, name = rest.partition(":")
        by = {"organisation": {"scheme": scheme, "id": identifier, "name": name}, "role": role}
        try:
            with file.open("rb") as source:
                cells = read(source.read(MOST_BYTES + 1))
            lines = submissions(declared, cells, envelope | {"by": by}, ENGLISH)
            with opened() as engine:
                if dry_run:
                    new, known = try_table(Ledger(engine), lines)
                    click.echo(f"{new} entries would be recorded; {known} are on record already.")
                    return
                made, known = record_table(Ledger(engine), lines)
        except Unusable as unusable:
            for fault in unusable.faults:
                click.echo(f"{_place(fault.line, fault.column)}{ENGLISH.error(fault.error)}", err=True)
            click.echo("Nothing was recorded.", err=True)
            raise SystemExit(1) from None
        click.echo(f"{len(made)} entries were recorded; {known} were on record already.")

    return csv


def _place(line: int, column: str) -> str:
    if not line:
        return ""
    return f"Line {line}, column {column!r}: " if column else f"Line {line}: "
