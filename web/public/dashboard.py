"""The dashboard: fifteen recommendations across all processes, with the figures beside them, as page and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Response, abort, render_template
from flask_babel import gettext as _
from sqlalchemy import Connection, func, select

from ledger.clock import england_and_wales
from ledger.sentences import say_sentence
from ledger.streams import Stream
from ledger.words import N_
from projections import board, findings, past, streams
from projections.asked import ASKED
from projections.board import Kept
from projections.entries import table as entry_table
from projections.measures.finding import RESULTS, Finding, Result
from projections.measures.rollups import PRINCIPLES
from projections.statistics import reading
from projections.statistics.faults import KINDS as FAULTS
from projections.statistics.reasons import STATES as REASON_STATES
from projections.statistics.rows import microseconds
from web import charts
from web.answers import FOR_A_MINUTE, answer, page
from web.language import voice
from web.public import asof, choosing, figures
from web.public.asof import AsOf
from web.public.blueprint import public
from web.public.choosing import FACETS, Since
from web.public.figures import SHOWN
from web.public.paging import paging
from web.public.sheets import MOST, TABLES, View, turns_asked
from web.sheet import Sheet, as_csv, as_json
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

Row = tuple[Finding | Kept, ...]


def _view(connection: Connection, seen: AsOf) -> View:
    return View(connection, choosing.chosen(connection), seen.at, england_and_wales(), voice())


@public.get("/dashboard")
def dashboard() -> Response:
    """Show which recommendations are met, breached, not evidenced or not due yet, and the figures beside them."""
    moved = asof.plain_address()
    if moved is not None:
        return moved
    with record() as connection:
        seen = asof.asked(connection)
        view = _view(connection, seen)
        part = paging(board.count(connection, view.chosen.filter), PROCESSES)
        listed = board.processes(connection, view.chosen.filter, limit=part.size, offset=part.offset)
        rows = _rows(view, listed, seen)
        counts = _counts(rows) if seen.is_past else board.counts(connection, view.chosen.filter)
        context = {
            "seen": seen,
            "said": view.said,
            "chosen": view.chosen,
            "paging": part,
            "rows": rows,
            "about": _about(view, list(rows), seen),
            "coverage": {stream: _coverage(found) for stream, found in rows.items()},
            **_sentences(counts),
            **_filters(view),
            **({} if seen.is_past else _since(view) | _figures(view)),
        }
    return page(render_template("dashboard.html", **context))


@public.get("/dashboard/<table>.<any(csv, json):form>")
def dashboard_table(table: str, form: str) -> Response:
    """Give a table of the dashboard as CSV or JSON, with the same choice of processes."""
    asked = TABLES.get(table)
    if asked is None:
        abort(404)
    with record() as connection:
        view = _view(connection, asof.asked(connection))
        part = paging(asked.count(view), MOST)
        sheet = Sheet(table, asked.columns, asked.rows(view, part.size, part.offset), part.page, part.pages)
    if form == "json":
        body = as_json(sheet, {"chosen": dict(view.chosen.parameters), "as_of": view.today})
        return answer(body, "application/json", FOR_A_MINUTE)
    made = answer(as_csv(sheet), "text/csv; charset=utf-8; header=present", FOR_A_MINUTE)
    made.headers["Content-Disposition"] = f'attachment; filename="candour-{table}.csv"'
    return made


# --- findings ---------------------------------------------------------------------------------------------------------


def _rows(view: View, listed: Sequence[Stream], seen: AsOf) -> dict[Stream, Row]:
    """Return the findings of processes: from the rows, or for the past from what was known of each then."""
    if not seen.is_past:
        return {stream: found for stream, found in board.matrix(view.connection, listed).items() if found}
    return dict(_past_rows(view, listed, seen))


def _past_rows(view: View, listed: Sequence[Stream], seen: AsOf) -> list[tuple[Stream, Row]]:
    histories = [(stream, past.history(view.connection, stream, seen.axes)) for stream in listed]
    return [
        (stream, findings.measured(history, seen.at, view.calendar)) for stream, history in histories if history.version
    ]


def _about(view: View, listed: Sequence[Stream], seen: AsOf) -> dict[Stream, tuple[str, tuple[str, ...]]]:
    """Return the title and the bodies of processes, as they were known then."""
    if seen.is_past:
        histories = (past.history(view.connection, stream, seen.axes) for stream in listed)
        found = [streams.view_of(history) for history in histories if history.version]
    else:
        found = list(streams.several(view.connection, listed).values())
    return {each.stream: (streams.title_of(each, view.said), each.bodies) for each in found}


def _counts(rows: Mapping[Stream, Row]) -> dict[int, Counter[Result]]:
    return {number: Counter(found[number - 1].result for found in rows.values()) for number in ASKED}


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


def _filters(view: View) -> dict[str, Any]:
    return {"showing": figures.showing(view.chosen), "facets": list(FACETS), "parameters": dict(view.chosen.parameters)}


def _since(view: View) -> dict[str, Any]:
    since = view.chosen.since
    if since is None:
        return {"since": None}
    asked = turns_asked(view)
    turned = board.turns(view.connection, asked, limit=SHOWN)
    return {
        "since": since,
        "turned": turned,
        "turned_titles": streams.titles(view.connection, list({each.stream for each in turned}), view.said),
        "turned_count": board.count_turns(view.connection, asked),
        "recorded_since": _recorded_since(view, since),
        "overdue_since": reading.count_overdue(view.connection, view.at, view.scope, since=since.at),
    }


def _recorded_since(view: View, since: Since) -> int:
    """Return how many entries were recorded after a moment, in the processes chosen."""
    if isinstance(since.asked, int):
        newer = entry_table.c.position > since.asked
    else:
        newer = entry_table.c.recorded > microseconds(since.at)
    query = select(func.count()).select_from(entry_table).where(newer)
    scoped = query if view.scope is None else query.where(entry_table.c.stream.in_(view.scope))
    return view.connection.scalar(scoped) or 0


def _figures(view: View) -> dict[str, Any]:
    connection, scope = view.connection, view.scope
    bids = reading.bids(connection, scope, figures.BARS)
    answers = list(reading.answers(connection, view.at, scope).values())
    steps = [each for each in reading.steps(connection, scope, SHOWN) if each[1].moves]
    overdue = reading.overdue(connection, view.at, scope, SHOWN)
    wrong = figures.put_right(view)
    late = [each for each in reading.latest(connection, scope, SHOWN) if each[1].is_late]
    shown = [*(each for each, _bid in bids), *(each for each, _step in steps), *(each for each, _lag in late)]
    shown += [*(each.stream for each in overdue), *(each.stream for each in wrong)]
    titles = streams.titles(connection, list(dict.fromkeys(shown)), view.said)
    bid_bars, answer_bars = figures.bid_bars(bids, titles), figures.answer_bars(answers, view.said)
    return {
        "overdue": [
            (each, say_sentence(each.title, view.said), each.working_days(view.at, view.calendar)) for each in overdue
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
        "figures": figures,
    }
