"""The calendars: all dates, those of a process or group, and those of a body's processes."""

from __future__ import annotations

from typing import Final

from flask import Response, abort

from ledger.streams import Stream
from ledger.vocabulary import StreamKind
from projections import calendar
from projections.organisations import SLUG
from web.answers import FOR_A_MINUTE, answer, open_data
from web.language import voice
from web.public.blueprint import public
from web.state import record, state

_MEDIA_TYPE: Final = "text/calendar; charset=utf-8"


@public.get("/calendar/all.ics")
def calendar_of_everything() -> Response:
    """Return the calendar of all that is on record."""
    with record() as connection:
        made = calendar.everything(connection, state().site, voice())
    return _calendar(made)


@public.get("/calendar/<any(process, group):kind>/<reference:name>.ics")
def calendar_of_stream(kind: StreamKind, name: str) -> Response:
    """Return the calendar of a process or an advisory group."""
    with record() as connection:
        made = calendar.of_stream(connection, Stream(kind, name), state().site, voice())
    return _calendar(made)


@public.get("/calendar/organisation/<slug>.ics")
def calendar_of_organisation(slug: str) -> Response:
    """Return the calendar of the processes in which a body has a part."""
    if SLUG.fullmatch(slug) is None:
        abort(404)
    with record() as connection:
        made = calendar.of_organisation(connection, slug, state().site, voice())
    return _calendar(made)


def _calendar(made: bytes | None) -> Response:
    if made is None:
        abort(404)
    response = open_data(answer(made, _MEDIA_TYPE, FOR_A_MINUTE))
    response.vary.add("Accept-Language")
    return response
