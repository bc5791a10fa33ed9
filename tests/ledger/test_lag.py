"""Back-dating: what is noted of when an entry says it happened, beside when it was recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger.lag import note_of
from ledger.when import instant_text
from tests.ledger.published import Published, canonical, sample

FRIDAY = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)  # ten working days later: Friday 20 March


def entry(happened: Any, standing: str = "act") -> dict[str, Any]:
    made = sample()
    return made | {"standing": standing, "data": made["data"] | {"registered_on": happened}}


NOTES = {
    # happened, recorded, standing, what is noted
    "on the day": ("2026-03-06", FRIDAY, "act", None),
    "the day before": ("2026-03-05", FRIDAY, "act", None),
    "on the tenth working day": ("2026-03-06", FRIDAY + timedelta(days=14), "act", None),
    "in its last minute in London": ("2026-03-06", datetime(2026, 3, 20, 23, 59, tzinfo=UTC), "act", None),
    "on the Saturday after": ("2026-03-06", FRIDAY + timedelta(days=15), "act", "recorded 11 working days after"),
    "on the Tuesday after": ("2026-03-06", FRIDAY + timedelta(days=18), "act", "recorded 12 working days after"),
    "later, and reported": ("2026-03-06", FRIDAY + timedelta(days=15), "report", "recorded 11 working days after"),
    "later, out of documents": ("2016", FRIDAY, "reconstruction", None),
    "later, imported": ("2016", FRIDAY, "import", None),
    "some time in the month": ("2026-03", FRIDAY, "act", None),
    "the end of a long time": ("2025/2026-01", FRIDAY, "act", "recorded 24 working days after"),
    "tomorrow": ("2026-03-07", FRIDAY, "act", "after it was recorded"),
    "tomorrow, out of documents": ("2026-03-07", FRIDAY, "reconstruction", "after it was recorded"),
    "a minute later": ("2026-03-06T12:01:00Z", FRIDAY, "act", "after it was recorded"),
    "a minute before": ("2026-03-06T11:59:00Z", FRIDAY, "act", None),
    "not stated": (None, FRIDAY, "act", None),
    "no date": ("soon", FRIDAY, "act", None),
    "a number": (20260306, FRIDAY, "act", None),
}


@pytest.mark.parametrize(("happened", "recorded", "standing", "expected"), NOTES.values(), ids=NOTES)
def test_what_is_noted_of_an_entry(happened, recorded, standing, expected):
    """A claim later than the recording, or a lag longer than the rule for those who state their own acts."""
    found = note_of(entry(happened, standing), recorded)
    assert (found is None) == (expected is None)
    assert expected is None or expected in str(found)


@pytest.mark.parametrize("strange", [{}, {"action": "x"}, {"action": [], "data": {}}, {"action": 1, "data": None}])
def test_what_is_no_entry_gives_no_note(strange):
    """Hidden dates, unknown kinds and damage are for others to tell."""
    assert note_of(strange, FRIDAY) is None


def test_verifying_names_late_and_early_entries_without_failing(log: Published):
    """Each with its number; the log still verifies, because a claim is no contradiction."""
    texts = ["2026-03-06", "2026-02-02", "2026-03-09"]
    for index, happened in enumerate(texts):
        made = entry(happened) | {"index": index, "version": index + 1, "recorded": instant_text(FRIDAY)}
        log.store([canonical(made)])
    log.seal()
    report = log.verify()
    assert report.ok
    assert report.noted == 2
    assert [str(note).split(": It ")[0] for note in report.notes] == ["entry 1", "entry 2"]
