"""The counts on the first page: what the last days brought."""

from __future__ import annotations

from datetime import timedelta

import pytest

from projections.lately import Lately, lately
from tests.projections.record import RECORD, Book, issue, moved, project


@pytest.fixture
def book(engine) -> Book:
    return Book(engine)


def test_what_was_recorded_after_an_instant_is_counted(engine, book):
    """Entries, the processes they are about, corrections and withdrawals, and dates moved with and without a reason."""
    book.record_all(RECORD)
    start = book.clock.now
    book.clock.now += timedelta(days=1)
    book.record(moved("tender_deadline", "2026-06-29", {"state": "given", "code": "provider_feedback", "text": "Yes."}))
    book.record(issue("Again."))
    project(engine, 18)

    with engine.connect() as connection:
        assert lately(connection, start) == Lately(entries=2, processes=1, corrections=0, moves=1, unexplained=0)
        everything = lately(connection, start - timedelta(days=9))
    assert everything == Lately(entries=18, processes=1, corrections=2, moves=3, unexplained=1)


def test_nothing_recorded_counts_nothing(engine):
    """An empty record, or a quiet fortnight, is all zeros."""
    project(engine, 0)
    with engine.connect() as connection:
        assert lately(connection, Book(engine).clock()) == Lately(0, 0, 0, 0, 0)
