"""The page on what official releases show: time to bid, values put right, changes without reasons, with entries."""

from __future__ import annotations

import re

from ledger.ocds.taking import take
from ledger.store import Ledger
from tests.ledger.ocds.releases import found, package, release


def tender(end: str, value: int):
    return {
        "title": "<b>Services</b>",
        "status": "active",
        "tenderPeriod": {"startDate": "2026-01-01T00:00:00Z", "endDate": end},
        "value": {"amount": value, "currency": "GBP"},
    }


def test_the_numbers_lead_to_their_entries(empty_site):
    """A tender of a month, its value put right after thirty days and its deadline moved, both without a reason."""
    releases = [
        release(1, "2026-01-01T09:00:00Z", "tender", tender=tender("2026-02-01T00:00:00Z", 1_000)),
        release(2, "2026-01-31T09:00:00Z", tender=tender("2026-02-05T00:00:00Z", 2_000)),
    ]
    engine = empty_site.book.engine
    list(take(Ledger(engine), engine, (("a.json", each) for each in found(package(*releases)))))
    empty_site.follower.step()
    text = " ".join(empty_site.get("/imports").text.split())
    assert "2 releases of 1 process were taken in." in text
    assert "Too short: 1. Long enough: 0." in text
    assert "35 days" in text
    assert "1 published value was put right." in text
    assert "30 days" in text
    assert "2 of 2 changes give no reason." in text
    assert "&lt;b&gt;Services" in text
    links = {int(each) for each in re.findall(r'href="/entries/(\d+)"', text)}
    assert links
    assert all(empty_site.get(f"/entries/{index}").status_code == 200 for index in links)


def test_without_imports_the_page_says_so(site):
    """Where nothing was taken in, the page says that, and leads to what could not be."""
    text = site.get("/imports").text
    assert "No official release was taken in yet." in text
    assert "/imports/quarantine" in text
