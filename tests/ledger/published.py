"""A ledger with its key and its public folder, filled quickly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, text

from ledger.database import reading, writing
from ledger.keys import SigningKey
from ledger.log import Signed, sign
from ledger.process import Recorded
from ledger.publishing import publish
from ledger.sequencer import Row, Sequencer, Transaction
from ledger.verify import Report, verify
from ledger.wire import encode
from tests.ledger.submissions import NOON, opened

ORIGIN = "ledger.example/log"
SEED = b"a seed that is used in tests 1-2"
_CHUNK = 2_000


def sample() -> dict[str, Any]:
    """The object of a true entry, number 0 of its stream."""
    submission = opened("one")
    recorded = Recorded(0, submission.stream, 1, NOON, submission.action, submission.statement)
    found: dict[str, Any] = orjson.loads(encode(recorded, lambda: "a salt of twenty-two..").state)
    return found


def canonical(entry_object: Any) -> bytes:
    return orjson.dumps(entry_object, option=orjson.OPT_SORT_KEYS)


_SAMPLE = sample()


def entry_bytes(index: int) -> bytes:
    """The bytes of the entry that `grow` puts at an index: always the same, so that two ledgers can be alike."""
    return canonical(_SAMPLE | {"index": index, "version": index + 1})


@dataclass
class Published:
    """A ledger that can grow, be signed and be published."""

    engine: Engine
    key: SigningKey
    public: Path

    @property
    def folder(self) -> Path:
        return self.public / "log"

    @property
    def vkey(self) -> str:
        return self.key.verifier.to_vkey()

    def store(self, states: Sequence[bytes]) -> None:
        """Store bytes as the next entries, whatever they are."""

        def decide(transaction: Transaction) -> None:
            stream = opened("one").stream.id
            for state in states:
                index = transaction.next
                transaction.add(Row(index, stream, index + 1, "sample", state, None, transaction.head.recorded))

        Sequencer(self.engine).run(decide)

    def grow(self, size: int) -> None:
        """Record until there are `size` entries."""
        with reading(self.engine) as connection:
            start = connection.exec_driver_sql("SELECT size FROM tree_head").scalar_one()
        for first in range(start, size, _CHUNK):
            self.store([entry_bytes(index) for index in range(first, min(first + _CHUNK, size))])

    def seal(self) -> Signed | None:
        sign(self.engine, self.key, self.public, NOON)
        return publish(self.engine, self.key, self.public)

    def grow_and_seal(self, *sizes: int) -> None:
        for size in sizes:
            self.grow(size)
            self.seal()

    def verify(self, **arguments: Any) -> Report:
        return verify(str(self.public), self.vkey, **arguments)

    def edit(self, statement: str, **values: Any) -> None:
        """Change the database by hand, past the triggers."""
        with writing(self.engine).begin() as connection:
            for table in ("entry", "tile", "checkpoint"):
                if self.engine.dialect.name == "postgresql":
                    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                else:
                    for change in ("update", "delete"):
                        connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_refuses_{change}"))
            connection.execute(text(statement), values)

    def state(self) -> tuple[Any, ...]:
        """Everything that signing and publishing leave behind."""
        with reading(self.engine) as connection:
            rows = connection.exec_driver_sql("SELECT size, note FROM checkpoint ORDER BY size").all()
        head = self.key.head
        return rows, head.read_bytes() if head.exists() else None, files_of(self.folder)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
