"""A small record with something of everything that a page or a feed must show, or must not."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine

from ledger.keys import create_key
from ledger.process import Recorded
from ledger.schema import load_submission
from ledger.settings import Settings
from ledger.store import Ledger
from projections.documents import Site
from projections.follow import catch_up, prepare
from projections.follower import PROJECTIONS, Follower
from projections.publications.publisher import Publisher

ORIGIN = "candour.example/log"
BASE_URL = "https://candour.example"
PROCESS = "process/riverside"
GROUP = "group/forum"
MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

BODY = {"scheme": "GB-GOR", "id": "D18", "name": "Ministry of Justice"}
BY = {"organisation": BODY, "role": "commissioning lead"}
SECRET_QUESTION = "Is the visitors' hall heated at all?"
SECRET_ISSUE = "The scoring sheet was seen by a bidder."
SECRET_CHANNEL = "the third door on the left"
SECRET_ACCOUNT = "account-of-a-person"

Json = Any


@dataclass
class Clock:
    """Shows a minute more at each look."""

    now: datetime = MORNING

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@dataclass
class Book:
    """A ledger on an engine, with a fixed clock and counted salts: the same bytes each time."""

    engine: Engine
    clock: Clock = field(default_factory=Clock)
    _salts: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.engine, clock=self.clock, salt=self._salt)

    def _salt(self) -> str:
        digest = hashlib.sha256(str(next(self._salts)).encode()).digest()
        return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()

    def record(self, raw: Json) -> Recorded:
        """Record one submission of plain input."""
        return self.ledger.record(load_submission(raw))

    def record_all(self, raws: Iterable[Json]) -> None:
        """Record several."""
        for raw in raws:
            self.record(raw)


def stated(action: str, data: Json, stream: str = PROCESS, **statement: Json) -> Json:
    """Return plain input for an entry, an act unless `standing` says otherwise."""
    return {"action": action, "stream": stream, "standing": "act", "by": BY, "data": data} | statement


def opening(reference: str = "riverside", title: str = "Family services, Riverside", **statement: Json) -> Json:
    """A process opened."""
    data = {
        "reference": reference,
        "registered_on": "2026-03-02",
        "identifiers": [],
        "title": title,
        "service_area": "family_services",
        "prisons": ["LEI"],
        "lead_commissioner": BODY,
        "responsible_bodies": [],
        "regions": [],
        "regime": "PA2023",
        "light_touch": True,
        "partnership_working": "none",
        "coverage_start": "2026-01-01",
    }
    return stated("commissioning-process-registered", data, f"process/{reference}", **statement)


def issue(text: str, **statement: Json) -> Json:
    """An issue reported."""
    data = {
        "type": "other",
        "stage": "procurement",
        "reported_at": "2026-03-02",
        "noticed_on": "2026-03-01",
        "reporter_kind": "provider",
        "impact": [],
        "text": text,
        "severity": "low",
        "formal": False,
    }
    return stated("issue-reported", data, **({"standing": "report"} | statement))


def budget(amount: str, **statement: Json) -> Json:
    """A budget published."""
    data: Json = {
        "published_on": "2026-03-02",
        "scope": "process",
        "amount": {"amount": amount, "currency": "GBP"},
        "vat": "net",
        "period": "three years",
        "unalterably_restricted": None,
        "full_cost_recovery": None,
        "basis": "Last year's cost.",
        "cost_evidence_entries": [],
        "given_to_specification_authors": True,
    }
    return stated("budget-published", data, **statement)


def moved(milestone: str, day: str, reason: Json) -> Json:
    """A date moved."""
    data = {
        "changes": [{"code": milestone, "new_date": day}],
        "decided_on": "2026-03-02",
        "reason": reason,
        "cause_entries": [],
        "extension_considered": None,
    }
    return stated("timeline-changed", data)


def redaction(target: int, *fields: str) -> Json:
    """Values removed from view."""
    data = {
        "redacted_on": "2026-03-02",
        "target_entry": target,
        "fields": list(fields),
        "basis_code": "erasure_request",
        "decided_by": "information officer",
        "digest_kept": True,
    }
    return stated("ledger-entry-redacted", data)


def disclosure(target: int, *fields: str) -> Json:
    """Values made public."""
    data = {"disclosed_on": "2026-03-02", "target": target, "fields": list(fields), "basis": "embargo_ended"}
    return stated("ledger-entry-disclosed", data)


def withdrawal(target: int) -> Json:
    """An entry withdrawn."""
    data = {"withdrawn_on": "2026-03-02", "target": target, "reason": {"state": "given", "text": "Recorded twice."}}
    return stated("ledger-entry-withdrawn", data)


def answer(question: str, text: str = "Yes.", **statement: Json) -> Json:
    """A question answered."""
    data = {
        "question_id": question,
        "answered_at": "2026-03-02",
        "answer_or_summary": text,
        "released_to": "all_bidders",
        "released_at": "2026-03-02",
        "changes_tender": False,
    }
    return stated("clarification-answered", data, **statement)


def question(text: str, name: str | None = None, **statement: Json) -> Json:
    """A question received; its words stay back."""
    data = {"received_at": "2026-03-02", "topic": "costs", "text_or_summary": text}
    return stated(
        "clarification-question-received", data | ({} if name is None else {"question_id": name}), **statement
    )


SOURCE = {
    "title": "How to improve commissioning",
    "reference": "page 12",
    "dated": "2018-06",
    "address": "https://www.example.org/paper.pdf?a=1&b=2",
}

TIMETABLE = stated(
    "timeline-published",
    {
        "milestones": [
            {"code": "launch", "title": "Launch", "date": "2026-04-01", "firmness": "firm"},
            {"code": "tender_deadline", "title": "Bids", "date": "2026-06-01", "firmness": "firm"},
        ],
        "consulted_entries": [],
        "published_on": "2026-03-02",
    },
)

CONTACT = stated(
    "contact-point-named",
    {
        "named_on": "2026-03-02",
        "function": "procurement_team",
        "role_title": "Procurement lead",
        "name_published": False,
        "channel": SECRET_CHANNEL,
        "available_from": "2026-03-02",
        "cover_for_absence": "The team.",
    },
)

CONVENED = stated(
    "advisory-group-convened",
    {
        "group_id": "forum",
        "convened_on": "2026-03-02",
        "name": "Riverside forum",
        "convened_by": BODY,
        "secretariat": BODY,
        "purpose": "To advise.",
        "open_recruitment": True,
        "members_as_individuals": True,
        "delivers_services": False,
        "window_opens": "2026-03-02",
        "window_closes": "2026-06-30",
    },
    GROUP,
    concerns=["riverside"],
)

RECORD: tuple[Json, ...] = (
    opening(account=SECRET_ACCOUNT),  # 0
    TIMETABLE,  # 1
    moved("tender_deadline", "2026-06-22", {"state": "given", "code": "provider_feedback", "text": "More time."}),  # 2
    moved("launch", "2026-04-08", {"state": "not_given"}),  # 3
    issue("The portal failed twice."),  # 4
    question(SECRET_QUESTION),  # 5
    answer("question-1", "It is heated in winter."),  # 6
    budget("1284000"),  # 7
    budget("1070000", corrects={"index": 7, "reason": "VAT was in it."}),  # 8
    CONTACT,  # 9
    redaction(9, "data.channel"),  # 10
    issue(SECRET_ISSUE, visibility={"state": "withheld", "basis": "legal_privilege"}),  # 11
    CONVENED,  # 12
    answer("question-9", standing="reconstruction", sources=[SOURCE]),  # 13
    issue("Entered twice."),  # 14
    withdrawal(14),  # 15
)
"""The place of each is its index."""

SECRETS = (SECRET_QUESTION, SECRET_ISSUE, SECRET_CHANNEL, SECRET_ACCOUNT)
"""Nothing of these may ever be shown."""


def project(engine: Engine, upto: int) -> None:
    """Bring all projections up to an index."""
    prepare(engine, PROJECTIONS)
    for projection in PROJECTIONS:
        catch_up(engine, projection, upto)


def follower(engine: Engine, folder: Path, *, files: bool = False) -> Follower:
    """Return a follower with a key of its own; it writes feeds as files only where a test is about these."""
    public = folder / "public"
    key = create_key(folder / "signing.key", ORIGIN, bytes(range(32)))
    publisher = Publisher(engine, public, Site(BASE_URL, ORIGIN), files=files)
    made = Follower(engine, key, public, Clock(), publisher=publisher)
    made.prepare()
    return made


def settings(url: URL, folder: Path) -> Settings:
    """Return the settings of the pages over a database."""
    return Settings.from_environ(
        {
            "CANDOUR_DATABASE_URL": url.render_as_string(hide_password=False),
            "CANDOUR_BASE_URL": BASE_URL,
            "CANDOUR_ORIGIN": ORIGIN,
            "CANDOUR_PUBLIC_DIR": str(folder / "public"),
        }
    )
