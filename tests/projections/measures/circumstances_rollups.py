"""The circumstances of `docs/measures/rollups.md`."""

from typing import Any

from ledger.actions.advisory import (
    AdvisoryGroupConvened,
    AdvisoryGroupMeetingHeld,
    AdvisoryGroupStatusChanged,
    MeetingNotesPublished,
    OversightUpdateReported,
)
from ledger.actions.commitments import CommitmentMade
from ledger.actions.contract import ContractAwarded, ContractDetailsPublished, ContractValueCorrected
from ledger.actions.delivery import PostProcessReviewPublished, ServiceStarted
from ledger.actions.design import (
    BiddingRequirementsPublished,
    LotStructurePublished,
    LotStructureRevised,
)
from ledger.actions.engagement import ConsultationHeld, ServiceUsersInvolved
from ledger.actions.issues import IssueAnswered, IssueReported, IssueResolved
from ledger.actions.process import BudgetPublished, OutcomesFrameworkPublished
from ledger.actions.procurement import (
    BidsClosed,
    ClarificationAnswerCorrected,
    ClarificationAnswered,
    ClarificationQuestionReceived,
    SiteVisitOutcomeRecorded,
    SiteVisitRequested,
)
from ledger.actions.timeline import TimelineChangeCommunicated, TimelineChanged, TimelinePublished
from tests.projections.measures import specified as s
from tests.projections.measures.build import CHARITY, GIVEN, NOT_GIVEN, Given

LATER = "2026-12-01"
GROUP = "group/families"
PROVIDERS = ["existing_provider", "potential_provider"]


def _pounds(amount, currency="GBP"):
    return {"amount": amount, "currency": currency}


def _launched(given=None, day=s.LAUNCH, deadline="2026-05-02", **fields):
    return s.launched(given, day, tender_deadline=deadline, **fields)


def nothing_on_record():
    return Given().at(LATER)


def everything_launched_and_nothing_else():
    return _launched().at(LATER)


# --- principles -------------------------------------------------------------------------------------------------------


def _lots(given, *names, day="2026-02-02"):
    return given.records(LotStructurePublished, day, lots=[{"lot_id": name} for name in names])


def _awarded(given, name, amount, **fields):
    told = {"award_id": name, "value": {"net": _pounds(amount)}, "supplier": CHARITY, "supplier_is_vcse": True}
    return given.records(ContractAwarded, "2026-06-01", **(told | fields))


BIG = {"scheme": "GB-COH", "id": "00000001", "name": "Large"}


def bids_and_awards():
    given = _launched(_lots(Given(), "lot-1", "lot-2", "lot-3"))
    rows = [{"lot_id": "lot-1", "bids": 4}, {"lot_id": "lot-2", "bids": 1}]
    given.records(BidsClosed, "2026-05-02", bids_by_lot=rows, no_bid_lots=["lot-3"])
    return _awarded(_awarded(given, "a", "100"), "b", "300", supplier=BIG, supplier_is_vcse=False).at(LATER)


def awards_in_two_currencies():
    given = _awarded(_launched(), "a", "100")
    return _awarded(given, "b", "300", value={"net": _pounds("300", "EUR")}).at(LATER)


def an_award_of_unknown_value():
    return _awarded(_awarded(_launched(), "a", "100"), "b", "1", value=None, standing="import").at(LATER)


def a_supplier_of_unknown_kind():
    return _awarded(_awarded(_launched(), "a", "100"), "b", "300", supplier_is_vcse=None).at(LATER)


def two_concerns_about_equality_one_answered():
    given = _launched()
    for name in ("one", "two"):
        given.records(IssueReported, "2026-03-10", standing="report", issue_id=name, type="equality_concern")
    return given.records(IssueAnswered, "2026-03-17", issue_id="one", position="partly", reason=GIVEN).at(LATER)


def _outcomes(given, day):
    return given.records(OutcomesFrameworkPublished, day, inspectorates_consulted=["hmi_prisons", "ofsted"])


def outcomes_before_the_launch():
    return _launched(_outcomes(Given(), "2026-02-02")).at(LATER)


def outcomes_after_the_launch():
    return _outcomes(_launched(), "2026-03-09").at(LATER)


def _users(given, stage, day="2026-02-02"):
    return given.records(ServiceUsersInvolved, day, stage=stage, facilitator_is_voluntary=True)


def service_users_at_two_stages():
    return _launched(_users(_users(Given(), "needs"), "design")).at(LATER)


def design_attested_without_service_users():
    return s.attested(_launched(_users(Given(), "needs")), "design").at(LATER)


def design_attested_a_consultation_whose_audience_is_not_stated():
    given = _users(Given(), "needs").records(ConsultationHeld, "2026-02-02", stage="design", standing="import")
    return s.attested(_launched(given), "design").at(LATER)


def design_attested_service_users_asked_after_the_launch():
    given = _launched(_users(Given(), "needs"))
    return s.attested(_users(given, "design", "2026-03-09"), "design").at(LATER)


# --- groups -----------------------------------------------------------------------------------------------------------

LIMITS: dict[str, Any] = {"window_opens": "2026-01-12", "window_closes": "2026-02-20"}


CONVENED: dict[str, Any] = {
    "group_id": "families",
    "open_recruitment": True,
    "members_as_individuals": True,
    "delivers_services": False,
}


def _group(given=None, day="2026-01-12", **fields):
    return (given or Given()).records(AdvisoryGroupConvened, day, stream=GROUP, **(CONVENED | LIMITS | fields))


def _met(given, number, day, **fields):
    told = {"group_id": "families", "meeting_no": number, "audience": PROVIDERS}
    return given.records(AdvisoryGroupMeetingHeld, day, stream=GROUP, **(told | fields))


def _noted(given, number, day):
    return given.records(MeetingNotesPublished, day, stream=GROUP, group_id="families", meeting_no=number)


def _status(given, status, day):
    told = {"group_id": "families", "status": status, "reason": GIVEN}
    return given.records(AdvisoryGroupStatusChanged, day, stream=GROUP, **told)


def _two_meetings():
    given = _met(_group(), 1, "2026-01-19", conflicts_declared=["One.", "Two."], attendee_organisations=[CHARITY])
    given = _met(_noted(given, 1, "2026-01-26"), 2, "2026-02-02", conflicts_declared=["Three."])
    return _launched(given)


def two_meetings_one_with_notes():
    return _two_meetings().at(LATER)


def two_meetings_both_with_notes():
    return _noted(_two_meetings(), 2, "2026-03-09").at(LATER)


def a_meeting_in_its_month_with_notes():
    given = _met(_group(), 1, "2026-01", recorded="2026-02-02")
    return _noted(given, 1, "2026-02-09").at(LATER)


def a_group_whose_secretariat_delivers_services():
    return _met(_group(delivers_services=True), 1, "2026-01-19").at(LATER)


def a_group_of_which_little_is_known():
    return _met(_group(delivers_services=None, standing="import"), 1, "2026-01-19").at(LATER)


def a_member_of_the_group_wins():
    return _awarded(_two_meetings(), "a", "100").at(LATER)


def a_group_before_the_launch():
    return _launched(_group()).at(LATER)


def a_group_only_after_the_launch():
    return _group(_launched(), "2026-03-09").at(LATER)


def a_group_convened_in_the_year_of_the_launch():
    given = _group(_launched(), "2026", standing="reconstruction", recorded="2027-01-11")
    return given.at("2027-02-01")


def officials_met_contract_holders_after_the_award():
    given = _awarded(_launched(), "a", "100")
    return given.records(ConsultationHeld, "2026-10-05", audience=["existing_provider"], topics=["feedback"]).at(LATER)


def officials_met_present_providers_before_the_award():
    given = _launched().records(ConsultationHeld, "2026-05-04", audience=["existing_provider"], topics=["needs"])
    return _awarded(given, "a", "100").at(LATER)


def a_group_with_closed_recruitment():
    return _launched(_group(open_recruitment=False)).at(LATER)


def a_group_that_reported_to_its_parent():
    return _group().records(OversightUpdateReported, "2026-02-02", stream=GROUP, group_id="families").at(LATER)


def a_meeting_with_providers_after_the_window_closed():
    return _met(_group(), 1, "2026-02-21").at(LATER)


def a_meeting_with_providers_during_the_tender():
    return _met(_launched(_group(window_closes="2026-06-30")), 1, "2026-04-13").at(LATER)


def a_meeting_with_providers_on_the_last_day_of_the_window():
    return _met(_group(), 1, "2026-02-20").at(LATER)


def a_meeting_with_providers_before_the_window_opened():
    return (
        _met(_group(), 1, "2026-01-12")
        .records(
            AdvisoryGroupConvened,
            "2026-01-12",
            stream=GROUP,
            corrects=1,
            recorded="2026-02-02",
            **(CONVENED | LIMITS | {"window_opens": "2026-01-13"}),
        )
        .at(LATER)
    )


def a_meeting_with_providers_on_the_last_day_of_the_tender():
    return _met(_launched(_group(window_closes="2026-06-30")), 1, "2026-05-02").at(LATER)


def a_meeting_with_providers_after_the_tender_the_window_still_open():
    return _met(_launched(_group(window_closes="2026-06-30")), 1, "2026-05-03").at(LATER)


def a_meeting_with_providers_after_another_group_was_reconvened():
    given = _launched(_group())
    other = {"stream": "group/others", "group_id": "others", "standing": "import"}
    given.records(AdvisoryGroupStatusChanged, "2026-06-01", status="reconvened", **other)
    return _met(given, 1, "2026-06-08").at(LATER)


def a_meeting_with_prison_staff_during_the_tender():
    return _met(_launched(_group()), 1, "2026-04-13", audience=["prison_staff"]).at(LATER)


def a_meeting_with_providers_after_the_group_was_reconvened():
    return _met(_status(_launched(_group()), "reconvened", "2026-06-01"), 1, "2026-06-08").at(LATER)


def a_meeting_in_the_month_in_which_the_window_closed():
    return _met(_group(), 1, "2026-02", recorded="2026-03-02").at(LATER)


def _started(given=None, day="2026-09-01", **fields):
    given = _awarded(given or _launched(), "award-1", "100")
    given.records(
        ContractDetailsPublished, "2026-07-20", award_id="award-1", contract_id="contract-1", signed_on="2026-07-11"
    )
    return given.records(ServiceStarted, day, contract_id="contract-1", prison="LEI", **fields)


def reconvened_after_the_service_started():
    return _status(_started(_launched(_group())), "reconvened", "2026-10-05").at(LATER)


def reconvened_before_the_service_started():
    return _started(_status(_launched(_group()), "reconvened", "2026-06-01")).at(LATER)


# --- answers, changes, issues -----------------------------------------------------------------------------------------


def _asked(given=None):
    clock = {"kind": "response_time", "duration": 5, "unit": "working_days", "applies_to": "every question"}
    given = _launched((given or Given()).records(CommitmentMade, "2026-01-20", **clock))
    return given.records(ClarificationQuestionReceived, "2026-03-09", question_id="question-1")


def _answered(day="2026-03-12", released="2026-03-12", **fields):
    told = {"question_id": "question-1", "released_to": "all_bidders", "released_at": released}
    return _asked().records(ClarificationAnswered, day, **(told | fields))


def an_answer_released_three_days_after_it_was_given():
    return _answered(released="2026-03-15").at(LATER)


def an_answer_released_at_once():
    return _answered().at(LATER)


def two_answers_one_released_late():
    given = _asked().records(ClarificationQuestionReceived, "2026-03-09", question_id="question-2")
    for name, released in (("question-1", "2026-03-12"), ("question-2", "2026-03-15")):
        told = {"question_id": name, "released_to": "all_bidders", "released_at": released}
        given.records(ClarificationAnswered, "2026-03-12", **told)
    return given.at(LATER)


def an_answer_for_the_asker_only():
    return _answered(released_to="asker_only", asker_only_basis="commercial_confidence").at(LATER)


def an_answer_late():
    return _answered("2026-03-17", "2026-03-17").at(LATER)


def an_answer_in_time():
    return _answered("2026-03-16", "2026-03-16").at(LATER)


def an_answer_put_right():
    return (
        _answered()
        .records(ClarificationAnswerCorrected, "2026-03-20", question_id="question-1", reason=GIVEN)
        .at(LATER)
    )


def _timetable(given=None, *, firmness="firm", **dates):
    milestones = [{"code": code, "date": day, "firmness": firmness} for code, day in dates.items()]
    return (given or Given()).records(TimelinePublished, "2026-01-12", milestones=milestones)


def _moved(given, day, to="2026-05-16", **fields):
    changes = [{"code": "tender_deadline", "new_date": to}]
    return given.records(TimelineChanged, day, changes=changes, reason=GIVEN, **fields)


def _told(day, sent, **fields):
    given = _moved(_timetable(tender_deadline="2026-05-02"), day)
    told = {"change": given.last, "organisations_notified": 40, "reason_included": True}
    return given.records(TimelineChangeCommunicated, sent, **(told | fields))


def a_change_told_to_40_organisations():
    return _told("2026-02-02", "2026-02-05").at(LATER)


def a_change_told_without_its_reason():
    return _told("2026-02-02", "2026-02-05", reason_included=False).at(LATER)


def a_change_told_twice_the_second_time_with_its_reason():
    given = _moved(_timetable(tender_deadline="2026-05-02"), "2026-02-02")
    change = given.last
    for day, reasoned in (("2026-02-03", False), ("2026-02-05", True)):
        given.records(TimelineChangeCommunicated, day, change=change, reason_included=reasoned)
    return given.at(LATER)


def a_change_told_over_easter():
    return _told("2026-04-02", "2026-04-07").at(LATER)


def _issue(given, kind, day, **fields):
    told = {"issue_id": "issue-1", "type": kind}
    return given.records(IssueReported, day, standing="report", **(told | fields))


def _accepted(given, day, position="accepted"):
    return given.records(IssueAnswered, day, issue_id="issue-1", position=position, reason=GIVEN)


def _ended(given, day, outcome="fixed"):
    return given.records(IssueResolved, day, issue_id="issue-1", outcome=outcome)


def an_issue_answered_and_put_right_before_the_launch():
    given = _accepted(_issue(Given(), "lot_barrier", "2026-02-02"), "2026-02-09")
    return _launched(_ended(given, "2026-02-16")).at(LATER)


def an_issue_put_right_after_the_launch():
    return _ended(_launched(_issue(Given(), "lot_barrier", "2026-02-02")), "2026-03-16").at(LATER)


def an_issue_put_right_in_the_year_of_the_launch():
    given = _launched(_issue(Given(), "lot_barrier", "2026-02-02"))
    told = {"issue_id": "issue-1", "outcome": "fixed", "standing": "reconstruction", "recorded": "2027-01-11"}
    return given.records(IssueResolved, "2026", **told).at("2027-02-01")


def a_service_that_starts_31_days_late():
    return _started(_launched(_timetable(service_start="2026-08-01"))).at(LATER)


# --- listening --------------------------------------------------------------------------------------------------------


def _concerned(*, accepted=True):
    given = _issue(_timetable(tender_deadline="2026-05-02"), "lot_barrier", "2026-01-19")
    return _accepted(given, "2026-01-26") if accepted else given


def the_deadline_moved_after_an_accepted_issue():
    given = _concerned()
    return _launched(_moved(given, "2026-02-10", cause_entries=[2]), deadline="2026-05-16").at(LATER)


def the_deadline_brought_forward_after_an_accepted_issue():
    given = _moved(_concerned(), "2026-02-10", "2026-04-20", cause_entries=[2])
    return _launched(given, deadline="2026-04-20").at(LATER)


def _cut_anew(given, day="2026-02-10"):
    change = {"changes": [{"lot_id": "lot-1", "area": "north"}], "reason": GIVEN, "cause_issue_ids": ["issue-1"]}
    return given.records(LotStructureRevised, day, **change)


def lots_cut_anew_after_an_accepted_issue():
    return _launched(_cut_anew(_lots(_concerned(), "lot-1"))).at(LATER)


def lots_cut_anew_after_an_issue_that_nobody_answered():
    return _launched(_cut_anew(_lots(_concerned(accepted=False), "lot-1"))).at(LATER)


def lots_cut_anew_after_the_launch():
    return _cut_anew(_launched(_lots(_concerned(), "lot-1")), "2026-03-09").at(LATER)


def _cut_anew_in_the_year(day="2026"):
    given = _launched(_lots(_concerned(), "lot-1"))
    change = {"changes": [{"lot_id": "lot-1", "area": "north"}], "reason": GIVEN, "cause_issue_ids": ["issue-1"]}
    return given.records(LotStructureRevised, day, standing="reconstruction", recorded="2027-01-11", **change)


def _credited(given, issue=2):
    finding = {"text": "Providers were heard.", "entries": [issue, given.last], "recommendation": 7}
    told = {"standing": "reconstruction", "recorded": "2027-01-11"}
    return given.records(PostProcessReviewPublished, "2026-12", findings=[finding], **told).at("2027-02-01")


def lots_cut_anew_in_the_year_of_the_launch():
    return _cut_anew_in_the_year().at("2027-02-01")


def lots_cut_anew_in_the_year_of_the_launch_credited_by_a_review():
    return _credited(_cut_anew_in_the_year())


def lots_cut_anew_after_the_launch_credited_by_a_review():
    return _credited(_cut_anew_in_the_year("2026-08"))


def a_timetable_changed_without_its_dates_credited_by_a_review():
    given = _launched(_concerned())
    told = {"standing": "reconstruction", "recorded": "2027-01-11", "reason": GIVEN, "cause_entries": [2]}
    return _credited(given.records(TimelineChanged, "2026", **told))


def guidance_for_an_author():
    return s.author(support_offered=["guidance"]).at(LATER)


def support_for_an_author_without_guidance():
    return s.author(support_offered=["budget_info", "template"]).at(LATER)


def an_author_of_whose_support_nothing_is_known():
    return s.author(support_offered=None, standing="import").at(LATER)


# --- failures of specifications ---------------------------------------------------------------------------------------


def a_blank_specification():
    return s.published(Given(), sections=s.BLANK).at(LATER)


def a_blank_specification_from_old_papers():
    return s.published(Given(), sections=s.BLANK, standing="reconstruction").at(LATER)


def an_issue_about_a_blank_specification():
    return s.issue(Given(), "spec_blank").at(LATER)


def an_issue_about_a_blank_specification_accepted():
    return s.issue(Given(), "spec_blank", "accepted").at(LATER)


def an_issue_about_a_blank_specification_disputed():
    return s.issue(Given(), "spec_blank", "disputed").at(LATER)


def an_issue_about_a_blank_specification_withdrawn():
    return _ended(s.issue(Given(), "spec_blank"), "2026-03-20", "withdrawn").at(LATER)


def an_issue_about_missing_information():
    return s.issue(Given(), "spec_missing_info").at(LATER)


def a_specification_with_one_blank_section_put_right_after_9_days():
    given = s.published(Given(), "2026-03-02", sections=[s.BLANK[0], {"code": "staff", "state": "present"}])
    return s.put_right(given, "2026-03-11", defect_code="missing_section").at(LATER)


def _without_tupe(**fields):
    return s.published(_launched(), "2026-03-02", **({"prison": "LEI", "tupe_status": "missing"} | fields))


def tupe_information_missing():
    return _without_tupe().at(LATER)


def tupe_information_missing_given_30_days_later():
    return s.put_right(_without_tupe(), "2026-04-01", defect_code="missing_tupe").at(LATER)


def tupe_does_not_apply():
    return _without_tupe(tupe_status="not_applicable").at(LATER)


def wrong_information_about_the_present_provider_put_right():
    return s.put_right(s.published(Given()), defect_code="incumbent_error").at(LATER)


def a_specification_stated_not_to_fit_the_budget():
    return s.published(Given(), within_budget="no").at(LATER)


def a_specification_stated_to_fit_the_budget():
    return s.published(Given(), within_budget="yes").at(LATER)


def an_author_outside_the_service():
    return s.author(works_in_service=False, author_role="volunteer chaplain").at(LATER)


def an_author_in_the_service():
    return s.author().at(LATER)


def support_for_an_author_without_the_budget():
    return s.author(support_offered=["guidance"]).at(LATER)


def _budget(**fields):
    return Given().records(BudgetPublished, "2026-02-02", scope="process", standing="import", **fields)


def an_issue_that_authors_were_not_told_the_budget():
    return s.issue(s.author(support_offered=["guidance", "budget_info"]), "budget_untold").at(LATER)


def a_budget_not_given_to_authors():
    return _budget(given_to_specification_authors=False).at(LATER)


def a_budget_without_cost_evidence():
    return _budget(cost_evidence_entries=[]).at(LATER)


def a_budget_with_cost_evidence():
    return _budget(cost_evidence_entries=[0]).at(LATER)


def a_budget_of_whose_evidence_nothing_is_stated():
    return _budget().at(LATER)


# --- other failures ---------------------------------------------------------------------------------------------------


def _valued(launch=s.LAUNCH, day="2026-05-02", **launched):
    lot = {"lot_id": "lot-1", "annual_value": _pounds("1000000")}
    given = Given().records(LotStructurePublished, "2026-02-16", lots=[lot])
    given = _launched(given, launch, **launched)
    told = {"value_of": "lot_estimate", "target_id": "lot-1", "after": _pounds("800000"), "found_by": "provider"}
    return given.records(ContractValueCorrected, day, reason=GIVEN, **told)


def a_contract_value_put_right_after_launch():
    return _valued().at(LATER)


def a_contract_value_put_right_during_the_tender():
    return _valued(day="2026-04-01").at(LATER)


def a_contract_value_put_right_before_launch():
    lot = {"lot_id": "lot-1", "annual_value": _pounds("1000000")}
    given = Given().records(LotStructurePublished, "2026-02-02", lots=[lot])
    told = {"value_of": "lot_estimate", "target_id": "lot-1", "after": _pounds("800000")}
    return _launched(given.records(ContractValueCorrected, "2026-02-16", reason=GIVEN, **told)).at(LATER)


def a_contract_value_put_right_the_launch_in_that_year():
    return _valued("2026", recorded="2026-03-02", standing="import").at(LATER)


def launched_without_a_timetable():
    return _launched().at(LATER)


def launched_without_a_timetable_design_attested():
    return s.attested(_launched(), "design").at(LATER)


def a_date_still_indicative_at_launch():
    return _launched(_timetable(firmness="indicative", service_start="2026-08-01")).at(LATER)


def two_documents_with_two_deadlines():
    return _launched(_timetable(tender_deadline="2026-05-09"), standing="report").at(LATER)


def a_timetable_with_firm_dates():
    return _launched(_timetable(tender_deadline="2026-05-02")).at(LATER)


def a_service_that_starts_at_one_prison_after_another():
    given = _started(_launched(_timetable(service_start="2026-08-01")))
    return given.records(ServiceStarted, "2026-10-01", contract_id="contract-1", prison="MRI").at(LATER)


def a_gap_of_14_days_between_services():
    return _started(predecessor_ended_on="2026-08-17").at(LATER)


def no_gap_between_services():
    return _started(predecessor_ended_on="2026-08-31").at(LATER)


def an_issue_that_tells_of_redundancies():
    return _issue(_launched(), "other", "2026-03-10", impact=["redundancies"]).at(LATER)


def an_issue_about_a_prison_out_of_reach_accepted():
    return s.issue(_launched(), "contact_unreachable", "accepted").at(LATER)


def _visit(outcome, day="2026-03-30", **fields):
    given = _launched().records(
        SiteVisitRequested, "2026-03-09", visit_id="visit-1", prison="LEI", needed_by="2026-04-01"
    )
    return given.records(SiteVisitOutcomeRecorded, day, visit_id="visit-1", outcome=outcome, **fields)


def a_visit_that_nobody_answered():
    return _visit("no_reply").at(LATER)


def a_visit_held_in_time():
    return _visit("held").at(LATER)


def a_visit_refused_without_reason():
    return _visit("refused", reason=NOT_GIVEN).at(LATER)


def an_issue_accepted_for_lack_of_capacity():
    return s.issue(_launched(), "late_answer", "accepted", cause_code="capacity").at(LATER)


def _required(**fields):
    lot = {"lot_id": "lot-1", "annual_value": _pounds("100000")}
    given = Given().records(LotStructurePublished, "2026-02-02", lots=[lot])
    told = {"lot_id": "lot-1", "standing": "import"}
    return given.records(BiddingRequirementsPublished, "2026-03-02", **(told | fields))


def a_turnover_of_three_times_the_yearly_value():
    return _required(min_turnover=_pounds("300000")).at(LATER)


def a_turnover_of_twice_the_yearly_value():
    return _required(min_turnover=_pounds("200000")).at(LATER)


def payment_in_arrears():
    return _required(payment_basis="in_arrears").at(LATER)


def payment_by_results():
    return _required(payment_basis="by_results").at(LATER)


def trouble_in_setting_up_claimed():
    return _issue(_launched(), "mobilisation", "2026-07-06").at(LATER)


def a_contract_signed_40_days_after_its_award():
    return _started().at(LATER)
