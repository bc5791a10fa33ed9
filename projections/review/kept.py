"""What was promised and asked, and what came of it; and what reviewers asked for, with the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from ledger.actions.delivery import PostProcessReviewPublished, ReviewRecommendationAnswered
from ledger.clock import Calendar
from ledger.kinds import stated
from ledger.obligations import STATES, Due, Obligation, State, obligations, working_days_left
from ledger.process import History, Recorded
from ledger.sentences import say_sentence
from ledger.streams import Stream
from ledger.vocabulary import say_struct
from ledger.voice import Voice
from ledger.words import N_
from projections.measures.thresholds import DEFAULT
from projections.organisations import slug_of
from projections.promised import what_is_owed
from projections.statistics.mine import Waiting
from projections.telling import Line, Row, Section, Teller

_WORST_FIRST: Final[tuple[State, ...]] = (
    "overdue",
    "late",
    "open",
    "unknown",
    "in_time",
    "discharged",
    "superseded",
    "withdrawn",
)


def owed_section(teller: Teller, owed: Sequence[Obligation], at: datetime, calendar: Calendar) -> Section:
    """Return everything that somebody promised or was asked for: what is overdue first, what came to nothing last."""
    rows = (
        (
            (Line(what_is_owed(each.title, each.opened, teller.voice), each.opened.index),),
            (Line(_party(each, teller)),),
            (Line(_due(each, teller)),),
            tuple(_state(each, at, calendar, teller)),
        )
        for each in sorted(owed, key=lambda each: (_WORST_FIRST.index(each.state), each.id))
    )
    return teller.section(
        "promises",
        N_("Promises and answers: kept, broken, open"),
        (N_("What is owed"), N_("By whom"), N_("Due"), N_("What came of it")),
        rows,
        N_("No promise and no question is on record, so there is nothing to keep or to break."),
    )


def owed_now(
    waiting: Sequence[Waiting], titles: Mapping[Stream, str], at: datetime, calendar: Calendar, voice: Voice
) -> Section:
    """Return what one body owes in several streams, as a table: who owes it goes without saying."""
    return Section(
        "promises",
        "",
        tuple(voice.words(each) for each in (N_("What is owed"), N_("About"), N_("Due"), N_("What came of it"))),
        tuple(
            (
                (Line(say_sentence(each.title, voice), each.id),),
                (Line(titles[each.stream]),),
                (Line(voice.words(N_("no date")) if each.due is None else voice.day(each.due)),),
                (Line(voice.words(STATES.labels[each.state])), *_time_left(each.due, at, calendar, voice)),
            )
            for each in waiting
        ),
        "",
    )


def _time_left(due: date | None, at: datetime, calendar: Calendar, voice: Voice) -> Iterator[Line]:
    if due is not None:
        left = working_days_left(Due(due, due, (), calendar.version), at, calendar)
        template = N_("Working days left: %(number)s") if left >= 0 else N_("Working days overdue: %(number)s")
        yield Line(voice.words(template, number=voice.number(abs(left))))


def _party(each: Obligation, teller: Teller) -> str:
    return teller.words(N_("not stated")) if each.owed_by is None else say_struct(each.owed_by, teller.voice)


def _due(each: Obligation, teller: Teller) -> str:
    return teller.words(N_("no date")) if each.due is None else teller.voice.day(each.due.last)


def _state(each: Obligation, at: datetime, calendar: Calendar, teller: Teller) -> Iterator[Line]:
    ended = None if each.ending is None else each.ending.entry.index
    yield Line(teller.words(STATES.labels[each.state]), ended)
    if each.due is not None and each.state in {"open", "overdue"}:
        yield from _time_left(each.due.last, at, calendar, teller.voice)


def owed_by(history: History, slug: str, at: datetime, calendar: Calendar) -> list[Obligation]:
    """Return what a body owed or owes in the history's own stream, by the word in the body's address."""
    return [
        each
        for each in obligations(history, at, calendar, DEFAULT)
        if each.opened.stream == history.stream and each.owed_by is not None and slug_of(each.owed_by) == slug
    ]


def say_states(owed: Sequence[Obligation], voice: Voice) -> str:
    """Say how many there are of each state: "Overdue: 2; Late: 1; In time: 14"."""
    return say_counts(Counter(each.state for each in owed), voice)


def say_counts(found: Mapping[State, int], voice: Voice) -> str:
    """Say numbers of states, as above."""
    return "; ".join(
        voice.words(N_("%(label)s: %(text)s"), label=voice.words(STATES.labels[state]), text=voice.number(found[state]))
        for state in _WORST_FIRST
        if found.get(state)
    )


def say_promises(owed: Sequence[Obligation], voice: Voice) -> str | None:
    """Say how many promises there are, and what came of them; None where there is none."""
    promises = [each for each in owed if each.kind == "promise"]
    if not promises:
        return None
    template = N_(
        "Promises, counting those made in answers to issues and to a review's recommendations: %(number)s. "
        "What came of them: %(states)s."
    )
    return voice.words(template, number=voice.number(len(promises)), states=say_states(promises, voice))


# --- what reviewers asked for -----------------------------------------------------------------------------------------


def reviewers_section(teller: Teller) -> Section:
    """Return what each published review recommends, of whom, and the answers."""
    return teller.section(
        "reviewers",
        N_("What reviewers recommended, and the answers"),
        (N_("Recommendation"), N_("Of whom"), N_("Answer")),
        _recommended(teller),
        N_("No published review with recommendations is on record."),
    )


def _recommended(teller: Teller) -> Iterator[Row]:
    for entry, review in teller.records(PostProcessReviewPublished):
        for each in stated(review.recommendations) or ():
            yield (
                (Line(teller.value(each, "text"), entry.index),),
                (Line(teller.value(each, "addressee")),),
                tuple(_answers(teller, entry, stated(review.review_id), stated(each.id))),
            )


def _answers(teller: Teller, review: Recorded, review_id: str | None, wanted: str | None) -> Iterator[Line]:
    found = False
    for entry, answer in teller.records(ReviewRecommendationAnswered):
        of_this = stated(answer.review_id) == review_id and entry.stream == review.stream
        if of_this and wanted is not None and stated(answer.recommendation_id) == wanted:
            found = True
            yield Line(teller.pair(teller.value(answer, "response"), teller.value(answer, "answered_on")), entry.index)
    if not found:
        yield Line(teller.words(N_("No answer is on record.")))


def review_findings_section(teller: Teller) -> Section:
    """Return what published reviews found, with the entries that they name."""
    return teller.section(
        "reviewed",
        N_("What reviewers found"),
        (N_("Finding"), N_("Recommendation of the paper"), N_("Cause"), N_("Entries")),
        _found(teller),
        N_("No finding of a published review is on record."),
    )


def _found(teller: Teller) -> Iterator[Row]:
    for entry, review in teller.records(PostProcessReviewPublished):
        for each in stated(review.findings) or ():
            yield (
                (Line(teller.value(each, "text"), entry.index),),
                () if each.recommendation is None else (Line(teller.value(each, "recommendation")),),
                () if each.cause_code is None else (Line(teller.value(each, "cause_code")),),
                tuple(
                    Line(teller.words(N_("Entry %(number)s"), number=index), index)
                    for index in stated(each.entries) or ()
                ),
            )
