"""The review of a process: everything on record in order, what is missing, and the same as data."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from projections.cells import harmless
from projections.review import export
from tests.projections.record import PROCESS, SECRETS, issue, opening, stated
from tests.web.conftest import Site
from web.public import review

PATH = "/processes/riverside/review"


def text(site: Site, path: str = PATH) -> str:
    answer = site.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def table(site: Site, path: str) -> list[list[str]]:
    answer = site.get(path)
    assert answer.status_code == 200, path
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def test_the_review_tells_the_story_oldest_first_with_every_entry(site: Site):
    """Each entry is linked once as a passage, and the first that happened comes first."""
    story = text(site).split('id="story"')[1]
    told = [int(number) for number in re.findall(r'<p class="app-quiet"> Entry (\d+)\. Recorded', story)]
    assert sorted(told) == list(range(16))
    assert told[0] == 0
    assert told.index(0) < told.index(2) < told.index(15)


def test_a_correction_stands_beside_what_it_corrects_with_before_and_after(site: Site):
    """The wrong budget, the right one and the reason are in one place."""
    shown = text(site).split("Corrected 2 March 2026")[1].split("<table")[1].split("Stood on record")[0]
    assert shown.index("£1,284,000") < shown.index("£1,070,000") < shown.index("VAT was in it.")


def test_the_opening_can_be_quoted_and_names_its_entries(site: Site):
    """Each sentence of facts leads to the entries that it rests on."""
    opening_part = text(site).split('id="summary"')[1].split("</section>")[0]
    assert "“Family services, Riverside” was opened by Ministry of Justice on 2 March 2026" in opening_part.replace(
        "<bdi>", ""
    ).replace("</bdi>", "")
    assert 'href="/entries/0"' in opening_part
    assert "The record holds 16 entries." in opening_part
    assert "https://candour.example/processes/riverside/review" in opening_part


def test_what_is_missing_is_said_fairly(site: Site):
    """Silence is never told as a failing."""
    part = text(site).split('id="silences"')[1].split("</section>")[0]
    assert "No equality impact assessment is on record." in part
    assert "That is not proof that none was done or made." in part
    assert "No timetable is on record." not in part


def test_nothing_that_is_withheld_or_removed_is_told_and_all_of_it_is_counted(site: Site):
    """Page, tables and data say that something is not shown and why, and never what."""
    site.publish(issue("A later one."))
    answers = [
        site.get(path).get_data(as_text=True)
        for path in (PATH, f"{PATH}.csv", f"{PATH}.json", f"{PATH}.csv?table=hidden")
    ]
    for secret in SECRETS:
        assert not any(secret in answer for answer in answers)
    hidden = {row[0]: row for row in table(site, f"{PATH}.csv?table=hidden")[1:]}
    assert any("Removed by law, by entry 10" in row[2] for row in hidden.values())
    assert any("Withheld. Basis: Legal" in row[2] for row in hidden.values())


def test_the_story_as_csv_is_one_row_for_each_entry(site: Site):
    """Programs read the same names in every language, and both clocks."""
    columns, *rows = table(site, f"{PATH}.csv")
    assert tuple(columns) == export.STORY_COLUMNS
    assert sorted(int(row[0]) for row in rows) == list(range(16))
    by_entry = {int(row[0]): dict(zip(columns, row, strict=True)) for row in rows}
    assert by_entry[8]["corrects"] == "7"
    assert by_entry[7]["corrected_by"] == "8"
    assert by_entry[14]["withdrawn_by"] == "15"
    assert by_entry[13]["standing"] == "reconstruction"


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t=", "\r=", "  =", "\uff1d"])
def test_no_cell_is_run_by_a_spreadsheet(beginning: str):
    """What could be a formula gets an apostrophe, which spreadsheets take for text."""
    assert harmless(f"{beginning}1+1").startswith("'")


def test_a_text_that_looks_like_a_formula_is_safe_in_the_tables(sqlite_site: Site):
    """A title of others is not run when the story is opened in a spreadsheet."""
    sqlite_site.publish(opening("hostile", '=HYPERLINK("https://evil.example")'))
    rows = table(sqlite_site, "/processes/hostile/review.csv")
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_the_review_as_json_has_all_that_the_page_has(site: Site):
    """Summary, tables and story, with the entries as numbers."""
    body = json.loads(site.get(f"{PATH}.json").get_data())
    assert body["process"] == "riverside"
    assert body["newest_entry"] == 15
    assert len(body["story"]) == body["entries"] == 16
    assert body["summary"][0]["entries"] == [0]
    names = [each["name"] for each in body["tables"]]
    assert names == [
        *("silences", "quiet", "promises", "findings", "failures", "practice", "principles", "benefits"),
        *("reviewed", "reviewers", "hidden"),
    ]
    findings = next(each for each in body["tables"] if each["name"] == "findings")
    assert len(findings["rows"]) == 15


def test_a_process_of_which_only_the_opening_is_on_record_accuses_nobody(sqlite_site: Site):
    """An empty process has a review: nothing is missing yet, nothing seen, nothing hidden but what is private."""
    sqlite_site.publish(opening("empty", "Just opened"))
    shown = text(sqlite_site, "/processes/empty/review")
    assert "Nothing that the paper would lead a reader to look for is missing" in shown
    assert "None of the nineteen is seen on record. That is not proof that none happened." in shown
    assert "Breached" not in shown


def test_a_long_story_comes_in_pages_with_the_tables_on_the_first(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch):
    """No page is without bound, the table of comma-separated values has everything, and no page beyond the last is."""
    monkeypatch.setattr(review, "STORY", 6)
    pages = [text(sqlite_site, f"{PATH}?page={number}") for number in (1, 2, 3)]
    assert [page.count("Recorded 2 March 2026") > 0 for page in pages] == [True, True, True]
    assert ['id="findings"' in page for page in pages] == [True, False, False]
    assert 'rel="next"' in pages[0]
    assert 'rel="next"' not in pages[2]
    assert sqlite_site.get(f"{PATH}?page=4").status_code == 404
    assert len(table(sqlite_site, f"{PATH}.csv")) == 17


def test_the_review_can_be_seen_as_it_was_known_then(sqlite_site: Site):
    """Up to an entry: what came later is in no part of it."""
    shown = text(sqlite_site, f"{PATH}?known=7")
    assert "You are looking at what was known on" in shown
    assert "£1,284,000" in shown
    assert "£1,070,000" not in shown
    body = json.loads(sqlite_site.get(f"{PATH}.json?known=7").get_data())
    assert body["newest_entry"] == 7
    assert body["entries"] == 8


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/processes/nowhere/review", 404),
        ("/processes/nowhere/review.csv", 404),
        (f"{PATH}.xml", 404),
        (f"{PATH}.csv?table=unheard-of", 404),
        (f"{PATH}?page=0", 400),
        (f"{PATH}?known=yesterday", 400),
        (f"{PATH}?known=2020-01-01", 302),
        (f"{PATH}.json?known=2020-01-01", 404),
    ],
)
def test_what_cannot_be_asked_gets_a_plain_page(sqlite_site: Site, path: str, status: int):
    """Wrong addresses and days before the first entry have the right status, and never a traceback."""
    answer = sqlite_site.get(path)
    assert answer.status_code == status
    assert "Traceback" not in answer.get_data(as_text=True)


def test_what_reviewers_ask_stands_beside_the_answers(sqlite_site: Site):
    """A recommendation without an answer says so; one with an answer shows it and its entry."""
    sqlite_site.publish(
        stated(
            "post-process-review-published",
            {
                "review_id": "lessons",
                "published_on": "2026-03-02",
                "scope": "All of it.",
                "document": {"title": "Lessons"},
                "period_covered": "2026-03",
                "findings": [
                    {"text": "Answers were slow.", "entries": [5, 6], "recommendation": 4, "cause_code": "capacity"}
                ],
                "recommendations": [
                    {"id": "1", "text": "Answer sooner.", "addressee": []},
                    {"id": "2", "text": "Ask sooner.", "addressee": []},
                ],
            },
            PROCESS,
        ),
        stated(
            "review-recommendation-answered",
            {
                "review_id": "lessons",
                "recommendation_id": "1",
                "answered_on": "2026-03-02",
                "response": "accept",
                "reason": {"state": "given", "text": "It is right."},
            },
            PROCESS,
        ),
    )
    rows = table(sqlite_site, f"{PATH}.csv?table=reviewers")[1:]
    assert "Accepted" in rows[0][2]
    assert rows[1][2] == "No answer is on record."
    found = table(sqlite_site, f"{PATH}.csv?table=reviewed")[1]
    assert found[-1].split() == ["16", "5", "6"]


def test_a_long_review_is_cut_on_the_page_and_whole_in_its_files(site: Site, monkeypatch: pytest.MonkeyPatch):
    """Each table and each cell holds so much on the page, says that there is more, and leads to all of it."""
    monkeypatch.setattr(review, "ROWS", 1)
    monkeypatch.setattr(review, "LINES", 1)
    part = text(site).split('id="findings"')[1].split("</section>")[0]
    whole = site.get(f"{PATH}.json").get_json()

    assert part.count('role="rowheader"') == 1
    assert "The first 1 are shown here; the table as CSV has all of them." in part
    assert len(table(site, f"{PATH}.csv?table=findings")) == 16
    assert [len(each["rows"]) for each in whole["tables"] if each["name"] == "findings"] == [15]
    assert "The fifteen recommendations (more than 1)" in text(site)


def test_the_review_of_another_day_is_asked_for_with_three_fields(site: Site):
    """The date control of the review leads to the plain address of that day."""
    asked = site.get(f"{PATH}?on-day=2&on-month=3&on-year=2026")

    assert (asked.status_code, asked.headers["Location"]) == (303, f"{PATH}?known=2026-03-02")
