"""Releases of one process put in order and merged, as the standard says (OCDS 1.1, merging), by its own library."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, Final, TypeVar

from ocdsmerge import Merger
from ocdsmerge.exceptions import DuplicateIdValueWarning
from ocdsmerge.merge import CompiledRelease

Object = dict[str, Any]
T = TypeVar("T")

_OMITTED: Final = ("id", "date", "tag")
_WHOLE_LISTS: Final = (
    "buyer/additionalIdentifiers",
    "parties/additionalIdentifiers",
    "parties/roles",
    "relatedProcesses/relationship",
    "contracts/relatedProcesses/relationship",
    "tender/additionalProcurementCategories",
    "tender/submissionMethod",
    "tender/procuringEntity/additionalIdentifiers",
    "tender/tenderers/additionalIdentifiers",
    "awards/suppliers/additionalIdentifiers",
    "contracts/implementation/transactions/payee/additionalIdentifiers",
    "contracts/implementation/transactions/payer/additionalIdentifiers",
)
_OF_EACH_STAGE: Final = ("amendment/changes", "amendments/changes", "items/additionalClassifications")

RULES: Final[dict[tuple[str, ...], str]] = dict(
    chain(
        (((name,), "omitWhenMerged") for name in _OMITTED),
        ((tuple(path.split("/")), "wholeListMerge") for path in _WHOLE_LISTS),
        (
            ((stage, *path.split("/")), "wholeListMerge")
            for stage in ("tender", "awards", "contracts")
            for path in _OF_EACH_STAGE
        ),
    )
)
"""The merge rules of OCDS 1.1.5's release schema. Left to itself, the library would fetch the schema."""


def compiled(releases: Iterable[Object]) -> Object:
    """Return the compiled release of whole releases, each with its date."""
    return dict(_merger().create_compiled_release(list(releases)))


def versioned(releases: Iterable[Object]) -> Object:
    """Return the versioned release of whole releases, each with its date."""
    return dict(_merger().create_versioned_release(list(releases)))


def _merger() -> Merger:
    return Merger(merge_rules=RULES)


def counting(releases: Iterable[T], release_of: Callable[[T], Object]) -> list[T]:
    """Return those of the releases of one process that tell it.

    A compiled release repeats what the others say, so it counts only where there are no others.
    """
    each_one = list(releases)
    own = [each for each in each_one if "compiled" not in release_of(each).get("tag", ())]
    return own or each_one


class Merging:
    """What the releases of one process say so far; each is added in its turn."""

    def __init__(self) -> None:
        self._whole = CompiledRelease(merge_rules=RULES)
        self.state: Object = {}

    def add(self, release: Object) -> Object:
        """Take one more release in, and return all that is said up to and with it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DuplicateIdValueWarning)
            self._whole.append(release)
        self.state = self._whole.asdict()
        return self.state
