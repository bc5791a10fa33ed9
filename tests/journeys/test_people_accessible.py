"""The pages about people can be used by everyone, in every state, signed in as the browser does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Page
from sqlalchemy import URL

from ledger.clock import utc_now
from ledger.database import connect, migrate
from ledger.errors import Wrong
from ledger.ocds import quarantine
from ledger.ocds.quarantine import Refusal
from ledger.settings import Settings
from tests.browser import WIDTHS, Reader, serving
from tests.projections.record import Book, issue, opening, project, redaction
from web.app import create_app
from web.people import accounts, passwords, sessions
from web.people.accounts import changing
from web.people.roles import Grant
from web.tables import migrate_site

EMAIL, PASSWORD = "ada.with.a.long.name@department.of.long.names.example", "violet kettle marches"
NAME = "Ada Wordofmorethanfortycharactersthatnobodycanwrap-Hill"


@pytest.fixture(scope="module")
def invitation() -> list[str]:
    """Where the word of an invitation is put, once there is one."""
    return []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, invitation: list[str]) -> Iterator[str]:
    """A site with one administrator, who has a token."""
    folder = tmp_path_factory.mktemp("people")
    url = URL.create("sqlite", database=str(folder / "candour.db"))
    engine = connect(url)
    migrate(engine)
    migrate_site(engine)
    book = Book(engine)
    book.record_all([opening(title=NAME), issue(NAME * 3), redaction(1, "data.text")])
    project(engine, 3)
    refusal = Refusal(NAME, 0, Wrong("No."), (NAME * 3).encode(), complete=True)
    quarantine.put(engine, [refusal], utc_now())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        with changing(engine) as connection:
            made = accounts.create(connection, EMAIL, NAME, utc_now())
            accounts.give(connection, made.id, Grant("administrator"), utc_now())
            accounts.give(connection, made.id, Grant("recorder", "GB-GOR", "D18", NAME), utc_now())
            accounts.give(connection, made.id, Grant("information_officer", "GB-GOR", "D18", NAME), utc_now())
            accounts.set_password(connection, made, PASSWORD, utc_now())
            sessions.create_token(connection, made.id, NAME, frozenset({"read", "record"}), utc_now())
            invitation.append(accounts.invite(connection, made.id, utc_now()))
        environ = {
            "CANDOUR_DATABASE_URL": url.render_as_string(),
            "CANDOUR_PUBLIC_DIR": str(folder / "public"),
            "CANDOUR_SECRET_KEY": "a secret of the tests, long enough",
        }
        app = create_app(Settings.from_environ(environ))
        with serving(app) as base:
            yield base
        app.extensions["candour"].engine.dispose()
    engine.dispose()


def sign_in(page: Page) -> None:
    """Sign in with the keyboard alone."""
    page.goto("/sign-in")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")


def everywhere(reader: Reader, path: str) -> dict[int, list[str]]:
    """Return what stands in somebody's way at each width."""
    found = {}
    for width in WIDTHS:
        reader.open(path, width)
        found[width] = reader.barriers()
    return {width: each for width, each in found.items() if each}


CLOSED = ("/account", "/account/codes", "/people/", "/people/1", "/people/audit")
REMOVALS = ("/record/removals", "/record/removals?entry=0", "/record/removals?entry=1", "/record/removals?entry=x")
RELEASES = (
    "/record/releases/",
    "/record/releases/taken-in?found=2&recorded=1&quarantined=1&entries=4",
    "/record/releases/quarantine",
)


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_signing_in_by_keyboard_works_with_and_without_scripts(new_reader: Callable[..., Reader], site: str, script):
    """Nobody needs a mouse or a script to sign in and out."""
    reader = new_reader(site, script=script)
    sign_in(reader.page)
    assert reader.page.get_by_role("heading", name="Your account", exact=True).is_visible()
    reader.page.get_by_role("button", name="Sign out", exact=True).focus()
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/sign-in")
    assert reader.open("/account").url.endswith("/sign-in?next=/account")


def test_the_pages_about_people_put_nothing_in_anybodys_way(new_reader: Callable[..., Reader], site: str):
    """No barrier on any page that is open only to those who have signed in."""
    reader = new_reader(site)
    sign_in(reader.page)
    assert {path: found for path in (*CLOSED, *REMOVALS, *RELEASES) if (found := everywhere(reader, path))} == {}


def test_signing_in_puts_nothing_in_anybodys_way(new_reader: Callable[..., Reader], site: str, invitation: list[str]):
    """Neither the form nor its errors, nor the page of an invitation, nor the page for who may not."""
    reader = new_reader(site)
    assert everywhere(reader, "/sign-in") == {}
    assert everywhere(reader, f"/invitation/{invitation[0]}") == {}
    assert everywhere(reader, "/invitation/wrong") == {}
    for width in WIDTHS:
        page = reader.open("/sign-in", width)
        page.get_by_label("E-mail address").fill("nobody@example.org")
        page.get_by_label("Password", exact=True).fill("guess")
        page.get_by_role("button", name="Sign in", exact=True).click()
        assert page.get_by_role("alert").is_visible()
        assert page.title().startswith("Error: ")
        assert reader.barriers() == []


def test_errors_about_people_put_nothing_in_anybodys_way(new_reader: Callable[..., Reader], site: str):
    """A form that was sent empty says what is wrong, in a page that everyone can read."""
    reader = new_reader(site)
    sign_in(reader.page)
    for width in WIDTHS:
        page = reader.open("/people/", width)
        page.get_by_role("button", name="Make the account").click()
        assert page.get_by_role("alert").is_visible()
        assert reader.barriers() == []


def test_a_wrong_code_puts_nothing_in_anybodys_way(new_reader: Callable[..., Reader], site: str):
    """A wrong code is said so, at both widths."""
    reader = new_reader(site)
    sign_in(reader.page)
    for width in WIDTHS:
        page = reader.open("/account/codes", width)
        page.get_by_label("Code").fill("000000")
        page.get_by_role("button", name="Ask me for codes from now on").click()
        assert page.get_by_role("alert").is_visible()
        assert reader.barriers() == []
