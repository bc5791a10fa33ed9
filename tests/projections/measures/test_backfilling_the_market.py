"""Recommendations 1, 2, 5 to 8: the past may be entered in any order, and what comes later changes nothing known."""

from __future__ import annotations

from datetime import timedelta

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
from tests.projections.measures.build import GIVEN, NOT_GIVEN, WITHHELD
from tests.projections.measures.papers import ASKED, ENTERED, YES_NO, entered, fact, rows, said

NUMBERS = (1, 2, 5, 6, 7, 8)
GROUP = "group/families"

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


SECTIONS = st.sampled_from([None, [], [{"code": "a", "state": "present"}], [{"code": "a", "state": "blank"}]])
KINDS = [
    fact(ProcurementLaunched, tender_deadline=DAY, pack_complete=YES_NO,
          partnership_working=st.sampled_from([None, "none", "required"])),
    fact(ContractAwarded),
    fact(TimelinePublished, milestones=rows(code="tender_deadline", title="Bidding closes", date=DAY)),
    fact(TimelineChanged, changes=rows(code="tender_deadline", new_date=DAY), reason=GIVEN),
    fact(MilestoneReached, milestone_code="pack_released"),
    fact(TenderAmended, changes=[{"what": "prices", "after": "new"}], reason=GIVEN, material=YES_NO),
    fact(SpecificationPublished, spec_id=SPEC, lot_id=LOT, sections=SECTIONS, page_count=st.sampled_from([None, 9]),
          incumbent_statement=st.sampled_from([None, "none", "provided"])),
    fact(SpecificationCorrected, spec_id=SPEC, defect_code=st.sampled_from(["blank", "other"]), material=YES_NO),
    fact(LotStructurePublished, lots=rows(lot_id=LOT, area=AREA),
          market_assessment_id=st.sampled_from([None, "sector"])),
    fact(LotStructureRevised, changes=rows(lot_id=LOT, area=AREA, ended=YES_NO), reason=REASON),
    fact(MarketHealthAssessmentPublished, assessment_id="sector", lots_covered=st.sampled_from([None, []]),
          areas=st.sampled_from([None, ["north"], ["north", "west"]]),
          providers_by_size=[{"size": "small", "providers": 2}], resources_summary="Few."),
    fact(ConsultationHeld, engagement_id="spring", stage=STAGE, topics=TOPICS, audience=AUDIENCE,
          methods=st.sampled_from([None, ["event"], ["survey", "event"]])),
    fact(ConsultationResponsePublished, engagement_id="spring"),
    fact(ServiceUsersInvolved, stage=STAGE, method="forum", participants_count=st.sampled_from([None, 0, 5])),
    fact(NeedsAssessmentPublished, provider_input=YES_NO, service_user_input=YES_NO),
    fact(AdvisoryGroupConvened, GROUP, group_id="families", window_closes=st.sampled_from([None, "2026-03-31"])),
    fact(AdvisoryGroupMeetingHeld, GROUP, group_id="families", meeting_no=1, stage=STAGE, topics=TOPICS,
          audience=AUDIENCE),
    fact(AdvisoryGroupStatusChanged, GROUP, group_id="families", status=st.sampled_from(["paused", "reconvened"])),
    fact(ClarificationAnswered, question_id="question-1"),
    fact(ServiceStarted, contract_id="contract-1"),
    fact(PerformanceReported, contract_id="contract-1", service_user_feedback=YES_NO),
    fact(BiddingRequirementsPublished, barriers=st.sampled_from([None, []]), payment_basis="milestone"),
    fact(IssueReported, issue_id=ISSUE, type=st.sampled_from(["lot_barrier", "financial_barrier"])),
    fact(IssueAnswered, issue_id=ISSUE, position=st.sampled_from(["accepted", "disputed"]), reason=REASON),
    fact(IssueResolved, issue_id=ISSUE, outcome=st.sampled_from(["fixed", "not_fixed", "withdrawn"])),
]  # fmt: skip
SOME = st.lists(st.sampled_from(KINDS), min_size=1, max_size=5)
FACTS = SOME.flatmap(lambda few: st.lists(st.one_of(few), max_size=9))
"""A few kinds at a time, so that entries meet which say different things about one."""


@pytest.mark.parametrize("number", NUMBERS)
@settings(max_examples=60)
@given(st.data())
def test_the_past_may_be_entered_in_any_order(number, data):
    """Facts that are entered from documents in another order give the same finding, in the same words."""
    facts = data.draw(FACTS)
    another = data.draw(st.permutations(facts))
    assert said(number, entered(facts).at(ASKED)) == said(number, entered(another).at(ASKED))


@pytest.mark.parametrize("number", NUMBERS)
@settings(max_examples=40)
@given(facts=FACTS, known=st.integers(0, 9))
def test_what_is_entered_later_changes_nothing_that_was_known(number, facts, known):
    """The finding as known at a minute is the one of the entries recorded by then, whatever came after."""
    minute = (ENTERED + timedelta(minutes=known, seconds=-1)).isoformat()
    whole = entered(facts).at(ASKED, known=minute)
    assert said(number, whole) == said(number, entered(facts[:known]).at(ASKED))
