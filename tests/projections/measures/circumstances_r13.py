"""The circumstances of `docs/measures/r13.md`."""

from __future__ import annotations

from typing import Any

from ledger.actions.contract import ContractAwarded, ContractDetailsPublished
from ledger.actions.issues import IssueAnswered, IssueReported
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.procurement import (
    ContactPointChanged,
    ContactPointNamed,
    ProcurementLaunched,
    SiteVisitOutcomeRecorded,
    SiteVisitRequested,
)
from ledger.actions.timeline import MilestoneReached, TimelinePublished
from projections.measures.facts import Question
from tests.projections.measures.build import CHARITY, GIVEN, NOT_GIVEN, WITHHELD, Given

LATER = "2026-12-31"


def _liaison(given: Given, day: Any = "2026-02-02", name: str = "liaison", **fields: Any) -> Given:
    held: dict[str, Any] = {"function": "prison_liaison", "name_published": True, "contact_id": name}
    return given.records(ContactPointNamed, "2026-02-02", **held | {"available_from": day} | fields)


def _timetable(given: Given, day: str = "2026-02-02") -> Given:
    planned = [{"code": "clarification_deadline", "title": "Questions", "date": "2026-05-08", "firmness": "firm"}]
    return given.records(TimelinePublished, day, milestones=planned)


def _launch(given: Given, day: str = "2026-04-01") -> Given:
    return given.records(ProcurementLaunched, day, clarification_deadline="2026-05-08")


def _contract(given: Given, day: str = "2026-10-01") -> Given:
    given.records(ContractAwarded, "2026-07-20", award_id="award-1")
    period = {"first": day, "last": "2029-09-30"}
    return given.records(ContractDetailsPublished, "2026-07-21", award_id="award-1", period=period)


def _without_liaison() -> Given:
    return _contract(_launch(_timetable(Given())))


def _good(**fields: Any) -> Given:
    return _liaison(_without_liaison(), **fields)


def _visit(given: Given, needed_by: Any = "2026-05-01", asked: str = "2026-04-14", **fields: Any) -> Given:
    held: dict[str, Any] = {"prison": "LEI", "needed_by": needed_by}
    return given.records(SiteVisitRequested, asked, **held | fields)


def _outcome(given: Given, day: str, outcome: str = "held", name: str = "visit-1", **fields: Any) -> Given:
    return given.records(SiteVisitOutcomeRecorded, day, visit_id=name, outcome=outcome, **fields)


def everything_well_done() -> Question:
    return _outcome(_visit(_good()), "2026-04-28").at(LATER)


def nothing_but_the_registration() -> Question:
    return Given().at(LATER)


def no_liaison_named() -> Question:
    return _without_liaison().at(LATER)


def no_liaison_named_before_the_launch() -> Question:
    return _timetable(Given()).at("2026-03-02")


def no_timetable_on_record() -> Question:
    return _liaison(_contract(_launch(Given()))).at(LATER)


def a_liaison_from_the_timetable_to_the_contract() -> Question:
    return _good().at(LATER)


def a_liaison_from_the_day_after_the_timetable() -> Question:
    return _good(day="2026-02-03").at(LATER)


def a_liaison_missed_before_the_launch() -> Question:
    return _liaison(_timetable(Given()), "2026-02-10").at("2026-02-20")


def a_liaison_from_a_day_not_stated() -> Question:
    given = _without_liaison()
    held: dict[str, Any] = {"function": "prison_liaison", "contact_id": "liaison"}
    return given.records(ContactPointNamed, "2026-03-02", **held).at(LATER)


def a_liaison_known_by_a_role() -> Question:
    return _good(name_published=False).at(LATER)


def a_liaison_until_the_day_before_the_contract_starts() -> Question:
    return _good(available_to="2026-09-30").at(LATER)


def a_liaison_who_left_two_days_before_the_contract_starts() -> Question:
    return _good(available_to="2026-09-29").at(LATER)


def a_liaison_who_left_after_the_contract_started() -> Question:
    return _good(available_to="2026-10-05").at(LATER)


def _changed(given: Given, day: str, change: str, **after: Any) -> Given:
    held: dict[str, Any] = {"after": after} if after else {}
    return given.records(ContactPointChanged, day, contact_id="liaison", change=change, **held)


def a_liaison_replaced_from_one_day_to_the_next() -> Question:
    return _changed(_good(), "2026-05-05", "replaced", role_title="Deputy").at(LATER)


def a_liaison_replaced_with_a_day_between() -> Question:
    return _changed(_good(), "2026-05-05", "replaced", available_from="2026-05-06").at(LATER)


def two_liaisons_at_once() -> Question:
    return _liaison(_good(), "2026-05-05", "other").at(LATER)


def two_liaisons_at_once_the_second_withdrawn_as_an_entry() -> Question:
    given = _liaison(_good(), "2026-05-05", "other")
    return given.records(LedgerEntryWithdrawn, "2026-08-03", target=given.last, reason=GIVEN).at(LATER)


def two_liaisons_who_overlap_where_one_is_declared_replaced() -> Question:
    given = _liaison(_good(), "2026-05-05", "other")
    return _changed(given, "2026-05-12", "withdrawn").at(LATER)


def two_liaisons_one_after_the_other() -> Question:
    return _liaison(_good(available_to="2026-05-04"), "2026-05-05", "other").at(LATER)


def two_liaisons_perhaps_at_once() -> Question:
    given = _good(available_to=None, standing="reconstruction")
    return _liaison(given, "2026-05-05", "other").at(LATER)


def a_liaison_across_a_leap_day() -> Question:
    given = _timetable(Given("2028-01-10"), "2028-02-28")
    return _liaison(_launch(given, "2028-04-03"), "2028-02-28").at("2028-06-30")


def a_day_missed_on_the_leap_day() -> Question:
    given = _timetable(Given("2028-01-10"), "2028-02-28")
    _liaison(_launch(given, "2028-04-03"), "2028-02-28", available_to="2028-02-28")
    return _liaison(given, "2028-03-01", "other").at("2028-06-30")


def a_procurement_contact_and_no_liaison() -> Question:
    return _good(function="procurement_team").at(LATER)


def the_contract_started_by_its_milestone() -> Question:
    given = _good(available_to="2026-08-31")
    held: dict[str, Any] = {"milestone_code": "contract_start", "standing": "import"}
    return given.records(MilestoneReached, "2026-09-01", **held).at(LATER)


def a_liaison_on_others_word() -> Question:
    return _good(standing="report", by=CHARITY).at(LATER)


def _issue(kind: str, given: Given | None = None) -> Given:
    held: dict[str, Any] = {"type": kind, "standing": "report", "by": CHARITY}
    return (given or _good()).records(IssueReported, "2026-05-05", **held)


def _replied(given: Given, position: str = "accepted") -> Given:
    return given.records(IssueAnswered, "2026-05-12", issue_id="issue-1", position=position)


def a_contact_in_a_prison_not_reached_accepted() -> Question:
    return _replied(_issue("contact_unreachable")).at(LATER)


def a_visit_not_arranged_accepted() -> Question:
    return _replied(_issue("visit_not_arranged")).at(LATER)


def a_contact_in_a_prison_not_reached_not_answered() -> Question:
    return _issue("contact_unreachable").at(LATER)


def a_contact_in_a_prison_not_reached_disputed() -> Question:
    return _replied(_issue("contact_unreachable"), "disputed").at(LATER)


def a_failure_accepted_though_no_liaison_was_named() -> Question:
    return _replied(_issue("contact_unreachable", _without_liaison())).at(LATER)


def a_visit_held_by_the_day_it_was_needed() -> Question:
    return _outcome(_visit(_good()), "2026-04-28").at(LATER)


def a_visit_held_on_the_last_day_it_was_needed() -> Question:
    return _outcome(_visit(_good()), "2026-05-01").at(LATER)


def a_visit_held_the_day_after_it_was_needed() -> Question:
    return _outcome(_visit(_good()), "2026-05-02").at(LATER)


def a_visit_without_a_day_stated_held_by_the_deadline_for_questions() -> Question:
    return _outcome(_visit(_good(), ...), "2026-05-08").at(LATER)


def a_visit_without_a_day_stated_held_after_the_deadline_for_questions() -> Question:
    return _outcome(_visit(_good(), ...), "2026-05-09").at(LATER)


def a_visit_without_reply() -> Question:
    return _outcome(_visit(_good()), "2026-05-01", "no_reply", reason=NOT_GIVEN).at(LATER)


def a_visit_refused_with_a_reason() -> Question:
    return _outcome(_visit(_good()), "2026-04-28", "refused", reason=GIVEN).at(LATER)


def a_visit_refused_with_the_reason_withheld() -> Question:
    return _outcome(_visit(_good()), "2026-04-28", "refused", reason=WITHHELD).at(LATER)


def a_visit_refused_with_no_reason_given() -> Question:
    return _outcome(_visit(_good()), "2026-04-28", "refused", reason=NOT_GIVEN).at(LATER)


def a_visit_refused_reason_not_stated() -> Question:
    return _outcome(_visit(_good()), "2026-04-28", "refused").at(LATER)


def a_visit_cancelled_and_another_held_in_time() -> Question:
    given = _outcome(_visit(_visit(_good())), "2026-04-21", "cancelled", reason=GIVEN)
    return _outcome(given, "2026-04-28", name="visit-2").at(LATER)


def a_visit_still_to_come() -> Question:
    return _visit(_launch(_liaison(_timetable(Given())))).at("2026-05-01")


def a_visit_with_no_outcome_on_record() -> Question:
    return _visit(_good()).at(LATER)


def a_visit_with_no_outcome_and_the_procurement_stage_attested() -> Question:
    given = _visit(_good()).records(CoverageAttested, "2026-08-03", stage="procurement", exceptions=[])
    return given.at(LATER)


def a_visit_held_in_the_month_it_was_needed() -> Question:
    return _outcome(_visit(_good()), "2026-04-20/2026-05-20").at(LATER)


def a_visit_held_in_the_year_it_was_needed() -> Question:
    return _outcome(_visit(_good()), "2026").at("2027-12-31")


def a_visit_held_late_corrected_to_an_earlier_day() -> Question:
    given = _outcome(_visit(_good()), "2026-05-10")
    return _outcome(given, "2026-04-28", corrects=given.last).at(LATER)


def a_visit_held_late_on_others_word() -> Question:
    return _outcome(_visit(_good()), "2026-05-10", standing="report", by=CHARITY).at(LATER)
