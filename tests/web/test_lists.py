"""The lists as data: the rows of their pages, and no formula for a spreadsheet to run."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.projections.record import SOURCE, opening
from tests.web.conftest import Site
from web.public import lists


def rows(site: Site, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(site.get(path).get_data(as_text=True))))


def test_each_list_is_given_as_a_table_and_as_data(site: Site):
    """The same rows in both forms, each with the address of its page; the pages lead to them."""
    for name, key, first in (
        ("processes", "reference", "riverside"),
        ("groups", "reference", "forum"),
        ("organisations", "slug", "gb-gor-d18"),
    ):
        table, data = rows(site, f"/{name}.csv"), json.loads(site.get(f"/{name}.json").data)["rows"]
        assert [row[key] for row in table] == [row[key] for row in data] == [first]
        address = table[0]["address"].removeprefix("https://candour.example")
        assert site.get(address).status_code == 200
    for page, name in (("/processes/", "processes"), ("/organisations/", "organisations")):
        assert f'href="/{name}.csv"' in site.get(page).get_data(as_text=True)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "  @x"])
def test_no_cell_begins_as_a_formula_does(sqlite_site: Site, text: str):
    """A title or a name that a spreadsheet would run is written as text."""
    raw = opening("hostile", text, standing="reconstruction", sources=[SOURCE])
    raw["data"]["lead_commissioner"] = {"scheme": None, "id": None, "name": text}
    sqlite_site.publish(raw)
    for path in ("/processes.csv", "/organisations.csv"):
        cells = [value for row in rows(sqlite_site, path) for value in row.values()]
        assert f"'{text.strip()}" in cells
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in cells)


def test_a_list_comes_in_pages(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch):
    """Each page holds its part and says of how many; beyond the last there is none."""
    monkeypatch.setattr(lists, "MOST", 1)
    sqlite_site.publish(opening("second", "Another process"))
    found = [json.loads(sqlite_site.get(f"/processes.json?page={number}").data) for number in (1, 2)]
    assert [each["rows"][0]["reference"] for each in found] == ["second", "riverside"]
    assert [each["pages"] for each in found] == [2, 2]
    assert sqlite_site.get("/processes.json?page=3").status_code == 404
    assert sqlite_site.get("/processes.csv?page=x").status_code == 400
