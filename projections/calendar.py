"""Dates as iCalendar (RFC 5545), for any calendar that can subscribe to an address: the only user of icalendar.

Days are days (VALUE=DATE); what has a time of day is said in the time of London with its rules of summer time. The same
rows give the same bytes: DTSTAMP is when the record last changed the date, never when the file was made.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import structlog
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vDDDTypes, vDuration, vRecur, vText
from sqlalchemy import Connection

from ledger.actions.timeline import TimelineChanged, TimelinePublished
from ledger.codes import MILESTONES
from ledger.kinds import say, stated
from ledger.obligations import KINDS
from ledger.streams import Stream
from ledger.structs import REASON
from ledger.vocabulary import Action
from ledger.voice import Voice
from ledger.when import LONDON
from ledger.words import N_
from projections import dates, entries, organisations, present, streams
from projections.dates import Dated
from projections.documents import Site
from projections.entries import EntryView

MOST: Final = 1_000
"""Dates in one calendar: the latest. Calendar programs grow slow beyond that."""

_log = structlog.get_logger(__name__)

_LONGEST_SUMMARY: Final = 300
_LONGEST_TEXT: Final = 2_000
_UNPRINTED: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What no calendar shows, or what turns the text around it. Line feeds stay: they are written as \\n."""

_SUMMER_TIME_SINCE: Final = 1996
"""From this year on the clocks of London change on the last Sundays of March and October."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A date in words. `link` is a full address."""

    date: Dated
    summary: str
    description: str
    category: str
    link: str
    created: datetime


ALL: Final = "all"
"""The key of the calendar of all that is on record. The others are `process/…`, `group/…` and `organisation/…`."""


def of(
    connection: Connection, key: str, site: Site, voice: Voice, *, held: bytes = b"", stale: Collection[str] = ()
) -> bytes | None:
    """Return a calendar by its key; None where what it is about is not on record.

    `held` is the calendar as it was: its dates are taken over, but for those of the streams in `stale`.
    """
    title = _title(connection, key, voice)
    if title is None:
        return None
    listed = _dates(connection, key)
    kept = events_in(held)
    wanted = [each for each in listed if str(each.stream) in stale or uid(each, site).encode() not in kept]
    named = streams.titles(connection, sorted({each.stream for each in wanted}), voice)
    numbers = {index for each in wanted for index in (each.opened, each.changed, each.ended) if index is not None}
    views = entries.several(connection, numbers)
    made = {(each.stream, each.name): _safely(each, views, named[each.stream], site, voice) for each in wanted}
    pieces = (
        kept[uid(each, site).encode()] if shown is None else piece(shown, site)
        for each in sorted(listed, key=_order)
        for shown in (made.get((each.stream, each.name)),)
    )
    return whole(list(pieces), title)


def _title(connection: Connection, key: str, voice: Voice) -> str | None:
    if key == ALL:
        return voice.words(N_("Candour: all dates"))
    about, _, name = key.partition("/")
    if about == "organisation":
        body = organisations.one(connection, name)
        return None if body is None else voice.words(N_("Candour: %(body)s"), body=body.name)
    stream = Stream.parse(key)
    if streams.one(connection, stream) is None:
        return None
    return voice.words(N_("Candour: %(process)s"), process=streams.titles(connection, [stream], voice)[stream])


def _dates(connection: Connection, key: str) -> list[Dated]:
    about, _, name = key.partition("/")
    match about:
        case "all":
            return dates.everything(connection, MOST)
        case "organisation":
            return dates.of_organisation(connection, name, MOST)
        case _:
            return dates.of_stream(connection, Stream.parse(key), MOST)


# --- words ------------------------------------------------------------------------------------------------------------


def _safely(each: Dated, views: Mapping[int, EntryView], process: str, site: Site, voice: Voice) -> Shown:
    try:
        return _shown(each, views, process, site, voice)
    except Exception:  # noqa: BLE001 - whatever is wrong with one date, the others are shown
        _log.exception("a date cannot be said in calendars", stream=str(each.stream), date=each.name)
        said = voice.words(N_("This date cannot be shown here. Its page is not affected."))
        link = site.url(f"/entries/{each.changed}")
        return Shown(each, said, f"{said}\n{link}", voice.words(N_("Milestone")), link, each.stamp)


def _shown(each: Dated, views: Mapping[int, EntryView], process: str, site: Site, voice: Voice) -> Shown:
    summary = voice.words(N_("%(what)s: %(process)s"), what=_what(each, views, voice), process=process)
    if each.cancelled:
        summary = voice.words(N_("Cancelled: %(what)s"), what=summary)
    category = N_("Consultation") if each.what == "consultation" else N_("Milestone")
    opened = views.get(each.opened)
    return Shown(
        date=each,
        summary=summary,
        description="\n".join(_lines(each, views, site, voice)),
        category=voice.words(KINDS.labels.get(each.what, category)),
        link=site.url(f"/entries/{each.changed if each.cancelled else each.opened}"),
        created=each.stamp if opened is None else opened.entry.recorded,
    )


def _what(each: Dated, views: Mapping[int, EntryView], voice: Voice) -> str:
    if each.what == "milestone":
        return _milestone(each, views, voice)
    if each.what == "consultation":
        return voice.words(N_("Consultation"))
    label = voice.words(KINDS.labels[each.what])
    return label if each.code is None else voice.words(N_("%(label)s %(id)s"), label=label, id=each.code)


def _milestone(each: Dated, views: Mapping[int, EntryView], voice: Voice) -> str:
    code = each.code or ""
    if code in MILESTONES.labels and code != "other":
        return voice.words(MILESTONES.labels[code])
    view = views.get(each.opened)
    action = None if view is None else view.entry.action
    found = stated(action.milestones) or () if isinstance(action, TimelinePublished) else ()
    return next((title for each in found if each.code == code and (title := stated(each.title)) is not None), code)


def _lines(each: Dated, views: Mapping[int, EntryView], site: Site, voice: Voice) -> list[str]:
    """Return what the description says: how the date moved and why, what it comes from, and how it ended."""
    opened, changed, ended = (None if index is None else views.get(index) for index in _entries_of(each))
    found: list[str] = []
    if each.cancelled and changed is not None:
        found.append(voice.words(N_("Cancelled: %(sentence)s"), sentence=present.headline(changed, voice)))
    elif each.before is not None and isinstance(each.start, date):
        found.append(
            voice.words(
                N_("Moved from %(before)s to %(now)s."), before=voice.day(each.before), now=voice.day(each.start)
            )
        )
        reason = None if changed is None else _reason(changed.entry.action, voice)
        if reason is not None:
            found.append(voice.words(N_("Reason: %(reason)s"), reason=reason))
    if opened is not None:
        found.append(present.headline(opened, voice))
    if ended is not None:
        found.append(voice.words(N_("Ended with: %(sentence)s"), sentence=present.headline(ended, voice)))
    numbers = dict.fromkeys(index for index in _entries_of(each) if index is not None)
    return [*found, *(site.url(f"/entries/{number}") for number in numbers)]


def _entries_of(each: Dated) -> tuple[int, int | None, int | None]:
    return each.opened, each.changed if each.changed != each.opened else None, each.ended


def _reason(action: Action, voice: Voice) -> str | None:
    return say(REASON, action.reason, voice) if isinstance(action, TimelineChanged) else None


# --- iCalendar --------------------------------------------------------------------------------------------------------


def written(shown: Iterable[Shown], title: str, site: Site) -> bytes:
    """Return a calendar as bytes: each date once, in the order of the days."""
    return whole([piece(each, site) for each in sorted(shown, key=lambda each: _order(each.date))], title)


def whole(pieces: Sequence[bytes], title: str) -> bytes:
    """Return the calendar that holds these dates, each as `piece` wrote it."""
    made = Calendar()
    made.add("prodid", "-//Candour//Candour//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    # The library takes these two for values of no known kind, and would write a comma or a new line as it is.
    name = vText(_line(title))
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", LONDON.key)
    made.add("refresh-interval", vDuration(_ASK_AGAIN), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vDuration(_ASK_AGAIN))
    # A calendar holds one component at least (RFC 5545, 3.6), also where there is no date yet.
    if not pieces or any(_ZONED in each for each in pieces):
        made.add_component(_london())
    frame = bytes(made.to_ical())
    place = frame.rindex(_END)
    return b"".join((frame[:place], *pieces, frame[place:]))


_END: Final = b"END:VCALENDAR"
_ZONED: Final = b"\r\nDTSTART;TZID="
_EVENT: Final = re.compile(rb"^BEGIN:VEVENT\r\n.*?^END:VEVENT\r\n", re.DOTALL | re.MULTILINE)
"""A date in a calendar. No text can look like its ends: a line of text that is not the first begins with a space."""

_UID: Final = re.compile(rb"^UID:(.*)\r$", re.MULTILINE)


def piece(shown: Shown, site: Site) -> bytes:
    """Return a date as it stands in a calendar."""
    return bytes(_event(shown, site).to_ical())


def events_in(held: bytes) -> dict[bytes, bytes]:
    """Return UID -> date, as it stands there, for the dates that a calendar holds."""
    pieces = _EVENT.findall(held)
    return {match[1]: each for each in pieces if (match := _UID.search(each.replace(b"\r\n ", b""))) is not None}


def uid(each: Dated, site: Site) -> str:
    """Return the permanent name of a date, for all calendars that hold it."""
    return f"{each.stream}/{each.name}@{site.origin}"


_ASK_AGAIN: Final = timedelta(hours=1)


def _order(each: Dated) -> tuple[str, str, str]:
    return each.start.isoformat(), str(each.stream), each.name


def _event(each: Shown, site: Site) -> Event:
    dated, made = each.date, Event()
    made.add("uid", uid(dated, site))
    made.add("dtstamp", _seconds(dated.stamp))
    made.add("created", _seconds(each.created))
    made.add("last-modified", _seconds(dated.stamp))
    made.add("sequence", dated.sequence)
    made.add("status", "CANCELLED" if dated.cancelled else "CONFIRMED")
    made.add("transp", "TRANSPARENT")
    _add_time(made, "dtstart", dated.start)
    if dated.end is not None:
        # A day that is the last one counts in full: iCalendar wants the one after it.
        last = dated.end if isinstance(dated.end, datetime) else dated.end + timedelta(days=1)
        _add_time(made, "dtend", last)
    made.add("summary", _line(each.summary))
    made.add("description", _cut(_UNPRINTED.sub("", each.description), _LONGEST_TEXT))
    made.add("categories", [_line(each.category)])
    made.add("url", each.link)
    return made


def _add_time(made: Event, name: str, when: date | datetime) -> None:
    if not isinstance(when, datetime):
        made.add(name, when)
    elif when.year > _SUMMER_TIME_SINCE:
        made.add(name, _seconds(when).astimezone(LONDON))
    else:
        made.add(name, _seconds(when))


def _seconds(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _london() -> Timezone:
    made = Timezone()
    made.add("tzid", LONDON.key)
    for part, month, begins, name, offsets in (
        (TimezoneDaylight(), 3, datetime(1996, 3, 31, 1), "BST", (0, 1)),  # noqa: DTZ001 - RFC 5545: local, without zone
        (TimezoneStandard(), 10, datetime(1996, 10, 27, 2), "GMT", (1, 0)),  # noqa: DTZ001 - the same
    ):
        part.add("dtstart", vDDDTypes(begins))
        part.add("rrule", vRecur({"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": "-1SU"}))
        part.add("tzname", name)
        part.add("tzoffsetfrom", timedelta(hours=offsets[0]))
        part.add("tzoffsetto", timedelta(hours=offsets[1]))
        made.add_component(part)
    return made


def _line(text: str) -> str:
    return _cut(" ".join(_UNPRINTED.sub("", text).split()), _LONGEST_SUMMARY)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
