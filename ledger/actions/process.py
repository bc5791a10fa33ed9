"""The process itself: opened, its need, its aims, its money, closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from ledger import kinds
from ledger import structs as s
from ledger import vocabulary as v
from ledger.codes import METHODS, VAT
from ledger.errors import Refused
from ledger.kinds import CodeList, Maybe, Money, stated
from ledger.when import Occurrence, in_order
from ledger.words import N_

if TYPE_CHECKING:
    from ledger.process import History

REGIMES = CodeList(
    "regime",
    {
        "PA2023": N_("Procurement Act 2023"),
        "PCR2015": N_("Public Contracts Regulations 2015"),
        "grant": N_("Grant"),
        "below_threshold": N_("Below the threshold"),
    },
)
PARTNERSHIP = CodeList(
    "partnership working",
    {"none": N_("Not asked for"), "encouraged": N_("Encouraged"), "required": N_("Required")},
)
INSPECTORATES = CodeList(
    "inspectorate",
    {
        "hmi_prisons": N_("HM Inspectorate of Prisons"),
        "hmi_probation": N_("HM Inspectorate of Probation"),
        "ofsted": N_("Ofsted"),
        "cqc": N_("Care Quality Commission"),
        "estyn": N_("Estyn"),
        "other": N_("Another inspectorate"),
    },
)
BUDGET_SCOPES = CodeList("scope of a budget", {"process": N_("The whole process"), "lot": N_("One lot")})
CLOSINGS = CodeList(
    "outcome",
    {"service_live": N_("The service is live"), "abandoned": N_("Abandoned"), "merged": N_("Merged")},
)


class Identifier(v.Struct):
    """A number this process has elsewhere, such as an OCDS ocid."""

    sentence = "%(scheme)s %(id)s"
    scheme: Maybe[str] = v.line(N_("Scheme"))
    id: Maybe[str] = v.line(N_("Identifier"))


class CommissioningProcessRegistered(
    v.Action,
    name="commissioning-process-registered.v1",
    title=N_("Process opened"),
    stage="needs",
    once=True,
    recommendations=v.ALL,
    ocds=("planning",),
):
    """Record this first: it opens a commissioning process in the ledger and says who is responsible for it."""

    sentence = N_("Process opened: %(title)s")
    reference: str = v.of(
        N_("Reference"), kinds.REFERENCE, hint=N_("The process's short name in every address, for ever.")
    )
    registered_on: Maybe[Occurrence] = v.occurrence(N_("Opened on"))
    identifiers: Maybe[tuple[Identifier, ...]] = v.rows(N_("Numbers elsewhere"), Identifier)
    title: Maybe[str] = v.title(N_("Title"))
    service_area: Maybe[str] = v.of(N_("Service area"), kinds.OPEN_CODE, hint=N_("Such as family_services."))
    prisons: Maybe[tuple[str, ...]] = v.prisons()
    lead_commissioner: Maybe[s.Party] = v.nested(N_("Lead commissioner"), s.Party)
    responsible_bodies: Maybe[tuple[s.Party, ...]] = v.rows(N_("Bodies responsible"), s.Party)
    regions: Maybe[tuple[str, ...]] = v.many(N_("Regions"), kinds.OPEN_CODE)
    predecessor_process: Maybe[str] | None = v.of(N_("Follows the process"), kinds.REFERENCE, default=None)
    regime: Maybe[str] = v.code(N_("Legal regime"), REGIMES)
    light_touch: Maybe[bool] = v.yes_no(N_("Light touch"))
    partnership_working: Maybe[str] = v.code(N_("Partnership working"), PARTNERSHIP)
    coverage_start: Maybe[date] = v.day(N_("Recorded from"), hint=N_("The first day that the record means to cover."))

    def check(self, history: History) -> None:
        reference = stated(self.reference)
        if reference is not None and reference != history.stream.reference:
            raise Refused(
                N_("The reference is %(reference)s, but this is the record of %(stream)s. Use the same in both."),
                reference=reference,
                stream=history.stream.reference,
            )


class NeedsAssessmentPublished(
    v.Action,
    name="needs-assessment-published.v1",
    title=N_("Needs assessment published"),
    stage="needs",
    after=CommissioningProcessRegistered,
    recommendations=(5, 10, 15),
    ocds=("planning", "planningUpdate"),
):
    """Record this when the need behind the service has been assessed and the assessment is public."""

    sentence = N_("Needs assessment published: %(document)s")
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    document: Maybe[s.Document] = v.nested(N_("Document"), s.Document)
    population: Maybe[str] = v.prose(N_("Population"))
    prisons: Maybe[tuple[str, ...]] = v.prisons()
    methods: Maybe[tuple[str, ...]] = v.codes(N_("Methods"), METHODS)
    provider_input: Maybe[bool] = v.yes_no(N_("Providers had a say"))
    service_user_input: Maybe[bool] = v.yes_no(N_("Service users had a say"))
    involvement_entries: Maybe[tuple[int, ...]] = v.entries(N_("Entries on their involvement"))


class OutcomesFrameworkPublished(
    v.Action,
    name="outcomes-framework-published.v1",
    title=N_("Outcomes framework published"),
    stage="needs",
    after=CommissioningProcessRegistered,
    recommendations=(10,),
    ocds=("planning", "planningUpdate"),
):
    """Record this when it is public what the service is to achieve and how that will be measured."""

    sentence = N_("Outcomes framework published: %(document)s")
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    outcomes: Maybe[tuple[str, ...]] = v.proses(N_("Outcomes"))
    measures: Maybe[tuple[str, ...]] = v.proses(N_("Measures"))
    inspectorates_consulted: Maybe[tuple[str, ...]] = v.codes(N_("Inspectorates consulted"), INSPECTORATES)
    document: Maybe[s.Document] = v.nested(N_("Document"), s.Document)


class BudgetPublished(
    v.Action,
    name="budget-published.v1",
    title=N_("Budget published"),
    stage="design",
    after=CommissioningProcessRegistered,
    recommendations=(1, 10, 11),
    ocds=("planning", "planningUpdate"),
):
    """Record this when the budget for the process, or for one lot, is stated."""

    sentence = N_("Budget published: %(amount)s (%(vat)s, %(period)s)")
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    scope: Maybe[str] = v.code(N_("Covers"), BUDGET_SCOPES)
    lot_id: Maybe[str] | None = v.refers(N_("Lot"), "lot", default=None)
    amount: Maybe[Money] = v.money(N_("Amount"))
    vat: Maybe[str] = v.code(N_("VAT"), VAT)
    period: Maybe[str] = v.line(N_("For which period"), hint=N_("Such as “a year” or “the whole term”."))
    unalterably_restricted: Maybe[bool] = v.yes_no(N_("Cannot be raised"))
    full_cost_recovery: Maybe[bool] = v.yes_no(N_("Covers full costs"))
    basis: Maybe[str] = v.prose(N_("How it was calculated"))
    cost_evidence_entries: Maybe[tuple[int, ...]] = v.entries(N_("Entries on what good practice costs"))
    given_to_specification_authors: Maybe[bool] = v.yes_no(N_("Given to those who write specifications"))

    def check(self, history: History) -> None:  # noqa: ARG002 - a rule of the entry alone
        if self.scope == "lot" and self.lot_id is None:
            raise Refused(N_("This budget covers one lot. Name the lot."))

    def values(self) -> Iterator[tuple[str, str | None, Money]]:
        amount = stated(self.amount)
        if amount is not None:
            yield "budget", stated(self.lot_id), amount


def value_on_record(history: History, value_of: str | None, which: str | None) -> Money | None:
    """Return a value as it stands: as first stated, changed and put right, in the order in which that happened."""
    known: Money | None = None
    for entry in in_order(list(history.standing()), lambda each: each.occurred):
        for what, name, amount in entry.action.values():
            if (what, name) == (value_of, which):
                known = amount
    return known


class CommissioningProcessClosed(
    v.Action,
    name="commissioning-process-closed.v1",
    title=N_("Process closed"),
    stage="delivery",
    after=CommissioningProcessRegistered,
    once=True,
    ocds=("planningUpdate", "tenderCancellation"),
):
    """Record this when no more entries are expected: the service is live, or the process was abandoned or merged."""

    sentence = N_("Process closed: %(outcome)s")
    closed_on: Maybe[Occurrence] = v.occurrence(N_("Closed on"))
    outcome: Maybe[str] = v.code(N_("Outcome"), CLOSINGS)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    successor_process: Maybe[str] | None = v.of(N_("Followed by the process"), kinds.REFERENCE, default=None)
