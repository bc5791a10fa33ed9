"""Everything public as JSON Lines: the entries, and releases of open contracting data, in files of fixed ranges.

A file holds what belongs to so many numbers of entries. Only the newest grows, by lines at its end; an older one
changes when something of it is disclosed or removed by law. So one new entry costs one file of bounded length, however
long the record, and who keeps a copy fetches only what is new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Table, func, select

from ledger.actions.ledger import LedgerEntryDisclosed, LedgerEntryRedacted
from ledger.ocds.packages import dumps
from ledger.process import Recorded
from ledger.streams import LEDGER, Stream
from projections import entries, ocds
from projections.documents import Site
from projections.follow import concern_table
from projections.publications.registry import Memory, Old, Stale

RANGE: Final = 500
"""Numbers of entries to a file: about 2 MB of releases, and 1 MB of entries."""

FOLDER: Final = "data"
INDEX: Final = "index"
_END: Final = "end"
"""What is out of date of a file to which lines are to be added: its last line tells from where on."""

LISTS: Final = ("entries", "releases")

_MOST_REMEMBERED: Final = 48_000_000
"""Bytes of releases that are kept while files are written, because a process goes through several of them."""

Lines = list[tuple[int, bytes]]
"""(number of the last entry that it tells of, line with its end)"""


def path_of(name: str, part: int) -> str:
    """Return where a part is, below the folder."""
    return f"{name}/{part:06}.jsonl"


class Data:
    """All that is below `/data/`."""

    name = FOLDER
    version = 2
    tables: tuple[Table, ...] = ()

    def take_in(self, connection: Connection, added: Sequence[Recorded], after: datetime | None) -> Iterator[Stale]:
        """Yield the parts at whose end something new belongs, and those of which something changed."""
        for part in range(added[0].index // RANGE, added[-1].index // RANGE + 1):
            yield from ((f"{name}/{part}", _END) for name in LISTS)
        for each in added:
            if isinstance(each.action, LedgerEntryDisclosed):
                yield from self._all_about(connection, each.action.target)
            if isinstance(each.action, LedgerEntryRedacted):
                yield from self._all_about(connection, each.action.target_entry)
        if added[0].index % RANGE == 0 or added[0].index // RANGE != added[-1].index // RANGE:
            yield INDEX, ""
        if added[0].recorded == after:
            # Where the clock stood still, a release may go on that was thought to be complete.
            yield from _before(connection, added)

    def pass_time(self, connection: Connection, since: datetime | None, now: datetime) -> Iterable[Stale]:
        """Return nothing: the end of an embargo is an entry."""
        del connection, since, now
        return ()

    def removed(self, connection: Connection, target: int) -> Iterator[Stale]:
        """Yield the parts that tell of the process of an entry."""
        yield from self._all_about(connection, target)

    def _all_about(self, connection: Connection, target: int) -> Iterator[Stale]:
        yield f"entries/{target // RANGE}", ""
        own = [str(each) for each in ocds.streams_of(connection, target, target + 1)]
        rows, concerned = entries.table.c, concern_table.c
        for query in (
            select(rows.position // RANGE).where(rows.stream.in_(own)).distinct(),
            select(concerned.position // RANGE).where(concerned.stream.in_(own)).distinct(),
        ):
            yield from ((f"releases/{int(part)}", "") for part in connection.scalars(query).all())

    def every(self, connection: Connection) -> Iterator[str]:
        """Yield the key of each file."""
        yield INDEX
        for part in range(-(-ocds.size(connection) // RANGE)):
            yield from (f"{name}/{part}" for name in LISTS)

    def in_order(self, connection: Connection, keys: Sequence[str]) -> Sequence[str]:
        """Return the keys by number, so that files come about in the order in which readers fetch them."""
        del connection
        return sorted(keys, key=lambda key: (int(key.partition("/")[2] or 0), key))

    def render(
        self, connection: Connection, stale: Mapping[str, Collection[str]], site: Site, old: Old, memory: Memory
    ) -> Mapping[str, bytes | None]:
        """Return files, those that only grow with their old lines as they were."""
        files: dict[str, bytes | None] = {}
        for key, what in stale.items():
            if key == INDEX:
                files["index.json"] = _index(connection, site)
                continue
            name, _, number = key.partition("/")
            part = int(number)
            path = path_of(name, part)
            held = b"" if "" in what else old(path) or b""
            first = _last(name, held) + 1 if held else part * RANGE
            make = _entries if name == "entries" else _releases
            files[path] = held + b"".join(make(connection, first, (part + 1) * RANGE, memory))
        return files


def _before(connection: Connection, added: Sequence[Recorded]) -> Iterator[Stale]:
    rows = entries.table.c
    for stream in {str(each.stream) for each in added}:
        query = select(func.max(rows.position)).where(rows.stream == stream, rows.position < added[0].index)
        last = connection.scalar(query)
        if last is not None:
            yield f"releases/{last // RANGE}", ""


def _index(connection: Connection, site: Site) -> bytes:
    parts = range(-(-ocds.size(connection) // RANGE))
    found: dict[str, Any] = {"entriesInEachFile": RANGE}
    for name in LISTS:
        found[name] = [f"{site.base_url}/{FOLDER}/{path_of(name, part)}" for part in parts]
    return orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n"


def _last(name: str, held: bytes) -> int:
    """Return the number of the last entry that a file tells of."""
    line = orjson.loads(held[held.rfind(b"\n", 0, -1) + 1 :])
    return int(line["index" if name == "entries" else "id"])


def _entries(connection: Connection, first: int, stop: int, _memory: Memory) -> Iterator[bytes]:
    for index in range(first, min(stop, ocds.size(connection))):
        stored = entries.stored(connection, index)
        if stored is not None:
            yield orjson.dumps({"index": index, **entries.told(*stored)}) + b"\n"


def _releases(connection: Connection, first: int, stop: int, memory: Memory) -> Iterator[bytes]:
    found = [
        (index, str(stream), line)
        for stream in ocds.streams_of(connection, first, min(stop, ocds.size(connection)))
        for index, line in _of_stream(connection, stream, memory)
        if first <= index < stop
    ]
    yield from (line for _, _, line in sorted(found))


def _of_stream(connection: Connection, stream: Stream, memory: Memory) -> Lines:
    """Return the releases of a process, kept for the next files that it goes through; the oldest of them go first."""
    if stream == LEDGER:
        return []
    kept: dict[Stream, Lines] = memory.setdefault("releases", {})
    lines = kept.pop(stream, None)
    if lines is None:
        lines = [(index, dumps(release) + b"\n") for index, release in ocds.of_stream(connection, stream)]
        memory["bytes"] = memory.get("bytes", 0) + _size(lines)
    kept[stream] = lines
    while memory["bytes"] > _MOST_REMEMBERED and len(kept) > 1:
        memory["bytes"] -= _size(kept.pop(next(iter(kept))))
    return lines


def _size(lines: Lines) -> int:
    return sum(len(line) for _, line in lines)
