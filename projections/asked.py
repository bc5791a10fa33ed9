"""What the paper asks, recommendation by recommendation, in our words, and how it is measured, for readers of pages.

The whole rule of each is in `docs/measures/`. The paper is “How to improve commissioning” (RR3, June 2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.words import N_


@dataclass(frozen=True, slots=True)
class Asked:
    """One recommendation: a short name, what a process that meets it did, what is asked, and how that is measured."""

    short: str
    done: str
    asks: str
    measured: str


ASKED: Final[Mapping[int, Asked]] = {
    1: Asked(
        N_("Consult early and openly"),
        N_("Consulted early and openly"),
        N_(
            "Before procurement begins, the commissioner consults the organisations that provide the service and those "
            "that could, openly, and early enough for their advice to shape the process."
        ),
        N_(
            "Met when consultations or meetings held before the launch reached present and possible providers, and "
            "their notes or a response were published before the launch too. Breached when the first consultation on "
            "record came after the launch, or when the record of the design stage is attested and shows none."
        ),
    ),
    2: Asked(
        N_("Time to bid"),
        N_("Two months or more to bid, in a timetable planned together"),
        N_(
            "The timetable is designed together with possible providers. Bidders have at least two months, more where "
            "the service needs it, and more again where organisations are asked to bid together."
        ),
        N_(
            "Time to bid is counted twice: from the launch, and from the day on which the papers were complete. Both "
            "must be two calendar months or more. A timetable counts as planned together when it points to a "
            "consultation on it that was held before."
        ),
    ),
    3: Asked(
        N_("Keep to the timetable"),
        N_("Timetable kept, or moved in time and with a reason"),
        N_(
            "Published dates are kept as far as possible. Where one has to move, everybody concerned is told as early "
            "as can be, with the reasons where possible, and time lost for bids is given back."
        ),
        N_(
            "Each firm date is kept, or moved before it has passed. Each change was told in time, with its reason. "
            "Where a delay took from the time to bid, the deadline moved too. The first timetable is the baseline, and "
            "is never overwritten."
        ),
    ),
    4: Asked(
        N_("Timely information"),
        N_("A named contact, and answers in the promised time"),
        N_(
            "Whoever may bid can get clear and consistent information in good time: one named contact, a time within "
            "which questions are answered, and a portal that is accurate."
        ),
        N_(
            "A named contact is there on each day. A time to answer was promised by the launch. Each question was "
            "answered in that time, to all bidders. Faults in the information that were accepted were put right by the "
            "deadline for bids."
        ),
    ),
    5: Asked(
        N_("Engage throughout"),
        N_("Providers and service users engaged at every stage"),
        N_(
            "Possible providers and service users can take part throughout, in flexible ways, to say what is needed, "
            "offer ideas and ask for improvements."
        ),
        N_(
            "In each stage that is reached, providers and service users both took part; in the tender, providers did. "
            "At least two different ways of engaging were used in all."
        ),
    ),
    6: Asked(
        N_("Know the sector"),
        N_("Sector assessed before lots were set"),
        N_(
            "Before it commissions, the commissioner finds out by consultation who the voluntary organisations in that "
            "place or speciality are, how healthy they are, and what resources they have."
        ),
        N_(
            "Met when a market assessment, published before the lots and before the launch, covers each lot, states "
            "the providers by size and their resources, and points to a consultation."
        ),
    ),
    7: Asked(
        N_("Open to all who can"),
        N_("Open to every capable provider"),
        N_(
            "Knowing the market, the commissioner designs the process so that every provider with the right knowledge "
            "can take part. Lots may be divided differently, and grants may be considered."
        ),
        N_(
            "The lots point to a market assessment. Each barrier to taking part that somebody raised was answered "
            "before the launch, where its answer was due by then. Each new division of lots has a reason."
        ),
    ),
    8: Asked(
        N_("Financial barriers"),
        N_("Financial barriers asked about, and removed"),
        N_(
            "The commissioner asks possible providers which financial hurdles keep them away, and makes these as low "
            "as it can."
        ),
        N_(
            "Providers were asked before the requirements for bidders were published, and each barrier raised was "
            "removed or made lower. One that was kept with a reason counts as breached, reason given."
        ),
    ),
    9: Asked(
        N_("Equality assessment"),
        N_("Full equality impact assessment published"),
        N_(
            "Each process has its full equality impact assessment, published, and made together with specialist "
            "voluntary organisations and with service users who have protected characteristics."
        ),
        N_(
            "Met by one assessment that is full, was published by the launch, names a specialist voluntary partner, "
            "and in which such service users took part."
        ),
    ),
    10: Asked(
        N_("Cost of good practice"),
        N_("Asked what good practice costs"),
        N_(
            "Commissioners ask the voluntary sector early what good practice costs. Where the budget cannot be raised, "
            "a specification that tells the must-haves from the ideal may be useful."
        ),
        N_(
            "Met when costs were asked about before the first budget was published, and no specification costs more "
            "than its budget on the commissioner's own figures."
        ),
    ),
    11: Asked(
        N_("Support for governors"),
        N_("Authors of specifications supported"),
        N_(
            "Governors and staff get the information, support and guidance that completing a specification needs, and "
            "the governor sees to it that the right person completes it."
        ),
        N_(
            "For each specification: support was offered to its author, the budget was part of it, and the governor "
            "confirmed the author. A blank or faulty specification that was accepted as such is a breach."
        ),
    ),
    12: Asked(
        N_("Experienced authors"),
        N_("Specifications written by people who know the work"),
        N_(
            "Those who complete specifications have experience of the work that is commissioned, and support is open "
            "to them."
        ),
        N_(
            "For each specification: its author works in the service, or an experienced co-author is on record, and "
            "support was offered. A specification that was wholly blank is a breach. Authors are roles, never names."
        ),
    ),
    13: Asked(
        N_("One point of contact"),
        N_("One contact for dealings with prisons"),
        N_(
            "One single contact at the commissioner, without a break, oversees and co-ordinates what goes to and from "
            "prison staff."
        ),
        N_(
            "On each day from the timetable to the start of the contract exactly one liaison with prisons is on "
            "record, no accepted issue says that a prison could not be reached, and each visit was in time."
        ),
    ),
    14: Asked(
        N_("Team with capacity"),
        N_("Team with enough people, time and knowledge"),
        N_(
            "Procurement and project teams have enough people, these have the time, and they know the service that is "
            "commissioned."
        ),
        N_(
            "By the commissioner's own statement of its team, and three symptoms: late answers, answers put right, "
            "accepted faults in specifications. Symptoms fit too few staff, but never prove it."
        ),
    ),
    15: Asked(
        N_("Service users design"),
        N_("Service users helped to find needs and to design"),
        N_(
            "People who use the services are engaged in finding out what is needed and in designing the services, with "
            "the help of the voluntary sector."
        ),
        N_(
            "Met when service users took part in the stages of needs and of design, both before the launch, and a "
            "voluntary body ran at least one of these."
        ),
    ),
}
"""Number -> what is asked, in the paper's order."""
