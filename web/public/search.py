"""Search: entries by words and filters, with the processes and bodies of that name, as a page and as data."""

from __future__ import annotations

from typing import Final

from flask import Response, render_template
from sqlalchemy import Connection

from ledger.voice import Voice
from projections import board, entries, findings, lookup, organisations, present, streams
from projections.entries import EntryView
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.finding import RESULTS
from projections.publications import channels
from projections.search import kind_of
from web.answers import page, table
from web.language import voice
from web.public import asking
from web.public.asking import CLOCKS, DAYS, LABELS, Search
from web.public.blueprint import public
from web.public.feed_links import FeedLink, links
from web.public.paging import paging
from web.sheet import Sheet, Value
from web.state import record, state

RESULTS_ON_A_PAGE: Final = 20
MOST: Final = 1_000
"""So many of the newest entries found can be read; for more there are filters."""

NAMED: Final = 5
"""Processes and bodies of that name shown above the entries."""

CHOICES: Final = 200
"""Organisations that can be chosen from; any other by its page."""

COLUMNS: Final = ("entry", "kind", "recorded", "happened", "about", "title", "sentence", "recorded_by", "address")


@public.get("/search")
def search() -> Response:
    """Show what a search finds, newest first; without one, how to search."""
    said = voice()
    with record() as connection:
        asked = asking.searched(connection, said)
        found = lookup.count(connection, asked.asked, MOST + 1) if asked else 0
        part = paging(min(found, MOST), RESULTS_ON_A_PAGE)
        size = min(part.size, MOST - part.offset)
        indexes = lookup.find(connection, asked.asked, size, part.offset) if asked else []
        views = _views(connection, indexes)
        words = asked.asked.words
        named = lookup.processes(connection, words, NAMED) if words and part.page == 1 else []
        context = {
            "titles": streams.titles(connection, [*named, *(view.entry.stream for view in views)], said),
            "snippets": lookup.snippets(connection, words, indexes),
            "bodies": lookup.bodies(connection, words, NAMED) if words and part.page == 1 else [],
            "choices": _choices(connection, said),
        }
    return page(
        render_template(
            "search.html",
            asked=asked,
            count=min(found, MOST),
            is_more=found > MOST,
            paging=part,
            items=[(said.day(present.recorded_day(view.entry)), present.listed(view, said)) for view in views],
            named=named,
            filters=LABELS,
            clocks=CLOCKS,
            days=DAYS,
            follow=_follow(asked),
            **context,
        )
    )


@public.get("/search.<any(csv, json):form>")
def search_data(form: str) -> Response:
    """Return what a search finds as data, at most `MOST` entries, newest first."""
    said = voice()
    with record() as connection:
        asked = asking.searched(connection, said)
        indexes = lookup.find(connection, asked.asked, MOST)
        views = _views(connection, indexes)
        titles = streams.titles(connection, sorted({view.entry.stream for view in views}), said)
    sheet = Sheet("search", COLUMNS, [_row(view, titles[view.entry.stream], said) for view in views])
    return table(sheet, form, {"asked": dict(asked.parameters)})


def _views(connection: Connection, indexes: list[int]) -> list[EntryView]:
    found = entries.several(connection, indexes)
    return [found[index] for index in indexes if index in found]


def _row(view: EntryView, title: str, said: Voice) -> tuple[Value, ...]:
    entry = view.entry
    occurred = entry.occurred
    return (
        entry.index,
        kind_of(entry.action.declaration.name),
        entry.recorded,
        None if occurred is None else occurred.text,
        str(entry.stream),
        title,
        present.headline(view, said),
        present.listed(view, said).author,
        state().site.url(f"/entries/{entry.index}"),
    )


def _choices(connection: Connection, said: Voice) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen for each filter that is a list: value and label."""
    used = dict.fromkeys(map(kind_of, entries.kinds_in_use(connection)))
    return {
        "kind": [(name, said.words(asking.KIND_TITLES[name])) for name in used],
        "organisation": [(each.slug, each.name) for each in organisations.listed(connection, CHOICES)],
        "area": [(each.value, each.label) for each in board.choices(connection, "service_area")],
        "prison": [(each.value, each.label) for each in board.choices(connection, "prison")],
        "recommendation": [(str(number), findings.title(number, said)) for number in RECOMMENDATIONS],
        "result": [(name, said.words(label)) for name, label in RESULTS.labels.items()],
    }


def _follow(asked: Search) -> list[FeedLink]:
    """Return the feed of what is asked for, in each form."""
    if not asked:
        return []
    filters = asked.filters
    return links("search", asked.query) if filters is None else links("custom", channels.query(filters))
