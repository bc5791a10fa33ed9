"""An engine whose connections fail on request, so that each write can be made to fail before or after
it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection


class FaultyEngine:
    """Behaves as the engine it wraps, but for its raw connections, which call `before` and `after` around each step.

    A step is named by the beginning of its statement ("INSERT INTO entry"), or "COMMIT"; a connection of
    Core is "CONNECT". What these functions raise, the step raises.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.before: Callable[[str], None] = lambda _: None
        self.after: Callable[[str], None] = lambda _: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def connect(self) -> Any:
        return self.step("CONNECT", self._engine.connect)

    def raw_connection(self) -> Any:
        return FaultyConnection(self._engine.raw_connection(), self)

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        self.before(name)
        result = work()
        self.after(name)
        return result


class FaultyConnection:
    def __init__(self, connection: PoolProxiedConnection, engine: FaultyEngine) -> None:
        self._connection, self._engine = connection, engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    @property
    def driver_connection(self) -> Any:
        return FaultyDriver(self._connection.driver_connection, self._engine)

    def cursor(self) -> Any:
        return FaultyCursor(self._connection.cursor(), self._engine)

    def commit(self) -> None:
        self._engine.step("COMMIT", self._connection.commit)


class FaultyDriver:
    """The driver's own connection; what is sent past its cursors, and waited for, is the lock."""

    def __init__(self, connection: Any, engine: FaultyEngine) -> None:
        self._connection, self._engine = connection, engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def wait(self, answer: Any) -> Any:
        return self._engine.step("BEGIN", lambda: self._connection.wait(answer))


class FaultyCursor:
    def __init__(self, cursor: Any, engine: FaultyEngine) -> None:
        self._cursor, self._engine = cursor, engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, statement: str, *values: Any) -> Any:
        return self._engine.step(statement, lambda: self._cursor.execute(statement, *values))

    def executemany(self, statement: str, values: Any) -> Any:
        return self._engine.step(statement, lambda: self._cursor.executemany(statement, values))

    def copy(self, statement: str) -> Any:
        return self._engine.step(statement, lambda: self._cursor.copy(statement))
