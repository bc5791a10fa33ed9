"""The circumstances of `docs/measures/r10.md`."""

from ledger.actions.advisory import AdvisoryGroupConvened, AdvisoryGroupMeetingHeld
from ledger.actions.contract import ContractValueCorrected
from ledger.actions.design import LotStructurePublished, SpecificationPublished
from ledger.actions.engagement import ConsultationHeld
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.process import BudgetPublished
from ledger.actions.procurement import BidsClosed, ProcurementLaunched
from tests.projections.measures.build import GIVEN, Given

LAUNCH = "2026-03-02"
LATER = "2026-06-30"
GROUP = "group/families"
COSTS = {"topics": ["needs", "costs"], "audience": ["existing_provider", "potential_provider"]}


def _pounds(amount):
    return {"amount": amount, "currency": "GBP"}


def _cost(amount, vat="net", period="a year"):
    return {"amount": _pounds(amount), "vat": vat, "period": period}


def _asked(given=None, day="2026-01-20", **fields):
    return (given or Given()).records(ConsultationHeld, day, **(COSTS | fields))


def _budget(given, day="2026-02-02", **fields):
    told = {"scope": "process", "amount": _pounds("500000"), "vat": "net", "period": "a year"}
    return given.records(BudgetPublished, day, **(told | fields))


def _launched(given=None):
    return (given or Given()).records(ProcurementLaunched, LAUNCH)


def _attested(given, *stages, **fields):
    for stage in stages:
        given.records(CoverageAttested, "2026-04-01", **({"stage": stage, "exceptions": []} | fields))
    return given


def _lot(given):
    return given.records(LotStructurePublished, "2026-01-30", lots=[{"lot_id": "lot-1"}])


def _good():
    return _launched(_budget(_asked()))


def _specified(given=None, day="2026-03-02", **fields):
    return (given or _good()).records(SpecificationPublished, day, **({"spec_id": "leeds"} | fields))


def nothing_on_record():
    return Given().at(LATER)


def nothing_on_record_after_launch():
    return _launched().at(LATER)


def bids_closed_no_launch_on_record():
    return Given().records(BidsClosed, "2026-05-04", standing="import").at(LATER)


def costs_asked_before_the_budget():
    return _good().at(LATER)


def costs_asked_before_the_budget_nothing_launched():
    return _budget(_asked()).at(LATER)


def costs_asked_on_29_february_budget_the_day_after():
    given = _budget(_asked(Given("2028-01-10"), "2028-02-29"), "2028-03-01")
    return given.records(ProcurementLaunched, "2028-04-03").at("2028-06-30")


def _met_by_group(**fields):
    given = Given("2025-11-03").records(
        AdvisoryGroupConvened, "2025-11-10", stream=GROUP, group_id="families", standing="import"
    )
    given.records(AdvisoryGroupMeetingHeld, "2026-01-20", stream=GROUP, group_id="families", **(COSTS | fields))
    return _launched(_budget(given))


def costs_asked_at_a_group_s_meeting():
    return _met_by_group().at(LATER)


def costs_asked_at_a_meeting_that_concerns_another_process():
    return _met_by_group(concerns=("other-services",)).at(LATER)


def costs_asked_by_a_report():
    return _launched(_budget(_asked(standing="report"))).at(LATER)


def costs_asked_and_a_report_that_agrees():
    return _launched(_budget(_asked(_asked(standing="report"), "2026-01-21"))).at(LATER)


def costs_asked_after_the_budget():
    return _launched(_asked(_budget(Given()), "2026-02-10")).at(LATER)


def costs_asked_on_the_day_of_the_budget():
    return _launched(_budget(_asked(day="2026-02-02"))).at(LATER)


def costs_asked_over_weeks_that_run_past_the_budget():
    return _asked(_launched(_budget(Given())), "2026-01-20/2026-02-10").at(LATER)


def costs_asked_in_the_year_of_the_budget():
    given = _asked(_launched(_budget(Given())), "2026", standing="reconstruction", recorded="2027-01-11")
    return given.at("2027-02-01")


def costs_asked_between_two_budgets():
    return _launched(_budget(_asked(_budget(Given(), "2026-01-12")))).at(LATER)


def costs_asked_no_budget_on_record():
    return _launched(_asked()).at(LATER)


def costs_asked_day_of_the_budget_not_stated():
    return _launched(_budget(_asked(), None, standing="import")).at(LATER)


def costs_asked_one_of_two_budgets_without_a_day():
    return _launched(_budget(_budget(_asked()), None, standing="import")).at(LATER)


def only_present_providers_asked():
    return _launched(_budget(_asked(audience=["existing_provider"]))).at(LATER)


def who_was_asked_is_not_stated():
    return _launched(_budget(_asked(audience=None, standing="import"))).at(LATER)


def asked_about_other_things():
    return _launched(_budget(_asked(topics=["needs", "lots"]))).at(LATER)


def the_consultation_withdrawn():
    given = _asked()
    given.records(LedgerEntryWithdrawn, "2026-01-26", target=given.last, reason=GIVEN)
    return _launched(_budget(given)).at(LATER)


def _corrected():
    given = _budget(_asked(), "2026-01-20")
    budget = given.last
    return _budget(_launched(given), "2026-02-02", recorded="2026-04-10", corrects=budget)


def budget_s_day_corrected_to_a_later_one():
    return _corrected().at(LATER)


def budget_s_day_corrected_as_known_before():
    return _corrected().at("2026-04-09", known="2026-04-09")


def attested_that_nobody_asked():
    return _attested(_launched(_budget(Given())), "needs", "design").at(LATER)


def attested_that_nobody_asked_nothing_launched():
    return _attested(_budget(Given()), "needs", "design").at(LATER)


def attested_that_nobody_asked_no_budget_and_nothing_launched():
    return _attested(Given(), "needs", "design").at(LATER)


def design_attested_needs_not():
    return _attested(_launched(_budget(Given())), "design").at(LATER)


def attested_with_an_exception():
    given = _attested(_launched(_budget(Given())), "needs")
    return _attested(given, "design", exceptions=["Telephone calls."]).at(LATER)


def attested_costs_asked_only_after_the_budget():
    return _attested(_launched(_asked(_budget(Given()), "2026-02-10")), "needs", "design").at(LATER)


def attested_topics_of_a_consultation_not_stated():
    return _attested(_launched(_budget(_asked(topics=None, standing="import"))), "needs", "design").at(LATER)


def attested_consultation_on_a_day_not_stated():
    return _attested(_launched(_budget(_asked(day=None, standing="import"))), "needs", "design").at(LATER)


def _dear(given=None, **fields):
    return _specified(given, **({"cost_of_must_haves": _cost("500000.01")} | fields))


def must_haves_dearer_than_the_budget():
    given = _launched(_budget(_lot(_asked()), scope="lot", lot_id="lot-1"))
    return _dear(_budget(given, amount=_pounds("900000")), lot_id="lot-1").at(LATER)


def must_haves_dearer_nothing_launched():
    return _dear(_budget(_asked())).at(LATER)


def must_haves_as_dear_as_the_budget():
    return _specified(cost_of_must_haves=_cost("500000")).at(LATER)


def must_haves_dearer_than_the_budget_of_the_process():
    return _dear(_launched(_budget(_lot(_asked()))), lot_id="lot-1").at(LATER)


def stated_not_to_fit_the_budget():
    return _specified(within_budget="no").at(LATER)


def stated_not_to_fit_but_the_figures_do():
    return _specified(within_budget="no", cost_of_must_haves=_cost("499999")).at(LATER)


def whether_it_fits_is_unknown():
    return _specified(within_budget="unknown").at(LATER)


def cost_with_vat_budget_without():
    return _specified(cost_of_must_haves=_cost("510000", vat="gross")).at(LATER)


def cost_for_another_period():
    return _specified(cost_of_must_haves=_cost("1500000", period="the whole term")).at(LATER)


def too_dear_by_a_report():
    return _dear(standing="report").at(LATER)


def too_dear_from_documents_entered_later():
    return _dear(standing="reconstruction").at(LATER)


def too_dear_then_a_version_that_fits():
    return _specified(_dear(), "2026-03-10", cost_of_must_haves=_cost("400000")).at(LATER)


def too_dear_then_the_budget_put_right():
    given = _dear().records(ContractValueCorrected, "2026-03-10", value_of="budget", after=_pounds("600000"))
    return given.at(LATER)


def not_tiered_under_a_budget_that_cannot_be_raised():
    given = _launched(_budget(_asked(), unalterably_restricted=True))
    return _specified(given, must_haves=["Visits"], ideal=[]).at(LATER)
