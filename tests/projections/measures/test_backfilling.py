"""Old papers may be entered in any order: what a measure finds does not depend on it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.actions.commitments import CommitmentMade
from ledger.actions.contract import ContractAwarded, ContractDetailsPublished
from ledger.actions.procurement import (
    BidsClosed,
    ClarificationAnswered,
    ClarificationQuestionReceived,
    ContactPointChanged,
    ContactPointNamed,
    ProcurementLaunched,
    SiteVisitOutcomeRecorded,
    SiteVisitRequested,
)
from ledger.actions.timeline import MilestoneReached, TimelineChangeCommunicated, TimelineChanged, TimelinePublished
from projections.measures import r03, r04, r13
from tests.projections.measures.build import GIVEN, Given

BACK = {"standing": "reconstruction", "recorded": "2026-12-01"}
PLAN = [
    {"code": "launch", "title": "Launch", "date": "2026-03-02", "firmness": "firm"},
    {"code": "clarification_deadline", "title": "Questions", "date": "2026-04-10", "firmness": "indicative"},
    {"code": "tender_deadline", "title": "Bids", "date": "2026-05-04", "firmness": "firm"},
]
TO_ALL = {"released_to": "all_bidders"}
PROMISE = {"kind": "response_time", "duration": 5, "unit": "working_days", "communicated_to": ["potential_provider"]}
PAPERS: tuple[tuple[Any, str, dict[str, Any]], ...] = (
    (TimelinePublished, "2026-02-02", {"milestones": PLAN}),
    (ProcurementLaunched, "2026-03-02", {"pack_complete": True, "tender_deadline": "2026-05-04"}),
    (
        TimelineChanged,
        "2026-03-16",
        {"changes": [{"code": "tender_deadline", "new_date": "2026-05-11"}], "reason": GIVEN},
    ),
    (
        TimelineChanged,
        "2026-04-14",
        {"changes": [{"code": "tender_deadline", "new_date": "2026-05-08"}], "reason": GIVEN},
    ),
    (MilestoneReached, "2026-04-10", {"milestone_code": "clarification_deadline"}),
    (BidsClosed, "2026-05-08", {}),
    (ContactPointNamed, "2026-02-02", {"function": "procurement_team", "contact_id": "lead", "name_published": True}),
    (ContactPointNamed, "2026-02-02", {"function": "prison_liaison", "contact_id": "liaison"}),
    (
        ContactPointChanged,
        "2026-04-01",
        {"contact_id": "liaison", "change": "replaced", "after": {"role_title": "Deputy"}},
    ),
    (
        ContactPointChanged,
        "2026-05-01",
        {"contact_id": "lead", "change": "replaced", "after": {"role_title": "Deputy"}},
    ),
    (CommitmentMade, "2026-02-27", PROMISE | {"communicated_on": "2026-03-02"}),
    (ClarificationQuestionReceived, "2026-03-03T10:00:00Z", {"question_id": "one"}),
    (ClarificationAnswered, "2026-03-10", TO_ALL | {"question_id": "one", "released_at": "2026-03-10"}),
    (SiteVisitRequested, "2026-03-03", {"visit_id": "one", "prison": "LEI", "needed_by": "2026-04-01"}),
    (SiteVisitOutcomeRecorded, "2026-04-01", {"visit_id": "one", "outcome": "held"}),
    (ContractAwarded, "2026-06-01", {"award_id": "one"}),
    (ContractDetailsPublished, "2026-06-15", {"award_id": "one", "contract_id": "one", "signed_on": "2026-06-12"}),
)
"""Papers of one process in the order in which things happened. Both contacts are from the first day on."""


def entered(order):
    """The papers in an order; who was told of the first change is entered when the change is."""
    record = Given(standing="reconstruction", recorded="2026-12-01")
    for place in order:
        kind, day, fields = PAPERS[place]
        begun = {"available_from": "2026-02-02"} if kind is ContactPointNamed else {}
        record.records(kind, day, **fields, **begun, **BACK)
        if kind is TimelineChanged:
            told = {"change": record.last, "audience": ["potential_provider"], "reason_included": True}
            record.records(TimelineChangeCommunicated, day, **told, **BACK)
    return record.at("2026-12-31")


def said(finding):
    return [(part.code, part.result, part.reported, part.why.template) for part in finding.parts]


IN_ORDER = {module: said(module.measure(entered(range(len(PAPERS))))) for module in (r03, r04, r13)}


@pytest.mark.parametrize("module", IN_ORDER, ids=lambda module: module.__name__.rpartition(".")[2])
@settings(max_examples=40)
@given(order=st.permutations(range(len(PAPERS))))
def test_the_order_of_entering_old_papers_changes_nothing(module, order):
    """Each part comes to the same result, for the same reason, whatever was entered first."""
    assert said(module.measure(entered(order))) == IN_ORDER[module]


def test_the_papers_decide_something():
    """The comparison above is not between findings that say nothing."""
    results = {code: result for parts in IN_ORDER.values() for code, result, _, _ in parts}
    assert results == {
        "dates": "met",
        "reasons": "met",
        "notice": "met",
        "time": "met",
        "contact": "met",
        "guarantee": "met",
        "clock": "met",
        "consistent": "met",
        "continuity": "met",
        "visits": "met",
    }
