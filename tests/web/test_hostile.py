"""What is hostile in a text stays text in everything that programs take: feeds, calendars, tables, and a browser."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import feedparser
import icalendar
import orjson
import pytest
from flask import Flask
from lxml import etree
from werkzeug.test import TestResponse

from ledger.actions import KINDS
from tests.browser import NARROW, serving
from tests.crawl import crawl, plain_addresses, published
from tests.hostile import harm_in, hostile_samples
from tests.retelling import recorder_of

pytestmark = pytest.mark.xdist_group("hostile")  # one site for all of them

Found = dict[str, TestResponse]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
FEEDS = {"application/atom+xml", "application/rss+xml"}
LISTED = (
    "/feeds/all.atom",
    "/feeds/all.rss",
    "/feeds/all.json",
    "/calendar/all.ics",
    "/search.csv?q=",
    "/search.json?q=",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A site where hostile text stands in every field of every kind."""
    folder = tmp_path_factory.mktemp("hostile")
    with published(folder / "site", recorder_of(hostile_samples()), files=True) as app:
        yield app


@pytest.fixture(scope="module")
def found(site: Flask) -> Found:
    """A few answers of each sort."""
    of = {"public.entry": 5, "public.feed": 30}
    return crawl(site, site.test_client(), [*LISTED, *plain_addresses(site), "/processes/family-services"], 3, of)


def of_type(found: Found, *types: str) -> Found:
    """Return the answers of some media types."""
    return {path: answer for path, answer in found.items() if answer.mimetype in types and answer.status_code == 200}


def test_feeds_hold_the_text_and_nothing_out_of_it(found: Found):
    """Each feed is well formed; what it holds as HTML has no element, script or address out of a text."""
    feeds = of_type(found, *FEEDS)
    assert {answer.mimetype for answer in feeds.values()} == FEEDS
    for path, answer in feeds.items():
        etree.fromstring(answer.get_data(), etree.XMLParser(resolve_entities=False))
        parsed: Any = feedparser.parse(answer.get_data())
        assert not parsed.bozo, path
        for entry in parsed.entries:
            assert entry.link.startswith("https://candour.example/"), path
    # feedparser takes out what could do harm; this looks at what a reader would show that does not.
    for path, element in {"/feeds/all.atom": "content", "/feeds/all.rss": "encoded"}.items():
        texts: Any = etree.fromstring(found[path].get_data()).xpath(f"//*[local-name()='{element}']/text()")
        assert len(texts) >= len(KINDS), path
        assert [harm for text in texts if (harm := harm_in(f"<div>{text}</div>"))] == []


def test_json_feeds_hold_nothing_out_of_a_text(found: Found):
    """Their HTML is as harmless as a page's."""
    items = orjson.loads(found["/feeds/all.json"].get_data())["items"]
    assert len(items) == len(KINDS)
    assert [harm for each in items if (harm := harm_in(f"<div>{each.get('content_html', '')}</div>"))] == []


def test_no_text_ends_a_line_of_a_calendar(found: Found):
    """Each calendar holds events of ours alone: none, and no attendee, that a text would have begun."""
    calendars = of_type(found, "text/calendar")
    assert len(calendars) >= 2
    for path, answer in calendars.items():
        events = list(icalendar.Calendar.from_ical(answer.get_data()).walk("VEVENT"))
        assert events or "/group/" in path, path
        assert all("ATTENDEE" not in each and "X-EVIL" not in each and "UID" in each for each in events), path


def test_no_cell_of_a_table_is_a_formula(found: Found):
    """Each table can be opened in a spreadsheet, which then runs nothing."""
    tables = of_type(found, "text/csv")
    assert len(tables) > 10
    cells = [cell for answer in tables.values() for row in csv.reader(io.StringIO(answer.text)) for cell in row]
    assert [cell for cell in cells if cell.lstrip(" ").startswith(FORMULA) and not _is_number(cell)] == []
    assert any("HYPERLINK" in cell for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_no_header_holds_more_than_its_line(found: Found):
    """No text that stands in an address, a file's name or a tag of an answer begins another header."""
    for path, answer in found.items():
        for name, value in answer.headers:
            assert value.isprintable(), (path, name)
            assert "evil" not in name.casefold(), path


SHOWN = (
    "/",
    "/processes/",
    "/processes/family-services",
    "/entries/1",
    "/entries/35",
    "/organisations/",
    "/search?q=evil",
)


def test_in_a_browser_hostile_pages_stay_in_their_width_and_run_nothing(new_reader, site: Flask):
    """At 320 px nothing scrolls sideways, no barrier arises, and neither a script nor a request comes out of a text."""
    with serving(site) as base:
        reader = new_reader(base)
        reader.page.on("dialog", lambda dialog: reader.noticed.append(f"dialog: {dialog.message}"))
        barriers = {}
        for path in SHOWN:
            reader.open(path, NARROW)
            barriers[path] = reader.barriers()
    assert {path: each for path, each in barriers.items() if each} == {}
