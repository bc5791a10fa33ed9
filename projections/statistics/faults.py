"""What was put right, and how long it had stood: values, answers and specifications, and the record itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ledger.actions.contract import ContractValueCorrected
from ledger.actions.design import SpecificationCorrected, SpecificationPublished
from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.procurement import ClarificationAnswerCorrected, ClarificationAnswered
from ledger.kinds import CodeList, stated
from ledger.process import History, Recorded
from ledger.when import LONDON, Occurrence
from ledger.words import N_

Kind = Literal["value", "answer", "specification", "record", "withdrawal"]

KINDS: Final = CodeList(
    "kind of error",
    {
        "value": N_("Value put right"),
        "answer": N_("Answer put right"),
        "specification": N_("Specification put right"),
        "record": N_("Entry of this record put right"),
        "withdrawal": N_("Entry of this record withdrawn"),
    },
)


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that was put right by one entry. `wrong` is the entry that held it, where the record says which.

    `stood` are the least and the most days between the two in the world, None where a day is not known; `recorded`
    are the days between their recording here (Europe/London).
    """

    entry: int
    kind: Kind
    wrong: int | None
    stood: tuple[int, int] | None
    recorded: int | None


def faults(history: History) -> Iterator[Fault]:
    """Yield what the stream's own standing entries put right, in the order of the log, each of them once."""
    for entry in history.standing():
        if entry.stream == history.stream:
            found = _in_the_world(history, entry)
            if found is not None:
                yield _fault(entry, *found)
    for entry in history.entries():
        if entry.stream == history.stream and entry.corrects is not None and not history.is_withdrawn(entry.index):
            yield _in_the_record(entry, "record", history.at(entry.corrects))


def _in_the_world(history: History, entry: Recorded) -> tuple[Kind, Recorded | None] | None:
    """Return what an entry puts right, and the entry that was wrong."""
    match entry.action:
        case ContractValueCorrected() as value:
            since = stated(value.wrong_since)
            return "value", None if since is None else history.at(since)
        case ClarificationAnswerCorrected() as answer:
            given = [
                other
                for other, said in history.records(ClarificationAnswered)
                if other.stream == entry.stream and _is_same(said.question_id, answer.question_id)
            ]
            return "answer", _only(given)
        case SpecificationCorrected() as fixed:
            versions = [
                other
                for other, said in history.records(SpecificationPublished)
                if _is_same(said.spec_id, fixed.spec_id)
            ]
            return "specification", _only(versions)
        case LedgerEntryWithdrawn() as withdrawn:
            return "withdrawal", history.at(withdrawn.target)
        case _:
            return None


def _is_same(one: object, other: object) -> bool:
    return isinstance(one, str) and one == other


def _only(found: list[Recorded]) -> Recorded | None:
    """Return what was wrong where there is one: of several, the record does not say which held the error."""
    return found[0] if len(found) == 1 else None


def _fault(entry: Recorded, kind: Kind, wrong: Recorded | None) -> Fault:
    if kind == "withdrawal":
        return _in_the_record(entry, kind, wrong)
    stood = None if wrong is None else _between(_since(wrong), entry.occurred)
    return Fault(entry.index, kind, None if wrong is None else wrong.index, stood, _days_recorded(wrong, entry))


def _in_the_record(entry: Recorded, kind: Kind, wrong: Recorded | None) -> Fault:
    """Return an error of the record: it stood from when it was recorded until it was put right here."""
    days = _days_recorded(wrong, entry)
    return Fault(
        entry.index, kind, None if wrong is None else wrong.index, None if days is None else (days, days), days
    )


def _since(wrong: Recorded) -> Occurrence | None:
    """Return from when bidders could rely on what was wrong: of an answer, from its release."""
    if isinstance(wrong.action, ClarificationAnswered):
        return stated(wrong.action.released_at) or wrong.occurred
    return wrong.occurred


def _between(since: Occurrence | None, until: Occurrence | None) -> tuple[int, int] | None:
    if since is None or until is None:
        return None
    return max(0, (until.first_day - since.last_day).days), max(0, (until.last_day - since.first_day).days)


def _days_recorded(wrong: Recorded | None, entry: Recorded) -> int | None:
    if wrong is None:
        return None
    return (entry.recorded.astimezone(LONDON).date() - wrong.recorded.astimezone(LONDON).date()).days
