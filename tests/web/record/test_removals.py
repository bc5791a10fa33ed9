"""The information officer's page: from the number of an entry to a value that is gone, by forms alone."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from ledger.when import instant_text
from projections.documents import Site
from projections.erasing import states
from projections.publications.publisher import Publisher
from projections.publications.publisher import prepare as prepare_publications
from tests.projections.record import budget, issue, opening, stated
from tests.web.people.conftest import Doors
from tests.web.record.conftest import Desk, errors_of
from web.people.roles import INFORMATION_OFFICER

OTHER = {"organisation": {"scheme": "GB-CHC", "id": "1", "name": "A charity"}, "role": "director"}
SECRET = "pangolin zqxj01kvwb"


@pytest.fixture
def officer(doors: Doors) -> Desk:
    """An information officer of the ministry, signed in, and two entries."""
    made = Desk(doors)
    doors.person(INFORMATION_OFFICER)
    doors.sign_in()
    made.record(opening())
    made.record(issue(SECRET))
    doors.pass_by(timedelta(minutes=5))
    return made


def links(page: str) -> list[str]:
    """Return the addresses of the forms that remove a value."""
    return [html.unescape(each) for each in re.findall(r'href="(/record/ledger-entry-redacted[^"]*)"', page)]


def test_a_value_is_removed_by_following_the_links(officer: Desk):
    """The form has everything filled in but the basis; after the check the value is gone and the page says so."""
    (form,) = links(officer.open("/record/removals?entry=1"))
    page = officer.open(form)
    for known in ('value="2"', "data.text", "Information officer"):
        assert known in page, known
    typed = dict(re.findall(r'name="(data\.[a-z_.]+)"[^>]* value="([^"]*)"', page))
    typed |= {"data.target_entry": "1", "data.fields": "data.text", "data.digest_kept": "yes", "standing": "act"}
    organisation = re.search(r'name="by.organisation.known"[^>]*value="([^"]+)"', page)
    assert organisation is not None
    answer = officer.send(
        form,
        "/record/ledger-entry-redacted",
        **typed
        | {"by.organisation.known": html.unescape(organisation[1]), "by.role": "information officer"}
        | {"data.basis_code": "court_order", "visibility.state": "public", "do": "check"},
    )
    assert answer.status_code == 303, errors_of(answer)

    assert officer.confirm(answer.headers["Location"]).status_code == 303

    officer.catch_up()
    page = officer.open("/record/removals")
    assert "Order of a court" in page
    assert page.count("still to be written anew") == 1
    assert SECRET not in page + officer.open("/entries/1")
    assert links(officer.open("/record/removals?entry=1")) == []
    assert officer.doors.browser.get("/entries/1/values/data.text").status_code == 410


def test_the_page_says_how_far_a_removal_has_come(officer: Desk, tmp_path):
    """Nobody follows: still to be written. Files written: soon said by the log. Public: done."""
    engine = officer.doors.engine
    with engine.connect() as connection:
        assert states(connection, [2]) == {2: "writing"}
    publisher = Publisher(engine, tmp_path / "public", Site("https://x.example", "x.example/log"))
    prepare_publications(engine)
    publisher.step(2, officer.doors.now)
    with engine.connect() as connection:
        assert states(connection, [1, 2]) == {1: "done", 2: "writing"}


def test_only_officers_see_it(desk: Desk):
    """A recorder is refused, and nobody is led there from the page of recording."""
    assert desk.doors.browser.get("/record/removals").status_code == 403
    assert "/record/removals" not in desk.open("/record/")


def test_the_way_to_it_is_shown(officer: Desk):
    """From the entry with its number, and from where recording begins; from there on to all that is hidden."""
    assert "/record/removals?entry=1" in officer.open("/entries/1")
    assert 'href="/record/removals"' in officer.open("/record/")
    onward = set(re.findall(r'href="([^"]+)"', officer.open("/record/removals")))
    assert "/withheld" in onward
    assert all(
        officer.doors.browser.get(each).status_code == 200
        for each in onward
        if each.startswith(("/record", "/withheld"))
    )


WRONG = {
    "99": "There is no entry 99.",
    "x": "Give the number of an entry",
    "-1": "Give the number",
    "9" * 99: "Give the",
}


@pytest.mark.parametrize(("typed", "says"), WRONG.items())
def test_a_wrong_number_is_said_in_words(officer: Desk, typed: str, says: str):
    """In the error summary and beside the field, with what to do."""
    answer = officer.doors.browser.get(f"/record/removals?entry={typed}")
    assert answer.status_code == 422
    assert answer.text.count(says) == 2


def test_what_is_not_public_is_not_shown_to_an_officer_either(officer: Desk):
    """Of their own entry its fields are named and not quoted; of another body's nothing is named."""
    hidden = {"state": "withheld", "basis": "security"}
    officer.record(issue(f"kept {SECRET} back", visibility=hidden))
    officer.record(issue(f"kept {SECRET} back", visibility=hidden, by=OTHER))
    own, other = (officer.open(f"/record/removals?entry={index}") for index in (2, 3))
    assert SECRET not in own + other
    assert "[withheld]" in own
    assert any("data.text" in each for each in links(own))
    assert links(other) == []
    assert "another organisation" in other


def test_an_officer_removes_from_entries_of_their_own_organisation_only(officer: Desk):
    """Another body's entry is refused by the form in words, and stays; one made in their body's name is theirs."""
    ministry = {"scheme": "GB-GOR", "id": "D18", "name": "Ministry of Justice"}
    officer.record(issue(SECRET, by=OTHER))
    officer.record(issue(SECRET, by=OTHER, on_behalf_of=ministry))
    form = links(officer.open("/record/removals?entry=1"))[0]
    page = officer.open(form)
    known = re.search(r'name="by.organisation.known"[^>]*value="([^"]+)"', page)
    assert known is not None
    typed = dict(re.findall(r'name="(data\.[a-z_.]+)"[^>]* value="([^"]*)"', page))
    typed |= {"by.organisation.known": html.unescape(known[1]), "by.role": "information officer"}
    typed |= {"data.fields": "data.text", "data.digest_kept": "yes", "standing": "act"}
    typed |= {"data.basis_code": "court_order", "visibility.state": "public", "do": "check"}
    answers = [
        officer.send(form, "/record/ledger-entry-redacted", **typed | {"data.target_entry": str(index)})
        for index in (2, 3)
    ]
    assert [each.status_code for each in answers] == [422, 303]
    assert "another organisation" in errors_of(answers[0])[0]


def test_embargoes_that_end_soon_are_listed(officer: Desk):
    """Those of the officer's own organisation within thirty days, the first one first."""
    now = officer.doors.now
    ends = {"soon": now + timedelta(days=3), "sooner": now + timedelta(days=1), "late": now + timedelta(days=60)}
    for end in ends.values():
        officer.record(budget("7315909", visibility={"state": "embargoed", "until": instant_text(end)}))
    officer.record(
        issue("x", by=OTHER, visibility={"state": "embargoed", "until": instant_text(now + timedelta(days=2))})
    )
    text = officer.open("/record/removals")
    section = text[text.index('id="ending"') : text.index('id="removed"')]
    assert [int(each) for each in re.findall(r"/entries/(\d+)", section)] == [3, 2]
    assert "7315909" not in text


def test_an_entry_is_told_as_it_was_when_it_was_recorded(officer: Desk):
    """What it changed is told from what stood before it, and neither itself nor anything later shows through."""
    officer.record(stated("bidding-requirements-published", REQUIREMENTS))
    for after in ("£300,000", "£200,000"):
        changes = [{"field": "min_turnover", "after": after}]
        data = {"changed_on": "2026-03-02", "changes": changes, "reason": {"state": "not_given"}}
        officer.record(stated("bidding-requirements-changed", data | {"cause_issue_ids": []}))

    for index in (3, 4):
        (told,) = re.findall(r"<h1[^>]*>(.*?)</h1>", officer.open(f"/entries/{index}"), re.DOTALL)
        assert "£300,000" in told
        assert " ".join(told.split()) in " ".join(officer.open(f"/record/removals?entry={index}").split())


REQUIREMENTS = {
    "published_on": "2026-03-02",
    "min_turnover": {"amount": "450000", "currency": "GBP"},
    "min_reserves": {"amount": "50000", "currency": "GBP"},
    "guarantees": "None.",
    "prior_contract_value": {"amount": "50000", "currency": "GBP"},
    "insurance": "None.",
    "experience_required": "None.",
    "evidence_required": "None.",
    "barriers": [],
    "payment_basis": "milestone",
    "arrears_days": 30,
    "pbr_share": "5.5",
    "consulted_entries": [],
}
