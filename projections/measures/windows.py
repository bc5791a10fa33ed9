"""How long bidders had: by the notice, and by the papers they could really work with (domain, R2 and R3).

Nothing here judges. A date that the record leaves open is an interval, and so is everything counted from it: a measure
finds met only where the whole interval passes, breached only where the whole of it fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from ledger.actions.design import SpecificationCorrected, SpecificationPublished
from ledger.actions.procurement import ProcurementLaunched, TenderAmended
from ledger.actions.timeline import MilestoneReached, TimelineChanged, TimelinePublished
from ledger.clock import add_months
from ledger.kinds import Maybe, stated
from ledger.process import History, Recorded
from ledger.when import Occurrence
from projections.measures.lots import LotFacts, every_lot

Cause = Literal["launch", "pack", "specification", "correction", "amendment"]
"""What let the window of a lot begin when it did."""

_FILLS_A_BLANK: Final = frozenset({"blank", "missing_section"})


@dataclass(frozen=True, slots=True)
class Start:
    """The day from which bidders could work, between two days (Europe/London), and the entries that say so.

    `cause` is what `first` rests on. `last` is None where the record does not say when something came that bidders
    needed; `missing` is then what that was.
    """

    first: date
    last: date | None
    cause: Cause
    missing: Cause | None
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Deadline:
    """The day on which bidding closes: between two days, where it is open which of several changes came last."""

    first: date
    last: date
    evidence: tuple[int, ...]

    @property
    def known(self) -> date | None:
        """The deadline, where the record leaves only one."""
        return self.first if self.first == self.last else None


@dataclass(frozen=True, slots=True)
class Window:
    """The time to bid for a lot. `lot` is None for the process as a whole and for papers that name no lot."""

    lot: str | None
    start: Start
    deadline: Deadline

    def margin_days(self, months: int) -> tuple[int | None, int]:
        """Return the least and the most days by which the window is longer than so many calendar months.

        Negative where it is shorter; the least is None where the record sets no bound.
        """
        most = (self.deadline.last - add_months(self.start.first, months)).days
        if self.start.last is None:
            return None, most
        return (self.deadline.first - add_months(self.start.last, months)).days, most

    @property
    def days(self) -> tuple[int | None, int]:
        """The least and the most days from the start to the deadline; the least is None where it has no bound."""
        most = (self.deadline.last - self.start.first).days
        return (None if self.start.last is None else (self.deadline.first - self.start.last).days), most

    @property
    def evidence(self) -> tuple[int, ...]:
        """The entries that its dates come from."""
        return tuple(sorted({*self.start.evidence, *self.deadline.evidence}))


@dataclass(frozen=True, slots=True)
class Windows:
    """The nominal window, from the launch, and the effective one of each lot."""

    nominal: Window
    effective: tuple[Window, ...]


def windows(history: History) -> Windows | None:
    """Return the windows to bid in, or None where no launch or no deadline is on record."""
    return history.fact("windows", lambda: _windows(history))


def _windows(history: History) -> Windows | None:
    launched, closes = _launched(history), deadline(history)
    if launched is None or closes is None:
        return None
    effective = tuple(Window(lot, start, closes) for lot, start in _starts(history, launched))
    return Windows(Window(None, launched, closes), effective)


def effective_start(history: History, lot: str | None) -> Start | None:
    """Return from when bidders for a lot could work; None where no launch is on record.

    The latest of: the launch; the release of the pack where it was not complete; the first complete version of each
    specification of the lot; the last correction or amendment that matters to bids.
    """
    launched = _launched(history)
    return None if launched is None else dict(_starts(history, launched)).get(lot)


def deadline(history: History) -> Deadline | None:
    """Return when bidding closes as it stands: the timetable's or the notice's date, moved by every later change."""
    return history.fact("deadline", lambda: _deadline(history))


def _deadline(history: History) -> Deadline | None:
    stated_dates = list(_deadlines(history))
    final = [each for each in stated_dates if not any(_replaces(later, each) for later in stated_dates)]
    if not final:
        return None
    days = [each.day for each in final]
    return Deadline(min(days), max(days), tuple(sorted({each.entry.index for each in final})))


# --- the deadline -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Closing:
    """A deadline as one entry states it."""

    place: int
    entry: Recorded
    day: date


def _deadlines(history: History) -> Iterator[_Closing]:
    for place, entry in enumerate(history.standing(TimelinePublished, TimelineChanged, ProcurementLaunched)):
        for day in _closing_days(entry):
            yield _Closing(place, entry, day)


def _closing_days(entry: Recorded) -> Iterator[date]:
    match entry.action:
        case TimelinePublished() as timetable:
            pairs: Iterable[tuple[Maybe[str], Maybe[date]]] = (
                (each.code, each.date) for each in stated(timetable.milestones) or ()
            )
        case TimelineChanged() as change:
            pairs = ((each.code, each.new_date) for each in stated(change.changes) or ())
        case ProcurementLaunched() as launched:
            pairs = [("tender_deadline", launched.tender_deadline)]
        case _:
            return
    days = (stated(day) for code, day in pairs if code == "tender_deadline")
    yield from (day for day in days if day is not None)


def _replaces(later: _Closing, earlier: _Closing) -> bool:
    """Whether one statement of the deadline certainly came after another, and so stands in its place.

    A first timetable comes before its changes by what it is. Acts are recorded as they happen, so that the order of
    the log decides between two of one day; back-filled entries arrive in any order, so theirs decides nothing.
    """
    one, other = earlier.entry, later.entry
    if isinstance(one.action, TimelinePublished) and isinstance(other.action, TimelineChanged):
        return True
    if isinstance(one.action, TimelineChanged) and isinstance(other.action, TimelinePublished):
        return False
    before = _is_before(one.occurred, other.occurred)
    if before is not None:
        return before
    both_acts = one.statement.standing == other.statement.standing == "act"
    return both_acts and earlier.place < later.place


def _is_before(one: Occurrence | None, other: Occurrence | None) -> bool | None:
    return None if one is None or other is None else one.before(other)


# --- the start --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Term:
    """Something without which bidders could not work: when it came at the earliest, and at the latest."""

    first: date | None
    last: date | None
    cause: Cause
    evidence: tuple[int, ...]


_EVER: Final = date.min
_NEVER: Final = date.max


def _launched(history: History) -> Start | None:
    """Return the launch; several on record, which contradict each other, leave open which it was."""
    found = [(entry, when) for entry, _ in history.records(ProcurementLaunched) if (when := entry.occurred) is not None]
    if not found:
        return None
    return Start(
        min(when.first_day for _, when in found),
        max(when.last_day for _, when in found),
        "launch",
        None,
        tuple(entry.index for entry, _ in found),
    )


def _starts(history: History, launched: Start) -> Iterator[tuple[str | None, Start]]:
    shared = [*_pack(history, launched), *_amendments(history)]
    known = every_lot(history)
    by_lot: dict[str | None, list[_Term]] = {lot: [] for lot in known}
    for lot, term in _specifications(history, known):
        by_lot.setdefault(lot, []).append(term)
    for gone in [lot for lot, facts in known.items() if facts.ended]:
        del by_lot[gone]
    pack_is_complete = _pack_states(history) == {True}
    for lot, terms in (by_lot or {None: []}).items():
        # Papers that nobody recorded were in the pack only where the pack is known to have been complete or released.
        unrecorded = [] if terms or pack_is_complete or _released(history) else [_Term(None, None, "specification", ())]
        yield lot, _latest(launched, [*shared, *terms, *unrecorded])


def _latest(launched: Start, terms: Sequence[_Term]) -> Start:
    """Return the latest of the launch and all that had to come; what has no upper bound leaves none."""
    launch = _Term(launched.first, launched.last, "launch", launched.evidence)
    everything = [launch, *terms]
    latest = max(everything, key=lambda term: term.first or _EVER)
    slowest = max(everything, key=lambda term: term.last or _NEVER)
    return Start(
        latest.first or _EVER,
        slowest.last,
        latest.cause,
        None if slowest.last is not None else slowest.cause,
        tuple(sorted({*launch.evidence, *latest.evidence, *slowest.evidence})),
    )


def _pack_states(history: History) -> set[bool | None]:
    return {stated(launched.pack_complete) for launched in history.actions(ProcurementLaunched)}


def _released(history: History) -> list[tuple[Recorded, Occurrence]]:
    return [
        (entry, when)
        for entry, reached in history.records(MilestoneReached)
        if reached.milestone_code == "pack_released" and (when := entry.occurred) is not None
    ]


def _pack(history: History, launched: Start) -> Iterator[_Term]:
    """Yield when the whole pack was there, where the launch does not say that it was complete."""
    states = _pack_states(history)
    if states == {True}:
        return
    released = _released(history)
    if not released:
        yield _Term(None, None, "pack", launched.evidence)
        return
    first = min(when.first_day for _, when in released) if states == {False} else None
    last = max(when.last_day for _, when in released)
    yield _Term(first, last, "pack", tuple(entry.index for entry, _ in released))


def _amendments(history: History) -> Iterator[_Term]:
    for entry, amended in history.records(TenderAmended):
        yield from _material(entry, amended.material, "amendment")


def _material(entry: Recorded, material: Maybe[bool], cause: Cause) -> Iterator[_Term]:
    """Yield when a change that matters to bids came; where it is not stated whether it matters, it may not count."""
    if material is False:
        return
    when = entry.occurred
    first = when.first_day if when is not None and material is True else None
    yield _Term(first, None if when is None else when.last_day, cause, (entry.index,))


def is_complete(published: SpecificationPublished) -> bool | None:
    """Whether nothing of a specification is blank: yes, no, or None where the record does not say.

    Blank sections are recorded as blank, so a list without one says that there was none.
    """
    sections, pages = stated(published.sections), stated(published.page_count)
    if pages == 0 or any(section.state == "blank" for section in sections or ()):
        return False
    if sections is None or any(section.state != "present" for section in sections):
        return None
    return True if sections or pages is not None else None


def is_blank(published: SpecificationPublished) -> bool:
    """Whether a specification is known to hold nothing at all (failure F1)."""
    sections = stated(published.sections) or ()
    return stated(published.page_count) == 0 or (bool(sections) and all(each.state == "blank" for each in sections))


def _specifications(history: History, known: dict[str, LotFacts]) -> Iterator[tuple[str | None, _Term]]:
    """Yield, for each lot, when each of its specifications was complete, and when it last changed materially."""
    published = list(history.records(SpecificationPublished))
    corrected = list(history.records(SpecificationCorrected))
    named: dict[str | None, set[str | None]] = {}
    for _, action in published:
        named.setdefault(stated(action.spec_id), set()).add(_lot_of(action, known))
    lot_of = {spec: lots.pop() if len(lots) == 1 else None for spec, lots in named.items()}
    for spec, lot in lot_of.items():
        versions = [each for each in published if stated(each[1].spec_id) == spec]
        fixes = [each for each in corrected if spec is not None and stated(each[1].spec_id) == spec]
        yield lot, _completed(versions, fixes)
    for entry, correction in corrected:
        for term in _material(entry, correction.material, "correction"):
            yield lot_of.get(stated(correction.spec_id)), term


def _lot_of(action: SpecificationPublished, known: dict[str, LotFacts]) -> str | None:
    """Return the lot a specification is for: the one it names, else the only one that serves its prison."""
    lot, prison = stated(action.lot_id), stated(action.prison)
    serving = [each.lot for each in known.values() if not each.ended and prison in each.prisons]
    return lot if lot is not None else serving[0] if len(serving) == 1 else None


def _completed(
    versions: Sequence[tuple[Recorded, SpecificationPublished]],
    fixes: Sequence[tuple[Recorded, SpecificationCorrected]],
) -> _Term:
    """Return when the first complete version of one specification was there.

    A correction that fills what was blank completes it, whether or not its recorder called it material.
    """
    sure = [entry for entry, action in versions if is_complete(action)]
    sure += [entry for entry, action in fixes if stated(action.defect_code) in _FILLS_A_BLANK]
    perhaps = [entry for entry, action in versions if is_complete(action) is None]
    first = min((_first_day(entry) for entry in [*sure, *perhaps]), default=None)
    last = min((when.last_day for entry in sure if (when := entry.occurred) is not None), default=None)
    evidence = tuple(sorted({entry.index for entry in [*sure, *perhaps] or [entry for entry, _ in versions]}))
    return _Term(first, last, "specification", evidence)


def _first_day(entry: Recorded) -> date:
    return _EVER if entry.occurred is None else entry.occurred.first_day
