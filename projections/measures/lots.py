"""The lots of a process as they stand: first published, then cut anew, in the order in which that happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ledger.actions.design import LotStructurePublished, LotStructureRevised
from ledger.kinds import Maybe, stated
from ledger.process import History
from ledger.when import in_order


@dataclass(frozen=True, slots=True)
class LotFacts:
    """One lot: where it is, which prisons it serves, and the entries that say so. None is not on record."""

    lot: str
    area: str | None = None
    prisons: tuple[str, ...] = ()
    evidence: tuple[int, ...] = ()


_BARE: Final = LotFacts("")


def lots(history: History) -> dict[str, LotFacts]:
    """Return each lot that stands by its id. A lot whose id is not stated cannot be followed and is left out."""
    found: dict[str, LotFacts] = {}
    for entry, published in history.records(LotStructurePublished):
        for lot in stated(published.lots) or ():
            _tell(found, entry.index, lot.lot_id, lot.area, lot.prisons)
    for entry, revised in in_order(list(history.records(LotStructureRevised)), lambda each: each[0].occurred):
        for change in stated(revised.changes) or ():
            _tell(found, entry.index, change.lot_id, change.area, change.prisons)
            if stated(change.ended):
                found.pop(stated(change.lot_id) or "", None)
    return found


def _tell(
    found: dict[str, LotFacts],
    index: int,
    lot_id: Maybe[str],
    area: Maybe[str] | None,
    prisons: Maybe[tuple[str, ...]] | None,
) -> None:
    lot = stated(lot_id)
    if lot is None:
        return
    before = found.get(lot, _BARE)
    found[lot] = replace(
        before,
        lot=lot,
        area=stated(area) or before.area,
        prisons=stated(prisons) or before.prisons,
        evidence=(*before.evidence, index),
    )
