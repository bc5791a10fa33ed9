"""The circumstances of `docs/measures/r08.md`."""

from ledger.actions.design import BiddingRequirementsPublished, LotStructurePublished
from ledger.actions.engagement import ConsultationHeld
from ledger.actions.issues import IssueAnswered, IssueReported, IssueResolved
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.procurement import ProcurementLaunched
from tests.projections.measures.build import GIVEN, NOT_GIVEN, WITHHELD, Given

ASKED, REQUIRED, LAUNCH, LATER = "2026-01-26", "2026-02-23", "2026-03-02", "2026-06-30"


def _asked(given=None, day=ASKED, **more):
    told = {"topics": ["financial_barriers"], "audience": ["potential_provider"]}
    return (given or Given()).records(ConsultationHeld, day, **(told | more))


def _required(given=None, day=REQUIRED, barriers=(), **more):
    told = {"barriers": list(barriers), "payment_basis": "milestone"}
    return (given or _asked()).records(BiddingRequirementsPublished, day, **(told | more))


def _launched(given=None, **more):
    return (given or _required()).records(ProcurementLaunched, LAUNCH, **more)


def _attested(given, exceptions=(), day="2026-04-01"):
    for stage in ("needs", "design"):
        given.records(CoverageAttested, day, stage=stage, exceptions=list(exceptions))
    return given


def _barrier(outcome="kept", reason=GIVEN):
    return {"issue": "Payment in arrears", "outcome": outcome, "reason": reason}


def _with(*barriers, **more):
    return _launched(_required(barriers=barriers, **more))


# --- asking -----------------------------------------------------------------------------------------------------------


def nothing_is_launched_yet():
    return _required().at(LATER)


def launched_and_no_requirements_on_record():
    return _launched(_asked()).at(LATER)


def a_consultation_before_and_no_barrier_raised():
    return _launched().at(LATER)


def no_consultation_and_no_barrier_raised():
    return _launched(_required(Given())).at(LATER)


def no_consultation_and_needs_and_design_attested():
    return _attested(_launched(_required(Given()))).at(LATER)


def no_consultation_and_needs_and_design_attested_before_launch():
    return _attested(_required(Given()), day="2026-02-25").at(LATER)


def no_consultation_and_an_exception_attested():
    return _attested(_launched(_required(Given())), ["One call was not noted"]).at(LATER)


def _asked_late():
    return _launched(_asked(_required(Given()), "2026-02-25"))


def a_consultation_only_after_the_requirements():
    return _asked_late().at(LATER)


def a_consultation_only_after_the_requirements_and_needs_and_design_attested():
    return _attested(_asked_late()).at(LATER)


def a_consultation_between_the_requirements_of_two_lots():
    given = _required(Given(), "2026-01-19", standing="import")
    return _attested(_launched(_required(_asked(given)))).at(LATER)


def a_consultation_with_present_providers_only():
    return _launched(_required(_asked(audience=["existing_provider"]))).at(LATER)


def a_consultation_on_something_else():
    return _launched(_required(_asked(topics=["lots"]))).at(LATER)


def the_topics_are_not_stated_and_needs_and_design_attested():
    return _attested(_launched(_required(_asked(topics=None, standing="import")))).at(LATER)


def the_consultation_is_dated_only_to_the_year_of_the_requirements():
    return _attested(_asked(_launched(_required(Given())), "2026", standing="reconstruction")).at(LATER)


# --- lowering ---------------------------------------------------------------------------------------------------------


def a_barrier_removed():
    return _with(_barrier("removed")).at(LATER)


def a_barrier_reduced():
    return _with(_barrier("reduced")).at(LATER)


def a_barrier_kept_with_a_reason():
    return _with(_barrier()).at(LATER)


def a_barrier_kept_and_the_reason_withheld():
    return _with(_barrier(reason=WITHHELD)).at(LATER)


def a_barrier_kept_without_a_reason():
    return _with(_barrier(reason=NOT_GIVEN)).at(LATER)


def a_barrier_kept_without_a_reason_before_launch():
    return _required(barriers=[_barrier(reason=NOT_GIVEN)]).at(LATER)


def a_barrier_kept_without_a_reason_that_was_put_right():
    given = _required(barriers=[_barrier(reason=NOT_GIVEN)])
    return _launched(_required(given, barriers=[_barrier()], corrects=given.last)).at(LATER)


def a_barrier_kept_and_the_reason_not_stated():
    return _with(_barrier(reason=None), standing="import").at(LATER)


def what_became_of_a_barrier_is_not_stated():
    return _with(_barrier(outcome=None), standing="import").at(LATER)


def barriers_not_stated():
    return _launched(_asked().records(BiddingRequirementsPublished, REQUIRED, standing="import", barriers=None)).at(
        LATER
    )


def one_barrier_kept_with_a_reason_and_one_without():
    return _with(_barrier(), _barrier(reason=NOT_GIVEN)).at(LATER)


def _raised(day="2026-01-19", given=None, **more):
    given = given or Given("2025-11-03")
    return given.records(IssueReported, day, issue_id="issue-1", type="financial_barrier", **more)


def _answered(reason=GIVEN, given=None, day="2026-02-02"):
    given = given or _raised()
    return given.records(IssueAnswered, day, issue_id="issue-1", position="accepted", reason=reason)


def _resolved(given, outcome):
    return given.records(IssueResolved, "2026-02-09", issue_id="issue-1", outcome=outcome)


def a_reported_barrier_eased():
    return _launched(_required(_resolved(_answered(), "mitigated"))).at(LATER)


def a_reported_barrier_unanswered_when_the_requirements_came_out():
    return _launched(_required(_raised())).at(LATER)


def a_reported_barrier_unanswered_known_from_a_report_only():
    return _launched(_required(_raised(standing="report"))).at(LATER)


def a_reported_barrier_whose_answer_is_not_due():
    return _launched(_required(_raised("2026-02-16"))).at("2026-03-16")


def a_reported_barrier_raised_after_the_requirements_and_never_answered():
    return _raised("2026-03-09", _launched()).at(LATER)


def a_reported_barrier_not_put_right_with_a_reason():
    return _launched(_required(_resolved(_answered(), "not_fixed"))).at(LATER)


def a_reported_barrier_not_put_right_and_the_reason_withheld():
    return _launched(_required(_resolved(_answered(WITHHELD), "not_fixed"))).at(LATER)


def a_reported_barrier_not_put_right_without_a_reason():
    return _launched(_required(_resolved(_answered(NOT_GIVEN), "not_fixed"))).at(LATER)


def a_reported_barrier_answered_and_nothing_more():
    return _launched(_required(_answered())).at(LATER)


def a_reported_barrier_that_its_reporter_withdrew():
    return _launched(_required(_resolved(_raised(), "withdrawn"))).at(LATER)


def a_turnover_of_five_times_the_yearly_value():
    lots = [{"lot_id": "north", "area": "north", "annual_value": {"amount": "100000", "currency": "GBP"}}]
    given = _asked().records(LotStructurePublished, "2026-02-02", lots=lots)
    return _launched(_required(given, lot_id="north", min_turnover={"amount": "500000", "currency": "GBP"})).at(LATER)


def the_requirements_were_withdrawn():
    given = _required()
    return _launched(given.records(LedgerEntryWithdrawn, "2026-02-25", target=given.last)).at(LATER)


def all_is_entered_later_from_documents():
    late = {"standing": "reconstruction"}
    return _launched(_required(_asked(**late), **late), **late).at(LATER)


def two_reported_barriers_whose_answers_are_not_due():
    given = _raised("2026-02-16").records(IssueReported, "2026-02-18", issue_id="issue-2", type="financial_barrier")
    return _launched(_required(given)).at("2026-03-11")


def a_reported_barrier_raised_between_the_requirements_of_two_lots_and_never_answered():
    given = _required(Given("2025-11-03"), "2026-01-12", standing="import")
    return _launched(_required(_raised("2026-01-19", given))).at(LATER)


def a_reported_barrier_answered_in_the_month_in_which_it_fell_due():
    given = _launched(_required(_raised("2026-02-02")))
    given.records(IssueAnswered, "2026-03", issue_id="issue-1", position="accepted", standing="report")
    return given.at(LATER)
