"""The review of a process: a page to read, print and quote, and the same as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson
from flask import Response, abort, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from ledger.clock import england_and_wales
from ledger.streams import Stream
from ledger.voice import Voice
from ledger.words import N_
from projections import entries, past, streams
from projections.past import Seen
from projections.review import export
from projections.review.narrative import narrator
from projections.review.whole import Review, review_of
from projections.telling import Section
from web.answers import FOR_A_MINUTE, answer, open_data, page
from web.language import voice
from web.public import asof
from web.public.asof import AsOf
from web.public.blueprint import public
from web.public.paging import Paging, paging
from web.state import record, state

STORY: Final = 250
"""Entries of the story on one page, and in one answer as JSON. The table as CSV holds all of them."""

ROWS: Final = 60
"""Rows of a table on the page; its CSV and the JSON have all."""

LINES: Final = 12
"""Lines of one cell on the page, and entries named behind one sentence; the CSV and the JSON have all."""

WHOLE: Final = "story"
"""The name of the table that is the story itself."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A process as it is to be reviewed."""

    stream: Stream
    title: str
    found: Seen
    seen: AsOf
    said: Voice

    @property
    def newest(self) -> int:
        """The newest entry that the review knows of."""
        return max(view.entry.index for view in self.found.views)

    def whole(self, most: int | None = None) -> Review:
        """Return all of the review, or with at most so many rows in each table."""
        history, views = self.found.history, self.found.views
        return review_of(history, views, self.title, self.seen.at, england_and_wales(), self.said, most=most)


def _asked(name: str) -> _Asked | None:
    """Return the process and when to see it; None where nothing of it was known then. 404 where there is none."""
    stream, said = Stream("process", name), voice()
    with record() as connection:
        views = entries.story(connection, stream)
        if not any(view.entry.stream == stream for view in views):
            abort(404)
        seen = asof.asked(connection)
        found = past.cut(connection, stream, views, seen.axes)
    if not found.history.version:
        return None
    title = streams.view_of(found.history).title or name
    return _Asked(stream, title, found, seen, said)


@public.get("/processes/<reference:name>/review")
def review(name: str) -> Response | Redirect:
    """Show the whole story of a process, with what is missing, promised, found and seen in it."""
    moved = asof.plain_address()
    if moved is not None:
        return moved
    asked = _asked(name)
    if asked is None:
        return redirect(url_for("public.process", name=name))
    part = paging(len(asked.found.views), STORY)
    whole = asked.whole(ROWS) if part.page == 1 else None
    story = narrator(asked.found.history, asked.found.views, asked.said)
    return page(
        render_template(
            "review.html",
            reference=name,
            title=asked.title,
            review=whole,
            links=() if whole is None else _links(whole, len(asked.found.views)),
            passages=list(story.passages(part.offset, part.size)),
            count=len(asked.found.views),
            newest=asked.newest,
            on=asked.said.day(asked.seen.day),
            address=state().site.url("/entries/"),
            here_at=state().site.url(url_for("public.review", name=name)),
            paging=part,
            most=LINES,
            axes=asof.AXES,
            query=asked.seen.parameters,
            seen=asked.seen,
            said=asked.said,
        )
    )


def _links(whole: Review, count: int) -> list[tuple[str, str, int | None]]:
    """Return what is on the page: anchor, heading, and how much."""
    tables = [_link(each) for each in whole.sections]
    return [*tables, (WHOLE, _("The story"), count)]


def _link(about: Section) -> tuple[str, str, int | None]:
    if about.more:
        return (about.name, _("%(title)s (more than %(number)s)", title=about.title, number=len(about.rows)), None)
    return (about.name, about.title, len(about.rows))


@public.get("/processes/<reference:name>/review.csv")
def review_csv(name: str) -> Response:
    """Return the story as comma-separated values, or one of the tables: `?table=`, by the anchor it has in the page."""
    asked, table = _asked(name), request.args.get("table", WHOLE)
    if asked is None:
        abort(404)
    if table == WHOLE:
        story = narrator(asked.found.history, asked.found.views, asked.said)
        return _csv(export.csv_lines(export.STORY_COLUMNS, export.story_rows(story)), name, table)
    section = export.place_of(table, asked.whole().sections)
    if section is None:
        abort(404)
    columns = export.section_columns(section, asked.said, N_("Entries of the row"))
    return _csv(export.csv_lines(columns, export.section_rows(section)), name, section.name)


def _csv(lines: Any, name: str, table: str) -> Response:
    # Written as it is sent, and still in the reader's language then.
    response = Response(stream_with_context(lines), content_type="text/csv; charset=utf-8")
    response.headers["Cache-Control"] = FOR_A_MINUTE
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-review-{table}.csv"'
    response.vary.add("Accept-Language")
    return open_data(response)


@public.get("/processes/<reference:name>/review.json")
def review_json(name: str) -> Response:
    """Return the review as JSON: the summary and the tables on the first page, the story page by page."""
    asked = _asked(name)
    if asked is None:
        abort(404)
    part = paging(len(asked.found.views), STORY)
    response = answer(orjson.dumps(_body(asked, part), option=orjson.OPT_INDENT_2), "application/json", FOR_A_MINUTE)
    response.vary.add("Accept-Language")
    return open_data(response)


def _body(asked: _Asked, part: Paging) -> dict[str, Any]:
    whole = asked.whole() if part.page == 1 else None
    story = narrator(asked.found.history, asked.found.views, asked.said)
    return {
        "process": asked.stream.reference,
        "title": asked.title,
        "language": asked.said.locale,
        "as_of": {"at": asked.seen.at.isoformat(), **asked.seen.parameters},
        "newest_entry": asked.newest,
        "entries": len(asked.found.views),
        "page": part.page,
        "pages": part.pages,
        "summary": None if whole is None else export.quotes_json(whole.summary),
        "tables": None if whole is None else [export.section_json(each) for each in whole.sections],
        "story": export.story_json(story, part.offset, part.size),
    }
