"""Engagement with providers and with people who use the services."""

from __future__ import annotations

from ledger import kinds
from ledger import structs as s
from ledger import vocabulary as v
from ledger.actions.process import CommissioningProcessRegistered
from ledger.codes import AUDIENCE, CHARACTERISTICS, METHODS, SIZES, TOPICS
from ledger.kinds import CodeList, Maybe
from ledger.when import Occurrence
from ledger.words import N_

DECISIONS = CodeList(
    "decision", {"accepted": N_("Accepted"), "partly": N_("Partly accepted"), "rejected": N_("Rejected")}
)


class ConsultationAnnounced(
    v.Action,
    name="consultation-announced.v1",
    title=N_("Consultation announced"),
    stage="needs",
    after=CommissioningProcessRegistered,
    recommendations=(1, 5),
    ocds=("planning", "planningUpdate"),
):
    """Record this when people are invited to take part, before it happens."""

    sentence = N_("Consultation announced: %(topics)s, open from %(opens_on)s to %(closes_on)s")
    engagement_id: Maybe[str] | None = v.opens(N_("Consultation"), "engagement", default=None)
    announced_on: Maybe[Occurrence] = v.occurrence(N_("Announced on"))
    stage: Maybe[str] = v.code(N_("Stage"), v.STAGES)
    topics: Maybe[tuple[str, ...]] = v.codes(N_("Topics"), TOPICS)
    audience: Maybe[tuple[str, ...]] = v.codes(N_("Audience"), AUDIENCE)
    methods: Maybe[tuple[str, ...]] = v.codes(N_("Methods"), METHODS)
    opens_on: Maybe[Occurrence] = v.when(N_("Opens on"))
    closes_on: Maybe[Occurrence] = v.when(N_("Closes on"))
    open_to_all: Maybe[bool] = v.yes_no(N_("Open to all"))


class AudienceCount(v.Struct):
    """How many organisations of one audience took part."""

    sentence = N_("%(audience)s: %(organisations)s")
    audience: Maybe[str] = v.code(N_("Audience"), AUDIENCE)
    organisations: Maybe[int] = v.count(N_("Organisations"))


class ConsultationHeld(
    v.Action,
    name="consultation-held.v1",
    title=N_("Consultation held"),
    stage="needs",
    after=CommissioningProcessRegistered,
    recommendations=(1, 2, 5, 6, 8, 10),
    ocds=("planningUpdate",),
):
    """Record this when an engagement took place: an event, a survey, a round of conversations."""

    sentence = N_("Consultation held with %(audience)s on %(topics)s")
    engagement_id: Maybe[str] | None = v.names(N_("Consultation"), "engagement", default=None)
    held_on: Maybe[Occurrence] = v.occurrence(N_("Held on"))
    stage: Maybe[str] = v.code(N_("Stage"), v.STAGES)
    topics: Maybe[tuple[str, ...]] = v.codes(N_("Topics"), TOPICS)
    audience: Maybe[tuple[str, ...]] = v.codes(N_("Audience"), AUDIENCE)
    methods: Maybe[tuple[str, ...]] = v.codes(N_("Methods"), METHODS)
    organisations_count: Maybe[tuple[AudienceCount, ...]] = v.rows(N_("Organisations by audience"), AudienceCount)
    of_which_vcse: Maybe[int] = v.count(N_("Of these, voluntary or social enterprise"))
    of_which_small: Maybe[int] = v.count(N_("Of these, small"))
    facilitator: Maybe[s.Party] | None = v.nested(N_("Run by"), s.Party, default=None)
    facilitator_is_voluntary: Maybe[bool] = v.yes_no(N_("Run by a voluntary body"))
    issues_raised: Maybe[tuple[str, ...]] = v.proses(N_("Issues raised"))


class ResponseItem(v.Struct):
    """One point that was made, and what was decided about it."""

    sentence = N_("%(issue)s: %(decision)s")
    issue: Maybe[str] = v.prose(N_("You said"))
    decision: Maybe[str] = v.code(N_("Decision"), DECISIONS)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)
    led_to: Maybe[str] = v.prose(N_("What it led to"))


class ConsultationResponsePublished(
    v.Action,
    name="consultation-response-published.v1",
    title=N_("Response to a consultation published"),
    stage="design",
    after=CommissioningProcessRegistered,
    recommendations=(1, 7),
    ocds=("planningUpdate",),
):
    """Record this when it is public what was heard in a consultation and what was done about it."""

    sentence = N_("Response to consultation %(engagement_id)s published: %(document)s")
    engagement_id: Maybe[str] = v.refers(N_("Consultation"), "engagement")
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    document: Maybe[s.Document] = v.nested(N_("Document"), s.Document)
    items: Maybe[tuple[ResponseItem, ...]] = v.rows(N_("Points and decisions"), ResponseItem)


class SizeCount(v.Struct):
    """How many providers are of one size."""

    sentence = N_("%(size)s: %(providers)s")
    size: Maybe[str] = v.code(N_("Size"), SIZES)
    providers: Maybe[int] = v.count(N_("Providers"))


class MarketHealthAssessmentPublished(
    v.Action,
    name="market-health-assessment-published.v1",
    title=N_("Market assessment published"),
    stage="needs",
    after=CommissioningProcessRegistered,
    recommendations=(6, 7),
    ocds=("planning", "planningUpdate"),
):
    """Record this when the make-up and health of the organisations that could provide the service is described."""

    sentence = N_("Market assessment published for %(areas)s: %(document)s")
    assessment_id: Maybe[str] | None = v.opens(N_("Assessment"), "assessment", default=None)
    published_on: Maybe[Occurrence] = v.occurrence(N_("Published on"))
    areas: Maybe[tuple[str, ...]] = v.many(
        N_("Areas"), kinds.Line(), hint=N_("Regions, prisons or specialist fields, by their codes.")
    )
    lots_covered: Maybe[tuple[str, ...]] = v.many(N_("Lots covered"), kinds.Entity(entity="lot", role="names"))
    providers_by_size: Maybe[tuple[SizeCount, ...]] = v.rows(N_("Providers by size"), SizeCount)
    specialist_providers: Maybe[int] = v.count(N_("Specialist providers"))
    resources_summary: Maybe[str] = v.prose(N_("Their resources"))
    incumbents: Maybe[tuple[s.Party, ...]] = v.rows(N_("Present providers"), s.Party)
    gaps: Maybe[tuple[str, ...]] = v.proses(N_("Gaps"))
    method: Maybe[str] = v.prose(N_("How it was done"))
    consultation_entries: Maybe[tuple[int, ...]] = v.entries(N_("Entries on the consultation"))
    document: Maybe[s.Document] = v.nested(N_("Document"), s.Document)


class ServiceUsersInvolved(
    v.Action,
    name="service-users-involved.v1",
    title=N_("Service users involved"),
    stage="needs",
    after=CommissioningProcessRegistered,
    recommendations=(5, 9, 15),
    ocds=("planningUpdate",),
):
    """Record this when people with direct experience took part. Never write a name."""

    sentence = N_("%(participants_count)s service users involved at the stage “%(stage)s” (%(method)s)")
    involved_on: Maybe[Occurrence] = v.occurrence(N_("Took part on"))
    stage: Maybe[str] = v.code(N_("Stage"), v.STAGES)
    method: Maybe[str] = v.code(N_("Method"), METHODS)
    participants_count: Maybe[int] = v.count(N_("Participants"))
    protected_characteristics_represented: Maybe[tuple[str, ...]] = v.codes(
        N_("Protected characteristics represented"), CHARACTERISTICS
    )
    facilitated_by: Maybe[s.Party] | None = v.nested(N_("Run by"), s.Party, default=None)
    facilitator_is_voluntary: Maybe[bool] = v.yes_no(N_("Run by a voluntary body"))
    what_they_said: Maybe[str] = v.prose(N_("What they said"))
    what_changed: Maybe[str] | None = v.prose(N_("What changed because of it"), default=None)
    led_to: Maybe[str] | None = v.prose(N_("What it led to"), default=None)
