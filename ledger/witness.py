"""A small complete witness: it signs what extends what it signed before, and keeps evidence of what does not.

It needs nothing of the ledger's record: it is meant to run on somebody else's machine, with its own key and file.

```
request -> BEGIN IMMEDIATE -> the origin's last checkpoint -> judge -> store the new one -> COMMIT, durable -> sign
```

A crash before the commit leaves nothing; after it, the checkpoint is stored and was not signed, which harms nobody:
whoever asks again for the same checkpoint gets the signature then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from ledger.errors import Conflict, NotFound, Unavailable, Wrong
from ledger.files import create_file, make_folder, read_file
from ledger.tlog.cosignature import CosignatureSigner
from ledger.tlog.errors import KeyTextError, TlogError
from ledger.tlog.note import Checkpoint, Ed25519Verifier, Note
from ledger.tlog.witness import AddCheckpoint, Verdict, judge
from ledger.words import N_

KEY: Final = "witness.key"
DATABASE: Final = "witness.db"

MOST_ALARMS: Final = 1_000
"""After so many alarms no more are stored: whoever sends forks must not fill the disk."""

_MOST_KEY: Final = 4_096
_LOCK_SECONDS: Final = 30
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS log (vkey TEXT PRIMARY KEY, origin TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS cosigned (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL,
                                     time INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS alarm (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, origin TEXT NOT NULL,
                                  earlier TEXT NOT NULL, later TEXT NOT NULL, UNIQUE (earlier, later));
"""


class Alarm(NamedTuple):
    """Two checkpoints that a log signed and that contradict each other; `time` is when, in seconds since 1970."""

    time: int
    origin: str
    earlier: str
    later: str


class Answer(NamedTuple):
    """What the witness answers over HTTP."""

    verdict: Verdict
    body: str


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness's key, and the file of what it has signed. Safe to use from many threads and processes."""

    signer: CosignatureSigner
    database: Path

    @property
    def vkey(self) -> str:
        """The public key, as policies name it."""
        return self.signer.verifier.to_vkey()

    def add_checkpoint(self, body: bytes, now: datetime) -> Answer:
        """Judge a request, and sign if it extends what was signed before. `now` is aware.

        Raises:
            Unavailable: The file cannot be read or written. Nothing was signed.
        """
        try:
            request = AddCheckpoint.from_bytes(body)
        except TlogError as error:
            return Answer(Verdict(400, str(error)), f"{error}\n")
        checkpoint, seconds = request.checkpoint(), int(now.timestamp())
        with self._open() as connection, _transaction(connection):
            last = _last(connection, checkpoint.origin)
            trusted = {checkpoint.origin: _keys(connection, checkpoint.origin)}
            verdict = judge(request, None if last is None else _parse(last), trusted)
            if verdict.status == 200:  # noqa: PLR2004 - HTTP's own number
                values = (checkpoint.origin, checkpoint.size, request.note.decode(), seconds)
                connection.execute("INSERT OR REPLACE INTO cosigned VALUES (?, ?, ?, ?)", values)
            elif verdict.forked and last is not None:
                _raise_alarm(connection, Alarm(seconds, checkpoint.origin, last, request.note.decode()))
        if verdict.status == 200:  # noqa: PLR2004
            return Answer(verdict, self.signer.cosign(checkpoint.to_text(), seconds).to_line())
        return Answer(verdict, f"{verdict.known}\n" if verdict.known is not None else f"{verdict.why}\n")

    def trust(self, vkey: str) -> str:
        """Cosign this log from now on; return its origin. Raises `Wrong` where that is no log's key."""
        try:
            verifier = Ed25519Verifier.from_vkey(vkey.strip())
        except KeyTextError as error:
            raise Wrong(N_("That is no log's key: %(why)s"), why=error) from error
        with self._open() as connection, _transaction(connection):
            connection.execute("INSERT OR IGNORE INTO log VALUES (?, ?)", (verifier.to_vkey(), verifier.name))
        return verifier.name

    def distrust(self, vkey: str) -> str:
        """Cosign nothing more that this key alone has signed; what was cosigned stays remembered. Return its origin.

        Raises:
            NotFound: The witness trusts no such key.
        """
        with self._open() as connection, _transaction(connection):
            row = connection.execute("SELECT origin FROM log WHERE vkey = ?", (vkey.strip(),)).fetchone()
            connection.execute("DELETE FROM log WHERE vkey = ?", (vkey.strip(),))
        if row is None:
            raise NotFound(N_("The witness trusts no such key. Give it whole, as the log published it."))
        return str(row[0])

    def logs(self) -> list[tuple[str, int | None]]:
        """Return the origins it cosigns for, each with the size cosigned last."""
        query = (
            "SELECT DISTINCT log.origin, size FROM log LEFT JOIN cosigned ON cosigned.origin = log.origin ORDER BY 1"
        )
        with self._open() as connection:
            return list(connection.execute(query))

    def alarms(self) -> list[Alarm]:
        """Return the evidence kept, oldest first."""
        with self._open() as connection:
            found = connection.execute("SELECT time, origin, earlier, later FROM alarm ORDER BY number")
            return [Alarm(*row) for row in found]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(_connect(self.database)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise Unavailable(
                N_("%(file)s cannot be used: %(error)s. Nothing was signed."), file=self.database, error=error
            ) from error


def create_witness(folder: Path, name: str, seed: bytes) -> Witness:
    """Make the key and the file of a new witness from 32 random bytes.

    Raises:
        Conflict: There is a witness in that folder already. It was not touched.
        Wrong: The name cannot be that of a key.
        Unavailable: The folder cannot be written.
    """
    try:
        signer = CosignatureSigner.from_seed(name, seed)
    except KeyTextError as error:
        raise Wrong(
            N_("“%(name)s” cannot be a witness's name. Leave out spaces, control characters and +."), name=name
        ) from error
    make_folder(folder)
    try:
        create_file(folder / KEY, f"{signer.to_skey()}\n".encode(), mode=0o600)
    except FileExistsError as error:
        raise Conflict(
            N_("There is a witness in %(folder)s already, and its key is never overwritten. Name another folder."),
            folder=folder,
        ) from error
    witness = Witness(signer, folder / DATABASE)
    with closing(sqlite3.connect(witness.database, timeout=_LOCK_SECONDS)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_TABLES)
    return witness


def open_witness(folder: Path) -> Witness:
    """Return the witness of a folder. Raises `NotFound` or `Wrong` where its key or its file is missing or damaged."""
    content = read_file(folder / KEY, _MOST_KEY)
    if content is None or not (folder / DATABASE).is_file():
        # Without its memory a witness would sign a second history as readily as the first.
        raise NotFound(N_("There is no whole witness in %(folder)s. Run candour witness init."), folder=folder)
    try:
        return Witness(CosignatureSigner.from_skey(content.decode().removesuffix("\n")), folder / DATABASE)
    except ValueError:
        raise Wrong(N_("%(file)s holds no witness's key. Put the right file there."), file=folder / KEY) from None


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: a file that is gone is an error, and not a new memory that is empty.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_LOCK_SECONDS)
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _last(connection: sqlite3.Connection, origin: str) -> str | None:
    row = connection.execute("SELECT note FROM cosigned WHERE origin = ?", (origin,)).fetchone()
    return None if row is None else str(row[0])


def _parse(note: str) -> Checkpoint:
    return Checkpoint.from_text(Note.from_bytes(note.encode()).text)


def _keys(connection: sqlite3.Connection, origin: str) -> list[Ed25519Verifier]:
    rows = connection.execute("SELECT vkey FROM log WHERE origin = ?", (origin,))
    return [Ed25519Verifier.from_vkey(vkey) for (vkey,) in rows]


def _raise_alarm(connection: sqlite3.Connection, alarm: Alarm) -> None:
    (count,) = connection.execute("SELECT count(*) FROM alarm").fetchone()
    if count < MOST_ALARMS:
        connection.execute(
            "INSERT OR IGNORE INTO alarm (time, origin, earlier, later) VALUES (?, ?, ?, ?)", tuple(alarm)
        )
