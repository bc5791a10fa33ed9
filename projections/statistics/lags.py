"""How late things are recorded: the working days from the fact to its entry, kind by kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.clock import Calendar
from ledger.obligations import working_days_between
from ledger.process import LATE_AFTER_WORKING_DAYS, History, Recorded
from ledger.when import LONDON


@dataclass(frozen=True, slots=True)
class Lag:
    """How many entries of a kind were recorded so many working days after the fact; `entry` is the first of them."""

    action: str
    days: int
    entries: int
    entry: int

    @property
    def is_late(self) -> bool:
        """Whether that is later than the ledger asks for a reason (domain 1.1)."""
        return self.days > LATE_AFTER_WORKING_DAYS


def lags(history: History, calendar: Calendar) -> tuple[Lag, ...]:
    """Return how late a stream's own acts and reports were recorded.

    What is entered from documents is always later than the fact, and no reproach. A correction tells of a fact that was
    recorded before. What is not dated is left out; of what is dated to a month, the last day counts.
    """
    found: dict[tuple[str, int], Lag] = {}
    for entry, days in _late(history, calendar):
        name = entry.action.declaration.name
        before = found.get((name, days), Lag(name, days, 0, entry.index))
        found[name, days] = Lag(name, days, before.entries + 1, before.entry)
    return tuple(found.values())


def _late(history: History, calendar: Calendar) -> Iterator[tuple[Recorded, int]]:
    for entry in history.entries():
        own = entry.stream == history.stream and entry.corrects is None
        if own and entry.statement.standing in {"act", "report"} and entry.occurred is not None:
            recorded = entry.recorded.astimezone(LONDON).date()
            yield entry, max(0, working_days_between(entry.occurred.last_day, recorded, calendar))
