"""Recommendations 3, 4, 9 to 15: the past may be entered in any order, and what comes later changes nothing known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.actions.commitments import CommitmentMade
from ledger.actions.contract import ContractAwarded
from ledger.actions.delivery import PostProcessReviewPublished
from ledger.actions.design import (
    EqualityImpactAssessmentPublished,
    SpecificationAuthorAssigned,
    SpecificationCorrected,
    SpecificationPublished,
)
from ledger.actions.engagement import ConsultationHeld, ServiceUsersInvolved
from ledger.actions.issues import IssueAnswered, IssueReported
from ledger.actions.process import BudgetPublished, NeedsAssessmentPublished
from ledger.actions.procurement import (
    BidsClosed,
    ClarificationAnswered,
    ClarificationQuestionReceived,
    ContactPointNamed,
    ProcurementLaunched,
    ProcurementTeamResourced,
    SiteVisitOutcomeRecorded,
    SiteVisitRequested,
)
from ledger.actions.timeline import MilestoneReached, TimelineChanged, TimelinePublished
from projections.measures.facts import Question
from tests.projections.measures.build import CHARITY, GIVEN, NOT_GIVEN
from tests.projections.measures.papers import ASKED, ENTERED, YES_NO, entered, fact, rows, said

NUMBERS = (3, 4, 9, 10, 11, 12, 13, 14, 15)
DAY = st.sampled_from(["2026-03-09", "2026-03-31", "2026-05-04"])
SPEC = st.sampled_from(["leeds", "maidstone"])
STAGE = st.sampled_from([None, "needs", "design"])
REASON = st.sampled_from([None, GIVEN, NOT_GIVEN])
PLANNED = rows(code=st.sampled_from(["tender_deadline", "award"]), title="A date", date=DAY, firmness="firm")

KINDS = [
    fact(ProcurementLaunched, tender_deadline=DAY, pack_complete=YES_NO),
    fact(BidsClosed),
    fact(ContractAwarded, award_id="award-1"),
    fact(TimelinePublished, milestones=PLANNED),
    fact(TimelineChanged, changes=rows(code="tender_deadline", new_date=DAY), reason=REASON),
    fact(MilestoneReached, milestone_code=st.sampled_from(["tender_deadline", "award"])),
    fact(ContactPointNamed, function=st.sampled_from(["procurement_team", "prison_liaison"]), contact_id="lead",
         available_from=DAY),
    fact(CommitmentMade, kind="response_time", duration=5, unit="working_days",
         communicated_to=st.sampled_from([None, ["potential_provider"]])),
    fact(CommitmentMade, kind="publication", applies_to="The Equality Impact Assessment", due_on=DAY),
    fact(ClarificationQuestionReceived, question_id=st.sampled_from(["one", "two"])),
    fact(ClarificationAnswered, question_id=st.sampled_from(["one", "two"]), released_at=DAY,
         released_to=st.sampled_from([None, "all_bidders", "asker_only"])),
    fact(SiteVisitRequested, visit_id="one", prison="LEI", needed_by=DAY),
    fact(SiteVisitOutcomeRecorded, visit_id="one", outcome=st.sampled_from(["held", "refused", "no_reply"])),
    fact(EqualityImpactAssessmentPublished, full=YES_NO, characteristics_assessed=st.sampled_from([None, ["race"]]),
         partners_specialist_vcs=st.sampled_from([None, [], [CHARITY]]),
         service_users_with_protected_characteristics_took_part=YES_NO),
    fact(ConsultationHeld, topics=st.sampled_from([None, ["costs"], ["lots"]]),
         audience=st.sampled_from([None, ["existing_provider", "potential_provider"]])),
    fact(BudgetPublished, scope="process", amount={"amount": "500000", "currency": "GBP"}, period="a year",
         given_to_specification_authors=YES_NO),
    fact(SpecificationAuthorAssigned, spec_id=SPEC, works_in_service=YES_NO, governor_confirmed=YES_NO,
         support_offered=st.sampled_from([None, [], ["guidance", "budget_info"]])),
    fact(SpecificationPublished, spec_id=SPEC,
         sections=st.sampled_from([None, *([{"code": "needs", "state": state}] for state in ("blank", "present"))])),
    fact(SpecificationCorrected, spec_id=SPEC, defect_code=st.sampled_from(["blank", "other"]), material=YES_NO),
    fact(ProcurementTeamResourced, fte=st.sampled_from([None, "0", "2.5"]), dedicated_share="80",
         service_expertise=YES_NO, from_date="2026-02-02", to_date=st.sampled_from([None, "2026-12-31"])),
    fact(PostProcessReviewPublished),
    fact(ServiceUsersInvolved, stage=STAGE, facilitated_by=CHARITY, facilitator_is_voluntary=YES_NO),
    fact(NeedsAssessmentPublished, provider_input=YES_NO, service_user_input=YES_NO),
    fact(IssueReported, issue_id="issue-1", type=st.sampled_from(["spec_missing_tupe", "late_answer", "other"])),
    fact(IssueAnswered, issue_id="issue-1", position=st.sampled_from(["accepted", "disputed"]), reason=GIVEN),
]  # fmt: skip
SOME = st.lists(st.sampled_from(KINDS), min_size=1, max_size=5)
FACTS = SOME.flatmap(lambda few: st.lists(st.one_of(few), max_size=9))
"""A few kinds at a time, so that entries meet which say different things about one."""


def gist(number: int, question: Question) -> list[tuple[object, ...]]:
    """What a measure says, but for which of several it names first: entries have other numbers in another order."""
    parts, changes_at = said(number, question)
    return [*((code, result, reported, why.template) for code, result, reported, why in parts), (changes_at,)]


@pytest.mark.parametrize("number", NUMBERS)
@settings(max_examples=40)
@given(st.data())
def test_the_past_may_be_entered_in_any_order(number, data):
    """Facts that are entered from documents in another order give the same finding, for the same reason."""
    facts = data.draw(FACTS)
    another = data.draw(st.permutations(facts))
    assert gist(number, entered(facts).at(ASKED)) == gist(number, entered(another).at(ASKED))


@pytest.mark.parametrize("number", NUMBERS)
@settings(max_examples=30)
@given(facts=FACTS, known=st.integers(0, 9))
def test_what_is_entered_later_changes_nothing_that_was_known(number, facts, known):
    """The finding as known at a minute is the one of the entries recorded by then, whatever came after."""
    minute = (ENTERED + timedelta(minutes=known, seconds=-1)).isoformat()
    whole = entered(facts).at(ASKED, known=minute)
    assert said(number, whole) == said(number, entered(facts[:known]).at(ASKED))
