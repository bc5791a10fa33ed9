"""The pages of organisations: who has which part, what is owed, and nothing that ranks."""

from __future__ import annotations

import re

import pytest

from tests.projections.record import SECRETS, SOURCE, opening
from tests.web.conftest import Site
from web.public import organisations


def text(site: Site, path: str) -> str:
    answer = site.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_an_organisation_shows_its_parts_what_it_owes_and_its_newest_entries(site: Site):
    """One body, its roles, its process, the findings of it, and links to the entries."""
    shown = text(site, "/organisations/gb-gor-d18")
    assert "Ministry of Justice" in shown
    assert "Lead commissioner (entries: 1, newest: " in shown
    assert 'href="/processes/riverside"' in shown
    assert 'href="/groups/forum"' in shown
    assert 'id="owes"' in shown
    assert shown.count("app-disputed") == 1, "in the key alone"
    assert not any(secret in shown for secret in SECRETS)


def test_the_list_is_in_the_order_of_names_and_leads_to_each(site: Site):
    """Every body has its line and its page."""
    slugs = re.findall(r'href="/organisations/([a-z0-9-]+)"', text(site, "/organisations/"))
    assert "gb-gor-d18" in slugs
    assert all(site.get(f"/organisations/{slug}").status_code == 200 for slug in slugs)


def test_an_empty_record_has_no_organisation(empty_site: Site):
    """The list says so in words."""
    assert "No organisation is on record yet." in text(empty_site, "/organisations/")


@pytest.mark.parametrize(
    "path",
    [
        "/organisations/nobody-1",
        "/organisations/Ministry%20of%20Justice",
        "/organisations/" + "a" * 500,
        "/organisations/?page=2",
        "/organisations/gb-gor-d18?page=9",
    ],
)
def test_what_is_not_on_record_is_not_found(sqlite_site: Site, path: str):
    """Unknown words, hostile words and pages beyond the last: a plain page with status 404."""
    assert sqlite_site.get(path).status_code == 404


def test_a_hostile_name_is_text(sqlite_site: Site):
    """Markup in a name is shown, not obeyed."""
    raw = opening("hostile", "Hostile", standing="reconstruction", sources=[SOURCE])
    raw["data"]["lead_commissioner"] = {"scheme": None, "id": None, "name": "<script>alert(1)</script>"}
    sqlite_site.publish(raw)
    pages = re.findall(r'"(/organisations/script[^"]*)"', text(sqlite_site, "/organisations/"))
    assert len(pages) == 1
    for path in ("/organisations/", *pages):
        shown = text(sqlite_site, path)
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)" in shown


def test_a_body_of_many_processes_is_shown_in_pages(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch):
    """Only so many processes are read and measured at once."""
    monkeypatch.setattr(organisations, "STREAMS", 1)
    sqlite_site.publish(opening("second", "Another process"))
    first, second = (text(sqlite_site, f"/organisations/gb-gor-d18?page={number}") for number in (1, 2))
    assert 'href="/processes/second"' in first
    assert 'href="/processes/second"' not in second


def test_a_body_leads_to_the_processes_it_is_responsible_for(sqlite_site: Site):
    """Its own processes are one choice of the dashboard; what it owes says in which process."""
    shown = sqlite_site.get("/organisations/gb-gor-d18").get_data(as_text=True)
    owes = shown.split('id="owes"')[1].split("</section>")[0]

    assert 'href="/dashboard?organisation=GB-GOR:D18"' in shown
    assert sqlite_site.get("/dashboard?organisation=GB-GOR:D18").status_code == 200
    assert "Family services, Riverside" in owes
    assert "Ministry of Justice" not in owes
