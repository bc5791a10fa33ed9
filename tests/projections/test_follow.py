"""A projection can be interrupted, rebuilt and made anew, and comes out the same to the last byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Engine, delete, select, update

from ledger.database import connect, reading, writing
from ledger.streams import Stream
from ledger.voice import ENGLISH
from projections import entries, follow, links, present
from projections.entries import Entries
from projections.follow import Concerns, catch_up, digest_of_rows, position, prepare, rebuild
from projections.follower import PROJECTIONS
from projections.streams import Streams
from tests.projections.record import RECORD, Book, Json, answer, disclosure, opening, project, question, redaction

NOTHING = sha256().hexdigest()
"""The digest of a view that holds nothing."""


class Killed(Exception):
    """Stands for the end of the process at any point."""


@pytest.fixture
def book(engine: Engine) -> Book:
    """A ledger that holds nothing yet."""
    prepare(engine, PROJECTIONS)
    return Book(engine)


def rows(engine: Engine) -> dict[str, str]:
    """The digest of each projection's rows."""
    with reading(engine) as connection:
        return {t.name: digest_of_rows(connection, t) for each in PROJECTIONS for t in each.tables}


def size(book: Book) -> int:
    return book.ledger.head().size


def follow_all(book: Book) -> None:
    project(book.engine, size(book))


def is_rebuilt_the_same(engine: Engine) -> bool:
    return all(rebuild(engine, projection) for projection in PROJECTIONS)


def start_over(engine: Engine) -> None:
    """Forget all rows and positions."""
    with writing(engine).begin() as connection:
        for projection in PROJECTIONS:
            for table in projection.tables:
                connection.execute(delete(table))
        connection.execute(delete(follow.position_table))
        connection.execute(delete(follow.unsettled_table))


def test_following_one_entry_at_a_time_gives_the_rows_of_one_go(book):
    """It does not matter when the follower looked."""
    for upto, raw in enumerate(RECORD, 1):
        book.record(raw)
        project(book.engine, upto)
    step_by_step = rows(book.engine)

    start_over(book.engine)
    follow_all(book)

    assert rows(book.engine) == step_by_step
    held = [each for each in step_by_step.values() if each != NOTHING]
    assert len(held) > len(PROJECTIONS), "most views hold something"
    assert len(set(held)) == len(held), "each view holds something else"


@pytest.mark.parametrize("page", [1, 2, 3, 7])
def test_pages_of_any_length_give_the_same_rows(book, monkeypatch, page):
    """Where a page ends leaves no trace."""
    book.record_all(RECORD)
    follow_all(book)
    at_once = rows(book.engine)
    start_over(book.engine)

    monkeypatch.setattr(follow, "PAGE", page)
    monkeypatch.setattr(follow, "REMEMBERED", page)
    follow_all(book)

    assert rows(book.engine) == at_once


@pytest.mark.parametrize(
    ("method", "steps"), [*(("apply", steps) for steps in range(0, 16, 3)), *(("settle", steps) for steps in range(3))]
)
def test_following_goes_on_from_wherever_it_was_killed(book, monkeypatch, method, steps):
    """Rows and position change together, so a killed follower has taken in whole pages and nothing else."""
    book.record_all(RECORD)
    follow_all(book)
    wanted = rows(book.engine)
    start_over(book.engine)
    monkeypatch.setattr(follow, "PAGE", 3)
    original, left = getattr(Entries, method), iter(range(steps))

    def die(*arguments):
        original(*arguments)
        if next(left, None) is None:
            raise Killed

    monkeypatch.setattr(Entries, method, die)
    with pytest.raises(Killed):
        project(book.engine, size(book))
    assert position(book.engine, Entries()) in {*range(0, size(book), 3), size(book)}
    monkeypatch.setattr(Entries, method, original)
    follow_all(book)

    assert rows(book.engine) == wanted


def test_a_backlog_settles_each_stream_once(book, monkeypatch):
    """What is about a whole stream is written after the last page, however many pages the backlog has."""
    book.record_all(RECORD)
    settled = Counter[Stream]()
    original = Streams.settle

    def count(self, connection, tables, history):
        settled[history.stream] += 1
        original(self, connection, tables, history)

    monkeypatch.setattr(Streams, "settle", count)
    monkeypatch.setattr(follow, "PAGE", 1)
    catch_up(book.engine, Concerns(), size(book))
    catch_up(book.engine, Streams(), size(book))
    last = next(book.ledger.read(size(book) - 1)).stream

    assert settled
    assert {stream: times for stream, times in settled.items() if times > 1} in ({}, {last: 2})


def test_a_rebuild_gives_identical_rows_and_says_so(book):
    """What is derived can be derived again."""
    book.record_all(RECORD)
    follow_all(book)
    before = rows(book.engine)
    done: list[tuple[int, int]] = []

    assert is_rebuilt_the_same(book.engine)
    assert rebuild(book.engine, Entries(), progress=lambda *told: done.append(told))

    assert rows(book.engine) == before
    assert done[-1] == (len(RECORD), len(RECORD))


@pytest.mark.parametrize("table", [entries.table, links.table])
def test_a_rebuild_puts_right_what_was_changed_by_hand(book, table):
    """Rows that differ are noticed and replaced: the check can fail."""
    book.record_all(RECORD)
    follow_all(book)
    before = rows(book.engine)
    with writing(book.engine).begin() as connection:
        connection.execute(delete(table).where(table.c.position == 8))

    assert not rebuild(book.engine, Entries())

    assert rows(book.engine) == before


def test_rows_of_another_version_are_made_anew(book, monkeypatch):
    """New code never reads old rows."""
    book.record_all(RECORD)
    follow_all(book)
    wanted = rows(book.engine)
    with writing(book.engine).begin() as connection:
        connection.execute(update(entries.table).values(standing="of an older version"))

    monkeypatch.setattr(Entries, "version", Entries.version + 1)
    assert position(book.engine, Entries()) == 0
    follow_all(book)

    assert rows(book.engine) == wanted
    assert position(book.engine, Entries()) == len(RECORD)


def test_nothing_beyond_the_published_size_is_taken_in(book):
    """What no signed checkpoint covers is not shown."""
    book.record_all(RECORD)
    project(book.engine, 4)

    with reading(book.engine) as connection:
        assert entries.size(connection) == 4
        assert entries.one(connection, 4) is None
        assert entries.stored(connection, 4) is None
        assert [view.entry.index for view in entries.newest(connection, 99)] == [3, 2, 1, 0]


# --- what later entries change --------------------------------------------------------------------------------------


def view(book: Book, index: int) -> entries.EntryView:
    with reading(book.engine) as connection:
        found = entries.one(connection, index)
    assert found is not None
    return found


def test_corrections_withdrawals_and_what_stood_before_are_derived(book):
    """An entry shows what replaced it, what withdrew it and what it changed."""
    book.record_all(RECORD)
    follow_all(book)

    assert view(book, 7).corrected_by == 8
    assert view(book, 14).withdrawn_by == 15
    (change,) = present.changes(view(book, 2), ENGLISH)
    assert (change.label, change.before, change.now) == ("Bidding closes", "1 June 2026", "22 June 2026")
    with reading(book.engine) as connection:
        assert [each.entry.index for each in entries.followed(connection, 5, 9)] == [6]
        assert [each.entry.index for each in entries.preceding(connection, 6, 9)] == [5]
        assert [each.entry.index for each in entries.followed(connection, 1, 9)] == [2, 3]


def test_an_entry_of_a_group_stands_in_the_story_of_the_process_it_concerns(book):
    """One meeting can belong to several processes."""
    book.record_all(RECORD)
    follow_all(book)

    with reading(book.engine) as connection:
        story = entries.story(connection, Stream("process", "riverside"))
    assert [each.entry.index for each in story] == list(range(len(RECORD)))


@pytest.mark.parametrize("when", ["before", "after"], ids="followed {} the change of disclosures".format)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param([redaction(0, "data.title")], id="a title removed"),
        pytest.param([redaction(1, "data.milestones.1.title"), redaction(2, "data.reason.text")], id="two removed"),
        pytest.param([disclosure(5, "data.text_or_summary")], id="a question released"),
        pytest.param([disclosure(11, "data")], id="a withheld entry made public"),
        pytest.param([disclosure(11, "data"), redaction(11, "data.text")], id="made public, then a part removed"),
    ],
)
def test_changed_disclosures_give_the_rows_of_a_clean_build(book, when, change):
    """Rows say what is disclosed today, as if it had always been so."""
    book.record_all(RECORD)
    if when == "before":
        follow_all(book)
    book.record_all(change)
    follow_all(book)
    followed = rows(book.engine)

    assert is_rebuilt_the_same(book.engine)
    start_over(book.engine)
    follow_all(book)

    assert rows(book.engine) == followed


def test_a_contradiction_appears_and_disappears_with_what_it_lacks(book):
    """What does not fit is shown as long as it does not fit, whatever order things arrive in."""
    sources = [{"title": "A letter", "dated": "2026-03"}]
    book.record_all([opening(), answer("late", standing="reconstruction", sources=sources)])
    follow_all(book)
    assert view(book, 1).contradictions

    book.record(question("What does it cost?", "late", standing="reconstruction", sources=sources))
    follow_all(book)
    assert view(book, 1).contradictions == ()

    book.record(answer("late", standing="reconstruction", sources=sources))
    follow_all(book)
    assert view(book, 3).contradictions
    assert is_rebuilt_the_same(book.engine)


def test_what_is_withheld_tells_nothing_through_contradictions(book):
    """An entry that rests on a withheld one neither seems to lack its ground nor says what that is."""
    book.record_all(
        [
            opening(),
            question("What does it cost?", "hidden", visibility={"state": "withheld", "basis": "legal_privilege"}),
            answer("hidden", standing="reconstruction", sources=[{"title": "A letter"}]),
        ]
    )
    follow_all(book)

    assert view(book, 2).contradictions == ()
    assert is_rebuilt_the_same(book.engine)


def test_the_time_an_entry_changed_is_that_of_the_last_entry_about_it(book):
    """A reader's feed updates an entry when its standing or its disclosures change."""
    book.record_all(RECORD)
    follow_all(book)

    assert view(book, 4).updated == view(book, 4).entry.recorded
    for earlier, later in [(7, 8), (9, 10), (14, 15)]:
        assert view(book, earlier).updated == view(book, later).entry.recorded


# --- any order --------------------------------------------------------------------------------------------------------


@pytest.fixture
def new_book(new_database: Callable[[], URL]) -> Iterator[Callable[[], Book]]:
    """Make ledgers in databases of their own."""
    engines: list[Engine] = []

    def make() -> Book:
        engines.append(connect(new_database()))
        prepare(engines[-1], PROJECTIONS)
        return Book(engines[-1])

    yield make
    for engine in engines:
        engine.dispose()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, len(RECORD) - 1), max_size=4, unique=True), st.booleans())
def test_following_at_any_times_gives_the_rows_of_one_go(new_book, stops, late):
    """Wherever the follower stopped in between, also behind a change of disclosures, the rows are the same."""
    book = new_book()
    changes: list[Json] = [redaction(0, "data.title"), disclosure(5, "data.text_or_summary")]
    everything = [*RECORD, *changes]
    for start, stop in pairwise([0, *sorted(stops), len(everything)]):
        book.record_all(everything[start:stop])
        if not late or stop == len(everything):
            follow_all(book)
    followed = rows(book.engine)

    start_over(book.engine)
    for stop in [*sorted(stops), len(everything)]:
        project(book.engine, stop)

    assert rows(book.engine) == followed


def test_kinds_in_use_come_in_the_order_of_the_catalogue(book):
    """A list of filters reads as the catalogue does."""
    book.record_all([opening(), question("?")])
    follow_all(book)

    with reading(book.engine) as connection:
        used = entries.kinds_in_use(connection)
        assert used == ["commissioning-process-registered.v1", "clarification-question-received.v1"]
        assert set(used) == set(connection.scalars(select(entries.table.c.action)))
    catch_up(book.engine, Entries(), 2)
