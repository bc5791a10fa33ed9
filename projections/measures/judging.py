"""How a measure comes to its finding: whether the tender has begun, and on whose word a result rests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Final

from ledger.actions.contract import ContractAwarded, ContractDetailsPublished
from ledger.actions.delivery import ServiceStarted
from ledger.actions.procurement import BidsClosed, ProcurementLaunched, ProcurementTerminated
from ledger.kinds import NotStated
from ledger.process import History, Recorded
from ledger.vocabulary import Action
from ledger.when import LONDON, Occurrence
from ledger.words import N_
from projections.measures.facts import Question
from projections.measures.finding import Figure, Finding, Part, Sentence, sentence
from projections.measures.issues import disputes, issues

_AFTER_LAUNCH: Final[tuple[type[Action], ...]] = (
    BidsClosed,
    ProcurementTerminated,
    ContractAwarded,
    ContractDetailsPublished,
    ServiceStarted,
)
"""What shows that the tender is behind, though its launch is not on record."""

_ESTABLISHED: Final = frozenset({"act", "import"})
_DECIDED: Final = frozenset({"met", "breached", "breached_explained"})


@dataclass(frozen=True, slots=True)
class Begun:
    """The tender has begun. `when` is None where no launch, or no day of it, is on record."""

    when: Occurrence | None
    evidence: tuple[int, ...]


def begun(history: History) -> Begun | None:
    """Return when the tender began, or None where nothing shows that it did.

    Launches that contradict each other leave open which it was: the interval holds them all.
    """
    return history.fact("begun", lambda: _begun(history))


def _begun(history: History) -> Begun | None:
    launches = [entry for entry, _ in history.records(ProcurementLaunched)]
    dated = [(entry, entry.occurred) for entry in launches if entry.occurred is not None]
    if dated:
        first = min((when for _, when in dated), key=lambda each: each.start).text.partition("/")[0]
        last = max((when for _, when in dated), key=lambda each: each.end).text.rpartition("/")[2]
        return Begun(
            Occurrence(first if first == last else f"{first}/{last}"), tuple(entry.index for entry, _ in dated)
        )
    later = [entry for kind in _AFTER_LAUNCH for entry, _ in history.records(kind)]
    shown = [*launches, *later]
    return Begun(None, (shown[0].index,)) if shown else None


def is_before(when: Occurrence | None, other: Occurrence | None) -> bool | None:
    """Whether one came before the other: yes, no, or None where the record leaves it open."""
    return None if when is None or other is None else when.before(other)


def start_of(day: date) -> datetime:
    """Return the first instant of a day in Europe/London, as UTC."""
    return datetime.combine(day, time(), tzinfo=LONDON).astimezone(UTC)


def without(history: History, standings: Iterable[str]) -> History:
    """Return the history as if entries of these standings were not there."""
    unwanted = frozenset(standings)

    def is_unwanted(root: int, entry: Recorded) -> bool:  # noqa: ARG001 - the standing entry decides
        return entry.statement.standing in unwanted

    return history.without(is_unwanted)


def established_only(history: History) -> History:
    """Return the history without reports and reconstructions.

    An issue is always somebody else's claim. Once the body responsible accepts it in an act, it is the body's word too.
    """
    return history.fact("established only", lambda: _established_only(history), shared=False)


def _established_only(history: History) -> History:
    confirmed = {
        issue.entry.index
        for issue in issues(history)
        if issue.is_accepted and any(entry.statement.standing in _ESTABLISHED for entry, _ in issue.standing_answers)
    }

    def is_unwanted(root: int, entry: Recorded) -> bool:  # noqa: ARG001 - the standing entry decides
        return entry.statement.standing not in _ESTABLISHED and entry.index not in confirmed

    return history.without(is_unwanted)


def found(
    question: Question, number: int, version: int, judge: Callable[[Question], Part], *thresholds: str
) -> Finding:
    """Return the finding of a measure with one part; see `found_in_parts`."""
    return found_in_parts(question, number, version, lambda asked: (judge(asked),), *thresholds)


def found_in_parts(
    question: Question, number: int, version: int, judge: Callable[[Question], tuple[Part, ...]], *thresholds: str
) -> Finding:
    """Return the finding of a measure.

    The parts are judged twice: once on everything, and once without reports and reconstructions. Where only the first
    comes to its result, the result needs them, and is reported. Labels made from the evidence alone would call a result
    reported because of a report that merely agrees.
    """
    parts = judge(question)
    if any(part.result in _DECIDED for part in parts):
        without_others = replace(question, history=established_only(question.history))
        established = {part.code: part.result for part in judge(without_others)}
        parts = tuple(
            replace(part, reported=part.result in _DECIDED and established.get(part.code) != part.result)
            for part in parts
        )
    evidence = {index for part in parts for index in part.evidence}
    return Finding(number, version, question.at, parts, thresholds, disputes(question.history, number, evidence))


def not_launched(part: Part) -> Part:
    """Return a part as it is before the launch: a breach stands, all else is not due yet (domain 3)."""
    if part.result in {"breached", "breached_explained", "pending"}:
        return part
    return replace(part, result="pending", why=sentence(N_("The tender has not been launched yet.")))


def yes_no(value: object) -> Sentence:
    """Return a yes, a no, or that the record does not say, for a figure."""
    if value is True:
        return sentence(N_("yes"))
    return sentence(N_("no")) if value is False else sentence(N_("not on record"))


def share(label: str, part: int, whole: int) -> Figure:
    """Return how many of how many, as a figure; nothing is left out where there is nothing to count."""
    if whole == 0:
        return Figure(label, sentence(N_("none on record")))
    return Figure(label, sentence(N_("%(part)s of %(all)s"), part=part, all=whole))


def is_committed(value: object) -> bool:
    """Whether a value was committed: stated, or stated and not shown (domain 1.2). Its text is never tested."""
    return value is not None and not isinstance(value, NotStated)
