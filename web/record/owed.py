"""What somebody's organisations owe now: the tasks with which recording begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ledger.clock import Calendar
from ledger.obligations import STATES, Obligation, working_days_left
from ledger.process import History
from ledger.sentences import say_sentence
from ledger.voice import Voice
from ledger.words import N_
from projections.review.kept import owed_by
from web.record.steps import Step, steps

MOST_TASKS: Final = 100


@dataclass(frozen=True, slots=True)
class Task:
    """Something owed: said in a line, with when it is due, where it stands, and how it is answered."""

    index: int
    title: str
    state: str
    overdue: bool
    due: date | None
    time: str
    place: str
    step: Step


def tasks(
    histories: Iterable[tuple[str, History]], slugs: Iterable[str], at: datetime, calendar: Calendar, voice: Voice
) -> list[Task]:
    """Return what is owed in streams, given with their titles, by bodies (their words in addresses), by due date."""
    bodies = list(dict.fromkeys(slugs))
    found = [
        _task(each, title, at, calendar, voice)
        for title, history in histories
        for slug in bodies
        for each in owed_by(history, slug, at, calendar)
        if each.is_owed and each.state in {"open", "overdue"}
    ]
    return sorted(found, key=lambda each: (each.due is None, each.due or date.max, each.index))[:MOST_TASKS]


def _task(owed: Obligation, place: str, at: datetime, calendar: Calendar, voice: Voice) -> Task:
    return Task(
        index=owed.opened.index,
        title=say_sentence(owed.title, voice),
        state=voice.words(STATES.labels[owed.state]),
        overdue=owed.state == "overdue",
        due=None if owed.due is None else owed.due.last,
        time=_time(owed, at, calendar, voice),
        place=place,
        step=steps(owed.opened)[0],
    )


def _time(owed: Obligation, at: datetime, calendar: Calendar, voice: Voice) -> str:
    if owed.due is None:
        return voice.words(N_("No date"))
    left, day = working_days_left(owed.due, at, calendar), voice.day(owed.due.last)
    template = N_("Due %(day)s: working days left: %(number)s")
    if left < 0:
        template = N_("Due %(day)s: working days overdue: %(number)s")
    return voice.words(template, day=day, number=voice.number(abs(left)))
