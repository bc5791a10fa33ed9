"""A process as it was known on a day never depends on what came later: not one word of its page does."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import Engine, make_url

from ledger.database import connect
from ledger.streams import Stream
from projections import account
from tests.projections.demonstration import STREAMS, demonstrate
from tests.projections.record import GROUP, PROCESS, RECORD, Book, follower, issue, project, settings
from web.app import create_app
from web.public import compare
from web.state import KEY

Pages = dict[str, str]


def parse(text: str) -> Any:
    return html.fromstring(text)


def content(page: bytes) -> str:
    """The main content, without the line that says how much differs now: that one is about the present."""
    tree = parse(page.decode())
    for line in tree.xpath("//*[@id='differing']"):
        line.getparent().remove(line)
    (main,) = tree.xpath("//main")
    return html.tostring(main, encoding="unicode")


def pages(client: Any, streams: tuple[str, ...], known: object) -> Pages:
    """The pages of streams as known then, by address."""
    found = {}
    for stream in map(Stream.parse, streams):
        folder = "groups" if stream.kind == "group" else "processes"
        address = f"/{folder}/{stream.reference}?known={known}"
        answer = client.get(address)
        if answer.status_code == 200:
            found[address] = content(answer.data)
    return found


@pytest.fixture(scope="module")
def reader(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A reader of the small record, which no test changes."""
    folder = tmp_path_factory.mktemp("seen")
    path = shutil.copy(sqlite_template, folder / "candour.db")
    engine = connect(make_url(f"sqlite:///{path}"))
    Book(engine).record_all(RECORD)
    follower(engine, folder).step()
    app = create_app(settings(engine.url, folder))
    yield app.test_client()
    app.extensions[KEY].engine.dispose()
    engine.dispose()


# --- the past stays as it was --------------------------------------------------------------------------------------


def test_a_page_as_known_is_the_page_of_a_ledger_that_ended_there(engine: Engine, tmp_path: Path):
    """At every entry of a small record, on each database, the past is shown as it was then, word for word."""
    # Without the redaction and what it removed: the disclosures of today hold for every day.
    raws = [*RECORD[:10], *RECORD[11:14], RECORD[14]]
    Book(engine).record_all(raws)
    app = create_app(settings(engine.url, tmp_path))
    client = app.test_client()
    then: dict[int, Pages] = {}
    for known in range(len(raws)):
        project(engine, known + 1)
        then[known] = pages(client, (PROCESS, GROUP), known)

    assert len(then[len(raws) - 1]) == 2
    now = {known: pages(client, (PROCESS, GROUP), known) for known in then}
    app.extensions[KEY].engine.dispose()
    assert {known: now[known].keys() & then[known].keys() for known in then} == {k: then[k].keys() for k in then}
    for known, shown in then.items():
        for address, told in shown.items():
            assert now[known][address] == told, address


def test_no_process_of_the_demonstration_shows_what_came_later(new_sqlite: Any, root: Path, tmp_path: Path):
    """With corrections, withdrawals, disputes, deadlines and meetings of groups, the past stays the past."""
    engine = connect(new_sqlite())
    size = demonstrate(root, engine)
    app = create_app(settings(engine.url, tmp_path))
    client = app.test_client()
    stops = range(11, size, 24)
    then: dict[int, Pages] = {}
    for known in stops:
        project(engine, known + 1)
        then[known] = pages(client, STREAMS, known)
    project(engine, size)
    now = {known: pages(client, STREAMS, known) for known in stops}
    app.extensions[KEY].engine.dispose()
    engine.dispose()

    assert sum(map(len, then.values())) > 12
    for known, shown in then.items():
        for address, told in shown.items():
            assert now[known][address] == told, address


def test_what_was_corrected_later_bears_no_sign_of_it_then(site: Any):
    """The first figure stands alone as known before its correction, and the correction is no panel beside it."""
    before = content(site.get("/processes/riverside?known=7").get_data())
    after = content(site.get("/processes/riverside?known=8").get_data())

    assert "£1,284,000" in before
    assert "Corrected later" not in before
    assert "£1,070,000" not in before
    assert "Corrected later" in after


# --- addresses -----------------------------------------------------------------------------------------------------

P = "/processes/riverside"


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        (f"{P}?known=2026-03-02", 200, "You are looking at what was known on 2 March 2026."),
        (f"{P}?known=7", 200, "You are looking at what was known on 2 March 2026 at 09:38 (entry 7)."),
        (f"{P}?published=2026-03-02", 200, "You are looking at what had been published by 2 March 2026."),
        (f"{P}?happened=2026-03-02", 200, "You are looking at what had happened by 2 March 2026, as known today."),
        (f"{P}?happened=2026-03-02&known=7", 200, "only at what had happened by 2 March 2026."),
        ("/groups/forum?known=2026-03-02", 200, "You are looking at what was known on 2 March 2026."),
        (f"{P}?known=2026-03-01", 200, "Nothing was on record on 1 March 2026"),
        (f"{P}?known=1900-01-01", 200, "The first entry about it was recorded here on 2 March 2026. It is entry 0."),
        ("/groups/forum?known=3", 200, "Nothing was on record on 2 March 2026 at 09:34 (entry 3)"),
        (f"{P}?known=2026-02-31", 400, "There is no such day in the calendar."),
        (f"{P}?known=2025-02-29", 400, "There is no such day in the calendar."),
        (f"{P}?known=yesterday", 400, "“yesterday” is not a day. Write known= with a day as in 2017-03-01"),
        (f"{P}?known=", 400, "is not a day"),
        (f"{P}?known=1%20March%202026", 400, "is not a day"),
        (f"{P}?known=0000-01-01", 400, "Year: write all four figures, from 1900 to 2200."),
        (f"{P}?known=2150-01-01", 400, "That day has not come yet."),
        (f"{P}?happened=2150-01-01", 400, "That day has not come yet."),
        (f"{P}?published=7", 400, "“7” is not a day."),
        (f"{P}?known={'9' * 400}", 400, "is not a day"),
        (f"{P}?known=-1", 400, "is not a day"),
        (f"{P}?known=٢", 400, "is not a day"),
        (f"{P}?known=<script>", 400, "“<script>” is not a day"),
        (f"{P}?known=16", 404, "No entry 16 is on record yet. There are 16, the first is entry 0."),
        (f"{P}?known=999999999999999", 404, "No entry 999999999999999 is on record yet."),
        ("/processes/unknown?known=2026-03-02", 404, "There is nothing at this address"),
        (f"{P}?show=nothing", 400, "This address cannot be understood"),
        (f"{P}?show=promises", 200, "Nothing of that is on record."),
        (f"{P}?on-day=31&on-month=2&on-year=2026", 400, "Check the day and the month."),
        (f"{P}?on-day=&on-month=3&on-year=2026", 400, "Day: “” is not a number."),
        (f"{P}?on-day=1&on-month=March&on-year=2026", 400, "Month: “March” is not a number."),
        (f"{P}?on-day=1&on-month=3&on-year=26", 400, "Year: write all four figures"),
        (f"{P}?on-day=1", 400, "Month: “” is not a number."),
        (f"{P}?on-day=1&on-month=3&on-year=2026&axis=x", 400, "Choose one of: known, published, happened."),
        (f"{P}/compare", 200, "Choose two dates."),
        (f"{P}/compare?from=2026-03-02", 200, "Choose two dates."),
        (f"{P}/compare?from=x&to=7", 400, "“x” is not a day. Write from="),
        (f"{P}/compare?from=7&to=99", 404, "No entry 99 is on record yet."),
        (f"{P}/compare?from=7&to=7", 200, "Nothing differs."),
        (f"{P}/compare?from=7&to=8", 200, "What differs between 2 March 2026 at 09:38 (entry 7)"),
        (f"{P}/compare?from=2020-01-01&to=2026-03-02", 200, "things differ:"),
        (f"{P}/compare.csv?from=7", 400, "Give from= and to="),
        (f"{P}/compare.json", 400, "Give from= and to="),
        ("/processes/unknown/compare?from=7&to=8", 404, "There is nothing at this address"),
        ("/dashboard?known=2026-03-02", 200, "You are looking at what was known on 2 March 2026."),
        ("/dashboard?known=1900-01-01", 200, "You are looking at what was known on 1 January 1900."),
        ("/dashboard?known=2026-02-31", 400, "There is no such day in the calendar."),
        ("/dashboard?known=2150-01-01", 400, "That day has not come yet."),
        ("/dashboard?known=99", 404, "No entry 99 is on record yet."),
        ("/recommendations/4?known=7", 200, "You are looking at what was known on 2 March 2026 at 09:38 (entry 7)."),
        ("/recommendations/4?known=1900-01-01", 200, "You are looking at what was known on 1 January 1900."),
        ("/recommendations/4?known=yesterday", 400, "“yesterday” is not a day."),
        ("/recommendations/4?happened=2150-01-01", 400, "That day has not come yet."),
        ("/recommendations/16?known=7", 404, "There is nothing at this address"),
        (f"{P}/review?known=7", 200, "You are looking at what was known on 2 March 2026 at 09:38 (entry 7)."),
        (f"{P}/review?known=2026-02-31", 400, "There is no such day in the calendar."),
        (f"{P}/review?known=99", 404, "No entry 99 is on record yet."),
        ("/processes/unknown/review?known=7", 404, "There is nothing at this address"),
        ("/dashboard?published=2026-02-31", 400, "There is no such day in the calendar."),
        ("/dashboard?happened=2026-03-02", 200, "You are looking at what had happened by 2 March 2026"),
        ("/dashboard?since=2150-01-01", 400, "That day has not come yet. Give since= today or an earlier day."),
        ("/dashboard?since=99", 400, "No entry 99 is on record yet."),
        ("/dashboard?since=x", 400, "“x” is not a day. Write since="),
        ("/dashboard?since=1900-01-01", 200, "What changed since 1 January 1900"),
        ("/dashboard?since=3&known=7", 200, "What changed since entry 3"),
        ("/dashboard?organisation=nobody", 400, "“nobody” is not among those to choose"),
        ("/dashboard?from=2026-02-31", 400, "There is no such day as “2026-02-31”"),
        ("/dashboard?from=2026-03-02&to=2026-03-01", 400, "The period ends before it begins."),
        ("/dashboard?status=lost", 400, "is not among those to choose"),
        ("/dashboard?on-day=31&on-month=2&on-year=2026", 400, "Check the day and the month."),
        ("/recommendations/4?on-day=31&on-month=2&on-year=2026", 400, "Check the day and the month."),
        ("/recommendations/4?organisation=nobody", 400, "“nobody” is not among those to choose"),
        ("/recommendations/0", 404, "There is nothing at this address"),
        ("/entries/7?known=2026-03-02", 200, "You are looking at what was known on 2 March 2026."),
        ("/entries/7?known=7", 200, "1 entry that refers to this one came later:"),
        ("/entries/7?known=3", 200, "This entry was not on record on 2 March 2026 at 09:34 (entry 3)"),
        ("/entries/7?known=1900-01-01", 200, "This entry was not on record on 1 January 1900"),
        ("/entries/7?published=2026-03-01", 200, "What this entry states had not been published by 1 March 2026"),
        ("/entries/7?happened=2026-03-01", 200, "What this entry states had not happened by 1 March 2026"),
        ("/entries/7?known=2026-02-31", 400, "There is no such day in the calendar."),
        ("/entries/7?known=2150-01-01", 400, "That day has not come yet."),
        ("/entries/7?known=99", 404, "No entry 99 is on record yet."),
        ("/entries/99?known=7", 404, "There is nothing at this address"),
        ("/organisations/nobody", 404, "There is nothing at this address"),
    ],
)
def test_each_way_to_ask_has_a_plain_answer(reader: FlaskClient, address: str, status: int, said: str):
    """A day that cannot be is refused in words that say why; a day before the first entry has a page that says so."""
    answer = reader.get(address)
    page = parse(answer.get_data(as_text=True))

    assert answer.status_code == status
    assert said in " ".join(page.text_content().split())
    assert len(page.xpath("//h1")) == 1


def test_the_date_control_leads_to_the_plain_address(reader: FlaskClient):
    """Three fields become one day in an address that can be cited."""
    answer = reader.get(f"{P}?on-day=2&on-month=3&on-year=2026&axis=published")
    both = reader.get(f"{P}/compare?from-day=1&from-month=3&from-year=2026&to-day=2&to-month=3&to-year=2026")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{P}?published=2026-03-02")
    assert (both.status_code, both.headers["Location"]) == (303, f"{P}/compare?from=2026-03-01&to=2026-03-02")


def test_every_link_of_a_past_page_keeps_the_date(reader: FlaskClient):
    """Who goes on from a page of the past stays there until asking for the present."""
    page = parse(reader.get(f"{P}?known=2026-03-02").get_data(as_text=True))
    kept = ("/processes/riverside", "/groups/", "/dashboard", "/recommendations/", "/entries/")
    links = [link for link in page.xpath("//a/@href") if link.startswith(kept) and "/compare" not in link]

    assert any(link.startswith("/dashboard") for link in links)
    assert any(link.startswith("/entries/") for link in links)
    assert [link for link in links if "known=" not in link] == [P], "only the way back to the present"
    assert page.xpath("//a[text()='See it now']/@href") == [P]
    assert f"{P}?known=15" in links, "a link to exactly this"


def test_a_long_table_is_cut_and_leads_to_the_story(reader: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    """The page of a process stays quick however long its record: each table holds so many rows, and the story all."""
    monkeypatch.setattr(account, "ROWS", 1)
    page = parse(reader.get(P).get_data(as_text=True))
    cut = [each for each in page.xpath("//section") if each.xpath(".//a[text()='All of them are in the story']")]

    assert cut
    assert all(len(section.xpath(".//tbody/tr")) == 1 for section in cut)


def test_an_entry_of_the_past_is_the_page_of_a_ledger_that_ended_there(reader: FlaskClient):
    """What came later is named in one place as later; besides that, no word of it is on the page."""
    before = parse(reader.get("/entries/7?known=7").get_data(as_text=True))
    (later,) = before.xpath("//div[contains(@class, 'app-notice')]")
    links = later.xpath(".//a/@href")
    later.getparent().remove(later)
    shown = before.xpath("//main")[0].text_content()
    after = content(reader.get("/entries/7?known=8").get_data())

    assert links == ["/entries/8"], "to the present, where the correction is"
    assert "£1,284,000" in shown
    assert "Corrected later" not in shown
    assert "£1,070,000" not in shown
    assert "Corrected later" in after
    assert "/entries/8?known=8" in after


def test_the_dashboard_of_a_day_keeps_what_was_chosen(reader: FlaskClient):
    """Another day keeps the choice of processes, and another choice keeps the day; so do pages, tables and data."""
    moved = reader.get("/dashboard?prison=LEI&page=2&on-day=2&on-month=3&on-year=2026")
    page = parse(reader.get("/dashboard?prison=LEI&known=2026-03-02").get_data(as_text=True))
    hidden = {(each.get("name"), each.get("value")) for each in page.xpath("//input[@type='hidden']")}
    tables = [link for link in page.xpath("//a/@href") if link.startswith("/dashboard/")]

    assert moved.headers["Location"] == "/dashboard?prison=LEI&known=2026-03-02"
    assert hidden == {("known", "2026-03-02"), ("prison", "LEI")}
    assert len(tables) == 4
    assert [link for link in tables if "known=2026-03-02" not in link or "prison=LEI" not in link] == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/dashboard/recommendations.json?known=7", 200),
        ("/dashboard/findings.json?known=7", 200),
        ("/dashboard/turns.json?known=7", 200),
        ("/dashboard/findings.json?happened=2026-03-02", 400),
        ("/dashboard/overdue.json?known=7", 400),
        ("/dashboard/bids.csv?known=2026-03-02", 400),
        ("/dashboard/findings.json?known=99", 404),
        ("/dashboard/findings.json?known=2150-01-01", 400),
        ("/dashboard/turns.json?since=99", 400),
        ("/dashboard/turns.csv?since=2026-02-31", 400),
        ("/dashboard/turns.json?since=2026-03-01", 200),
        ("/dashboard/errors.csv?prison=XXX", 400),
    ],
)
def test_tables_are_of_the_day_asked_or_refused(reader: FlaskClient, address: str, status: int):
    """No table shows figures of today under a day of the past."""
    answer = reader.get(address)

    assert answer.status_code == status
    if "known=7" in address and status == 200:
        assert answer.get_json()["seen"] == {"known": "7"}


def test_how_a_day_was_counted_is_shown_step_by_step(reader: FlaskClient):
    """A reader who doubts a last day sees from which day it was counted, and which days were left out."""
    page = parse(reader.get(f"{P}?known=2026-03-02").get_data(as_text=True))
    steps = " ".join(page.xpath("//section[@aria-labelledby='issues']//details")[0].text_content().split())

    assert "Day zero: 2 March 2026." in steps
    assert "Good Friday" not in steps
    assert "Bank holidays of England and Wales as in govuk-bank-holidays" in steps
    assert "The length is assumed by us; the record does not give it." in steps


def test_what_does_not_fit_is_cut_too(reader: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    """However much contradicts the record, its table stays short and leads to the story."""
    monkeypatch.setattr(account, "ROWS", 0)
    (section,) = parse(reader.get(P).get_data(as_text=True)).xpath("//section[@aria-labelledby='misfits']")

    assert section.xpath(".//tbody/tr") == []


def test_bodies_services_and_prisons_lead_on(reader: FlaskClient):
    """From a process a reader comes to who is responsible, and to the processes of the same service and prison."""
    links = parse(reader.get(P).get_data(as_text=True)).xpath("//main//a/@href")
    wanted = ["/organisations/gb-gor-d18", "/dashboard?area=family_services", "/dashboard?prison=LEI"]

    assert [link for link in wanted if link not in links] == []
    assert [reader.get(link).status_code for link in wanted] == [200, 200, 200]
    assert "/organisations/gb-gor-d18" in parse(reader.get("/entries/7").get_data(as_text=True)).xpath(
        "//main//a/@href"
    )


# --- comparing -----------------------------------------------------------------------------------------------------


def test_a_comparison_is_a_page_a_table_and_data(site: Any):
    """All three say the same: the budget was corrected, by which entry."""
    where = "from=7&to=8"
    page = parse(site.get(f"{P}/compare?{where}").get_data(as_text=True))
    data = site.get(f"{P}/compare.json?{where}").get_json()
    table = list(csv.reader(io.StringIO(site.get(f"{P}/compare.csv?{where}").get_data(as_text=True))))

    assert [each["entries"] for each in data["differences"]] == [[8]]
    assert table[0] == ["group", "what", "aspect", "before", "after", "note", "entries"]
    assert [row[-1] for row in table[1:]] == ["8"]
    assert page.xpath("//section[@aria-labelledby='other']//a/@href") == ["/entries/8"]
    assert "1 entry behind it is a correction." in page.text_content()


def test_a_long_comparison_is_cut_on_the_page_and_whole_in_its_files(
    reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    """Each group holds so many differences on the page; the data have all."""
    monkeypatch.setattr(compare, "ROWS", 1)
    where = "from=0&to=15"
    page = parse(reader.get(f"{P}/compare?{where}").get_data(as_text=True))
    data = reader.get(f"{P}/compare.json?{where}").get_json()["differences"]
    groups = {section.get("aria-labelledby"): section for section in page.xpath("//section[.//tbody]")}

    assert [len(each.xpath(".//tbody/tr")) for each in groups.values()] == [1] * len(groups)
    more = {group for group in groups if sum(each["group"] == group for each in data) > 1}
    assert more
    assert {name for name, part in groups.items() if "The first 1 are shown here" in part.text_content()} == more


def test_a_table_never_starts_a_formula(sqlite_site: Any):
    """What a recorder wrote cannot make a reader's spreadsheet compute."""
    sqlite_site.publish(issue("=cmd|' /C calc'!A0"))
    text = sqlite_site.get(f"{P}/compare.csv?from=15&to=16").get_data(as_text=True)
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]

    assert any("cmd|" in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
