"""The calendars: all dates, those of a process or group, and those of a body's processes.

Finished files where the follower has written them, else made of the rows.
"""

from __future__ import annotations

from typing import Final

from flask import Response, abort

from ledger.streams import Stream
from ledger.vocabulary import StreamKind
from ledger.voice import ENGLISH
from projections import calendar
from projections.organisations import SLUG
from web.answers import FOR_A_MINUTE, answer, open_data
from web.public.blueprint import public
from web.public.published import file
from web.state import record, state

_MEDIA_TYPE: Final = "text/calendar; charset=utf-8"


@public.get("/calendar/all.ics")
def calendar_of_everything() -> Response:
    """Return the calendar of all that is on record."""
    return _calendar(calendar.ALL)


@public.get("/calendar/<any(process, group):kind>/<reference:name>.ics")
def calendar_of_stream(kind: StreamKind, name: str) -> Response:
    """Return the calendar of a process or an advisory group."""
    return _calendar(str(Stream(kind, name)))


@public.get("/calendar/organisation/<slug>.ics")
def calendar_of_organisation(slug: str) -> Response:
    """Return the calendar of the processes in which a body has a part."""
    if SLUG.fullmatch(slug) is None:
        abort(404)
    return _calendar(f"organisation/{slug}")


def _calendar(key: str) -> Response:
    found = file(f"calendar/{key}.ics", _MEDIA_TYPE)
    if found is not None:
        return found
    with record() as connection:
        made = calendar.of(connection, key, state().site, ENGLISH)
    if made is None:
        abort(404)
    return open_data(answer(made, _MEDIA_TYPE, FOR_A_MINUTE))
