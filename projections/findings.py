"""The fifteen findings of a process as a reader meets them: the word, why in sentences, and the entries behind it.

Computed when read, from the entries that anyone may see, so overdue appears without anyone writing an event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from ledger.actions.issues import IssueAnswered
from ledger.clock import Calendar
from ledger.kinds import say
from ledger.process import History
from ledger.sentences import say_sentence
from ledger.streams import Stream
from ledger.structs import REASON
from ledger.vocabulary import say_struct, shorten
from ledger.voice import Voice
from ledger.words import N_
from projections import past
from projections.knowledge import Axes
from projections.measures.catalogue import RECOMMENDATIONS, measure_all
from projections.measures.facts import Question
from projections.measures.finding import RESULTS, Finding, Result
from projections.measures.thresholds import DEFAULT
from projections.telling import SHORT, Cell, Line

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


def assess(connection: Connection, stream: Stream, at: datetime, calendar: Calendar, axes: Axes = past.NOW) -> Assessed:
    """Return the findings of a process at an instant (UTC, aware), from what is public and what the axes leave."""
    return Assessed(stream, measured(past.history(connection, stream, axes), at, calendar))


def measured(history: History, at: datetime, calendar: Calendar) -> tuple[Finding, ...]:
    """Return the fifteen findings on a history, by the thresholds that stand."""
    return measure_all(question(history, at, calendar))


def question(history: History, at: datetime, calendar: Calendar) -> Question:
    """Return what the measures are asked of a history at an instant (UTC, aware), by the thresholds that stand."""
    return Question(history, at, calendar, DEFAULT)


class Stood(Protocol):
    """What the word of a finding is made of."""

    @property
    def result(self) -> Result:
        """What it comes to."""

    @property
    def reported(self) -> bool:
        """Whether it rests on a report or a reconstruction."""

    @property
    def is_disputed(self) -> bool:
        """Whether an answer on record disputes it."""


def result_word(finding: Stood, voice: Voice) -> str:
    """Say a result, with whose word it rests on and whether it is disputed."""
    word = voice.words(RESULTS.labels[finding.result])
    if finding.reported:
        word = voice.words(N_("%(result)s, as reported by others"), result=word)
    return voice.words(N_("%(result)s (disputed)"), result=word) if finding.is_disputed else word


def title(number: int, voice: Voice) -> str:
    """Say a recommendation's number and what it asks, in our words."""
    return voice.words(N_("%(number)s. %(title)s"), number=number, title=voice.words(RECOMMENDATIONS[number].title))


def reasons(finding: Finding, voice: Voice) -> tuple[str, ...]:
    """Say why, each sentence once."""
    return tuple(dict.fromkeys(say_sentence(why, voice) for why in finding.why))


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words. `disputes` are the answers that dispute it, each with its entry."""

    number: int
    title: str
    result: Result
    word: str
    reasons: tuple[str, ...]
    disputes: Cell
    evidence: tuple[int, ...]


def told(findings: Sequence[Finding], history: History, voice: Voice) -> tuple[Told, ...]:
    """Return findings in words, with the answers in the same history that dispute them."""
    return tuple(
        Told(
            finding.recommendation,
            voice.words(RECOMMENDATIONS[finding.recommendation].title),
            finding.result,
            result_word(finding, voice),
            reasons(finding, voice),
            tuple(_disputes(finding, history, voice)),
            finding.evidence,
        )
        for finding in findings
    )


def _disputes(finding: Finding, history: History, voice: Voice) -> Iterator[Line]:
    for index in finding.disputed_by:
        entry = history.at(index)
        said = voice.words(N_("Disputed in entry %(number)s"), number=index)
        if entry is not None and isinstance(entry.action, IssueAnswered):
            by = say_struct(entry.statement.by.organisation, voice)
            why = shorten(say(REASON, entry.action.reason, voice), SHORT)
            said = voice.words(N_("%(body)s disputes this: %(reason)s"), body=by, reason=why)
        yield Line(said, index)


def tally(findings: Sequence[Finding], voice: Voice) -> tuple[tuple[Result, str, int], ...]:
    """Return how many findings have each result, with its word, from worst to best, without those that none has."""
    found = Counter(finding.result for finding in findings)
    return tuple((result, voice.words(RESULTS.labels[result]), found[result]) for result in SYMBOLS if found[result])
