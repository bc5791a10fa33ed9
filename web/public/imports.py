"""What was taken in from official releases: what could not be, and what a release says otherwise than those before."""

from __future__ import annotations

import csv
import json
import zlib
from io import StringIO
from typing import Final

from flask import Response, abort, render_template
from sqlalchemy import select

from ledger.database import import_difference
from ledger.ocds import quarantine
from projections.cells import harmless
from web.answers import ALWAYS_ASK, FOR_A_MINUTE, answer, open_data, page
from web.language import voice
from web.public.blueprint import public
from web.public.paging import paging
from web.state import record

SHOWN: Final = 50
MOST_ROWS: Final = 10_000
"""So many rows, the newest, are in a file."""

_COLUMNS: Final = ("number", "file", "position", "reason", "found")


@public.get("/imports/quarantine")
def quarantined() -> Response:
    """Show what could not be taken in: the file, the position in it, and the reason. Never what it holds."""
    said = voice()
    with record() as connection:
        count = quarantine.count(connection)
        part = paging(count, SHOWN)
        held = quarantine.listed(connection, part.size, part.offset)
    rows = [(each.file, said.number(each.position), each.say(said)) for each in held]
    return page(render_template("quarantine.html", rows=rows, count=count, paging=part))


def _rows() -> list[tuple[object, ...]]:
    said = voice()
    with record() as connection:
        held = quarantine.listed(connection, MOST_ROWS)
    return [(each.number, each.file, each.position, each.say(said), each.found.isoformat()) for each in held]


@public.get("/imports/quarantine.json")
def quarantined_as_json() -> Response:
    """Return the same as JSON, the newest 10,000."""
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in _rows()]
    return open_data(answer(json.dumps(rows, ensure_ascii=False), "application/json", ALWAYS_ASK))


@public.get("/imports/quarantine.csv")
def quarantined_as_csv() -> Response:
    """Return the same as CSV. What a spreadsheet would take for a formula has a ' before it."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows(map(harmless, row) for row in _rows())
    return open_data(answer(text.getvalue(), "text/csv; charset=utf-8", ALWAYS_ASK))


@public.get("/imports/differences/<digest>.json")
def difference(digest: str) -> Response:
    """Return the document that an entry on a release names by its digest: what it says otherwise."""
    query = select(import_difference.c.content).where(import_difference.c.sha256 == digest)
    with record() as connection:
        content = connection.scalar(query)
    if content is None:
        abort(404)
    if not content:
        abort(410)
    return open_data(answer(zlib.decompress(content), "application/json", FOR_A_MINUTE))
