"""Times as exact as the source: what is before what, on which day, and in which words."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.clock import Calendar, add_months, england_and_wales, utc_now
from ledger.errors import Refused, Wrong
from ledger.kinds import NOT_STATED, UNDISCLOSED_WORDS, Line, Money, Undisclosed, say, stated
from ledger.structs import PARTY, REASON, VALUE, Party, Reason, Value
from ledger.voice import ENGLISH, Voice
from ledger.when import LONDON, Occurrence, in_order, instant_text

BOUNDS = [
    ("a year", "2017", "2017-01-01T00:00:00Z", "2018-01-01T00:00:00Z"),
    ("a month", "2017-02", "2017-02-01T00:00:00Z", "2017-03-01T00:00:00Z"),
    ("February of a leap year", "2016-02", "2016-02-01T00:00:00Z", "2016-03-01T00:00:00Z"),
    ("December", "2017-12", "2017-12-01T00:00:00Z", "2018-01-01T00:00:00Z"),
    ("a day in winter", "2017-01-31", "2017-01-31T00:00:00Z", "2017-02-01T00:00:00Z"),
    ("a leap day", "2016-02-29", "2016-02-29T00:00:00Z", "2016-03-01T00:00:00Z"),
    ("a day in summer", "2017-07-01", "2017-06-30T23:00:00Z", "2017-07-01T23:00:00Z"),
    ("the day of 23 hours", "2017-03-26", "2017-03-26T00:00:00Z", "2017-03-26T23:00:00Z"),
    ("the day of 25 hours", "2017-10-29", "2017-10-28T23:00:00Z", "2017-10-30T00:00:00Z"),
    ("the month in which summer time ends", "2017-10", "2017-09-30T23:00:00Z", "2017-11-01T00:00:00Z"),
    ("an instant", "2017-10-05T14:30:00Z", "2017-10-05T14:30:00Z", "2017-10-05T14:30:01Z"),
    ("an interval of unlike ends", "2016/2017-10-05", "2016-01-01T00:00:00Z", "2017-10-05T23:00:00Z"),
    ("the last year that is taken", "2200", "2200-01-01T00:00:00Z", "2201-01-01T00:00:00Z"),
    ("the first year that is taken", "1900", "1900-01-01T00:00:00Z", "1901-01-01T00:00:00Z"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "start", "end"), [row[1:] for row in BOUNDS], ids=[row[0] for row in BOUNDS])
def test_an_occurrence_begins_and_ends_in_london(text, start, end):
    """Days, months and years are those of Europe/London, clock changes and leap days included."""
    occurrence = Occurrence.parse(text)
    assert (instant_text(occurrence.start), instant_text(occurrence.end)) == (start, end)
    assert occurrence.text == text


NORMAL = [
    ("2017-10-05T14:30Z", "2017-10-05T14:30:00Z"),
    ("2017-10-05T14:30:00+01:00", "2017-10-05T13:30:00Z"),
    ("2017-01-01T00:30:00+01:00", "2016-12-31T23:30:00Z"),
    ("2017-10/2017-10-05T14:30+00:00", "2017-10/2017-10-05T14:30:00Z"),
]


@pytest.mark.parametrize(("text", "normal"), NORMAL)
def test_an_instant_is_kept_in_utc(text, normal):
    """One moment has one text, whatever the zone in which it was given."""
    assert Occurrence.parse(text).text == normal
    assert Occurrence.parse(normal).text == normal


@pytest.mark.parametrize(
    "text",
    ["", "/", "2017/", "/2017", "17", "2017-1", "2017-13", "2017-00", "2017-02-29", "2017-06-31", "2017-10-05T14:30",
     "2017-10-05T24:30Z", "2017-10-05T14:60Z", "2017-10-05T14:30+25:00", "2017-10-05 14:30Z", "2018/2017",
     "2017/2018/2019", "2017-10-05T14:30:00.5Z", "1899", "2201", "-2017", "2017?", "2017-10-05/2017-10-04", "٢٠١٧"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text):
    """Half a date, a day that is none, a time without a zone: refused in words that show how to write it."""
    with pytest.raises(Wrong) as wrong:
        Occurrence.parse(text)
    assert str(wrong.value).count(".") >= 2


BEFORE = [
    ("a day and the next", "2017-05-01", "2017-05-02", True),
    ("the next day and the one before", "2017-05-02", "2017-05-01", False),
    ("one day and the same", "2017-05-01", "2017-05-01", None),
    ("a month and a day in it", "2017-05", "2017-05-20", None),
    ("a day and the month it is in", "2017-05-20", "2017-05", None),
    ("a month and the first day of the next", "2017-05", "2017-06-01", True),
    ("the last day and the month after", "2017-05-31", "2017-06", True),
    ("a year and the next", "2016", "2017", True),
    ("two hours of one day", "2017-05-01T10:00:00Z", "2017-05-01T12:00:00Z", True),
    ("one instant and the same", "2017-05-01T10:00:00Z", "2017-05-01T10:00:00Z", None),
    ("an hour and its day", "2017-05-01T10:00:00Z", "2017-05-01", None),
    ("the last second of a summer's day and the next day", "2017-06-30T22:59:59Z", "2017-07-01", True),
    ("the first second of a summer's day and that day", "2017-06-30T23:00:00Z", "2017-07-01", None),
    ("two intervals that overlap", "2016/2017-06", "2017-05/2018", None),
    ("two intervals that touch", "2016/2017", "2018/2019", True),
]


@pytest.mark.parametrize(("one", "other", "expected"), [row[1:] for row in BEFORE], ids=[row[0] for row in BEFORE])
def test_before_is_yes_no_or_unknown(one, other, expected):
    """What two intervals leave open is None, and the two directions never contradict each other."""
    first, second = Occurrence.parse(one), Occurrence.parse(other)
    assert first.before(second) is expected
    assert second.before(first) is (None if expected is None else not expected)


BY = [
    ("2017-05-20", date(2017, 5, 20), True),
    ("2017-05-21", date(2017, 5, 20), False),
    ("2017-05", date(2017, 5, 31), True),
    ("2017-05", date(2017, 5, 30), None),
    ("2017-05", date(2017, 5, 1), None),
    ("2017-05", date(2017, 4, 30), False),
    ("2017-06-30T22:59:59Z", date(2017, 6, 30), True),
    ("2017-06-30T23:00:00Z", date(2017, 6, 30), False),
    ("2017-12-31T23:59:59Z", date(2017, 12, 31), True),
]


@pytest.mark.parametrize(("text", "day", "expected"), BY)
def test_by_a_day_is_yes_no_or_unknown(text, day, expected):
    """A day ends at midnight in London, an hour before that of UTC in summer."""
    assert Occurrence.parse(text).by(day) is expected


POINTS = st.builds(
    lambda day, length: day.isoformat()[:length],
    st.dates(date(2016, 1, 1), date(2018, 12, 31)),
    st.sampled_from([4, 7, 10]),
) | st.datetimes(datetime(2016, 1, 1), datetime(2018, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001 - UTC is added
    lambda moment: instant_text(moment.replace(microsecond=0))
)


@given(point=POINTS)
def test_an_occurrence_holds_its_own_bounds(point):
    """The first day is not after the last, the end not before the start, and parsing gives the same again."""
    occurrence = Occurrence.parse(point)
    assert occurrence.start < occurrence.end
    assert occurrence.first_day <= occurrence.last_day
    assert occurrence.first_day == occurrence.start.astimezone(LONDON).date()
    assert Occurrence.parse(occurrence.text) == occurrence
    assert occurrence.before(occurrence) is None
    assert occurrence.by(occurrence.last_day) is True
    assert occurrence.by(occurrence.first_day - timedelta(days=1)) is False


@given(points=st.lists(POINTS | st.none(), max_size=9))
def test_order_of_happening_respects_what_is_certain_and_keeps_the_rest(points):
    """Nothing stands before what certainly happened earlier; where all is open, the order given stays."""
    items = [(place, None if point is None else Occurrence.parse(point)) for place, point in enumerate(points)]
    ordered = in_order(items, lambda item: item[1])
    assert sorted(ordered, key=lambda item: item[0]) == items
    for place, (_, earlier) in enumerate(ordered):
        for _, later in ordered[place + 1 :]:
            assert earlier is None or later is None or later.before(earlier) is not True
    pairs = [(a, b) for a in items for b in items if a[1] and b[1] and a[1].before(b[1]) is not None]
    if not pairs:
        assert ordered == items


# --- working days and months ------------------------------------------------------------------------------------------

WORKING = [
    ("a Tuesday and one day", "2025-06-03", 1, "2025-06-04"),
    ("a Friday and one day", "2025-06-06", 1, "2025-06-09"),
    ("day zero", "2025-06-03", 0, "2025-06-03"),
    ("day zero on a Sunday", "2025-06-08", 0, "2025-06-09"),
    ("a Saturday counts from Monday", "2025-06-07", 1, "2025-06-10"),
    ("over Easter", "2025-04-17", 1, "2025-04-22"),
    ("Good Friday counts from Tuesday", "2025-04-18", 1, "2025-04-23"),
    ("over the bank holiday of early May", "2025-05-02", 1, "2025-05-06"),
    ("over Christmas", "2025-12-24", 1, "2025-12-29"),
    ("over Christmas and the new year", "2025-12-24", 4, "2026-01-02"),
    ("Christmas on a Saturday, with days in lieu", "2021-12-24", 1, "2021-12-29"),
    ("over the end of summer time", "2025-10-24", 1, "2025-10-27"),
    ("over a leap day", "2024-02-28", 2, "2024-03-01"),
]  # fmt: skip


@pytest.mark.parametrize(("day", "count", "expected"), [row[1:] for row in WORKING], ids=[row[0] for row in WORKING])
def test_working_days_of_england_and_wales(day, count, expected):
    """Day zero is the day itself or the next working day; weekends and bank holidays do not count."""
    assert england_and_wales().add_working_days(date.fromisoformat(day), count) == date.fromisoformat(expected)


@given(day=st.dates(date(2019, 1, 1), date(2027, 1, 1)), count=st.integers(0, 30))
def test_counting_working_days_is_counting_them(day, count):
    """Between day zero and the result there are exactly so many working days."""
    calendar = england_and_wales()
    end = calendar.add_working_days(day, count)
    zero = calendar.add_working_days(day, 0)
    assert calendar.is_working_day(end)
    days = (zero + timedelta(days=n) for n in range(1, (end - zero).days + 1))
    assert sum(map(calendar.is_working_day, days)) == count


def test_the_calendar_says_where_it_comes_from():
    """Its version is shown wherever days are counted, and another calendar counts otherwise."""
    assert england_and_wales().version.startswith("govuk-bank-holidays ")
    assert england_and_wales() is england_and_wales()
    assert Calendar(frozenset({date(2025, 6, 4)}), "mine").add_working_days(date(2025, 6, 3), 1) == date(2025, 6, 5)


MONTHS = [
    ("2017-12-31", 2, "2018-02-28"),
    ("2019-12-31", 2, "2020-02-29"),
    ("2018-01-31", 1, "2018-02-28"),
    ("2018-02-28", 1, "2018-03-28"),
    ("2018-08-31", 1, "2018-09-30"),
    ("2016-02-29", 12, "2017-02-28"),
    ("2016-02-29", 48, "2020-02-29"),
    ("2018-11-15", 2, "2019-01-15"),
    ("2018-01-31", 0, "2018-01-31"),
    ("2018-03-31", -1, "2018-02-28"),
    ("2018-01-15", -1, "2017-12-15"),
]


@pytest.mark.parametrize(("day", "months", "expected"), MONTHS)
def test_months_keep_the_day_or_end_with_the_month(day, months, expected):
    """Two months are two calendar months, clipped where the month is shorter."""
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


@given(day=st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_adding_months_never_turns_back(day):
    """More months are later, each in its own month."""
    found = [add_months(day, months) for months in range(30)]
    assert all((a.year * 12 + a.month) + 1 == b.year * 12 + b.month for a, b in pairwise(found))


def test_the_clock_knows_its_zone():
    """The only clock gives an aware instant in UTC."""
    assert utc_now().utcoffset() == timedelta(0)


# --- in words ---------------------------------------------------------------------------------------------------------

SAID = [
    ("2017", "2017"),
    ("2017-10", "October 2017"),
    ("2017-10-05", "5 October 2017"),
    ("2017-07-01T12:00:00Z", "1 July 2017 at 13:00"),
    ("2017-12-01T12:00:00Z", "1 December 2017 at 12:00"),
    ("2017-06-30T23:30:00Z", "1 July 2017 at 00:30"),
    ("2016/2017-10", "some time from 2016 to October 2017"),
]


@pytest.mark.parametrize(("text", "words"), SAID)
def test_a_time_is_said_as_exactly_as_it_was_given(text, words):
    """No narrower and no wider, and instants as the clocks in London show them."""
    assert ENGLISH.occurrence(Occurrence(text)) == words


MONEY = [
    ("1070000.00", "GBP", "£1,070,000"),
    ("1070000.5", "GBP", "£1,070,000.50"),
    ("0.1234", "GBP", "£0.1234"),
    ("0", "GBP", "£0"),
    ("99", "EUR", "€99"),
    ("123456789012345.6789", "GBP", "£123,456,789,012,345.6789"),
]


@pytest.mark.parametrize(("amount", "currency", "words"), MONEY)
def test_money_is_never_rounded(amount, currency, words):
    """Every digit that was given is said."""
    assert ENGLISH.money(Decimal(amount), currency) == words


def test_numbers_and_lists_are_said_in_the_language():
    """Separators, “and”, and the word for nothing are those of the reader."""
    assert ENGLISH.number(1234567) == "1,234,567"
    assert ENGLISH.number(Decimal("12.3456")) == "12.3456"
    assert ENGLISH.items(["a", "b", "c"]) == "a, b and c"
    assert ENGLISH.items([]) == "none"
    welsh = Voice("cy", {"none": "dim", "It is %(what)s.": "Mae'n %(what)s."}.__getitem__)
    assert welsh.items([]) == "dim"
    assert welsh.day(date(2017, 10, 5)) == "5 Hydref 2017"
    assert welsh.error(Refused("It is %(what)s.", what="hwyr")) == "Mae'n hwyr."


def test_what_is_absent_not_stated_or_hidden_is_said_so():
    """A reader can tell the four ways in which a value is not there, and never sees one for a value."""
    assert say(Line(), None, ENGLISH) == "none"
    assert say(Line(), NOT_STATED, ENGLISH) == "not stated"
    assert len(set(UNDISCLOSED_WORDS.values())) == len(HIDDEN) == len(UNDISCLOSED_WORDS)
    for hidden in HIDDEN:
        assert say(Line(), hidden, ENGLISH) == UNDISCLOSED_WORDS[hidden.state]
        assert stated(hidden) is None
    assert stated(NOT_STATED) is None
    assert stated(0) == 0


HIDDEN = (Undisclosed("disclosed"), Undisclosed("embargoed"), Undisclosed("withheld"), Undisclosed("redacted"))
REASONS = [
    (Reason(state="not_given"), "no reason given"),
    (Reason(state="withheld", basis="court_order"), "withheld (Order of a court)"),
    (Reason(state="given", code="capacity"), "Too few staff or too little time"),
    (Reason(state="given", text="It rained."), "It rained."),
    (Reason(state="given", code="other", text="It rained."), "It rained."),
    (Reason(state="given", code="capacity", text="One was ill."), "Too few staff or too little time: One was ill."),
    (Reason(state="given", code="capacity", text=Undisclosed("redacted")),
     "Too few staff or too little time: [removed by law]"),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "words"), REASONS)
def test_a_reason_is_said_by_its_words_its_kind_or_its_absence(reason, words):
    """Given, withheld and not given are three different things to read."""
    assert say(REASON, reason, ENGLISH) == words


def test_a_value_says_its_tax_and_a_party_its_name():
    """The amount to compare comes first; an organisation is called by its name alone."""
    net, gross = Money("100", "GBP"), Money("120", "GBP")
    assert say(VALUE, Value(net=net, gross=gross), ENGLISH) == "£100 without VAT, £120 with VAT"
    assert say(VALUE, Value(net=NOT_STATED), ENGLISH) == "not stated without VAT"
    assert say(PARTY, Party(scheme="GB-CHC", id="1", name="Families First"), ENGLISH) == "Families First"
