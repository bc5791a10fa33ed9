"""Feeds as Atom (RFC 4287) and RSS 2.0: the only module that imports feedgen, and the place of its traps.

Each trap was measured: RSS generation changes the process's locale and is not thread-safe; `updated` defaults to now;
RSS takes the last link; one control character fails a whole feed; an author in RSS must have an e-mail address;
`add_entry` puts the newest call first; an Atom entry's links lose all but their address (feedgen 1.0 reuses the name of
its loop), so that each would be one more alternate.
"""

from __future__ import annotations

import re
from threading import Lock
from typing import Any, Final

from feedgen.ext.base import BaseEntryExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem

from projections.documents import Document, Item, Related, Site

_RSS_LOCK: Final = Lock()

_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-�\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold. None is accepted into the record; this keeps one bad entry from hiding all."""


def atom(document: Document, site: Site) -> bytes:
    """Return the feed as Atom."""
    made = _generator(document, site, ".atom")
    return bytes(made.atom_str(pretty=True))


def rss(document: Document, site: Site) -> bytes:
    """Return the feed as RSS 2.0, the author as dc:creator since RSS's own wants an e-mail address."""
    with _RSS_LOCK:
        made = _generator(document, site, ".rss")
        made.load_extension("dc", atom=False, rss=True)
        return bytes(made.rss_str(pretty=True))


def _generator(document: Document, site: Site, suffix: str) -> Any:
    made = FeedGenerator()
    made.id(document.id)
    made.title(_clean(document.title))
    made.subtitle(_clean(document.subtitle))
    made.description(_clean(document.subtitle))
    made.language(document.language)
    made.updated(document.updated)
    made.lastBuildDate(document.updated)
    made.generator("Candour")
    made.link(href=site.url(f"{document.path}{suffix}"), rel="self")
    made.link(href=document.alternate, rel="alternate")
    for item in document.items:
        _add(made, item, rss=suffix == ".rss")
    return made


def _add(made: Any, item: Item, *, rss: bool) -> None:
    added = made.add_entry(order="append")
    added.id(item.id)
    added.guid(item.id, permalink=False)
    added.title(_clean(item.title))
    added.published(item.published)
    added.updated(item.updated)
    added.summary(_clean(item.summary))
    added.content(_clean(item.html), type="CDATA" if rss else "html")
    added.link(href=item.link, rel="alternate")
    added.register_extension("related", _RelatedLinks, rss=False)
    added.related.links = item.related
    for category in item.categories:
        added.category(term=category.term, scheme=category.scheme, label=_clean(category.label))
    if rss:
        added.load_extension("dc")
        added.dc.dc_creator(_clean(item.author))
    else:
        added.author(name=_clean(item.author))


class _RelatedLinks(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Writes the links of an Atom entry besides its own."""

    links: tuple[Related, ...] = ()

    def extend_atom(self, entry: Any) -> Any:
        for related in self.links:
            xml_elem("link", entry, rel="related", href=related.href, title=_clean(related.title))
        return entry


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", text)
