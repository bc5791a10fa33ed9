"""Recording in a real browser: what goes wrong is found, two people do not undo each other, nothing is in the way."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import WIDTHS
from tests.journeys.office import Office, Person, open_office
from tests.projections.record import TIMETABLE, opening


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, browser: Browser, axe: str) -> Iterator[Office]:
    """A site with one process, which has a timetable."""
    with open_office(tmp_path_factory.mktemp("office"), browser, axe, [opening(), TIMETABLE]) as made:
        yield made


def test_what_is_wrong_is_found_by_the_keyboard_alone(office: Office):
    """The focus goes to the summary of errors, which leads to each field, and nothing typed is lost."""
    ada = office.person("ada@example.org", "keyboard")
    ada.open("/record/issue-reported?stream=process/riverside")
    ada.write("by.role", "lead")
    ada.press("Continue to check")

    ada.page.get_by_role("heading", name="There is a problem").wait_for()
    assert ada.page.evaluate("document.activeElement.className") == "govuk-error-summary"
    ada.page.keyboard.press("Tab")
    ada.page.keyboard.press("Enter")
    assert ada.page.evaluate("document.activeElement.id").startswith("data.")
    assert ada.page.input_value('[id="by.role"]') == "lead"


def move(person: Person, days: int, reason: str) -> str:
    """Fill in that bidding closes so many days from today; return the day as pages say it."""
    person.open("/processes/riverside")
    person.follow(re.compile("Move this date.*Bidding closes"))
    day = person.write_day("data.changes.0.new_date", days)
    person.write_day("data.decided_on")
    person.tick("data.reason.state", "given")
    person.write("data.reason.text", reason)
    person.tick("data.cause_entries.none")
    person.tick("data.extension_considered", "yes")
    person.write("by.role", "procurement lead")
    person.press("Continue to check")
    return day


def test_the_second_of_two_people_sees_what_changed_and_loses_nothing(office: Office):
    """Two move one date at once: the second is shown the first one's entry, and may change or record what was typed."""
    ada, bo = (office.person(email, "pointer") for email in ("ada@example.org", "bo@example.org"))
    move(ada, 100, "Ada's reason.")
    later = move(bo, 120, "Bo's reason.")
    ada.confirm()

    bo.tick("declared")
    bo.press("Record this")
    assert "Somebody recorded something here while you were checking." in bo.page.inner_text(".govuk-error-summary")
    news = bo.page.inner_text(".app-notice")
    assert "Recorded by others since you began" in news
    assert "Ada's reason." in news
    stands = bo.page.inner_text('section[aria-labelledby="stated"]')
    assert later in stands
    assert "Bo's reason." in stands
    assert bo.reader.barriers() == []

    bo.follow("Change what you state")
    assert bo.page.input_value('[id="data.reason.text"]') == "Bo's reason."
    bo.write("data.reason.text", "Bo's reason, after Ada's.")
    number = bo.check_and_record()
    office.publish()
    bo.open(f"/entries/{number}")
    assert later in bo.page.inner_text("h1")
    assert "Bo's reason, after Ada's." in bo.page.inner_text("main")


PAGES = {
    "tasks": "/record/",
    "what fits a process": "/record/?stream=process/riverside",
    "a process, for who may record": "/processes/riverside",
    "where": "/record/timeline-changed",
    "a form": "/record/timeline-changed?stream=process/riverside",
    "a long form": "/record/contract-awarded?stream=process/riverside",
    "a table": "/record/tables/milestone-reached?stream=process/riverside",
}


def test_nothing_stands_in_anybodys_way(office: Office):
    """Each page for recording, and a form with errors, can be used by everyone, wide and narrow."""
    reader = office.person("ada@example.org", "pointer").reader
    found = {}
    for name, path in PAGES.items():
        for width in WIDTHS:
            reader.open(path, width)
            found[name, width] = reader.barriers()
    reader.open(PAGES["a long form"])
    reader.page.get_by_role("button", name="Continue to check").click()
    found["errors", 0] = reader.barriers()

    assert {place: barriers for place, barriers in found.items() if barriers} == {}
