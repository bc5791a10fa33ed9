"""What releases come to: differences that matter become entries, and nothing else does."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from ledger.actions.contract import (
    ContractAwarded,
    ContractDetailsPublished,
    ContractModified,
    ContractTerminated,
    ContractValueCorrected,
)
from ledger.actions.design import LotStructurePublished, LotStructureRevised
from ledger.actions.procurement import (
    ContactPointChanged,
    ProcurementLaunched,
    ProcurementTerminated,
    TenderAmended,
)
from ledger.actions.timeline import TimelineChanged, TimelinePublished
from ledger.errors import Wrong
from ledger.kinds import NOT_STATED, Money
from ledger.ocds.material import material
from ledger.ocds.plan import Plan
from tests.ledger.ocds.releases import BUYER, changes, planned, release

FIRST, SECOND, THIRD = "2026-01-05T10:00:00Z", "2026-02-05T10:00:00Z", "2026-03-05T10:00:00Z"
SUPPLIER = {"id": "GB-X-9", "name": "A charity"}


def of(made: Plan, kind: type) -> list[Any]:
    """Return the actions of a kind."""
    return [each.action for each in made.entries if isinstance(each.action, kind)]


def pounds(amount):
    return {"amount": amount, "currency": "GBP"}


def tender(**parts):
    return {"id": "t", "title": "Services", "status": "active", **parts}


def award(name="a1", amount=1000, **parts):
    return {"id": name, "status": "active", "value": pounds(amount), "suppliers": [SUPPLIER], **parts}


def contract(amount=1000, **parts):
    return {"id": "c1", "awardID": "a1", "status": "active", "value": pounds(amount), **parts}


# name -> (parts of the first release, parts of the second, what comes of the second)
STEPS: dict[str, tuple[dict[str, Any], dict[str, Any], list[type]]] = {
    "nothing changes, whatever the tag says": (
        {"tender": tender(value=pounds(5))},
        {"tender": tender(value=pounds(5.0))},
        [],
    ),
    "an absent field is no statement": ({"tender": tender(value=pounds(5))}, {"tender": {"id": "t"}}, []),
    "null is no statement": (
        {"tender": tender(tenderPeriod={"endDate": "2026-04-01"})},
        {"tender": tender(tenderPeriod=None)},
        [],
    ),
    "a deadline moves": (
        {"tender": tender(tenderPeriod={"endDate": "2026-04-01T12:00:00Z"})},
        {"tender": tender(tenderPeriod={"endDate": "2026-04-15T12:00:00Z"})},
        [TimelineChanged],
    ),
    "a deadline moves within its day": (
        {"tender": tender(tenderPeriod={"endDate": "2026-04-01T12:00:00Z"})},
        {"tender": tender(tenderPeriod={"endDate": "2026-04-01T15:00:00Z"})},
        [TenderAmended],
    ),
    "one instant written in two zones": (
        {"tender": tender(tenderPeriod={"endDate": "2026-04-01T12:00:00Z"})},
        {"tender": tender(tenderPeriod={"endDate": "2026-04-01T13:00:00+01:00"})},
        [],
    ),
    "an estimate is put right": (
        {"tender": tender(value=pounds(5000))},
        {"tender": tender(value=pounds(6000))},
        [ContractValueCorrected],
    ),
    "the tender opens after it was planned": (
        {"tender": tender(status="planned", tenderPeriod={"endDate": "2026-04-01"})},
        {"tender": tender(tenderPeriod={"endDate": "2026-04-01"})},
        [ProcurementLaunched],
    ),
    "a lot is added": (
        {"tender": tender(lots=[{"id": "1", "title": "North"}])},
        {"tender": tender(lots=[{"id": "2", "title": "South"}])},
        [LotStructureRevised],
    ),
    "a lot is dropped": (
        {"tender": tender(lots=[{"id": "1", "status": "active"}])},
        {"tender": tender(lots=[{"id": "1", "status": "cancelled"}])},
        [LotStructureRevised],
    ),
    "the tender is stopped": (
        {"tender": tender()},
        {"tender": tender(status="withdrawn")},
        [ProcurementTerminated],
    ),
    "an award": ({"tender": tender()}, {"awards": [award()]}, [ContractAwarded]),
    "a failed award is none": ({"tender": tender()}, {"awards": [award(status="unsuccessful")]}, []),
    "an award's value is put right": (
        {"awards": [award()]},
        {"awards": [award(amount=1200)]},
        [ContractValueCorrected],
    ),
    "an award again under another id, a power of ten away": (
        {"awards": [award("a1", 18_848_731)]},
        {"awards": [award("a2", 188_487)]},
        [ContractValueCorrected],
    ),
    "another award of another worth": (
        {"awards": [award("a1", 18_848_731)]},
        {"awards": [award("a2", 200_000)]},
        [ContractAwarded],
    ),
    "two awards a power of ten apart, both named": (
        {"awards": [award("a1", 1000)]},
        {"awards": [award("a1", 1000), award("a2", 10_000)]},
        [ContractAwarded],
    ),
    "a contract": ({"awards": [award()]}, {"contracts": [contract()]}, [ContractDetailsPublished]),
    "a contract's value without an amendment": (
        {"contracts": [contract()]},
        {"contracts": [contract(1200)]},
        [ContractValueCorrected],
    ),
    "a contract's value by an amendment": (
        {"contracts": [contract()]},
        {"contracts": [contract(1200, amendments=[{"id": "1", "date": "2026-02-01"}])]},
        [ContractModified],
    ),
    "a contract's end moves": (
        {"contracts": [contract(period={"endDate": "2027-01-01"})]},
        {"contracts": [contract(period={"endDate": "2028-01-01"})]},
        [ContractModified],
    ),
    "a contract ends": (
        {"contracts": [contract()]},
        {"contracts": [contract(status="terminated")]},
        [ContractTerminated],
    ),
    "a contact's number is put right": (
        {"parties": [{**BUYER, "roles": ["buyer"], "contactPoint": {"email": "a@x.example", "telephone": "0123 1"}}]},
        {"parties": [{**BUYER, "roles": ["buyer"], "contactPoint": {"email": "a@x.example", "telephone": "0123 2"}}]},
        [ContactPointChanged],
    ),
    "a title": ({"tender": tender()}, {"tender": tender(title="Other services")}, [TenderAmended]),
    "an amendment that only gives its reason": (
        {"tender": tender()},
        {"tender": tender(amendments=[{"id": "1", "rationale": "Questions were answered."}])},
        [TenderAmended],
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_what_differs_becomes_entries_and_nothing_else(step):
    """Between two releases, exactly the differences that matter become entries."""
    before, after, expected = STEPS[step]
    made = planned(release(1, FIRST, "tender", **before), release(2, SECOND, **after))
    assert [type(each) for each in changes(made)] == expected


def test_a_reason_is_the_amendment_s_or_not_given():
    """A change bears the reason that its release gives; without one, that none was given."""
    early = tender(tenderPeriod={"endDate": "2026-04-01"})
    late = tender(tenderPeriod={"endDate": "2026-04-15"})
    told = {**late, "amendments": [{"id": "1", "rationale": "Bidders asked for time."}]}
    (silent,) = changes(planned(release(1, FIRST, tender=early), release(2, SECOND, tender=late)))
    (spoken,) = changes(planned(release(1, FIRST, tender=early), release(2, SECOND, tender=told)))
    assert (silent.reason.state, spoken.reason.text) == ("not_given", "Bidders asked for time.")


def test_a_corrected_award_says_that_it_is_probably_the_same():
    """The first award is put right, and the entry says how that was concluded."""
    made = planned(
        release(1, FIRST, "award", awards=[award("a1", 18_848_731)]),
        release(2, SECOND, "award", awards=[award("a2", 188_487)]),
        release(3, THIRD, "contract", contracts=[contract(awardID="a2")]),
    )
    corrected = next(each for each in made.entries if isinstance(each.action, ContractValueCorrected))
    (action,) = of(made, ContractValueCorrected)
    assert (action.target_id, action.after) == ("a1", Money("188487", "GBP"))
    assert "probably" in str(corrected.source.reference)
    (signed,) = of(made, ContractDetailsPublished)
    assert signed.award_id == "a1"


@pytest.mark.parametrize("amount", [0, 0.01])
def test_a_placeholder_is_flagged(amount):
    """A value of nothing or a penny is kept as published, and said to be a placeholder, probably."""
    made = planned(release(1, FIRST, "contract", contracts=[contract(amount)]))
    (published,) = [each for each in made.entries if isinstance(each.action, ContractDetailsPublished)]
    assert "placeholder" in str(published.source.reference)


def test_what_a_notice_does_not_say_is_not_stated():
    """A bare notice gives entries that state nothing beside it."""
    made = planned(release(1, FIRST, "tender", tender=tender(lots=[{"id": "1"}])))
    (launched,) = of(made, ProcurementLaunched)
    (lots,) = of(made, LotStructurePublished)
    assert (launched.tender_deadline, launched.pack_complete, launched.portal) == (NOT_STATED,) * 3
    assert (lots.rationale, lots.lots[0].title, lots.lots[0].annual_value) == (NOT_STATED,) * 3


def test_a_contract_first_seen_changed_is_told_as_changed():
    """Where the first known notice of a contract is a change to it, what was before is not made up."""
    made = planned(release(1, FIRST, "contractAmendment", contracts=[contract(amendments=[{"id": "1"}])]))
    (modified,) = of(made, ContractModified)
    assert (modified.changes, modified.reason.state) == (NOT_STATED, "not_given")


def test_the_timetable_is_each_date_as_first_stated():
    """A date that a later notice states for the first time belongs to the first timetable, and is no change."""
    made = planned(
        release(1, FIRST, "planning", tender=tender(status="planned", contractPeriod={"startDate": "2026-09-01"})),
        release(2, SECOND, "tender", tender=tender(tenderPeriod={"endDate": "2026-04-01"})),
    )
    (published,) = of(made, TimelinePublished)
    assert [each.code for each in published.milestones] == ["contract_start", "tender_deadline"]
    assert published.published_on.text == f"{FIRST}/{SECOND}"
    assert not [each for each in made.entries if isinstance(each.action, TimelineChanged)]


def test_the_plan_does_not_depend_on_the_order_of_arrival():
    """Whatever the order in which releases are given, the plan is the same."""
    releases = [
        release(1, FIRST, "planning", tender=tender(status="planned", value=pounds(900))),
        release(2, SECOND, "tender", tender=tender(tenderPeriod={"endDate": "2026-04-01"}, value=pounds(1000))),
        release(3, "2026-02-05T11:00:00+01:00", tender=tender(tenderPeriod={"endDate": "2026-04-20"})),
        release(4, THIRD, "award", awards=[award()]),
    ]
    assert len({repr(planned(*each)) for each in permutations(releases)}) == 1


def test_an_unrelated_purchase_under_one_ocid_is_set_aside():
    """Another buyer with another tender and title does not belong to the process, whichever came first."""
    other = {"buyer": {"id": "GB-X-2", "name": "Another council"}, "tender": tender(id="u", title="Roads")}
    releases = [release(1, FIRST, tender=tender()), {**release(2, SECOND), **other}]
    for each in (releases, releases[::-1]):
        made = planned(*each)
        assert len(made.aside) == 1
        assert "another buyer" in str(next(iter(made.aside.values())))
        assert all("r2" not in str(entry.source.title) for entry in made.entries)


UNUSABLE: dict[str, tuple[dict[str, Any], str]] = {
    "no ocid": ({"ocid": None}, "no ocid"),
    "no id": ({"id": ""}, "no id"),
    "no date": ({"date": None}, "no date"),
    "a date that is none": ({"date": "soon"}, "date of this release cannot be read"),
    "an id that is a list": ({"id": ["1"]}, "an id must be text"),
    "an id that is true": ({"ocid": True}, "an id must be text"),
    "an award's id that is a group": ({"awards": [{"id": {}}]}, "awards/0/id: an id must be text"),
    "an award without an id": ({"awards": [{"status": "active"}]}, "awards/0 has no id"),
    "two awards with one id": ({"awards": [{"id": "1", "title": "x"}, {"id": 1}]}, "two have the id 1"),
    "a tender that is a list": ({"tender": [1]}, "tender must be a group"),
    "awards that are text": ({"awards": "none"}, "awards must be a list"),
    "more lots than anyone has": ({"tender": {"lots": [{"id": n} for n in range(2_001)]}}, "more than 2000"),
}


@pytest.mark.parametrize("fault", UNUSABLE)
def test_a_release_that_cannot_be_used_says_why(fault):
    """A wrong shape or a missing identity is named with its path."""
    parts, why = UNUSABLE[fault]
    with pytest.raises(Wrong, match=why):
        material({**release(1, FIRST), **parts})


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"tender": {"value": pounds(-5)}}, "tender/value/amount"),
        ({"tender": {"value": {"amount": 5}}}, "tender/value"),
        ({"tender": {"value": {"amount": 5, "currency": "pounds"}}}, "tender/value"),
        ({"tender": {"tenderPeriod": {"endDate": "0000-00-00"}}}, "tender/tenderPeriod/endDate"),
        ({"tender": {"tenderPeriod": {"endDate": 20260401}}}, "tender/tenderPeriod/endDate"),
        ({"tender": {"title": 5}}, "tender/title"),
    ],
)
def test_a_single_odd_value_is_left_out_and_noted(parts, path):
    """What cannot be read inside a release that can is not stated, and the note says where."""
    facts, notes = material(release(1, FIRST, **parts))
    assert [each for each, _ in notes] == [path]
    assert facts["date"] == FIRST


def test_no_name_of_a_person_is_kept():
    """Of a contact's name nothing is kept that would tell it, and yet another name is noticed."""
    contacts: list[dict[str, Any]] = [
        {"parties": [{**BUYER, "roles": ["buyer"], "contactPoint": {"name": name, "email": "team@x.example"}}]}
        for name in ("Ada Lovelace", "Grace Hopper")
    ]
    made = planned(release(1, FIRST, **contacts[0]), release(2, SECOND, **contacts[1]))
    assert [each.change for each in changes(made)] == ["replaced"]
    assert "Lovelace" not in repr(made)
    assert "Lovelace" not in repr(material(release(1, FIRST, **contacts[0])))
