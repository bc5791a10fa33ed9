"""Calendars: every date by its own name, moved in place, valid by three judges, and safe from what somebody wrote."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from ledger.database import reading
from ledger.streams import Stream
from ledger.voice import ENGLISH
from projections import calendar
from projections.calendar import Shown, written
from projections.dates import Dated, Dates
from projections.documents import Site
from projections.follow import prepare, rebuild
from projections.follower import PROJECTIONS
from tests.projections.record import (
    BASE_URL,
    ORIGIN,
    RECORD,
    SECRETS,
    TIMETABLE,
    Book,
    moved,
    opening,
    project,
    redaction,
    stated,
    withdrawal,
)

SITE = Site(BASE_URL, ORIGIN)
GIVEN = {"state": "given", "code": "provider_feedback", "text": "More time was asked for."}


def announced(opens: str, closes: str, **statement) -> dict:
    """A consultation that people are invited to."""
    data = {
        "announced_on": "2026-03-02",
        "stage": "needs",
        "topics": ["needs"],
        "audience": [],
        "methods": [],
        "opens_on": opens,
        "closes_on": closes,
        "open_to_all": True,
    }
    return stated("consultation-announced", data, **statement)


@pytest.fixture
def book(engine) -> Book:
    """A ledger that holds nothing yet."""
    prepare(engine, PROJECTIONS)
    return Book(engine)


def taken_in(book: Book) -> bytes:
    """The calendar of the process, after everything was taken in."""
    project(book.engine, book.ledger.head().size)
    with reading(book.engine) as connection:
        made = calendar.of(connection, "process/riverside", SITE, ENGLISH)
    assert made is not None
    check(made)
    return made


def parts(made: bytes, kind: str) -> list[Any]:
    return list(Calendar.from_ical(made).walk(kind))


def events(made: bytes) -> dict[str, Any]:
    """Return name of a date -> event, as the library reads it."""
    found = parts(made, "VEVENT")
    return {str(each["UID"]).removeprefix("process/riverside/").partition("@")[0]: each for each in found}


# --- the rules of RFC 5545, by our own reading ------------------------------------------------------------------------

_LINE = re.compile(rb'[A-Z0-9-]+(;[A-Z0-9-]+=("[^"\x00-\x1f\x7f]*"|[^";:,\x00-\x1f\x7f]*))*:[^\x00-\x08\x0a-\x1f\x7f]*')
_BAD_ESCAPE = re.compile(rb"(?:^|[^\\])(?:\\\\)*\\[^\\;,nN]")


def check(made: bytes) -> None:
    """Lines end in CRLF and have 75 octets at most, are UTF-8 each by itself, properly escaped and nested."""
    assert made.endswith(b"\r\n")
    lines = made[:-2].split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    for line in lines:
        line.decode()  # no character is cut in two
    whole = made[:-2].replace(b"\r\n ", b"").split(b"\r\n")
    nested: list[bytes] = []
    counts: dict[bytes, int] = {}
    for line in whole:
        assert _LINE.fullmatch(line), line
        name, _, value = line.partition(b":")
        if name == b"BEGIN":
            nested.append(value)
            counts = {}
        elif name == b"END":
            assert nested.pop() == value
            if value == b"VEVENT":
                assert all(counts.get(each) == 1 for each in (b"UID", b"DTSTAMP", b"DTSTART", b"SEQUENCE", b"STATUS"))
        else:
            key = name.partition(b";")[0]
            counts[key] = counts.get(key, 0) + 1
            if key in {b"SUMMARY", b"DESCRIPTION", b"CATEGORIES"}:
                assert not _BAD_ESCAPE.search(value)
                assert b";" not in re.sub(rb"\\.", b"", value)
    assert not nested
    assert any(line in whole for line in (b"BEGIN:VEVENT", b"BEGIN:VTIMEZONE")), "one component at least (3.6)"
    uids = [line for line in whole if line.startswith(b"UID:")]
    assert len(uids) == len(set(uids))


# --- what stands in them ----------------------------------------------------------------------------------------------


def test_a_moved_date_keeps_its_name_rises_and_says_from_when_and_why(book):
    """Whoever holds the calendar sees the date move in place, at each move."""
    book.record_all([opening(), TIMETABLE])
    first = events(taken_in(book))["milestone/tender_deadline"]
    assert (first.decoded("DTSTART"), first["SEQUENCE"], str(first["STATUS"])) == (date(2026, 6, 1), 0, "CONFIRMED")
    assert str(first["SUMMARY"]) == "Bidding closes: Family services, Riverside"

    book.record(moved("tender_deadline", "2026-06-22", GIVEN))
    second = events(taken_in(book))["milestone/tender_deadline"]
    assert (second.decoded("DTSTART"), second["SEQUENCE"]) == (date(2026, 6, 22), 1)
    assert second["UID"] == first["UID"]
    assert "Moved from 1 June 2026 to 22 June 2026." in second["DESCRIPTION"]
    assert "More time was asked for." in second["DESCRIPTION"]
    assert second.decoded("DTSTAMP") > first.decoded("DTSTAMP")

    book.record(moved("tender_deadline", "2026-06-29", {"state": "not_given"}))
    third = events(taken_in(book))["milestone/tender_deadline"]
    assert (third.decoded("DTSTART"), third["SEQUENCE"]) == (date(2026, 6, 29), 2)
    assert "no reason given" in third["DESCRIPTION"]


def test_a_move_that_is_withdrawn_goes_back_and_rises_again(book):
    """The number never falls, whatever happens to the entries."""
    book.record_all([opening(), TIMETABLE, moved("tender_deadline", "2026-06-22", GIVEN), withdrawal(2)])
    found = events(taken_in(book))["milestone/tender_deadline"]
    assert (found.decoded("DTSTART"), found["SEQUENCE"], str(found["STATUS"])) == (date(2026, 6, 1), 2, "CONFIRMED")


def test_what_was_withdrawn_is_cancelled_and_stays(book):
    """A calendar takes a date out only if it is told to."""
    book.record_all([opening(), announced("2026-05-01", "2026-05-20"), TIMETABLE])
    before = events(taken_in(book))
    book.record_all([withdrawal(1), withdrawal(2)])
    after = events(taken_in(book))
    assert after.keys() == before.keys() == {"consultation/1", "milestone/launch", "milestone/tender_deadline"}
    for name, each in after.items():
        assert str(each["STATUS"]) == "CANCELLED"
        assert each["SEQUENCE"] > before[name]["SEQUENCE"]
        assert each["SUMMARY"].startswith("Cancelled: ")


def test_what_is_not_known_to_the_month_is_no_date(book):
    """A consultation of some time in a year would fill a calendar with a guess."""
    book.record_all([opening(), announced("2026", "2027"), announced("2026-05", "2026-06-10")])
    found = events(taken_in(book))
    assert found.keys() == {"consultation/2"}
    assert found["consultation/2"].decoded("DTSTART") == date(2026, 5, 1)


def test_everything_that_has_a_day_is_there(book):
    """Milestones, answers, promises and consultations, each with a link to its entry; no secret."""
    book.record_all([*RECORD, announced("2026-05-01", "2026-05-20")])
    found = events(taken_in(book))
    assert {"milestone/launch", "milestone/tender_deadline", "consultation/16", "issue/4"} <= found.keys()
    consultation = found["consultation/16"]
    assert (consultation.decoded("DTSTART"), consultation.decoded("DTEND")) == (date(2026, 5, 1), date(2026, 5, 21))
    assert all(str(each["URL"]).startswith(f"{BASE_URL}/entries/") for each in found.values())
    said = taken_in(book).replace(b"\r\n ", b"").decode()
    assert not any(secret in said for secret in SECRETS)


def test_what_is_removed_from_view_is_gone_from_calendars_at_once(book):
    """Words come from what is disclosed when the calendar is read, and no row holds any."""
    book.record_all([opening(), TIMETABLE, moved("tender_deadline", "2026-06-22", GIVEN)])
    assert b"More time was asked for" in taken_in(book).replace(b"\r\n ", b"")
    book.record(redaction(2, "data.reason.text"))
    with reading(book.engine) as connection:
        made = calendar.of(connection, "process/riverside", SITE, ENGLISH)
    assert made is not None
    assert b"More time was asked for" not in made.replace(b"\r\n ", b"")


def test_the_same_record_gives_the_same_bytes_and_rows(book):
    """Taken in one by one or at once, and made anew."""
    for raw in RECORD:
        book.record(raw)
        made = taken_in(book)
    assert rebuild(book.engine, Dates())
    assert taken_in(book) == made
    with reading(book.engine) as connection:
        whole = calendar.of(connection, calendar.ALL, SITE, ENGLISH)
        body = calendar.of(connection, "organisation/gb-gor-d18", SITE, ENGLISH)
        assert calendar.of(connection, "process/nowhere", SITE, ENGLISH) is None
        assert calendar.of(connection, "organisation/nobody", SITE, ENGLISH) is None
    assert whole is not None
    assert body is not None
    check(whole)
    check(body)
    assert parts(whole, "VEVENT")


# --- bytes ------------------------------------------------------------------------------------------------------------


def shown(start: date | datetime, end: date | datetime | None = None, text: str = "A date") -> Shown:
    stamp = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    about = Dated(
        stream=Stream("process", "riverside"),
        name="consultation/1",
        what="consultation",
        code=None,
        start=start,
        end=end,
        before=None,
        opened=1,
        changed=1,
        ended=None,
        sequence=0,
        cancelled=False,
        stamp=stamp,
    )
    return Shown(about, text, f"{text}\n{text}", text or "x", "https://candour.example/entries/1", stamp)


@pytest.mark.parametrize(
    ("start", "hour", "offset"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "003000", 0),  # the last winter hour
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "020000", 1),  # the first summer hour
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), "003000", 1),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "020000", 0),
    ],
)
def test_a_time_of_day_is_that_of_london_also_over_a_change_of_clocks(start, hour, offset):
    """The local time stands there with its zone, and its rules give the instant back."""
    made = written([shown(start, start + timedelta(days=200))], "A title", SITE)
    check(made)
    assert f"DTSTART;TZID=Europe/London:{start + timedelta(hours=offset):%Y%m%d}T{hour}".encode() in made
    (event,) = parts(made, "VEVENT")
    assert event.decoded("DTSTART").astimezone(UTC) == start
    assert event.decoded("DTEND").astimezone(UTC) == start + timedelta(days=200)
    (zone,) = parts(made, "VTIMEZONE")
    assert zone["TZID"] == "Europe/London"
    assert start.astimezone(zone.to_tz()).utcoffset() == timedelta(hours=offset)


def test_days_need_no_zone():
    """A day is a day wherever the reader is."""
    made = written([shown(date(2026, 3, 29))], "A title", SITE)
    assert b"DTSTART;VALUE=DATE:20260329\r\n" in made
    assert b"VTIMEZONE" not in made


def test_a_calendar_is_never_empty():
    """Without a date it holds the rules of the time zone, because a calendar without a component is none."""
    made = written([], "A title", SITE)
    check(made)
    assert b"BEGIN:VTIMEZONE" in made


HOSTILE = {
    "ends of lines": "a\r\nEND:VEVENT\r\nBEGIN:VALARM\nACTION:AUDIO\rX:1",
    "the language of calendars": 'a;b,c:d\\n\\,"e"^n',
    "characters that cannot be printed": "".join(map(chr, range(32))) + "\x7f\x85\u2028\u2029\ufffe",
    "halves of characters": "a\ud800b\udfff",
    "marks that turn the text around": "\u202eabc\u2066def\u2069",
    "letters of four bytes at each place of a fold": "".join("x" * n + "\U0001f600" for n in range(80)),
    "sixty thousand characters": "\u5b57" * 60_000,
    "right to left": "\u0634\u0643\u0631\u0627 " * 50,
    "nothing": "",
    "markup": "<script>alert(1)</script>&amp;",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_somebody_wrote_gives_a_valid_calendar(text):
    """Nothing in a text begins a line, ends an event, or makes it longer than bounds allow."""
    made = written(
        [
            shown(date(2026, 3, 29), text=text),
        ],
        text,
        SITE,
    )
    check(made)
    assert len(parts(made, "VEVENT")) == 1
    assert not parts(made, "VALARM")
    assert len(made) < 30_000
