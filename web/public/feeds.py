"""The feeds, each as Atom and as RSS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Response, abort

from ledger.streams import Stream
from ledger.vocabulary import StreamKind
from projections import documents, feeds
from projections.documents import Document, Site
from web.answers import FOR_A_MINUTE, answer, open_data
from web.language import voice
from web.public.blueprint import public
from web.state import record, state

_FORMATS: Final[dict[str, tuple[Callable[[Document, Site], bytes], str]]] = {
    "atom": (feeds.atom, "application/atom+xml; charset=utf-8"),
    "rss": (feeds.rss, "application/rss+xml; charset=utf-8"),
}


@public.get("/feeds/all.<any(atom, rss):form>")
def feed_of_everything(form: str) -> Response:
    """Return the feed of all entries."""
    with record() as connection:
        document = documents.everything(connection, state().site, voice())
    return _feed(document, form)


@public.get("/feeds/<any(process, group):kind>/<reference:name>.<any(atom, rss):form>")
def feed_of_stream(kind: StreamKind, name: str, form: str) -> Response:
    """Return the feed of a process or an advisory group."""
    with record() as connection:
        document = documents.of_stream(connection, Stream(kind, name), state().site, voice())
    if document is None:
        abort(404)
    return _feed(document, form)


def _feed(document: Document, form: str) -> Response:
    write, media_type = _FORMATS[form]
    response = answer(write(document, state().site), media_type, FOR_A_MINUTE, document.updated)
    response.vary.add("Accept-Language")
    return open_data(response)
