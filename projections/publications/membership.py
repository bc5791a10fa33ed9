"""Which items each feed holds, in which order: rows are added at the end, so that archives keep their ranges.

    entry -> its feeds      run of imported entries -> one item of `changes`      turn, overdue -> items of their own

An item keeps its number in a feed for ever. Archive n holds the numbers from (n - 1) × `WIDTH` on; the live document
all from the end of the last archive. A number whose item may no longer be shown there stays unused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from ledger.actions.ledger import LedgerEntryRedacted, LedgerEntryWithdrawn
from ledger.process import Recorded
from ledger.streams import LEDGER, Stream
from ledger.vocabulary import ALL as EVERY_RECOMMENDATION
from projections import organisations, streams
from projections.follow import concern_table, put, put_all
from projections.places import prisons_named
from projections.present import is_correction
from projections.publications import channels
from projections.publications.channels import Channel
from projections.turns import micros

WIDTH: Final = 50
"""Items in an archive, and those that a live document holds at least, where there are so many."""

MOST: Final = 500
RECENT: Final = timedelta(days=30)
"""A live document goes back 30 days from the newest item, but holds no more than 500."""

_metadata = MetaData()

item_table: Final = Table(
    "feed_item",
    _metadata,
    Column("feed", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("item", Text, nullable=False, index=True),
    Column("stream", Text, nullable=False),
    Column("position", BigInteger),
    Column("at", BigInteger, nullable=False),
)
"""`item` names what is shown; `position` is its index where that is an entry; `at` is µs since 1970, UTC."""
Index("ix_feed_item_once", item_table.c.feed, item_table.c.item, unique=True)
Index("ix_feed_item_position", item_table.c.feed, item_table.c.position)
Index("ix_feed_item_stream", item_table.c.stream, item_table.c.feed)

head_table: Final = Table(
    "feed_head",
    _metadata,
    Column("feed", Text, primary_key=True),
    Column("next", BigInteger, nullable=False),
    Column("start", BigInteger, nullable=False),
)
"""The next number of each feed, and the first of its live document: a multiple of `WIDTH`."""

run_table: Final = Table(
    "feed_run",
    _metadata,
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("standing", Text, nullable=False, index=True),
    Column("recorded", BigInteger, nullable=False),
    Column("entries", Integer, nullable=False),
)
"""Imported entries that came one after another: from the first to the last of that standing."""

TABLES: Final = (item_table, head_table, run_table)

IMPORTED: Final = frozenset({"import", "reconstruction"})
PAUSE: Final = timedelta(minutes=10)
"""An import is over when nothing of it came for so long."""


@dataclass(frozen=True, slots=True)
class Added:
    """An item that a feed is to hold. `at` is µs since 1970, UTC."""

    feed: str
    item: str
    stream: str
    position: int | None
    at: int


# --- the feeds of an entry --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of entries beside themselves: the further processes they concern, and where processes are."""

    concerned: Mapping[int, tuple[Stream, ...]]
    places: Mapping[Stream, streams.StreamView]


def around(connection: Connection, entries: Sequence[Recorded]) -> Around:
    """Return what is known around entries."""
    query = select(concern_table).where(concern_table.c.position.in_([each.index for each in entries]))
    concerned: dict[int, tuple[Stream, ...]] = {}
    for position, stream in connection.execute(query.order_by(*concern_table.primary_key.columns)):
        concerned[position] = (*concerned.get(position, ()), Stream.parse(stream))
    named = {each.stream for each in entries} | {each for found in concerned.values() for each in found}
    return Around(concerned, streams.several(connection, sorted(named)))


def channels_of(entry: Recorded, known: Around) -> set[Channel]:
    """Return the feeds that hold an entry, but for `changes`."""
    about = [entry.stream, *known.concerned.get(entry.index, ())]
    found = {channels.ALL, Channel("action", entry.action.declaration.name.rpartition(".v")[0])}
    found |= {Channel(each.kind, each.reference) for each in about if each != LEDGER}
    found |= {
        Channel("organisation", body.slug)
        for _, party in organisations.parts(entry)
        if (body := organisations.body_of(party)) is not None
    }
    if is_correction(entry) or isinstance(entry.action, (LedgerEntryWithdrawn, LedgerEntryRedacted)):
        found.add(channels.CORRECTIONS)
    bearing = entry.action.declaration.recommendations
    if bearing != EVERY_RECOMMENDATION:
        found |= {Channel("recommendation", str(number)) for number in bearing}
    views = [known.places[each] for each in about if each in known.places]
    found |= {Channel("area", each.service_area) for each in views if each.service_area is not None}
    prisons = set(prisons_named(entry.action)) or {code for each in views for code in each.prisons}
    return found | {Channel("prison", code) for code in prisons}


# --- taking in --------------------------------------------------------------------------------------------------------


@dataclass
class Change:
    """What became out of date: live documents and archives by feed, and items by their name."""

    connection: Connection

    def add(self, added: Sequence[Added]) -> Iterator[tuple[str, str]]:
        """Append items to their feeds; yield (document, item) for what is to be written."""
        known = self._already(added)
        fresh = [each for each in added if (each.feed, each.item) not in known]
        heads = self._heads({each.feed for each in fresh})
        rows = []
        for each in fresh:
            number, start = heads[each.feed]
            heads[each.feed] = number + 1, start
            rows.append({**_row(each), "number": number})
        if rows:
            self.connection.execute(insert(item_table), rows)
        begins = {feed: self._start(feed, following, start) for feed, (following, start) in heads.items()}
        put_all(
            self.connection,
            head_table,
            [{"feed": feed, "next": following, "start": begins[feed]} for feed, (following, _) in heads.items()],
        )
        for feed, (_, start) in heads.items():
            later = begins[feed]
            # The last archive so far gets a next one, and each new one is written whole.
            yield from (
                (f"{feed}#{number}", "")
                for number in range(max(start // WIDTH, 1), later // WIDTH + 1)
                if later > start
            )
        # What goes straight to an archive, as most of a long import does, is written with it.
        yield from ((f"{row['feed']}#", row["item"]) for row in rows if row["number"] >= begins[row["feed"]])

    def drop(self, feed: str, items: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Take items out of a feed; yield the documents that held them."""
        for item in items:
            yield from self.holding([item], feed)
            self.connection.execute(delete(item_table).where(item_table.c.feed == feed, item_table.c.item == item))

    def holding(self, items: Sequence[str], feed: str | None = None) -> Iterator[tuple[str, str]]:
        """Yield (document, item) for every document that holds one of the items."""
        for first in range(0, len(items), 500):
            where = item_table.c.item.in_(items[first : first + 500])
            yield from self._documents(where if feed is None else where & (item_table.c.feed == feed))

    def of_stream(self, stream: str) -> Iterator[tuple[str, str]]:
        """Yield (document, item) for everything that is said of a stream."""
        yield from self._documents(item_table.c.stream == stream)

    def _documents(self, where: Any) -> Iterator[tuple[str, str]]:
        query = select(item_table.c.feed, item_table.c.number, item_table.c.item, head_table.c.start)
        joined = query.join(head_table, head_table.c.feed == item_table.c.feed).where(where)
        for feed, number, item, start in self.connection.execute(joined).all():
            yield (f"{feed}#" if number >= start else f"{feed}#{number // WIDTH + 1}"), item

    def _already(self, added: Sequence[Added]) -> set[tuple[str, str]]:
        items = sorted({each.item for each in added})
        found: set[tuple[str, str]] = set()
        for first in range(0, len(items), 500):
            query = select(item_table.c.feed, item_table.c.item)
            rows = self.connection.execute(query.where(item_table.c.item.in_(items[first : first + 500])))
            found |= {(feed, item) for feed, item in rows}
        return found

    def _heads(self, feeds: set[str]) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = dict.fromkeys(sorted(feeds), (0, 0))
        names = list(found)
        for first in range(0, len(names), 500):
            rows = self.connection.execute(select(head_table).where(head_table.c.feed.in_(names[first : first + 500])))
            found |= {row.feed: (row.next, row.start) for row in rows}
        return found

    def _start(self, feed: str, following: int, start: int) -> int:
        """Return where the live document begins: it holds `WIDTH`, or 30 days, and at most `MOST`; never goes back."""
        asked = {"feed": feed, "least": following - MOST, "recent": RECENT // timedelta(microseconds=1)}
        oldest = self.connection.scalar(_OLDEST_RECENT, asked)
        wanted = min(following if oldest is None else oldest, following - WIDTH)
        least = -(-(following - MOST) // WIDTH) * WIDTH
        return max(wanted // WIDTH * WIDTH, least, start)


_WINDOW: Final = (item_table.c.feed == bindparam("feed")) & (item_table.c.number >= bindparam("least"))
_NEWEST: Final = select(func.max(item_table.c.at)).where(_WINDOW).scalar_subquery()
_OLDEST_RECENT: Final = select(func.min(item_table.c.number)).where(
    _WINDOW, item_table.c.at >= _NEWEST - bindparam("recent", type_=BigInteger)
)
"""The first number of a feed's newest that is not much older than the newest of all."""


def _row(each: Added) -> dict[str, Any]:
    return {"feed": each.feed, "item": each.item, "stream": each.stream, "position": each.position, "at": each.at}


def entry_item(index: int) -> str:
    """Return the name of an entry as an item."""
    return f"entry/{index}"


def of_entries(entries: Sequence[Recorded], known: Around) -> Iterator[Added]:
    """Yield what entries add to the feeds, in the order of the log, but for `changes`."""
    for entry in entries:
        at = micros(entry.recorded)
        for feed in sorted(each.name for each in channels_of(entry, known)):
            yield Added(feed, entry_item(entry.index), str(entry.stream), entry.index, at)


def runs(connection: Connection, entries: Sequence[Recorded]) -> tuple[list[Added], list[str]]:
    """Keep the runs of imported entries; return what `changes` gets, and the runs that grew."""
    added: list[Added] = []
    grown: dict[str, None] = {}
    open_runs: dict[str, dict[str, Any]] = {}
    for entry in entries:
        standing, at = entry.statement.standing, micros(entry.recorded)
        if standing not in IMPORTED:
            added.append(Added("changes", entry_item(entry.index), str(entry.stream), entry.index, at))
            continue
        run = open_runs.get(standing) or _last_run(connection, standing)
        if run is None or at - run["recorded"] > PAUSE // timedelta(microseconds=1):
            run = {"first": entry.index, "standing": standing, "entries": 0}
            added.append(Added("changes", f"import/{entry.index}", str(LEDGER), None, at))
        run |= {"last": entry.index, "recorded": at, "entries": run["entries"] + 1}
        open_runs[standing] = run
        grown[f"import/{run['first']}"] = None
        put(connection, run_table, run)
    return added, list(grown)


def _last_run(connection: Connection, standing: str) -> dict[str, Any] | None:
    query = select(run_table).where(run_table.c.standing == standing).order_by(run_table.c.first.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row by columns


def restated(connection: Connection, entry: Recorded, known: Around) -> tuple[list[Added], list[tuple[str, str]]]:
    """Return what is to be added and taken out (feed, item) where what an entry discloses has changed."""
    item = entry_item(entry.index)
    query = select(item_table.c.feed).where(item_table.c.item == item)
    held = set(connection.scalars(query)) - {"changes"}
    wanted = {each.feed: each for each in of_entries([entry], known)}
    extra = [each for feed, each in wanted.items() if feed not in held]
    return extra, [(feed, item) for feed in sorted(held - wanted.keys())]
