"""Organisations and the parts they have."""

from __future__ import annotations

from typing import Any

from flask import abort

from ledger.kinds import Json
from ledger.words import N_
from projections.organisations import SLUG, count, listed, one
from web.api import shapes
from web.api.answering import read
from web.api.parameters import Listing, part
from web.state import record, state


@read("/organisations", N_("List the organisations"), shapes.Organisations, Listing)
def organisations(asked: dict[str, Any]) -> dict[str, Json]:
    """Return organisations in the order of their names."""
    where = part(asked)
    with record() as connection:
        found, all_of_them = listed(connection, where.limit, where.offset), count(connection)
    return {
        "items": [
            {"slug": each.slug, "url": _page(each.slug), "name": each.name, "streams": each.streams} for each in found
        ],
        "count": all_of_them,
    }


@read("/organisations/<slug>", N_("Read one organisation"), shapes.Organisation)
def organisation(slug: str) -> dict[str, Json]:
    """Return one organisation with the part it has in each process and group."""
    if SLUG.fullmatch(slug) is None:
        abort(404)
    with record() as connection:
        found = one(connection, slug)
    if found is None:
        abort(404)
    return {
        "slug": found.slug,
        "url": _page(found.slug),
        "scheme": found.scheme,
        "id": found.id,
        "name": found.name,
        "spellings": list(found.spellings),
        "parts": [
            {"stream": str(each.stream), "role": each.role, "entries": each.entries, "last": each.last}
            for each in found.parts
        ],
    }


def _page(slug: str) -> str:
    return state().site.url(f"/organisations/{slug}")
