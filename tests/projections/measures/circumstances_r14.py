"""The circumstances of `docs/measures/r14.md`."""

from typing import Any

from ledger.actions.commitments import CommitmentMade
from ledger.actions.contract import ContractAwarded, ContractDetailsPublished
from ledger.actions.delivery import PostProcessReviewPublished
from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.procurement import (
    BidsClosed,
    ClarificationAnswerCorrected,
    ClarificationAnswered,
    ClarificationQuestionReceived,
    ProcurementTeamResourced,
    ProcurementTerminated,
)
from tests.projections.measures import specified as s
from tests.projections.measures.build import GIVEN, Given

LATER = s.LATER
ENOUGH: dict[str, Any] = {
    "fte": "2.5",
    "dedicated_share": "80",
    "service_expertise": True,
    "from_date": "2026-02-02",
    "to_date": "2026-12-31",
}


def _team(given=None, day="2026-01-19", **fields):
    return (given or Given()).records(ProcurementTeamResourced, day, **(ENOUGH | fields))


def _launched(given=None, day=s.LAUNCH, deadline="2026-05-29", **fields):
    return s.launched(given, day, tender_deadline=deadline, **fields)


def _promised(given):
    clock = {"kind": "response_time", "duration": 5, "unit": "working_days"}
    return given.records(CommitmentMade, "2026-01-20", applies_to="every question", **clock)


def _asked(given, day="2026-03-09", name="question-1"):
    return given.records(ClarificationQuestionReceived, f"{day}T10:00:00Z", question_id=name)


def _answered(given, day="2026-03-12", **fields):
    at = f"{day}T10:00:00Z"
    told = {"question_id": "question-1", "released_at": at, "released_to": "all_bidders"}
    return given.records(ClarificationAnswered, at, **(told | fields))


def _exchanged(given, **fields):
    """A specification, a promise, and a question answered in time."""
    return _answered(_asked(s.published(_promised(given), "2026-03-04")), **fields)


def _good(**fields):
    return _exchanged(_launched(_team(**fields)))


def _signed(given, day="2026-06-15"):
    given.records(ContractAwarded, "2026-06-02", award_id="award-1")
    return given.records(ContractDetailsPublished, "2026-06-18", award_id="award-1", signed_on=day, standing="import")


def nothing_on_record():
    return Given().at(LATER)


def nothing_on_record_after_launch():
    return _launched().at(LATER)


def bids_closed_no_launch_on_record():
    return _team().records(BidsClosed, "2026-05-04", standing="import").at(LATER)


def enough_for_the_whole_period_all_rates_zero():
    return _signed(_good()).at(LATER)


def enough_for_the_whole_period_nothing_launched():
    return _team().at(LATER)


def enough_by_a_report():
    return _good(standing="report").at(LATER)


def enough_and_an_answer_that_is_only_reported():
    return _exchanged(_launched(_team()), standing="report").at(LATER)


def _two(second_from):
    given = _team(_team(to_date="2026-04-30"), from_date=second_from)
    return _exchanged(_launched(given))


def two_statements_that_together_cover_the_period():
    return _two("2026-05-01").at(LATER)


def two_statements_with_a_day_between():
    return _two("2026-05-02").at(LATER)


def the_statement_ends_before_the_contract_is_signed():
    return _signed(_good(to_date="2026-06-14")).at(LATER)


def the_statement_ends_but_the_contract_was_signed_before():
    return _signed(_good(to_date="2026-06-15")).at(LATER)


def two_contracts_the_last_signed_after_the_statement_ended():
    given = _signed(_good(to_date="2026-06-15"))
    told = {"award_id": "award-1", "contract_id": "second", "signed_on": "2026-06-16", "standing": "import"}
    return given.records(ContractDetailsPublished, "2026-06-19", **told).at(LATER)


def _stopped(scope, **fields):
    given = _good(to_date="2026-04-30")
    return given.records(ProcurementTerminated, "2026-04-30", scope=scope, reason=GIVEN, **fields)


def the_tender_stopped_as_a_whole_before_the_statement_ended():
    return _stopped("process").at(LATER)


def some_lots_stopped_before_the_statement_ended():
    return _stopped("lots", lots=["lot-1"], standing="import").at(LATER)


def no_expertise_from_the_day_on_which_the_contract_was_signed():
    return _signed(_team(_good(), "2026-04-20", service_expertise=False, from_date="2026-06-15")).at(LATER)


def no_expertise_from_the_day_after_the_contract_was_signed():
    return _signed(_team(_good(), "2026-04-20", service_expertise=False, from_date="2026-06-16")).at(LATER)


def two_statements_of_one_day_that_differ():
    given = _team(_team(standing="import"), service_expertise=False, standing="import")
    return _exchanged(_launched(given)).at(LATER)


def the_statement_ends_on_the_day_asked_about():
    return _good(to_date="2026-04-30").at("2026-04-30")


def the_day_after_the_statement_ended():
    return _good(to_date="2026-04-30").at("2026-05-01")


def the_statement_begins_on_the_day_after_launch():
    return _good(from_date="2026-03-03").at(LATER)


def stated_on_the_day_of_launch():
    return _exchanged(_launched(_team(day=s.LAUNCH))).at(LATER)


def stated_after_launch():
    return _exchanged(_team(_launched(), "2026-03-03")).at(LATER)


def days_of_the_statement_not_stated():
    return _good(from_date=None, to_date=None, standing="import").at(LATER)


def launch_known_only_to_the_month():
    given = _team(from_date="2026-03-02")
    return _exchanged(_launched(given, "2026-03", recorded="2026-04-02", standing="import")).at(LATER)


def no_posts_at_all():
    return _good(fte="0").at(LATER)


def expertise_not_stated():
    return _good(service_expertise=None).at(LATER)


def no_expertise():
    return _good(service_expertise=False).at(LATER)


def no_expertise_nothing_launched():
    return _team(service_expertise=False).at(LATER)


def no_expertise_by_a_report():
    return _good(service_expertise=False, standing="report").at(LATER)


def no_expertise_by_reconstruction():
    return _good(service_expertise=False, standing="reconstruction").at(LATER)


def no_expertise_until_the_day_before_launch():
    return _good(service_expertise=False, to_date="2026-03-01").at(LATER)


def no_expertise_then_a_newer_statement_before_launch():
    return _exchanged(_launched(_team(_team(service_expertise=False), "2026-02-16"))).at(LATER)


def no_expertise_then_a_newer_statement_after_launch():
    given = _team(_launched(_team(service_expertise=False)), "2026-03-09", from_date="2026-03-09")
    return given.at(LATER)


def no_expertise_from_next_month_on():
    return _team(_good(), "2026-04-20", service_expertise=False, from_date="2026-05-01").at("2026-04-30")


def no_expertise_withdrawn():
    given = _team(service_expertise=False)
    return _launched(given.records(LedgerEntryWithdrawn, "2026-02-10", target=given.last, reason=GIVEN)).at(LATER)


def _corrected():
    return _team(_good(service_expertise=False), corrects=1, recorded="2026-04-10")


def no_expertise_corrected_since():
    return _corrected().at(LATER)


def no_expertise_as_known_before_the_correction():
    return _corrected().at("2026-04-09", known="2026-04-09")


def one_answer_late():
    return _answered(_asked(s.published(_promised(_launched(_team())), "2026-03-04")), "2026-03-17").at(LATER)


def one_answer_overdue():
    return _asked(_good(), "2026-04-20", "question-2").at(LATER)


def an_answer_in_time_over_a_bank_holiday():
    given = _asked(s.published(_promised(_launched(_team())), "2026-03-04"), "2026-03-31")
    return _answered(given, "2026-04-09").at(LATER)


def an_answer_without_a_promised_time():
    return _answered(_asked(s.published(_launched(_team()), "2026-03-04"))).at(LATER)


def _unasked(**fields):
    return s.published(_launched(_team(), **fields), "2026-03-04")


def no_question_bids_closed():
    return _unasked().records(BidsClosed, "2026-05-29").at(LATER)


def no_question_bids_closed_procurement_attested():
    return s.attested(_unasked(), "procurement").records(BidsClosed, "2026-05-29").at(LATER)


def no_question_the_deadline_for_bids_not_over():
    return _unasked().at("2026-05-29")


def no_question_no_deadline_on_record():
    return _unasked(deadline=None, standing="import").at("2026-05-29")


def one_answer_put_right():
    given = _good().records(ClarificationAnswerCorrected, "2026-03-20", question_id="question-1", reason=GIVEN)
    return given.at(LATER)


def an_issue_about_a_specification_accepted():
    return s.issue(_good(), "spec_missing_info", "accepted", cause_code="information").at(LATER)


def _caused(kind, position, cause, given=None, **answer):
    return s.issue(given or _launched(), kind, position, cause_code=cause, **answer)


def an_issue_accepted_its_cause_capacity():
    return _caused("late_answer", "accepted", "capacity").at(LATER)


def an_issue_accepted_its_cause_capacity_nothing_launched():
    return _caused("late_answer", "accepted", "capacity", Given()).at(LATER)


def an_issue_accepted_its_cause_capacity_by_reconstruction():
    return _caused("late_answer", "accepted", "capacity", standing="reconstruction").at(LATER)


def an_issue_accepted_its_cause_expertise():
    return _caused("wrong_answer", "accepted", "expertise").at(LATER)


def a_fault_of_a_specification_its_cause_expertise():
    return _caused("spec_missing_info", "accepted", "expertise").at(LATER)


def a_fault_of_a_specification_its_cause_capacity():
    return _caused("spec_missing_info", "accepted", "capacity").at(LATER)


def an_issue_partly_accepted_its_cause_capacity():
    return _caused("late_answer", "partly", "capacity").at(LATER)


def an_issue_disputed_its_cause_capacity():
    return _caused("late_answer", "disputed", "capacity").at(LATER)


def an_issue_accepted_its_cause_information():
    return _caused("wrong_answer", "accepted", "information").at(LATER)


def _reviewed(cause, recommendation=14, **fields):
    findings = [{"recommendation": recommendation, "cause_code": cause}]
    told = {"standing": "import", "findings": findings}
    return _launched().records(PostProcessReviewPublished, "2026-06-15", **(told | fields))


def a_review_finds_lack_of_capacity():
    return _reviewed("capacity", 4).at(LATER)


def a_review_by_others_finds_lack_of_capacity():
    return _reviewed("capacity", standing="report").at(LATER)


def a_review_finds_lack_of_expertise_among_authors():
    return _reviewed("expertise", 12).at(LATER)


def a_review_finds_other_causes():
    return _reviewed("calculation").at(LATER)


def a_review_withdrawn():
    given = _reviewed("capacity")
    return given.records(LedgerEntryWithdrawn, "2026-06-22", target=given.last, reason=GIVEN).at(LATER)
