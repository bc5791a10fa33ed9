"""The lots of a process as they stand: first published, then cut anew, in the order in which that happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ledger.actions.design import Lot, LotChange, LotStructurePublished, LotStructureRevised
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.vocabulary import Action
from projections.measures.facts import possibly_last

V = TypeVar("V")
_Told = Sequence[tuple[Recorded, Action, Lot | LotChange]]


@dataclass(frozen=True, slots=True)
class LotFacts:
    """One lot: where it is, which prisons it serves, and the entries that say so. None is not on record."""

    lot: str
    area: str | None = None
    prisons: tuple[str, ...] = ()
    ended: bool = False
    evidence: tuple[int, ...] = ()


def lots(history: History) -> dict[str, LotFacts]:
    """Return each lot that stands by its id. A lot whose id is not stated cannot be followed and is left out."""
    return {lot: facts for lot, facts in every_lot(history).items() if not facts.ended}


def every_lot(history: History) -> dict[str, LotFacts]:
    """Return each lot by its id, also those that no longer exist.

    What a lot was published with stands until it is cut anew. Where it is open which of several new cuts came last, and
    they differ, the fact is not on record.
    """
    first: _Told = [(e, a, lot) for e, a in history.records(LotStructurePublished) for lot in stated(a.lots) or ()]
    later: _Told = [(e, a, lot) for e, a in history.records(LotStructureRevised) for lot in stated(a.changes) or ()]
    names = (stated(told.lot_id) for _, _, told in (*first, *later))
    return {name: _facts(name, first, later) for name in dict.fromkeys(names) if name is not None}


def _facts(name: str, first: _Told, later: _Told) -> LotFacts:
    mine = [[each for each in told if stated(each[2].lot_id) == name] for told in (first, later)]
    area = _last(mine, lambda told: stated(told.area))
    prisons = _last(mine, lambda told: stated(told.prisons))
    ended = _last(mine, lambda told: stated(told.ended) if isinstance(told, LotChange) else None)
    evidence = tuple(sorted({entry.index for told in mine for entry, _, _ in told}))
    return LotFacts(name, area, prisons or (), ended is True, evidence)


def _last(told: Sequence[_Told], field: Callable[[Lot | LotChange], V | None]) -> V | None:
    """Return a field as it stands: the new cut's, else the first one's; None where nothing or no one thing is said."""
    for each in reversed(told):
        saying = [(entry, action) for entry, action, lot in each if field(lot) is not None]
        last = {entry.index for entry, _ in possibly_last(saying)}
        values = {field(lot) for entry, _, lot in each if entry.index in last and field(lot) is not None}
        if values:
            return values.pop() if len(values) == 1 else None
    return None
