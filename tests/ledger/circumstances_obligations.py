"""The circumstances of `docs/measures/obligations.md`: each returns a record, the instant asked about, and an id."""

from __future__ import annotations

from typing import Any

from ledger.actions.advisory import AdvisoryGroupConvened
from ledger.actions.commitments import CommitmentDischarged, CommitmentMade
from ledger.actions.delivery import PostProcessReviewPublished, ReviewRecommendationAnswered
from ledger.actions.issues import IssueAnswered, IssueReported, IssueResolved
from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.process import NeedsAssessmentPublished
from ledger.actions.procurement import (
    ClarificationAnswerCorrected,
    ClarificationAnswered,
    ClarificationQuestionReceived,
    SiteVisitOutcomeRecorded,
    SiteVisitRequested,
)
from ledger.actions.timeline import TimelineChanged, TimelinePublished
from projections.measures.facts import Question
from tests.projections.measures.build import GIVEN, WITHHELD, Given

Asked = tuple[Question, int]
GROUP = "group/families"
ON_TUESDAY = "2026-03-03T10:00:00Z"


def _promise(made: str = "2026-03-02", name: str = "answers", given: Given | None = None, **fields: Any) -> Given:
    held: dict[str, Any] = {
        "kind": "response_time",
        "duration": 5,
        "unit": "working_days",
        "commitment_id": name,
    } | fields
    return (given or Given()).records(CommitmentMade, made, **held)


def _question(given: Given, received: str = ON_TUESDAY, **fields: Any) -> int:
    return given.records(ClarificationQuestionReceived, received, **fields).last


def _answer(given: Given, answered: str | None, released: str | None = "same", **fields: Any) -> int:
    held: dict[str, Any] = {"released_to": "all_bidders", "released_at": answered if released == "same" else released}
    said = {name: value for name, value in (held | fields).items() if value is not None}
    return given.records(ClarificationAnswered, answered, question_id="question-1", **said).last


def _asked(received: str = ON_TUESDAY, at: str = "2026-03-03", **promise: Any) -> Asked:
    given = _promise(**promise) if promise else _promise()
    question = _question(given, received)
    return given.at(at), question


def _answered(answered: str | None, released: str | None = "same", at: str = "2026-04-30", **fields: Any) -> Asked:
    given = _promise()
    question = _question(given)
    _answer(given, answered, released, **fields)
    return given.at(at), question


# --- questions --------------------------------------------------------------------------------------------------------


def a_question_that_nothing_promises_to_answer() -> Asked:
    given = Given()
    question = _question(given)
    return given.at("2026-12-31"), question


def a_question_unanswered_on_its_last_day() -> Asked:
    return _asked(at="2026-03-10")


def a_question_unanswered_after_its_last_day() -> Asked:
    return _asked(at="2026-03-11T00:00:00Z")


def a_question_answered_on_its_last_day() -> Asked:
    return _answered("2026-03-10T23:59:00Z")


def a_question_answered_on_the_day_after() -> Asked:
    return _answered("2026-03-11T00:00:00Z")


def a_question_looked_at_before_it_came() -> Asked:
    return _asked(at="2026-03-03T09:59:00Z")


def a_question_looked_at_before_it_was_answered() -> Asked:
    return _answered("2026-03-05T10:00:00Z", at="2026-03-04")


def a_question_over_easter() -> Asked:
    return _asked("2026-04-01T10:00:00Z", "2026-04-01")


def a_question_on_a_saturday() -> Asked:
    return _asked("2026-03-07T10:00:00Z", "2026-03-09")


def a_question_on_the_minute_of_the_cut_off() -> Asked:
    return _asked("2026-03-03T16:00:00Z", cut_off_time="16:00")


def a_question_after_the_cut_off_on_a_friday() -> Asked:
    return _asked("2026-03-06T16:01:00Z", "2026-03-09", cut_off_time="16:00")


def a_question_after_the_cut_off_on_a_saturday() -> Asked:
    return _asked("2026-03-07T16:01:00Z", "2026-03-09", cut_off_time="16:00")


def a_question_after_the_cut_off_in_summer_time() -> Asked:
    return _asked("2026-03-30T15:30:00Z", "2026-04-01", cut_off_time="16:00")


def a_question_whose_time_of_day_is_not_stated_with_a_cut_off() -> Asked:
    return _asked("2026-03-03", cut_off_time="16:00")


def a_question_of_which_only_the_month_is_known() -> Asked:
    return _asked("2026-03", "2026-04-09", made="2026-02-02")


def a_question_of_which_only_the_month_is_known_answered_in_that_month() -> Asked:
    given = _promise("2026-02-02")
    question = _question(given, "2026-03")
    _answer(given, "2026-03-20")
    return given.at("2026-04-30"), question


def a_question_of_which_only_the_year_is_known_answered_the_year_after() -> Asked:
    given = _promise("2024-06-03", given=Given("2024-01-08"))
    question = _question(given, "2025")
    _answer(given, "2026-02")
    return given.at("2026-04-30"), question


def a_question_with_an_answer_promised_in_calendar_days() -> Asked:
    return _asked("2026-03-31T10:00:00Z", "2026-04-05", unit="calendar_days")


def a_question_of_31_december_with_an_answer_promised_in_months() -> Asked:
    return _asked("2026-12-31T10:00:00Z", "2027-02-28", unit="months", duration=2)


def a_question_of_31_december_before_a_leap_year_with_an_answer_promised_in_months() -> Asked:
    return _asked("2027-12-31T10:00:00Z", "2028-02-29", unit="months", duration=2)


def a_question_due_on_the_day_the_clocks_go_forward_answered_late_that_night() -> Asked:
    given = _promise(unit="calendar_days")
    question = _question(given, "2026-03-24T10:00:00Z")
    _answer(given, "2026-03-29T23:30:00Z")
    return given.at("2026-04-30"), question


def a_question_due_on_the_day_the_clocks_go_back_answered_late_that_night() -> Asked:
    given = _promise(unit="calendar_days")
    question = _question(given, "2026-10-20T10:00:00Z")
    _answer(given, "2026-10-25T23:30:00Z")
    return given.at("2026-10-31"), question


def a_question_before_the_promise() -> Asked:
    given = Given()
    question = _question(given)
    return _promise("2026-03-04", given=given).at("2026-12-31"), question


def _ended(given: Given, on: str, outcome: str, name: str = "answers") -> Given:
    return given.records(CommitmentDischarged, on, commitment_id=name, outcome=outcome, reason=GIVEN)


def a_question_after_the_promise_was_withdrawn() -> Asked:
    given = _ended(_promise(), "2026-03-03", "withdrawn")
    question = _question(given, "2026-03-04T10:00:00Z")
    return given.at("2026-12-31"), question


def a_question_before_the_promise_was_withdrawn() -> Asked:
    given = _promise()
    question = _question(given)
    return _ended(given, "2026-03-05", "withdrawn").at("2026-03-11"), question


def a_question_after_the_promise_was_replaced_by_a_longer_one() -> Asked:
    given = _ended(_promise("2026-02-02"), "2026-03-02", "superseded")
    _promise("2026-03-02", "longer", given, duration=15)
    question = _question(given)
    return given.at("2026-03-24"), question


def a_question_that_names_its_promise() -> Asked:
    given = _promise()
    _promise("2026-03-03", "longer", given, duration=15)
    question = _question(given, commitment_id="answers")
    return given.at("2026-03-10"), question


def a_question_after_a_promise_about_one_lot() -> Asked:
    return _asked(at="2026-12-31", applies_to="Questions on lot 2")


def a_question_whose_promise_was_entered_by_mistake() -> Asked:
    given = _promise()
    mistake = given.last
    question = _question(given, commitment_id="answers")
    given.records(LedgerEntryWithdrawn, "2026-03-20", target=mistake, reason=GIVEN)
    return given.at("2026-12-31"), question


def a_question_put_right_to_an_earlier_day() -> Asked:
    given = _promise()
    question = _question(given)
    _question(given, "2026-03-02T15:00:00Z", corrects=question)
    return given.at("2026-03-10"), question


def a_question_answered_only_to_the_asker_on_a_stated_basis() -> Asked:
    return _answered("2026-03-05", released_to="asker_only", asker_only_basis="commercial_confidence")


def a_question_answered_only_to_the_asker_without_a_basis() -> Asked:
    return _answered("2026-03-05", released_to="asker_only")


def a_question_answered_in_time_and_released_late() -> Asked:
    return _answered("2026-03-05", "2026-03-12")


def a_question_answered_in_time_release_not_stated() -> Asked:
    return _answered("2026-03-05", None)


def a_question_answered_late_release_not_stated() -> Asked:
    return _answered("2026-03-12", None)


def a_question_whose_answer_was_put_right_later() -> Asked:
    given = _promise()
    question = _question(given)
    _answer(given, "2026-03-05")
    given.records(ClarificationAnswerCorrected, "2026-03-20", question_id="question-1", reason=GIVEN)
    return given.at("2026-04-30"), question


def a_question_whose_answer_was_entered_with_a_wrong_date() -> Asked:
    given = _promise()
    question = _question(given)
    answer = _answer(given, "2026-03-05")
    _answer(given, "2026-03-15", corrects=answer)
    return given.at("2026-04-30"), question


def a_question_whose_answer_was_withdrawn_as_an_entry() -> Asked:
    given = _promise()
    question = _question(given)
    answer = _answer(given, "2026-03-05")
    given.records(LedgerEntryWithdrawn, "2026-03-06", target=answer, reason=GIVEN)
    return given.at("2026-04-30"), question


def a_question_from_old_papers_past_its_last_day() -> Asked:
    given = _promise()
    question = _question(given, standing="reconstruction")
    return given.at("2026-03-11"), question


def a_question_after_a_promise_from_old_papers() -> Asked:
    given = _promise(standing="reconstruction")
    question = _question(given)
    return given.at("2026-03-11"), question


def a_question_on_others_word_past_its_last_day() -> Asked:
    given = _promise()
    question = _question(given, standing="report")
    return given.at("2026-03-11"), question


# --- promises ---------------------------------------------------------------------------------------------------------


def _promised(day: str = "2026-04-30", **fields: Any) -> Given:
    held: dict[str, Any] = {"kind": "publication", "commitment_id": "answers", "due_on": day} | fields
    return Given().records(CommitmentMade, "2026-03-02", **held)


def _promise_ended(on: str | None, outcome: str, day: str = "2026-04-30", **fields: Any) -> Asked:
    given = _promised(day)
    held: dict[str, Any] = {"commitment_id": "answers", "outcome": outcome, "reason": GIVEN} | fields
    given.records(CommitmentDischarged, on, standing="act" if on else "reconstruction", **held)
    return given.at("2026-12-31"), 1


def a_promise_before_its_date() -> Asked:
    return _promised().at("2026-04-30"), 1


def a_promise_after_its_date() -> Asked:
    return _promised().at("2026-05-01"), 1


def a_promise_kept_on_its_date() -> Asked:
    return _promise_ended("2026-04-30", "met")


def a_promise_kept_after_its_date() -> Asked:
    return _promise_ended("2026-05-01", "met")


def a_promise_kept_in_the_month_of_its_date() -> Asked:
    return _promise_ended("2026-04", "met", "2026-04-15")


def a_promise_kept_on_a_day_not_stated_shown_by_an_entry() -> Asked:
    given = _promised().records(NeedsAssessmentPublished, "2026-04-20")
    held: dict[str, Any] = {"commitment_id": "answers", "outcome": "met", "evidence_entry": given.last}
    given.records(CommitmentDischarged, None, standing="reconstruction", **held)
    return given.at("2026-12-31"), 1


def a_promise_kept_on_a_day_that_nothing_states() -> Asked:
    return _promise_ended(None, "met")


def a_promise_withdrawn_before_its_date() -> Asked:
    return _promise_ended("2026-04-01", "withdrawn")


def a_promise_withdrawn_after_its_date() -> Asked:
    return _promise_ended("2026-05-01", "withdrawn")


def a_promise_replaced_before_its_date() -> Asked:
    return _promise_ended("2026-04-01", "superseded")


def a_promise_entered_by_mistake() -> Asked:
    given = _promised()
    return given.records(LedgerEntryWithdrawn, "2026-03-06", target=1, reason=GIVEN).at("2026-12-31"), 1


def a_promise_of_ten_working_days() -> Asked:
    return _promised(due_on=..., duration=10, unit="working_days").at("2026-03-16"), 1


def a_promise_counted_from_something_in_words() -> Asked:
    held: dict[str, Any] = {"due_on": ..., "duration": 10, "unit": "working_days", "trigger": "the day of each meeting"}
    return _promised(**held).at("2026-12-31"), 1


def a_promise_of_an_answer_time() -> Asked:
    return _promise().at("2026-12-31"), 1


def a_promise_whose_making_is_not_dated() -> Asked:
    given = Given()
    held: dict[str, Any] = {"kind": "publication", "duration": 10, "unit": "working_days", "standing": "reconstruction"}
    return given.records(CommitmentMade, None, **held).at("2026-12-31"), 1


# --- issues -----------------------------------------------------------------------------------------------------------


def _issue(reported: str = "2026-03-02", given: Given | None = None, **fields: Any) -> Given:
    held: dict[str, Any] = {"type": "lot_barrier", "standing": "report"} | fields
    return (given or Given()).records(IssueReported, reported, **held)


def _answered_issue(*answers: tuple[str, str | None]) -> Given:
    given = _issue()
    for answered, day in answers:
        promised: dict[str, Any] = {} if day is None else {"due_on": day}
        given.records(IssueAnswered, answered, issue_id="issue-1", position="accepted", **promised)
    return given


def _resolved(given: Given, on: str, outcome: str) -> Given:
    return given.records(IssueResolved, on, issue_id="issue-1", outcome=outcome)


def an_issue_unanswered_on_its_last_day() -> Asked:
    return _issue().at("2026-03-30"), 1


def an_issue_unanswered_after_its_last_day() -> Asked:
    return _issue().at("2026-03-31"), 1


def an_issue_answered_in_time() -> Asked:
    return _answered_issue(("2026-03-30", None)).at("2026-12-31"), 1


def an_issue_answered_twice() -> Asked:
    return _answered_issue(("2026-03-20", None), ("2026-06-01", None)).at("2026-12-31"), 1


def an_issue_resolved_without_an_answer() -> Asked:
    return _resolved(_issue(), "2026-03-10", "fixed").at("2026-12-31"), 1


def an_issue_withdrawn_by_its_reporter() -> Asked:
    return _resolved(_issue(), "2026-03-10", "withdrawn").at("2026-12-31"), 1


def an_issue_after_a_promise_about_issues() -> Asked:
    given = _issue("2026-03-03", _promise(applies_to="Every issue that is reported"))
    return given.at("2026-03-11"), given.last


def an_issue_after_a_promise_about_questions() -> Asked:
    given = _issue("2026-03-02", _promise("2026-03-02", applies_to="Every question"))
    return given.at("2026-03-11"), given.last


def an_issue_reported_in_a_year() -> Asked:
    return _issue("2026").at("2027-01-29"), 1


def evidence_asked_for_and_not_given() -> Asked:
    return _issue(type="evidence_requested").at("2026-03-31"), 1


def an_issue_of_a_group_with_the_number_of_an_answered_one() -> Asked:
    given = _answered_issue(("2026-03-03", None))
    given.records(AdvisoryGroupConvened, "2026-03-03", stream=GROUP, group_id="families")
    given.records(IssueReported, "2026-03-02", stream=GROUP, standing="report", type="lot_barrier")
    return given.at("2026-12-31"), given.last


def _promise_in_an_answer(*answers: tuple[str, str | None]) -> Given:
    return _answered_issue(("2026-03-10", "2026-04-30"), *answers)


def an_answer_that_promises_a_date() -> Asked:
    return _promise_in_an_answer().at("2026-04-30"), 2


def an_answer_that_promised_a_date_gone_by() -> Asked:
    return _promise_in_an_answer().at("2026-05-01"), 2


def an_answer_that_promised_a_date_put_right_in_time() -> Asked:
    return _resolved(_promise_in_an_answer(), "2026-04-30", "fixed").at("2026-12-31"), 2


def an_answer_that_promised_a_date_put_right_late() -> Asked:
    return _resolved(_promise_in_an_answer(), "2026-05-05", "mitigated").at("2026-12-31"), 2


def an_answer_that_promised_a_date_closed_without() -> Asked:
    return _resolved(_promise_in_an_answer(), "2026-04-15", "not_fixed").at("2026-12-31"), 2


def an_answer_that_promised_a_date_moved_in_time() -> Asked:
    return _promise_in_an_answer(("2026-04-20", "2026-05-29")).at("2026-12-31"), 2


def an_answer_that_promised_a_date_moved_when_it_had_gone_by() -> Asked:
    return _promise_in_an_answer(("2026-05-05", "2026-05-29")).at("2026-12-31"), 2


def an_answer_that_promised_a_date_moved_and_the_new_date() -> Asked:
    return _promise_in_an_answer(("2026-04-20", "2026-05-29")).at("2026-05-29"), 3


# --- reviews ----------------------------------------------------------------------------------------------------------


def _reviewed(*answers: tuple[str, str | None]) -> Given:
    given = Given()
    asked = [{"id": "1", "text": "Check each file."}]
    given.records(PostProcessReviewPublished, "2026-03-02", review_id="lessons", recommendations=asked)
    for answered, day in answers:
        held: dict[str, Any] = {"review_id": "lessons", "recommendation_id": "1", "response": "accept"}
        promised: dict[str, Any] = {} if day is None else {"due_on": day}
        given.records(ReviewRecommendationAnswered, answered, **held, **promised)
    return given


def a_review_s_recommendation_with_a_date_gone_by() -> Asked:
    return _reviewed(("2026-03-10", "2026-04-30")).at("2026-05-01"), 2


def a_review_s_recommendation_answered_again() -> Asked:
    return _reviewed(("2026-03-10", "2026-04-30"), ("2026-04-20", None)).at("2026-05-01"), 2


# --- visits -----------------------------------------------------------------------------------------------------------


def _visit(given: Given | None = None, needed_by: str | None = "2026-03-20") -> Given:
    held: dict[str, Any] = {"prison": "LEI"} if needed_by is None else {"prison": "LEI", "needed_by": needed_by}
    return (given or Given()).records(SiteVisitRequested, "2026-03-02", standing="import", **held)


def _visit_ended(on: str, outcome: str) -> Asked:
    given = _visit()
    given.records(SiteVisitOutcomeRecorded, on, visit_id="visit-1", outcome=outcome, reason=WITHHELD)
    return given.at("2026-12-31"), 1


def a_visit_asked_for() -> Asked:
    return _visit().at("2026-03-20"), 1


def a_visit_held_on_the_day_it_was_needed_by() -> Asked:
    return _visit_ended("2026-03-20", "held")


def a_visit_held_later() -> Asked:
    return _visit_ended("2026-03-23", "held")


def a_visit_refused() -> Asked:
    return _visit_ended("2026-03-10", "refused")


def a_visit_cancelled() -> Asked:
    return _visit_ended("2026-03-10", "cancelled")


def a_visit_without_reply() -> Asked:
    return _visit_ended("2026-03-20", "no_reply")


def a_visit_with_no_day_stated() -> Asked:
    given = Given()
    planned = [{"code": "clarification_deadline", "title": "Questions", "date": "2026-03-06", "firmness": "firm"}]
    given.records(TimelinePublished, "2026-02-02", milestones=planned)
    moved = [{"code": "clarification_deadline", "new_date": "2026-03-13"}]
    given.records(TimelineChanged, "2026-02-10", changes=moved)
    _visit(given, None)
    return given.at("2026-03-14"), given.last


def a_visit_with_no_day_stated_and_no_deadline() -> Asked:
    return _visit(None, None).at("2026-12-31"), 1
