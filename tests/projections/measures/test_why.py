"""Why a result is what it is, in words a lay reader understands, and the figures beside it (R9 to R12, R14 and R15)."""

from __future__ import annotations

from importlib import import_module

import pytest

from ledger.actions.design import SpecificationPublished
from ledger.actions.issues import IssueAnswered, IssueReported, IssueResolved
from projections.measures.finding import Sentence
from tests.projections.measures import circumstances_r10, circumstances_r12, circumstances_r14
from tests.projections.measures import specified as s
from tests.projections.measures.build import GIVEN, Given, named

WHY = [
    (1, "Launched and no consultation is on record", "It may have taken place"),
    (1, "The consultation is dated only to the year of the launch", "leave open whether before the launch"),
    (1, "Two consultations reach both and one was never published", "not on record that what was heard was published"),
    (9, "Nothing on record, nothing launched", "The tender has not begun"),
    (9, "Nothing on record after launch", "not proof that none was made"),
    (9, "Nothing on record and the design stage attested", "vouches that the record of the design stage is complete"),
    (9, "Promised, overdue, nothing launched", "It was promised for 2026-02-20. That day is over"),
    (9, "Not a full assessment", "recorded as not a full one"),
    (9, "No specialist partner", "no specialist voluntary organisation was a partner"),
    (9, "No service users took part", "no service users with protected characteristics took part"),
    (9, "Published the day after launch", "was published 2026-03-03, after the tender was launched 2026-03-02"),
    (9, "Whether it is full is not stated", "not whether it is a full one"),
    (9, "Partners not stated", "not whether specialist voluntary organisations were partners"),
    (9, "Whether service users took part is not stated", "not whether service users took part"),
    (9, "Published in the year of launch", "open whether it came before the launch"),
    (10, "Nothing on record after launch", "not proof that nobody asked"),
    (10, "Costs asked, no budget on record", "no budget is on record"),
    (10, "Costs asked after the budget", "only after a budget was published"),
    (10, "Costs asked on the day of the budget", "Whether that was before the first budget is open"),
    (
        10,
        "Must-haves dearer than the budget",
        "specification leeds must have costs 500000.01 GBP; the budget is 500000 GBP",
    ),
    (10, "Stated not to fit the budget", "stated not to fit the budget"),
    (11, "Nothing on record after launch", "not proof that nobody was supported"),
    (11, "No support at all", "no support was offered"),
    (11, "Support without the budget", "did not include the budget"),
    (11, "The governor did not confirm", "the governor did not confirm"),
    (11, "A blank specification", "released blank"),
    (11, "A fault put right", "put right, and named as one"),
    (12, "An outsider without experience", "neither working in the service nor experienced"),
    (12, "An author who works in the service, support not stated", "support was open to its author"),
    (14, "An issue accepted, its cause capacity", "gave capacity as its cause"),
    (14, "An issue accepted, its cause expertise", "gave expertise as its cause"),
    (14, "A review finds lack of capacity", "lack of capacity"),
    (14, "No expertise", "does not know the service"),
    (14, "Stated after launch", "covers the launch is known to have come before it"),
    (14, "Two statements with a day between", "From 2026-05-01 on, no statement"),
    (14, "One answer late", "Answers that came late: 1. That is consistent with too few staff"),
    (14, "No question, bids closed", "Not known yet: Answers that came late"),
    (15, "Needs only", "at the stage “Design”. That is not proof"),
    (15, "Design after launch", "only after the launch"),
    (15, "Design in the year of launch", "Whether that was before the launch is open"),
    (15, "Nobody from the voluntary sector", "no entry says that a voluntary body ran any of it"),
    (15, "Design attested, needs on record", "vouches that its record is complete"),
]


def _told(value):
    if isinstance(value, Sentence):
        return value.template % {name: _told(each) for name, each in value.parameters.items()}
    if hasattr(value, "currency"):
        return f"{value.amount} {value.currency}"
    return getattr(value, "text", str(value))


def _finding(number, question):
    return import_module(f"projections.measures.r{number:02}").measure(question)


def _figures(number, question):
    (part,) = _finding(number, question).parts
    return {figure.label: _told(figure.value) for figure in part.figures}


@pytest.mark.parametrize(("number", "circumstance", "words"), WHY, ids=lambda each: str(each)[:40])
def test_the_sentence_says_what_decided(number, circumstance, words):
    """The sentence beside a result names what it is for, for that circumstance and not for another."""
    module = import_module(f"tests.projections.measures.circumstances_r{number:02}")
    (why,) = _finding(number, vars(module)[named(circumstance)]()).why
    assert words in _told(why)


def test_an_assessment_shows_its_four_tests_and_how_much_it_looked_at():
    """Three of nine characteristics, and each of the four tests by itself."""
    module = import_module("tests.projections.measures.circumstances_r09")
    assert _figures(9, module.no_specialist_partner()) == {
        "Full assessment": "yes",
        "With specialist voluntary partners": "no",
        "With service users who have protected characteristics": "yes",
        "Published in time": "yes",
        "Protected characteristics looked at": "3 of 9",
    }


def test_tiering_is_shown_only_where_the_budget_cannot_be_raised():
    """One of two specifications tells the must-haves from the ideal."""
    label = "Specifications with must-haves and ideal, the budget being fixed"
    given = circumstances_r10._launched(circumstances_r10._budget(Given(), unalterably_restricted=True))
    given.records(SpecificationPublished, "2026-03-02", spec_id="leeds", must_haves=["Visits"], ideal=["More visits"])
    given.records(SpecificationPublished, "2026-03-02", spec_id="maidstone", must_haves=["Visits"], ideal=[])
    assert _figures(10, given.at(s.LATER))[label] == "1 of 2"
    assert label not in _figures(10, circumstances_r10.must_haves_as_dear_as_the_budget())


def test_specifications_that_pass_are_counted_out_of_all():
    """One of two has an author who knows the work; one accepted issue is counted beside it."""
    question = circumstances_r12.two_specifications_one_without_an_author()
    assert _figures(12, question) == {
        "Specifications by somebody who knows the work": "1 of 2",
        "Specifications released blank": "0 of 2",
        "Issues about specifications that were accepted": "0",
        "Specifications published": "2",
    }
    assert _figures(11, question) == {"Specifications whose author was supported and confirmed": "1 of 2"}


def test_symptoms_are_shown_with_what_they_are_out_of():
    """One of two answers that fell due is overdue, and one question is open for two and a half posts."""
    assert _figures(14, circumstances_r14.one_answer_overdue()) == {
        "Answers that came late": "1 of 2",
        "Answers put right": "0 of 1",
        "Faults in specifications that were accepted": "0 of 1",
        "Open questions for the team's full-time posts": "1 open questions, 2.5 posts",
    }


def test_what_changed_is_counted_though_its_words_are_hidden():
    """One of two involvements brought a change; that its words were removed takes nothing away."""
    module = import_module("tests.projections.measures.circumstances_r15")
    assert _figures(15, module.what_changed_is_withheld()) == {
        "Involvements that changed something": "1 of 2",
        "Involvements run by a voluntary body": "2 of 2",
    }


# --- disputes ---------------------------------------------------------------------------------------------------------


def _disputed(kind="spec_blank", position="disputed", **fields):
    given = s.launched(s.published(s.author()))
    given.records(IssueReported, "2026-03-10", standing="report", issue_id="issue-1", type=kind, **fields)
    return given.records(IssueAnswered, "2026-03-12", issue_id="issue-1", position=position, reason=GIVEN)


def test_a_disputed_issue_is_flagged_beside_the_results_it_bears_on():
    """An issue about a blank specification is disputed: the findings on specifications say so, others do not."""
    question = _disputed().at(s.LATER)
    assert _finding(12, question).disputed_by == (5,)
    assert _finding(11, question).disputed_by == (5,)
    assert _finding(15, question).disputed_by == ()


def test_an_issue_of_any_type_bears_on_the_results_that_rest_on_what_it_is_about():
    """An issue about the entry that names the author is disputed, also after that entry was corrected."""
    given = _disputed("other", about_entry=1)
    assert _finding(12, given.at(s.LATER)).disputed_by == (5,)
    s.author(given, recorded="2026-04-10", corrects=1)
    assert _finding(12, given.at(s.LATER)).disputed_by == (5,)
    assert _finding(12, _disputed("other", about_entry=0).at(s.LATER)).disputed_by == ()


def test_a_dispute_ends_with_another_answer_or_with_the_issue():
    """Accepted, accepted in the end, or resolved: nothing is disputed any more."""
    assert _finding(12, _disputed(position="accepted").at(s.LATER)).disputed_by == ()
    accepted = _disputed().records(IssueAnswered, "2026-03-20", issue_id="issue-1", position="accepted", reason=GIVEN)
    assert _finding(12, accepted.at(s.LATER)).disputed_by == ()
    resolved = _disputed().records(IssueResolved, "2026-03-20", issue_id="issue-1", outcome="not_fixed")
    assert _finding(12, resolved.at(s.LATER)).disputed_by == ()
