"""What others say is wrong, and what comes of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ledger import structs as s
from ledger import vocabulary as v
from ledger.codes import CAUSES, REPORTERS
from ledger.errors import Refused
from ledger.kinds import CodeList, Maybe, stated
from ledger.when import Occurrence
from ledger.words import N_

if TYPE_CHECKING:
    from ledger.process import History

ISSUE_TYPES = CodeList(
    "type of issue",
    {
        "spec_blank": N_("A specification is blank"),
        "spec_missing_info": N_("A specification lacks information"),
        "spec_missing_tupe": N_("TUPE information is missing"),
        "spec_incumbent_error": N_("Wrong information about the present provider"),
        "spec_undeliverable": N_("A specification cannot be delivered within the budget"),
        "budget_untold": N_("Authors of specifications were not told the budget"),
        "value_error": N_("A value is wrong"),
        "late_answer": N_("An answer is late"),
        "wrong_answer": N_("An answer is wrong"),
        "unclear_timeline": N_("The timetable is unclear"),
        "contact_unreachable": N_("A contact cannot be reached"),
        "visit_not_arranged": N_("A visit is not arranged in time"),
        "portal_failure": N_("The portal failed"),
        "financial_barrier": N_("A financial barrier"),
        "lot_barrier": N_("The lots are a barrier"),
        "requirement_barrier": N_("A requirement is a barrier"),
        "could_not_bid": N_("Could not bid"),
        "evidence_requested": N_("Evidence is asked for"),
        "equality_concern": N_("A concern about equality"),
        "mobilisation": N_("Trouble in setting the service up"),
        "other": N_("Another issue"),
    },
)
IMPACTS = CodeList(
    "impact",
    {
        "funding_gap": N_("Gap in funding"),
        "redundancies": N_("Redundancies"),
        "staff_turnover": N_("Staff left"),
        "could_not_bid": N_("Could not bid"),
        "subsidised_from_own_income": N_("Paid for out of own income"),
        "continuity_of_service": N_("Continuity of the service"),
        "other": N_("Other"),
    },
)
SEVERITIES = CodeList("severity", {"low": N_("Low"), "medium": N_("Medium"), "high": N_("High")})
POSITIONS = CodeList(
    "position", {"accepted": N_("Accepted"), "partly": N_("Partly accepted"), "disputed": N_("Disputed")}
)
OUTCOMES = CodeList(
    "outcome of an issue",
    {
        "fixed": N_("Put right"),
        "mitigated": N_("Eased"),
        "not_fixed": N_("Not put right"),
        "withdrawn": N_("Withdrawn"),
    },
)
BODIES = CodeList(
    "body",
    {
        "rr3": N_("Reducing Reoffending Third Sector Advisory Group (RR3)"),
        "senior_official": N_("Senior official"),
        "procurement_review_unit": N_("Procurement Review Unit"),
        "court": N_("Court"),
        "ombudsman": N_("Ombudsman"),
    },
)
STREAMS: tuple[v.StreamKind, ...] = ("process", "group")


class IssueReported(
    v.Action,
    name="issue-reported.v1",
    title=N_("Issue reported"),
    stage="throughout",
    streams=STREAMS,
    recommendations=(3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14),
    ocds=("tenderUpdate",),
):
    """Record this when something is wrong, or when evidence is asked for. The body responsible answers."""

    sentence = N_("Issue reported: %(type)s. %(text)s")
    issue_id: Maybe[str] | None = v.opens(N_("Issue"), "issue", default=None)
    type: Maybe[str] = v.code(N_("Type of issue"), ISSUE_TYPES)
    about_entry: Maybe[int] | None = v.entry(N_("About the entry"), default=None)
    stage: Maybe[str] = v.code(N_("Stage"), v.STAGES)
    reported_at: Maybe[Occurrence] = v.occurrence(N_("Reported on"))
    noticed_on: Maybe[Occurrence] = v.when(N_("Noticed on"))
    reporter_kind: Maybe[str] = v.code(N_("Reported by a"), REPORTERS)
    impact: Maybe[tuple[str, ...]] = v.codes(N_("Impact"), IMPACTS)
    text: Maybe[str] = v.prose(N_("What is wrong"))
    severity: Maybe[str] = v.code(N_("Severity"), SEVERITIES)
    formal: Maybe[bool] = v.yes_no(N_("Formal complaint"))


class IssueAnswered(
    v.Action,
    name="issue-answered.v1",
    title=N_("Issue answered"),
    stage="throughout",
    after=IssueReported,
    streams=STREAMS,
    recommendations=(7, 8),
    ocds=("tenderUpdate",),
):
    """Record this when the body responsible answers an issue: it accepts it, partly, or disputes it."""

    sentence = N_("Issue %(issue_id)s answered: %(position)s. Reason: %(reason)s")
    issue_id: Maybe[str] = v.refers(N_("Issue"), "issue")
    answered_at: Maybe[Occurrence] = v.occurrence(N_("Answered on"))
    position: Maybe[str] = v.code(N_("Position"), POSITIONS)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    cause_code: Maybe[str] = v.code(N_("Cause"), CAUSES)
    action_promised: Maybe[str] | None = v.prose(N_("What is promised"), default=None)
    due_on: Maybe[dt.date] | None = v.day(N_("By"), default=None, hint=N_("A date here is a promise."))


class IssueResolved(
    v.Action,
    name="issue-resolved.v1",
    title=N_("Issue resolved"),
    stage="throughout",
    after=IssueReported,
    streams=STREAMS,
    ocds=("tenderUpdate",),
):
    """Record this when an issue is put right, or closed without."""

    sentence = N_("Issue %(issue_id)s: %(outcome)s")
    issue_id: Maybe[str] = v.refers(N_("Issue"), "issue")
    resolved_on: Maybe[Occurrence] = v.occurrence(N_("On"))
    outcome: Maybe[str] = v.code(N_("Outcome"), OUTCOMES)
    fixing_entry: Maybe[int] | None = v.entry(N_("Entry that put it right"), default=None)

    def check(self, history: History) -> None:
        issue = stated(self.issue_id)
        if issue is not None and any(history.about(IssueResolved, "issue", issue)):
            raise Refused(N_("Issue %(issue)s is resolved already. To change how, correct that entry."), issue=issue)


class IssueEscalated(
    v.Action,
    name="issue-escalated.v1",
    title=N_("Issue taken further"),
    stage="throughout",
    after=IssueReported,
    streams=STREAMS,
    ocds=("tenderUpdate", "awardUpdate"),
):
    """Record this when an issue is taken to a higher body."""

    sentence = N_("Issue %(issue_id)s taken to: %(to_body)s")
    issue_id: Maybe[str] = v.refers(N_("Issue"), "issue")
    to_body: Maybe[str] = v.code(N_("Taken to"), BODIES)
    escalated_on: Maybe[Occurrence] = v.occurrence(N_("On"))
    grounds: Maybe[str] = v.prose(N_("Grounds"))
