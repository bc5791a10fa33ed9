"""The story of a process: its entries as they happened, newest first, each correction beside what it corrects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ledger.actions.advisory import (
    AdvisoryGroupConvened,
    AdvisoryGroupMeetingHeld,
    AdvisoryGroupStatusChanged,
    MeetingNotesPublished,
)
from ledger.actions.commitments import CommitmentDischarged, CommitmentMade
from ledger.actions.contract import (
    ContractAwarded,
    ContractDetailsPublished,
    ContractModified,
    ContractTerminated,
    ContractValueCorrected,
)
from ledger.actions.delivery import PostProcessReviewPublished, ServiceStarted
from ledger.actions.design import (
    BiddingRequirementsChanged,
    BiddingRequirementsPublished,
    EqualityImpactAssessmentPublished,
    LotStructurePublished,
    LotStructureRevised,
    SpecificationCorrected,
    SpecificationPublished,
)
from ledger.actions.engagement import (
    ConsultationAnnounced,
    ConsultationHeld,
    ConsultationResponsePublished,
    MarketHealthAssessmentPublished,
    ServiceUsersInvolved,
)
from ledger.actions.issues import IssueAnswered, IssueEscalated, IssueReported, IssueResolved
from ledger.actions.process import BudgetPublished, NeedsAssessmentPublished, OutcomesFrameworkPublished
from ledger.actions.procurement import (
    BidsClosed,
    ClarificationAnswerCorrected,
    ClarificationAnswered,
    ClarificationQuestionReceived,
    ProcurementLaunched,
    ProcurementTerminated,
    TenderAmended,
)
from ledger.actions.timeline import (
    MilestoneReached,
    TimelineChangeCommunicated,
    TimelineChanged,
    TimelinePublished,
)
from ledger.kinds import NotStated, When, say, stated
from ledger.process import History, Recorded
from ledger.vocabulary import Action
from ledger.voice import Voice
from ledger.words import N_
from projections import present
from projections.entries import EntryView


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands beside an entry that a later one corrects, withdraws or puts right."""

    what: str
    headline: str
    reason: str | None
    stood: str
    entry: int


@dataclass(frozen=True, slots=True)
class Scene:
    """One entry of a story. `recorded` is said where it was recorded on another day than it happened.

    `dated` is false where no day is stated; such entries come last.
    """

    index: int
    when: str
    headline: str
    tags: tuple[str, ...]
    recorded: str | None
    elsewhere: bool
    panels: tuple[Panel, ...]
    themes: frozenset[str]
    dated: bool


THEMES: Final = {
    "dates": N_("Dates"),
    "questions": N_("Questions and answers"),
    "values": N_("Values"),
    "documents": N_("Documents"),
    "engagement": N_("Engagement"),
    "promises": N_("Promises"),
    "issues": N_("Issues"),
    "corrections": N_("Corrections"),
    "other": N_("Other"),
}
"""What an entry of a story is about, in the order of the filters. A correction has its own theme besides."""

_KINDS: Final[dict[str, tuple[type[Action], ...]]] = {
    "dates": (
        *(TimelinePublished, TimelineChanged, TimelineChangeCommunicated, MilestoneReached, ProcurementLaunched),
        *(BidsClosed, ProcurementTerminated, ServiceStarted),
    ),
    "questions": (ClarificationQuestionReceived, ClarificationAnswered, ClarificationAnswerCorrected),
    "values": (
        *(BudgetPublished, LotStructurePublished, LotStructureRevised, ContractAwarded, ContractDetailsPublished),
        *(ContractValueCorrected, ContractModified, ContractTerminated),
    ),
    "documents": (
        *(SpecificationPublished, SpecificationCorrected, EqualityImpactAssessmentPublished, TenderAmended),
        *(BiddingRequirementsPublished, BiddingRequirementsChanged, NeedsAssessmentPublished),
        *(OutcomesFrameworkPublished, MeetingNotesPublished, PostProcessReviewPublished),
    ),
    "engagement": (
        *(ConsultationAnnounced, ConsultationHeld, ConsultationResponsePublished, MarketHealthAssessmentPublished),
        *(ServiceUsersInvolved, AdvisoryGroupConvened, AdvisoryGroupMeetingHeld, AdvisoryGroupStatusChanged),
    ),
    "promises": (CommitmentMade, CommitmentDischarged),
    "issues": (IssueReported, IssueAnswered, IssueResolved, IssueEscalated),
}
_THEME_OF: Final = {kind: theme for theme, kinds in _KINDS.items() for kind in kinds}


def themes(entry: Recorded) -> frozenset[str]:
    """Return what an entry is about: one theme, and that it is a correction."""
    corrections = ["corrections"] if present.is_correction(entry) else []
    return frozenset({_THEME_OF.get(type(entry.action), "other"), *corrections})


def story_of(history: History, views: Sequence[EntryView], voice: Voice) -> list[Scene]:
    """Return the entries of a stream by when they happened, newest first; `views` are in the order of the log."""
    by_index = {view.entry.index: view for view in views}
    later = put_right(history)
    return [
        _scene(view, history, list(_panels(view, by_index, later.get(view.entry.index, ()), voice)), voice)
        for view in sorted(views, key=place, reverse=True)
    ]


def place(view: EntryView) -> tuple[datetime, int]:
    """What is dated by an interval stands where that begins; what is undated, before all others.

    What has a date that is not shown stands where it was recorded.
    """
    entry, occurred = view.entry, view.entry.occurred
    if occurred is not None:
        return occurred.start, entry.index
    return _LONG_AGO if isinstance(entry.action.occurred, NotStated) else entry.recorded, entry.index


_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def _scene(view: EntryView, history: History, panels: list[Panel], voice: Voice) -> Scene:
    entry, occurred = view.entry, view.entry.occurred
    same_day = occurred is not None and occurred.first_day == occurred.last_day == present.recorded_day(entry)
    recorded = None if same_day else voice.words(N_("Recorded %(day)s"), day=voice.day(present.recorded_day(entry)))
    return Scene(
        index=entry.index,
        when=say(When(), entry.action.occurred, voice),
        headline=present.headline(view, voice),
        tags=present.tags(view, voice),
        recorded=recorded,
        elsewhere=entry.stream != history.stream,
        panels=tuple(panels),
        themes=themes(entry),
        dated=not isinstance(entry.action.occurred, NotStated),
    )


def _panels(view: EntryView, by_index: dict[int, EntryView], later: Sequence[int], voice: Voice) -> Iterator[Panel]:
    found = [
        (view.corrected_by, N_("Corrected %(when)s")),
        (view.withdrawn_by, N_("Withdrawn %(when)s")),
        *((index, N_("Put right %(when)s")) for index in later),
    ]
    for index, template in found:
        other = None if index is None else by_index.get(index)
        if other is not None:
            yield _panel(view.entry, other, template, voice)


def _panel(earlier: Recorded, later: EntryView, template: str, voice: Voice) -> Panel:
    entry = later.entry
    stood = (present.recorded_day(entry) - present.recorded_day(earlier)).days
    reason = None if entry.statement.corrects is None else present.reason_for_correction(later, voice)
    return Panel(
        what=voice.words(template, when=voice.day(present.recorded_day(entry))),
        headline=present.headline(later, voice),
        reason=reason,
        stood=voice.words(N_("Stood on record for %(days)s"), days=present.days(stood, voice)),
        entry=entry.index,
    )


def put_right(history: History) -> dict[int, list[int]]:
    """Return entry -> the standing entries that say what it stated was wrong."""
    found: dict[int, list[int]] = {}
    for index, later in _pairs(history):
        found.setdefault(index, []).append(later)
    return found


def _pairs(history: History) -> Iterator[tuple[int, int]]:
    for entry, value in history.records(ContractValueCorrected):
        for index in sorted(_wrong_values(history, entry, value)):
            yield index, entry.index
    for entry, answer in history.records(ClarificationAnswerCorrected):
        question = stated(answer.question_id)
        for given, first in history.records(ClarificationAnswered):
            if question is not None and first.question_id == question:
                yield given.index, entry.index
    for entry, fixed in history.records(SpecificationCorrected):
        wrong = stated(fixed.spec_id)
        for published, specification in history.records(SpecificationPublished):
            if wrong is not None and specification.spec_id == wrong and published.index < entry.index:
                yield published.index, entry.index


def _wrong_values(history: History, entry: Recorded, correction: ContractValueCorrected) -> set[int]:
    """Return the entries that stated the value before, and the one that the correction names."""
    named = stated(correction.wrong_since)
    key = (stated(correction.value_of), stated(correction.target_id))
    found = {
        other.index
        for other in history.standing()
        if other.index < entry.index
        and not isinstance(other.action, ContractValueCorrected)
        and any((what, which) == key for what, which, _ in other.action.values())
    }
    return found if named is None else found | {named}
