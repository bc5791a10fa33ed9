"""A ledger in memory, for tests of the rules alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.clock import england_and_wales
from ledger.errors import Refused
from ledger.kinds import Many
from ledger.process import History, Moment, Recorded, contradictions, decide
from ledger.schema import load_submission
from ledger.streams import Stream
from tests.ledger.samples import BY, BY_KIND, PROCESS, SAMPLES

NOON = datetime(2025, 6, 3, 12, tzinfo=UTC)
TODAY = "2025-06-03"
"""A Tuesday; the Monday a week before, 26 May, was a bank holiday."""

SOURCE = {"title": "A letter", "dated": "2018-06"}
STATEMENTS: dict[str, Any] = {
    "act": {"standing": "act"},
    "report": {"standing": "report", "late_reason": "Found in old letters."},
    "import": {"standing": "import", "sources": [SOURCE]},
    "reconstruction": {"standing": "reconstruction", "sources": [SOURCE]},
}
OTHERS = ("report", "import", "reconstruction")


def bare(action: str) -> dict[str, Any]:
    """Return the sample's data without what is optional, pointing to no entry, and happening today."""
    kind = KINDS[f"{action}.v1"]
    data = {f.name: BY_KIND[f"{action}.v1"].raw["data"].get(f.name) for f in v.fields_of(kind) if f.required}
    for field in v.fields_of(kind):
        if field.occurrence:
            data[field.name] = TODAY
        elif field.required and isinstance(field.kind, Many) and field.kind.item.name == "entry":
            data[field.name] = []
    return data | _ENOUGH.get(action, {})


_ENOUGH: dict[str, dict[str, Any]] = {
    "commitment-made": {"duration": 5, "unit": "working_days"},
    "post-process-review-published": {"findings": []},
}
"""What a kind needs beside its required fields, or is better without."""


def submission(action: str, stream: str = PROCESS, standing: str = "act", **data: Any) -> dict[str, Any]:
    """Return plain input: the bare sample with `data`; `corrects` (an index), `concerns` … go on the envelope."""
    statement = STATEMENTS[standing] | {
        name: data.pop(name) for name in ("concerns", "late_reason", "visibility", "sources") if name in data
    }
    if "corrects" in data:
        statement |= {"corrects": {"index": data.pop("corrects"), "reason": "It was wrong."}}
    held = {name: value for name, value in (bare(action) | data).items() if value is not ...}
    return {"action": action, "stream": stream, "by": BY, "data": held} | statement


class Book:
    """Streams of entries, numbered together."""

    def __init__(self) -> None:
        self.size = 0
        self.histories: dict[Stream, History] = {}

    def history(self, stream: str = PROCESS) -> History:
        parsed = Stream.parse(stream)
        return self.histories.setdefault(parsed, History(parsed))

    def stated(self, index: int, stream: str = PROCESS) -> Any:
        """Return the action of an entry as recorded."""
        return self.history(stream)._entries[index].action

    def enter(self, raw: Any, at: datetime = NOON, unknown: frozenset[Stream] = frozenset()) -> Recorded:
        """Decide on plain input and add its entry."""
        loaded = load_submission(raw)
        history = self.history(str(loaded.stream))
        entry = decide(history, loaded, Moment(self.size, at, england_and_wales(), unknown))
        history.add(entry)
        self.size += 1
        return entry

    def record(self, action: str, **how: Any) -> int:
        """Record the bare sample of a kind with what is given; return its index."""
        return self.enter(submission(action, **how)).index

    def refuse(self, action: str, **how: Any) -> str:
        """Return the words in which the bare sample of a kind, with what is given, is refused."""
        return self.refusal(submission(action, **how))

    def refusal(self, raw: Any, at: datetime = NOON, unknown: frozenset[Stream] = frozenset()) -> str:
        before = self.size
        with pytest.raises(Refused) as refused:
            self.enter(raw, at, unknown)
        assert self.size == before
        return str(refused.value)

    def misfits(self, stream: str = PROCESS) -> dict[int, list[str]]:
        """Return the contradictions of a stream as words."""
        return {index: [str(each) for each in found] for index, found in contradictions(self.history(stream)).items()}


def opened() -> Book:
    """Return a book in which a process is open."""
    book = Book()
    book.record("commissioning-process-registered")
    return book


def book_before(kind: str) -> Book:
    """Return a book with every sample before that of `kind`."""
    book = Book()
    for sample in SAMPLES:
        if sample.kind == kind:
            break
        book.enter(sample.raw, sample.recorded)
    return book
