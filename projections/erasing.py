"""How far a removal by law has come: out of the published files, and said by an entry that is public."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from sqlalchemy import Connection, func, inspect, select

from ledger.kinds import CodeList
from ledger.words import N_
from projections import entries
from projections.publications.publisher import stale_table, state_table

State = Literal["writing", "unsealed", "done"]

STATES: Final = CodeList(
    "how far a removal has come",
    {
        "writing": N_("Gone from the database and the pages. Published files: see above."),
        "unsealed": N_("Gone from the database, the pages and the published files. The log says so soon."),
        "done": N_("Done: gone from the database, the pages and the published files."),
    },
)


def states(connection: Connection, redactions: Sequence[int]) -> dict[int, State]:
    """Return how far each redaction has come, by the number of its entry.

    While any file waits to be written it counts as not done: which of them hold what was removed is not kept.
    """
    clean, public = _clean(connection), entries.size(connection)
    return {each: "writing" if each >= clean else "unsealed" if each >= public else "done" for each in redactions}


def _clean(connection: Connection) -> int:
    """Return how many entries have been looked at for removals, and nothing waits to be written; else 0."""
    if not inspect(connection).has_table(state_table.name):
        return 0  # nobody has followed this record yet
    looked = [max(each.looked, each.position) for each in connection.execute(select(state_table))]
    waiting = connection.scalar(select(func.count()).select_from(stale_table).where(stale_table.c.written == 0))
    return 0 if waiting else min(looked, default=0)
