"""Journeys of those who record and of those who read it, by pointer, by keyboard alone, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import WIDTHS
from tests.journeys.office import TODAY, Office, Person, open_office
from tests.ledger.samples import BY_KIND
from tests.openid import openid_provider
from tests.projections.record import disclosure, opening, question, stated

WAYS = ("pointer", "keyboard", "without scripts")
JOURNEYS = ("timetable", "move", "answer", "value", "ask")
PROCESSES = {
    (journey, way): (f"{journey}-{way.replace(' ', '-')}", f"J{'TMAVK'[place]}{way[0].upper()}")
    for place, journey in enumerate(JOURNEYS)
    for way in WAYS
}
"""(reference, prison): the dashboard of a prison shows its process alone."""

QUESTION = "Is the visitors' hall heated in winter?"
ANSWER = "It is heated from October to April."
ODD = count(1)


def timetable(reference: str) -> Any:
    """Plain input: the launch today, bids for two weeks."""
    day = TODAY.toordinal()
    after = {"answers_deadline": 10, "tender_deadline": 14, "award": 90}
    dates = {"launch": TODAY} | {code: TODAY.fromordinal(day + days) for code, days in after.items()}
    rows = [{"code": code, "title": code, "date": each.isoformat(), "firmness": "firm"} for code, each in dates.items()]
    data = {"milestones": rows, "consulted_entries": [], "published_on": "2026-03-02"}
    return stated("timeline-published", data, f"process/{reference}")


def launch(reference: str) -> Any:
    """Plain input: the tender launched today with complete papers."""
    raw = BY_KIND["procurement-launched.v1"].raw["data"]
    day = TODAY.toordinal()
    after = {"clarification_deadline": 7, "answers_deadline": 10, "tender_deadline": 14}
    dates = {name: TODAY.fromordinal(day + days).isoformat() for name, days in after.items()}
    data = raw | dates | {"launched_on": "2026-03-02"}
    return stated("procurement-launched", data, f"process/{reference}")


def promise(reference: str) -> Any:
    """Plain input: answers within five working days."""
    raw = BY_KIND["commitment-made.v1"].raw["data"]
    data = {name: value for name, value in raw.items() if name != "cut_off_time"}
    data |= {"made_on": "2026-03-02", "communicated_on": "2026-03-02"}
    return stated("commitment-made", data, f"process/{reference}")


def award(reference: str) -> Any:
    """Plain input: a contract awarded, of the wrong value."""
    raw = BY_KIND["contract-awarded.v1"].raw["data"]
    data = {name: value for name, value in raw.items() if name not in {"lot_id", "standstill_ends"}}
    return stated("contract-awarded", data | {"decided_on": "2026-03-02"}, f"process/{reference}")


def beginnings() -> Iterator[Any]:
    """Yield what is on record before each journey begins."""
    for (journey, way), (reference, prison) in PROCESSES.items():
        opened = opening(reference, f"Family services, {journey}, {way}")
        yield opened | {"data": opened["data"] | {"prisons": [prison]}}
        match journey:
            case "move":
                yield timetable(reference)
                yield launch(reference)
            case "ask":
                yield promise(reference)
            case "answer":
                yield promise(reference)
                yield question(QUESTION, stream=f"process/{reference}")
            case "value":
                yield award(reference)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, browser: Browser, axe: str) -> Iterator[Office]:
    """One site for all of them, with a provider of accounts beside it."""
    with (
        openid_provider() as issuer,
        open_office(tmp_path_factory.mktemp("office"), browser, axe, list(beginnings()), issuer) as made,
    ):
        yield made


def read(office: Office, path: str, part: str = "main") -> str:
    """Return what somebody without an account reads."""
    return office.reader.open(path).inner_text(part)


def on_dashboard(office: Office, journey: str, way: str, section: str) -> str:
    """Return a section of the dashboard of one process, as the advisory group reads it."""
    path = f"/dashboard?prison={PROCESSES[journey, way][1]}"
    return " ".join(read(office, path, f'section[aria-labelledby="{section}"]').split())


def in_feed(office: Office, journey: str, way: str) -> str:
    """Return the feed of one process."""
    return office.reader.context.request.get(f"/feeds/process/{PROCESSES[journey, way][0]}.atom").text()


def at_process(office: Office, journey: str, way: str, email: str = "ada@example.org") -> Person:
    """Return somebody who has signed in and looks at the page of the process."""
    made = office.person(email, way)
    made.open(f"/processes/{PROCESSES[journey, way][0]}")
    return made


def test_a_focus_that_does_not_show_would_be_noticed(office: Office):
    """Without the style for it, the journeys by keyboard end at the first field."""
    nobody = office.newcomer("keyboard")
    nobody.open("/sign-in")
    hide = "* { outline: none !important; box-shadow: none !important }"
    nobody.page.evaluate(
        "text => { const sheet = new CSSStyleSheet(); sheet.replaceSync(text); document.adoptedStyleSheets = [sheet] }",
        hide,
    )
    with pytest.raises(AssertionError, match="does not show"):
        nobody.write("email", "ada@example.org")


@pytest.mark.parametrize("way", WAYS)
def test_an_official_records_a_timetable(office: Office, way: str):
    """From the page of the process to the receipt; the dashboard counts the dates, and the feed has the entry."""
    ada = at_process(office, "timetable", way)
    ada.press("Record an action")
    ada.follow("Timetable published")
    dates = []
    for place, (code, title, days) in enumerate([("Tender launched", "Launch", 10), ("Bidding closes", "Bids", 80)]):
        if place:
            ada.press(re.compile("Add another"))
        row = f"data.milestones.{place}"
        ada.choose(f"{row}.code", code)
        ada.write(f"{row}.title", title)
        dates.append(ada.write_day(f"{row}.date", days))
        ada.tick(f"{row}.firmness", "firm")
    ada.tick("data.consulted_entries.none")
    ada.write_day("data.published_on")
    ada.write("by.role", "procurement lead")
    number = ada.check_and_record()
    office.publish()

    heading = read(office, f"/entries/{number}", "h1")
    assert all(each in heading for each in dates)
    assert "2 still to come" in on_dashboard(office, "timetable", way, "timetables")
    assert all(each in in_feed(office, "timetable", way) for each in dates)


@pytest.mark.parametrize("way", WAYS)
def test_an_official_moves_a_date_and_sees_first_what_it_does(office: Office, way: str):
    """Beside the date is the way to move it; the check says what bidders gain, and everyone reads the reason."""
    ada = at_process(office, "move", way)
    ada.follow(re.compile("Move this date.*Bidding closes"))
    day = ada.write_day("data.changes.0.new_date", 90)
    ada.write_day("data.decided_on")
    ada.tick("data.reason.state", "given")
    ada.write("data.reason.text", "Bidders need time to price again.")
    ada.tick("data.cause_entries.none")
    ada.tick("data.extension_considered", "yes")
    ada.write("by.role", "procurement lead")
    ada.press("Continue to check")
    effect = ada.page.inner_text('section[aria-labelledby="bidding"]')
    assert "Bidders then have two months or more with complete papers." in effect
    assert re.search(r"Days from the launch\s+14\s+90", effect)
    assert re.search(r"Days with complete papers\s+14\s+90", effect)
    if way == "pointer":
        assert {width: found for width in WIDTHS if (found := ada.barriers(width))} == {}
    number = ada.confirm()
    office.publish()

    assert day in read(office, f"/entries/{number}", "h1")
    moved = on_dashboard(office, "move", way, "timetables")
    assert "76 days later, in 1 move" in moved
    assert "Of 1 entry that asks for a reason, 1 gives one." in on_dashboard(office, "move", way, "reasons")
    assert "Bidders need time to price again." in in_feed(office, "move", way)


@pytest.mark.parametrize("way", WAYS)
def test_an_official_answers_a_question_in_time(office: Office, way: str):
    """The open question leads to its answer, with the question before one's eyes; then it counts as in time."""
    ada = at_process(office, "answer", way)
    ada.follow(re.compile("Answer this question"))
    assert QUESTION in ada.page.inner_text("main")
    ada.write_day("data.answered_at")
    ada.write("data.answer_or_summary", ANSWER)
    ada.tick("data.released_to", "all_bidders")
    ada.write_day("data.released_at")
    ada.tick("data.changes_tender", "no")
    ada.write("by.role", "procurement lead")
    number = ada.check_and_record()
    office.publish()

    assert ANSWER in read(office, f"/entries/{number}")
    assert "1 of 1 in time" in on_dashboard(office, "answer", way, "answers")
    assert ANSWER in in_feed(office, "answer", way)
    ada.open(f"/processes/{PROCESSES['answer', way][0]}")
    assert "Answer this question" not in ada.page.inner_text("main")


@pytest.mark.parametrize("way", WAYS)
def test_an_official_puts_a_contract_value_right(office: Office, way: str):
    """The wrong figure stays beside the right one, on the entry, the dashboard and in the feed."""
    ada = at_process(office, "value", way)
    ada.press("Record an action")
    ada.follow("Value put right")
    ada.tick("data.value_of", "award")
    ada.write("data.target_id", "award-1")
    ada.write_day("data.corrected_on")
    ada.write("data.after.amount", "2,500,000")
    ada.tick("data.cause_code", "vat")
    ada.tick("data.reason.state", "given")
    ada.write("data.reason.text", "VAT was counted in.")
    ada.tick("data.found_by", "commissioner")
    ada.write("data.effect_on_bidders", "None.")
    ada.write("by.role", "procurement lead")
    number = ada.check_and_record()
    office.publish()

    changed = read(office, f"/entries/{number}", ".app-comparison")
    assert "£2,670,001.50" in changed
    assert "£2,500,000" in changed
    assert "£2,500,000, not £2,670,001.50" in on_dashboard(office, "value", way, "errors")
    assert "£2,500,000, not £2,670,001.50" in in_feed(office, "value", way)


@pytest.mark.parametrize("way", WAYS)
def test_a_provider_asks_and_the_words_stay_back_until_they_are_released(office: Office, way: str):
    """Everyone sees that a question was asked and by when it is due; its words only once they are made public."""
    reference = PROCESSES["ask", way][0]
    words = f"How many visits were there last year, {next(ODD)}?"
    petra = at_process(office, "ask", way, "petra@example.org")
    petra.press("Record an action")
    petra.follow("Question received")
    petra.choose("data.topic", "Costs")
    petra.write("data.text_or_summary", words)
    number = petra.check_and_record()
    office.publish()

    assert "received on Costs" in read(office, f"/entries/{number}", "h1")
    for path in (f"/entries/{number}", f"/processes/{reference}"):
        assert words not in read(office, path)
        assert "Families First" not in read(office, path)
    assert words not in in_feed(office, "ask", way)
    assert "is not due yet" in on_dashboard(office, "ask", way, "answers")

    shown = disclosure(number, "data.text_or_summary") | {"stream": f"process/{reference}"}
    office.record(shown)
    assert words in read(office, f"/entries/{number}?")
    assert words in in_feed(office, "ask", way)


@pytest.mark.parametrize("way", WAYS)
def test_an_information_officer_signs_in_with_an_account_held_elsewhere(office: Office, way: str):
    """On the way to a page for officers: to the organisation's own sign-in and back, and then to that page."""
    ines = office.newcomer(way)
    ines.page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda asked: asked.abort())
    ines.open("/record/ledger-entry-redacted")
    ines.press("Continue to your organisation")
    elsewhere = ines.page.get_by_role("button", name="ines", exact=True)
    if ines.by_keyboard:
        elsewhere.focus()
        ines.page.keyboard.press("Enter")
    else:
        elsewhere.click()
    ines.page.wait_for_url("**/record/ledger-entry-redacted")
    assert "Part of an entry removed from view" in ines.page.inner_text("main")
    ines.open("/account")
    assert "Information officer" in ines.page.inner_text("main")
