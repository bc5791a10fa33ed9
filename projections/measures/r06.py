"""Recommendation 6: know the make-up and health of the sector before commissioning (`docs/measures/r06.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.actions.design import LotStructurePublished
from ledger.actions.engagement import MarketHealthAssessmentPublished
from ledger.actions.process import CommissioningProcessRegistered
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.when import Occurrence
from ledger.words import N_
from projections.measures.engagements import engagements, is_cited
from projections.measures.facts import Question, attested
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence
from projections.measures.judging import begun, found, is_before, is_committed, share
from projections.measures.lots import every_lot, lots

VERSION: Final = 1
_TITLE: Final = N_("Market assessed before commissioning")
_STAGES: Final = ("needs", "design")


def measure(question: Question) -> Finding:
    """Return the finding: one part, `assessed`."""
    return found(question, 6, VERSION, _judge)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What is let on its own, and the places whose names, all of them, stand for it."""

    lot: str | None
    places: tuple[frozenset[str], ...]
    is_known: bool
    """Whether its area is on record, so that an assessment which names none of it certainly is not about it."""


@dataclass(frozen=True, slots=True)
class _Assessment:
    """One assessment: the places and lots it names (None: not on record), when it came, whether it says enough."""

    entry: Recorded
    places: frozenset[str] | None
    lots: tuple[str, ...] | None
    before_lots: bool | None
    before_launch: bool | None
    says_enough: bool

    def covers(self, ground: _Ground) -> bool | None:
        """Whether it is about that ground: yes, no, or None where the record leaves it open."""
        if ground.lot is not None and ground.lot in (self.lots or ()):
            return True
        if self.places is not None and any(places and places <= self.places for places in ground.places):
            return True
        return False if ground.is_known and self.places is not None and self.lots is not None else None

    @property
    def in_time(self) -> bool | None:
        """Whether it came before the lots and before the launch."""
        answers = {self.before_lots, self.before_launch}
        return False if False in answers else None if None in answers else True


def _judge(question: Question) -> Part:
    history = question.history
    launch, published = begun(history), list(history.records(LotStructurePublished))
    grounds = _grounds(history)
    assessments = _assessments(history, published, None if launch is None else launch.when, begun=launch is not None)
    base = [*(entry.index for entry, _ in published), *(launch.evidence if launch is not None else ())]
    done = [_assessed(ground, assessments) for ground in grounds]
    figures = (share(N_("Lots assessed before"), sum(each is not None for each in done), len(grounds)),)
    vouched = attested(history, _STAGES) if published else ()
    lacking = [ground for ground in grounds if not _may_be_assessed(ground, assessments)]
    if vouched and lacking:
        why = sentence(
            N_(
                "The record of needs and design is attested to be complete. Lots that it shows without a market "
                "assessment before the lots were published: %(lacking)s of %(all)s."
            ),
            all=len(grounds),
            lacking=len(lacking),
        )
        return _part("breached", why, [*vouched, *base], figures)
    if launch is None:
        return _part("pending", sentence(N_("The tender has not begun. An assessment can still be made.")), base)
    late = [ground for ground in grounds if _is_late(ground, assessments)]
    if late:
        why = sentence(
            N_("Lots without a market assessment until the tender had begun: %(late)s of %(all)s."),
            all=len(grounds),
            late=len(late),
        )
        evidence = [each.entry.index for each in assessments if any(each.covers(ground) for ground in late)]
        return _part("breached", why, [*base, *evidence], figures)
    if not grounds:
        why = sentence(
            N_("The record does not name the lots, so whether the sector was known before them cannot be told.")
        )
        return _part("not_evidenced", why, base, figures)
    if all(each is not None for each in done):
        why = sentence(N_("The market was assessed for every lot before the lots were published and the tender began."))
        evidence = [each.entry.index for each in done if each is not None]
        return _part("met", why, [*base, *evidence], figures)
    why = sentence(
        N_(
            "Lots of which it is on record that the market was assessed before, with sizes and resources of "
            "providers and after asking them: %(done)s of %(all)s."
        ),
        done=sum(each is not None for each in done),
        all=len(grounds),
    )
    return _part("not_evidenced", why, [*base, *(each.entry.index for each in assessments)], figures)


def _part(result: Result, why: Sentence, evidence: Iterable[int], figures: tuple[Figure, ...] = ()) -> Part:
    return Part("assessed", _TITLE, result, why, tuple(sorted(set(evidence))), figures=figures)


def _assessed(ground: _Ground, assessments: Sequence[_Assessment]) -> _Assessment | None:
    return next((each for each in assessments if each.covers(ground) and each.in_time and each.says_enough), None)


def _may_be_assessed(ground: _Ground, assessments: Sequence[_Assessment]) -> bool:
    return any(each.covers(ground) is not False and each.in_time is not False for each in assessments)


def _is_late(ground: _Ground, assessments: Sequence[_Assessment]) -> bool:
    """Whether the ground was certainly covered, and certainly only when the tender had begun."""
    about = [each for each in assessments if each.covers(ground) is not False]
    return any(each.covers(ground) for each in about) and all(each.before_launch is False for each in about)


# --- what is on record ------------------------------------------------------------------------------------------------


def _grounds(history: History) -> list[_Ground]:
    """Return the lots that stand; work that is not divided is one, with the places of the registration."""
    standing = [
        _Ground(each.lot, (_folded([each.area] if each.area else []), _folded(each.prisons)), each.area is not None)
        for each in lots(history).values()
    ]
    undivided = [action for action in history.actions(LotStructurePublished) if stated(action.lots) == ()]
    if standing or every_lot(history) or not undivided:
        return standing
    for opened in history.actions(CommissioningProcessRegistered):
        regions, prisons = stated(opened.regions), stated(opened.prisons)
        places = (_folded(regions or ()), _folded(prisons or ()))
        return [_Ground(None, places, regions is not None and prisons is not None and any(places))]
    return []


def _assessments(
    history: History,
    published: Sequence[tuple[Recorded, LotStructurePublished]],
    launched: Occurrence | None,
    *,
    begun: bool,
) -> list[_Assessment]:
    held = engagements(history)
    found = []
    for entry, action in history.records(MarketHealthAssessmentPublished):
        areas, covered = stated(action.areas), stated(action.lots_covered)
        before = {is_before(entry.occurred, lots_entry.occurred) for lots_entry, _ in published}
        sizes = is_committed(action.providers_by_size) and stated(action.providers_by_size) != ()
        asked = any(is_cited(history, action.consultation_entries, each) for each in held)
        found.append(
            _Assessment(
                entry,
                None if areas is None else _folded(areas),
                covered,
                False if False in before else None if None in before else True,
                is_before(entry.occurred, launched) if begun else True,
                sizes and is_committed(action.resources_summary) and asked,
            )
        )
    return found


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.strip().casefold() for name in names)
