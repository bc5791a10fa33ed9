"""What the findings come to, as tables: the failures the paper tells, good practice, principles and benefits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from ledger.sentences import Sentence, say_sentence
from ledger.words import N_
from projections import findings
from projections.measures.failures import SEEN, Failure
from projections.measures.finding import RESULTS, Figure, Finding
from projections.measures.rollups import Benefit, Box, Check, Principle
from projections.telling import Line, Row, Section, Teller

TOLD: Final = {
    "F1": N_("A specification was released that held nothing at all, so nobody could tell what was to be delivered."),
    "F2": N_("Specifications left out what bidders needed, who then had to ask for it."),
    "F3": N_("Bidders were not told about the staff who would move to them, and could not price that."),
    "F4": N_("What bidders were told about the organisation already running the service was wrong."),
    "F5": N_("Specifications asked for more than the money would pay for."),
    "F6": N_("Specifications were written by people with no part in the service; one author was a volunteer."),
    "F7": N_("Those who wrote specifications were not clearly told how much money there was."),
    "F8": N_("The value of a contract was worked out wrongly, and nobody put it right before bidding began."),
    "F9": N_("Bidders waited too long for answers to their questions."),
    "F10": N_("Bidders got answers that were wrong."),
    "F11": N_("Bidders could not rely on what they were told about dates."),
    "F12": N_("When dates move, organisations can be left without money, lose staff and be unable to plan."),
    "F13": N_("Bidders could not reach the people in prisons whom they needed."),
    "F14": N_("Visits to prisons could not be arranged in time to help with a bid."),
    "F15": N_("The procurement team was too small, too busy or lacked knowledge of the service."),
    "F16": N_("A budget was set without knowing what good practice costs."),
    "F17": N_("Short timescales and badly cut lots would have kept good organisations out, and were changed in time."),
    "F18": N_("Demands on turnover or reserves, or payment after the event, kept small organisations away."),
    "F19": N_("It took long talks with the winner, and a hard start, to mend what had gone wrong before."),
}
"""What the paper tells of each failure, in our words."""


def findings_section(teller: Teller, found: Sequence[Finding]) -> Section:
    """Return the fifteen findings, each with why and the entries behind it."""
    rows = (
        (
            (Line(findings.title(each.recommendation, teller.voice)),),
            (
                Line(findings.result_word(each, teller.voice)),
                *(Line(teller.words(N_("Disputed in entry %(number)s"), number=n), n) for n in each.disputed_by),
            ),
            tuple(map(Line, findings.reasons(each, teller.voice))),
            tuple(entry_lines(teller, each.evidence)),
        )
        for each in found
    )
    return teller.section(
        "findings",
        N_("The fifteen recommendations"),
        (N_("What the paper asks"), N_("Finding"), N_("Why"), N_("Entries")),
        rows,
        N_("Nothing is measured yet."),
    )


def failures_section(teller: Teller, failures: Sequence[Failure]) -> Section:
    """Return the failures that are seen, each with what shows it."""
    rows = (_failure(teller, each) for each in failures if each.seen != "no")
    return teller.section(
        "failures",
        N_("Failures that the paper describes and that are seen here"),
        (N_("What the paper tells"), N_("Seen here"), N_("What shows it"), N_("Numbers")),
        rows,
        N_("None of the nineteen is seen on record. That is not proof that none happened."),
    )


def _failure(teller: Teller, failure: Failure) -> Row:
    seen = teller.words(SEEN.labels[failure.seen])
    credit = (Line(teller.words(N_("A credit: it was caught in time."))),) if failure.credit else ()
    return (
        (Line(named(teller, failure)), Line(teller.words(TOLD[failure.code]))),
        (Line(seen), *credit),
        tuple(
            line
            for each in failure.sightings
            for line in (
                Line(say_sentence(each.why, teller.voice), each.evidence[0]),
                *entry_lines(teller, each.evidence[1:]),
            )
        ),
        tuple(figure_lines(teller, failure.figures)),
    )


def named(teller: Teller, failure: Failure) -> str:
    """Say a failure with its number."""
    return teller.pair(failure.code, teller.words(failure.title))


def entry_lines(teller: Teller, entries: Sequence[int]) -> Iterator[Line]:
    """Yield a link to each entry."""
    yield from (Line(teller.words(N_("Entry %(number)s"), number=index), index) for index in entries)


def figure_lines(teller: Teller, figures: Sequence[Figure]) -> Iterator[Line]:
    """Yield each figure with its label."""
    yield from (Line(teller.pair(teller.words(each.label), _value(teller, each.value))) for each in figures)


def _value(teller: Teller, value: object) -> str:
    match value:
        case Sentence():
            return say_sentence(value, teller.voice)
        case int() | Decimal():
            return teller.voice.number(value)
        case _:
            return str(value)


def practice_section(teller: Teller, boxes: Sequence[Box]) -> Section:
    """Return the paper's good-practice boxes as checks."""
    rows = (_check(teller, box, check) for box in boxes for check in box.checks)
    return teller.section(
        "practice",
        N_("Good practice that the paper praises"),
        (N_("Good practice"), N_("Check"), N_("On record"), N_("Entries")),
        rows,
        N_("No check can be made."),
    )


def _check(teller: Teller, box: Box, check: Check) -> Row:
    answer = {True: N_("Yes"), False: N_("No"), None: N_("Not on record")}[check.answer]
    return (
        (Line(teller.words(box.title)),),
        (Line(teller.words(check.title)),),
        (Line(teller.words(answer)),),
        tuple(entry_lines(teller, check.evidence)),
    )


def principles_section(teller: Teller, principles: Sequence[Principle]) -> Section:
    """Return the five core principles: counts of results, the worst, and plain facts. There is no score."""
    rows = (_principle(teller, each) for each in principles)
    return teller.section(
        "principles",
        N_("The five principles"),
        (N_("Principle"), N_("Results of its recommendations"), N_("The worst of them"), N_("Facts beside it")),
        rows,
        N_("Nothing is measured yet."),
    )


def _principle(teller: Teller, each: Principle) -> Row:
    counted = [
        teller.pair(teller.words(RESULTS.labels[code]), teller.voice.number(n)) for code, n in each.counts.items()
    ]
    title = teller.words(N_("%(number)s. %(title)s"), number=each.number, title=teller.words(each.title))
    return (
        (Line(title),),
        tuple(map(Line, counted)),
        (Line(teller.words(RESULTS.labels[each.worst])),),
        tuple(figure_lines(teller, each.figures)),
    )


def benefits_section(teller: Teller, benefits: Sequence[Benefit]) -> Section:
    """Return the four benefits that the paper's conclusion names, as figures."""
    rows = ((((Line(teller.words(each.title)),), tuple(figure_lines(teller, each.figures)))) for each in benefits)
    return teller.section(
        "benefits",
        N_("The four benefits of working with groups and umbrella bodies"),
        (N_("Benefit"), N_("Numbers")),
        rows,
        N_("Nothing is measured yet."),
    )
