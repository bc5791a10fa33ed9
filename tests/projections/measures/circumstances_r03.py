"""The circumstances of `docs/measures/r03.md`."""

from __future__ import annotations

from typing import Any

from ledger.actions.contract import ContractAwarded
from ledger.actions.design import SpecificationCorrected, SpecificationPublished
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.procurement import BidsClosed, ProcurementLaunched, ProcurementTerminated
from ledger.actions.timeline import (
    MilestoneReached,
    TimelineChangeCommunicated,
    TimelineChanged,
    TimelinePublished,
)
from ledger.kinds import Undisclosed
from projections.measures.facts import Question
from tests.projections.measures.build import CHARITY, GIVEN, NOT_GIVEN, WITHHELD, Given, shown_as

NOW = "2026-05-03"
LATER = "2026-12-31"
PLAN = {"launch": "2026-03-02", "tender_deadline": "2026-05-04", "award": "2026-06-01"}


def _timetable(given: Given | None = None, firmness: str = "firm", plan: Any = None, **fields: Any) -> Given:
    planned = [
        {"code": code, "title": code.capitalize(), "date": day, "firmness": firmness}
        for code, day in (plan or PLAN).items()
    ]
    return (given or Given()).records(TimelinePublished, "2026-02-02", milestones=planned, **fields)


def _launch(given: Given, day: str = "2026-03-02", **fields: Any) -> Given:
    return given.records(ProcurementLaunched, day, **{"pack_complete": True} | fields)


def _good() -> Given:
    return _launch(_timetable())


def _move(given: Given, day: str = "2026-04-14", to: str = "2026-05-18", **fields: Any) -> Given:
    """A change of the deadline for bids to a later day, unless it says otherwise."""
    code = fields.pop("code", "tender_deadline")
    held: dict[str, Any] = {"changes": [{"code": code, "new_date": to}], "reason": GIVEN}
    return given.records(TimelineChanged, day, **held | fields)


def _tell(given: Given, day: str = "2026-04-15", change: int | None = None, **fields: Any) -> Given:
    held: dict[str, Any] = {"audience": ["existing_provider", "potential_provider"], "reason_included": True}
    held["change"] = given.last if change is None else change
    return given.records(TimelineChangeCommunicated, day, **held | fields)


def _reach(given: Given, day: str, code: str = "award", **fields: Any) -> Given:
    return given.records(MilestoneReached, day, milestone_code=code, **fields)


def _attest(given: Given) -> Given:
    return given.records(CoverageAttested, "2026-05-01", stage="procurement", exceptions=[])


def no_timetable_on_record() -> Question:
    return _launch(Given()).at(NOW)


def nothing_is_launched_yet() -> Question:
    return _timetable().at("2026-02-20")


def everything_kept_and_nothing_moved() -> Question:
    return _good().at(NOW)


def a_change_well_made() -> Question:
    return _tell(_move(_good())).at(NOW)


# --- dates ------------------------------------------------------------------------------------------------------------


def _closed(given: Given, day: str = "2026-05-04") -> Given:
    return given.records(BidsClosed, day)


def a_firm_date_passed_in_silence() -> Question:
    return _good().at("2026-05-05")


def a_firm_date_on_its_own_day() -> Question:
    return _good().at("2026-05-04")


def a_firm_date_reached_a_day_late() -> Question:
    return _reach(_closed(_good()), "2026-06-02").at(LATER)


def a_firm_date_reached_on_the_day() -> Question:
    return _reach(_closed(_good()), "2026-06-01").at(LATER)


def a_firm_date_moved_on_the_day_itself() -> Question:
    return _move(_good(), "2026-05-04").at("2026-05-05")


def a_firm_date_moved_the_day_after() -> Question:
    return _move(_good(), "2026-05-05").at("2026-05-06")


def a_firm_date_moved_in_its_month() -> Question:
    return _move(_good(), "2026-05", "2026-06-15").at("2026-05-31")


def a_deadline_moved_twice_each_time_beforehand() -> Question:
    return _move(_move(_good()), "2026-05-15", "2026-05-29").at("2026-05-29")


def a_deadline_moved_twice_once_too_late() -> Question:
    return _move(_move(_good()), "2026-05-20", "2026-05-29").at("2026-05-29")


def a_firm_launch_missed_before_anything_is_launched() -> Question:
    return _timetable().at("2026-03-03")


def an_indicative_date_passed_before_the_launch() -> Question:
    return _timetable(firmness="indicative").at("2026-03-03")


def an_indicative_date_passed_after_the_launch() -> Question:
    return _launch(_timetable(firmness="indicative")).at("2026-05-05")


def a_firm_date_of_old_papers_passed_in_silence() -> Question:
    return _launch(_timetable(standing="reconstruction")).at("2026-05-05")


def a_firm_date_of_an_official_release_passed_in_silence() -> Question:
    return _launch(_timetable(standing="import")).at("2026-05-05")


def a_firm_date_of_old_papers_reached_late() -> Question:
    given = _launch(_timetable(standing="reconstruction"))
    return _reach(_closed(given), "2026-06-02", standing="reconstruction").at(LATER)


def a_firm_date_reached_in_its_month() -> Question:
    return _reach(_closed(_good()), "2026-06").at(LATER)


def a_firm_date_reached_in_its_year() -> Question:
    return _reach(_closed(_good()), "2026").at("2028-06-30")


def a_firm_date_reached_in_the_year_after_it() -> Question:
    return _reach(_closed(_good()), "2027").at("2028-06-30")


def a_deadline_that_bids_show_as_reached() -> Question:
    return _closed(_good(), "2026-05-04T11:00:00Z").at("2026-05-05")


def an_award_that_the_contract_itself_shows() -> Question:
    return _closed(_good()).records(ContractAwarded, "2026-06-01").at("2026-06-02")


def an_award_of_another_contract_before_the_launch() -> Question:
    given = _timetable().records(ContractAwarded, "2026-02-16")
    return _closed(_launch(given)).at("2026-06-02")


def a_firm_date_after_the_tender_was_stopped() -> Question:
    return _good().records(ProcurementTerminated, "2026-04-14", scope="process").at(LATER)


def a_firm_date_taken_back_by_a_correction() -> Question:
    given = _launch(_timetable())
    right = {"launch": "2026-03-02", "tender_deadline": "2026-05-18"}
    return _timetable(given, plan=right, corrects=1).at("2026-05-05")


def a_change_entered_by_mistake() -> Question:
    given = _move(_good())
    given.records(LedgerEntryWithdrawn, "2026-04-15", target=given.last, reason=GIVEN)
    return given.at("2026-05-05")


def a_firm_date_on_a_bank_holiday() -> Question:
    return _launch(_timetable(plan=PLAN | {"award": "2026-04-06"})).at("2026-04-07")


def a_firm_date_on_the_night_the_clocks_go_forward() -> Question:
    given = _launch(_timetable(plan=PLAN | {"award": "2026-03-29"}))
    return _reach(given, "2026-03-29T23:30:00Z").at("2026-04-01")


# --- reasons ----------------------------------------------------------------------------------------------------------


def _reasoned(*, told: bool | None = True, **fields: Any) -> Given:
    given = _move(_good(), **fields)
    return given if told is None else _tell(given, reason_included=told)


def no_reason_given_and_5_working_days_not_over() -> Question:
    return _reasoned(told=None, reason=NOT_GIVEN).at("2026-04-21")


def no_reason_given_after_5_working_days() -> Question:
    return _reasoned(told=None, reason=NOT_GIVEN).at("2026-04-22")


def no_reason_given_after_5_working_days_over_easter() -> Question:
    return _reasoned(told=None, reason=NOT_GIVEN, day="2026-03-31").at("2026-04-09")


def no_reason_given_and_later_put_right() -> Question:
    given = _reasoned(told=None, reason=NOT_GIVEN)
    change = given.last
    _tell(given)
    return _move(given, corrects=change).at(NOW)


def a_reason_withheld_on_a_stated_basis() -> Question:
    return _reasoned(told=False, reason=WITHHELD).at(NOW)


def a_reason_removed_by_law() -> Question:
    given = shown_as(_reasoned(told=None), reason=Undisclosed("redacted"))
    return _tell(given).at(NOW)


def a_reason_not_public_yet_and_left_out_of_the_message() -> Question:
    given = shown_as(_reasoned(told=None), reason=Undisclosed("embargoed"))
    return _tell(given, reason_included=False).at(NOW)


def a_reason_on_record_and_left_out_of_the_message() -> Question:
    return _reasoned(told=False).at(NOW)


def a_reason_left_out_of_the_first_message_and_in_the_second() -> Question:
    given = _reasoned(told=False)
    return _tell(given, "2026-04-16", change=given.last - 1).at(NOW)


def a_reason_on_record_and_no_message() -> Question:
    return _reasoned(told=None).at(NOW)


def a_reason_not_stated() -> Question:
    return _reasoned(told=False, reason=..., standing="import").at(NOW)


def whether_the_reason_was_told_is_not_stated() -> Question:
    return _tell(_reasoned(told=None), reason_included=None).at(NOW)


def one_change_with_its_reason_and_one_without() -> Question:
    given = _reasoned()
    _move(given, "2026-04-16", "2026-05-22")
    return _tell(given, "2026-04-16", reason_included=False).at(NOW)


def a_reason_on_others_word() -> Question:
    given = _move(_good())
    return _tell(given, standing="report", by=CHARITY).at(NOW)


# --- notice -----------------------------------------------------------------------------------------------------------


def _told(*days: str, decided: str = "2026-04-14", **fields: Any) -> Given:
    given = _move(_good(), decided)
    change = given.last
    for day in days:
        _tell(given, day, change, **fields)
    return given


def told_on_the_second_working_day() -> Question:
    return _told("2026-04-16").at(NOW)


def told_on_the_third_working_day() -> Question:
    return _told("2026-04-17").at(NOW)


def told_over_easter_on_the_second_working_day() -> Question:
    return _told("2026-04-07", decided="2026-04-01").at(NOW)


def told_on_a_weekend_decision() -> Question:
    return _told("2026-04-22", decided="2026-04-18").at(NOW)


def told_on_the_day_after_the_old_date() -> Question:
    return _told("2026-05-05", decided="2026-05-01").at("2026-05-06")


def told_on_the_old_date() -> Question:
    return _told("2026-05-04", decided="2026-05-01").at("2026-05-06")


def told_to_some_at_once_and_to_others_late() -> Question:
    given = _told("2026-04-14", audience=["potential_provider"])
    return _tell(given, "2026-04-22", given.last - 1, audience=["existing_provider", "potential_provider"]).at(NOW)


def told_only_to_prison_staff() -> Question:
    return _told("2026-04-15", audience=["prison_staff"]).at(NOW)


def told_only_to_the_present_provider_after_the_award() -> Question:
    given = _timetable(plan=PLAN | {"service_start": "2026-09-01"})
    _reach(_closed(_launch(given)), "2026-06-01").records(ContractAwarded, "2026-06-01")
    _move(given, "2026-07-13", "2026-10-01", code="service_start")
    return _tell(given, "2026-07-14", audience=["existing_provider"]).at("2026-08-03")


def nobody_told_and_the_time_not_over() -> Question:
    return _told().at("2026-04-16")


def nobody_told_on_record() -> Question:
    return _told().at("2026-04-17")


def nobody_told_and_the_procurement_stage_attested() -> Question:
    return _attest(_told()).at(NOW)


def told_in_a_month() -> Question:
    return _told("2026-04").at(NOW)


def told_before_the_correction_of_the_change() -> Question:
    given = _told("2026-04-15")
    return _move(given, to="2026-05-19", corrects=given.last - 1).at(NOW)


# --- time -------------------------------------------------------------------------------------------------------------


def _postponed(deadline: str | None = None, **fields: Any) -> Given:
    """The launch moves from 2 to 16 March, and the deadline with it where a day is given."""
    given = _timetable()
    moved = [{"code": "launch", "new_date": "2026-03-16"}]
    moved += [] if deadline is None else [{"code": "tender_deadline", "new_date": deadline}]
    return given.records(TimelineChanged, "2026-02-23", **{"changes": moved, "reason": GIVEN} | fields)


def a_launch_postponed_without_the_deadline() -> Question:
    return _launch(_postponed(), "2026-03-16").at(NOW)


def a_launch_postponed_with_the_deadline() -> Question:
    return _launch(_postponed("2026-05-18"), "2026-03-16").at(NOW)


def a_launch_postponed_and_a_reason_why_more_time_was_not_possible() -> Question:
    return _launch(_postponed(extension_not_possible_reason=GIVEN), "2026-03-16").at(NOW)


def a_launch_postponed_and_that_reason_withheld() -> Question:
    return _launch(_postponed(extension_not_possible_reason=WITHHELD), "2026-03-16").at(NOW)


def a_launch_postponed_and_that_reason_not_given() -> Question:
    return _launch(_postponed(extension_not_possible_reason=NOT_GIVEN), "2026-03-16").at(NOW)


def a_launch_postponed_before_anything_is_launched() -> Question:
    return _postponed().at("2026-03-03")


def _blank() -> Given:
    given = _good()
    sections = [{"code": "The service", "state": "blank"}]
    given.records(SpecificationPublished, "2026-03-02", spec_id="leeds", prison="LEI", sections=sections)
    held: dict[str, Any] = {"spec_id": "leeds", "defect_code": "blank", "material": True}
    return given.records(SpecificationCorrected, "2026-04-07", **held)


def a_blank_specification_restarts_the_window() -> Question:
    return _blank().at(NOW)


def a_blank_specification_and_the_deadline_moved_as_far() -> Question:
    return _move(_blank(), "2026-04-07", "2026-06-09").at(NOW)


def _from_march(deadline: str) -> Question:
    """Two months of 61 days, from 1 March to 1 May, moved to begin on 1 February of a year without a leap day."""
    given = Given("2025-01-06")
    _timetable_in(given, {"launch": "2026-03-01", "tender_deadline": "2026-05-01"})
    moved = [{"code": "launch", "new_date": "2026-02-01"}, {"code": "tender_deadline", "new_date": deadline}]
    given.records(TimelineChanged, "2026-01-12", changes=moved, reason=GIVEN)
    return _launch(given, "2026-02-01").at("2026-02-20")


def _timetable_in(given: Given, plan: dict[str, str]) -> None:
    planned = [{"code": code, "title": code, "date": day, "firmness": "firm"} for code, day in plan.items()]
    given.records(TimelinePublished, "2025-12-01", milestones=planned)


def two_months_moved_to_shorter_months() -> Question:
    return _from_march("2026-04-01")


def two_months_and_a_day_less_moved_to_shorter_months() -> Question:
    return _from_march("2026-03-31")


def more_time_than_first_planned() -> Question:
    return _move(_good()).at(NOW)


def a_timetable_without_a_deadline_for_bids() -> Question:
    return _launch(_timetable(plan={"launch": "2026-03-02"}), tender_deadline="2026-05-04").at(NOW)


def a_launch_of_which_only_the_month_is_known() -> Question:
    return _launch(_timetable(), "2026-03").at(NOW)
