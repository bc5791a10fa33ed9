"""Recommendation 12: specifications written by staff with experience of the work (`docs/measures/r12.md`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.actions.design import SpecificationAuthorAssigned
from ledger.kinds import stated
from ledger.process import History
from ledger.words import N_
from projections.measures.facts import Question
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence
from projections.measures.issues import SPECIFICATION_FAULTS, accepted
from projections.measures.judging import begun, found, is_committed, share
from projections.measures.specifications import Specification, specifications

VERSION: Final = 1
_TITLE: Final = N_("Experience of those who specify")

_Breach = tuple[Sentence, tuple[int, ...]]


def measure(question: Question) -> Finding:
    """Return the finding: one part, `experience`."""
    return found(question, 12, VERSION, _judge)


def _judge(question: Question) -> Part:
    history = question.history
    launch = begun(history)
    settled = [*_blank(history), *_inexperienced(history, published=True)]
    breaches = settled if launch is None else [*settled, *_inexperienced(history, published=False)]
    if breaches:
        why, evidence = breaches[0]
        return _part(history, "breached", why, evidence)
    if launch is None:
        why = sentence(N_("The tender has not begun. Specifications are to be written by staff who know the work."))
        return _part(history, "pending", why, ())
    known = specifications(history)
    if not known:
        why = sentence(
            N_("No specification and no author is on record. That is not proof that the authors knew too little.")
        )
        return _part(history, "not_evidenced", why, launch.evidence)
    unsure = [each for each in known if not is_experienced(each)]
    if unsure:
        why = sentence(
            N_(
                "For specification %(name)s, the record does not show an author who works in the service, "
                "or a co-author with experience."
            ),
            name=unsure[0].name,
        )
        return _part(history, "not_evidenced", why, _entries(unsure[0]))
    unsupported = [each for each in known if not each.is_certainly_by(_has_support)]
    if unsupported:
        why = sentence(
            N_("For specification %(name)s, the record does not show that support was open to its author."),
            name=unsupported[0].name,
        )
        return _part(history, "not_evidenced", why, _entries(unsupported[0]))
    why = sentence(
        N_("Every author on record knows the work or had a co-author who does, and support was open to each.")
    )
    return _part(history, "met", why, (*launch.evidence, *(index for each in known for index in _entries(each))))


def is_experienced(specification: Specification) -> bool:
    """Whether everybody who wrote it works in the service, or had a co-author whose experience was stated."""
    return specification.is_certainly_by(_knows_the_work)


def _knows_the_work(author: SpecificationAuthorAssigned) -> bool:
    return author.works_in_service is True or is_committed(author.co_author_experience)


def _has_support(author: SpecificationAuthorAssigned) -> bool:
    return bool(stated(author.support_offered))


def _is_inexperienced(author: SpecificationAuthorAssigned) -> bool:
    """Whether the author is recorded as outside the service and without experience, with nobody at their side."""
    alone = author.co_author_role is None and author.co_author_experience is None
    return author.works_in_service is False and stated(author.years_experience) == 0 and alone


def _part(history: History, result: Result, why: Sentence, evidence: tuple[int, ...]) -> Part:
    known = specifications(history)
    published = [each for each in known if each.is_published]
    figures = (
        share(N_("Specifications by somebody who knows the work"), sum(map(is_experienced, known)), len(known)),
        share(N_("Specifications released blank"), sum(bool(each.blank) for each in published), len(published)),
        Figure(
            N_("Issues about specifications that were accepted"), len(list(accepted(history, SPECIFICATION_FAULTS)))
        ),
        Figure(N_("Specifications published"), len(published)),
    )
    return Part("experience", _TITLE, result, why, tuple(sorted(set(evidence))), figures=figures)


def _entries(specification: Specification) -> tuple[int, ...]:
    return tuple(entry.index for entry, _ in (*specification.versions, *specification.authors))


def _blank(history: History) -> Iterator[_Breach]:
    for each in specifications(history):
        if each.blank:
            yield sentence(N_("Specification %(name)s was released blank."), name=each.name), each.blank
    for issue in accepted(history, ["spec_blank"]):
        yield sentence(N_("The body responsible accepted that a specification was blank.")), issue.evidence


def _inexperienced(history: History, *, published: bool) -> Iterator[_Breach]:
    for each in specifications(history):
        able = each.version_by(_is_inexperienced)
        if able and each.is_published is published:
            why = sentence(
                N_(
                    "The author of specification %(name)s (%(role)s) is recorded as neither working in the service "
                    "nor experienced in the work, with no co-author."
                ),
                name=each.name,
                role=stated(able[-1][1].author_role) or sentence(N_("role not stated")),
            )
            yield why, tuple(entry.index for entry, _ in able)
