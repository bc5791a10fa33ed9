"""Recommendation 10: know the cost of good practice before setting the budget (`docs/measures/r10.md`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ledger.actions.process import BudgetPublished
from ledger.kinds import Money, stated
from ledger.process import History
from ledger.structs import Cost
from ledger.words import N_
from projections.measures.engagements import Engagement, engagements
from projections.measures.facts import STATING_VALUES, Question, attested, possibly_last
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence
from projections.measures.judging import begun, found, is_before, is_committed, share, without
from projections.measures.specifications import Specification, Version, specifications

VERSION: Final = 1
_TITLE: Final = N_("Costs of good practice")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the must-haves of a specification cost against the budget for them: `cost` and `budget` where alike.

    `fits` is None where the record does not say.
    """

    specification: str
    fits: bool | None
    cost: Money | None
    budget: Money | None
    evidence: tuple[int, ...]


def measure(question: Question) -> Finding:
    """Return the finding: one part, `costs`."""
    return found(question, 10, VERSION, _judge)


def _judge(question: Question) -> Part:
    history = question.history
    launch = begun(history)
    asked = [each for each in engagements(history) if _is_on_costs(each) and _came_before_budgets(history, each)]
    vouched = _vouched(history)
    if vouched and (launch is not None or any(history.actions(BudgetPublished))):
        why = sentence(
            N_(
                "No entry shows that potential providers were asked about costs before the budget, "
                "and the body responsible vouches that its record of both stages is complete."
            )
        )
        return _part(history, "breached", why, vouched)
    if launch is None:
        why = sentence(
            N_("The tender has not begun. What good practice costs is to be asked before the budget is set.")
        )
        return _part(history, "pending", why, tuple(each.entry.index for each in asked))
    dear = [each for each in comparisons(history) if each.fits is False]
    if dear:
        return _part(history, "breached", _why_dear(dear[0]), (*dear[0].evidence, *launch.evidence))
    if asked:
        budgets = tuple(entry.index for entry, _ in history.records(BudgetPublished))
        why = sentence(
            N_("Potential providers were asked about costs (%(when)s) before the first budget was published."),
            when=asked[0].held,
        )
        return _part(history, "met", why, (asked[0].entry.index, *budgets, *launch.evidence))
    return _part(history, "not_evidenced", _why_open(history), launch.evidence)


def _vouched(history: History) -> tuple[int, ...]:
    """Return the attestations that let nothing be, or may have been, a question about costs before the budget."""
    vouched = attested(history, ["needs", "design"])
    return () if any(_may_have_been(history, each) for each in engagements(history)) else vouched


def _part(history: History, result: Result, why: Sentence, evidence: tuple[int, ...]) -> Part:
    return Part("costs", _TITLE, result, why, tuple(sorted(set(evidence))), figures=_figures(history))


def _figures(history: History) -> tuple[Figure, ...]:
    compared = [each for each in comparisons(history) if each.fits is not None]
    figures = [
        share(N_("Specifications that fit the budget"), sum(each.fits is True for each in compared), len(compared)),
    ]
    if any(budget.unalterably_restricted is True for budget in history.actions(BudgetPublished)):
        newest = [each.newest[-1][1] for each in specifications(history) if each.versions]
        tiered = [each for each in newest if _has_some(each.must_haves) and _has_some(each.ideal)]
        figures.append(
            share(N_("Specifications with must-haves and ideal, the budget being fixed"), len(tiered), len(newest))
        )
    return tuple(figures)


def _has_some(items: object) -> bool:
    return is_committed(items) and items != ()


# --- was it asked -----------------------------------------------------------------------------------------------------


def _is_on_costs(engagement: Engagement) -> bool | None:
    asked, on_costs = engagement.asked(["potential_provider"]), engagement.was_on("costs")
    if asked is False or on_costs is False:
        return False
    return True if asked and on_costs else None


def _came_before_budgets(history: History, engagement: Engagement) -> bool | None:
    """Whether it was over before the first budget. No budget on record leaves that open."""
    order = [is_before(engagement.held, entry.occurred) for entry, _ in history.records(BudgetPublished)]
    if False in order:
        return False
    return None if not order or None in order else True


def _may_have_been(history: History, engagement: Engagement) -> bool:
    return _is_on_costs(engagement) is not False and _came_before_budgets(history, engagement) is not False


def _why_open(history: History) -> Sentence:
    on_costs = [each for each in engagements(history) if _is_on_costs(each)]
    if not on_costs:
        return sentence(
            N_("No entry shows that potential providers were asked about costs. That is not proof that nobody asked.")
        )
    if not any(history.actions(BudgetPublished)):
        return sentence(N_("Potential providers were asked about costs, but no budget is on record."))
    if all(_came_before_budgets(history, each) is False for each in on_costs):
        return sentence(N_("On record, potential providers were asked about costs only after a budget was published."))
    return sentence(N_("Potential providers were asked about costs. Whether that was before the first budget is open."))


# --- is it affordable -------------------------------------------------------------------------------------------------


def comparisons(history: History) -> list[Comparison]:
    """Return, for each published specification, whether it fits the budget on the commissioner's own figures."""
    own = without(history, {"report"})
    known = [each for each in specifications(own) if each.versions]
    budgets = {lot: _budget(own, lot) for lot in {each.lot for each in known}}
    return [_compare(each, budgets[each.lot]) for each in known]


@dataclass(frozen=True, slots=True)
class _Budget:
    """The entries of which any may be the newest budget, and the amounts of which any may stand, with their entries."""

    published: tuple[BudgetPublished, ...]
    amounts: tuple[tuple[Money, int], ...]


def _compare(specification: Specification, budget: _Budget) -> Comparison:
    """Compare every version that may be the newest with every budget that may stand; only what all say is said."""
    compared = [_compare_version(specification.name, version, budget) for version in specification.newest]
    fits = {each.fits for each in compared}
    return compared[-1] if len(fits) == 1 else replace(compared[-1], fits=None)


def _compare_version(name: str, version: Version, budget: _Budget) -> Comparison:
    entry, newest = version
    cost = stated(newest.cost_of_must_haves)
    amount = None if cost is None else stated(cost.amount)
    if cost is None or amount is None or not _are_alike(cost, amount, budget):
        fits = {"yes": True, "no": False}.get(stated(newest.within_budget) or "")
        return Comparison(name, fits, None, None, (entry.index,))
    said = {amount.value <= other.value for other, _ in budget.amounts}
    evidence = tuple(sorted({entry.index, *(index for _, index in budget.amounts)}))
    return Comparison(name, said.pop() if len(said) == 1 else None, amount, budget.amounts[-1][0], evidence)


def _are_alike(cost: Cost, amount: Money, budget: _Budget) -> bool:
    """Whether a cost and the budgets that may stand are in one currency, with or without VAT alike, for one period."""
    return (
        bool(budget.published and budget.amounts)
        and {other.currency for other, _ in budget.amounts} == {amount.currency}
        and {stated(each.vat) for each in budget.published} == {stated(cost.vat)} != {None}
        and {_words(each.period) for each in budget.published} == {_words(cost.period)} != {None}
    )


def _budget(own: History, lot: str | None) -> _Budget:
    """Return the budget of a lot, else of the whole process, as it stands, put right where it was."""
    everything = list(own.records(BudgetPublished))
    of_lot = [each for each in everything if lot is not None and stated(each[1].lot_id) == lot]
    published = possibly_last(of_lot or [each for each in everything if stated(each[1].lot_id) is None])
    key = ("budget", stated(published[-1][1].lot_id) if published else None)
    told = [
        (entry, entry.action)
        for entry in own.standing(*STATING_VALUES)
        if any((of, which) == key for of, which, _ in entry.action.values())
    ]
    amounts = [
        (amount, entry.index)
        for entry, action in possibly_last(told)
        for of, which, amount in action.values()
        if (of, which) == key
    ]
    return _Budget(tuple(action for _, action in published), tuple(amounts))


def _words(period: object) -> str | None:
    return " ".join(period.lower().split()) if isinstance(period, str) else None


def _why_dear(dear: Comparison) -> Sentence:
    if dear.cost is None:
        return sentence(
            N_("Specification %(name)s is stated not to fit the budget, on the commissioner's own figures."),
            name=dear.specification,
        )
    return sentence(
        N_("What specification %(name)s must have costs %(cost)s; the budget is %(budget)s."),
        name=dear.specification,
        cost=dear.cost,
        budget=dear.budget,
    )
