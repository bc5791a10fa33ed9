"""What an entry would do to the time to bid, to be read before it is recorded. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ledger.actions.timeline import TimelineChanged
from ledger.clock import add_months
from ledger.process import History
from ledger.vocabulary import Action
from projections.measures.thresholds import DEFAULT
from projections.statistics.bidding import Bid, bids


@dataclass(frozen=True, slots=True)
class Change:
    """The time to bid for one lot as it stands, and as it would be; None where it could not be counted."""

    lot: str | None
    before: Bid | None
    after: Bid | None

    @property
    def two_months_end(self) -> date | None:
        """The day until which bidding would have to be open; None where the day it counts from is open."""
        first, last = (None, None) if self.after is None else self.after.complete
        return None if first is None or first != last else add_months(first, DEFAULT.bid_window_months)


@dataclass(frozen=True, slots=True)
class Effect:
    """All lots whose time to bid would change, and whether any could be counted afterwards."""

    changes: tuple[Change, ...]
    counted: bool


def effect_of(action: type[Action], before: History, after: History) -> Effect | None:
    """Return what an entry does to the time to bid: `after` is `before` with it.

    None where it does nothing and nobody would expect it to; of a date that moves, also nothing is worth saying.
    """
    stood, stands = _by_lot(before), _by_lot(after)
    lots = [lot for lot in {**stands, **stood} if _days(stood.get(lot)) != _days(stands.get(lot))]
    if not lots and action is not TimelineChanged:
        return None
    return Effect(tuple(Change(lot, stood.get(lot), stands.get(lot)) for lot in lots), bool(stands))


def _by_lot(history: History) -> dict[str | None, Bid]:
    return {each.lot: each for each in bids(history, DEFAULT)}


def _days(bid: Bid | None) -> tuple[tuple[date | None, ...], ...] | None:
    """Return what is counted from. Other evidence of the same days is no change."""
    return None if bid is None else (bid.launched, bid.complete, bid.closes)
