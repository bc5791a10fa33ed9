"""A site that people sign in to, on each database, with a clock that the test moves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import URL, Engine
from werkzeug.test import TestResponse

from ledger.database import connect
from ledger.settings import Settings
from web.app import create_app
from web.people import accounts, passwords
from web.people.access import KEY, People
from web.people.accounts import Account, changing
from web.people.roles import Grant
from web.tables import migrate_site

PASSWORD = "violet kettle marches"
BODY = ("GB-GOR", "D18")
SECRET = "a secret of the tests, long enough"


@dataclass
class Doors:
    """A site, its accounts, and the time there."""

    app: Flask
    engine: Engine
    now: datetime = field(default=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))

    def __post_init__(self) -> None:
        self.app.extensions[KEY] = People(self.engine, SECRET, lambda: self.now)
        self.browser = self.app.test_client()

    def pass_by(self, time: timedelta) -> None:
        """Let time pass."""
        self.now += time

    def person(self, role: str | None, email: str = "ada@example.org", body: tuple[str, str] = BODY) -> Account:
        """Make an account with a password and at most one role."""
        with changing(self.engine) as connection:
            made = accounts.create(connection, email, "Ada Hill", self.now)
            if role is not None:
                grant = Grant(role) if role == "administrator" else Grant(role, *body, "A body")
                accounts.give(connection, made.id, grant, self.now)
            accounts.set_password(connection, made, PASSWORD, self.now)
            found = accounts.by_id(connection, made.id)
        assert found is not None
        return found

    def post(self, path: str, at: str | None = None, **form: str) -> TestResponse:
        """Send a form as a page shows it, with its proof against forgery."""
        return self.post_from(self.browser, path, at, **form)

    def post_from(self, browser: FlaskClient, path: str, at: str | None = None, **form: str) -> TestResponse:
        """Send a form from another browser."""
        shown = browser.get(at or path).get_data(as_text=True)
        proof = re.search(r'name="csrf_token" value="([^"]+)"', shown)
        assert proof is not None, shown[:500]
        return browser.post(path, data={"csrf_token": proof[1], **form})

    def sign_in(self, email: str = "ada@example.org", password: str = PASSWORD, **form: str) -> TestResponse:
        """Sign in with a password."""
        return self.post("/sign-in", None, email=email, password=password, **form)


@pytest.fixture
def doors(database: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    """A site with tables for people and nobody in them."""
    # What makes guessing slow would make these tests slow: each signs in several times.
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    engine = connect(database)
    migrate_site(engine)
    environ = {
        "CANDOUR_DATABASE_URL": database.render_as_string(hide_password=False),
        "CANDOUR_PUBLIC_DIR": str(tmp_path / "public"),
        "CANDOUR_SECRET_KEY": SECRET,
    }
    app = create_app(Settings.from_environ(environ))
    yield Doors(app, engine)
    engine.dispose()
    app.extensions["candour"].engine.dispose()
