"""The lists of processes, advisory groups and organisations as data: the rows of their pages, in the same order."""

from __future__ import annotations

from typing import Final

from flask import Response
from flask_babel import gettext as _

from ledger.vocabulary import StreamKind
from projections import organisations, present, streams
from web.answers import table
from web.language import voice
from web.public.blueprint import public
from web.public.paging import paging
from web.sheet import Sheet
from web.state import record, state

MOST: Final = 1_000
"""Rows in one file; more are on further pages."""

STREAM_COLUMNS: Final = (
    *("reference", "title", "bodies", "service_area", "prisons", "stage"),
    *("closed", "entries", "first_entry", "newest_entry", "address"),
)
BODY_COLUMNS: Final = ("slug", "name", "processes_and_groups", "address")


@public.get("/<any(processes, groups):listed>.<any(csv, json):form>")
def streams_data(listed: str, form: str) -> Response:
    """Return the processes or the advisory groups, those with the newest entries first."""
    kind: StreamKind = "process" if listed == "processes" else "group"
    with record() as connection:
        part = paging(streams.count(connection, kind), MOST)
        found = streams.listed(connection, kind, part.size, part.offset)
    rows = [
        (
            each.stream.reference,
            streams.title_of(each, voice()),
            _("; ").join(each.bodies),
            each.service_area,
            " ".join(each.prisons),
            each.stage,
            each.closed,
            each.entries,
            each.first,
            each.last,
            state().site.url(present.path_of(each.stream)),
        )
        for each in found
    ]
    return table(Sheet(listed, STREAM_COLUMNS, rows, part.page, part.pages), form)


@public.get("/organisations.<any(csv, json):form>")
def organisations_data(form: str) -> Response:
    """Return the organisations on record, by name."""
    with record() as connection:
        part = paging(organisations.count(connection), MOST)
        found = organisations.listed(connection, part.size, part.offset)
    rows = [(each.slug, each.name, each.streams, state().site.url(f"/organisations/{each.slug}")) for each in found]
    return table(Sheet("organisations", BODY_COLUMNS, rows, part.page, part.pages), form)
