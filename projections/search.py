"""Full text over the entries: the rows and the index that a search reads, of what anyone may see and nothing else.

    entry + disclosures of today --say--> words of the entry --index--> FTS5 (SQLite) or tsvector (PostgreSQL)

A row notes how long the stored disclosures were when its words were said. Whatever is removed makes them shorter, so
from the commit of a redaction on the row is found no more, until `settle` says it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    event,
    func,
    select,
    text,
)

from ledger.actions.ledger import target_of
from ledger.database import disclosure, entry
from ledger.envelope import Statement
from ledger.kinds import Entity, Kind, Many, NotStated, Pattern, Prose, Undisclosed
from ledger.process import History, Recorded
from ledger.structs import Party
from ledger.vocabulary import ALL, Nested, Struct, fields_of
from ledger.voice import ENGLISH, Voice
from ledger.wire import decode
from projections import organisations
from projections.follow import Tables, put, put_all
from projections.places import prisons_named

LONGEST: Final = 100_000
"""Characters of one entry that are indexed; PostgreSQL refuses to index a text of a megabyte."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_metadata = MetaData()

table: Final = Table(
    "view_search",
    _metadata,
    Column("position", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False, index=True),
    Column("recorded", BigInteger, nullable=False),
    Column("happened_start", BigInteger),
    Column("happened_end", BigInteger),
    Column("published_start", BigInteger, nullable=False),
    Column("published_end", BigInteger, nullable=False),
    Column("held", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
"""One row for each entry. `kind` is without its version; instants are µs since 1970, UTC; `held` is the length in bytes
of the stored disclosures that `body` was said from.
"""

facet_table: Final = Table(
    "view_search_facet",
    _metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("facet", Text, primary_key=True),
    Column("value", Text, primary_key=True),
)
"""What an entry itself names: `organisation` (a word in addresses), `prison` (a code), `recommendation` (a number)."""
Index("ix_view_search_facet_value", facet_table.c.facet, facet_table.c.value, facet_table.c.position)

# Between letters and digits everything is a space, so that both databases find the same words in web addresses, amounts
# and references. FTS5's own rule is this one.
VECTOR: Final = (
    "to_tsvector('candour'::regconfig, translate(body, '!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~', repeat(' ', 32)))"
)

# FTS5 keeps no second copy of the text. Triggers would keep it up to date by themselves, but SQLite lets none reach a
# virtual table where the schema is not trusted (trusted_schema = OFF).
for _when, _dialect, _statement in (
    (
        "after_create",
        "sqlite",
        (
            "CREATE VIRTUAL TABLE view_search_text USING fts5("
            "body, content='view_search', content_rowid='position', tokenize='porter unicode61 remove_diacritics 2')"
        ),
    ),
    ("before_drop", "sqlite", "DROP TABLE IF EXISTS view_search_text"),
    # English as FTS5 stems it: PostgreSQL's own configuration would leave out words such as "not" and "other".
    ("after_create", "postgresql", "DROP TEXT SEARCH CONFIGURATION IF EXISTS candour"),
    ("after_create", "postgresql", "DROP TEXT SEARCH DICTIONARY IF EXISTS candour_stem"),
    (
        "after_create",
        "postgresql",
        "CREATE TEXT SEARCH DICTIONARY candour_stem (TEMPLATE = snowball, LANGUAGE = english)",
    ),
    ("after_create", "postgresql", "CREATE TEXT SEARCH CONFIGURATION candour (COPY = english)"),
    (
        "after_create",
        "postgresql",
        "ALTER TEXT SEARCH CONFIGURATION candour ALTER MAPPING REPLACE english_stem WITH candour_stem",
    ),
    ("after_create", "postgresql", f"CREATE INDEX ix_view_search_text ON view_search USING gin (({VECTOR}))"),
):
    _made = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy has no types here
    event.listen(table, _when, _made.execute_if(dialect=_dialect))


class Search:
    """The rows of `view_search` and `view_search_facet`, and the index of the words."""

    name = "search"
    version = 2
    tables = (table, facet_table)

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:  # noqa: ARG002
        """Put the entry's row; put that of the entry whose disclosures it changes anew."""
        _put(connection, tables, added.index, anew=False)
        target = target_of(added.action)
        if target is not None:
            _put(connection, tables, target)
            _forget(connection, tables)

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Put the rows of a stream anew whose words were said from more than is held today."""
        rows = tables[table.name]
        query = select(rows.c.position).outerjoin(disclosure, disclosure.c.position == rows.c.position)
        stale = query.where(rows.c.stream == str(history.stream), held() != rows.c.held)
        found = connection.scalars(stale).all()
        for index in found:
            _put(connection, tables, index)
        if found:
            _forget(connection, tables)

    def reindex(self, connection: Connection) -> None:
        """Make the index of the words anew from the rows. PostgreSQL keeps its own by itself."""
        if connection.dialect.name == "sqlite":
            connection.execute(text("INSERT INTO view_search_text(view_search_text) VALUES ('rebuild')"))


# Words and length come from one row at one moment: what is removed while this runs cannot come between them.
_HELD_NOW: Final = (
    select(entry.c.state, disclosure.c.slots)
    .outerjoin_from(entry, disclosure)
    .where(entry.c.position == bindparam("index"))
)
_BODY: Final = select(table.c.body).where(table.c.position == bindparam("index"))
_UNWORD: Final = text("INSERT INTO view_search_text(view_search_text, rowid, body) VALUES ('delete', :index, :body)")
_WORD: Final = text("INSERT INTO view_search_text(rowid, body) VALUES (:index, :body)")


def _put(connection: Connection, tables: Tables, index: int, *, anew: bool = True) -> None:
    """Put an entry's row; `anew` in the place of the one that there is."""
    rows, facets = tables[table.name], tables[facet_table.name]
    state, slots = connection.execute(_HELD_NOW, {"index": index}).one()
    found = decode(state, slots)
    body = words(found, ENGLISH)
    if rows is table and connection.dialect.name == "sqlite":
        _reindex_one(connection, index, body, anew=anew)
    put(connection, rows, _row(found, body, len(slots or b"")))
    if anew:
        connection.execute(delete(facets).where(facets.c.position == index))
    named = sorted(set(_facets(found)))
    put_all(connection, facets, [{"position": index, "facet": facet, "value": value} for facet, value in named])


def _reindex_one(connection: Connection, index: int, body: str, *, anew: bool) -> None:
    before = connection.scalar(_BODY, {"index": index}) if anew else None
    if before is not None:
        connection.execute(_UNWORD, {"index": index, "body": before})
    connection.execute(_WORD, {"index": index, "body": body})


def _forget(connection: Connection, tables: Tables) -> None:
    """Take words that no row holds any more out of the index too: until it is merged it only notes them as deleted."""
    if tables[table.name] is table and connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO view_search_text(view_search_text) VALUES ('optimize')"))


def _row(found: Recorded, body: str, held: int) -> dict[str, Any]:
    happened, published = found.occurred, found.published
    recorded = micros(found.recorded)
    return {
        "position": found.index,
        "stream": str(found.stream),
        "kind": kind_of(found.action.declaration.name),
        "recorded": recorded,
        "happened_start": None if happened is None else micros(happened.start),
        "happened_end": None if happened is None else micros(happened.end),
        "published_start": recorded if published is None else micros(published.start),
        "published_end": recorded + 1 if published is None else micros(published.end),
        "held": held,
        "body": body,
    }


def held() -> ColumnElement[int]:
    """Return the length in bytes of what is held of an entry's disclosures now."""
    return func.coalesce(func.length(disclosure.c.slots), 0)


def kind_of(name: str) -> str:
    """Return the name of a kind of entry without its version."""
    return name.rpartition(".v")[0]


def micros(moment: datetime) -> int:
    """Return µs since 1970, UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


# --- the words of an entry --------------------------------------------------------------------------------------------

START, STOP = "\ue000", "\ue001"
"""They stand around a word that was found. The words of an entry hold neither."""

CODE, CODE_END = "\x1e", "\x1f"
"""They stand around a code, such as an identifier: it is found by, but is nothing to read."""

_MARKS: Final = dict.fromkeys(map(ord, (START, STOP, CODE, CODE_END, "\0")))


def words(found: Recorded, voice: Voice) -> str:
    """Return what of an entry can be searched: its kind, each value that is shown, who says so, and its sources."""
    statement = found.statement
    said = [
        _Word(voice.words(found.action.declaration.title)),
        *_said(found.action, voice),
        *(each for told in _around(statement) for each in _said_value(*told, voice)),
        _Word(found.stream.reference, is_code=True),
    ]
    read = dict.fromkeys(each.text.translate(_MARKS) for each in said if not each.is_code)
    codes = dict.fromkeys(each.text.translate(_MARKS) for each in said if each.is_code)
    return (" · ".join(read) + "".join(f"{CODE}{each}{CODE_END}" for each in codes if each not in read))[:LONGEST]


class _Word(NamedTuple):
    """What a value says, and whether that is a code."""

    text: str
    is_code: bool = False


def _around(statement: Statement) -> Iterator[tuple[Kind, object]]:
    """Yield what of an envelope is looked for: its codes are in every entry, and would only be in the way."""
    for each in fields_of(Statement):
        if each.name in _LOOKED_FOR:
            yield each.kind, getattr(statement, each.name)
    if statement.corrects is not None:
        yield Prose(), statement.corrects.reason


_LOOKED_FOR: Final = frozenset({"by", "on_behalf_of", "sources", "late_reason"})


def _said(struct: Struct, voice: Voice) -> Iterator[_Word]:
    for each in fields_of(type(struct)):
        said = _said_value(each.kind, getattr(struct, each.name), voice)
        if isinstance(struct, Party) and each.name != "name":
            said = (_Word(word.text, is_code=True) for word in said)
        yield from said


def _said_value(kind: Kind, value: object, voice: Voice) -> Iterator[_Word]:
    """Yield what a value says, without what is absent, not stated or not shown."""
    if value is None or isinstance(value, (NotStated, Undisclosed, bool)):
        return
    if isinstance(kind, Many) and isinstance(value, tuple):
        for item in value:
            yield from _said_value(kind.item, item, voice)
    elif isinstance(value, Struct) and isinstance(kind, Nested):
        yield from _said(value, voice)
    else:
        yield _Word(kind.say(value, voice), isinstance(kind, (Pattern, Entity)))


def _facets(found: Recorded) -> Iterator[tuple[str, str]]:
    for _, party in organisations.parts(found):
        slug = organisations.slug_of(party)
        if slug is not None:
            yield "organisation", slug
    yield from (("prison", code) for code in prisons_named(found.action))
    bearing = found.action.declaration.recommendations
    if len(bearing) < len(ALL):
        yield from (("recommendation", str(number)) for number in bearing)
