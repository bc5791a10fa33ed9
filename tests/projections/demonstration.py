"""The demonstration's invented story as a ledger of its own, recorded at the times that the story gives."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from ledger.stories import Step, read_story, tell
from projections.follow import prepare
from projections.follower import PROJECTIONS
from tests.projections.record import Book, Clock

STREAMS = ("process/wrenmoor-families", "process/oakhollow-mentoring", "process/estuary-visitors")


class StoryClock(Clock):
    """Shows the instant that the story asks for."""

    def __call__(self) -> datetime:
        return self.now


def demonstrate(root: Path, engine: Engine) -> int:
    """Record the story, and return how many entries it has."""
    prepare(engine, PROJECTIONS)
    clock = StoryClock(datetime(2025, 1, 1, tzinfo=UTC))
    book = Book(engine, clock)
    story = read_story((root / "stories" / "demonstration.yaml").read_bytes())

    def record(step: Step):
        clock.now = step.recorded or clock.now
        return book.ledger.record(step.submission)

    values = {"old_vkey": "demo.example/log+0123abcd+" + "A" * 44, "new_vkey": "demo.example/log+4567cdef+" + "B" * 44}
    return sum(1 for _ in tell(story, record, values=values))
