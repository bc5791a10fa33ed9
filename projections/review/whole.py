"""A review put together, from a history and its entries as they are shown, at one instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.clock import Calendar
from ledger.obligations import obligations, silences
from ledger.process import History
from ledger.voice import Voice
from projections.entries import EntryView
from projections.measures.catalogue import measure_all
from projections.measures.facts import Question
from projections.measures.rollups import rollups
from projections.measures.thresholds import DEFAULT
from projections.review.gaps import absences_section, hidden_section, quiet_section
from projections.review.judged import (
    benefits_section,
    failures_section,
    findings_section,
    practice_section,
    principles_section,
)
from projections.review.kept import owed_section, review_findings_section, reviewers_section
from projections.review.narrative import Narrator, narrator
from projections.review.quotes import Quote, opening
from projections.telling import Section, Teller


@dataclass(frozen=True, slots=True)
class Review:
    """The review of one process at one instant. `sections` stand in the order in which they are read."""

    summary: tuple[Quote, ...]
    story: Narrator
    sections: tuple[Section, ...]


def review_of(
    history: History,
    views: Sequence[EntryView],
    title: str,
    at: datetime,
    calendar: Calendar,
    voice: Voice,
    *,
    most: int | None = None,
) -> Review:
    """Return the review; `views` are the entries that `history` was folded from, `at` is aware, in UTC.

    `most` is how many rows each table may have; None for all.
    """
    teller = Teller(history, voice, most=most)
    question = Question(history, at, calendar, DEFAULT)
    found = measure_all(question)
    totals = rollups(question, found)
    owed = obligations(history, at, calendar, DEFAULT)
    quiet = silences(history, owed, at, calendar, DEFAULT.silence_working_days)
    return Review(
        opening(teller, title, views, owed, found, totals.failures),
        narrator(history, views, voice),
        (
            absences_section(teller),
            quiet_section(teller, quiet),
            owed_section(teller, owed, at, calendar),
            findings_section(teller, found),
            failures_section(teller, totals.failures),
            practice_section(teller, totals.boxes),
            principles_section(teller, totals.principles),
            benefits_section(teller, totals.benefits),
            review_findings_section(teller),
            reviewers_section(teller),
            hidden_section(teller, views),
        ),
    )
