"""The circumstances of `docs/measures/r09.md`."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from ledger.actions.commitments import CommitmentDischarged, CommitmentMade
from ledger.actions.design import EqualityImpactAssessmentPublished as Assessment
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.procurement import BidsClosed, ProcurementLaunched
from ledger.kinds import Undisclosed
from ledger.vocabulary import fields_of
from projections.measures.thresholds import Thresholds
from tests.projections.measures.build import CHARITY, GIVEN, Given

LAUNCH = "2026-03-02"
LATER = "2026-06-30"
ALL_FOUR: dict[str, Any] = {
    "full": True,
    "characteristics_assessed": ["race", "sex", "age"],
    "partners_specialist_vcs": [CHARITY],
    "service_users_with_protected_characteristics_took_part": True,
}
UNTIMED = Thresholds(equality_before_launch=False)
OTHER = "process/other-services"


def _assessed(given=None, day="2026-02-10", *, standing="act", **fields):
    return (given or Given()).records(Assessment, day, standing=standing, **(ALL_FOUR | fields))


def _launched(given=None, day=LAUNCH, **more):
    return (given or Given()).records(ProcurementLaunched, day, **more)


def _attested(given, **fields):
    return given.records(CoverageAttested, "2026-04-01", **({"stage": "design", "exceptions": []} | fields))


def _promised(due, **fields):
    about = {"kind": "publication", "applies_to": "The Equality Impact Assessment", "due_on": due}
    return Given().records(CommitmentMade, "2026-01-12", **(about | fields))


def nothing_on_record_nothing_launched():
    return Given().at(LATER)


def nothing_on_record_after_launch():
    return _launched().at(LATER)


def launched_on_a_day_not_stated_nothing_else():
    return _launched(day=None, standing="reconstruction").at(LATER)


def bids_closed_no_launch_on_record():
    return Given().records(BidsClosed, "2026-05-04", standing="import").at(LATER)


def nothing_on_record_and_the_design_stage_attested():
    return _attested(_launched()).at(LATER)


def design_stage_attested_before_any_launch():
    return _attested(Given()).at(LATER)


def design_stage_attested_with_an_exception():
    return _attested(_launched(), exceptions=["Talks with single providers."]).at(LATER)


def design_stage_attested_by_somebody_else():
    return _attested(_launched(), standing="report").at(LATER)


def design_stage_attested_timing_not_required():
    return _attested(_launched()).at(LATER, thresholds=UNTIMED)


def all_four_before_launch():
    return _launched(_assessed()).at(LATER)


def all_four_nothing_launched_yet():
    return _assessed().at(LATER)


def all_four_from_documents_entered_later():
    return _launched(_assessed(standing="reconstruction")).at(LATER)


def all_four_but_the_launch_is_only_reported():
    return _launched(_assessed(), standing="report").at(LATER)


def all_four_and_a_report_that_agrees():
    return _launched(_assessed(_assessed(), "2026-02-10", standing="report")).at(LATER)


def published_on_29_february_launched_the_day_after():
    return _launched(_assessed(Given("2028-01-10"), "2028-02-29"), "2028-03-01").at("2028-06-30")


def published_on_the_day_of_launch():
    return _launched(_assessed(day=LAUNCH)).at(LATER)


def published_on_the_day_of_launch_at_an_hour_not_known():
    return _launched(_assessed(day=LAUNCH), f"{LAUNCH}T09:00:00Z").at(LATER)


def published_an_hour_after_launch():
    return _assessed(_launched(day=f"{LAUNCH}T09:00:00Z"), f"{LAUNCH}T10:00:00Z").at(LATER)


def published_the_day_after_launch():
    return _assessed(_launched(), "2026-03-03").at(LATER)


def published_the_day_after_launch_timing_not_required():
    return _assessed(_launched(), "2026-03-03").at(LATER, thresholds=UNTIMED)


def published_in_the_year_of_launch():
    return _assessed(_launched(), "2026", standing="reconstruction", recorded="2027-01-11").at("2027-02-01")


def published_on_a_day_not_stated():
    return _assessed(_launched(), None, standing="reconstruction").at(LATER)


def two_launches_on_record_published_between():
    given = _assessed(_launched(day="2026-02-02", standing="import"))
    return _launched(given, standing="import").at(LATER)


def not_a_full_assessment():
    return _launched(_assessed(full=False)).at(LATER)


def not_a_full_assessment_nothing_launched():
    return _assessed(full=False).at(LATER)


def whether_it_is_full_is_not_stated():
    return _launched(_assessed(full=None)).at(LATER)


def no_specialist_partner():
    return _launched(_assessed(partners_specialist_vcs=[])).at(LATER)


def partners_not_stated():
    return _launched(_assessed(standing="import", partners_specialist_vcs=None)).at(LATER)


def no_service_users_took_part():
    return _launched(_assessed(service_users_with_protected_characteristics_took_part=False)).at(LATER)


def whether_service_users_took_part_is_not_stated():
    return _launched(_assessed(service_users_with_protected_characteristics_took_part=None)).at(LATER)


def the_whole_assessment_withheld():
    given = _launched(_assessed())
    entry = given.entries[1]
    hidden = {each.name: Undisclosed("withheld") for each in fields_of(Assessment)}
    given.entries[1] = replace(entry, action=Assessment(**hidden))
    return given.at(LATER)


def a_partial_assessment_then_a_full_one_before_launch():
    return _launched(_assessed(_assessed(full=False), "2026-02-20")).at(LATER)


def a_partial_assessment_then_one_that_says_nothing():
    given = _assessed(full=False).records(Assessment, "2026-02-20", standing="import")
    return _launched(given).at(LATER)


def _withdrawn(**fields):
    given = _assessed(**fields)
    return _launched(given.records(LedgerEntryWithdrawn, "2026-02-24", target=given.last, reason=GIVEN))


def a_partial_assessment_withdrawn():
    return _withdrawn(full=False).at(LATER)


def a_full_assessment_withdrawn():
    return _withdrawn().at(LATER)


def _corrected():
    given = _assessed(_launched(), "2026-03-20")
    return _assessed_again(given)


def _assessed_again(given):
    return given.records(Assessment, "2026-02-20", recorded="2026-04-10", corrects=given.last, **ALL_FOUR)


def a_late_day_corrected_to_an_earlier_one():
    return _corrected().at(LATER)


def a_late_day_corrected_after_the_day_asked_for():
    return _corrected().at("2026-04-09", known="2026-04-09")


def an_assessment_shared_with_another_process_that_names_this_one():
    given = Given().records(Assessment, "2026-02-10", standing="report", stream=OTHER, **ALL_FOUR)
    shared = replace(given.entries[-1], statement=replace(given.entries[-1].statement, standing="act"))
    given.entries[-1] = shared
    return _launched(given).at(LATER)


def an_assessment_of_another_process():
    given = Given().records(Assessment, "2026-02-10", standing="report", stream=OTHER, concerns=(), **ALL_FOUR)
    return _launched(given).at(LATER)


def promised_and_the_day_not_over():
    return _promised("2026-02-20").at("2026-02-20")


def promised_for_the_day_on_which_clocks_change_in_its_last_minute():
    return _promised("2026-03-29").at(datetime.fromisoformat("2026-03-29T22:59:59+00:00"))


def promised_for_the_day_on_which_clocks_change_just_after_it():
    return _promised("2026-03-29").at(datetime.fromisoformat("2026-03-29T23:00:00+00:00"))


def promised_overdue_nothing_launched():
    return _promised("2026-02-20").at("2026-02-21")


def promise_overdue_known_from_a_report():
    return _promised("2026-02-20", standing="report").at("2026-02-21")


def promise_withdrawn():
    given = _promised("2026-02-20", commitment_id="assessment")
    return given.records(
        CommitmentDischarged, "2026-02-10", commitment_id="assessment", outcome="withdrawn", reason=GIVEN
    ).at("2026-02-21")


def promise_kept_late_but_before_launch():
    return _launched(_assessed(_promised("2026-02-01"))).at(LATER)


def promise_to_publish_something_else_overdue():
    return _promised("2026-02-20", applies_to="The market assessment").at("2026-02-21")
