"""A log whose key is changed, in the same steps as the command takes, on the smallest record that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ledger.database import reading
from ledger.keys import SigningKey, read_key
from ledger.rotating import prepare, rotate, stated_change
from ledger.rotations import Rotation
from ledger.store import Ledger
from ledger.streams import LEDGER
from tests.ledger.published import ORIGIN, Published, canonical, sample
from tests.ledger.submissions import NOON

NEXT_SEED = b"another seed for tests, 32 bytes"
BODY = {"scheme": "GB-GOR", "id": "D18", "name": "Ministry of Justice"}
WHY = stated_change(BODY, "keeper of the log", "The key is changed each year.", NOON)


_SAMPLE = sample()


def reread(log: Published, passphrase: str | None = None) -> Published:
    """The same log with its key as the files have it now."""
    return replace(log, key=read_key(log.key.path, ORIGIN, passphrase))


def prepared(log: Published, seed: bytes = NEXT_SEED) -> Published:
    prepare(log.key, seed, None)
    return reread(log)


def step_of(log: Published) -> Callable[[], int]:
    def step() -> int:
        sealed = log.seal()
        return 0 if sealed is None else sealed.checkpoint.size

    return step


def store_of(log: Published) -> Ledger:
    return Ledger(log.engine, clock=lambda: NOON)


def change(log: Published) -> Rotation | None:
    return rotate(store_of(log), log.engine, log.key, log.public, WHY, step_of(log))


def grow(log: Published, *sizes: int) -> None:
    """Record until there are so many entries, and seal them; a change of key is an entry of another stream."""
    changes = store_of(log).history(LEDGER).version
    for size in sizes:
        with reading(log.engine) as connection:
            start: int = connection.exec_driver_sql("SELECT size FROM tree_head").scalar_one()
        versions = {index: index + 1 - changes for index in range(start, size)}
        log.store([canonical(_SAMPLE | {"index": index, "version": versions[index]}) for index in versions])
        log.seal()


def rotated(log: Published, seed: bytes = NEXT_SEED) -> Published:
    """The log after a whole change of its key."""
    ready = prepared(log, seed)
    assert change(ready) is not None
    return reread(log)


def vkey_of(key: SigningKey) -> str:
    return key.verifier.to_vkey()
