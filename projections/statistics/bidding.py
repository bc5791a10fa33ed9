"""How long bidders had, lot by lot: from the launch, and from when they could work, against so many months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from ledger.clock import add_months
from ledger.process import History
from projections.measures.thresholds import Thresholds
from projections.measures.windows import Cause, Window, windows

Verdict = Literal["enough", "short", "open"]


@dataclass(frozen=True, slots=True)
class Bid:
    """The time to bid for one lot; days are calendar days between two dates (Europe/London), as least and most.

    `lot` is None for the process as a whole. `launched`, `complete` and `closes` are the first and the last day that
    the record allows; the second of `complete` is None where it does not say when the papers were complete, and
    `missing` is then what was awaited. `margin` is by how much the time is longer than the months, negative where it is
    shorter; its least is None where it has no bound.
    """

    lot: str | None
    launched: tuple[date, date]
    complete: tuple[date, date | None]
    closes: tuple[date, date]
    missing: Cause | None
    margin: tuple[int | None, int]
    evidence: tuple[int, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether it was certainly enough, certainly short, or the record leaves that open."""
        return verdict(self.margin)

    @property
    def nominal(self) -> tuple[int, int]:
        """The least and the most days from the launch to the deadline."""
        return (self.closes[0] - self.launched[1]).days, (self.closes[1] - self.launched[0]).days

    @property
    def effective(self) -> tuple[int | None, int]:
        """The least and the most days from complete papers to the deadline; the least is None without a bound."""
        first, last = self.complete
        return (None if last is None else (self.closes[0] - last).days), (self.closes[1] - first).days

    @property
    def lost(self) -> int:
        """The days after the launch that certainly passed before the papers were complete."""
        return max(0, (self.complete[0] - self.launched[1]).days)

    def asked(self, months: int) -> int:
        """Return how many days the months are, from the first day on which bidders could work: 59 to 62 for two."""
        return (add_months(self.complete[0], months) - self.complete[0]).days


def verdict(margin: tuple[int | None, int]) -> Verdict:
    """Return what a margin, as its least and its most days, comes to."""
    least, most = margin
    if least is not None and least >= 0:
        return "enough"
    return "short" if most < 0 else "open"


def bids(history: History, thresholds: Thresholds) -> tuple[Bid, ...]:
    """Return the time to bid for each lot; nothing where no launch or no deadline is on record."""
    found = windows(history)
    if found is None:
        return ()
    return tuple(_bid(found.nominal, each, thresholds.bid_window_months) for each in found.effective)


def _bid(nominal: Window, effective: Window, months: int) -> Bid:
    launched, start, closes = nominal.start, effective.start, effective.deadline
    return Bid(
        lot=effective.lot,
        launched=(launched.first, launched.last or launched.first),
        complete=(start.first, start.last),
        closes=(closes.first, closes.last),
        missing=start.missing,
        margin=effective.margin_days(months),
        evidence=effective.evidence,
    )
