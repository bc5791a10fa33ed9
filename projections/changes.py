"""The newest changes as a person wants them: entries one by one, and each import as one, however long it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from ledger.codes import STANDINGS
from ledger.voice import Voice
from ledger.words import N_
from projections import entries, present
from projections.entries import EntryView
from projections.publications.membership import item_table, run_table
from projections.turns import instant


@dataclass(frozen=True, slots=True)
class Import:
    """Entries of one standing that came one after another; `recorded` is when the last of them came (UTC)."""

    first: int
    last: int
    count: int
    standing: str
    recorded: datetime

    def headline(self, voice: Voice) -> str:
        """Say in one line what it was."""
        return voice.words(
            N_("%(standing)s: entries %(first)s to %(last)s"),
            standing=voice.words(STANDINGS.labels[self.standing]),
            first=voice.number(self.first),
            last=voice.number(self.last),
        )


Change = EntryView | Import


def newest(connection: Connection, limit: int) -> tuple[list[Change], int | None]:
    """Return the newest changes, as the feed `changes` has them, the one that grew last first.

    With them comes the entry before which older ones are found; None where there are none.
    """
    rows = item_table.c
    query = select(rows.item).where(rows.feed == "changes").order_by(rows.number.desc()).limit(limit + 1)
    found = [name.split("/") for name in connection.scalars(query)]
    names = found[:limit]
    firsts = [int(first) for about, first in names if about == "import"]
    runs = connection.execute(select(run_table).where(run_table.c.first.in_(firsts))).all()
    single = [row.first for row in runs if row.entries == 1]
    views = entries.several(connection, [*(int(index) for about, index in names if about == "entry"), *single])
    imports = [
        Import(row.first, row.last, row.entries, row.standing, instant(row.recorded)) for row in runs if row.entries > 1
    ]
    older = min(int(first) for _, first in names) if len(found) > limit else None
    return sorted([*views.values(), *imports], key=_last_of, reverse=True), older


def _last_of(change: Change) -> int:
    return change.last if isinstance(change, Import) else change.entry.index


def listed(change: Change, voice: Voice) -> present.Listed | Import:
    """Return a change as one item of a list."""
    return change if isinstance(change, Import) else present.listed(change, voice)
