"""The circumstances of `docs/measures/r11.md`."""

from ledger.actions.design import LotStructurePublished
from ledger.actions.issues import IssueAnswered
from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.process import BudgetPublished
from ledger.actions.procurement import BidsClosed
from tests.projections.measures import specified as s
from tests.projections.measures.build import GIVEN, Given

LATER = s.LATER


def _good():
    return s.launched(s.published(s.author()))


def _budget(given, told, **fields):
    return given.records(BudgetPublished, "2026-01-26", scope="process", given_to_specification_authors=told, **fields)


def nothing_on_record():
    return Given().at(LATER)


def nothing_on_record_after_launch():
    return s.launched().at(LATER)


def bids_closed_no_launch_on_record():
    return (
        s.author()
        .records(BidsClosed, "2026-05-04", standing="import")
        .records(LedgerEntryWithdrawn, "2026-05-05", target=1, reason=GIVEN)
        .at(LATER)
    )


def one_author_with_support_budget_and_confirmation():
    return _good().at(LATER)


def one_author_with_all_of_it_nothing_launched():
    return s.published(s.author()).at(LATER)


def one_author_with_all_of_it_nothing_published():
    return s.launched(s.author()).at(LATER)


def one_author_with_all_of_it_by_reconstruction():
    return s.launched(s.published(s.author(standing="reconstruction"))).at(LATER)


def two_specifications_both_pass():
    return s.published(s.author(_good(), spec_id="maidstone"), "2026-03-10", spec_id="maidstone").at(LATER)


def two_specifications_one_without_an_author():
    return s.published(_good(), "2026-03-10", spec_id="maidstone").at(LATER)


def a_specification_and_nothing_about_its_author():
    return s.launched(s.published(Given())).at(LATER)


def a_specification_its_author_unknown_both_stages_attested():
    return s.attested(s.launched(s.published(Given())), "design", "procurement").at(LATER)


def _failing(**fields):
    return s.author(**fields)


def support_without_the_budget():
    return s.launched(_failing(support_offered=["guidance"])).at(LATER)


def no_support_at_all():
    return s.launched(_failing(support_offered=[])).at(LATER)


def support_without_the_budget_nothing_published_or_launched():
    return _failing(support_offered=["guidance"]).at(LATER)


def support_without_the_budget_published_nothing_launched():
    return s.published(_failing(support_offered=["guidance"])).at(LATER)


def support_not_stated():
    return s.launched(_failing(support_offered=None, standing="import")).at(LATER)


def the_governor_did_not_confirm():
    return s.launched(_failing(governor_confirmed=False)).at(LATER)


def whether_the_governor_confirmed_is_not_stated():
    return s.launched(_failing(governor_confirmed=None)).at(LATER)


def the_governor_did_not_confirm_by_a_report():
    return s.launched(_failing(governor_confirmed=False, standing="report")).at(LATER)


def budget_stated_as_not_given_to_authors():
    return s.launched(_budget(Given(), told=False)).at(LATER)


def budget_stated_as_not_given_by_the_support_it_was():
    return s.launched(s.author(_budget(Given(), told=False))).at(LATER)


def support_without_the_budget_the_budget_stated_as_given():
    return s.launched(s.author(_budget(Given(), told=True), support_offered=["guidance"])).at(LATER)


def _corrected():
    given = s.launched(s.author(_budget(Given(), told=False)))
    return _budget(given, told=True, corrects=1, recorded="2026-04-10")


def budget_stated_as_not_given_corrected_since():
    return _corrected().at(LATER)


def budget_stated_as_not_given_as_known_before_the_correction():
    return _corrected().at("2026-04-09", known="2026-04-09")


def a_lot_s_budget_given_the_other_lot_s_not():
    given = Given().records(LotStructurePublished, "2026-01-20", lots=[{"lot_id": "lot-1"}, {"lot_id": "lot-2"}])
    given = _budget(_budget(given, told=True, lot_id="lot-1"), told=False, lot_id="lot-2")
    given = s.author(given, lot_id="lot-1", support_offered=None, standing="import")
    given = s.author(given, spec_id="maidstone", lot_id="lot-2", support_offered=None, standing="import")
    return s.launched(given).at(LATER)


def a_failing_author_replaced_before_publication():
    return s.launched(s.published(s.author(_failing(governor_confirmed=False), "2026-02-10"))).at(LATER)


def a_failing_author_replaced_after_publication():
    return s.launched(s.author(s.published(_failing(governor_confirmed=False)), "2026-02-24")).at(LATER)


def a_failing_author_withdrawn():
    given = _failing(governor_confirmed=False)
    return s.launched(given.records(LedgerEntryWithdrawn, "2026-02-10", target=given.last, reason=GIVEN)).at(LATER)


def a_blank_specification():
    return s.launched(s.published(s.author(), sections=s.BLANK)).at(LATER)


def a_blank_specification_nothing_launched():
    return s.published(s.author(), sections=s.BLANK).at(LATER)


def a_blank_specification_by_reconstruction():
    return s.launched(s.published(s.author(), sections=s.BLANK, standing="reconstruction")).at(LATER)


def a_specification_of_no_pages():
    return s.launched(s.published(s.author(), sections=[], page_count=0)).at(LATER)


def a_specification_with_one_blank_section():
    return s.launched(s.published(s.author(), sections=[s.BLANK[0], {"code": "staff", "state": "present"}])).at(LATER)


def an_issue_about_a_specification_accepted():
    return s.issue(_good(), "spec_missing_tupe", "accepted").at(LATER)


def an_issue_about_a_specification_accepted_by_report():
    return s.issue(_good(), "spec_missing_tupe", "accepted", standing="reconstruction").at(LATER)


def an_issue_about_a_specification_not_answered():
    return s.issue(_good(), "spec_missing_tupe").at(LATER)


def an_issue_that_authors_were_not_told_the_budget_accepted():
    return s.issue(_good(), "budget_untold", "accepted").at(LATER)


def an_issue_that_authors_were_not_told_the_budget_without_an_answer():
    return s.issue(_good(), "budget_untold").at(LATER)


def an_issue_about_a_specification_partly_accepted():
    return s.issue(_good(), "spec_missing_tupe", "partly").at(LATER)


def an_issue_about_a_specification_disputed():
    return s.issue(_good(), "spec_missing_tupe", "disputed").at(LATER)


def an_issue_about_a_specification_accepted_and_then_disputed():
    return s.issue(_good(), "spec_missing_tupe", "accepted", "disputed").at(LATER)


def an_issue_about_a_specification_accepted_and_disputed_in_one_month():
    given = s.issue(_good(), "spec_missing_tupe")
    for position in ("disputed", "accepted"):
        told = {"issue_id": "issue-1", "position": position, "standing": "reconstruction"}
        given.records(IssueAnswered, "2026-03", recorded="2026-05-11", **told)
    return given.at(LATER)


def an_issue_about_something_else_accepted():
    return s.issue(_good(), "lot_barrier", "accepted").at(LATER)


def a_fault_put_right():
    return s.put_right(_good(), defect_code="missing_tupe", material=True).at(LATER)


def a_fault_put_right_that_does_not_matter_to_bids():
    return s.put_right(_good(), defect_code="missing_tupe", material=False).at(LATER)


def another_fault_put_right():
    return s.put_right(_good(), defect_code="other", material=True).at(LATER)
