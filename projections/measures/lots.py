"""The lots of a process as they stand: first published, then cut anew, in the order in which that happened."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.actions.design import Lot, LotChange, LotStructurePublished, LotStructureRevised
from ledger.kinds import stated
from ledger.process import History
from ledger.when import in_order


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
    """Return each lot by its id, also those that no longer exist."""
    found: dict[str, LotFacts] = {}
    for entry, published in history.records(LotStructurePublished):
        for lot in stated(published.lots) or ():
            _tell(found, entry.index, lot)
    for entry, revised in in_order(list(history.records(LotStructureRevised)), lambda each: each[0].occurred):
        for change in stated(revised.changes) or ():
            _tell(found, entry.index, change)
    return found


def _tell(found: dict[str, LotFacts], index: int, told: Lot | LotChange) -> None:
    lot = stated(told.lot_id)
    if lot is None:
        return
    before = found.get(lot, LotFacts(lot))
    ended = stated(told.ended) if isinstance(told, LotChange) else None
    found[lot] = LotFacts(
        lot,
        stated(told.area) or before.area,
        stated(told.prisons) or before.prisons,
        before.ended if ended is None else ended,
        (*before.evidence, index),
    )
