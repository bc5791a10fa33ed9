"""Every page is correct HTML, as the Nu HTML checker sees it, and none is anything but text where people write.

Each browser guesses in its own way at what is not correct, and what it guesses may be what somebody wanted to slip in.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import abort
from lxml import html
from werkzeug.test import TestResponse

from ledger.actions import KINDS
from tests.crawl import crawl, plain_addresses, published, whole
from tests.hostile import LINES, PROSE, harm_in, hostile_samples
from tests.journeys.test_pages_accessible import FULL_PAGES, PAGES, fill_small
from tests.office import office, states
from tests.projections.demonstration import demonstrate
from tests.projections.record import Book
from tests.retelling import recorder_of
from web.people import passwords

pytestmark = pytest.mark.xdist_group("html")  # the pages are made once for all of them

Check = Callable[[Path], dict[str, list[str]]]

ERRORS = (400, 401, 403, 404, 405, 410, 413, 414, 415, 422, 429, 500, 503)


class Pages:
    """The pages of several sites, by what they show."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def add(self, site: str, found: Mapping[str, TestResponse]) -> None:
        """Keep the pages among some answers. What leads on elsewhere is no page."""
        for name, answer in found.items():
            if answer.mimetype == "text/html" and not 300 <= answer.status_code < 400:
                self.held[f"{site} {name}"] = answer.get_data()

    def save(self, folder: Path) -> Path:
        """Write each page into a folder."""
        for number, (name, page) in enumerate(self.held.items()):
            (folder / f"{number}-{re.sub(r'[^a-z0-9]+', '-', name)[:80]}.html").write_bytes(page)
        return folder


@pytest.fixture(scope="session")
def check(root: Path) -> Check:
    """Check every file of a folder in one run, and return what is wrong by the file's name."""
    jar = root / "tests" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    if not jar.is_file():
        pytest.fail("The HTML checker is not installed. Run: tools/setup.sh test")
    java = shutil.which("java")
    if java is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Java is not installed, and CI must have it: run tools/test-system.sh.")
        pytest.skip("needs Java: run tools/test-system.sh")

    def run(folder: Path) -> dict[str, list[str]]:
        # As few threads as it can do with: two cores are shared with the other tests. Its schemas nest deeply.
        command = [java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss4m", "-jar", str(jar)]
        command += ["--errors-only", "--format", "json", "--stdout", "--exit-zero-always", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        found: dict[str, list[str]] = {}
        for each in json.loads(done.stdout)["messages"]:
            told = f"line {each.get('lastLine')}: {each['message']} {each.get('extract', '').strip()}"
            found.setdefault(Path(each["url"]).name, []).append(told)
        return found

    return run


@pytest.fixture(scope="module")
def public(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Every public page: of an empty record, of long texts, of hostile texts in every field, of the demonstration."""
    folder, found = tmp_path_factory.mktemp("public"), Pages()
    with published(folder / "empty", lambda _: None) as app:
        found.add("empty", crawl(app, app.test_client(), plain_addresses(app), 1))
        for status in ERRORS:
            app.view_functions["public.changes"] = lambda status=status: abort(status)
            found.add(f"error {status}", {"": whole(app.test_client().get("/"))})
    with published(folder / "long", lambda engine: fill_small(Book(engine))) as app:
        found.add("long", {path: whole(app.test_client().get(path)) for path in PAGES.values()})
    with published(folder / "hostile", recorder_of(hostile_samples())) as app:
        starts = [*plain_addresses(app), *FULL_PAGES.values()]
        found.add("hostile", crawl(app, app.test_client(), starts, 3, {"public.entry": len(KINDS) + 1}))
    with published(folder / "demonstration", lambda engine: demonstrate(root, engine)) as app:
        found.add("demonstration", crawl(app, app.test_client(), plain_addresses(app), 2))
    return found


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Every page behind signing in, where hostile texts stand in every field: new, wrong, checked, recorded."""
    found = Pages()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        with office(tmp_path_factory.mktemp("closed") / "office", LINES[1]) as doors:
            found.add("closed", dict(states(doors, hostile_samples(), PROSE[-1])))
    return found


def test_every_public_page_is_correct_html(check: Check, public: Pages, tmp_path: Path):
    """No error on any page that anybody may read."""
    assert check(public.save(tmp_path)) == {}
    assert len(public.held) > len(KINDS) + 2 * len(PAGES)


def test_every_page_behind_signing_in_is_correct_html(check: Check, closed: Pages, tmp_path: Path):
    """No error on any page for those who record or look after accounts."""
    assert check(closed.save(tmp_path)) == {}
    assert len(closed.held) > 4 * len(KINDS)


@pytest.mark.parametrize("which", ["public", "closed"])
def test_whatever_is_written_into_any_field_is_only_text(which: str, request: pytest.FixtureRequest):
    """No element, attribute, script or address of a page comes out of a text that somebody recorded."""
    pages: Pages = request.getfixturevalue(which)
    assert {name: harm for name, page in pages.held.items() if (harm := harm_in(page))} == {}


def test_hostile_text_is_shown_as_it_was_written(public: Pages, closed: Pages):
    """Each text can be read on a page and in a form, so that what is kept out above was there to be kept out."""
    for pages in (public, closed):
        parsed: list[Any] = [html.fromstring(page) for page in pages.held.values()]
        shown = "".join(page.text_content() for page in parsed)
        assert [text for text in LINES if " ".join(text.split()) not in " ".join(shown.split())] == []


def test_wrong_html_is_noticed(check: Check, tmp_path: Path):
    """The check above can fail: a doubled id and an element in the wrong place are found."""
    page = tmp_path / "wrong.html"
    page.write_text("<!DOCTYPE html><html lang='en'><title>x</title><p id='a'><i id='a'><p></i>", encoding="utf-8")

    assert any("Duplicate ID" in told for told in check(tmp_path)["wrong.html"])


@pytest.mark.parametrize("text", LINES[:4])
def test_harm_is_noticed(text: str):
    """The search for harm can fail: a text that is put into a page or an attribute as it is, is found."""
    assert harm_in(f"<title>x</title><p>{text}</p>") or harm_in(f"<title>x</title><input value='{text}'>")
    assert harm_in("<p><a href=' JavaScript:alert(1)'>x</a></p>")
