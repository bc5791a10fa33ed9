"""The service: started, reported on, reviewed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledger import kinds
from ledger import structs as s
from ledger import vocabulary as v
from ledger.actions.contract import ContractDetailsPublished
from ledger.actions.process import CommissioningProcessRegistered
from ledger.codes import CAUSES
from ledger.errors import Refused, Wrong
from ledger.kinds import CodeList, Maybe, stated
from ledger.when import Occurrence
from ledger.words import N_

if TYPE_CHECKING:
    from ledger.process import History

RATINGS = CodeList(
    "rating",
    {
        "good": N_("Good"),
        "approaching_target": N_("Approaching target"),
        "requires_improvement": N_("Requires improvement"),
        "inadequate": N_("Inadequate"),
        "other": N_("Other"),
    },
)
RESPONSES = CodeList("response", {"accept": N_("Accepted"), "partly": N_("Partly accepted"), "reject": N_("Rejected")})


class ServiceStarted(
    v.Action,
    name="service-started.v1",
    title=N_("Service started"),
    stage="delivery",
    after=ContractDetailsPublished,
    recommendations=(3, 5),
    ocds=("implementation",),
):
    """Record this for each prison when the service is live there."""

    sentence = N_("Service started at %(prison)s on %(actual_on)s")
    contract_id: Maybe[str] = v.refers(N_("Contract"), "contract")
    prison: Maybe[str] = v.prison()
    planned_on: Maybe[dt.date] = v.day(N_("Planned for"))
    actual_on: Maybe[Occurrence] = v.occurrence(N_("Started on"))
    predecessor_ended_on: Maybe[dt.date] | None = v.day(N_("The service before it ended on"), default=None)


class PerformanceReported(
    v.Action,
    name="performance-reported.v1",
    title=N_("Performance reported"),
    stage="delivery",
    after=ContractDetailsPublished,
    recommendations=(5,),
    ocds=("implementation",),
):
    """Record this when the result of a measure of performance is reported for a period."""

    sentence = N_("Performance reported, %(kpi_id)s %(period)s: %(result)s (%(rating)s)")
    contract_id: Maybe[str] = v.refers(N_("Contract"), "contract")
    kpi_id: Maybe[str] = v.refers(N_("Measure"), "kpi")
    reported_on: Maybe[Occurrence] = v.occurrence(N_("Reported on"))
    period: Maybe[s.Period] = v.nested(N_("Period"), s.Period)
    result: Maybe[str] = v.line(N_("Result"))
    rating: Maybe[str] = v.code(N_("Rating"), RATINGS)
    narrative: Maybe[str] = v.prose(N_("In words"))
    service_user_feedback: Maybe[bool] = v.yes_no(N_("Service users were asked"))

    def check(self, history: History) -> None:
        wanted, contract = stated(self.kpi_id), stated(self.contract_id)
        if wanted is None or contract is None:
            return
        contracts = [each for each in history.actions(ContractDetailsPublished) if each.contract_id == contract]
        agreed = {kpi.kpi_id for each in contracts for kpi in stated(each.kpis) or ()}
        if wanted not in agreed:
            raise Refused(
                N_("Contract %(contract)s has no measure %(id)s. Choose one that it agrees."),
                contract=contract,
                id=wanted,
            )


class ReviewFinding(v.Struct):
    """One thing a review found."""

    sentence = "%(text)s"
    text: Maybe[str] = v.prose(N_("Finding"))
    entries: Maybe[tuple[int, ...]] = v.entries(N_("Entries it rests on"))
    recommendation: Maybe[int] | None = v.of(
        N_("Recommendation of the paper"), kinds.Count(least=1, most=15), default=None
    )
    cause_code: Maybe[str] | None = v.code(N_("Cause"), CAUSES, default=None)


class ReviewRecommendation(v.Struct):
    """One thing a review asks for."""

    sentence = "%(text)s"
    id: Maybe[str] = v.names(N_("Recommendation"), "recommendation", hint=N_("Its number in the review."))
    text: Maybe[str] = v.prose(N_("What is asked for"))
    addressee: Maybe[tuple[s.Party, ...]] = v.rows(N_("Of whom"), s.Party)


class PostProcessReviewPublished(
    v.Action,
    name="post-process-review-published.v1",
    title=N_("Review published"),
    stage="delivery",
    after=CommissioningProcessRegistered,
    recommendations=v.ALL,
    ocds=("implementationUpdate",),
):
    """Record this when lessons from the process are published."""

    sentence = N_("Review published: %(document)s")
    review_id: Maybe[str] | None = v.opens(N_("Review"), "review", default=None)
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    scope: Maybe[str] = v.prose(N_("Scope"))
    document: Maybe[s.Document] = v.nested(N_("Document"), s.Document)
    period_covered: Maybe[Occurrence] = v.when(N_("Period covered"))
    findings: Maybe[tuple[ReviewFinding, ...]] = v.rows(N_("Findings"), ReviewFinding)
    recommendations: Maybe[tuple[ReviewRecommendation, ...]] = v.rows(N_("Recommendations"), ReviewRecommendation)

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        if s.is_twice(each.id for each in stated(self.recommendations) or ()):
            yield "recommendations", Wrong(N_("Two recommendations have one id. Give each its own."))


class ReviewRecommendationAnswered(
    v.Action,
    name="review-recommendation-answered.v1",
    title=N_("Review's recommendation answered"),
    stage="delivery",
    after=PostProcessReviewPublished,
    ocds=("implementationUpdate",),
):
    """Record this when the body addressed says what it will do about a recommendation of a review."""

    sentence = N_("Recommendation %(recommendation_id)s of the review: %(response)s")
    review_id: Maybe[str] = v.refers(N_("Review"), "review")
    recommendation_id: Maybe[str] = v.refers(N_("Recommendation"), "recommendation")
    answered_on: Maybe[Occurrence] = v.occurrence(N_("Answered on"))
    response: Maybe[str] = v.code(N_("Response"), RESPONSES)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    action: Maybe[str] | None = v.prose(N_("What will be done"), default=None)
    due_on: Maybe[dt.date] | None = v.day(N_("By"), default=None, hint=N_("A date here is a promise."))

    def check(self, history: History) -> None:
        wanted, review = stated(self.recommendation_id), stated(self.review_id)
        if wanted is None or review is None:
            return
        reviews = [each for each in history.actions(PostProcessReviewPublished) if each.review_id == review]
        asked = {r.id for each in reviews for r in stated(each.recommendations) or ()}
        if wanted not in asked:
            raise Refused(
                N_("Review %(review)s has no recommendation %(id)s. Choose one that it makes."),
                review=review,
                id=wanted,
            )
