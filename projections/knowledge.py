"""What was known when: a history as it stood on three time axes (domain 1.1).

`happened` cuts by when things happened in the world, `known` by when they were recorded here, `published` by the dates
that their sources claim. A date means the end of that day in Europe/London. Cutting never looks at what it cuts off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from ledger.process import History, Recorded
from ledger.streams import Stream
from ledger.when import LONDON


@dataclass(frozen=True, slots=True)
class Axes:
    """Where each axis is cut; None leaves it whole.

    `known` is an instant (entries recorded up to it) or an index (entries up to and with it); instants are aware.
    """

    known: datetime | int | None = None
    published: datetime | None = None
    happened: datetime | None = None


def end_of(day: date) -> datetime:
    """Return the last instant of a day in Europe/London, as UTC."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=LONDON)
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


def as_known(stream: Stream, entries: Iterable[Recorded], axes: Axes) -> History:
    """Return the history of a stream from those of its entries that the axes leave, in the order of the log."""
    history = History(stream)
    for entry in entries:
        if is_left(entry, axes):
            history.add(_grounded(entry, history))
    return history


def is_left(entry: Recorded, axes: Axes) -> bool:
    """Whether the axes leave an entry."""
    return _was_known(entry, axes.known) and _was_published(entry, axes.published) and _happened(entry, axes.happened)


def _was_known(entry: Recorded, known: datetime | int | None) -> bool:
    if known is None:
        return True
    return entry.index <= known if isinstance(known, int) else entry.recorded <= known


def _was_published(entry: Recorded, published: datetime | None) -> bool:
    """An entry without a dated source was public from its recording on."""
    if published is None:
        return True
    claimed = entry.published
    return entry.recorded <= published if claimed is None else claimed.end <= published + timedelta(microseconds=1)


def _happened(entry: Recorded, happened: datetime | None) -> bool:
    """What is not dated, or may have happened by then, stays: leaving it out would be a guess."""
    occurred = entry.occurred
    return happened is None or occurred is None or occurred.start <= happened


def _grounded(entry: Recorded, history: History) -> Recorded:
    """Let a correction stand by itself where the axes have cut off what it corrects."""
    if entry.corrects is None or history.at(entry.corrects) is not None:
        return entry
    return replace(entry, statement=replace(entry.statement, corrects=None))
