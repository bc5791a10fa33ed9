"""The follower: signs what was committed, publishes it, and brings the projections up to what is public.

    committed entries -> sign -> (witnesses) -> publish -> catch_up (each projection) -> files of feeds -> wait for more

One process leads at a time and it alone holds the signing key. Everything it does can be repeated, so its start is its
recovery. Where the log contradicts what was signed it stops, leaves an alert that every page shows, and signs nothing.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Final

import structlog
from sqlalchemy import Engine, text

from ledger.clock import utc_now
from ledger.database import reading, scrub
from ledger.errors import Conflict, Corrupt, Invalid, Refused, Unavailable
from ledger.files import write_file
from ledger.keys import SigningKey
from ledger.log import Signed, known_keys, sign, signed_head
from ledger.publishing import publish
from ledger.store import Ledger
from ledger.tlog.note import Ed25519Signer
from ledger.witnessing import Witnesses
from projections import embargoes
from projections.copies import Copies
from projections.dates import Dates
from projections.embargoes import Embargoes
from projections.entries import Entries
from projections.follow import Concerns, Progress, Projection, Timed, catch_up, pass_time, position, prepare
from projections.forgetting import redactions_since
from projections.organisations import Organisations
from projections.publications import publisher
from projections.publications.publisher import Publisher
from projections.search import Search
from projections.statistics.rows import Statistics
from projections.streams import Streams
from projections.turns import Findings
from projections.withheld import Withheld

PROJECTIONS: Final[tuple[Projection, ...]] = (
    Concerns(),
    Entries(),
    Streams(),
    Organisations(),
    Statistics(),
    Findings(),
    Embargoes(),
    Search(),
    Dates(),
    Copies(),
    Withheld(),
)
"""All of them, each after those it reads."""

ALERT: Final = "ALERT"
"""The file in the public folder that holds the sentence to show on every page while the log contradicts itself."""

_ADVISORY_LOCK: Final = 0x63616E64
_RETRY_SECONDS: Final = 1.0
_LONGEST_WAIT: Final = 60.0
_LEAST_WRITING: Final = 1.0
"""Seconds for which files are written before entries that wait to be signed take their turn."""
_ASK_AGAIN_SECONDS: Final = 30.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Follower:
    """What following needs: the database, the key, and the folder of public files."""

    engine: Engine
    key: SigningKey
    public_dir: Path
    clock: Callable[[], datetime] = utc_now
    witnesses: Witnesses | None = None
    publisher: Publisher | None = None
    """Writes feeds and the like; None where only the log is published."""

    def step(
        self,
        also: Sequence[Ed25519Signer] = (),
        progress: Progress | None = None,
        waiting: Callable[[], bool] = lambda: False,
    ) -> int:
        """Sign, publish and project whatever is committed; return the published size. Repeat as often as you like.

        Where there are witnesses they are asked before anything is published, and it is published only once their
        cosignatures meet the policy's quorum; what has not met it is kept and asked for again by the next step.
        `also` are further keys that sign this checkpoint, as around a change of keys. While entries are `waiting` to be
        signed, files that are far from done are left for the next step, which goes on with them.

        Raises:
            Corrupt: The log contradicts what was signed, or what a witness has seen. Nothing was published; the alert
                is in place.
            Unavailable: Database or disk fail. The next step goes on.
        """
        began = monotonic()
        if self.publisher is not None:
            self.publisher.erase()
        try:
            self._confirm()
            signed = sign(self.engine, self.key, self.public_dir, self.clock(), also=also)
            self._ask(signed)
            policy = None if self.witnesses is None else self.witnesses.policy
            published = publish(self.engine, self.key, self.public_dir, policy)
        except Corrupt as error:
            write_file(self.public_dir / ALERT, f"{error}\n".encode())
            raise
        size = 0 if published is None else published.checkpoint.size
        now, start = self.clock(), min(position(self.engine, each) for each in PROJECTIONS)
        catch_up(self.engine, PROJECTIONS, size, progress)
        for projection in PROJECTIONS:
            pass_time(self.engine, projection, now)
        if self.publisher is not None:
            self.publisher.step(size, now, self._turn_of_others(began, waiting))
        if redactions_since(self.engine, start):
            scrub(self.engine)
        (self.public_dir / ALERT).unlink(missing_ok=True)
        return self.step(also, progress, waiting) if self._end_embargoes(now) else size

    @staticmethod
    def _turn_of_others(began: float, waiting: Callable[[], bool]) -> Callable[[], bool]:
        """Return whether files must wait: they get as long as all else took, however fast entries come."""
        now = monotonic()
        until = now + max(now - began, _LEAST_WRITING)
        return lambda: waiting() and monotonic() >= until

    def _end_embargoes(self, now: datetime) -> bool:
        """Record the ends that are due; only now, because the log has just been found to be what was signed."""
        try:
            return bool(embargoes.end_due(self.engine, Ledger(self.engine, clock=self.clock), now))
        except (Refused, Invalid) as error:
            _log.warning("an embargo could not be ended", error=str(error))
            return False

    def _confirm(self) -> None:
        if self.witnesses is not None:
            with reading(self.engine) as connection:
                last = signed_head(connection, *known_keys(connection, self.public_dir, self.key.verifier))
            self.witnesses.confirm(self.engine, last)

    def _ask(self, signed: Signed) -> None:
        if self.witnesses is None:
            return
        size = signed.checkpoint.size
        for name, error in self.witnesses.ask(self.engine, signed).failed.items():
            _log.warning("a witness has not cosigned", witness=name, size=size, error=str(error))
        if not self.witnesses.is_met(self.engine, size):
            _log.warning("the quorum of witnesses is not met, and nothing newer is published", size=size)

    def _is_waiting(self) -> bool:
        """Whether the newest checkpoint lacks the cosignature of a witness, who is asked again later."""
        if self.witnesses is None:
            return False
        with reading(self.engine) as connection:
            newest = signed_head(connection, *known_keys(connection, self.public_dir, self.key.verifier))
        return newest is not None and bool(self.witnesses.missing(self.engine, newest.checkpoint.size))

    def prepare(self) -> None:
        """Make the projections' tables where they are missing or made by other code."""
        prepare(self.engine, PROJECTIONS)
        if self.publisher is not None:
            publisher.prepare(self.engine, self.publisher.publications)
        scrub(self.engine, 0)  # a step that was cut short may have left rows as they were before a redaction

    def run(self, stop: Event, ready: Callable[[int], None] = lambda _: None) -> None:
        """Lead until `stop` is set; waits while another process leads. `ready` is called after each step.

        Raises `Corrupt` where the log contradicts itself. Other failures are logged and tried again.
        """
        with lead(self.engine, self.key.path, stop):
            if stop.is_set():
                return
            self.prepare()
            with _changes(self.engine, stop) as changed:
                while not stop.is_set():
                    changed.clear()
                    self._try_step(ready, changed)
                    wait = min(_ASK_AGAIN_SECONDS if self._is_waiting() else _LONGEST_WAIT, self._until_due())
                    if not changed.wait(wait) and self.publisher is not None:
                        self.publisher.sync()

    def _until_due(self) -> float:
        """Return how many seconds until time alone changes a row; not many, because clocks are set right."""
        with reading(self.engine) as connection:
            due = [each.next_due(connection) for each in PROJECTIONS if isinstance(each, Timed)]
            end = embargoes.next_end(connection)
        now = self.clock()
        # One that could not be ended is tried again, but not at once.
        due.append(None if end is None else max(end, now + timedelta(seconds=_RETRY_SECONDS)))
        waits = [(each - now).total_seconds() for each in due if each is not None]
        return min(max(min(waits, default=_LONGEST_WAIT), 0.0), _LONGEST_WAIT)

    def _try_step(self, ready: Callable[[int], None], changed: Event) -> None:
        try:
            ready(self.step(waiting=changed.is_set))
        except Corrupt:
            raise
        except (Unavailable, Conflict) as error:
            _log.warning("following failed and is tried again", error=str(error))
            changed.wait(_RETRY_SECONDS)
            changed.set()


@contextmanager
def _changes(engine: Engine, stop: Event) -> Iterator[Event]:
    """Set the event whenever entries were committed, by whatever process, and when `stop` is set."""
    changed = Event()
    with Ledger(engine).subscribe(after=_newest(engine)) as entries:

        def watch() -> None:
            for _ in entries:
                changed.set()

        def watch_stop() -> None:
            stop.wait()
            entries.stop()
            changed.set()

        threads = [Thread(target=watch, daemon=True), Thread(target=watch_stop, daemon=True)]
        for thread in threads:
            thread.start()
        try:
            yield changed
        finally:
            entries.stop()


def _newest(engine: Engine) -> int | None:
    size = Ledger(engine).head().size
    return size - 1 if size else None


@contextmanager
def lead(engine: Engine, key_file: Path, stop: Event) -> Iterator[None]:
    """Wait to be the only follower: of the key file on this machine, and on PostgreSQL of the database.

    Returns early when `stop` is set. Both locks end with the process, so a crash leaves none behind.
    """
    with ExitStack() as held:
        while not stop.is_set() and not _try_lead(engine, key_file, held):
            stop.wait(_RETRY_SECONDS)
        yield


@contextmanager
def leading(engine: Engine, key_file: Path) -> Iterator[bool]:
    """Be the only follower for a while, if nobody else is; yields whether."""
    with ExitStack() as held:
        yield _try_lead(engine, key_file, held)


def _try_lead(engine: Engine, key_file: Path, held: ExitStack) -> bool:
    with ExitStack() as trying:
        if not _lock(trying, key_file.with_name(f"{key_file.name}.lead")):
            return False
        if engine.dialect.name == "postgresql":
            connection = trying.enter_context(engine.connect())
            if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY_LOCK}).scalar():
                return False
            connection.commit()
        held.enter_context(trying.pop_all())
    return True


def _lock(held: ExitStack, path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    held.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
