"""The dashboard: fifteen recommendations across all processes, with the figures beside them, as page and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from flask import Response, abort, render_template
from flask_babel import gettext as _
from sqlalchemy import Connection, func, select

from ledger.clock import england_and_wales
from ledger.streams import Stream
from ledger.words import N_
from projections import board, findings, past, streams
from projections.asked import ASKED
from projections.entries import table as entry_table
from projections.measures.finding import RESULTS, Result
from projections.measures.rollups import PRINCIPLES
from projections.promised import owed_as_shown
from projections.statistics import reading
from projections.statistics.faults import KINDS as FAULTS
from projections.statistics.reasons import STATES as REASON_STATES
from projections.statistics.rows import microseconds
from projections.streams import Named, StreamView
from web import answers, charts
from web.answers import page
from web.language import voice
from web.public import asof, choosing, figures, turned
from web.public.asof import AsOf
from web.public.blueprint import public
from web.public.choosing import FACETS, Since
from web.public.figures import SHOWN
from web.public.paging import Paging, paging
from web.public.sheets import MOST, OF_THE_PAST, TABLES, Row, View, turns_asked
from web.sheet import Sheet
from web.state import record

PROCESSES: Final = 50
"""Processes on one page of the matrix."""

STRIP: Final = 40
"""Up to so many processes each have a symbol beside the sentence; beyond, the sentence alone has room for them."""

_SHORT: Final = {
    1: N_("Market engagement"),
    2: N_("Market stewardship"),
    3: N_("Equality"),
    4: N_("High quality services"),
    5: N_("Users"),
}
"""The core principles in as few letters as there is room for above their columns."""


def _view(connection: Connection, seen: AsOf) -> View:
    then = asof.moment(connection, seen)
    return View(connection, choosing.chosen(connection), seen.at, england_and_wales(), voice(), then)


@public.get("/dashboard")
def dashboard() -> Response:
    """Show which recommendations are met, breached, not evidenced or not due yet, and the figures beside them."""
    moved = asof.plain_address()
    if moved is not None:
        return moved
    with record() as connection:
        seen = asof.asked(connection)
        view = _view(connection, seen)
        shown = _measured(view, seen) if seen.is_past and view.then is None else _kept(view)
        context = {
            "seen": seen,
            "said": view.said,
            "axes": asof.AXES,
            "chosen": view.chosen,
            "paging": shown.paging,
            "rows": shown.rows,
            "about": {each: (streams.title_of(named, view.said), named.bodies) for each, named in shown.named.items()},
            "coverage": {stream: _coverage(found) for stream, found in shown.rows.items()},
            "is_part": shown.is_part,
            "figures": figures,
            **_sentences(shown.counts),
            **_filters(view, seen),
            **_since(view, is_past=seen.is_past),
            **({} if seen.is_past else _figures(view)),
        }
    return page(render_template("dashboard.html", links=_links(context), **context))


def _links(context: Mapping[str, Any]) -> list[tuple[str, str, int | None]]:
    """Return what is on the page: anchor, heading, and how much where that says something."""
    since = [("since-then", _("What changed"), None)] if context["since"] else []
    findings_of_all = [
        ("recommendations", _("Each recommendation in a sentence"), None),
        ("matrix", _("Every process, every recommendation"), context["processes"]),
    ]
    if context["seen"].is_past:
        return [*since, *findings_of_all]
    return [
        *since,
        findings_of_all[0],
        ("overdue", _("Overdue now"), context["overdue_count"]),
        findings_of_all[1],
        ("bids", _("Time to bid"), None),
        ("answers", _("Answers in time"), None),
        ("timetables", _("Timetables"), None),
        ("reasons", _("Reasons"), None),
        ("errors", _("Errors"), None),
        ("recording", _("Late recording"), None),
    ]


@public.get("/dashboard/<table>.<any(csv, json):form>")
def dashboard_table(table: str, form: str) -> Response:
    """Give a table of the dashboard as CSV or JSON, with the same choice of processes."""
    asked = TABLES.get(table)
    if asked is None:
        abort(404)
    with record() as connection:
        seen = asof.asked(connection)
        view = _view(connection, seen)
        if seen.is_past and (view.then is None or table not in OF_THE_PAST):
            _refuse_the_past(seen)
        part = paging(asked.count(view), MOST)
        sheet = Sheet(table, asked.columns, asked.rows(view, part.size, part.offset), part.page, part.pages)
    about = {"chosen": dict(view.chosen.parameters), "as_of": view.today, "seen": seen.parameters}
    return answers.table(sheet, form, about)


def _refuse_the_past(seen: AsOf) -> NoReturn:
    axes = ", ".join(f"{axis}=" for axis in seen.points)
    asof.refuse(_("This table is only of the present. Leave out %(axes)s.", axes=axes))


# --- findings ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shown:
    """The findings of the processes on this page, and the counts: of all processes chosen, or of this part alone."""

    paging: Paging
    rows: Mapping[Stream, Row]
    named: Mapping[Stream, StreamView | Named]
    counts: Mapping[int, Counter[Result]]
    is_part: bool = False


def _kept(view: View) -> _Shown:
    """Return the findings of the rows, for the present or as known at a moment."""
    part = paging(view.count(), PROCESSES)
    listed = view.processes(part.size, part.offset)
    rows = {stream: found for stream, found in view.matrix(listed).items() if found}
    return _Shown(part, rows, view.named(list(rows)), view.counts())


def _measured(view: View, seen: AsOf) -> _Shown:
    """Return findings on what had happened or been published by a day: of them no rows are kept, so they are measured.

    That takes each process's entries, so no more than this page of processes is counted.
    """
    part = paging(view.count(), PROCESSES)
    listed = view.processes(part.size, part.offset)
    read = [past.history(view.connection, stream, seen.axes) for stream in listed]
    histories = [history for history in read if history.version]
    rows = {each.stream: findings.measured(each, seen.at, view.calendar) for each in histories}
    named = {each.stream: streams.view_of(each) for each in histories}
    counts = {number: Counter(found[number - 1].result for found in rows.values()) for number in ASKED}
    return _Shown(part, rows, named, counts, is_part=part.pages > 1)


def _coverage(found: Row) -> tuple[int, int]:
    """Return how many findings are decided, of how many that are due (domain 1.2, evidence coverage)."""
    results = Counter(each.result for each in found)
    due = len(found) - results["not_applicable"] - results["pending"]
    return results["met"] + results["breached"] + results["breached_explained"], due


def _sentences(counts: Mapping[int, Counter[Result]]) -> dict[str, Any]:
    total: Counter[Result] = sum(counts.values(), Counter())
    processes = max((each.total() for each in counts.values()), default=0)
    return {
        "processes": processes,
        "total": total,
        "sentences": [
            (
                number,
                asked,
                counts[number],
                figures.say_results(counts[number]),
                figures.strip(counts[number]) if processes <= STRIP else [],
            )
            for number, asked in ASKED.items()
        ],
        "results": RESULTS.labels,
        "principles": [(_SHORT[number], numbers) for number, (_title, numbers) in PRINCIPLES.items()],
        "asked": ASKED,
        "result_word": findings.result_word,
    }


# --- what the page shows besides --------------------------------------------------------------------------------------


def _filters(view: View, seen: AsOf) -> dict[str, Any]:
    parameters = dict(view.chosen.parameters)
    return {
        "showing": figures.showing(view.chosen),
        "facets": list(FACETS),
        "parameters": parameters,
        "query": parameters | seen.parameters,
    }


def _since(view: View, *, is_past: bool) -> dict[str, Any]:
    since = view.chosen.since
    if since is None or (is_past and view.then is None):
        return {"since": None}
    asked = turns_asked(view)
    groups = turned.groups(board.turns(view.connection, asked, limit=turned.READ))
    shown = groups[:SHOWN]
    return {
        "since": since,
        "turned": shown,
        "turned_more": len(groups) > SHOWN,
        "turned_to": board.turned_to(view.connection, asked),
        "turned_titles": {
            stream: streams.title_of(named, view.said)
            for stream, named in view.named(list({each.stream for each in shown})).items()
        },
        "turned_by": turned.headlines(view.connection, shown, view.said),
        "recorded_since": _recorded_since(view, since),
        "overdue_since": None
        if is_past
        else reading.count_overdue(view.connection, view.at, view.scope, since=since.at),
    }


def _recorded_since(view: View, since: Since) -> int:
    """Return how many entries were recorded after a moment, in the processes chosen."""
    if isinstance(since.asked, int):
        newer = entry_table.c.position > since.asked
    else:
        newer = entry_table.c.recorded > microseconds(since.at)
    query = select(func.count()).select_from(entry_table).where(newer)
    query = query if view.then is None else query.where(entry_table.c.position <= view.then.newest)
    scoped = query if view.scope is None else query.where(entry_table.c.stream.in_(view.scope))
    return view.connection.scalar(scoped) or 0


def _figures(view: View) -> dict[str, Any]:
    connection, scope = view.connection, view.scope
    bids = reading.bids(connection, scope, figures.BARS)
    answers = list(reading.answers(connection, view.at, scope).values())
    steps = [each for each in reading.steps(connection, scope, SHOWN) if each[1].moves]
    overdue = reading.overdue(connection, view.at, scope, SHOWN)
    owed = owed_as_shown(connection, ((each.id, each.title) for each in overdue), view.said)
    wrong = figures.put_right(view)
    late = [each for each in reading.latest(connection, scope, SHOWN) if each[1].is_late]
    shown = [*(each for each, _bid in bids), *(each for each, _step in steps), *(each for each, _lag in late)]
    shown += [*(each.stream for each in overdue), *(each.stream for each in wrong)]
    titles = streams.titles(connection, list(dict.fromkeys(shown)), view.said)
    bid_bars, answer_bars = figures.bid_bars(bids, titles), figures.answer_bars(answers, view.said)
    return {
        "overdue": [
            (each, what, each.working_days(view.at, view.calendar)) for each, what in zip(overdue, owed, strict=True)
        ],
        "overdue_count": reading.count_overdue(connection, view.at, scope),
        "bids": bids,
        "bid_charts": (charts.wide(bid_bars), charts.narrow(bid_bars)),
        "verdicts": reading.verdicts(connection, scope),
        "answers": answers,
        "answer_charts": (charts.wide(answer_bars), charts.narrow(answer_bars)),
        "date_sentences": figures.say_dates(reading.dates(connection, view.today, scope), view.said),
        "steps": steps,
        "reasons": reading.reasons(connection, scope),
        "without_reason": reading.reasons_in_state(connection, "not_given", scope, SHOWN),
        "reason_states": REASON_STATES.labels,
        "reason_columns": [_("Kind of entry"), *map(view.said.words, REASON_STATES.labels.values())],
        "wrong": wrong,
        "wrong_counts": reading.fault_counts(connection, scope),
        "fault_labels": FAULTS.labels,
        "lateness": reading.lateness(connection, scope),
        "lateness_of_all": reading.lateness_of_all(connection, scope),
        "late": late,
        "named": titles,
    }
