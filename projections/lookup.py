"""Searches: which entries, processes and bodies somebody asks for, by words and by what else narrows them down.

What was removed from view is not found from the moment of its removal: see `projections.search`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    TextClause,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    text,
    true,
)

from ledger.database import disclosure
from ledger.streams import Stream
from ledger.when import Occurrence
from projections import organisations, streams
from projections.follow import concern_table
from projections.measures.finding import Result
from projections.organisations import Listed
from projections.search import CODE, CODE_END, START, STOP, VECTOR, facet_table, held, micros, table
from projections.turns import facet_table as process_table
from projections.turns import finding_table

LONGEST: Final = 200
"""Characters of a search."""

MOST_WORDS: Final = 20
_PHRASE: Final = re.compile(r'"([^"]*)"')
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Days:
    """From one day to another in Europe/London, both included; None leaves that side open."""

    first: date | None = None
    last: date | None = None

    @property
    def start(self) -> int | None:
        """The first instant, in µs since 1970, UTC."""
        return None if self.first is None else micros(Occurrence(self.first.isoformat()).start)

    @property
    def end(self) -> int | None:
        """The instant after the last, in µs since 1970, UTC."""
        return None if self.last is None else micros(Occurrence(self.last.isoformat()).end)


ALWAYS: Final = Days()


@dataclass(frozen=True, slots=True)
class Words:
    """What is looked for: each of the words, in any order, and each of the phrases, in its order."""

    single: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.single or self.phrases)

    @property
    def each(self) -> tuple[str, ...]:
        """All words, those of phrases too."""
        return (*self.single, *(word for phrase in self.phrases for word in phrase))


def words_of(asked: str) -> Words:
    """Return the words of a search: runs of letters and digits. What is in double quotes is a phrase."""
    phrases = tuple(found for each in _PHRASE.findall(asked) if (found := tuple(_WORD.findall(each))))
    return Words(tuple(_WORD.findall(_PHRASE.sub(" ", asked))), phrases)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries are asked for: those for which all that is given holds.

    `kind` is without its version, `organisation` a word in addresses, `area` and `prison` codes, `process` a reference.
    `result` asks for entries of processes with such a finding, of `recommendation` where that is given too. `happened`
    and `published` leave what may have been between the days.
    """

    words: Words = Words()
    kind: str | None = None
    process: str | None = None
    organisation: str | None = None
    area: str | None = None
    prison: str | None = None
    recommendation: int | None = None
    result: Result | None = None
    recorded: Days = ALWAYS
    happened: Days = ALWAYS
    published: Days = ALWAYS


def count(connection: Connection, asked: Asked, most: int) -> int:
    """Return how many entries there are, counted up to `most`."""
    found = _entries(connection, asked).limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(found)) or 0


def find(connection: Connection, asked: Asked, limit: int, offset: int = 0) -> list[int]:
    """Return the indexes of entries, newest first."""
    query = _entries(connection, asked).order_by(table.c.position.desc()).limit(limit).offset(offset)
    return list(connection.scalars(query))


def newest(connection: Connection, asked: Asked, limit: int) -> list[tuple[int, int]]:
    """Return index and time of recording (µs since 1970, UTC) of entries, newest first."""
    query = _entries(connection, asked).add_columns(table.c.recorded).order_by(table.c.position.desc()).limit(limit)
    return [(index, recorded) for index, recorded in connection.execute(query)]


def processes(connection: Connection, words: Words, limit: int) -> list[Stream]:
    """Return the processes and groups whose opening entry holds the words, those with the newest entries first."""
    named = streams.table
    query = select(named.c.stream).join(table, table.c.position == named.c.named)
    query = _shown(query).where(_matches(connection, words)).order_by(named.c.last.desc(), named.c.stream)
    return [Stream.parse(each) for each in connection.scalars(query.limit(limit))]


def bodies(connection: Connection, words: Words, limit: int) -> list[Listed]:
    """Return the organisations whose name holds each of the words."""
    return organisations.named(connection, words.each, limit)


def snippets(connection: Connection, words: Words, indexes: Sequence[int]) -> dict[int, tuple[tuple[str, bool], ...]]:
    """Return where the words stand in entries: index -> pieces of text, each with whether it was looked for.

    An entry that was found by a code alone has none: codes are nothing to read.
    """
    if not words or not indexes:
        return {}
    query = _SNIPPETS_SQLITE if _is_sqlite(connection) else _SNIPPETS_POSTGRESQL
    condition, bound = _match(words) if _is_sqlite(connection) else _vector_query(words)
    said = text(query.format(words=condition)).bindparams(
        bindparam("indexes", list(indexes), expanding=True), **bound, **_marks(connection)
    )
    shown = ((position, _CODES.sub("", snippet)) for position, snippet in connection.execute(said))
    return {position: _pieces(snippet) for position, snippet in shown if START in snippet}


# An excerpt may begin, or end, in the middle of a code.
_CODES: Final = re.compile(rf"\A[^{CODE}]*{CODE_END}|{CODE}[^{CODE_END}]*(?:{CODE_END}|\Z)")


def _pieces(said: str) -> tuple[tuple[str, bool], ...]:
    before, *parts = said.split(START)
    found = [(before, False)]
    for part in parts:
        marked, _, rest = part.partition(STOP)
        found += [(marked, True), (rest, False)]
    return tuple(each for each in found if each[0])


# --- queries ----------------------------------------------------------------------------------------------------------


def _entries(connection: Connection, asked: Asked) -> Select[Any]:
    query = _shown(select(table.c.position))
    return query.where(
        _matches(connection, asked.words) if asked.words else true(),
        true() if asked.kind is None else table.c.kind == asked.kind,
        true() if asked.process is None else _about(select(literal(f"process/{asked.process}"))),
        true() if asked.organisation is None else _names("organisation", asked.organisation),
        true() if asked.area is None else _about(_places("service_area", asked.area)),
        true() if asked.prison is None else _in_prison(asked.prison),
        _bears_on(asked),
        _between(asked.recorded, table.c.recorded, table.c.recorded + 1),
        _between(asked.happened, table.c.happened_start, table.c.happened_end),
        _between(asked.published, table.c.published_start, table.c.published_end),
    )


def _shown(query: Select[Any]) -> Select[Any]:
    """Leave out what a value was removed from since its words were said."""
    joined = query.outerjoin(disclosure, disclosure.c.position == table.c.position)
    return joined.where(held() == table.c.held)


def _bears_on(asked: Asked) -> ColumnElement[bool]:
    if asked.result is None:
        return true() if asked.recommendation is None else _names("recommendation", str(asked.recommendation))
    found = select(finding_table.c.stream).where(finding_table.c.result == asked.result)
    if asked.recommendation is None:
        return _about(found)
    return and_(
        _names("recommendation", str(asked.recommendation)),
        _about(found.where(finding_table.c.recommendation == asked.recommendation)),
    )


def _names(facet: str, value: str) -> ColumnElement[bool]:
    named = select(facet_table.c.position).where(facet_table.c.facet == facet, facet_table.c.value == value)
    return table.c.position.in_(named)


def _in_prison(code: str) -> ColumnElement[bool]:
    """An entry that names prisons is about those; any other is about those of its process."""
    names_any = select(facet_table.c.position).where(
        facet_table.c.facet == "prison", facet_table.c.position == table.c.position
    )
    return or_(_names("prison", code), and_(~names_any.exists(), _about(_places("prison", code))))


def _places(facet: str, value: str) -> Select[Any]:
    return select(process_table.c.stream).where(process_table.c.facet == facet, process_table.c.value == value)


def _about(found: Select[Any]) -> ColumnElement[bool]:
    """Whether an entry is of one of these streams, or concerns one."""
    concerning = select(concern_table.c.position).where(concern_table.c.stream.in_(found))
    return or_(table.c.stream.in_(found), table.c.position.in_(concerning))


def _between(days: Days, start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(
        true() if days.start is None else end > days.start,
        true() if days.end is None else start < days.end,
    )


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _matches(connection: Connection, words: Words) -> TextClause:
    if _is_sqlite(connection):
        condition, bound = _match(words)
        found = "view_search.position IN (SELECT rowid FROM view_search_text WHERE view_search_text MATCH {words})"
    else:
        condition, bound = _vector_query(words)
        found = f"{VECTOR} @@ ({{words}})"
    return text(found.replace("{words}", condition)).bindparams(**bound)


def _match(words: Words) -> tuple[str, dict[str, str]]:
    """Write words as FTS5 reads them. Quoted, nothing in them is part of its language; none holds a quotation mark."""
    each = [*((word,) for word in words.single), *words.phrases]
    return ":words", {"words": " AND ".join(f'"{" ".join(phrase)}"' for phrase in each)}


def _vector_query(words: Words) -> tuple[str, dict[str, str]]:
    bound = {f"phrase_{number}": " ".join(phrase) for number, phrase in enumerate(words.phrases)}
    parts = ["plainto_tsquery('candour'::regconfig, :words)"]
    parts += [f"phraseto_tsquery('candour'::regconfig, :{name})" for name in bound]
    return " && ".join(parts), {"words": " ".join(words.single), **bound}


_SNIPPETS_SQLITE: Final = (
    "SELECT rowid, snippet(view_search_text, 0, :start, :stop, '…', 32) FROM view_search_text "
    "WHERE view_search_text MATCH {words} AND rowid IN :indexes"
)
_SNIPPETS_POSTGRESQL: Final = (
    "SELECT view_search.position, ts_headline('candour'::regconfig, body, {words}, :options) FROM view_search "
    "LEFT JOIN disclosure ON disclosure.position = view_search.position "
    # Between this and the query that found them, a value may have been removed.
    "WHERE view_search.position IN :indexes AND coalesce(length(disclosure.slots), 0) = view_search.held"
)


def _marks(connection: Connection) -> dict[str, str]:
    if _is_sqlite(connection):
        return {"start": START, "stop": STOP}
    return {"options": f"StartSel={START}, StopSel={STOP}, MaxFragments=1, MaxWords=32, MinWords=12"}
