"""The feeds: finished files where the follower has written them, else made of the rows; feeds of one's own filters."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Response, abort, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response as Answer

from ledger.errors import Wrong
from ledger.voice import ENGLISH
from ledger.words import N_
from projections.publications import channels, compose, published_feeds
from projections.publications.channels import Channel
from projections.publications.compose import FORMS, Part
from projections.publications.items import Writer
from web.answers import FOR_A_MINUTE, answer, open_data
from web.errors import Unclear
from web.public import asking
from web.public.asking import LABELS, Search
from web.public.blueprint import public
from web.public.published import file
from web.state import record, state

_OPML: Final = "text/x-opml; charset=utf-8"
_LONGEST_QUERY: Final = 8_000


@public.get("/feeds/<path:name>.<any(atom, rss, json):form>")
def feed(name: str, form: str) -> Answer:
    """Return a fixed feed. Other spellings of its name lead to its one address."""
    about = channels.channel(name)
    if about is None:
        abort(404)
    return _part(Part(about), name, form)


@public.get("/feeds/<path:name>/archive/<int:number>.atom")
def feed_archive(name: str, number: int) -> Answer:
    """Return an archive of a feed (RFC 5005), counted from 1, the oldest."""
    about = channels.channel(name)
    if about is None:
        abort(404)
    return _part(Part(about, number), f"{name}/archive/{number}", "atom")


def _part(part: Part, asked: str, form: str) -> Answer:
    if part.name != asked:
        return redirect(f"/feeds/{part.name}.{form}", 301)
    media_type = FORMS[form].media_type
    found = file(f"feeds/{part.name}.{form}", media_type)
    if found is not None:
        return found
    with record() as connection:
        if not compose.exists(connection, part.about):
            abort(404)
        written = compose.written(Writer(connection, state().site, ENGLISH), part, FORMS[form])
    if written is None:
        abort(404)
    return _made(written, media_type)


def _made(written: tuple[bytes, datetime], media_type: str) -> Response:
    content, changed = written
    return open_data(answer(content, media_type, FOR_A_MINUTE, changed))


@public.get("/feeds/custom.<any(atom, rss, json):form>")
def feed_custom(form: str) -> Answer:
    """Return the feed of what the filters in the address hold, at its one address."""
    # What is too long to be twenty filters is as wrong as twenty-one.
    too_long = len(request.query_string) > _LONGEST_QUERY
    given = [] if too_long else list(request.args.items(multi=True))
    try:
        chosen = channels.filters(given)
    except Wrong as error:
        raise Unclear(400, gettext("This feed cannot be made"), ENGLISH.error(error)) from error
    query = channels.query(chosen)
    if request.query_string.decode("latin-1") != query:
        return redirect(f"/feeds/custom.{form}?{query}", 301)
    with record() as connection:
        for each in chosen:
            _expect(compose.exists(connection, each), each)
        written = compose.custom(Writer(connection, state().site, ENGLISH), chosen, FORMS[form])
    return _made(written, FORMS[form].media_type)


def _expect(exists: bool, each: Channel) -> None:  # noqa: FBT001 - what was found
    if not exists:
        advice = gettext("Nothing is on record under %(name)s. Check the filter.", name=each.name)
        raise Unclear(400, gettext("This feed cannot be made"), advice)


@public.get("/feeds/search.<any(atom, rss, json):form>")
def feed_search(form: str) -> Answer:
    """Return the feed of what a search finds, at its one address."""
    with record() as connection:
        asked = asking.searched(connection, ENGLISH)
        if not asked:
            advice = gettext("Say what to look for: words, such as ?q=prison, or a filter, such as ?process=riverside.")
            raise Unclear(400, gettext("This feed cannot be made"), advice)
        if asked.filters is not None:
            return redirect(f"/feeds/custom.{form}?{channels.query(asked.filters)}", 301)
        if request.query_string.decode("latin-1") != asked.query:
            return redirect(f"/feeds/search.{form}?{asked.query}", 301)
        written = compose.searched(
            Writer(connection, state().site, ENGLISH), asked.asked, asked.query, _said(asked), FORMS[form]
        )
    return _made(written, FORMS[form].media_type)


def _said(asked: Search) -> str:
    """Say what a search asks for, in the language of feeds."""
    words = [ENGLISH.words(N_("“%(text)s”"), text=asked.text)] if asked.text else []
    filters = (
        ENGLISH.words(N_("%(filter)s: %(value)s"), filter=ENGLISH.words(LABELS[name]), value=label)
        for name, label in asked.labels.items()
    )
    return ENGLISH.items([*words, *filters])


@public.get("/feeds/index.opml")
def feed_directory() -> Response:
    """Return the directory of all feeds, for a feed reader to take in."""
    found = file("feeds/index.opml", _OPML)
    if found is not None:
        return found
    with record() as connection:
        written = published_feeds.directory(connection, state().site)
    return open_data(answer(written, _OPML, FOR_A_MINUTE))
