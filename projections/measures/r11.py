"""Recommendation 11: information, support and guidance for those who specify (`docs/measures/r11.md`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.actions.design import SpecificationAuthorAssigned
from ledger.actions.process import BudgetPublished
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.words import N_
from projections.measures.facts import Question, possibly_last
from projections.measures.finding import Finding, Part, Result, Sentence, sentence
from projections.measures.issues import SPECIFICATION_FAULTS, accepted
from projections.measures.judging import begun, found, share
from projections.measures.specifications import Specification, specifications

VERSION: Final = 1
_TITLE: Final = N_("Support for those who specify")

Breach = tuple[Sentence, tuple[int, ...]]
"""Why it is one, and the entries that show it."""


def measure(question: Question) -> Finding:
    """Return the finding: one part, `support`."""
    return found(question, 11, VERSION, _judge)


def _judge(question: Question) -> Part:
    history = question.history
    launch = begun(history)
    settled = [*_faulty(history), *_of_authors(history, published=True)]
    open_until_launch = [*_of_authors(history, published=False), *_budget_held_back(history)]
    breaches = settled if launch is None else [*settled, *open_until_launch]
    if breaches:
        why, evidence = breaches[0]
        return _part(history, "breached", why, evidence)
    if launch is None:
        why = sentence(N_("The tender has not begun. Those who write specifications are to be supported by then."))
        return _part(history, "pending", why, ())
    known = specifications(history)
    if not known:
        why = sentence(N_("No specification and no author is on record. That is not proof that nobody was supported."))
        return _part(history, "not_evidenced", why, launch.evidence)
    failing = [each for each in known if not _passes(history, each)]
    if failing:
        why = sentence(
            N_(
                "For specification %(name)s, the record does not show an author with support, the budget and the "
                "governor's confirmation."
            ),
            name=failing[0].name,
        )
        return _part(history, "not_evidenced", why, _entries(failing[0]))
    why = sentence(N_("Every author on record had support and the budget, and was confirmed by the governor."))
    return _part(history, "met", why, (*launch.evidence, *(index for each in known for index in _entries(each))))


def _part(history: History, result: Result, why: Sentence, evidence: tuple[int, ...]) -> Part:
    known = specifications(history)
    passing = sum(_passes(history, each) for each in known)
    figures = (share(N_("Specifications whose author was supported and confirmed"), passing, len(known)),)
    return Part("support", _TITLE, result, why, tuple(sorted(set(evidence))), figures=figures)


def _entries(specification: Specification) -> tuple[int, ...]:
    return tuple(entry.index for entry, _ in (*specification.versions, *specification.authors))


def _passes(history: History, specification: Specification) -> bool:
    if _told(history, specification.lot) is False:
        return False
    return specification.is_certainly_by(lambda author: _knew_the_budget(author) and author.governor_confirmed is True)


def _knew_the_budget(author: SpecificationAuthorAssigned) -> bool:
    return "budget_info" in (stated(author.support_offered) or ())


def _had_no_support(author: SpecificationAuthorAssigned) -> bool:
    return stated(author.support_offered) == ()


def _was_not_told(author: SpecificationAuthorAssigned) -> bool:
    return stated(author.support_offered) is not None and not _knew_the_budget(author)


def _was_not_confirmed(author: SpecificationAuthorAssigned) -> bool:
    return author.governor_confirmed is False


# --- breaches ---------------------------------------------------------------------------------------------------------


def _faulty(history: History) -> Iterator[Breach]:
    for each in specifications(history):
        if each.blank:
            yield sentence(N_("Specification %(name)s was released blank."), name=each.name), each.blank
        for entry, _ in each.faults:
            why = sentence(N_("A fault in specification %(name)s was put right, and named as one."), name=each.name)
            yield why, (entry.index,)
    for issue in accepted(history, SPECIFICATION_FAULTS):
        yield sentence(N_("The body responsible accepted that a specification was faulty.")), issue.evidence
    for issue in accepted(history, ["budget_untold"]):
        yield sentence(N_("The body responsible accepted that authors were not told the budget.")), issue.evidence


_TOLD_OF_NO_SUPPORT: Final = N_("It is recorded that no support was offered to the author of specification %(name)s.")
_TOLD_OF_NO_BUDGET: Final = N_(
    "The support offered to the author of specification %(name)s did not include the budget."
)
_TOLD_OF_NO_CONFIRMATION: Final = N_(
    "It is recorded that the governor did not confirm the author of specification %(name)s."
)


def _of_authors(history: History, *, published: bool) -> Iterator[Breach]:
    for each in specifications(history):
        if each.is_published is not published:
            continue
        kinds = [
            (_TOLD_OF_NO_SUPPORT, _had_no_support),
            (_TOLD_OF_NO_BUDGET, _was_not_told),
            (_TOLD_OF_NO_CONFIRMATION, _was_not_confirmed),
        ]
        # A budget whose own entry says that authors were given it contradicts a list of support without it.
        for template, kind in kinds[2:] if _told(history, each.lot) is True else kinds:
            able = each.version_by(kind)
            if able:
                yield sentence(template, name=each.name), tuple(entry.index for entry, _ in able)


def _budget_held_back(history: History) -> Iterator[Breach]:
    """Yield the budgets recorded as not given to authors, unless the record of an author says otherwise."""
    for lot, published in _budgets(history).items():
        concerned = [each for each in specifications(history) if each.lot == lot or lot is None]
        denied = any(_knew_the_budget(author) for each in concerned for _, author in each.authors)
        if _all_say(published) is False and not denied:
            why = sentence(N_("It is recorded that the budget was not given to those who write specifications."))
            yield why, tuple(entry.index for entry, _ in published)


def _budgets(history: History) -> dict[str | None, list[tuple[Recorded, BudgetPublished]]]:
    """Return, for each lot and for the whole process, the entries of which any may be its newest budget."""
    found: dict[str | None, list[tuple[Recorded, BudgetPublished]]] = {}
    for entry, action in history.records(BudgetPublished):
        found.setdefault(stated(action.lot_id), []).append((entry, action))
    return {lot: possibly_last(published) for lot, published in found.items()}


def _all_say(published: list[tuple[Recorded, BudgetPublished]]) -> bool | None:
    """Whether authors were given a budget: yes or no where all that may be its newest entry say so."""
    said = {stated(budget.given_to_specification_authors) for _, budget in published}
    return said.pop() if len(said) == 1 else None


def _told(history: History, lot: str | None) -> bool | None:
    budgets = _budgets(history)
    return _all_say(budgets.get(lot, budgets.get(None, [])))
