"""People record in a real browser: with scripts, without them, and by the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Page

from ledger.database import connect, migrate
from projections.follow import catch_up, prepare
from projections.follower import PROJECTIONS
from tests.browser import WIDTHS, Reader, serving
from tests.projections.record import RECORD, Book, settings
from web.app import create_app
from web.people import accounts, passwords
from web.people.access import KEY, People
from web.people.accounts import changing
from web.people.roles import Grant
from web.state import KEY as STATE
from web.tables import migrate_site

SECRET = "a secret of the tests, long enough"
PASSWORD = "violet kettle marches"
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


class Office:
    """A site over the small record, with a recorder of the ministry."""

    def __init__(self, base: str, bring_up_to_date: Callable[[], None]) -> None:
        self.base = base
        self.bring_up_to_date = bring_up_to_date


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    engine = connect(f"sqlite:///{tmp_path / 'candour.db'}")
    migrate(engine)
    migrate_site(engine)
    book = Book(engine)
    book.record_all(RECORD)
    prepare(engine, PROJECTIONS)

    def bring_up_to_date() -> None:
        for each in PROJECTIONS:
            catch_up(engine, each, book.ledger.head().size)

    bring_up_to_date()
    with changing(engine) as connection:
        made = accounts.create(connection, "ada@example.org", "Ada Hill", NOW)
        accounts.give(connection, made.id, Grant("recorder", "GB-GOR", "D18", "Ministry of Justice"), NOW)
        accounts.set_password(connection, made, PASSWORD, NOW)
    app = create_app(settings(engine.url, tmp_path))
    app.secret_key = SECRET
    app.extensions[KEY] = People(engine, SECRET, lambda: NOW)
    with serving(app) as base:
        yield Office(base, bring_up_to_date)
    app.extensions[STATE].engine.dispose()
    engine.dispose()


def sign_in(reader: Reader) -> Page:
    page = reader.open("/sign-in")
    page.fill("#email", "ada@example.org")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def date(page: Page, path: str, day: str, month: str, year: str) -> None:
    for part, text in {"day": day, "month": month, "year": year}.items():
        page.fill(f'[id="{path}.{part}"]', text)


def record(page: Page) -> str:
    """Go on to the check, declare, record; return the number of the entry."""
    page.get_by_role("button", name="Continue to check").click()
    assert page.get_by_role("heading", name="Check before you record").is_visible(), page.inner_text("main")[:1500]
    page.check("#declared")
    page.get_by_role("button", name="Record this").click()
    return re.findall(r"Entry (\d+)", page.inner_text(".govuk-panel"))[0]


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_a_date_is_moved_with_its_reason(new_reader, office: Office, script: bool):  # noqa: FBT001 - both are tried
    """An official starts at the timetable, moves a date with a reason, and the public reads it at once it is sealed."""
    reader = new_reader(office.base, script=script)
    page = sign_in(reader)
    page.goto("/entries/1")
    page.get_by_role("link", name="Move a date").click()
    page.select_option('[id="data.changes.0.code"]', index=1)
    date(page, "data.changes.0.new_date", "28", "8", "2026")
    date(page, "data.decided_on", "2", "3", "2026")
    page.check('[id="data.reason.state"]')
    page.fill('[id="data.reason.text"]', "Bidders need time to price again.")
    page.check('[id="data.cause_entries.none"]')
    page.check('[name="data.extension_considered"][value="yes"]')
    page.fill('[id="by.role"]', "procurement lead")
    number = record(page)
    office.bring_up_to_date()

    page.goto(f"/entries/{number}")
    assert "28 August 2026" in page.inner_text("h1")
    assert "Bidders need time to price again." in page.inner_text("main")


def test_a_question_is_answered_by_the_keyboard_alone(new_reader, office: Office):
    """From what is owed to the receipt without a pointer."""
    reader = new_reader(office.base)
    page = sign_in(reader)
    page.goto("/record/issue-reported?stream=process/riverside")
    page.locator('[id="data.type"]').focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name").startswith("data.")
    page.locator('[id="by.role"]').focus()
    page.keyboard.type("lead")
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="There is a problem").wait_for()
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id").startswith("data.")
    assert page.input_value('[id="by.role"]') == "lead"


PAGES = {
    "tasks": "/record/",
    "where": "/record/timeline-changed",
    "a form": "/record/timeline-changed?stream=process/riverside",
    "a long form": "/record/contract-awarded?stream=process/riverside",
    "a table": "/record/tables/milestone-reached?stream=process/riverside",
}


def test_nothing_stands_in_anybodys_way(new_reader, office: Office):
    """Each page for recording, and a form with errors, can be used by everyone, wide and narrow."""
    reader = new_reader(office.base)
    sign_in(reader)
    found = {}
    for name, path in PAGES.items():
        for width in WIDTHS:
            reader.open(path, width)
            found[name, width] = reader.barriers()
    reader.open(PAGES["a long form"])
    reader.page.get_by_role("button", name="Continue to check").click()
    found["errors", 0] = reader.barriers()

    assert {place: barriers for place, barriers in found.items() if barriers} == {}
