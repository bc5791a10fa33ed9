"""Totals of everything are kept as entries come in, and what a body owes is read from rows: both as worked out anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from ledger.clock import england_and_wales
from ledger.database import reading as connect_to_read
from ledger.streams import Stream
from projections.board import Filter, scope
from projections.follow import load_history, rebuild
from projections.review import kept
from projections.statistics import reading
from projections.statistics.mine import owed_by
from projections.statistics.rows import Statistics, lag_table, owed_table
from projections.streams import table as stream_table
from tests.projections.demonstration import demonstrate
from tests.projections.record import project

ROOT = Path(__file__).parents[3]
INSTANTS = [datetime(2024, 6, 1, tzinfo=UTC) + timedelta(days=61 * number) for number in range(16)]


@pytest.fixture
def told(engine: Engine) -> Engine:
    """The demonstration's story, followed in several steps."""
    size = demonstrate(ROOT, engine)
    for upto in (size // 2, size):
        project(engine, upto)
    return engine


def test_totals_of_everything_are_those_of_a_scope_of_all_processes(told: Engine):
    """Given any instant, what was counted as entries came in is what is counted by looking at every row."""
    everything = select(stream_table.c.stream)
    seen = set()
    with connect_to_read(told) as connection:
        for at in INSTANTS:
            found = reading.answers(connection, at)
            seen.add(repr(found))
            assert found == reading.answers(connection, at, everything)
            assert reading.count_overdue(connection, at) == reading.count_overdue(connection, at, everything)
            overdue = reading.overdue(connection, at, None, 100)
            again = reading.overdue(connection, at, everything, 100)
            assert [each.id for each in overdue] == [each.id for each in again]
            assert len(overdue) == reading.count_overdue(connection, at)
        assert reading.lateness(connection) == reading.lateness(connection, everything)
        assert reading.lateness_of_all(connection) == reading.lateness_of_all(connection, everything)
        assert len(connection.execute(select(lag_table)).all()) > 0
        closed = reading.answers(connection, INSTANTS[-1], scope(Filter(closed=True)))
    assert len(seen) > 3, "time changes what is owed"
    assert closed != found, "a scope leaves out what is of others"
    assert rebuild(told, Statistics()), "totals made anew are those that grew page by page"


def test_what_a_body_owes_is_what_its_histories_say(told: Engine):
    """Given each body and instant, the rows give the states and what waits as the obligations of the histories do."""
    calendar = england_and_wales()
    waited = 0
    with connect_to_read(told) as connection:
        streams = [Stream.parse(each) for each in connection.scalars(select(stream_table.c.stream))]
        histories = [load_history(connection, stream) for stream in streams]
        slugs = set(connection.scalars(select(owed_table.c.slug).where(owed_table.c.slug.is_not(None))))
        assert len(slugs) > 1
        for at in (INSTANTS[-1], datetime(2026, 12, 31, tzinfo=UTC)):
            for slug in sorted(slugs):
                expected = [each for history in histories for each in kept.owed_by(history, slug, at, calendar)]
                found = owed_by(connection, slug, streams, at, 1_000)
                states = {each: times for each, times in found.counts.items() if times}
                assert states == {
                    key: sum(1 for each in expected if (each.kind, each.state) == key)
                    for key in {(each.kind, each.state) for each in expected}
                }
                waiting = {each.id for each in expected if each.state in {"open", "overdue"} and each.is_owed}
                assert {each.id for each in found.waiting} == waiting
                assert found.all_waiting == len(waiting)
                waited += len(waiting)
                assert len(owed_by(connection, slug, streams, at, 1).waiting) == min(1, len(waiting))
    assert waited > 0
