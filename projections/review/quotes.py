"""The opening of a review: sentences made of facts alone, each with its entries, which a report can quote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from ledger.actions.contract import ContractAwarded, ContractValueCorrected
from ledger.actions.process import CommissioningProcessClosed, CommissioningProcessRegistered
from ledger.actions.procurement import ProcurementLaunched
from ledger.codes import STANDINGS
from ledger.kinds import stated
from ledger.obligations import Obligation
from ledger.structs import Party
from ledger.vocabulary import say_struct
from ledger.when import Occurrence
from ledger.words import N_
from projections import present
from projections.entries import EntryView, not_shown
from projections.measures.facts import milestones
from projections.measures.failures import SEEN, Failure
from projections.measures.finding import RESULTS, Finding
from projections.review.kept import say_promises
from projections.telling import Teller

T = TypeVar("T")

MOST_EACH: Final = 5
"""At most so many sentences of one sort; the tables have them all."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence with the entries that it rests on; none where it counts over all of them."""

    text: str
    entries: tuple[int, ...] = ()


def opening(
    teller: Teller,
    title: str,
    views: Sequence[EntryView],
    owed: Sequence[Obligation],
    findings: Sequence[Finding],
    failures: Sequence[Failure],
) -> tuple[Quote, ...]:
    """Return the sentences, from the beginning of the process to what its record is worth."""
    return (
        *_opened(teller, title),
        *_tendered(teller),
        *_awarded(teller),
        *_closed(teller),
        *_owed(teller, owed),
        *_put_right(teller, views),
        *_found(teller, findings),
        *_failed(teller, failures),
        *_record(teller, views),
    )


def _opened(teller: Teller, title: str) -> Iterator[Quote]:
    for entry, registered in _some(teller.records(CommissioningProcessRegistered)):
        lead = stated(registered.lead_commissioner)
        bodies = (lead,) if lead is not None else stated(registered.responsible_bodies) or ()
        named_bodies = teller.voice.items([_body(each, teller) for each in bodies]) if bodies else None
        when = None if entry.occurred is None else _on(entry.occurred, teller)
        yield Quote(_opening(teller, title, when, named_bodies), (entry.index,))


def _opening(teller: Teller, title: str, when: str | None, bodies: str | None) -> str:
    if when is None and bodies is None:
        return teller.words(N_("“%(title)s” is a commissioning process on record."), title=title)
    if when is None:
        return teller.words(N_("“%(title)s” was commissioned by %(bodies)s."), title=title, bodies=bodies)
    if bodies is None:
        return teller.words(N_("“%(title)s” was opened %(when)s."), title=title, when=when)
    return teller.words(N_("“%(title)s” was opened by %(bodies)s %(when)s."), title=title, bodies=bodies, when=when)


def _body(party: Party, teller: Teller) -> str:
    return say_struct(party, teller.voice)


def _tendered(teller: Teller) -> Iterator[Quote]:
    for entry, _ in _some(teller.records(ProcurementLaunched)):
        if entry.occurred is not None:
            when = _on(entry.occurred, teller)
            yield Quote(teller.words(N_("The tender was launched %(when)s."), when=when), (entry.index,))
        else:
            yield Quote(teller.words(N_("The tender was launched on a day that is not stated.")), (entry.index,))
    deadline = milestones(teller.history).get("tender_deadline")
    if deadline is None:
        return
    day = teller.voice.day
    if deadline.first == deadline.current:
        text = teller.words(N_("Bids were due by %(day)s, as first planned."), day=day(deadline.current))
    else:
        template = N_("Bids were due by %(day)s; the first plan had said %(first)s.")
        text = teller.words(template, day=day(deadline.current), first=day(deadline.first))
    yield Quote(text, deadline.evidence)


def _awarded(teller: Teller) -> Iterator[Quote]:
    for entry, award in _some(teller.records(ContractAwarded)):
        supplier = teller.value(award, "supplier")
        if stated(award.supplier) is None:
            yield Quote(teller.words(N_("A contract was awarded; to whom is not stated.")), (entry.index,))
        else:
            yield Quote(teller.words(N_("A contract was awarded to %(supplier)s."), supplier=supplier), (entry.index,))


def _closed(teller: Teller) -> Iterator[Quote]:
    for entry, closed in _some(teller.records(CommissioningProcessClosed)):
        when, outcome = teller.value(closed, "closed_on"), teller.value(closed, "outcome")
        text = teller.words(N_("The process was closed: %(outcome)s, %(when)s."), outcome=outcome, when=when)
        yield Quote(text, (entry.index,))


def _owed(teller: Teller, owed: Sequence[Obligation]) -> Iterator[Quote]:
    questions = [each for each in owed if each.kind == "question"]
    due = [each for each in questions if each.state == "in_time" or each.lapsed]
    if due:
        late = [each for each in due if each.lapsed]
        template = N_("Of the answers to bidders that had fallen due, %(part)s of %(all)s came in time.")
        text = teller.words(template, part=len(due) - len(late), all=len(due))
        yield Quote(text, tuple(each.id for each in late))
    promises = say_promises(owed, teller.voice)
    if promises is not None:
        yield Quote(promises, tuple(each.id for each in owed if each.kind == "promise" and each.lapsed))


def _put_right(teller: Teller, views: Sequence[EntryView]) -> Iterator[Quote]:
    by_index = {view.entry.index: view for view in views}
    for entry, action in _some(teller.records(ContractValueCorrected)):
        view = by_index[entry.index]
        moved = [each for each in present.changes(view, teller.voice) if each.before is not None]
        when = teller.words(N_("on a day that is not stated"))
        if entry.occurred is not None:
            when = _on(entry.occurred, teller)
        for each in moved[:1]:
            template = N_("A value was put right %(when)s (%(of)s): it had been stated as %(before)s, and is %(now)s.")
            of = teller.pair(teller.value(action, "value_of"), teller.value(action, "target_id"))
            text = teller.words(template, when=when, of=of, before=each.before, now=each.now)
            yield Quote(text, (entry.index,))
        if not moved:
            yield Quote(teller.words(N_("A value was put right %(when)s."), when=when), (entry.index,))


def _found(teller: Teller, findings: Sequence[Finding]) -> Iterator[Quote]:
    found = Counter(each.result for each in findings)
    counted = [
        teller.pair(teller.words(label), teller.voice.number(found[code]))  # type: ignore[index]
        for code, label in RESULTS.labels.items()
        if found[code]  # type: ignore[index]
    ]
    template = N_("Of the fifteen recommendations: %(counts)s.")
    yield Quote(teller.words(template, counts="; ".join(counted)))
    reported = sum(each.reported for each in findings)
    if reported:
        template = N_("Of these results, %(number)s would not stand without what others reported or old papers tell.")
        yield Quote(teller.words(template, number=reported))


def _failed(teller: Teller, failures: Sequence[Failure]) -> Iterator[Quote]:
    for seen, label in SEEN.labels.items():
        here = [each for each in failures if each.seen == seen and not each.credit]
        if here and seen != "no":
            template = N_("Failures that the paper describes, and that are here %(seen)s: %(names)s.")
            names = "; ".join(teller.words(each.title) for each in here)
            evidence = {each.sightings[0].evidence[0] for each in here}
            text = teller.words(template, seen=teller.words(_HOW[label]), names=names)
            yield Quote(text, tuple(sorted(evidence)))


_HOW: Final = {
    SEEN.labels["shown"]: N_("shown by the record"),
    SEEN.labels["claimed"]: N_("claimed"),
    SEEN.labels["disputed"]: N_("claimed and disputed"),
}


def _record(teller: Teller, views: Sequence[EntryView]) -> Iterator[Quote]:
    standings = Counter(str(view.entry.statement.standing) for view in views)
    counted = [
        teller.pair(teller.words(label), teller.voice.number(standings[code]))
        for code, label in STANDINGS.labels.items()
        if standings[code]
    ]
    yield Quote(
        teller.words(
            N_("The record holds %(number)s entries. On whose word: %(counts)s."),
            number=teller.voice.number(len(views)),
            counts="; ".join(counted),
        )
    )
    corrections = sum(
        view.entry.corrects is not None or isinstance(view.entry.action, present.PUTS_RIGHT) for view in views
    )
    hidden = sum(not_shown(view.entry) for view in views)
    late = sum(
        view.entry.statement.standing in {"act", "report"} and present.days_late(view.entry) > present.LATE_AFTER_DAYS
        for view in views
    )
    yield Quote(
        teller.words(
            N_(
                "Corrections: %(corrections)s. Recorded more than %(days)s days late: %(late)s. "
                "Values not shown: %(hidden)s."
            ),
            corrections=teller.voice.number(corrections),
            days=present.LATE_AFTER_DAYS,
            late=teller.voice.number(late),
            hidden=teller.voice.number(hidden),
        )
    )


def _on(occurred: Occurrence, teller: Teller) -> str:
    """Say when something happened so that it ends a sentence: on a day, in a month or a year, some time between two."""
    when = teller.voice.occurrence(occurred)
    if "/" in occurred.text:
        return when
    of_a_day = len(occurred.text) >= len("2026-01-19")
    return teller.words(N_("on %(when)s") if of_a_day else N_("in %(when)s"), when=when)


def _some(found: Iterator[T]) -> Iterator[T]:
    for _, each in zip(range(MOST_EACH), found, strict=False):
        yield each
