"""Writes finished files, and only those that something changed.

    entries, time -> take_in (each publication) -> rows of what is out of date -> render -> files -> rows removed

What is out of date is kept in rows, in the transaction that takes the entries in, and a row goes only when its files
are in place. So a crash at any point is made good by the next step, and an import writes each document once.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Engine, Integer, MetaData, Table, Text, delete, select
from sqlalchemy import update as sql_update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from ledger.actions.ledger import LedgerEntryRedacted
from ledger.database import disclosure, entry, reading, writing
from ledger.files import alone, make_folder, read_file, replace_file, sync_all, write_file
from ledger.process import Recorded
from ledger.wire import decode
from projections.documents import Site
from projections.follow import put, put_all
from projections.publications.published_calendars import Calendars
from projections.publications.published_data import Data
from projections.publications.published_feeds import Feeds
from projections.publications.registry import Memory, Publication, Stale
from projections.turns import instant, micros

PUBLICATIONS: Final[tuple[Publication, ...]] = (Feeds(), Calendars(), Data())
"""All parts of the public folder that are made of what is on record."""

PAGE: Final = 500
"""Entries taken in within one transaction."""

AT_ONCE: Final = 8
"""Documents made before their files are written. Each holds 500 items at most, in three forms."""

MOST_BYTES: Final = 64_000_000
"""No file is read that is larger than any that is written."""

_STAMP: Final = ".made"
_FAST: Final = 262_144
"""From so many bytes on, packing takes the fast way: a new entry is to be public at once."""

_metadata = MetaData()

state_table: Final = Table(
    "publication_state",
    _metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("clock", BigInteger),
    Column("looked", BigInteger, nullable=False),
    Column("boot", Text, nullable=False),
)
"""How many entries each publication has taken in, up to when it let time pass (µs since 1970, UTC), how many entries,
public or not yet, were looked at for removals, and in which run of the machine.
"""

stale_table: Final = Table(
    "publication_stale",
    _metadata,
    Column("publication", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("written", Integer, nullable=False),
)
"""Which documents are out of date, and in which part; or, where `written`, may not be on disk yet."""


def prepare(engine: Engine, publications: Sequence[Publication] = PUBLICATIONS) -> None:
    """Make the tables that are missing, and make anew those whose rows another version of the code made."""
    with writing(engine).begin() as connection:
        _metadata.create_all(connection)
        for each in publications:
            stored = _state(connection, each)
            if stored is not None and stored["boot"] != _boot():
                # What was written last may have been lost with the power.
                mine = stale_table.c.publication == each.name
                connection.execute(sql_update(stale_table).where(mine).values(written=0))
                connection.execute(sql_update(state_table).where(state_table.c.name == each.name).values(boot=_boot()))
            if stored is not None and stored["version"] != each.version:
                for table in each.tables:
                    table.drop(connection, checkfirst=True)
                connection.execute(delete(state_table).where(state_table.c.name == each.name))
                connection.execute(delete(stale_table).where(stale_table.c.publication == each.name))
            for table in each.tables:
                table.create(connection, checkfirst=True)


@dataclass(frozen=True, slots=True)
class Publisher:
    """What writing needs: the database, the folder of public files, and the address of the site."""

    engine: Engine
    public_dir: Path
    site: Site
    publications: tuple[Publication, ...] = PUBLICATIONS
    files: bool = True
    """Whether files are written; the rows are always kept, and documents can be made of them when asked for."""

    def step(self, size: int, now: datetime, pause: Callable[[], bool] = lambda: False) -> bool:
        """Take in all entries before index `size` and the time up to `now` (UTC), and write what is out of date.

        Returns whether everything is written; `pause` is asked between documents whether the rest must wait. Repeat as
        often as you like. Raises `Unavailable`.
        """
        for each in self.publications:
            self._take_in(each, size, now)
            if self.files:
                self._stamp(each)
        return not self.files or not [each for each in self.publications if not self._write(each, pause)]

    def sync(self) -> None:
        """Have what was written put on disk; until then, rows tell what to write again after a loss of power."""
        for each in self.publications:
            with alone(self.public_dir / each.name):
                mine = (stale_table.c.publication == each.name) & (stale_table.c.written == 1)
                with reading(self.engine) as connection:
                    keys = list(connection.scalars(select(stale_table.c.key).where(mine).distinct()))
                if not keys:
                    continue
                sync_all()
                with writing(self.engine).begin() as connection:
                    connection.execute(delete(stale_table).where(mine))

    def erase(self) -> None:
        """Write anew what holds values removed by entries that are not public yet: a removal waits for no signature."""
        for each in self.publications:
            with self._alone(each):
                keys = self._mark_removed(each)
            if keys and self.files:
                self._write(each, lambda: False, keys)

    # --- taking in ----------------------------------------------------------------------------------------------------

    def _take_in(self, publication: Publication, size: int, now: datetime) -> None:
        while True:
            with writing(self.engine).begin() as connection:
                state = _state(connection, publication) or _new_state(publication)
                start = state["position"]
                if start >= size:
                    since = None if state["clock"] is None else instant(state["clock"])
                    if since is None or since < now:
                        _mark(connection, publication, publication.pass_time(connection, since, now))
                        put(connection, state_table, state | {"clock": micros(now)})
                    return
                stop = min(start + PAGE, size)
                added = list(_entries(connection, max(start - 1, 0), stop))
                after = added[0].recorded if start else None
                _mark(connection, publication, publication.take_in(connection, added[min(start, 1) :], after))
                put(connection, state_table, state | {"position": stop})

    @contextmanager
    def _alone(self, publication: Publication) -> Iterator[None]:
        """Keep what is marked from being taken for written by whoever writes the same document at this moment."""
        if not self.files:
            yield
            return
        folder = self.public_dir / publication.name
        make_folder(folder)
        with alone(folder):
            yield

    def _mark_removed(self, publication: Publication) -> frozenset[str]:
        """Mark what holds removed values; return the keys of these documents."""
        with writing(self.engine).begin() as connection:
            state = _state(connection, publication)
            if state is None:
                return frozenset()
            head = connection.scalar(select(entry.c.position).order_by(entry.c.position.desc()).limit(1))
            looked = -1 if head is None else head
            name = LedgerEntryRedacted.declaration.name
            query = select(entry.c.state).where(
                entry.c.position >= max(state["looked"], state["position"]), entry.c.topic == name
            )
            found = [decode(row, None).action for row in connection.scalars(query)]
            targets = [each.target_entry for each in found if isinstance(each, LedgerEntryRedacted)]
            stale = [each for target in targets for each in publication.removed(connection, target)]
            _mark(connection, publication, stale)
            if looked + 1 != state["looked"]:
                put(connection, state_table, state | {"looked": looked + 1})
            return frozenset(key for key, _ in stale)

    def _stamp(self, publication: Publication) -> None:
        """Mark everything where the folder is lost, or was made for another address or by another version."""
        path = self.public_dir / publication.name / _STAMP
        stamp = f"{publication.version} {self.site.base_url} {self.site.origin}\n".encode()
        if read_file(path, len(stamp)) == stamp:
            return
        with writing(self.engine).begin() as connection:
            _mark(connection, publication, ((key, "") for key in publication.every(connection)))
        write_file(path, stamp)

    # --- writing ------------------------------------------------------------------------------------------------------

    def _write(self, publication: Publication, pause: Callable[[], bool], only: frozenset[str] | None = None) -> bool:
        """Write what is out of date, or `only` some documents of it; return whether nothing is left of that."""
        folder = self.public_dir / publication.name
        make_folder(folder)
        memory: Memory = {}
        known = None
        for keys in self._batches(publication, only):
            # Whoever writes holds the folder from reading the rows on: no older content can follow a newer one.
            with alone(folder):
                with reading(self.engine) as connection:
                    stale = _stale(connection, publication, keys)
                    state = _state(connection, publication)
                    if state != known:  # another process may have had something removed meanwhile
                        memory, known = {}, state
                    files = publication.render(connection, stale, self.site, partial(_old, folder), memory)
                _put_files(folder, files)
                with writing(self.engine).begin() as connection:
                    _written(connection, publication, stale)
            if pause():
                return False
        return True

    def _batches(self, publication: Publication, only: frozenset[str] | None) -> Iterator[Sequence[str]]:
        """Yield the keys of documents that are out of date, `AT_ONCE` of them, until there are none."""
        while True:
            with reading(self.engine) as connection:
                stale = [key for key in _stale_keys(connection, publication) if only is None or key in only]
                keys = publication.in_order(connection, stale)
            if not keys:
                return
            for first in range(0, len(keys), AT_ONCE):
                yield keys[first : first + AT_ONCE]


def _old(folder: Path, path: str) -> bytes | None:
    return read_file(folder / path, MOST_BYTES)


def _put_files(folder: Path, files: Mapping[str, bytes | None]) -> None:
    for path in (path for path, content in files.items() if content is None):
        for each in (folder / path, folder / f"{path}.gz"):
            each.unlink(missing_ok=True)
    written = {
        path: content for path, content in files.items() if content is not None and _old(folder, path) != content
    }
    with ThreadPoolExecutor() as pool:
        packed = pool.map(_pack, written.values())
        for (path, content), small in zip(written.items(), packed, strict=True):
            replace_file(folder / f"{path}.gz", small)
            replace_file(folder / path, content)


def _pack(content: bytes) -> bytes:
    # Without a time in it: the same content is the same file.
    return gzip.compress(content, 1 if len(content) >= _FAST else 6, mtime=0)


# --- rows -------------------------------------------------------------------------------------------------------------


def _state(connection: Connection, publication: Publication) -> dict[str, Any] | None:
    row = connection.execute(select(state_table).where(state_table.c.name == publication.name)).first()
    return None if row is None else dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row by columns


def _new_state(publication: Publication) -> dict[str, Any]:
    return {
        "name": publication.name,
        "version": publication.version,
        "position": 0,
        "clock": None,
        "looked": 0,
        "boot": _boot(),
    }


def _entries(connection: Connection, start: int, stop: int) -> Iterator[Recorded]:
    query = (
        select(entry.c.state, disclosure.c.slots)
        .outerjoin_from(entry, disclosure)
        .where(entry.c.position >= start, entry.c.position < stop)
        .order_by(entry.c.position)
    )
    yield from (decode(state, slots) for state, slots in connection.execute(query).all())


def _mark(connection: Connection, publication: Publication, stale: Iterable[Stale]) -> None:
    marked = sorted(set(stale))
    whole = {key for key, what in marked if what == ""} | _whole(connection, publication, {key for key, _ in marked})
    # Where all of a document is out of date, nothing is gained by keeping which parts are.
    put_all(
        connection,
        stale_table,
        [
            {"publication": publication.name, "key": key, "what": what, "written": 0}
            for key, what in marked
            if what == "" or key not in whole
        ],
    )


def _whole(connection: Connection, publication: Publication, keys: Collection[str]) -> set[str]:
    """Return those documents of which all is out of date already."""
    rows, wanted = stale_table.c, sorted(keys)
    mine = (rows.publication == publication.name) & (rows.what == "") & (rows.written == 0)
    found: set[str] = set()
    for first in range(0, len(wanted), PAGE):
        found |= set(connection.scalars(select(rows.key).where(mine, rows.key.in_(wanted[first : first + PAGE]))))
    return found


def _stale_keys(connection: Connection, publication: Publication) -> Sequence[str]:
    """Return the keys of all documents that are out of date."""
    rows = stale_table.c
    query = select(rows.key).where(rows.publication == publication.name, rows.written == 0).distinct()
    return connection.scalars(query).all()


def _stale(connection: Connection, publication: Publication, keys: Sequence[str]) -> dict[str, list[str]]:
    """Return documents that are still out of date with what is."""
    rows = stale_table.c
    mine = (rows.publication == publication.name) & (rows.written == 0)
    found: dict[str, list[str]] = {}
    query = select(rows.key, rows.what).where(mine, rows.key.in_(keys))
    for key, what in connection.execute(query.order_by(rows.key)):
        found.setdefault(key, []).append(what)
    return found


def _written(connection: Connection, publication: Publication, stale: Mapping[str, Sequence[str]]) -> None:
    """Say that documents are in place. One row each is kept until they are on disk."""
    rows = stale_table.c
    for key, whats in stale.items():
        for first in range(0, len(whats), PAGE):
            part = rows.what.in_(whats[first : first + PAGE])
            connection.execute(delete(stale_table).where(rows.publication == publication.name, rows.key == key, part))
        row = {"publication": publication.name, "key": key, "what": "", "written": 1}
        make = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
        connection.execute(make(stale_table).values(row).on_conflict_do_nothing())


def _boot() -> str:
    """Return what tells one run of the machine from the next; "" where the system does not say."""
    found = read_file(Path("/proc/sys/kernel/random/boot_id"), 100)
    return "" if found is None else found.decode().strip()
