"""`candour demo --processes`: invented processes before the demonstration's stories, to try a large ledger."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import click
from sqlalchemy import Engine

from ledger.clock import utc_now
from ledger.errors import Refused
from ledger.generated import FIRST_DAY, LAST_DAY, Day, generate
from ledger.store import Ledger
from ledger.words import N_

MOST: Final = 20_000
"""Processes that can be invented at most: two million entries."""


def record_generated(engine: Engine, processes: int) -> int:
    """Record so many invented processes as the first entries of a ledger; return how many entries were new.

    Safe to interrupt and repeat: what is on record is not recorded again.

    Raises:
        Refused: The ledger begins with something else.
    """
    shown: list[datetime] = []
    ledger = Ledger(engine, clock=lambda: shown[-1] if shown else utc_now())
    size = before = ledger.head().size
    with _bar((LAST_DAY - FIRST_DAY).days) as reach:
        for day in generate(processes):
            held = min(max(before - day.first, 0), len(day.submissions))
            if held:
                _expect(ledger, day)
            shown[:] = [day.recorded]
            size += sum(1 for _ in ledger.record_many(day.submissions[held:]))
            reach((day.recorded.date() - FIRST_DAY).days)
    return size - before


def _expect(ledger: Ledger, day: Day) -> None:
    found, wanted = next(ledger.read(day.first, day.first + 1)), day.submissions[0]
    if (found.stream, type(found.action), found.recorded) != (wanted.stream, type(wanted.action), day.recorded):
        raise Refused(
            N_(
                "This ledger holds other entries, and invented processes come first in a ledger. Begin a new one: name "
                "another database and other files in CANDOUR_DATABASE_URL, CANDOUR_SIGNING_KEY and CANDOUR_PUBLIC_DIR."
            )
        )


@contextmanager
def _bar(days: int) -> Iterator[Callable[[int], None]]:
    with click.progressbar(length=days, label="Invented processes", file=sys.stderr) as bar:
        yield lambda day: bar.update(day - bar.pos)
        bar.update(days - bar.pos)


@contextmanager
def following() -> Iterator[Callable[[int, int], None]]:
    """Show how far the follower is: it goes through all entries once, or again for what stands apart."""
    with click.progressbar(length=1, label="Bringing the pages' data up to date", file=sys.stderr) as bar:
        state = {"round": 0, "last": 0}

        def progress(done: int, total: int) -> None:
            state["round"] += done < state["last"]
            state["last"] = done
            bar.length = max(total, 1) * (state["round"] + 1)
            bar.update(state["round"] * total + done - bar.pos)

        yield progress
