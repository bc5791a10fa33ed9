"""The API over a small published record, with accounts that hold tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ledger.store import Ledger
from tests.web.conftest import Site
from web.people import accounts, sessions
from web.people.access import KEY, People
from web.people.accounts import changing
from web.people.roles import Grant
from web.tables import migrate_site

OURS = ("GB-GOR", "D18")
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@dataclass
class Programs:
    """A published record and the programs that use it."""

    site: Site

    def token(self, role: str = "recorder", scope: str = "record", email: str = "p@x.org") -> str:
        """Make an account with a role, and return a token of it."""
        with changing(self.site.book.engine) as connection:
            made = accounts.create(connection, email, "A Program", NOW)
            accounts.give(connection, made.id, Grant(role, *OURS, "A body"), NOW)
            return sessions.create_token(connection, made.id, "tests", frozenset({scope}), NOW)

    def read(self, path: str, **headers: str) -> Any:
        """Read what is found at a path below /api/v1."""
        answer = self.site.get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == 200, (path, answer.get_data(as_text=True)[:500])
        return answer.get_json()

    def send(self, raw: Any, token: str | None, path: str = "/entries", **headers: str) -> TestResponse:
        """Send an entry."""
        sent = {"Content-Type": "application/json", **headers}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        body = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
        return self.site.client.post(f"/api/v1{path}", data=body, headers=sent)

    def size(self) -> int:
        """Return how many entries are on record, sealed or not."""
        return Ledger(self.site.book.engine).head().size


def programs_of(site: Site) -> Programs:
    """Give a site tables for accounts, and a clock that goes on from its record's."""
    migrate_site(site.book.engine)
    clock = iter(range(10**6))
    made = People(site.book.engine, "a secret of the tests, long enough", lambda: NOW + timedelta(seconds=next(clock)))
    site.app.extensions[KEY] = made
    return Programs(site)


@pytest.fixture
def programs(site: Site) -> Iterator[Programs]:
    """The API over the small record, on each database."""
    yield programs_of(site)
    site.app.extensions.pop("candour-store", None)


@pytest.fixture
def sqlite_programs(sqlite_site: Site) -> Programs:
    """The API over the small record, where the database does not matter."""
    return programs_of(sqlite_site)
