"""The timetable: one baseline, moved only by entries that say why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger import structs as s
from ledger import vocabulary as v
from ledger.actions.process import CommissioningProcessRegistered
from ledger.codes import AUDIENCE, CHANNELS, FIRMNESS, MILESTONES
from ledger.errors import Refused
from ledger.kinds import Entity, Maybe, stated
from ledger.when import Occurrence, in_order
from ledger.words import N_

if TYPE_CHECKING:
    from ledger.process import History


@dataclass(frozen=True)
class MilestoneCode(Entity):
    """The code of a milestone; the usual ones have a name in the reader's language."""

    def say(self, value: str, voice: Any) -> str:
        return str(voice.words(MILESTONES.labels[value])) if value in MILESTONES.labels else value


class Milestone(v.Struct):
    """A dated step."""

    sentence = N_("%(title)s on %(date)s")
    code: Maybe[str] = v.of(N_("Milestone"), MilestoneCode(entity="milestone", role="opens"))
    title: Maybe[str] = v.title(N_("Title"))
    date: Maybe[dt.date] = v.day(N_("Date"))
    firmness: Maybe[str] = v.code(N_("Firm or indicative"), FIRMNESS)


class TimelinePublished(
    v.Action,
    name="timeline-published.v1",
    title=N_("Timetable published"),
    stage="design",
    after=CommissioningProcessRegistered,
    once=True,
    recommendations=(2, 3),
    ocds=("planning", "tender"),
):
    """Record this once: the first timetable, from which every later change is counted."""

    sentence = N_("Timetable published: %(milestones)s")
    milestones: Maybe[tuple[Milestone, ...]] = v.rows(N_("Milestones"), Milestone, least=1)
    consulted_entries: Maybe[tuple[int, ...]] = v.entries(N_("Entries on consulting about it"))
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    document: Maybe[s.Document] | None = v.nested(N_("Document"), s.Document, default=None)


class DateChange(v.Struct):
    """One date that moves. The old date comes from the record."""

    sentence = N_("%(code)s: %(new_date)s")
    sentence_with_before = N_("%(code)s: %(new_date)s, not %(before)s")
    code: Maybe[str] = v.of(N_("Milestone"), MilestoneCode(entity="milestone", role="refers"))
    new_date: Maybe[dt.date] = v.day(N_("New date"))


def current_dates(history: History, at: Maybe[Occurrence] | None = None) -> dict[str, dt.date]:
    """Return the date that stands for each milestone: the timetable's, moved by every later change.

    With `at`, changes that were certainly decided after it are left out.
    """
    dates: dict[str, dt.date] = {}
    for timetable in history.actions(TimelinePublished):
        dates |= _dates((m.code, m.date) for m in stated(timetable.milestones) or ())
    for change in _changes(history):
        if _was_before(change, at) is not False:
            dates |= _dates((moved.code, moved.new_date) for moved in stated(change.changes) or ())
    return dates


def possible_dates(history: History, code: str, at: Maybe[Occurrence]) -> frozenset[dt.date]:
    """Return the dates at which a milestone may have stood at a time: several, where it is open which came first."""
    possible: frozenset[dt.date] = frozenset()
    for timetable in history.actions(TimelinePublished):
        possible |= {
            day
            for name, day in _dates((m.code, m.date) for m in stated(timetable.milestones) or ()).items()
            if name == code
        }
    for change in _changes(history):
        moved = _dates((moved.code, moved.new_date) for moved in stated(change.changes) or ()).get(code)
        was_before = _was_before(change, at)
        if moved is not None and was_before is not False:
            possible = frozenset([moved]) if was_before else possible | {moved}
    return possible


def _changes(history: History) -> list[TimelineChanged]:
    return in_order(list(history.actions(TimelineChanged)), lambda change: stated(change.decided_on))


def _was_before(change: TimelineChanged, at: Maybe[Occurrence] | None) -> bool | None:
    decided, moment = stated(change.decided_on), stated(at)
    return None if decided is None or moment is None else decided.before(moment)


def _dates(pairs: Iterable[tuple[Maybe[str], Maybe[dt.date]]]) -> dict[str, dt.date]:
    known = ((stated(code), stated(day)) for code, day in pairs)
    return {code: day for code, day in known if code is not None and day is not None}


class TimelineChanged(
    v.Action,
    name="timeline-changed.v1",
    title=N_("Timetable changed"),
    stage="procurement",
    after=TimelinePublished,
    recommendations=(3,),
    ocds=("planningUpdate", "tenderUpdate", "tenderAmendment"),
):
    """Record this when one or more published dates move. It is the only way to move a date."""

    sentence = N_("Timetable changed. %(changes)s. Reason: %(reason)s")
    changes: Maybe[tuple[DateChange, ...]] = v.rows(N_("What moves"), DateChange, least=1)
    decided_on: Maybe[Occurrence] = v.occurrence(N_("Decided on"))
    reason: Maybe[s.Reason] = v.of(N_("Why it moved"), s.REASON)
    cause_entries: Maybe[tuple[int, ...]] = v.entries(N_("Entries that caused it"))
    extension_considered: Maybe[bool] = v.yes_no(N_("More time for bids was considered"))
    extension_not_possible_reason: Maybe[s.Reason] | None = v.of(
        N_("Why more time was not possible"), s.REASON, default=None
    )

    def check(self, history: History) -> None:
        dates = current_dates(history, self.decided_on)
        changes = stated(self.changes) or ()
        codes = [change.code for change in changes]
        if len(set(codes)) != len(codes):
            raise Refused(N_("One milestone moves twice in this entry. Give each milestone one new date."))
        for change in changes:
            code, new = stated(change.code), stated(change.new_date)
            if code is not None and new is not None and dates.get(code) == new:
                raise Refused(
                    N_("%(code)s already stands at %(date)s. Leave it out, or give another date."),
                    code=code,
                    date=new,
                )

    def before(self, history: History) -> Mapping[str, object]:
        dates = current_dates(history, self.decided_on)
        return {
            f"changes.{place}.new_date": dates[str(change.code)]
            for place, change in enumerate(stated(self.changes) or ())
            if change.code in dates
        }


class TimelineChangeCommunicated(
    v.Action,
    name="timeline-change-communicated.v1",
    title=N_("Change of timetable communicated"),
    stage="procurement",
    after=TimelineChanged,
    recommendations=(3,),
):
    """Record this when those concerned were told that a date moves."""

    sentence = N_("%(audience)s told about the change of timetable in %(change)s")
    change: Maybe[int] = v.entry(N_("Change of timetable"), hint=N_("The number of the entry that moved the dates."))
    audience: Maybe[tuple[str, ...]] = v.codes(N_("Told"), AUDIENCE)
    channel: Maybe[tuple[str, ...]] = v.codes(N_("How"), CHANNELS)
    sent_on: Maybe[Occurrence] = v.occurrence(N_("Sent on"))
    organisations_notified: Maybe[int] = v.count(N_("Organisations told"))
    reason_included: Maybe[bool] = v.yes_no(N_("The reason was in the message"))

    def check(self, history: History) -> None:
        change = stated(self.change)
        if change is not None and not history.holds(change, TimelineChanged):
            raise Refused(
                N_("Entry %(number)s is not a change of this timetable. Give the one that is."), number=change
            )


class MilestoneReached(
    v.Action,
    name="milestone-reached.v1",
    title=N_("Milestone reached"),
    stage="throughout",
    after=TimelinePublished,
    recommendations=(3,),
    ocds=("tenderUpdate", "planningUpdate", "implementation"),
):
    """Record this when a dated step of the timetable has happened."""

    sentence = N_("Milestone reached: %(milestone_code)s")
    milestone_code: Maybe[str] = v.of(N_("Milestone"), MilestoneCode(entity="milestone", role="refers"))
    reached_on: Maybe[Occurrence] = v.occurrence(N_("Reached on"))
    evidence: Maybe[str] | None = v.prose(N_("Evidence"), default=None)
