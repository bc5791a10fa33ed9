"""A feed of official releases as long as asked for, the same for the same seed: four to a process, out of order.

`python -m benchmarks.releases 1000000 > feed.jsonl`
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

PER_PROCESS: Final = 4
_BEGIN: Final = datetime(2020, 1, 1, 9, tzinfo=UTC)


def releases(number: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield releases: planned, tendered, a deadline moved or not, awarded; some processes come newest first."""
    chance = random.Random(seed)
    for process in range(-(-number // PER_PROCESS)):
        life = list(_life(process, chance))
        if chance.random() < 0.1:  # noqa: PLR2004 - one in ten comes newest first
            life.reverse()
        yield from life[: number - process * PER_PROCESS]


def _life(process: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    day = _BEGIN + timedelta(hours=process % 40_000)
    value, buyer = chance.randint(1_000, 5_000_000), f"GB-X-{process % 500}"
    tender: dict[str, Any] = {"id": f"t{process}", "title": f"Services {process}", "value": _pounds(value)}
    deadline = {"endDate": (day + timedelta(days=60)).isoformat()}
    moved = {"endDate": (day + timedelta(days=60 + chance.choice((0, 0, 14)))).isoformat()}
    award = {
        "id": "1",
        "value": _pounds(value - 1),
        "suppliers": [{"id": f"GB-Y-{process % 900}", "name": "A provider"}],
    }
    stages: list[tuple[str, dict[str, Any]]] = [
        ("planning", {"tender": {**tender, "status": "planned"}}),
        ("tender", {"tender": {**tender, "status": "active", "tenderPeriod": deadline}}),
        ("tenderUpdate", {"tender": {**tender, "status": "active", "tenderPeriod": moved}}),
        ("award", {"tender": {**tender, "status": "complete"}, "awards": [award]}),
    ]
    for number, (tag, parts) in enumerate(stages):
        yield {
            "ocid": f"ocds-bench-{process}",
            "id": f"{process}-{number}",
            "date": (day + timedelta(days=30 * number)).isoformat(),
            "tag": [tag],
            "buyer": {"id": buyer, "name": f"Council {process % 500}"},
            **parts,
        }


def _pounds(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "GBP"}


def main() -> None:
    """Write as many releases as the first argument says to standard output, as JSON Lines."""
    for each in releases(int(sys.argv[1])):
        sys.stdout.write(json.dumps(each) + "\n")


if __name__ == "__main__":
    main()
