"""Feeds as JSON Feed 1.1, each item a line, so that an item is found again without reading the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson

from projections.documents import Document, Item, Site, writable

_VERSION: Final = "https://jsonfeed.org/version/1.1"
_BEGIN: Final = b',"items":[\n'
_END: Final = b"\n]}\n"


class JsonFeed:
    """The format: its ending, its media type, and how it writes and finds its pieces."""

    suffix = "json"
    media_type = "application/feed+json"

    def pieces(self, items: Sequence[Item], document: Document, site: Site) -> list[bytes]:
        """Return each item as it stands in the feed, in their order."""
        del site
        return [orjson.dumps(_item(each, document)) for each in items]

    def whole(self, document: Document, site: Site, pieces: Iterable[bytes]) -> bytes:
        """Return the feed that holds these pieces."""
        head: dict[str, Any] = {
            "version": _VERSION,
            "title": writable(document.title),
            "description": writable(document.subtitle),
            "home_page_url": document.alternate,
            "feed_url": site.url(f"{document.path}.json{document.query}"),
            "language": document.language,
            "authors": [{"name": "Candour", "url": site.url("/")}],
        }
        return b"".join((orjson.dumps(head)[:-1], _BEGIN, b",\n".join(pieces), _END))

    def found(self, whole: bytes) -> dict[str, bytes]:
        """Return id -> piece for the items that a feed holds."""
        _, _, rest = whole.partition(_BEGIN)
        lines = (line.removesuffix(b",") for line in rest.removesuffix(_END).split(b"\n"))
        return {line[7 : line.index(b'"', 7)].decode(): line for line in lines if line.startswith(b'{"id":"')}


JSON: Final = JsonFeed()


def _item(item: Item, document: Document) -> dict[str, Any]:
    return {
        "id": item.id,
        "url": item.link,
        "title": writable(item.title),
        "content_html": writable(item.html),
        "summary": writable(item.summary),
        "date_published": item.published.isoformat(),
        "date_modified": item.updated.isoformat(),
        "authors": [{"name": writable(item.author)}],
        "tags": [writable(each.label) for each in item.categories],
        "language": document.language,
        "_candour": {
            "about": "What other forms of this feed say in links and categories.",
            "links": [
                {"url": each.href, "title": writable(each.title), **({} if each.type is None else {"type": each.type})}
                for each in item.related
            ],
            "categories": [{"scheme": each.scheme, "term": each.term} for each in item.categories],
        },
    }
