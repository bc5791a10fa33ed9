"""Pages in the states that are easily forgotten: with long text, with errors, zoomed, in few colours, on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from ledger.actions import KINDS
from tests.browser import NARROW, WIDE, Reader, serving
from tests.crawl import published
from tests.hostile import LINES, PROSE, hostile_samples
from tests.office import TABLE, office, send, states
from tests.retelling import recorder_of
from tests.web.people.conftest import BODY, PASSWORD
from web.people import accounts, passwords
from web.people.accounts import changing
from web.record import forms

pytestmark = pytest.mark.xdist_group("states")  # one site for all of them

ZOOMED = 640
"""1280 pixels at 200 %."""

PUBLIC = {
    "dashboard": "/dashboard",
    "process": "/processes/family-services",
    "entry": "/entries/29",
    "review": "/processes/family-services/review",
}


@dataclass
class Closed:
    """A site with one person, who has most roles; `pages` by what they show; `day`: today, there."""

    base: str
    pages: dict[str, str]
    day: str


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Closed]:
    """A site with hostile and long text in a few entries, a draft of one more, and accounts with long names."""
    samples = hostile_samples()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        with office(tmp_path_factory.mktemp("states") / "office", LINES[-3]) as doors:
            shown = list(states(doors, samples[:3], PROSE[-1]))
            receipts = [page.request.path for _, page in shown if "/receipts/" in page.request.path]
            with changing(doors.engine) as connection:  # who may ask for providers asks one by one, not by table
                accounts.take(connection, 1, "provider", BODY, doors.now, 1)
            sample = samples[3]
            name, stream = sample.raw["action"], sample.raw["stream"]
            doors.now = sample.recorded
            filled = forms.typed(KINDS[sample.kind], sample.raw)
            doors.browser = doors.app.test_client()
            doors.sign_in()
            new = doors.browser.get(f"/record/{name}?stream={stream}")
            check = send(doors, f"/record/{name}", new, **filled, do="check").headers["Location"]
            pages = {
                "tasks": "/record/",
                "check": check,
                "draft": check.removesuffix("/check"),
                "table": "/record/tables/clarification-question-received?stream=process/family-services",
                "removals": "/record/removals?entry=1",
                "account": "/account",
                "accounts": "/people/",
                "person": "/people/2",
                "audit": "/people/audit",
                "receipt": receipts[0],
            }
            with serving(doors.app) as base:
                yield Closed(base, pages, doors.now.date().isoformat())


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A public site with something of everything."""
    folder: Path = tmp_path_factory.mktemp("states-public")
    with published(folder / "site", recorder_of(hostile_samples())) as app, serving(app) as base:
        yield base


def signed_in(new_reader: Callable[..., Reader], closed: Closed) -> Reader:
    reader = new_reader(closed.base)
    page = reader.open("/sign-in")
    page.fill("#email", "ada@example.org")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account")
    return reader


def test_no_state_behind_signing_in_puts_anything_in_anybodys_way(new_reader, closed: Closed):
    """Checks, drafts, receipts, tables and accounts with long texts: zoomed to 200 % and at 320 px, errors included."""
    reader, found = signed_in(new_reader, closed), {}
    for name, path in closed.pages.items():
        for width in (ZOOMED, NARROW):
            reader.open(path, width)
            found[name, width] = reader.barriers()
    reader.open(closed.pages["check"], NARROW).get_by_role("button", name="Record this").click()
    assert reader.page.get_by_role("alert").is_visible()
    found["check, not declared", NARROW] = reader.barriers()
    reader.open("/people/", NARROW).get_by_role("button", name="Make the account").click()
    found["accounts, empty", NARROW] = reader.barriers()

    assert {place: barriers for place, barriers in found.items() if barriers} == {}


@pytest.mark.parametrize("state", ["wrong", "right"])
def test_a_table_that_is_looked_at_puts_nothing_in_anybodys_way(new_reader, closed: Closed, state: str):
    """Neither where its cells are wrong, nor where it can be recorded."""
    reader = signed_in(new_reader, closed)
    page = reader.open(closed.pages["table"], NARROW)
    table = TABLE.replace("TEXT", "W" * 250).replace("TODAY", closed.day)
    content = table if state == "right" else table.replace("costs", "W" * 250)
    page.set_input_files("#file", {"name": "log.csv", "mimeType": "text/csv", "buffer": content.encode()})
    page.check("#standing")
    page.fill('[id="by.role"]', "lead")
    page.get_by_role("button", name="Look at it first").click()
    told = page.locator("main").inner_text()
    assert page.get_by_role("button", name="Record all of it").is_visible() == (state == "right"), told[:900]
    assert page.get_by_role("alert").is_visible() == (state == "wrong")
    assert reader.barriers() == []


def test_in_few_colours_pages_keep_their_focus_and_their_signs(new_reader, public: str):
    """With forced colours nothing is said by colour alone: the focus has an outline, and each symbol is drawn."""
    reader = new_reader(public)
    reader.page.emulate_media(forced_colors="active")
    for path in PUBLIC.values():
        page = reader.open(path, WIDE)
        assert reader.barriers() == [], path
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert (width >= 2, style != "none") == (True, True), path


def test_on_paper_there_is_what_was_read_and_no_way_about(new_reader, public: str):
    """A printed page has its heading and its text, and no navigation, search or buttons; it has pages at all."""
    reader = new_reader(public)
    for path in PUBLIC.values():
        page = reader.open(path, WIDE)
        page.emulate_media(media="print")
        assert page.get_by_role("heading", level=1).is_visible(), path
        for away in (".govuk-service-navigation", ".app-header__search", ".govuk-skip-link", ".govuk-phase-banner"):
            assert not any(each.is_visible() for each in page.locator(away).all()), (path, away)
        name = page.locator(".govuk-generic-header__homepage-link")
        assert name.evaluate("each => getComputedStyle(each, '::after').content") == "none", path
        assert page.pdf(format="A4").startswith(b"%PDF")
        page.emulate_media(media="screen")
