"""The past may be entered in any order, and what is entered later changes nothing that was known before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.actions.contract import ContractDetailsPublished, ContractValueCorrected
from ledger.actions.delivery import PostProcessReviewPublished
from ledger.actions.design import (
    EqualityImpactAssessmentPublished,
    SpecificationAuthorAssigned,
    SpecificationCorrected,
    SpecificationPublished,
)
from ledger.actions.engagement import ConsultationHeld, ServiceUsersInvolved
from ledger.actions.issues import IssueAnswered, IssueReported
from ledger.actions.process import BudgetPublished
from ledger.actions.procurement import (
    BidsClosed,
    ClarificationAnswerCorrected,
    ClarificationAnswered,
    ClarificationQuestionReceived,
    ProcurementLaunched,
    ProcurementTeamResourced,
)
from tests.projections.measures.build import CHARITY, GIVEN, Given

ENTERED = datetime(2027, 3, 1, 12, tzinfo=UTC)
ASKED = datetime(2027, 6, 1, 12, tzinfo=UTC)

WHEN = st.sampled_from([None, "2026", "2026-02", "2026-03", "2026-02-10", "2026-03-02", "2026-02-10/2026-03-20"])
YES_NO = st.sampled_from([True, False, None])


def _fact(kind, **fields):
    drawn = {name: each if isinstance(each, st.SearchStrategy) else st.just(each) for name, each in fields.items()}
    return st.tuples(st.just(kind), WHEN, st.fixed_dictionaries(drawn))


def _pounds(*amounts):
    return st.sampled_from([{"amount": amount, "currency": "GBP"} for amount in amounts])


SPEC = st.sampled_from(["leeds", "maidstone"])
STAGE = st.sampled_from([None, "needs", "design", "procurement"])
COST = st.sampled_from([None, {"amount": {"amount": "500", "currency": "GBP"}, "vat": "net", "period": "a year"}])
BUDGET = _fact(
    BudgetPublished, amount=_pounds("400", "600"), vat="net", period="a year", given_to_specification_authors=YES_NO
)
AUTHOR = _fact(
    SpecificationAuthorAssigned,
    spec_id=SPEC,
    works_in_service=YES_NO,
    years_experience=st.sampled_from([0, 4]),
    governor_confirmed=YES_NO,
    support_offered=st.sampled_from([None, [], ["guidance"], ["budget_info"]]),
)
PUBLISHED = _fact(
    SpecificationPublished,
    spec_id=SPEC,
    page_count=st.sampled_from([0, 12, 12, 12]),
    within_budget=st.sampled_from(["yes", "no", "unknown"]),
    cost_of_must_haves=COST,
)
ANSWERED = _fact(
    IssueAnswered,
    issue_id="issue-1",
    position=st.sampled_from(["accepted", "disputed"]),
    cause_code=st.sampled_from(["capacity", "expertise", "other"]),
    reason=GIVEN,
)
REPORTED = _fact(IssueReported, issue_id="issue-1", type=st.sampled_from(["spec_blank", "late_answer"]))
LAUNCHED = _fact(ProcurementLaunched)
CONSULTED = _fact(
    ConsultationHeld,
    topics=st.sampled_from([None, ["costs"], ["lots"]]),
    audience=st.sampled_from([None, ["potential_provider"], ["service_user"]]),
    stage=STAGE,
)
FIXED = _fact(SpecificationCorrected, spec_id=SPEC, defect_code=st.sampled_from(["blank", "other"]), material=YES_NO)
ASSESSED = _fact(
    EqualityImpactAssessmentPublished,
    full=YES_NO,
    partners_specialist_vcs=st.sampled_from([[], [CHARITY], None]),
    service_users_with_protected_characteristics_took_part=YES_NO,
)
POOLS = {
    9: [LAUNCHED, ASSESSED, _fact(BidsClosed)],
    10: [BUDGET, PUBLISHED, CONSULTED, _fact(ContractValueCorrected, value_of="budget", after=_pounds("450", "650"))],
    11: [BUDGET, AUTHOR, AUTHOR, PUBLISHED, FIXED, REPORTED, ANSWERED],
    12: [AUTHOR, AUTHOR, PUBLISHED, FIXED, REPORTED, ANSWERED],
    14: [
        _fact(
            ProcurementTeamResourced,
            fte=st.sampled_from(["0", "2"]),
            dedicated_share="80",
            service_expertise=YES_NO,
            from_date=st.sampled_from([None, "2026-02-01", "2026-03-02"]),
            to_date=st.sampled_from([None, "2026-05-31", "2027-12-31"]),
        ),
        _fact(ContractDetailsPublished, signed_on=WHEN),
        _fact(PostProcessReviewPublished, findings=[{"recommendation": 14, "cause_code": "capacity"}]),
        _fact(ClarificationQuestionReceived, question_id="question-1"),
        _fact(ClarificationAnswered, question_id="question-1", released_to="all_bidders", released_at=WHEN),
        _fact(ClarificationAnswerCorrected, question_id="question-1", reason=GIVEN),
        REPORTED,
        ANSWERED,
        ANSWERED,
    ],
    15: [LAUNCHED, CONSULTED, _fact(ServiceUsersInvolved, stage=STAGE, facilitator_is_voluntary=YES_NO)],
}
LAUNCH: tuple[Any, str, dict[str, Any]] = (ProcurementLaunched, "2026-03-16", {})


def _facts(number):
    """A launch, and some of what a measure looks at."""
    return st.lists(st.one_of(POOLS[number]), min_size=2, max_size=7).map(lambda drawn: [LAUNCH, *drawn])


def _entered(facts):
    """Enter facts from documents, one minute after the other, in the order given."""
    minutes = count()
    given = Given("2026-01-05")
    for kind, when, fields in facts:
        at = ENTERED + timedelta(minutes=next(minutes))
        given.records(kind, when, standing="reconstruction", recorded=at.isoformat(), **fields)
    return given


def _said(number, question):
    finding = import_module(f"projections.measures.r{number:02}").measure(question)
    return [(part.code, part.result, part.reported) for part in finding.parts], finding.changes_at


@pytest.mark.parametrize("number", POOLS)
@settings(deadline=None, max_examples=150)
@given(st.data())
def test_the_past_may_be_entered_in_any_order(number, data):
    """Facts that are entered from documents in another order give the same finding."""
    facts = data.draw(_facts(number))
    another = data.draw(st.permutations(facts))
    assert _said(number, _entered(facts).at(ASKED)) == _said(number, _entered(another).at(ASKED))


@pytest.mark.parametrize("number", POOLS)
@settings(deadline=None, max_examples=40)
@given(data=st.data(), known=st.integers(0, 8))
def test_what_is_entered_later_changes_nothing_that_was_known(number, data, known):
    """The finding as known at a minute is the one of the entries recorded by then, whatever came after."""
    facts = data.draw(_facts(number))
    minute = (ENTERED + timedelta(minutes=known, seconds=-1)).isoformat()
    whole = _entered(facts).at(ASKED, known=minute)
    assert _said(number, whole) == _said(number, _entered(facts[:known]).at(ASKED))
