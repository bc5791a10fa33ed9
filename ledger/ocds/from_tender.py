"""Where entries on the timetable, the tender, the contract, the service and issues belong in OCDS."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from ledger.actions import commitments, contract, delivery, issues, procurement, timeline
from ledger.kinds import stated
from ledger.ocds.place import (
    Home,
    Homes,
    Place,
    amendment,
    closes,
    contact,
    document,
    ends,
    money,
    party,
    period,
    reason,
    reference,
    some,
    starts,
    total,
    value_of,
    when,
)
from ledger.ocds.state import WITHDRAWN, Object
from ledger.structs import Party

# --- dates ------------------------------------------------------------------------------------------------------------

_DATES: Final = {
    "launch": ("tenderPeriod", "startDate"),
    "clarification_deadline": ("enquiryPeriod", "endDate"),
    "tender_deadline": ("tenderPeriod", "endDate"),
    "award": ("awardPeriod", "endDate"),
    "contract_start": ("contractPeriod", "startDate"),
}
"""Milestones that have a field of their own in `tender`; the others are milestones there."""


def _dated(code: str | None, day: dt.date | None, title: str | None, place: Place) -> Object:
    if code is None or day is None:
        return {}
    if code in _DATES:
        part, edge = _DATES[code]
        return {part: {edge: starts(day) if edge == "startDate" else ends(day)}}
    stage, name = _milestone_of(code, place)
    made = some(id=name, title=title, dueDate=ends(day), status="scheduled")
    return {"milestones": [made]} if stage == "tender" else {}


def _milestone_of(code: str, place: Place) -> tuple[str, str]:
    """Return the part and the id of a milestone; those of official releases are named after both."""
    stage, _, name = code.partition("-")
    known = place.known((stage, "milestones"), name) if stage in {"planning", "tender"} else None
    held = place.state.get(stage, {}).get("milestones", {})
    return (stage, known) if known is not None and known in held else ("tender", code)


def _tender(*parts: Object, **members: Any) -> Object:
    """Return parts of the tender as one."""
    whole: Object = {}
    for part in (*parts, some(**members)):
        for name, held in part.items():
            if isinstance(held, dict):
                whole[name] = {**whole.get(name, {}), **held}
            elif isinstance(held, list):
                whole[name] = [*whole.get(name, []), *held]
            else:
                whole[name] = held
    return {"tender": whole}


def _timetable(action: timeline.TimelinePublished, place: Place) -> Object:
    return _tender(
        *(
            _dated(stated(each.code), stated(each.date), stated(each.title), place)
            for each in stated(action.milestones) or ()
        )
    )


def _moved(action: timeline.TimelineChanged, place: Place) -> Object:
    changes = stated(action.changes) or ()
    what = [f"{stated(each.code)}: {stated(each.new_date)}" for each in changes if stated(each.new_date) is not None]
    return _tender(
        *(_dated(stated(each.code), stated(each.new_date), None, place) for each in changes),
        amendments=amendment(place, action.decided_on, action.reason, what),
    )


def _reached(action: timeline.MilestoneReached, place: Place) -> Object:
    code = stated(action.milestone_code)
    if code is None:
        return {}
    stage, name = _milestone_of(code, place)
    return {stage: {"milestones": [some(id=name, dateMet=closes(action.reached_on), status="met")]}}


def _promised(action: commitments.CommitmentMade, place: Place) -> Object:
    name = stated(action.commitment_id) or place.name
    return _tender(
        milestones=[some(id=name, description=stated(action.text), dueDate=ends(action.due_on), status="scheduled")]
    )


def _discharged(action: commitments.CommitmentDischarged, _place: Place) -> Object:
    name, is_met = stated(action.commitment_id), stated(action.outcome) == "met"
    if name is None:
        return {}
    met = closes(action.discharged_on) if is_met else None
    return _tender(milestones=[some(id=name, dateMet=met, status="met" if is_met else "notMet")])


# --- the tender -------------------------------------------------------------------------------------------------------

_METHODS: Final = {
    "open": "open",
    "restricted": "selective",
    "competitive_flexible": "selective",
    "negotiated": "limited",
    "framework": "selective",
    "direct_award": "direct",
}
_PA2023: Final = "2023/54"


def _launched(action: procurement.ProcurementLaunched, place: Place) -> Object:
    notice, procedure = stated(action.notice_id), stated(action.procedure) or ""
    is_uk4 = place.state.get("tender", {}).get("legalBasis", {}).get("id") == _PA2023
    launched = when(action.launched_on)
    return _tender(
        status="active",
        tenderPeriod=some(startDate=launched, endDate=ends(action.tender_deadline)),
        enquiryPeriod=some(endDate=ends(action.clarification_deadline)),
        procurementMethod=_METHODS.get(procedure),
        procurementMethodDetails=procedure or None,
        milestones=[some(id="answers_deadline", dueDate=ends(action.answers_deadline), status="scheduled")]
        if stated(action.answers_deadline) is not None
        else None,
        documents=[
            some(
                id=notice,
                documentType="tenderNotice",
                noticeType="UK4" if is_uk4 else None,
                datePublished=launched,
            )
        ]
        if notice is not None
        else None,
    )


def _named(action: procurement.ContactPointNamed, place: Place) -> Object:
    return _contact(
        stated(action.contact_id), stated(action.role_title), stated(action.channel), place, action.function
    )


def _contact(name: str | None, role: str | None, channel: str | None, place: Place, function: object) -> Object:
    """Return the buyer's contact. Contacts at prisons have no field: OCDS has one contact for each organisation."""
    at = place.known(("parties",), name)
    held = place.state.get("parties", {})
    if at not in held:
        if stated(function) != "procurement_team":
            return {}
        at = place.buyer
    made = contact(role, channel)
    return {"parties": [some(id=at, contactPoint=made, roles=None if at in held else ["buyer"])]} if made else {}


def _contact_changed(action: procurement.ContactPointChanged, place: Place) -> Object:
    name, after = stated(action.contact_id), stated(action.after)
    at = place.known(("parties",), name)
    held = place.state.get("parties", {})
    at = at if at in held else place.buyer
    shown = held.get(at, {}).get("contactPoint", {})
    if stated(action.change) == "withdrawn":
        return {"parties": [{"id": at, "contactPoint": {**dict.fromkeys(shown), "name": WITHDRAWN}}]} if shown else {}
    if after is None or not shown:
        return {}
    made = contact(stated(after.role_title), stated(after.channel))
    gone = dict.fromkeys(shown) if stated(action.change) == "replaced" else {}
    return {"parties": [{"id": at, "contactPoint": {**gone, **made}}]}


def _asked(action: procurement.ClarificationQuestionReceived, place: Place) -> Object:
    return _tender(
        hasEnquiries=True,
        enquiries=[
            some(
                id=stated(action.question_id) or place.name,
                date=when(action.received_at),
                description=stated(action.text_or_summary),
                relatedLot=place.lot(action.lot_id),
            )
        ],
    )


def _answered(action: procurement.ClarificationAnswered, place: Place) -> Object:
    name = place.known(("tender", "enquiries"), action.question_id)
    if name is None:
        return {}
    paper = document(place, action.document, "clarifications", action.answered_at)
    return _tender(
        enquiries=[some(id=name, answer=stated(action.answer_or_summary), dateAnswered=when(action.answered_at))],
        documents=[] if stated(action.document) is None else [paper],
    )


def _answer_corrected(action: procurement.ClarificationAnswerCorrected, place: Place) -> Object:
    name = place.known(("tender", "enquiries"), action.question_id)
    return {} if name is None else _tender(enquiries=[some(id=name, answer=stated(action.after))])


_VISITS: Final = {"held": "met", "refused": "notMet", "cancelled": "notMet", "no_reply": "notMet"}


def _visited(action: procurement.SiteVisitOutcomeRecorded, place: Place) -> Object:
    outcome = stated(action.outcome) or ""
    return _tender(
        milestones=[
            some(
                id=stated(action.visit_id) or place.name,
                code="x_siteVisit",
                status=_VISITS.get(outcome),
                dateMet=closes(action.happened_on) if outcome == "held" else None,
            )
        ]
    )


def _amended(action: procurement.TenderAmended, place: Place) -> Object:
    what = [
        f"{stated(each.what)}: {stated(each.after)}"
        for each in stated(action.changes) or ()
        if stated(each.what) is not None and stated(each.after) is not None
    ]
    return _tender(amendments=amendment(place, action.amended_on, action.reason, what))


def _bids(action: procurement.BidsClosed, place: Place) -> Object:
    counts = [
        (place.lot(each.lot_id), bids)
        for each in stated(action.bids_by_lot) or ()
        if (bids := stated(each.bids)) is not None
    ]
    statistics = [
        some(id=f"bids-{lot}" if lot is not None else "bids", measure="bids", relatedLot=lot) | {"value": bids}
        for lot, bids in counts
    ]
    return _tender(status="complete") | some(bids=some(statistics=statistics))


def _stopped(action: procurement.ProcurementTerminated, place: Place) -> Object:
    if stated(action.scope) == "lots":
        return _tender(lots=[{"id": place.lot(each), "status": "cancelled"} for each in stated(action.lots) or ()])
    return _tender(status="cancelled", statusDetails=reason(action.reason), finalStatusDate=when(action.stopped_on))


# --- awards and contracts ---------------------------------------------------------------------------------------------


def _awarded(action: contract.ContractAwarded, place: Place) -> Object:
    name, lot = place.known(("awards",), action.award_id) or place.name, place.lot(action.lot_id)
    supplier = party(f"{name}-supplier", action.supplier, "supplier")
    if supplier:
        supplier |= some(
            details=some(vcse=stated(action.supplier_is_vcse), scale=stated(action.supplier_size)),
        )
    members = [
        made
        for number, each in enumerate(_others(action), 1)
        if (made := party(f"{name}-member-{number}", each, "supplier"))
    ]
    parties = [each for each in (supplier, *members) if each]
    award = some(
        id=name,
        date=when(action.decided_on),
        status="active",
        value=value_of(action.value),
        suppliers=[reference(each) for each in parties],
        relatedLots=None if lot is None else [lot],
        contractPeriod=period(action.term),
        standstillPeriod=some(endDate=ends(action.standstill_ends)),
    )
    return some(parties=parties, awards=[award])


def _others(action: contract.ContractAwarded) -> list[Party]:
    """Return the members of a consortium besides the one that is named as the supplier."""
    return [each for each in stated(action.consortium_members) or () if each != stated(action.supplier)]


def _published(action: contract.ContractDetailsPublished, place: Place) -> Object:
    name = place.known(("contracts",), action.contract_id) or place.name
    paper = document(place, action.document, "contractSigned", action.published_on)
    metrics = [
        some(id=kpi, title=stated(each.title), description=stated(each.target))
        for each in stated(action.kpis) or ()
        if (kpi := stated(each.kpi_id)) is not None
    ]
    made = some(
        id=name,
        # The standard wants one. A contract of which no award is stated goes by its own id, as UK notices have it.
        awardID=place.known(("awards",), action.award_id) or name,
        status="active",
        value=value_of(action.value),
        period=period(action.period),
        dateSigned=when(action.signed_on),
        agreedMetrics=metrics,
        noAgreedMetricsRationale=reason(action.no_kpi_reason),
        documents=[] if stated(action.document) is None else [paper],
    )
    return {"contracts": [made]}


def _value_corrected(action: contract.ContractValueCorrected, place: Place) -> Object:
    after, told = money(action.after), amendment(place, action.corrected_on, action.reason)
    what, target = stated(action.value_of), stated(action.target_id)
    if what in {"award", "contract"}:
        part = f"{what}s"
        held = place.state.get(part, {})
        name = place.known((part,), target)
        if name not in held:
            return {}
        return {part: [some(id=name, value=_in_its_place(held[name].get("value", {}), after), amendments=told)]}
    lot = place.lot(target)
    if lot is not None:
        value = after if what == "budget" else total(action.after, place.terms.get(lot))
        return _tender(lots=[some(id=lot, value=value)], amendments=told)
    planned = place.state.get("planning", {}).get("budget", {}).get("amount")
    tendered = place.state.get("tender", {}).get("value")
    if tendered and not planned:
        return _tender(value=_in_its_place(tendered, after), amendments=told)
    return some(planning=some(budget=some(amount=_in_its_place(planned or {}, after)))) | _tender(amendments=told)


def _in_its_place(held: Object, after: Object) -> Object:
    """Return the right amount with or without VAT, as the wrong one was; the other one is not known any more."""
    if not after or "amount" in held or "amountGross" not in held:
        return {**after, **({"amountGross": None} if after and "amountGross" in held else {})}
    return {"amountGross": after["amount"], "currency": after["currency"]}


def _modified(action: contract.ContractModified, place: Place) -> Object:
    held = place.state.get("contracts", {})
    name = place.known(("contracts",), action.contract_id)
    if name not in held:
        return {}
    what = [
        f"{stated(each.what)}: {stated(each.after)}"
        for each in stated(action.changes) or ()
        if stated(each.what) is not None and stated(each.after) is not None
    ]
    return {
        "contracts": [
            some(
                id=name,
                value=_in_its_place(held[name].get("value", {}), money(action.value_after)),
                amendments=amendment(place, action.agreed_on, action.reason, what),
            )
        ]
    }


def _terminated(action: contract.ContractTerminated, place: Place) -> Object:
    return _of_contract(place, action.contract_id, status="terminated", statusDetails=reason(action.reason))


def _started(action: delivery.ServiceStarted, place: Place) -> Object:
    prison = stated(action.prison)
    milestone = some(
        id=place.name if prison is None else f"start-{prison}",
        type="delivery",
        dueDate=ends(action.planned_on),
        dateMet=closes(action.actual_on),
        status="met",
    )
    return _of_contract(place, action.contract_id, implementation={"milestones": [milestone]})


def _performed(action: delivery.PerformanceReported, place: Place) -> Object:
    kpi = stated(action.kpi_id)
    if kpi is None:
        return {}
    observation = some(
        id=place.name,
        measure=stated(action.result),
        period=period(action.period),
        notes=stated(action.narrative),
    )
    return _of_contract(
        place, action.contract_id, implementation={"metrics": [{"id": kpi, "observations": [observation]}]}
    )


def _of_contract(place: Place, name: object, **members: Any) -> Object:
    known = place.known(("contracts",), stated(name))  # type: ignore[arg-type]
    if known not in place.state.get("contracts", {}):
        return {}
    return {"contracts": [some(id=known, **members)]}


def _reviewed(action: delivery.PostProcessReviewPublished, place: Place) -> Object:
    return _closing_document(place, document(place, action.document, "x_review", action.published_on))


def _review_answered(action: delivery.ReviewRecommendationAnswered, place: Place) -> Object:
    made = some(id=place.name, documentType="x_reviewAnswer", datePublished=when(action.answered_on))
    return _closing_document(place, made)


def _closing_document(place: Place, made: Object) -> Object:
    """Return a document about how it went: with the first contract, or with the tender where there is none."""
    first = next(iter(place.state.get("contracts", {})), None)
    if first is None:
        return _tender(documents=[made])
    return {"contracts": [{"id": first, "implementation": {"documents": [made]}}]}


# --- issues -----------------------------------------------------------------------------------------------------------


def _reported(action: issues.IssueReported, place: Place) -> Object:
    if stated(action.formal) is not True:
        return {}
    return _tender(
        documents=[
            some(
                id=stated(action.issue_id) or place.name,
                documentType="complaints",
                description=stated(action.text),
                datePublished=when(action.reported_at),
            )
        ]
    )


def _issue_answered(action: issues.IssueAnswered, place: Place) -> Object:
    return _tender(amendments=amendment(place, action.answered_at, action.reason, [_about(action.issue_id)]))


def _issue_resolved(action: issues.IssueResolved, place: Place) -> Object:
    what = [_about(action.issue_id), stated(action.outcome)]
    return _tender(amendments=amendment(place, action.resolved_on, None, what))


def _about(issue: object) -> str:
    return f"x_issue {stated(issue) or ''}".strip()


def _escalated(action: issues.IssueEscalated, _place: Place) -> Object:
    body = stated(action.to_body)
    if body is None:
        return {}
    return {
        "parties": [{"id": f"review-{body}", "name": body, "roles": ["reviewBody"]}],
        **_tender(reviewDetails=stated(action.grounds)),
    }


HOMES: Final[Homes] = {
    timeline.TimelinePublished: Home(_timetable, "UK3"),
    timeline.TimelineChanged: Home(_moved, "UK4"),
    timeline.TimelineChangeCommunicated: Home(),
    timeline.MilestoneReached: Home(_reached),
    commitments.CommitmentMade: Home(_promised, "UK4"),
    commitments.CommitmentDischarged: Home(_discharged),
    procurement.ProcurementTeamResourced: Home(),
    procurement.ProcurementLaunched: Home(_launched, "UK4"),
    procurement.ContactPointNamed: Home(_named, "UK4"),
    procurement.ContactPointChanged: Home(_contact_changed, "UK4"),
    procurement.ClarificationQuestionReceived: Home(_asked),
    procurement.ClarificationAnswered: Home(_answered),
    procurement.ClarificationAnswerCorrected: Home(_answer_corrected),
    procurement.SiteVisitRequested: Home(),
    procurement.SiteVisitOutcomeRecorded: Home(_visited),
    procurement.TenderAmended: Home(_amended, "UK4"),
    procurement.BidsClosed: Home(_bids, "UK6"),
    procurement.ProcurementTerminated: Home(_stopped, "UK12"),
    contract.ContractAwarded: Home(_awarded, "UK6"),
    contract.ContractDetailsPublished: Home(_published, "UK7"),
    contract.ContractValueCorrected: Home(_value_corrected),
    contract.ContractModified: Home(_modified, "UK10"),
    contract.ContractTerminated: Home(_terminated, "UK11"),
    delivery.ServiceStarted: Home(_started),
    delivery.PerformanceReported: Home(_performed, "UK9"),
    delivery.PostProcessReviewPublished: Home(_reviewed),
    delivery.ReviewRecommendationAnswered: Home(_review_answered),
    issues.IssueReported: Home(_reported),
    issues.IssueAnswered: Home(_issue_answered),
    issues.IssueResolved: Home(_issue_resolved),
    issues.IssueEscalated: Home(_escalated),
}
