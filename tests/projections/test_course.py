"""The turns of findings are those that measuring at every moment would show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.actions.commitments import CommitmentMade
from ledger.actions.ledger import CoverageAttested, LedgerEntryWithdrawn
from ledger.actions.procurement import ClarificationAnswered, ClarificationQuestionReceived, ProcurementLaunched
from ledger.clock import england_and_wales
from ledger.envelope import Correction, Statement
from ledger.errors import Refused
from ledger.process import History, Moment, Recorded, Submission, decide
from ledger.schema import schema_of
from ledger.streams import Stream
from ledger.vocabulary import STAGES, Action
from projections.course import Course, Standing, course_of, has_findings, measure
from projections.knowledge import Axes, as_known, end_of
from projections.measures.catalogue import RECOMMENDATIONS
from tests.projections.measures.build import PROCESS, Given, circumstances


def circumstances_of(number: int) -> dict[str, Any]:
    return circumstances(import_module(f"tests.projections.measures.circumstances_r{number:02}"))


CASES = [(number, name) for number in RECOMMENDATIONS for name in circumstances_of(number)]


def followed(entries: list[Recorded], moment: datetime) -> Course:
    """The course of a process by an instant."""
    history = as_known(Stream.parse(PROCESS), entries, Axes(known=moment))
    course = course_of(history)
    if has_findings(history):
        course.reach(history, moment)
    return course


def said(each: Standing) -> tuple[Any, ...]:
    """What a finding says, without how it came to it."""
    return (
        each.result,
        each.reported,
        each.ground,
        each.evidence,
        each.disputed_by,
        each.attested,
    )


@given(st.sampled_from(CASES), st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_what_was_followed_is_what_measuring_at_that_moment_says(case, shares):
    """At any moment the last turns of a process give its findings, as if all were measured then."""
    number, name = case
    entries = list(circumstances_of(number)[name]().history.entries())
    first, last = entries[0].recorded, entries[-1].recorded + timedelta(days=500)
    for share in shares:
        moment = first + (last - first) * share
        course = followed(entries, moment)
        history = as_known(Stream.parse(PROCESS), entries, Axes(known=moment))
        for each in RECOMMENDATIONS:
            assert said(course.findings[each]) == said(measure(history, each, moment, course.ahead, None))


@given(st.sampled_from(CASES), st.lists(st.floats(0, 1), max_size=4))
def test_it_leaves_no_trace_when_somebody_looked(case, shares):
    """Letting time pass between entries now and then gives the turns of one go."""
    number, name = case
    history = circumstances_of(number)[name]().history
    entries = list(history.entries())
    first, end = entries[0].recorded, entries[-1].recorded + timedelta(days=500)
    course, past = Course(history.stream), History(history.stream)
    looks = sorted(first + (end - first) * share for share in shares)
    for entry in entries:
        for moment in [each for each in looks if each <= entry.recorded and has_findings(past)]:
            course.reach(past, moment)
        if has_findings(past):
            course.reach(past, entry.recorded)
        past.add(entry)
        course.extend(entry, past)
    course.reach(past, end)

    at_once = course_of(history)
    at_once.reach(history, end)

    assert course.turned == at_once.turned
    assert course.findings == at_once.findings


Change = tuple[str, int, int]
CHANGES = st.tuples(st.sampled_from(["withdraw", "correct", "attest"]), st.integers(0, 40), st.integers(0, 400))
"""What somebody records: what it does, to which of the entries so far, and how many days after the one before."""


def recorded_after(known: list[Recorded], changes: list[Change]) -> list[Recorded]:
    """Entries that somebody records later, as far as the rules let them: they take back, put right, or attest."""
    found, stream = list(known), Stream.parse(PROCESS)
    for what, place, days in changes:
        mine = History(stream)
        for each in (one for one in found if one.stream == stream):
            mine.add(each)
        target = list(mine.entries())[place % mine.size]
        moment = Moment(found[-1].index + 1, found[-1].recorded + timedelta(days=days), england_and_wales())
        try:
            found.append(decide(mine, Submission(stream, *change(what, target)), moment))
        except Refused:
            continue
    return found[len(known) :]


def change(what: str, target: Recorded) -> tuple[Action, Statement]:
    """The action, and what is stated around it."""
    if what == "correct":
        corrects = Correction(index=target.index, reason="It was wrong.")
        return target.action, replace(target.statement, corrects=corrects, concerns=())
    statement = replace(target.statement, corrects=None, concerns=(), standing="act", sources=())
    if what == "withdraw":
        load = {"withdrawn_on": "2026-03-02", "target": target.index, "reason": {"state": "not_given"}}
        return schema_of(LedgerEntryWithdrawn, complete=False).load(load), statement
    stage = list(STAGES.labels)[target.index % len(STAGES.labels)]
    return schema_of(CoverageAttested, complete=False).load({"stage": stage, "exceptions": []}), statement


@settings(max_examples=50)
@given(st.sampled_from(CASES), st.floats(0, 1), st.lists(CHANGES, min_size=1, max_size=4))
def test_no_future_changes_what_was_known(case, share, changes):
    """Whatever is recorded later, a finding as known then stays, and so does every turn that had come."""
    number, name = case
    story = list(circumstances_of(number)[name]().history.entries())
    known = story[: max(1, round(share * len(story)))]
    future = recorded_after(known, changes)
    moment, newest = known[-1].recorded, known[-1].index
    alone = as_known(Stream.parse(PROCESS), known, Axes())
    axes = Axes(known=newest)
    then = course_of(alone)
    for later in (future, story[len(known) :]):
        whole = as_known(Stream.parse(PROCESS), [*known, *later], Axes())
        kept = [each for each in course_of(whole).turned if each.known <= newest and each.after.since <= moment]
        assert kept == then.turned
        seen = as_known(Stream.parse(PROCESS), [*known, *later], axes)
        for each in RECOMMENDATIONS:
            assert measure(seen, each, moment, (), None) == measure(alone, each, moment, (), None)


def test_futures_do_change_what_is_known_at_last():
    """The futures above are no idle ones: a correction or a withdrawal does turn findings later."""
    known = asked_and_promised().entries
    course = course_of(as_known(Stream.parse(PROCESS), [*known, *recorded_after(known, [("withdraw", 2, 9)])], Axes()))

    assert [each for each in course.turned if each.known > known[-1].index]


def asked_and_promised() -> Given:
    """A tender in which answers are promised within five working days, and one question came on Monday 2 March."""
    given_ = Given("2026-01-05")
    given_.records(CommitmentMade, "2026-02-02", kind="response_time", duration=5, unit="working_days")
    given_.records(ProcurementLaunched, "2026-02-16")
    return given_.records(ClarificationQuestionReceived, "2026-03-02T10:00:00Z", question_id="question-1")


def turns_of(course: Course, number: int) -> list[tuple[Any, Any, int | None]]:
    return [
        (turned.before and turned.before.result, turned.after.result, turned.after.cause)
        for turned in course.turned
        if turned.after.recommendation == number
        and (turned.before is None or turned.before.result != turned.after.result)
    ]


def test_a_promise_that_runs_out_turns_a_finding_at_that_very_instant():
    """Nobody writes an entry: the end of the last day in London turns it, and the turn has no entry as its cause."""
    course = followed(asked_and_promised().entries, end_of(date.fromisoformat("2026-04-01")))

    last = [each for each in course.turned if each.after.recommendation == 4][-1]
    assert (last.after.result, last.after.cause) == ("breached", None)
    assert last.after.since == end_of(date.fromisoformat("2026-03-09")) + timedelta(microseconds=1)


def test_an_entry_that_comes_on_the_last_day_keeps_time_from_turning_it():
    """What is answered in time never turns to breached by the clock."""
    given_ = asked_and_promised().records(
        ClarificationAnswered,
        "2026-03-09T12:00:00Z",
        recorded="2026-03-09",
        question_id="question-1",
        released_to="all_bidders",
        released_at="2026-03-09T12:00:00Z",
    )
    course = followed(given_.entries, end_of(date.fromisoformat("2026-06-01")))

    assert [cause for _, after, cause in turns_of(course, 4) if after == "breached" and cause is None] == []


def test_a_withdrawal_turns_a_finding_back():
    """Once the question is withdrawn nothing is late, and the withdrawal is the cause."""
    given_ = asked_and_promised()
    question = given_.last
    given_.records(
        LedgerEntryWithdrawn, "2026-03-20", recorded="2026-03-20", target=question, reason={"state": "not_given"}
    )
    course = followed(given_.entries, end_of(date.fromisoformat("2026-04-01")))

    before, after, cause = turns_of(course, 4)[-1]
    assert (before, cause) == ("breached", given_.last)
    assert after != "breached"


@pytest.mark.parametrize("number", RECOMMENDATIONS)
def test_the_first_entry_makes_each_finding_known(number):
    """The history of a finding begins with the entry that opened the process."""
    course = course_of(Given().at("2026-02-01").history)

    assert turns_of(course, number)[0][0] is None
    assert turns_of(course, number)[0][2] == 0


def test_what_an_entry_cannot_touch_is_not_measured_anew(monkeypatch):
    """A bidder's question has nothing to say about the making of specifications."""
    given_ = Given().records(ProcurementLaunched, "2026-02-16", recorded="2026-02-16")
    history = given_.at("2026-02-17").history
    course = course_of(history)
    measured: list[int] = []

    def watched(history: History, number: int, *rest: Any) -> Standing:
        measured.append(number)
        return measure(history, number, *rest)

    monkeypatch.setattr("projections.course.measure", watched)

    given_.records(ClarificationQuestionReceived, "2026-03-02T10:00:00Z", question_id="question-1")
    history.add(given_.entries[-1])
    course.extend(given_.entries[-1], history)

    assert 4 in measured
    assert set(measured).isdisjoint({6, 9, 11, 12, 15})
