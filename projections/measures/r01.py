"""Recommendation 1: consult existing and potential providers before procurement, openly (`docs/measures/r01.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.actions import KINDS
from ledger.actions.advisory import MeetingNotesPublished
from ledger.actions.delivery import ServiceStarted
from ledger.actions.design import SpecificationPublished
from ledger.actions.engagement import MarketHealthAssessmentPublished
from ledger.actions.process import CommissioningProcessRegistered
from ledger.kinds import EntryIndex, stated
from ledger.process import History
from ledger.vocabulary import pointers
from ledger.when import Occurrence
from ledger.words import N_
from projections.measures.engagements import PROVIDERS, Engagement, engagements
from projections.measures.facts import Question, attested
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence
from projections.measures.judging import begun, found, is_before

VERSION: Final = 1
_TITLE: Final = N_("Consultation before procurement")
_CITING: Final = tuple(kind for kind in KINDS.values() if kind.pointing)
"""The kinds of entry that may point to another."""
_BEFORE_THE_TENDER: Final = frozenset({"needs", "design", "procurement"})


def measure(question: Question) -> Finding:
    """Return the finding: one part, `consulted`."""
    return found(question, 1, VERSION, _judge)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is on record about asking: the engagements, the launch, and whom there was to ask."""

    held: tuple[Engagement, ...]
    launched: Occurrence
    certain: frozenset[str]
    """Who is known to provide the service, or to be able to."""
    possible: frozenset[str]
    """The same, and whoever may: it is open whether a present provider exists."""

    @property
    def early(self) -> list[Engagement]:
        return [each for each in self.held if is_before(each.held, self.launched)]

    @property
    def perhaps_early(self) -> list[Engagement]:
        return [each for each in self.held if is_before(each.held, self.launched) is not False]

    @property
    def open_order(self) -> list[Engagement]:
        """Those on the plan or the tender of which the dates leave open whether they came before the launch."""
        early = self.early
        return [
            each
            for each in self.perhaps_early
            if each.asked(PROVIDERS) and each.stage in _BEFORE_THE_TENDER and each not in early
        ]


def _judge(question: Question) -> Part:
    history = question.history
    launch = begun(history)
    if launch is None:
        return _part("pending", sentence(N_("The tender has not begun, so there is still time to consult.")))
    if launch.when is None:
        why = sentence(N_("The day of the launch is not on record, so what came before it cannot be told."))
        return _part("not_evidenced", why, launch.evidence)
    present, says_so = _present_provider(history)
    asked = _Asked(
        engagements(history),
        launch.when,
        PROVIDERS if present else PROVIDERS - {"existing_provider"},
        PROVIDERS if present is not False else PROVIDERS - {"existing_provider"},
    )
    figures = _figures(history, asked) if question.with_figures else ()
    opened = _chosen([each for each in asked.early if _was_published(each, asked.launched)], asked.possible)
    if opened is not None:
        papers = [paper.index for each in opened for paper in each.papers if is_before(paper.occurred, asked.launched)]
        evidence = [*launch.evidence, *_indexes(opened), *papers, *(says_so if present is False else ())]
        why = sentence(N_("Providers were consulted before the launch, and what was heard was published before it."))
        return _part("met", why, evidence, figures)
    return _late(asked, launch.evidence, figures) or _vouched(history, asked, launch.evidence, figures)


def _late(asked: _Asked, evidence: Iterable[int], figures: tuple[Figure, ...]) -> Part | None:
    """Return a breach where the first consultation with providers certainly came after the launch."""
    late = [
        each
        for each in asked.held
        if each.asked(PROVIDERS) and each.stage in _BEFORE_THE_TENDER and is_before(each.held, asked.launched) is False
    ]
    if not late or any(each.asked(PROVIDERS) is not False for each in asked.perhaps_early):
        return None
    why = sentence(N_("The first consultation with providers on record came after the launch."))
    return _part("breached", why, [*evidence, *_indexes(late)], figures)


def _vouched(history: History, asked: _Asked, launch: Iterable[int], figures: tuple[Figure, ...]) -> Part:
    vouched = attested(history, ["design"])
    evidence = [*launch, *_indexes(asked.early), *_indexes(asked.open_order)]
    if vouched and not asked.certain <= _perhaps_reached(asked.perhaps_early):
        why = sentence(
            N_(
                "The record of the design stage is attested to be complete, and no consultation before the launch "
                "reached the providers that there were."
            )
        )
        return _part("breached", why, [*vouched, *evidence], figures)
    published = [each for each in asked.perhaps_early if _was_perhaps_published(history, each, asked.launched)]
    if vouched and not asked.certain <= _perhaps_reached(published):
        why = sentence(
            N_(
                "The record of the design stage is attested to be complete, and nothing was published before the "
                "launch of what providers had said."
            )
        )
        return _part("breached", why, [*vouched, *evidence], figures)
    return _part("not_evidenced", _what_is_lacking(asked), evidence, figures)


def _what_is_lacking(asked: _Asked) -> Sentence:
    reached = _reached(asked.early)
    if not reached & PROVIDERS and asked.open_order:
        return sentence(N_("Providers were consulted. The dates on record leave open whether before the launch."))
    if not reached & PROVIDERS:
        return sentence(N_("No consultation with providers before the launch is on record. It may have taken place."))
    if not asked.possible <= reached:
        return sentence(
            N_("Some providers were consulted before the launch. Whether the others were is not on record.")
        )
    return sentence(
        N_("Providers were consulted before the launch. It is not on record that what was heard was published by then.")
    )


def _part(result: Result, why: Sentence, evidence: Iterable[int] = (), figures: tuple[Figure, ...] = ()) -> Part:
    return Part("consulted", _TITLE, result, why, tuple(sorted(set(evidence))), figures=figures)


# --- who was asked ----------------------------------------------------------------------------------------------------


def _reached(held: Sequence[Engagement]) -> frozenset[str]:
    return frozenset(one for each in held for one in each.audience or ())


def _perhaps_reached(held: Sequence[Engagement]) -> frozenset[str]:
    return PROVIDERS if any(each.audience is None for each in held) else _reached(held)


def _chosen(held: Sequence[Engagement], wanted: frozenset[str]) -> list[Engagement] | None:
    """Return the fewest engagements that together reached all who were to be asked; None where they did not."""
    if not wanted <= _reached(held):
        return None
    alone = [each for each in held if wanted <= frozenset(each.audience or ())]
    return alone[:1] or [next(each for each in held if one in (each.audience or ())) for one in sorted(wanted)]


def _was_published(held: Engagement, launched: Occurrence) -> bool:
    return any(is_before(paper.occurred, launched) for paper in held.papers)


def _was_perhaps_published(history: History, held: Engagement, launched: Occurrence) -> bool:
    """Whether it may have been published in time: also by notes that do not say of which meeting they are."""
    vague = [
        entry
        for entry, notes in history.records(MeetingNotesPublished)
        if stated(notes.engagement_id) is None and (stated(notes.group_id) is None or stated(notes.meeting_no) is None)
    ]
    return any(is_before(paper.occurred, launched) is not False for paper in [*held.papers, *vague])


def _present_provider(history: History) -> tuple[bool | None, tuple[int, ...]]:
    """Return whether somebody provides the service already, as the record has it, and the entries that say so."""
    says: dict[bool | None, list[int]] = {True: [], False: [], None: []}
    for entry, opened in history.records(CommissioningProcessRegistered):
        if stated(opened.predecessor_process) is not None:
            says[True].append(entry.index)
    for entry, assessment in history.records(MarketHealthAssessmentPublished):
        incumbents = stated(assessment.incumbents)
        says[None if incumbents is None else bool(incumbents)].append(entry.index)
    for entry, published in history.records(SpecificationPublished):
        statement = stated(published.incumbent_statement)
        says[{"provided": True, "none": False}.get(statement or "")].append(entry.index)
    for entry, started in history.records(ServiceStarted):
        if stated(started.predecessor_ended_on) is not None:
            says[True].append(entry.index)
    if says[True]:
        return True, tuple(says[True])
    return (False, tuple(says[False])) if says[False] and not says[None] else (None, ())


# --- figures ----------------------------------------------------------------------------------------------------------


def _figures(history: History, asked: _Asked) -> tuple[Figure, ...]:
    with_providers = [each for each in asked.early if each.asked(PROVIDERS)]
    citing = _citing(history, asked, with_providers)
    changed = Figure(N_("Entries before the launch that point to what was heard"), citing)
    firsts = sorted((each.held for each in with_providers if each.held is not None), key=lambda held: held.start)
    if not firsts:
        return (changed,)
    least = (asked.launched.first_day - min(held.last_day for held in firsts)).days
    most = (asked.launched.last_day - firsts[0].first_day).days
    between = sentence(N_("between %(least)s and %(most)s"), least=least, most=most)
    lead = Figure(N_("Days from the first consultation to the launch"), least if least == most else between)
    return lead, changed


def _citing(history: History, asked: _Asked, held: Sequence[Engagement]) -> int:
    """Count the entries before the launch that point to what was heard, or to what was published of it."""
    heard = {each.entry.index for each in held} | {paper.index for each in held for paper in each.papers}
    chains = {index for one in heard for index in history.chain(one)}
    if not chains:
        return 0
    return sum(
        1
        for entry in history.standing(*_CITING)
        if entry.index not in heard
        and any(isinstance(kind, EntryIndex) and value in chains for _, kind, value in pointers(entry.action))
        and is_before(entry.occurred, asked.launched)
    )


def _indexes(held: Iterable[Engagement]) -> list[int]:
    return [each.entry.index for each in held]
