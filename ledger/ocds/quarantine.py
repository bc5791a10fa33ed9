"""What could not be taken in: kept with its file, position and reason, shown, and tried again."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, Select, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.database import quarantined, reading, scrub, writing
from ledger.errors import CandourError
from ledger.kinds import Json
from ledger.voice import Voice
from ledger.when import LONDON
from ledger.words import N_

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
        parameters = dict(self.parameters)
        if self.reason == ERASED:
            parameters["basis"] = voice.words(str(parameters["basis"]))
            parameters["day"] = voice.day(date.fromisoformat(str(parameters["day"])))
        return voice.words(self.reason, **parameters)


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
        gone = {each["sha256"]: dict(each) for each in connection.execute(_erased(rows)).mappings()}
        connection.execute(add.on_conflict_do_nothing(), [row | gone.get(row["sha256"], {}) for row in rows])


def _erased(rows: Iterable[Mapping[str, Any]]) -> Select[Any]:
    """Return a query for what stands in the place of such of these as were erased by law, wherever they stood."""
    held = quarantined.c
    query = select(held.sha256, held.reason, held.parameters, held.publisher, held.raw, held.complete)
    return query.where(held.reason == ERASED, held.sha256.in_({row["sha256"] for row in rows}))


def _row(refusal: Refusal, now: datetime) -> dict[str, Any]:
    parameters = {name: str(value)[:_MOST_NAME] for name, value in refusal.why.parameters.items()}
    return {
        "file": _printable(refusal.file),
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


ERASED: Final = N_("What was here was erased by law on %(day)s. Basis: %(basis)s.")
"""The reason of what was erased. Its digest stays, by which the same thing is known if it comes again."""


def erase(engine: Engine, number: int, basis: str, now: datetime) -> bool:
    """Erase what is kept of one thing; its file and position stay, and that it was erased. Return whether it is there.

    `basis` is a phrase that can be translated. The same thing from another place of the quarantine goes too.
    """
    held = quarantined.c
    with writing(engine).begin() as connection:
        digest = connection.scalar(select(held.sha256).where(held.number == number))
        if digest is None:
            return False
        words = {"day": now.astimezone(LONDON).date().isoformat(), "basis": basis}
        left = {"reason": ERASED, "parameters": orjson.dumps(words).decode(), "publisher": "null"}
        same = (held.sha256 == digest) & (held.reason != ERASED)
        connection.execute(update(quarantined).where(same).values(**left, raw=zlib.compress(b""), complete=0))
    scrub(engine)
    return True


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
