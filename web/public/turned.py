"""Turns of findings as a reader takes them in: those of one process that one entry turned alike are one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from ledger.streams import Stream
from ledger.voice import Voice
from projections import entries, present
from projections.board import Turn
from projections.measures.finding import Result

READ: Final = 300
"""Turns that are read for a page; ten lines of them are shown, and the files have all."""


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one process that turned alike, at one instant, by one cause (None: the passing of time)."""

    stream: Stream
    before: Result | None
    after: Result
    at: datetime
    cause: int | None
    recommendations: tuple[int, ...]


def groups(turns: Iterable[Turn]) -> list[Group]:
    """Return turns in groups, in the order in which each group was first met."""
    alike: dict[tuple[Stream, Result | None, Result, datetime, int | None], list[int]] = {}
    for each in turns:
        key = (each.stream, each.before, each.after, each.at, each.cause)
        alike.setdefault(key, []).append(each.recommendation)
    return [Group(*key, tuple(sorted(numbers))) for key, numbers in alike.items()]


def headlines(connection: Connection, shown: Sequence[Group], voice: Voice) -> dict[int, str]:
    """Return what each entry that turned something says, by its index."""
    wanted = {each.cause for each in shown if each.cause is not None}
    return {index: present.headline(view, voice) for index, view in entries.several(connection, wanted).items()}
