"""The circumstances of `docs/measures/r06.md`."""

from dataclasses import replace

from ledger.actions.design import LotStructurePublished, LotStructureRevised
from ledger.actions.engagement import ConsultationHeld, MarketHealthAssessmentPublished
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.procurement import ProcurementLaunched
from ledger.kinds import Undisclosed
from tests.projections.measures.build import GIVEN, Given

ASSESSED, LOTS, LAUNCH, LATER = "2026-01-26", "2026-02-09", "2026-03-02", "2026-06-30"
AREAS = ["north", "south"]


def _asked(given=None, **more):
    return (given or Given()).records(ConsultationHeld, "2026-01-12", audience=["potential_provider"], **more)


def _assessed(given=None, day=ASSESSED, areas=AREAS, cites=None, **more):
    given = _asked() if given is None else given
    told = {
        "areas": areas,
        "lots_covered": [],
        "providers_by_size": [{"size": "small", "providers": 9}],
        "resources_summary": "Most live from hand to mouth.",
        "consultation_entries": [1] if cites is None else cites,
    }
    return given.records(MarketHealthAssessmentPublished, day, **(told | more))


def _lots(given, areas=AREAS, day=LOTS, **more):
    prisons = {"north": ["LEI", "DHM"], "south": ["MRI"]}
    lots = [{"lot_id": name, "area": name, "prisons": prisons[name]} for name in areas]
    return given.records(LotStructurePublished, day, **({"lots": lots} | more))


def _launched(given, **more):
    return given.records(ProcurementLaunched, LAUNCH, **more)


def _attested(given, *stages, exceptions=(), day="2026-04-01"):
    for stage in stages or ("needs", "design"):
        given.records(CoverageAttested, day, stage=stage, exceptions=list(exceptions))
    return given


def _with(**assessment):
    return _launched(_lots(_assessed(**assessment)))


def nothing_is_launched_yet():
    return _lots(_assessed()).at(LATER)


def every_lot_assessed_before():
    return _with().at(LATER)


def one_lot_not_assessed():
    return _with(areas=["north"]).at(LATER)


def one_lot_not_assessed_and_needs_and_design_attested():
    return _attested(_with(areas=["north"])).at(LATER)


def one_lot_not_assessed_and_only_needs_attested():
    return _attested(_with(areas=["north"]), "needs").at(LATER)


def one_lot_not_assessed_and_an_exception_attested():
    return _attested(_with(areas=["north"]), exceptions=["The south is studied elsewhere"]).at(LATER)


def no_assessment_on_record():
    return _launched(_lots(_asked())).at(LATER)


def no_assessment_and_needs_and_design_attested():
    return _attested(_launched(_lots(_asked()))).at(LATER)


def no_assessment_and_needs_and_design_attested_before_launch():
    return _attested(_lots(_asked()), day="2026-02-20").at(LATER)


def _assessed_late(day, **more):
    return _assessed(_launched(_lots(_asked())), day, **more)


def assessed_only_after_launch():
    return _assessed_late("2026-03-16").at(LATER)


def _assessed_between():
    return _launched(_assessed(_lots(_asked()), "2026-02-16"))


def assessed_after_the_lots_and_before_launch():
    return _assessed_between().at(LATER)


def assessed_after_the_lots_and_needs_and_design_attested():
    return _attested(_assessed_between()).at(LATER)


def assessed_on_the_day_of_the_lots():
    return _attested(_launched(_assessed(_lots(_asked()), LOTS))).at(LATER)


def an_assessment_dated_only_to_the_year():
    return _attested(_assessed_late("2026", standing="reconstruction")).at(LATER)


def sizes_not_stated():
    return _with(providers_by_size=[]).at(LATER)


def resources_not_stated():
    return _with(resources_summary=None, standing="import").at(LATER)


def resources_removed_from_view():
    given = _with()
    place = next(i for i, e in enumerate(given.entries) if isinstance(e.action, MarketHealthAssessmentPublished))
    entry = given.entries[place]
    given.entries[place] = replace(entry, action=replace(entry.action, resources_summary=Undisclosed("redacted")))
    return given.at(LATER)


def no_consultation_named():
    return _with(cites=[]).at(LATER)


def the_consultation_named_was_withdrawn():
    return _with().records(LedgerEntryWithdrawn, "2026-03-09", target=1).at(LATER)


def the_lot_is_named_and_not_its_area():
    return _with(areas=["prisons of two regions"], lots_covered=["north", "south"]).at(LATER)


def all_prisons_of_the_lot_are_named():
    return _with(areas=["LEI", "DHM", "MRI"]).at(LATER)


def the_area_is_written_in_capitals():
    return _with(areas=["North", "SOUTH"]).at(LATER)


def the_area_of_a_lot_is_not_stated():
    lots = [{"lot_id": "north", "area": None, "prisons": ["LEI"]}]
    return _attested(_launched(_lots(_assessed(), lots=lots, standing="import"))).at(LATER)


def lots_cut_anew_into_an_area_that_was_not_assessed():
    changes = [{"lot_id": "west", "area": "west"}]
    return _launched(_lots(_assessed()).records(LotStructureRevised, "2026-02-16", changes=changes, reason=GIVEN)).at(
        LATER
    )


def a_full_assessment_in_time_and_an_update_after_launch():
    return _assessed(_with(), "2026-03-16").at(LATER)


def a_partial_assessment_in_time_and_a_full_one_after_launch():
    return _assessed(_with(providers_by_size=[]), "2026-03-16").at(LATER)


def no_lots_on_record():
    return _launched(_assessed()).at(LATER)


def work_that_is_not_divided_and_all_prisons_assessed():
    given = _assessed(_asked(Given(prisons=["LEI", "MRI"], regions=["north"])), areas=["LEI", "MRI"])
    return _launched(_lots(given, lots=[])).at(LATER)


def the_assessment_was_withdrawn():
    given = _assessed()
    assessment = given.last
    return _launched(_lots(given)).records(LedgerEntryWithdrawn, "2026-03-09", target=assessment).at(LATER)


def the_assessment_was_corrected_to_an_earlier_day():
    given = _assessed_late("2026-03-16")
    return _assessed(given, corrects=given.last, recorded="2026-03-20").at(LATER)


def all_is_entered_later_from_documents():
    late = {"standing": "reconstruction"}
    return _launched(_lots(_assessed(_asked(**late), **late), **late), **late).at(LATER)


def a_late_assessment_known_from_a_report_only():
    return _assessed_late("2026-03-16", standing="report").at(LATER)


def assessed_after_launch_and_once_on_an_unknown_day():
    given = _assessed_late("2026-03-16")
    return _attested(_assessed(given, None, standing="import")).at(LATER)


def _undivided(areas, **registered):
    return _attested(_launched(_lots(_assessed(_asked(Given(**registered)), areas=areas), lots=[])))


def work_that_is_not_divided_and_only_one_prison_assessed_and_needs_and_design_attested():
    return _undivided(["LEI"], prisons=["LEI", "MRI"], regions=["north"]).at(LATER)


def work_that_is_not_divided_and_its_prisons_not_stated_and_needs_and_design_attested():
    return _undivided(["LEI"], standing="import", regions=["north"]).at(LATER)
