"""What a measure says about one process: a result for each part, the entries behind it, and why, in words.

Domain 1.2 decides the rules that all measures share: met and breached both need positive evidence; silence alone is not
evidenced; what is unknown is never met and never breached; a result that needs a report or a reconstruction is the
same word, labelled reported. There is no score.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ledger.kinds import CodeList
from ledger.sentences import Sentence as Sentence  # noqa: PLC0414 - measures say their findings with it
from ledger.sentences import sentence as sentence  # noqa: PLC0414
from ledger.words import N_

Result = Literal["breached", "breached_explained", "not_evidenced", "pending", "met", "not_applicable"]

RESULTS: Final = CodeList(
    "result",
    {
        "breached": N_("Breached"),
        "breached_explained": N_("Breached, reason given"),
        "not_evidenced": N_("Not evidenced"),
        "pending": N_("Not due yet"),
        "met": N_("Met"),
        "not_applicable": N_("Does not apply"),
    },
)
"""From worst to best; `not_applicable` stands outside the order."""

_ORDER: Final[tuple[Result, ...]] = ("breached", "breached_explained", "not_evidenced", "pending", "met")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number shown beside a result, which never decides it: its label, and the value as a sentence says values."""

    label: str
    value: object


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a recommendation, answered.

    `evidence` are the indexes of the entries the answer rests on. `reported` is true where the result would not stand
    without a report or a reconstruction. `changes_at` is the next moment (UTC, aware) at which time alone changes it.
    """

    code: str
    title: str
    result: Result
    why: Sentence
    evidence: tuple[int, ...] = ()
    reported: bool = False
    figures: tuple[Figure, ...] = ()
    changes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one recommendation comes to for one process at one instant (UTC, aware)."""

    recommendation: int
    version: int
    at: datetime
    parts: tuple[Part, ...]
    thresholds: tuple[str, ...] = ()
    disputed_by: tuple[int, ...] = ()

    @property
    def result(self) -> Result:
        """The worst of the parts; parts that do not apply count only where none applies."""
        return worst(part.result for part in self.parts)

    @property
    def evidence(self) -> tuple[int, ...]:
        """Every entry that some part rests on, in the order of the log."""
        return tuple(sorted({index for part in self.parts for index in part.evidence}))

    @property
    def reported(self) -> bool:
        """Whether a part that decides the result rests on a report or a reconstruction."""
        return any(part.reported for part in self.parts if part.result == self.result)

    @property
    def is_disputed(self) -> bool:
        """Whether an answer on record disputes it."""
        return bool(self.disputed_by)

    @property
    def why(self) -> tuple[Sentence, ...]:
        """The sentences of the parts that decide the result."""
        return tuple(part.why for part in self.parts if part.result == self.result)

    @property
    def changes_at(self) -> datetime | None:
        """The next moment at which time alone can change it."""
        return min((part.changes_at for part in self.parts if part.changes_at is not None), default=None)


def worst(results: Iterable[Result]) -> Result:
    """Return the worst of several results (domain 1.2, "worst-to-best")."""
    found = set(results)
    return next((result for result in _ORDER if result in found), "not_applicable")
