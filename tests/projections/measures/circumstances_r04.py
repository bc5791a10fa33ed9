"""The circumstances of `docs/measures/r04.md`."""

from __future__ import annotations

from typing import Any

from ledger.actions.commitments import CommitmentDischarged, CommitmentMade
from ledger.actions.contract import ContractAwarded, ContractDetailsPublished
from ledger.actions.issues import IssueAnswered, IssueReported, IssueResolved
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.process import NeedsAssessmentPublished
from ledger.actions.procurement import (
    ClarificationAnswerCorrected,
    ClarificationAnswered,
    ClarificationQuestionReceived,
    ContactPointChanged,
    ContactPointNamed,
    ProcurementLaunched,
    ProcurementTerminated,
)
from ledger.actions.timeline import TimelineChanged, TimelinePublished
from ledger.kinds import Undisclosed
from projections.measures.facts import Question
from tests.projections.measures.build import CHARITY, GIVEN, MINISTRY, Given, shown_as

LATER = "2026-12-31"


def _contact(given: Given, day: str = "2026-03-02", **fields: Any) -> Given:
    held: dict[str, Any] = {
        "function": "procurement_team",
        "name_published": True,
        "available_from": day,
        "contact_id": "lead",
    }
    return given.records(ContactPointNamed, "2026-03-02", **held | fields)


def _promise(given: Given, told: Any = "2026-03-20", made: str = "2026-03-20", **fields: Any) -> Given:
    held: dict[str, Any] = {
        "kind": "response_time",
        "duration": 5,
        "unit": "working_days",
        "communicated_to": ["potential_provider"],
        "communicated_on": told,
    }
    return given.records(CommitmentMade, made, **held | fields)


def _launch(given: Given, day: str = "2026-04-01") -> Given:
    return given.records(ProcurementLaunched, day, tender_deadline="2026-06-30")


def _question(given: Given, received: str = "2026-04-14T10:00:00Z", **fields: Any) -> Given:
    return given.records(ClarificationQuestionReceived, received, **fields)


def _answer(given: Given, day: str = "2026-04-16", name: str = "question-1", **fields: Any) -> Given:
    held: dict[str, Any] = {"question_id": name, "released_to": "all_bidders", "released_at": day}
    return given.records(ClarificationAnswered, day, **held | fields)


def _signed(given: Given, day: str = "2026-07-20") -> Given:
    given.records(ContractAwarded, day, award_id=f"award-{day}")
    return given.records(ContractDetailsPublished, day, award_id=f"award-{day}", signed_on=day)


def _attest(given: Given, *exceptions: str) -> Given:
    return given.records(CoverageAttested, "2026-08-03", stage="procurement", exceptions=list(exceptions))


def _good() -> Given:
    given = _launch(_promise(_contact(Given())))
    return _signed(_answer(_question(given)))


def _without_contact() -> Given:
    """The first action is a needs assessment of the same day on which the contact would begin."""
    given = _launch(_promise(Given().records(NeedsAssessmentPublished, "2026-03-02")))
    return _signed(_answer(_question(given)))


def nothing_but_the_registration() -> Question:
    return Given().at(LATER)


def everything_well_done() -> Question:
    return _good().at(LATER)


# --- contact ----------------------------------------------------------------------------------------------------------


def launched_and_no_contact_on_record() -> Question:
    return _without_contact().at(LATER)


def a_contact_known_only_by_a_role() -> Question:
    return _contact(_without_contact(), name_published=False).at(LATER)


def a_contact_of_whom_it_is_not_stated_whether_the_name_is_public() -> Question:
    return _contact(_without_contact(), name_published=...).at(LATER)


def a_contact_from_the_day_after_the_first_action() -> Question:
    return _contact(_without_contact(), "2026-03-03").at(LATER)


def a_contact_before_the_launch_and_not_yet_a_day_missed() -> Question:
    return _contact(Given()).at("2026-03-20")


def a_contact_missed_before_the_launch() -> Question:
    return _contact(Given(), "2026-03-10").at("2026-03-20")


def a_contact_whose_time_ended_before_the_signature() -> Question:
    return _contact(_without_contact(), available_to="2026-07-18").at(LATER)


def a_contact_whose_time_ends_tomorrow() -> Question:
    return _launch(_contact(Given(), available_to="2026-05-06")).at("2026-05-05")


def _changed(given: Given, day: str, change: str, **after: Any) -> Given:
    held: dict[str, Any] = {"after": after} if after else {}
    return given.records(ContactPointChanged, day, contact_id="lead", change=change, **held)


def a_contact_replaced_from_one_day_to_the_next() -> Question:
    return _changed(_good(), "2026-05-05", "replaced", role_title="Deputy").at(LATER)


def a_contact_replaced_with_a_day_between() -> Question:
    return _changed(_good(), "2026-05-05", "replaced", available_from="2026-05-06").at(LATER)


def a_contact_withdrawn_and_another_named_for_the_same_day() -> Question:
    given = _changed(_good(), "2026-05-05", "withdrawn")
    return _contact(given, "2026-05-05", contact_id="deputy").at(LATER)


def a_contact_withdrawn_in_a_month() -> Question:
    given = _changed(_good(), "2026-05", "withdrawn")
    return _contact(given, "2026-05-20", contact_id="deputy").at(LATER)


def a_contact_whose_start_was_put_right_to_the_first_action() -> Question:
    given = _contact(_without_contact(), "2026-03-20")
    return _contact(given, "2026-03-02", corrects=given.last).at(LATER)


def a_contact_available_from_a_day_not_stated() -> Question:
    given = _without_contact()
    held: dict[str, Any] = {"function": "procurement_team", "name_published": True, "available_from": ...}
    return given.records(ContactPointNamed, "2026-03-20", **held).at(LATER)


def a_contact_whose_naming_was_withdrawn_as_an_entry() -> Question:
    given = _contact(_without_contact())
    return given.records(LedgerEntryWithdrawn, "2026-08-03", target=given.last, reason=GIVEN).at(LATER)


def a_contact_who_left_after_the_signature() -> Question:
    return _changed(_good(), "2026-07-21", "withdrawn").at(LATER)


def a_contact_who_left_when_the_tender_had_been_stopped() -> Question:
    given = _launch(_contact(Given()))
    given.records(ProcurementTerminated, "2026-05-05", scope="process")
    return _changed(given, "2026-05-06", "withdrawn").at(LATER)


def a_contract_signed_before_the_launch_is_of_another_tender() -> Question:
    given = _launch(_signed(_contact(Given(), available_to="2026-05-05"), "2026-03-23"))
    return given.at(LATER)


def a_first_action_of_which_only_the_year_is_known() -> Question:
    given = _good().records(NeedsAssessmentPublished, "2026", standing="reconstruction")
    return given.at(LATER)


def a_contact_on_others_word() -> Question:
    return _contact(_without_contact(), standing="report", by=CHARITY).at(LATER)


def a_day_missed_and_only_others_say_when_the_process_began() -> Question:
    given = _good().records(NeedsAssessmentPublished, "2026-02-02", standing="reconstruction")
    return given.at(LATER)


# --- guarantee --------------------------------------------------------------------------------------------------------


def _without_promise() -> Given:
    return _signed(_answer(_question(_launch(_contact(Given())))))


def nobody_promised_a_time() -> Question:
    return _without_promise().at(LATER)


def nobody_promised_a_time_and_the_procurement_stage_is_attested() -> Question:
    return _attest(_without_promise()).at(LATER)


def nobody_promised_a_time_and_an_exception_is_attested() -> Question:
    return _attest(_without_promise(), "What was said at the bidders' day").at(LATER)


def a_time_told_on_the_day_of_the_launch() -> Question:
    return _promise(_without_promise(), "2026-04-01").at(LATER)


def a_time_told_on_the_day_after_the_launch() -> Question:
    return _promise(_without_promise(), "2026-04-02").at(LATER)


def a_time_told_in_the_month_of_the_launch() -> Question:
    return _promise(_without_promise(), "2026-04").at(LATER)


def a_time_told_on_a_day_not_stated() -> Question:
    return _promise(_without_promise(), ...).at(LATER)


def a_time_promised_after_the_launch_and_told_on_a_day_not_stated() -> Question:
    return _promise(_without_promise(), ..., "2026-04-02").at(LATER)


def a_time_told_only_to_prison_staff() -> Question:
    return _promise(_without_promise(), communicated_to=["prison_staff"]).at(LATER)


def _ended(given: Given, day: str, outcome: str = "withdrawn") -> Given:
    held: dict[str, Any] = {"commitment_id": "commitment-1", "outcome": outcome, "reason": GIVEN}
    return given.records(CommitmentDischarged, day, **held)


def a_time_taken_back_before_the_launch() -> Question:
    return _ended(_good(), "2026-03-31").at(LATER)


def a_time_taken_back_after_the_launch() -> Question:
    return _ended(_good(), "2026-04-02").at(LATER)


def a_time_replaced_by_another_before_the_launch() -> Question:
    given = _promise(_ended(_good(), "2026-03-25", "superseded"), "2026-03-25", "2026-03-25", duration=7)
    return given.at(LATER)


def a_time_promised_for_issues_alone() -> Question:
    return _promise(_without_promise(), applies_to="Issues reported to us").at(LATER)


def a_time_promised_on_others_word() -> Question:
    return _promise(_without_promise(), standing="report", by=CHARITY).at(LATER)


# --- clock ------------------------------------------------------------------------------------------------------------


def _tender() -> Given:
    return _launch(_promise(_contact(Given())))


def no_question_on_record() -> Question:
    return _signed(_tender()).at(LATER)


def no_question_and_the_procurement_stage_is_attested() -> Question:
    return _attest(_signed(_tender())).at(LATER)


def questions_and_no_promise() -> Question:
    return _without_promise().at(LATER)


def a_question_not_due_yet() -> Question:
    return _question(_tender()).at("2026-04-21")


def a_question_unanswered_past_its_day() -> Question:
    return _question(_tender()).at("2026-04-22")


def a_question_answered_late() -> Question:
    return _answer(_question(_tender()), "2026-04-22").at(LATER)


def a_question_answered_in_time_and_released_late() -> Question:
    return _answer(_question(_tender()), released_at="2026-04-22").at(LATER)


def a_question_answered_to_the_asker_alone_without_a_basis() -> Question:
    return _answer(_question(_tender()), released_to="asker_only").at(LATER)


def a_question_over_easter_answered_on_its_last_day() -> Question:
    return _answer(_question(_tender(), "2026-04-01T10:00:00Z"), "2026-04-10").at(LATER)


def a_question_after_the_cut_off_answered_on_its_last_day() -> Question:
    given = _launch(_promise(_contact(Given()), cut_off_time="16:00"))
    return _answer(_question(given, "2026-04-14T15:30:00Z"), "2026-04-22").at(LATER)


def a_question_of_an_unknown_day_answered_in_its_month() -> Question:
    return _answer(_question(_tender(), "2026-04"), "2026-04-28").at(LATER)


def a_question_after_the_promise_was_withdrawn() -> Question:
    return _answer(_question(_ended(_tender(), "2026-04-13")), "2026-06-10").at(LATER)


def a_late_question_among_many_in_time() -> Question:
    given = _tender()
    for number in range(1, 10):
        _answer(_question(given), name=f"question-{number}")
    return _answer(_question(given), "2026-04-22", "question-10").at(LATER)


def a_late_answer_put_right_to_an_earlier_day() -> Question:
    given = _answer(_question(_tender()), "2026-04-22")
    return _answer(given, "2026-04-21", corrects=given.last).at(LATER)


def _question_of_old_papers() -> Given:
    return _question(_tender(), standing="reconstruction")


def a_question_from_old_papers_that_nobody_answered() -> Question:
    return _question_of_old_papers().at(LATER)


def a_question_from_old_papers_that_nobody_answered_with_the_stage_attested() -> Question:
    return _attest(_question_of_old_papers()).at(LATER)


def a_question_from_old_papers_answered_late() -> Question:
    return _answer(_question_of_old_papers(), "2026-04-22", standing="reconstruction").at(LATER)


# --- consistent -------------------------------------------------------------------------------------------------------


def no_answer_on_record() -> Question:
    return _question(_tender()).at(LATER)


def an_answer_to_the_asker_alone_on_a_stated_basis() -> Question:
    return _answer(_question(_tender()), released_to="asker_only", asker_only_basis="commercial_confidence").at(LATER)


def an_answer_to_the_asker_alone_on_a_basis_that_is_not_shown() -> Question:
    given = _answer(_question(_tender()), released_to="asker_only", asker_only_basis="commercial_confidence")
    return shown_as(given, asker_only_basis=Undisclosed("withheld")).at(LATER)


def an_answer_to_the_asker_alone_without_a_basis() -> Question:
    return _answer(_question(_tender()), released_to="asker_only").at(LATER)


def an_answer_of_which_it_is_not_stated_to_whom() -> Question:
    return _answer(_question(_tender()), released_to=...).at(LATER)


def an_answer_put_right() -> Question:
    given = _good().records(ClarificationAnswerCorrected, "2026-05-05", question_id="question-1", reason=GIVEN)
    return given.at(LATER)


def _issue(kind: str = "wrong_answer", given: Given | None = None, **fields: Any) -> Given:
    held: dict[str, Any] = {"type": kind, "standing": "report", "by": CHARITY, "stage": "procurement"}
    return (given or _good()).records(IssueReported, "2026-05-05", **held | fields)


def _replied(given: Given, position: str = "accepted", day: str = "2026-05-12") -> Given:
    return given.records(IssueAnswered, day, issue_id="issue-1", position=position, by=MINISTRY)


def _resolved(given: Given, day: str, outcome: str = "fixed") -> Given:
    return given.records(IssueResolved, day, issue_id="issue-1", outcome=outcome)


def a_wrong_answer_accepted_and_put_right_by_the_deadline() -> Question:
    return _resolved(_replied(_issue()), "2026-06-30").at(LATER)


def a_wrong_answer_accepted_and_put_right_after_the_deadline() -> Question:
    return _resolved(_replied(_issue()), "2026-07-01").at(LATER)


def a_wrong_answer_accepted_and_put_right_after_the_first_deadline_and_before_the_moved_one() -> Question:
    planned = [{"code": "tender_deadline", "title": "Bids", "date": "2026-06-30", "firmness": "firm"}]
    given = _good().records(TimelinePublished, "2026-03-02", milestones=planned)
    moved = [{"code": "tender_deadline", "new_date": "2026-07-10"}]
    given.records(TimelineChanged, "2026-06-15", changes=moved)
    return _resolved(_replied(_issue(given=given)), "2026-07-01").at(LATER)


def a_wrong_answer_accepted_and_never_put_right() -> Question:
    return _replied(_issue()).at(LATER)


def a_wrong_answer_accepted_and_not_put_right_before_the_deadline_has_passed() -> Question:
    given = _answer(_question(_tender()))
    return _replied(_issue(given=given)).at("2026-06-30")


def a_wrong_answer_accepted_and_closed_without_being_put_right() -> Question:
    return _resolved(_replied(_issue()), "2026-05-20", "not_fixed").at(LATER)


def a_wrong_answer_reported_and_disputed() -> Question:
    return _replied(_issue(), "disputed").at(LATER)


def a_wrong_answer_first_accepted_and_then_disputed() -> Question:
    return _replied(_replied(_issue()), "disputed", "2026-05-20").at(LATER)


def a_wrong_answer_whose_reporter_withdrew_it() -> Question:
    return _resolved(_replied(_issue()), "2026-07-20", "withdrawn").at(LATER)


def a_failed_portal_accepted_and_never_put_right() -> Question:
    return _replied(_issue("portal_failure")).at(LATER)


def an_unclear_timetable_of_the_set_up_accepted() -> Question:
    return _replied(_issue("unclear_timeline", stage="mobilisation")).at(LATER)


def an_accepted_issue_put_right_in_the_month_of_the_deadline() -> Question:
    return _resolved(_replied(_issue()), "2026-06-20/2026-07-10").at(LATER)


def an_answer_on_others_word() -> Question:
    return _answer(_question(_tender()), standing="report", by=CHARITY).at(LATER)
