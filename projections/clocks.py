"""What is owed as a reader meets it: open, overdue or done, how long, and step by step how its last day was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from ledger.clock import Calendar
from ledger.obligations import STATES, Kind, Obligation, obligations, working_days_left
from ledger.process import History
from ledger.sentences import say_sentence
from ledger.voice import Voice
from ledger.words import N_
from projections.measures.thresholds import DEFAULT
from projections.telling import Line


@dataclass(frozen=True)
class Clocks:
    """What a history shows to be owed at an instant (UTC, aware), counted by a calendar."""

    owed: tuple[Obligation, ...]
    at: datetime
    calendar: Calendar

    def of(self, index: int, kind: Kind) -> Obligation | None:
        """Return what the entry of that index, the original of its chain, opened."""
        return self._by_id.get((index, kind))

    @cached_property
    def _by_id(self) -> dict[tuple[int, Kind], Obligation]:
        return {(each.id, each.kind): each for each in self.owed}

    def overdue(self) -> list[Obligation]:
        """Return what is overdue, the longest first."""
        late = [each for each in self.owed if each.state == "overdue" and each.due is not None]
        return sorted(late, key=lambda each: (each.due.last if each.due else self.at.date(), each.id))

    def open(self, kind: Kind) -> list[Obligation]:
        """Return what of a kind somebody waits for, overdue or not."""
        return [each for each in self.owed if each.kind == kind and each.is_owed]


def clocks(history: History, at: datetime, calendar: Calendar) -> Clocks:
    """Return what a history shows to be owed at an instant, by the thresholds that stand."""
    return Clocks(obligations(history, at, calendar, DEFAULT), at, calendar)


def lines(owed: Obligation | None, ran: Clocks, voice: Voice) -> Iterator[Line]:
    """Yield how something owed stands, with the steps by which its last day was found."""
    if owed is None:
        return
    is_late = owed.state in {"overdue", "late"}
    yield Line(state(owed, ran, voice), weight="strong" if is_late else "", steps=steps(owed, voice))


def state(owed: Obligation, ran: Clocks, voice: Voice) -> str:
    """Say how something owed stands: "9 working days overdue, since 7 April 2027"."""
    word, due = voice.words(STATES.labels[owed.state]), owed.due
    if due is None or owed.state not in {"open", "overdue", "late", "in_time"}:
        return word
    day = voice.day(due.last)
    if owed.state == "overdue":
        late = -working_days_left(due, ran.at, ran.calendar)
        if late == 0:
            return voice.words(N_("Overdue, since %(day)s"), day=day)
        template = _ONE_LATE if late == 1 else N_("%(days)s working days overdue, since %(day)s")
        return voice.words(template, days=voice.number(late), day=day)
    if owed.state == "open":
        left = working_days_left(due, ran.at, ran.calendar)
        if left == 0:
            return voice.words(N_("Open, due today, %(day)s"), day=day)
        template = _ONE_LEFT if left == 1 else N_("Open, %(days)s working days left, due %(day)s")
        return voice.words(template, days=voice.number(left), day=day)
    return voice.words(N_("%(state)s, due %(day)s"), state=word, day=day)


_ONE_LATE: Final = N_("1 working day overdue, since %(day)s")
_ONE_LEFT: Final = N_("Open, 1 working day left, due %(day)s")


def steps(owed: Obligation, voice: Voice) -> tuple[str, ...]:
    """Say how the last day was found, one sentence for each step."""
    if owed.due is None:
        return ()
    assumed = [voice.words(N_("The length is assumed by us; the record does not give it."))] if owed.due.assumed else []
    return (*(say_sentence(each, voice) for each in owed.due.steps), *assumed)
