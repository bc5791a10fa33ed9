"""The search: what it shows, what it never shows, and what it says of an address that asks for what cannot be."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from tests.projections.record import RECORD, SECRETS, issue, redaction
from tests.web.conftest import Site
from web.public import search


def text(site: Site, path: str) -> str:
    answer = site.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def entries_in(shown: str) -> list[int]:
    return list(map(int, re.findall(r'<p><a href="/entries/(\d+)"', shown)))


def test_what_is_found_is_shown_with_its_words_marked(site: Site):
    """Each result has its sentence, its process and the words where they stand; who is named so comes first."""
    shown = text(site, "/search?q=heated+winter")
    assert entries_in(shown) == [6]
    assert "<mark>heated</mark> in <mark>winter</mark>" in shown
    assert "1 entry</h2>" in shown

    named = text(site, "/search?q=family")
    assert 'id="named"' in named
    assert named.index('href="/processes/riverside"') < named.index('href="/entries/0"')
    assert 'href="/organisations/gb-gor-d18"' in text(site, "/search?q=ministry")


def test_the_search_stands_on_every_page_and_leads_there(site: Site):
    """One form in the header, or on the page itself where that is about searching."""
    for path in ("/", "/processes/", "/search"):
        assert text(site, path).count('role="search"') == 1, path


def test_without_a_search_the_page_says_how(site: Site):
    """No result and no count, but what can be searched."""
    shown = text(site, "/search")
    assert "Search the words of every entry" in shown
    assert 'id="entries"' not in shown


def test_what_is_chosen_is_shown_and_can_be_removed(site: Site):
    """Each filter stands above the results with a link that leaves it out, and stays in the addresses of the data."""
    shown = text(site, "/search?q=&kind=issue-reported&prison=LEI&recorded-from=2026-03-02")
    assert entries_in(shown) == [14, 11, 4]
    assert "Kind of entry: Issue reported" in shown
    assert "Recorded from: 2 March 2026" in shown
    assert 'href="/search?prison=LEI&amp;recorded-from=2026-03-02"' in shown
    assert 'href="/search.csv?kind=issue-reported&amp;prison=LEI&amp;recorded-from=2026-03-02"' in shown


def test_nothing_found_is_said_in_words(site: Site):
    """Silence is no proof."""
    assert "That is not proof that nothing was done" in text(site, "/search?q=zyzzyva")
    assert "Nothing that is public fits" in text(site, "/search?result=met&recommendation=15")


def test_pages_keep_the_search_and_end(site: Site, monkeypatch: pytest.MonkeyPatch):
    """Each page shows its part, every entry once, and beyond the last there is none."""
    monkeypatch.setattr(search, "RESULTS_ON_A_PAGE", 5)
    monkeypatch.setattr(search, "MOST", 12)
    pages = [text(site, f"/search?process=riverside&page={number}") for number in (1, 2, 3)]
    assert [index for page in pages for index in entries_in(page)] == list(reversed(range(4, len(RECORD))))
    assert "More than 12 entries" in pages[0]
    assert 'href="?process=riverside&amp;page=2"' in pages[0]
    assert site.get("/search?process=riverside&page=4").status_code == 404


def test_secrets_are_found_by_no_word_of_theirs(site: Site):
    """What is withheld, embargoed or removed shows in no result, snippet or count."""
    for secret in SECRETS:
        found = site.get("/search", query_string={"q": f'"{secret}"'}).get_data(as_text=True)
        assert "Nothing that is public fits" in found


def test_a_removed_value_is_gone_from_results_at_once(site: Site):
    """Before anything is signed, neither the words nor the snippet are there."""
    assert "winter" in text(site, "/search?q=heated").split('id="entries"')[1]
    site.book.record(redaction(6, "data.answer_or_summary"))
    assert entries_in(text(site, "/search?q=heated")) == []
    assert json.loads(site.get("/search.json?q=heated").data)["rows"] == []


WRONG = [
    "q=" + "a" * 201,
    "q=" + "a+" * 60,
    "q=%22%22",
    "q=%00",
    "q=a&q=b",
    "kind=nothing",
    "kind=issue-reported.v",
    "kind=issue-reported&kind=budget-published",
    "process=nowhere",
    "process=../x",
    "process=" + "a" * 5_000,
    "organisation=nobody",
    "organisation=%3Cscript%3E",
    "area=%00",
    "prison=XXX",
    "recommendation=0",
    "recommendation=16",
    "recommendation=1.0",
    "recommendation=%D9%A1",
    "result=winning",
    "recorded-from=yesterday",
    "recorded-from=2026-13-01",
    "recorded-from=2026-02-30",
    "recorded-to=20260302",
    "happened-from=2026-03-03&happened-to=2026-03-02",
    "published-to=9999-01-01",
    "organization=gb-gor-d18",
    "page=0",
    "page=x",
    "page=99999999999",
    "x%0d%0aSet-Cookie:=1",
]


def test_the_case_of_a_filter_does_not_matter(sqlite_site: Site):
    """Whoever types an address by hand finds the same, and the page shows the one spelling."""
    for typed, one in (
        ("area=FAMILY_SERVICES", "area=family_services"),
        ("prison=lei", "prison=LEI"),
        ("kind=Issue-Reported.v1", "kind=issue-reported"),
    ):
        assert text(sqlite_site, f"/search?{typed}") == text(sqlite_site, f"/search?{one}")


@pytest.mark.parametrize("form", ["", ".csv", ".json"])
def test_an_address_that_cannot_be_is_answered_in_plain_words(sqlite_site: Site, form: str):
    """Wrong, huge, hostile and doubled filters: status 400, a page, and nothing of them unescaped."""
    for query in WRONG:
        if form and query.startswith("page="):
            continue
        answer = sqlite_site.get(f"/search{form}?{query}")
        assert answer.status_code == 400, query
        shown = answer.get_data(as_text=True)
        assert "<h1" in shown
        assert "<script>" not in shown
        assert len(shown) < 20_000


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "' OR 1=1 --",
        "NEAR(a b)",
        "body:x",
        "a* ^b (c",
        "a\0b",
        "<script>alert(1)</script>",
        "\u0627\u0628 \u202e\u0628",
        "😀 a",
    ],
)
def test_hostile_words_are_only_words(site: Site, query: str):
    """Whatever is typed breaks no page and stands in it escaped."""
    answer = site.get("/search", query_string={"q": query})
    assert answer.status_code in {200, 400}
    assert b"<script>alert" not in answer.data


def test_results_as_a_table_hold_no_formula_and_as_data_every_word(site: Site):
    """A spreadsheet runs nothing of what somebody wrote; JSON holds it as it is."""
    site.publish(issue('=HYPERLINK("https://example.org","lift")'))
    made = site.get("/search.csv?q=hyperlink")
    rows = list(csv.DictReader(io.StringIO(made.get_data(as_text=True))))
    assert [row["entry"] for row in rows] == [str(len(RECORD))]
    assert all(not value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    assert made.headers["Content-Disposition"] == 'attachment; filename="candour-search.csv"'
    body = json.loads(site.get("/search.json?q=hyperlink").data)
    assert body["asked"] == {"q": "hyperlink"}
    assert body["rows"][0]["address"] == f"https://candour.example/entries/{len(RECORD)}"
