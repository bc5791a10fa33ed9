"""Signing in with an account held elsewhere: a real OpenID provider, as a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from argon2 import PasswordHasher
from sqlalchemy import URL
from werkzeug.test import TestResponse

from ledger.database import connect, reading
from ledger.settings import Settings
from tests.databases import on_both, sqlite_unless_asked
from tests.openid import SECONDS, free_port, openid_provider
from tests.web.people.conftest import SECRET, Doors
from web.app import create_app
from web.people import accounts, passwords
from web.people.accounts import changing
from web.tables import migrate_site


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The issuer's address."""
    with openid_provider() as issuer:
        yield issuer


@pytest.fixture
def database(request: pytest.FixtureRequest) -> URL:
    """One database; what is kept of an account held elsewhere asks for both."""
    return sqlite_unless_asked(request)


@pytest.fixture
def new_doors(database: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Doors]]:
    """Make a site whose people may sign in at an issuer."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    made: list[Doors] = []

    def make(issuer: str) -> Doors:
        engine = connect(database)
        migrate_site(engine)
        environ = {
            "CANDOUR_DATABASE_URL": database.render_as_string(hide_password=False),
            "CANDOUR_PUBLIC_DIR": str(tmp_path / "public"),
            "CANDOUR_SECRET_KEY": SECRET,
            "CANDOUR_OIDC_ISSUER": issuer,
            "CANDOUR_OIDC_CLIENT_ID": "candour",
            "CANDOUR_OIDC_CLIENT_SECRET": "swordfish",
        }
        made.append(Doors(create_app(Settings.from_environ(environ)), engine))
        return made[-1]

    yield make
    for each in made:
        each.engine.dispose()
        each.app.extensions["candour"].engine.dispose()


@pytest.fixture
def doors(new_doors: Callable[[str], Doors], provider: str) -> Doors:
    """A site whose people may sign in at the provider."""
    return new_doors(provider)


def sign_in_as(doors: Doors, sub: str, path: str = "/sign-in/elsewhere") -> TestResponse:
    """Go to the provider, say who one is there, and come back."""
    sent = doors.browser.get(path)
    assert sent.status_code == 302
    back = requests.post(sent.location, data={"sub": sub}, allow_redirects=False, timeout=SECONDS)
    parts = urlsplit(back.headers["Location"])
    assert parts.netloc == "localhost"
    return doors.browser.get(f"{parts.path}?{parts.query}")


def test_an_information_officer_signs_in_elsewhere_and_goes_on(doors: Doors):
    """Who was given an account for a verified address gets in, to the page they were going to."""
    doors.person("information_officer")
    assert "Continue to your organisation" in doors.browser.get("/sign-in").text
    answer = sign_in_as(doors, "ada", "/sign-in/elsewhere?next=/account%3Fa=1")
    assert (answer.status_code, answer.location) == (303, "/account?a=1")
    assert "Information officer" in doors.browser.get("/account").text


@on_both
def test_the_account_stays_with_the_first_who_signed_in(doors: Doors):
    """Somebody else with the same address there does not get the account; the first one does again."""
    doors.person("recorder")
    assert sign_in_as(doors, "ada").status_code == 303
    doors.post("/sign-out", at="/account")
    assert sign_in_as(doors, "another").status_code == 403
    assert sign_in_as(doors, "ada").status_code == 303


@pytest.mark.parametrize("sub", ["impostor", "stranger"])
def test_who_has_no_account_or_no_verified_address_is_refused(doors: Doors, sub: str):
    """Signing in elsewhere makes no account, and an address that is not verified proves nothing."""
    doors.person("recorder")
    answer = sign_in_as(doors, sub)
    assert answer.status_code == 403
    assert "Ask an administrator" in answer.text
    assert doors.browser.get("/account").status_code == 302


def test_a_shut_account_is_refused_elsewhere_too(doors: Doors):
    """Shutting an account shuts every way into it."""
    person = doors.person("recorder")
    sign_in_as(doors, "ada")
    with changing(doors.engine) as connection:
        accounts.disable(connection, person.id, doors.now)
    assert doors.browser.get("/account").status_code == 302
    assert sign_in_as(doors, "ada").status_code == 403


FORGED = {
    "no answer at all": "",
    "a state of somebody else": "code=x&state=forged",
    "a refusal": "error=access_denied&state={state}",
    "a code that was never given": "code=never&state={state}",
}


@pytest.mark.parametrize("query", FORGED.values(), ids=FORGED)
def test_a_forged_answer_is_no_sign_in(doors: Doors, query: str):
    """What does not come from the provider, in answer to this browser's own asking, opens nothing."""
    doors.person("recorder")
    sent = doors.browser.get("/sign-in/elsewhere")
    state = parse_qs(urlsplit(sent.location).query)["state"][0]
    answer = doors.browser.get(f"/sign-in/returned?{query.format(state=state)}")
    assert answer.status_code == 403
    assert doors.browser.get("/account").status_code == 302


def test_a_provider_that_does_not_answer_is_said_so(new_doors: Callable[[str], Doors]):
    """The page says that the other site cannot be reached, and passwords still work."""
    doors = new_doors(f"http://127.0.0.1:{free_port()}")
    doors.person("recorder")
    assert doors.browser.get("/sign-in/elsewhere").status_code == 503
    assert doors.sign_in().status_code == 303


def test_the_link_is_on_the_audit(doors: Doors):
    """The first sign-in elsewhere is put down as what it is."""
    doors.person("recorder")
    sign_in_as(doors, "ada")
    with reading(doors.engine) as connection:
        events = [line.event for line in accounts.audited(connection, 10)]
    assert events[:2] == ["signed-in", "linked"]
