"""One submission of every kind, as plain input, in an order in which all can be recorded as acts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ledger.clock import england_and_wales
from ledger.disclosure import Salt
from ledger.process import History, Moment, Recorded, Submission, decide
from ledger.schema import load_submission
from ledger.streams import Stream

PROCESS = "process/family-services"
GROUP = "group/families"
LEDGER = "ledger/ledger"

MINISTRY = {"scheme": "GB-GOR", "id": "D18", "name": "Ministry of Justice"}
CHARITY = {"scheme": "GB-CHC", "id": "1000001", "name": "Families First"}
NETWORK = {"scheme": "GB-CHC", "id": "1000002", "name": "Network of Small Charities"}
BY = {"organisation": MINISTRY, "role": "commissioning lead"}
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

Json = Any


def document(title: str, **more: Json) -> Json:
    return {"title": title, "address": "https://www.example.org/paper.pdf", "sha256": DIGEST} | more


def pounds(amount: str) -> Json:
    return {"amount": amount, "currency": "GBP"}


def because(text: str, code: str = "provider_feedback") -> Json:
    return {"state": "given", "code": code, "text": text}


@dataclass(frozen=True)
class Sample:
    """A submission and when the ledger takes it in (UTC)."""

    recorded: datetime
    raw: Json

    @property
    def kind(self) -> str:
        return f"{self.raw['action']}.v1"

    @property
    def submission(self) -> Submission:
        return load_submission(self.raw)


def _samples() -> Iterator[Sample]:  # noqa: PLR0915 - a list, with names for the numbers that later entries point to
    taken = 0
    place: dict[str, int] = {}

    def sample(action: str, day: str, data: Json, stream: str = PROCESS, **statement: Json) -> Sample:
        nonlocal taken
        place[action] = taken
        taken += 1
        raw = {"action": action, "stream": stream, "standing": "act", "by": BY, "data": data} | statement
        return Sample(datetime.fromisoformat(f"{day}T15:00:00").replace(tzinfo=UTC), raw)

    yield sample(
        "advisory-group-convened",
        "2025-01-14",
        {
            "group_id": "families",
            "convened_on": "2025-01-13",
            "name": "Special interest group on family services",
            "convened_by": MINISTRY,
            "secretariat": NETWORK,
            "purpose": "To say what would make the commissioning better.",
            "open_recruitment": True,
            "recruitment_opened_on": "2024-11",
            "members_as_individuals": True,
            "delivers_services": False,
            "window_opens": "2025-01-13",
            "window_closes": "2025-06-30",
            "parameters_document": document("Terms of reference"),
        },
        GROUP,
    )
    yield sample(
        "commissioning-process-registered",
        "2025-01-20",
        {
            "reference": "family-services",
            "registered_on": "2025-01-20",
            "identifiers": [{"scheme": "ocid", "id": "ocds-example-1"}],
            "title": "Family services in prisons",
            "service_area": "family_services",
            "prisons": ["LEI", "MRI"],
            "lead_commissioner": MINISTRY,
            "responsible_bodies": [MINISTRY],
            "regions": ["north-east", "north-west"],
            "predecessor_process": "family-services-2017",
            "regime": "PA2023",
            "light_touch": True,
            "partnership_working": "encouraged",
            "coverage_start": "2025-01-01",
        },
    )
    yield sample(
        "advisory-group-meeting-held",
        "2025-01-29",
        {
            "group_id": "families",
            "meeting_no": 1,
            "held_on": "2025-01-28",
            "attendee_organisations": [CHARITY, NETWORK],
            "officials_present": ["commissioning lead"],
            "stage": "needs",
            "topics": ["needs", "timeline"],
            "audience": ["existing_provider", "potential_provider"],
            "issues": ["Timescales would shut out partnerships."],
            "conflicts_declared": [],
        },
        GROUP,
        concerns=["family-services"],
    )
    yield sample(
        "meeting-notes-published",
        "2025-02-04",
        {
            "group_id": "families",
            "meeting_no": 1,
            "published_on": "2025-02-04",
            "document": document("Notes of the first meeting"),
            "redactions": True,
            "redactions_reason": {"state": "withheld", "basis": "personal_data"},
        },
        GROUP,
    )
    yield sample(
        "oversight-update-reported",
        "2025-02-11",
        {
            "group_id": "families",
            "to_body": {"scheme": "GB-X", "id": "RR3", "name": "RR3"},
            "reported_on": "2025-02-11",
            "document": document("First update"),
        },
        GROUP,
    )
    yield sample(
        "consultation-announced",
        "2025-02-17",
        {
            "engagement_id": "engagement/first-round",
            "announced_on": "2025-02-17T09:00:00Z",
            "stage": "needs",
            "topics": ["needs", "costs", "financial_barriers"],
            "audience": ["existing_provider", "potential_provider", "service_user"],
            "methods": ["event", "survey"],
            "opens_on": "2025-02-24",
            "closes_on": "2025-03-21",
            "open_to_all": True,
        },
    )
    yield sample(
        "consultation-held",
        "2025-03-24",
        {
            "engagement_id": "engagement/first-round",
            "held_on": "2025-02-24/2025-03-21",
            "stage": "needs",
            "topics": ["needs", "costs", "financial_barriers"],
            "audience": ["existing_provider", "potential_provider"],
            "methods": ["event", "survey"],
            "organisations_count": [{"audience": "potential_provider", "organisations": 14}],
            "of_which_vcse": 11,
            "of_which_small": 8,
            "facilitator": NETWORK,
            "facilitator_is_voluntary": True,
            "issues_raised": ["Payment in arrears shuts out small charities."],
        },
    )
    yield sample(
        "service-users-involved",
        "2025-03-25",
        {
            "involved_on": "2025-03-18",
            "stage": "needs",
            "method": "co_design",
            "participants_count": 9,
            "protected_characteristics_represented": ["race", "disability"],
            "facilitated_by": CHARITY,
            "facilitator_is_voluntary": True,
            "what_they_said": "Visits at weekends matter most.",
            "what_changed": "Weekend visits became a requirement.",
            "led_to": "The outcomes framework.",
        },
    )
    yield sample(
        "needs-assessment-published",
        "2025-03-31",
        {
            "published_on": "2025-03-31",
            "document": document("Needs assessment", size=120_000, media_type="application/pdf", digest_of="file"),
            "population": "Adults in two prisons and their families.",
            "prisons": ["LEI", "MRI"],
            "methods": ["survey", "data"],
            "provider_input": True,
            "service_user_input": True,
            "involvement_entries": [place["consultation-held"], place["service-users-involved"]],
        },
    )
    yield sample(
        "outcomes-framework-published",
        "2025-04-02",
        {
            "published_on": "2025-04-02",
            "outcomes": ["Families stay in touch."],
            "measures": ["Share of people visited in a month."],
            "inspectorates_consulted": ["hmi_prisons"],
            "document": document("Outcomes framework"),
        },
    )
    yield sample(
        "consultation-response-published",
        "2025-04-04",
        {
            "engagement_id": "engagement/first-round",
            "published_on": "2025-04-04",
            "document": document("You said, we did"),
            "items": [
                {
                    "issue": "Payment in arrears shuts out small charities.",
                    "decision": "accepted",
                    "reason": because("It does."),
                    "led_to": "Payment by milestones.",
                }
            ],
        },
    )
    yield sample(
        "market-health-assessment-published",
        "2025-04-08",
        {
            "assessment_id": "assessment-1",
            "published_on": "2025-04-08",
            "areas": ["north-east", "north-west"],
            "lots_covered": ["lot-1"],
            "providers_by_size": [{"size": "small", "providers": 12}],
            "specialist_providers": 7,
            "resources_summary": "Reserves of three months on average.",
            "incumbents": [CHARITY],
            "gaps": ["Nobody works with fathers under 21."],
            "method": "Interviews and accounts.",
            "consultation_entries": [place["consultation-held"]],
            "document": document("Market assessment"),
        },
    )
    yield sample(
        "equality-impact-assessment-published",
        "2025-04-10",
        {
            "full": True,
            "characteristics_assessed": ["age", "race", "sex"],
            "partners_specialist_vcs": [NETWORK],
            "service_users_with_protected_characteristics_took_part": True,
            "completed_on": "2025-04",
            "published_on": "2025-04-10",
            "document": document("Equality impact assessment"),
            "mitigations": ["Interpreters at every visit."],
        },
    )
    yield sample(
        "lot-structure-published",
        "2025-04-15",
        {
            "published_on": "2025-04-15",
            "lots": [
                {
                    "lot_id": "lot-1",
                    "title": "North",
                    "area": "north-east",
                    "prisons": ["LEI"],
                    "annual_value": pounds("1070000.00"),
                    "term_months": 36,
                    "max_lots_per_bidder": 2,
                },
                {
                    "lot_id": "lot-2",
                    "title": "West",
                    "area": "north-west",
                    "prisons": ["MRI"],
                    "annual_value": pounds("800000"),
                    "term_months": 36,
                },
            ],
            "rationale": "One prison each, as providers asked.",
            "market_assessment_id": "assessment-1",
            "grants_considered": True,
            "grant_decision_reason": because("Grants would not bind the prisons.", "other"),
        },
    )
    yield sample(
        "budget-published",
        "2025-04-16",
        {
            "published_on": "2025-04-16",
            "scope": "lot",
            "lot_id": "lot-1",
            "amount": pounds("1070000.00"),
            "vat": "net",
            "period": "a year",
            "unalterably_restricted": False,
            "full_cost_recovery": True,
            "basis": "What the present service costs, with prices of 2025.",
            "cost_evidence_entries": [place["consultation-held"]],
            "given_to_specification_authors": True,
        },
    )
    yield sample(
        "timeline-published",
        "2025-04-17",
        {
            "milestones": [
                {"code": "launch", "title": "Launch", "date": "2025-06-02", "firmness": "firm"},
                {"code": "clarification_deadline", "title": "Questions", "date": "2025-07-01", "firmness": "firm"},
                {"code": "answers_deadline", "title": "Answers", "date": "2025-07-11", "firmness": "firm"},
                {"code": "tender_deadline", "title": "Bids", "date": "2025-08-04", "firmness": "firm"},
                {"code": "service_start", "title": "Start", "date": "2026-01-05", "firmness": "indicative"},
            ],
            "consulted_entries": [place["advisory-group-meeting-held"]],
            "published_on": "2025-04-17",
            "document": document("Timetable"),
        },
    )
    yield sample(
        "issue-reported",
        "2025-04-22",
        {
            "issue_id": "issue-1",
            "type": "lot_barrier",
            "about_entry": place["lot-structure-published"],
            "stage": "design",
            "reported_at": "2025-04-22",
            "noticed_on": "2025-04-15",
            "reporter_kind": "provider",
            "impact": ["could_not_bid"],
            "text": "The northern lot is too large for small charities.",
            "severity": "high",
            "formal": False,
        },
    )
    yield sample(
        "issue-answered",
        "2025-04-29",
        {
            "issue_id": "issue-1",
            "answered_at": "2025-04-29",
            "position": "accepted",
            "reason": because("It is."),
            "cause_code": "information",
            "action_promised": "The lot will be cut smaller.",
            "due_on": "2025-05-16",
        },
    )
    yield sample(
        "issue-escalated",
        "2025-05-01",
        {"issue_id": "issue-1", "to_body": "rr3", "escalated_on": "2025-05-01", "grounds": "It concerns others too."},
    )
    yield sample(
        "lot-structure-revised",
        "2025-05-06",
        {
            "revised_on": "2025-05-06",
            "changes": [{"lot_id": "lot-1", "annual_value": pounds("900000"), "title": "North, smaller"}],
            "reason": because("Small charities could not carry it."),
            "cause_issue_ids": ["issue-1"],
            "value_after": pounds("1700000"),
        },
    )
    yield sample(
        "issue-resolved",
        "2025-05-07",
        {
            "issue_id": "issue-1",
            "resolved_on": "2025-05-07",
            "outcome": "fixed",
            "fixing_entry": place["lot-structure-revised"],
        },
    )
    yield sample(
        "specification-author-assigned",
        "2025-05-08",
        {
            "spec_id": "spec-leeds",
            "assigned_on": "2025-05-08",
            "prison": "LEI",
            "lot_id": "lot-1",
            "author_role": "head of reducing reoffending",
            "works_in_service": True,
            "years_experience": 6,
            "expertise_statement": "Has run the present service.",
            "governor_confirmed": True,
            "support_offered": ["guidance", "budget_info"],
            "co_author_role": "family worker",
            "co_author_experience": "Ten years in the visits hall.",
        },
    )
    yield sample(
        "commitment-made",
        "2025-05-12",
        {
            "commitment_id": "answers",
            "made_on": "2025-05-12",
            "kind": "response_time",
            "text": "Every question is answered within five working days.",
            "made_by": MINISTRY,
            "applies_to": "every question",
            "duration": 5,
            "unit": "working_days",
            "trigger": "receipt of a question",
            "calendar_id": "england-and-wales",
            "communicated_to": ["potential_provider"],
            "communicated_on": "2025-05-12",
            "cut_off_time": "17:00",
        },
    )
    yield sample(
        "procurement-team-resourced",
        "2025-05-13",
        {
            "stated_on": "2025-05-13",
            "fte": "2.5",
            "dedicated_share": "80",
            "service_expertise": True,
            "cover_arrangements": "A deputy knows every lot.",
            "from_date": "2025-05-13",
            "to_date": "2026-01-31",
        },
    )
    yield sample(
        "contact-point-named",
        "2025-05-14",
        {
            "contact_id": "liaison",
            "named_on": "2025-05-14",
            "function": "prison_liaison",
            "prison": "LEI",
            "role_title": "prison liaison officer",
            "name_published": False,
            "channel": "liaison@example.org",
            "available_from": "2025-05-14",
            "available_to": "2026-01-31",
            "cover_for_absence": "The deputy.",
        },
    )
    yield sample(
        "bidding-requirements-published",
        "2025-05-15",
        {
            "published_on": "2025-05-15",
            "lot_id": "lot-1",
            "min_turnover": pounds("450000"),
            "min_reserves": pounds("50000"),
            "guarantees": "None.",
            "prior_contract_value": pounds("200000"),
            "insurance": "Five million pounds.",
            "experience_required": "Two years in prisons.",
            "evidence_required": "Two accounts of work done.",
            "barriers": [{"issue": "Turnover", "outcome": "reduced", "reason": because("Too high for small ones.")}],
            "payment_basis": "milestone",
            "arrears_days": 30,
            "pbr_share": "5.5",
            "consulted_entries": [place["consultation-held"]],
        },
    )
    yield sample(
        "bidding-requirements-changed",
        "2025-05-20",
        {
            "changed_on": "2025-05-20",
            "lot_id": "lot-1",
            "changes": [{"field": "min_turnover", "after": "£300,000"}],
            "reason": because("Small charities said so."),
            "cause_issue_ids": ["issue-1"],
        },
    )
    yield sample(
        "specification-published",
        "2025-05-22",
        {
            "spec_id": "spec-leeds",
            "published_on": "2025-05-22",
            "version": "1",
            "prison": "LEI",
            "lot_id": "lot-1",
            "document": document("Specification for Leeds"),
            "page_count": 12,
            "sections": [{"code": "visits", "state": "present"}, {"code": "TUPE", "state": "blank"}],
            "tupe_status": "missing",
            "incumbent_statement": "provided",
            "must_haves": ["Visits at weekends."],
            "ideal": ["A family worker each day."],
            "tiered": True,
            "cost_of_must_haves": {"amount": pounds("850000"), "vat": "net", "period": "a year"},
            "within_budget": "yes",
            "consulted_entries": [place["consultation-held"]],
        },
    )
    yield sample(
        "specification-corrected",
        "2025-05-27",
        {
            "spec_id": "spec-leeds",
            "corrected_on": "2025-05-27",
            "version": "2",
            "defect_code": "missing_tupe",
            "fields_changed": [{"what": "TUPE information", "after": "Four people.", "was": "blank"}],
            "cause_issue_id": "issue-1",
            "reason_text": because("The incumbent sent it late.", "information_error"),
            "material": True,
            "extension_not_possible_reason": {"state": "not_given"},
        },
    )
    yield sample(
        "timeline-changed",
        "2025-05-28",
        {
            "changes": [
                {"code": "launch", "new_date": "2025-06-09"},
                {"code": "tender_deadline", "new_date": "2025-08-11"},
            ],
            "decided_on": "2025-05-28T10:30:00+01:00",
            "reason": because("Questions about the pack.", "capacity"),
            "cause_entries": [place["specification-corrected"]],
            "extension_considered": True,
        },
    )
    yield sample(
        "timeline-change-communicated",
        "2025-05-29",
        {
            "change": place["timeline-changed"],
            "audience": ["potential_provider"],
            "channel": ["portal", "email"],
            "sent_on": "2025-05-29",
            "organisations_notified": 31,
            "reason_included": True,
        },
    )
    yield sample(
        "procurement-launched",
        "2025-06-09",
        {
            "notice_id": "2025/S 000-000001",
            "launched_on": "2025-06-09",
            "pack_complete": True,
            "tender_deadline": "2025-08-11",
            "clarification_deadline": "2025-07-01",
            "answers_deadline": "2025-07-11",
            "procedure": "competitive_flexible",
            "partnership_working": "encouraged",
            "portal": "Example portal",
        },
    )
    yield sample(
        "milestone-reached",
        "2025-06-10",
        {"milestone_code": "launch", "reached_on": "2025-06-09", "evidence": "The notice is public."},
    )
    yield sample(
        "advisory-group-status-changed",
        "2025-06-11",
        {
            "group_id": "families",
            "status": "paused",
            "reason": because("Bids are open.", "other"),
            "effective_on": "2025-06-09",
        },
        GROUP,
    )
    yield sample(
        "contact-point-changed",
        "2025-06-16",
        {
            "contact_id": "liaison",
            "change": "replaced",
            "after": {"role_title": "deputy liaison officer", "channel": "deputy@example.org", "name_published": False},
            "effective_on": "2025-06-16",
            "reason": because("Left the post.", "capacity"),
        },
    )
    yield sample(
        "clarification-question-received",
        "2025-06-17",
        {
            "question_id": "question-1",
            "received_at": "2025-06-17T09:20:00+01:00",
            "topic": "specification",
            "lot_id": "lot-1",
            "spec_id": "spec-leeds",
            "text_or_summary": "How many people transfer?",
            "commitment_id": "answers",
        },
    )
    yield sample(
        "clarification-answered",
        "2025-06-20",
        {
            "question_id": "question-1",
            "answered_at": "2025-06-20T12:00:00Z",
            "answer_or_summary": "Three.",
            "released_to": "all_bidders",
            "released_at": "2025-06-20",
            "changes_tender": False,
            "document": document("Answers"),
        },
    )
    yield sample(
        "clarification-answer-corrected",
        "2025-06-24",
        {
            "question_id": "question-1",
            "corrected_at": "2025-06-24",
            "after": "Four.",
            "reason": because("A person was left out.", "calculation_error"),
            "cause_issue_id": "issue-1",
        },
    )
    yield sample(
        "commitment-discharged",
        "2025-06-25",
        {
            "commitment_id": "answers",
            "outcome": "superseded",
            "discharged_on": "2025-06-25",
            "evidence_entry": place["clarification-answered"],
            "reason": because("Three days from now on.", "other"),
        },
    )
    yield sample(
        "site-visit-requested",
        "2025-06-26",
        {"visit_id": "visit-1", "prison": "LEI", "requested_at": "2025-06-26", "needed_by": "2025-07-18"},
    )
    yield sample(
        "site-visit-outcome-recorded",
        "2025-07-08",
        {
            "visit_id": "visit-1",
            "outcome": "held",
            "happened_on": "2025-07-08",
            "reason": {"state": "not_given"},
            "attendees_count": 6,
        },
    )
    yield sample(
        "tender-amended",
        "2025-07-09",
        {
            "amended_on": "2025-07-09",
            "changes": [{"what": "Pricing schedule", "after": "One sheet for each prison.", "was": "one sheet"}],
            "reason": because("Asked for by bidders."),
            "material": True,
            "cause_entries": [place["clarification-question-received"]],
            "deadline_reviewed": True,
            "extension_not_possible_reason": {"state": "withheld", "basis": "legal_privilege"},
        },
    )
    yield sample(
        "contract-value-corrected",
        "2025-07-10",
        {
            "value_of": "lot_estimate",
            "target_id": "lot-1",
            "corrected_on": "2025-07-10",
            "before_stated": pounds("900000"),
            "after": pounds("890000.50"),
            "wrong_since": place["lot-structure-revised"],
            "cause_code": "calculation",
            "reason": because("A year was counted twice.", "calculation_error"),
            "found_by": "provider",
            "cause_issue_id": "issue-1",
            "effect_on_bidders": "Prices have to be worked out again.",
        },
    )
    yield sample(
        "bids-closed",
        "2025-08-12",
        {
            "closed_at": "2025-08-11T12:00:00+01:00",
            "bids_by_lot": [{"lot_id": "lot-1", "bids": 3}],
            "from_vcse": 2,
            "from_small": 1,
            "partnerships_count": 1,
            "consortia_count": 0,
            "no_bid_lots": ["lot-2"],
        },
    )
    yield sample(
        "procurement-terminated",
        "2025-08-19",
        {
            "stopped_on": "2025-08-18",
            "scope": "lots",
            "lots": ["lot-2"],
            "reason": because("Nobody bid.", "other"),
        },
    )
    yield sample(
        "contract-awarded",
        "2025-10-01",
        {
            "award_id": "award-1",
            "lot_id": "lot-1",
            "supplier": CHARITY,
            "supplier_is_vcse": True,
            "supplier_size": "small",
            "consortium_members": [NETWORK],
            "subcontractors": [{"organisation": NETWORK, "vcse": True, "size": "micro"}],
            "value": {"net": pounds("2670001.50"), "gross": pounds("3204001.80")},
            "term": {"first": "2026-01-05", "last": "2029-01-04"},
            "decided_on": "2025-10-01",
            "standstill_ends": "2025-10-13",
        },
    )
    yield sample(
        "contract-details-published",
        "2025-11-03",
        {
            "contract_id": "contract-1",
            "award_id": "award-1",
            "value": {"net": pounds("2670001.50")},
            "vat": "net",
            "period": {"first": "2026-01-05", "last": "2029-01-04"},
            "signed_on": "2025-10-20",
            "kpis": [{"kpi_id": "visits", "title": "People visited in a month", "target": "60 per cent"}],
            "published_on": "2025-11-03",
            "document": document("Contract"),
        },
    )
    yield sample(
        "service-started",
        "2026-01-06",
        {
            "contract_id": "contract-1",
            "prison": "LEI",
            "planned_on": "2026-01-05",
            "actual_on": "2026-01-05",
            "predecessor_ended_on": "2025-12-31",
        },
    )
    yield sample(
        "contract-modified",
        "2026-02-03",
        {
            "contract_id": "contract-1",
            "changes": [{"what": "Visits on Fridays", "after": "Added."}],
            "grounds_code": "additional",
            "reason": because("Families asked."),
            "value_after": pounds("2700000"),
            "agreed_on": "2026-02-02",
        },
    )
    yield sample(
        "performance-reported",
        "2026-04-08",
        {
            "contract_id": "contract-1",
            "kpi_id": "visits",
            "reported_on": "2026-04-08",
            "period": {"first": "2026-01-05", "last": "2026-03-31"},
            "result": "64 per cent",
            "rating": "good",
            "narrative": "Fridays helped.",
            "service_user_feedback": True,
        },
    )
    yield sample(
        "post-process-review-published",
        "2026-04-15",
        {
            "review_id": "review-1",
            "published_on": "2026-04-15",
            "scope": "The whole process.",
            "document": document("Review"),
            "period_covered": "2025-01/2026-03",
            "findings": [
                {
                    "text": "The lot was too large at first.",
                    "entries": [place["lot-structure-published"]],
                    "recommendation": 7,
                    "cause_code": "information",
                }
            ],
            "recommendations": [{"id": "1", "text": "Ask about lots first.", "addressee": [MINISTRY]}],
        },
    )
    yield sample(
        "review-recommendation-answered",
        "2026-04-22",
        {
            "review_id": "review-1",
            "recommendation_id": "1",
            "answered_on": "2026-04-22",
            "response": "accept",
            "reason": because("It saves time.", "other"),
            "action": "The guide will say so.",
            "due_on": "2026-07-01",
        },
    )
    yield sample(
        "contract-terminated",
        "2026-05-06",
        {
            "contract_id": "contract-1",
            "ended_on": "2026-05-05",
            "planned": False,
            "reason": because("The provider closed.", "external_event"),
            "continuity_plan": "The network steps in.",
        },
    )
    yield sample(
        "commissioning-process-closed",
        "2026-05-12",
        {
            "closed_on": "2026-05-12",
            "outcome": "merged",
            "reason": because("One process for the north.", "policy_change"),
            "successor_process": "family-services-2026",
        },
    )
    yield sample(
        "coverage-attested",
        "2026-05-13",
        {
            "stage": "design",
            "attested_by": "commissioning lead",
            "attested_on": "2026-05-13",
            "statement": "Every act of the design stage is on record.",
            "exceptions": ["Telephone calls."],
        },
    )
    yield sample(
        "external-release-imported",
        "2026-05-14",
        {
            "publisher": MINISTRY,
            "ocid": "ocds-example-1",
            "release_id": "000001-2025",
            "release_date": "2026-05-14T08:00:00Z",
            "tags": ["tender"],
            "notice_type": "UK4",
            "sha256": DIGEST,
            "material_changes": 2,
            "difference": document("Difference"),
        },
    )
    yield sample(
        "ledger-entry-disclosed",
        "2026-05-15",
        {
            "disclosed_on": "2026-05-15",
            "target": place["clarification-question-received"],
            "fields": ["data.text_or_summary"],
            "basis": "answer_released",
        },
    )
    yield sample(
        "ledger-entry-redacted",
        "2026-05-18",
        {
            "redacted_on": "2026-05-18",
            "target_entry": place["contact-point-named"],
            "fields": ["data.channel"],
            "basis_code": "erasure_request",
            "decided_by": "information officer",
            "digest_kept": True,
        },
    )
    yield sample(
        "ledger-entry-withdrawn",
        "2026-05-19",
        {
            "withdrawn_on": "2026-05-19",
            "target": place["coverage-attested"],
            "reason": because("Vouched for the wrong stage.", "information_error"),
        },
    )
    yield sample(
        "signing-key-rotated",
        "2026-05-20",
        {
            "rotated_on": "2026-05-20",
            "old_vkey": VKEY,
            "new_vkey": VKEY,
            "reason": because("Yearly change.", "other"),
        },
        LEDGER,
    )


SAMPLES = tuple(_samples())
"""One for each kind; an entry's place here is its index in a ledger that holds these and nothing else."""

BY_KIND = {sample.kind: sample for sample in SAMPLES}


def counted_salt(index: int) -> Salt:
    """Return a salt that is no secret and the same each time."""
    taken = iter(range(10**6))

    def salt() -> str:
        digest = hashlib.sha256(f"{index}/{next(taken)}".encode()).digest()
        return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()

    return salt


def record_all() -> list[Recorded]:
    """Return every sample as decided in its order."""
    histories: dict[Stream, History] = {}
    entries = []
    for index, sample in enumerate(SAMPLES):
        submission = sample.submission
        history = histories.setdefault(submission.stream, History(submission.stream))
        entry = decide(history, submission, Moment(index, sample.recorded, england_and_wales()))
        history.add(entry)
        entries.append(entry)
    return entries
