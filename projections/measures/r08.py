"""Recommendation 8: find out which financial barriers keep providers away, and lower them (`docs/measures/r08.md`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from ledger.actions.design import Barrier, BiddingRequirementsPublished
from ledger.actions.process import value_on_record
from ledger.kinds import Maybe, Money, Undisclosed, stated
from ledger.process import History, Recorded
from ledger.structs import Reason
from ledger.when import Occurrence
from ledger.words import N_
from projections.measures.barriers import due
from projections.measures.engagements import Engagement, engagements
from projections.measures.facts import Question, attested
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence, worst
from projections.measures.issues import Issue, issues
from projections.measures.judging import begun, found_in_parts, is_before

VERSION: Final = 1
_CONSULTED: Final = N_("Possible providers consulted on financial barriers")
_BARRIERS: Final = N_("Financial barriers removed or reduced")
_POTENTIAL: Final = frozenset({"potential_provider"})
_STAGES: Final = ("needs", "design")

_Published = Sequence[tuple[Recorded, BiddingRequirementsPublished]]


def measure(question: Question) -> Finding:
    """Return the finding: the parts `consulted` and `barriers`."""
    return found_in_parts(question, 8, VERSION, _judge, "issue_answer_working_days", "turnover_ratio")


def _judge(question: Question) -> tuple[Part, ...]:
    history = question.history
    published = list(history.records(BiddingRequirementsPublished))
    has_begun = begun(history) is not None
    return _consulted(history, published, has_begun=has_begun), _lowered(question, published, has_begun=has_begun)


def _nothing_yet(code: str, title: str, *, has_begun: bool) -> Part:
    if has_begun:
        why = sentence(N_("No requirements for bidders are on record. That is not proof that there were none."))
        return Part(code, title, "not_evidenced", why)
    why = sentence(N_("The tender has not begun. What bidders must show can still change."))
    return Part(code, title, "pending", why)


# --- asking -----------------------------------------------------------------------------------------------------------


def _consulted(history: History, published: _Published, *, has_begun: bool) -> Part:
    if not published:
        return _nothing_yet("consulted", _CONSULTED, has_begun=has_begun)
    evidence = tuple(entry.index for entry, _ in published)
    held = engagements(history)
    vouched = attested(history, _STAGES)
    if vouched and not any(_perhaps(each, published) for each in held):
        why = sentence(
            N_(
                "The record of needs and design is attested to be complete, and possible providers were not consulted "
                "on financial barriers before the requirements were published."
            )
        )
        return Part("consulted", _CONSULTED, "breached", why, tuple(sorted({*vouched, *evidence})))
    if not has_begun:
        return _nothing_yet("consulted", _CONSULTED, has_begun=False)
    good = [
        each.entry.index
        for each in held
        if _was_asked(each) and all(is_before(each.held, entry.occurred) for entry, _ in published)
    ]
    if good:
        why = sentence(N_("Possible providers were consulted on financial barriers before the requirements came out."))
        return Part("consulted", _CONSULTED, "met", why, tuple(sorted({good[0], *evidence})))
    why = sentence(
        N_(
            "No consultation with possible providers on financial barriers, before the requirements came out, is on "
            "record. There may have been one."
        )
    )
    return Part("consulted", _CONSULTED, "not_evidenced", why, evidence)


def _was_asked(held: Engagement) -> bool | None:
    """Whether possible providers were asked about this: yes, no, or None where it is not on record."""
    answers = {held.was_on("financial_barriers"), held.asked(_POTENTIAL)}
    return False if False in answers else None if None in answers else True


def _perhaps(held: Engagement, published: _Published) -> bool:
    """Whether possible providers may have been asked about this before some requirements came out."""
    return _was_asked(held) is not False and any(
        is_before(held.held, entry.occurred) is not False for entry, _ in published
    )


# --- lowering ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Dealt:
    """One barrier, and how it was dealt with."""

    result: Result
    evidence: tuple[int, ...]
    changes_at: datetime | None = None


def _lowered(question: Question, published: _Published, *, has_begun: bool) -> Part:
    if not published:
        return _nothing_yet("barriers", _BARRIERS, has_begun=has_begun)
    dealt = [*_listed(published), *_reported(question, published)]
    figures = tuple(_figures(question, published))
    entries = tuple(entry.index for entry, _ in published)
    result = worst(each.result for each in dealt) if dealt else "met"
    if not has_begun and result not in {"breached", "breached_explained"}:
        return _nothing_yet("barriers", _BARRIERS, has_begun=False)
    deciding = [each for each in dealt if each.result == result]
    evidence = tuple(sorted({*entries, *(index for each in deciding for index in each.evidence)}))
    changes_at = min((each.changes_at for each in dealt if each.changes_at is not None), default=None)
    why = _why(result, len(deciding), len(dealt))
    return Part("barriers", _BARRIERS, result, why, evidence, figures=figures, changes_at=changes_at)


_WHY: Final[dict[Result, str]] = {
    "met": N_("Financial barriers removed or reduced: %(count)s of %(all)s."),
    "breached": N_("Financial barriers left without a reason or an answer: %(count)s of %(all)s."),
    "breached_explained": N_("Financial barriers kept, with a reason: %(count)s of %(all)s."),
    "pending": N_("Financial barriers to which the answer is not due yet: %(count)s of %(all)s."),
    "not_evidenced": N_(
        "Financial barriers of which the record leaves open what became of them: %(count)s of %(all)s."
    ),
}


def _why(result: Result, count: int, every: int) -> Sentence:
    if every == 0:
        return sentence(N_("The requirements say that no financial barrier was raised."))
    return sentence(_WHY[result], count=count, all=every)


def _listed(published: _Published) -> Iterator[_Dealt]:
    """Yield the barriers that the requirements list; a list that is not stated may hold any."""
    for entry, action in published:
        barriers = stated(action.barriers)
        if barriers is None:
            yield _Dealt("not_evidenced", (entry.index,))
        for barrier in barriers or ():
            yield _Dealt(_outcome(barrier), (entry.index,))


def _outcome(barrier: Barrier) -> Result:
    outcome = stated(barrier.outcome)
    if outcome in {"removed", "reduced"}:
        return "met"
    return _kept(barrier.reason) if outcome == "kept" else "not_evidenced"


def _kept(reason: Maybe[Reason]) -> Result:
    """Return what a barrier that stayed comes to, by its reason; a reason that is not shown was committed."""
    if isinstance(reason, Undisclosed):
        return "breached_explained"
    known = stated(reason)
    if known is None:
        return "not_evidenced"
    return "breached" if known.state == "not_given" else "breached_explained"


def _reported(question: Question, published: _Published) -> Iterator[_Dealt]:
    """Yield the barriers that were raised as issues."""
    dates = [when for entry, _ in published if (when := entry.occurred) is not None]
    first = min(dates, key=lambda when: when.start) if len(dates) == len(published) else None
    for issue in issues(question.history):
        if issue.type == "financial_barrier":
            yield from _dealt(question, issue, first)


def _dealt(question: Question, issue: Issue, published: Occurrence | None) -> Iterator[_Dealt]:
    evidence = (*issue.evidence, *((issue.resolved[0].index,) if issue.resolved is not None else ()))
    if issue.outcome == "withdrawn":
        return
    if issue.outcome in {"fixed", "mitigated"}:
        yield _Dealt("met", evidence)
    elif issue.outcome == "not_fixed":
        comes_to = {_kept(answer.reason) for _, answer in issue.standing_answers}
        yield _Dealt(comes_to.pop() if len(comes_to) == 1 else "not_evidenced", evidence)
    elif issue.resolved is not None:
        yield _Dealt("not_evidenced", evidence)
    else:
        yield _unresolved(question, issue, published)


def _unresolved(question: Question, issue: Issue, published: Occurrence | None) -> _Dealt:
    clock = due(question, issue, published)
    if clock.raised_before and clock.is_over and clock.answered_before is False and clock.answered_in_time is False:
        return _Dealt("breached", issue.evidence)
    if not clock.is_answered and clock.last is not None and not clock.is_over:
        return _Dealt("pending", issue.evidence, clock.ends)
    return _Dealt("not_evidenced", issue.evidence)


# --- figures ----------------------------------------------------------------------------------------------------------


def _figures(question: Question, published: _Published) -> Iterator[Figure]:
    most = question.thresholds.turnover_ratio
    for _, action in published:
        lot = stated(action.lot_id)
        value = value_on_record(question.history, "lot_estimate", lot)
        turnover, reserves = _ratio(action.min_turnover, value), _ratio(action.min_reserves, value)
        if turnover is not None:
            marked = N_("%(lot)s: %(times)s times the yearly value, which is more than %(most)s times")
            plain = N_("%(lot)s: %(times)s times the yearly value")
            template = marked if turnover > most else plain
            told = sentence(template, lot=_name(lot), times=round(turnover, 1), most=most)
            yield Figure(N_("Turnover asked for"), told)
        if reserves is not None:
            told = sentence(N_("%(lot)s: %(times)s times the yearly value"), lot=_name(lot), times=round(reserves, 1))
            yield Figure(N_("Reserves asked for"), told)
        if (days := stated(action.arrears_days)) is not None:
            yield Figure(N_("Days that payment comes in arrears"), days)
        if (paid_by_results := stated(action.pbr_share)) is not None:
            yield Figure(N_("Share paid by results, in per cent"), Decimal(paid_by_results))


def _name(lot: str | None) -> object:
    return sentence(N_("all lots")) if lot is None else lot


def _ratio(asked: Maybe[Money] | None, value: Money | None) -> Decimal | None:
    """Return how many times the yearly value is asked for, where both are known in one currency."""
    amount = stated(asked)
    if amount is None or value is None or amount.currency != value.currency or value.value == 0:
        return None
    return amount.value / value.value
