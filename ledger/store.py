"""The ledger as an event-sourced application, and the eventsourcing library's recorder over our tables.

This is the only module that imports the library. What the library calls a notification id is the position
plus one, and only inside the recorder: everywhere else an entry's number is its position, the leaf index.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any, Final
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    InfrastructureFactory,
    IntegrityError,
    ListenNotifySubscription,
    Notification,
    NotSupportedError,
    OperationalError,
    ProcessRecorder,
    StoredEvent,
    TrackingRecorder,
)
from eventsourcing.utils import Environment, EnvType
from sqlalchemy import Engine, Select, select

from ledger.database import CHANNEL, connect, disclosure, entry, reading, tree_head
from ledger.errors import Conflict, Unavailable
from ledger.sequencer import Row, Sequencer, Transaction

POLL_SECONDS: Final = 0.02
"""How often a subscription asks SQLite whether the file has changed, and either database whether it is
to stop.
"""


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
