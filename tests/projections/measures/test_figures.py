"""The numbers beside the results of recommendations 3, 4 and 13, each with what it is out of."""

from __future__ import annotations

from decimal import Decimal

from ledger.actions.issues import IssueReported, IssueResolved
from ledger.when import Occurrence
from projections.measures import r03, r04, r13
from projections.measures.finding import Sentence
from tests.projections.measures import circumstances_r03, circumstances_r04, circumstances_r13


def figures(finding, part):
    (found,) = [each for each in finding.parts if each.code == part]
    return [(each.label, _said(each.value)) for each in found.figures]


def _said(value):
    if not isinstance(value, Sentence):
        return value
    return value.template % {name: _text(_said(each)) for name, each in value.parameters.items()}


def _text(value):
    return value.text if isinstance(value, Occurrence) else str(value)


def test_answers_in_time_are_counted_with_the_median_and_the_ninetieth_percentile():
    """Nine answers after two working days and one after six: 9 of 10 in time, 2 in the middle and at nine tenths."""
    found = figures(r04.measure(circumstances_r04.a_late_question_among_many_in_time()), "clock")
    assert found == [
        ("Answered in time", "9 of 10"),
        ("Median time to an answer, in working days", Decimal(2)),
        ("Nine of ten answers came within, in working days", 2),
        ("Unanswered at the deadline for bids", "0 of 10"),
    ]


def test_an_open_question_is_the_oldest_and_was_open_at_the_deadline():
    """A question that nobody answered is shown by its day, and counted where the deadline for bids has passed."""
    found = dict(figures(r04.measure(circumstances_r04.no_answer_on_record()), "clock"))
    assert found["Oldest open question"] == Occurrence("2026-04-14T10:00:00Z")
    assert found["Unanswered at the deadline for bids"] == "1 of 1"


def test_each_failure_of_the_portal_is_listed_with_its_length():
    """A failure of ten days after which no deadline moved."""
    record = circumstances_r04._good()
    record.records(IssueReported, "2026-05-05", type="portal_failure", standing="report")
    record.records(IssueResolved, "2026-05-15", issue_id="issue-1", outcome="fixed")
    found = figures(r04.measure(record.at("2026-12-31")), "consistent")
    assert found[-1] == (
        "Failure of the portal",
        "Reported 2026-05-05, open for 10 days; the deadline moved afterwards: no",
    )


def test_a_timetable_rewritten_keeps_its_present_dates_and_loses_its_first():
    """The deadline moved from 4 to 18 May and was kept then: reached by its present date, not by its first."""
    record = circumstances_r03._move(circumstances_r03._good())
    circumstances_r03._closed(record, "2026-05-18")
    assert figures(r03.measure(record.at("2026-05-20")), "dates") == [
        ("Steps reached by their first date", "1 of 2"),
        ("Steps reached by their present date", "2 of 2"),
        ("Days later than first planned", "Bidding closes: 14"),
    ]


def test_how_soon_all_were_told_is_shown_for_each_change():
    """Decided on Tuesday 14 April and told on Thursday, 18 days before the old deadline of 4 May."""
    found = figures(r03.measure(circumstances_r03.told_on_the_second_working_day()), "notice")
    assert [said for _, said in found] == ["Entry 3: 2; 18 before the old date"]


def test_days_lost_are_shown_beside_those_first_planned():
    """A launch two weeks late takes 14 of 63 days."""
    found = figures(r03.measure(circumstances_r03.a_launch_postponed_without_the_deadline()), "time")
    assert found == [("Days to bid first planned", 63), ("Days to bid lost", 14)]


def test_days_without_a_liaison_and_changes_of_hands_are_counted():
    """A replacement with a day between: one day, one change of hands."""
    found = figures(r13.measure(circumstances_r13.a_liaison_replaced_with_a_day_between()), "continuity")
    assert found == [("Days without a liaison", 1), ("Changes of hands", 1)]


def test_visits_in_time_are_out_of_those_that_still_counted():
    """Of two visits one was cancelled, so one of one was in time."""
    found = figures(r13.measure(circumstances_r13.a_visit_cancelled_and_another_held_in_time()), "visits")
    assert found == [("Visits held in time", "1 of 1")]
