"""The circumstances of `docs/measures/r01.md`."""

from ledger.actions.advisory import AdvisoryGroupConvened, AdvisoryGroupMeetingHeld, MeetingNotesPublished
from ledger.actions.contract import ContractAwarded
from ledger.actions.design import SpecificationPublished
from ledger.actions.engagement import ConsultationHeld, ConsultationResponsePublished
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.procurement import ProcurementLaunched
from tests.projections.measures.build import Given

LAUNCH = "2026-03-02"
LATER = "2026-06-30"
BOTH = ["existing_provider", "potential_provider"]
GROUP = "group/families"


def _held(given=None, day="2026-02-02", name="spring", audience=BOTH, **more):
    told = {"engagement_id": name, "stage": "design", "audience": audience}
    return (given or Given()).records(ConsultationHeld, day, **(told | more))


def _notes(given, day="2026-02-09", name="spring", **more):
    return given.records(MeetingNotesPublished, day, engagement_id=name, **more)


def _response(given, name, day="2026-02-16"):
    return given.records(ConsultationResponsePublished, day, engagement_id=name)


def _launched(given, day=LAUNCH, **more):
    return given.records(ProcurementLaunched, day, **more)


def _attested(given, exceptions=(), **more):
    return given.records(CoverageAttested, "2026-04-01", stage="design", exceptions=list(exceptions), **more)


def _met_by_a_group(given=None):
    given = (given or Given()).records(AdvisoryGroupConvened, "2026-01-07", group_id="families", stream=GROUP)
    return given.records(
        AdvisoryGroupMeetingHeld,
        "2026-01-20",
        group_id="families",
        meeting_no=1,
        stage="design",
        audience=BOTH,
        stream=GROUP,
    )


def only_the_opening_is_on_record():
    return Given().at(LATER)


def the_design_stage_is_attested_and_nothing_is_launched():
    return _attested(Given()).at(LATER)


def launched_and_no_consultation_is_on_record():
    return _launched(Given()).at(LATER)


def both_kinds_of_provider_asked_and_notes_published_before_launch():
    return _launched(_notes(_held())).at(LATER)


def _two():
    given = _held(name="present", audience=["existing_provider"])
    return _held(given, name="possible", audience=["potential_provider", "service_user"])


def two_consultations_together_reach_both_and_both_have_a_response():
    return _launched(_response(_response(_two(), "present"), "possible")).at(LATER)


def two_consultations_reach_both_and_one_was_never_published():
    return _launched(_response(_two(), "present")).at(LATER)


def a_meeting_of_the_group_with_its_notes():
    given = _met_by_a_group().records(
        MeetingNotesPublished, "2026-01-27", group_id="families", meeting_no=1, stream=GROUP
    )
    return _launched(given).at(LATER)


def _vague():
    return _met_by_a_group().records(
        MeetingNotesPublished, "2026-01-27", group_id="families", stream=GROUP, standing="report", meeting_no=None
    )


def a_meeting_whose_notes_do_not_say_which_meeting():
    return _launched(_vague()).at(LATER)


def notes_that_do_not_say_which_meeting_and_design_attested():
    return _attested(_launched(_vague())).at(LATER)


def _late_notes(day):
    return _notes(_launched(_held()), day)


def notes_published_only_after_launch():
    return _late_notes("2026-03-09").at(LATER)


def notes_published_only_after_launch_and_design_attested():
    return _attested(_late_notes("2026-03-09")).at(LATER)


def notes_published_on_the_day_of_launch():
    return _attested(_late_notes(LAUNCH)).at(LATER)


def _possible_only(given=None):
    return _launched(_notes(_held(given, audience=["potential_provider"])))


def only_possible_providers_asked():
    return _attested(_possible_only()).at(LATER)


def only_possible_providers_asked_for_a_service_without_a_present_one():
    return _possible_only().records(SpecificationPublished, "2026-03-03", incumbent_statement="none").at(LATER)


def only_possible_providers_asked_though_a_predecessor_is_named_and_design_attested():
    return _attested(_possible_only(Given(predecessor_process="family-services-2017"))).at(LATER)


def the_first_consultation_came_after_launch():
    return _notes(_held(_launched(Given()), "2026-03-09"), "2026-03-16").at(LATER)


def the_first_consultation_came_after_the_service_had_started():
    return _held(_launched(Given()), "2026-06-01", stage="delivery").at(LATER)


def _dated(year):
    given = _launched(Given("2024-01-08"))
    given = _held(given, year, standing="reconstruction", recorded="2026-05-01")
    return _attested(
        _notes(given, "2026-02-09", standing="reconstruction", recorded="2026-05-01"), recorded="2026-05-02"
    )


def the_consultation_is_dated_only_to_the_year_of_the_launch():
    return _dated("2026").at(LATER)


def the_consultation_is_dated_to_the_year_before_the_launch():
    return _launched(_notes(_held(Given("2024-01-08"), "2025"))).at(LATER)


def no_consultation_and_design_attested():
    return _attested(_launched(Given())).at(LATER)


def no_consultation_and_design_attested_with_an_exception():
    return _attested(_launched(Given()), ["Telephone calls before October were not noted"]).at(LATER)


def no_consultation_and_design_attested_in_a_report():
    return _attested(_launched(Given()), standing="report").at(LATER)


def who_was_asked_is_not_stated_and_design_attested():
    return _attested(_launched(_notes(_held(audience=None, standing="reconstruction")))).at(LATER)


def the_launch_is_not_on_record_though_an_award_is():
    return _notes(_held()).records(ContractAwarded, "2026-05-11").at(LATER)


def the_day_of_the_launch_is_not_stated():
    return _launched(_notes(_held()), None, standing="import").at(LATER)


def all_is_entered_later_from_documents():
    late = {"standing": "reconstruction"}
    return _launched(_notes(_held(**late), **late), **late).at(LATER)


def the_notes_are_known_from_a_report_only():
    return _launched(_notes(_held(), standing="report")).at(LATER)


def a_report_agrees_with_what_the_body_recorded():
    return _launched(_notes(_notes(_held()), standing="report")).at(LATER)


def a_consultation_corrected_to_a_day_before_launch():
    given = _launched(Given("2025-11-03"))
    given = _held(given, "2026-03-16")
    wrong = given.last
    given = _notes(given, "2026-02-09", standing="import")
    return _held(given, "2026-02-02", corrects=wrong, recorded="2026-04-01").at(LATER)


def the_notes_were_withdrawn():
    given = _notes(_held())
    return _launched(given.records(LedgerEntryWithdrawn, "2026-02-20", target=given.last)).at(LATER)


def notes_of_31_march_and_a_launch_in_the_first_hour_of_1_april_in_london():
    return _launched(_notes(_held(), "2026-03-31"), "2026-03-31T23:30:00Z").at(LATER)


def one_consultation_after_launch_and_one_of_an_unknown_day():
    given = _held(_launched(Given()), "2026-03-09")
    return _held(given, None, "autumn", standing="import").at(LATER)
