"""The pages: what has changed, and the processes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from flask import Response, jsonify, render_template
from sqlalchemy import Connection

from ledger.clock import england_and_wales, utc_now
from ledger.codes import STANDINGS
from ledger.vocabulary import STAGES
from ledger.when import LONDON
from projections import entries, present, streams
from projections.changes import Change, Import, listed
from projections.changes import newest as newest_changes
from projections.entries import EntryView
from projections.lately import lately
from projections.promised import owed_as_shown
from projections.statistics import reading
from web.answers import page
from web.language import voice
from web.public.blueprint import public
from web.public.paging import asked_index, paging
from web.state import record

CHANGES: Final = 50
"""Entries on one page of changes."""

OVERDUE: Final = 5
"""What is owed longest, on the first page; the dashboard has all of it."""

PROCESSES: Final = 50
GROUPS: Final = 50

LATELY: Final = timedelta(days=14)
"""What the counts on the first page are about."""


@public.get("/")
def changes() -> Response:
    """Show what changed last, each import in one line; or, one by one, the entries before an entry."""
    said, before, now = voice(), asked_index("before"), utc_now()
    with record() as connection:
        shown, older = _changes(connection, before)
        longest = reading.overdue(connection, now, None, OVERDUE) if before is None else []
        told = {each.entry.stream for each in shown if isinstance(each, EntryView)} | {each.stream for each in longest}
        named = streams.titles(connection, sorted(told), said)
        owed = owed_as_shown(connection, ((each.id, each.title) for each in longest), said)
        counts = lately(connection, now - LATELY) if before is None else None
        overdue = reading.count_overdue(connection, now) if before is None else 0
        processes = streams.count(connection, "process")
    days = [
        (present.weekday(day, said), [listed(each, said) for each in changed])
        for day, changed in groupby(shown, _recorded_day)
    ]
    return page(
        render_template(
            "changes.html",
            days=days,
            titles=named,
            older=older,
            counts=counts,
            overdue=overdue,
            longest=[
                (each, what, each.working_days(now, england_and_wales()))
                for each, what in zip(longest, owed, strict=True)
            ],
            said=said,
            processes=processes,
            lately=LATELY.days,
        )
    )


def _changes(connection: Connection, before: int | None) -> tuple[Sequence[Change], int | None]:
    """Return changes, and the entry before which older ones are found."""
    if before is None:
        return newest_changes(connection, CHANGES)
    found = entries.newest(connection, CHANGES + 1, before=before)
    return found[:CHANGES], found[CHANGES - 1].entry.index if len(found) > CHANGES else None


def _recorded_day(change: Change) -> date:
    recorded = change.recorded if isinstance(change, Import) else change.entry.recorded
    return recorded.astimezone(LONDON).date()


@public.get("/processes/")
def processes() -> Response:
    """List the processes, those with the newest entries first."""
    with record() as connection:
        part = paging(streams.count(connection, "process"), PROCESSES)
        found = streams.listed(connection, "process", part.size, part.offset)
        groups = streams.listed(connection, "group", GROUPS) if part.page == 1 else []
        named = streams.titles(connection, [each.stream for each in (*found, *groups)], voice())
    return page(
        render_template(
            "processes.html",
            processes=found,
            groups=groups,
            titles=named,
            paging=part,
            stages=STAGES.labels,
            standings=STANDINGS.labels,
        )
    )


@public.get("/health")
def health() -> Response:
    """Say that the record can be read, and how many entries it holds; 503 where it cannot."""
    with record() as connection:
        response = jsonify(status="ok", entries=entries.size(connection))
    response.headers["Cache-Control"] = "no-store"
    return response
