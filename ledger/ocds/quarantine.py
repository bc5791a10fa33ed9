"""What could not be taken in: kept with its file, position and reason, shown, and tried again."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from ledger.database import quarantined, reading, writing
from ledger.errors import CandourError
from ledger.kinds import Json
from ledger.voice import Voice

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_NAME: Final = 300


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing in quarantine.

    `number` is its own; `position` the byte of the unpacked file at which it begins; `raw` is all of it if `complete`.
    `found` is when, in UTC.
    """

    number: int
    file: str
    position: int
    reason: str
    parameters: Mapping[str, Json]
    publisher: Json
    raw: bytes
    complete: bool
    found: datetime

    def say(self, voice: Voice) -> str:
        """Return the reason in words."""
        return voice.words(self.reason, **self.parameters)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is to be kept: where it was found, why it could not be used, and what it was."""

    file: str
    position: int
    why: CandourError
    raw: bytes
    complete: bool
    publisher: Json = None


def put(engine: Engine, refusals: Iterable[Refusal], now: datetime) -> None:
    """Keep what could not be used; the same thing of the same place is kept once."""
    rows = [_row(each, now) for each in refusals]
    if not rows:
        return
    add = (postgresql if engine.dialect.name == "postgresql" else sqlite).insert(quarantined)
    with writing(engine).begin() as connection:
        connection.execute(add.on_conflict_do_nothing(), rows)


def _row(refusal: Refusal, now: datetime) -> dict[str, Any]:
    parameters = {name: str(value)[:_MOST_NAME] for name, value in refusal.why.parameters.items()}
    return {
        "file": "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in refusal.file)[
            :_MOST_NAME
        ],
        "position": refusal.position,
        "sha256": hashlib.sha256(refusal.raw).hexdigest(),
        "reason": refusal.why.template,
        "parameters": orjson.dumps(parameters).decode(),
        "publisher": orjson.dumps(refusal.publisher, default=str).decode(),
        "raw": zlib.compress(refusal.raw),
        "complete": int(refusal.complete),
        "found": (now - _EPOCH) // timedelta(microseconds=1),
    }


def _printable(name: str) -> str:
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in name)[:_MOST_NAME]


def count(connection: Connection) -> int:
    """Return how much is in quarantine."""
    return connection.scalar(select(func.count()).select_from(quarantined)) or 0


def listed(connection: Connection, limit: int, offset: int = 0) -> list[Kept]:
    """Return what is in quarantine, the newest first."""
    query = select(quarantined).order_by(quarantined.c.number.desc()).limit(limit).offset(offset)
    return [_kept(row) for row in connection.execute(query)]


def each(engine: Engine) -> Iterator[Kept]:
    """Yield all that is in quarantine, the oldest first, one at a time."""
    last = 0
    query = select(quarantined).order_by(quarantined.c.number).limit(1)
    while True:
        with reading(engine) as connection:
            row = connection.execute(query.where(quarantined.c.number > last)).one_or_none()
        if row is None:
            return
        yield _kept(row)
        last = row.number


def drop(engine: Engine, number: int) -> None:
    """Forget what was taken in after all."""
    with writing(engine).begin() as connection:
        connection.execute(delete(quarantined).where(quarantined.c.number == number))


def _kept(row: Any) -> Kept:
    return Kept(
        row.number,
        row.file,
        row.position,
        row.reason,
        orjson.loads(row.parameters),
        orjson.loads(row.publisher),
        zlib.decompress(row.raw),
        bool(row.complete),
        _EPOCH + timedelta(microseconds=row.found),
    )
