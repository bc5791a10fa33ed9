"""One rival in a process and, where it needs one, an environment of its own; it imports nothing of this project.

The first line of its input is a JSON object: the library's settings, and the fields of a sample event.
Each further line is a job, "insert <batches> <events a batch>" or "read"; the answer is the seconds that
one event took.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.domain import DomainEvent

PAGE = 500


@dataclass(frozen=True)
class Stated(DomainEvent):
    """An event of the sample's size."""

    data: dict[str, Any]


class Rival(Application[UUID]):
    """The library as it comes."""


def main() -> None:
    """Do the jobs that come by standard input until it ends."""
    first = json.loads(sys.stdin.readline())
    with Rival(first["settings"]) as rival:
        print("ready", flush=True)
        for line in sys.stdin:
            job, *numbers = line.split()
            # As on the other side: the collector runs between the rounds, and not in them.
            gc.collect()
            gc.disable()
            seconds = read(rival) if job == "read" else insert(rival, first["sample"], *map(int, numbers))
            gc.enable()
            print(seconds, flush=True)


def insert(rival: Rival, sample: dict[str, Any], batches: int, size: int) -> float:
    """Store new streams' events, a transaction for each batch; return the seconds an event took."""
    work = [events(sample, size) for _ in range(batches)]
    began = time.perf_counter()
    for batch in work:
        rival.events.put(batch)
    return (time.perf_counter() - began) / (batches * size)


def events(sample: dict[str, Any], count: int) -> list[Stated]:
    """Return the first events of a new stream."""
    stream = uuid4()
    return [
        Stated(
            originator_id=stream,
            originator_version=n + 1,
            timestamp=DomainEvent.create_timestamp(),
            data=sample,
        )
        for n in range(count)
    ]


def read(rival: Rival) -> float:
    """Read everything back into events; return the seconds that one took."""
    began, done = time.perf_counter(), 0
    while page := rival.recorder.select_notifications(start=done + 1, limit=PAGE):
        for notification in page:
            rival.mapper.to_domain_event(notification)
        done += len(page)
    return (time.perf_counter() - began) / done


if __name__ == "__main__":
    main()
