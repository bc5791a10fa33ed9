"""What can be recorded next about an entry, with all that is known filled in."""

from __future__ import annotations

from typing import Final, NamedTuple

from ledger.actions.commitments import CommitmentMade
from ledger.actions.issues import IssueReported
from ledger.actions.procurement import ClarificationAnswered, ClarificationQuestionReceived, SiteVisitRequested
from ledger.actions.timeline import TimelineChanged, TimelinePublished
from ledger.kinds import stated
from ledger.process import Recorded
from ledger.vocabulary import Action
from ledger.words import N_


class Step(NamedTuple):
    """One link: its words, the kind of entry, and what the form begins with."""

    words: str
    kind: str
    begins: dict[str, str]


_ABOUT: Final[dict[type[Action], tuple[tuple[str, str, str], ...]]] = {
    ClarificationQuestionReceived: ((N_("Answer this question"), "clarification-answered", "question_id"),),
    ClarificationAnswered: ((N_("The answer was wrong"), "clarification-answer-corrected", "question_id"),),
    IssueReported: (
        (N_("Answer this issue"), "issue-answered", "issue_id"),
        (N_("This issue is resolved"), "issue-resolved", "issue_id"),
    ),
    CommitmentMade: ((N_("Say what came of this promise"), "commitment-discharged", "commitment_id"),),
    SiteVisitRequested: ((N_("Say what came of this visit"), "site-visit-outcome-recorded", "visit_id"),),
    TimelinePublished: ((N_("Move a date"), "timeline-changed", ""),),
    TimelineChanged: (
        (N_("Move a date again"), "timeline-changed", ""),
        (N_("Say who was told"), "timeline-change-communicated", "="),
    ),
}
"""Kind of entry -> words, kind to record, and the field that both share ("=": the field that takes its number)."""


def steps(entry: Recorded) -> list[Step]:
    """Return what can be recorded about an entry, putting it right last. What was replaced has no steps."""
    found = [_step(entry, *each) for each in _ABOUT.get(type(entry.action), ())]
    report = {"stream": str(entry.stream), "data.about_entry": str(entry.index)}
    return [
        *found,
        putting_right(entry),
        Step(N_("Report an issue with this"), "issue-reported", report),
    ]


def putting_right(entry: Recorded) -> Step:
    """Return the way to put an entry right."""
    kind = entry.action.declaration.name.rpartition(".")[0]
    return Step(N_("Put this right"), kind, {"stream": str(entry.stream), "corrects": str(entry.index)})


def _step(entry: Recorded, words: str, kind: str, shared: str) -> Step:
    begins = {"stream": str(entry.stream)}
    if shared == "=":
        return Step(words, kind, begins | {"data.change": str(entry.index)})
    name = stated(getattr(entry.action, shared, None))
    return Step(words, kind, begins if name is None else begins | {f"data.{shared}": str(name)})
