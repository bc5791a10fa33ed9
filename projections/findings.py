"""The fifteen findings of a process as a reader meets them: the word, why in sentences, and the entries behind it.

Computed when read, from the entries that anyone may see, so overdue appears without anyone writing an event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from ledger.clock import Calendar
from ledger.process import History
from ledger.sentences import say_sentence
from ledger.streams import Stream
from ledger.voice import Voice
from ledger.words import N_
from projections import past
from projections.knowledge import Axes
from projections.measures.catalogue import RECOMMENDATIONS, measure_all
from projections.measures.facts import Question
from projections.measures.finding import RESULTS, Finding, Result
from projections.measures.thresholds import DEFAULT
from projections.telling import Cell, Line, Row, Section

SYMBOLS: dict[Result, str] = {
    "breached": "✖",
    "breached_explained": "☒",
    "not_evidenced": "○",
    "pending": "…",
    "met": "✔",
    "not_applicable": "–",
}
"""One sign for each result, never without its word beside it for those who do not see the sign."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """A process with its fifteen findings, in the paper's order."""

    stream: Stream
    findings: tuple[Finding, ...]


def assess(
    connection: Connection, stream: Stream, at: datetime, calendar: Calendar, axes: Axes = past.NOW
) -> Assessed:
    """Return the findings of a process at an instant (UTC, aware), from what is public and what the axes leave."""
    return Assessed(stream, measured(past.history(connection, stream, axes), at, calendar))


def measured(history: History, at: datetime, calendar: Calendar) -> tuple[Finding, ...]:
    """Return the fifteen findings on a history, by the thresholds that stand."""
    return measure_all(Question(history, at, calendar, DEFAULT))


def result_word(finding: Finding, voice: Voice) -> str:
    """Say a result, with whose word it rests on and whether it is disputed."""
    word = voice.words(RESULTS.labels[finding.result])
    if finding.reported:
        word = voice.words(N_("%(result)s, as reported by others"), result=word)
    return voice.words(N_("%(result)s (disputed)"), result=word) if finding.disputed_by else word


def title(number: int, voice: Voice) -> str:
    """Say a recommendation's number and what it asks, in our words."""
    return voice.words(N_("%(number)s. %(title)s"), number=number, title=voice.words(RECOMMENDATIONS[number].title))


def reasons(finding: Finding, voice: Voice) -> tuple[str, ...]:
    """Say why, each sentence once."""
    return tuple(dict.fromkeys(say_sentence(why, voice) for why in finding.why))


def section(findings: Sequence[Finding], voice: Voice) -> Section:
    """Return the table of a process's findings."""
    return Section(
        "findings",
        voice.words(N_("Findings")),
        tuple(map(voice.words, (N_("What the paper asks"), N_("Finding"), N_("Why"), N_("Entries")))),
        tuple(_row(finding, voice) for finding in findings),
        "",
    )


def _row(finding: Finding, voice: Voice) -> Row:
    return (
        (Line(title(finding.recommendation, voice)),),
        (Line(result_word(finding, voice)), *_disputes(finding, voice)),
        tuple(Line(text) for text in reasons(finding, voice)),
        tuple(_evidence(finding.evidence, voice)),
    )


def _disputes(finding: Finding, voice: Voice) -> Cell:
    return tuple(
        Line(voice.words(N_("Disputed in entry %(number)s"), number=each), each) for each in finding.disputed_by
    )


def _evidence(entries: Iterable[int], voice: Voice) -> Iterator[Line]:
    yield from (Line(voice.words(N_("Entry %(number)s"), number=each), each) for each in entries)


def counts(assessed: Iterable[Assessed], number: int) -> Counter[Result]:
    """Return how many processes have each result for one recommendation."""
    return Counter(each.findings[number - 1].result for each in assessed)


def say_counts(found: Counter[Result], voice: Voice) -> str:
    """Say how many of how many, from worst to best: "Breached: 1 of 3; Met: 2 of 3"."""
    said = [
        voice.words(N_("%(result)s: %(count)s of %(all)s"), result=voice.words(label), count=count, all=found.total())
        for result, label in RESULTS.labels.items()
        if (count := found[result])  # type: ignore[index]
    ]
    return "; ".join(said)
