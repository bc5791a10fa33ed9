"""Guessing is slowed down without locking anyone out.

Attempts are counted by account and network address together: whoever guesses from elsewhere slows only themselves, and
the account's holder gets in from where they are. A second count, by address alone, slows one address that tries
many accounts. The delay doubles with each failure, and is forgotten after a day.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from web import tables
from web.people.accounts import micros

FREE: Final = 5
"""Failures before the first delay, for one account from one address."""

FREE_OF_ADDRESS: Final = 30
LONGEST: Final = timedelta(minutes=15)
FORGOTTEN: Final = timedelta(days=1)


def delay(failures: int, free: int) -> timedelta:
    """Return how long to wait after so many failures: nothing at first, then 1, 2, 4 … seconds."""
    over = failures - free
    return timedelta() if over < 0 else min(LONGEST, timedelta(seconds=2 ** min(over, 20)))


def keys_of(secret: str, email: str, address: str) -> tuple[tuple[str, int], ...]:
    """Return the counters of an attempt, each with its number of free failures. They show nothing personal."""
    return (
        (_key(secret, "both", email.strip().lower(), address), FREE),
        (_key(secret, "address", "", address), FREE_OF_ADDRESS),
    )


def wait(connection: Connection, keys: tuple[tuple[str, int], ...], now: datetime) -> timedelta:
    """Return how much longer the next attempt has to wait."""
    waits = [timedelta()]
    for key, free in keys:
        row = connection.execute(select(tables.failure).where(tables.failure.c.key == key)).first()
        if row is not None and row.last > micros(now - FORGOTTEN):
            passed = timedelta(microseconds=micros(now) - row.last)
            waits.append(delay(row.failures, free) - passed)
    return max(waits)


def failed(connection: Connection, keys: tuple[tuple[str, int], ...], now: datetime) -> None:
    """Count a failed attempt."""
    held = tables.failure.c
    connection.execute(delete(tables.failure).where(held.last <= micros(now - FORGOTTEN)))
    for key, _ in keys:
        counted = connection.execute(
            update(tables.failure).where(held.key == key).values(failures=held.failures + 1, last=micros(now))
        )
        if not counted.rowcount:
            connection.execute(insert(tables.failure).values(key=key, failures=1, last=micros(now)))


def succeeded(connection: Connection, keys: tuple[tuple[str, int], ...]) -> None:
    """Forget the failures of an account from an address; those of the address alone stay counted."""
    connection.execute(delete(tables.failure).where(tables.failure.c.key == keys[0][0]))


def _key(secret: str, what: str, email: str, address: str) -> str:
    return hmac.digest(secret.encode(), f"{what}\n{email}\n{address}".encode(), "sha256").hex()
