"""A process or group as it was known, published or had happened: its history, and its entries as they were shown then.

What later entries say of earlier ones (corrected, withdrawn, contradicted) is worked out anew from what the axes leave,
so nothing later shows through. Only redactions do: the disclosures of today hold for every day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from ledger.disclosure import HELD
from ledger.process import History
from ledger.streams import Stream
from projections import entries
from projections.entries import EntryView
from projections.follow import load_history
from projections.knowledge import Axes, as_known

NOW = Axes()
"""Nothing is cut off."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A stream as the axes leave it: its history, and its entries in the order of the log."""

    history: History
    views: tuple[EntryView, ...]


def history(connection: Connection, stream: Stream, axes: Axes) -> History:
    """Return the history of a stream, from what is public, as the axes leave it; empty where nothing is left."""
    return _cut(load_history(connection, stream), axes)


def _cut(whole: History, axes: Axes) -> History:
    return whole if axes == NOW else as_known(whole.stream, whole.entries(), axes)


def whole(stream: Stream, views: Sequence[EntryView]) -> History:
    """Return the history of a stream as it stands now, whose entries were read already."""
    return as_known(stream, (view.entry for view in views), NOW)


def of(connection: Connection, stream: Stream, axes: Axes) -> Seen:
    """Return a stream with its entries as they were shown when nothing else was there."""
    return cut(connection, stream, entries.story(connection, stream), axes)


def cut(connection: Connection, stream: Stream, views: Sequence[EntryView], axes: Axes) -> Seen:
    """Return what the axes leave of a stream whose entries were read already: `entries.story`."""
    left = as_known(stream, (view.entry for view in views), axes)
    if axes == NOW:
        return Seen(left, tuple(views))
    shown = {view.entry.index: view for view in _own(connection, left, views, axes)}
    for other in dict.fromkeys(each.stream for each in left.entries() if each.stream != stream):
        told = entries.story(connection, other)
        there = as_known(other, (view.entry for view in told), axes)
        shown |= {view.entry.index: view for view in _own(connection, there, told, axes)}
    return Seen(left, tuple(replace(shown[each.index], entry=each) for each in left.entries()))


def _own(connection: Connection, left: History, views: Sequence[EntryView], axes: Axes) -> list[EntryView]:
    """Return the entries of the stream itself, each with what the others that are left say of it."""

    def held() -> History:
        return _cut(load_history(connection, left.stream, sight=HELD), axes)

    # What was known grows only at its end, so what stood before an entry is what was found when it came.
    known_alone = axes.published is None and axes.happened is None
    befores = {view.entry.index: view.before for view in views} if known_alone else None
    return entries.seen_in(left, held, befores)
