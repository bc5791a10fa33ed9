"""What is not there: kinds of entry the paper would expect, long silences, and values that are not shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.actions.advisory import AdvisoryGroupMeetingHeld
from ledger.actions.commitments import CommitmentMade
from ledger.actions.contract import ContractDetailsPublished
from ledger.actions.delivery import PerformanceReported, PostProcessReviewPublished, ServiceStarted
from ledger.actions.design import (
    BiddingRequirementsPublished,
    EqualityImpactAssessmentPublished,
    LotStructurePublished,
    SpecificationAuthorAssigned,
    SpecificationPublished,
)
from ledger.actions.engagement import (
    ConsultationHeld,
    MarketHealthAssessmentPublished,
    ServiceUsersInvolved,
)
from ledger.actions.ledger import CoverageAttested, LedgerEntryRedacted
from ledger.actions.process import BudgetPublished, NeedsAssessmentPublished, OutcomesFrameworkPublished
from ledger.actions.procurement import (
    ContactPointNamed,
    ProcurementLaunched,
    ProcurementTeamResourced,
)
from ledger.actions.timeline import TimelinePublished
from ledger.codes import BASES
from ledger.kinds import UNDISCLOSED_WORDS, State, Undisclosed, stated
from ledger.obligations import Silence
from ledger.process import History
from ledger.structs import Reason
from ledger.unseen import kept_fields
from ledger.vocabulary import STAGES, Action, fields_of
from ledger.words import N_
from projections import present
from projections.entries import EntryView, undisclosed_paths
from projections.telling import Line, Row, Section, Teller


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the paper leads a reader to look for, any of these kinds, from a stage on; and what to say without it."""

    stage: str
    kinds: tuple[type[Action], ...]
    says: str
    recommendations: tuple[int, ...]


_EXPECTED: Final = (
    _Expected("design", (NeedsAssessmentPublished,), N_("No assessment of needs is on record."), (15,)),
    _Expected(
        "procurement",
        (ConsultationHeld, AdvisoryGroupMeetingHeld),
        N_("No consultation and no meeting with providers is on record."),
        (1, 5),
    ),
    _Expected("procurement", (ServiceUsersInvolved,), N_("No involvement of service users is on record."), (5, 15)),
    _Expected(
        "procurement", (MarketHealthAssessmentPublished,), N_("No assessment of the market is on record."), (6, 7)
    ),
    _Expected(
        "procurement", (OutcomesFrameworkPublished,), N_("No statement of the outcomes wanted is on record."), ()
    ),
    _Expected("procurement", (BudgetPublished,), N_("No budget is on record."), (10, 11)),
    _Expected("procurement", (LotStructurePublished,), N_("No division into lots is on record."), (7,)),
    _Expected(
        "procurement", (EqualityImpactAssessmentPublished,), N_("No equality impact assessment is on record."), (9,)
    ),
    _Expected("procurement", (TimelinePublished,), N_("No timetable is on record."), (2, 3)),
    _Expected("procurement", (ProcurementLaunched,), N_("No launch of a tender is on record."), ()),
    _Expected("procurement", (SpecificationPublished,), N_("No specification is on record."), (11, 12)),
    _Expected(
        "procurement", (SpecificationAuthorAssigned,), N_("No author of a specification is on record."), (11, 12)
    ),
    _Expected("procurement", (BiddingRequirementsPublished,), N_("No requirements for bidders are on record."), (8,)),
    _Expected("procurement", (ContactPointNamed,), N_("No contact for bidders or prisons is on record."), (4, 13)),
    _Expected("procurement", (CommitmentMade,), N_("No promise to bidders is on record."), (4,)),
    _Expected(
        "procurement",
        (ProcurementTeamResourced,),
        N_("No statement of the procurement team's capacity is on record."),
        (14,),
    ),
    _Expected("mobilisation", (ContractDetailsPublished,), N_("No published contract is on record."), ()),
    _Expected("delivery", (ServiceStarted,), N_("No start of the service is on record."), ()),
    _Expected("delivery", (PerformanceReported,), N_("No report on how the service performs is on record."), ()),
    _Expected("delivery", (PostProcessReviewPublished,), N_("No review of the process is on record."), ()),
    _Expected(
        "procurement",
        (CoverageAttested,),
        N_("Nobody has attested that the record of any stage is complete."),
        (),
    ),
)


def absences_section(teller: Teller) -> Section:
    """Return what the paper would lead a reader to look for and the record does not hold, by the stages reached."""
    reached = stage_reached(teller.history)
    rows = (
        (
            (Line(teller.words(each.says)), *_fairly(each, teller)),
            _numbers(each, teller),
        )
        for each in _EXPECTED
        if _PLACE[each.stage] <= reached and not any(True for kind in each.kinds for _ in teller.actions(kind))
    )
    return teller.section(
        "silences",
        N_("What is not on record"),
        (N_("What is missing"), N_("Recommendations it bears on")),
        rows,
        N_("Nothing that the paper would lead a reader to look for is missing at the stages reached so far."),
    )


def _fairly(each: _Expected, teller: Teller) -> tuple[Line, ...]:
    """An attestation is itself an entry: one that is not on record was not made here."""
    if each.kinds == (CoverageAttested,):
        return ()
    return (Line(teller.words(N_("That is not proof that none was done or made."))),)


_PLACE: Final = {stage: place for place, stage in enumerate(STAGES.labels)}


def stage_reached(history: History) -> int:
    """Return the place of the furthest stage that a standing entry belongs to; needs where there is none."""
    return max(
        (
            _PLACE.get(each.action.declaration.stage, 0)
            for each in history.standing()
            if each.action.declaration.stage in _MAIN
        ),
        default=0,
    )


_MAIN: Final = frozenset({"needs", "design", "procurement", "mobilisation", "delivery"})


def _numbers(each: _Expected, teller: Teller) -> tuple[Line, ...]:
    if not each.recommendations:
        return ()
    return (Line(teller.voice.items([teller.voice.number(number) for number in each.recommendations])),)


def quiet_section(teller: Teller, silences: Sequence[Silence]) -> Section:
    """Return the times in which nothing happened on record while somebody waited for an answer."""
    rows = (
        (
            (Line(teller.words(N_("%(first)s to %(last)s"), first=day(each.first), last=day(each.last))),),
            (Line(teller.voice.number(each.working_days)),),
            tuple(Line(teller.words(N_("Entry %(number)s"), number=owed), owed) for owed in each.owed),
        )
        for day in (teller.voice.day,)
        for each in silences
    )
    return teller.section(
        "quiet",
        N_("Long silences while something was owed"),
        (N_("From and to"), N_("Working days"), N_("What was owed")),
        rows,
        N_("None. While something was owed, there was never a long time without an entry."),
    )


# --- what is not shown ------------------------------------------------------------------------------------------------


def hidden_section(teller: Teller, views: Sequence[EntryView]) -> Section:
    """Return every value that was committed and is not shown, with why, and every reason that was withheld."""
    removed = {action.target_entry: entry.index for entry, action in teller.records(LedgerEntryRedacted)}
    rows = (row for view in views for row in _hidden(teller, view, removed.get(view.entry.index)))
    return teller.section(
        "hidden",
        N_("What is withheld, removed or not public yet"),
        (N_("Entry"), N_("Which value"), N_("Why it is not shown")),
        rows,
        N_("Nothing. Every value on record is shown."),
    )


def _hidden(teller: Teller, view: EntryView, removed: int | None) -> Iterator[Row]:
    entry = view.entry
    named = (Line(present.headline(view, teller.voice), entry.index),)
    labels, kept = {each.name: each.label for each in fields_of(type(entry.action))}, kept_fields(entry)
    found: dict[State, dict[str, None]] = {}
    for path in undisclosed_paths(entry):
        value = _at(entry.action, path)
        if isinstance(value, Undisclosed):
            name, _, inside = path.partition(".")
            label = teller.words(N_("What it states that is not public") if name in kept else labels[name])
            which = teller.words(N_("%(label)s, a part of it"), label=label) if inside and name not in kept else label
            found.setdefault(value.state, {})[which] = None
    for state, hidden in found.items():
        yield named, tuple(map(Line, hidden)), tuple(_why(teller, view, state, removed))
    for each in fields_of(type(entry.action)):
        reason = getattr(entry.action, each.name)
        if isinstance(reason, Reason) and reason.state == "withheld":
            said = teller.words(N_("Withheld. Basis: %(basis)s"), basis=_basis(teller, stated(reason.basis)))
            yield named, (Line(teller.words(each.label)),), (Line(said),)


def _why(teller: Teller, view: EntryView, state: State, removed: int | None) -> Iterator[Line]:
    visibility = view.entry.statement.visibility
    if state == "redacted" and removed is not None:
        yield Line(teller.words(N_("Removed by law, by entry %(number)s"), number=removed), removed)
    elif visibility.state == "withheld":
        yield Line(teller.words(N_("Withheld. Basis: %(basis)s"), basis=_basis(teller, stated(visibility.basis))))
    else:
        yield Line(teller.words(UNDISCLOSED_WORDS[state]))


def _basis(teller: Teller, basis: str | None) -> str:
    return teller.words(N_("not stated") if basis is None else BASES.labels[basis])


def _at(struct: object, path: str) -> object:
    for part in path.split("."):
        struct = struct[int(part)] if isinstance(struct, tuple) else getattr(struct, part)
    return struct
