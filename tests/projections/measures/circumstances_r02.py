"""The circumstances of `docs/measures/r02.md`."""

from dataclasses import replace

from ledger.actions.advisory import AdvisoryGroupConvened, AdvisoryGroupMeetingHeld
from ledger.actions.contract import ContractAwarded
from ledger.actions.design import (
    LotStructurePublished,
    LotStructureRevised,
    SpecificationCorrected,
    SpecificationPublished,
)
from ledger.actions.engagement import ConsultationHeld, ConsultationResponsePublished
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.procurement import ProcurementLaunched, TenderAmended
from ledger.actions.timeline import MilestoneReached, TimelineChanged, TimelinePublished
from projections.measures.thresholds import DEFAULT
from tests.projections.measures.build import GIVEN, Given

LAUNCH, DEADLINE = "2026-03-02", "2026-05-02"
FIVE_WEEKS_ON, LATER = "2026-04-06", "2026-06-30"
FILLED = [{"code": "needs", "state": "present"}, {"code": "staff", "state": "present"}]
BLANK = [{"code": "needs", "state": "blank"}, {"code": "staff", "state": "blank"}]
GAP = [{"code": "needs", "state": "present"}, {"code": "staff", "state": "blank"}]
GROUP = "group/families"


def _registered(working="none", day="2026-01-05"):
    return Given(day, partnership_working=working)


def _launched(day=LAUNCH, deadline=DEADLINE, given=None, **more):
    told = {"tender_deadline": deadline, "pack_complete": True}
    return (given or _registered()).records(ProcurementLaunched, day, **(told | more))


def _specified(given, day=LAUNCH, spec="north", sections=FILLED, pages=12, **more):
    return given.records(SpecificationPublished, day, spec_id=spec, sections=sections, page_count=pages, **more)


def _attested(given, stage, exceptions=(), day=None, **more):
    return given.records(CoverageAttested, day or "2026-04-30", stage=stage, exceptions=list(exceptions), **more)


def _both_parts(given=None, deadline=DEADLINE):
    return _launched(given=_timetable(_held(given), deadline), deadline=deadline)


# --- the time to bid --------------------------------------------------------------------------------------------------


def nothing_is_launched_yet():
    return _timetable(_held()).at(LATER)


def launched_without_a_deadline_on_record():
    return _registered().records(ProcurementLaunched, LAUNCH, standing="import").at(LATER)


def the_deadline_is_on_record_in_the_timetable_only():
    return _launched(deadline=None, given=_timetable(), standing="import").at(LATER)


def the_launch_is_not_on_record_though_an_award_is():
    return _timetable().records(ContractAwarded, "2026-05-11").at(LATER)


def exactly_two_calendar_months():
    return _launched().at(LATER)


def one_day_short_of_two_months():
    return _launched(deadline="2026-05-01").at(LATER)


def sixty_days_in_july_and_august():
    return _launched("2026-07-02", "2026-08-31").at("2026-12-31")


def closing_on_a_bank_holiday():
    return _launched("2026-02-03", "2026-04-03").at(LATER)


def _from_new_years_eve(year, deadline):
    return _launched(f"{year}-12-31", deadline, _registered(day=f"{year}-11-02")).at("2028-06-30")


def from_31_december_to_28_february():
    return _from_new_years_eve(2026, "2027-02-28")


def from_31_december_to_27_february():
    return _from_new_years_eve(2026, "2027-02-27")


def from_31_december_to_28_february_of_a_leap_year():
    return _from_new_years_eve(2027, "2028-02-28")


def from_31_december_to_29_february():
    return _from_new_years_eve(2027, "2028-02-29")


def launched_in_the_first_hour_of_1_april_in_london_and_closing_on_31_may():
    return _launched("2026-03-31T23:30:00Z", "2026-05-31").at(LATER)


def partnerships_encouraged_and_exactly_two_months():
    return _launched(given=_registered("encouraged")).at(LATER)


def partnerships_encouraged_and_a_day_more():
    return _launched(deadline="2026-05-03", given=_registered("encouraged")).at(LATER)


def partnerships_required_by_the_launch_though_not_by_the_registration():
    return _launched(partnership_working="required").at(LATER)


def partnerships_not_stated_and_exactly_two_months():
    return _launched(given=Given(standing="import")).at(LATER)


def partnerships_not_stated_and_a_day_more():
    return _launched(deadline="2026-05-03", given=Given(standing="import")).at(LATER)


def _further_days(working):
    given = _launched(deadline="2026-05-12", given=_registered(working))
    return given.at(LATER, thresholds=replace(DEFAULT, partnership_uplift_days=28))


def further_days_set_by_the_operator_and_not_given():
    return _further_days("encouraged")


def further_days_set_by_the_operator_and_no_partnerships():
    return _further_days("none")


def a_blank_specification_replaced_after_five_weeks():
    given = _specified(_launched(), sections=BLANK)
    return _specified(given, FIVE_WEEKS_ON).at(LATER)


def _filled(given, **more):
    told = {"spec_id": "north", "defect_code": "blank", "material": True}
    return given.records(SpecificationCorrected, FIVE_WEEKS_ON, **(told | more))


def a_blank_specification_put_right_after_five_weeks():
    return _filled(_specified(_launched(), sections=BLANK)).at(LATER)


def a_blank_specification_put_right_after_five_weeks_and_the_time_given_back():
    given = _filled(_specified(_launched(given=_timetable()), sections=BLANK))
    return _moved(given, "2026-04-07", "2026-06-08").at(LATER)


def a_blank_specification_while_another_one_was_put_right():
    given = _specified(_specified(_launched(), sections=BLANK), spec="south")
    return _filled(given, spec_id="south", material=False).at(LATER)


def a_complete_specification_published_again_in_the_last_week():
    return _specified(_specified(_launched()), "2026-04-27").at(LATER)


def no_specification_on_record_and_procurement_attested_after_the_deadline():
    return _attested(_launched(pack_complete=None), "procurement").at(LATER)


def _only_blank(**more):
    return _specified(_launched(**more), sections=BLANK)


def a_blank_specification_and_no_other_on_record():
    return _only_blank().at(LATER)


def a_blank_specification_attested_as_the_only_one_before_the_deadline():
    return _attested(_only_blank(), "procurement").at(DEADLINE)


def a_blank_specification_attested_as_the_only_one_after_the_deadline():
    return _attested(_only_blank(), "procurement").at("2026-05-02T23:00:00Z")


def a_specification_whose_sections_are_not_stated():
    return _specified(_launched(), sections=None, pages=None, standing="import").at(LATER)


def a_specification_without_a_list_of_sections_or_of_pages():
    return _specified(_launched(), sections=[], pages=None, standing="import").at(LATER)


def a_gap_filled_that_was_not_called_material():
    given = _specified(_launched(), sections=GAP)
    return _filled(given, defect_code="missing_section", material=False).at(LATER)


def tupe_information_supplied_after_five_weeks():
    given = _specified(_launched(), tupe_status="missing")
    return _filled(given, defect_code="missing_tupe").at(LATER)


def missing_tupe_information_never_supplied():
    return _specified(_launched(), tupe_status="missing").at(LATER)


def _moved(given, day, deadline, **more):
    changes = [{"code": "tender_deadline", "new_date": deadline}]
    return given.records(TimelineChanged, day, changes=changes, reason=GIVEN, **more)


def _with_a_timetable(deadline="2026-04-20"):
    return _launched(deadline=deadline, given=_timetable(deadline=deadline))


def the_deadline_moved_twice():
    return _moved(_moved(_with_a_timetable(), "2026-03-09", "2026-04-27"), "2026-03-16", DEADLINE).at(LATER)


def the_deadline_moved_out_and_back_again():
    return _moved(_moved(_with_a_timetable(), "2026-03-09", DEADLINE), "2026-03-09", "2026-04-20").at(LATER)


def _two_back_filled_moves(one, other):
    late = {"standing": "reconstruction", "recorded": "2027-01-11"}
    return _moved(_moved(_with_a_timetable(), "2026-04", one, **late), "2026-04", other, **late).at("2027-02-01")


def two_back_filled_moves_in_one_month_that_differ():
    return _two_back_filled_moves("2026-05-11", "2026-04-27")


def two_back_filled_moves_in_one_month_that_are_both_long_enough():
    return _two_back_filled_moves("2026-05-18", "2026-05-11")


def the_pack_was_incomplete_and_the_rest_is_not_on_record():
    return _specified(_launched(pack_complete=False)).at(LATER)


def _released_later(deadline, *others):
    given = _timetable(deadline=deadline, more=[{"code": "pack_released", "title": "Pack", "date": LAUNCH}])
    given = _launched(deadline=deadline, given=given, pack_complete=False)
    for day in ("2026-03-09", *others):
        given.records(MilestoneReached, day, milestone_code="pack_released")
    return given.at(LATER)


def the_pack_was_incomplete_and_released_a_week_later():
    return _released_later(DEADLINE)


def the_pack_was_incomplete_and_released_a_week_later_with_time_to_spare():
    return _released_later("2026-05-09")


def the_pack_was_released_on_two_days_on_record():
    return _released_later("2026-05-09", "2026-03-10")


def not_stated_whether_the_pack_was_complete():
    return _specified(_launched(pack_complete=None)).at(LATER)


def the_pack_was_complete_and_no_specification_is_on_record():
    return _launched().at(LATER)


def _amended(material, **more):
    changes = [{"what": "price schedule", "after": "New columns"}]
    return _specified(_launched()).records(
        TenderAmended, "2026-04-27", changes=changes, reason=GIVEN, material=material, **more
    )


def an_amendment_that_matters_in_the_last_week():
    return _amended(material=True).at(LATER)


def an_amendment_that_does_not_matter_in_the_last_week():
    return _amended(material=False).at(LATER)


def an_amendment_of_which_nothing_says_whether_it_matters():
    return _amended(material=None).at(LATER)


def an_amendment_that_matters_known_from_a_report_only():
    return _amended(material=True, standing="report").at(LATER)


def _two_lots():
    lots = [{"lot_id": name, "area": name, "prisons": [code]} for name, code in (("north", "LEI"), ("south", "MRI"))]
    given = _launched(given=_registered().records(LotStructurePublished, "2026-02-02", lots=lots))
    given = _specified(given, prison="LEI")
    return _specified(given, FIVE_WEEKS_ON, "south", lot_id="south", prison="MRI")


def one_lot_late_and_one_in_time():
    return _two_lots().at(LATER)


def the_late_lot_no_longer_exists():
    changes = [{"lot_id": "south", "ended": True}]
    return _two_lots().records(LotStructureRevised, "2026-04-20", changes=changes, reason=GIVEN).at(LATER)


def _launched_in_march(deadline):
    return _launched("2026-03", deadline).at(LATER)


def a_launch_dated_to_the_month_with_time_to_spare():
    return _launched_in_march("2026-05-31")


def a_launch_dated_to_the_month_with_too_little_time():
    return _launched_in_march("2026-04-30")


def a_launch_dated_to_the_month_where_the_day_matters():
    return _launched_in_march("2026-05-15")


def _launched_in(year, deadline):
    return _launched(year, deadline, _registered(day="2025-11-03")).at("2027-06-30")


def a_launch_dated_to_the_year_before_bidding_closes_with_time_to_spare():
    return _launched_in("2025", "2026-03-31")


def a_launch_dated_to_the_year_with_too_little_time_whatever_the_day():
    return _launched_in("2026", "2026-02-15")


def a_launch_dated_to_the_year_in_which_bidding_closes():
    return _launched_in("2026", "2026-05-04")


def the_launch_was_corrected_to_an_earlier_day():
    given = _launched("2026-03-09")
    return _launched(given=given, corrects=given.last, recorded="2026-03-20").at(LATER)


def the_launch_was_withdrawn():
    given = _launched(given=_timetable(_held()))
    return given.records(LedgerEntryWithdrawn, "2026-03-03", target=given.last).at(LATER)


def two_launches_on_record_on_different_days():
    given = _launched(standing="import")
    return _launched("2026-03-03", given=given, standing="import").at(LATER)


def dates_taken_from_official_releases():
    return _launched(standing="import").at(LATER)


def dates_entered_from_documents():
    return _launched(deadline="2026-05-01", standing="reconstruction").at(LATER)


# --- who designed the timetable ---------------------------------------------------------------------------------------


def _held(given=None, day="2026-01-19", **more):
    told = {"engagement_id": "spring", "stage": "design", "topics": ["timeline"], "audience": ["potential_provider"]}
    return (given or _registered()).records(ConsultationHeld, day, **(told | more))


def _timetable(given=None, deadline=DEADLINE, cites=None, more=(), day="2026-02-02", **fields):
    given = given or _registered()
    milestones = [{"code": "tender_deadline", "title": "Bidding closes", "date": deadline}, *more]
    cited = [given.last] if cites is None and given.last else cites or []
    return given.records(TimelinePublished, day, milestones=milestones, consulted_entries=cited, **fields)


def the_timetable_points_to_a_consultation_held_before():
    return _both_parts().at(LATER)


def the_timetable_points_to_a_meeting_of_the_group():
    given = _registered().records(AdvisoryGroupConvened, "2026-01-07", group_id="families", stream=GROUP)
    given.records(
        AdvisoryGroupMeetingHeld,
        "2026-01-20",
        group_id="families",
        meeting_no=1,
        topics=["timeline", "lots"],
        audience=["potential_provider"],
        stream=GROUP,
    )
    return _launched(given=_timetable(given)).at(LATER)


def the_timetable_points_to_the_response():
    given = _held().records(ConsultationResponsePublished, "2026-01-26", engagement_id="spring")
    return _launched(given=_timetable(given)).at(LATER)


def the_timetable_points_to_a_consultation_that_was_corrected_since():
    given = _held(topics=["lots"])
    wrong = given.last
    given = _timetable(given)
    return _launched(given=_held(given, corrects=wrong)).at(LATER)


def the_timetable_points_to_a_consultation_that_was_withdrawn():
    given = _held()
    consulted = given.last
    given = _launched(given=_timetable(given))
    return given.records(LedgerEntryWithdrawn, "2026-03-09", target=consulted).at(LATER)


def a_consultation_that_the_timetable_does_not_point_to():
    return _launched(given=_timetable(_held(), cites=[])).at(LATER)


def a_consultation_that_the_timetable_does_not_point_to_and_design_attested():
    return _attested(_launched(given=_timetable(_held(), cites=[])), "design").at(LATER)


def the_consultation_was_on_something_else():
    return _launched(given=_timetable(_held(topics=["lots"]))).at(LATER)


def the_consultation_reached_only_present_providers():
    return _launched(given=_timetable(_held(audience=["existing_provider"]))).at(LATER)


def _consulted_too_late():
    return _launched(given=_held(_timetable(), "2026-02-09"))


def the_consultation_came_after_the_timetable():
    return _consulted_too_late().at(LATER)


def the_consultation_came_after_the_timetable_and_design_attested():
    return _attested(_consulted_too_late(), "design").at(LATER)


def no_consultation_and_design_attested():
    return _attested(_launched(given=_timetable()), "design").at(LATER)


def no_consultation_and_design_attested_before_launch():
    return _attested(_timetable(), "design", day="2026-02-20").at(LATER)


def no_consultation_and_design_attested_with_an_exception():
    return _attested(_launched(given=_timetable()), "design", ["One telephone call was not noted"]).at(LATER)


def the_topics_are_not_stated_and_design_attested():
    return _attested(_launched(given=_timetable(_held(topics=None, standing="import"))), "design").at(LATER)


def the_day_of_the_consultation_is_not_stated_and_design_attested():
    given = _launched(given=_timetable(_held(day=None, standing="import"), cites=[]))
    return _attested(given, "design").at(LATER)


def two_timetables_on_record_and_only_one_points_to_a_consultation():
    given = _timetable(_held(), standing="import")
    return _launched(given=_timetable(given, cites=[], day="2026-02-03", standing="import")).at(LATER)


def no_timetable_is_on_record():
    return _launched(given=_held()).at(LATER)


def the_timetable_and_its_consultation_entered_from_documents():
    late = {"standing": "reconstruction"}
    return _launched(given=_timetable(_held(**late), **late)).at(LATER)


def both_parts_pass():
    return _both_parts().at(LATER)


def enough_time_and_no_word_on_consultation():
    return _launched(given=_timetable()).at(LATER)


def a_consultation_and_too_little_time():
    return _both_parts(deadline="2026-05-01").at(LATER)
