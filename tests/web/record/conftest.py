"""The site that people sign in to, over an empty record, on the one database that is quick to make."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL
from werkzeug.test import TestResponse

from ledger.database import migrate
from ledger.process import Recorded
from ledger.schema import load_submission
from ledger.store import Ledger
from projections.follow import catch_up, prepare
from projections.follower import PROJECTIONS
from tests.databases import sqlite_unless_asked
from tests.projections.record import opening
from tests.web.people.conftest import Doors
from tests.web.people.conftest import doors as doors_of_people

__all__ = ["doors_of_people"]

PROCESS = "process/riverside"


class Desk:
    """A person at the site, who records by its forms."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        migrate(doors.engine)
        prepare(doors.engine, PROJECTIONS)
        self.ledger = Ledger(doors.engine, clock=lambda: doors.now)

    def record(self, raw: Any) -> Recorded:
        """Record plain input, as a program would."""
        made = self.ledger.record(load_submission(raw))
        self.catch_up()
        return made

    def catch_up(self) -> None:
        """Bring the pages' rows up to date."""
        size = self.ledger.head().size
        for each in PROJECTIONS:
            catch_up(self.doors.engine, each, size)

    def open(self, address: str) -> str:
        """Return a page that can be shown."""
        page = self.doors.browser.get(address)
        assert page.status_code == 200, (address, page.status_code, page.headers)
        return page.text

    def send(self, shown: str, to: str, **form: Any) -> TestResponse:
        """Open a page and send its form, with what the page itself put into it."""
        self._wait_a_minute()
        page = self.open(shown)
        names = "csrf_token|draft|version|seen|stream|corrects.index"
        hidden = re.findall(rf'<input type="hidden" name="({names})" value="([^"]*)">', page)
        return self.doors.browser.post(to, data=dict(hidden) | form)

    def _wait_a_minute(self) -> None:
        """Forget how much was sent: people take minutes over what these tests send in one second."""
        for each in self.doors.app.extensions.values():
            if hasattr(each, "hit") and hasattr(each, "storage"):
                each.storage.reset()

    def fill_in(self, kind: str, form: Mapping[str, Sequence[str]], stream: str = PROCESS, query: str = "") -> str:
        """Fill in the form of a kind and go on to the check; return its address."""
        answer = self.send(f"/record/{kind}?stream={stream}{query}", f"/record/{kind}", **{**form, "do": ["check"]})
        assert answer.status_code == 303, errors_of(answer)
        return answer.headers["Location"]

    def confirm(self, check: str, **form: str) -> TestResponse:
        """Declare that it is right, and record it."""
        return self.send(check, check, **{"declared": "yes"} | form)


def errors_of(answer: TestResponse) -> list[str]:
    """Return the texts of the error summary."""
    summary = re.search(r'class="govuk-error-summary".*?</ul>', answer.text, re.DOTALL)
    return [] if summary is None else re.findall(r'<a href="[^"]*">([^<]*)</a>', summary[0])


@pytest.fixture
def database(request: pytest.FixtureRequest) -> URL:
    """One database, for what is in the forms; what is kept, locked and recorded asks for both."""
    return sqlite_unless_asked(request)


@pytest.fixture
def doors(doors_of_people: Doors) -> Doors:
    """The site, with the record's tables."""
    return doors_of_people


@pytest.fixture
def desk(doors: Doors) -> Desk:
    """A recorder of the ministry, signed in, and one process."""
    made = Desk(doors)
    doors.person("recorder")
    doors.sign_in()
    made.record(opening())
    doors.pass_by(timedelta(minutes=5))
    return made
