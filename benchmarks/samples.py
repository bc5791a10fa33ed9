"""What is recorded: issues reported of processes, as they come from a form, two values of each erasable."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any

from ledger.kinds import Json
from ledger.process import Submission
from ledger.schema import load_submission

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PER_PROCESS = 50
"""So many entries a process has: about what one gathers in its life."""

_WORDS = (
    "the a of and to in for lot specification tender answer prison families visits staff budget transfer "
    "deadline portal document changed missing unclear late wrong before after because published withdrawn"
)
_BY = {"organisation": {"scheme": "GB-CHC", "id": "1107583", "name": "A charity"}, "role": "bid manager"}


def inputs() -> Iterator[Json]:
    """Yield raw submissions without end, each process opened before anything is reported of it."""
    chance = random.Random(1)
    for number in count():
        yield _opening(f"services-{number}")
        for _ in range(PER_PROCESS - 1):
            yield _issue(f"services-{number}", chance)


def submissions(number: int, source: Iterator[Json]) -> list[Submission]:
    """Return the next submissions, validated."""
    return [load_submission(raw) for raw in islice(source, number)]


def _opening(reference: str) -> Json:
    return _reported(
        reference,
        "commissioning-process-registered",
        {"reference": reference, "registered_on": "2026-03-02", "title": f"Family services {reference}"},
    )


def _issue(reference: str, chance: random.Random) -> Json:
    return _reported(
        reference,
        "issue-reported",
        {
            "type": "spec_missing_info",
            "stage": "procurement",
            "reported_at": "2026-03-02T11:30:00Z",
            "noticed_on": "2026-03-01",
            "reporter_kind": "provider",
            "impact": ["could_not_bid"],
            "text": " ".join(chance.choices(_WORDS.split(), k=30)),
            "severity": "medium",
            "formal": False,
        },
    )


def _reported(reference: str, action: str, data: dict[str, Any]) -> Json:
    source = {"title": "Letter to the commissioner", "dated": "2026-03-02"}
    return {
        "action": action,
        "stream": f"process/{reference}",
        "standing": "report",
        "by": _BY,
        "sources": [source],
        "data": data,
    }
