"""What a feed says, apart from how it is written: items with their titles, full content and links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Connection

from ledger.codes import STANDINGS
from ledger.streams import Stream
from ledger.vocabulary import ALL, say_struct
from ledger.voice import Voice
from ledger.words import N_
from projections import entries, present, streams
from projections.entries import EntryView

FEWEST: Final = 50
MOST: Final = 500
RECENT: Final = timedelta(days=30)
"""A live feed holds its newest 50 entries or those of the 30 days up to the newest, whichever is more, 500 at most."""

TAG_YEAR: Final = "2026"
"""The year in every tag URI: RFC 4151 wants a date on which the authority was held, and an id never changes."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the ledger is read: the address of its pages, without a slash at its end, and the origin of its log."""

    base_url: str
    origin: str

    def url(self, path: str) -> str:
        """Return the full address of a path of this site."""
        return f"{self.base_url}{path}"

    def tag(self, what: str) -> str:
        """Return a permanent id: a tag URI (RFC 4151) made of the origin, never an address."""
        authority = self.origin.split("/")[0].rsplit(":", 1)[0]
        return f"tag:{authority},{TAG_YEAR}:{self.origin}/{what}"


@dataclass(frozen=True, slots=True)
class Related:
    """A link from an item to another entry."""

    href: str
    title: str


@dataclass(frozen=True, slots=True)
class Category:
    """A term to filter by, with its label in the reader's language."""

    scheme: str
    term: str
    label: str


@dataclass(frozen=True, slots=True)
class Item:
    """One entry in a feed. `html` is the complete content; instants are UTC."""

    id: str
    title: str
    link: str
    published: datetime
    updated: datetime
    author: str
    summary: str
    html: str
    categories: tuple[Category, ...]
    related: tuple[Related, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A feed, newest item first."""

    id: str
    title: str
    subtitle: str
    alternate: str
    path: str
    language: str
    updated: datetime
    items: tuple[Item, ...]


def everything(connection: Connection, site: Site, voice: Voice) -> Document:
    """Return the feed of all entries."""
    return _document(
        connection,
        site,
        voice,
        views=_live(connection, None),
        name="all",
        title=voice.words(N_("Candour: everything recorded")),
        alternate="/",
    )


def of_stream(connection: Connection, stream: Stream, site: Site, voice: Voice) -> Document | None:
    """Return the feed of a process or group, with what concerns it, or None where it is not on record."""
    if streams.one(connection, stream) is None:
        return None
    named = streams.titles(connection, [stream], voice)[stream]
    return _document(
        connection,
        site,
        voice,
        views=_live(connection, stream),
        name=str(stream),
        title=voice.words(N_("Candour: %(process)s"), process=named),
        alternate=present.path_of(stream),
    )


def _live(connection: Connection, stream: Stream | None) -> list[EntryView]:
    newest = entries.newest(connection, FEWEST, stream=stream)
    if len(newest) < FEWEST:
        return newest
    recent = entries.newest(connection, MOST, stream=stream, since=newest[0].entry.recorded - RECENT)
    return max(newest, recent, key=len)


def _document(
    connection: Connection,
    site: Site,
    voice: Voice,
    *,
    views: Sequence[EntryView],
    name: str,
    title: str,
    alternate: str,
) -> Document:
    named = streams.titles(connection, sorted({view.entry.stream for view in views}), voice)
    originals = {
        view.entry.index: entries.one(connection, view.entry.corrects)
        for view in views
        if view.entry.corrects is not None
    }
    return Document(
        id=site.tag(f"feed/{name}"),
        title=title,
        subtitle=voice.words(N_("Every commissioning action as it was recorded, with what changed and why.")),
        alternate=site.url(alternate),
        path=f"/feeds/{name}",
        language=voice.locale.replace("_", "-"),
        # An empty feed has no time of its own; the epoch keeps its bytes the same until something is recorded.
        updated=max((view.updated for view in views), default=datetime(1970, 1, 1, tzinfo=UTC)),
        items=tuple(_item(view, originals.get(view.entry.index), named, site, voice) for view in views),
    )


def _item(view: EntryView, original: EntryView | None, named: Mapping[Stream, str], site: Site, voice: Voice) -> Item:
    entry = view.entry
    headline = present.headline(view, voice)
    title = voice.words(N_("%(process)s: %(sentence)s"), process=named[entry.stream], sentence=headline)
    link = site.url(f"/entries/{entry.index}")
    related = tuple(_related(view, site, voice))
    return Item(
        id=site.tag(f"entry/{entry.index}"),
        title=title,
        link=link,
        published=entry.recorded,
        updated=view.updated,
        author=entry_author(view, voice),
        summary=headline,
        html=_html(view, original, link, related, voice),
        categories=tuple(_categories(view, site, voice)),
        related=related,
    )


def entry_author(view: EntryView, voice: Voice) -> str:
    """Return the organisation that answers for the entry."""
    return say_struct(view.entry.statement.by.organisation, voice)


def _related(view: EntryView, site: Site, voice: Voice) -> list[Related]:
    found = [
        (view.entry.corrects, N_("The entry that this corrects")),
        (view.corrected_by, N_("The correction of this entry")),
        (view.withdrawn_by, N_("The entry that withdraws this one")),
    ]
    return [Related(site.url(f"/entries/{index}"), voice.words(text)) for index, text in found if index is not None]


def _categories(view: EntryView, site: Site, voice: Voice) -> list[Category]:
    declaration = view.entry.action.declaration
    standing = view.entry.statement.standing
    return [
        Category(site.tag("action"), declaration.name, voice.words(declaration.title)),
        Category(site.tag("stream"), str(view.entry.stream), str(view.entry.stream)),
        Category(site.tag("standing"), standing, voice.words(STANDINGS.labels[standing])),
        *(
            Category(
                site.tag("recommendation"), str(number), voice.words(N_("Recommendation %(number)s"), number=number)
            )
            for number in declaration.recommendations
            if len(declaration.recommendations) < len(ALL)
        ),
    ]


def _html(view: EntryView, original: EntryView | None, link: str, related: Sequence[Related], voice: Voice) -> str:
    words = {
        "before": N_("before"),
        "corrected": N_("This corrects an earlier entry. What differs:"),
        "envelope": N_("When, and on whose word"),
        "sources": N_("Sources"),
        "contradiction": N_("Does not fit the record"),
        "entry": N_("The entry with its proof"),
    }
    return (
        _environment()
        .get_template("entry.html")
        .render(
            headline=present.headline(view, voice),
            tags=present.tags(view, voice),
            corrected=() if original is None else present.corrected_fields(view, original, voice),
            facts=present.facts(view, voice),
            changes=present.changes(view, voice),
            envelope=present.envelope(view, voice),
            sources=present.sources(view, voice),
            refusals=present.refusals(view, voice),
            link=link,
            related=related,
            words={name: voice.words(text) for name, text in words.items()},
        )
    )


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("projections"), autoescape=True, undefined=StrictUndefined)
