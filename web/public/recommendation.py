"""One recommendation: what the paper asks, how it is measured, and what every process comes to, with the reason."""

from __future__ import annotations

from typing import Final

from flask import Response, abort, render_template

from ledger.clock import england_and_wales
from ledger.process import History
from projections import board, findings, past, streams
from projections.asked import ASKED
from projections.board import Asked as AskedTurns
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.finding import RESULTS, Finding
from projections.measures.rollups import PRINCIPLES
from projections.measures.thresholds import DEFAULT, Shown, shown
from web import charts
from web.answers import page
from web.language import voice
from web.public import asof, choosing, figures
from web.public.blueprint import public
from web.public.figures import SHOWN
from web.public.paging import paging
from web.public.sheets import View
from web.state import record

PROCESSES: Final = 20
"""Processes on one page: the reason of each is worked out when the page is read."""


@public.get("/recommendations/<int:number>")
def recommendation(number: int) -> Response:
    """Show one recommendation: every process with its finding and why, who disputes it, and how findings turned."""
    if number not in RECOMMENDATIONS:
        abort(404)
    moved = asof.plain_address()
    if moved is not None:
        return moved
    with record() as connection:
        seen = asof.asked(connection)
        then = asof.moment(connection, seen)
        view = View(connection, choosing.chosen(connection), seen.at, england_and_wales(), voice(), then)
        counts_all = then is not None or not seen.is_past
        part = paging(view.count(), PROCESSES)
        listed = view.processes(part.size, part.offset)
        histories = [past.history(connection, stream, seen.axes) for stream in listed]
        measured = [(history, _measured(number, history, view)) for history in histories if history.version]
        turned = AskedTurns(chosen=view.chosen.filter, until=then, recommendation=number, words_only=True)
        months = figures.trend(view, number) if counts_all else []
        turns = board.turns(connection, turned, limit=SHOWN) if counts_all else []
        bars = figures.trend_bars(months, number, view.said)
        context = {
            "seen": seen,
            "said": view.said,
            "number_asked": number,
            "asked": ASKED[number],
            "principle": view.said.words(PRINCIPLES[RECOMMENDATIONS[number].principle][0]),
            "counts": view.counts()[number] if counts_all else None,
            "axes": asof.AXES,
            "rows": [
                (
                    streams.title_of(streams.view_of(history), view.said),
                    history.stream,
                    *findings.told((finding,), history, view.said),
                )
                for history, finding in measured
            ],
            "paging": part,
            "thresholds": _thresholds([finding for _, finding in measured]),
            "months": months,
            "trend_charts": (charts.wide(bars), charts.narrow(bars)),
            "turns": turns,
            "turn_titles": {
                stream: streams.title_of(named, view.said)
                for stream, named in view.named(list({each.stream for each in turns})).items()
            },
            "results": RESULTS.labels,
            "figures": figures,
            "showing": figures.showing(view.chosen),
            "chosen": view.chosen,
            "parameters": dict(view.chosen.parameters),
            "query": dict(view.chosen.parameters) | seen.parameters,
        }
    return page(render_template("recommendation.html", **context))


def _measured(number: int, history: History, view: View) -> Finding:
    return RECOMMENDATIONS[number].measure(findings.question(history, view.at, view.calendar))


def _thresholds(found: list[Finding]) -> list[Shown]:
    """Return the numbers that these findings were measured by, and whose they are."""
    return [each for each in shown(DEFAULT) if any(each.name in finding.thresholds for finding in found)]
