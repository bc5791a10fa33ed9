"""Recommendation 7: design the process so that every capable provider can take part (`docs/measures/r07.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledger.actions.design import LotStructurePublished, LotStructureRevised
from ledger.actions.engagement import MarketHealthAssessmentPublished
from ledger.actions.procurement import BidsClosed
from ledger.actions.timeline import TimelineChanged, TimelinePublished
from ledger.kinds import Maybe, NotStated, Undisclosed, stated
from ledger.process import History
from ledger.structs import Reason
from ledger.words import N_
from projections.measures.barriers import Due, due
from projections.measures.facts import Question
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence, worst
from projections.measures.issues import Issue, issues
from projections.measures.judging import Begun, begun, found_in_parts, share, yes_no

VERSION: Final = 1
_DESIGN: Final = N_("Lots designed from the market assessment")
_ISSUES: Final = N_("Barriers answered before the launch")
_RECUT: Final = N_("Lots cut anew with a reason")
_ACCESS: Final = frozenset({"lot_barrier", "requirement_barrier", "unclear_timeline"})


def measure(question: Question) -> Finding:
    """Return the finding: the part `design`; `issues` and `recut` where there are any."""
    return found_in_parts(question, 7, VERSION, _judge, "issue_answer_working_days")


def _judge(question: Question) -> tuple[Part, ...]:
    history = question.history
    launch = begun(history)
    judged = [] if launch is None else list(_judged(question, launch))
    parts = [_design(history, launch, _figures(history, judged))]
    if launch is not None and judged:
        parts.append(_answered(judged, launch))
    if any(True for _ in history.records(LotStructureRevised)):
        parts.append(_recut(history, launch))
    return tuple(parts)


def _pending() -> Sentence:
    return sentence(N_("The tender has not begun. The design can still change."))


# --- the design -------------------------------------------------------------------------------------------------------


def _design(history: History, launch: Begun | None, figures: tuple[Figure, ...]) -> Part:
    published = list(history.records(LotStructurePublished))
    evidence = tuple(entry.index for entry, _ in published)
    if launch is None:
        return Part("design", _DESIGN, "pending", _pending(), evidence, figures=figures)
    if not published:
        why = sentence(N_("No lots are on record, so what they were designed from is not either."))
        return Part("design", _DESIGN, "not_evidenced", why, launch.evidence, figures=figures)
    named = {stated(action.market_assessment_id) for _, action in published}
    assessments = {
        stated(action.assessment_id): entry.index for entry, action in history.records(MarketHealthAssessmentPublished)
    }
    if None not in named and named <= assessments.keys():
        why = sentence(N_("The lots were designed from a market assessment that is on record."))
        rests_on = (*evidence, *(assessments[name] for name in named))
        return Part("design", _DESIGN, "met", why, tuple(sorted(rests_on)), figures=figures)
    why = sentence(N_("The lots do not point to a market assessment that is on record. There may have been one."))
    return Part("design", _DESIGN, "not_evidenced", why, evidence, figures=figures)


# --- issues of access -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Judged:
    """One issue of access that may have been raised before the launch, and how it stands."""

    issue: Issue
    result: Result
    changes_at: datetime | None = None


def _judged(question: Question, launch: Begun) -> Iterator[_Judged]:
    for issue in issues(question.history):
        clock = due(question, issue, launch.when)
        if _is_of_access(question.history, issue) and clock.raised_before is not False:
            result = _result(clock)
            yield _Judged(issue, result, clock.ends if result == "pending" else None)


def _is_of_access(history: History, issue: Issue) -> bool:
    if issue.outcome == "withdrawn":
        return False
    about = stated(issue.reported.about_entry)
    entry = None if about is None else history.at(about)
    timetable = entry is not None and isinstance(entry.action, TimelinePublished | TimelineChanged)
    return issue.type in _ACCESS or timetable


def _result(clock: Due) -> Result:
    if clock.answered_before:
        return "met"
    if clock.raised_before is None:
        return "not_evidenced"
    if clock.fell_due_before:
        return "breached" if clock.answered_before is False else "not_evidenced"
    if clock.fell_due_before is False and clock.answered_in_time:
        return "met"
    return (
        "pending" if clock.fell_due_before is False and not clock.is_answered and not clock.is_over else "not_evidenced"
    )


_WHY: Final[dict[Result, str]] = {
    "met": N_("Barriers to taking part that were raised and answered in time: %(count)s of %(all)s."),
    "breached": N_(
        "Barriers to taking part without an answer at the launch, although it was due: %(count)s of %(all)s."
    ),
    "pending": N_(
        "Barriers raised shortly before the launch, to which the answer is not due yet: %(count)s of %(all)s."
    ),
    "not_evidenced": N_(
        "Barriers of which the record leaves open whether the answer was in time: %(count)s of %(all)s."
    ),
}


def _answered(judged: list[_Judged], launch: Begun) -> Part:
    result = worst(each.result for each in judged)
    deciding = [each for each in judged if each.result == result]
    why = sentence(_WHY[result], count=len(deciding), all=len(judged))
    evidence = {index for each in deciding for index in each.issue.evidence} | set(launch.evidence)
    changes_at = min((each.changes_at for each in judged if each.changes_at is not None), default=None)
    return Part("issues", _ISSUES, result, why, tuple(sorted(evidence)), changes_at=changes_at)


# --- lots cut anew ----------------------------------------------------------------------------------------------------


def _recut(history: History, launch: Begun | None) -> Part:
    revised = [(entry.index, action.reason) for entry, action in history.records(LotStructureRevised)]
    bare = [index for index, reason in revised if _is_given(reason) is False]
    if bare:
        why = sentence(
            N_("Times that lots were cut anew without a reason: %(count)s of %(all)s."),
            all=len(revised),
            count=len(bare),
        )
        return Part("recut", _RECUT, "breached", why, tuple(bare))
    every = tuple(index for index, _ in revised)
    if launch is None:
        return Part("recut", _RECUT, "pending", _pending(), every)
    if any(_is_given(reason) is None for _, reason in revised):
        why = sentence(N_("Lots were cut anew, and the record does not say whether a reason was given."))
        return Part("recut", _RECUT, "not_evidenced", why, every)
    return Part("recut", _RECUT, "met", sentence(N_("Lots were cut anew, each time with a reason.")), every)


# --- figures ----------------------------------------------------------------------------------------------------------


def _figures(history: History, judged: list[_Judged]) -> tuple[Figure, ...]:
    good = sum(each.result == "met" for each in judged)
    return (share(N_("Barriers answered in time"), good, len(judged)), *_grants(history), *_bids(history))


def _grants(history: History) -> Iterable[Figure]:
    for action in history.actions(LotStructurePublished):
        yield Figure(N_("Grants were considered"), yes_no(stated(action.grants_considered)))
        yield Figure(N_("A reason for that was given"), yes_no(_is_given(action.grant_decision_reason)))


def _is_given(reason: Maybe[Reason]) -> bool | None:
    """Whether there is a reason, shown or not: yes, no, or None where the record does not say."""
    if isinstance(reason, NotStated):
        return None
    return isinstance(reason, Undisclosed) or reason.state != "not_given"


def _bids(history: History) -> Iterable[Figure]:
    for action in history.actions(BidsClosed):
        counts = [(stated(each.lot_id), stated(each.bids)) for each in stated(action.bids_by_lot) or ()]
        known = [(lot, bids) for lot, bids in counts if lot is not None and bids is not None]
        for lot, bids in known:
            yield Figure(N_("Bids"), sentence(N_("%(lot)s: %(bids)s"), lot=lot, bids=bids))
        yield share(N_("Lots with one bid or none"), sum(bids <= 1 for _, bids in known), len(known))
        total = sum(bids for _, bids in known)
        for label, count in (
            (N_("Bids from voluntary or social enterprise"), stated(action.from_vcse)),
            (N_("Bids from small organisations"), stated(action.from_small)),
        ):
            if count is not None:
                yield share(label, count, total)
