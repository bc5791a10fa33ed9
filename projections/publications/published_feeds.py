"""Feeds, their archives and their directory as finished files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from ledger.actions.advisory import AdvisoryGroupConvened
from ledger.actions.ledger import LedgerEntryWithdrawn, target_of
from ledger.actions.process import CommissioningProcessRegistered
from ledger.process import Recorded
from ledger.voice import ENGLISH
from ledger.words import N_
from projections import entries
from projections.documents import Site
from projections.opml import Outline, opml
from projections.publications import channels, compose, membership
from projections.publications.channels import ALWAYS, Channel
from projections.publications.compose import Part, Pieces
from projections.publications.items import Writer, overdue, overdue_name, turn_name, turns_by, turns_in, turns_of
from projections.publications.membership import Added, Change, head_table
from projections.publications.registry import Memory, Old, Stale

DIRECTORY: Final = "index.opml"

_FEW: Final = 100
"""Archives that may be written in any order: items of so many are remembered anyway."""

_NAMING: Final = (CommissioningProcessRegistered, AdvisoryGroupConvened)


class Feeds:
    """All that is below `/feeds/`, but for feeds of one's own filters."""

    name = "feeds"
    version = 2
    tables = membership.TABLES

    def take_in(self, connection: Connection, added: Sequence[Recorded], after: datetime | None) -> Iterator[Stale]:
        """Give entries to their feeds, with what they turned and what fell due before the last of them."""
        change = Change(connection)
        known = membership.around(connection, added)
        summaries, grown = membership.runs(connection, added)
        concerned = {each for found in known.concerned.values() for each in found}
        touched = sorted({str(each) for each in {entry.stream for entry in added} | concerned})
        yield from change.add([*membership.of_entries(added, known), *summaries])
        yield from change.holding(grown)
        for each in added:
            yield from self._changed(change, each)
        until = added[-1].recorded
        found = turns_by(connection, added[0].index, added[-1].index) + turns_in(connection, after, until)
        yield from self._turned(change, sorted(found, key=lambda row: row.at))
        yield from self._overdue(change, touched, after, until)
        if any(isinstance(each.action, _NAMING) or target_of(each.action) is not None for each in added):
            yield DIRECTORY, ""

    def pass_time(self, connection: Connection, since: datetime | None, now: datetime) -> Iterator[Stale]:
        """Give what time alone turned, and what fell due, to their feeds."""
        change = Change(connection)
        yield from self._turned(change, turns_in(connection, since, now))
        yield from self._overdue(change, (), since, now)

    def _changed(self, change: Change, added: Recorded) -> Iterator[Stale]:
        """Yield what an entry changes about earlier ones: that it is corrected, withdrawn, shown or no longer shown."""
        withdrawn = added.action.target if isinstance(added.action, LedgerEntryWithdrawn) else None
        target = target_of(added.action)
        earlier = [index for index in (added.corrects, withdrawn) if index is not None]
        yield from change.holding([membership.entry_item(index) for index in earlier])
        views = entries.several(change.connection, [*earlier, *([] if target is None else [target])])
        if target is not None and target in views:
            yield from self._restated(change, views[target].entry)
        if any(isinstance(view.entry.action, _NAMING) for view in views.values()):
            yield from change.of_stream(str(added.stream))
            yield f"{added.stream}#", ""

    def _restated(self, change: Change, target: Recorded) -> Iterator[Stale]:
        extra, gone = membership.restated(change.connection, target, membership.around(change.connection, [target]))
        yield from change.add(extra)
        for feed, item in gone:
            yield from change.drop(feed, [item])
        # What one entry shows can be said again in others of its stream, such as what stood before.
        yield from change.of_stream(str(target.stream))
        yield from self._turned(change, turns_of(change.connection, str(target.stream)))

    def _turned(self, change: Change, found: Sequence[Any]) -> Iterator[Stale]:
        yield from change.add(
            [
                Added(feed, turn_name(row), row.stream, None, row.at)
                for row in found
                for feed in ("findings", f"recommendation/{row.recommendation}")
            ]
        )

    def _overdue(
        self, change: Change, touched: Sequence[str], since: datetime | None, until: datetime
    ) -> Iterator[Stale]:
        found = overdue(change.connection, touched, since, until)
        yield from change.add([Added("overdue", overdue_name(row), row.stream, None, row.due) for row in found])
        # What was overdue may have ended since.
        rows = membership.item_table.c
        held = select(rows.item).where(rows.feed == "overdue", rows.stream.in_(touched))
        yield from change.holding(list(change.connection.scalars(held)), "overdue")

    def removed(self, connection: Connection, target: int) -> Iterator[Stale]:
        """Yield every document that says something of the stream of an entry."""
        view = entries.one(connection, target)
        if view is not None:
            yield from Change(connection).of_stream(str(view.entry.stream))
            yield from ((f"{view.entry.stream}#", ""), (DIRECTORY, ""))

    def every(self, connection: Connection) -> Iterator[str]:
        """Yield the live document of each feed that holds something or is one of a kind, archives, the directory."""
        heads = connection.execute(select(head_table.c.feed, head_table.c.start)).all()
        yield from (f"{name}#" for name in sorted({*channels.WHOLE, *(feed for feed, _ in heads)}))
        for feed, start in heads:
            yield from (f"{feed}#{number}" for number in range(1, start // membership.WIDTH + 1))
        yield DIRECTORY

    def in_order(self, connection: Connection, keys: Sequence[str]) -> Sequence[str]:
        """Return the live documents first, then the archives by when they begin."""
        live = sorted(key for key in keys if key.endswith("#") or key == DIRECTORY)
        archives = sorted(set(keys).difference(live))
        if len(archives) <= _FEW:
            return [*live, *archives]
        rows = membership.item_table.c
        first = select(rows.feed, rows.number, rows.at).where(rows.number % membership.WIDTH == 0)
        begins = {f"{row.feed}#{row.number // membership.WIDTH + 1}": row.at for row in connection.execute(first)}
        return [*live, *sorted(archives, key=lambda key: (begins.get(key, 0), key))]

    def render(
        self, connection: Connection, stale: Mapping[str, Collection[str]], site: Site, old: Old, memory: Memory
    ) -> Mapping[str, bytes | None]:
        """Return the files of documents, in all their forms."""
        pieces: Pieces = memory.setdefault("pieces", Pieces())
        pieces.begin(Writer(connection, site, ENGLISH))
        files: dict[str, bytes | None] = {}
        for key, what in stale.items():
            about, _, archive = key.rpartition("#")
            found = channels.channel(about)
            if key == DIRECTORY:
                files[DIRECTORY] = directory(connection, site)
            elif found is not None:
                files |= compose.spliced(pieces, Part(found, int(archive) if archive else None), what, old)
        return files


def directory(connection: Connection, site: Site) -> bytes:
    """Return the directory of all feeds (OPML)."""
    fed = {found for feed in connection.scalars(select(head_table.c.feed)) if (found := channels.channel(feed))}
    wanted: Iterable[Channel] = sorted(fed | ALWAYS, key=lambda each: (list(_GROUPS).index(_group(each)), each))
    groups: dict[str, list[Outline]] = {}
    for each in wanted:
        outline = Outline(
            channels.title(connection, each, ENGLISH), site.url(f"{each.path}.atom"), site.url(channels.page(each))
        )
        groups.setdefault(_group(each), []).append(outline)
    return opml(
        ENGLISH.words(N_("Feeds of Candour")), [(ENGLISH.words(_GROUPS[name]), found) for name, found in groups.items()]
    )


def _group(each: Channel) -> str:
    return "" if each.about in channels.WHOLE else each.about


_GROUPS: Final = {
    "": N_("Everything"),
    "process": N_("Processes"),
    "group": N_("Advisory groups"),
    "organisation": N_("Organisations"),
    "recommendation": N_("Recommendations"),
    "action": N_("Kinds of entry"),
    "area": N_("Service areas"),
    "prison": N_("Prisons"),
}
