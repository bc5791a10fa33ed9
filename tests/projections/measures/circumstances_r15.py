"""The circumstances of `docs/measures/r15.md`."""

from dataclasses import replace

from ledger.actions.engagement import ConsultationHeld, ServiceUsersInvolved
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.process import NeedsAssessmentPublished
from ledger.actions.procurement import BidsClosed, ProcurementLaunched
from ledger.kinds import Undisclosed
from tests.projections.measures.build import CHARITY, GIVEN, Given

LAUNCH = "2026-03-02"
LATER = "2026-06-30"


def _involved(given, stage, day, **fields):
    told = {"stage": stage, "facilitated_by": CHARITY, "facilitator_is_voluntary": True}
    return given.records(ServiceUsersInvolved, day, **(told | fields))


def _needs(given=None, **fields):
    return _involved(given or Given(), "needs", "2026-01-20", **fields)


def _launched(given=None, day=LAUNCH, **more):
    return (given or Given()).records(ProcurementLaunched, day, **more)


def _attested(given, *stages, **fields):
    for stage in stages:
        given.records(CoverageAttested, "2026-04-01", **({"stage": stage, "exceptions": []} | fields))
    return given


def _both(**fields):
    return _involved(_needs(), "design", "2026-02-10", **fields)


def nothing_on_record():
    return Given().at(LATER)


def nothing_on_record_after_launch():
    return _launched().at(LATER)


def bids_closed_no_launch_on_record():
    return _both().records(BidsClosed, "2026-05-04", standing="import").at(LATER)


def needs_and_design_before_launch_one_run_by_a_voluntary_body():
    return _launched(_both(facilitator_is_voluntary=False)).at(LATER)


def needs_and_design_nothing_launched_yet():
    return _both().at(LATER)


def needs_and_design_the_design_one_only_reported():
    return _launched(_both(standing="report")).at(LATER)


def needs_and_design_with_a_report_that_agrees():
    return _launched(_involved(_both(), "design", "2026-02-11", standing="report")).at(LATER)


def what_changed_is_withheld():
    given = _launched(_both(what_changed="Visits at weekends."))
    entry = given.entries[2]
    given.entries[2] = replace(entry, action=replace(entry.action, what_changed=Undisclosed("redacted")))
    return given.at(LATER)


def needs_only():
    return _launched(_needs()).at(LATER)


def design_only():
    return _launched(_involved(Given(), "design", "2026-02-10")).at(LATER)


def _design_on(day, launch=LAUNCH):
    return _launched(_involved(_needs(), "design", day), launch)


def design_on_the_day_before_launch():
    return _design_on("2026-03-01").at(LATER)


def design_on_29_february_launch_the_day_after():
    return _design_on("2028-02-29", "2028-03-01").at("2028-06-30")


def design_on_the_day_of_launch():
    return _design_on(LAUNCH).at(LATER)


def design_after_launch():
    return _involved(_launched(_needs()), "design", "2026-03-20").at(LATER)


def design_in_the_year_of_launch():
    given = _launched(_needs())
    return _involved(given, "design", "2026", standing="reconstruction", recorded="2027-01-11").at("2027-02-01")


def day_of_the_design_not_stated():
    return _launched(_involved(_needs(), "design", None, standing="import")).at(LATER)


def stage_not_stated():
    return _launched(_involved(_needs(), None, "2026-02-10", standing="import")).at(LATER)


def day_of_the_launch_not_stated():
    return _launched(_both(), None, standing="import").at(LATER)


def nobody_from_the_voluntary_sector():
    given = _needs(facilitator_is_voluntary=False)
    return _launched(_involved(given, "design", "2026-02-10", facilitator_is_voluntary=False)).at(LATER)


def who_ran_it_is_not_stated():
    given = _needs(facilitator_is_voluntary=None)
    return _launched(_involved(given, "design", "2026-02-10", facilitator_is_voluntary=None)).at(LATER)


def the_one_run_by_a_voluntary_body_came_after_launch():
    given = _needs(facilitator_is_voluntary=False)
    given = _launched(_involved(given, "design", "2026-02-10", facilitator_is_voluntary=False))
    return _involved(given, "design", "2026-03-20").at(LATER)


def the_design_entry_withdrawn():
    given = _both()
    return _launched(given.records(LedgerEntryWithdrawn, "2026-02-20", target=given.last, reason=GIVEN)).at(LATER)


def _corrected():
    given = _both()
    design = given.last
    return _involved(_launched(given), "procurement", "2026-02-10", recorded="2026-04-10", corrects=design)


def the_design_entry_corrected_to_procurement():
    return _corrected().at(LATER)


def the_design_entry_corrected_to_procurement_as_known_before():
    return _corrected().at("2026-04-09", known="2026-04-09")


def both_stages_attested_nobody_involved():
    return _attested(_launched(), "needs", "design").at(LATER)


def design_attested_needs_on_record():
    return _attested(_launched(_needs()), "design").at(LATER)


def design_attested_nothing_launched():
    return _attested(_needs(), "design").at(LATER)


def design_attested_with_an_exception():
    return _attested(_launched(_needs()), "design", exceptions=["Talks in prisons."]).at(LATER)


def design_attested_by_a_report():
    return _attested(_launched(_needs()), "design", standing="report").at(LATER)


def design_attested_involvement_without_a_stage():
    return _attested(_launched(_involved(_needs(), None, "2026-02-10", standing="import")), "design").at(LATER)


def design_attested_involvement_in_the_design_after_launch():
    return _attested(_involved(_launched(_needs()), "design", "2026-03-20"), "design").at(LATER)


def _consulted(**fields):
    given = _needs().records(ConsultationHeld, "2026-02-10", standing="import", stage="design", **fields)
    return _attested(_launched(given), "design")


def design_attested_a_consultation_with_service_users():
    return _consulted(audience=["service_user", "potential_provider"]).at(LATER)


def design_attested_a_consultation_with_service_users_after_launch():
    given = _launched(_needs())
    given.records(ConsultationHeld, "2026-03-09", standing="import", stage="design", audience=["service_user"])
    return _attested(given, "design").at(LATER)


def design_attested_a_consultation_whose_audience_is_not_stated():
    return _consulted().at(LATER)


def design_attested_a_consultation_with_providers():
    return _consulted(audience=["potential_provider"]).at(LATER)


def needs_attested_a_needs_assessment_with_their_input():
    given = Given().records(NeedsAssessmentPublished, "2026-01-30", service_user_input=True)
    return _attested(_launched(given), "needs").at(LATER)


def both_attested_procurement_only():
    return _attested(_launched(_involved(Given(), "procurement", "2026-02-10")), "needs", "design").at(LATER)
