"""One process or advisory group: all that is on record of it, now or as it was known on a day."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import Response, abort, g, render_template, request, url_for
from sqlalchemy import Connection

from ledger.actions.process import CommissioningProcessRegistered
from ledger.clock import england_and_wales, utc_now
from ledger.codes import STANDINGS
from ledger.kinds import stated
from ledger.process import History
from ledger.streams import Stream
from ledger.vocabulary import STAGES
from ledger.voice import Voice
from ledger.when import LONDON
from projections import clocks, compare, entries, findings, organisations, past, present, streams
from projections.account import account_of
from projections.clocks import Clocks
from projections.compare import Side
from projections.entries import EntryView
from projections.past import Seen
from projections.story import THEMES, Scene, story_of
from web.answers import page
from web.language import voice
from web.people.access import actor
from web.public import asof, choosing
from web.public.asof import AsOf
from web.public.blueprint import public
from web.public.paging import paging
from web.record.links import Links, links_for
from web.state import record

STORY: Final = 100
"""Entries on one page of a story."""


@public.get("/processes/<reference:name>")
def process(name: str) -> Response:
    """Show all that is on record of a process."""
    return _stream(Stream("process", name))


@public.get("/groups/<reference:name>")
def group(name: str) -> Response:
    """Show all that is on record of an advisory group."""
    return _stream(Stream("group", name))


def _stream(stream: Stream) -> Response:
    moved = asof.plain_address()
    if moved is not None:
        return moved
    said = voice()
    with record() as connection:
        views = story_on_record(connection, stream)
        seen = asof.asked(connection)
        found = past.cut(connection, stream, views, seen.axes)
        pinned = _pinned(connection, seen)
    if found.history.version == 0:
        return _nothing_yet(stream, views, seen, said)
    return _told(views, found, seen, pinned)


def story_on_record(connection: Connection, stream: Stream) -> list[EntryView]:
    """Return all entries of a stream and what concerns it; 404 where the stream itself has none."""
    views = entries.story(connection, stream)
    if not any(view.entry.stream == stream for view in views):
        abort(404)
    return views


def _pinned(connection: Connection, seen: AsOf) -> int | None:
    """Return the entry that names exactly what is shown; None where other axes than `known` are cut."""
    if set(seen.points) - {"known"}:
        return None
    known = seen.axes.known
    return known if isinstance(known, int) else entries.last_recorded(connection, seen.at)


def _nothing_yet(stream: Stream, views: list[EntryView], seen: AsOf, said: Voice) -> Response:
    """Say that nothing was on record then. The title is not said: it came later."""
    first = next(view.entry for view in views if view.entry.stream == stream)
    when = said.day(present.recorded_day(first))
    return page(
        render_template(
            "before.html", stream=stream, first=first.index, when=when, seen=seen, said=said, axes=asof.AXES
        )
    )


def _told(views: list[EntryView], found: Seen, seen: AsOf, pinned: int | None) -> Response:
    said, calendar = voice(), england_and_wales()
    history, stream = found.history, found.history.stream
    about = streams.view_of(history)
    ran = clocks.clocks(history, seen.at, calendar)
    measured = findings.measured(history, seen.at, calendar) if stream.kind == "process" else ()
    acts = None if seen.is_past else _acts(history, ran)
    scenes = story_of(history, found.views, said)
    theme = _theme()
    shown = [scene for scene in scenes if theme is None or theme in scene.themes]
    part = paging(len(shown), STORY)
    return page(
        render_template(
            "process.html",
            about=about,
            bodies=_bodies(history),
            service=choosing.readable(about.service_area or ""),
            acts=acts,
            title=streams.title_of(about, said),
            account=account_of(history, found.views, said, ran, past=seen.is_past),
            findings=findings.told(measured, history, said),
            tally=findings.tally(measured, said),
            scenes=shown[part.offset : part.offset + part.size],
            count=len(scenes),
            filters=_filters(scenes, theme, stream, said),
            theme=theme,
            paging=part,
            stages=STAGES.labels,
            standings=STANDINGS.labels,
            seen=seen,
            said=said,
            pinned=pinned,
            axes=asof.AXES,
            today_text=_today().isoformat(),
            light_touch=_light_touch(history),
            differing=_differing(views, found, seen, said),
            query=seen.parameters | ({} if theme is None else {"show": theme}),
        )
    )


def _acts(history: History, ran: Clocks) -> Links | None:
    """Return what whoever has signed in may record here. Nothing keeps such a page: it is not the same for everyone."""
    somebody = actor()
    found = None if somebody is None else links_for(somebody, history, ran)
    if found is not None:
        g.private = True
    return found


def _bodies(history: History) -> list[tuple[str, str | None]]:
    """Return the name of each body responsible, with its word in addresses."""
    named = ((stated(each.name), organisations.slug_of(each)) for each in streams.responsible(history))
    return [(name, slug) for name, slug in named if name is not None]


def _today() -> date:
    return utc_now().astimezone(LONDON).date()


def _light_touch(history: History) -> bool | None:
    """Whether light touch rules apply; None where that is not stated, and for a group."""
    for registered in history.actions(CommissioningProcessRegistered):
        return stated(registered.light_touch)
    return None


def _differing(views: list[EntryView], found: Seen, seen: AsOf, said: Voice) -> int | None:
    """Return how many things differ now from what was known then; None where nothing else is asked."""
    if found.history.stream.kind != "process" or set(seen.points) != {"known"}:
        return None
    now = Side(past.whole(found.history.stream, views), utc_now())
    return len(compare.differences(Side(found.history, seen.at), now, england_and_wales(), said))


def _theme() -> str | None:
    """Return the theme that `?show=` asks for, None for the whole story; 400 for none of them."""
    asked = request.args.get("show")
    if asked is not None and asked not in THEMES:
        abort(400)
    return asked


def _filters(scenes: list[Scene], theme: str | None, stream: Stream, said: Voice) -> list[tuple[Any, ...]]:
    """Return the filters of a story: (address, text, how many, whether it holds)."""
    address = f"public.{stream.kind}"
    everything = url_for(address, name=stream.reference, _anchor="story")
    found: list[tuple[Any, ...]] = [(everything, said.words(asof.EVERYTHING), len(scenes), theme is None)]
    for name, label in THEMES.items():
        number = sum(1 for scene in scenes if name in scene.themes)
        if number or name == theme:
            link = url_for(address, name=stream.reference, show=name, _anchor="story")
            found.append((link, said.words(label), number, name == theme))
    return found
