"""One site and one record for all journeys of a module, and the people who go on them: by pointer or by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Locator, Page
from sqlalchemy import Engine

from ledger.clock import utc_now
from ledger.database import connect, migrate
from ledger.keys import create_key
from ledger.schema import load_submission
from ledger.settings import Settings
from ledger.store import Ledger
from projections.documents import Site
from projections.follower import Follower
from projections.publications.publisher import Publisher
from tests.browser import Reader, serving
from tests.projections.record import ORIGIN
from web.app import create_app
from web.people import accounts, passwords
from web.people.accounts import changing
from web.people.roles import Grant
from web.tables import migrate_site

PASSWORD: Final = "violet kettle marches"
SECRET: Final = "a secret of the tests, long enough"
BASE_URL: Final = "http://127.0.0.1:8000"
PEOPLE: Final = {
    "ada@example.org": Grant("recorder", "GB-GOR", "D18", "Ministry of Justice"),
    "bo@example.org": Grant("recorder", "GB-GOR", "D18", "Ministry of Justice"),
    "petra@example.org": Grant("provider", "GB-CHC", "1000001", "Families First"),
    "ines@example.org": Grant("information_officer", "GB-GOR", "D18", "Ministry of Justice"),
}
TODAY: Final = utc_now().astimezone(ZoneInfo("Europe/London")).date()
MOST_WAIT: Final = 10_000
"""Milliseconds after which what is looked for on a page is not there."""

MOST_STOPS: Final = 250
"""Stops of the Tab key on one page; more means that what is looked for cannot be reached."""


def on_day(raw: Any) -> Any:
    """Return plain input of the tests' record as of today."""
    return json.loads(json.dumps(raw).replace("2026-03-02", TODAY.isoformat()))


@dataclass
class Office:
    """A site that is served, its record, and the people at work there."""

    base: str
    engine: Engine
    follower: Follower
    browser: Browser
    axe: str
    _desks: dict[tuple[str, str], Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.engine)
        self.reader = Reader(self.browser, self.axe, self.base)

    def record(self, *raws: Any) -> int:
        """Record plain input as of today, and publish it; return the number of the last entry."""
        for raw in raws:
            made = self.ledger.record(load_submission(on_day(raw)))
        self.publish()
        return made.index

    def publish(self) -> None:
        """Sign and publish what is on record, as the follower does all the time."""
        self.follower.step()

    def newcomer(self, way: str) -> Person:
        """Return somebody at a browser of their own, who has not signed in."""
        made = Person(Reader(self.browser, self.axe, self.base, script=way != "without scripts"), way == "keyboard")
        self._desks["", str(len(self._desks))] = made
        return made

    def person(self, email: str, way: str) -> Person:
        """Return somebody who has signed in, by the same way; they stay signed in."""
        if (email, way) not in self._desks:
            made = self.newcomer(way)
            made.open("/sign-in")
            made.write("email", email)
            made.write("password", PASSWORD)
            made.press("Sign in")
            made.page.get_by_role("heading", name="Your account", exact=True).wait_for()
            self._desks[email, way] = made
        return self._desks[email, way]

    def close(self) -> None:
        """Close the browsers."""
        for each in self._desks.values():
            each.reader.close()
        self.reader.close()


_LOOKS: Final = """element => {
    const styled = [[element], ...[...(element.labels || [])].map(label => [label, '::before']), [element, '::before']];
    return styled.map(([each, part]) => {
        const style = getComputedStyle(each, part);
        return [style.outline, style.boxShadow, style.backgroundColor, style.borderColor, style.color].join();
    }).join('|');
}"""
_IN_SIGHT: Final = """element => {
    const box = (element.labels && element.matches('[type=radio], [type=checkbox]') ? element.labels[0] : element)
        .getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight && box.width > 0;
}"""


@dataclass
class Person:
    """Somebody on a journey. `by_keyboard`: by Tab, Enter, Space, arrows and typing alone, seeing the focus."""

    reader: Reader
    by_keyboard: bool

    def __post_init__(self) -> None:
        self.page.set_default_timeout(MOST_WAIT)

    @property
    def page(self) -> Page:
        """What they see."""
        return self.reader.page

    def open(self, path: str) -> None:
        """Go to an address that they know."""
        self.reader.open(path)

    def barriers(self, width: int) -> list[str]:
        """Return what stands in somebody's way on this page at a width, in words."""
        self.page.set_viewport_size({"width": width, "height": 900})
        return self.reader.barriers()

    def follow(self, name: str | re.Pattern[str]) -> None:
        """Follow the first link in the page's main part that is called so."""
        self._use(self.page.get_by_role("main").get_by_role("link", name=name).first, "Enter")

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press a button."""
        self._use(self.page.get_by_role("main").get_by_role("button", name=name).first, "Enter")

    def write(self, name: str, text: str) -> None:
        """Type into a field, in the place of what it holds."""
        field_ = self._named(name)
        if not self.by_keyboard:
            field_.fill(text)
            return
        self._reach(field_)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)

    def write_day(self, name: str, days: int = 0) -> str:
        """Type a day, so many days from today, into its three fields; return it as pages say it."""
        day = TODAY + timedelta(days=days)
        for part, number in (("day", day.day), ("month", day.month), ("year", day.year)):
            self.write(f"{name}.{part}", str(number))
        return f"{day.day} {day:%B %Y}"

    def choose(self, name: str, label: str) -> None:
        """Choose from a list, by what the choice says."""
        field_ = self._named(name)
        if self.by_keyboard:
            self._reach(field_)
            self.page.keyboard.type(label)
        else:
            field_.select_option(label=label)
        assert field_.evaluate("field => field.selectedOptions[0].text").startswith(label)

    def tick(self, name: str, value: str = "yes") -> None:
        """Tick a box, or one of several answers of which one holds."""
        box = self.page.locator(f'[name="{name}"][value="{value}"]')
        if not self.by_keyboard:
            box.check()
            return
        first = self.page.locator(f'[name="{name}"]').first
        self._reach(first if box.get_attribute("type") == "radio" else box)
        self.page.keyboard.press("Space")
        for _ in range(10):
            if box.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"{name} cannot be set to {value} by keyboard")

    def check_and_record(self) -> int:
        """Go on to the check, declare that it is right, record; return the number of the entry."""
        self.press("Continue to check")
        assert self.page.title().startswith("Check before you record"), self.page.inner_text("main")[:2_000]
        return self.confirm()

    def confirm(self) -> int:
        """Declare that what the check shows is right, and record it; return the number of the entry."""
        self.tick("declared")
        self.press("Record this")
        return int(re.findall(r"Entry ([\d,]+)", self.page.inner_text(".govuk-panel"))[0].replace(",", ""))

    def _named(self, name: str) -> Locator:
        return self.page.locator(f'[id="{name}"]')

    def _use(self, thing: Locator, key: str) -> None:
        if not self.by_keyboard:
            thing.click()
            return
        self._reach(thing)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def _reach(self, thing: Locator) -> None:
        """Press Tab until the focus is there; it must then look otherwise than before, within the window."""
        wanted = thing.element_handle()
        is_there = "element => document.activeElement === element"
        before = None if wanted.evaluate(is_there) else wanted.evaluate(_LOOKS)
        for _ in range(MOST_STOPS):
            if wanted.evaluate(is_there):
                assert wanted.evaluate(_IN_SIGHT), f"the focus on {thing} is out of sight"
                assert wanted.evaluate(_LOOKS) != before, f"the focus on {thing} does not show"
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"{thing} cannot be reached by keyboard on {self.page.url}")


@contextmanager
def open_office(
    folder: Path, browser: Browser, axe: str, raws: Sequence[Any] = (), issuer: str | None = None
) -> Iterator[Office]:
    """Make a site over plain input as of today, with an account for each role, and serve it."""
    engine = connect(f"sqlite:///{folder / 'candour.db'}")
    migrate(engine)
    migrate_site(engine)
    environ = {
        "CANDOUR_DATABASE_URL": str(engine.url),
        "CANDOUR_BASE_URL": BASE_URL,
        "CANDOUR_ORIGIN": ORIGIN,
        "CANDOUR_PUBLIC_DIR": str(folder / "public"),
        "CANDOUR_SECRET_KEY": SECRET,
    }
    if issuer is not None:
        provider = {"ISSUER": issuer, "CLIENT_ID": "candour", "CLIENT_SECRET": "swordfish"}
        environ |= {f"CANDOUR_OIDC_{name}": value for name, value in provider.items()}
    key = create_key(folder / "signing.key", ORIGIN, bytes(range(32)))
    publisher = Publisher(engine, folder / "public", Site(BASE_URL, ORIGIN), files=False)
    follower = Follower(engine, key, folder / "public", publisher=publisher)
    follower.prepare()
    with pytest.MonkeyPatch.context() as patch:
        # What makes guessing slow would make each signing in slow.
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        _let_in(engine, utc_now())
        app = create_app(Settings.from_environ(environ))
        with serving(app) as base:
            office = Office(base, engine, follower, browser, axe)
            office.record(*raws)
            yield office
            office.close()
    app.extensions["candour"].engine.dispose()
    engine.dispose()


def _let_in(engine: Engine, now: datetime) -> None:
    with changing(engine) as connection:
        for email, grant in PEOPLE.items():
            made = accounts.create(connection, email, "Somebody", now)
            accounts.give(connection, made.id, grant, now)
            accounts.set_password(connection, made, PASSWORD, now)
