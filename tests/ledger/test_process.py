"""The rules: what is recorded, what is refused and in which words, and what is shown not to fit."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.actions import KINDS
from ledger.actions.advisory import AdvisoryGroupConvened
from ledger.actions.contract import ContractModified, ContractValueCorrected
from ledger.actions.design import LotStructureRevised
from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.process import CommissioningProcessRegistered, NeedsAssessmentPublished
from ledger.actions.procurement import ClarificationAnswered
from ledger.actions.timeline import TimelineChanged, current_dates
from ledger.clock import england_and_wales
from ledger.errors import Refused
from ledger.process import History, Moment, decide
from ledger.schema import load_submission
from ledger.streams import Stream
from tests.ledger.book import NOON, OTHERS, SOURCE, TODAY, Book, bare, book_before, opened, submission
from tests.ledger.samples import BY_KIND, GROUP, LEDGER, PROCESS, SAMPLES, because, record_all

OPENERS = (CommissioningProcessRegistered, AdvisoryGroupConvened)
ENTRY_KINDS = ("ledger-entry-withdrawn.v1", "ledger-entry-redacted.v1", "ledger-entry-disclosed.v1")


# --- the whole catalogue ----------------------------------------------------------------------------------------------


def test_every_kind_can_be_recorded_as_an_act():
    """Given all before it, each of the 60 kinds is accepted, and keeps the place it was given."""
    entries = record_all()
    assert [entry.index for entry in entries] == list(range(60))
    assert {entry.action.declaration.name for entry in entries} == set(KINDS)


def test_a_record_in_order_shows_no_contradiction():
    """What was accepted as acts in their order fits together afterwards too."""
    book = book_before("ledger-entry-withdrawn.v1")
    for stream in (PROCESS, GROUP, LEDGER):
        assert book.misfits(stream) == {}


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.declaration.after])
def test_an_act_out_of_order_is_refused(kind):
    """Without any of the kinds it comes after, an act is refused, and the refusal names what to record first."""
    sample = BY_KIND[kind.declaration.name]
    named = [after.declaration.title for after in kind.declaration.after]
    book = Book()
    book.record("issue-reported", stream="process/other", standing="report")
    words = book.refusal(strip_entries(sample), sample.recorded)
    assert all(f"{title}. Record that first." in words or title in words for title in named)


@pytest.mark.parametrize("name", ["meeting-notes-published", "commitment-made", "issue-reported"])
@pytest.mark.parametrize("stream", [PROCESS, GROUP])
def test_a_record_begins_with_its_opening(name, stream):
    """What needs no particular entry before it still needs a process or a group that was opened."""
    book = Book()
    book.record("issue-reported", stream=stream, standing="report")
    assert book.refuse(name, stream=stream) == f"There is no record of {stream} yet. Open it first."


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.declaration.once])
def test_what_there_can_be_only_one_of_is_refused_twice(kind):
    """A second opening, baseline timetable, launch … is refused, and the words point to a correction."""
    book = Book()
    raw = None
    for sample in SAMPLES:
        book.enter(sample.raw, sample.recorded)
        if sample.kind == kind.declaration.name:
            raw = sample.raw
            break
    words = book.refusal(raw, SAMPLES[book.size - 1].recorded)
    assert words.endswith("there can be only one. To put it right, correct that entry.")


@pytest.mark.parametrize("kind", KINDS.values())
@pytest.mark.parametrize("stream", ["process/other", "group/other", "ledger/ledger"])
def test_a_kind_stands_only_in_its_streams(kind, stream):
    """An entry in another sort of stream than its own is refused under every standing."""
    wrong = stream.split("/")[0] not in kind.declaration.streams
    sample = BY_KIND[kind.declaration.name]
    raw = sample.raw | {"stream": stream, "standing": "report", "late_reason": "Found late."}
    book = book_before(kind.declaration.name)
    if wrong:
        assert "does not belong in the record of a" in book.refusal(raw, sample.recorded)
    elif kind.declaration.name not in ENTRY_KINDS:
        assert book.enter(raw, sample.recorded).stream == Stream.parse(stream)
    else:
        assert "Record this where the entry stands." in book.refusal(raw, sample.recorded)


def test_there_is_one_ledger():
    """A stream of the ledger by another name is refused."""
    assert "Write the stream as ledger/ledger." in Book().refuse("signing-key-rotated", stream="ledger/mine")


# --- references -------------------------------------------------------------------------------------------------------

NEEDED = [
    ("a question", "clarification-answered", "question_id", "no question “nothing”"),
    ("an answered question", "clarification-answer-corrected", "question_id", "no question “nothing”"),
    ("a lot", "budget-published", "lot_id", "no lot “nothing”"),
    ("a lot in a list", "bids-closed", "no_bid_lots.0", "no lot “nothing”"),
    ("a promise", "commitment-discharged", "commitment_id", "no commitment “nothing”"),
    ("a promise of an answer", "clarification-question-received", "commitment_id", "no commitment “nothing”"),
    ("a visit", "site-visit-outcome-recorded", "visit_id", "no visit “nothing”"),
    ("an issue", "issue-answered", "issue_id", "no issue “nothing”"),
    ("a cause", "lot-structure-revised", "cause_issue_ids.0", "no issue “nothing”"),
    ("a contract", "contract-modified", "contract_id", "no contract “nothing”"),
    ("an award", "contract-details-published", "award_id", "no award “nothing”"),
    ("a review", "review-recommendation-answered", "review_id", "no review “nothing”"),
    ("a recommendation", "review-recommendation-answered", "recommendation_id", "no recommendation “nothing”"),
    ("a measure", "performance-reported", "kpi_id", "no kpi “nothing”"),
    ("a contact", "contact-point-changed", "contact_id", "no contact “nothing”"),
    ("an engagement", "consultation-response-published", "engagement_id", "no engagement “nothing”"),
    ("an assessment", "lot-structure-published", "market_assessment_id", "no assessment “nothing”"),
    ("a milestone", "milestone-reached", "milestone_code", "no milestone “nothing”"),
    ("a milestone that moves", "timeline-changed", "changes.0.code", "no milestone “nothing”"),
    ("a specification", "specification-corrected", "spec_id", "no specification “nothing”"),
    ("a value's award", "contract-value-corrected", "target_id", "No lot nothing is on record."),
]


@pytest.mark.parametrize(("name", "field", "words"), [row[1:] for row in NEEDED], ids=[row[0] for row in NEEDED])
def test_what_an_act_refers_to_must_be_on_record(name, field, words):
    """Given everything else, an act that refers to what nobody recorded is refused, naming the field."""
    sample = BY_KIND[f"{name}.v1"]
    raw = sample.raw | {"data": changed(sample.raw["data"], field, "nothing")}
    refusal = book_before(sample.kind).refusal(raw, sample.recorded)
    assert words in refusal
    assert refusal.startswith((f"{field}: ", "No lot"))


@pytest.mark.parametrize(("name", "field"), [row[1:3] for row in NEEDED], ids=[row[0] for row in NEEDED])
@pytest.mark.parametrize("standing", OTHERS)
def test_what_others_state_is_kept_and_shown_not_to_fit(name, field, standing):
    """Under every other standing the same entry is recorded, with the contradiction beside it."""
    sample = BY_KIND[f"{name}.v1"]
    raw = as_standing(sample.raw | {"data": changed(sample.raw["data"], field, "nothing")}, standing)
    book = book_before(sample.kind)
    index = book.enter(raw, sample.recorded).index
    assert "nothing" in book.misfits()[index][0]


@pytest.mark.parametrize("standing", ["act", *OTHERS])
def test_an_entry_points_only_to_earlier_entries(standing):
    """Numbers of entries not yet recorded, its own included, are refused under every standing."""
    book = opened()
    words = book.refuse("needs-assessment-published", standing=standing, involvement_entries=[0, 1])
    assert words.startswith("involvement_entries.1: entry 1 is not on record yet.")
    book.record("needs-assessment-published", standing=standing, involvement_entries=[0])


def test_a_review_is_asked_only_for_what_it_recommends():
    """Two reviews may both number from 1; an answer names one that its review makes."""
    book = opened()
    recommendation = {"id": "1", "text": "Ask first.", "addressee": []}
    book.record("post-process-review-published", review_id="a", recommendations=[recommendation])
    book.record("post-process-review-published", review_id="b", recommendations=[recommendation | {"id": "2"}])
    book.record("post-process-review-published", review_id="c", recommendations=[recommendation])
    answer = {"review_id": "b", "recommendation_id": "1"}
    assert book.refuse("review-recommendation-answered", **answer) == (
        "Review b has no recommendation 1. Choose one that it makes."
    )
    book.record("review-recommendation-answered", **answer | {"recommendation_id": "2"})


def test_contracts_of_one_process_share_their_measures():
    """Performance is reported on a measure that its own contract agrees."""
    book = opened()
    book.record("contract-awarded", award_id="a", lot_id=...)
    kpi = {"kpi_id": "visits", "title": "Visits", "target": "60 per cent"}
    book.record("contract-details-published", contract_id="one", award_id="a", kpis=[kpi])
    book.record("contract-details-published", contract_id="two", award_id="a", kpis=[kpi])
    book.record("contract-details-published", contract_id="three", award_id="a", kpis=[kpi | {"kpi_id": "calls"}])
    book.record("performance-reported", contract_id="two", kpi_id="visits")
    assert book.refuse("performance-reported", contract_id="three", kpi_id="visits") == (
        "Contract three has no measure visits. Choose one that it agrees."
    )


def test_a_thing_may_be_named_before_it_is_opened():
    """An assessment names the lots that are cut later; an announcement is recorded after its event."""
    book = opened()
    book.record("market-health-assessment-published", lots_covered=["lot-1", "lot-2"])
    book.record("lot-structure-published")
    book.record("consultation-held", engagement_id="round")
    book.record("consultation-announced", engagement_id="round")
    book.record("specification-published", spec_id="leeds")
    book.record("specification-author-assigned", spec_id="leeds")
    book.record("specification-author-assigned", spec_id="leeds", author_role="deputy governor")
    assert book.misfits() == {}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("clarification-question-received", "question_id"),
        ("issue-reported", "issue_id"),
        ("commitment-made", "commitment_id"),
        ("site-visit-requested", "visit_id"),
        ("contact-point-named", "contact_id"),
        ("contract-awarded", "award_id"),
        ("market-health-assessment-published", "assessment_id"),
        ("consultation-announced", "engagement_id"),
        ("post-process-review-published", "review_id"),
    ],
)
def test_an_id_is_given_once(name, field):
    """The ledger numbers what has no id; the same id again is refused; a number once used is never given again."""
    book = opened()
    first = book.record(name)
    given_id = getattr(book.stated(first), field)
    assert given_id == re.sub(r"_id$", "-1", field)
    assert f"{field}: " in book.refuse(name, **{field: given_id})
    book.record(name, **{field: "my-own"})
    book.record("ledger-entry-withdrawn", target=first)
    third = book.record(name)
    assert getattr(book.stated(third), field) == re.sub(r"_id$", "-3", field)
    withdrawal = book.size - 2
    book.record("ledger-entry-withdrawn", target=withdrawal)
    assert book.history().opened(re.sub(r"_id$", "", field), given_id) is book.history().at(first)


def test_two_things_of_one_entry_need_two_ids():
    """A timetable that has one milestone twice is refused."""
    milestone = bare("timeline-published")["milestones"][0]
    words = opened().refuse("timeline-published", milestones=[milestone, milestone])
    assert words == "milestones.1.code: milestone “launch” is on record already. Choose another id."


def test_an_entry_concerns_other_processes_that_exist():
    """An unknown process is refused by name; the own one is never named."""
    book = opened()
    raw = submission("issue-reported", concerns=["elsewhere"])
    words = book.refusal(raw, unknown=frozenset({Stream("process", "elsewhere")}))
    assert words.startswith("There is no record of process/elsewhere, which this entry concerns.")
    assert "An entry always concerns its own process." in book.refuse("issue-reported", concerns=["family-services"])
    assert book.enter(raw).statement.concerns == ("elsewhere",)


def test_rules_look_only_at_the_own_stream():
    """What another stream opened, and an entry there that concerns this one, neither helps nor hinders."""
    book = opened()
    book.record("advisory-group-convened", stream=GROUP)
    issue = submission("issue-reported", stream=GROUP, issue_id="issue-1", concerns=["family-services"])
    theirs = book.enter(issue)
    book.history().add(theirs)
    book.record("issue-reported", issue_id="issue-9")
    assert "no issue “issue-1” is on record" in book.refuse("issue-answered", issue_id="issue-1")
    book.record("issue-reported", issue_id="issue-1")
    book.record("issue-answered", issue_id="issue-1")
    assert book.misfits() == {}
    assert theirs.index in {entry.index for entry in book.history().standing()}


# --- second answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("clarification-answered", "Record “Answer put right”, or correct that entry."),
        ("site-visit-outcome-recorded", "To change it, correct that entry."),
        ("issue-resolved", "To change how, correct that entry."),
        ("commitment-discharged", "To change how it ended, correct that entry."),
    ],
)
def test_what_was_ended_once_is_ended(name, advice):
    """A second answer, outcome, resolution or end is refused; under another standing the second shows as a misfit."""
    sample = BY_KIND[f"{name}.v1"]
    book = book_before(sample.kind)
    book.enter(sample.raw, sample.recorded)
    assert book.refusal(sample.raw, sample.recorded).endswith(advice)
    second = book.enter(as_standing(sample.raw, "report"), sample.recorded).index
    assert list(book.misfits()) == [second]


# --- the timetable ----------------------------------------------------------------------------------------------------


def with_timetable() -> Book:
    book = opened()
    book.record("timeline-published", published_on="2025-05-30")
    return book


def moves(**dates):
    return [{"code": code, "new_date": day} for code, day in dates.items()]


def test_dates_move_only_by_a_change_of_the_timetable():
    """A launch with another date, and an amendment that names a milestone, are refused."""
    book = with_timetable()
    words = book.refuse("procurement-launched", tender_deadline="2025-08-05")
    assert words == (
        "Bidding closes: the timetable says 2025-08-04, this says 2025-08-05. "
        "Move the date by a change of timetable first, with its reason."
    )
    book.record("procurement-launched", tender_deadline="2025-08-04")
    book.record("issue-reported")
    for what in ("tender_deadline", "service_start", "launch"):
        words = book.refuse("tender-amended", changes=[{"what": what, "after": "2025-08-05"}])
        assert words == f"“{what}” is a date of the timetable. Move it by a change of timetable, with its reason."
    book.record("tender-amended", changes=[{"what": "other", "after": "Another form."}])


def test_a_change_moves_a_date_to_another_date():
    """A milestone that stays where it stands, or moves twice in one entry, is refused."""
    book = with_timetable()
    assert book.refuse("timeline-changed", changes=moves(tender_deadline="2025-08-04")).startswith(
        "tender_deadline already stands at 2025-08-04."
    )
    twice = moves(launch="2025-06-10") + moves(launch="2025-06-11")
    assert "One milestone moves twice" in book.refuse("timeline-changed", changes=twice)
    book.record("timeline-changed", changes=moves(tender_deadline="2025-08-11"))
    again = submission("timeline-changed", changes=moves(tender_deadline="2025-08-11"))
    assert "already stands at 2025-08-11" in book.refusal(again)
    book.record("procurement-launched", tender_deadline="2025-08-11")


def test_a_change_after_the_launch_leaves_the_launch_as_it_was():
    """The launch is held to the timetable of its day, whatever is decided, or entered, later."""
    book = with_timetable()
    book.record("procurement-launched", launched_on="2025-06-02", tender_deadline="2025-08-04")
    book.record("timeline-changed", decided_on="2025-06-03", changes=moves(tender_deadline="2025-08-11"))
    assert book.misfits() == {}
    late = with_timetable()
    late.record("timeline-changed", decided_on="2025-06-03", changes=moves(tender_deadline="2025-08-11"))
    late.record("procurement-launched", launched_on="2025-06-02", tender_deadline="2025-08-04")


@given(order=st.permutations(["2025-03-01", "2025-03-15", "2025-04-01", "2025-04-15"]))
def test_dates_stand_in_the_order_in_which_they_were_decided(order):
    """However changes are back-filled, the latest decided stands, and each says what stood before it."""
    new = {
        "2025-03-01": "2025-08-11",
        "2025-03-15": "2025-08-18",
        "2025-04-01": "2025-08-11",
        "2025-04-15": "2025-09-01",
    }
    book = opened()
    book.record("timeline-published", published_on="2025-02-01", standing="report")
    for day in order:
        changes = moves(tender_deadline=new[day])
        book.record("timeline-changed", decided_on=day, changes=changes, standing="report")
    assert str(current_dates(book.history())["tender_deadline"]) == "2025-09-01"

    def before(entry):
        others = book.history().without(lambda _, other: other is entry)
        return str(entry.action.before(others)["changes.0.new_date"])

    shown = {text_of_occurrence(entry): before(entry) for entry, _ in book.history().records(TimelineChanged)}
    assert dict(sorted(shown.items())) == dict(
        zip(new, ["2025-08-04", "2025-08-11", "2025-08-18", "2025-08-11"], strict=True)
    )
    assert book.misfits() == {}


def test_two_baselines_contradict_at_the_second():
    """Whatever the order of recording, the later timetable is the one that does not fit; an act never gives way."""
    book = opened()
    second = book.record("timeline-published", published_on="2025-03-01", standing="reconstruction")
    first = book.record("timeline-published", published_on="2025-02-01", standing="reconstruction")
    assert list(book.misfits()) == [second]
    book = opened()
    act = book.record("timeline-published", published_on=TODAY)
    claim = book.record("timeline-published", published_on="2025-02-01", standing="report")
    assert list(book.misfits()) == [claim]
    assert (first, act) == (2, 1)


# --- values -----------------------------------------------------------------------------------------------------------


def test_the_value_before_is_the_one_that_stood():
    """A value put right, changed and put right again shows each time what stood before it."""
    book = opened()

    def pounds(amount):
        return {"amount": amount, "currency": "GBP"}

    def before(kind, path):
        found = list(book.history().records(kind))[-1]
        others = book.history().without(lambda _, other: other is found[0])
        return found[1].before(others)[path].amount

    book.record("lot-structure-published", published_on="2025-05-26")
    book.record("contract-value-corrected", corrected_on="2025-05-27", after=pounds("1000000"), target_id="lot-1")
    assert before(ContractValueCorrected, "after") == "1070000.00"
    change = [{"lot_id": "lot-1", "annual_value": pounds("900000"), "title": "North"}]
    book.record("lot-structure-revised", revised_on="2025-05-28", changes=change, cause_issue_ids=[])
    assert before(LotStructureRevised, "changes.0.annual_value") == "1000000"
    assert "changes.0.title" not in list(book.history().actions(LotStructureRevised))[-1].before(book.history())
    book.record("contract-awarded", award_id="a")
    book.record("contract-details-published", award_id="a", contract_id="c", published_on="2025-05-28")
    book.record("contract-modified", contract_id="c", agreed_on="2025-05-29", value_after=pounds("3000000"))
    assert before(ContractModified, "value_after") == "2670001.50"
    right = {"value_of": "contract", "target_id": "c", "after": pounds("3000001")}
    book.record("contract-value-corrected", corrected_on="2025-05-30", **right)
    assert before(ContractValueCorrected, "after") == "3000000"


# --- time -------------------------------------------------------------------------------------------------------------


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


LATE = [
    ("on the tenth working day", "2025-06-02", "2025-06-16T22:59:59Z", False),
    ("a second later, in London", "2025-06-02", "2025-06-16T23:00:00Z", True),
    ("over two bank holidays and Easter, just in time", "2025-04-11", "2025-04-29T12:00:00Z", False),
    ("over two bank holidays and Easter, a day late", "2025-04-11", "2025-04-30T12:00:00Z", True),
    ("from a Saturday, which counts from Monday", "2025-06-07", "2025-06-23T12:00:00Z", False),
    ("from a Saturday, a day late", "2025-06-07", "2025-06-24T12:00:00Z", True),
    ("over the end of summer time, in winter time", "2025-10-17", "2025-10-31T23:59:59Z", False),
    ("over the end of summer time, a second later", "2025-10-17", "2025-11-01T00:00:00Z", True),
    ("an interval counts from its end", "2025-01/2025-05", "2025-06-13T12:00:00Z", False),
    ("an interval, a day late", "2025-01/2025-05", "2025-06-17T12:00:00Z", True),
    ("a year not over", "2025", "2025-12-31T12:00:00Z", False),
    ("an instant late at night", "2025-06-02T23:30:00+01:00", "2025-06-16T12:00:00Z", False),
]


@pytest.mark.parametrize(("occurred", "now", "late"), [row[1:] for row in LATE], ids=[row[0] for row in LATE])
def test_late_recording_says_why(occurred, now, late):
    """More than ten working days after the latest possible moment, an act or a report needs its reason."""
    for standing in ("act", "report"):
        raw = submission("issue-reported", standing=standing, reported_at=occurred)
        raw.pop("late_reason", None)
        book = opened()
        if late:
            words = book.refusal(raw, at(now))
            assert words == "This is recorded more than 10 working days after it happened. Say why it is late."
            raw |= {"late_reason": "The clerk was away."}
        assert book.enter(raw, at(now)).occurred is not None


@pytest.mark.parametrize("standing", ["import", "reconstruction"])
def test_what_is_entered_from_documents_is_never_late(standing):
    """An import or a reconstruction of 1999 needs no reason for lateness."""
    assert opened().record("issue-reported", standing=standing, reported_at="1999") == 1


@pytest.mark.parametrize(
    ("occurred", "future"),
    [
        ("2025-06-03T12:00:01Z", True),
        ("2025-06-03T13:00:00+01:00", False),
        ("2025-06-04", True),
        (TODAY, False),
        ("2025-06", False),
        ("2025", False),
        ("2026", True),
        ("2025-06-01/2026", False),
    ],
)
def test_nothing_is_recorded_before_it_happens(occurred, future):
    """What can have happened is accepted; what is still to come is refused, or shown not to fit."""
    book = opened()
    for standing in ("act", "report"):
        raw = submission("issue-reported", standing=standing, reported_at=occurred)
        if future:
            assert book.refusal(raw).startswith("It has not happened yet")
        else:
            book.enter(raw)
    index = book.record("issue-reported", standing="reconstruction", reported_at=occurred)
    assert (index in book.misfits()) is future


# --- corrections and withdrawals --------------------------------------------------------------------------------------


def standing(book, kind=NeedsAssessmentPublished):
    """The population that stands, by the original's place."""
    return [action.population for action in book.history().actions(kind)]


def assessed(book, population, **how):
    return book.record("needs-assessment-published", population=population, **how)


def test_a_correction_takes_the_place_of_the_original():
    """The newest of a chain stands where the original stood, and everything stays readable."""
    book = opened()
    first, second = assessed(book, "one"), assessed(book, "two")
    fix = assessed(book, "one, put right", corrects=first)
    again = assessed(book, "one, put right again", corrects=fix)
    assert standing(book) == ["one, put right again", "two"]
    history = book.history()
    assert history.chain(again) == history.chain(first) == (first, fix, again)
    assert [history.newest(index) for index in (first, second, fix, again)] == [again, second, again, again]
    assert book.stated(first).population == "one"


def test_only_the_newest_is_corrected_by_the_same_kind_in_its_own_stream():
    """Another kind, another stream, an entry corrected before or withdrawn: each is refused with what to do."""
    book = opened()
    first = assessed(book, "one")
    fix = assessed(book, "right", corrects=first)
    words = book.refuse("needs-assessment-published", corrects=first)
    assert words == f"Entry {first} was corrected already, by entry {fix}. Correct that one."
    assert "Correct it by the same kind of entry." in book.refuse("issue-reported", corrects=fix)
    book.record("commissioning-process-registered", stream="process/other", reference="other")
    words = book.refuse("needs-assessment-published", stream="process/other", corrects=fix)
    assert words == f"Entry {fix} is not an entry of process/other. Correct it where it stands."
    assert "is not an entry of" in book.refuse("needs-assessment-published", corrects=99)
    book.record("ledger-entry-withdrawn", target=fix)
    words = book.refuse("needs-assessment-published", corrects=fix)
    assert words == f"Entry {fix} is withdrawn. Record the right entry as a new one."


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ledger-entry-withdrawn.v1"])
def test_every_kind_can_be_corrected(kind):
    """A correction is exempt from order and from “only one”: every kind is corrected, and corrected once more."""
    sample = BY_KIND[kind]
    book = book_before(kind)
    original = book.enter(sample.raw, sample.recorded)
    first = book.enter(corrected(sample.raw, original.index), sample.recorded)
    second = book.enter(corrected(sample.raw, first.index), sample.recorded)
    history = book.histories[original.stream]
    assert history.newest(original.index) == second.index
    assert second.action == original.action


def test_a_correction_that_gives_no_id_is_about_the_same_thing():
    """The ledger's own number stays with the question, so that its answer keeps its ground."""
    book = opened()
    asked = book.record("clarification-question-received")
    book.record("clarification-answered", question_id="question-1")
    fix = book.record("clarification-question-received", topic="costs", corrects=asked)
    assert book.stated(fix).question_id == "question-1"
    assert book.misfits() == {}


def test_an_entry_that_loses_its_ground_shows_it():
    """A correction that renames a thing, and a withdrawal, leave what rests on it as contradictions."""
    book = opened()
    asked = book.record("clarification-question-received", question_id="q")
    answer = book.record("clarification-answered", question_id="q")
    book.record("clarification-question-received", question_id="other", corrects=asked)
    assert book.misfits() == {
        answer: ["question_id: no question “q” is on record. Record it first, or choose one that is."]
    }
    book.record("clarification-question-received", question_id="q")
    assert book.misfits() == {}
    book.record("ledger-entry-withdrawn", target=0)
    assert set(book.misfits()) == {3, 4}


def test_a_corrected_second_baseline_still_does_not_fit():
    """Exempt when it is recorded, a correction is judged as its original was."""
    book = opened()
    book.record("timeline-published", published_on="2025-02-01", standing="reconstruction")
    second = book.record("timeline-published", published_on="2025-03-01", standing="reconstruction")
    fix = book.record("timeline-published", published_on="2025-03-02", standing="reconstruction", corrects=second)
    assert list(book.misfits()) == [fix]


def test_withdrawals():
    """A withdrawn entry no longer stands; withdrawn in its turn, a withdrawal gives it back."""
    book = opened()
    first = assessed(book, "one")
    gone = book.record("ledger-entry-withdrawn", target=first)
    assert standing(book) == []
    assert book.history().withdrawn_by(first) == gone
    assert "is withdrawn already" in book.refuse("ledger-entry-withdrawn", target=first)
    back = book.record("ledger-entry-withdrawn", target=gone)
    assert standing(book) == ["one"]
    assert not book.history().is_withdrawn(first)
    book.record("ledger-entry-withdrawn", target=back)
    assert standing(book) == []
    assert book.misfits() == {}


def test_a_withdrawn_correction_leaves_what_it_corrected():
    """The earlier entry stands again, and is the one to correct."""
    book = opened()
    first = assessed(book, "one")
    fix = assessed(book, "wrong", corrects=first)
    book.record("ledger-entry-withdrawn", target=fix)
    assert standing(book) == ["one"]
    better = assessed(book, "better", corrects=first)
    assert standing(book) == ["better"]
    assert book.history().newest(first) == better


def test_with_an_original_its_corrections_go():
    """What should never have been recorded does not stand as corrected either."""
    book = opened()
    first = assessed(book, "one")
    fix = assessed(book, "two", corrects=first)
    gone = book.record("ledger-entry-withdrawn", target=first)
    assert standing(book) == []
    assert book.history().is_withdrawn(fix)
    assert "Record the right entry as a new one." in book.refuse("needs-assessment-published", corrects=fix)
    book.record("ledger-entry-withdrawn", target=gone)
    assert standing(book) == ["two"]


def test_a_withdrawal_is_corrected():
    """Its reason, or the entry it means, is put right; what it meant wrongly stands again."""
    book = opened()
    first, second = assessed(book, "one"), assessed(book, "two")
    gone = book.record("ledger-entry-withdrawn", target=first)
    reworded = book.record("ledger-entry-withdrawn", target=first, reason=because("Twice.", "other"), corrects=gone)
    assert standing(book) == ["two"]
    meant = book.record("ledger-entry-withdrawn", target=second, corrects=reworded)
    assert standing(book) == ["one"]
    later = assessed(book, "three")
    assert "came after the withdrawal" in book.refuse("ledger-entry-withdrawn", target=later, corrects=meant)
    book.record("ledger-entry-withdrawn", target=meant)
    assert standing(book) == ["two", "three"]
    assert book.misfits() == {}


@pytest.mark.parametrize("name", ["ledger-entry-withdrawn", "ledger-entry-redacted", "ledger-entry-disclosed"])
@pytest.mark.parametrize("standing_of_it", ["act", *OTHERS])
def test_entries_about_entries_are_public_and_stand_where_those_stand(name, standing_of_it):
    """Under no standing can an entry of another stream be touched, nor can it be done unseen."""
    book = opened()
    field = "target_entry" if name == "ledger-entry-redacted" else "target"
    elsewhere = book.record("commissioning-process-registered", stream="process/other", reference="other")
    words = book.refuse(name, standing=standing_of_it, **{field: elsewhere})
    assert words.endswith("Record this where the entry stands.")
    hidden = {"state": "withheld", "basis": "other"}
    words = book.refuse(name, standing=standing_of_it, visibility=hidden, **{field: 0})
    assert words.endswith("must be seen by everyone. Make this entry public.")
    assert book.record(name, standing=standing_of_it, **{field: 0}) == 2


# --- back-filling in any order ----------------------------------------------------------------------------------------

BACKFILLED = [
    sample
    for sample in SAMPLES
    if sample.raw["stream"] == PROCESS and sample.kind not in {*ENTRY_KINDS, "timeline-change-communicated.v1"}
]


@settings(max_examples=25)
@given(order=st.permutations(range(len(BACKFILLED))))
def test_a_record_filled_in_afterwards_ends_without_contradictions(order):
    """In whatever order reconstructions arrive, each is stored, and once all are there everything fits."""
    book = Book()
    for sample in (BACKFILLED[place] for place in order):
        book.enter(as_standing(strip_entries(sample), "reconstruction"), sample.recorded)
    assert book.misfits() == {}


def test_a_contradiction_goes_when_the_missing_entry_comes():
    """An answer before its question shows what is missing until it is there."""
    book = Book()
    answer = book.record("clarification-answered", standing="import", question_id="q")
    assert set(book.misfits()) == {answer}
    book.record("clarification-question-received", standing="import", question_id="q")
    assert set(book.misfits()) == {answer + 1}
    book.record("commissioning-process-registered", standing="import")
    assert book.misfits() == {}


# --- folding ----------------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.sampled_from(["assess", "ask", "answer", "correct", "withdraw", "revise"]), st.integers(0, 12)),
    max_size=14,
)


def facts(history):
    """Everything that a history tells about itself."""
    indices = [entry.index for entry in history.entries()]
    return {
        "standing": [entry.index for entry in history.standing()],
        "kinds": {kind: [e.index for e, _ in history.records(KINDS[kind])] for kind in KINDS},
        "newest": [history.newest(index) for index in indices],
        "chains": [history.chain(index) for index in indices],
        "withdrawn": [history.is_withdrawn(index) for index in indices],
        "by": [history.withdrawn_by(index) for index in indices],
        "opened": [getattr(history.opened("question", f"question-{n}"), "index", None) for n in range(20)],
        "about": [
            [each.answered_at for each in history.about(ClarificationAnswered, "question", f"question-{n}")]
            for n in range(20)
        ],
        "new": history.new_id("question"),
        "version": history.version,
    }


@settings(max_examples=60)
@given(steps=STEPS)
def test_folding_entry_by_entry_is_folding_from_the_start(steps):
    """After any mixture of entries, corrections and withdrawals, an old history equals a new one."""
    book = opened()
    for what, number in steps:
        attempt(book, what, number)
    history = book.history()
    fresh = History(history.stream)
    for entry in history.entries():
        fresh.add(entry)
    assert facts(fresh) == facts(history)
    assert [entry.index for entry in history.standing()] == sorted(
        by_definition(list(history.entries())), key=lambda index: history.chain(index)[0]
    )


def attempt(book, what, number):
    """Try a step; what the rules refuse does not happen."""
    kinds = {
        "assess": ("needs-assessment-published", {}),
        "ask": ("clarification-question-received", {"standing": "report"}),
        "answer": ("clarification-answered", {"standing": "report", "question_id": f"question-{number}"}),
        "withdraw": ("ledger-entry-withdrawn", {"target": min(number, book.size - 1)}),
    }
    if what in kinds:
        name, how = kinds[what]
    else:
        target = book.history().at(min(number, book.size - 1))
        name, how = target.action.declaration.name.removesuffix(".v1"), {"corrects": target.index, "standing": "report"}
        how |= {"target": number // 2} if name == "ledger-entry-withdrawn" else {}
    with suppress(Refused):
        book.record(name, **how)


def by_definition(entries):
    """Which entries stand, worked out slowly: the newest of each chain that no standing withdrawal names."""
    root: dict[int, int] = {}
    for entry in entries:
        root[entry.index] = entry.index if entry.corrects is None else root[entry.corrects]
    by_index = {entry.index: entry for entry in entries}

    def is_withdrawn(index):
        return any(
            isinstance(by_index[other].action, LedgerEntryWithdrawn) and by_index[other].action.target == index
            for other in stands
            if root[other] > index
        )

    stands = []
    for original in sorted(set(root.values()), reverse=True):
        chain = [index for index in root if root[index] == original]
        live = [] if is_withdrawn(original) else [index for index in chain if not is_withdrawn(index)]
        stands += live[-1:]
    return stands


def test_correcting_and_judging_a_long_stream_is_quick():
    """The two-thousandth correction costs about what the first did: nothing is folded anew for it."""
    history = History(Stream.parse(PROCESS))
    loaded = [load_submission(submission("commissioning-process-registered"))]
    loaded += [load_submission(submission("needs-assessment-published"))] * 500
    loaded += [load_submission(submission("needs-assessment-published", corrects=index)) for index in range(1, 501)]
    looked_at = Counted()
    for index, each in enumerate(loaded):
        entry = decide(looked_at.watch(history), each, Moment(index, NOON, england_and_wales()))
        history.add(entry)
    assert len(loaded) <= looked_at.entries + 1 < 10 * len(loaded)


class Counted:
    """Counts how many standing entries views of a history are asked about."""

    def __init__(self):
        self.entries = 0

    def watch(self, history):
        def left_out(_root, _entry):
            self.entries += 1
            return False

        return history.without(left_out)


# --- helpers ----------------------------------------------------------------------------------------------------------


def text_of_occurrence(entry):
    return entry.occurred.text


def changed(data, path, value):
    """Return data with the value at a path such as `changes.0.code` replaced."""
    name, _, rest = path.partition(".")
    if isinstance(data, list):
        return [changed(each, rest, value) if rest else value for each in data] if int(name) == 0 else data
    return data | {name: changed(data[name], rest, value) if rest else value}


def as_standing(raw, standing_of_it):
    """Return the submission under another standing, with what that standing asks for."""
    more = {"late_reason": "Found late."} if standing_of_it == "report" else {"sources": [SOURCE]}
    return raw | {"standing": standing_of_it} | more


def corrected(raw, index):
    return raw | {"corrects": {"index": index, "reason": "A slip."}}


def strip_entries(sample):
    """Return the sample's input without numbers of other entries, which depend on the order of recording."""
    kind = KINDS[sample.kind]

    def stripped(struct, data):
        kept: dict[str, Any] = {}
        for field in struct.declared:
            item = getattr(field.kind, "item", field.kind)
            if field.name not in data:
                continue
            if item.name == "entry":
                kept |= {field.name: []} if item is not field.kind else {}
            elif hasattr(item, "struct") and isinstance(data[field.name], list):
                kept[field.name] = [stripped(item.struct, each) for each in data[field.name]]
            else:
                kept[field.name] = data[field.name]
        return kept

    data = stripped(kind, sample.raw["data"])
    if sample.kind in {*ENTRY_KINDS, "timeline-change-communicated.v1"}:
        data |= {name: 0 for name in ("change", "target", "target_entry") if name in sample.raw["data"]}
    return sample.raw | {"data": data}
