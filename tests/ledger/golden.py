"""The golden bytes of every kind of entry: what is on record in this shape must be readable, as it is, for ever.

python -m tests.ledger.golden            writes what is missing: a new kind, or a new shape of the envelope
python -m tests.ledger.golden --replace  writes all anew; right only while nothing was ever published
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledger.clock import england_and_wales
from ledger.process import History, Moment, Recorded, decide
from ledger.schema import load_submission
from ledger.streams import Stream
from ledger.wire import encode
from tests.ledger.samples import BY, BY_KIND, CHARITY, DIGEST, PROCESS, because, counted_salt, record_all

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def goldens() -> Iterator[tuple[str, Recorded]]:
    """Yield (path under tests/golden without its suffix, entry)."""
    for entry in record_all():
        yield f"entries/{entry.action.declaration.name}", entry
    yield from ((f"envelopes/{name}", entry) for name, entry in _envelopes())


def _envelopes() -> Iterator[tuple[str, Recorded]]:
    """Yield one entry for each shape of the envelope, all of one process."""
    source = {
        "title": "How to improve commissioning",
        "reference": "page 12",
        "dated": "2018-06",
        "address": "https://www.example.org/paper.pdf",
        "sha256": DIGEST,
        "digest_of": "extracted_text",
    }
    needs = BY_KIND["needs-assessment-published.v1"].raw["data"] | {
        "published_on": "2025-04-22",
        "involvement_entries": [],
    }
    issue = BY_KIND["issue-reported.v1"].raw["data"] | {"about_entry": 0}
    shapes: list[tuple[str, str, Any, Any]] = [
        (
            "reconstruction",
            "commissioning-process-registered",
            {"reference": "family-services", "registered_on": "2016/2017-10", "title": None},
            {"standing": "reconstruction", "sources": [source]},
        ),
        (
            "report",
            "issue-reported",
            issue | {"stage": None, "formal": None, "impact": None},
            {"standing": "report", "on_behalf_of": CHARITY, "late_reason": "Found in old letters."},
        ),
        (
            "import",
            "budget-published",
            {"published_on": "2025-03-01", "amount": {"amount": "1000000", "currency": "GBP"}},
            {"standing": "import", "sources": [{"title": "Notice 2025/S 000-000001", "dated": "2025-03-01T09:00:00Z"}]},
        ),
        ("account", "needs-assessment-published", needs, {"account": "a.person"}),
        (
            "correction",
            "needs-assessment-published",
            needs | {"population": "Adults in three prisons."},
            {"corrects": {"index": 3, "reason": "One prison was left out."}},
        ),
        (
            "embargoed",
            "issue-reported",
            issue | {"issue_id": "issue-2"},
            {"visibility": {"state": "embargoed", "until": "2025-06-01T12:00:00Z"}, "concerns": ["other-process"]},
        ),
        (
            "withheld",
            "clarification-question-received",
            {
                "question_id": "question-1",
                "received_at": "2025-04-22",
                "topic": "costs",
                "text_or_summary": "What does it cost?",
            },
            {"visibility": {"state": "withheld", "basis": "legal_privilege"}},
        ),
        (
            "withdrawal",
            "ledger-entry-withdrawn",
            {"withdrawn_on": "2025-04-22", "target": 1, "reason": because("Recorded twice.", "other")},
            {},
        ),
    ]
    history = History(Stream.parse(PROCESS))
    recorded = datetime(2025, 4, 22, 12, 0, 0, 123456, tzinfo=UTC)
    for index, (name, action, data, statement) in enumerate(shapes):
        raw = {"action": action, "stream": PROCESS, "standing": "act", "by": BY, "data": data} | statement
        entry = decide(history, load_submission(raw), Moment(index, recorded, england_and_wales()))
        history.add(entry)
        yield name, entry


def text_of(entry: Recorded) -> str:
    """Return an entry's golden file: its bytes as text, and the disclosures stored beside it."""
    encoded = encode(entry, counted_salt(entry.index))
    slots = None if encoded.slots is None else encoded.slots.decode()
    return json.dumps({"state": encoded.state.decode(), "slots": slots}, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replace", action="store_true", help="also what is there; only while nothing was published")
    replace = parser.parse_args().replace
    for name, entry in goldens():
        path = GOLDEN / f"{name}.json"
        if replace or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text_of(entry), encoding="utf-8")


if __name__ == "__main__":
    main()
