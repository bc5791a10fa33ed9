"""Beside a result stand numbers, each with what it is out of; they never decide it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module

import pytest

from ledger.actions.advisory import AdvisoryGroupConvened
from ledger.actions.design import BiddingRequirementsPublished, LotStructurePublished
from ledger.actions.engagement import ConsultationHeld, ConsultationResponsePublished
from ledger.actions.issues import IssueAnswered, IssueReported, IssueResolved
from ledger.actions.procurement import BidsClosed, ProcurementLaunched
from ledger.actions.timeline import TimelinePublished
from projections.measures.finding import Sentence
from tests.projections.measures.build import GIVEN, NOT_GIVEN, Given

LAUNCH, LATER = "2026-03-02", "2026-06-30"
BOTH = ["existing_provider", "potential_provider"]


def _text(value):
    if isinstance(value, Sentence):
        return value.template % {name: _text(each) for name, each in value.parameters.items()}
    return str(value)


def _shown(number, given):
    finding = import_module(f"projections.measures.r{number:02}").measure(given.at(LATER))
    return [(_text(figure.label), _text(figure.value)) for part in finding.parts for figure in part.figures]


def _finding(number, given, at=LATER):
    return import_module(f"projections.measures.r{number:02}").measure(given.at(at))


def _pounds(amount, currency="GBP"):
    return {"amount": amount, "currency": currency}


def _launched(given):
    return given.records(ProcurementLaunched, LAUNCH)


def test_how_early_and_to_what_effect_providers_were_asked():
    """Days from the first consultation, and the entries before the launch that point to it or to its response."""
    given = Given().records(ConsultationHeld, "2026-01-12", engagement_id="a", audience=BOTH, stage="needs")
    held = given.last
    given.records(ConsultationResponsePublished, "2026-01-19", engagement_id="a")
    response = given.last
    given.records(TimelinePublished, "2026-01-26", consulted_entries=[response], milestones=[{"code": "launch"}])
    given.records(BiddingRequirementsPublished, "2026-02-09", consulted_entries=[held], barriers=[])
    given.records(BiddingRequirementsPublished, "2026-02-16", consulted_entries=[], barriers=[])
    _launched(given).records(BiddingRequirementsPublished, "2026-03-09", consulted_entries=[held], barriers=[])
    assert _shown(1, given) == [
        ("Days from the first consultation to the launch", "49"),
        ("Entries before the launch that point to what was heard", "2"),
    ]


def test_days_that_the_record_leaves_open_are_shown_as_open():
    """A consultation dated to its month gives the least and the most days."""
    given = _launched(Given().records(ConsultationHeld, "2026-01", audience=BOTH, stage="needs"))
    assert _shown(1, given)[0][1] == "between 30 and 60"


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        (None, "No consultation with providers"),
        (["potential_provider"], "Some providers"),
        (BOTH, "was published by then"),
    ],
)
def test_what_is_lacking_is_named(audience, words):
    """Nobody asked, some not asked, or nothing published: the sentence says which."""
    given = Given()
    if audience is not None:
        given.records(ConsultationHeld, "2026-01-12", audience=audience, stage="needs")
    (why,) = _finding(1, _launched(given)).why
    assert words in _text(why)


def test_stages_covered_and_issues_put_right_early_are_shares():
    """Only what was put right counts, and only before the launch is early."""
    given = Given()
    for number, (day, outcome) in enumerate(
        [("2026-01-19", "fixed"), ("2026-04-06", "mitigated"), ("2026-01-19", "not_fixed"), (None, None)]
    ):
        given.records(IssueReported, "2026-01-12", issue_id=f"issue-{number}", type="value_error", standing="report")
        if outcome:
            given.records(IssueResolved, day, issue_id=f"issue-{number}", outcome=outcome, standing="report")
    assert _shown(5, _launched(given)) == [
        ("Stages covered", "0 of 3"),
        ("Issues put right before the launch, of those put right", "1 of 2"),
    ]


def test_bids_are_shown_and_never_decide():
    """Bids by lot, lots with one bid or none, and the shares of voluntary and small organisations."""
    lots = [{"lot_id": "north"}, {"lot_id": "south"}]
    given = Given().records(
        LotStructurePublished,
        "2026-01-12",
        lots=lots,
        grants_considered=True,
        grant_decision_reason=NOT_GIVEN,
        standing="import",
    )
    bids = [{"lot_id": "north", "bids": 3}, {"lot_id": "south", "bids": 1}]
    _launched(given).records(BidsClosed, "2026-05-04", bids_by_lot=bids, from_vcse=2, standing="import")
    assert _shown(7, given) == [
        ("Barriers answered in time", "none on record"),
        ("Grants were considered", "yes"),
        ("A reason for that was given", "no"),
        ("Bids", "north: 3"),
        ("Bids", "south: 1"),
        ("Lots with one bid or none", "1 of 2"),
        ("Bids from voluntary or social enterprise", "2 of 4"),
    ]


def test_bids_that_are_not_stated_are_left_out():
    """A lot whose bids nobody states is in no share, and a missing list is no list."""
    bids = [{"lot_id": "north", "bids": None}]
    given = _launched(Given().records(LotStructurePublished, "2026-01-12", lots=[{"lot_id": "north"}]))
    given.records(BidsClosed, "2026-05-04", bids_by_lot=bids, standing="import")
    given.records(BidsClosed, "2026-05-04", standing="import")
    assert _shown(7, given)[-2:] == [("Lots with one bid or none", "none on record")] * 2


def test_barriers_answered_are_a_share_of_those_raised():
    """One answered in time and one not: one of two, and the sentence counts those that decide."""
    given = Given("2025-11-03")
    for name in ("one", "two"):
        given.records(IssueReported, "2026-01-12", issue_id=name, type="lot_barrier")
    _launched(given.records(IssueAnswered, "2026-02-02", issue_id="one", position="accepted", reason=GIVEN))
    assert _shown(7, given)[0] == ("Barriers answered in time", "1 of 2")
    assert "1 of 2" in _text(_finding(7, given).why[0])


def _asked_for(turnover, reserves=None, value="100000", currency="GBP"):
    given = Given()
    if value is not None:
        lots = [{"lot_id": "north", "annual_value": _pounds(value)}]
        given.records(LotStructurePublished, "2026-01-12", lots=lots)
    money = {"min_turnover": _pounds(turnover, currency)}
    if reserves:
        money["min_reserves"] = _pounds(reserves)
    lot = "north" if value is not None else None
    more = {"arrears_days": 60, "pbr_share": "12.5", "barriers": []} | money | ({"lot_id": lot} if lot else {})
    return _launched(given.records(BiddingRequirementsPublished, "2026-02-09", **more))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (_asked_for("200000", "50000"), ["north: 2.0 times the yearly value", "north: 0.5 times the yearly value"]),
        (_asked_for("200001"), ["north: 2.0 times the yearly value, which is more than 2 times"]),
        (_asked_for("200000", value="0"), []),
        (_asked_for("200000", currency="EUR"), []),
        (_asked_for("200000", value=None), []),
    ],
    ids=["twice is not marked", "more is marked", "no value", "another currency", "no lot"],
)
def test_what_bidders_must_show_is_held_against_the_value_of_the_lot(given, expected):
    """Turnover and reserves in times the yearly value, days in arrears, and the share paid by results."""
    shown = [value for _, value in _shown(8, given)]
    assert shown == [*expected, "60", str(Decimal("12.5"))]


def test_no_barrier_raised_is_said_as_such():
    """Requirements that list no barrier are not told as none of none."""
    (part,) = [part for part in _finding(8, _asked_for("1")).parts if part.code == "barriers"]
    assert _text(part.why) == "The requirements say that no financial barrier was raised."


def test_the_next_change_is_the_end_of_the_first_day_that_runs_out():
    """Given two answers to come, the earlier of their last days decides when to look again, in London."""
    given = Given("2025-11-03")
    for name, day in (("one", "2026-03-05"), ("two", "2026-03-03")):
        given.records(IssueReported, day, issue_id=name, type="lot_barrier", recorded="2026-03-06")
    given.records(ProcurementLaunched, "2026-03-09", recorded="2026-03-09")
    assert _finding(7, given, "2026-03-10").changes_at == datetime(2026, 3, 31, 23, tzinfo=UTC)


def test_a_dispute_is_shown_beside_the_finding():
    """An answer that disputes a barrier is an answer, and it is shown."""
    given = Given("2025-11-03").records(IssueReported, "2026-01-12", issue_id="one", type="lot_barrier")
    given.records(IssueAnswered, "2026-01-19", issue_id="one", position="disputed")
    disputing = given.last
    assert _finding(7, _launched(given)).disputed_by == (disputing,)


def test_a_group_of_another_process_is_no_matter_of_this_one():
    """What concerns another process only is not looked at."""
    given = _launched(Given())
    before = _finding(5, given)
    given.records(AdvisoryGroupConvened, "2026-03-09", stream="group/others", concerns=(), group_id="others")
    assert _finding(5, given) == before
