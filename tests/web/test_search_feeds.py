"""Any search is a feed too, at one address; and no filter, however hostile, gets more than a plain answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

import feedparser
import pytest
from lxml import html

from projections.publications.channels import KEYED
from tests.projections.record import BASE_URL, budget, issue, redaction
from tests.web.conftest import Site
from web.public.asking import LABELS

FORMS = ("atom", "rss", "json")


def ids(site: Site, address: str) -> list[int]:
    """The entries that a feed holds."""
    answered = site.get(address)
    assert answered.status_code == 200, answered.text
    if ".json" in address:
        return [int(each["id"].rpartition("/")[2]) for each in answered.get_json(force=True)["items"]]
    parsed = feedparser.parse(answered.get_data(), response_headers={"content-type": answered.content_type})
    assert not parsed.bozo, parsed.get("bozo_exception")
    return [int(each.id.rpartition("/")[2]) for each in parsed.entries]


def test_a_search_by_words_and_days_is_a_feed(site: Site):
    """In each form, on each database: the entries that the page finds, and the way back to that page."""
    for query, found in (
        ("q=portal", [4]),
        ("q=portal+twice&recorded-from=2026-03-01", [4]),
        ("recorded-to=2026-03-01", []),
        ("kind=budget-published&recorded-from=2026-03-02", [8, 7]),
        ("q=nothing-of-that-name", []),
    ):
        rows = csv.DictReader(io.StringIO(site.get(f"/search.csv?{query}").text))
        assert [int(row["entry"]) for row in rows] == found
        for form in FORMS:
            assert ids(site, f"/feeds/search.{form}?{query}") == found
        made = site.get(f"/feeds/search.json?{query}").get_json(force=True)
        assert made["feed_url"] == f"{BASE_URL}/feeds/search.json?{query}"
        assert made["home_page_url"] == f"{BASE_URL}/search?{query}"


def test_a_feed_of_a_search_brings_what_is_new(sqlite_site: Site):
    """Only what the search finds; asked again, the answer is 304 until there is more."""
    address = "/feeds/search.atom?q=heating"
    first = sqlite_site.get(address)
    sqlite_site.book.clock.now += timedelta(hours=1)
    sqlite_site.publish(issue("The road is closed."))
    asked = {"headers": {"If-None-Match": first.headers["ETag"]}}
    assert sqlite_site.get(address, **asked).status_code == 304
    sqlite_site.publish(issue("The heating failed."))
    assert sqlite_site.get(address, **asked).status_code == 200
    assert ids(sqlite_site, address) == [17, 6]


def test_a_removed_value_leaves_the_feed_at_once(sqlite_site: Site):
    """Neither its words nor that they were found, before anything is signed."""
    sqlite_site.publish(issue("Robin Doe said so."))
    assert ids(sqlite_site, "/feeds/search.json?q=robin") == [16]
    sqlite_site.book.record(redaction(16, "data.text"))
    assert ids(sqlite_site, "/feeds/search.json?q=robin") == []
    assert "Robin" not in sqlite_site.get("/feeds/search.json?recorded-from=2026-03-01").text


SPELLINGS = {
    "search.atom?q=Portal": "search.atom?q=portal",
    "search.rss?q=++Portal++TWICE+": "search.rss?q=portal+twice",
    "search.json?recorded-from=2026-03-01&q=portal": "search.json?q=portal&recorded-from=2026-03-01",
    "search.atom?prison=lei&q=a&kind=Timeline-Changed.v1": "search.atom?q=a&kind=timeline-changed&prison=LEI",
    "search.atom?q=a&page=3&process=": "search.atom?q=a",
    "search.atom?process=RIVERSIDE": "custom.atom?process=riverside",
    "search.rss?kind=budget-published&prison=lei": "custom.rss?action=budget-published&prison=LEI",
}


def test_one_search_has_one_feed(sqlite_site: Site):
    """Order, case and spelling make no second address; what a feed of filters says already is that feed."""
    for asked, leads_to in SPELLINGS.items():
        answered = sqlite_site.get(f"/feeds/{asked}")
        assert (answered.status_code, answered.headers["Location"]) == (301, f"/feeds/{leads_to}")
        assert sqlite_site.get(f"/feeds/{leads_to}").status_code == 200
    assert sqlite_site.get("/feeds/search.atom?q=%E2%80%9Chall%E2%80%9D").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["q=portal", "process=riverside", "kind=budget-published&q=vat", "happened-from=2026-01-01", "q=nothing-like-that"],
)
def test_any_search_leads_to_its_feeds(sqlite_site: Site, query: str):
    """For readers in the head, for people in the page; each address is the final one, with the filters kept."""
    page: Any = html.fromstring(sqlite_site.get(f"/search?{query}").text)
    named = page.xpath("//head/link[@rel='alternate']/@href")
    assert len(named) == len(FORMS)
    assert page.xpath("//main//a[starts-with(., 'Follow these results')]/@href") == named
    types = page.xpath("//head/link[@rel='alternate']/@type")
    for address, media_type in zip(named, types, strict=True):
        answered = sqlite_site.get(address)
        assert answered.status_code == 200
        assert answered.content_type.partition(";")[0] == media_type
        assert {value for _, value in parse_qsl(query)} <= {value for _, value in parse_qsl(address.partition("?")[2])}


def test_a_feed_of_a_search_says_what_it_is_about(sqlite_site: Site):
    """Its title names the words and each filter."""
    feed = feedparser.parse(sqlite_site.get("/feeds/search.rss?q=vat&kind=budget-published").get_data()).feed
    assert feed.title == "Candour: “vat” and Kind of entry: Budget published"


def test_a_feed_of_a_search_goes_back_as_far_as_others(sqlite_site: Site):
    """More than fifty results within a month are all there, so that an import between two polls is not missed."""
    sqlite_site.publish(*(issue(f"Cold hall, {number}.") for number in range(60)))
    assert len(ids(sqlite_site, "/feeds/search.atom?q=cold")) == 60


# --- wrong, huge, hostile ---------------------------------------------------------------------------------------------

VALUES = (
    "%00",
    "%0D%0ASet-Cookie:x=1",
    "../../etc/passwd",
    "%2e%2e%2f",
    "'--",
    "' OR 1=1",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%FF%FE",
    "\U0001f4a9",
    "\u202eabc",
    "\u0661",
    "-1",
    "1e9",
    "99999999999999999999",
    "x" * 300,
    "x" * 5_000,
    "*",
    "%",
    "null",
)


def wrong() -> Iterator[tuple[str, str]]:
    """Yield (path, query) of what no filter can be."""
    for value in VALUES:
        written = value if value.startswith("%") and len(value) > 1 else quote(value)
        yield from (("/feeds/custom.atom", f"{name}={written}") for name in KEYED)
        yield from (("/feeds/search.atom", f"{name}={written}") for name in LABELS)
    for path in ("/feeds/custom.atom", "/feeds/search.atom"):
        yield from ((path, query) for query in ("", "nonsense=1", "process[]=riverside", "a" * 3_000 + "=1"))
    yield "/feeds/search.atom", "q=portal&q=twice"
    yield "/feeds/search.atom", "q=" + "x" * 201
    yield "/feeds/search.atom", "q=" + "+".join("abcdefghijklmnopqrstu")
    yield "/feeds/search.atom", "q=%22%22"
    yield "/feeds/search.atom", "recorded-from=2026-03-02&recorded-to=2026-03-01"
    yield "/feeds/custom.atom", "&".join(f"recommendation={number % 15 + 1}" for number in range(21))


def test_a_hundred_wrong_filters_get_a_plain_answer(sqlite_site: Site):
    """Status 400 with a page in words: no traceback, no redirect, and nothing of it runs in a browser."""
    cases = list(dict.fromkeys(wrong()))
    assert len(cases) > 300
    for path, query in cases:
        answered = sqlite_site.get(f"{path}?{query}")
        assert answered.status_code == 400, (path, query[:80])
        assert answered.content_type == "text/html; charset=utf-8"
        assert "Traceback" not in answered.text
        assert "<script>alert" not in answered.text
        assert len(answered.get_data()) < 20_000
        assert "Set-Cookie:x" not in str(answered.headers)


def test_an_entry_is_found_by_what_it_says_now(sqlite_site: Site):
    """A correction is in the feed of a search besides what it corrects."""
    sqlite_site.publish(budget("999000", corrects={"index": 8, "reason": "Misread."}))
    assert ids(sqlite_site, "/feeds/search.atom?q=misread") == [16]


def test_an_entry_says_how_it_is_cited(sqlite_site: Site):
    """Who, its number, what it says, when it was recorded, and the address that stays."""
    page: Any = html.fromstring(sqlite_site.get("/entries/7").text)
    (cited,) = page.xpath("//h3[@id='cite']/following-sibling::p[1]")
    (headline,) = page.xpath("//h1")
    said = " ".join("".join(headline.itertext()).split())
    wanted = f"Candour, entry 7, “{said}”, recorded on 2 March 2026, {BASE_URL}/entries/7"
    assert " ".join("".join(cited.itertext()).split()) == wanted
