"""Issues with their answers: what was accepted, what is disputed, what is put right.

An issue is known by its stream and its id: a group's issue-1 is not the process's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.actions.issues import IssueAnswered, IssueReported, IssueResolved
from ledger.kinds import Maybe, stated
from ledger.process import History, Recorded
from ledger.streams import Stream
from projections.measures.facts import possibly_last

SPECIFICATION_FAULTS: Final = frozenset(
    {"spec_blank", "spec_missing_info", "spec_missing_tupe", "spec_incumbent_error", "spec_undeliverable"}
)

CONCERNED: Final[Mapping[str, tuple[int, ...]]] = {
    "spec_blank": (2, 11, 12),
    "spec_missing_info": (4, 11, 12, 14),
    "spec_missing_tupe": (11, 12, 14),
    "spec_incumbent_error": (11, 12, 14),
    "spec_undeliverable": (10, 11, 12),
    "budget_untold": (11,),
    "value_error": (1, 5),
    "late_answer": (4, 14),
    "wrong_answer": (4, 14),
    "unclear_timeline": (3, 4),
    "contact_unreachable": (13,),
    "visit_not_arranged": (13,),
    "portal_failure": (4,),
    "financial_barrier": (8,),
    "lot_barrier": (7,),
    "requirement_barrier": (7,),
    "could_not_bid": (7,),
    "equality_concern": (9,),
    "mobilisation": (5,),
}
"""Type of issue -> the recommendations whose findings it bears on (domain 4.4). Others bear on what they are about."""

Answer = tuple[Recorded, IssueAnswered]
Resolution = tuple[Recorded, IssueResolved]


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue with its answers in the order of the log."""

    entry: Recorded
    reported: IssueReported
    answers: tuple[Answer, ...]
    resolutions: tuple[Resolution, ...]

    @property
    def type(self) -> str | None:
        """What it is about, where that is stated."""
        return stated(self.reported.type)

    @property
    def standing_answers(self) -> tuple[Answer, ...]:
        """The answers of which any may be the last: one, unless the record leaves it open."""
        return tuple(possibly_last(self.answers))

    @property
    def answer(self) -> Answer | None:
        """The answer that stands; of several that may, the last in the log."""
        return self.standing_answers[-1] if self.answers else None

    @property
    def resolved(self) -> Resolution | None:
        """The resolution that stands; of several that may, the last in the log."""
        return possibly_last(self.resolutions)[-1] if self.resolutions else None

    @property
    def outcome(self) -> str | None:
        """How it was resolved; None where it was not, or where the record leaves open which of two outcomes stands."""
        outcomes = {stated(action.outcome) for _, action in possibly_last(self.resolutions)}
        return outcomes.pop() if len(outcomes) == 1 else None

    @property
    def is_accepted(self) -> bool:
        """Whether the body responsible accepted it. Partly accepted is not counted: which part is in free text."""
        return bool(self.answers) and all(answer.position == "accepted" for _, answer in self.standing_answers)

    @property
    def is_disputed(self) -> bool:
        """Whether an answer that stands disputes it, and it is not resolved (domain 1.2)."""
        return self.resolved is None and any(answer.position == "disputed" for _, answer in self.standing_answers)

    @property
    def evidence(self) -> tuple[int, ...]:
        """The report and the answers that stand."""
        return (self.entry.index, *(entry.index for entry, _ in self.standing_answers))


def issues(history: History) -> tuple[Issue, ...]:
    """Return the issues that stand, in the order of the log."""
    return history.fact("issues", lambda: _issues(history))


def _issues(history: History) -> tuple[Issue, ...]:
    answers: dict[tuple[Stream, str], list[Answer]] = {}
    for entry, action in history.records(IssueAnswered):
        answers.setdefault(_key(entry, action.issue_id), []).append((entry, action))
    resolutions: dict[tuple[Stream, str], list[Resolution]] = {}
    for entry, resolution in history.records(IssueResolved):
        resolutions.setdefault(_key(entry, resolution.issue_id), []).append((entry, resolution))
    return tuple(
        Issue(entry, action, tuple(answers.get(key, ())), tuple(resolutions.get(key, ())))
        for entry, action in history.records(IssueReported)
        for key in [_key(entry, action.issue_id)]
    )


def _key(entry: Recorded, issue_id: Maybe[str] | None) -> tuple[Stream, str]:
    """Return what names an issue. One whose id is not to be seen is its own and has no answers."""
    return entry.stream, stated(issue_id) or f"entry {entry.index}"


def accepted(history: History, types: Iterable[str]) -> Iterator[Issue]:
    """Yield the issues of these types that the body responsible accepted."""
    wanted = frozenset(types)
    yield from (issue for issue in issues(history) if issue.type in wanted and issue.is_accepted)


def disputes(history: History, recommendation: int, evidence: Iterable[int]) -> tuple[int, ...]:
    """Return the answers that dispute, and still stand, what a finding is about or rests on."""
    disputed = history.fact("disputed issues", lambda: tuple(each for each in issues(history) if each.is_disputed))
    if not disputed:
        return ()
    rests_on = {other for index in evidence for other in history.chain(index)}
    return tuple(
        entry.index
        for issue in disputed
        if recommendation in CONCERNED.get(issue.type or "", ()) or stated(issue.reported.about_entry) in rests_on
        for entry, answer in issue.standing_answers
        if answer.position == "disputed"
    )
