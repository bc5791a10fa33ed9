"""Feeds as Atom (RFC 4287, RFC 5005) and RSS 2.0: the only module that imports feedgen, and the place of its traps.

Each trap was measured: RSS generation changes the process's locale and is not thread-safe; `updated` defaults to now;
RSS takes the last link; one control character fails a whole feed; an author in RSS must have an e-mail address;
`add_entry` puts the newest call first; an Atom entry's links lose all but their address (feedgen 1.0 reuses the name of
its loop), so that each would be one more alternate.

A feed is written in pieces, a frame and its items, so that one new item costs one item and not the whole feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Final

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem

from projections.documents import Document, Item, Related, Shelf, Site, writable

_RSS_LOCK: Final = Lock()

_HISTORY: Final = "http://purl.org/syndication/history/1.0"


class Xml:
    """One of the two formats: its ending, its media type, and how it writes and finds its pieces."""

    def __init__(self, suffix: str, media_type: str, element: str, indent: str) -> None:
        self.suffix = suffix
        self.media_type = media_type
        self._element = element
        self._end = f"{indent[:-2]}</{'feed' if element == 'entry' else 'channel'}>".encode()
        # Text is escaped, so that no line of it can begin with a tag.
        pattern = rf"^{indent}<{element}[ >].*?^{indent}</{element}>\n"
        self._items = re.compile(pattern.encode(), re.DOTALL | re.MULTILINE)
        self._id = re.compile(rb"^ +<(?:id|guid[^>]*)>([^<]*)</", re.MULTILINE)

    def pieces(self, items: Sequence[Item], document: Document, site: Site) -> list[bytes]:
        """Return each item as it stands in the feed, in their order."""
        return self._items.findall(self._written(document, items, site))

    def whole(self, document: Document, site: Site, pieces: Iterable[bytes]) -> bytes:
        """Return the feed that holds these pieces."""
        frame = self._written(document, (), site)
        place = frame.rindex(self._end)
        return b"".join((frame[:place], *pieces, frame[place:]))

    def found(self, whole: bytes) -> dict[str, bytes]:
        """Return id -> piece for the items that a feed holds."""
        pieces = self._items.findall(whole)
        return {match[1].decode(): piece for piece in pieces if (match := self._id.search(piece)) is not None}

    def _written(self, document: Document, items: Sequence[Item], site: Site) -> bytes:
        if self.suffix == "atom":
            return bytes(_generator(document, items, site, rss=False).atom_str(pretty=True))
        with _RSS_LOCK:
            made = _generator(document, items, site, rss=True)
            return bytes(made.rss_str(pretty=True))


ATOM: Final = Xml("atom", "application/atom+xml; charset=utf-8", "entry", "  ")
RSS: Final = Xml("rss", "application/rss+xml; charset=utf-8", "item", "    ")


_UPDATED: Final = re.compile(rb"^ +<updated>([^<]*)</", re.MULTILINE)


def updated_in(piece: bytes) -> datetime:
    """Return when an item that stands in an Atom feed was updated (UTC)."""
    match = _UPDATED.search(piece)
    if match is None:
        raise ValueError("not an item as this module writes it")
    return datetime.fromisoformat(match[1].decode())


def _generator(document: Document, items: Sequence[Item], site: Site, *, rss: bool) -> Any:
    made = FeedGenerator()
    made.id(document.id)
    made.title(writable(document.title))
    made.subtitle(writable(document.subtitle))
    made.description(writable(document.subtitle))
    made.language(document.language)
    made.updated(document.updated)
    made.lastBuildDate(document.updated)
    made.generator("Candour")
    suffix = f".{'rss' if rss else 'atom'}{document.query}"
    made.link(href=site.url(f"{document.path}{suffix}"), rel="self")
    if rss:
        made.load_extension("dc", atom=False, rss=True)
    else:
        _put_shelf(made, document.shelf)
    made.link(href=document.alternate, rel="alternate")
    for item in items:
        _add(made, item, rss=rss)
    return made


def _put_shelf(made: Any, shelf: Shelf) -> None:
    links = {"current": shelf.current, "prev-archive": shelf.previous, "next-archive": shelf.following}
    for rel, href in links.items():
        if href is not None:
            made.link(href=href, rel=rel)
    if shelf.is_archive:
        made.register_extension("history", _Archive, rss=False)


def _add(made: Any, item: Item, *, rss: bool) -> None:
    added = made.add_entry(order="append")
    added.id(item.id)
    added.guid(item.id, permalink=False)
    added.title(writable(item.title))
    added.published(item.published)
    added.updated(item.updated)
    added.summary(writable(item.summary))
    # Escaped in both: in CDATA, text could look like the tags between which pieces are found.
    added.content(writable(item.html), type="html")
    added.link(href=item.link, rel="alternate")
    if not rss:
        added.register_extension("related", _RelatedLinks, rss=False)
        added.related.links = item.related
    for category in item.categories:
        added.category(term=category.term, scheme=category.scheme, label=writable(category.label))
    if rss:
        if not hasattr(added, "dc"):
            added.load_extension("dc", atom=False, rss=True)
        added.dc.dc_creator(writable(item.author))
    else:
        added.author(name=writable(item.author))


class _Archive(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """Says that a document is an archive (RFC 5005 section 4)."""

    def extend_ns(self) -> dict[str, str]:
        return {"fh": _HISTORY}

    def extend_atom(self, feed: Any) -> Any:
        xml_elem(f"{{{_HISTORY}}}archive", feed)
        return feed


class _RelatedLinks(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Writes the links of an Atom entry besides its own."""

    links: tuple[Related, ...] = ()

    def extend_atom(self, entry: Any) -> Any:
        for related in self.links:
            kind = {} if related.type is None else {"type": related.type}
            xml_elem("link", entry, rel="related", href=related.href, title=writable(related.title), **kind)
        return entry
