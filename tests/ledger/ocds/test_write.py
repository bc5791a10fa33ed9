"""The record as releases: every kind has its place, corrections come out as updates, and nothing is out too early."""

from __future__ import annotations

from collections import Counter

import pytest

from ledger.actions import KINDS
from ledger.actions.ledger import ExternalReleaseImported
from ledger.ocds.merge import compiled
from ledger.ocds.packages import dumps
from ledger.ocds.statements import submission_of
from ledger.ocds.write import HOMES, ocid_of, releases
from ledger.process import History
from ledger.schema import load_submission
from ledger.streams import Stream
from ledger.vocabulary import OCDS_TAGS
from ledger.wire import decode, encode
from tests.ledger.book import Book, opened
from tests.ledger.samples import PROCESS, SAMPLES, counted_salt, record_all


def written(book: Book, stream: str = PROCESS):
    """The releases of a stream, in order."""
    return [release for _, release in releases(book.history(stream), {})]


def whole(book: Book):
    """What its releases come to."""
    return compiled(written(book))


def history_of_samples() -> History:
    history = History(Stream.parse(PROCESS))
    for entry in record_all():
        if entry.stream == history.stream or history.stream in entry.statement.concerned_streams():
            history.add(entry)
    return history


@pytest.fixture(scope="module")
def of_samples():
    """Releases of one process that has an entry of every kind that can be about it, and what they come to."""
    found = [release for _, release in releases(history_of_samples(), {})]
    return found, compiled(found)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_has_a_place_or_is_declared_to_have_none(kind):
    """A kind that declares tags has a fragment, and one that declares none has none."""
    assert (HOMES[kind].write is not None) == bool(kind.declaration.ocds)


NOT_OF_A_PROCESS = {
    "commitment-discharged.v1",
    "signing-key-rotated.v1",
    "advisory-group-convened.v1",
    "oversight-update-reported.v1",
    "advisory-group-status-changed.v1",
    "meeting-notes-published.v1",
}


def test_every_kind_comes_out_with_its_fragment(of_samples):
    """Each sample is in a release with all that it states, and where it has a place in the standard, also there."""
    found, _ = of_samples
    told = {each["kind"]: release for release in found for each in release["ledgerEntries"] if "kind" in each}
    assert KINDS.keys() - told.keys() <= NOT_OF_A_PROCESS
    empty = {
        name
        for name, release in told.items()
        if HOMES[KINDS[name]].write is not None
        and not release.keys() & {"planning", "tender", "awards", "contracts", "parties"}
    }
    # Of issues, only a formal one is a document of the tender; of contacts, only the procurement team's is the buyer's.
    assert empty == {"issue-reported.v1", "contact-point-named.v1", "contact-point-changed.v1"}


def test_a_formal_complaint_and_a_contact_of_the_team_have_a_place():
    """The kinds whose samples have no fragment have one in the case that the standard knows."""
    book = opened()
    book.record("contact-point-named", contact_id="c", function="procurement_team", role_title="Lead", prison=...)
    book.record("contact-point-changed", contact_id="c", change="replaced", after={"role_title": "Deputy"})
    book.record("issue-reported", formal=True, issue_id="i")
    state = whole(book)
    assert [each["contactPoint"]["name"] for each in state["parties"] if "contactPoint" in each] == ["Deputy"]
    assert [each["documentType"] for each in state["tender"]["documents"]] == ["complaints"]


def test_releases_are_named_after_entries_and_never_twice(of_samples):
    """Ids are numbers of entries, rising, with rising dates, and tags are those of the standard."""
    found, _ = of_samples
    names = [int(each["id"]) for each in found]
    assert names == sorted(set(names))
    assert [each["date"] for each in found] == sorted({each["date"] for each in found})
    assert all(each["tag"] and set(each["tag"]) <= OCDS_TAGS for each in found)


def test_what_each_kind_states_is_where_the_standard_has_it(of_samples):
    """Titles, dates, values, suppliers, contracts and questions are in the fields of OCDS."""
    _, state = of_samples
    assert state["tender"]["title"] == "Family services in prisons"
    assert state["tender"]["legalBasis"] == {"id": "2023/54", "scheme": "UKPGA"}
    assert {each["documentType"] for each in state["planning"]["documents"]} >= {"needsAssessment", "marketStudies"}
    assert state["awards"][0]["suppliers"][0]["id"] in {each["id"] for each in state["parties"]}
    assert state["contracts"][0]["awardID"] == state["awards"][0]["id"]
    assert state["contracts"][0]["implementation"]["milestones"][0]["status"] == "met"


def amount(book: Book):
    return whole(book)["planning"]["budget"]["amount"]["amount"]


def test_a_correction_replaces_what_it_corrects_and_is_no_amendment():
    """A wrong budget put right: the last release has the right one, is an update, and says which entry it corrects."""
    book = opened()
    first = book.record("budget-published", scope="process", amount={"amount": "100", "currency": "GBP"})
    book.record("budget-published", scope="process", amount={"amount": "90.50", "currency": "GBP"}, corrects=first)
    *_, last = written(book)
    assert str(amount(book)) == "90.50"
    assert last["tag"] == ["planningUpdate"]
    assert {"id": "1", "status": "corrected", "replacedBy": "2"}.items() <= last["ledgerEntries"][0].items()


def test_what_is_withdrawn_is_taken_away():
    """Withdrawing the only budget takes its amount away again, and leaves nothing that says otherwise."""
    book = opened()
    first = book.record("budget-published", scope="process", amount={"amount": "100", "currency": "GBP"})
    book.record("ledger-entry-withdrawn", target=first)
    assert whole(book)["planning"]["budget"] == {"amount": {"currency": "GBP"}}
    assert written(book)[-1]["planning"]["budget"]["amount"]["amount"] is None


def test_a_supplier_put_right_leaves_no_other_supplier():
    """An award to the wrong organisation, corrected: the award has one supplier, the right one."""
    book = opened()
    wrong = {"scheme": "GB-CHC", "id": "1", "name": "Wrong"}
    first = book.record("contract-awarded", award_id="a", supplier=wrong, consortium_members=[])
    book.record(
        "contract-awarded",
        award_id="a",
        supplier={**wrong, "id": "2", "name": "Right"},
        consortium_members=[],
        corrects=first,
    )
    (award,) = whole(book)["awards"]
    assert [each["name"] for each in award["suppliers"]] == ["Right"]
    suppliers = [each for each in whole(book)["parties"] if "supplier" in each["roles"]]
    assert [each["identifier"]["id"] for each in suppliers] == ["2"]


def test_dates_stand_as_they_happened_and_not_as_they_were_recorded():
    """A change of timetable that is recorded late, and was decided before another, does not undo that other."""
    book = opened()
    book.record(
        "timeline-published",
        milestones=[stone("tender_deadline", "2025-06-01")],
        published_on="2025-01-20",
        late_reason="Found late.",
    )
    move(book, "2025-07-01", "2025-03-01")
    move(book, "2025-06-15", "2025-02-01")
    assert whole(book)["tender"]["tenderPeriod"]["endDate"] == "2025-07-01T23:59:59+01:00"


def stone(code: str, day: str):
    return {"code": code, "title": code, "date": day, "firmness": "firm"}


def move(book: Book, day: str, decided: str) -> None:
    changes = [{"code": "tender_deadline", "new_date": day}]
    book.record("timeline-changed", changes=changes, decided_on=decided, late_reason="It was found later.")


def test_a_change_names_the_releases_between_which_it_lies():
    """An amendment says which release it amends, and in which release it is."""
    book = opened()
    book.record("timeline-published", milestones=[stone("tender_deadline", "2025-06-01")])
    move(book, "2025-07-01", "2025-03-01")
    found = {}
    for release in written(book):
        for each in release.get("tender", {}).get("amendments", ()):
            found[release["id"]] = each["amendsReleaseID"], each["releaseID"]
    assert found == {"2": ("1", "2")}


def test_an_ocid_is_the_official_one_or_says_that_it_is_local():
    """A process that is known elsewhere keeps its ocid; others get one of this ledger, which is well formed."""
    book = opened()
    assert ocid_of(book.history()) == "ocds-local0-family-services"


SECRETS = ("Is the hall heated?", "The scoring was seen.")


def test_what_is_not_public_never_comes_out():
    """A question is out only with what discloses it, what is withheld not at all; each is told to exist."""
    book = opened()
    question = book.record("clarification-question-received", text_or_summary=SECRETS[0])
    secret = {"state": "withheld", "basis": "legal_privilege"}
    book.record("issue-reported", standing="report", text=SECRETS[1], visibility=secret)
    shown = as_the_public_sees_it(book)
    assert not any(text in dumps(shown).decode() for text in SECRETS)
    told = {each["id"]: each["facts"] for release in shown for each in release["ledgerEntries"]}
    assert {"id": "data.text_or_summary", "status": "embargoed"} in told[str(question)]


def as_the_public_sees_it(book: Book):
    """Releases of what is stored, without what may not be shown."""
    history = History(Stream.parse(PROCESS))
    for entry in book.history().entries():
        made = encode(entry, counted_salt(entry.index))
        history.add(decode(made.state, made.slots))
    return [release for _, release in releases(history, {})]


def test_what_is_told_can_be_taken_back_as_it_was(of_samples):
    """Each entry's own account of itself gives the same submission again, but for a reason of lateness."""
    told = {int(each["id"]): each for each in of_samples[1]["ledgerEntries"]}
    numbers = {index: index for index in range(len(SAMPLES))}
    for entry in record_all():
        if entry.index in told:
            loaded = load_submission(submission_of(told[entry.index], numbers, entry.recorded.date()))
            assert (loaded.stream, loaded.action) == (entry.stream, entry.action)
            assert (loaded.statement.by, loaded.statement.concerns) == (entry.statement.by, entry.statement.concerns)
            assert loaded.statement.standing == entry.statement.standing


def test_kinds_of_the_ledger_itself_have_no_place():
    """What is about the record has no home in OCDS, and an official release comes out as what it says."""
    assert HOMES[ExternalReleaseImported].write is None
    assert Counter(home.write is None for home in HOMES.values())[True] == 10
