"""Recommendations 1, 2, 5 to 8: the past may be entered in any order, and what comes later changes nothing known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.actions.advisory import AdvisoryGroupConvened, AdvisoryGroupMeetingHeld, AdvisoryGroupStatusChanged
from ledger.actions.contract import ContractAwarded
from ledger.actions.delivery import PerformanceReported, ServiceStarted
from ledger.actions.design import (
    BiddingRequirementsPublished,
    LotStructurePublished,
    LotStructureRevised,
    SpecificationCorrected,
    SpecificationPublished,
)
from ledger.actions.engagement import (
    ConsultationHeld,
    ConsultationResponsePublished,
    MarketHealthAssessmentPublished,
    ServiceUsersInvolved,
)
from ledger.actions.issues import IssueAnswered, IssueReported, IssueResolved
from ledger.actions.process import NeedsAssessmentPublished
from ledger.actions.procurement import ClarificationAnswered, ProcurementLaunched, TenderAmended
from ledger.actions.timeline import MilestoneReached, TimelineChanged, TimelinePublished
from tests.projections.measures.build import GIVEN, NOT_GIVEN, WITHHELD, Given

NUMBERS = (1, 2, 5, 6, 7, 8)
ENTERED = datetime(2027, 3, 1, 12, tzinfo=UTC)
ASKED = datetime(2027, 6, 1, 12, tzinfo=UTC)
GROUP = "group/families"

WHEN = st.sampled_from(
    [None, "2026", "2026-01", "2026-02", "2026-03", "2026-01-12", "2026-02-10", "2026-03-02", "2026-02-10/2026-03-20"]
)
YES_NO = st.sampled_from([True, False, None])
STAGE = st.sampled_from([None, "needs", "design", "procurement", "delivery"])
DAY = st.sampled_from([None, "2026-04-20", "2026-05-02", "2026-05-20"])
BOTH = ["existing_provider", "potential_provider"]
AUDIENCE = st.sampled_from([None, BOTH, BOTH[1:], ["service_user"]])
TOPICS = st.sampled_from([None, ["timeline", "financial_barriers"], ["lots"]])
REASON = st.sampled_from([None, GIVEN, NOT_GIVEN, WITHHELD])
SPEC = st.sampled_from(["leeds", "maidstone"])
LOT = st.sampled_from(["north", "south"])
AREA = st.sampled_from([None, "north", "west"])
ISSUE = st.sampled_from(["issue-1", "issue-2"])


def _fact(kind, stream="process/family-services", **fields):
    drawn = {name: each if isinstance(each, st.SearchStrategy) else st.just(each) for name, each in fields.items()}
    return st.tuples(st.just(kind), WHEN, st.just(stream), st.fixed_dictionaries(drawn))


def _rows(**fields):
    return st.lists(
        st.fixed_dictionaries({n: f if isinstance(f, st.SearchStrategy) else st.just(f) for n, f in fields.items()}),
        min_size=1,
        max_size=2,
        unique_by=lambda row: row.get("lot_id") or row.get("code") or str(row),
    )


SECTIONS = st.sampled_from([None, [], [{"code": "a", "state": "present"}], [{"code": "a", "state": "blank"}]])
KINDS = [
    _fact(ProcurementLaunched, tender_deadline=DAY, pack_complete=YES_NO,
          partnership_working=st.sampled_from([None, "none", "required"])),
    _fact(ContractAwarded),
    _fact(TimelinePublished, milestones=_rows(code="tender_deadline", title="Bidding closes", date=DAY)),
    _fact(TimelineChanged, changes=_rows(code="tender_deadline", new_date=DAY), reason=GIVEN),
    _fact(MilestoneReached, milestone_code="pack_released"),
    _fact(TenderAmended, changes=[{"what": "prices", "after": "new"}], reason=GIVEN, material=YES_NO),
    _fact(SpecificationPublished, spec_id=SPEC, lot_id=LOT, sections=SECTIONS, page_count=st.sampled_from([None, 9]),
          incumbent_statement=st.sampled_from([None, "none", "provided"])),
    _fact(SpecificationCorrected, spec_id=SPEC, defect_code=st.sampled_from(["blank", "other"]), material=YES_NO),
    _fact(LotStructurePublished, lots=_rows(lot_id=LOT, area=AREA),
          market_assessment_id=st.sampled_from([None, "sector"])),
    _fact(LotStructureRevised, changes=_rows(lot_id=LOT, area=AREA, ended=YES_NO), reason=REASON),
    _fact(MarketHealthAssessmentPublished, assessment_id="sector", lots_covered=st.sampled_from([None, []]),
          areas=st.sampled_from([None, ["north"], ["north", "west"]]),
          providers_by_size=[{"size": "small", "providers": 2}], resources_summary="Few."),
    _fact(ConsultationHeld, engagement_id="spring", stage=STAGE, topics=TOPICS, audience=AUDIENCE,
          methods=st.sampled_from([None, ["event"], ["survey", "event"]])),
    _fact(ConsultationResponsePublished, engagement_id="spring"),
    _fact(ServiceUsersInvolved, stage=STAGE, method="forum", participants_count=st.sampled_from([None, 0, 5])),
    _fact(NeedsAssessmentPublished, provider_input=YES_NO, service_user_input=YES_NO),
    _fact(AdvisoryGroupConvened, GROUP, group_id="families", window_closes=st.sampled_from([None, "2026-03-31"])),
    _fact(AdvisoryGroupMeetingHeld, GROUP, group_id="families", meeting_no=1, stage=STAGE, topics=TOPICS,
          audience=AUDIENCE),
    _fact(AdvisoryGroupStatusChanged, GROUP, group_id="families", status=st.sampled_from(["paused", "reconvened"])),
    _fact(ClarificationAnswered, question_id="question-1"),
    _fact(ServiceStarted, contract_id="contract-1"),
    _fact(PerformanceReported, contract_id="contract-1", service_user_feedback=YES_NO),
    _fact(BiddingRequirementsPublished, barriers=st.sampled_from([None, []]), payment_basis="milestone"),
    _fact(IssueReported, issue_id=ISSUE, type=st.sampled_from(["lot_barrier", "financial_barrier"])),
    _fact(IssueAnswered, issue_id=ISSUE, position=st.sampled_from(["accepted", "disputed"]), reason=REASON),
    _fact(IssueResolved, issue_id=ISSUE, outcome=st.sampled_from(["fixed", "not_fixed", "withdrawn"])),
]  # fmt: skip
SOME = st.lists(st.sampled_from(KINDS), min_size=1, max_size=5)
FACTS = SOME.flatmap(lambda few: st.lists(st.one_of(few), max_size=9))
"""A few kinds at a time, so that entries meet which say different things about one."""


def _entered(facts):
    """Enter facts from documents, one minute after the other, in the order given."""
    given = Given("2026-01-05")
    for minute, (kind, when, stream, fields) in enumerate(facts):
        at = (ENTERED + timedelta(minutes=minute)).isoformat()
        given.records(kind, when, standing="reconstruction", recorded=at, stream=stream, **fields)
    return given


def _said(number, question):
    finding = import_module(f"projections.measures.r{number:02}").measure(question)
    return [(part.code, part.result, part.reported, part.why) for part in finding.parts], finding.changes_at


@pytest.mark.parametrize("number", NUMBERS)
@settings(max_examples=60)
@given(st.data())
def test_the_past_may_be_entered_in_any_order(number, data):
    """Facts that are entered from documents in another order give the same finding, in the same words."""
    facts = data.draw(FACTS)
    another = data.draw(st.permutations(facts))
    assert _said(number, _entered(facts).at(ASKED)) == _said(number, _entered(another).at(ASKED))


@pytest.mark.parametrize("number", NUMBERS)
@settings(max_examples=40)
@given(facts=FACTS, known=st.integers(0, 9))
def test_what_is_entered_later_changes_nothing_that_was_known(number, facts, known):
    """The finding as known at a minute is the one of the entries recorded by then, whatever came after."""
    minute = (ENTERED + timedelta(minutes=known, seconds=-1)).isoformat()
    whole = _entered(facts).at(ASKED, known=minute)
    assert _said(number, whole) == _said(number, _entered(facts[:known]).at(ASKED))
