"""The deal: awarded, signed, its value put right, changed, ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ledger import structs as s
from ledger import vocabulary as v
from ledger.actions.design import FieldChange
from ledger.actions.process import CommissioningProcessRegistered, value_on_record
from ledger.codes import SIZES, VAT
from ledger.errors import Refused, Wrong
from ledger.kinds import CodeList, Maybe, Money, stated
from ledger.when import Occurrence
from ledger.words import N_

if TYPE_CHECKING:
    from ledger.process import History

VALUES = CodeList(
    "what the value is of",
    {
        "budget": N_("Budget"),
        "lot_estimate": N_("Estimate for a lot"),
        "award": N_("Award"),
        "contract": N_("Contract"),
    },
)
VALUE_CAUSES = CodeList(
    "cause of a wrong value",
    {
        "calculation": N_("Calculation"),
        "units": N_("Units"),
        "vat": N_("VAT"),
        "scope": N_("Scope"),
        "typing": N_("Typing"),
        "other": N_("Other"),
    },
)
FINDERS = CodeList(
    "found by",
    {
        "commissioner": N_("Commissioner"),
        "provider": N_("Provider"),
        "advisory_group": N_("Advisory group"),
        "public": N_("Member of the public"),
    },
)
GROUNDS = CodeList(
    "grounds for a change",
    {
        "provided_for": N_("The contract provides for it"),
        "unforeseeable": N_("Unforeseeable circumstances"),
        "urgency": N_("Urgency or protection of life"),
        "additional": N_("Additional services"),
        "transfer": N_("Transfer after restructuring"),
        "not_substantial": N_("Not substantial"),
        "other": N_("Other"),
    },
)


class Subcontractor(v.Struct):
    """An organisation that works for the supplier."""

    sentence = "%(organisation)s"
    organisation: Maybe[s.Party] = v.nested(N_("Organisation"), s.Party)
    vcse: Maybe[bool] = v.yes_no(N_("Voluntary or social enterprise"))
    size: Maybe[str] = v.code(N_("Size"), SIZES)


class ContractAwarded(
    v.Action,
    name="contract-awarded.v1",
    title=N_("Contract awarded"),
    stage="mobilisation",
    after=CommissioningProcessRegistered,
    recommendations=(7,),
    ocds=("award",),
):
    """Record this for each lot when the winner is named."""

    sentence = N_("Contract awarded to %(supplier)s: %(value)s")
    award_id: Maybe[str] | None = v.opens(N_("Award"), "award", default=None)
    lot_id: Maybe[str] | None = v.refers(N_("Lot"), "lot", default=None)
    supplier: Maybe[s.Party] = v.nested(N_("Supplier"), s.Party)
    supplier_is_vcse: Maybe[bool] = v.yes_no(N_("Voluntary or social enterprise"))
    supplier_size: Maybe[str] = v.code(N_("Size of the supplier"), SIZES)
    consortium_members: Maybe[tuple[s.Party, ...]] = v.rows(N_("Members of the consortium"), s.Party)
    subcontractors: Maybe[tuple[Subcontractor, ...]] = v.rows(N_("Subcontractors"), Subcontractor)
    value: Maybe[s.Value] = v.of(N_("Value"), s.VALUE)
    term: Maybe[s.Period] = v.nested(N_("Term"), s.Period)
    decided_on: Maybe[Occurrence] = v.occurrence(N_("Decided on"))
    standstill_ends: Maybe[dt.date] | None = v.day(N_("Standstill ends on"), default=None)

    def values(self) -> Iterator[tuple[str, str | None, Money]]:
        amount = _amount(self.value)
        if amount is not None:
            yield "award", stated(self.award_id), amount


class Kpi(v.Struct):
    """A figure by which the service will be judged."""

    sentence = "%(title)s"
    kpi_id: Maybe[str] = v.names(N_("Measure"), "kpi", hint=N_("Contracts of one process may use the same."))
    title: Maybe[str] = v.title(N_("Title"))
    target: Maybe[str] = v.line(N_("Target"))


class ContractDetailsPublished(
    v.Action,
    name="contract-details-published.v1",
    title=N_("Contract published"),
    stage="mobilisation",
    after=CommissioningProcessRegistered,
    ocds=("contract",),
):
    """Record this when the signed terms are public."""

    sentence = N_("Contract %(contract_id)s published: %(value)s, %(period)s")
    contract_id: Maybe[str] | None = v.opens(N_("Contract"), "contract", default=None)
    award_id: Maybe[str] = v.refers(N_("Award"), "award")
    value: Maybe[s.Value] = v.of(N_("Value"), s.VALUE)
    vat: Maybe[str] = v.code(N_("VAT treatment"), VAT)
    period: Maybe[s.Period] = v.nested(N_("Period"), s.Period)
    signed_on: Maybe[Occurrence] = v.when(N_("Signed on"))
    kpis: Maybe[tuple[Kpi, ...]] = v.rows(N_("Measures of performance"), Kpi)
    no_kpi_reason: Maybe[s.Reason] | None = v.of(N_("Why there are no measures"), s.REASON, default=None)
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    document: Maybe[s.Document] | None = v.nested(N_("Document"), s.Document, default=None)

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        if self.kpis == () and self.no_kpi_reason is None:
            yield "no_kpi_reason", Wrong(N_("Give the measures of performance, or say why there are none."))
        if s.is_twice(kpi.kpi_id for kpi in stated(self.kpis) or ()):
            yield "kpis", Wrong(N_("Two measures have one id. Give each its own."))

    def values(self) -> Iterator[tuple[str, str | None, Money]]:
        amount = _amount(self.value)
        if amount is not None:
            yield "contract", stated(self.contract_id), amount


class ContractValueCorrected(
    v.Action,
    name="contract-value-corrected.v1",
    title=N_("Value put right"),
    stage="throughout",
    after=CommissioningProcessRegistered,
    recommendations=(1, 5),
    ocds=("tenderUpdate", "awardUpdate", "contractUpdate"),
):
    """Record this when a published value was wrong. A real change to the deal is “Contract changed” instead."""

    sentence = N_("%(value_of)s %(target_id)s put right: %(after)s. Reason: %(reason)s")
    sentence_with_before = N_("%(value_of)s %(target_id)s put right: %(after)s, not %(before)s. Reason: %(reason)s")
    value_of: Maybe[str] = v.code(N_("Value of"), VALUES)
    target_id: Maybe[str] | None = v.line(
        N_("Which one"),
        default=None,
        hint=N_("The lot, award or contract; nothing for the budget of the process."),
    )
    corrected_on: Maybe[Occurrence] = v.occurrence(N_("Put right on"))
    before_stated: Maybe[Money] | None = v.money(
        N_("Wrong value"), default=None, hint=N_("Only where the record does not hold it.")
    )
    after: Maybe[Money] = v.money(N_("Right value"))
    wrong_since: Maybe[int] | None = v.entry(N_("Wrong since"), default=None)
    cause_code: Maybe[str] = v.code(N_("Cause"), VALUE_CAUSES)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    found_by: Maybe[str] = v.code(N_("Found by"), FINDERS)
    cause_issue_id: Maybe[str] | None = v.refers(N_("Issue that caused it"), "issue", default=None)
    effect_on_bidders: Maybe[str] = v.prose(N_("Effect on bidders"))

    def check(self, history: History) -> None:
        value_of, target = stated(self.value_of), stated(self.target_id)
        entity = {"lot_estimate": "lot", "award": "award", "contract": "contract"}.get(value_of or "")
        if entity is None:
            return
        if target is None and self.target_id is None:
            raise Refused(N_("Say which lot, award or contract the value belongs to."))
        if target is not None and history.opened(entity, target) is None:
            raise Refused(N_("No %(entity)s %(id)s is on record. Record it first."), entity=entity, id=target)

    def before(self, history: History) -> Mapping[str, object]:
        known = value_on_record(history, stated(self.value_of), stated(self.target_id)) or stated(self.before_stated)
        return {} if known is None else {"after": known}

    def values(self) -> Iterator[tuple[str, str | None, Money]]:
        value_of, amount = stated(self.value_of), stated(self.after)
        if value_of is not None and amount is not None:
            yield value_of, stated(self.target_id), amount


def _amount(value: Maybe[s.Value]) -> Money | None:
    """Return the amount to compare by: without VAT where both are stated."""
    known = stated(value)
    return None if known is None else stated(known.net) or stated(known.gross)


class ContractModified(
    v.Action,
    name="contract-modified.v1",
    title=N_("Contract changed"),
    stage="delivery",
    after=ContractDetailsPublished,
    ocds=("contractAmendment",),
):
    """Record this when the deal itself changes. A wrong figure is “Value put right” instead."""

    sentence = N_("Contract %(contract_id)s changed. %(changes)s. Reason: %(reason)s")
    contract_id: Maybe[str] = v.refers(N_("Contract"), "contract")
    changes: Maybe[tuple[FieldChange, ...]] = v.rows(N_("What changes"), FieldChange, least=1)
    grounds_code: Maybe[str] = v.code(N_("Grounds"), GROUNDS)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    value_after: Maybe[Money] | None = v.money(N_("Value now"), default=None)
    agreed_on: Maybe[Occurrence] = v.occurrence(N_("Agreed on"))

    def before(self, history: History) -> Mapping[str, object]:
        known = value_on_record(history, "contract", stated(self.contract_id))
        return {} if known is None or stated(self.value_after) is None else {"value_after": known}

    def values(self) -> Iterator[tuple[str, str | None, Money]]:
        amount = stated(self.value_after)
        if amount is not None:
            yield "contract", stated(self.contract_id), amount


class ContractTerminated(
    v.Action,
    name="contract-terminated.v1",
    title=N_("Contract ended"),
    stage="delivery",
    after=ContractDetailsPublished,
    recommendations=(3,),
    ocds=("contractTermination",),
):
    """Record this when a contract ends, early or at its term."""

    sentence = N_("Contract %(contract_id)s ended. Reason: %(reason)s")
    contract_id: Maybe[str] = v.refers(N_("Contract"), "contract")
    ended_on: Maybe[Occurrence] = v.occurrence(N_("Ended on"))
    planned: Maybe[bool] = v.yes_no(N_("Planned"))
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    continuity_plan: Maybe[str] = v.prose(N_("How the service goes on"))
