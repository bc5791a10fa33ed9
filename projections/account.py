"""A process as a whole: a summary in sentences, its dates, and a table for each thing a reader looks for.

Derived from the entries that stand, as anyone may see them, at a moment that is given. Nothing is judged: what is met
or breached has its own place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.actions.advisory import AdvisoryGroupConvened, AdvisoryGroupMeetingHeld, AdvisoryGroupStatusChanged
from ledger.actions.contract import ContractAwarded
from ledger.actions.issues import IssueReported, IssueResolved
from ledger.actions.process import CommissioningProcessClosed, CommissioningProcessRegistered
from ledger.actions.procurement import (
    BidsClosed,
    ClarificationAnswered,
    ClarificationQuestionReceived,
    ProcurementLaunched,
)
from ledger.actions.timeline import current_dates
from ledger.kinds import stated
from ledger.process import History
from ledger.streams import Stream
from ledger.vocabulary import Action
from ledger.voice import Voice
from ledger.when import LONDON
from ledger.words import N_
from projections.attention import attention
from projections.clocks import Clocks
from projections.entries import EntryView
from projections.present import PUTS_RIGHT
from projections.review.kept import say_promises
from projections.sections import misfits, sections
from projections.telling import Line, Section, Teller
from projections.timetable import first_dates, in_days, key_dates, next_date

ROWS: Final = 100
"""Rows of each table on the page of a process. The story, page by page, has everything."""


@dataclass(frozen=True, slots=True)
class Account:
    """A process or group as a whole. `dates` is None for a group; it comes before the story, `sections` after it.

    `deadline` is the one sentence of the summary that the eye must catch. `attention` is what to look at first.
    """

    summary: tuple[str, ...]
    deadline: str | None
    attention: tuple[Line, ...]
    dates: Section | None
    sections: tuple[Section, ...]


def history_of(stream: Stream, views: Iterable[EntryView]) -> History:
    """Fold the entries of a stream, and those which concern it, as they are shown."""
    history = History(stream)
    for view in views:
        history.add(view.entry)
    return history


def account_of(
    history: History, views: Sequence[EntryView], voice: Voice, ran: Clocks, *, past: bool = False
) -> Account:
    """Return what can be said of a stream; `views` are the entries that `history` was folded from.

    `ran` are its clocks at the moment it is for; `past` says that this is not the present.
    """
    teller = Teller(history, voice, most=ROWS)
    if history.stream.kind != "process":
        return Account(tuple(_summary_of_group(teller)), None, (), None, (misfits(views, voice, ROWS),))
    today = ran.at.astimezone(LONDON).date()
    return Account(
        summary=(*_summary(teller), *_summary_of_clocks(teller, ran)),
        deadline=_deadline(teller, today),
        attention=attention(teller, ran),
        dates=key_dates(teller, today, past=past),
        sections=(*sections(teller, ran), misfits(views, voice, ROWS)),
    )


def lasting(history: History, voice: Voice) -> tuple[Section, ...]:
    """Return the tables of a process without anything that the passing of time alone changes."""
    teller = Teller(history, voice)
    return (key_dates(teller, None), *sections(teller, None))


def _deadline(teller: Teller, today: date) -> str | None:
    ahead = None if teller.history.has(CommissioningProcessClosed) else next_date(teller, today)
    if ahead is None:
        return None
    label, day = ahead
    template = N_("Next: %(step)s, %(day)s. %(left)s.")
    return teller.words(template, step=label, day=teller.voice.day(day), left=in_days(day, today, teller))


def _summary_of_clocks(teller: Teller, ran: Clocks) -> Iterator[str]:
    waiting, overdue = ran.open("question"), ran.overdue()
    promises = say_promises(ran.owed, teller.voice)
    if promises is not None:
        yield promises
    if waiting:
        yield teller.words(N_("Questions open: %(number)s."), number=len(waiting))
    if overdue:
        yield teller.words(N_("Overdue now, with answers and visits: %(number)s."), number=len(overdue))


def _summary(teller: Teller) -> Iterator[str]:
    """Yield sentences, each a label with its values so that it translates."""
    for registered in teller.actions(CommissioningProcessRegistered):
        yield from _dated(teller, N_("Opened %(when)s."), registered)
    yield from _summary_of_tender(teller)
    yield from _summary_of_dates(teller)
    yield from _summary_of_exchanges(teller)
    yield from _summary_of_corrections(teller)
    for closed in teller.actions(CommissioningProcessClosed):
        when, outcome = teller.value(closed, "closed_on"), teller.value(closed, "outcome")
        yield teller.words(N_("Closed %(when)s: %(outcome)s."), when=when, outcome=outcome)


def _dated(teller: Teller, template: str, action: Action) -> Iterator[str]:
    """Yield a sentence on when something happened, where that is stated."""
    occurred = stated(action.occurred)
    if occurred is not None:
        yield teller.words(template, when=teller.voice.occurrence(occurred))


def _summary_of_tender(teller: Teller) -> Iterator[str]:
    for launched in teller.actions(ProcurementLaunched):
        yield from _dated(teller, N_("Tender launched %(when)s."), launched)
    closes = current_dates(teller.history).get("tender_deadline")
    if closes is not None:
        planned, day = first_dates(teller).get("tender_deadline", closes), teller.voice.day
        if planned == closes:
            yield teller.words(N_("Deadline for bids %(day)s."), day=day(closes))
        else:
            template = N_("Deadline for bids %(day)s, first planned for %(first)s.")
            yield teller.words(template, day=day(closes), first=day(planned))
    for closed in teller.actions(BidsClosed):
        yield from _dated(teller, N_("Bidding closed %(when)s."), closed)
    awards = [award for award in teller.actions(ContractAwarded) if stated(award.supplier) is not None]
    suppliers = dict.fromkeys(teller.value(award, "supplier") for award in awards)
    if suppliers:
        yield teller.words(N_("Awarded to %(suppliers)s."), suppliers=teller.voice.items(list(suppliers)))


def _summary_of_dates(teller: Teller) -> Iterator[str]:
    first, current = first_dates(teller), current_dates(teller.history)
    if first:
        moved = sum(1 for code, day in first.items() if current.get(code) != day)
        template = N_("Dates moved from the first timetable: %(moved)s of %(all)s.")
        yield teller.words(template, moved=moved, all=len(first))


def _summary_of_exchanges(teller: Teller) -> Iterator[str]:
    answered = {each.question_id for each in teller.actions(ClarificationAnswered)}
    fixed = {each.issue_id for each in teller.actions(IssueResolved) if each.outcome == "fixed"}
    counted: list[tuple[str, list[bool]]] = [
        (
            N_("Questions answered: %(part)s of %(all)s."),
            [each.question_id in answered for each in teller.actions(ClarificationQuestionReceived)],
        ),
        (
            N_("Issues put right: %(part)s of %(all)s."),
            [each.issue_id in fixed for each in teller.actions(IssueReported)],
        ),
    ]
    for template, outcomes in counted:
        if outcomes:
            yield teller.words(template, part=sum(outcomes), all=len(outcomes))


def _summary_of_corrections(teller: Teller) -> Iterator[str]:
    entries = list(teller.history.entries())
    corrections = sum(1 for each in entries if each.corrects is not None or isinstance(each.action, PUTS_RIGHT))
    if corrections:
        yield teller.words(N_("Corrections: %(number)s."), number=corrections)


def _summary_of_group(teller: Teller) -> Iterator[str]:
    for convened in teller.actions(AdvisoryGroupConvened):
        yield from _dated(teller, N_("Convened %(when)s."), convened)
        if stated(convened.purpose) is not None:
            yield teller.value(convened, "purpose")
    meetings = list(teller.actions(AdvisoryGroupMeetingHeld))
    if meetings:
        yield teller.words(N_("Entries on meetings: %(number)s."), number=len(meetings))
    for changed in teller.actions(AdvisoryGroupStatusChanged):
        yield teller.words(
            N_("%(status)s %(when)s."),
            status=teller.value(changed, "status"),
            when=teller.value(changed, "effective_on"),
        )
    yield from _summary_of_corrections(teller)
