"""Documents of feeds from the rows: the live one, the archives, and feeds of one's own filters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import Connection, select

from ledger.voice import Voice
from ledger.words import N_
from projections import feeds, jsonfeed, lookup, organisations, streams
from projections.documents import Document, Item, Shelf, Site
from projections.lookup import Asked
from projections.publications import channels
from projections.publications.channels import ALWAYS, Channel, Filters
from projections.publications.items import Writer, tag_path
from projections.publications.membership import MOST, RECENT, WIDTH, entry_item, head_table, item_table
from projections.publications.registry import Old

# An empty feed has no time of its own; the epoch keeps its bytes the same until something is recorded.
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Form(Protocol):
    """A way to write a feed."""

    @property
    def suffix(self) -> str:
        """The ending of its addresses."""

    @property
    def media_type(self) -> str:
        """Its media type."""

    def pieces(self, items: Sequence[Item], document: Document, site: Site) -> list[bytes]:
        """Return each item as it stands in the feed, in their order."""

    def whole(self, document: Document, site: Site, pieces: Sequence[bytes]) -> bytes:
        """Return the feed that holds these pieces."""

    def found(self, whole: bytes) -> dict[str, bytes]:
        """Return id -> piece for the items that a feed holds."""


FORMS: Final[Mapping[str, Form]] = {each.suffix: each for each in (feeds.ATOM, feeds.RSS, jsonfeed.JSON)}
ARCHIVED: Final = FORMS["atom"]
"""Archives are of RFC 5005, and so in Atom alone."""


@dataclass(frozen=True, slots=True)
class Part:
    """A document of a feed: the live one, where `archive` is None, or an archive, counted from 1."""

    about: Channel
    archive: int | None = None

    @property
    def forms(self) -> Sequence[Form]:
        """The ways in which it is written."""
        return tuple(FORMS.values()) if self.archive is None else (ARCHIVED,)

    @property
    def name(self) -> str:
        """Its place below `/feeds/`, without the ending."""
        return self.about.name if self.archive is None else f"{self.about.name}/archive/{self.archive}"


def exists(connection: Connection, about: Channel) -> bool:
    """Return whether there is such a feed: always for what may still come, else once there is something in it."""
    if about in ALWAYS:
        return True
    stream = channels.stream_of(about)
    if stream is not None:
        return streams.one(connection, stream) is not None
    if about.about == "organisation" and organisations.one(connection, about.key) is not None:
        return True
    return _head(connection, about) is not None


def _head(connection: Connection, about: Channel) -> Any:
    return connection.execute(select(head_table).where(head_table.c.feed == about.name)).first()


def names_in(connection: Connection, part: Part) -> list[str] | None:
    """Return the names of the items of a document, newest first; None where there is no such document."""
    head, rows = _head(connection, part.about), item_table.c
    start = 0 if head is None else head.start
    query = select(rows.item).where(rows.feed == part.about.name).order_by(rows.number.desc())
    if part.archive is None:
        return list(connection.scalars(query.where(rows.number >= start)))
    if not 1 <= part.archive <= start // WIDTH:
        return None
    first = (part.archive - 1) * WIDTH
    return list(connection.scalars(query.where(rows.number >= first, rows.number < first + WIDTH)))


def frame(connection: Connection, part: Part, site: Site, voice: Voice) -> Document:
    """Return a document without its items."""
    about = part.about
    return Document(
        id=site.tag(f"feed/{part.name}"),
        title=channels.title(connection, about, voice),
        subtitle=voice.words(_SUBTITLES.get(about.about, _SUBTITLE)),
        alternate=site.url(channels.page(about)),
        path=f"/feeds/{part.name}",
        language=voice.locale.replace("_", "-"),
        updated=_NEVER,
        shelf=_shelf(connection, part, site),
    )


_SUBTITLE: Final = N_("Every commissioning action as it was recorded, with what changed and why.")
_SUBTITLES: Final = {
    "overdue": N_("Promises and answers whose last day has passed, as soon as it has."),
    "findings": N_("Each finding on the fifteen recommendations that became another one, and what turned it."),
}


def _shelf(connection: Connection, part: Part, site: Site) -> Shelf:
    head = _head(connection, part.about)
    archives = 0 if head is None else head.start // WIDTH

    def archive(number: int) -> str | None:
        inside = 1 <= number <= archives
        return site.url(f"/feeds/{Part(part.about, number).name}.atom") if inside else None

    if part.archive is None:
        return Shelf(previous=archive(archives))
    return Shelf(
        is_archive=True,
        current=site.url(f"{part.about.path}.atom"),
        previous=archive(part.archive - 1),
        following=archive(part.archive + 1),
    )


def written(writer: Writer, part: Part, form: Form) -> tuple[bytes, datetime] | None:
    """Return a document of a feed, made anew, with the instant (UTC) of its last change; None where there is none."""
    names = names_in(writer.connection, part)
    if names is None:
        return None
    return _whole(frame(writer.connection, part, writer.site, writer.voice), writer, names, form)


def _whole(document: Document, writer: Writer, names: Sequence[str], form: Form) -> tuple[bytes, datetime]:
    found = writer.write(names)
    items = [found[name] for name in names if name in found]
    dated = replace(document, updated=max((each.updated for each in items), default=_NEVER))
    return form.whole(dated, writer.site, form.pieces(items, dated, writer.site)), dated.updated


REMEMBERED: Final = 3_000
"""Items kept in memory from one round of documents to the next: some 60 MB of ordinary ones."""


class Pieces:
    """Items as they stand in feeds, each written once however many documents hold it, as far as memory allows."""

    writer: Writer

    def __init__(self) -> None:
        self._items: dict[str, Item | None] = {}
        self._pieces: dict[tuple[str, str], bytes] = {}

    def begin(self, writer: Writer) -> None:
        """Begin a round of documents; of the items that are too many to remember, those made first are forgotten."""
        self.writer = writer
        for name in list(self._items)[:-REMEMBERED]:
            del self._items[name]
            for suffix in FORMS:
                self._pieces.pop((suffix, name), None)

    def items(self, names: Sequence[str]) -> dict[str, Item]:
        """Return items by their names; without those that are no longer on record."""
        missing = [name for name in names if name not in self._items]
        self._items |= {**dict.fromkeys(missing), **self.writer.write(missing)}
        return {name: item for name in names if (item := self._items[name]) is not None}

    def of(self, form: Form, names: Sequence[str], document: Document) -> dict[str, bytes]:
        """Return items that are on record, as they stand in a feed of a form."""
        missing = [name for name in names if (form.suffix, name) not in self._pieces]
        if missing:
            items = [item for name in missing if (item := self._items[name]) is not None]
            made = form.pieces(items, document, self.writer.site)
            self._pieces |= {(form.suffix, name): piece for name, piece in zip(missing, made, strict=True)}
        return {name: self._pieces[form.suffix, name] for name in names}


def spliced(pieces: Pieces, part: Part, stale: Collection[str], old: Old) -> dict[str, bytes | None]:
    """Return path -> content of a document in its forms, each item that is not out of date taken from the old file.

    `stale` are names of items; "" among them means all. A document that there is not is None.
    """
    writer = pieces.writer
    names, site = names_in(writer.connection, part), writer.site
    paths = {form.suffix: f"{part.name}.{form.suffix}" for form in part.forms}
    if names is None:
        return dict.fromkeys(paths.values())
    document = frame(writer.connection, part, site, writer.voice)
    held = {form.suffix: {} if "" in stale else form.found(old(paths[form.suffix]) or b"") for form in part.forms}
    ids = {name: site.tag(tag_path(name)) for name in names}
    missing = {name for name in names if name in stale or any(ids[name] not in found for found in held.values())}
    made = pieces.items([name for name in names if name in missing])
    kept = [name for name in names if name in made or name not in missing]
    document = replace(document, updated=_last_change(kept, made, held[ARCHIVED.suffix], ids))
    result: dict[str, bytes | None] = {}
    for form in part.forms:
        fresh = pieces.of(form, [name for name in kept if name in made], document)
        ordered = [fresh[name] if name in fresh else held[form.suffix][ids[name]] for name in kept]
        result[paths[form.suffix]] = form.whole(document, site, ordered)
    return result


def _last_change(
    names: Sequence[str], made: Mapping[str, Item], held: Mapping[str, bytes], ids: Mapping[str, str]
) -> datetime:
    changes = [made[name].updated if name in made else feeds.updated_in(held[ids[name]]) for name in names]
    return max(changes, default=_NEVER)


# --- feeds of one's own -----------------------------------------------------------------------------------------------


def custom(writer: Writer, chosen: Filters, form: Form) -> tuple[bytes, datetime]:
    """Return the feed of the entries that any of the filters of each kind holds, and when it last changed."""
    said = writer.voice.items([channels.label(writer.connection, each, writer.voice) for each in chosen])
    about = Own("custom", channels.query(chosen), said, "/")
    return _of_ones_own(writer, about, _chosen(writer.connection, chosen), form)


def searched(writer: Writer, asked: Asked, query: str, said: str, form: Form) -> tuple[bytes, datetime]:
    """Return the feed of what a search finds, and when it last changed. `query` is its one address, `said` words."""
    found = lookup.newest(writer.connection, asked, MOST)
    names = _live([(entry_item(index), at) for index, at in found])
    return _of_ones_own(writer, Own("search", query, said, f"/search?{query}"), names, form)


@dataclass(frozen=True, slots=True)
class Own:
    """A feed of what somebody asks for: its name and query, what it is about in words, and the path of its page."""

    name: str
    query: str
    said: str
    page: str


def _of_ones_own(writer: Writer, about: Own, names: Sequence[str], form: Form) -> tuple[bytes, datetime]:
    site, voice = writer.site, writer.voice
    document = Document(
        id=site.tag(f"feed/{about.name}?{about.query}"),
        title=voice.words(N_("Candour: %(what)s"), what=about.said),
        subtitle=voice.words(_SUBTITLE),
        alternate=site.url(about.page),
        path=f"/feeds/{about.name}",
        language=voice.locale.replace("_", "-"),
        updated=_NEVER,
        query=f"?{about.query}",
    )
    return _whole(document, writer, names, form)


def _chosen(connection: Connection, chosen: Filters) -> list[str]:
    rows = item_table.c
    kinds: dict[str, list[str]] = {}
    for each in chosen:
        kinds.setdefault(each.about, []).append(each.name)
    groups = [select(rows.position).where(rows.feed.in_(names), rows.position.is_not(None)) for names in kinds.values()]
    everything = select(rows.item, rows.at).where(rows.feed == channels.ALL.name)
    for group in groups:
        everything = everything.where(rows.position.in_(group))
    return _live([(item, at) for item, at in connection.execute(everything.order_by(rows.position.desc()).limit(MOST))])


def _live(found: Sequence[tuple[str, int]]) -> list[str]:
    """Return the items that a live document holds of those found (item, µs since 1970, UTC), the newest first."""
    oldest = (found[0][1] if found else 0) - RECENT // timedelta(microseconds=1)
    return [item for number, (item, at) in enumerate(found) if number < WIDTH or at >= oldest]
