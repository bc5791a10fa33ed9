"""A program that signs and publishes in children of its own and has them killed; `test_log_crash` starts it.

    python -m tests.ledger.crashing ADDRESS FOLDER points | random KILLS SEED

After each kill another child looks at what is there: what is published must verify as it stands, and after one more
attempt everything recorded must be signed and published. It prints how often a child was killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import ledger.log
from ledger.database import connect, reading
from ledger.keys import create_key, read_key
from tests.ledger.published import ORIGIN, SEED, Published

ADDRESS, FOLDER = sys.argv[1], Path(sys.argv[2])
KEY = FOLDER / "signing.key"


def opened() -> Published:
    """Each child opens the ledger for itself: connections do not survive a fork."""
    return Published(connect(ADDRESS), read_key(KEY, ORIGIN), FOLDER / "public")


def size_of(log: Published) -> int:
    with reading(log.engine) as connection:
        size: int = connection.exec_driver_sql("SELECT size FROM tree_head").scalar_one()
        return size


def in_child(work: Callable[[], None], seconds: float | None = None) -> bool:
    """Do the work in a child, killed after so many seconds; return whether it was killed, by us or by itself."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - a child must end here, whatever happened
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
        return False
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    raise SystemExit("a child failed")


def recover(at_least: int) -> None:
    log = opened()
    if (log.folder / "checkpoint").exists():
        report = log.verify()
        if not report.ok:
            raise SystemExit(f"after the kill: {[str(problem) for problem in report.problems]}")
    log.seal()
    report = log.verify()
    size = size_of(log)
    if not report.ok or report.size != size or size < at_least:
        raise SystemExit(f"after recovery: {report}, {size} recorded, {at_least} acknowledged")


def killed_at(number: int) -> Callable[[], None]:
    """Sign and publish one entry more, and be killed at that write."""

    def work() -> None:
        log = opened()
        log.grow(250 + number)
        counted = count()

        def tick() -> None:
            if next(counted) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        def step(owner: object, name: str) -> None:
            real = getattr(owner, name)

            def around(*args: object, **keywords: object) -> object:
                tick()
                result = real(*args, **keywords)
                tick()
                return result

            setattr(owner, name, around)

        for owner, name in ((os, "fsync"), (os, "replace"), (os, "write"), (ledger.log, "_insert_rows")):
            step(owner, name)
        log.seal()

    return work


def at_every_point() -> int:
    for number in count():
        if not in_child(killed_at(number)):
            return number
        in_child(lambda number=number: recover(250 + number))  # type: ignore[misc]
    raise AssertionError


def at_random(kills: int, seed: int) -> int:
    chance = random.Random(seed)
    killed = 0
    for _ in range(kills):
        reader, writer = os.pipe()

        def work(writer: int = writer) -> None:
            log = opened()
            size = size_of(log)
            for step in count(1):
                size += step % 3 + (40 if step % 7 == 0 else 0)
                log.grow(size)
                sealed = log.seal()
                if sealed is not None:
                    os.write(writer, b"%d\n" % sealed.checkpoint.size)

        killed += in_child(work, chance.uniform(0, 0.15))
        os.close(writer)
        with os.fdopen(reader, "rb") as acknowledged:
            sizes = [int(line) for line in acknowledged]
        in_child(lambda sizes=sizes: recover(max(sizes, default=0)))  # type: ignore[misc]
    return killed


if __name__ == "__main__":
    create_key(KEY, ORIGIN, SEED)
    done = at_every_point() if sys.argv[3] == "points" else at_random(int(sys.argv[4]), int(sys.argv[5]))
    sys.stdout.write(f"{done}\n")
