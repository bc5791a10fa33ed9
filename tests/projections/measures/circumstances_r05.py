"""The circumstances of `docs/measures/r05.md`."""

from ledger.actions.advisory import AdvisoryGroupConvened, AdvisoryGroupMeetingHeld, AdvisoryGroupStatusChanged
from ledger.actions.contract import ContractAwarded, ContractDetailsPublished
from ledger.actions.delivery import PerformanceReported, ServiceStarted
from ledger.actions.engagement import ConsultationHeld, ServiceUsersInvolved
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.process import NeedsAssessmentPublished
from ledger.actions.procurement import ClarificationAnswered, ClarificationQuestionReceived, ProcurementLaunched
from tests.projections.measures.build import Given

LAUNCH, DEADLINE, LATER = "2026-03-02", "2026-05-04", "2026-05-29"
PROVIDERS = ["existing_provider", "potential_provider"]
GROUP = "group/families"


def _providers(given, stage, day, methods=("event",), **more):
    told = {"stage": stage, "audience": PROVIDERS, "methods": list(methods)}
    return given.records(ConsultationHeld, day, **(told | more))


def _users(given, stage, day, count=8, method="co_design", **more):
    return given.records(ServiceUsersInvolved, day, stage=stage, participants_count=count, method=method, **more)


def _both(given, stage, day, **more):
    return _users(_providers(given, stage, day, **more), stage, day, **more)


def _launched(given=None, **more):
    return (given or Given()).records(ProcurementLaunched, LAUNCH, tender_deadline=DEADLINE, **more)


def _attested(given, stage, exceptions=(), day="2026-05-11"):
    return given.records(CoverageAttested, day, stage=stage, exceptions=list(exceptions))


def _answered(given, **more):
    given.records(ClarificationQuestionReceived, "2026-03-09T10:00:00Z", question_id="question-1", **more)
    return given.records(ClarificationAnswered, "2026-03-11T10:00:00Z", question_id="question-1", **more)


def _to_the_tender(given=None, **more):
    given = _both(_both(given or Given(), "needs", "2026-01-12", **more), "design", "2026-01-26", **more)
    return _answered(_launched(given, **more), **more)


def _covered(given=None, **more):
    given = _to_the_tender(given, **more).records(ContractAwarded, "2026-05-11", award_id="award-1", **more)
    return _both(given, "mobilisation", "2026-05-18", **more)


def nothing_is_launched_yet():
    return _both(Given(), "needs", "2026-01-12").at(LATER)


def needs_attested_without_anybody_before_launch():
    return _attested(Given(), "needs", day="2026-02-09").at(LATER)


def launched_and_nobody_is_on_record():
    return _launched().at(LATER)


def every_stage_reached_is_covered_in_two_ways():
    return _covered().at(LATER)


def _providers_in_design():
    return _launched(_providers(Given(), "design", "2026-01-26"))


def only_providers_took_part_in_design():
    return _providers_in_design().at(LATER)


def only_providers_took_part_in_design_and_it_is_attested():
    return _attested(_providers_in_design(), "design").at(LATER)


def only_service_users_took_part_in_design_and_it_is_attested():
    return _attested(_launched(_users(Given(), "design", "2026-01-26")), "design").at(LATER)


def nobody_took_part_in_design_and_it_is_attested():
    return _attested(_launched(), "design").at(LATER)


def nobody_took_part_in_design_and_it_is_attested_with_an_exception():
    return _attested(_launched(), "design", ["One visit was not noted"]).at(LATER)


def _attested_with(**consultation):
    given = _users(Given(), "design", "2026-01-26")
    return _attested(_launched(_providers(given, "design", "2026-01-26", standing="import", **consultation)), "design")


def who_took_part_in_design_is_not_stated_and_it_is_attested():
    return _attested_with(audience=None).at(LATER)


def a_consultation_of_an_unstated_stage_and_design_attested():
    given = _users(Given(), "design", "2026-01-26")
    given = _launched(_providers(given, None, "2026-01-26", standing="import"))
    return _attested(given, "design").at(LATER)


def design_work_held_after_launch():
    return _both(_launched(), "design", "2026-03-09").at(LATER)


def an_involvement_that_counts_nobody():
    given = _users(_providers(Given(), "design", "2026-01-26"), "design", "2026-01-26", count=0)
    return _launched(given).at(LATER)


def a_consultation_withdrawn():
    given = _providers(_users(Given(), "design", "2026-01-26"), "design", "2026-01-27")
    return _launched(given.records(LedgerEntryWithdrawn, "2026-02-02", target=given.last)).at(LATER)


def a_needs_assessment_says_that_both_had_a_say():
    given = Given().records(NeedsAssessmentPublished, "2026-01-19", provider_input=True, service_user_input=True)
    return _launched(given).at(LATER)


def one_way_of_engaging_only():
    given = _providers(Given(), "needs", "2026-01-12", methods=["survey"])
    return _launched(_users(given, "needs", "2026-01-12", method="survey")).at(LATER)


def _met(given, stage, day, **more):
    told = {"group_id": "families", "meeting_no": 1, "stage": stage, "audience": PROVIDERS}
    return given.records(AdvisoryGroupMeetingHeld, day, stream=GROUP, **(told | more))


def _convened(given=None, **more):
    return (given or Given()).records(AdvisoryGroupConvened, "2026-01-07", stream=GROUP, group_id="families", **more)


def a_group_s_meetings_and_a_survey():
    given = _met(_convened(), "needs", "2026-01-20")
    return _launched(_users(given, "needs", "2026-01-21", method="survey")).at(LATER)


def ways_of_engaging_not_stated():
    return _launched(_providers(Given(), "needs", "2026-01-12", standing="import", methods=())).at(LATER)


def a_question_answered_during_the_tender():
    return _answered(_launched()).at(LATER)


def a_question_not_answered_during_the_tender():
    return _launched().records(ClarificationQuestionReceived, "2026-03-09T10:00:00Z").at(LATER)


def _met_during_the_tender(day, **limits):
    return _met(_launched(_convened(**limits)), "procurement", day).at(LATER)


def a_meeting_during_the_tender_inside_the_group_s_limits():
    return _met_during_the_tender("2026-03-13", window_opens="2026-03-13", window_closes="2026-03-13")


def a_meeting_during_the_tender_after_the_group_s_limits():
    return _met_during_the_tender("2026-03-14", window_opens="2026-01-07", window_closes="2026-03-13")


def a_meeting_during_the_tender_of_a_group_without_stated_limits():
    return _met_during_the_tender("2026-03-13", standing="import")


def procurement_attested_without_anybody():
    return _attested(_launched(), "procurement").at(LATER)


def _status(given, status, day):
    return given.records(AdvisoryGroupStatusChanged, day, stream=GROUP, group_id="families", status=status)


def the_group_paused_for_the_tender():
    given = _launched(_status(_convened(), "paused", "2026-02-27"))
    return _attested(_status(given, "reconvened", "2026-05-08"), "procurement").at(LATER)


def the_group_paused_and_met_again_before_launch():
    return _launched(_status(_status(_convened(), "paused", "2026-01-19"), "reconvened", "2026-02-16")).at(LATER)


def the_group_paused_after_bidding_closed():
    return _status(_launched(_convened()), "paused", "2026-05-05").at(LATER)


def awarded_and_nobody_took_part_in_mobilisation():
    return _launched().records(ContractAwarded, "2026-05-11").at(LATER)


def awarded_and_both_took_part_in_mobilisation():
    return _covered().at(LATER)


def _running(since, given=None, standing="act"):
    given = _covered(given)
    more = {"standing": standing}
    given.records(ContractDetailsPublished, "2026-05-25", contract_id="contract-1", award_id="award-1")
    return given.records(ServiceStarted, since, contract_id="contract-1", prison="LEI", **more)


def five_months_of_service_and_nobody_asked():
    return _running("2026-06-15").at("2026-11-15")


def six_months_of_service_and_nobody_asked():
    return _running("2026-06-15").at("2026-12-15")


def six_months_of_service_and_both_asked():
    given = _providers(_running("2026-06-15"), "delivery", "2026-10-05")
    given.records(
        PerformanceReported, "2026-11-02", contract_id="contract-1", standing="import", service_user_feedback=True
    )
    return given.at("2026-12-15")


def six_months_from_31_august_on_27_february():
    return _running("2026-08-31").at("2027-02-27")


def six_months_from_31_august_on_28_february():
    return _running("2026-08-31").at("2027-02-28")


def six_months_end_at_midnight_in_london_and_not_before():
    return _running("2026-12-01").at("2027-05-31T22:59:59Z")


def six_months_ended_at_midnight_in_london():
    return _running("2026-12-01").at("2027-05-31T23:00:00Z")


def a_start_of_service_known_only_to_the_year():
    return _running("2026", standing="import").at("2027-06-29")


def delivery_attested_after_six_months_without_anybody():
    return _attested(_running("2026-06-15"), "delivery", day="2027-01-11").at("2027-01-15")


def all_is_entered_later_from_documents():
    return _covered(standing="reconstruction").at(LATER)


def providers_took_part_in_design_and_whether_service_users_did_is_open_and_it_is_attested():
    given = _providers(Given(), "design", "2026-01-26")
    return _attested(
        _launched(_providers(given, "design", "2026-01-27", standing="import", audience=None)), "design"
    ).at(LATER)


def design_work_whose_day_is_not_stated():
    return _launched(_both(Given(), "design", None, standing="import")).at(LATER)


def a_consultation_during_the_tender():
    return _providers(_launched(), "procurement", "2026-03-09").at(LATER)


def a_meeting_during_the_tender_before_the_group_s_limits_and_it_is_attested():
    limits = {"window_opens": "2026-03-13", "window_closes": "2026-04-30"}
    return _attested(_met(_launched(_convened(**limits)), "procurement", "2026-03-12"), "procurement").at(LATER)


def the_group_paused_for_the_tender_and_has_not_met_since():
    return _launched(_status(_convened(), "paused", "2026-02-27")).at(LATER)


def the_group_paused_and_the_day_it_met_again_is_not_stated():
    given = _status(_convened(), "paused", "2026-01-19")
    given.records(
        AdvisoryGroupStatusChanged, None, stream=GROUP, group_id="families", status="reconvened", standing="import"
    )
    return _launched(given).at(LATER)


def covered_up_to_the_tender_and_nothing_awarded():
    return _to_the_tender().at(LATER)


def two_prisons_started_and_the_first_runs_for_six_months():
    given = _running("2026-06-15").records(ServiceStarted, "2026-08-17", contract_id="contract-1", prison="MRI")
    return given.at("2026-12-15")
