"""How long bidders had is counted from the record, and both ways of counting are shown."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.actions.design import LotStructurePublished, LotStructureRevised, SpecificationPublished
from ledger.actions.procurement import ProcurementLaunched
from projections.measures import r02
from projections.measures.lots import lots
from projections.measures.windows import deadline, effective_start, is_blank, windows
from tests.projections.measures.build import GIVEN, Given

PRESENT, BLANK = {"code": "a", "state": "present"}, {"code": "b", "state": "blank"}
LATER = "2026-06-30"


def _launched(given=None, day="2026-03-02", **more):
    told = {"tender_deadline": "2026-05-04", "pack_complete": True}
    return (given or Given(partnership_working="none")).records(ProcurementLaunched, day, **(told | more))


def _specified(given, day, spec, **more):
    return given.records(SpecificationPublished, day, spec_id=spec, **({"sections": [PRESENT], "page_count": 9} | more))


def _two_lots():
    rows = [{"lot_id": "north", "prisons": ["LEI"]}, {"lot_id": "south", "prisons": ["MRI"]}]
    return Given(partnership_working="none").records(LotStructurePublished, "2026-02-02", lots=rows, standing="import")


def _last_days(given):
    found = windows(given.at(LATER).history)
    assert found is not None
    return {window.lot: window.start.last for window in found.effective}


def test_a_specification_belongs_to_the_only_lot_that_serves_its_prison():
    """Given no lot on the specification, its prison finds the lot, and the other lot keeps the launch."""
    given = _specified(_launched(_two_lots()), "2026-03-09", "spec", prison="MRI")
    assert _last_days(given) == {"north": date(2026, 3, 2), "south": date(2026, 3, 9)}


def test_a_prison_that_moved_to_another_lot_brings_its_specification_along():
    """Given a lot that ended, the lot that serves its prison now has its specification."""
    changes = [{"lot_id": "south", "ended": True}, {"lot_id": "west", "prisons": ["MRI"]}]
    given = _two_lots().records(LotStructureRevised, "2026-02-09", changes=changes, reason=GIVEN)
    given = _specified(_launched(given), "2026-03-09", "spec", prison="MRI")
    assert _last_days(given) == {"north": date(2026, 3, 2), "west": date(2026, 3, 9)}


def test_a_specification_of_no_known_lot_is_a_row_of_its_own():
    """Given a prison that no lot serves, nothing is lost and no lot is blamed."""
    given = _specified(_launched(_two_lots()), "2026-03-09", "spec", prison="DHM")
    assert _last_days(given) == {"north": date(2026, 3, 2), "south": date(2026, 3, 2), None: date(2026, 3, 9)}


def test_a_lot_said_to_go_on_goes_on():
    """Only a lot that is said to have ended has ended."""
    changes = [{"lot_id": "south", "ended": False, "area": "south"}]
    given = _two_lots().records(LotStructureRevised, "2026-02-09", changes=changes, reason=GIVEN)
    assert set(lots(given.at(LATER).history)) == {"north", "south"}


def test_each_window_gives_its_days_and_its_margin():
    """The days from start to deadline, and those beyond two months, come from the same two dates."""
    given = _specified(_launched(), "2026-03-09", "spec")
    found = windows(given.at(LATER).history)
    assert found is not None
    assert found.nominal.days == (63, 63)
    assert found.nominal.margin_days(2) == (2, 2)
    assert [(each.days, each.margin_days(2)) for each in found.effective] == [((56, 56), (-5, -5))]


def test_a_window_without_an_upper_bound_says_so():
    """Given a pack that was not complete, the start has no last day, and what is missing is named."""
    found = windows(_launched(pack_complete=False).at(LATER).history)
    assert found is not None
    (window,) = found.effective
    assert (window.start.last, window.start.missing) == (None, "pack")
    assert (window.days, window.margin_days(2)) == ((None, 63), (None, 2))


def test_the_deadline_and_the_start_of_a_lot_can_be_asked_for_alone():
    """The deadline that stands is known; a lot without a launch has no start."""
    given = _launched(_two_lots())
    history = given.at(LATER).history
    closes, south = deadline(history), effective_start(history, "south")
    assert closes is not None
    assert south is not None
    assert (closes.known, south.last) == (date(2026, 5, 4), date(2026, 3, 2))
    assert effective_start(history, "elsewhere") is None
    assert effective_start(_two_lots().at(LATER).history, "south") is None


@pytest.mark.parametrize(
    ("sections", "pages", "blank"),
    [
        ([BLANK], 9, True),
        ([BLANK, BLANK | {"code": "c"}], None, True),
        ([BLANK, PRESENT], 9, False),
        ([PRESENT], 9, False),
        ([], 9, False),
        ([], 0, True),
        (None, 0, True),
        (None, None, False),
    ],
)
def test_blank_is_only_what_is_known_to_hold_nothing(sections, pages, blank):
    """Every section blank, or no page at all; a list without sections says neither."""
    given = _specified(_launched(), "2026-03-09", "spec", sections=sections, page_count=pages, standing="import")
    assert is_blank(given.entries[-1].action) is blank


# --- what is said -----------------------------------------------------------------------------------------------------


def _window(given):
    (part,) = [part for part in r02.measure(given.at(LATER)).parts if part.code == "window"]
    return part


def _text(value):
    return value.template % {name: _text(each) for name, each in value.parameters.items()} if _is_said(value) else value


def _is_said(value):
    return hasattr(value, "template")


def test_both_margins_are_always_shown():
    """By the notice and, for each lot, by the papers: also where the window is long enough."""
    given = _specified(_launched(_two_lots(), tender_deadline="2026-06-01"), "2026-03-09", "spec", prison="MRI")
    assert [_text(figure.value) for figure in _window(given).figures] == ["30", "north: 30", "south: 23"]


def test_open_margins_are_shown_as_open():
    """A margin that depends on a day nobody recorded is shown from its least to its most, or only to its most."""
    launched = _launched(day="2026-03", pack_complete=None)
    assert [_text(figure.value) for figure in _window(launched).figures] == [
        "between -27 and 3",
        "no lot named: at most 3",
    ]


def test_the_shortest_window_is_the_one_that_is_told():
    """Given two lots that are late, the sentence tells of the one with less time."""
    given = _specified(_launched(_two_lots()), "2026-03-16", "one", prison="LEI")
    part = _window(_specified(given, "2026-03-23", "two", prison="MRI"))
    assert part.why.parameters["start"] == date(2026, 3, 23)
    assert _text(part.why).endswith("Days missing to 2 months: 19.")


def test_too_little_for_partnerships_is_told_as_such():
    """Exactly two months are not called short: they are too little for organisations that bid together."""
    part = _window(_launched(tender_deadline="2026-05-02", partnership_working="required"))
    assert part.result == "breached"
    assert "bid together" in _text(part.why)
