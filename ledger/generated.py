"""Invented processes by the thousand, to show and to try a large ledger. Nothing in them is real, and each says so.

The same seed gives the same entries, day by day in the order of their recording, for a ledger that holds nothing yet:
an entry points to another by its index, which is its place in the sequence.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from random import Random
from typing import Any, Final

from ledger.kinds import Json
from ledger.process import Submission
from ledger.schema import load_submission

FIRST_DAY: Final = date(2019, 1, 7)
"""The day on which the first process is opened."""
LAST_DAY: Final = date(2025, 9, 30)
"""The day after which nothing more is recorded, so that the other stories of the demonstration can follow."""

_AREAS: Final = ("family_services", "visitors_centres", "mentoring", "resettlement", "education", "advocacy")
_PLACES: Final = (
    "Alderholt",
    "Brackwater",
    "Cinder Hill",
    "Dunmarsh",
    "Elverton",
    "Fallowby",
    "Grimsdyke",
    "Harrowmere",
)
_PRISONS: Final = tuple(f"{letter}{other}X" for letter in "ABCDEFGH" for other in "QVYZ")
_BODIES: Final = tuple(
    {"scheme": "fictional", "id": f"body-{number}", "name": f"{name} (fictional)"}
    for number, name in enumerate(
        (
            "Northern Resettlement Office",
            "Midshire Prisons Group",
            "Coastal Commissioning Board",
            "Upland Justice Partnership",
            "Office for Family Ties",
            "Vale and Fen Prisons",
            "Capital Rehabilitation Board",
            "Western Services Authority",
        ),
        1,
    )
)
_CHARITY: Final = {"scheme": "fictional", "id": "charity-1", "name": "Larkspur Families (fictional)"}
_PROVIDERS: Final = ["existing_provider", "potential_provider"]
_QUESTIONS: Final = (
    "How many people visit in a month?",
    "Which staff would transfer, on what hours and pay?",
    "Is the visitors' centre heated?",
    "May two organisations bid together?",
    "Who pays for interpreters?",
    "How is the price scored?",
)
_ISSUES: Final = (
    "late_answer",
    "spec_missing_info",
    "unclear_timeline",
    "lot_barrier",
    "financial_barrier",
    "portal_failure",
    "value_error",
    "contact_unreachable",
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """Stands for the index of an entry of the same plan."""

    name: str


@dataclass(frozen=True, slots=True)
class Day:
    """What is recorded on one day, all at one instant (UTC). `first` is the index of the first submission."""

    recorded: datetime
    first: int
    submissions: tuple[Submission, ...]


def generate(processes: int, seed: int = 1) -> Iterator[Day]:
    """Yield the days on which something is recorded of so many processes, about a hundred entries each."""
    index = 0
    places: dict[tuple[int, str], int] = {}
    for day, planned in groupby(_in_order(processes, seed), key=lambda each: each[0]):
        submissions = []
        for first, (_, number, _, name, raw) in enumerate(planned, index):
            if name is not None:
                places[number, name] = first
            submissions.append(load_submission(_placed(raw, number, places)))
        moment = datetime.combine(day, time(17), tzinfo=UTC)
        yield Day(moment, index, tuple(submissions))
        index += len(submissions)


Planned = tuple[date, int, int, str | None, Json]
"""The day, the number of the process, the place in its plan, the name of the entry where it has one, and the input."""


def _in_order(processes: int, seed: int) -> Iterator[Planned]:
    """Yield everything by day. A process is planned when its first day comes, so few are held at a time."""
    span = (LAST_DAY - FIRST_DAY).days
    waiting: list[Planned] = []
    for number in range(processes):
        begins = FIRST_DAY + timedelta(days=number * span // processes)
        while waiting and waiting[0][0] < begins:
            yield heapq.heappop(waiting)
        chance = Random(f"{seed}/{number}")  # noqa: S311 - what is invented need not be secret
        for each in _Plan(number, begins, chance).made():
            heapq.heappush(waiting, each)
    while waiting:
        yield heapq.heappop(waiting)


def _placed(value: Any, number: int, places: dict[tuple[int, str], int]) -> Any:
    match value:
        case _Entry():
            return places[number, value.name]
        case dict():
            return {key: _placed(each, number, places) for key, each in value.items()}
        case list():
            return [_placed(each, number, places) for each in value]
        case _:
            return value


@dataclass
class _Plan:
    """The life of one process: some listen, keep their dates and answer in time, others do not."""

    number: int
    begins: date
    chance: Random
    _entries: list[Planned] = field(default_factory=list)

    def made(self) -> list[Planned]:
        """Return what is recorded of it by the last day."""
        chance = self.chance
        self.body = _BODIES[self.number * 7 % len(_BODIES)]
        self.prisons = chance.sample(_PRISONS, chance.choice((1, 1, 2, 3)))
        self.good = chance.random()
        """How well it is done, from 0 to 1."""
        launch = self._after(self.begins, 80, 200)
        deadline = launch + timedelta(days=chance.choice((35, 48, 62, 70, 90)))
        self._opening()
        self._listening(launch)
        self._designing(launch)
        self._timetable(launch, deadline)
        self._tender(launch, deadline)
        self._questions(launch, deadline)
        self._issues(launch, deadline)
        self._service(deadline)
        self._last_words(launch)
        return [each for each in self._entries if each[0] <= LAST_DAY]

    def _after(self, day: date, least: int, most: int) -> date:
        return day + timedelta(days=self.chance.randint(least, most))

    def _happens(self, share: float) -> bool:
        return self.chance.random() < share

    def _does(self, share: float) -> bool:
        """Whether something is done that a share of well run processes do, and few of the others."""
        return self._happens(share * (0.25 + 0.75 * self.good))

    def _says(self, day: date, action: str, name: str | None = None, standing: str = "act", **data: Json) -> None:
        corrects = data.pop("corrects", None)
        by = {"organisation": self.body, "role": "commissioning lead"}
        if standing == "report":
            by = {"organisation": _CHARITY, "role": "policy officer"}
        raw: dict[str, Json] = {
            "action": action,
            "stream": f"process/invented-{self.number + 1:04}",
            "standing": standing,
            "by": by,
            "data": data,
        }
        if corrects is not None:
            raw |= {"corrects": corrects, "late_reason": "The mistake was found later."}
        self._entries.append((day, self.number, len(self._entries), name, raw))

    def _opening(self) -> None:
        self._says(
            self.begins,
            "commissioning-process-registered",
            "opening",
            reference=f"invented-{self.number + 1:04}",
            registered_on=str(self.begins),
            identifiers=[],
            title=f"Services for {self.chance.choice(_PLACES)}, number {self.number + 1} (fictional)",
            service_area=_AREAS[self.number % len(_AREAS)],
            prisons=self.prisons,
            lead_commissioner=self.body,
            responsible_bodies=[self.body],
            regions=["fictional"],
            regime="PA2023",
            light_touch=True,
            partnership_working=self.chance.choice(("none", "none", "encouraged")),
            coverage_start=str(self.begins),
        )
        for function in ("procurement_team", "prison_liaison"):
            if self._does(1.0):
                day = self._after(self.begins, 0, 20)
                self._says(
                    day,
                    "contact-point-named",
                    contact_id=function.replace("_", "-"),
                    named_on=str(day),
                    function=function,
                    role_title="Lead",
                    name_published=True,
                    channel="team@body.example",
                    available_from=str(self.begins),
                    cover_for_absence="The deputy.",
                )

    def _listening(self, launch: date) -> None:
        for place in range(1, 4):
            if not self._does(0.9):
                continue
            held = self.begins + (launch - self.begins) * place // 5
            self._says(
                held,
                "consultation-held",
                f"consultation-{place}",
                engagement_id=f"consultation-{place}",
                held_on=str(held),
                stage="needs" if place == 1 else "design",
                topics=["needs", "costs", "timeline", "lots", "financial_barriers"],
                audience=[*_PROVIDERS, "specialist_vcs"] if self._does(0.9) else ["specialist_vcs"],
                methods=["event"] if place == 1 else ["survey"],
                organisations_count=[{"audience": "potential_provider", "organisations": self.chance.randint(2, 20)}],
                of_which_vcse=2,
                of_which_small=1,
                facilitator=_CHARITY,
                facilitator_is_voluntary=True,
                issues_raised=["Payment in arrears is hard to carry"],
            )
            published = self._after(held, 5, 40)
            if self._does(0.9):
                self._says(
                    published,
                    "consultation-response-published",
                    engagement_id=f"consultation-{place}",
                    published_on=str(published),
                    document={"title": "What we heard"},
                    items=[],
                )
        for stage in ("needs", "design"):
            if self._does(0.8):
                day = self._after(self.begins, 10, 60)
                self._says(
                    day,
                    "service-users-involved",
                    involved_on=str(day),
                    stage=stage,
                    method="forum",
                    participants_count=self.chance.randint(4, 40),
                    protected_characteristics_represented=["age"],
                    facilitated_by=_CHARITY,
                    facilitator_is_voluntary=True,
                    what_they_said="Tell us early.",
                    what_changed="A message goes out the day before.",
                )

    def _designing(self, launch: date) -> None:
        chance, day = self.chance, self._after(self.begins, 30, 60)
        amount = f"{chance.randint(100, 3000)}000.00"
        budget: dict[str, Json] = {
            "published_on": str(day),
            "scope": "process",
            "amount": {"amount": amount, "currency": "GBP"},
            "vat": "net",
            "period": "three years",
            "unalterably_restricted": True,
            "full_cost_recovery": None,
            "basis": "Earlier spending.",
            "cost_evidence_entries": [],
            "given_to_specification_authors": self._does(0.9),
        }
        self._says(day, "budget-published", "budget", **budget)
        if self._happens(0.15):
            right = budget | {"amount": {"amount": f"{int(float(amount)) * 5 // 6}.00", "currency": "GBP"}}
            later = self._after(day, 3, 30)
            reason = {"index": _Entry("budget"), "reason": "VAT was in it."}
            self._says(later, "budget-published", **right, corrects=reason)
        if self._does(0.8):
            resourced = launch - timedelta(days=5)
            self._says(
                resourced,
                "procurement-team-resourced",
                stated_on=str(resourced),
                fte=str(chance.choice((1, 2, 3))),
                dedicated_share="80",
                service_expertise=self._does(0.95),
                cover_arrangements="A deputy.",
                from_date=str(resourced),
                to_date=str(launch + timedelta(days=300)),
            )
        if self._does(0.8):
            assessed = launch - timedelta(days=chance.randint(-20, 40))
            self._says(
                assessed,
                "equality-impact-assessment-published",
                full=True,
                characteristics_assessed=["age", "disability", "race", "sex"],
                partners_specialist_vcs=[_CHARITY] if self._does(0.9) else [],
                service_users_with_protected_characteristics_took_part=self._does(0.9),
                completed_on=str(assessed),
                published_on=str(assessed),
                document={"title": "Equality impact assessment"},
                mitigations=["Quiet visiting times"],
            )
        for prison in self.prisons:
            self._specification(prison, launch)

    def _specification(self, prison: str, launch: date) -> None:
        assigned, blank = launch - timedelta(days=20), self._happens(0.4 - 0.4 * self.good)
        self._says(
            assigned,
            "specification-author-assigned",
            spec_id=prison.lower(),
            assigned_on=str(assigned),
            prison=prison,
            author_role="Head of reducing reoffending",
            works_in_service=self._does(0.95),
            years_experience=5,
            expertise_statement="Has run the service.",
            governor_confirmed=True,
            support_offered=["guidance", "budget_info"] if self._does(0.9) else ["template"],
        )
        specification: dict[str, Json] = {
            "spec_id": prison.lower(),
            "prison": prison,
            "document": {"title": f"Specification for {prison}"},
            "tupe_status": "provided",
            "incumbent_statement": "provided",
            "must_haves": ["Staff at every session"],
            "ideal": ["Play work"],
            "tiered": True,
            "within_budget": "yes" if self._does(1.0) else "unknown",
            "consulted_entries": [],
        }
        released = launch + timedelta(days=self.chance.choice((0, 0, 0, 10)))
        self._says(
            released,
            "specification-published",
            **specification,
            published_on=str(released),
            version="1",
            page_count=0 if blank else 20,
            sections=[{"code": "The service", "state": "blank" if blank else "present"}],
        )
        if blank:
            filled = self._after(released, 5, 30)
            self._says(
                filled,
                "specification-corrected",
                spec_id=prison.lower(),
                corrected_on=str(filled),
                version="2",
                defect_code="blank",
                fields_changed=[{"what": "The service", "after": "Filled in"}],
                reason_text={"state": "given", "code": "information_error", "text": "The wrong file was released."},
                material=True,
            )

    def _timetable(self, launch: date, deadline: date) -> None:
        published = launch - timedelta(days=30)
        dates = {
            "launch": launch,
            "answers_deadline": deadline - timedelta(days=7),
            "tender_deadline": deadline,
            "award": deadline + timedelta(days=45),
            "service_start": deadline + timedelta(days=150),
        }
        self._says(
            published,
            "timeline-published",
            milestones=[
                {"code": code, "title": code.replace("_", " "), "date": str(day), "firmness": "firm"}
                for code, day in dates.items()
            ],
            consulted_entries=[],
            published_on=str(published),
        )
        for move in range(self.chance.choice((0, 0, 1, 2, 3))):
            code = self.chance.choice(("tender_deadline", "award", "service_start"))
            decided = dates[code] - timedelta(days=self.chance.randint(-3, 20))
            if decided <= published:
                continue
            dates[code] += timedelta(days=self.chance.randint(3, 25))
            self._moves(move, code, dates[code], decided)

    def _moves(self, move: int, code: str, day: date, decided: date) -> None:
        given = {"state": "given", "code": "provider_feedback", "text": "Bidders asked for more time."}
        self._says(
            decided,
            "timeline-changed",
            f"move-{move}",
            changes=[{"code": code, "new_date": str(day)}],
            decided_on=str(decided),
            reason=given if self._does(0.9) else {"state": "not_given"},
            cause_entries=[],
            extension_considered=True,
        )
        if self._does(0.95):
            told = self._after(decided, 0, 5)
            self._says(
                told,
                "timeline-change-communicated",
                change=_Entry(f"move-{move}"),
                audience=_PROVIDERS,
                channel=["portal"],
                sent_on=str(told),
                organisations_notified=9,
                reason_included=self._does(0.9),
            )

    def _tender(self, launch: date, deadline: date) -> None:
        if self._does(0.95):
            promised = launch - timedelta(days=2)
            self._says(
                promised,
                "commitment-made",
                commitment_id="answers",
                made_on=str(promised),
                kind="response_time",
                text="We answer questions within the time given.",
                made_by=self.body,
                applies_to="Questions from bidders",
                duration=self.chance.choice((3, 5, 10)),
                unit="working_days",
                calendar_id="england-and-wales",
                communicated_to=_PROVIDERS,
                communicated_on=str(promised),
            )
        self._says(
            launch,
            "procurement-launched",
            notice_id=f"FICT-{self.number + 1:05}",
            launched_on=str(launch),
            pack_complete=None,
            tender_deadline=str(deadline),
            clarification_deadline=str(deadline - timedelta(days=14)),
            answers_deadline=str(deadline - timedelta(days=7)),
            procedure="open",
            partnership_working="none",
            portal="A fictional portal",
        )

    def _questions(self, launch: date, deadline: date) -> None:
        open_days = max((deadline - launch).days - 14, 1)
        for number in range(1, self.chance.randint(25, 52)):
            received = self._after(launch, 0, open_days)
            name = f"question-{number}"
            self._says(
                received,
                "clarification-question-received",
                question_id=name,
                received_at=f"{received}T10:00:00Z",
                topic="specification",
                text_or_summary=self.chance.choice(_QUESTIONS),
            )
            if not self._happens(0.03):
                self._answers(name, received)

    def _answers(self, name: str, received: date) -> None:
        # A few are late in good processes, many in others.
        late = self._happens(0.2 - 0.19 * self.good)
        answered = self._after(received, 8, 30) if late else self._after(received, 1, 4)
        self._says(
            answered,
            "clarification-answered",
            question_id=name,
            answered_at=f"{answered}T12:00:00Z",
            answer_or_summary="The answer is in the pack.",
            released_to="all_bidders",
            released_at=f"{answered}T12:00:00Z",
            changes_tender=False,
        )
        if self._happens(0.03):
            right = self._after(answered, 2, 20)
            self._says(
                right,
                "clarification-answer-corrected",
                question_id=name,
                corrected_at=f"{right}T12:00:00Z",
                after="The answer was wrong. It is in annex 2.",
                reason={"state": "given", "code": "information_error", "text": "The pack had changed."},
            )

    def _issues(self, launch: date, deadline: date) -> None:
        for number in range(1, self.chance.randint(2, 9)):
            reported = self._after(launch - timedelta(days=30), 0, (deadline - launch).days + 60)
            name = f"issue-{number}"
            self._says(
                reported,
                "issue-reported",
                standing="report",
                issue_id=name,
                type=self.chance.choice(_ISSUES),
                stage="procurement",
                reported_at=str(reported),
                noticed_on=str(reported),
                reporter_kind="provider",
                impact=["could_not_bid"],
                text="Something is not as it was said to be.",
                severity="low",
                formal=False,
            )
            if self._does(0.9):
                self._answers_issue(name, self._after(reported, 2, 45))

    def _answers_issue(self, name: str, answered: date) -> None:
        position = self.chance.choice(("accepted", "accepted", "partly", "disputed"))
        self._says(
            answered,
            "issue-answered",
            issue_id=name,
            answered_at=str(answered),
            position=position,
            reason={"state": "given", "code": "provider_feedback", "text": "We looked into it."},
            cause_code=self.chance.choice(("information", "capacity", "other")),
        )
        if position == "accepted" and self._does(0.9):
            resolved = self._after(answered, 1, 40)
            self._says(resolved, "issue-resolved", issue_id=name, resolved_on=str(resolved), outcome="fixed")

    def _service(self, deadline: date) -> None:
        decided, value = deadline + timedelta(days=45), {"amount": f"{self.chance.randint(50, 900)}000.00"}
        money = {"net": value | {"currency": "GBP"}}
        term = {"first": str(decided + timedelta(days=60)), "last": str(decided + timedelta(days=1150))}
        self._says(
            decided,
            "contract-awarded",
            award_id="award",
            supplier=_CHARITY,
            supplier_is_vcse=self._happens(0.6),
            supplier_size=self.chance.choice(("small", "medium", "large")),
            consortium_members=[],
            subcontractors=[],
            value=money,
            term=term,
            decided_on=str(decided),
        )
        signed = self._after(decided, 15, 60)
        self._says(
            signed,
            "contract-details-published",
            contract_id="contract",
            award_id="award",
            value=money,
            vat="net",
            period=term,
            signed_on=str(signed),
            kpis=[],
            no_kpi_reason={"state": "given", "text": "They follow."},
            published_on=str(signed),
        )
        started = deadline + timedelta(days=150 + self.chance.choice((0, 0, 7, 40)))
        for prison in self.prisons:
            self._says(
                started,
                "service-started",
                contract_id="contract",
                prison=prison,
                planned_on=str(deadline + timedelta(days=150)),
                actual_on=str(started),
                predecessor_ended_on=str(started - timedelta(days=1)),
            )

    def _last_words(self, launch: date) -> None:
        if self._does(0.5):
            day = launch + timedelta(days=8)
            self._says(
                day,
                "coverage-attested",
                stage=self.chance.choice(("needs", "design")),
                attested_by="Director of commissioning",
                attested_on=str(day),
                statement="All is on record.",
                exceptions=[],
            )
        if self._happens(0.1):
            twice = {"state": "given", "text": "It was recorded twice."}
            day = launch + timedelta(days=40)
            if any(name == "move-0" and when < day for when, _, _, name, _ in self._entries):
                self._says(
                    day,
                    "ledger-entry-withdrawn",
                    withdrawn_on=str(day),
                    target=_Entry("move-0"),
                    reason=twice,
                )
