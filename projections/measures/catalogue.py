"""The fifteen recommendations: what each asks in our words, its core principle, and the measure that answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.words import N_
from projections.measures import r01, r02, r03, r04, r05, r06, r07, r08, r09, r10, r11, r12, r13, r14, r15
from projections.measures.facts import Question
from projections.measures.finding import Finding
from projections.measures.rollups import PRINCIPLES


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommendation. `version` is that of its rule; a finding says by which version it was found."""

    number: int
    title: str
    version: int
    measure: Callable[[Question], Finding]

    @property
    def principle(self) -> int:
        """The core principle under which the paper makes it."""
        return next(number for number, (_, numbers) in PRINCIPLES.items() if self.number in numbers)


RECOMMENDATIONS: Final[Mapping[int, Recommendation]] = {
    each.number: each
    for each in (
        Recommendation(1, N_("Ask present and possible providers early, and openly"), r01.VERSION, r01.measure),
        Recommendation(2, N_("Plan the timetable with providers, and give time to bid"), r02.VERSION, r02.measure),
        Recommendation(3, N_("Keep to the timetable, explain changes, give time back"), r03.VERSION, r03.measure),
        Recommendation(4, N_("Give bidders clear, consistent and timely information"), r04.VERSION, r04.measure),
        Recommendation(5, N_("Engage providers and service users throughout"), r05.VERSION, r05.measure),
        Recommendation(6, N_("Know the sector before commissioning"), r06.VERSION, r06.measure),
        Recommendation(7, N_("Let every capable provider take part"), r07.VERSION, r07.measure),
        Recommendation(8, N_("Find and lower financial barriers"), r08.VERSION, r08.measure),
        Recommendation(9, N_("Publish a full equality impact assessment, made together"), r09.VERSION, r09.measure),
        Recommendation(10, N_("Know what good practice costs"), r10.VERSION, r10.measure),
        Recommendation(11, N_("Support those who write specifications"), r11.VERSION, r11.measure),
        Recommendation(12, N_("Have specifications written by staff who know the work"), r12.VERSION, r12.measure),
        Recommendation(13, N_("Keep one contact who deals with prisons"), r13.VERSION, r13.measure),
        Recommendation(14, N_("Resource the procurement and project teams"), r14.VERSION, r14.measure),
        Recommendation(15, N_("Let service users identify needs and design services"), r15.VERSION, r15.measure),
    )
}
"""Number -> recommendation, in the paper's order."""


def measure_all(question: Question) -> tuple[Finding, ...]:
    """Return the fifteen findings on a question, in the paper's order."""
    return tuple(each.measure(question) for each in RECOMMENDATIONS.values())
