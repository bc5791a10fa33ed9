"""The ledger as an event-sourced application, and the eventsourcing library's recorder over our tables.

This is the only module that imports the library. What the library calls a notification id is the position
plus one, and only inside the recorder: everywhere else an entry's number is its position, the leaf index.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from threading import Lock, Thread
from typing import Any, Final, NoReturn, Self, TypeVar
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    ApplicationRecorder,
    InfrastructureFactory,
    IntegrityError,
    ListenNotifySubscription,
    Mapper,
    Notification,
    NotSupportedError,
    OperationalError,
    ProcessRecorder,
    Recording,
    StoredEvent,
    TrackingRecorder,
)
from eventsourcing.utils import Environment, EnvType
from sqlalchemy import Engine, Select, select

from ledger.actions.ledger import LedgerEntryDisclosed, LedgerEntryRedacted
from ledger.clock import Calendar, england_and_wales, utc_now
from ledger.database import CHANNEL, connect, disclosure, entry, read_binary, reading, scrub, tree_head
from ledger.disclosure import HELD, PUBLIC, Salt, base64url, covered, disclosed, dump_slots, load_slots, redacted
from ledger.errors import Conflict, Corrupt, Invalid, NotFound, Refused, Unavailable
from ledger.process import History, Moment, Recorded, Submission, decide
from ledger.refusing import seen_by, tellable
from ledger.removing import remove_copies
from ledger.sequencer import Head, Row, Sequencer, Transaction, read_head
from ledger.streams import Stream
from ledger.vocabulary import Action
from ledger.when import instant_text
from ledger.wire import decode, encode
from ledger.words import N_

T = TypeVar("T")

POLL_SECONDS: Final = 0.02
"""How often a subscription asks SQLite whether the file has changed, and either database whether it is
to stop.
"""


PAGE: Final = 500
"""How many entries are read, or recorded in one transaction, at a time."""

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""A clock further behind the record than this is wrong, and nothing is dated by it."""

MOST_REMEMBERED: Final = 20_000
"""Of so many entries, at most, the writer keeps histories between transactions (some 80 MB)."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def new_salt() -> str:
    """Return 128 random bits, base64url without padding (RFC 9901, section 9.3)."""
    return base64url(os.urandom(16))


@dataclass(frozen=True)
class StoredEntry(StoredEvent):
    """A stored event with its disclosures, which are kept apart from the bytes that are hashed."""

    slots: bytes | None = None


@dataclass(frozen=True)
class EntryNotification(Notification):
    """A notification with its disclosures."""

    slots: bytes | None = None


class Recorder(ApplicationRecorder):
    """The library's view of the record, over the sequencer for writing and SQLAlchemy Core for reading."""

    def __init__(self, engine: Engine, sequencer: Sequencer | None = None) -> None:
        self.engine = engine
        self.sequencer = sequencer or Sequencer(engine)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Store events of any kind, without deciding anything; return their notification ids."""
        if kwargs.get("tracking") is not None:
            raise NotSupportedError("Positions of projections are kept by the projections.")

        def decide(transaction: Transaction) -> list[int]:
            recorded = max(time.time_ns() // 1000, transaction.head.recorded)
            return [transaction.add(_row(transaction.next, each, recorded)) + 1 for each in stored_events]

        with _library_errors():
            return self.sequencer.run(decide)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return a stream's events by version."""
        version = entry.c.version
        query = _EVENTS.where(entry.c.stream_id == _uuid(originator_id)).limit(limit)
        query = query if gt is None else query.where(version > gt)
        query = query if lte is None else query.where(version <= lte)
        with _library_errors(), reading(self.engine) as connection:
            rows = connection.execute(query.order_by(version.desc() if desc else version))
            return [_event(*row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return events by notification id, from `start` to `stop`."""
        first = 0 if start is None else start - 1 if inclusive_of_start else start
        query = _NOTIFICATIONS.where(entry.c.position >= first).order_by(entry.c.position).limit(limit)
        query = query if stop is None else query.where(entry.c.position < stop)
        query = query.where(entry.c.topic.in_(topics)) if topics else query
        with _library_errors(), reading(self.engine) as connection:
            return [EntryNotification(*row) for row in connection.execute(query)]

    def max_notification_id(self) -> int | None:
        """Return the newest event's notification id, which is also their number."""
        with _library_errors(), reading(self.engine) as connection:
            return connection.scalar(select(tree_head.c.size)) or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription:
        """Return an iterator over what is stored after `gt` and what will be.

        It holds a connection of the pool.
        """
        return Subscription(self, gt=gt, topics=topics)


class Subscription(ListenNotifySubscription[Recorder]):
    """Wakes up when another connection, of whatever process, has committed entries."""

    def __init__(self, recorder: Recorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        super().__init__(recorder, gt=gt, topics=topics)
        is_postgresql = recorder.engine.dialect.name == "postgresql"
        self._wake_thread = Thread(target=self._watch, args=(self._listen if is_postgresql else self._poll,))
        self._wake_thread.start()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        try:
            super().__exit__(*args, **kwargs)
        finally:
            self._wake_thread.join()

    def _watch(self, wait: Callable[[], None]) -> None:
        try:
            wait()
        except BaseException as error:  # noqa: BLE001 - the library raises it from __next__, in the reader's thread
            self._thread_error = self._thread_error or error
            self.stop()

    def _poll(self) -> None:
        # A raw connection: inside a transaction, which SQLAlchemy would begin, data_version never changes.
        connection = self._recorder.engine.raw_connection()
        try:
            cursor, seen = connection.cursor(), None
            while not self._has_been_stopped:
                version = cursor.execute("PRAGMA data_version").fetchone()
                if version != seen:
                    seen = version
                    self._has_been_notified.set()
                time.sleep(POLL_SECONDS)
        finally:
            connection.close()

    def _listen(self) -> None:
        pooled = self._recorder.engine.raw_connection()
        driver: psycopg.Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
        pooled.detach()  # it goes on listening, in autocommit, so the pool must not have it back
        with driver:
            driver.autocommit = True
            driver.execute(f"LISTEN {CHANNEL}".encode())
            # What was committed between the first reading and LISTEN has sent its signal already.
            self._has_been_notified.set()
            while not self._has_been_stopped:
                for _ in driver.notifies(timeout=POLL_SECONDS * 5, stop_after=1):
                    self._has_been_notified.set()


class Factory(InfrastructureFactory[TrackingRecorder]):
    """Makes the library's parts for an engine, or for the database address in `CANDOUR_DATABASE_URL`."""

    def __init__(self, env: Environment | EnvType | None, engine: Engine | None = None) -> None:
        super().__init__(env)
        self._engine = engine or connect(self.env.get("CANDOUR_DATABASE_URL", ""))

    def aggregate_recorder(self, purpose: str = "events") -> Recorder:
        """Return the one recorder; there are no snapshots, because a history is folded from its entries."""
        if purpose != "events":
            raise NotSupportedError(f"There is no recorder for {purpose}.")
        return Recorder(self._engine)

    def application_recorder(self) -> Recorder:
        """Return a recorder on the engine."""
        return Recorder(self._engine)

    def tracking_recorder(
        self,
        tracking_recorder_class: type[TrackingRecorder] | None = None,  # noqa: ARG002 - the library's signature
    ) -> TrackingRecorder:
        """Refuse: projections keep their positions in the transaction of their rows."""
        raise NotSupportedError("Positions of projections are kept by the projections.")

    def process_recorder(self) -> ProcessRecorder:
        """Refuse, for the same reason."""
        raise NotSupportedError("Positions of projections are kept by the projections.")


_EVENTS: Final[Select[Any]] = select(
    entry.c.stream_id, entry.c.version, entry.c.topic, entry.c.state, disclosure.c.slots
).outerjoin_from(entry, disclosure)

_NOTIFICATIONS: Final[Select[Any]] = select(
    entry.c.stream_id,
    entry.c.version,
    entry.c.topic,
    entry.c.state,
    (entry.c.position + 1).label("id"),
    disclosure.c.slots,
).outerjoin_from(entry, disclosure)


@contextmanager
def _library_errors() -> Iterator[None]:
    """Raise the library's errors for ours, inside its own interfaces."""
    try:
        yield
    except Conflict as error:
        raise IntegrityError(str(error)) from error
    except Unavailable as error:
        raise OperationalError(str(error)) from error


def _event(stream_id: UUID, version: int, topic: str, state: bytes, slots: bytes | None) -> StoredEvent:
    # The library compares stored events, and one without disclosures is to equal what was put in.
    if slots is None:
        return StoredEvent(stream_id, version, topic, state)
    return StoredEntry(stream_id, version, topic, state, slots)


def _row(position: int, event: StoredEvent, recorded: int) -> Row:
    slots = event.slots if isinstance(event, StoredEntry) else None
    stream_id, version = _uuid(event.originator_id), event.originator_version
    return Row(position, stream_id, version, event.topic, event.state, slots, recorded)


def _uuid(originator_id: UUID | str) -> UUID:
    return originator_id if isinstance(originator_id, UUID) else UUID(originator_id)


class EntryMapper(Mapper[UUID]):
    """Reads entries from exactly the bytes that were hashed.

    It writes none: `Ledger.record` alone makes entries.
    """

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> NoReturn:  # noqa: ARG002
        """Refuse: an entry is made by deciding under the head lock."""
        raise NotSupportedError("Entries are made by Ledger.record.")

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded:  # type: ignore[override]
        """Return the entry with what is public of it."""
        return decode(stored_event.state, getattr(stored_event, "slots", None))


class Histories:
    """The streams' histories as the writer left them, so that deciding need not read a stream anew each time.

    For deciding alone: they hold what is embargoed, and grow as entries are added. What a transaction
    takes is given back by `keep` after its commit; what it leaves behind in failing is forgotten.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Stream, tuple[int, History]] = OrderedDict()
        self._taken: dict[Stream, History] = {}
        self._remembered = 0
        self._size = 0
        self._others_wrote = 0

    def begin(self, size: int) -> None:
        """Begin a transaction on a log of this size, which tells whether others have appended since
        the last one.
        """
        self._taken.clear()
        if size != self._size:
            self._size = self._others_wrote = size

    def take(self, transaction: Transaction, stream: Stream) -> History:
        """Return a stream's history as of this transaction."""
        history = self._taken.get(stream)
        if history is None:
            history = self._taken[stream] = self._fetch(transaction, stream)
        return history

    def forget(self, stream: Stream) -> None:
        """Forget a history taken, because what is disclosed of its earlier entries has changed."""
        self._taken.pop(stream, None)

    def keep(self, added: int) -> None:
        """Keep what the transaction took, which has added so many entries; drop the least recently used."""
        self._size += added
        for stream, history in self._taken.items():
            self._kept[stream] = self._size, history
            self._remembered += history.version
        self._taken.clear()
        while self._remembered > MOST_REMEMBERED and len(self._kept) > 1:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._remembered -= dropped.version

    def _fetch(self, transaction: Transaction, stream: Stream) -> History:
        kept = self._kept.pop(stream, None)
        if kept is None:
            return _continue(History(stream), transaction)
        good_at, history = kept
        self._remembered -= history.version
        return history if good_at >= self._others_wrote else _continue(history, transaction)


def _continue(history: History, transaction: Transaction) -> History:
    """Add what is on record since. An entry that changes what earlier ones disclose means to begin again."""
    rows = transaction.stream(history.stream.id, history.version)
    new = [decode(row.state, row.slots, HELD) for row in rows]
    if history.version and any(isinstance(each.action, _CHANGES_SLOTS) for each in new):
        return _continue(History(history.stream), transaction)
    for each in new:
        history.add(each)
    return history


_CHANGES_SLOTS: Final = (LedgerEntryRedacted, LedgerEntryDisclosed)


class Entries(Iterator[Recorded]):
    """Entries as they are committed, by whatever process; ends when it is stopped."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription

    def __enter__(self) -> Self:
        self._subscription.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._subscription.__exit__(*error)

    def __next__(self) -> Recorded:
        notification = next(self._subscription)
        return decode(notification.state, getattr(notification, "slots", None))

    def stop(self) -> None:
        """End the iteration, from any thread."""
        self._subscription.stop()


class Ledger(Application[UUID]):
    """Records what is stated and reads back what is on record.

    `clock` returns the present, aware; `salt` as `new_salt` does. The engine stays the caller's to
    dispose of.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], datetime] = utc_now,
        salt: Salt = new_salt,
        calendar: Calendar | None = None,
    ) -> None:
        self._engine = engine
        self._sequencer = Sequencer(engine)
        self._clock = clock
        self._salt = salt
        self._calendar = calendar or england_and_wales()
        self._histories = Histories()
        self._lock = Lock()  # the histories' own: they are given back after the sequencer has let go of its lock
        self._recorder = Recorder(engine, self._sequencer)
        super().__init__()

    # --- the library's way of putting an application together

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Take nothing from the process's environment, which the library would merge in."""
        return Environment(name, env or {})

    def construct_factory(self, env: Environment) -> Factory:
        """Use the engine given."""
        return Factory(env, self._engine)

    def construct_recorder(self) -> Recorder:
        """Share the sequencer, and with it the lock in front of the head's."""
        return self._recorder

    def construct_mapper(self) -> EntryMapper:
        """Read the bytes that were hashed."""
        return EntryMapper(self.construct_transcoder())

    def save(self, *objs: Any, **kwargs: Any) -> list[Recording[UUID]]:  # noqa: ARG002
        """Refuse: nothing is recorded without being decided."""
        raise NotSupportedError("Entries are made by Ledger.record.")

    # --- writing

    def record(self, submission: Submission) -> Recorded:
        """Decide on one submission and make its entry durable.

        Raises:
            Refused: A rule says no, or the clock is behind the record.
            Invalid: The entry is too large.
            Conflict, Unavailable, Corrupt: As `Sequencer.run` says.
        """
        return self._record_batch([submission], None)[0]

    def record_many(
        self,
        submissions: Iterable[Submission],
        batch: int = PAGE,
        refused: Callable[[Submission, Refused | Invalid], None] | None = None,
    ) -> Iterator[Recorded]:
        """Record in transactions of `batch`, and yield each entry once it is durable; nothing happens until iterated.

        A submission that is refused raises, and its whole batch is not recorded; with `refused`, it is
        handed to that after the batch is committed, and the others go on. Other errors are those of
        `record`.
        """
        remaining = iter(submissions)
        while chunk := list(islice(remaining, batch)):
            yield from self._record_batch(chunk, refused)

    def _record_batch(
        self, submissions: Sequence[Submission], refused: Callable[[Submission, Refused | Invalid], None] | None
    ) -> list[Recorded]:
        refusals: list[tuple[Submission, Refused | Invalid]] = []

        def decide_all(transaction: Transaction) -> list[Recorded]:
            refusals.clear()
            self._histories.begin(transaction.head.size)
            recorded = self._now(transaction.head)
            unknown = _unknown_streams(transaction, submissions)
            entries = []
            for submission in submissions:
                mine = unknown & submission.statement.concerned_streams() if unknown else unknown
                moment = Moment(transaction.next, recorded, self._calendar, mine)
                try:
                    entries.append(self._add(transaction, submission, moment))
                except (Refused, Invalid) as refusal:
                    if refused is None:
                        raise
                    refusals.append((submission, refusal))
                else:
                    unknown = unknown and unknown - {submission.stream}
            return entries

        with self._lock:
            entries = self._sequencer.run(decide_all)
            self._histories.keep(len(entries))
        if any(isinstance(each.action, LedgerEntryRedacted) for each in entries):
            scrub(self._engine)
        if refused is not None:
            for submission, refusal in refusals:
                refused(submission, refusal)
        return entries

    def record_with(self, work: Callable[[Desk], T]) -> T:
        """Let `work` read, decide and record in one transaction, with what it writes beside; all of it or nothing.

        `work` is called again from the start if others were in the way. Errors are those of `record`.
        """
        desk: list[Desk] = []

        def decide_all(transaction: Transaction) -> T:
            self._histories.begin(transaction.head.size)
            desk[:] = [Desk(self, transaction, self._now(transaction.head))]
            return work(desk[0])

        with self._lock:
            answer = self._sequencer.run(decide_all)
            self._histories.keep(desk[0].added)
        if desk[0].redacts:
            scrub(self._engine)
        return answer

    def replay(self, states: Sequence[bytes]) -> list[int]:
        """Append entries that were published before, exactly as they were hashed, and decide nothing.

        Their hidden values are not in them. What they redact or disclose of earlier entries takes effect, as far as
        these still have it; returns the redactions among them. Errors are those of `Ledger.record`.
        """

        def append(transaction: Transaction) -> list[int]:
            redactions = []
            for state in states:
                made = decode(state, None, HELD)
                if isinstance(made.action, LedgerEntryRedacted):
                    redactions.append(made.index)
                    history = _continue(History(made.stream), transaction)
                    if history.own(made.action.target_entry) is not None:
                        remove_copies(transaction, history, made.action)
                changed = _changed_again(transaction, made.action)
                recorded = (made.recorded - _EPOCH) // _MICROSECOND
                name = made.action.declaration.name
                transaction.add(Row(made.index, made.stream.id, made.version, name, state, None, recorded))
                if changed is not None:
                    transaction.replace_slots(*changed)
            return redactions

        with self._lock:
            redactions = self._sequencer.run(append)
        if redactions:
            scrub(self._engine)
        return redactions

    def _now(self, head: Head) -> datetime:
        now = self._clock().astimezone(UTC)
        last = _EPOCH + head.recorded * _MICROSECOND
        if last - now > CLOCK_TOLERANCE:
            raise Refused(
                N_(
                    "This computer's clock shows %(now)s, but the last entry was recorded at %(last)s. "
                    "Set the clock right, then record again."
                ),
                now=instant_text(now),
                last=instant_text(last),
            )
        return max(now, last)

    def _add(self, transaction: Transaction, submission: Submission, moment: Moment) -> Recorded:
        history = self._histories.take(transaction, submission.stream)
        try:
            made = decide(history, submission, moment)
        except Refused as refusal:
            rows = ((row.state, row.slots) for row in transaction.stream(submission.stream.id, 0))
            seen = seen_by(submission.stream, rows, submission.statement.by.organisation)
            raise tellable(refusal, seen, submission, moment) from None
        encoded = encode(made, self._salt)
        changed = _changed_slots(transaction, made.action)
        if isinstance(made.action, LedgerEntryRedacted):
            remove_copies(transaction, history, made.action)
        transaction.add(
            Row(
                made.index,
                _stream_id(made.stream),
                made.version,
                made.action.declaration.name,
                encoded.state,
                encoded.slots,
                (made.recorded - _EPOCH) // _MICROSECOND,
            )
        )
        history.add(made)
        if changed is not None:
            transaction.replace_slots(*changed)
            self._histories.forget(made.stream)
        return made

    # --- reading

    def read(self, start: int = 0, stop: int | None = None, sight: frozenset[str] = PUBLIC) -> Iterator[Recorded]:
        """Yield the entries from position `start` up to, not including, `stop` or what is there, in pages.

        `sight` is the states of hidden values that are put back; `Corrupt` if an entry is missing or
        unreadable.
        """
        for position, state, slots in self.read_stored(start, stop):
            made = decode(state, slots, sight)
            if made.index != position:
                raise Corrupt(N_("Entry %(position)s says that it is another one."), position=position)
            yield made

    def read_stored(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes, bytes | None]]:
        """Yield position, hashed bytes and stored disclosures of entries, as `read` does."""
        last = start + PAGE
        while stop is None or start < stop:
            last = start + PAGE if stop is None else min(start + PAGE, stop)
            with reading(self._engine) as connection:
                page = read_binary(connection, _PAGE, {"start": start, "stop": last})
            for expected, (position, state, slots) in enumerate(page, start):
                if position != expected:
                    raise Corrupt(N_("Entry %(position)s is missing from the record."), position=expected)
                yield position, state, slots
            if len(page) < last - start:
                return
            start = last

    def entry(self, position: int) -> tuple[bytes, bytes | None]:
        """Return the hashed bytes of an entry and its stored disclosures; `NotFound` if there is none."""
        found = next(self.read_stored(position, position + 1), None) if position >= 0 else None
        if found is None:
            raise NotFound(N_("There is no entry %(position)s."), position=position)
        return found[1:]

    def history(self, stream: Stream, sight: frozenset[str] = PUBLIC) -> History:
        """Return a new history of the stream's own entries; empty if it has none."""
        history = History(stream)
        query = _EVENTS.where(entry.c.stream_id == stream.id).order_by(entry.c.version)
        with reading(self._engine) as connection:
            for *_, state, slots in connection.execute(query):
                history.add(decode(state, slots, sight))
        return history

    def head(self) -> Head:
        """Return the size of the log, when its last entry was recorded, and its compact range."""
        with reading(self._engine) as connection:
            found = connection.execute(_TREE_HEAD).one()
        return read_head(*found)

    def subscribe(self, after: int | None = None) -> Entries:
        """Return the public view of all entries after a position, and of those to come; use it in a
        `with`.
        """
        return Entries(self._recorder.subscribe(gt=None if after is None else after + 1))


class Desk:
    """A transaction in which more than entries is read and written. It is over when `record_with` returns."""

    def __init__(self, store: Ledger, transaction: Transaction, recorded: datetime) -> None:
        self._store = store
        self._transaction = transaction
        self.recorded = recorded
        self.added = 0
        self.redacts = False

    def history(self, stream: Stream) -> History:
        """Return the stream's history with what was recorded here; it also holds what is not public."""
        return self._store._histories.take(self._transaction, stream)  # noqa: SLF001 - a part of the store

    def record(self, submission: Submission) -> Recorded:
        """Decide on a submission and add its entry. What it concerns beside its own stream must exist."""
        unknown = _unknown_streams(self._transaction, [submission])
        moment = Moment(self._transaction.next, self.recorded, self._store._calendar, unknown)  # noqa: SLF001 - the same
        made = self._store._add(self._transaction, submission, moment)  # noqa: SLF001 - the same
        self.added += 1
        self.redacts = self.redacts or isinstance(made.action, LedgerEntryRedacted)
        return made

    def slots(self, position: int) -> bytes | None:
        """Return the stored disclosures of an entry, as they are now."""
        return self._transaction.slots(position)

    def query(self, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        """Return all rows of a query written with %s."""
        return self._transaction.query(statement, values)

    def write(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows beside the entries, by a statement with %s; nothing is written if no entry is recorded."""
        self._transaction.beside.append((statement, rows))


_PAGE: Final = (
    "SELECT entry.position, entry.state, disclosure.slots "
    "FROM entry LEFT JOIN disclosure ON disclosure.position = entry.position "
    "WHERE entry.position >= :start AND entry.position < :stop ORDER BY entry.position"
)
_TREE_HEAD: Final = select(tree_head.c.size, tree_head.c.recorded, tree_head.c.range)


@lru_cache(4096)
def _stream_id(stream: Stream) -> UUID:
    return stream.id  # a digest each time: a tenth of what an entry costs in bulk


def _unknown_streams(transaction: Transaction, submissions: Iterable[Submission]) -> frozenset[Stream]:
    """Return which of all the streams that the submissions concern have no entry yet."""
    concerned = {stream for each in submissions for stream in each.statement.concerned_streams()}
    existing = transaction.existing({stream.id for stream in concerned})
    return frozenset(stream for stream in concerned if stream.id not in existing)


def _changed_slots(transaction: Transaction, action: Action) -> tuple[int, bytes] | None:
    """Return the entry whose disclosures this action changes, with those it leaves; `Refused` if it
    cannot.
    """
    if not isinstance(action, _CHANGES_SLOTS):
        return None
    target = action.target_entry if isinstance(action, LedgerEntryRedacted) else action.target
    change = redacted if isinstance(action, LedgerEntryRedacted) else disclosed
    slots = dump_slots(change(load_slots(transaction.slots(target)), action.fields))
    return None if slots is None else (target, slots)


def _changed_again(transaction: Transaction, action: Action) -> tuple[int, bytes] | None:
    """Return the same for an action that was decided before, of an entry whose values may be lost by now."""
    if not isinstance(action, _CHANGES_SLOTS):
        return None
    target = action.target_entry if isinstance(action, LedgerEntryRedacted) else action.target
    slots = load_slots(transaction.slots(target))
    chosen = {each.path for each in covered(slots, action.fields) if each.disclosure is not None}
    change = redacted if isinstance(action, LedgerEntryRedacted) else disclosed
    stored = dump_slots(change(slots, chosen))
    return None if stored is None else (target, stored)
