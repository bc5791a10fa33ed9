"""Every number that a measure compares with, in one table: the paper's own, and ours, which are shown as assumed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Final, Literal

from ledger.words import N_

Origin = Literal["paper", "assumed"]


def _number(default: int | None, label: str, origin: Origin) -> int:
    made: int = field(default=default, metadata={"label": label, "origin": origin})  # type: ignore[assignment]
    return made


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers an operator may change, but for the paper's own. Days are calendar days unless named working days."""

    bid_window_months: int = _number(2, N_("Least time to bid, in calendar months"), "paper")
    partnership_uplift_days: int | None = _number(None, N_("Further days to bid for partnerships"), "assumed")
    tell_within_working_days: int = _number(2, N_("Working days to tell of a change of timetable"), "assumed")
    reason_within_working_days: int = _number(5, N_("Working days to give the reason of a change"), "assumed")
    month_length_days: int = _number(3, N_("Days that differing months may take from a window"), "assumed")
    issue_answer_working_days: int = _number(20, N_("Working days to answer an issue"), "assumed")
    silence_working_days: int = _number(20, N_("Working days without an entry that count as silence"), "assumed")
    evidence_request_working_days: int = _number(20, N_("Working days to answer a request for evidence"), "assumed")
    delivery_due_months: int = _number(6, N_("Months of service before engagement in delivery is due"), "assumed")
    turnover_ratio: int = _number(2, N_("Turnover asked for, in times the yearly value of the lot"), "assumed")
    embargo_working_days: int = _number(5, N_("Working days until a question's words are released"), "assumed")
    equality_before_launch: bool = field(
        default=True,
        metadata={"label": N_("The equality impact assessment is due before launch"), "origin": "assumed"},
    )


DEFAULT: Final = Thresholds()


@dataclass(frozen=True, slots=True)
class Shown:
    """One threshold as a page shows it."""

    name: str
    label: str
    value: int | bool | date | None
    origin: Origin


def shown(thresholds: Thresholds) -> tuple[Shown, ...]:
    """Return every threshold with its label and whether the number is the paper's."""
    return tuple(
        Shown(each.name, each.metadata["label"], getattr(thresholds, each.name), each.metadata["origin"])
        for each in fields(thresholds)
    )
