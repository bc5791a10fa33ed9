"""Organisations: each body on record, its parts, what it owes and promised, and the findings of its processes."""

from __future__ import annotations

from typing import Final

from flask import Response, abort, render_template
from sqlalchemy import Connection

from ledger.clock import england_and_wales, utc_now
from ledger.voice import Voice
from projections import board, entries, findings, organisations, present, streams
from projections.measures.finding import RESULTS
from projections.organisations import ROLES, SLUG
from projections.review.kept import owed_now, say_counts
from projections.statistics import mine
from web.answers import page
from web.language import voice
from web.public.blueprint import public
from web.public.paging import paging
from web.state import record

LISTED: Final = 100
STREAMS: Final = 10
"""Processes and groups of one body on a page."""

OWED: Final = 20
"""Rows of what a body owes on a page; the pages of the processes have all."""

LATEST: Final = 10


@public.get("/organisations/")
def organisations_list() -> Response:
    """List the organisations on record by name. Nothing ranks them."""
    with record() as connection:
        part = paging(organisations.count(connection), LISTED)
        found = organisations.listed(connection, part.size, part.offset)
    return page(render_template("organisations.html", organisations=found, paging=part))


@public.get("/organisations/<slug>")
def organisation(slug: str) -> Response:
    """Show one organisation: its part in each process, what it owes now, what it kept, and its newest entries."""
    if SLUG.fullmatch(slug) is None:
        abort(404)
    said, now = voice(), utc_now()
    with record() as connection:
        about = organisations.head(connection, slug)
        if about is None:
            abort(404)
        part = paging(about.streams, STREAMS)
        parts = organisations.parts_of(connection, slug, part.size, part.offset)
        shown = list(dict.fromkeys(each.stream for each in parts))
        named = streams.titles(connection, shown, said)
        owed = mine.owed_by(connection, slug, shown, now, OWED)
        assessed = {stream: found for stream, found in board.matrix(connection, shown).items() if found}
        latest = _latest(connection, slug, said)
        chosen = board.chosen_by(connection, "organisation", about.values)
    return page(
        render_template(
            "organisation.html",
            about=about,
            parts=parts,
            roles=ROLES,
            results=RESULTS.labels,
            titles=named,
            shown=shown,
            paging=part,
            owed=owed_now(owed.waiting, named, now, england_and_wales(), said),
            owed_more=owed.all_waiting - len(owed.waiting),
            chosen=chosen,
            said=said,
            states=say_counts(owed.states, said),
            answers=owed.answers,
            latest=latest,
            assessed=assessed,
            word=lambda finding: findings.result_word(finding, said),
        )
    )


def _latest(connection: Connection, slug: str, said: Voice) -> list[tuple[str, present.Listed]]:
    """Return the newest entries that name the body, each with the day of its recording."""
    indexes = organisations.newest(connection, slug, LATEST)
    views = [view for index in indexes if (view := entries.one(connection, index)) is not None]
    return [(said.day(present.recorded_day(view.entry)), present.listed(view, said)) for view in views]
