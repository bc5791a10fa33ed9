"""The design of what is bought: lots, specifications, equality, and what bidders must show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ledger import kinds
from ledger import structs as s
from ledger import vocabulary as v
from ledger.actions.process import CommissioningProcessRegistered, value_on_record
from ledger.codes import CHARACTERISTICS, SUPPORT
from ledger.errors import Wrong
from ledger.kinds import CodeList, Maybe, Money, stated
from ledger.voice import ENGLISH
from ledger.when import Occurrence
from ledger.words import N_

if TYPE_CHECKING:
    from ledger.process import History

TUPE = CodeList(
    "TUPE information",
    {"provided": N_("Provided"), "not_applicable": N_("Does not apply"), "missing": N_("Missing")},
)
INCUMBENT_STATEMENTS = CodeList(
    "statement about the present provider",
    {"provided": N_("Provided"), "none": N_("There is no present provider"), "missing": N_("Missing")},
)
SECTION_STATES = CodeList("state of a section", {"present": N_("Present"), "blank": N_("Blank")})
AFFORDABLE = CodeList("within the budget", {"yes": N_("Yes"), "no": N_("No"), "unknown": N_("Unknown")})
DEFECTS = CodeList(
    "fault in a specification",
    {
        "blank": N_("Blank"),
        "missing_section": N_("A section was missing"),
        "missing_tupe": N_("TUPE information was missing"),
        "incumbent_error": N_("Wrong information about the present provider"),
        "undeliverable": N_("Could not be delivered"),
        "other": N_("Another fault"),
    },
)
BARRIER_OUTCOMES = CodeList(
    "outcome for a barrier", {"removed": N_("Removed"), "reduced": N_("Reduced"), "kept": N_("Kept")}
)
PAYMENT = CodeList(
    "basis of payment",
    {
        "advance": N_("In advance"),
        "milestone": N_("By milestones"),
        "in_arrears": N_("In arrears"),
        "by_results": N_("By results"),
    },
)
REQUIREMENTS = CodeList(
    "requirement",
    {
        "min_turnover": N_("Least turnover"),
        "min_reserves": N_("Least reserves"),
        "guarantees": N_("Guarantees"),
        "prior_contract_value": N_("Value of earlier contracts"),
        "insurance": N_("Insurance"),
        "experience_required": N_("Experience"),
        "evidence_required": N_("Evidence"),
        "payment_basis": N_("Basis of payment"),
        "arrears_days": N_("Days in arrears"),
        "pbr_share": N_("Share paid by results"),
    },
)


class Lot(v.Struct):
    """A part of the work that is let on its own."""

    sentence = N_("%(title)s (%(annual_value)s a year)")
    lot_id: Maybe[str] = v.opens(N_("Lot"), "lot")
    title: Maybe[str] = v.title(N_("Title"))
    area: Maybe[str] = v.line(N_("Area"))
    prisons: Maybe[tuple[str, ...]] = v.prisons()
    annual_value: Maybe[Money] = v.money(N_("Value a year"))
    term_months: Maybe[int] = v.count(N_("Term in months"))
    max_lots_per_bidder: Maybe[int] | None = v.count(N_("Most lots for one bidder"), least=1, default=None)


class LotStructurePublished(
    v.Action,
    name="lot-structure-published.v1",
    title=N_("Lots published"),
    stage="design",
    after=CommissioningProcessRegistered,
    once=True,
    recommendations=(6, 7),
    ocds=("planning", "tender"),
):
    """Record this when it is public how the work is divided, or that it is not divided."""

    sentence = N_("Lots published: %(lots)s")
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    lots: Maybe[tuple[Lot, ...]] = v.rows(N_("Lots"), Lot)
    rationale: Maybe[str] = v.prose(N_("Why they are cut this way"))
    market_assessment_id: Maybe[str] | None = v.refers(N_("Market assessment"), "assessment", default=None)
    grants_considered: Maybe[bool] = v.yes_no(N_("Grants were considered"))
    grant_decision_reason: Maybe[s.Reason] = v.of(N_("Why grants were or were not chosen"), s.REASON)
    no_lots_reason: Maybe[s.Reason] | None = v.of(N_("Why there are no lots"), s.REASON, default=None)

    def values(self) -> Iterator[tuple[str, str | None, Money]]:
        yield from _estimates(self.lots)


class LotChange(v.Struct):
    """What changes in one lot; what is left out stays."""

    lot_id: Maybe[str] = v.names(N_("Lot"), "lot")
    title: Maybe[str] | None = v.title(N_("Title"), default=None)
    area: Maybe[str] | None = v.line(N_("Area"), default=None)
    prisons: Maybe[tuple[str, ...]] | None = v.prisons(default=None)
    annual_value: Maybe[Money] | None = v.money(N_("Value a year"), default=None)
    term_months: Maybe[int] | None = v.count(N_("Term in months"), default=None)
    max_lots_per_bidder: Maybe[int] | None = v.count(N_("Most lots for one bidder"), least=1, default=None)
    ended: Maybe[bool] | None = v.yes_no(N_("The lot no longer exists"), default=None)


def lot_facts(history: History, lot_id: str) -> dict[str, object]:
    """Return field -> value of a lot as it stands, leaving out what nobody stated and what is erasable."""
    facts: dict[str, object] = {}
    for published in history.actions(LotStructurePublished):
        for lot in stated(published.lots) or ():
            if lot.lot_id == lot_id:
                facts |= _stated_fields(lot)
    for revised in history.actions(LotStructureRevised):
        for change in stated(revised.changes) or ():
            if change.lot_id == lot_id:
                facts |= _stated_fields(change)
    return facts


def _estimates(lots: Maybe[tuple[Lot | LotChange, ...]]) -> Iterator[tuple[str, str | None, Money]]:
    for lot in stated(lots) or ():
        amount = stated(lot.annual_value)
        if amount is not None:
            yield "lot_estimate", stated(lot.lot_id), amount


def _stated_fields(struct: v.Struct) -> dict[str, object]:
    held = {each.name: getattr(struct, each.name) for each in v.fields_of(type(struct))}
    private = {each.name for each in v.fields_of(type(struct)) if each.kind.private}
    return {name: value for name, value in held.items() if stated(value) is not None and name not in private}


class LotStructureRevised(
    v.Action,
    name="lot-structure-revised.v1",
    title=N_("Lots changed"),
    stage="design",
    after=LotStructurePublished,
    recommendations=(7,),
    ocds=("planningUpdate", "tenderUpdate"),
):
    """Record this when lots are cut anew, with the reason."""

    sentence = N_("Lots changed: %(changes)s. Reason: %(reason)s")
    revised_on: Maybe[Occurrence] = v.occurrence(N_("Decided on"))
    changes: Maybe[tuple[LotChange, ...]] = v.rows(N_("Changes"), LotChange, least=1)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    cause_issue_ids: Maybe[tuple[str, ...]] = v.many(
        N_("Issues that caused it"), kinds.Entity(entity="issue", role="refers")
    )
    value_before: Maybe[Money] | None = v.money(
        N_("Value before, all lots"), default=None, hint=N_("Only where the record does not hold it.")
    )
    value_after: Maybe[Money] | None = v.money(N_("Value after, all lots"), default=None)

    def before(self, history: History) -> Mapping[str, object]:
        found: dict[str, object] = {}
        for place, change in enumerate(stated(self.changes) or ()):
            facts = lot_facts(history, str(change.lot_id))
            facts["annual_value"] = value_on_record(history, "lot_estimate", stated(change.lot_id))
            for name in _stated_fields(change):
                if name != "lot_id" and facts.get(name) is not None:
                    found[f"changes.{place}.{name}"] = facts[name]
        return found

    def values(self) -> Iterator[tuple[str, str | None, Money]]:
        yield from _estimates(self.changes)


class SpecificationAuthorAssigned(
    v.Action,
    name="specification-author-assigned.v1",
    title=N_("Author of a specification named"),
    stage="design",
    after=CommissioningProcessRegistered,
    recommendations=(11, 12),
):
    """Record this when it is settled who writes a specification. Give the role, never the name."""

    sentence = N_("Specification %(spec_id)s is written by: %(author_role)s")
    spec_id: Maybe[str] | None = v.names(N_("Specification"), "specification", default=None)
    assigned_on: Maybe[Occurrence] = v.occurrence(N_("Assigned on"))
    prison: Maybe[str] = v.prison()
    lot_id: Maybe[str] | None = v.refers(N_("Lot"), "lot", default=None)
    author_role: Maybe[str] = v.line(N_("Role of the author"))
    works_in_service: Maybe[bool] = v.yes_no(N_("Works in the service"))
    years_experience: Maybe[int] | None = v.count(N_("Years of experience"), default=None)
    expertise_statement: Maybe[str] = v.prose(N_("Expertise"))
    governor_confirmed: Maybe[bool] = v.yes_no(N_("Confirmed by the governor"))
    support_offered: Maybe[tuple[str, ...]] = v.codes(N_("Support offered"), SUPPORT)
    co_author_role: Maybe[str] | None = v.line(N_("Role of the co-author"), default=None)
    co_author_experience: Maybe[str] | None = v.prose(N_("Experience of the co-author"), default=None)


class Section(v.Struct):
    """One section of a specification."""

    sentence = N_("%(code)s: %(state)s")
    code: Maybe[str] = v.line(N_("Section"))
    state: Maybe[str] = v.code(N_("State"), SECTION_STATES)


class SpecificationPublished(
    v.Action,
    name="specification-published.v1",
    title=N_("Specification published"),
    stage="procurement",
    after=CommissioningProcessRegistered,
    recommendations=(10, 11, 12),
    ocds=("tender", "planning"),
):
    """Record this when a specification is released, complete or not. Blank sections are stated as blank."""

    sentence = N_("Specification %(spec_id)s published (%(prison)s): %(document)s")
    spec_id: Maybe[str] | None = v.names(N_("Specification"), "specification", default=None)
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    version: Maybe[str] = v.line(N_("Version"))
    prison: Maybe[str] = v.prison()
    lot_id: Maybe[str] | None = v.refers(N_("Lot"), "lot", default=None)
    document: Maybe[s.Document] = v.nested(N_("Document"), s.Document)
    page_count: Maybe[int] = v.count(N_("Pages"))
    sections: Maybe[tuple[Section, ...]] = v.rows(N_("Sections"), Section)
    tupe_status: Maybe[str] = v.code(N_("TUPE information"), TUPE)
    incumbent_statement: Maybe[str] = v.code(N_("About the present provider"), INCUMBENT_STATEMENTS)
    must_haves: Maybe[tuple[str, ...]] = v.proses(N_("What the service must have"))
    ideal: Maybe[tuple[str, ...]] = v.proses(N_("What would be ideal"))
    tiered: Maybe[bool] = v.yes_no(N_("Tiered"))
    cost_of_must_haves: Maybe[s.Cost] | None = v.nested(N_("Cost of what it must have"), s.Cost, default=None)
    within_budget: Maybe[str] = v.code(N_("Within the budget"), AFFORDABLE)
    consulted_entries: Maybe[tuple[int, ...]] = v.entries(N_("Entries on consulting about it"))

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        present = any(section.state == "present" for section in stated(self.sections) or ())
        if stated(self.page_count) == 0 and present:
            yield "page_count", Wrong(N_("It has no pages, yet a section is present. Check both."))


class FieldChange(v.Struct):
    """One thing that changes. The earlier state is asked for only where the record does not hold it."""

    sentence = N_("%(what)s: %(after)s")
    what: Maybe[str] = v.line(N_("What changes"))
    after: Maybe[str] = v.prose(N_("Now"))
    was: Maybe[str] | None = v.line(
        N_("Before"), default=None, hint=N_("One line, only where the record does not hold it, and no names.")
    )


class SpecificationCorrected(
    v.Action,
    name="specification-corrected.v1",
    title=N_("Specification put right"),
    stage="procurement",
    after=SpecificationPublished,
    recommendations=(11, 14),
    ocds=("tenderUpdate", "tenderAmendment"),
):
    """Record this when a fault in a published specification is put right."""

    sentence = N_("Specification %(spec_id)s put right (%(defect_code)s): %(fields_changed)s")
    spec_id: Maybe[str] = v.refers(N_("Specification"), "specification")
    corrected_on: Maybe[Occurrence] = v.occurrence(N_("Put right on"))
    version: Maybe[str] = v.line(N_("New version"))
    defect_code: Maybe[str] = v.code(N_("Fault"), DEFECTS)
    fields_changed: Maybe[tuple[FieldChange, ...]] = v.rows(N_("What changed"), FieldChange)
    cause_issue_id: Maybe[str] | None = v.refers(N_("Issue that caused it"), "issue", default=None)
    reason_text: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    material: Maybe[bool] = v.yes_no(N_("Matters to bids"))
    extension_not_possible_reason: Maybe[s.Reason] | None = v.of(
        N_("Why more time was not possible"), s.REASON, default=None
    )


class EqualityImpactAssessmentPublished(
    v.Action,
    name="equality-impact-assessment-published.v1",
    title=N_("Equality impact assessment published"),
    stage="design",
    after=CommissioningProcessRegistered,
    recommendations=(9,),
    ocds=("planning", "planningUpdate"),
):
    """Record this when the equality impact assessment of this process is done and public."""

    sentence = N_("Equality impact assessment published: %(document)s")
    full: Maybe[bool] = v.yes_no(N_("Full assessment"))
    characteristics_assessed: Maybe[tuple[str, ...]] = v.codes(N_("Characteristics assessed"), CHARACTERISTICS)
    partners_specialist_vcs: Maybe[tuple[s.Party, ...]] = v.rows(N_("Specialist voluntary partners"), s.Party)
    service_users_with_protected_characteristics_took_part: Maybe[bool] = v.yes_no(
        N_("Service users with protected characteristics took part")
    )
    completed_on: Maybe[Occurrence] = v.when(N_("Completed on"))
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    document: Maybe[s.Document] = v.nested(N_("Document"), s.Document)
    mitigations: Maybe[tuple[str, ...]] = v.proses(N_("What will be done"))


class Barrier(v.Struct):
    """One barrier that was raised, and what became of it."""

    sentence = N_("%(issue)s: %(outcome)s")
    issue: Maybe[str] = v.prose(N_("Barrier"))
    outcome: Maybe[str] = v.code(N_("Outcome"), BARRIER_OUTCOMES)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)


class BiddingRequirementsPublished(
    v.Action,
    name="bidding-requirements-published.v1",
    title=N_("Requirements for bidders published"),
    stage="procurement",
    after=CommissioningProcessRegistered,
    recommendations=(8,),
    ocds=("tender",),
):
    """Record this when it is public what bidders must show and how they will be paid."""

    sentence = N_("Requirements for bidders published; payment: %(payment_basis)s")
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    lot_id: Maybe[str] | None = v.refers(N_("Lot"), "lot", default=None)
    min_turnover: Maybe[Money] | None = v.money(N_("Least turnover"), default=None)
    min_reserves: Maybe[Money] | None = v.money(N_("Least reserves"), default=None)
    guarantees: Maybe[str] | None = v.prose(N_("Guarantees"), default=None)
    prior_contract_value: Maybe[Money] | None = v.money(N_("Value of earlier contracts"), default=None)
    insurance: Maybe[str] | None = v.prose(N_("Insurance"), default=None)
    experience_required: Maybe[str] | None = v.prose(N_("Experience"), default=None)
    evidence_required: Maybe[str] | None = v.prose(N_("Evidence"), default=None)
    barriers: Maybe[tuple[Barrier, ...]] = v.rows(N_("Barriers raised"), Barrier)
    payment_basis: Maybe[str] = v.code(N_("Basis of payment"), PAYMENT)
    arrears_days: Maybe[int] | None = v.count(N_("Days in arrears"), default=None)
    pbr_share: Maybe[str] | None = v.percent(N_("Share paid by results"), default=None)
    consulted_entries: Maybe[tuple[int, ...]] = v.entries(N_("Entries on consulting about it"))


class RequirementChange(v.Struct):
    """One requirement that changes. The earlier one comes from the record."""

    sentence = N_("%(field)s: %(after)s")
    sentence_with_before = N_("%(field)s: %(after)s, not %(before)s")
    field: Maybe[str] = v.code(N_("Requirement"), REQUIREMENTS)
    after: Maybe[str] = v.line(N_("Now"))


class BiddingRequirementsChanged(
    v.Action,
    name="bidding-requirements-changed.v1",
    title=N_("Requirements for bidders changed"),
    stage="procurement",
    after=BiddingRequirementsPublished,
    recommendations=(8,),
    ocds=("tenderUpdate", "tenderAmendment"),
):
    """Record this when a barrier for bidders is lowered, or raised, with the reason."""

    sentence = N_("Requirements for bidders changed. %(changes)s. Reason: %(reason)s")
    changed_on: Maybe[Occurrence] = v.occurrence(N_("Decided on"))
    lot_id: Maybe[str] | None = v.refers(N_("Lot"), "lot", default=None)
    changes: Maybe[tuple[RequirementChange, ...]] = v.rows(N_("Changes"), RequirementChange, least=1)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    cause_issue_ids: Maybe[tuple[str, ...]] = v.many(
        N_("Issues that caused it"), kinds.Entity(entity="issue", role="refers")
    )

    def before(self, history: History) -> Mapping[str, object]:
        standing: dict[str, str] = {}
        for published in history.actions(BiddingRequirementsPublished):
            if published.lot_id == self.lot_id:
                standing |= _requirement_texts(published)
        for changed in history.actions(BiddingRequirementsChanged):
            if changed.lot_id == self.lot_id:
                standing |= {str(c.field): str(c.after) for c in stated(changed.changes) or ()}
        return {
            f"changes.{place}.after": standing[str(change.field)]
            for place, change in enumerate(stated(self.changes) or ())
            if change.field in standing
        }


def _requirement_texts(published: BiddingRequirementsPublished) -> dict[str, str]:
    """Return requirement -> its public value as text; free text is erasable and never copied."""
    return {
        each.name: each.kind.say(getattr(published, each.name), ENGLISH)
        for each in v.fields_of(BiddingRequirementsPublished)
        if each.name in REQUIREMENTS.labels
        and not each.kind.private
        and stated(getattr(published, each.name)) is not None
    }
