"""The circumstances of `docs/measures/r07.md`."""

from ledger.actions.contract import ContractAwarded
from ledger.actions.design import LotStructurePublished, LotStructureRevised
from ledger.actions.engagement import MarketHealthAssessmentPublished
from ledger.actions.issues import IssueAnswered, IssueReported, IssueResolved
from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.procurement import BidsClosed, ProcurementLaunched
from ledger.actions.timeline import TimelinePublished
from tests.projections.measures.build import GIVEN, NOT_GIVEN, WITHHELD, Given

LOTS, LAUNCH, LATER = "2025-11-17", "2026-03-02", "2026-06-30"
EARLY, LATE = "2026-01-12", "2026-02-16"


def _designed(given=None, assessment="sector", **more):
    given = given or Given("2025-11-03")
    given.records(MarketHealthAssessmentPublished, "2025-11-10", assessment_id="sector", **more)
    lots = [{"lot_id": "north", "area": "north"}, {"lot_id": "south", "area": "south"}]
    return given.records(LotStructurePublished, LOTS, lots=lots, market_assessment_id=assessment, **more)


def _raised(given=None, day=EARLY, issue="issue-1", type="lot_barrier", **more):  # noqa: A002 - the field's name
    return (given or _designed()).records(IssueReported, day, issue_id=issue, type=type, **more)


def _answered(given, day="2026-02-02", issue="issue-1", position="accepted", **more):
    return given.records(IssueAnswered, day, issue_id=issue, position=position, **more)


def _launched(given=None, day=LAUNCH, **more):
    return (given or _designed()).records(ProcurementLaunched, day, **more)


def _recut(given=None, reason=GIVEN, **more):
    changes = [{"lot_id": "south", "area": "south and west"}]
    return (given or _designed()).records(LotStructureRevised, "2026-01-19", changes=changes, reason=reason, **more)


def nothing_is_launched_yet():
    return _raised().at(LATER)


def the_lots_point_to_an_assessment_and_nobody_objected():
    return _launched().at(LATER)


def the_lots_point_to_no_assessment():
    return _launched(_designed(assessment=None)).at(LATER)


def the_assessment_that_the_lots_point_to_was_withdrawn():
    return _launched(_designed()).records(LedgerEntryWithdrawn, "2026-03-09", target=1).at(LATER)


def no_lots_on_record():
    return _launched(Given()).at(LATER)


def an_access_issue_answered_before_launch():
    return _launched(_answered(_raised())).at(LATER)


def an_access_issue_disputed_before_launch():
    return _launched(_answered(_raised(), position="disputed")).at(LATER)


def an_access_issue_unanswered_whose_time_ran_out_before_launch():
    return _launched(_raised()).at(LATER)


def an_access_issue_unanswered_known_from_a_report_only():
    return _launched(_raised(standing="report")).at(LATER)


def an_access_issue_answered_after_launch_though_due_before():
    return _answered(_launched(_raised()), "2026-03-09").at(LATER)


def the_answer_was_corrected_to_a_day_after_launch():
    given = _answered(_raised(), "2026-02-27")
    answer = given.last
    return _answered(_launched(given), "2026-03-04", corrects=answer).at(LATER)


def an_access_issue_raised_shortly_before_launch():
    return _launched(_raised(day=LATE)).at("2026-03-05")


def an_access_issue_due_on_the_day_of_launch():
    return _launched(_raised(day="2026-02-02")).at(LAUNCH)


def an_access_issue_whose_time_easter_makes_longer_than_the_launch():
    return _launched(_raised(day="2026-03-10"), "2026-04-08").at("2026-04-08")


def an_access_issue_raised_shortly_before_launch_and_answered_in_time():
    return _answered(_launched(_raised(day=LATE)), "2026-03-16").at(LATER)


def an_access_issue_raised_shortly_before_launch_and_never_answered():
    return _launched(_raised(day=LATE)).at(LATER)


def an_access_issue_raised_after_launch():
    return _raised(_launched(), "2026-03-09").at(LATER)


def an_access_issue_raised_at_an_unknown_time_of_the_year():
    return _raised(_launched(), "2026", standing="report").at(LATER)


def _about(kind, **fields):
    given = _designed().records(kind, "2025-12-01", **fields)
    return _launched(_raised(given, type="other", about_entry=given.last))


def an_issue_of_another_type_about_the_timetable():
    milestones = [{"code": "tender_deadline", "title": "Bidding closes", "date": "2026-05-04"}]
    return _about(TimelinePublished, milestones=milestones).at(LATER)


def an_issue_of_another_type_about_something_else():
    return _about(MarketHealthAssessmentPublished, assessment_id="another").at(LATER)


def a_financial_barrier_left_unanswered():
    return _launched(_raised(type="financial_barrier")).at(LATER)


def an_access_issue_withdrawn_from_the_record():
    given = _raised()
    return _launched(given.records(LedgerEntryWithdrawn, "2026-01-19", target=given.last)).at(LATER)


def an_access_issue_that_its_reporter_withdrew():
    given = _raised().records(IssueResolved, "2026-01-19", issue_id="issue-1", outcome="withdrawn")
    return _launched(given).at(LATER)


def one_issue_answered_and_one_not():
    return _launched(_answered(_raised(_raised(), issue="issue-2", type="requirement_barrier"))).at(LATER)


def lots_cut_anew_with_a_reason():
    return _launched(_recut()).at(LATER)


def lots_cut_anew_and_the_reason_withheld():
    return _launched(_recut(reason=WITHHELD)).at(LATER)


def lots_cut_anew_without_a_reason():
    return _launched(_recut(reason=NOT_GIVEN)).at(LATER)


def lots_cut_anew_without_a_reason_before_launch():
    return _recut(reason=NOT_GIVEN).at(LATER)


def lots_cut_anew_and_the_reason_not_stated():
    return _launched(_recut(reason=None, standing="import")).at(LATER)


def lots_cut_anew_without_a_reason_that_was_put_right():
    given = _recut(reason=NOT_GIVEN)
    return _launched(_recut(given, corrects=given.last)).at(LATER)


def one_bid_for_each_lot():
    bids = [{"lot_id": "north", "bids": 1}, {"lot_id": "south", "bids": 1}]
    return _launched().records(BidsClosed, "2026-05-04", bids_by_lot=bids, from_vcse=0, from_small=0).at(LATER)


def the_launch_is_not_on_record_though_an_award_is():
    return _raised().records(ContractAwarded, "2026-05-11").at(LATER)


def all_is_entered_later_from_documents():
    late = {"standing": "reconstruction"}
    return _launched(_answered(_raised(_designed(**late), **late), **late), **late).at(LATER)


def an_access_issue_due_before_launch_and_an_answer_of_an_unknown_day():
    return _answered(_launched(_raised()), None, standing="import").at(LATER)


def two_access_issues_raised_shortly_before_launch():
    return _launched(_raised(_raised(day=LATE), "2026-02-20", "issue-2")).at("2026-03-05")


def lots_cut_anew_twice_and_one_reason_not_stated():
    return _launched(_recut(_recut(), reason=None, standing="import")).at(LATER)
