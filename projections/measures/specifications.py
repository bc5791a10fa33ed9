"""The specifications of a process: their versions, who wrote each, and what was accepted or put right as faulty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

from ledger.actions.design import SpecificationAuthorAssigned, SpecificationCorrected, SpecificationPublished
from ledger.kinds import Maybe, stated
from ledger.process import History, Recorded
from ledger.streams import Stream
from ledger.when import in_order
from projections.measures.windows import is_blank

Version = tuple[Recorded, SpecificationPublished]
Author = tuple[Recorded, SpecificationAuthorAssigned]
Fix = tuple[Recorded, SpecificationCorrected]

_A = TypeVar("_A", SpecificationPublished, SpecificationAuthorAssigned, SpecificationCorrected)

FAULTS: Final = frozenset({"blank", "missing_section", "missing_tupe", "incumbent_error", "undeliverable"})
"""The faults that a correction can name, but for "another fault", which may be a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Specification:
    """One specification. Versions, authors and corrections are in the order in which they happened.

    `authors` are those who were its author when a version was published, or, where none is, the newest.
    `unwritten` is whether a version was published for which no author is on record.
    """

    name: str
    versions: tuple[Version, ...]
    authors: tuple[Author, ...]
    unwritten: bool
    fixes: tuple[Fix, ...]

    @property
    def is_published(self) -> bool:
        """Whether a version of it is on record."""
        return bool(self.versions)

    @property
    def lot(self) -> str | None:
        """The lot it is for, where a version or its author's entry says so."""
        lots = [stated(action.lot_id) for _, action in self.versions] + [stated(who.lot_id) for _, who in self.authors]
        return next((lot for lot in lots if lot is not None), None)

    @property
    def blank(self) -> tuple[int, ...]:
        """The entries that show it wholly blank: published so, or put right as such."""
        published = [entry.index for entry, action in self.versions if is_blank(action)]
        return (*published, *(entry.index for entry, action in self.faults if stated(action.defect_code) == "blank"))

    @property
    def faults(self) -> tuple[Fix, ...]:
        """The corrections that name a fault, but for those said not to matter to bids."""
        return tuple(fix for fix in self.fixes if stated(fix[1].defect_code) in FAULTS and fix[1].material is not False)


def specifications(history: History) -> tuple[Specification, ...]:
    """Return every specification that was published or given an author, in the order of the log."""
    versions = _by_name(history, SpecificationPublished)
    authors = _by_name(history, SpecificationAuthorAssigned)
    fixes = _by_name(history, SpecificationCorrected)
    found = []
    for key in dict.fromkeys([*versions, *authors]):
        published, assigned = versions.get(key, []), authors.get(key, [])
        writing = [_author_of(version, assigned) for version in published] or [assigned[-1] if assigned else None]
        found.append(
            Specification(
                name=key[1],
                versions=tuple(published),
                authors=tuple({each[0].index: each for each in writing if each is not None}.values()),
                unwritten=None in writing,
                fixes=tuple(fixes.get(key, ())),
            )
        )
    return tuple(found)


def _author_of(version: Version, assigned: list[Author]) -> Author | None:
    """Return the last who was made author, leaving out whoever certainly came after the publication.

    Of one day, the assignment came first: a specification is written before it is published.
    """
    published = version[0].occurred
    able = [
        each
        for each in assigned
        if published is None or each[0].occurred is None or published.before(each[0].occurred) is not True
    ]
    return able[-1] if able else None


def _by_name(history: History, kind: type[_A]) -> dict[tuple[Stream, str], list[tuple[Recorded, _A]]]:
    found: dict[tuple[Stream, str], list[tuple[Recorded, _A]]] = {}
    for entry, action in in_order(list(history.records(kind)), lambda each: each[0].occurred):
        found.setdefault(_key(entry, action.spec_id), []).append((entry, action))
    return found


def _key(entry: Recorded, spec_id: Maybe[str] | None) -> tuple[Stream, str]:
    """Return what names a specification. One whose id is not to be seen is its own."""
    return entry.stream, stated(spec_id) or f"entry {entry.index}"
