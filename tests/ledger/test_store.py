"""The ledger: what is recorded is decided, sealed and durable, and is read back as it was."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import NotSupportedError
from sqlalchemy import URL, Engine, delete, update

from ledger import store
from ledger.actions.procurement import ClarificationQuestionReceived
from ledger.database import connect, disclosure, entry, tree_head, writing
from ledger.disclosure import HELD, load_slots
from ledger.errors import Corrupt, Invalid, NotFound, Refused
from ledger.kinds import Undisclosed
from ledger.process import Recorded, Submission
from ledger.sequencer import Row, Sequencer
from ledger.store import Ledger
from ledger.wire import decode
from tests.ledger.submissions import NOON, asked, check_store, made_public, opened, process, removed


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(engine: Engine, clock: Clock) -> Iterator[Ledger]:
    """A ledger whose store is held to its entries when the test has ended."""
    with Ledger(engine, clock=clock, salt=counted_salt()) as ledger:
        yield ledger
    check_store(engine)


def words_of(entry: Recorded | None) -> object:
    assert entry is not None
    assert isinstance(entry.action, ClarificationQuestionReceived)
    return entry.action.text_or_summary


def question_id(entry: Recorded) -> object:
    assert isinstance(entry.action, ClarificationQuestionReceived)
    return entry.action.question_id


def counted_salt():
    numbers = count()
    return lambda: f"salt-{next(numbers):017}"


def test_what_is_recorded_is_read_back_as_it_was(ledger: Ledger):
    """An entry read from the store equals the one that recording returned."""
    first = ledger.record(opened("one"))
    second = ledger.record(asked("one"))
    assert [first.index, second.index] == [0, 1]
    assert [first.version, second.version] == [1, 2]
    assert list(ledger.read(sight=HELD)) == [first, second]


def test_what_is_embargoed_is_read_only_by_who_may_see_it(ledger: Ledger):
    """The public view of an embargoed text is that it is embargoed; the recorder's view is the text."""
    ledger.record(opened("one"))
    ledger.record(asked("one", "Is the hall included?"))
    assert words_of(next(ledger.read(1))) == Undisclosed("embargoed")
    assert words_of(next(ledger.read(1, sight=HELD))) == "Is the hall included?"
    state, _ = ledger.entry(1)
    assert b"hall" not in state


def test_many_are_recorded_in_batches_and_each_is_yielded_once_durable(ledger: Ledger):
    """Entries of a batch are on record, for any other connection, before the first of them is handed out."""
    submissions = [opened("one"), *(asked("one") for _ in range(9))]
    sizes = [ledger.head().size for _ in ledger.record_many(submissions, batch=4)]
    assert sizes == [4, 4, 4, 4, 8, 8, 8, 8, 10, 10]


def test_a_bulk_recording_takes_more_than_one_batch_of_copy(ledger: Ledger):
    """A thousand entries over a hundred streams are as if recorded one by one."""
    submissions = [opened(f"p{n}") for n in range(100)]
    submissions += [asked(f"p{n % 100}") for n in range(900)]
    made = list(ledger.record_many(submissions))
    assert list(ledger.read(sight=HELD)) == made
    assert [each.version for each in made[-100:]] == [10] * 100


def test_a_refusal_leaves_no_trace(ledger: Ledger):
    """A refused submission changes neither the store nor what the next decision rests on."""
    ledger.record(opened("one"))
    with pytest.raises(Refused, match="there can be only one"):
        ledger.record(opened("one"))
    assert ledger.head().size == 1
    assert ledger.record(asked("one")).version == 2


def test_a_refusal_in_a_batch_takes_the_batch_with_it(ledger: Ledger):
    """Without a quarantine, nothing of a batch with a refused submission is recorded, and batches
    before it are.
    """
    submissions = [opened("one"), asked("one"), asked("one"), opened("one")]
    with pytest.raises(Refused):
        list(ledger.record_many(submissions, batch=2))
    assert ledger.head().size == 2
    assert ledger.record(asked("one")).version == 3


def test_what_is_refused_can_be_set_aside(ledger: Ledger):
    """With a quarantine, what is refused or too large goes there with its reason, and the others are
    recorded.
    """
    aside: list[tuple[Submission, Refused | Invalid]] = []
    submissions = [
        asked("one"),  # not opened yet
        opened("one"),
        opened("one"),  # a second time
        asked("one", "x" * 1_000_000),
        asked("one"),
    ]
    made = list(ledger.record_many(submissions, refused=lambda *refusal: aside.append(refusal)))
    assert [each.version for each in made] == [1, 2]
    assert [submission for submission, _ in aside] == [submissions[0], submissions[2], submissions[3]]


def test_an_entry_may_only_concern_what_is_on_record(ledger: Ledger):
    """A process that an entry concerns must have been opened before it, be it just before in the same
    batch.
    """
    with pytest.raises(Refused, match="process/two, which this entry concerns"):
        ledger.record(opened("one", concerns=("two",)))
    made = list(ledger.record_many([opened("two"), opened("one", concerns=("two",))]))
    assert [str(each.stream) for each in made] == ["process/two", "process/one"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (timedelta(seconds=1), timedelta(seconds=1)),
        (timedelta(0), timedelta(0)),
        (timedelta(microseconds=-1), timedelta(0)),
        (timedelta(minutes=-5), timedelta(0)),
    ],
    ids=["on", "still", "a microsecond back", "five minutes back"],
)
def test_the_time_recorded_never_falls(ledger: Ledger, clock: Clock, step: timedelta, expected: timedelta):
    """A clock that goes back a little is overruled by the last entry's time."""
    ledger.record(opened("one"))
    clock.now += step
    assert ledger.record(asked("one")).recorded == NOON + expected


def test_a_clock_far_behind_refuses_to_record(ledger: Ledger, clock: Clock):
    """More than five minutes behind the last entry, the clock is wrong: say so and record nothing."""
    ledger.record(opened("one"))
    clock.now -= timedelta(minutes=5, microseconds=1)
    with pytest.raises(Refused, match=r"clock shows 2026-03-02T11:54:59.999999Z.*at 2026-03-02T12:00:00Z"):
        ledger.record(asked("one"))
    assert ledger.head().size == 1


def test_two_ledgers_on_one_database_know_of_each_other(database: URL, clock: Clock):
    """What another process has recorded is in the history that the next decision rests on."""
    engines = [connect(database), connect(database)]
    here, there = (Ledger(engine, clock=clock) for engine in engines)
    here.record(opened("one"))
    there.record(asked("one"))
    here.record(opened("two"))
    there.record(opened("three"))
    assert here.record(asked("one")).version == 3
    assert question_id(there.record(asked("one"))) == "question-3"
    with pytest.raises(Refused):
        here.record(opened("three"))
    check_store(engines[0])
    for engine in engines:
        engine.dispose()


def test_histories_are_forgotten_when_there_are_too_many(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    """Deciding stays right when a history must be read anew."""
    monkeypatch.setattr(store, "MOST_REMEMBERED", 3)
    list(ledger.record_many([opened(f"p{n}") for n in range(5)]))
    versions = [ledger.record(asked(f"p{n % 5}")).version for n in range(20)]
    assert versions == [2] * 5 + [3] * 5 + [4] * 5 + [5] * 5
    assert len(ledger._histories._kept) <= 2


def test_what_is_redacted_is_gone_and_every_proof_still_holds(ledger: Ledger, engine: Engine):
    """The value is removed with its redaction's commit; the bytes that were hashed do not change."""
    ledger.record(opened("one"))
    ledger.record(asked("one", "The caller was Jo Bloggs."))
    before, slots = ledger.entry(1)
    kept = secret_in(slots)
    assert on_disk(engine, kept) in {True, None}
    ledger.record(removed("one", 1, "data.text_or_summary"))
    after, slots = ledger.entry(1)
    assert after == before
    assert kept not in (slots or b"")
    assert words_of(next(ledger.read(1, sight=HELD))) == Undisclosed("redacted")
    assert on_disk(engine, kept) in {False, None}
    # The writer's own history has forgotten it too.
    ledger.record(asked("one"))
    history = ledger._histories._kept[process("one")][1]
    assert words_of(history.at(1)) == Undisclosed("redacted")


def secret_in(slots: bytes | None) -> bytes:
    """The disclosure, as stored, of the embargoed text."""
    (secret,) = [slot.disclosure for slot in load_slots(slots) if slot.path == "data.text_or_summary"]
    assert secret is not None
    return secret.encode()


def on_disk(engine: Engine, secret: bytes) -> bool | None:
    """Whether the bytes are in SQLite's file or its write-ahead log; None on a server, whose files are
    its own.
    """
    if engine.dialect.name != "sqlite":
        return None
    paths = [Path(f"{engine.url.database}{suffix}") for suffix in ("", "-wal")]
    return any(secret in path.read_bytes() for path in paths if path.exists())


def test_another_process_forgets_what_was_redacted(database: URL, clock: Clock):
    """A history kept before a redaction by another process is read anew before the next decision."""
    engines = [connect(database), connect(database)]
    here, there = (Ledger(engine, clock=clock) for engine in engines)
    here.record(opened("one"))
    here.record(asked("one"))
    there.record(removed("one", 1, "data.text_or_summary"))
    here.record(asked("one"))
    history = here._histories._kept[process("one")][1]
    assert words_of(history.at(1)) == Undisclosed("redacted")
    for engine in engines:
        engine.dispose()


def test_what_was_embargoed_can_be_made_public(ledger: Ledger):
    """After its disclosure, the public view has the text, in one batch too."""
    list(ledger.record_many([opened("one"), asked("one", "Is it so?"), made_public("one", 1, "data.text_or_summary")]))
    assert words_of(next(ledger.read(1))) == "Is it so?"


def test_an_unknown_field_cannot_be_redacted(ledger: Ledger):
    """A redaction of what is not there is refused, and is not on record."""
    ledger.record(opened("one"))
    with pytest.raises(Refused, match="is not an erasable value"):
        ledger.record(removed("one", 0, "data.regime"))
    assert ledger.head().size == 1


def test_a_history_is_the_streams_own(ledger: Ledger):
    """The history of a stream has its entries and no others; that of an unknown stream is empty."""
    list(ledger.record_many([opened("one"), opened("two"), asked("one"), asked("two")]))
    assert [each.index for each in ledger.history(process("one")).entries()] == [0, 2]
    assert ledger.history(process("three")).version == 0


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        (0, None, range(12)),
        (3, None, range(3, 12)),
        (0, 5, range(5)),
        (5, 5, []),
        (4, 9, range(4, 9)),
        (11, 99, [11]),
        (12, None, []),
    ],
)
def test_any_part_of_the_log_can_be_read(ledger: Ledger, monkeypatch, start, stop, expected):
    """A range is read completely and in order, whatever the size of pages."""
    list(ledger.record_many([opened("one"), *(asked("one") for _ in range(11))]))
    for page in (1, 4, 5, 12, 500):
        monkeypatch.setattr(store, "PAGE", page)
        assert [each.index for each in ledger.read(start, stop)] == list(expected)


@pytest.mark.parametrize("position", [-1, 1, 10**12])
def test_an_entry_that_is_not_there_is_not_found(ledger: Ledger, position: int):
    """Numbers that no entry has are answered in plain words."""
    ledger.record(opened("one"))
    with pytest.raises(NotFound, match="no entry"):
        ledger.entry(position)


def test_the_head_is_the_tree_over_the_entries(ledger: Ledger):
    """Size, time and root of the head are those of the entries recorded."""
    assert (ledger.head().size, ledger.head().recorded) == (0, 0)
    ledger.record(opened("one"))
    assert ledger.head().size == 1
    assert ledger.head().recorded == int(NOON.timestamp()) * 1_000_000


def test_a_subscription_yields_what_was_and_what_will_be_recorded(ledger: Ledger):
    """Entries after a position come in order, and then new ones as they are recorded; stopping ends it."""
    list(ledger.record_many([opened("one"), asked("one")]))
    with ledger.subscribe(after=0) as entries:
        assert next(entries).index == 1
        timer = threading.Timer(0.1, ledger.record, [asked("one")])
        timer.start()
        assert next(entries).index == 2
        timer.join()
        threading.Timer(0.1, entries.stop).start()
        assert list(entries) == []


def test_the_librarys_log_reads_entries(ledger: Ledger):
    """The library's notification log and mapper give the entries, so that its projections can follow ours."""
    made: Any = ledger.record(opened("one"))
    (notification,) = ledger.notification_log.select(1, 10)
    assert ledger.mapper.to_domain_event(notification) == made
    assert list(ledger.events.get(made.stream.id)) == [made]


def test_nothing_is_recorded_past_the_rules(ledger: Ledger):
    """The library's own ways of saving events refuse."""
    made: Any = ledger.record(opened("one"))
    with pytest.raises(NotSupportedError):
        ledger.save(made)
    with pytest.raises(NotSupportedError):
        ledger.events.put([made])


def test_the_environment_does_not_reach_the_library(engine: Engine, clock: Clock, monkeypatch):
    """Variables that the library would read, such as another persistence module, change nothing."""
    for name in ("PERSISTENCE_MODULE", "CIPHER_TOPIC", "COMPRESSOR_TOPIC", "IS_SNAPSHOTTING_ENABLED"):
        monkeypatch.setitem(os.environ, name, "y")
    assert Ledger(engine, clock=clock).record(opened("one")).index == 0


def test_an_entry_that_is_missing_is_noticed(engine: Engine, clock: Clock):
    """A gap in the record stops a reader, and names the entry."""
    ledger = Ledger(engine, clock=clock)
    list(ledger.record_many([opened("one"), asked("one"), asked("one")]))
    with writing(engine).begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER entry_refuses_delete")
        else:
            connection.exec_driver_sql("ALTER TABLE entry DISABLE TRIGGER ALL")
        connection.execute(delete(disclosure).where(disclosure.c.position == 1))
        connection.execute(delete(entry).where(entry.c.position == 1))
    with pytest.raises(Corrupt, match="Entry 1 is missing"):
        list(ledger.read())


def test_a_damaged_head_stops_recording(engine: Engine, clock: Clock):
    """A head that cannot be one of this size is said to be damaged, and nothing is recorded."""
    ledger = Ledger(engine, clock=clock)
    ledger.record(opened("one"))
    with writing(engine).begin() as connection:
        connection.execute(update(tree_head).values(size=2**62 - 1))
    with pytest.raises(Corrupt, match="head is damaged"):
        ledger.record(asked("one"))


def test_bytes_that_are_no_entry_are_corrupt(engine: Engine):
    """An entry that cannot be decoded stops a reader."""
    Sequencer(engine).run(lambda txn: txn.add(Row(0, uuid4(), 1, "a.v1", b"\xff", None, 1)))
    with pytest.raises(Corrupt, match="cannot be read"):
        list(Ledger(engine).read())


def test_a_salt_of_the_ledger_has_128_random_bits():
    """Salts differ and are 22 characters of base64url, which is 128 bits and a little."""
    salts = {store.new_salt() for _ in range(1000)}
    assert len(salts) == 1000
    assert {len(salt) for salt in salts} == {22}


def test_decoding_needs_no_disclosures(ledger: Ledger):
    """The bytes alone give an entry whose hidden values are not disclosed, and never an error."""
    ledger.record(opened("one"))
    state, _ = ledger.entry(0)
    assert decode(state, None).index == 0
