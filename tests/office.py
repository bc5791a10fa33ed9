"""A site that everybody at one desk has signed in to, and each of its pages in each state."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from flask import Flask
from werkzeug.test import TestResponse

from ledger.actions import KINDS
from ledger.database import connect, migrate
from ledger.settings import Settings
from ledger.store import Ledger
from projections.follow import catch_up, prepare
from projections.follower import PROJECTIONS
from tests.crawl import crawl, plain_addresses, whole
from tests.ledger.samples import Sample
from tests.projections.record import BASE_URL
from tests.web.people.conftest import BODY, SECRET, Doors
from tests.web.record.test_every_kind import BY_COMMAND
from web.app import create_app
from web.people import accounts
from web.people.access import ANYONE, declared
from web.people.accounts import changing
from web.people.roles import Grant
from web.record import forms
from web.tables import migrate_site

TABLE: Final = 'received_at,topic,text_or_summary\nTODAY,specification,"TEXT"\nTODAY,costs,How many?\n'
TABLES: Final = {"empty": "", "wrong": TABLE.replace("costs", "cost of it").replace("topic", "colour"), "right": TABLE}

Pages = Iterator[tuple[str, TestResponse]]


@contextmanager
def office(folder: Path, name: str = "A body") -> Iterator[Doors]:
    """Make a site in a new folder over an empty record, with one person who may do everything for one body."""
    folder.mkdir()
    environ = {
        "CANDOUR_DATABASE_URL": f"sqlite:///{folder / 'candour.db'}",
        "CANDOUR_PUBLIC_DIR": str(folder / "public"),
        "CANDOUR_BASE_URL": BASE_URL.replace("https:", "http:"),
        "CANDOUR_SECRET_KEY": SECRET,
    }
    engine = connect(environ["CANDOUR_DATABASE_URL"])
    migrate(engine)
    migrate_site(engine)
    prepare(engine, PROJECTIONS)
    app = create_app(Settings.from_environ(environ))
    doors = Doors(app, engine)
    _give(doors, doors.person("administrator").id, ("recorder", "information_officer"), name)
    yield doors
    app.extensions["candour"].engine.dispose()
    engine.dispose()


def _give(doors: Doors, person: int, roles: tuple[str, ...], name: str) -> None:
    with changing(doors.engine) as connection:
        for role in roles:
            accounts.give(connection, person, Grant(role, *BODY, name), doors.now)


def states(doors: Doors, samples: Sequence[Sample], text: str) -> Pages:
    """Yield (what it shows, the page) for every page behind signing in: new, filled in, wrong, checked, recorded.

    The samples are recorded by their forms on the way, and stand on record afterwards.
    """
    doors.now = samples[0].recorded
    yield from _entering(doors)
    yield from _pages(doors)
    ledger = Ledger(doors.engine, clock=lambda: doors.now)
    for sample in samples:
        doors.now = sample.recorded
        doors.browser = doors.app.test_client()
        doors.sign_in()
        if f"{sample.raw['action']}.v1" in BY_COMMAND:
            ledger.record(sample.submission)
        else:
            yield from _recording(doors, sample)
    assert ledger.head().size == len(samples)
    for each in PROJECTIONS:
        catch_up(doors.engine, each, len(samples))
    yield from _tables(doors, text)  # before the person is a provider too, who asks one by one
    yield from _about_people(doors, text)
    _give(doors, 1, ("provider", "overseer"), text[:60])
    yield from _pages(doors)


def _entering(doors: Doors) -> Pages:
    yield "sign-in", whole(doors.browser.get("/sign-in"))
    yield "sign-in, wrong", doors.sign_in(password="wrong")
    yield "sign-in, closed page", whole(doors.browser.get("/account", follow_redirects=True))
    yield "invitation, wrong", whole(doors.browser.get("/invitation/wrong"))
    assert doors.sign_in().status_code == 303


def _pages(doors: Doors) -> Pages:
    app: Flask = doors.app
    public = {rule.endpoint: 0 for rule in app.url_map.iter_rules() if ANYONE in (declared(app, rule.endpoint) or ())}
    starts = [*plain_addresses(app), "/people/1", *(f"/record/{_plain(kind)}" for kind in KINDS)]
    limits = {"record.new": 5, "record.upload": 5}
    yield from crawl(app, doors.browser, starts, 3, limits | public).items()


def _plain(kind: str) -> str:
    return kind.rpartition(".")[0]


def _about_people(doors: Doors, text: str) -> Pages:
    yield "password, wrong", send(doors, "/account/password", "/account", present="x", password="short", again="y")
    yield "token, empty", send(doors, "/account/tokens", "/account", label="")
    yield "token, made", send(doors, "/account/tokens", "/account", label=text[:60], scope="read")
    yield "codes, wrong", send(doors, "/account/codes", "/account/codes", code="000000")
    yield "account, empty", send(doors, "/people/", "/people/", email="", name="")
    role = {"role": "recorder", "scheme": BODY[0], "organisation": BODY[1], "body": text[:60]}
    eve = role | {"email": "eve@example.org", "name": text[:60]}
    yield "account, made", send(doors, "/people/", "/people/", **eve)
    yield "account, twice", send(doors, "/people/", "/people/", **eve)
    yield "role, wrong", send(doors, "/people/2/give", "/people/2", role="recorder", scheme="", organisation="")
    assert send(doors, "/people/2/give", "/people/2", **role | {"role": "provider"}).status_code == 303
    invited = send(doors, "/people/2/invite", "/people/2")
    yield "invited", invited
    (word,) = set(re.findall(r"/invitation/[\w-]+", invited.get_data(as_text=True)))
    guest = doors.app.test_client()
    yield "invitation", whole(guest.get(word))
    yield "person", whole(doors.browser.get("/people/2"))


def _recording(doors: Doors, sample: Sample) -> Pages:
    name = sample.raw["action"]
    new = whole(doors.browser.get(f"/record/{name}?stream={sample.raw['stream']}"))
    yield f"{name}, new", new
    yield f"{name}, empty", send(doors, f"/record/{name}", new, do="check")
    answer = send(doors, f"/record/{name}", new, **forms.typed(KINDS[sample.kind], sample.raw), do="check")
    assert answer.status_code == 303, (name, re.findall(r'<a href="#[^"]*">([^<]*)</a>', answer.text))
    address = answer.headers["Location"]
    check = whole(doors.browser.get(address))
    yield f"{name}, check", check
    yield f"{name}, draft", whole(doors.browser.get(address.removesuffix("/check")))
    if name == "timeline-changed":
        yield f"{name}, not declared", send(doors, address, check)
    yield f"{name}, receipt", _follow(doors, send(doors, address, check, declared="yes"))


def _tables(doors: Doors, text: str) -> Pages:
    name = "clarification-question-received"
    today = doors.now.date().isoformat()
    for state, table in TABLES.items():
        content = table.replace("TEXT", text[:60]).replace("TODAY", today).encode()
        form = {
            "standing": "act",
            "by.organisation.known": forms.party_key({"scheme": BODY[0], "id": BODY[1], "name": "A body"}),
            "by.role": "lead",
            "stream": "process/family-services",
            "file": (
                io.BytesIO(content),
                "log.csv",
            ),
        }
        answer = send(doors, f"/record/tables/{name}", f"/record/tables/{name}", **form)
        yield f"table, {state}", answer
    found = re.search(r'action="(/record/tables/drafts/[^"]+)"', answer.get_data(as_text=True))
    assert found is not None, answer.get_data(as_text=True).split("<main")[1][:3000]
    yield "table, recorded", _follow(doors, send(doors, found[1], "/account"))


def send(doors: Doors, to: str, shown: str | TestResponse, **form: Any) -> TestResponse:
    """Send a form from the page that shows it, with what that page puts into it; as if the last was long ago."""
    for each in doors.app.extensions.values():
        if hasattr(each, "hit") and hasattr(each, "storage"):
            each.storage.reset()
    page = doors.browser.get(shown) if isinstance(shown, str) else shown
    names = "csrf_token|draft|version|seen|stream"
    hidden = re.findall(rf'<input type="hidden" name="({names})" value="([^"]*)">', page.get_data(as_text=True))
    return whole(doors.browser.post(to, data={**dict(hidden), **form}))


def _follow(doors: Doors, answer: TestResponse) -> TestResponse:
    return whole(doors.browser.get(answer.headers["Location"])) if answer.status_code == 303 else answer
