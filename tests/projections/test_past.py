"""What was known, published or had happened by a day: each axis cuts by its own day, which ends in London."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ledger.actions.issues import IssueReported
from ledger.streams import Stream
from projections import past
from projections.knowledge import Axes, as_known, end_of
from tests.projections.measures.build import PROCESS, Given


@pytest.mark.parametrize(
    ("day", "recorded", "is_known"),
    [
        ("2026-03-28", "2026-03-28T23:59:59Z", True),  # winter time: midnight in London is midnight UTC
        ("2026-03-28", "2026-03-29T00:00:00Z", False),
        ("2026-03-29", "2026-03-29T22:59:59Z", True),  # the clocks went forward: midnight is 23:00 UTC
        ("2026-03-29", "2026-03-29T23:00:00Z", False),
        ("2026-10-24", "2026-10-24T22:59:59Z", True),
        ("2026-10-24", "2026-10-24T23:00:00Z", False),
        ("2026-10-25", "2026-10-25T23:59:59Z", True),  # the clocks went back
        ("2026-10-25", "2026-10-26T00:00:00Z", False),
        ("2024-02-29", "2024-02-29T23:59:59Z", True),
    ],
)
def test_a_day_ends_at_midnight_in_london(day, recorded, is_known):
    """What was recorded up to the end of the day counts, on the days when clocks change too."""
    moment = datetime.fromisoformat(recorded).astimezone(UTC)

    assert (moment <= end_of(date.fromisoformat(day))) is is_known


@pytest.mark.parametrize(
    ("circumstance", "axes", "left"),
    [
        ("all of it", past.NOW, [0, 1, 2, 3]),
        ("known by an entry", Axes(known=1), [0, 1]),
        ("known by a day", Axes(known=end_of(date(2026, 3, 31))), [0, 1]),
        ("happened by a day", Axes(happened=end_of(date(2026, 2, 28))), [0, 1, 3]),
        ("published by a day: by its source, or else its recording", Axes(published=end_of(date(2026, 2, 15))), [0, 2]),
        (
            "published and known",
            Axes(published=end_of(date(2026, 2, 15)), known=end_of(date(2026, 3, 31))),
            [0],
        ),
        ("known before anything was", Axes(known=end_of(date(2020, 1, 1))), []),
    ],
)
def test_each_axis_cuts_by_its_own_day(circumstance: str, axes: Axes, left: list[int]):
    """Entry 1 happened in February, 2 in March but with a source of February, 3 in February and is recorded in May."""
    made = axes_of_a_story()

    assert [each.index for each in as_known(Stream.parse(PROCESS), made.entries, axes).entries()] == left, circumstance


def axes_of_a_story() -> Given:
    """A process opened in January, with three entries that differ in when they happened, came and were published."""
    issue = {
        "type": "other",
        "stage": "procurement",
        "noticed_on": "2026-02-01",
        "reporter_kind": "provider",
        "impact": [],
        "text": "It is wrong.",
        "severity": "low",
        "formal": False,
    }
    made = Given()
    made.records(IssueReported, "2026-02-10", standing="report", recorded="2026-03-02", published="2026-03", **issue)
    made.records(IssueReported, "2026-03-05", standing="report", recorded="2026-04-10", published="2026-02-01", **issue)
    made.records(IssueReported, "2026-02-12", standing="report", recorded="2026-05-10", published="2026-05", **issue)
    return made
