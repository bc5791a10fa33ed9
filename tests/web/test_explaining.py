"""Pages that explain, and the way to follow."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.web.conftest import Site

PAGES = ("/about", "/how-to-verify", "/measures", "/accessibility", "/privacy", "/cookies", "/follow", "/api/docs")


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_there_for_everybody_and_sets_no_cookie(sqlite_site: Site, path: str):
    """Whoever reads gets a page with one heading, and nothing to carry."""
    answer = sqlite_site.get(path)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.get_data(as_text=True).count("<h1") == 1


@pytest.mark.parametrize("path", ["/about", "/accessibility", "/privacy", "/cookies", "/api/docs"])
def test_the_foot_of_every_page_leads_there(sqlite_site: Site, path: str):
    """The pages that explain are one link away, wherever somebody is."""
    assert f'href="{path}"' in sqlite_site.get("/processes/").get_data(as_text=True)


def test_every_link_of_the_explaining_pages_leads_somewhere(sqlite_site: Site):
    """No page sends a reader to an address that is not there."""
    paths = {
        unescape(found).partition("#")[0]
        for page in PAGES
        for found in re.findall(r'href="(/[^"]*)"', sqlite_site.get(page).get_data(as_text=True))
    }
    assert len(paths) > 15
    wrong = {path: sqlite_site.get(path).status_code for path in paths if not path.startswith("/static/")}
    assert {path: status for path, status in wrong.items() if status not in {200, 302}} == {}


FOLLOWED = {
    "nothing chosen yet": ("", "changes"),
    "everything": ("what=all", "all"),
    "one process": ("what=process&process=riverside&organisation=&action=&recommendation=", "process/riverside"),
    "one organisation": ("what=organisation&organisation=gb-gor-d18", "organisation/gb-gor-d18"),
    "one prison": ("what=prison&prison=LEI", "prison/LEI"),
    "one service area": ("what=area&area=family_services", "area/family_services"),
    "one kind": ("what=action&action=timeline-changed", "action/timeline-changed"),
    "one recommendation": ("what=recommendation&recommendation=3", "recommendation/3"),
    "corrections": ("what=corrections", "corrections"),
}


@pytest.mark.parametrize(("query", "name"), FOLLOWED.values(), ids=FOLLOWED)
def test_what_was_chosen_gets_addresses_that_work(sqlite_site: Site, query: str, name: str):
    """The address to copy is whole, and each form of the feed is there."""
    shown = sqlite_site.get(f"/follow?{query}").get_data(as_text=True)
    assert f'value="https://candour.example/feeds/{name}.atom"' in shown
    for form in ("atom", "rss", "json"):
        assert sqlite_site.get(f"/feeds/{name}.{form}").status_code == 200


def test_prisons_and_service_areas_of_the_record_can_be_chosen(sqlite_site: Site):
    """The form lists them; of what was chosen it is said what it is, where the record knows no more than its code."""
    shown = sqlite_site.get("/follow?what=prison&prison=LEI").get_data(as_text=True)
    assert '<option value="LEI" selected>' in shown
    assert re.search(r"What you follow: <strong>(<bdi>)?prison LEI<", shown)
    assert '<option value="family_services">' in shown


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("what=process", "#which-process"),
        ("what=process&process=nowhere", "#which-process"),
        ("what=organisation&organisation=%3Cscript%3E", "#which-organisation"),
        ("what=prison&prison=XXX", "#which-prison"),
        ("what=area", "#which-area"),
        ("what=nothing", "#what"),
        ("what=recommendation&recommendation=16", "#which-recommendation"),
    ],
)
def test_what_cannot_be_followed_is_said_where_it_was_chosen(sqlite_site: Site, query: str, place: str):
    """A choice left open is an error that leads to its place in the form, and no address is shown."""
    answer = sqlite_site.get(f"/follow?{query}")
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="{place}"' in shown
    assert f'id="{place[1:]}"' in shown
    assert "/feeds/" not in re.sub(r"<footer.*", "", shown, flags=re.DOTALL)


def test_the_api_page_describes_every_operation(sqlite_site: Site):
    """What programs can ask is on the page and in the description, each with what it answers."""
    described = sqlite_site.get("/api/openapi.json").get_json()
    shown = unescape(sqlite_site.get("/api/docs").get_data(as_text=True))
    assert described["openapi"].startswith("3.1")
    operations = [
        (method, path) for path, held in described["paths"].items() for method in held if method != "parameters"
    ]
    assert len(operations) > 15
    assert [each for each in operations if f"{each[0].upper()} {each[1]}" not in shown] == []
