"""What is owed, by whom and by when, in the circumstances of `docs/measures/obligations.md`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.actions.commitments import CommitmentMade
from ledger.actions.process import NeedsAssessmentPublished
from ledger.actions.procurement import ClarificationAnswered, ClarificationQuestionReceived
from ledger.clock import Calendar, england_and_wales
from ledger.obligations import (
    STATES,
    Clock,
    due_after,
    obligations,
    silences,
    working_days_between,
    working_days_left,
)
from ledger.process import History
from ledger.when import Occurrence
from projections.knowledge import Axes, as_known
from tests.ledger import circumstances_obligations as circumstances_here
from tests.projections.measures.build import CHARITY, DOCS, MINISTRY, Given, circumstances, named, tables

TABLE = list(tables((DOCS / "obligations.md").read_text(encoding="utf-8"), "Circumstance"))
BUILT: dict[str, Any] = circumstances(circumstances_here)
CALENDAR = england_and_wales()


def owed(question, index):
    found = obligations(question.history, question.at, question.calendar, question.thresholds)
    return next((each for each in found if each.id == index), None)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["Circumstance"])
def test_each_circumstance_gives_the_state_and_the_day_of_the_table(row):
    """Given the circumstance, what is owed has the state and the last day that the table names."""
    found = owed(*BUILT[named(row["Circumstance"])]())
    state = "none" if found is None else STATES.labels[found.state]
    due = "none" if found is None or found.due is None else found.due.last.isoformat()
    assert (state, due) == (row["State"], row["Due"])


def test_the_table_and_the_circumstances_name_each_other():
    """Every circumstance of the table can be built, and none is built that the table does not name."""
    assert set(BUILT) == {named(row["Circumstance"]) for row in TABLE}
    assert len(BUILT) == len(TABLE)


@pytest.mark.parametrize("name", sorted(name for name in BUILT if "looked_at_before" not in name))
def test_time_alone_changes_a_state_only_at_the_moment_named(name):
    """Until `changes_at` the state stays, and at that very instant it turns to overdue; else time changes nothing."""
    question, index = BUILT[name]()
    found = owed(question, index)
    instants = [question.at + timedelta(days=3650)]
    if found is not None and found.changes_at is not None:
        assert obligations_at(question, found.changes_at, index).state in {"overdue", "unknown"}
        instants = [found.changes_at - timedelta(microseconds=1)]
    states = {None if each is None else each.state for each in (obligations_at(question, at, index) for at in instants)}
    assert states == {None if found is None else found.state}


def obligations_at(question, at, index):
    found = obligations(question.history, at, question.calendar, question.thresholds)
    return next((each for each in found if each.id == index), None)


def said(due):
    return [each.template % {name: _text(value) for name, value in each.parameters.items()} for each in due.steps]


def _text(value):
    return value.text if isinstance(value, Occurrence) else str(value)


def test_the_steps_tell_how_a_day_was_found():
    """A question that came after the cut-off before Easter: each shift, each run of days and each holiday is a step."""
    received = Occurrence("2026-03-27T16:30:00Z")
    due = due_after(received, Clock(8, "working_days", time(16)), CALENDAR)
    assert said(due) == [
        "Counted from: 2026-03-27T16:30:00Z.",
        "What comes after 16:00 counts from the next day.",
        "2026-03-28 is at the weekend.",
        "2026-03-29 is at the weekend.",
        "Day zero: 2026-03-30.",
        "Working days are counted: weekends and bank holidays are not.",
        "Day 1 to day 3: 2026-03-31 to 2026-04-02.",
        "Skipped: 2026-04-03, a bank holiday.",
        "Skipped: 2026-04-06, a bank holiday.",
        "Day 4 to day 8: 2026-04-07 to 2026-04-13.",
        f"Bank holidays of England and Wales as in {CALENDAR.version}.",
        "Due by the end of 2026-04-13, time in London.",
    ]
    assert due.calendar == CALENDAR.version


def test_the_end_of_the_last_day_is_that_of_london():
    """In summer a day in London ends an hour before the day in UTC; when the clocks change, at its own midnight."""
    clock = Clock(1, "calendar_days")
    ends = {
        "2026-01-14": "2026-01-16T00:00:00+00:00",
        "2026-03-28": "2026-03-29T23:00:00+00:00",
        "2026-07-14": "2026-07-15T23:00:00+00:00",
        "2026-10-24": "2026-10-26T00:00:00+00:00",
    }
    assert {day: due_after(Occurrence(day), clock, CALENDAR).until.isoformat() for day in ends} == ends


def test_the_steps_say_where_the_list_of_bank_holidays_ends():
    """Counting past the years of the list is possible, and does not hide that it is a guess."""
    due = due_after(Occurrence("2031-03-03"), Clock(5, "working_days"), CALENDAR)
    assert any("are not known here" in step for step in said(due))
    assert not any(
        "are not known here" in step
        for step in said(due_after(Occurrence("2026-03-03"), Clock(5, "working_days"), CALENDAR))
    )


def test_the_longest_promise_has_few_steps():
    """However long a count is, its steps are no more than the bank holidays in it call for."""
    due = due_after(Occurrence("2013-01-02"), Clock(3_800, "working_days"), CALENDAR)
    holidays = sum(date(2013, 1, 2) < day < due.last and day.weekday() < 5 for day in CALENDAR.holidays)
    assert len(due.steps) <= 2 * holidays + 8


@given(st.dates(date(2012, 1, 1), date(2028, 11, 1)), st.integers(0, 30))
def test_counting_back_gives_what_was_counted_forward(day, count):
    """From any day, the nth working day after it is n working days after it."""
    assert working_days_between(day, CALENDAR.add_working_days(day, count), CALENDAR) == count


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(-40, 40))
def test_working_days_between_are_those_that_a_list_would_show(first, apart):
    """The count agrees with going through the days one by one, in both directions."""
    last = first + timedelta(days=apart)
    while not CALENDAR.is_working_day(first):
        first += timedelta(days=1)
    low, high = min(first, last), max(first, last)
    listed = sum(CALENDAR.is_working_day(low + timedelta(days=n + 1)) for n in range((high - low).days))
    assert working_days_between(first, last, CALENDAR) == (listed if last >= first else -listed)


@settings(max_examples=60)
@given(st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.integers(1, 25))
def test_every_counted_day_is_in_the_steps_once(day, length):
    """The runs of counted days in the steps join without gap or overlap, from day one to the last."""
    due = due_after(Occurrence(f"{day}T12:00:00Z"), Clock(length, "working_days"), CALENDAR)
    runs: list[Any] = [each.parameters for each in due.steps if "number" in each.parameters]
    numbers = [n for run in runs for n in range(run["number"], run.get("until", run["number"]) + 1)]
    assert numbers == list(range(1, length + 1))


@pytest.mark.parametrize(
    ("today", "left"),
    [
        ("2026-03-06", 2),
        ("2026-03-07", 1),
        ("2026-03-10", 0),
        ("2026-03-11", -1),
        ("2026-03-14", -3),
        ("2026-03-23", -9),
    ],
)
def test_what_is_left_and_what_is_over_is_said_in_working_days(today, left):
    """A question due on Tuesday 10 March: two working days before, on the day, and nine working days after."""
    due = due_after(Occurrence("2026-03-03"), Clock(5, "working_days"), CALENDAR)
    assert working_days_left(due, datetime.fromisoformat(f"{today}T12:00:00").replace(tzinfo=UTC), CALENDAR) == left


def test_the_version_of_the_calendar_goes_with_the_day():
    """Another list of holidays gives another day, and says that it was that list."""
    quiet = Calendar(frozenset(), "without holidays")
    due = due_after(Occurrence("2026-04-01"), Clock(5, "working_days"), quiet)
    assert (due.last, due.calendar) == (date(2026, 4, 8), "without holidays")


# --- silences ---------------------------------------------------------------------------------------------------------


def quiet(question, working_days=20):
    """The silences of a record: from, to, working days, and the entries around them."""
    owed = obligations(question.history, question.at, question.calendar, question.thresholds)
    found = silences(question.history, owed, question.at, question.calendar, working_days)
    return [(f"{s.first} {s.last}", s.working_days, s.after, s.until, s.owed) for s in found]


def asked(day="2026-03-02"):
    return Given().records(ClarificationQuestionReceived, f"{day}T10:00:00Z")


@pytest.mark.parametrize(("day", "silent"), [("2026-03-29", False), ("2026-03-30", True)])
def test_a_silence_begins_when_its_last_working_day_has_ended(day, silent):
    """A question of 2 March: 20 working days without anything end with Monday 30 March."""
    found = quiet(asked().at(day))
    assert found == ([("2026-03-03 2026-03-30", 20, 1, None, (1,))] if silent else [])


def test_a_silence_ends_with_whatever_happens_next():
    """The entry that breaks it stands beside it, and the days after it are counted anew."""
    given_ = asked().records(NeedsAssessmentPublished, "2026-04-13")
    assert quiet(given_.at("2026-04-30")) == [("2026-03-03 2026-04-12", 27, 1, 2, (1,))]


def test_nothing_owed_is_no_silence():
    """Neither a process of which nothing was asked, nor one whose question was answered, is silent."""
    assert quiet(Given().at("2026-12-31")) == []
    held = {"question_id": "question-1", "released_to": "all_bidders", "released_at": "2026-03-03"}
    assert quiet(asked().records(ClarificationAnswered, "2026-03-03", **held).at("2026-12-31")) == []


def test_a_standing_promise_without_a_date_is_nothing_to_wait_for():
    """A promise of an answer time alone leaves nobody waiting."""
    promise = {"kind": "response_time", "duration": 5, "unit": "working_days"}
    assert quiet(Given().records(CommitmentMade, "2026-03-02", **promise).at("2026-12-31")) == []


def test_a_day_on_which_something_may_have_happened_is_not_silent():
    """What happened some time in April leaves the days of April out."""
    given_ = asked().records(NeedsAssessmentPublished, "2026-04", standing="reconstruction")
    assert quiet(given_.at("2026-05-20")) == [("2026-03-03 2026-03-31", 21, 1, 2, (1,))]


def test_a_history_entered_later_is_not_one_long_silence():
    """Days are counted between happenings, whenever they were recorded."""
    given_ = Given().records(ClarificationQuestionReceived, "2026-03-02T10:00:00Z", recorded="2026-09-01")
    given_.records(NeedsAssessmentPublished, "2026-03-16", recorded="2026-09-01")
    assert quiet(given_.at("2026-03-31")) == []


# --- who owes it, and properties --------------------------------------------------------------------------------------


def test_who_owes_it_is_who_promised_it_or_who_leads():
    """An answer is owed by whoever promised its time, else by the lead commissioner; a promise by whoever made it."""
    given_ = Given(lead_commissioner=MINISTRY)
    held = {"kind": "response_time", "duration": 5, "unit": "working_days", "made_by": CHARITY}
    given_.records(ClarificationQuestionReceived, "2026-03-02T10:00:00Z")
    given_.records(CommitmentMade, "2026-03-03", **held)
    given_.records(ClarificationQuestionReceived, "2026-03-04T10:00:00Z")
    question = given_.at("2026-03-04")
    owing = {index: owed(question, index).owed_by.name for index in (1, 2, 3)}
    assert owing == {1: MINISTRY["name"], 2: CHARITY["name"], 3: CHARITY["name"]}


@settings(max_examples=40)
@given(st.permutations(range(5)))
def test_back_filling_in_any_order_gives_the_same_clocks(order):
    """Whatever order old papers are entered in, each question is due and stands as it did."""
    back = {"standing": "reconstruction", "recorded": "2026-09-01"}
    promise = {"kind": "response_time", "duration": 5, "unit": "working_days", "commitment_id": "answers"}
    answer = {"released_to": "all_bidders"}
    entries = [
        (CommitmentMade, "2026-03-02", promise),
        (ClarificationQuestionReceived, "2026-03-03T10:00:00Z", {"question_id": "one"}),
        (ClarificationQuestionReceived, "2026-03-04T10:00:00Z", {"question_id": "two"}),
        (ClarificationAnswered, "2026-03-10", answer | {"question_id": "one", "released_at": "2026-03-10"}),
        (ClarificationAnswered, "2026-03-12", answer | {"question_id": "two", "released_at": "2026-03-12"}),
    ]
    given_ = Given()
    for place in order:
        kind, day, fields = entries[place]
        given_.records(kind, day, **fields, **back)
    question = given_.at("2026-12-31")
    found = obligations(question.history, question.at, question.calendar, question.thresholds)
    assert {each.name: each.state for each in found if each.kind == "question"} == {"one": "in_time", "two": "late"}


@pytest.mark.parametrize("name", sorted(BUILT))
def test_what_was_owed_as_known_then_does_not_depend_on_what_came_later(name):
    """Cut at each entry, a record owes exactly what it owed before the rest was recorded."""
    question, _ = BUILT[name]()
    entries = list(question.history.entries())
    grown = History(question.history.stream)
    for entry in entries:
        grown.add(entry)
        cut = as_known(question.history.stream, entries, Axes(known=entry.index))
        args = (question.at, question.calendar, question.thresholds)
        assert obligations(cut, *args) == obligations(grown, *args)
