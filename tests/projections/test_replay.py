"""What was known of many processes, replayed from the turns: the same as measuring every one of them then."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from ledger.clock import england_and_wales
from ledger.database import connect, reading
from ledger.streams import Stream
from projections import board, findings, past, replay, streams
from projections.board import Asked, Filter, Moment
from projections.follow import pass_time
from projections.knowledge import Axes
from projections.measures.catalogue import RECOMMENDATIONS
from projections.turns import Findings
from tests.projections.demonstration import demonstrate
from tests.projections.record import RECORD, Book, moved, opening, project, withdrawal

LATER = datetime(2026, 9, 1, tzinfo=UTC)
SECOND = opening("lakeside", "Family services, Lakeside")
CORRECTED = opening("lakeside", "Family services, Lakeside and Moor", corrects={"index": 16, "reason": "The name."})


def measured(connection: Connection, axes: Axes, at: datetime) -> dict[Stream, list[tuple[Any, ...]]]:
    """The findings of every process then, each measured on what was known of it."""
    found = {}
    for stream in board.processes(connection, limit=1000):
        history = past.history(connection, stream, axes)
        if history.version:
            each = findings.measured(history, at, england_and_wales())
            found[stream] = [(one.recommendation, one.result, one.reported, one.is_disputed) for one in each]
    return found


def replayed(connection: Connection, then: Moment) -> dict[Stream, list[tuple[Any, ...]]]:
    listed = replay.processes(connection, then, limit=1000)
    return {
        stream: [(each.recommendation, each.result, each.reported, each.is_disputed) for each in found]
        for stream, found in replay.matrix(connection, then, listed).items()
    }


def check(connection: Connection, known: datetime | int, at: datetime, chosen: Filter = board.EVERYTHING) -> int:
    """Hold what is replayed against what is measured; return how many processes there were."""
    then = replay.moment(connection, known, at)
    expected = measured(connection, Axes(known=known), at)
    assert replayed(connection, then) == expected
    total = {number: Counter(found[number - 1][1] for found in expected.values()) for number in RECOMMENDATIONS}
    assert replay.counts(connection, then, chosen) == total
    assert replay.count(connection, then, chosen) == len(expected)
    return len(expected)


def recordings(connection: Connection) -> list[datetime]:
    """When each entry was recorded, by its index."""
    query = "SELECT recorded FROM view_entry ORDER BY position"
    return [datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at) for (at,) in connection.exec_driver_sql(query)]


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A record of three processes, whose time was let pass to September, on each database."""
    book = Book(engine)
    raws = [*RECORD, SECOND, moved("launch", "2026-05-06", {"state": "not_given"}), CORRECTED, opening("moorside")]
    book.record_all([*raws, withdrawal(17)])
    project(engine, len(raws) + 1)
    pass_time(engine, Findings(), LATER)
    return engine


def test_every_entry_has_the_counts_of_all_processes_then(filled: Engine):
    """At each entry, all processes known by it are counted as measuring each of them at that moment would."""
    with reading(filled) as connection:
        sizes = [check(connection, index, at) for index, at in enumerate(recordings(connection))]
    assert sizes == [1] * 16 + [2, 2, 2, 3, 3]


DAYS = ("2026-01-01", "2026-03-02", "2026-04-02", "2026-04-30", "2026-06-23", "2026-08-31")


def test_days_between_entries_have_what_time_turned_by_then(filled: Engine):
    """The passing of time alone is counted up to the day, within a month and over its end, however it is chosen."""
    with reading(filled) as connection:
        for day in DAYS:
            at = datetime.fromisoformat(day + "T22:59:59.999999+00:00")
            everything = check(connection, at, at)
            assert check(connection, at, at, Filter(organisation="GB-GOR:D18")) == everything
            assert everything == (0 if day < "2026-03" else 3), day


def test_a_name_is_that_of_then(filled: Engine):
    """A process is called what it was called, whatever it was corrected to since; unknown ones have no name."""
    with reading(filled) as connection:
        lakeside, moorside = Stream("process", "lakeside"), Stream("process", "moorside")
        found = {newest: streams.named_then(connection, [lakeside, moorside], newest) for newest in (15, 17, 18)}
    names = {newest: {each.reference: named.title for each, named in then.items()} for newest, then in found.items()}
    assert names == {
        15: {},
        17: {"lakeside": "Family services, Lakeside"},
        18: {"lakeside": "Family services, Lakeside and Moor"},
    }


def test_turns_up_to_a_moment_are_those_that_had_come(filled: Engine):
    """What an entry or time turned later is no change that was known then."""
    with reading(filled) as connection:
        every = board.turns(connection, Asked(firsts=True), limit=1000)
        for index in (0, 7, 15, 20):
            at = next(each.at for each in every if each.cause == 0) if index == 0 else LATER
            then = Moment(index, at)
            came = board.turns(connection, Asked(until=then, firsts=True), limit=1000)
            assert came == [each for each in every if each.at <= at and (each.cause is None or each.cause <= index)]
            assert board.turned_to(connection, Asked(until=then, firsts=True)) == Counter(each.after for each in came)


def test_the_demonstration_is_replayed_as_measured(new_sqlite: Any, root: Path):
    """With corrections, disputes, old papers, official releases and groups, the counts are of all processes."""
    engine = connect(new_sqlite())
    size = demonstrate(root, engine)
    project(engine, size)
    with reading(engine) as connection:
        recorded = recordings(connection)
        sizes = [check(connection, recorded[index], recorded[index]) for index in range(5, size, 31)]
    engine.dispose()
    assert sizes[0] < sizes[-1]
