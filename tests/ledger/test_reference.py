"""The catalogue as told to others keeps up with the declarations, and with the domain they were drawn from."""

import json
import re

import pytest

from ledger import reference
from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.codes import MILESTONES
from ledger.kinds import Many
from ledger.reference import kinds_as_json, page


def test_the_reference_page_is_current(root):
    """The page in the documentation is the one that the declarations give today."""
    written = (root / "docs" / "reference" / "entries.md").read_text(encoding="utf-8")
    advice = "It is out of date. Run: .venv/bin/python -m ledger.reference docs/reference/entries.md"
    assert written == page(KINDS), advice


def test_every_link_of_the_page_leads_to_a_heading():
    """Kinds, groups and code lists are each told once, and linked to from wherever they are used."""
    text = page(KINDS)
    headings = [reference._anchor(line.lstrip("#").strip()) for line in text.splitlines() if line.startswith("#")]
    assert len(set(headings)) == len(headings)
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(headings)


def test_every_kind_and_field_is_told():
    """Each field of each kind has its row, with its name, label and whether it must be filled in."""
    sections = page(KINDS).split("\n## ")
    for kind in KINDS.values():
        about = kind.declaration
        (section,) = (each for each in sections if f"- Name: `{about.name}`" in each)
        assert section.startswith(f"{about.title}\n\n{reference.when_to_use(kind)}\n")
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert [row.split("`")[1] for row in rows] == [field.name for field in v.fields_of(kind)]


def test_the_catalogue_as_data_is_plain_and_whole():
    """Programs read every kind with its fields, their kinds, codes and whether they are required."""
    told = kinds_as_json()
    assert json.loads(json.dumps(told)) == told
    assert [kind["name"] for kind in told] == list(KINDS)
    for kind, declared in zip(told, KINDS.values(), strict=True):
        fields = v.fields_of(declared)
        assert [field["name"] for field in kind["fields"]] == [field.name for field in fields]
        assert [field["required"] for field in kind["fields"]] == [field.required for field in fields]
        assert kind["recommendations"] == list(declared.declaration.recommendations)
        assert kind["ocds"] == list(declared.declaration.ocds)
    by_name = {kind["name"]: kind for kind in told}
    changes = next(f for f in by_name["timeline-changed.v1"]["fields"] if f["name"] == "changes")
    assert changes["list"]
    assert [field["name"] for field in changes["fields"]] == ["code", "new_date"]


def test_two_things_under_one_heading_are_a_fault():
    """A group of fields that would hide another of the same name is found."""

    class Lot(v.Struct):
        """Another lot."""

        label: int = v.count("Label")

    class HasAnotherLot(v.Action, name="has-another-lot.v1", title="T", stage="needs"):
        """Record this."""

        sentence = "%(on)s"
        on: str = v.occurrence("On")
        lot: Lot = v.nested("Lot", Lot)

    with pytest.raises(TypeError, match="both called Lot"):
        page({**KINDS, "has-another-lot.v1": HasAnotherLot})


# --- against the domain -----------------------------------------------------------------------------------------------

RENAMED = {
    # The domain's word -> ours, with the reason.
    ("CommissioningProcessRegistered", "region codes"): "regions",
    ("CommissioningProcessRegistered", "predecessor_process_id"): "predecessor_process",  # a reference, not an id
    ("CommissioningProcessClosed", "successor_process_id"): "successor_process",  # the same
    ("BudgetPublished", "currency"): "amount",  # money is an amount with its currency
    ("AdvisoryGroupMeetingHeld", "processes concerned"): "(envelope) concerns",
    ("ConsultationHeld", "organisations_count by audience"): "organisations_count",
    ("MeetingNotesPublished", "group_id and meeting_no"): "group_id",
    ("MeetingNotesPublished", "or engagement_id"): "engagement_id",
    ("TimelineChanged", "reason_code"): "reason",  # one reason holds its code, text or basis
    ("TimelineChangeCommunicated", "timeline_version"): "change",  # the entry that moved the dates is the version
    ("CommitmentMade", "due_on or duration + unit + trigger"): "due_on",
    ("CommitmentDischarged", "on"): "discharged_on",  # occurrences have a name of their own
    ("CommitmentDischarged", "evidence entry"): "evidence_entry",
    ("SpecificationPublished", "document + sha256"): "document",  # a document holds its digest
    ("SiteVisitOutcomeRecorded", "on"): "happened_on",
    ("ProcurementTerminated", "on"): "stopped_on",
    ("ContractTerminated", "on"): "ended_on",
    ("ContractDetailsPublished", "kpis[] or no_kpi_reason"): "kpis",
    ("IssueResolved", "on"): "resolved_on",
    ("IssueResolved", "fixing entry"): "fixing_entry",
    ("IssueEscalated", "on"): "escalated_on",
    ("SigningKeyRotated", "old vkey"): "old_vkey",
    ("SigningKeyRotated", "new vkey"): "new_vkey",
}
ELSEWHERE = {
    # What the domain lists with a kind and is held elsewhere.
    ("SigningKeyRotated", "signed by both"),  # the checkpoints carry the signatures
    ("ServiceUsersInvolved", "never names"),  # advice
    ("LedgerEntryDisclosed", "also recorded when a set embargo ends"),  # advice
    ("TimelinePublished", "codes include pack_released"),
    *(("TimelinePublished", code) for code in MILESTONES.labels),  # listed codes
}


@pytest.fixture(scope="module")
def domain(shared):
    """The text of the domain's description."""
    return (shared / "domain.md").read_text(encoding="utf-8")


def catalogue(text):
    """Yield (class, listed fields) of each row of the catalogue's tables."""
    for line in text.splitlines():
        row = re.match(r"\| (\d+) \| `(\w+)` \| [CX] \| [^|]* \| (.*) \| [^|]* \|$", line)
        if row:
            yield int(row[1]), row[2], top_level(row[3])


def top_level(text):
    """Split a list of fields at its commas and semicolons, leaving out what stands in brackets."""
    while "(" in text:
        text = re.sub(r"\s*\([^()]*\)", "", text)
    return [each.strip() for each in re.split(r"[,;]", text) if each.strip()]


def test_the_domain_lists_our_kinds_in_our_order(domain):
    """Each of the domain's kinds is a class, and the catalogue has no other."""
    listed = [(number, name) for number, name, _ in catalogue(domain)]
    assert [number for number, _ in listed] == list(range(1, 61))
    assert {name for _, name in listed} == {kind.__name__ for kind in KINDS.values()}


def test_every_field_of_the_domain_is_declared(domain):
    """Each listed field exists under its name, or under another for a reason that is stated here."""
    by_class = {kind.__name__: kind for kind in KINDS.values()}
    unused = set(RENAMED)
    missing = []
    for _, name, listed in catalogue(domain):
        declared = {field.name for field in v.fields_of(by_class[name])}
        for told in listed:
            field = re.split(r"[\[?]| per ", told)[0].strip()
            if {(name, told), (name, field)} & ELSEWHERE:
                continue
            renamed = RENAMED.get((name, told)) or RENAMED.get((name, field))
            unused -= {(name, told), (name, field)}
            if (renamed or field) not in declared and not (renamed or "").startswith("(envelope)"):
                missing.append((name, told))
    assert missing == []
    assert unused == set()


def test_release_tags_are_those_of_the_mapping(domain):
    """Each kind's release tags are what the domain's mapping to open contracting data says, in its order."""
    rows = re.findall(r"^\| (\w+) \| ([^|]+) \| [^|]* \| [^|]* \| [^|]* \|$", domain, re.MULTILINE)
    mapped = dict(rows)
    for kind in KINDS.values():
        told = mapped.get(kind.__name__, "(none)")
        tags = [] if told.startswith("(") else re.findall(r"[a-z]+[A-Za-z]*", re.sub(r"\(.*|- not.*", "", told))
        assert list(kind.declaration.ocds) == tags, kind.__name__


def test_optional_fields_are_at_least_those_of_the_domain(domain):
    """What the domain marks as optional is never asked for."""
    by_class = {kind.__name__: kind for kind in KINDS.values()}
    for _, name, listed in catalogue(domain):
        fields = {field.name: field for field in v.fields_of(by_class[name])}
        for told in listed:
            field = RENAMED.get((name, told.rstrip("?")), told.rstrip("?"))
            if told.endswith("?"):
                assert not fields[field].required, (name, told)
            if "[]" in told and field.removesuffix("[]") in fields:
                assert isinstance(fields[field.removesuffix("[]")].kind, Many), (name, told)
