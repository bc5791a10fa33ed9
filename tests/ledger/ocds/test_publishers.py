"""The habits of publishers elsewhere, written by hand after the standard: nothing fails, and what matters is taken."""

from __future__ import annotations

import codecs
import json
from typing import Any

import pytest

from ledger.errors import Wrong
from ledger.kinds import Money
from ledger.ocds.plan import Plan
from ledger.ocds.read import Found
from tests.ledger.ocds.releases import found, package, planned, problems, release, taken

DATE = "2024-01-02T10:00:00Z"


def of_kind(made: Plan, name: str) -> list[Any]:
    return [each.action for each in made.entries if type(each.action).__name__ == name]


def test_dates_without_a_zone_numbers_as_ids_and_parties_without_ids_are_no_obstacle():
    """As in Colombia: times without a zone, whole numbers as ids, amounts as text, organisations only by name."""
    made = planned(
        {
            "ocid": "ocds-k50g02-CO1.1",
            "id": 1,
            "date": "2024-01-02T10:00:00.000",
            "tag": "tender",
            "parties": [{"name": "Alcaldía", "identifier": {"id": 890905211}, "roles": "buyer"}],
            "buyer": {"name": "Alcaldía"},
            "tender": {
                "status": "active",
                "value": {"amount": "1200000000", "currency": "COP"},
                "tenderPeriod": {"startDate": "2024-01-02 08:00:00", "endDate": "2024-02-02T17:00:00.000-05:00"},
            },
        },
        {
            "ocid": "ocds-k50g02-CO1.1",
            "id": 2,
            "date": "2024-02-20T10:00:00.000",
            "tag": ["award"],
            "awards": [
                {"id": 7, "suppliers": [{"name": "Acme"}, {"id": "2", "name": "Beta"}], "relatedLots": [3]},
            ],
        },
    )
    (launched,), (budget,), (award,) = (
        of_kind(made, name) for name in ("ProcurementLaunched", "BudgetPublished", "ContractAwarded")
    )
    assert launched.tender_deadline.isoformat() == "2024-02-02"
    assert budget.amount == Money("1200000000", "COP")
    assert (award.award_id, award.lot_id, award.supplier.name) == ("7", "3", "Acme")
    assert [each.name for each in award.consortium_members] == ["Acme", "Beta"]


def compiled_record(*releases: Any) -> bytes:
    compiled = release(9, DATE, "compiled", tender={"status": "active", "title": "Roads"})
    record = {"ocid": compiled["ocid"], "releases": [*releases], "compiledRelease": compiled}
    return json.dumps({"publisher": {"name": "P"}, "records": [record]}).encode()


LINK = {"url": "https://example.org/1", "date": DATE, "tag": ["tender"]}


@pytest.mark.parametrize("lines", [False, True])
def test_a_record_that_only_links_to_its_releases_is_told_by_its_compiled_release(lines):
    """As in Paraguay: the links are in quarantine, and what the compiled release says is taken in."""
    content = compiled_record(LINK)
    if lines:
        content = json.dumps(json.loads(content)["records"][0]).encode() + b"\n"
    results = found(content, by_line=lines)
    assert [None if each.problem is None else "can be fetched" in str(each.problem) for each in results] == [True, None]
    assert results[1].release is not None
    (opened,) = of_kind(planned(results[1].release), "CommissioningProcessRegistered")
    assert opened.title == "Roads"


def test_a_compiled_release_says_nothing_where_the_releases_themselves_are_known():
    """It repeats them: whichever comes first, it is on record as taken in, with no change of its own."""
    own = release(1, "2024-01-01T10:00:00Z", "tender", tender={"status": "active", "title": "Roads"})
    compiled = release(9, DATE, "compiled", tender={"status": "active", "title": "Streets", "value": {"amount": 1}})
    for order in ([own, compiled], [compiled, own]):
        made = planned(*order)
        (opened,) = of_kind(made, "CommissioningProcessRegistered")
        assert opened.title == "Roads"
        assert [each.material_changes for each in of_kind(made, "ExternalReleaseImported")][-1] == 0
        assert not of_kind(made, "BudgetPublished")


def test_a_record_with_its_releases_in_it_is_told_by_them_alone():
    """Where a record holds both, the compiled release is no release of its own."""
    assert len(found(compiled_record(release(1, DATE)))) == 1


ODD_PARTS: dict[str, dict[str, Any]] = {
    "nothing, as PHP writes it": {"tender": [], "planning": [], "awards": {}, "contracts": ""},
    "null everywhere": dict.fromkeys(("buyer", "parties", "planning", "tender", "awards", "contracts", "tag")),
    "a buyer that is a name": {"buyer": "A council"},
    "a period in words": {"tender": {"tenderPeriod": "two weeks", "enquiryPeriod": 5}},
    "milestones of odd types": {"tender": {"milestones": ["soon", {"id": 2, "title": 3, "dueDate": 20201010}, None]}},
    "milestones in a group": {"tender": {"milestones": {"1": {"title": "x"}}}},
    "a title in two languages": {"tender": {"title": {"en": "Cleaning", "cy": "Glanhau"}}},
    "amounts with commas": {"tender": {"value": {"amount": "1,234.50", "currency": "MXN"}}},
    "amounts without a currency": {"tender": {"value": {"amount": 5}}, "awards": [{"id": 1, "value": {"amount": 5}}]},
    "dates that are none": {"tender": {"tenderPeriod": {"endDate": "2024-02-31"}, "datePublished": "0000-00-00"}},
    "suppliers that are names": {"awards": [{"id": "1", "suppliers": ["Acme"]}]},
    "the same lot twice over": {"tender": {"lots": [{"id": "1", "title": "x"}, {"id": 1, "title": "x"}]}},
    "a contact that is a name": {"parties": [{"id": "1", "roles": ["buyer"], "contactPoint": "Ana"}]},
    "documents that are addresses": {"planning": {"documents": ["https://example.org/a (1).pdf"]}},
}


@pytest.mark.parametrize("habit", ODD_PARTS)
def test_what_is_odd_in_a_part_costs_that_part_alone(habit):
    """The release is taken in, without what cannot be read of it."""
    made = planned({**release(1, DATE, "tender"), **ODD_PARTS[habit]})
    assert len(of_kind(made, "ExternalReleaseImported")) == 1
    assert len(of_kind(made, "CommissioningProcessRegistered")) == 1


def test_what_was_left_out_is_noted():
    """A part of the wrong shape is named where a reader can find it."""
    noted = dict(taken({**release(1, DATE), **ODD_PARTS["a period in words"]}).notes)
    assert noted == dict.fromkeys(("tender/tenderPeriod", "tender/enquiryPeriod"), "not a group of named values")


def test_lines_of_windows_with_a_mark_of_byte_order_are_read():
    """As a spreadsheet program saves it: a mark in front, CRLF, an empty line at the end."""
    lines = "\r\n".join(json.dumps({"releases": [release(n, DATE)]}) for n in range(3))
    content = codecs.BOM_UTF8 + lines.encode() + b"\r\n\r\n"
    assert [each.release is not None for each in found(content, by_line=True)] == [True] * 3
    assert [each.release is not None for each in found(content)] == [True] * 3


def test_whatever_stands_in_a_list_of_releases_is_accounted_for():
    """Text, numbers, null and lists are told of as no releases, in their places; they cost no other."""
    odd: list[Any] = ["text", None, -5, True, [], [[1]]]
    content = package(*odd, release(1, DATE), "after")
    results: list[Found] = found(content)
    assert [each.release is None for each in results] == [True] * 6 + [False, True]
    assert set(problems(results)) == {None, "This is not a release, but a list or a single value."}
    assert [content[each.position :].startswith(each.raw) for each in results] == [True] * 8


ANY_JSON: tuple[Any, ...] = (
    None,
    True,
    0,
    -1.5,
    "",
    "x",
    [],
    {},
    [[]],
    [None],
    [{}],
    {"id": []},
    [{"id": {"a": 1}}],
    "x" * 5_000,
)


@pytest.mark.parametrize("part", ["buyer", "parties", "planning", "tender", "awards", "contracts", "tag", "date", "id"])
@pytest.mark.parametrize("deeper", [(), ("value",), ("lots",), ("milestones",), ("documents",), ("suppliers",)])
def test_any_value_anywhere_is_taken_or_refused_in_words(part, deeper):
    """Whatever stands in a part of a release, or in a part of that, it is taken in or refused, and never fails."""
    refused = 0
    for value in ANY_JSON:
        for form in (lambda held: held, lambda held: [{"id": "1", **held}] if isinstance(held, dict) else held):
            held = value
            for name in deeper:
                held = form({name: held})
            try:
                planned({**release(1, DATE), part: held})
            except Wrong:
                refused += 1
    assert refused < 2 * len(ANY_JSON) or part in {"date", "id"}
