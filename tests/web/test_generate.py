"""Invented processes: always the same, allowed by every rule, and only ever first in a ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import URL, Engine

from ledger.actions.process import CommissioningProcessRegistered
from ledger.database import connect, migrate
from ledger.errors import Refused
from ledger.generated import FIRST_DAY, LAST_DAY, generate
from ledger.store import Ledger
from ledger.stories import read_story
from tests.ledger.submissions import NOON, opened
from web.cli import DEMONSTRATION, STORIES
from web.cli_generate import record_generated

PROCESSES = 12


@pytest.fixture
def empty(new_sqlite: Callable[[], URL]) -> Iterator[Engine]:
    """A ledger that holds nothing yet."""
    engine = connect(new_sqlite())
    migrate(engine)
    yield engine
    engine.dispose()


def recorded(engine: Engine) -> list[tuple[object, ...]]:
    return [(each.stream, each.recorded, each.action, each.statement) for each in Ledger(engine).read()]


def test_every_rule_allows_what_is_invented(empty):
    """A process has about a hundred entries of many kinds, recorded in the days of the story."""
    added = record_generated(empty, PROCESSES)

    entries = list(Ledger(empty).read())
    assert len(entries) == added
    assert 70 <= added / PROCESSES <= 130
    assert len({each.stream for each in entries}) == PROCESSES
    assert len(Counter(each.action.declaration.name for each in entries)) >= 25
    assert entries[0].recorded.date() == FIRST_DAY
    assert all(each.recorded.date() <= LAST_DAY for each in entries)


def test_each_says_that_it_is_fictional():
    """Nobody can take an invented process for a real one."""
    every = (each.action for day in generate(PROCESSES) for each in day.submissions)
    openings = [each for each in every if isinstance(each, CommissioningProcessRegistered)]
    assert len(openings) == PROCESSES
    assert all("(fictional)" in str(each.title) for each in openings)
    assert all("(fictional)" in str(each.lead_commissioner) for each in openings)


def test_an_interrupted_run_goes_on_where_it_was(empty, new_sqlite):
    """What is on record is not recorded again, in the middle of a day and after the end."""
    record_generated(empty, PROCESSES)
    whole = recorded(empty)
    engine = connect(new_sqlite())
    migrate(engine)
    days = [day for day in generate(PROCESSES) if len(day.submissions) > 1]
    moment: list[datetime] = []
    ledger = Ledger(engine, clock=lambda: moment[-1])
    for day in generate(PROCESSES):
        moment.append(day.recorded)
        done = day.submissions[:1] if day == days[20] else day.submissions
        assert len(list(ledger.record_many(done))) == len(done)
        if day == days[20]:
            break

    held = ledger.head().size
    assert record_generated(engine, PROCESSES) == len(whole) - held
    assert recorded(engine) == whole
    assert record_generated(engine, PROCESSES) == 0
    engine.dispose()


def test_a_ledger_that_holds_something_else_is_left_alone(empty):
    """Invented processes never come after other entries."""
    ledger = Ledger(empty, clock=lambda: NOON)
    ledger.record(opened("one"))

    with pytest.raises(Refused, match="Begin a new one"):
        record_generated(empty, PROCESSES)
    assert ledger.head().size == 1


def test_the_stories_of_the_demonstration_come_after_the_invented_processes():
    """A clock never falls, so what is invented ends before the first story begins."""
    story = read_story((STORIES / DEMONSTRATION[0]).read_bytes())
    first = min(each.recorded for each in story.entries if each.recorded is not None)

    assert first.date() > LAST_DAY
