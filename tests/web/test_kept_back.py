"""What is embargoed or withheld is in no answer of the site: no page, feed, file, header or error."""

from __future__ import annotations

from typing import Any

from tests.ledger.samples import BY_KIND
from tests.operations.search import found_in, in_files
from tests.projections.record import PROCESS, RECORD, budget, issue, moved, question
from tests.routes import addresses, answers
from tests.web.conftest import Site

MARKS = ("zqxj01kvwb", "zqxj02kvwb", "zqxj03kvwb", "zqxj04kvwb", "zqxj05kvwb", "zqxj06kvwb")
AMOUNTS = ("7315909", "7315911")
"""Of a budget, and of an award."""
WITHHELD = {"state": "withheld", "basis": "commercial_confidence"}
EMBARGOED = {"state": "embargoed", "until": "2030-01-01T00:00:00Z"}
FIRST = "pangolin"
REFERENCES = ("riverside", "forum")


def say(number: int) -> str:
    return f"{FIRST} {MARKS[number]}"


def award(amount: str) -> Any:
    raw = BY_KIND["contract-awarded.v1"].raw
    data = raw["data"] | {"lot_id": None, "value": {"net": {"amount": amount, "currency": "GBP"}}}
    data |= {
        "supplier": {"scheme": "GB-COH", "id": "1", "name": say(4)},
        "subcontractors": [],
        "decided_on": "2026-03-02",
    }
    data |= {"standstill_ends": "2026-03-14"}
    return raw | {"stream": PROCESS, "data": {name: value for name, value in data.items() if value is not None}}


def kept_back() -> list[Any]:
    """Entries that are not public, and public ones with values that are not."""
    return [
        budget(AMOUNTS[0], visibility=EMBARGOED, late_reason=say(0)),
        issue(say(1), visibility=WITHHELD, sources=[{"title": say(2), "dated": "2026"}]),
        question(say(3)),
        award(AMOUNTS[1]) | {"standing": "report", "visibility": EMBARGOED},
        moved("launch", "2026-05-05", {"state": "given", "code": "capacity", "text": say(5)})
        | {"visibility": WITHHELD},
    ]


def test_nothing_that_is_kept_back_is_in_any_answer(sqlite_site: Site):
    """Every route of the map, asked with all that is on record, and searches for what stands beside the marks."""
    size = sqlite_site.publish(*kept_back())
    assert size == len(RECORD) + 5
    names = [*REFERENCES, "all", "changes", "corrections", "findings", "overdue", "process/riverside", "group/forum"]
    values = [
        "data",
        "data.amount",
        "late_reason",
        "data.text",
        "sources.0.title",
        "data.text_or_summary",
        "data.reason",
    ]
    known = {
        "index": range(len(RECORD), size),
        "name": [*names, *values],
        "slug": ["gb-gor-d18"],
        "number": range(1, 16),
        "reference": REFERENCES,
        "table": ["bids", "overdue", "answers", "timetables", "errors"],
    }
    paths = sorted(set(addresses(sqlite_site.app, known)))
    paths += [f"/search?q={text}" for text in (FIRST, *AMOUNTS)] + [f"/processes/?q={FIRST}"]
    asked = list(answers(sqlite_site.client, paths))
    assert len(asked) > 100
    assert any(status == 200 and b"<feed" in body for _, status, body in asked)
    secrets = (*MARKS, *AMOUNTS)
    found = {path: found_in(body, secrets) - {text for text in secrets if text in path} for path, _, body in asked}
    assert {path: texts for path, texts in found.items() if texts} == {}
    assert in_files(sqlite_site.public_dir, secrets) == {}


def test_what_an_entry_that_is_not_public_holds_is_not_told_by_its_addresses(sqlite_site: Site):
    """Whether a field is there, what lies inside it and how much: one answer for every name, no digest of it."""
    issued, open_again = len(RECORD), len(RECORD) + 1
    given = {"state": "given", "code": "capacity", "text": say(5)}
    sqlite_site.publish(
        moved("launch", "2026-05-05", given) | {"visibility": WITHHELD}, moved("launch", "2026-05-06", given)
    )
    names = ("data.reason", "data.reason.text", "data.changes.0.code", "data.changes.9", "data.nonsense", "data")
    told = {sqlite_site.get(f"/entries/{issued}/values/{name}").get_data() for name in names}
    assert len(told) == 1
    assert sqlite_site.get(f"/entries/{issued}/values/data.reason.text").status_code == 404
    assert sqlite_site.get(f"/entries/{open_again}/values/data.reason.text").status_code == 200
    entry = sqlite_site.get(f"/entries/{issued}.json").get_json()
    assert [each["digest"] for each in entry["undisclosed"]] == entry["entry"]["data"]["_sd"]
