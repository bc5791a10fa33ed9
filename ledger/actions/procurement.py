"""The tender: launched, asked about, amended, closed or stopped; and whom to contact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ledger import kinds
from ledger import structs as s
from ledger import vocabulary as v
from ledger.actions.design import FieldChange
from ledger.actions.process import PARTNERSHIP, CommissioningProcessRegistered
from ledger.actions.timeline import current_dates, possible_dates
from ledger.codes import BASES, MILESTONES, TOPICS
from ledger.errors import Refused, Wrong
from ledger.kinds import CodeList, Maybe, stated
from ledger.when import Occurrence
from ledger.words import N_, Term

if TYPE_CHECKING:
    from ledger.process import History

PROCEDURES = CodeList(
    "procedure",
    {
        "open": N_("Open"),
        "restricted": N_("Restricted"),
        "competitive_flexible": N_("Competitive flexible"),
        "negotiated": N_("Negotiated"),
        "framework": N_("Call-off from a framework"),
        "direct_award": N_("Direct award"),
        "grant": N_("Grant"),
        "other": N_("Other"),
    },
)
FUNCTIONS = CodeList(
    "function of a contact",
    {
        "procurement_team": N_("Procurement team"),
        "prison_liaison": N_("Liaison with prisons"),
        "prison": N_("Prison"),
    },
)
CONTACT_CHANGES = CodeList(
    "change of a contact",
    {
        "replaced": N_("Replaced"),
        "details_corrected": N_("Details put right"),
        "withdrawn": N_("Withdrawn"),
    },
)
RELEASES = CodeList("released to", {"all_bidders": N_("All bidders"), "asker_only": N_("Only the one who asked")})
VISIT_OUTCOMES = CodeList(
    "outcome of a request to visit",
    {"held": N_("Held"), "refused": N_("Refused"), "cancelled": N_("Cancelled"), "no_reply": N_("No reply")},
)
STOPPED = CodeList("what was stopped", {"process": N_("The whole process"), "lots": N_("Some lots")})


class ProcurementTeamResourced(
    v.Action,
    name="procurement-team-resourced.v1",
    title=N_("Procurement team's capacity stated"),
    stage="procurement",
    after=CommissioningProcessRegistered,
    recommendations=(13, 14),
):
    """Record this when the commissioner states how many people, with which knowledge, run the procurement."""

    sentence = N_("Procurement team: %(fte)s full-time posts from %(from_date)s to %(to_date)s")
    stated_on: Maybe[Occurrence] = v.occurrence(N_("Stated on"))
    fte: Maybe[str] = v.number(N_("Full-time equivalent posts"))
    dedicated_share: Maybe[str] = v.percent(N_("Share of their time"))
    service_expertise: Maybe[bool] = v.yes_no(N_("Knows the service"))
    cover_arrangements: Maybe[str] = v.prose(N_("Cover for absence"))
    from_date: Maybe[dt.date] = v.day(N_("From"))
    to_date: Maybe[dt.date] = v.day(N_("To"))


class ProcurementLaunched(
    v.Action,
    name="procurement-launched.v1",
    title=N_("Tender launched"),
    stage="procurement",
    after=CommissioningProcessRegistered,
    once=True,
    recommendations=(2, 3),
    ocds=("tender",),
):
    """Record this when the tender opens."""

    sentence = N_("Tender launched. Bidding closes on %(tender_deadline)s")
    notice_id: Maybe[str] | None = v.line(N_("Notice"), default=None)
    launched_on: Maybe[Occurrence] = v.occurrence(N_("Launched on"))
    pack_complete: Maybe[bool] = v.yes_no(N_("The pack was complete"))
    tender_deadline: Maybe[dt.date] = v.day(N_("Bidding closes on"))
    clarification_deadline: Maybe[dt.date] = v.day(N_("Deadline for questions"))
    answers_deadline: Maybe[dt.date] = v.day(N_("Deadline for answers"))
    procedure: Maybe[str] = v.code(N_("Procedure"), PROCEDURES)
    partnership_working: Maybe[str] = v.code(N_("Partnership working"), PARTNERSHIP)
    portal: Maybe[str] = v.line(N_("Portal"))

    def check(self, history: History) -> None:
        dates = current_dates(history, self.launched_on)
        for code in ("tender_deadline", "clarification_deadline", "answers_deadline"):
            launched = stated(getattr(self, code))
            possible = possible_dates(history, code, self.launched_on)
            if launched is not None and possible and launched not in possible:
                raise Refused(
                    N_(
                        "%(milestone)s: the timetable says %(planned)s, this says %(launched)s. "
                        "Move the date by a change of timetable first, with its reason."
                    ),
                    milestone=Term(MILESTONES.labels[code]),
                    planned=dates[code],
                    launched=launched,
                )


class ContactDetails(v.Struct):
    """How a contact can be reached: by a role and a channel, never by a personal address."""

    role_title: Maybe[str] | None = v.line(N_("Role"), default=None)
    name_published: Maybe[bool] | None = v.yes_no(N_("The name is public"), default=None)
    channel: Maybe[str] | None = v.of(N_("How to reach them"), kinds.Personal(), default=None)
    available_from: Maybe[dt.date] | None = v.day(N_("Available from"), default=None)
    available_to: Maybe[dt.date] | None = v.day(N_("Available to"), default=None)
    cover_for_absence: Maybe[str] | None = v.prose(N_("Cover for absence"), default=None)


class ContactPointNamed(
    v.Action,
    name="contact-point-named.v1",
    title=N_("Contact named"),
    stage="procurement",
    after=CommissioningProcessRegistered,
    recommendations=(4, 13),
    ocds=("tender",),
):
    """Record this when a contact for bidders, or for dealings with prisons, is named. Give the role."""

    sentence = N_("Contact named for “%(function)s”: %(role_title)s")
    contact_id: Maybe[str] | None = v.opens(N_("Contact"), "contact", default=None)
    named_on: Maybe[Occurrence] = v.occurrence(N_("Named on"))
    function: Maybe[str] = v.code(N_("Function"), FUNCTIONS)
    prison: Maybe[str] | None = v.prison(default=None)
    role_title: Maybe[str] = v.line(N_("Role"))
    name_published: Maybe[bool] = v.yes_no(N_("The name is public"))
    channel: Maybe[str] = v.of(N_("How to reach them"), kinds.Personal())
    available_from: Maybe[dt.date] = v.day(N_("Available from"))
    available_to: Maybe[dt.date] | None = v.day(N_("Available to"), default=None)
    cover_for_absence: Maybe[str] = v.prose(N_("Cover for absence"))


class ContactPointChanged(
    v.Action,
    name="contact-point-changed.v1",
    title=N_("Contact changed"),
    stage="procurement",
    after=ContactPointNamed,
    recommendations=(4, 13),
    ocds=("tenderUpdate",),
):
    """Record this when a contact is replaced or withdrawn, or its details are put right."""

    sentence = N_("Contact %(contact_id)s: %(change)s")
    contact_id: Maybe[str] = v.refers(N_("Contact"), "contact")
    change: Maybe[str] = v.code(N_("Change"), CONTACT_CHANGES)
    after: Maybe[ContactDetails] | None = v.nested(N_("Now"), ContactDetails, default=None)
    effective_on: Maybe[Occurrence] = v.occurrence(N_("From"))
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        if stated(self.change) in {"replaced", "details_corrected"} and self.after is None:
            yield "after", Wrong(N_("Say what the contact's details are now."))

    def before(self, history: History) -> Mapping[str, object]:
        after = stated(self.after)
        if after is None:
            return {}
        changed = {each.name for each in v.fields_of(ContactDetails) if getattr(after, each.name) is not None}
        facts: dict[str, object] = {}
        for named in history.actions(ContactPointNamed):
            if named.contact_id == self.contact_id:
                facts |= {name: getattr(named, name) for name in changed}
        for change in history.actions(ContactPointChanged):
            earlier = stated(change.after)
            if change.contact_id == self.contact_id and earlier is not None:
                facts |= {name: getattr(earlier, name) for name in changed if getattr(earlier, name) is not None}
        private = {each.name for each in v.fields_of(ContactDetails) if each.kind.private}
        return {f"after.{name}": value for name, value in facts.items() if value is not None and name not in private}


class ClarificationQuestionReceived(
    v.Action,
    name="clarification-question-received.v1",
    title=N_("Question received"),
    stage="procurement",
    after=CommissioningProcessRegistered,
    recommendations=(4,),
    ocds=("tenderUpdate",),
):
    """Record this when a bidder's question arrives. Never say who asked. The words stay back until released."""

    sentence = N_("Question %(question_id)s received on %(topic)s")
    question_id: Maybe[str] | None = v.opens(N_("Question"), "question", default=None)
    received_at: Maybe[Occurrence] = v.occurrence(N_("Received at"))
    topic: Maybe[str] = v.code(N_("Topic"), TOPICS)
    lot_id: Maybe[str] | None = v.refers(N_("Lot"), "lot", default=None)
    spec_id: Maybe[str] | None = v.refers(N_("Specification"), "specification", default=None)
    text_or_summary: Maybe[str] = v.prose(N_("What is asked"), embargoed=True)
    commitment_id: Maybe[str] | None = v.refers(N_("Promise that sets the time to answer"), "commitment", default=None)


class ClarificationAnswered(
    v.Action,
    name="clarification-answered.v1",
    title=N_("Question answered"),
    stage="procurement",
    after=ClarificationQuestionReceived,
    recommendations=(4,),
    ocds=("tenderUpdate",),
):
    """Record this when the answer to a question is released."""

    sentence = N_("Question %(question_id)s answered, released to: %(released_to)s")
    question_id: Maybe[str] = v.refers(N_("Question"), "question")
    answered_at: Maybe[Occurrence] = v.occurrence(N_("Answered at"))
    answer_or_summary: Maybe[str] = v.prose(N_("Answer"))
    released_to: Maybe[str] = v.code(N_("Released to"), RELEASES)
    asker_only_basis: Maybe[str] | None = v.code(N_("Basis for answering only the asker"), BASES, default=None)
    released_at: Maybe[Occurrence] = v.when(N_("Released at"))
    changes_tender: Maybe[bool] = v.yes_no(N_("Changes the tender"))
    document: Maybe[s.Document] | None = v.nested(N_("Document"), s.Document, default=None)

    def check(self, history: History) -> None:
        question = stated(self.question_id)
        if question is not None and any(history.about(ClarificationAnswered, "question", question)):
            raise Refused(
                N_("Question %(question)s has an answer already. Record “Answer put right”, or correct that entry."),
                question=question,
            )


class ClarificationAnswerCorrected(
    v.Action,
    name="clarification-answer-corrected.v1",
    title=N_("Answer put right"),
    stage="procurement",
    after=ClarificationAnswered,
    recommendations=(4, 14),
    ocds=("tenderUpdate",),
):
    """Record this when an answer that was given to bidders was wrong."""

    sentence = N_("The answer to question %(question_id)s is put right. Reason: %(reason)s")
    question_id: Maybe[str] = v.refers(N_("Question"), "question")
    corrected_at: Maybe[Occurrence] = v.occurrence(N_("Put right at"))
    after: Maybe[str] = v.prose(N_("The right answer"))
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    cause_issue_id: Maybe[str] | None = v.refers(N_("Issue that caused it"), "issue", default=None)

    def check(self, history: History) -> None:
        question = stated(self.question_id)
        if question is not None and not any(history.about(ClarificationAnswered, "question", question)):
            raise Refused(
                N_("Question %(question)s has no answer on record. Record the answer first."),
                question=question,
            )


class SiteVisitRequested(
    v.Action,
    name="site-visit-requested.v1",
    title=N_("Visit to a prison asked for"),
    stage="procurement",
    after=CommissioningProcessRegistered,
    recommendations=(13,),
):
    """Record this when a bidder asks to visit a prison. Never say who asked."""

    sentence = N_("Visit to %(prison)s asked for, needed by %(needed_by)s")
    visit_id: Maybe[str] | None = v.opens(N_("Visit"), "visit", default=None)
    prison: Maybe[str] = v.prison()
    requested_at: Maybe[Occurrence] = v.occurrence(N_("Asked for at"))
    needed_by: Maybe[dt.date] = v.day(N_("Needed by"))


class SiteVisitOutcomeRecorded(
    v.Action,
    name="site-visit-outcome-recorded.v1",
    title=N_("Outcome of a visit"),
    stage="procurement",
    after=SiteVisitRequested,
    recommendations=(13,),
    ocds=("tenderUpdate",),
):
    """Record this when a visit that was asked for was held, refused, cancelled, or never answered."""

    sentence = N_("Visit %(visit_id)s: %(outcome)s")
    visit_id: Maybe[str] = v.refers(N_("Visit"), "visit")
    outcome: Maybe[str] = v.code(N_("Outcome"), VISIT_OUTCOMES)
    happened_on: Maybe[Occurrence] = v.occurrence(N_("On"))
    reason: Maybe[s.Reason] | None = v.of(N_("Reason"), s.REASON, default=None)
    attendees_count: Maybe[int] | None = v.count(N_("People who came"), default=None)

    def check(self, history: History) -> None:
        visit = stated(self.visit_id)
        if visit is not None and any(history.about(SiteVisitOutcomeRecorded, "visit", visit)):
            raise Refused(N_("Visit %(visit)s has an outcome already. To change it, correct that entry."), visit=visit)


class TenderAmended(
    v.Action,
    name="tender-amended.v1",
    title=N_("Tender amended"),
    stage="procurement",
    after=ProcurementLaunched,
    recommendations=(3, 4),
    ocds=("tenderAmendment", "tenderUpdate"),
):
    """Record this when anything in the tender pack changes other than a date."""

    sentence = N_("Tender amended. %(changes)s. Reason: %(reason)s")
    amended_on: Maybe[Occurrence] = v.occurrence(N_("Amended on"))
    changes: Maybe[tuple[FieldChange, ...]] = v.rows(N_("What changes"), FieldChange, least=1)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    material: Maybe[bool] = v.yes_no(N_("Matters to bids"))
    cause_entries: Maybe[tuple[int, ...]] = v.entries(N_("Entries that caused it"))
    deadline_reviewed: Maybe[bool] = v.yes_no(N_("The deadline was reviewed"))
    extension_not_possible_reason: Maybe[s.Reason] | None = v.of(
        N_("Why more time was not possible"), s.REASON, default=None
    )

    def check(self, history: History) -> None:
        dates = {*current_dates(history), *MILESTONES.labels} - {"other"}
        for change in stated(self.changes) or ():
            if change.what in dates:
                raise Refused(
                    N_("“%(what)s” is a date of the timetable. Move it by a change of timetable, with its reason."),
                    what=change.what,
                )


class LotBids(v.Struct):
    """How many bids came for one lot."""

    sentence = N_("%(lot_id)s: %(bids)s")
    lot_id: Maybe[str] = v.refers(N_("Lot"), "lot")
    bids: Maybe[int] = v.count(N_("Bids"))


class BidsClosed(
    v.Action,
    name="bids-closed.v1",
    title=N_("Bidding closed"),
    stage="procurement",
    after=ProcurementLaunched,
    once=True,
    recommendations=(2, 7),
    ocds=("tenderUpdate",),
):
    """Record this when the deadline for bids has passed, with how many came."""

    sentence = N_("Bidding closed. Bids by lot: %(bids_by_lot)s")
    closed_at: Maybe[Occurrence] = v.occurrence(N_("Closed at"))
    bids_by_lot: Maybe[tuple[LotBids, ...]] = v.rows(N_("Bids by lot"), LotBids)
    from_vcse: Maybe[int] = v.count(N_("From voluntary or social enterprise"))
    from_small: Maybe[int] = v.count(N_("From small organisations"))
    partnerships_count: Maybe[int] = v.count(N_("Partnerships"))
    consortia_count: Maybe[int] = v.count(N_("Consortia"))
    no_bid_lots: Maybe[tuple[str, ...]] = v.many(N_("Lots without a bid"), kinds.Entity(entity="lot", role="refers"))


class ProcurementTerminated(
    v.Action,
    name="procurement-terminated.v1",
    title=N_("Tender stopped"),
    stage="procurement",
    after=ProcurementLaunched,
    recommendations=(3,),
    ocds=("tenderCancellation",),
):
    """Record this when the tender, or some of its lots, stops without an award."""

    sentence = N_("Tender stopped: %(scope)s. Reason: %(reason)s")
    stopped_on: Maybe[Occurrence] = v.occurrence(N_("Stopped on"))
    scope: Maybe[str] = v.code(N_("What was stopped"), STOPPED)
    lots: Maybe[tuple[str, ...]] | None = v.many(N_("Lots"), kinds.Entity(entity="lot", role="refers"), default=None)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        if self.scope == "lots" and not self.lots:
            yield "lots", Wrong(N_("Name the lots that were stopped."))
