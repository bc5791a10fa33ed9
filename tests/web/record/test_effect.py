"""Before a date is moved, the check says what that does to the time to bid."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from ledger.actions import KINDS
from tests.ledger.samples import BY_KIND
from tests.projections.record import moved, stated
from tests.web.record.conftest import Desk
from web.record import forms

DATES = {
    "launch": "2026-03-02",
    "clarification_deadline": "2026-03-15",
    "answers_deadline": "2026-03-20",
    "tender_deadline": "2026-04-01",
    "award": "2026-07-01",
}
TIMETABLE = stated(
    "timeline-published",
    {
        "milestones": [{"code": code, "title": code, "date": day, "firmness": "firm"} for code, day in DATES.items()],
        "consulted_entries": [],
        "published_on": "2026-03-02",
    },
)
REASON = {"state": "given", "code": "provider_feedback", "text": "More time."}


def launched(**data: Any) -> Any:
    """A tender that was launched with complete papers and a month to bid."""
    raw = BY_KIND["procurement-launched.v1"].raw["data"]
    days = {name: day for name, day in DATES.items() if name in raw}
    return stated("procurement-launched", raw | days | {"launched_on": DATES["launch"]} | data)


def check_of(desk: Desk, raw: Any) -> str:
    form = forms.typed(KINDS[f"{raw['action']}.v1"], raw)
    return desk.open(desk.fill_in(raw["action"], form))


def effect_in(page: str) -> list[str]:
    """Return the texts of the section, cell by cell."""
    section = re.search(r'aria-labelledby="bidding">(.*?)</section>', page, re.DOTALL)
    assert section is not None
    return [unescape(each).strip() for each in re.findall(r">([^<>]+)<", section[1]) if each.strip()]


def test_the_check_says_what_a_moved_deadline_does_to_the_time_to_bid(desk: Desk):
    """By the notice and by the papers, before and after, beside two months counted for this tender."""
    desk.record(TIMETABLE)
    desk.record(launched())
    found = effect_in(check_of(desk, moved("tender_deadline", "2026-05-20", REASON)))

    assert found[1] == "Bidders then have two months or more with complete papers."
    assert found[2] == "Two months end on 2 May 2026."
    rows = [found[place : place + 3] for place in range(found.index("Bidding closes"), len(found), 3)]
    assert rows == [
        ["Bidding closes", "1 April 2026", "20 May 2026"],
        ["Days from the launch", "30", "79"],
        ["Days with complete papers", "30", "79"],
        ["Two months are, in days", "61", "61"],
        ["Against two months", "31 days short", "18 days more"],
    ]


def test_papers_that_came_later_leave_fewer_days_than_the_notice(desk: Desk):
    """What bidders had to work with counts apart from the launch, also where the record leaves it open."""
    desk.record(TIMETABLE)
    desk.record(launched(pack_complete=False))
    found = effect_in(check_of(desk, moved("tender_deadline", "2026-05-20", REASON)))

    assert found[1] == "The record then leaves open whether bidders have two months with complete papers."
    assert found[found.index("Days with complete papers") + 1 :][:2] == ["at most 30", "at most 79"]
    assert found[found.index("Days from the launch") + 1 :][:2] == ["30", "79"]


def test_the_check_says_so_where_nothing_changes_for_bidders(desk: Desk):
    """Another date that moves leaves the time to bid, and without a launch it cannot be counted."""
    desk.record(TIMETABLE)
    cannot = effect_in(check_of(desk, moved("award", "2026-07-08", REASON)))
    assert cannot[1] == "It cannot be counted yet. The launch of the tender, or its deadline, is not on record."
    desk.record(launched())
    nothing = effect_in(check_of(desk, moved("award", "2026-07-08", REASON)))
    assert nothing[1] == "Nothing: bidders have as many days as before."


def test_any_entry_that_changes_the_time_to_bid_says_so(desk: Desk):
    """A launch begins it; what has nothing to do with bids says nothing of it."""
    desk.record(TIMETABLE)
    begun = effect_in(check_of(desk, launched()))
    assert begun[begun.index("Days from the launch") + 1 :][:2] == ["not on record", "30"]
    page = check_of(desk, stated("milestone-reached", {"milestone_code": "launch", "reached_on": "2026-03-02"}))
    assert "time to bid" not in page
