"""The eventsourcing library's own promises about recorders, held by ours on both databases.

Not held, by design:
- `ProcessRecorderTestCase`, `TrackingRecorderTestCase`, `test_create_tracking_recorder` and
  `test_create_process_recorder`: a projection keeps its position in the transaction of its own rows, so
  there is nothing for the library to track. Asking for these recorders is refused, which is tried below.
- `AggregateRecorderTestCase` wants a recorder that gives no ids. Ours always gives them; a subclass that
hides them
  passes everything else in it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import (
    IntegrityError,
    NotSupportedError,
    OperationalError,
    StoredEvent,
    Tracking,
)
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    InfrastructureFactoryTestCase,
    NonInterleavingNotificationIDsBaseCase,
)
from eventsourcing.utils import Environment
from sqlalchemy import URL, Engine

from ledger.database import connect
from ledger.store import Factory, Recorder


class IdsHidden(Recorder):
    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:  # type: ignore[override]
        super().insert_events(stored_events, **kwargs)


class OnSqlite:
    @pytest.fixture(autouse=True)
    def _database(self, new_sqlite):
        yield from self.use(new_sqlite())

    def use(self, address: URL) -> Iterator[None]:
        self.address, self.engine = address, connect(address)
        others = set(threading.enumerate())
        yield
        # The library's cases do not wait for their readers, whose connections the pool must have back.
        for thread in set(threading.enumerate()) - others:
            thread.join()
        self.engine.dispose()

    def create_recorder(self):
        return Recorder(self.engine)


class OnPostgresql(OnSqlite):
    @pytest.fixture(autouse=True)
    def _database(self, new_postgresql):
        yield from self.use(new_postgresql())


class Subscribing:
    optional_test_insert_subscribe: Any

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationRecorderOnSqlite(Subscribing, OnSqlite, ApplicationRecorderTestCase):
    """The library's promises of an application recorder, subscriptions included, on SQLite."""


class TestApplicationRecorderOnPostgresql(Subscribing, OnPostgresql, ApplicationRecorderTestCase):
    """The library's promises of an application recorder, subscriptions included, on PostgreSQL."""


class TestNonInterleavingIdsOnSqlite(OnSqlite, NonInterleavingNotificationIDsBaseCase):
    """Two large batches at once never mix their ids on SQLite."""


class TestNonInterleavingIdsOnPostgresql(OnPostgresql, NonInterleavingNotificationIDsBaseCase):
    """Two large batches at once never mix their ids on PostgreSQL."""


class TestAggregateRecorderOnSqlite(OnSqlite, AggregateRecorderTestCase):
    """The library's promises of an aggregate recorder on SQLite."""

    def create_recorder(self):
        return IdsHidden(self.engine)


class TestAggregateRecorderOnPostgresql(OnPostgresql, AggregateRecorderTestCase):
    """The library's promises of an aggregate recorder on PostgreSQL."""

    def create_recorder(self):
        return IdsHidden(self.engine)


class OurFactory:
    address: URL
    factory: Factory

    def setUp(self) -> None:
        address = self.address.render_as_string(hide_password=False)
        self.env = Environment("Ledger", {"PERSISTENCE_MODULE": "ledger.store", "CANDOUR_DATABASE_URL": address})
        super().setUp()  # type: ignore[misc]

    def expected_factory_class(self):
        return Factory

    def expected_application_recorder_class(self):
        return Recorder

    def expected_aggregate_recorder_class(self):
        return Recorder

    def expected_tracking_recorder_class(self):
        raise NotImplementedError

    def tracking_recorder_subclass(self):
        raise NotImplementedError

    def expected_process_recorder_class(self):
        raise NotImplementedError

    def test_create_tracking_recorder(self) -> None:
        with pytest.raises(NotSupportedError, match="kept by the projections"):
            self.factory.tracking_recorder()

    def test_create_process_recorder(self) -> None:
        with pytest.raises(NotSupportedError, match="kept by the projections"):
            self.factory.process_recorder()

    def test_create_snapshot_recorder(self) -> None:
        with pytest.raises(NotSupportedError, match="snapshots"):
            self.factory.aggregate_recorder("snapshots")


class TestFactoryOnSqlite(OurFactory, OnSqlite, InfrastructureFactoryTestCase):
    """The library finds our factory by its module's name and gets its mappers and recorders, on SQLite."""


class TestFactoryOnPostgresql(OurFactory, OnPostgresql, InfrastructureFactoryTestCase):
    """The library finds our factory by its module's name and gets its mappers and recorders, on
    PostgreSQL.
    """


def an_event(version: int = 1) -> StoredEvent:
    return StoredEvent(uuid4(), version, "a.v1", b"{}")


def test_a_position_of_a_projection_is_refused_and_not_silently_dropped(engine: Engine):
    """Events that come with a tracking record are not stored."""
    recorder = Recorder(engine)
    with pytest.raises(NotSupportedError):
        recorder.insert_events([an_event()], tracking=Tracking("projection", 1))
    assert recorder.max_notification_id() is None


def test_a_subscription_wakes_up_for_another_connection(database: URL):
    """An event stored through another engine, as another process would, reaches a waiting subscription."""
    reader, writer = connect(database), connect(database)
    with Recorder(reader).subscribe() as subscription:
        event = an_event()
        timer = threading.Timer(0.2, Recorder(writer).insert_events, [[event]])
        timer.start()
        assert next(subscription).originator_id == event.originator_id
        timer.join()
    reader.dispose()
    writer.dispose()


def test_a_stopped_subscription_gives_its_connection_back(engine: Engine):
    """Many subscriptions, one after another, leave no connection in use."""
    recorder = Recorder(engine)
    recorder.insert_events([an_event()])
    for _ in range(30):
        with recorder.subscribe() as subscription:
            next(subscription)
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_subscription_whose_database_fails_says_so(database: URL):
    """The reader of a subscription gets the error, instead of waiting for ever."""
    engine = connect(database.set(database=f"{database.database}-missing"))
    expected = (OperationalError, psycopg.OperationalError, sqlite3.OperationalError)
    with (
        pytest.raises(expected, match=r"unable to open|does not exist"),
        Recorder(engine).subscribe() as subscription,
    ):
        next(subscription)


@pytest.mark.parametrize("error", [IntegrityError, OperationalError])
def test_the_library_gets_its_own_errors(database: URL, error: type[Exception]):
    """A version that is taken, and a database that does not answer, are raised as the library's errors."""
    missing = database.set(database=f"{database.database}-missing")
    engine = connect(database if error is IntegrityError else missing)
    event = an_event()
    with pytest.raises(error):
        Recorder(engine).insert_events([event, event])
    engine.dispose()
