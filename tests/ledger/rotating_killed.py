"""A program that changes a log's key in children of its own and has each killed at one point; a test starts it.

    python -m tests.ledger.rotating_killed PRISTINE FOLDER

Each begins with a copy of PRISTINE, a log of two entries. After each kill, what is published must verify with the first
key as it stands; then the same command completes the change, once. It prints how many points there were.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import ledger.log
import ledger.store
from ledger.database import connect
from ledger.errors import NotFound
from ledger.keys import following_path, read_key
from ledger.rotating import prepare
from ledger.tlog.note import Ed25519Signer, Ed25519Verifier
from ledger.verify import verify
from tests.ledger.crashing import in_child
from tests.ledger.published import ORIGIN, SEED, Published
from tests.ledger.rotated import NEXT_SEED, change, grow

PRISTINE, FOLDER = Path(sys.argv[1]), Path(sys.argv[2])
KEY = FOLDER / "signing.key"
FIRST, SECOND = (Ed25519Signer.from_seed(ORIGIN, seed).verifier for seed in (SEED, NEXT_SEED))


def opened() -> Published:
    return Published(connect(f"sqlite:///{FOLDER}/candour.db"), read_key(KEY, ORIGIN), FOLDER / "public")


def prepare_and_change() -> None:
    """Make the next key, unless it is there or in place already, and change to it."""
    log = opened()
    if log.key.verifier == FIRST and not following_path(KEY).exists():
        prepare(log.key, NEXT_SEED, None)
    change(opened())


def killed_at(point: int) -> Callable[[], None]:
    def work() -> None:
        counted = count()

        def step(owner: object, name: str) -> None:
            real = getattr(owner, name)

            def around(*args: object, **keywords: object) -> object:
                if next(counted) == point:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **keywords)

            setattr(owner, name, around)

        for owner, name in (
            (os, "fsync"),
            (os, "replace"),
            (os, "write"),
            (os, "link"),
            (os, "unlink"),
            (ledger.log, "_insert_rows"),
            (ledger.store.Ledger, "record_with"),
        ):
            step(owner, name)
        prepare_and_change()

    return work


def recover() -> None:
    log = opened()
    require_verified(log, 0, FIRST)
    if log.key.verifier == FIRST:
        prepare_and_change()
    else:
        expect_nothing_to_do(log)
    log = opened()
    require(log.key.verifier == SECOND, "the key has not changed")
    grow(log, 4)
    for key in (FIRST, SECOND):
        require_verified(log, 1, key)


def require_verified(log: Published, least: int, key: Ed25519Verifier) -> None:
    report = verify(str(log.public), key.to_vkey())
    require(report.ok and least <= report.changes <= 1, f"{[str(each) for each in report.problems]}")


def expect_nothing_to_do(log: Published) -> None:
    try:
        change(log)
    except NotFound:
        return
    raise SystemExit("a change that was complete was begun again")


def require(truth: bool, otherwise: str) -> None:  # noqa: FBT001 - read as a sentence
    if not truth:
        raise SystemExit(otherwise)


def at_every_point() -> int:
    for point in count():
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.copytree(PRISTINE, FOLDER)
        if not in_child(killed_at(point)):
            return point
        in_child(recover)
    raise AssertionError


if __name__ == "__main__":
    sys.stdout.write(f"{at_every_point()}\n")
