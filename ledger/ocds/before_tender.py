"""Where entries on needs, engagement, groups and design belong in OCDS."""

from __future__ import annotations

from typing import Final

from ledger.actions import advisory as group
from ledger.actions import design, engagement, process
from ledger.kinds import stated
from ledger.ocds.place import (
    Home,
    Homes,
    Place,
    amendment,
    closes,
    document,
    ends,
    party,
    reason,
    reference,
    some,
    total,
    when,
    worth,
)
from ledger.ocds.state import Object

ACTS: Final = {"PA2023": "2023/54", "PCR2015": "2015/102"}
"""The acts and instruments of a regime, by their numbers on legislation.gov.uk."""

_SCHEMES: Final = {"PA2023": "UKPGA", "PCR2015": "UKSI"}


def _registered(action: process.CommissioningProcessRegistered, _place: Place) -> Object:
    buyer = party("buyer", action.lead_commissioner, "buyer")
    others = [
        party(f"responsible-{number}", each, "procuringEntity")
        for number, each in enumerate(stated(action.responsible_bodies) or (), 1)
    ]
    regime, earlier = stated(action.regime) or "", stated(action.predecessor_process)
    return some(
        buyer=reference(buyer),
        parties=[each for each in (buyer, *others) if each],
        tender=some(
            id=action.reference,
            title=stated(action.title),
            legalBasis=some(id=ACTS.get(regime), scheme=_SCHEMES.get(regime)),
            specialRegime=["lightTouch"] if stated(action.light_touch) else None,
        ),
        relatedProcesses=[]
        if earlier is None
        else [{"id": "predecessor", "relationship": ["prior"], "scheme": "x_candour", "identifier": earlier}],
    )


def _budget(action: process.BudgetPublished, place: Place) -> Object:
    made = worth(action.amount, action.vat)
    lot = place.lot(action.lot_id)
    if lot is not None:
        return {"tender": {"lots": [some(id=lot, value=made)]}}
    return {"planning": some(budget=some(amount=made, description=stated(action.basis)))}


def _closed(action: process.CommissioningProcessClosed, place: Place) -> Object:
    if stated(action.outcome) == "service_live":
        status = "complete"
    else:
        status = "cancelled" if place.is_launched else "withdrawn"
    return {"tender": some(status=status, statusDetails=reason(action.reason), finalStatusDate=when(action.closed_on))}


# --- documents --------------------------------------------------------------------------------------------------------


def _needs(action: process.NeedsAssessmentPublished, place: Place) -> Object:
    return _planned(document(place, action.document, "needsAssessment", action.published_on))


def _outcomes(action: process.OutcomesFrameworkPublished, place: Place) -> Object:
    return _planned(document(place, action.document, "x_outcomesFramework", action.published_on))


def _response(action: engagement.ConsultationResponsePublished, place: Place) -> Object:
    return _planned(document(place, action.document, "x_consultationResponse", action.published_on))


def _market(action: engagement.MarketHealthAssessmentPublished, place: Place) -> Object:
    return _planned(document(place, action.document, "marketStudies", action.published_on))


def _notes(action: group.MeetingNotesPublished, place: Place) -> Object:
    return _planned(document(place, action.document, "x_minutes", action.published_on))


def _oversight(action: group.OversightUpdateReported, place: Place) -> Object:
    return _planned(document(place, action.document, "x_oversightUpdate", action.reported_on))


def _equality(action: design.EqualityImpactAssessmentPublished, place: Place) -> Object:
    return _planned(document(place, action.document, "x_equalityImpactAssessment", action.published_on))


def _planned(made: Object) -> Object:
    return {"planning": {"documents": [made]}}


# --- engagements ------------------------------------------------------------------------------------------------------


def _announced(action: engagement.ConsultationAnnounced, place: Place) -> Object:
    return _milestone(_engagement(place, action.engagement_id), status="scheduled", dueDate=closes(action.closes_on))


def _held(action: engagement.ConsultationHeld, place: Place) -> Object:
    return _milestone(_engagement(place, action.engagement_id), status="met", dateMet=closes(action.held_on))


def _engagement(place: Place, name: object) -> str:
    known = stated(name)
    return place.name if known is None else place.known(("planning", "milestones"), str(known)) or place.name


def _involved(action: engagement.ServiceUsersInvolved, place: Place) -> Object:
    return _milestone(place.name, code="x_serviceUser", status="met", dateMet=closes(action.involved_on))


def _convened(action: group.AdvisoryGroupConvened, _place: Place) -> Object:
    return _milestone(
        f"group-{action.group_id}",
        title=stated(action.name),
        status="scheduled",
        dueDate=ends(action.window_closes),
        code="x_advisoryGroup",
    )


def _met(action: group.AdvisoryGroupMeetingHeld, _place: Place) -> Object:
    name = f"group-{action.group_id}-meeting-{stated(action.meeting_no) or 'unnumbered'}"
    return _milestone(name, status="met", dateMet=closes(action.held_on), code="x_advisoryGroupMeeting")


_GROUP_STATES: Final = {"paused": "partiallyMet", "reconvened": "scheduled", "closed": "met"}


def _group_status(action: group.AdvisoryGroupStatusChanged, _place: Place) -> Object:
    return _milestone(f"group-{action.group_id}", status=_GROUP_STATES.get(stated(action.status) or ""))


def _milestone(name: str, **members: str | None) -> Object:
    return {"planning": {"milestones": [some(id=name, type="engagement", **members)]}}


# --- lots and specifications ------------------------------------------------------------------------------------------


def _lots(action: design.LotStructurePublished, place: Place) -> Object:
    lots = [made for each in stated(action.lots) or () if (made := _lot(each, place))]
    most = [most for each in stated(action.lots) or () if (most := stated(each.max_lots_per_bidder))]
    details = some(
        maximumLotsBidPerSupplier=max(most, default=None), noLotsDivisionRationale=reason(action.no_lots_reason)
    )
    return {"tender": some(lots=lots, lotDetails=details)}


def _lot(lot: design.Lot | design.LotChange, place: Place) -> Object:
    name = place.lot(lot.lot_id)
    if name is None:
        return {}
    months = stated(lot.term_months)
    if months is not None:
        place.terms[name] = months
    value = total(lot.annual_value, place.terms.get(name))
    ended = isinstance(lot, design.LotChange) and stated(lot.ended) is True
    return some(id=name, title=stated(lot.title), value=value, status="cancelled" if ended else None)


def _lots_revised(action: design.LotStructureRevised, place: Place) -> Object:
    lots = [made for each in stated(action.changes) or () if (made := _lot(each, place))]
    told = amendment(place, action.revised_on, action.reason)
    told[0] |= some(relatedLots=[each["id"] for each in lots])
    return {"tender": some(lots=lots, amendments=told)}


def _specification(action: design.SpecificationPublished, place: Place) -> Object:
    made = document(place, action.document, "technicalSpecifications", action.published_on)
    lot, name = place.lot(action.lot_id), stated(action.spec_id)
    return {"tender": {"documents": [made | some(id=name, relatedLots=None if lot is None else [lot])]}}


def _specification_corrected(action: design.SpecificationCorrected, place: Place) -> Object:
    name = stated(action.spec_id)
    changes = [stated(each.what) for each in stated(action.fields_changed) or ()]
    return {
        "tender": some(
            documents=[] if name is None else [some(id=name, dateModified=when(action.corrected_on))],
            amendments=amendment(place, action.corrected_on, action.reason_text, changes),
        )
    }


_REQUIREMENTS: Final = (
    "min_turnover",
    "min_reserves",
    "guarantees",
    "prior_contract_value",
    "insurance",
    "experience_required",
    "evidence_required",
)


def _requirements(action: design.BiddingRequirementsPublished, place: Place) -> Object:
    """Return what bidders must show, in words: selection criteria have no ids, so no list of them can be put right."""
    held = {name: stated(getattr(action, name)) for name in _REQUIREMENTS}
    told = [
        f"{name}: {value if isinstance(value, str) else f'{value.currency} {value.amount}'}"
        for name, value in held.items()
        if value is not None
    ]
    made = some(selectionCriteria=some(description="; ".join(told) or None))
    lot = place.lot(action.lot_id)
    return {"tender": made} if lot is None else {"tender": {"lots": [{"id": lot, **made}]}}


def _requirements_changed(action: design.BiddingRequirementsChanged, place: Place) -> Object:
    changes = [
        f"{stated(each.field)}: {stated(each.after)}"
        for each in stated(action.changes) or ()
        if stated(each.field) is not None and stated(each.after) is not None
    ]
    return {"tender": {"amendments": amendment(place, action.changed_on, action.reason, changes)}}


HOMES: Final[Homes] = {
    process.CommissioningProcessRegistered: Home(_registered, "UK1"),
    process.NeedsAssessmentPublished: Home(_needs, "UK3"),
    process.OutcomesFrameworkPublished: Home(_outcomes),
    process.BudgetPublished: Home(_budget, "UK4"),
    process.CommissioningProcessClosed: Home(_closed, "UK12"),
    engagement.ConsultationAnnounced: Home(_announced, "UK2"),
    engagement.ConsultationHeld: Home(_held, "UK2"),
    engagement.ConsultationResponsePublished: Home(_response, "UK2"),
    engagement.MarketHealthAssessmentPublished: Home(_market),
    engagement.ServiceUsersInvolved: Home(_involved, "UK2"),
    group.AdvisoryGroupConvened: Home(_convened),
    group.AdvisoryGroupMeetingHeld: Home(_met),
    group.MeetingNotesPublished: Home(_notes),
    group.OversightUpdateReported: Home(_oversight),
    group.AdvisoryGroupStatusChanged: Home(_group_status),
    design.LotStructurePublished: Home(_lots, "UK4"),
    design.LotStructureRevised: Home(_lots_revised, "UK4"),
    design.SpecificationAuthorAssigned: Home(),
    design.SpecificationPublished: Home(_specification, "UK4"),
    design.SpecificationCorrected: Home(_specification_corrected, "UK4"),
    design.EqualityImpactAssessmentPublished: Home(_equality),
    design.BiddingRequirementsPublished: Home(_requirements, "UK4"),
    design.BiddingRequirementsChanged: Home(_requirements_changed, "UK4"),
}
