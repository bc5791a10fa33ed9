"""The dates of a process: the first and the present one of each step, each move with its reason and who was told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger.actions.timeline import (
    MilestoneReached,
    TimelineChangeCommunicated,
    TimelineChanged,
    TimelinePublished,
    current_dates,
)
from ledger.codes import MILESTONES
from ledger.kinds import stated
from ledger.process import Recorded
from ledger.when import Occurrence, in_order
from ledger.words import N_
from projections.present import days
from projections.telling import Line, Row, Section, Teller


def first_dates(teller: Teller) -> dict[str, date]:
    """Return the first date of each milestone in the timetable."""
    return {
        code: day
        for timetable in teller.actions(TimelinePublished)
        for milestone in stated(timetable.milestones) or ()
        if (code := stated(milestone.code)) is not None and (day := stated(milestone.date)) is not None
    }


def key_dates(teller: Teller, today: date | None, *, past: bool = False) -> Section:
    """Return one row for each milestone that is in the timetable or was ever moved.

    `today` (Europe/London) is the day from which days are counted; None leaves out what changes with time. `past`
    says that it is not the present.
    """
    current = N_("Date as known") if past else N_("Current date")
    return teller.section(
        "dates",
        N_("Key dates"),
        (N_("Step"), N_("First date"), current, N_("Moved"), N_("Reason"), N_("Told")),
        _rows(teller, today),
        N_("No timetable is on record. That is not proof that there was none."),
    )


def next_date(teller: Teller, today: date) -> tuple[str, date] | None:
    """Return the next milestone that is not on record as reached: its label, and its day from `today` on."""
    reached = {each.milestone_code for each in teller.actions(MilestoneReached)}
    labels = milestone_labels(teller)
    ahead = [
        (day, code)
        for code, day in current_dates(teller.history).items()
        if day >= today and code not in reached and code in labels
    ]
    if not ahead:
        return None
    day, code = min(ahead)
    return labels[code], day


def in_days(day: date, today: date, teller: Teller) -> str:
    """Say how far ahead a day is, or that it has passed."""
    left = (day - today).days
    if left == 0:
        return teller.words(N_("Today"))
    if left < 0:
        return teller.words(N_("Passed"))
    return teller.words(N_("In %(days)s"), days=days(left, teller.voice))


def _rows(teller: Teller, today: date | None) -> Iterator[Row]:
    first, current = first_dates(teller), current_dates(teller.history)
    for code, label in milestone_labels(teller).items():
        moves = _moves(teller, code)
        yield (
            (Line(label, code=code),),
            (Line(_day(teller, first.get(code))),),
            tuple(_current(teller, code, current.get(code), today)),
            tuple(_moved(teller, first.get(code), current.get(code), len(moves))),
            tuple(Line(teller.value(action, "reason"), entry.index) for entry, action in moves),
            tuple(line for entry, _ in moves for line in _told(teller, entry)),
        )


def _current(teller: Teller, code: str, day: date | None, today: date | None) -> Iterator[Line]:
    yield Line(_day(teller, day), weight="strong")
    reached = tuple(_reached(teller, code, day))
    yield from reached
    if not reached and day is not None and today is not None:
        yield Line(in_days(day, today, teller), weight="quiet")


def milestone_labels(teller: Teller) -> dict[str, str]:
    """Return code -> label, in the order of the timetable."""
    found: dict[str, str] = {}
    for timetable in teller.actions(TimelinePublished):
        for milestone in stated(timetable.milestones) or ():
            code = stated(milestone.code)
            if code is not None:
                found[code] = _label(teller, code, stated(milestone.title))
    for change in teller.actions(TimelineChanged):
        for moved in stated(change.changes) or ():
            code = stated(moved.code)
            if code is not None:
                found.setdefault(code, _label(teller, code, None))
    return found


def _label(teller: Teller, code: str, title: str | None) -> str:
    if code in MILESTONES.labels and code != "other":
        return teller.words(MILESTONES.labels[code])
    return title or code


def _day(teller: Teller, day: date | None) -> str:
    return teller.words(N_("not on record")) if day is None else teller.voice.day(day)


def _reached(teller: Teller, code: str, planned: date | None) -> Iterator[Line]:
    for entry, action in teller.records(MilestoneReached):
        occurred = entry.occurred
        if action.milestone_code != code:
            continue
        if occurred is not None and occurred.first_day == occurred.last_day == planned:
            yield Line(teller.words(N_("Reached on that day")), entry.index)
        else:
            yield Line(teller.words(N_("Reached: %(when)s"), when=teller.value(action, "reached_on")), entry.index)
        if planned is not None and occurred is not None and occurred.first_day > planned:
            yield Line(_late(teller, planned, occurred), weight="strong")


def _late(teller: Teller, planned: date, occurred: Occurrence) -> str:
    least = (occurred.first_day - planned).days
    template = N_("%(days)s late") if occurred.first_day == occurred.last_day else N_("At least %(days)s late")
    return teller.words(template, days=days(least, teller.voice))


def _moved(teller: Teller, first: date | None, current: date | None, moves: int) -> Iterator[Line]:
    if not moves:
        yield Line(teller.words(N_("Not moved")))
        return
    if first is not None and current is not None and current != first:
        template = N_("%(days)s later") if current > first else N_("%(days)s earlier")
        yield Line(teller.words(template, days=days(abs((current - first).days), teller.voice)))
    yield Line(teller.words(N_("Times moved: %(number)s"), number=moves))


def _moves(teller: Teller, code: str) -> list[tuple[Recorded, TimelineChanged]]:
    moves = [
        (entry, action)
        for entry, action in teller.records(TimelineChanged)
        if any(moved.code == code for moved in stated(action.changes) or ())
    ]
    return in_order(moves, lambda move: stated(move[1].decided_on))


def _told(teller: Teller, change: Recorded) -> Iterator[Line]:
    chain = teller.history.chain(change.index)
    told = [(e, a) for e, a in teller.records(TimelineChangeCommunicated) if stated(a.change) in chain]
    for entry, action in told:
        when, audience = teller.value(action, "sent_on"), teller.value(action, "audience")
        yield Line(teller.pair(when, audience), entry.index)
    if not told:
        yield Line(teller.words(N_("Nothing on record")))
