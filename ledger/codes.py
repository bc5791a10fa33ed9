"""The closed code lists that several kinds of entry use, with their labels."""

from __future__ import annotations

from typing import Final

from ledger.kinds import CodeList
from ledger.words import N_

TOPICS: Final = CodeList(
    "topic",
    {
        "needs": N_("Needs"),
        "costs": N_("Costs"),
        "timeline": N_("Timetable"),
        "lots": N_("Lots"),
        "financial_barriers": N_("Financial barriers"),
        "specification": N_("Specification"),
        "equalities": N_("Equalities"),
        "measures": N_("Measures"),
        "feedback": N_("Feedback"),
    },
)
AUDIENCE: Final = CodeList(
    "audience",
    {
        "existing_provider": N_("Existing providers"),
        "potential_provider": N_("Potential providers"),
        "service_user": N_("Service users"),
        "specialist_vcs": N_("Specialist voluntary organisations"),
        "inspectorate": N_("Inspectorates"),
        "prison_staff": N_("Prison staff"),
    },
)
METHODS: Final = CodeList(
    "method",
    {
        "event": N_("Event"),
        "survey": N_("Survey"),
        "one_to_one": N_("One-to-one conversations"),
        "forum": N_("Forum"),
        "co_design": N_("Co-design"),
        "peer_research": N_("Peer research"),
        "written": N_("Written consultation"),
        "online": N_("Online"),
        "meeting": N_("Meeting"),
        "visit": N_("Visit"),
        "data": N_("Study of data"),
        "other": N_("Other"),
    },
)
REASONS: Final = CodeList(
    "reason",
    {
        "calculation_error": N_("Calculation error"),
        "information_error": N_("Wrong information"),
        "provider_feedback": N_("Feedback from providers"),
        "policy_change": N_("Change of policy"),
        "funding_change": N_("Change of funding"),
        "legal_challenge": N_("Legal challenge"),
        "capacity": N_("Too few staff or too little time"),
        "portal_failure": N_("Failure of the portal"),
        "external_event": N_("Event outside anyone's control"),
        "other": N_("Other"),
    },
)
BASES: Final = CodeList(
    "basis for withholding",
    {
        "personal_data": N_("Personal data"),
        "commercial_confidence": N_("Commercial confidence"),
        "legal_privilege": N_("Legal privilege"),
        "security": N_("Security of a prison or of people"),
        "procurement_law": N_("Procurement law forbids it"),
        "court_order": N_("Order of a court"),
        "other": N_("Another basis, stated in words"),
    },
)
VAT: Final = CodeList("VAT", {"net": N_("Without VAT"), "gross": N_("With VAT")})
MILESTONES: Final = CodeList(
    "milestone",
    {
        "pack_released": N_("Tender pack released"),
        "launch": N_("Tender launched"),
        "clarification_deadline": N_("Deadline for questions"),
        "answers_deadline": N_("Deadline for answers"),
        "tender_deadline": N_("Bidding closes"),
        "award": N_("Award"),
        "contract_start": N_("Contract starts"),
        "service_start": N_("Service starts"),
        "needs_assessment": N_("Needs assessment"),
        "consultation": N_("Consultation"),
        "evaluation": N_("Evaluation of bids"),
        "other": N_("Another milestone"),
    },
)
FIRMNESS: Final = CodeList("firmness", {"firm": N_("Firm"), "indicative": N_("Indicative")})
CHANNELS: Final = CodeList(
    "channel",
    {
        "portal": N_("Procurement portal"),
        "email": N_("E-mail"),
        "letter": N_("Letter"),
        "website": N_("Website"),
        "meeting": N_("Meeting"),
        "telephone": N_("Telephone"),
        "notice": N_("Official notice"),
        "feed": N_("This ledger"),
        "other": N_("Other"),
    },
)
UNITS: Final = CodeList(
    "unit of time",
    {"working_days": N_("Working days"), "calendar_days": N_("Calendar days"), "months": N_("Months")},
)
SIZES: Final = CodeList(
    "size of organisation",
    {
        "micro": N_("Micro"),
        "small": N_("Small"),
        "medium": N_("Medium"),
        "large": N_("Large"),
    },
)
SUPPORT: Final = CodeList(
    "support",
    {
        "guidance": N_("Guidance"),
        "budget_info": N_("Information on the budget"),
        "template": N_("Template"),
        "named_adviser": N_("Named adviser"),
    },
)
CAUSES: Final = CodeList(
    "cause",
    {
        "capacity": N_("Capacity"),
        "expertise": N_("Expertise"),
        "information": N_("Information"),
        "calculation": N_("Calculation"),
        "portal": N_("Portal"),
        "policy": N_("Policy"),
        "other": N_("Other"),
    },
)
REPORTERS: Final = CodeList(
    "reporter",
    {
        "provider": N_("Provider"),
        "bidder": N_("Bidder"),
        "advisory_group": N_("Advisory group"),
        "service_user": N_("Service user"),
        "public": N_("Member of the public"),
        "official": N_("Official"),
    },
)
STANDINGS: Final = CodeList(
    "standing",
    {
        "act": N_("The body responsible states its own act"),
        "report": N_("Reported by others"),
        "import": N_("Taken from an official release"),
        "reconstruction": N_("Entered later from documents"),
    },
)
CHARACTERISTICS: Final = CodeList(
    "protected characteristic",
    {
        "age": N_("Age"),
        "disability": N_("Disability"),
        "gender_reassignment": N_("Gender reassignment"),
        "marriage_and_civil_partnership": N_("Marriage and civil partnership"),
        "pregnancy_and_maternity": N_("Pregnancy and maternity"),
        "race": N_("Race"),
        "religion_or_belief": N_("Religion or belief"),
        "sex": N_("Sex"),
        "sexual_orientation": N_("Sexual orientation"),
    },
)
"""Equality Act 2010, section 4."""
