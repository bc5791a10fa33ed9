"""What differs between a process as known on two days: as a page, a table and data."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import orjson
from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection

from ledger.clock import england_and_wales, utc_now
from ledger.streams import Stream
from ledger.voice import Voice
from projections import compare, past, present, streams
from projections.cells import harmless
from projections.compare import GROUPS, Difference, Side
from projections.entries import EntryView
from projections.knowledge import Axes, as_known
from web.answers import FOR_A_MINUTE, answer, open_data, page
from web.language import voice
from web.public import asof
from web.public.asof import Point
from web.public.blueprint import public
from web.public.process import story_on_record
from web.state import record

ROWS: Final = 100
"""Differences of one group on the page; the table and the data have all."""

SHOWN: Final = 8
"""Entries that are named beside one difference on the page; the table and the data name all."""


@public.get("/processes/<reference:name>/compare")
def compared(name: str) -> Response:
    """Show what differs between two moments, or ask for them."""
    moved = _plain_address(name)
    if moved is not None:
        return moved
    said, stream = voice(), Stream("process", name)
    with record() as connection:
        views = story_on_record(connection, stream)
        points = _points(connection)
    now = past.whole(stream, views)
    if points is None:
        title = streams.title_of(streams.view_of(now), said)
        return page(
            render_template("compare.html", name=name, title=title, points=(), days=("", ""), groups=(), said=said)
        )
    sides = _sides(stream, views, points)
    found = compare.differences(*sides, england_and_wales(), said)
    return page(
        render_template(
            "compare.html",
            name=name,
            title=_title(sides, stream, said),
            points=points,
            ends=[_end(point, said) for point in points],
            columns=[_column(point, said) for point in points],
            said=said,
            total=len(found),
            parts=_parts(found),
            groups=_groups(found, said),
            entries=_entries(_on_the_page(found), views, said),
            corrections=_corrections(found, views),
            days=[point.day.isoformat() for point in points],
            most=SHOWN,
            most_rows=ROWS,
        )
    )


@public.get("/processes/<reference:name>/compare.csv")
def compared_table(name: str) -> Response:
    """Return what differs as a table: one line for each aspect of each difference."""
    found, _points_asked = _asked(name)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["group", "what", "aspect", "before", "after", "note", "entries"])
    for each in found:
        for aspect in each.aspects:
            cells = (each.group, each.what, aspect.label, "\n".join(aspect.before), "\n".join(aspect.after))
            writer.writerow(map(harmless, (*cells, each.note or "", " ".join(map(str, each.entries)))))
    return _in_language(answer(buffer.getvalue(), "text/csv; charset=utf-8", FOR_A_MINUTE))


@public.get("/processes/<reference:name>/compare.json")
def compared_data(name: str) -> Response:
    """Return what differs as data."""
    found, points = _asked(name)
    body = {
        "process": name,
        "from": _moment(points[0]),
        "to": _moment(points[1]),
        "differences": [
            {
                "group": each.group,
                "what": each.what,
                "aspects": [{"label": a.label, "before": a.before, "after": a.after} for a in each.aspects],
                "results": each.results,
                "note": each.note,
                "entries": each.entries,
            }
            for each in found
        ],
    }
    return _in_language(answer(orjson.dumps(body, option=orjson.OPT_INDENT_2), "application/json", FOR_A_MINUTE))


def _in_language(response: Response) -> Response:
    response.vary.add("Accept-Language")
    return open_data(response)


def _moment(point: Point) -> dict[str, Any]:
    return {"asked": point.text, "known": point.known, "at": point.at}


def _asked(name: str) -> tuple[tuple[Difference, ...], tuple[Point, Point]]:
    stream = Stream("process", name)
    with record() as connection:
        views = story_on_record(connection, stream)
        points = _points(connection)
    if points is None:
        asof.refuse(_("Give from= and to=, each with a day such as 2017-03-01 or the number of an entry."))
    return compare.differences(*_sides(stream, views, points), england_and_wales(), voice()), points


def _points(connection: Connection) -> tuple[Point, Point] | None:
    """Return the two moments asked for; None where one is missing."""
    if "from" not in request.args or "to" not in request.args:
        return None
    now = utc_now()
    return asof.point(connection, "from", now), asof.point(connection, "to", now)


def _sides(stream: Stream, views: list[EntryView], points: tuple[Point, Point]) -> tuple[Side, Side]:
    recorded = [view.entry for view in views]
    before, after = (Side(as_known(stream, recorded, Axes(known=point.known)), point.at) for point in points)
    return before, after


def _title(sides: tuple[Side, Side], stream: Stream, said: Voice) -> str:
    """Return the title as it was at the later of the two moments."""
    later = max(sides, key=lambda side: side.at).history
    return streams.title_of(streams.view_of(later), said) if later.version else stream.reference


def _end(point: Point, said: Voice) -> str:
    """Say one of the two moments; the present day is now."""
    return _("now, %(day)s", day=point.said(said)) if _is_now(point) else point.said(said)


def _column(point: Point, said: Voice) -> str:
    """Head the column of one of the two moments."""
    if _is_now(point):
        return _("Now, %(day)s", day=point.said(said))
    return _("On %(when)s", when=point.said(said))


def _is_now(point: Point) -> bool:
    return not isinstance(point.known, int) and point.at < point.known


def _parts(found: Iterable[Difference]) -> list[str]:
    """Say how many differences of each group there are."""
    number = Counter(each.group for each in found)
    said = {
        "process": ngettext("%(num)s fact about the process", "%(num)s facts about the process", number["process"]),
        "dates": ngettext("%(num)s date", "%(num)s dates", number["dates"]),
        "values": ngettext("%(num)s lot or value", "%(num)s lots or values", number["values"]),
        "people": ngettext("%(num)s contact", "%(num)s contacts", number["people"]),
        "documents": ngettext("%(num)s document", "%(num)s documents", number["documents"]),
        "exchanges": ngettext(
            "%(num)s question, promise or issue", "%(num)s questions, promises or issues", number["exchanges"]
        ),
        "findings": ngettext("%(num)s finding", "%(num)s findings", number["findings"]),
        "other": ngettext("%(num)s other record", "%(num)s other records", number["other"]),
    }
    return [said[group] for group in GROUPS if number[group]]


def _groups(found: tuple[Difference, ...], said: Voice) -> list[tuple[str, str, str, list[Difference]]]:
    """Return each group: its anchor, its title, what it means that it is empty, and its differences."""
    return [
        (group, said.words(title), said.words(nothing), [each for each in found if each.group == group])
        for group, (title, nothing) in GROUPS.items()
    ]


def _on_the_page(found: tuple[Difference, ...]) -> list[Difference]:
    return [each for group in GROUPS for each in [one for one in found if one.group == group][:ROWS]]


def _entries(found: Iterable[Difference], views: list[EntryView], said: Voice) -> dict[int, tuple[str, str, bool]]:
    """Return what is said of each entry that made a difference: its sentence, when recorded, whether it corrects."""
    wanted = {index for each in found for index in each.entries[:SHOWN]}
    return {
        view.entry.index: (
            present.headline(view, said),
            said.day(present.recorded_day(view.entry)),
            present.is_correction(view.entry),
        )
        for view in views
        if view.entry.index in wanted
    }


def _corrections(found: Iterable[Difference], views: list[EntryView]) -> int:
    """Return how many of the entries that made a difference are corrections."""
    made = {index for each in found for index in each.entries}
    return sum(1 for view in views if view.entry.index in made and present.is_correction(view.entry))


def _plain_address(name: str) -> Response | None:
    """Return the way from the form's six fields to the plain address; None where no form was sent."""
    days = {end: asof.given_day(end) for end in ("from", "to")}
    if all(day is None for day in days.values()):
        return None
    ends: dict[str, Any] = {end: request.args.get(end) if day is None else day.isoformat() for end, day in days.items()}
    return asof.to(url_for("public.compared", name=name, **ends))
