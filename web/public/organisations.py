"""Organisations: each body on record, its parts, what it owes and promised, and the findings of its processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from flask import Response, abort, render_template
from flask_babel import gettext as _
from sqlalchemy import Connection

from ledger.clock import england_and_wales, utc_now
from ledger.obligations import Obligation
from ledger.process import History
from ledger.streams import Stream
from ledger.voice import Voice
from projections import board, entries, findings, organisations, present, streams
from projections.findings import Assessed
from projections.follow import load_history
from projections.measures.finding import RESULTS
from projections.organisations import ROLES, SLUG, Organisation
from projections.review.kept import owed_by, owed_section, say_states
from projections.telling import Line, Section, Teller
from web.answers import page
from web.language import voice
from web.public.blueprint import public
from web.public.paging import paging
from web.state import record

LISTED: Final = 100
STREAMS: Final = 20
"""Processes and groups of one body on a page: each is read and measured when the page is."""

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
    said, now, calendar = voice(), utc_now(), england_and_wales()
    with record() as connection:
        about = organisations.one(connection, slug)
        if about is None:
            abort(404)
        part = paging(len(about.streams), STREAMS)
        shown = about.streams[part.offset : part.offset + part.size]
        named = streams.titles(connection, shown, said)
        histories = [load_history(connection, stream) for stream in shown]
        latest = _latest(connection, about, said)
        chosen = _chosen(connection, about)
    owed = [(history, owed_by(history, slug, now, calendar)) for history in histories]
    everything = [each for _history, mine in owed for each in mine]
    return page(
        render_template(
            "organisation.html",
            about=about,
            roles=ROLES,
            results=RESULTS.labels,
            titles=named,
            shown=shown,
            paging=part,
            owed=_owed_now(owed, named, said),
            chosen=chosen,
            said=said,
            states=say_states(everything, said),
            answers=[len(_in_time(everything)), len(_fell_due(everything))],
            latest=latest,
            assessed=[
                (Assessed(each.stream, findings.measured(each, now, calendar)))
                for each in histories
                if each.stream.kind == "process"
            ],
            word=lambda finding: findings.result_word(finding, said),
        )
    )


def _latest(connection: Connection, about: Organisation, said: Voice) -> list[tuple[str, present.Listed]]:
    """Return the newest entries that name the body, each with the day of its recording."""
    indexes = sorted({each.last for each in about.parts}, reverse=True)[:LATEST]
    views = [view for index in indexes if (view := entries.one(connection, index)) is not None]
    return [(said.day(present.recorded_day(view.entry)), present.listed(view, said)) for view in views]


def _chosen(connection: Connection, about: Organisation) -> str | None:
    """Return what chooses the body's own processes on the dashboard; None where it is responsible for none."""
    values = {each.value.casefold(): each.value for each in board.choices(connection, "organisation")}
    is_numbered = about.scheme is not None and about.id is not None
    asked = f"{about.scheme}:{about.id}" if is_numbered else about.name
    return values.get(asked.casefold())


def _owed_now(owed: list[tuple[History, list[Obligation]]], named: Mapping[Stream, str], said: Voice) -> Section:
    """Return one table of what is overdue or open, process by process: who owes it goes without saying here."""
    now, calendar = utc_now(), england_and_wales()
    tables = []
    for history, mine in owed:
        waiting = [each for each in mine if each.state in {"overdue", "open"} and each.is_owed]
        tables.append((named[history.stream], owed_section(Teller(history, said), waiting, now, calendar)))
    first = tables[0][1]
    return replace(
        first,
        columns=(first.columns[0], _("About"), *first.columns[2:]),
        rows=tuple((row[0], (Line(title),), *row[2:]) for title, table in tables for row in table.rows),
    )


def _fell_due(owed: list[Obligation]) -> list[Obligation]:
    return [each for each in owed if each.kind == "question" and (each.state == "in_time" or each.lapsed)]


def _in_time(owed: list[Obligation]) -> list[Obligation]:
    return [each for each in _fell_due(owed) if each.state == "in_time"]
