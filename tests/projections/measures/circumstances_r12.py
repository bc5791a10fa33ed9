"""The circumstances of `docs/measures/r12.md`."""

from dataclasses import replace

from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.procurement import BidsClosed
from ledger.kinds import Undisclosed
from tests.projections.measures import specified as s
from tests.projections.measures.build import GIVEN, Given

LATER = s.LATER
OUTSIDER = {"works_in_service": False}
NOVICE = {"works_in_service": False, "years_experience": 0}
HELPED = {"works_in_service": False, "co_author_role": "family worker", "co_author_experience": "Ten years."}


def _good():
    return s.launched(s.published(s.author()))


def nothing_on_record():
    return Given().at(LATER)


def nothing_on_record_after_launch():
    return s.launched().at(LATER)


def bids_closed_no_launch_on_record():
    return Given().records(BidsClosed, "2026-05-04", standing="import").at(LATER)


def an_author_who_works_in_the_service_with_support():
    return _good().at(LATER)


def an_author_who_works_in_the_service_nothing_launched():
    return s.published(s.author()).at(LATER)


def an_author_who_works_in_the_service_by_reconstruction():
    return s.launched(s.author(standing="reconstruction")).at(LATER)


def an_author_who_works_in_the_service_support_not_stated():
    return s.launched(s.author(support_offered=None, standing="import")).at(LATER)


def an_author_who_works_in_the_service_no_support():
    return s.launched(s.author(support_offered=[])).at(LATER)


def an_outsider_with_an_experienced_co_author():
    return s.launched(s.author(**HELPED)).at(LATER)


def an_outsider_with_a_co_author_whose_experience_is_removed_from_view():
    given = s.launched(s.author(**HELPED))
    entry = given.entries[1]
    given.entries[1] = replace(entry, action=replace(entry.action, co_author_experience=Undisclosed("redacted")))
    return given.at(LATER)


def an_outsider_without_experience():
    return s.launched(s.author(**NOVICE)).at(LATER)


def an_outsider_without_experience_by_a_report():
    return s.launched(s.author(**NOVICE, standing="report")).at(LATER)


def an_outsider_without_experience_nothing_published_or_launched():
    return s.author(**NOVICE).at(LATER)


def an_outsider_without_experience_published_nothing_launched():
    return s.published(s.author(**NOVICE)).at(LATER)


def an_outsider_without_experience_with_a_co_author_of_unknown_experience():
    return s.launched(s.author(**NOVICE, co_author_role="family worker")).at(LATER)


def an_outsider_of_whom_no_experience_is_stated():
    return s.launched(s.author(**OUTSIDER)).at(LATER)


def an_outsider_with_years_of_experience():
    return s.launched(s.author(**OUTSIDER, years_experience=6)).at(LATER)


def whether_the_author_works_in_the_service_is_not_stated():
    return s.launched(s.author(works_in_service=None)).at(LATER)


def two_specifications_one_by_an_outsider_without_experience():
    return s.author(_good(), "2026-03-10", **NOVICE, spec_id="maidstone").at(LATER)


def two_specifications_one_without_an_author():
    return s.published(_good(), "2026-03-10", spec_id="maidstone").at(LATER)


def a_specification_and_nothing_about_its_author_both_stages_attested():
    return s.attested(s.launched(s.published(Given())), "design", "procurement").at(LATER)


def an_outsider_replaced_before_publication():
    return s.launched(s.published(s.author(s.author(**NOVICE), "2026-02-10"))).at(LATER)


def an_outsider_replaced_on_the_day_of_publication():
    return s.launched(s.published(s.author(s.author(**NOVICE), "2026-02-20"))).at(LATER)


def an_outsider_replaced_after_publication():
    return s.launched(s.author(s.published(s.author(**NOVICE)), "2026-02-24")).at(LATER)


def an_outsider_replaced_the_day_not_stated():
    return s.launched(s.published(s.author(s.author(**NOVICE), None, standing="import"))).at(LATER)


def an_author_withdrawn():
    given = s.author()
    return s.launched(given.records(LedgerEntryWithdrawn, "2026-02-10", target=given.last, reason=GIVEN)).at(LATER)


def _corrected():
    return s.author(_good(), "2026-02-02", **NOVICE, corrects=1, recorded="2026-04-10")


def an_author_corrected_to_an_outsider():
    return _corrected().at(LATER)


def an_author_corrected_to_an_outsider_as_known_before():
    return _corrected().at("2026-04-09", known="2026-04-09")


def a_blank_specification():
    return s.launched(s.published(s.author(), sections=s.BLANK)).at(LATER)


def a_blank_specification_replaced_by_a_complete_one():
    return s.published(s.launched(s.published(s.author(), sections=s.BLANK)), "2026-03-10").at(LATER)


def a_blank_specification_nothing_launched():
    return s.published(s.author(), sections=s.BLANK).at(LATER)


def a_blank_specification_by_reconstruction():
    return s.launched(s.published(s.author(), sections=s.BLANK, standing="reconstruction")).at(LATER)


def a_blank_specification_withdrawn_as_entered_by_mistake():
    given = s.published(s.author(), sections=s.BLANK)
    return s.launched(given.records(LedgerEntryWithdrawn, "2026-02-24", target=given.last, reason=GIVEN)).at(LATER)


def a_specification_of_no_pages():
    return s.launched(s.published(s.author(), sections=[], page_count=0)).at(LATER)


def a_specification_without_any_section():
    return s.launched(s.published(s.author(), sections=[])).at(LATER)


def a_specification_put_right_as_blank():
    return s.put_right(_good(), defect_code="blank").at(LATER)


def an_issue_about_a_blank_specification_accepted():
    return s.issue(_good(), "spec_blank", "accepted").at(LATER)


def an_issue_about_a_blank_specification_not_answered():
    return s.issue(_good(), "spec_blank").at(LATER)


def an_issue_about_missing_information_accepted():
    return s.issue(_good(), "spec_missing_info", "accepted").at(LATER)
