"""The tables of the dashboard."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ledger.clock import england_and_wales
from ledger.kinds import Json
from ledger.when import instant_text
from ledger.words import N_
from web.api import shapes
from web.api.answering import read
from web.api.parameters import ListingOfProcesses, chosen, part
from web.language import voice
from web.people.access import people
from web.public.choosing import Chosen
from web.public.sheets import TABLES, View
from web.sheet import Value
from web.state import record


@read(
    f"/statistics/<any({', '.join(TABLES)}):name>",
    N_("Read a table of the dashboard"),
    shapes.Table,
    ListingOfProcesses,
)
def statistics(asked: dict[str, Any], name: str) -> dict[str, Json]:
    """Return one table over the chosen processes. Days are calendar days unless named working days."""
    table, where, now = TABLES[name], part(asked), people().clock()
    with record() as connection:
        view = View(connection, Chosen(chosen(asked), None, {}, {}), now, england_and_wales(), voice())
        rows, count = table.rows(view, where.limit, where.offset), table.count(view)
    return {
        "table": name,
        "columns": list(table.columns),
        "rows": [dict(zip(table.columns, map(_plain, row), strict=True)) for row in rows],
        "count": count,
        "at": instant_text(now),
    }


def _plain(value: Value) -> Json:
    match value:
        case datetime():
            return instant_text(value)
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            return value
