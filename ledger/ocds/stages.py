"""Planning and tender: what a release says first or otherwise becomes entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ledger import structs as s
from ledger.actions import design, engagement, process, procurement, timeline
from ledger.actions.contract import ContractValueCorrected
from ledger.actions.design import FieldChange
from ledger.errors import Wrong
from ledger.kinds import NOT_STATED, WEB_ADDRESS
from ledger.ocds.facts import Fact, FirstDate, Step, change
from ledger.ocds.material import Object, day_of
from ledger.ocds.values import (
    at,
    day,
    entity_id,
    line,
    new_amendments,
    occurrence,
    power_of_ten,
    reason,
    rows_of,
    said,
    text,
    vat_of,
    worth,
)
from ledger.vocabulary import Action
from ledger.when import Occurrence

_OVER: Final = frozenset({"complete", "cancelled", "unsuccessful", "withdrawn"})
SLIP: Final = "Probably a slip of digits: the values are a power of ten apart."
_STOPPED: Final = frozenset({"cancelled", "unsuccessful", "withdrawn"})


def is_notice(document: Object) -> bool:
    """Whether a document is the notice itself, which comes with every release."""
    return str(document.get("documentType", "")).lower().endswith("notice")


def is_address(address: str) -> bool:
    """Whether an address is one that the ledger shows."""
    try:
        WEB_ADDRESS.load(address)
    except Wrong:
        return False
    return True


def _document(document: Object) -> s.Document:
    address = document.get("url")
    return s.Document(
        title=line(document.get("title") or document.get("description")),
        address=address if address is not None and is_address(address) else None,
    )


# --- planning ---------------------------------------------------------------------------------------------------------


def planning(step: Step) -> Iterator[Fact]:
    """Yield engagements announced and held, and documents of the planning stage that have a kind of entry."""
    for milestone in rows_of(step.after, "planning", "milestones"):
        if milestone.get("type") == "engagement":
            yield from _engagement(step, milestone)
    for document in rows_of(step.after, "planning", "documents"):
        is_new = at(step.before, "planning", "documents", document["id"]) is None
        made = _PLANNING_DOCUMENTS.get(document.get("documentType", "")) if is_new else None
        if made is not None:
            yield Fact(made(occurrence(document.get("datePublished")), _document(document)))


def _engagement(step: Step, milestone: Object) -> Iterator[Fact]:
    old = at(step.before, "planning", "milestones", milestone["id"])
    name, silent = entity_id(milestone["id"]), NOT_STATED
    if old is None and not _is_met(milestone):
        yield Fact(
            engagement.ConsultationAnnounced(
                engagement_id=name,
                announced_on=Occurrence(step.date),
                stage=silent,
                topics=silent,
                audience=silent,
                methods=silent,
                opens_on=silent,
                closes_on=occurrence(milestone.get("dueDate")),
                open_to_all=silent,
            ),
        )
    if _is_met(milestone) and not _is_met(old or {}):
        yield Fact(
            engagement.ConsultationHeld(
                engagement_id=name,
                held_on=occurrence(milestone.get("dateMet")),
                stage=silent,
                topics=silent,
                audience=silent,
                methods=silent,
                organisations_count=silent,
                of_which_vcse=silent,
                of_which_small=silent,
                facilitator_is_voluntary=silent,
                issues_raised=silent,
            ),
        )


def _is_met(milestone: Object) -> bool:
    return "dateMet" in milestone or milestone.get("status") == "met"


def _needs(published: Any, document: s.Document) -> Action:
    return process.NeedsAssessmentPublished(
        published_on=published,
        document=document,
        population=NOT_STATED,
        prisons=NOT_STATED,
        methods=NOT_STATED,
        provider_input=NOT_STATED,
        service_user_input=NOT_STATED,
        involvement_entries=NOT_STATED,
    )


def _equality(published: Any, document: s.Document) -> Action:
    return design.EqualityImpactAssessmentPublished(
        full=NOT_STATED,
        characteristics_assessed=NOT_STATED,
        partners_specialist_vcs=NOT_STATED,
        service_users_with_protected_characteristics_took_part=NOT_STATED,
        completed_on=NOT_STATED,
        published_on=published,
        document=document,
        mitigations=NOT_STATED,
    )


_PLANNING_DOCUMENTS: Final = {"needsAssessment": _needs, "x_equalityImpactAssessment": _equality}


# --- dates ------------------------------------------------------------------------------------------------------------


def dates_of(state: Object) -> dict[str, tuple[str, str | None]]:
    """Return code of a milestone -> (its date, its title where it has one of its own), as the state has them."""
    found: dict[str, tuple[str, str | None]] = {}
    for code, paths in _DATES.items():
        stated = next((held for path in paths if (held := at(state, *path)) is not None), None)
        if stated is not None:
            found[code] = (stated, None)
    for stage in ("planning", "tender"):
        for milestone in rows_of(state, stage, "milestones"):
            if "dueDate" in milestone and milestone.get("type") != "engagement":
                found[entity_id(f"{stage}-{milestone['id']}")] = (milestone["dueDate"], milestone.get("title"))
    return found


_DATES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "launch": (("tender", "tenderPeriod", "startDate"), ("tender", "communication", "futureNoticeDate")),
    "clarification_deadline": (("tender", "enquiryPeriod", "endDate"),),
    "tender_deadline": (("tender", "tenderPeriod", "endDate"),),
    "award": (("tender", "awardPeriod", "endDate"),),
    "contract_start": (("tender", "contractPeriod", "startDate"),),
}


def timetable(step: Step) -> Iterator[Fact]:
    """Yield the first timetable, and every later move of a date in it.

    A date that is stated only once the tender is over was no plan that anyone could rely on.
    """
    first, old, new = step.known.first_dates, dates_of(step.before), dates_of(step.after)
    is_first = not first
    moved = []
    for code, (stated, title) in new.items():
        if code not in first:
            if at(step.after, "tender", "status") not in _OVER:
                first[code] = FirstDate(stated, title, step.date)
        elif code in old and day_of(old[code][0]) != day_of(stated):
            moved.append(timeline.DateChange(code=code, new_date=day(stated)))
    if is_first and first:
        # Its milestones are those of all releases: the plan fills them in at its end.
        yield Fact(
            timeline.TimelinePublished(milestones=NOT_STATED, consulted_entries=NOT_STATED, published_on=NOT_STATED),
        )
    if moved:
        yield Fact(
            timeline.TimelineChanged(
                changes=tuple(moved),
                decided_on=Occurrence(step.date),
                reason=reason(step.before.get("tender"), step.after["tender"]),
                cause_entries=NOT_STATED,
                extension_considered=NOT_STATED,
            ),
        )


def _times(step: Step) -> Iterator[FieldChange]:
    """Yield deadlines that moved within their day."""
    old = dates_of(step.before)
    for code, (stated, _) in dates_of(step.after).items():
        before = old.get(code, (stated, None))[0]
        if code in step.known.first_dates and before != stated and day_of(before) == day_of(stated):
            yield change(f"Time of day: {code}", stated, before)


_PROCEDURES: Final = {"open": "open", "selective": "restricted", "direct": "direct_award"}


def launch(step: Step) -> Iterator[Fact]:
    """Yield that the tender opened, once a release shows it open or over."""
    tender = step.after.get("tender", {})
    status = tender.get("status")
    was_open = status == "active" or (at(tender, "tenderPeriod", "endDate") and status in _OVER)
    if step.known.launched or not was_open:
        return
    step.known.launched = True
    is_notice_of_it = status == "active" and "tender" in step.release.get("tag", ())
    launched = (
        at(tender, "tenderPeriod", "startDate")
        or tender.get("datePublished")
        or (step.date if is_notice_of_it else None)
    )
    yield Fact(
        procurement.ProcurementLaunched(
            notice_id=line(step.release["id"]) if is_notice_of_it else None,
            launched_on=occurrence(launched),
            pack_complete=NOT_STATED,
            tender_deadline=day(at(tender, "tenderPeriod", "endDate")),
            clarification_deadline=day(at(tender, "enquiryPeriod", "endDate")),
            answers_deadline=NOT_STATED,
            procedure=_PROCEDURES.get(tender.get("procurementMethod", ""), NOT_STATED),
            partnership_working=NOT_STATED,
            portal=NOT_STATED,
        ),
    )


# --- lots and values --------------------------------------------------------------------------------------------------


def lots(step: Step) -> Iterator[Fact]:
    """Yield how the work is divided, and what changes in that."""
    found = rows_of(step.after, "tender", "lots")
    if found and not step.known.lots_told:
        step.known.lots_told = True
        yield Fact(
            design.LotStructurePublished(
                published_on=Occurrence(step.date),
                lots=tuple(_lot(each) for each in found),
                rationale=NOT_STATED,
                grants_considered=NOT_STATED,
                grant_decision_reason=NOT_STATED,
            ),
        )
        return
    changes = [made for each in found if (made := _lot_change(step, each)) is not None]
    if changes:
        yield Fact(
            design.LotStructureRevised(
                revised_on=Occurrence(step.date),
                changes=tuple(changes),
                reason=reason(step.before.get("tender"), step.after["tender"]),
                cause_issue_ids=NOT_STATED,
            ),
        )


def _lot(lot: Object) -> design.Lot:
    return design.Lot(
        lot_id=entity_id(lot["id"]),
        title=line(lot.get("title")),
        area=NOT_STATED,
        prisons=NOT_STATED,
        annual_value=NOT_STATED,
        term_months=NOT_STATED,
    )


def _lot_change(step: Step, lot: Object) -> design.LotChange | None:
    old = at(step.before, "tender", "lots", lot["id"]) or {}
    ended = lot.get("status") in _STOPPED and old.get("status") not in _STOPPED
    title = lot.get("title") if lot.get("title") != old.get("title") else None
    if old and not ended and title is None:
        return None
    return design.LotChange(
        lot_id=entity_id(lot["id"]), title=None if title is None else line(title), ended=True if ended else None
    )


def budgets(step: Step) -> Iterator[Fact]:
    """Yield the budget or estimate of the whole and of each lot as first stated, and put right later."""
    known, tender = step.known, step.after.get("tender", {})
    sources = {"planning": ("planning", "budget", "amount"), "tender": ("tender", "value")}
    if known.budget_from is None:
        known.budget_from = next((name for name, path in sources.items() if worth(at(step.after, *path))), None)
        if known.budget_from is not None:
            path = sources[known.budget_from]
            yield _budget(step, at(step.after, *path), None, step.remark(*path))
    else:
        path = sources[known.budget_from]
        yield from _corrected(step, at(step.before, *path), at(step.after, *path), None)
    several = len(rows_of(tender, "lots")) > 1
    for lot in rows_of(tender, "lots"):
        if "value" in lot and (several or worth(lot["value"]) != worth(tender.get("value"))):
            if lot["id"] not in known.lot_budgets:
                known.lot_budgets.add(lot["id"])
                yield _budget(step, lot["value"], lot["id"], None)
            else:
                old = at(step.before, "tender", "lots", lot["id"], "value")
                yield from _corrected(step, old, lot["value"], lot["id"])


def _budget(step: Step, value: Object, lot: str | None, remark: str | None) -> Fact:
    return Fact(
        process.BudgetPublished(
            published_on=Occurrence(step.date),
            scope="process" if lot is None else "lot",
            lot_id=None if lot is None else entity_id(lot),
            amount=worth(value) or NOT_STATED,
            vat=vat_of(value),
            period=NOT_STATED,
            unalterably_restricted=NOT_STATED,
            full_cost_recovery=NOT_STATED,
            basis=NOT_STATED,
            cost_evidence_entries=NOT_STATED,
            given_to_specification_authors=NOT_STATED,
        ),
        remark=remark,
    )


def _corrected(step: Step, old: Object | None, new: Object | None, lot: str | None) -> Iterator[Fact]:
    before, after = worth(old), worth(new)
    if before is None or after is None or before == after:
        return
    part = ("tender",) if lot is None else ("tender", "lots", lot)
    why = reason(at(step.before, "tender"), at(step.after, "tender"))
    remark = SLIP if power_of_ten(before, after) else step.remark(*part)
    yield value_corrected(step, "budget", lot, new or {}, why, remark)


def value_corrected(step: Step, what: str, which: str | None, value: Object, why: s.Reason, remark: str | None) -> Fact:
    """Return that a published value was replaced by another."""
    return Fact(
        ContractValueCorrected(
            value_of=what,
            target_id=None if which is None else entity_id(which),
            corrected_on=Occurrence(step.date),
            after=worth(value) or NOT_STATED,
            cause_code=NOT_STATED,
            reason=why,
            found_by=NOT_STATED,
            effect_on_bidders=NOT_STATED,
        ),
        remark=remark,
    )


# --- contacts and questions -------------------------------------------------------------------------------------------


def contacts(step: Step) -> Iterator[Fact]:
    """Yield whom to contact at the buyer's, and what changes in that. Names are not kept."""
    for party in rows_of(step.after, "parties"):
        new = party.get("contactPoint")
        if not new or not {"buyer", "procuringEntity"} & set(party.get("roles", ())):
            continue
        old = at(step.before, "parties", party["id"], "contactPoint")
        name, channel = entity_id(party["id"]), line(", ".join(_reached(new)))
        if not old:
            yield Fact(_contact_named(step, name, new, channel))
        elif old != new:
            same = set(_reached(old)) & set(_reached(new))
            yield Fact(
                procurement.ContactPointChanged(
                    contact_id=name,
                    change="details_corrected" if same and old.get("name") == new.get("name") else "replaced",
                    after=procurement.ContactDetails(channel=channel),
                    effective_on=Occurrence(step.date),
                    reason=s.Reason(state="not_given"),
                ),
            )


def _reached(contact: Object) -> list[str]:
    return [contact[name] for name in ("email", "telephone") if name in contact]


def _contact_named(step: Step, name: str, contact: Object, channel: Any) -> Action:
    return procurement.ContactPointNamed(
        contact_id=name,
        named_on=Occurrence(step.date),
        function=NOT_STATED,
        role_title=NOT_STATED,
        name_published=True if "name" in contact else NOT_STATED,
        channel=channel,
        available_from=NOT_STATED,
        cover_for_absence=NOT_STATED,
    )


def enquiries(step: Step) -> Iterator[Fact]:
    """Yield questions, answers and answers put right (the enquiries extension)."""
    for new in rows_of(step.after, "tender", "enquiries"):
        old = at(step.before, "tender", "enquiries", new["id"])
        name = entity_id(new["id"])
        if old is None:
            yield Fact(
                procurement.ClarificationQuestionReceived(
                    question_id=name,
                    received_at=occurrence(new.get("date")),
                    topic=NOT_STATED,
                    text_or_summary=text(new.get("description") or new.get("title")),
                ),
            )
        before = (old or {}).get("answer")
        if "answer" in new and before is None:
            yield Fact(
                procurement.ClarificationAnswered(
                    question_id=name,
                    answered_at=occurrence(new.get("dateAnswered")),
                    answer_or_summary=text(new["answer"]),
                    released_to="all_bidders",
                    released_at=Occurrence(step.date),
                    changes_tender=NOT_STATED,
                ),
            )
        elif before is not None and new.get("answer") != before:
            yield Fact(
                procurement.ClarificationAnswerCorrected(
                    question_id=name,
                    corrected_at=Occurrence(step.date),
                    after=text(new["answer"]),
                    reason=s.Reason(state="not_given"),
                ),
            )


# --- the tender -------------------------------------------------------------------------------------------------------


def tender(step: Step) -> Iterator[Fact]:
    """Yield what else changes in the tender, and that it was stopped."""
    old, new = step.before.get("tender", {}), step.after.get("tender", {})
    if not new:
        return
    status, why = new.get("status"), reason(old, new)
    cancelled = status in _STOPPED or (
        status in _OVER and "tenderCancellation" in step.release.get("tag", ()) and not step.after.get("contracts")
    )
    if cancelled and not step.known.terminated:
        step.known.terminated = True
        details = new.get("statusDetails")
        if why.state == "not_given" and details is not None:
            why = s.Reason(state="given", text=details)
        yield Fact(
            procurement.ProcurementTerminated(stopped_on=Occurrence(step.date), scope="process", reason=why),
        )
    changes = list(_changes(step, old, new)) if old else []
    told = any(each.get("rationale") or each.get("description") for each in new_amendments(old, new))
    if changes or (told and not _is_told_elsewhere(step)):
        yield Fact(
            procurement.TenderAmended(
                amended_on=Occurrence(step.date),
                changes=tuple(changes) or NOT_STATED,
                reason=why,
                material=NOT_STATED,
                cause_entries=NOT_STATED,
                deadline_reviewed=NOT_STATED,
            ),
        )


def _is_told_elsewhere(step: Step) -> bool:
    """Whether the reason of an amendment already stands with a change of dates, lots or values."""
    old, new = dates_of(step.before), dates_of(step.after)
    moved = any(code in old and day_of(old[code][0]) != day_of(held) for code, (held, _) in new.items())
    paths = (("planning", "budget", "amount"), ("tender", "value"), ("tender", "lots"))
    return moved or any(at(step.before, *path) != at(step.after, *path) for path in paths)


def _changes(step: Step, old: Object, new: Object) -> Iterator[FieldChange]:
    for name, label in (("title", "Title"), ("description", "Description")):
        if name in old and name in new and old[name] != new[name]:
            yield change(label, new[name])
    if step.known.budget_from != "tender" and "value" in old and worth(old["value"]) != worth(new.get("value")):
        yield change("Value", said(new["value"]) or "", said(old["value"]))
    yield from _times(step)
    for document in rows_of(new, "documents"):
        if not is_notice(document) and at(old, "documents", document["id"]) is None:
            named = document.get("title") or document.get("description") or document.get("documentType")
            yield change(
                "Document added", " ".join(each for each in (named, document.get("url")) if each) or document["id"]
            )
