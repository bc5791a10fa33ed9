"""Real data of three publishers: every file is taken in, and the changes described beside them are the ones found."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from ledger.database import connect, migrate
from ledger.disclosure import HELD
from ledger.kinds import Money
from ledger.ocds import quarantine
from ledger.ocds.read import read
from ledger.ocds.taking import Counts, take
from ledger.ocds.values import reference_of
from ledger.store import Ledger
from ledger.streams import Stream
from ledger.voice import ENGLISH

CF, FTS = "ocds-b5fd17", "ocds-h6vhtk"

# What the README beside the data says of each ocid with several releases -> the entries after its first release.
DESCRIBED = {
    f"{CF}-4c20859e-a305-4461-84c9-31ee8b43f2d0": ["TenderAmended"],
    f"{CF}-8f3244de-9267-4db2-95fe-089010d5aa5f": ["ContactPointChanged", "TenderAmended"],
    f"{CF}-56c3a2a3-e39f-494a-9c11-2eb477826ef3": ["TenderAmended"],
    f"{CF}-75afe551-b5e4-4538-a546-0547477d0f9f": ["TenderAmended"],
    f"{CF}-55a5319a-5ceb-44da-8d2d-e5d9ef5a7b72": [],
    f"{CF}-0cb08240-82a6-4be3-b63a-1ba819a00d18": ["ContractAwarded"],
    f"{CF}-e0d4b2ec-d437-468f-82c7-1d751544e9ea": ["ContractValueCorrected"],
    f"{FTS}-06d396": [],
}


@pytest.fixture(scope="module")
def ledger(shared, tmp_path_factory):
    """A ledger with all of the shared data in it, what each file came to, and its engine."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('shared')}/candour.db")
    migrate(engine)
    store, counts = Ledger(engine), {}
    files = sorted(each for each in (shared / "data" / "ocds").rglob("*.json") if "schema" not in each.parts)
    for file in files:
        counts[file.name] = Counts()
        for batch in take(store, engine, in_file(file)):
            counts[file.name].add(batch)
    yield store, counts, engine
    engine.dispose()


def in_file(file: Path):
    with file.open("rb") as source:
        for each in read(source, lambda: file.open("rb")):
            yield file.name, each


def story(store: Ledger, ocid: str) -> list[Any]:
    return [each.action for each in store.history(Stream("process", reference_of(ocid)), HELD).standing()]


def after_the_first(actions: list[Any]) -> list[Any]:
    """What came after the first release, but for the entries of the releases themselves."""
    names = [type(each).__name__ for each in actions]
    second = [place for place, name in enumerate(names) if name == "ExternalReleaseImported"][1]
    return [each for each in actions[second:] if type(each).__name__ != "ExternalReleaseImported"]


def test_every_file_is_taken_in_and_its_counts_balance(ledger):
    """No file stops an import, and every release of it is accounted for."""
    _, counts, _ = ledger
    assert counts["cf-2025-01-23-release-package.json"] == Counts(100, 100, 0, 0, counts_entries(counts))
    assert all(each.found == each.recorded + each.unchanged + each.quarantined > 0 for each in counts.values())
    assert sum(each.recorded for each in counts.values()) == 124  # the compiled release of the record too


def counts_entries(counts: dict[str, Counts]) -> int:
    return counts["cf-2025-01-23-release-package.json"].entries


def test_what_cannot_be_used_says_why(ledger):
    """Links to releases, and parts of ProZorro answers that name no tender, are in quarantine for that reason."""
    *_, engine = ledger
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for each in quarantine.each(engine):
        reasons[each.file][each.say(ENGLISH)] += 1
    part = "This is a part of a ProZorro answer that does not say which tender it belongs to."
    assert reasons == {
        "barnet-record-expected.json": {
            "This only says where a release can be fetched. Fetch it, and import that file.": 7
        },
        "changes-feed-page.json": {part: 40},
        "documentation-examples.json": {part: 12, "This is an error that ProZorro answered, and no data.": 1},
    }


@pytest.mark.parametrize("ocid", DESCRIBED)
def test_exactly_the_changes_described_become_entries(ledger, ocid):
    """For each pair described beside the data, those changes and no others are on record."""
    store, *_ = ledger
    assert sorted(type(each).__name__ for each in after_the_first(story(store, ocid))) == DESCRIBED[ocid]


def test_update_tags_alone_change_nothing(ledger):
    """Six updates in which nothing changes are six releases taken in, with no change that matters."""
    store, *_ = ledger
    imports = [each for each in story(store, f"{FTS}-06d396") if type(each).__name__ == "ExternalReleaseImported"]
    assert [each.material_changes for each in imports][1:] == [0] * 6


def test_an_award_published_again_under_another_id_is_one_award_put_right(ledger):
    """18,848,731 and then 188,487 are one award, and no reason was given."""
    store, *_ = ledger
    ocid = f"{CF}-e0d4b2ec-d437-468f-82c7-1d751544e9ea"
    (corrected,) = after_the_first(story(store, ocid))
    assert (corrected.target_id, corrected.after) == (f"{ocid}-1", Money("188487", "GBP"))
    assert corrected.reason.state == "not_given"
    assert sum(type(each).__name__ == "ContractAwarded" for each in story(store, ocid)) == 1


def test_the_standard_s_example_is_told_as_it_was(ledger):
    """Planning to a changed contract: dates, value, end and reasons are those of the worked example."""
    store, *_ = ledger
    actions = story(store, "ocds-213czf-000-00001")
    (signed,) = [each for each in actions if type(each).__name__ == "ContractDetailsPublished"]
    (modified,) = [each for each in actions if type(each).__name__ == "ContractModified"]
    assert (signed.value.net, signed.period.last.isoformat()) == (Money("11000000", "GBP"), "2011-08-01")
    assert modified.value_after == Money("13500000", "GBP")
    assert [(each.what, each.was) for each in modified.changes] == [
        ("Contract: value", "GBP 11000000"),
        ("Contract: end", "2011-08-01"),
    ]
    assert "extension" in modified.reason.text
    assert any(
        type(each).__name__ == "TenderAmended" and each.reason.text == "Update following enquiries." for each in actions
    )


def test_a_change_notice_without_a_reason_counts_as_not_given(ledger):
    """The contract change notice that gives no rationale is on record so."""
    store, *_ = ledger
    (modified,) = [each for each in story(store, f"{FTS}-065444") if type(each).__name__ == "ContractModified"]
    assert modified.reason.state == "not_given"


def test_a_prozorro_tender_is_taken_in(ledger):
    """Its deadlines, both lots and both awards are on record."""
    store, *_ = ledger
    kinds = Counter(type(each).__name__ for each in story(store, "ocds-be6bcu-UA-2026-09-29-001444-a"))
    assert kinds["ContractAwarded"] == 2
    assert kinds["LotStructurePublished"] == kinds["TimelinePublished"] == kinds["ProcurementLaunched"] == 1


def test_no_name_of_a_contact_is_on_record(ledger):
    """Contacts are recorded by their address, and their names nowhere."""
    store, *_ = ledger
    stored = b"".join(state + (slots or b"") for _, state, slots in store.read_stored())
    assert b"Cheetham" not in stored
    assert "Cheetham" not in "".join(repr(each) for each in story(store, f"{CF}-e0d4b2ec-d437-468f-82c7-1d751544e9ea"))
