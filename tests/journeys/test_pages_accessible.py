"""Every page can be read by everyone: by eye, by ear, on a phone, at four times the size.

A new page is one line in `PAGES`. What axe-core cannot decide (order, words, sense) people must look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from ledger.database import connect, migrate
from projections.follower import ALERT
from tests.browser import NARROW, WIDTHS, Reader, serving
from tests.ledger.samples import SAMPLES
from tests.projections.record import RECORD, Book, answer, budget, follower, issue, opening, settings
from web.app import create_app
from web.people.access import ANYONE, declared
from web.state import KEY

LONG = "An unbroken wordofmorethanfortycharactersthatnobodycanwrap, and then " * 4

# By what it shows, the address over the record below.
PAGES = {
    "home": "/",
    "home, further back": "/?before=12",
    "processes": "/processes/",
    "a process": "/processes/riverside",
    "a process with nothing": "/processes/bare",
    "an advisory group": "/groups/forum",
    "an entry": "/entries/0",
    "an entry that changes dates": "/entries/2",
    "a correction": "/entries/8",
    "what was corrected": "/entries/7",
    "an entry withheld": "/entries/11",
    "an entry from a document": "/entries/13",
    "an entry withdrawn": "/entries/14",
    "an entry with long text": "/entries/17",
    "an entry with long names": "/entries/18",
    "an entry as it was": "/entries/7?known=7",
    "an entry before its record": "/entries/7?known=3",
    "a process as it was": "/processes/riverside?known=5",
    "a process on a day before its record": "/processes/riverside?known=2017-03-01",
    "a process compared": "/processes/riverside/compare?from=3&to=9",
    "a process's review": "/processes/riverside/review",
    "dashboard": "/dashboard",
    "dashboard of a choice": "/dashboard?area=family_services&since=3",
    "dashboard as it was": "/dashboard?known=5",
    "a recommendation": "/recommendations/3",
    "a recommendation as it was": "/recommendations/3?known=5",
    "a wrong day": "/dashboard?known=2017-02-30",
    "a search": "/search?q=the&kind=issue-reported",
    "a search that finds nothing": "/search?q=zyzzyva&prison=LEI",
    "what is not shown": "/withheld",
    "nothing that is not shown": "/withheld?process=bare",
    "organisations": "/organisations/",
    "an organisation": "/organisations/gb-gor-d18",
    "follow": "/follow",
    "follow, with a mistake": "/follow?what=process",
    "about": "/about",
    "how to verify": "/how-to-verify",
    "measures": "/measures",
    "accessibility": "/accessibility",
    "privacy": "/privacy",
    "cookies": "/cookies",
    "the API": "/api/docs",
    "everything to take away": "/data",
    "the extension": "/ocds/extension/",
    "imports": "/imports",
    "quarantine": "/imports/quarantine",
    "checking a proof": "/verify",
    "checkpoints": "/log/checkpoints.html",
    "nothing there": "/nothing",
    "a wrong address": "/processes/?page=x",
}


ELSEWHERE = {
    "people.invitation": "tests/journeys/test_people_accessible.py",
    "people.sign_in": "tests/journeys/test_people_accessible.py",
    "people.code": "leads to signing in, unless a password was given just before",
    "people.elsewhere": "leads to another site",
    "people.returned": "leads on, or back to signing in",
    "public.value": "leads to the entry that holds the value, or is the page of what is gone",
    "record.document": "a file, as it was recorded",
    "public.health": "for programs",
    "public.log_text": "for programs",
}
"""Public addresses that are not in `PAGES` and do not look like files or the API, with the reason."""

_FILE = re.compile(
    r"/(?:api/v1|static|log/tile)/.*|.*\.(?:json|csv|jsonl|jsonl\.gz|atom|ics|opml|zip|entry|tlog-proof)"
)
_ANY_FILE = re.compile(r".*\.<any\([^)]*\):form>|/ocds/extension/<name>")


# The same over a record that holds one entry of each kind.
FULL_PAGES = {
    "a process with everything": "/processes/family-services",
    "a dashboard with everything": "/dashboard",
    "changes since an entry": "/dashboard?since=3",
    "a review of everything": "/processes/family-services/review",
    "an entry among everything": "/entries/30",
    "a recommendation with everything": "/recommendations/4",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@contextmanager
def published(folder: Path, fill: Callable[[Book], None]) -> Iterator[str]:
    """Serve what `fill` records, sealed, from a folder."""
    engine = connect(f"sqlite:///{folder / 'candour.db'}")
    migrate(engine)
    fill(Book(engine))
    follower(engine, folder).step()
    app = create_app(settings(engine.url, folder))
    with serving(app) as base:
        yield base
    app.extensions[KEY].engine.dispose()
    engine.dispose()


def fill_small(book: Book) -> None:
    book.record_all(RECORD)
    book.record(opening("bare"))
    book.record(issue(LONG * 10))
    book.record(answer("question-1", LONG, corrects={"index": 6, "reason": LONG}))
    book.record(budget("1", on_behalf_of={"scheme": "XI-TEST", "id": "1", "name": LONG[:200]}))


def fill_whole(book: Book) -> None:
    for sample in SAMPLES:
        book.clock.now = sample.recorded
        book.record(sample.raw)


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    """The address of a site over the small record, with long text."""
    with published(folder, fill_small) as base:
        yield base


@pytest.fixture(scope="module")
def full_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site over one entry of each kind."""
    with published(tmp_path_factory.mktemp("full"), fill_whole) as base:
        yield base


@pytest.fixture
def reader(new_reader: Callable[..., Reader], site: str) -> Reader:
    return new_reader(site)


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_page_puts_nothing_in_anybodys_way(reader, path):
    """No barrier that axe-core knows, no console error, no other origin, no sideways scroll, wide and narrow."""
    assert barriers(reader, path) == {}


@pytest.mark.parametrize("path", FULL_PAGES.values(), ids=FULL_PAGES)
def test_a_full_page_puts_nothing_in_anybodys_way(new_reader, full_site, path):
    """The same where every kind of entry is on record."""
    assert barriers(new_reader(full_site), path) == {}


def barriers(reader: Reader, path: str) -> dict[int, list[str]]:
    found = {}
    for width in WIDTHS:
        reader.open(path, width)
        found[width] = reader.barriers()
    return {width: each for width, each in found.items() if each}


def test_the_warning_of_a_contradiction_puts_nothing_in_anybodys_way(reader, folder):
    """The page that matters most, when it matters most, is as readable as all others."""
    alert = folder / "public" / ALERT
    alert.write_text(f"Entry 3 is not what was signed. {LONG}\n", encoding="utf-8")
    try:
        reader.open("/", NARROW)
        assert reader.barriers() == []
        assert reader.page.get_by_role("heading", name="Warning: this record contradicts itself").is_visible()
    finally:
        alert.unlink()


@pytest.mark.parametrize("path", ["/", "/processes/riverside", "/entries/8"])
def test_the_first_stop_of_the_keyboard_leads_to_the_content(reader, path):
    """Who uses a keyboard skips what every page repeats, and sees where the focus is."""
    page = reader.open(path, NARROW)
    page.keyboard.press("Tab")

    link = page.locator(":focus")
    assert link.inner_text() == "Skip to main content"
    assert link.bounding_box()["width"] > 50
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_every_public_page_is_looked_at(tmp_path):
    """No address of a page that anyone may read is left out of `PAGES` without a reason."""
    engine = connect(f"sqlite:///{tmp_path / 'candour.db'}")
    migrate(engine)
    app = create_app(settings(engine.url, tmp_path))
    places = app.url_map.bind("localhost")
    seen = set()
    for path in PAGES.values():
        with suppress(HTTPException):
            seen.add(places.match(urlsplit(path).path, method="GET")[0])
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and ANYONE in (declared(app, rule.endpoint) or ())
        if not _FILE.fullmatch(rule.rule) and not _ANY_FILE.fullmatch(rule.rule)
    }
    app.extensions[KEY].engine.dispose()
    engine.dispose()
    assert pages - seen == ELSEWHERE.keys()


BARRIERS = {
    "image-alt": "<img src='/static/favicon.svg'>",
    "color-contrast": "<p id='pale'>Pale</p>",
    "sideways": "<table><tr><td><svg width='900' height='9' aria-hidden='true'></svg></td></tr></table>",
    "another origin": "<img alt='' src='http://127.0.0.2:9/x.png'>",
}


@pytest.mark.parametrize("barrier", BARRIERS)
def test_a_barrier_is_noticed(reader, barrier):
    """The check above can fail: each kind of barrier is found when it is put into a page."""
    page = reader.open("/", NARROW)
    page.evaluate(
        "html => { document.getElementById('main').insertAdjacentHTML('beforeend', html) }", BARRIERS[barrier]
    )
    if barrier == "color-contrast":
        page.evaluate("document.getElementById('pale').style.color = '#aaa'")
    page.wait_for_load_state("networkidle")

    assert any(barrier in found for found in reader.barriers())
