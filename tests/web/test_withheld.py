"""The list of what is not shown, as page, CSV and JSON: complete, counted, and without the values."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.projections.record import RECORD, SECRETS, budget, issue, redaction
from tests.web.conftest import Site

EMBARGOED = {"visibility": {"state": "embargoed", "until": "2030-01-01T00:00:00Z"}}
HOSTILE = {"scheme": "X", "id": "=1+1", "name": '=HYPERLINK("x")<script>alert(1)</script>'}


def rows(site: Site, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(site.get(f"/withheld.csv{query}").get_data(as_text=True))))


def test_the_page_lists_and_counts_every_value_and_shows_none(sqlite_site: Site):
    """A withheld issue, a question's words, a redaction and an embargo: each with its entry, its basis and its end."""
    sqlite_site.publish(budget("7315909", **EMBARGOED))
    text = sqlite_site.get("/withheld").get_data(as_text=True)
    assert "4 values are on record here and not shown." in text
    assert "Not public yet: 2. Withheld: 1. Removed by law: 1." in text
    for said in ("How to reach them", "Legal privilege", "Request for erasure", "until 1 January 2030", "entry 10"):
        assert said in text, said
    assert [secret for secret in (*SECRETS, "7315909") if secret in text] == []


def test_the_same_list_is_data(sqlite_site: Site):
    """CSV and JSON hold the same rows as the page, in the same order."""
    found = rows(sqlite_site)
    assert [(each["entry"], each["state"], each["basis"]) for each in found] == [
        ("11", "withheld", "legal_privilege"),
        ("9", "redacted", "erasure_request"),
        ("5", "embargoed", ""),
    ]
    data = sqlite_site.get("/withheld.json").get_json()
    assert [str(each["entry"]) for each in data["rows"]] == [each["entry"] for each in found]
    assert data["rows"][1]["decided_by_entry"] == 10
    assert (
        sqlite_site.get("/withheld.csv").headers["Content-Disposition"] == 'attachment; filename="candour-withheld.csv"'
    )
    assert not any(secret in str(data) + str(found) for secret in SECRETS)


CHOICES = {
    "?state=redacted": ["9"],
    "?state=embargoed&kind=clarification-question-received.v1": ["5"],
    "?process=riverside": ["11", "9", "5"],
    "?process=elsewhere": [],
    "?group=forum": [],
    "?organisation=gb-gor-d18": ["11", "9", "5"],
    "?organisation=nobody": [],
}


@pytest.mark.parametrize(("query", "expected"), CHOICES.items())
def test_the_list_can_be_narrowed(sqlite_site: Site, query: str, expected: list[str]):
    """By state, process, group, organisation and kind; the page says the same as the data."""
    assert [each["entry"] for each in rows(sqlite_site, query)] == expected
    page = sqlite_site.get(f"/withheld{query}")
    assert page.status_code == 200
    assert ("Nothing of that kind" in page.get_data(as_text=True)) == (not expected)


WRONG = ("?state=secret", "?kind=x", "?process=%00", "?organisation=A%20B", "?process=a&group=b", "?page=0")


@pytest.mark.parametrize("query", WRONG)
def test_a_wrong_choice_is_said_in_words(sqlite_site: Site, query: str):
    """400 and a sentence, on the page and for data alike."""
    for path in ("/withheld", "/withheld.csv", "/withheld/kinds.json"):
        assert sqlite_site.get(f"{path}{query}").status_code == 400


def test_counts_by_kind_and_by_organisation_are_data_too(sqlite_site: Site):
    """Each adds up to the length of the list."""
    for counted in ("kinds", "organisations"):
        found = sqlite_site.get(f"/withheld/{counted}.json").get_json()["rows"]
        total = sum(each[state] for each in found for state in ("embargoed", "withheld", "redacted"))
        assert total == len(rows(sqlite_site))
    assert sqlite_site.get("/withheld/secrets.json").status_code == 404


def test_names_are_escaped_wherever_they_stand(sqlite_site: Site):
    """In HTML and for spreadsheets."""
    by: Any = {"organisation": HOSTILE, "role": "=cmd"}
    sqlite_site.publish(issue("x", by=by), redaction(len(RECORD), "data.text") | {"by": by})
    assert "<script>alert" not in sqlite_site.get("/withheld").get_data(as_text=True)
    (found,) = rows(sqlite_site, "?state=redacted&kind=issue-reported.v1")
    assert found["organisation"].startswith("'=")
    counts = sqlite_site.get("/withheld/organisations.csv").get_data(as_text=True)
    assert "\n=" not in counts
    assert ",=" not in counts


def test_long_lists_are_pages(sqlite_site: Site):
    """Fifty on a page, each value once."""
    sqlite_site.publish(
        *(issue(f"number {number}", visibility={"state": "withheld", "basis": "security"}) for number in range(55))
    )
    first, second = (sqlite_site.get(f"/withheld?page={page}").get_data(as_text=True) for page in (1, 2))
    assert first.count("/entries/") >= 50 > second.count("All that it states") == 6
    assert sqlite_site.get("/withheld?page=3").status_code == 404


def test_the_list_is_linked_from_where_a_reader_would_look(sqlite_site: Site):
    """The pages about data and privacy, and the process itself."""
    for path in ("/data", "/privacy"):
        assert 'href="/withheld"' in sqlite_site.get(path).get_data(as_text=True), path
    assert 'href="/withheld?process=riverside"' in sqlite_site.get("/processes/riverside").get_data(as_text=True)
