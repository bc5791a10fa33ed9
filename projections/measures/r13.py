"""Recommendation 13: one continuous contact who deals with prisons (`docs/measures/r13.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Final, cast

from ledger.actions.contract import ContractDetailsPublished
from ledger.actions.procurement import SiteVisitOutcomeRecorded, SiteVisitRequested
from ledger.actions.timeline import MilestoneReached, TimelinePublished, current_dates
from ledger.kinds import stated
from ledger.obligations import Obligation
from ledger.process import History, Recorded
from ledger.structs import Reason
from ledger.words import N_
from projections.measures.contacts import Days, Spell, length, next_bound, overlap, spells, uncovered
from projections.measures.facts import Question, attested, owed
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence
from projections.measures.issues import accepted
from projections.measures.judging import begun, found_in_parts, not_launched, share, start_of

VERSION: Final = 1
_CONTINUITY: Final = N_("One liaison with prisons on every day")
_REACH: Final = N_("Contacts in prisons could be reached")
_VISITS: Final = N_("Visits to prisons in time")
_FAILURES: Final = ("contact_unreachable", "visit_not_arranged")


def measure(question: Question) -> Finding:
    """Return the finding: the part `continuity`, and `reach` and `visits` where there is something to judge."""
    return found_in_parts(question, 13, VERSION, _judge)


def _judge(question: Question) -> tuple[Part, ...]:
    parts = (_continuity(question), *_reach(question.history), *_visits(question))
    return parts if begun(question.history) is not None else tuple(not_launched(part) for part in parts)


# --- one on every day -------------------------------------------------------------------------------------------------


def _continuity(question: Question) -> Part:
    found = spells(question.history, "prison_liaison")
    evidence = {index for each in found for index in each.evidence}
    if not found:
        return _part("not_evidenced", sentence(N_("No liaison with prisons is on record.")))
    window = _days_to_cover(question)
    if window is None:
        why = sentence(N_("No published timetable with a day is on record, so there is no day to count from."))
        return _part("not_evidenced", why, evidence)
    certain, possible, is_open, ends = window
    part = _one_each_day(certain, possible, found, {*evidence, *ends})
    part = replace(part, figures=(*part.figures, Figure(N_("Changes of hands"), _handovers(found))))
    bound = next_bound(found, question.today) if is_open and part.result != "breached" else None
    return replace(part, changes_at=None if bound is None else start_of(bound))


def _part(result: Result, why: Sentence, evidence: Iterable[int] = (), figures: Sequence[Figure] = ()) -> Part:
    return Part("continuity", _CONTINUITY, result, why, tuple(sorted(set(evidence))), figures=tuple(figures))


def _one_each_day(certain: Days | None, possible: Days, found: Sequence[Spell], evidence: Iterable[int]) -> Part:
    """Judge days: breached where one had certainly none or two, met where each certainly had exactly one."""
    missed = [] if certain is None else uncovered(certain, (each.possible for each in found))
    figures = [Figure(N_("Days without a liaison"), length(missed))]
    if missed:
        why = sentence(
            N_("No liaison with prisons was available on %(days)s of %(all)s days, first on %(day)s."),
            days=length(missed),
            all=length([possible if certain is None else certain]),
            day=missed[0][0],
        )
        return _part("breached", why, evidence, figures)
    rivals = [] if certain is None else _rivals([(each, each.certain) for each in found], certain)
    if rivals:
        why = sentence(N_("Two liaisons with prisons were there at once, first on %(day)s."), day=min(rivals)[0])
        return _part("breached", why, evidence, figures)
    covered = not uncovered(possible, (each.certain for each in found if each.certain is not None))
    if covered and not _rivals([(each, each.possible) for each in found], possible):
        why = sentence(
            N_("Exactly one liaison with prisons was available on each day from %(first)s to %(last)s."),
            first=possible[0],
            last=possible[1],
        )
        return _part("met", why, evidence, figures)
    why = sentence(N_("The record leaves open whether exactly one liaison with prisons was there on each day."))
    return _part("not_evidenced", why, evidence, figures)


def _rivals(found: Sequence[tuple[Spell, Days | None]], window: Days) -> list[Days]:
    """Return the days in a window that two contacts share, neither of them declared replaced or withdrawn."""
    shared = [
        overlap(days, others)
        for (one, days), (other, others) in combinations(found, 2)
        if one.contact != other.contact and not (one.is_replaced or other.is_replaced)
        if days is not None and others is not None
    ]
    inside = [overlap(days, window) for days in shared if days is not None]
    return [days for days in inside if days is not None]


def _handovers(found: Sequence[Spell]) -> int:
    return max(0, len(found) - 1)


def _days_to_cover(question: Question) -> tuple[Days | None, Days, bool, set[int]] | None:
    """Return the days that a liaison is needed on: those that certainly are, and those that may be.

    With them, whether the end is still open, and the entries that say so. None where no timetable has a day.
    """
    published = [entry for entry, _ in question.history.records(TimelinePublished) if entry.occurred is not None]
    if not published or published[0].occurred is None:
        return None
    begins, today = published[0].occurred, question.today
    starts = _start_of_contract(question.history)
    evidence = {published[0].index}
    if starts is None:
        certain, possible, is_open = (begins.last_day, today), (begins.first_day, today), True
    else:
        entry, (first, last) = starts
        evidence |= set() if entry is None else {entry.index}
        certain = (begins.last_day, min(_before(first), today))
        possible = (begins.first_day, min(_before(last), today))
        is_open = last > today
    possible = (possible[0], max(possible))
    return (certain if certain[0] <= certain[1] else None), possible, is_open, evidence


def _before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _start_of_contract(history: History) -> tuple[Recorded | None, Days] | None:
    """Return between which days the contract started, by what says so best: the step, the contract, the timetable."""
    for entry, reached in history.records(MilestoneReached):
        if reached.milestone_code == "contract_start" and entry.occurred is not None:
            return entry, (entry.occurred.first_day, entry.occurred.last_day)
    launch = begun(history)
    for entry, contract in history.records(ContractDetailsPublished):
        period, signed = stated(contract.period), stated(contract.signed_on)
        first = None if period is None else stated(period.first)
        earlier = signed is not None and launch is not None and launch.when is not None and signed.before(launch.when)
        if first is not None and not earlier:
            return entry, (first, first)
    planned = current_dates(history).get("contract_start")
    return None if planned is None else (None, (planned, planned))


# --- reached, and visited ---------------------------------------------------------------------------------------------


def _reach(history: History) -> tuple[Part, ...]:
    failures = list(accepted(history, _FAILURES))
    if not failures:
        return ()
    why = sentence(
        N_("The body responsible accepted that contacts or visits failed. Times it did so: %(number)s."),
        number=len(failures),
    )
    evidence = tuple(sorted({index for each in failures for index in each.evidence}))
    return (Part("reach", _REACH, "breached", why, evidence),)


def _visits(question: Question) -> tuple[Part, ...]:
    if not any(question.history.actions(SiteVisitRequested)):
        return ()
    asked = [each for each in owed(question, "visit") if each.state != "withdrawn" and not _was_cancelled(each)]
    if not asked:
        return ()
    vouched = attested(question.history, ["procurement"])
    judged = [(each, _visit(each, vouched)) for each in asked]
    result = next(
        (each for each in ("breached", "not_evidenced", "pending") if any(was == each for _, was in judged)), "met"
    )
    deciding = [each for each, was in judged if was == result]
    evidence = {index for each in deciding for index in each.evidence}
    if result == "breached" and not any(each.state == "late" or _is_refused(each) for each in deciding):
        evidence |= set(vouched)
    why = sentence(_WHY[cast("Result", result)], number=len(deciding), all=len(asked))
    held = sum(was == "met" for _, was in judged)
    running = [each.changes_at for each in asked if each.changes_at is not None]
    return (
        Part(
            "visits",
            _VISITS,
            cast("Result", result),
            why,
            tuple(sorted(evidence)),
            figures=(share(N_("Visits held in time"), held, len(asked)),),
            changes_at=None if result == "breached" else min(running, default=None),
        ),
    )


_WHY: Final[dict[Result, str]] = {
    "breached": N_(
        "%(number)s of %(all)s visits that were asked for came late, or not at all, or were refused unexplained."
    ),
    "not_evidenced": N_(
        "For %(number)s of %(all)s visits that were asked for it is not on record that they were in time."
    ),
    "pending": N_("%(number)s of %(all)s visits that were asked for are still to come."),
    "met": N_("Each visit that was asked for was held in time, %(number)s of %(all)s."),
}


def _was_cancelled(asked: Obligation) -> bool:
    return asked.ending is not None and asked.ending.outcome == "cancelled"


def _is_refused(asked: Obligation) -> bool:
    return asked.ending is not None and asked.ending.outcome == "refused"


def _visit(asked: Obligation, vouched: tuple[int, ...]) -> Result:
    if asked.ending is None:
        if asked.state in {"overdue", "unknown"}:
            return "breached" if vouched else "not_evidenced"
        return "pending" if asked.due is not None else "not_evidenced"
    if asked.ending.outcome == "refused":
        return _refusal(cast("SiteVisitOutcomeRecorded", asked.ending.entry.action))
    if asked.ending.outcome not in {"held", "no_reply"}:
        return "not_evidenced"
    return "met" if asked.state == "in_time" else "breached" if asked.state == "late" else "not_evidenced"


def _refusal(outcome: SiteVisitOutcomeRecorded) -> Result:
    """Return what a refusal is: a reason, given or withheld, is no breach; nor is one that nobody stated."""
    reason = stated(outcome.reason)
    return "breached" if isinstance(reason, Reason) and reason.state == "not_given" else "not_evidenced"
