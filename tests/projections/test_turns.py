"""Findings and their turns as rows: the same however they came about, and read without measuring anything."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from ledger.clock import england_and_wales
from ledger.database import reading
from ledger.streams import Stream
from projections import board, course, findings
from projections.board import Asked, Filter
from projections.follow import catch_up, digest_of_rows, pass_time, prepare, rebuild
from projections.follower import PROJECTIONS
from projections.measures.catalogue import RECOMMENDATIONS
from projections.turns import Findings
from tests.projections.record import (
    CONVENED,
    GROUP,
    RECORD,
    SECRETS,
    TIMETABLE,
    Book,
    follower,
    issue,
    moved,
    opening,
    project,
    redaction,
    stated,
    withdrawal,
)

RIVERSIDE = Stream("process", "riverside")
LATER = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def book(engine: Engine) -> Book:
    """A ledger that holds nothing yet."""
    prepare(engine, PROJECTIONS)
    return Book(engine)


def follow(book: Book, *, until: datetime | None = None) -> None:
    project(book.engine, book.ledger.head().size)
    if until is not None:
        pass_time(book.engine, Findings(), until)


def digests(book: Book) -> list[str]:
    with reading(book.engine) as connection:
        return [digest_of_rows(connection, table) for table in Findings.tables]


def turns(book: Book, asked: Asked | None = None) -> list[board.Turn]:
    """The turns, oldest first."""
    with reading(book.engine) as connection:
        return board.turns(connection, asked, limit=1000)[::-1]


def test_rows_say_what_measuring_says(book):
    """The findings of the rows are those that would be measured at the rows' instant."""
    book.record_all(RECORD)
    follow(book, until=LATER)

    with reading(book.engine) as connection:
        kept = board.matrix(connection, [RIVERSIDE])[RIVERSIDE]
        measured = findings.assess(connection, RIVERSIDE, LATER, england_and_wales()).findings
        assert board.now(connection) == LATER
    assert [(each.recommendation, each.result, each.reported, each.evidence) for each in kept] == [
        (each.recommendation, each.result, each.reported, each.evidence) for each in measured
    ]


@pytest.mark.parametrize("days", [0, 1, 8, 60])
def test_a_rebuild_gives_the_same_rows_at_the_same_clock(book, days):
    """What time alone turned is made again by a rebuild, up to the instant that the rows say."""
    book.record_all(RECORD)
    follow(book, until=book.clock.now + timedelta(days=days))

    assert rebuild(book.engine, Findings())


def test_time_passed_in_steps_gives_the_rows_of_one_step(book):
    """How often the follower woke leaves no trace."""
    book.record_all(RECORD)
    for day in range(2, 40, 3):
        follow(book, until=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day))
    follow(book, until=LATER)
    in_steps = digests(book)

    prepare_anew(book)
    follow(book, until=LATER)

    assert digests(book) == in_steps


def prepare_anew(book: Book) -> None:
    with book.engine.begin() as connection:
        for table in Findings.tables:
            connection.execute(table.delete())
    with book.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM projection_position WHERE name = 'findings'")


def test_a_clock_that_runs_out_turns_a_finding_though_nobody_writes(book):
    """A firm date passes in silence: the turn has the instant of its end, and no entry as its cause."""
    book.record_all([opening(), TIMETABLE])
    follow(book, until=LATER)

    turn = turns(book, Asked(recommendation=3, words_only=True))[0]
    assert (turn.before, turn.cause, turn.known) == ("pending", None, 1)
    assert turn.after == "breached"
    assert turn.at == datetime(2026, 4, 1, 23, 0, tzinfo=UTC)


def test_an_entry_that_was_recorded_before_the_clock_it_met_is_not_too_late(book):
    """Where time was let pass further than to the next entry, what it had turned since is taken back."""
    book.record_all([opening(), TIMETABLE])
    follow(book, until=LATER)
    book.record(moved("launch", "2026-12-01", {"state": "given", "code": "provider_feedback", "text": "More time."}))
    follow(book, until=LATER)
    late = digests(book)

    assert rebuild(book.engine, Findings())
    prepare_anew(book)
    follow(book, until=LATER)
    assert digests(book) == late


def test_a_clock_set_back_takes_nothing_back(book):
    """Time that was let pass stays passed."""
    book.record_all(RECORD)
    follow(book, until=LATER)
    before = digests(book)

    follow(book, until=LATER - timedelta(days=100))

    assert digests(book) == before


def test_a_withdrawal_turns_a_finding_back(book):
    """The entry that withdraws is the cause, and both turns stay in the history."""
    book.record_all([opening(), TIMETABLE, moved("launch", "2026-04-08", {"state": "not_given"})])
    follow(book)
    before = len(turns(book))
    book.record(withdrawal(2))
    follow(book)

    back = turns(book)[before:]
    assert back
    assert {each.cause for each in back} == {3}


def test_a_finding_turns_with_what_another_streams_entry_says(book):
    """A group's entry that concerns a process is a cause in that process, and in no other."""
    book.record_all([opening(), opening("lakeside"), CONVENED])
    disputed = issue("The dates are not clear.", stream=GROUP, concerns=["riverside"])
    disputed["data"]["type"] = "value_error"
    book.record(disputed)
    answer = {
        "issue_id": "issue-1",
        "answered_at": "2026-03-02",
        "position": "disputed",
        "reason": {"state": "not_given"},
        "cause_code": "other",
    }
    book.record(stated("issue-answered", answer, GROUP, concerns=["riverside"]))
    follow(book)

    found = [each for each in turns(book) if each.after_disputed]
    assert {each.recommendation for each in found} == {1, 5}
    assert {(each.stream, each.cause, each.is_same_word) for each in found} == {(RIVERSIDE, 4, True)}


def test_only_the_processes_an_entry_is_about_are_looked_at(book, monkeypatch):
    """One entry's findings come about without those of other processes."""
    book.record_all([opening(), opening("lakeside"), opening("moorside")])
    follow(book)
    measured = []
    original = course.measure

    def watched(history, *rest):
        measured.append(history.stream)
        return original(history, *rest)

    monkeypatch.setattr(course, "measure", watched)
    book.record(TIMETABLE)
    follow(book)

    assert set(measured) == {RIVERSIDE}


def test_a_redaction_leaves_nothing_in_the_rows(book):
    """No row holds words, and what is removed from view is gone from what processes can be chosen by."""
    book.record_all(RECORD)
    follow(book, until=LATER)
    book.record(redaction(0, "data.title"))
    follow(book, until=LATER)

    with reading(book.engine) as connection:
        held = json.dumps([str(tuple(row)) for table in Findings.tables for row in connection.execute(select(table))])
    assert [word for word in (*SECRETS, "Family services, Riverside", "More time.") if word in held] == []
    assert rebuild(book.engine, Findings())


def test_counts_lists_and_trends_agree(book):
    """Everything counted is the processes listed, chosen by whatever there is to choose by."""
    book.record_all([*RECORD, opening("lakeside"), opening("moorside")])
    follow(book, until=LATER)
    some = Filter(organisation="GB-GOR:D18", service_area="family_services", prison="LEI", first=date(2026, 1, 1))

    with reading(book.engine) as connection:
        for chosen in (board.EVERYTHING, some, Filter(prison="XXX"), Filter(last=date(1999, 1, 1))):
            streams = board.processes(connection, chosen, limit=10)
            kept = board.matrix(connection, streams)
            counted = board.counts(connection, chosen)
            assert board.count(connection, chosen) == len(streams)
            for number in RECOMMENDATIONS:
                rows = board.listed(connection, number, chosen, limit=10)
                assert [each.stream for each in rows] == streams
                assert counted[number] == Counter(each.result for each in rows)
                assert counted[number] == Counter(kept[each][number - 1].result for each in streams)
            months = board.trend(connection, chosen)
            assert (months[-1].counts if months else {number: Counter() for number in RECOMMENDATIONS}) == counted
        whole, chosen_ones = board.trend(connection), board.trend(connection, Filter(prison="LEI"))
        assert whole == chosen_ones
        assert [(each.value, each.label, each.processes) for each in board.choices(connection, "organisation")] == [
            ("GB-GOR:D18", "Ministry of Justice", 3)
        ]


def test_turns_since_an_entry_are_those_that_came_after_it(book):
    """An index or the instant of its recording leaves what was known later: by entries, and by time."""
    recorded = [book.record(raw) for raw in RECORD]
    follow(book, until=LATER)

    every = turns(book, Asked(firsts=True))
    assert len(every) == len(turns(book)) + 15
    for entry in recorded:
        since = turns(book, Asked(since=entry.index, firsts=True))
        assert since == [each for each in every if each.at > entry.recorded]
        assert since == turns(book, Asked(since=entry.recorded, firsts=True))
    assert turns(book, Asked(until=recorded[-1].recorded)) == [each for each in turns(book) if each.cause is not None]


def test_the_follower_lets_time_pass_with_each_step(book, tmp_path):
    """After a step the rows stand at the follower's clock."""
    book.record_all(RECORD)
    made = follower(book.engine, tmp_path)
    made.step()

    with reading(book.engine) as connection:
        assert board.now(connection) is not None
        assert Findings().next_due(connection) is not None
    catch_up(book.engine, Findings(), len(RECORD))
