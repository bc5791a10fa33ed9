"""A feed reader gets every entry, complete and valid, and fetches nothing twice."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree, html

from projections.publications import compose, membership
from tests.projections.record import BASE_URL, ORIGIN, RECORD, SOURCE, answer, budget, issue, opening
from tests.web.test_pages import HOSTILE

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "feeds"
REPLACE = os.environ.get("CANDOUR_REPLACE_GOLDEN") == "feeds"
"""Set it to write the golden feeds anew, then read what changed."""

FEEDS = [f"/feeds/{name}.{form}" for name in ("all", "process/riverside", "group/forum") for form in ("atom", "rss")]
TYPES = {"atom": "application/atom+xml; charset=utf-8", "rss": "application/rss+xml; charset=utf-8"}


@pytest.fixture(scope="session")
def atom_schema(shared):
    return etree.RelaxNG(etree.parse(shared / "data" / "feeds" / "atom.rng"))


def read(response):
    """Parse as a feed reader does; any complaint fails."""
    parsed = feedparser.parse(response.get_data(), response_headers={"content-type": response.content_type})
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


def text_in(markup: str) -> str:
    """What a person reads of an item's content."""
    content: Any = html.fromstring(markup)
    return " ".join(content.text_content().split())


def is_valid(schema, response) -> None:
    schema.assertValid(etree.fromstring(response.get_data()))


@pytest.mark.parametrize("path", FEEDS)
def test_feeds_are_read_without_a_single_warning(site, atom_schema, path):
    """Both formats are well formed, of their own type, and the Atom is valid by RFC 4287."""
    response = site.get(path)
    parsed = read(response)

    assert response.content_type == TYPES[path.rpartition(".")[2]]
    assert parsed.version == ("atom10" if path.endswith("atom") else "rss20")
    assert parsed.feed.link.startswith(BASE_URL)
    assert parsed.feed.language == "en-GB"
    if path.endswith("atom"):
        is_valid(atom_schema, response)


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_every_entry_is_in_the_feed_with_its_own_title(site, form):
    """Newest first; ids are permanent, titles say what changed, links lead to the entry."""
    items = read(site.get(f"/feeds/all.{form}")).entries

    assert [item.id for item in items] == [f"tag:candour.example,2026:{ORIGIN}/entry/{n}" for n in range(15, -1, -1)]
    assert [item.link for item in items] == [f"{BASE_URL}/entries/{n}" for n in range(15, -1, -1)]
    assert len({item.title for item in items}) == len(items)
    assert all(item.published and item.summary for item in items)
    (moved,) = [item for item in items if item.id.endswith("/2")]
    assert moved.title.startswith("Family services, Riverside: Timetable changed.")
    assert "Bidding closes: 22 June 2026, not 1 June 2026" in moved.title


def test_content_is_complete(site):
    """An item says before and after, the reason, who says so, when it happened and when it was recorded."""
    items = {item.id.rpartition("/")[2]: item for item in read(site.get("/feeds/process/riverside.atom")).entries}

    moved = text_in(items["2"].content[0].value)
    for wanted in ("before: 1 June 2026", "More time.", "Ministry of Justice", "2 March 2026", "The body responsible"):
        assert wanted in moved
    corrected = text_in(items["8"].content[0].value)
    assert "Amount: £1,070,000 (before: £1,284,000)" in corrected
    assert "VAT was in it." in corrected
    for index, other in (("8", "7"), ("7", "8")):
        page = f"{BASE_URL}/entries/{index}"
        related = [link.href for link in items[index].links if link.rel == "related"]
        assert related == [f"{BASE_URL}/entries/{other}", f"{page}.json", f"{page}.tlog-proof"]
    assert "[removed by law]" in items["9"].content[0].value
    assert "does not fit" in items["13"].content[0].value.lower()
    assert "page 12" in items["13"].content[0].value


def test_an_entry_is_updated_when_a_later_one_changes_it(site):
    """Published stays; updated moves, so that a reader shows the entry again."""
    items = {item.id.rpartition("/")[2]: item for item in read(site.get("/feeds/all.atom")).entries}

    assert items["4"].updated == items["4"].published
    assert items["7"].updated == items["8"].published
    assert items["9"].updated == items["10"].published


@pytest.mark.parametrize("path", ["/feeds/process/riverside", "/feeds/group/forum"])
def test_a_feed_leads_to_the_page_it_is_about(site, path):
    """The feed of a process links to its page, that of a group to its own."""
    feed = read(site.get(f"{path}.atom")).feed

    assert feed.link == f"{BASE_URL}{path.replace('/feeds/process', '/processes').replace('/feeds/group', '/groups')}"
    assert [link.href for link in feed.links if link.rel == "self"] == [f"{BASE_URL}{path}.atom"]


@pytest.mark.parametrize("name", ["all", "process/riverside"])
@pytest.mark.parametrize("form", ["atom", "rss"])
def test_a_feed_is_written_in_the_bytes_it_was_written_in_before(site, name, form):
    """Same content, same bytes, on either database: readers' caches stay good from version to version."""
    golden = GOLDEN / f"{name.replace('/', '-')}.{form}"
    written = site.get(f"/feeds/{name}.{form}").get_data()
    if REPLACE:
        golden.write_bytes(written)

    assert written == golden.read_bytes()


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_the_same_until_something_changes(sqlite_site, path):
    """The entity tag is made of the content alone, so it outlasts a restart."""
    first, again = sqlite_site.get(path), sqlite_site.get(path)

    assert first.get_data() == again.get_data()
    assert first.headers["ETag"] == again.headers["ETag"]
    assert first.get_etag()[1] is False, "a strong tag"


@pytest.mark.parametrize("path", FEEDS)
def test_a_reader_is_not_sent_what_it_has(sqlite_site, path):
    """By tag or by date: 304 with nothing in it, and the tag again."""
    first = sqlite_site.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=60"

    for asked in ({"If-None-Match": first.headers["ETag"]}, {"If-Modified-Since": first.headers["Last-Modified"]}):
        answered = sqlite_site.get(path, headers=asked)
        assert (answered.status_code, answered.get_data()) == (304, b"")
        assert answered.headers["ETag"] == first.headers["ETag"]

    sqlite_site.book.clock.now += timedelta(hours=1)
    sqlite_site.publish(budget("5", concerns=[]), opening("next"))
    changed = sqlite_site.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == (304 if "forum" in path else 200)


@pytest.mark.parametrize("path", FEEDS)
def test_the_head_of_a_feed_is_that_of_the_feed(sqlite_site, path):
    """HEAD tells length, tag and date, and sends nothing."""
    whole = sqlite_site.get(path)
    head = sqlite_site.head(path)

    assert head.status_code == 200
    assert head.get_data() == b""
    assert head.headers["Content-Length"] == str(len(whole.get_data()))
    for name in ("ETag", "Last-Modified", "Content-Type", "Cache-Control"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize("hostile", [*HOSTILE, "x" * 20_000], ids=lambda text: text[:20])
def test_hostile_text_breaks_no_feed(sqlite_site, atom_schema, hostile):
    """Whatever is written into a field, the feed stays valid and shows it as text."""
    short = hostile[:300].strip()
    sqlite_site.publish(
        opening("hostile", short, by={"organisation": {"scheme": "a", "id": "b", "name": short}, "role": short}),
        issue(hostile) | {"stream": "process/hostile"},
        answer("q", hostile, standing="reconstruction", sources=[{"title": short}]) | {"stream": "process/hostile"},
    )

    for path in ("/feeds/all.atom", "/feeds/process/hostile.atom"):
        is_valid(atom_schema, sqlite_site.get(path))
    for path in ("/feeds/all.rss", "/feeds/process/hostile.rss", "/feeds/process/hostile.atom"):
        items = {item.id.rpartition("/")[2]: item for item in read(sqlite_site.get(path)).entries}
        content = items["17"].content[0].value
        assert " ".join(hostile.split()) in text_in(content)


def test_hostile_content_is_escaped_in_the_bytes_themselves(sqlite_site):
    """No reader's clean-up is relied on: markup in a field is not markup in the feed."""
    sqlite_site.publish(issue("<script>alert(1)</script>"))

    for form in ("atom", "rss"):
        root = etree.fromstring(sqlite_site.get(f"/feeds/all.{form}").get_data())
        (content,) = [
            node.text for node in root.iter() if node.text and "alert(1)" in node.text and "<dl>" in node.text
        ]
        assert "<script" not in content
        assert "&lt;script&gt;" in content


def test_a_live_feed_holds_the_newest_fifty_or_thirty_days(new_sqlite, new_site, monkeypatch):
    """Fifty entries at least however old, all of the last thirty days, and never more than the most."""
    monkeypatch.setattr(membership, "WIDTH", 5)
    monkeypatch.setattr(compose, "WIDTH", 5)
    monkeypatch.setattr(membership, "MOST", 10)
    site = new_site(new_sqlite())
    site.publish(*RECORD)
    assert len(read(site.get("/feeds/all.atom")).entries) == 6, "of 16, ten go into whole archives of five"

    site.book.clock.now += timedelta(days=31)
    site.publish(*(issue(f"Much later, {n}.", standing="reconstruction", sources=[SOURCE]) for n in range(5)))
    assert len(read(site.get("/feeds/all.atom")).entries) == 6
    site.publish(*(issue(f"Soon, {n}.", standing="reconstruction", sources=[SOURCE]) for n in range(3)))
    assert len(read(site.get("/feeds/all.atom")).entries) == 9


def test_an_atom_entry_has_one_alternate_link(sqlite_site):
    """RFC 4287 section 4.1.2 allows one of a kind; a second would lead a reader to the wrong entry."""
    root = etree.fromstring(sqlite_site.get("/feeds/all.atom").get_data())
    atom = "{http://www.w3.org/2005/Atom}"

    for entry in root.iter(f"{atom}entry"):
        links = [link.get("rel", "alternate") for link in entry.iter(f"{atom}link")]
        assert links.count("alternate") == 1
        assert set(links) <= {"alternate", "related"}
