"""Whether the dates of a timetable were kept: the first ones and those that stand, how far they moved, who was told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ledger.actions.process import CommissioningProcessClosed
from ledger.actions.procurement import ProcurementTerminated
from ledger.actions.timeline import TimelineChangeCommunicated, TimelineChanged, TimelinePublished
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.when import Occurrence, in_order
from projections.measures.r03 import reached

Kept = Literal["kept", "late", "open", "silent", "ahead", "stopped"]
"""`silent`: the day has passed and nothing on record says what became of it; `open`: the record leaves it open."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a timetable. A day is None where it is not stated (Europe/London).

    `by_first` and `by_current` say whether it was reached by that day: `ahead` is resolved when read, since it turns
    `silent` once the day has passed. `moves` counts the changes.
    """

    code: str
    first: date | None
    current: date | None
    moves: int
    by_first: Kept
    by_current: Kept
    evidence: tuple[int, ...]

    @property
    def slip(self) -> int | None:
        """The days from the first date to the one that stands, negative where it is earlier."""
        return None if self.first is None or self.current is None else (self.current - self.first).days


@dataclass(frozen=True, slots=True)
class Move:
    """One date moved by one change. `warning` are the least and the most days from the first message to the old date.

    It is None where no message is on record, or either day is not stated; `told` is the entry of the message.
    """

    entry: int
    code: str
    old: date | None
    new: date | None
    told: int | None
    warning: tuple[int, int] | None


def resolved(kept: Kept, day: date | None, today: date) -> Kept:
    """Return whether a date was kept as it stands on a day: what has nothing on record is silent from the day after."""
    if kept != "ahead":
        return kept
    return "open" if day is None else "ahead" if today <= day else "silent"


def timetable(history: History) -> tuple[tuple[Step, ...], tuple[Move, ...]]:
    """Return the steps of a timetable, in its order, and every move of their dates, as they were decided."""
    dates: dict[str, list[date | None]] = {}
    evidence: dict[str, list[int]] = {}
    for entry, published in history.records(TimelinePublished):
        for milestone in stated(published.milestones) or ():
            code = stated(milestone.code)
            if code is not None:
                dates[code], evidence[code] = [stated(milestone.date)], [entry.index]
    moves = list(_moves(history, dates, evidence))
    stopped = _stops(history)
    return tuple(_step(history, code, dates[code], evidence[code], stopped) for code in dates), tuple(moves)


def _moves(history: History, dates: dict[str, list[date | None]], evidence: dict[str, list[int]]) -> Iterator[Move]:
    """Yield each move, adding the new dates and the entries behind them."""
    told = list(history.records(TimelineChangeCommunicated))
    for entry, change in in_order(list(history.records(TimelineChanged)), lambda each: each[0].occurred):
        chain = history.chain(entry.index)
        message = _first([sent for sent, message in told if stated(message.change) in chain])
        for moved in stated(change.changes) or ():
            code, new = stated(moved.code), stated(moved.new_date)
            if code is None:
                continue
            # A change of a date that the timetable does not hold moves it from one that is not on record.
            stood = dates.setdefault(code, [None])
            old = stood[-1]
            stood.append(new)
            evidence.setdefault(code, []).append(entry.index)
            yield Move(entry.index, code, old, new, None if message is None else message.index, _warning(message, old))


def _first(messages: Iterable[Recorded]) -> Recorded | None:
    """Return the message that came first; one without a date comes after those that have one."""
    return min(messages, key=lambda each: (each.occurred is None, each.occurred and each.occurred.start), default=None)


def _warning(message: Recorded | None, old: date | None) -> tuple[int, int] | None:
    if message is None or message.occurred is None or old is None:
        return None
    return (old - message.occurred.last_day).days, (old - message.occurred.first_day).days


def _step(
    history: History, code: str, dates: list[date | None], evidence: list[int], stopped: list[Occurrence]
) -> Step:
    shown = reached(history, code)
    return Step(
        code=code,
        first=dates[0],
        current=dates[-1],
        moves=len(dates) - 1,
        by_first=_kept(dates[0], shown, stopped),
        by_current=_kept(dates[-1], shown, stopped),
        evidence=tuple(sorted({*evidence, *(entry.index for entry in shown)})),
    )


def _kept(day: date | None, shown: list[Recorded], stopped: list[Occurrence]) -> Kept:
    """Return whether a date was kept; nothing that is not stated counts as kept or as missed."""
    if day is None:
        return "open"
    in_time = [None if entry.occurred is None else entry.occurred.by(day) for entry in shown]
    if True in in_time:
        return "kept"
    if None in in_time:
        return "open"
    if in_time:
        return "late"
    return "stopped" if any(end.by(day) is not False for end in stopped) else "ahead"


def _stops(history: History) -> list[Occurrence]:
    ends = [entry for entry, stop in history.records(ProcurementTerminated) if stop.scope == "process"]
    ends += [entry for entry, _ in history.records(CommissioningProcessClosed)]
    return [entry.occurred for entry in ends if entry.occurred is not None]
