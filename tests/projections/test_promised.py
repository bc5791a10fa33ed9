"""What is owed is said in the words of the promise, promises are counted in one way, and lateness is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.actions.commitments import CommitmentDischarged, CommitmentMade
from ledger.actions.issues import IssueAnswered, IssueReported
from ledger.actions.procurement import ProcurementLaunched
from ledger.actions.timeline import MilestoneReached, TimelinePublished
from ledger.clock import england_and_wales
from ledger.kinds import Undisclosed
from ledger.obligations import obligations
from ledger.process import History
from ledger.streams import Stream
from ledger.voice import ENGLISH
from ledger.when import Occurrence
from projections.account import account_of
from projections.clocks import clocks
from projections.measures.thresholds import DEFAULT
from projections.promised import what_is_owed
from projections.review.quotes import _on, _owed
from projections.telling import Teller
from projections.timetable import key_dates
from tests.projections.measures.build import GIVEN, PROCESS, Given

TEXT = "The equality impact assessment will be published."


def promised(**fields):
    """A promise kept, one overdue, and one in the answer to an issue."""
    given = Given()
    given.records(
        CommitmentMade, "2026-03-02", commitment_id="early", kind="meeting", due_on="2026-03-20", text="Meet."
    )
    given.records(CommitmentDischarged, "2026-03-10", commitment_id="early", outcome="met")
    held = {"commitment_id": "publish-equality", "kind": "publication", "due_on": "2026-03-20", "text": TEXT}
    given.records(CommitmentMade, "2026-03-02", **(held | fields))
    given.records(IssueReported, "2026-03-02", standing="report", issue_id="issue-1", type="other", text="Wrong.")
    held = {"issue_id": "issue-1", "position": "accepted", "due_on": "2026-03-23"}
    return given.records(
        IssueAnswered, "2026-03-03", reason=GIVEN, action_promised="The paper will be put right.", **held
    )


def folded(entries):
    history = History(Stream.parse(PROCESS))
    for each in entries:
        history.add(each)
    return history


def told(history, at):
    """The page of the process, in English."""
    return account_of(history, [], ENGLISH, clocks(history, at, england_and_wales()))


def test_what_needs_attention_is_said_in_the_words_of_the_promise():
    """A reader in a meeting reads what is owed, not how it is called in the record."""
    question = promised().at("2026-04-01")
    said = [line.text for line in told(question.history, question.at).attention]
    assert said[0].startswith(f"Promise “{TEXT}”: 8 working days overdue, since 20 March 2026")
    assert said[1].startswith("Promise in the answer to issue issue-1, “The paper will be put right.”: 7 working days")


def test_a_long_promise_is_shortened():
    """Its first words and an ellipsis; the entry that it links to has all of it."""
    question = promised(text="All will be well. " * 40).at("2026-04-01")
    said = told(question.history, question.at).attention[0].text
    assert "All will be…”: 8 working days" in said
    assert len(said) < 300


@pytest.mark.parametrize("state", ["embargoed", "withheld", "redacted"])
def test_words_that_cannot_be_seen_are_not_said(state):
    """The id is all that is left where the words are hidden."""
    question = promised().at("2026-04-01")
    owed = obligations(question.history, question.at, england_and_wales(), DEFAULT, ("promise",))
    for each, field in zip(owed[1:], ("text", "action_promised"), strict=True):
        hidden = replace(each.opened, action=replace(each.opened.action, **{field: Undisclosed(state)}))
        said = what_is_owed(each.title, hidden, ENGLISH)
        assert said == ENGLISH.words(each.title.template, **each.title.parameters)
    assert said == "What the answer to issue issue-1 promises"


def test_the_page_of_a_process_and_its_review_count_the_same_promises():
    """Three, as obligations are defined: the one in an answer is among them; and the sentence says so."""
    question = promised().at("2026-04-01")
    counted = [text for text in told(question.history, question.at).summary if text.startswith("Promises")]
    owed = obligations(question.history, question.at, england_and_wales(), DEFAULT)
    quoted = [each.text for each in _owed(Teller(question.history, ENGLISH), owed)]
    assert counted == quoted
    (said,) = counted
    assert "in answers to issues and to a review's recommendations: 3." in said
    assert said.endswith("What came of them: Overdue: 2; In time: 1.")


@pytest.mark.parametrize(
    ("reached", "said"),
    [
        ("2026-05-22", "28 days late"),
        ("2026-04-25", "1 day late"),
        ("2026-05", "At least 7 days late"),
        ("2026-04-24", None),
        ("2026-04-20", None),
        ("2026-04", None),
    ],
)
def test_a_date_reached_late_says_by_how_much(reached, said):
    """Counted from the date that stands; what the record leaves open is not called late."""
    award = {"code": "award", "title": "Award", "date": "2026-04-24", "firmness": "firm"}
    given = Given().records(TimelinePublished, "2026-03-02", milestones=[award])
    given.records(MilestoneReached, reached, milestone_code="award")
    question = given.at("2026-06-30")
    (row,) = key_dates(Teller(question.history, ENGLISH), None).rows
    late = [line.text for line in row[2] if "late" in line.text]
    assert late == ([] if said is None else [said])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-01-19", "on 19 January 2026"),
        ("2026-01", "in January 2026"),
        ("2026", "in 2026"),
        ("2026-01/2026-03", "some time from January 2026 to March 2026"),
    ],
)
def test_when_something_happened_ends_a_sentence(text, said):
    """On a day, in a month or a year."""
    given = Given().records(ProcurementLaunched, text)
    assert _on(Occurrence(text), Teller(given.at("2026-12-31").history, ENGLISH)) == said
