"""The specifications of a process: their versions, who wrote each, and what was accepted or put right as faulty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from ledger.actions.design import SpecificationAuthorAssigned, SpecificationCorrected, SpecificationPublished
from ledger.kinds import Maybe, stated
from ledger.process import History, Recorded
from ledger.streams import Stream
from projections.measures.facts import possibly_last
from projections.measures.judging import is_before
from projections.measures.windows import is_blank

Version = tuple[Recorded, SpecificationPublished]
Author = tuple[Recorded, SpecificationAuthorAssigned]
Fix = tuple[Recorded, SpecificationCorrected]

_A = TypeVar("_A", SpecificationPublished, SpecificationAuthorAssigned, SpecificationCorrected)

FAULTS: Final = frozenset({"blank", "missing_section", "missing_tupe", "incumbent_error", "undeliverable"})
"""The faults that a correction can name, but for "another fault", which may be a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Specification:
    """One specification, with its versions and corrections in the order of the log.

    `writers` has, for each version, those of whom any may have been its author: one, unless the record leaves it open,
    and none where none is on record. Without a version, the same for the specification as it will be.
    """

    name: str
    versions: tuple[Version, ...]
    writers: tuple[tuple[Author, ...], ...]
    fixes: tuple[Fix, ...]

    @property
    def authors(self) -> tuple[Author, ...]:
        """Everybody who may have written a version."""
        return tuple({each[0].index: each for able in self.writers for each in able}.values())

    @property
    def newest(self) -> tuple[Version, ...]:
        """The versions of which any may be the newest."""
        return tuple(possibly_last(self.versions))

    def is_certainly_by(self, kind: Callable[[SpecificationAuthorAssigned], bool]) -> bool:
        """Whether every version was certainly written by an author of a kind."""
        return all(able and all(kind(author) for _, author in able) for able in self.writers)

    def version_by(self, kind: Callable[[SpecificationAuthorAssigned], bool]) -> tuple[Author, ...]:
        """Return those who may have written a version that was certainly written by an author of a kind."""
        return next((able for able in self.writers if able and all(kind(author) for _, author in able)), ())

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
    return history.fact("specifications", lambda: _specifications(history))


def _specifications(history: History) -> tuple[Specification, ...]:
    versions = _by_name(history, SpecificationPublished)
    authors = _by_name(history, SpecificationAuthorAssigned)
    fixes = _by_name(history, SpecificationCorrected)
    found = []
    for key in dict.fromkeys([*versions, *authors]):
        published, assigned = versions.get(key, []), authors.get(key, [])
        writers = [_authors_of(version, assigned) for version in published] or [tuple(possibly_last(assigned))]
        found.append(
            Specification(
                name=key[1],
                versions=tuple(published),
                writers=tuple(writers),
                fixes=tuple(fixes.get(key, ())),
            )
        )
    return tuple(found)


def _authors_of(version: Version, assigned: list[Author]) -> tuple[Author, ...]:
    """Return the last who was made author, leaving out whoever certainly came after the publication.

    Of one day, the assignment came first: a specification is written before it is published.
    """
    published = version[0].occurred
    able = [each for each in assigned if is_before(published, each[0].occurred) is not True]
    return tuple(possibly_last(able))


def _by_name(history: History, kind: type[_A]) -> dict[tuple[Stream, str], list[tuple[Recorded, _A]]]:
    found: dict[tuple[Stream, str], list[tuple[Recorded, _A]]] = {}
    for entry, action in history.records(kind):
        found.setdefault(_key(entry, action.spec_id), []).append((entry, action))
    return found


def _key(entry: Recorded, spec_id: Maybe[str] | None) -> tuple[Stream, str]:
    """Return what names a specification. One whose id is not to be seen is its own."""
    return entry.stream, stated(spec_id) or f"entry {entry.index}"
