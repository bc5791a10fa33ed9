"""The statistics as rows: the same on both databases, in a rebuild, and counted as the values say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from ledger.clock import england_and_wales
from ledger.database import reading as connect_to_read
from projections.follow import digest_of_rows, rebuild
from projections.statistics import reading
from projections.statistics.rows import Statistics, owed_table
from projections.statistics.spread import Spread
from tests.projections.record import BODY, SECRETS, Book, budget, moved, opening, project, stated

AT = datetime(2026, 12, 31, 12, tzinfo=UTC)
TODAY = date(2026, 12, 31)


def planned(stream: str, day: str = "2026-06-01") -> dict:
    milestones = [{"code": "award", "title": "Award", "date": day, "firmness": "firm"}]
    data = {"milestones": milestones, "consulted_entries": [], "published_on": "2026-03-02"}
    return stated("timeline-published", data, stream)


def promised(stream: str, name: str, day: str) -> dict:
    data = {
        "commitment_id": name,
        "kind": "publication",
        "made_on": "2026-03-02",
        "due_on": day,
        "text": "We shall publish the notes.",
        "made_by": BODY,
        "applies_to": "the notes",
        "communicated_to": [],
        "communicated_on": "2026-03-02",
    }
    return stated("commitment-made", data, stream)


@pytest.fixture
def record(engine: Engine) -> Engine:
    """Two processes: one with a date that moved, a value put right and a promise overdue, and one with a promise."""
    book = Book(engine)
    book.record_all(
        [
            opening(),
            planned("process/riverside"),
            moved("award", "2026-06-15", {"state": "not_given"}),
            budget("100"),
            opening("hillside", "Family services, Hillside"),
            promised("process/riverside", "notes", "2026-03-31"),
            promised("process/hillside", "notes", "2026-04-30"),
        ]
    )
    project(engine, 7)
    return engine


def test_what_is_overdue_is_listed_oldest_first_with_its_working_days(record: Engine):
    """Given two promises past their days, the older comes first, and days are counted when read."""
    with connect_to_read(record) as connection:
        found = reading.overdue(connection, AT, None, 10)
        assert reading.count_overdue(connection, AT) == 2
        assert reading.count_overdue(connection, datetime(2026, 4, 15, tzinfo=UTC)) == 1
        assert reading.count_overdue(connection, AT, since=datetime(2026, 4, 15, tzinfo=UTC)) == 1

    assert [str(each.stream) for each in found] == ["process/riverside", "process/hillside"]
    assert [each.day for each in found] == [date(2026, 3, 31), date(2026, 4, 30)]
    assert found[0].working_days(datetime(2026, 4, 7, 12, tzinfo=UTC), england_and_wales()) == 3


def test_a_scope_leaves_out_other_processes(record: Engine):
    """Given a scope of one process, only what is its own is counted."""
    scope = select(owed_table.c.stream).where(owed_table.c.stream == "process/hillside")
    with connect_to_read(record) as connection:
        assert reading.count_overdue(connection, AT, scope) == 1
        assert [str(each.stream) for each in reading.overdue(connection, AT, scope, 10)] == ["process/hillside"]
        assert reading.dates(connection, TODAY, scope).moves == 0
        assert reading.reasons(connection, scope) == {}


def test_the_figures_are_those_of_the_record(record: Engine):
    """One date moved by 14 days, nobody told, no reason given, nothing reached, two promises overdue."""
    with connect_to_read(record) as connection:
        dates = reading.dates(connection, TODAY)
        promises = reading.answers(connection, AT)["promise"]
        reasons = reading.reasons(connection)
        lateness = {each.action: each for each in reading.lateness(connection)}

    assert (dates.by_first, dates.by_current) == ({"silent": 1}, {"silent": 1})
    assert dates.later == Spread(1, Decimal(14), 14, 14)
    assert (dates.moves, dates.untold, dates.told_before) == (1, 1, 0)
    assert reasons == {"timeline-changed.v1": {"not_given": 1}}
    assert (promises.counts, promises.fallen_due, promises.taken) == ({"overdue": 2}, 2, None)
    assert promises.oldest is not None
    assert lateness["budget-published.v1"].days == Spread(1, Decimal(0), 0, 0)
    assert lateness["budget-published.v1"].late == 0


def test_an_empty_record_has_no_figures(engine: Engine):
    """Without an entry every count is nothing, and no number is made up."""
    project(engine, 0)
    with connect_to_read(engine) as connection:
        dates = reading.dates(connection, TODAY)
        assert (dates.later, dates.warning, dates.moves, dates.by_first) == (None, None, 0, {})
        assert reading.answers(connection, AT) == {}
        assert reading.verdicts(connection) == {"enough": 0, "short": 0, "open": 0}
        assert (reading.overdue(connection, AT, None, 10), reading.lateness(connection)) == ([], [])
        assert (reading.fault_counts(connection), reading.bids(connection, None, 10)) == ({}, [])


def test_a_rebuild_gives_the_same_rows(record: Engine):
    """Rows made anew are those that were written page by page."""
    assert rebuild(record, Statistics())


def test_rows_hold_no_words_that_could_have_to_be_removed(record: Engine):
    """What is stored are numbers, codes, ids and names of organisations."""
    with connect_to_read(record) as connection:
        for table in Statistics.tables:
            for row in connection.execute(select(table)):
                said = repr(tuple(row))
                assert "We shall publish" not in said
                assert "Family services" not in said
                assert not any(secret in said for secret in SECRETS)
            assert digest_of_rows(connection, table)
