"""The dashboard: fifteen recommendations across all processes, and each recommendation on its own."""

from __future__ import annotations

from typing import Final

from flask import Response, abort, render_template
from sqlalchemy import Connection

from ledger.clock import england_and_wales, utc_now
from projections import findings, streams
from projections.findings import Assessed
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.rollups import PRINCIPLES
from projections.measures.thresholds import DEFAULT, shown
from web.answers import page
from web.language import voice
from web.public.blueprint import public
from web.public.paging import Paging, paging
from web.state import record

PROCESSES: Final = 50
"""Processes on one page: each is measured when the page is read."""


def _assessed(connection: Connection) -> tuple[list[Assessed], Paging]:
    part = paging(streams.count(connection, "process"), PROCESSES)
    now, calendar = utc_now(), england_and_wales()
    listed = streams.listed(connection, "process", part.size, part.offset)
    return [findings.assess(connection, each.stream, now, calendar) for each in listed], part


@public.get("/dashboard")
def dashboard() -> Response:
    """Show which recommendations are met, breached, not evidenced or not due yet, process by process."""
    said = voice()
    with record() as connection:
        assessed, part = _assessed(connection)
        named = streams.titles(connection, [each.stream for each in assessed], said)
    return page(
        render_template(
            "dashboard.html",
            assessed=assessed,
            titles=named,
            paging=part,
            sentences=[
                (number, findings.title(number, said), findings.say_counts(findings.counts(assessed, number), said))
                for number in RECOMMENDATIONS
            ],
            cells={
                each.stream: [
                    (finding.recommendation, findings.SYMBOLS[finding.result], findings.result_word(finding, said))
                    for finding in each.findings
                ]
                for each in assessed
            },
            recommendations={number: said.words(each.title) for number, each in RECOMMENDATIONS.items()},
        )
    )


@public.get("/recommendations/<int:number>")
def recommendation(number: int) -> Response:
    """Show one recommendation: every process with its finding and why, and the numbers it is measured by."""
    if number not in RECOMMENDATIONS:
        abort(404)
    said = voice()
    with record() as connection:
        assessed, part = _assessed(connection)
        named = streams.titles(connection, [each.stream for each in assessed], said)
    about = RECOMMENDATIONS[number]
    rows = [
        (each.stream, finding) for each in assessed for finding in each.findings if finding.recommendation == number
    ]
    return page(
        render_template(
            "recommendation.html",
            asked=number,
            title=said.words(about.title),
            principle=said.words(PRINCIPLES[about.principle][0]),
            counts=findings.say_counts(findings.counts(assessed, number), said),
            rows=[
                (stream, findings.result_word(finding, said), findings.reasons(finding, said), finding.evidence)
                for stream, finding in rows
            ],
            titles=named,
            paging=part,
            thresholds=[each for each in shown(DEFAULT) if any(each.name in f.thresholds for _, f in rows)],
        )
    )
