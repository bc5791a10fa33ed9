"""What a feed says, apart from how it is written: items with their titles, full content and links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from ledger.actions.ledger import LedgerEntryWithdrawn, target_of
from ledger.codes import STANDINGS
from ledger.streams import Stream
from ledger.vocabulary import ALL, say_struct
from ledger.voice import Voice
from ledger.words import N_
from projections import present
from projections.entries import EntryView

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
    """A link from an item to another entry, or to itself in another form, which `type` (a media type) then says."""

    href: str
    title: str
    type: str | None = None


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
class Shelf:
    """Where a document stands among those of its feed (RFC 5005): full addresses, None where there is none."""

    is_archive: bool = False
    current: str | None = None
    previous: str | None = None
    following: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a feed without its items: the live one, or an archive. `path` is the part before the ending.

    `updated` (UTC) is that of the item that changed last.
    """

    id: str
    title: str
    subtitle: str
    alternate: str
    path: str
    language: str
    updated: datetime
    shelf: Shelf = Shelf()
    query: str = ""


def entry_item(
    view: EntryView,
    original: EntryView | None,
    turned: Sequence[str],
    named: Mapping[Stream, str],
    site: Site,
    voice: Voice,
) -> Item:
    """Return an entry as an item. `turned` says what it changed in findings, a line for each."""
    entry = view.entry
    headline = present.headline(view, voice)
    link = site.url(f"/entries/{entry.index}")
    related = tuple(_related(view, site, voice))
    return Item(
        id=site.tag(f"entry/{entry.index}"),
        title=voice.words(N_("%(process)s: %(sentence)s"), process=named[entry.stream], sentence=headline),
        link=link,
        published=entry.recorded,
        updated=view.updated,
        author=entry_author(view, voice),
        summary=headline,
        html=_html(view, original, turned, link, related, voice),
        categories=tuple(_categories(view, site, voice)),
        related=related,
    )


_UNWRITABLE: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold. None is accepted into the record; this keeps one bad entry from hiding all."""


def writable(text: str) -> str:
    """Return a text as every form of a feed can hold it: what cannot be written is replaced by U+FFFD."""
    return _UNWRITABLE.sub("\ufffd", text)


def entry_author(view: EntryView, voice: Voice) -> str:
    """Return the organisation that answers for the entry."""
    return say_struct(view.entry.statement.by.organisation, voice)


def _related(view: EntryView, site: Site, voice: Voice) -> Iterator[Related]:
    action, page = view.entry.action, site.url(f"/entries/{view.entry.index}")
    found = [
        (view.entry.corrects, N_("The entry that this corrects")),
        (view.corrected_by, N_("The correction of this entry")),
        (action.target if isinstance(action, LedgerEntryWithdrawn) else None, N_("The entry that this withdraws")),
        (view.withdrawn_by, N_("The entry that withdraws this one")),
        (target_of(action), N_("The entry of which this removes or shows a part")),
    ]
    for index, text in found:
        if index is not None:
            yield Related(site.url(f"/entries/{index}"), voice.words(text))
    yield Related(f"{page}.json", voice.words(N_("This entry as JSON")), "application/json")
    yield Related(f"{page}.tlog-proof", voice.words(N_("Its proof of inclusion")), "text/plain")


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


def _html(
    view: EntryView,
    original: EntryView | None,
    turned: Sequence[str],
    link: str,
    related: Sequence[Related],
    voice: Voice,
) -> str:
    words = {
        "before": N_("before"),
        "corrected": N_("This corrects an earlier entry. What differs:"),
        "envelope": N_("When, and on whose word"),
        "sources": N_("Sources"),
        "contradiction": N_("Does not fit the record"),
        "entry": N_("The entry on its page"),
        "findings": N_("What it changed in the findings"),
    }
    return (
        environment()
        .get_template("entry.html")
        .render(
            turned=turned,
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
def environment() -> Environment:
    """Return what fills the templates of items; everything put in is escaped."""
    return Environment(loader=PackageLoader("projections"), autoescape=True, undefined=StrictUndefined)
