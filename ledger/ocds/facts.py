"""What one release adds: the step from what was said before it, and the facts that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.actions.design import FieldChange
from ledger.ocds.material import Object
from ledger.vocabulary import Action


class Fact(NamedTuple):
    """An action, and a remark to stand with its source where a reader should know how it was concluded."""

    action: Action
    remark: str | None = None


class FirstDate(NamedTuple):
    """A milestone as first stated: its date, its title if it has one of its own, and the date of the release."""

    text: str
    title: str | None
    said: str


@dataclass
class Known:
    """What earlier steps have settled and no release says by itself."""

    first_dates: dict[str, FirstDate] = field(default_factory=dict)
    launched: bool = False
    lots_told: bool = False
    terminated: bool = False
    budget_from: str | None = None
    lot_budgets: set[str] = field(default_factory=set)
    awards: set[str] = field(default_factory=set)
    contracts: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    same_award: dict[str, str] = field(default_factory=dict)
    """Awards that were issued again under another id: the new id, and the first one."""


@dataclass
class Step:
    """One release between what was said before it and what is said with it. `notes`: path -> what is odd there."""

    before: Object
    after: Object
    release: Object
    known: Known
    notes: Mapping[str, str]

    @property
    def date(self) -> str:
        """When the release is dated, and so when what it changes was published."""
        return str(self.release["date"])

    def remark(self, *parts: str) -> str | None:
        """Return what is odd in a part of the release, by the beginning of its path."""
        start = "/".join(parts)
        found = [f"{path}: {what}" for path, what in self.notes.items() if path.startswith(f"{start}/")]
        return "; ".join(found) or None


def change(what: str, after: str, was: str | None = None) -> FieldChange:
    """Return one thing that changes. `was` only for what is neither free text nor a contact."""
    return FieldChange(what=what, after=after, was=None if was is None else was[:300])
