"""What several measures ask of a history: when it was launched, which dates stand, what was attested.

Each answer comes with the entries it rests on. None means that the record does not say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar

from ledger.actions import KINDS
from ledger.actions.ledger import CoverageAttested
from ledger.actions.procurement import ProcurementLaunched
from ledger.actions.timeline import TimelineChanged, TimelinePublished
from ledger.clock import Calendar
from ledger.kinds import stated
from ledger.obligations import Kind, Obligation, obligations
from ledger.process import History, Recorded
from ledger.vocabulary import Action
from ledger.when import LONDON, Occurrence
from projections.measures.thresholds import Thresholds

A = TypeVar("A", bound=Action)


@dataclass(frozen=True, slots=True)
class Question:
    """What a measure is asked: a history, the instant it is for (UTC, aware), the calendar and the thresholds.

    Without `with_figures` the costly figures are left out: nothing that a finding says depends on them.
    """

    history: History
    at: datetime
    calendar: Calendar
    thresholds: Thresholds
    with_figures: bool = True

    @property
    def today(self) -> date:
        """The day of the instant in Europe/London."""
        return self.at.astimezone(LONDON).date()


STATING_VALUES: Final = tuple(kind for kind in KINDS.values() if kind.values is not Action.values)
"""The kinds of entry that state a value of the contract, a lot or the budget."""


def owed(question: Question, *kinds: Kind) -> tuple[Obligation, ...]:
    """Return what is or was owed of these kinds, by the entry that opened it."""
    return obligations(question.history, question.at, question.calendar, question.thresholds, kinds)


def launch(history: History) -> tuple[Recorded, Occurrence] | None:
    """Return the launch of the tender and when it was, where both are on record and stated."""
    for entry, action in history.records(ProcurementLaunched):
        when = stated(action.launched_on)
        if when is not None:
            return entry, when
    return None


@dataclass(frozen=True, slots=True)
class Dated:
    """One milestone's dates: the first, each move, and the entries they come from, oldest first."""

    code: str
    first: date
    current: date
    evidence: tuple[int, ...]


def milestones(history: History) -> dict[str, Dated]:
    """Return each milestone's first and current date: the timetable's, moved by every later change."""
    found: dict[str, Dated] = {}
    for entry, timetable in history.records(TimelinePublished):
        for milestone in stated(timetable.milestones) or ():
            code, day = stated(milestone.code), stated(milestone.date)
            if code is not None and day is not None:
                found[code] = Dated(code, day, day, (entry.index,))
    for entry, change in history.records(TimelineChanged):
        for moved in stated(change.changes) or ():
            code, day = stated(moved.code), stated(moved.new_date)
            if code is not None and day is not None:
                before = found.get(code, Dated(code, day, day, ()))
                found[code] = Dated(code, before.first, day, (*before.evidence, entry.index))
    return found


def attested(history: History, stages: Iterable[str]) -> tuple[int, ...]:
    """Return the attestations that, together, cover all these stages; empty where a stage is not attested.

    Only an act of the body responsible attests (domain 1.2), and only one that names no exception: exceptions are free
    text, so what they leave out cannot be decided here (decision 4).
    """
    by_stage: dict[str | None, int] = {}
    for entry, action in history.records(CoverageAttested):
        if entry.statement.standing == "act" and stated(action.exceptions) == ():
            by_stage.setdefault(stated(action.stage), entry.index)
    wanted = list(stages)
    return tuple(sorted({by_stage[stage] for stage in wanted})) if all(stage in by_stage for stage in wanted) else ()


def possibly_last(records: Sequence[tuple[Recorded, A]]) -> list[tuple[Recorded, A]]:
    """Return those entries of which any may be the last that happened: one, unless the record leaves it open.

    Acts are recorded as they happen, so between two acts the order of the log decides what their dates leave open.
    Back-filled entries arrive in any order, so theirs decides nothing. `records` come as `History.records` gives them.
    """
    placed = list(enumerate(records))
    last = [each for place, each in placed if not any(_follows(other, (place, each)) for other in placed)]
    return last or list(records[-1:])


def _follows(later: tuple[int, tuple[Recorded, A]], earlier: tuple[int, tuple[Recorded, A]]) -> bool:
    (later_place, (after, _)), (earlier_place, (before, _)) = later, earlier
    if after.occurred is not None and before.occurred is not None:
        order = before.occurred.before(after.occurred)
        if order is not None:
            return order and later_place != earlier_place
    acts = after.statement.standing == before.statement.standing == "act"
    return acts and earlier_place < later_place
